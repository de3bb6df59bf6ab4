//! The world, from objects made up for one rule each.

mod life;
mod recall;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use super::*;
use crate::release::codec::Driver;
use crate::release::flux::HelmRelease;
use crate::release::payload::ReleaseStatus;
use crate::release::{Feed, FeedKind, FeedState, Release, Resource, example};

pub(in crate::health) const NOW: &str = "2026-01-02T04:00:00Z";

pub(in crate::health) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The native release `shop/web`, deployed.
pub(in crate::health) fn release() -> Release {
    Release { status: Some(ReleaseStatus::Deployed), ..example::release("web") }
}

/// The patch laid over the value as a JSON merge patch is: null removes.
fn lay(value: &mut Value, patch: Value) {
    match (value, patch) {
        (Value::Object(fields), Value::Object(patch)) => {
            for (key, patch) in patch {
                if patch.is_null() {
                    fields.remove(&key);
                } else {
                    lay(fields.entry(key).or_insert(Value::Null), patch);
                }
            }
        }
        (value, patch) => *value = patch,
    }
}

/// An object in `shop` that was made at 03:00, its uid its name; `over` is laid over it.
pub(in crate::health) fn object(api_version: &str, kind: &str, name: &str, over: Value) -> Change {
    let mut body = json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid-{name}"), "generation": 1,
            "creationTimestamp": "2026-01-02T03:00:00Z",
        },
        "spec": {}, "status": {"observedGeneration": 1},
    });
    lay(&mut body, over);
    Change::Object(Arc::new(LiveObject::read(body).unwrap()))
}

/// That it belongs to the release `shop/web`.
pub(in crate::health) fn of_web(over: Value) -> Value {
    let mut value = json!({"metadata": {"annotations": {
        "meta.helm.sh/release-namespace": "shop", "meta.helm.sh/release-name": "web",
    }}});
    lay(&mut value, over);
    value
}

pub(in crate::health) fn owned(kind: &str, owner: &str, over: Value) -> Value {
    let owners = json!([{"kind": kind, "name": owner, "uid": format!("uid-{owner}"), "controller": true}]);
    let mut value = json!({"metadata": {"ownerReferences": owners}});
    lay(&mut value, over);
    value
}

/// The Deployment `web` that wants `want` Pods and has `ready`.
pub(in crate::health) fn deployment(want: i64, ready: i64, over: Value) -> Change {
    let mut value = of_web(json!({
        "spec": {"replicas": want},
        "status": {
            "replicas": want, "updatedReplicas": want, "availableReplicas": ready, "readyReplicas": ready,
            "conditions": [{"type": "Available", "status": if want == ready { "True" } else { "False" },
                            "lastTransitionTime": "2026-01-02T03:30:00Z"}],
        },
    }));
    lay(&mut value, over);
    object("apps/v1", "Deployment", "web", value)
}

/// A ReplicaSet of `web` as the shared watch reads it: its metadata alone.
pub(in crate::health) fn replica_set(name: &str, rollout: u32) -> Change {
    let body = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid-{name}"),
            "creationTimestamp": "2026-01-02T03:00:00Z",
            "annotations": {"deployment.kubernetes.io/revision": rollout.to_string()},
            "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "uid-web", "controller": true}],
        },
    });
    Change::Object(Arc::new(LiveObject::read(body).unwrap()))
}

pub(in crate::health) fn pod(name: &str, kind: &str, owner: &str, over: Value) -> Change {
    let spec = json!({"spec": {"nodeName": "n1", "containers": [{"name": "web", "image": "r.example/web:2"}]}});
    let mut value = owned(kind, owner, spec);
    lay(&mut value, over);
    object("v1", "Pod", name, value)
}

pub(in crate::health) fn running(ready: bool, container: Value) -> Value {
    let mut status = json!({"name": "web", "ready": ready, "restartCount": 0, "state": {"running": {}}});
    lay(&mut status, container);
    json!({"status": {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" },
                        "lastTransitionTime": "2026-01-02T03:31:00Z"}],
        "containerStatuses": [status],
    }})
}

pub(in crate::health) fn waiting(reason: &str, message: &str) -> Value {
    running(false, json!({"state": {"running": null, "waiting": {"reason": reason, "message": message}}}))
}

fn crashing(exit: i64, restarts: u64) -> Value {
    running(
        false,
        json!({
            "restartCount": restarts,
            "state": {"running": null, "waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
            "lastState": {"terminated": {"exitCode": exit, "reason": "Error"}},
        }),
    )
}

fn unschedulable(message: &str) -> Value {
    json!({"spec": {"nodeName": null}, "status": {"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
         "lastTransitionTime": "2026-01-02T03:59:55Z"},
    ]}})
}

pub(in crate::health) fn all_feeds(state: &FeedState) -> Vec<Change> {
    use strum::IntoEnumIterator;
    let feed = |kind| Feed { kind: FeedKind::Objects(kind), namespace: None };
    WatchedKind::iter().map(|kind| Change::Feed(feed(kind), state.clone())).collect()
}

fn world(changes: &[Change]) -> World {
    let mut world = World::default();
    for change in changes {
        world.apply(change);
    }
    world
}

fn line(list: &str, trouble: &Trouble) -> String {
    let path: Vec<String> = trouble.path.iter().map(|id| format!(" > {id}")).collect();
    let reason = &trouble.reason;
    let mut line = format!("{list}: {}{} [{reason}] {}", trouble.object, path.concat(), trouble.text);
    if !trouble.message.is_empty() {
        let _ = write!(line, " | {}", trouble.message);
    }
    line
}

/// Every list of a standing, a line each.
fn told(standing: &Standing) -> Vec<String> {
    let counts = standing.counts;
    let mut lines = vec![format!("{}/{} ready", counts.ready, counts.total)];
    for (list, troubles) in [
        ("broken", &standing.broken),
        ("stuck", &standing.stuck),
        ("waiting", &standing.waiting),
        ("unknown", &standing.unknown),
        ("hook", &standing.hooks),
        ("gone", &standing.remembered),
    ] {
        lines.extend(troubles.iter().map(|trouble| line(list, trouble)));
    }
    lines.extend(standing.missing.iter().map(|id| format!("missing: {id}")));
    lines
}

#[track_caller]
fn check(changes: &[Change], expected: &[&str]) {
    assert_eq!(told(&world(changes).standing(&release(), now())), expected);
}

#[test]
fn what_a_deployment_lacks_is_told_by_its_deepest_part() {
    let pods = |status: Value| {
        vec![deployment(1, 0, json!({})), replica_set("web-1", 1), pod("web-1-a", "ReplicaSet", "web-1", status)]
    };
    let path = "Deployment web > ReplicaSet web-1 > Pod web-1-a";
    let one = |status: Value, expected: &str| check(&pods(status), &["0/1 ready", &expected.replace("PATH", path)]);

    one(
        waiting("ImagePullBackOff", "Back-off pulling image"),
        "broken: PATH [ImagePullBackOff] web cannot pull r.example/web:2 | Back-off pulling image",
    );
    one(waiting("ErrImagePull", "denied"), "broken: PATH [ErrImagePull] web cannot pull r.example/web:2 | denied");
    one(
        waiting("InvalidImageName", "parse"),
        "broken: PATH [InvalidImageName] web has no valid image name: r.example/web:2 | parse",
    );
    one(
        waiting("CreateContainerConfigError", "secret \"db\" not found"),
        "broken: PATH [CreateContainerConfigError] web cannot start: secret \"db\" not found | secret \"db\" not found",
    );
    one(crashing(1, 5), "broken: PATH [CrashLoopBackOff] web exits 1 at start, 5 restarts | back-off");
    let terminated = |last: Value| {
        running(
            false,
            json!({"restartCount": 1, "lastState": {"terminated": last},
                              "state": {"running": null, "waiting": {"reason": "CrashLoopBackOff"}}}),
        )
    };
    one(
        terminated(json!({"exitCode": 137, "reason": "OOMKilled"})),
        "broken: PATH [CrashLoopBackOff] web is killed: out of memory (OOMKilled), 1 restart",
    );
    one(
        terminated(json!({"exitCode": 139, "signal": 11, "startedAt": "2026-01-02T03:00:00Z",
                          "finishedAt": "2026-01-02T03:04:00Z", "message": "core dumped"})),
        "broken: PATH [CrashLoopBackOff] web is killed by signal 11 after 4m, 1 restart | core dumped",
    );
    one(
        terminated(json!({"exitCode": 128, "reason": "StartError", "message": "exec: no such file"})),
        "broken: PATH [CrashLoopBackOff] web cannot start: exec: no such file, 1 restart | exec: no such file",
    );
    // Between two runs of a loop kubelet says that it runs, or that it ended.
    let last = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    one(
        running(false, json!({"restartCount": 2, "lastState": last})),
        "broken: PATH [Error] web exits 1 at start, 2 restarts",
    );
    one(running(false, json!({"restartCount": 1, "lastState": last})), {
        "waiting: PATH [ContainersNotReady] web runs and is not ready"
    });
    one(
        running(false, json!({"restartCount": 1, "state": {"running": null, "terminated": {"exitCode": 2}}})),
        "broken: PATH [Error] web exits 2 at start, 1 restart",
    );
    one(running(false, json!({})), "waiting: PATH [ContainersNotReady] web runs and is not ready");
    one(
        waiting("ContainerCreating", ""),
        "waiting: Deployment web [LessAvailable] 0 of 1 Pods available | Available: 0/1",
    );
    one(
        json!({"status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}}),
        "broken: PATH [Evicted] was evicted: low on memory | low on memory",
    );
}

#[test]
fn an_init_container_is_called_one() {
    let init = |state: Value| {
        json!({
            "spec": {"initContainers": [{"name": "migrate", "image": "r.example/migrate:1"}]},
            "status": {
                "phase": "Pending",
                "conditions": [{"type": "Ready", "status": "False"}],
                "initContainerStatuses": [{"name": "migrate", "restartCount": 3, "state": state,
                                           "lastState": {"terminated": {"exitCode": 1}}}],
                "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "PodInitializing"}}}],
            },
        })
    };
    let with = |state: Value| {
        [deployment(1, 0, json!({})), replica_set("web-1", 1), pod("web-1-a", "ReplicaSet", "web-1", init(state))]
    };
    let path = "Deployment web > ReplicaSet web-1 > Pod web-1-a";
    check(
        &with(json!({"waiting": {"reason": "CrashLoopBackOff"}})),
        &[
            "0/1 ready",
            &format!("broken: {path} [CrashLoopBackOff] init container migrate exits 1 at start, 3 restarts"),
        ],
    );
    check(
        &with(json!({"running": {}})),
        &["0/1 ready", "waiting: Deployment web [LessAvailable] 0 of 1 Pods available | Available: 0/1"],
    );
}

#[test]
fn of_many_pods_the_one_that_says_most_is_named_and_they_are_counted() {
    let healthy = || running(true, json!({}));
    check(
        &[
            deployment(3, 1, json!({})),
            replica_set("web-2", 2),
            pod("web-2-a", "ReplicaSet", "web-2", healthy()),
            pod("web-2-b", "ReplicaSet", "web-2", running(false, json!({}))),
            pod("web-2-c", "ReplicaSet", "web-2", crashing(1, 5)),
        ],
        &[
            "0/1 ready",
            "broken: Deployment web > ReplicaSet web-2 > Pod web-2-c [CrashLoopBackOff] web exits 1 at start, 5 restarts \
             (1 of 3 Pods) | back-off",
        ],
    );
}

#[test]
fn pods_of_older_rollouts_speak_only_where_they_are_broken() {
    let changes = |old: Value| {
        [
            deployment(1, 0, json!({})),
            replica_set("web-1", 1),
            replica_set("web-2", 2),
            pod("web-1-a", "ReplicaSet", "web-1", old),
            pod("web-2-a", "ReplicaSet", "web-2", running(false, json!({}))),
        ]
    };
    check(
        &changes(running(false, json!({}))),
        &[
            "0/1 ready",
            "waiting: Deployment web > ReplicaSet web-2 > Pod web-2-a [ContainersNotReady] web runs and is not ready",
        ],
    );
    check(
        &changes(crashing(1, 9)),
        &[
            "0/1 ready",
            "broken: Deployment web > ReplicaSet web-1 > Pod web-1-a [CrashLoopBackOff] web exits 1 at start, 9 restarts \
         | back-off",
        ],
    );
    let mut going = crashing(1, 9);
    lay(&mut going, json!({"metadata": {"deletionTimestamp": "2026-01-02T03:59:00Z"}}));
    check(
        &changes(going),
        &[
            "0/1 ready",
            "waiting: Deployment web > ReplicaSet web-2 > Pod web-2-a [ContainersNotReady] web runs and is not ready",
        ],
    );
}

#[test]
fn a_pod_that_no_node_takes_is_told_of_at_once_and_broken_at_15_seconds() {
    let message = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.";
    let at = |created: &str| {
        let mut status = unschedulable(message);
        lay(&mut status, json!({"metadata": {"creationTimestamp": created}}));
        [deployment(1, 0, json!({})), replica_set("web-1", 1), pod("web-1-a", "ReplicaSet", "web-1", status)]
    };
    let said = format!(
        "Deployment web > ReplicaSet web-1 > Pod web-1-a [Unschedulable] cannot be scheduled: 0/3 nodes are available: \
         3 Insufficient cpu | {message}"
    );
    check(&at("2026-01-02T03:59:46Z"), &["0/1 ready", &format!("waiting: {said}")]);
    check(&at("2026-01-02T03:59:45Z"), &["0/1 ready", &format!("broken: {said}")]);

    let mut world = world(&at("2026-01-02T03:59:46Z"));
    let turn = "2026-01-02T04:00:01Z".parse().unwrap();
    assert_eq!(world.next_turn(now()), Some(turn));
    assert_eq!(world.next_turn(turn), None);
    let web = BTreeSet::from([ObjectKey::new("shop", "web")]);
    assert_eq!((world.take_touched(), world.take_touched()), (web.clone(), BTreeSet::new()));
    world.turn(now());
    assert_eq!(world.take_touched(), BTreeSet::new());
    world.turn(turn);
    assert_eq!((world.take_touched(), world.next_turn(now())), (web, None));
}

#[test]
fn a_claim_that_is_not_bound_is_named_by_the_pod_that_waits() {
    let claim = |phase: &str| object("v1", "PersistentVolumeClaim", "data", json!({"status": {"phase": phase}}));
    let mut status = unschedulable("0/3 nodes: pod has unbound immediate PersistentVolumeClaims");
    lay(&mut status, json!({"spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]}}));
    let set = of_web(json!({"spec": {"replicas": 1}, "status": {"replicas": 1, "readyReplicas": 0}}));
    let changes =
        [claim("Pending"), object("apps/v1", "StatefulSet", "db", set), pod("db-0", "StatefulSet", "db", status)];
    check(
        &changes,
        &[
            "0/1 ready",
            "broken: StatefulSet db > Pod db-0 > PersistentVolumeClaim data [Unschedulable] waits for claim data, which is \
         not bound | 0/3 nodes: pod has unbound immediate PersistentVolumeClaims",
        ],
    );
    let mut world = world(&changes);
    world.take_touched();
    world.apply(&claim("Bound"));
    assert_eq!(world.take_touched(), BTreeSet::from([ObjectKey::new("shop", "web")]));

    let own = of_web(json!({"status": {"phase": "Pending"}}));
    check(
        &[object("v1", "PersistentVolumeClaim", "files", own)],
        &[
            "0/1 ready",
            "waiting: PersistentVolumeClaim files [NotBound] is not bound (Pending) | PVC is not Bound. phase: Pending",
        ],
    );
}

#[test]
fn a_job_is_told_of_by_the_container_that_failed() {
    let job = |status: Value| object("batch/v1", "Job", "migrate", of_web(json!({"status": status})));
    let failed = |name: &str| {
        let status = json!({
            "phase": "Failed",
            "containerStatuses": [{"name": "web", "state": {"terminated": {"exitCode": 3, "reason": "Error",
                "startedAt": "2026-01-02T03:00:00Z", "finishedAt": "2026-01-02T03:00:09Z", "message": "no table"}}}],
        });
        pod(name, "Job", "migrate", json!({"spec": {"restartPolicy": "Never"}, "status": status}))
    };
    let given_up = json!({"startTime": "2026-01-02T03:00:00Z", "failed": 7, "conditions": [
        {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the limit"}]});
    check(
        &[job(given_up.clone()), failed("migrate-a")],
        &[
            "0/1 ready",
            "broken: Job migrate > Pod migrate-a [Error] web exits 3 at start, failed after 7 tries | no table",
        ],
    );
    check(
        &[job(given_up)],
        &["0/1 ready", "broken: Job migrate [BackoffLimitExceeded] failed after 7 tries | Job has reached the limit"],
    );
    // kstatus calls a Job that runs Current.
    check(
        &[job(json!({"startTime": "2026-01-02T03:00:00Z", "active": 1})), failed("migrate-a")],
        &["1/1 ready", "waiting: Job migrate > Pod migrate-a [Error] web exits 3 at start | no table"],
    );
    let done = json!({"startTime": "2026-01-02T03:00:00Z", "succeeded": 1, "conditions": [
        {"type": "Complete", "status": "True"}]});
    check(&[job(done), failed("migrate-a")], &["1/1 ready"]);
}

#[test]
fn a_pod_that_was_replaced_is_no_trouble_and_one_that_was_not_is() {
    let evicted = json!({"status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}});
    let changes = |ready: i64| {
        [
            deployment(1, ready, json!({})),
            replica_set("web-1", 1),
            pod("web-1-a", "ReplicaSet", "web-1", evicted.clone()),
            pod("web-1-b", "ReplicaSet", "web-1", running(ready == 1, json!({}))),
        ]
    };
    check(&changes(1), &["1/1 ready"]);
    check(
        &changes(0),
        &[
            "0/1 ready",
            "broken: Deployment web > ReplicaSet web-1 > Pod web-1-a [Evicted] was evicted: low on memory (1 of 2 Pods) \
         | low on memory",
        ],
    );
    let bare = of_web(json!({"status": {"phase": "Failed", "message": "gone wrong"}}));
    check(
        &[object("v1", "Pod", "once", bare)],
        &["0/1 ready", "broken: Pod once [PodFailed] Pod failed: gone wrong | gone wrong"],
    );
}

#[test]
fn a_healthy_deployment_with_a_pod_in_a_loop_is_broken() {
    check(
        &[deployment(1, 1, json!({})), replica_set("web-1", 1), pod("web-1-a", "ReplicaSet", "web-1", crashing(1, 5))],
        &[
            "0/1 ready",
            "broken: Deployment web > ReplicaSet web-1 > Pod web-1-a [CrashLoopBackOff] web exits 1 at start, 5 restarts \
             | back-off",
        ],
    );
}

#[test]
fn what_conditions_say_is_said() {
    let quota = "pods \"web-1-\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4";
    let refused = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": quota}]);
    check(
        &[deployment(1, 0, json!({"status": {"conditions": refused}}))],
        &[
            "0/1 ready",
            &format!(
                "broken: Deployment web [FailedCreate] Pods cannot be made: exceeded quota: small, requested: pods=1, used: \
             pods=4, limited: pods=4 | {quota}"
            ),
        ],
    );
    let late = json!({"spec": {"progressDeadlineSeconds": 60}, "status": {"conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]}});
    check(
        &[deployment(1, 0, late.clone())],
        &[
            "0/1 ready",
            "broken: Deployment web [ProgressDeadlineExceeded] did not get ready within its deadline | timed out",
        ],
    );
    check(
        &[
            deployment(1, 0, late),
            replica_set("web-1", 1),
            pod("web-1-a", "ReplicaSet", "web-1", running(false, json!({}))),
        ],
        &[
            "0/1 ready",
            "broken: Deployment web > ReplicaSet web-1 > Pod web-1-a [ContainersNotReady] web runs and is not ready",
        ],
    );
    let paused = json!({"spec": {"paused": true}, "status": {"updatedReplicas": 1}});
    check(
        &[deployment(2, 2, paused)],
        &["0/1 ready", "waiting: Deployment web [LessUpdated] rollout is paused: 1 of 2 Pods updated | Updated: 1/2"],
    );
    let not_ready = json!({"conditions": [{"type": "Ready", "status": "False", "reason": "NoIssuer",
                                           "message": "issuer ca not found\nmore"}]});
    check(
        &[object("cert.io/v1", "Certificate", "tls", of_web(json!({"status": not_ready})))],
        &[
            "0/1 ready",
            "waiting: Certificate tls [NoIssuer] not ready: issuer ca not found | issuer ca not found\nmore",
        ],
    );
    let names = json!({"conditions": [{"type": "NamesAccepted", "status": "False", "reason": "ListKindConflict",
                                       "message": "\"WidgetList\" is already in use"}]});
    let crd = of_web(json!({"metadata": {"namespace": ""}, "status": names}));
    check(
        &[object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.example.com", crd)],
        &[
            "0/1 ready",
            "broken: CustomResourceDefinition widgets.example.com [ListKindConflict] failed: \"WidgetList\" is already in use \
         | \"WidgetList\" is already in use",
        ],
    );
    let odd = of_web(json!({"status": {"phase": "Odd"}}));
    check(
        &[object("v1", "Pod", "odd", odd)],
        &["0/1 ready", "unknown: Pod odd [Unknown] unknown phase Odd | unknown phase Odd"],
    );
}

#[test]
fn a_failed_pod_makes_a_stateful_set_in_progress_failed() {
    let set = of_web(json!({"spec": {"replicas": 1}, "status": {"replicas": 1, "readyReplicas": 0}}));
    check(
        &[object("apps/v1", "StatefulSet", "db", set.clone()), pod("db-0", "StatefulSet", "db", crashing(2, 3))],
        &[
            "0/1 ready",
            "broken: StatefulSet db > Pod db-0 [CrashLoopBackOff] web exits 2 at start, 3 restarts | back-off",
        ],
    );
    check(
        &[object("apps/v1", "StatefulSet", "db", set)],
        &["0/1 ready", "waiting: StatefulSet db [LessReady] 0 of 1 Pods ready | Ready: 0/1"],
    );
}
