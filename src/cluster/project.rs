//! What of a watched object is kept: what kstatus reads (its rules are in `health::kstatus`), what says which container
//! fails and why, and what joins it to its release, its owner and its claims. The rest, most of a Pod, is dropped before
//! it waits anywhere: a cluster has thousands of them.

use serde_json::Value;

use crate::release::WatchedKind;

/// What is kept of a value. What has another shape than is looked for is kept whole: that it is odd is an answer too.
enum Keep {
    /// All of it.
    Whole,
    /// These fields of an object.
    Fields(&'static [(&'static str, Keep)]),
    /// The same of each item of a list.
    Each(&'static Keep),
}

use Keep::{Each, Fields, Whole};

/// The object with nothing but what is read of its kind.
pub(super) fn project(kind: WatchedKind, object: Value) -> Value {
    keep(of(kind), object)
}

fn keep(what: &Keep, value: Value) -> Value {
    match (what, value) {
        (Fields(fields), Value::Object(mut map)) => {
            let kept = fields.iter().filter_map(|(name, inner)| {
                let (name, value) = map.swap_remove_entry(*name)?;
                Some((name, keep(inner, value)))
            });
            Value::Object(kept.collect())
        }
        (Each(inner), Value::Array(items)) => items.into_iter().map(|item| keep(inner, item)).collect(),
        (Whole | Fields(_) | Each(_), other) => other,
    }
}

fn of(kind: WatchedKind) -> &'static Keep {
    match kind {
        WatchedKind::Deployment => &DEPLOYMENT,
        WatchedKind::ReplicaSet => &REPLICA_SET,
        WatchedKind::StatefulSet => &STATEFUL_SET,
        WatchedKind::DaemonSet => &DAEMON_SET,
        WatchedKind::Job => &JOB,
        WatchedKind::PersistentVolumeClaim => &CLAIM,
        WatchedKind::Pod => &POD,
    }
}

const API_VERSION: (&str, Keep) = ("apiVersion", Whole);
const KIND: (&str, Keep) = ("kind", Whole);
const CONDITIONS: (&str, Keep) = ("conditions", Whole);
const OBSERVED: (&str, Keep) = ("observedGeneration", Whole);

const METADATA: (&str, Keep) = (
    "metadata",
    Fields(&[
        ("name", Whole),
        ("namespace", Whole),
        ("uid", Whole),
        ("generation", Whole),
        ("creationTimestamp", Whole),
        ("deletionTimestamp", Whole),
        ("finalizers", Whole),
        ("ownerReferences", Whole),
        (
            "labels",
            Fields(&[
                ("app.kubernetes.io/managed-by", Whole),
                ("helm.toolkit.fluxcd.io/name", Whole),
                ("helm.toolkit.fluxcd.io/namespace", Whole),
                ("pod-template-hash", Whole),
                ("controller-revision-hash", Whole),
                ("job-name", Whole),
                ("batch.kubernetes.io/job-name", Whole),
                ("statefulset.kubernetes.io/pod-name", Whole),
            ]),
        ),
        (
            "annotations",
            Fields(&[
                ("meta.helm.sh/release-name", Whole),
                ("meta.helm.sh/release-namespace", Whole),
                ("helm.sh/hook", Whole),
                ("deployment.kubernetes.io/revision", Whole),
            ]),
        ),
    ]),
);

const CONTAINERS: Keep = Each(&Fields(&[("name", Whole), ("image", Whole), ("restartPolicy", Whole)]));

const TEMPLATE: (&str, Keep) =
    ("template", Fields(&[("spec", Fields(&[("containers", CONTAINERS), ("initContainers", CONTAINERS)]))]));

const CONTAINER_STATUSES: Keep = Each(&Fields(&[
    ("name", Whole),
    ("image", Whole),
    ("ready", Whole),
    ("started", Whole),
    ("restartCount", Whole),
    ("state", Whole),
    ("lastState", Whole),
]));

const DEPLOYMENT: Keep = Fields(&[
    API_VERSION,
    KIND,
    METADATA,
    (
        "spec",
        Fields(&[
            ("replicas", Whole),
            ("paused", Whole),
            ("progressDeadlineSeconds", Whole),
            ("selector", Whole),
            TEMPLATE,
        ]),
    ),
    (
        "status",
        Fields(&[
            OBSERVED,
            ("replicas", Whole),
            ("updatedReplicas", Whole),
            ("readyReplicas", Whole),
            ("availableReplicas", Whole),
            CONDITIONS,
        ]),
    ),
]);

/// Of ReplicaSets metadata is all that is asked for.
const REPLICA_SET: Keep = Fields(&[API_VERSION, KIND, METADATA]);

const STATEFUL_SET: Keep = Fields(&[
    API_VERSION,
    KIND,
    METADATA,
    ("spec", Fields(&[("replicas", Whole), ("updateStrategy", Whole), ("selector", Whole), TEMPLATE])),
    (
        "status",
        Fields(&[
            OBSERVED,
            ("replicas", Whole),
            ("readyReplicas", Whole),
            ("currentReplicas", Whole),
            ("updatedReplicas", Whole),
            ("availableReplicas", Whole),
            ("currentRevision", Whole),
            ("updateRevision", Whole),
            CONDITIONS,
        ]),
    ),
]);

const DAEMON_SET: Keep = Fields(&[
    API_VERSION,
    KIND,
    METADATA,
    ("spec", Fields(&[("updateStrategy", Whole), ("selector", Whole), TEMPLATE])),
    (
        "status",
        Fields(&[
            OBSERVED,
            ("desiredNumberScheduled", Whole),
            ("currentNumberScheduled", Whole),
            ("updatedNumberScheduled", Whole),
            ("numberAvailable", Whole),
            ("numberReady", Whole),
            CONDITIONS,
        ]),
    ),
]);

const JOB: Keep = Fields(&[
    API_VERSION,
    KIND,
    METADATA,
    (
        "spec",
        Fields(&[
            ("parallelism", Whole),
            ("completions", Whole),
            ("backoffLimit", Whole),
            ("activeDeadlineSeconds", Whole),
            ("suspend", Whole),
            ("selector", Whole),
            TEMPLATE,
        ]),
    ),
    (
        "status",
        Fields(&[
            OBSERVED,
            ("startTime", Whole),
            ("completionTime", Whole),
            ("active", Whole),
            ("succeeded", Whole),
            ("failed", Whole),
            CONDITIONS,
        ]),
    ),
]);

const CLAIM: Keep = Fields(&[
    API_VERSION,
    KIND,
    METADATA,
    ("spec", Fields(&[("storageClassName", Whole), ("volumeName", Whole)])),
    ("status", Fields(&[OBSERVED, ("phase", Whole), CONDITIONS])),
]);

const POD: Keep = Fields(&[
    API_VERSION,
    KIND,
    METADATA,
    (
        "spec",
        Fields(&[
            ("nodeName", Whole),
            ("restartPolicy", Whole),
            ("containers", CONTAINERS),
            ("initContainers", CONTAINERS),
            ("volumes", Each(&Fields(&[("persistentVolumeClaim", Fields(&[("claimName", Whole)]))]))),
        ]),
    ),
    (
        "status",
        Fields(&[
            OBSERVED,
            ("phase", Whole),
            ("reason", Whole),
            ("message", Whole),
            ("startTime", Whole),
            CONDITIONS,
            ("containerStatuses", CONTAINER_STATUSES),
            ("initContainerStatuses", CONTAINER_STATUSES),
        ]),
    ),
]);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::health::kstatus;

    #[track_caller]
    fn check(kind: WatchedKind, object: Value, expected: Value) {
        assert_eq!(project(kind, object), expected, "{kind}");
    }

    #[test]
    fn a_pod_keeps_what_health_reads_of_it() {
        check(
            WatchedKind::Pod,
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {
                    "name": "web-1", "namespace": "shop", "uid": "u", "resourceVersion": "7",
                    "labels": {"app": "web", "pod-template-hash": "1"},
                    "annotations": {"checksum/config": "c", "helm.sh/hook": "test"},
                },
                "spec": {
                    "nodeName": "one", "serviceAccountName": "web",
                    "containers": [{"name": "web", "image": "web:1", "env": [{"name": "A", "value": "b"}]}],
                    "volumes": [
                        {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-1", "readOnly": true}},
                        {"name": "token", "projected": {"sources": []}},
                    ],
                },
                "status": {
                    "phase": "Running", "podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}],
                    "containerStatuses": [{
                        "name": "web", "ready": true, "restartCount": 0, "containerID": "c", "imageID": "i",
                        "state": {"running": {"startedAt": "2026-03-04T12:00:00Z"}},
                    }],
                },
            }),
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {
                    "name": "web-1", "namespace": "shop", "uid": "u", "labels": {"pod-template-hash": "1"},
                    "annotations": {"helm.sh/hook": "test"},
                },
                "spec": {
                    "nodeName": "one",
                    "containers": [{"name": "web", "image": "web:1"}],
                    "volumes": [{"persistentVolumeClaim": {"claimName": "data-web-1"}}, {}],
                },
                "status": {
                    "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
                    "containerStatuses": [{
                        "name": "web", "ready": true, "restartCount": 0,
                        "state": {"running": {"startedAt": "2026-03-04T12:00:00Z"}},
                    }],
                },
            }),
        );
    }

    #[test]
    fn what_has_another_shape_is_kept_as_it_is() {
        let odd = json!({"metadata": 5, "spec": [1], "status": {"containerStatuses": "none", "phase": {"a": 1}}});
        check(WatchedKind::Pod, odd.clone(), odd);
        check(WatchedKind::Job, json!("text"), json!("text"));
    }

    /// Every object that the reference was asked about: those of the recordings, and each field of each rule in every
    /// state and of every wrong type.
    fn judged() -> impl Iterator<Item = Value> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/kstatus.jsonl.gz");
        let text = std::io::read_to_string(flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.into_iter().map(|mut line| line["object"].take())
    }

    #[test]
    fn kstatus_says_the_same_of_what_is_kept_as_of_the_whole() {
        let now = "2026-03-04T12:00:00Z".parse().unwrap();
        let mut compared = BTreeMap::new();
        for object in judged() {
            let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
            let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
            // Of ReplicaSets only metadata is read.
            let Some(kind) = WatchedKind::of(group, text("kind")).filter(|kind| *kind != WatchedKind::ReplicaSet)
            else {
                continue;
            };
            let kept = project(kind, object.clone());
            assert_eq!(kstatus::compute(&kept, now), kstatus::compute(&object, now), "{object}");
            assert_eq!(kstatus::recheck_at(&kept, now), kstatus::recheck_at(&object, now), "{object}");
            *compared.entry(kind).or_insert(0) += 1;
        }
        assert!(compared.len() == 6 && compared.values().all(|count| *count > 50), "{compared:?}");
    }
}
