//! Pods of a ReplicaSet, and the kubelet that starts their containers.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::World;
use super::super::draft::seconds;
use super::{fields, letters, owned, reference, text};
use crate::demo::server::ObjectRef;
use crate::demo::story::later;

/// From a Pod's creation until it is ready.
const STARTS: SignedDuration = SignedDuration::from_secs(2);

/// Makes so many Pods of a ReplicaSet, and starts those that wait for it. When to look again, where some do.
pub fn scale(
    world: &dyn World,
    set: &Value,
    wanted: u64,
    fails: Option<&str>,
    now: Timestamp,
) -> (Vec<Value>, Option<Timestamp>) {
    let wanted = usize::try_from(wanted).unwrap_or_default();
    let live = owned(world, "v1", "Pod", set);
    for gone in live.iter().skip(wanted).filter_map(ObjectRef::of) {
        world.remove(&gone);
    }
    for number in live.len()..wanted {
        world.put(made(set, number, fails, now));
    }
    let mut next = None;
    for pod in owned(world, "v1", "Pod", set) {
        let waits = text(&pod, "/status/containerStatuses/0/state/waiting/reason") == "ContainerCreating";
        let Ok(created) = text(&pod, "/metadata/creationTimestamp").parse::<Timestamp>() else { continue };
        let starts = later(created, STARTS);
        if waits && starts <= now {
            world.put(started(pod, now));
        } else if waits {
            next = Some(next.map_or(starts, |next: Timestamp| next.min(starts)));
        }
    }
    (owned(world, "v1", "Pod", set), next)
}

/// How many of them are ready.
#[must_use]
pub fn ready(pods: &[Value]) -> u64 {
    let is_ready = |pod: &&Value| {
        let all = pod.pointer("/status/conditions").and_then(Value::as_array);
        all.into_iter().flatten().any(|condition| {
            let is = |key: &str, text: &str| condition.get(key).is_some_and(|own| own == text);
            is("type", "Ready") && is("status", "True")
        })
    };
    u64::try_from(pods.iter().filter(is_ready).count()).unwrap_or_default()
}

fn made(set: &Value, number: usize, fails: Option<&str>, now: Timestamp) -> Value {
    let name = text(set, "/metadata/name");
    let letters = letters(&format!("{name} {number} {now}"));
    let mut spec = fields(set, "/spec/template/spec");
    spec.insert("nodeName".to_owned(), "node-0".into());
    let image = spec.get("containers").and_then(|all| all.get(0)?.get("image")).cloned().unwrap_or_default();
    let container = spec.get("containers").and_then(|all| all.get(0)?.get("name")).cloned().unwrap_or_default();
    let (reason, message) = match fails {
        Some("image") => ("ImagePullBackOff", Some(format!("Back-off pulling image {image}"))),
        Some(_) => (
            "CrashLoopBackOff",
            Some(format!("back-off 10s restarting failed container={container} pod={name}-{letters}")),
        ),
        None => ("ContainerCreating", None),
    };
    let mut waiting = json!({"reason": reason});
    if let (Some(message), Some(fields)) = (message, waiting.as_object_mut()) {
        fields.shift_insert(0, "message".to_owned(), message.into());
    }
    let is_crashed = fails.is_some_and(|how| how != "image");
    let ended = json!({"terminated": {"exitCode": 1, "finishedAt": seconds(now), "reason": "Error", "startedAt": seconds(now)}});
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "annotations": fields(set, "/spec/template/metadata/annotations"),
            "creationTimestamp": seconds(now),
            "generateName": format!("{name}-"),
            "labels": fields(set, "/spec/template/metadata/labels"),
            "name": format!("{name}-{letters}"),
            "namespace": text(set, "/metadata/namespace"),
            "ownerReferences": [reference(set)],
        },
        "spec": spec,
        "status": {
            "conditions": conditions(false, now),
            "containerStatuses": [{
                "image": image, "imageID": "", "lastState": if is_crashed { ended } else { json!({}) }, "name": container,
                "ready": false, "restartCount": u64::from(is_crashed), "started": false, "state": {"waiting": waiting},
            }],
            "phase": if is_crashed { "Running" } else { "Pending" },
            "qosClass": "Burstable",
            "startTime": seconds(now),
        },
    })
}

fn started(mut pod: Value, now: Timestamp) -> Value {
    if let Some(status) = pod.pointer_mut("/status/containerStatuses/0").and_then(Value::as_object_mut) {
        status.insert("ready".to_owned(), true.into());
        status.insert("started".to_owned(), true.into());
        status.insert("state".to_owned(), json!({"running": {"startedAt": seconds(now)}}));
    }
    if let Some(status) = pod.get_mut("status").and_then(Value::as_object_mut) {
        status.insert("conditions".to_owned(), conditions(true, now));
        status.insert("phase".to_owned(), "Running".into());
    }
    pod
}

fn conditions(is_ready: bool, now: Timestamp) -> Value {
    let of = |kind: &str, is_true: bool| {
        let mut condition = json!({"lastProbeTime": null, "lastTransitionTime": seconds(now), "status": if is_true { "True" } else { "False" }, "type": kind});
        if let (false, Some(condition)) = (is_true, condition.as_object_mut()) {
            condition.insert("reason".to_owned(), "ContainersNotReady".into());
        }
        condition
    };
    json!([of("PodScheduled", true), of("Initialized", true), of("ContainersReady", is_ready), of("Ready", is_ready)])
}
