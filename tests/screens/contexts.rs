//! The choice of a context, and what is left of the one before.

use insta::assert_snapshot;
use wheelhouse::app::{Effect, Msg, Server};
use wheelhouse::release::{ContextEntry, Problem, ProblemKind};

use crate::list::ready;
use crate::scenario::Scenario;

fn entry(name: &str, cluster: &str, user: &str, namespace: Option<&str>) -> ContextEntry {
    ContextEntry {
        name: name.to_owned(),
        cluster: cluster.to_owned(),
        user: user.to_owned(),
        namespace: namespace.map(str::to_owned),
    }
}

pub fn contexts() -> Vec<ContextEntry> {
    vec![
        entry("prod-eu", "eu-1", "oncall", Some("shop")),
        entry("prod-us", "us-1", "oncall", None),
        entry("staging", "arn:aws:eks:eu-central-1:000000000000:cluster/staging", "me", Some("default")),
    ]
}

#[test]
fn contexts_are_a_list_that_typing_narrows() {
    let s = ready(120, 40).keys("C");
    assert_snapshot!("contexts_loading_120x40", s.screen());
    let s = s.contexts(Ok(contexts()));
    assert_snapshot!("contexts_120x40", s.screen());
    assert_snapshot!("contexts_styled_80x24", s.resized(80, 24).styled());
    let s = ready(60, 15).keys("C").contexts(Ok(contexts())).typed("stag");
    assert_snapshot!("contexts_narrowed_60x15", s.screen());
    let s = s.typed("x");
    assert!(s.screen().contains("no context is called that"));
    let s = s.keys("enter");
    assert!(s.screen().contains("no context is called that"), "there is nothing to accept");
}

#[test]
fn a_kubeconfig_that_cannot_be_read_is_said_where_contexts_would_stand() {
    let problem =
        Problem::new(ProblemKind::Config, "the kubeconfig cannot be read: no such file").hint("set KUBECONFIG");
    let s = Scenario::cold(80, 24).keys("C").contexts(Err(problem));
    assert_snapshot!("contexts_failed_80x24", s.screen());
}

#[test]
fn a_switch_leaves_nothing_of_the_old_cluster() {
    let mut s = ready(120, 40).keys("/").typed("ns:shop").keys("enter enter C").contexts(Ok(contexts()));
    s.asked();
    let old = s.epoch;
    let mut s = s.keys("down enter");
    let asked = s.asked();
    assert_eq!(asked.last(), Some(&Effect::Open("prod-us".to_owned())));
    let given_up = asked.iter().filter(|effect| matches!(effect, Effect::Cancel(_))).count();
    assert_eq!((given_up, asked.len()), (1, 2), "the payload that was awaited is given up, and nothing else is asked");
    assert_snapshot!("context_switching_120x40", s.screen());
    assert!(s.model.releases.filter.is_empty() && s.model.screens.is_empty() && s.model.session.rows.is_empty());

    let late = Msg::Cluster(old, crate::fixture::cluster());
    let s = s.send(late).send(Msg::Connected(Server {
        context: "prod-us".to_owned(),
        address: "https://10.0.0.2:6443".to_owned(),
        default_namespace: "default".to_owned(),
    }));
    assert!(s.model.session.rows.is_empty(), "what the old watch still says is not of this cluster");
    assert_ne!(s.epoch, old);
    assert!(s.screen().contains("prod-us / all "));
}

#[test]
fn a_choice_that_is_typed_before_the_list_has_come_counts() {
    let mut s = ready(80, 24).keys("C").typed("stag").keys("enter");
    s.asked();
    let mut s = s.contexts(Ok(contexts()));
    assert_eq!(s.asked().last(), Some(&Effect::Open("staging".to_owned())));
    let s = ready(80, 24).keys("C").typed("x").keys("enter").contexts(Ok(contexts()));
    assert!(s.screen().contains("no context is called that"));
}
