//! Workloads: the controllers that make ReplicaSets and Pods of Deployments, and the kubelet that runs them, as far as the demo
//! shows them. Nothing is remembered: what is there tells what comes next.
//!
//! Source: kubernetes/kubernetes v1.36 `pkg/controller/deployment/{sync,rolling,progress}.go`, played faster: all new Pods at once.

mod pods;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::World;
use super::chart::FAILS;
use super::draft::seconds;
use crate::demo::server::ObjectRef;
use crate::demo::story::later;

/// How long a Job takes.
const JOB: SignedDuration = SignedDuration::from_secs(4);
const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

/// Whether its controller has yet to look at what is wanted of it.
#[must_use]
pub fn is_unobserved(object: &Value) -> bool {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    number("/metadata/generation") != number("/status/observedGeneration")
}

/// Goes on with a workload; when to look again, where that is known.
pub fn reconcile(which: &ObjectRef, world: &dyn World, now: Timestamp) -> Option<Timestamp> {
    let Some(object) = world.get(which) else {
        collect(which, world);
        return None;
    };
    match which.kind.as_str() {
        "Deployment" => deployment(object, world, now),
        "Job" => job(object, world, now),
        _ => {
            settle(object, world);
            None
        }
    }
}

/// What belonged to something that is gone goes too.
fn collect(owner: &ObjectRef, world: &dyn World) {
    let namespace = owner.namespace.as_deref().unwrap_or_default();
    for (api_version, kind) in [("apps/v1", "ReplicaSet"), ("v1", "Pod")] {
        for object in world.list(api_version, kind, namespace) {
            let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
            let is_owned = owners.into_iter().flatten().any(|own| {
                let is = |key: &str, text: &str| own.get(key).is_some_and(|value| value == text);
                is("kind", &owner.kind) && is("name", &owner.name)
            });
            if let (true, Some(which)) = (is_owned, ObjectRef::of(&object)) {
                world.remove(&which);
                collect(&which, world);
            }
        }
    }
}

/// What is owned by an object.
fn owned(world: &dyn World, api_version: &str, kind: &str, owner: &Value) -> Vec<Value> {
    let namespace = text(owner, "/metadata/namespace");
    let uid = owner.pointer("/metadata/uid").cloned();
    let mut all = world.list(api_version, kind, namespace);
    all.retain(|object| {
        let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.into_iter().flatten().any(|own| own.get("uid") == uid.as_ref())
    });
    all
}

fn deployment(mut object: Value, world: &dyn World, now: Timestamp) -> Option<Timestamp> {
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    let mut sets = owned(world, "apps/v1", "ReplicaSet", &object);
    let template = object.pointer("/spec/template").cloned().unwrap_or_default();
    let newest = sets.iter().map(set_revision).max().unwrap_or_default();
    let place = sets.iter().position(|set| own_template(set) == template);
    let mut set = match place {
        Some(place) => sets.remove(place),
        None => new_set(&object, &template, wanted),
    };
    let number = if place.is_some() && set_revision(&set) == newest { newest } else { newest.saturating_add(1) };
    annotate(&mut set, &number.to_string());
    annotate(&mut object, &number.to_string());
    let old_ready: u64 = sets.iter().map(|set| pods::ready(&owned(world, "v1", "Pod", set))).sum();
    let fails = template.pointer("/metadata/annotations").and_then(|all| all.get(FAILS)?.as_str());
    // What does not get ready stays one Pod too many beside those that are.
    let asked = if fails.is_some() && old_ready > 0 { 1 } else { wanted };
    put_spec(&mut set, asked);
    let set = stored(world, set);
    let (live, next) = pods::scale(world, &set, asked, fails, now);
    let is_complete = pods::ready(&live) >= wanted && fails.is_none();
    let mut others = 0;
    for mut old in sets {
        let own = owned(world, "v1", "Pod", &old);
        if is_complete {
            own.iter().filter_map(ObjectRef::of).for_each(|pod| world.remove(&pod));
        } else {
            others += own.len();
        }
        let left = if is_complete { Vec::new() } else { own };
        if is_complete {
            put_spec(&mut old, 0);
        }
        put_status(world, old, &left);
    }
    let set = put_status(world, set, &live);
    let ready = pods::ready(&live) + if is_complete { 0 } else { old_ready };
    let counts = Counts { wanted, updated: live.len(), all: live.len() + others, ready, is_complete };
    let deadline = say(&mut object, text(&set, "/metadata/name"), &counts, now);
    world.put(object);
    next.or(deadline)
}

struct Counts {
    wanted: u64,
    updated: usize,
    all: usize,
    ready: u64,
    is_complete: bool,
}

/// Writes the status of a Deployment; when its deadline ends, where it is waited for.
fn say(object: &mut Value, set: &str, counts: &Counts, now: Timestamp) -> Option<Timestamp> {
    let old = |kind: &str| {
        let all = object.pointer("/status/conditions").and_then(Value::as_array);
        all.into_iter().flatten().find(|condition| condition.get("type").is_some_and(|own| own == kind)).cloned()
    };
    let limit = object.pointer("/spec/progressDeadlineSeconds").and_then(Value::as_i64).unwrap_or(600);
    let progressing = old("Progressing");
    let of = |key: &str| progressing.as_ref().and_then(|old| old.get(key)?.as_str()).unwrap_or_default().to_owned();
    let is_same_rollout = of("message").contains(set) && of("reason") == "ReplicaSetUpdated";
    let since = of("lastUpdateTime").parse::<Timestamp>().ok().filter(|_| is_same_rollout).unwrap_or(now);
    let ends = later(since, SignedDuration::from_secs(limit));
    let was_late = of("message").contains(set) && of("reason") == "ProgressDeadlineExceeded";
    let (status, reason, words) = if counts.is_complete {
        ("True", "NewReplicaSetAvailable", "has successfully progressed.")
    } else if was_late || now >= ends {
        ("False", "ProgressDeadlineExceeded", "has timed out progressing.")
    } else {
        ("True", "ReplicaSetUpdated", "is progressing.")
    };
    let message = format!("ReplicaSet \"{set}\" {words}");
    let is_as_it_was = of("message") == message && of("reason") == reason;
    let updated = if is_as_it_was { of("lastUpdateTime") } else { seconds(now) };
    let is_available = counts.ready >= counts.wanted.saturating_sub(counts.wanted / 4);
    let (available, why, told) = if is_available {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let time = |kind: &str, status: &str| {
        let same = old(kind).filter(|old| old.get("status").is_some_and(|own| own == status));
        same.and_then(|old| old.get("lastTransitionTime").cloned()).unwrap_or_else(|| seconds(now).into())
    };
    let conditions = json!([
        {
            "lastTransitionTime": time("Available", available), "lastUpdateTime": time("Available", available),
            "message": told, "reason": why, "status": available, "type": "Available",
        },
        {
            "lastTransitionTime": time("Progressing", status), "lastUpdateTime": updated,
            "message": message, "reason": reason, "status": status, "type": "Progressing",
        },
    ]);
    let all = u64::try_from(counts.all).unwrap_or_default();
    let mut status = json!({
        "availableReplicas": counts.ready,
        "conditions": conditions,
        "observedGeneration": object.pointer("/metadata/generation").cloned().unwrap_or_default(),
        "readyReplicas": counts.ready,
        "replicas": counts.all,
        "terminatingReplicas": 0,
        "unavailableReplicas": all.max(counts.wanted).saturating_sub(counts.ready),
        "updatedReplicas": counts.updated,
    });
    without_zeros(&mut status, &["availableReplicas", "readyReplicas", "unavailableReplicas", "updatedReplicas"]);
    insert(object, "status", status);
    (!counts.is_complete && reason == "ReplicaSetUpdated").then_some(ends)
}

fn own_template(set: &Value) -> Value {
    let mut template = set.pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.shift_remove(HASH);
    }
    template
}

fn new_set(owner: &Value, template: &Value, wanted: u64) -> Value {
    let digest = Sha256::digest(template.to_string());
    let hash: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{}-{hash}", text(owner, "/metadata/name"));
    let mut template = template.clone();
    let mut selector = owner.pointer("/spec/selector").cloned().unwrap_or_default();
    for pointer in ["/metadata/labels", "/matchLabels"] {
        let of = if pointer == "/matchLabels" { &mut selector } else { &mut template };
        if let Some(labels) = of.pointer_mut(pointer).and_then(Value::as_object_mut) {
            labels.insert(HASH.to_owned(), hash.as_str().into());
        }
    }
    let labels = template.pointer("/metadata/labels").cloned().unwrap_or_default();
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "annotations": {},
            "generation": 1,
            "labels": labels,
            "name": name,
            "namespace": owner.pointer("/metadata/namespace").cloned().unwrap_or_default(),
            "ownerReferences": [reference(owner)],
        },
        "spec": {"replicas": wanted, "selector": selector, "template": template},
        "status": {"replicas": 0},
    })
}

/// Names an object as the owner of another.
fn reference(owner: &Value) -> Value {
    let at = |pointer: &str| owner.pointer(pointer).cloned().unwrap_or_default();
    json!({
        "apiVersion": at("/apiVersion"), "blockOwnerDeletion": true, "controller": true, "kind": at("/kind"),
        "name": at("/metadata/name"), "uid": at("/metadata/uid"),
    })
}

fn set_revision(set: &Value) -> u64 {
    let annotations = set.pointer("/metadata/annotations");
    annotations.and_then(|all| all.get(REVISION)?.as_str()?.parse().ok()).unwrap_or_default()
}

fn annotate(object: &mut Value, number: &str) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.insert(REVISION.to_owned(), number.into());
    }
}

fn put_spec(set: &mut Value, replicas: u64) {
    let generation = set.pointer("/metadata/generation").and_then(Value::as_u64).unwrap_or_default();
    let Some(spec) = set.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let old = spec.insert("replicas".to_owned(), replicas.into());
    if old != Some(replicas.into())
        && let Some(place) = set.pointer_mut("/metadata/generation")
    {
        *place = generation.saturating_add(1).into();
    }
}

/// Puts an object and gives it back as it is stored: only then it has a uid.
fn stored(world: &dyn World, mut object: Value) -> Value {
    let Some(which) = ObjectRef::of(&object) else { return object };
    if let (Some(old), Some(metadata)) = (world.get(&which), object.get_mut("metadata").and_then(Value::as_object_mut))
    {
        metadata.insert("uid".to_owned(), old.pointer("/metadata/uid").cloned().unwrap_or_default());
    }
    if world.get(&which).as_ref() != Some(&object) {
        world.put(object.clone());
    }
    world.get(&which).unwrap_or(object)
}

fn put_status(world: &dyn World, mut set: Value, pods: &[Value]) -> Value {
    let ready = pods::ready(pods);
    let mut status = json!({
        "availableReplicas": ready,
        "fullyLabeledReplicas": pods.len(),
        "observedGeneration": set.pointer("/metadata/generation").cloned().unwrap_or_default(),
        "readyReplicas": ready,
        "replicas": pods.len(),
        "terminatingReplicas": 0,
    });
    without_zeros(&mut status, &["availableReplicas", "fullyLabeledReplicas", "readyReplicas"]);
    insert(&mut set, "status", status);
    stored(world, set)
}

fn job(mut object: Value, world: &dyn World, now: Timestamp) -> Option<Timestamp> {
    let started = text(&object, "/status/startTime").parse::<Timestamp>().ok();
    let Some(started) = started else {
        insert(&mut object, "status", json!({"active": 1, "ready": 1, "startTime": seconds(now), "terminating": 0}));
        world.put(object);
        return Some(later(now, JOB));
    };
    if object.pointer("/status/completionTime").is_some() || object.pointer("/status/conditions").is_some() {
        return None;
    }
    let condition = |kind: &str| {
        json!({
            "lastProbeTime": seconds(now), "lastTransitionTime": seconds(now),
            "message": "Reached expected number of succeeded pods", "reason": "CompletionsReached", "status": "True",
            "type": kind,
        })
    };
    let status = json!({
        "completionTime": seconds(now),
        "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
        "ready": 0,
        "startTime": seconds(started),
        "succeeded": 1,
        "terminating": 0,
    });
    insert(&mut object, "status", status);
    world.put(object);
    None
}

/// A workload without a story of its own becomes what is wanted of it.
fn settle(mut object: Value, world: &dyn World) {
    let generation = object.pointer("/metadata/generation").cloned().unwrap_or_default();
    let replicas = object.pointer("/spec/replicas").cloned();
    let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) else { return };
    status.insert("observedGeneration".to_owned(), generation);
    for key in ["replicas", "readyReplicas", "updatedReplicas", "currentReplicas", "availableReplicas"] {
        if let (Some(replicas), Some(place)) = (&replicas, status.get_mut(key)) {
            *place = replicas.clone();
        }
    }
    world.put(object);
}

fn without_zeros(status: &mut Value, keys: &[&str]) {
    if let Some(status) = status.as_object_mut() {
        status.retain(|key, value| !keys.contains(&key.as_str()) || *value != 0);
    }
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Letters for the name of a Pod.
fn letters(of: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let digest = Sha256::digest(of);
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().unwrap_or(b'x');
    digest.iter().take(5).map(|byte| char::from(letter(byte))).collect()
}

fn fields(of: &Value, pointer: &str) -> Map<String, Value> {
    of.pointer(pointer).and_then(Value::as_object).cloned().unwrap_or_default()
}
