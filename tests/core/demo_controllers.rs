//! What the demo makes of what is written to it.

use bytes::Bytes;
use futures::FutureExt as _;
use http_body_util::{BodyExt as _, Full};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower_service::Service as _;
use wheelhouse::demo::Demo;

use crate::demo::{get, now};

const RELEASES: &str = "/apis/helm.toolkit.fluxcd.io/v2/namespaces";

fn at(seconds: i64) -> jiff::Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// Moves the clock as the program does it: whenever something is due.
fn advance(demo: &Demo, until: i64) {
    while let Some(due) = demo.next().filter(|due| *due <= at(until)) {
        demo.advance(due).unwrap();
    }
    demo.advance(at(until)).unwrap();
}

/// A patch that the server keeps.
#[track_caller]
fn patch(demo: &Demo, path: &str, kind: &str, body: &Value) {
    let request = http::Request::patch(format!("{path}?fieldManager=wheelhouse"));
    let request = request.header("content-type", format!("application/{kind}+json"));
    let request = request.body(Full::new(Bytes::from(body.to_string()))).unwrap();
    let answer = demo.server().client("administrator").call(request).now_or_never().unwrap().unwrap();
    let code = answer.status().as_u16();
    let body = answer.into_body().collect().now_or_never().unwrap().unwrap().to_bytes();
    assert_eq!(code, 200, "{}", String::from_utf8_lossy(&body));
}

fn annotate(demo: &Demo, path: &str, annotations: &Value) {
    patch(demo, path, "merge-patch", &json!({"metadata": {"annotations": annotations}}));
}

/// What a HelmRelease says of itself, in a line, and its newest revisions.
fn row(object: &Value) -> String {
    let status = &object["status"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let mut conditions: Vec<String> = conditions
        .filter(|condition| condition["type"] != "Released")
        .map(|condition| {
            format!("{}={} {}", text(&condition["type"]), text(&condition["status"]), text(&condition["reason"]))
        })
        .collect();
    conditions.sort();
    let history = status["history"].as_array().into_iter().flatten();
    let history: Vec<String> = history
        .map(|snapshot| format!("{} {} {}", snapshot["version"], text(&snapshot["status"]), text(&snapshot["action"])))
        .collect();
    format!(
        "{} | {} | {} failures",
        conditions.join(", "),
        history.join(", "),
        status["failures"].as_i64().unwrap_or(0)
    )
}

/// Each state of a HelmRelease that differs from the one before, by the second in which it came.
fn rows(demo: &Demo, path: &str, (from, until): (i64, i64)) -> Vec<String> {
    let mut told: Vec<(i64, String)> = Vec::new();
    for second in from..=until {
        advance(demo, second);
        let row = row(&get(demo, "administrator", path));
        if told.last().is_none_or(|(_, last)| *last != row) {
            told.push((second, row));
        }
    }
    told.into_iter().map(|(second, row)| format!("{second}: {row}")).collect()
}

#[test]
fn a_reset_has_two_more_tries() {
    let demo = Demo::new(now()).unwrap();
    let path = format!("{RELEASES}/billing/helmreleases/billing");
    let (requested, reset) = ("reconcile.fluxcd.io/requestedAt", "reconcile.fluxcd.io/resetAt");
    annotate(&demo, &path, &json!({requested: "one", reset: "one"}));
    let expected = [
        "0: Ready=False RollbackSucceeded, Remediated=True RollbackSucceeded, Stalled=True RetriesExceeded | 11 deployed rollback, \
         10 failed upgrade, 9 superseded rollback, 6 failed - | 3 failures",
        "1: Ready=Unknown Progressing, Reconciling=True Progressing, Remediated=True RollbackSucceeded | 11 deployed rollback, \
         10 failed upgrade, 9 superseded rollback, 6 failed - | 0 failures",
        "13: Ready=False UpgradeFailed, Reconciling=True Progressing | 12 failed upgrade, 11 deployed - | 1 failures",
        "18: Ready=False RollbackSucceeded, Reconciling=True ProgressingWithRetry, Remediated=True RollbackSucceeded | \
         13 deployed rollback, 8 failed -, 12 failed upgrade, 11 superseded rollback | 1 failures",
        "29: Ready=Unknown Progressing, Reconciling=True Progressing, Remediated=True RollbackSucceeded | 13 deployed rollback, \
         12 failed upgrade, 11 superseded rollback, 8 failed - | 1 failures",
        "42: Ready=False UpgradeFailed, Reconciling=True Progressing | 14 failed upgrade, 13 deployed - | 2 failures",
        "47: Ready=False RollbackSucceeded, Remediated=True RollbackSucceeded, Stalled=True RetriesExceeded | \
         15 deployed rollback, 10 failed -, 14 failed upgrade, 13 superseded rollback | 2 failures",
    ];
    assert_eq!(rows(&demo, &path, (0, 60)), expected);
    let handled = get(&demo, "administrator", &path);
    assert_eq!(handled["status"]["lastHandledReconcileAt"], "one");
    assert_eq!(handled["status"]["lastHandledResetAt"], "one");
}

#[test]
fn mended_values_are_rolled_out() {
    let demo = Demo::new(now()).unwrap();
    let path = format!("{RELEASES}/billing/helmreleases/billing");
    patch(&demo, &path, "merge-patch", &json!({"spec": {"values": {"breakImage": null}}}));
    advance(&demo, 20);
    assert_eq!(
        row(&get(&demo, "administrator", &path)),
        "Ready=True UpgradeSucceeded | 12 deployed upgrade, 11 superseded - | 0 failures"
    );
    let pods = get(&demo, "administrator", "/api/v1/namespaces/billing/pods");
    let phases: Vec<&str> =
        pods["items"].as_array().unwrap().iter().map(|pod| pod["status"]["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["Running", "Running"]);
    let deployment = get(&demo, "administrator", "/apis/apps/v1/namespaces/billing/deployments/billing");
    let template = &deployment["spec"]["template"];
    assert_eq!(template["spec"]["containers"][0]["image"], "registry.example.com/storefront:2.10.0");
    assert_eq!(template["metadata"]["annotations"], Value::Null);
    assert_eq!(deployment["status"]["observedGeneration"], deployment["metadata"]["generation"]);
    assert_eq!(deployment["status"]["readyReplicas"], 2);
}

/// Who is asked and has nothing to do changes nothing but the mark that it was asked.
#[test]
fn a_request_changes_nothing_of_what_is_in_sync() {
    let demo = Demo::new(now()).unwrap();
    let list =
        |demo: &Demo| get(demo, "administrator", "/apis/helm.toolkit.fluxcd.io/v2/helmreleases")["items"].clone();
    let before = list(&demo);
    let mut told = Vec::new();
    for object in before.as_array().unwrap() {
        let path = format!(
            "{RELEASES}/{}/helmreleases/{}",
            object["metadata"]["namespace"].as_str().unwrap(),
            object["metadata"]["name"].as_str().unwrap()
        );
        annotate(&demo, &path, &json!({"reconcile.fluxcd.io/requestedAt": "one"}));
    }
    advance(&demo, 19);
    for (before, after) in before.as_array().unwrap().iter().zip(list(&demo).as_array().unwrap()) {
        let name = after["metadata"]["name"].as_str().unwrap();
        let handled = after["status"]["lastHandledReconcileAt"] == "one";
        if !handled || row(before) != row(after) {
            told.push(format!("{name}: handled {handled}: {} -> {}", row(before), row(after)));
        }
    }
    assert_eq!(
        told,
        [
            // It waits for its finalizer.
            "pr-417: handled false: Ready=Unknown Progressing, Reconciling=True Progressing | 1 deployed install | 0 failures -> \
             Ready=Unknown Progressing, Reconciling=True Progressing | 1 deployed install | 0 failures",
            // Its retry was due.
            "search: handled true: Ready=False InstallFailed, Reconciling=True ProgressingWithRetry | 1 failed install | \
             1 failures -> Ready=False UpgradeFailed, Stalled=True RetriesExceeded | 2 failed upgrade, 1 failed - | 2 failures",
            // Its Service was deleted since.
            "tracking: handled true: Drifted=False NoDriftDetected, Ready=True UpgradeSucceeded | 2 deployed upgrade, \
             1 superseded - | 0 failures -> Drifted=True DriftDetected, Ready=True UpgradeSucceeded | 2 deployed upgrade, \
             1 superseded - | 0 failures",
        ]
    );
}

/// Suspended, only the request is handled; resumed, what is in sync stays.
#[test]
fn a_suspended_release_is_resumed() {
    let demo = Demo::new(now()).unwrap();
    let path = format!("{RELEASES}/identity/helmreleases/login");
    annotate(&demo, &path, &json!({"reconcile.fluxcd.io/requestedAt": "one"}));
    advance(&demo, 2);
    let suspended = get(&demo, "administrator", &path);
    assert_eq!(suspended["status"]["lastHandledReconcileAt"], "one");
    patch(&demo, &path, "merge-patch", &json!({"spec": {"suspend": null}}));
    advance(&demo, 20);
    let resumed = get(&demo, "administrator", &path);
    assert_eq!(resumed["status"]["observedGeneration"], resumed["metadata"]["generation"]);
    assert_eq!(row(&resumed), row(&suspended));
}

/// What is asked while the story plays is heard when the act is over, and no other act follows.
#[test]
fn who_acts_on_the_story_takes_it_over() {
    let demo = Demo::new(now()).unwrap();
    let path = format!("{RELEASES}/checkout/helmreleases/cart");
    advance(&demo, 30);
    annotate(&demo, &path, &json!({"reconcile.fluxcd.io/requestedAt": "one"}));
    advance(&demo, 60);
    let playing = get(&demo, "administrator", &path);
    assert_eq!(playing["status"]["lastHandledReconcileAt"], Value::Null);
    assert_eq!(playing["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"], "one");
    advance(&demo, 300);
    let after = get(&demo, "administrator", &path);
    assert_eq!(after["status"]["lastHandledReconcileAt"], "one");
    assert_eq!(after["status"]["history"][0]["version"], 5);
}

#[test]
fn workloads_and_sources_follow_what_is_written() {
    let demo = Demo::new(now()).unwrap();
    let deployment = "/apis/apps/v1/namespaces/legacy/deployments/docs";
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "registry.example.com/web:9"}]}}}});
    patch(&demo, deployment, "strategic-merge-patch", &image);
    let repository = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/helmrepositories/charts";
    annotate(&demo, repository, &json!({"reconcile.fluxcd.io/requestedAt": "two"}));
    advance(&demo, 10);
    let after = get(&demo, "administrator", deployment);
    assert_eq!(after["status"]["observedGeneration"], after["metadata"]["generation"]);
    assert_eq!(after["status"]["updatedReplicas"], after["spec"]["replicas"]);
    assert_eq!(after["status"]["readyReplicas"], after["spec"]["replicas"]);
    let pods = get(&demo, "administrator", "/api/v1/namespaces/legacy/pods?labelSelector=app%3Ddocs");
    let images =
        pods["items"].as_array().unwrap().iter().map(|pod| pod["spec"]["containers"][0]["image"].as_str().unwrap());
    assert_eq!(images.collect::<std::collections::BTreeSet<_>>(), ["registry.example.com/web:9"].into());
    assert_eq!(get(&demo, "administrator", repository)["status"]["lastHandledReconcileAt"], "two");
}

/// A chart that appears is installed, and so is what waited for it.
#[test]
fn a_chart_that_appears_is_installed_and_awaited() {
    let demo = Demo::new(now()).unwrap();
    let path = |name: &str| format!("{RELEASES}/media/helmreleases/{name}");
    patch(&demo, &path("media"), "merge-patch", &json!({"spec": {"chart": {"spec": {"version": "1.6.0"}}}}));
    advance(&demo, 60);
    let settled = "Ready=True InstallSucceeded | 1 deployed install | 0 failures";
    for name in ["media", "media-edge"] {
        assert_eq!(row(&get(&demo, "administrator", &path(name))), settled, "{name}");
    }
}

/// A repository that is not reachable says so and keeps what it has; mended, it is ready again.
#[test]
fn a_repository_moves_away_and_back() {
    let demo = Demo::new(now()).unwrap();
    let path = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/helmrepositories/charts";
    let ready = |demo: &Demo| {
        let object = get(demo, "administrator", path);
        let conditions = object["status"]["conditions"].as_array().unwrap().clone();
        let ready = conditions.into_iter().find(|condition| condition["type"] == "Ready").unwrap();
        (ready["status"] == "True", ready["reason"].as_str().unwrap().to_owned(), object["status"]["artifact"].clone())
    };
    let (_, _, artifact) = ready(&demo);
    patch(&demo, path, "merge-patch", &json!({"spec": {"url": "https://gone.example.com"}}));
    advance(&demo, 2);
    assert_eq!(ready(&demo), (false, "Failed".to_owned(), artifact.clone()));
    patch(&demo, path, "merge-patch", &json!({"spec": {"url": "https://charts.example.com"}}));
    advance(&demo, 4);
    assert_eq!(ready(&demo), (true, "Succeeded".to_owned(), artifact));
}
