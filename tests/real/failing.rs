//! The test cluster reaches every state that can be wrong with a release, so that later subjects may build on it.

use std::time::{Duration, Instant};

use crate::Case;
use crate::cluster::seed::failing::{By, Fault, RELEASE, has_happened, make, release_namespace};
use crate::cluster::seed::severed::{
    controller_is_stopped, kustomization_is_suspended, start_controller, stop_controller, suspend_kustomization,
};
use crate::cluster::{Cluster, User};

pub const CASES: &[Case] = &[
    Case::shared("image_that_cannot_be_pulled", |cluster| check(cluster, Fault::Image)),
    Case::shared("container_that_crashes", |cluster| check(cluster, Fault::Crash)),
    Case::shared("container_out_of_memory", |cluster| check(cluster, Fault::Memory)),
    Case::shared("pod_that_no_node_takes", |cluster| check(cluster, Fault::Schedule)),
    Case::shared("job_that_fails", |cluster| check(cluster, Fault::Job)),
    Case::shared("claim_that_is_never_bound", |cluster| check(cluster, Fault::Volume)),
    Case::shared("definition_that_is_never_established", |cluster| check(cluster, Fault::Definition)),
    Case::shared("custom_resource_that_is_not_ready", |cluster| check(cluster, Fault::Resource)),
    Case::shared("object_deleted_by_hand", |cluster| check(cluster, Fault::Deleted)),
    Case::shared("namespace_stuck_in_its_deletion", |cluster| check(cluster, Fault::Namespace)),
    Case::shared("kustomization_suspended", kustomization_suspended),
    Case::shared("logs_of_a_container", logs_of_a_container),
    Case::exclusive("helm_controller_stopped", helm_controller_stopped),
];

const LIMIT: Duration = Duration::from_secs(30);

/// Both kinds of releases come to the fault within the limit, counted from before they are made.
fn check(cluster: &Cluster, fault: Fault) {
    std::thread::scope(|scope| {
        for by in [By::Helm, By::Flux] {
            scope.spawn(move || {
                let namespace = format!("failing-{fault:?}-{by:?}").to_lowercase();
                let end = Instant::now() + LIMIT;
                make(cluster, &namespace, by, fault);
                let left = end.saturating_duration_since(Instant::now());
                cluster.wait(&format!("{fault:?} by {by:?}"), left, || has_happened(cluster, &namespace, by, fault));
                if fault == Fault::Namespace {
                    release_namespace(cluster, &namespace, by);
                }
            });
        }
    });
}

fn kustomization_suspended(cluster: &Cluster) {
    let namespace = "failing-kustomization";
    suspend_kustomization(cluster, namespace);
    cluster
        .wait("the HelmRelease of a suspended Kustomization", LIMIT, || kustomization_is_suspended(cluster, namespace));
}

fn helm_controller_stopped(cluster: &Cluster) {
    let namespace = "failing-controller";
    stop_controller(cluster, namespace);
    cluster.wait("nobody to answer", LIMIT, || controller_is_stopped(cluster, namespace));
    start_controller(cluster);
    // What was changed meanwhile is done as soon as somebody is there again.
    let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases/{RELEASE}");
    cluster.wait("the change to be observed", LIMIT * 2, || cluster.get(&path)["status"]["observedGeneration"] == 2);
}

fn logs_of_a_container(cluster: &Cluster) {
    let namespace = "failing-logs";
    make(cluster, namespace, By::Helm, Fault::Crash);
    let web = cluster.container_logs(namespace, "web", &["opening the database", "no such host"]);
    web.say("starting");
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let pod = cluster.wait_for("the Pod to have crashed", LIMIT, || {
        let list = cluster.get(&pods);
        let crashed = !list["items"][0]["status"]["containerStatuses"].is_null();
        crashed.then(|| list["items"][0]["metadata"]["name"].as_str().unwrap_or_default().to_owned())
    });
    let read = |user, query: &str| cluster.request(user, "GET", &format!("{pods}/{pod}/log{query}"), None);
    cluster.wait("the logs to be served", LIMIT, || read(User::Admin, "").status == 200);
    assert_eq!(read(User::Viewer, "?container=web").body, "starting\n");
    assert_eq!(read(User::Admin, "?previous=true").body, "opening the database\nno such host\n");
    assert_eq!(read(User::Admin, "?previous=true&tailLines=1").body, "no such host\n");
    assert_eq!(read(User::Nobody, "").status, 403);
    assert_eq!(read(User::Admin, "?container=other").status, 400);
    let stamped = read(User::Admin, "?timestamps=true").body;
    let (time, text) = stamped.split_once(' ').unwrap();
    assert!(time.parse::<jiff::Timestamp>().is_ok() && text == "starting\n", "{stamped}");

    // One that follows is told of every line as it is written.
    let follower = "follow-failing-logs";
    cluster.kubectl_in_background(follower, &["logs", "--follow", &pod, "--namespace", namespace]);
    let heard = || std::fs::read_to_string(cluster.log(follower)).unwrap_or_default();
    cluster.wait("what was written before", LIMIT, || heard() == "starting\n");
    web.say("listening");
    cluster.wait("what is written now", LIMIT, || heard() == "starting\nlistening\n");
    cluster.kill(follower);
}
