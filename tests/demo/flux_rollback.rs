//! Both ways back of what Flux keeps, done on the demo with the double of helm-controller beside it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use wheelhouse::cluster::{Acting, Cluster};
use wheelhouse::demo::Demo;
use wheelhouse::demo::server::ObjectRef;
use wheelhouse::journal::By;
use wheelhouse::plan::action::Rollback;
use wheelhouse::plan::{Action, Ended, News, Outcome, Plan, Way};
use wheelhouse::release::{Catalog, Scope};

use crate::client::connect;
use crate::faults::Faulty;
use crate::stage::start;

const TICK: Duration = Duration::from_millis(250);

/// The demo, and who acts on it.
struct Site {
    demo: Demo,
    cluster: Cluster,
    now: Timestamp,
}

impl Site {
    fn new() -> Self {
        let demo = Demo::new(start()).unwrap();
        let cluster = connect(Faulty::new(demo.server().client("administrator")), "administrator");
        Self { demo, cluster, now: start() }
    }

    /// Plans it for a release as it is now.
    async fn plan(&self, namespace: &str, name: &str, action: Action) -> Plan {
        let mut catalog = Catalog::default();
        let mut read = self.cluster.read(Scope::All);
        loop {
            let changes = read.next().await;
            if changes.is_empty() {
                break;
            }
            changes.into_iter().for_each(|change| catalog.apply(change));
        }
        let found = catalog.releases().into_iter().find(|release| {
            release.helm_release.as_ref().is_some_and(|own| own.key.namespace == namespace && own.key.name == name)
        });
        self.cluster.plan(Arc::new(found.unwrap()), action, self.now).await.unwrap()
    }

    /// Runs it while time goes on.
    async fn run(&mut self, plan: Plan) -> Ended {
        let by = By { user: "alice".to_owned(), context: "memory".to_owned(), server: "memory://".to_owned() };
        let mut run = self.cluster.run(Arc::new(plan), Acting { journal: None, by, is_read_only: false });
        let mut ticks = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                news = run.next() => match news {
                    Some(News::Over(ended)) => return ended,
                    Some(_) => {}
                    None => panic!("its end was not told"),
                },
                _ = ticks.tick() => {
                    self.now += SignedDuration::from_millis(250);
                    self.demo.advance(self.now).unwrap();
                }
            }
        }
    }

    /// Plans and runs it, to a good end.
    #[track_caller]
    fn done(&self, plan: &Plan, ended: &Ended) {
        assert_eq!(ended.outcome, Outcome::Done, "{}: {}", plan.title, ended.says);
    }

    /// The HelmRelease as it is.
    fn helm_release(&self, namespace: &str, name: &str) -> Value {
        let reference = serde_json::json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
            "metadata": {"namespace": namespace, "name": name},
        });
        Value::clone(&self.demo.server().get(&ObjectRef::of(&reference).unwrap()).unwrap())
    }
}

fn rollback(way: Way, to: u32) -> Action {
    Action::Rollback(Rollback { to: Some(to), way: Some(way), ..Rollback::default() })
}

/// Where the release is that both ways are gone with.
const PLACE: (&str, &str) = ("shop", "storefront");

#[tokio::test(start_paused = true)]
async fn after_an_emergency_resuming_upgrades_straight_back() {
    let mut site = Site::new();
    let (namespace, name) = PLACE;
    let before = site.helm_release(namespace, name);
    let version = |object: &Value| object.pointer("/status/history/0/chartVersion").cloned();
    let plan = site.plan(namespace, name, rollback(Way::Emergency, 1)).await;
    let ended = site.run(plan.clone()).await;
    site.done(&plan, &ended);
    let held = site.helm_release(namespace, name);
    assert_eq!(held.pointer("/spec/suspend"), Some(&Value::Bool(true)));
    let mark = held.pointer("/metadata/annotations/wheelhouse.dev~1suspended").and_then(Value::as_str).unwrap();
    assert!(mark.contains("\"to\":1"), "{mark}");
    assert_eq!(version(&held), version(&before), "Flux did nothing");

    let plan = site.plan(namespace, name, Action::Resume).await;
    assert!(plan.notes.iter().any(|note| note.contains("was not made by Flux")), "{:?}", plan.notes);
    let ended = site.run(plan.clone()).await;
    site.done(&plan, &ended);
    let after = site.helm_release(namespace, name);
    assert_eq!(after.pointer("/spec/suspend"), None);
    assert_eq!(version(&after), version(&before));
    let latest = |object: &Value| object.pointer("/status/history/0/version").and_then(Value::as_i64).unwrap();
    assert_eq!(latest(&after), latest(&before) + 2, "the rollback, and the upgrade back");
}

#[tokio::test(start_paused = true)]
async fn from_the_emergency_one_plan_leads_to_what_stays() {
    let mut site = Site::new();
    let (namespace, name) = PLACE;
    let plan = site.plan(namespace, name, rollback(Way::Emergency, 1)).await;
    let ended = site.run(plan.clone()).await;
    site.done(&plan, &ended);
    let durable = Action::Rollback(Rollback { way: Some(Way::Durable), ..Rollback::default() });
    let plan = site.plan(namespace, name, durable).await;
    assert!(plan.notes[0].starts_with("revision 1: the emergency went back to it"), "{:?}", plan.notes);
    let ended = site.run(plan.clone()).await;
    site.done(&plan, &ended);
    let after = site.helm_release(namespace, name);
    assert_eq!(after.pointer("/spec/suspend"), None);
    let at = |pointer: &str| after.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    assert_eq!(at("/status/history/0/chartVersion"), at("/spec/chart/spec/version"));
    assert_eq!(at("/status/history/0/status"), "deployed");
}
