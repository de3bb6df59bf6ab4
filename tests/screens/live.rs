//! The objects of one release, live: a Deployment whose new Pods cannot start, what is missing, forbidden and leaving.

use std::sync::Arc;

use serde_json::{Value, json};
use wheelhouse::app::Effect;
use wheelhouse::release::payload::Payload;
use wheelhouse::release::{
    Answer, Change, Event, FeedState, Inventory, LiveObject, ObjectId, ObjectKey, Resource, StoredRef,
};

use crate::fixture::{answer, cluster};
use crate::scenario::{Scenario, ago};

pub const NAMESPACE: &str = "search";

/// One document of a manifest.
pub fn document(api_version: &str, kind: &str, name: &str) -> String {
    format!("---\napiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n")
}

fn manifest() -> String {
    [
        ("apps/v1", "Deployment", "search"),
        ("v1", "Service", "search"),
        ("v1", "ConfigMap", "search"),
        ("v1", "Secret", "search"),
        ("v1", "PersistentVolumeClaim", "search-data"),
        ("networking.k8s.io/v1", "Ingress", "search"),
        ("monitoring.coreos.com/v1", "ServiceMonitor", "search"),
    ]
    .into_iter()
    .map(|(api_version, kind, name)| document(api_version, kind, name))
    .collect()
}

/// What the latest revision of `search` holds; other releases are those of the fixture.
pub fn holding(manifest: String) -> impl Fn(&StoredRef, bool) -> Answer {
    let raw = json!({
        "name": "search", "namespace": NAMESPACE, "version": 3, "manifest": manifest,
        "info": {"status": "failed", "description": "Upgrade \"search\" failed: timed out"},
        "chart": {"metadata": {"name": "storefront", "version": "1.5.0", "appVersion": "2.10.0"}},
        "hooks": [
            {"name": "search-migrate", "kind": "Job", "events": ["pre-upgrade"], "manifest": document("batch/v1", "Job", "search-migrate"),
             "last_run": {"started_at": "2026-03-04T11:40:40Z", "completed_at": "2026-03-04T11:40:52Z", "phase": "Failed"}},
            {"name": "search-test", "kind": "Pod", "events": ["test"], "manifest": document("v1", "Pod", "search-test")},
        ],
    });
    let payload = Arc::new(Payload::new(raw.as_object().unwrap().clone()));
    move |object, whole| match (object.key.namespace.as_str(), whole) {
        (NAMESPACE, true) => Answer::Payload(object.clone(), Ok(Arc::clone(&payload))),
        (NAMESPACE, false) => Answer::Summary(object.clone(), Ok(Arc::new(payload.summary()))),
        _ => answer(object, whole),
    }
}

pub fn object(
    api_version: &str,
    kind: &str,
    name: &str,
    minutes: i64,
    owner: Option<(&str, &str)>,
    rest: Value,
) -> Change {
    let owners = owner.map(|(kind, name)| {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": format!("{kind}/{name}"), "controller": true}])
    });
    let mut body = json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {
            "name": name, "namespace": NAMESPACE, "uid": format!("{kind}/{name}"), "generation": 3,
            "creationTimestamp": ago(minutes * 60).to_string(), "ownerReferences": owners.unwrap_or(json!([])),
        },
    });
    if owner.is_none() {
        body["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "Helm"});
        body["metadata"]["annotations"] =
            json!({"meta.helm.sh/release-name": "search", "meta.helm.sh/release-namespace": NAMESPACE});
    }
    for (key, value) in rest.as_object().unwrap() {
        if key == "metadata" {
            for (key, value) in value.as_object().unwrap() {
                match (&mut body["metadata"][key], value) {
                    (Value::Object(whole), Value::Object(more)) => whole.extend(more.clone()),
                    (place, value) => *place = value.clone(),
                }
            }
        } else {
            body[key] = value.clone();
        }
    }
    Change::Object(Arc::new(LiveObject::read(body).unwrap()))
}

fn pod(name: &str, set: &str, minutes: i64, containers: Value, init: Value, ready: bool) -> Change {
    let status = if ready { "True" } else { "False" };
    object(
        "v1",
        "Pod",
        name,
        minutes,
        Some(("ReplicaSet", set)),
        json!({
            "spec": {"containers": [{"name": "web", "image": "registry.example.com/storefront:2.10.0"}, {"name": "proxy", "image": "envoy:1"}], "restartPolicy": "Always"},
            "status": {
                "phase": "Running", "containerStatuses": containers, "initContainerStatuses": init,
                "conditions": [
                    {"type": "PodScheduled", "status": "True"}, {"type": "Initialized", "status": "True"},
                    {"type": "Ready", "status": status, "reason": "ContainersNotReady", "message": "containers with unready status: [web]", "lastTransitionTime": ago(840).to_string()},
                ],
            },
        }),
    )
}

fn running(name: &str, restarts: u64) -> Value {
    json!({"name": name, "ready": true, "restartCount": restarts, "image": "x", "state": {"running": {"startedAt": ago(900).to_string()}}})
}

fn crashing() -> Value {
    json!({
        "name": "web", "ready": false, "restartCount": 7, "image": "registry.example.com/storefront:2.10.0",
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=web pod=search-6d7f-x2x"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": ago(75).to_string(), "finishedAt": ago(70).to_string()}},
    })
}

/// All objects that are there.
pub fn objects() -> Vec<Change> {
    let migrated = json!([{"name": "migrate", "ready": false, "restartCount": 0, "image": "x", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]);
    vec![
        object(
            "apps/v1",
            "Deployment",
            "search",
            2000,
            None,
            json!({
                "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "search"}}, "progressDeadlineSeconds": 600},
                "status": {
                    "observedGeneration": 3, "replicas": 4, "updatedReplicas": 1, "readyReplicas": 3, "availableReplicas": 3, "unavailableReplicas": 1,
                    "conditions": [
                        {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability."},
                        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "ReplicaSet \"search-6d7f\" has timed out progressing.", "lastTransitionTime": ago(240).to_string()},
                    ],
                },
            }),
        ),
        object(
            "apps/v1",
            "ReplicaSet",
            "search-6d7f",
            14,
            Some(("Deployment", "search")),
            json!({
                "metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}},
                "spec": {"replicas": 1}, "status": {"observedGeneration": 3, "replicas": 1, "fullyLabeledReplicas": 1},
            }),
        ),
        object(
            "apps/v1",
            "ReplicaSet",
            "search-5b9c",
            2000,
            Some(("Deployment", "search")),
            json!({
                "metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}},
                "spec": {"replicas": 3}, "status": {"observedGeneration": 3, "replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "fullyLabeledReplicas": 3},
            }),
        ),
        pod("search-6d7f-x2x", "search-6d7f", 14, json!([crashing(), running("proxy", 0)]), migrated.clone(), false),
        pod(
            "search-5b9c-aaa",
            "search-5b9c",
            2000,
            json!([running("web", 0), running("proxy", 0)]),
            migrated.clone(),
            true,
        ),
        pod("search-5b9c-bbb", "search-5b9c", 2000, json!([running("web", 2), running("proxy", 0)]), migrated, true),
        object("v1", "Service", "search", 2000, None, json!({"spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1"}})),
        object("v1", "ConfigMap", "search", 2000, None, json!({"data": {}})),
        object(
            "v1",
            "PersistentVolumeClaim",
            "search-data",
            2000,
            None,
            json!({
                "metadata": {"deletionTimestamp": ago(1500).to_string(), "finalizers": ["kubernetes.io/pvc-protection"]},
                "status": {"phase": "Bound"},
            }),
        ),
        object(
            "batch/v1",
            "Job",
            "search-migrate",
            20,
            None,
            json!({
                "metadata": {"annotations": {"helm.sh/hook": "pre-upgrade"}},
                "spec": {"backoffLimit": 0},
                "status": {"failed": 1, "startTime": ago(1160).to_string(), "conditions": [
                    {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit", "lastTransitionTime": ago(1148).to_string()},
                ]},
            }),
        ),
    ]
}

pub fn event(
    name: &str,
    about: ObjectId,
    warning: bool,
    reason: &str,
    message: &str,
    count: u64,
    seconds: i64,
) -> Change {
    Change::Event(Box::new(Event {
        key: ObjectKey::new(NAMESPACE, name),
        about_uid: format!("{}/{}", about.kind, about.name),
        field: (about.kind == "Pod").then(|| "spec.containers{web}".to_owned()),
        about,
        warning,
        reason: reason.to_owned(),
        message: message.to_owned(),
        count,
        first: Some(ago(seconds + 60 * i64::try_from(count).unwrap())),
        last: Some(ago(seconds)),
        source: if reason == "ScalingReplicaSet" { "deployment-controller" } else { "kubelet" }.to_owned(),
    }))
}

pub fn events() -> Vec<Change> {
    let of = |kind: &str, name: &str| ObjectId::new(if kind == "Pod" { "" } else { "apps" }, kind, NAMESPACE, name);
    let gone = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    vec![
        event(
            "a",
            of("Deployment", "search"),
            false,
            "ScalingReplicaSet",
            "Scaled up replica set search-6d7f to 1",
            1,
            840,
        ),
        event(
            "b",
            of("Pod", "search-6d7f-x2x"),
            false,
            "Pulled",
            "Container image \"registry.example.com/storefront:2.10.0\" already present on machine",
            8,
            75,
        ),
        event(
            "c",
            of("Pod", "search-6d7f-x2x"),
            true,
            "BackOff",
            "Back-off restarting failed container web in pod search-6d7f-x2x_search(5a0c6f3e-9c1b-4b1e-8f0e-2f6d3f1a7c11)",
            41,
            12,
        ),
        event("d", of("Pod", "search-5b9c-zzz"), true, "Unhealthy", gone, 3, 1900),
        event("e", of("Pod", "other-7f-x"), true, "BackOff", "of another release", 1, 5),
    ]
}

/// How the watch of a kind is doing: two may not be seen, the others are live.
pub fn state(resource: &Resource) -> FeedState {
    match resource.kind.as_str() {
        "Secret" => FeedState::Forbidden,
        "ServiceMonitor" => FeedState::Absent,
        _ => FeedState::Live,
    }
}

/// What was asked to be watched last.
pub fn inventory(s: &Scenario) -> Inventory {
    let last = s.effects.iter().rev().find_map(|effect| match effect {
        Effect::Inspect(_, inventory) => Some(inventory.clone()),
        _ => None,
    });
    last.expect("something is watched")
}

/// The states of all watches of the release that is open.
pub fn states(s: &Scenario, state: impl Fn(&Resource) -> FeedState) -> Vec<Change> {
    let named = inventory(s).objects.into_iter().map(|(resource, _)| resource);
    let also = [("apps/v1", "ReplicaSet"), ("v1", "Pod"), ("batch/v1", "Job"), ("v1", "Event")];
    let also = also.map(|(api_version, kind)| Resource {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: Some(NAMESPACE.to_owned()),
    });
    named.chain(also).map(|resource| Change::Inventory(resource.clone(), state(&resource))).collect()
}

/// `search` by a key of the list, nothing known of its objects.
pub fn opened(width: u16, height: u16, key: &str) -> Scenario {
    let s = Scenario::connected(width, height).changes(cluster()).answer(answer);
    s.keys("/").typed("ns:search").keys(&format!("enter {key}"))
}

/// The same, its objects watched.
pub fn search(width: u16, height: u16, key: &str) -> Scenario {
    let s = opened(width, height, key).answer(holding(manifest()));
    let all = states(&s, state).into_iter().chain(objects()).chain(events()).collect();
    s.inspected(all)
}

/// The same before anything was seen of its objects.
pub fn unseen(width: u16, height: u16, key: &str) -> Scenario {
    opened(width, height, key).answer(holding(manifest()))
}
