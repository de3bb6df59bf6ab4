//! Watches survive what networks and API servers do: afterwards the list equals a fresh one.

use crate::Case;
use crate::cluster::{Cluster, User};
use crate::watching::{LIMIT, Watching, fresh};
use wheelhouse::release::FeedState;

pub const CASES: &[Case] = &[
    Case::exclusive("the_api_server_stops_and_starts", server_restarts),
    Case::exclusive("a_forced_410_lists_again", forced_410),
    Case::exclusive("streams_are_cut_under_load", streams_are_cut),
];

fn install(cluster: &Cluster, namespace: &str, name: &str) {
    let chart = cluster.charts().package("settings", "1.0.0");
    cluster.helm4(&["install", name, chart.to_str().unwrap(), "-n", namespace, "--create-namespace"]);
}

fn equals_a_fresh_list(cluster: &Cluster, watching: &Watching) {
    cluster.wait("the watched list to equal a fresh one", LIMIT, || {
        watching.live() && watching.releases() == fresh(cluster)
    });
}

fn server_restarts(cluster: &'static Cluster) {
    install(cluster, "restarts", "stays");
    let watching = Watching::start(cluster.kubeconfig(User::Admin));
    cluster.wait("the first list", LIMIT, || watching.live() && watching.has("restarts", "stays"));
    cluster.stop_apiserver();
    cluster.wait("the outage to be said", LIMIT, || {
        watching.states().iter().any(|(_, state)| matches!(state, FeedState::Stale { problem, .. } if problem.retried))
    });
    assert!(watching.has("restarts", "stays"), "what was known stays");
    cluster.start_apiserver();
    install(cluster, "restarts", "comes");
    equals_a_fresh_list(cluster, &watching);
    assert!(watching.has("restarts", "comes"));
}

/// Changes happen unseen, and the server forgets them: only a new list can tell what went.
fn forced_410(cluster: &'static Cluster) {
    install(cluster, "expires", "goes");
    install(cluster, "expires", "stays");
    let relay = cluster.relay();
    let watching = Watching::start(relay.kubeconfig(User::Admin));
    cluster.wait("the first list", LIMIT, || watching.live() && watching.has("expires", "goes"));
    relay.refuse(true);
    relay.cut();
    cluster.helm4(&["uninstall", "goes", "-n", "expires"]);
    install(cluster, "expires", "comes");
    cluster.expire_watches();
    let mark = cluster.audit_mark();
    relay.refuse(false);
    equals_a_fresh_list(cluster, &watching);
    assert!(!watching.has("expires", "goes") && watching.has("expires", "comes"));
    let events = cluster.audit_since(mark);
    let expired = |event: &&crate::cluster::AuditEvent| {
        event.resource == "secrets" && event.user_agent.starts_with("wheelhouse/")
    };
    assert!(
        events.iter().filter(expired).any(|event| event.verb == "list"),
        "no list of Secrets after the watch expired: the server did not forget"
    );
}

fn streams_are_cut(cluster: &'static Cluster) {
    install(cluster, "cuts", "stays");
    let relay = cluster.relay();
    let watching = Watching::start(relay.kubeconfig(User::Admin));
    cluster.wait("the first list", LIMIT, || watching.live());
    for round in 0..4 {
        install(cluster, "cuts", &format!("round-{round}"));
        relay.cut();
        if round % 2 == 1 {
            cluster.helm4(&["uninstall", &format!("round-{round}"), "-n", "cuts"]);
        }
    }
    equals_a_fresh_list(cluster, &watching);
    assert!(watching.has("cuts", "round-2") && !watching.has("cuts", "round-3"));
}
