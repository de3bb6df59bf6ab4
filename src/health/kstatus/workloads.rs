//! Deployments, StatefulSets, ReplicaSets and DaemonSets: replicas counted against what is wanted.
//!
//! Source: cli-utils `status/core.go`. The order of the rules is theirs: the first that holds is what is said.

use serde_json::Value;

use super::field::{self, Condition};
use super::{Computed, Fault, generic};

/// `progressDeadlineSeconds` of a Deployment that never gives up, as its controller has it.
const NO_DEADLINE: i64 = i32::MAX as i64;

pub(super) fn deployment(object: &Value, conditions: &[Condition<'_>]) -> Computed {
    let exceeded =
        |condition: &&Condition<'_>| condition.kind == "Progressing" && condition.reason == "ProgressDeadlineExceeded";
    if let Some(condition) = conditions.iter().find(exceeded) {
        return Computed::failed(condition.reason, "Progress deadline exceeded");
    }
    let progressing = field::whole_or(object, &["spec", "progressDeadlineSeconds"], NO_DEADLINE) == NO_DEADLINE
        || conditions
            .iter()
            .any(|condition| condition.is("Progressing", "True") && condition.reason == "NewReplicaSetAvailable");
    let available = conditions.iter().any(|condition| condition.is("Available", "True"));
    let wanted = wanted_replicas(object);
    let [replicas, updated, ready, available_replicas] =
        ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"].map(|name| count(object, name));
    less("LessReplicas", "Replicas", replicas, wanted)
        .or_else(|| less("LessUpdated", "Updated", updated, wanted))
        .or_else(|| extra(replicas, wanted))
        .or_else(|| less("LessAvailable", "Available", available_replicas, updated))
        .or_else(|| less("LessReady", "Ready", ready, wanted))
        .or_else(|| (!progressing).then(|| Computed::in_progress("ReplicaSetNotAvailable", "ReplicaSet not Available")))
        .or_else(|| (!available).then(|| Computed::in_progress("DeploymentNotAvailable", "Deployment not Available")))
        .unwrap_or_else(|| Computed::current(format!("Deployment is available. Replicas: {replicas}")))
}

pub(super) fn stateful_set(object: &Value) -> Computed {
    if field::text_or(object, &["spec", "updateStrategy", "type"], "") == "OnDelete" {
        return Computed::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = wanted_replicas(object);
    let [replicas, ready, current, updated] =
        ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas"].map(|name| count(object, name));
    let unready = less("LessReplicas", "Replicas", replicas, wanted)
        .or_else(|| less("LessReady", "Ready", ready, wanted))
        .or_else(|| extra(replicas, wanted));
    if let Some(unready) = unready {
        return unready;
    }
    let partition = field::whole_or(object, &["spec", "updateStrategy", "rollingUpdate", "partition"], NO_PARTITION);
    if partition != NO_PARTITION {
        return less("PartitionRollout", "updated", updated, wanted.wrapping_sub(partition))
            .unwrap_or_else(|| Computed::current(format!("Partition rollout complete. updated: {updated}")));
    }
    let revision = |name| field::text_or(object, &["status", name], "");
    less("LessCurrent", "current", current, wanted)
        .or_else(|| {
            let message = "Waiting for updated revision to match current";
            (revision("currentRevision") != revision("updateRevision"))
                .then(|| Computed::in_progress("RevisionMismatch", message))
        })
        .unwrap_or_else(|| Computed::current(format!("All replicas scheduled as expected. Replicas: {replicas}")))
}

/// Zero is a partition, below which every Pod is updated.
const NO_PARTITION: i64 = -1;

pub(super) fn replica_set(object: &Value, conditions: &[Condition<'_>]) -> Computed {
    if conditions.iter().any(|condition| condition.is("ReplicaFailure", "True")) {
        return Computed::in_progress("ReplicaFailure", "Replica Failure condition. Check Pods");
    }
    let wanted = wanted_replicas(object);
    let [replicas, labelled, available, ready] =
        ["replicas", "fullyLabeledReplicas", "availableReplicas", "readyReplicas"].map(|name| count(object, name));
    less("LessLabelled", "Labelled", labelled, wanted)
        .or_else(|| less("LessAvailable", "Available", available, wanted))
        .or_else(|| less("LessReady", "Ready", ready, wanted))
        .or_else(|| extra(replicas, wanted))
        .unwrap_or_else(|| Computed::current(format!("ReplicaSet is available. Replicas: {replicas}")))
}

pub(super) fn daemon_set(object: &Value) -> Result<Computed, Fault> {
    let kind = field::text_or(object, &["kind"], "");
    if generic::generation(object)?.is_none() {
        return Ok(Computed::in_progress("NoGeneration", format!("{kind} metadata.generation not found")));
    }
    if generic::observed_generation(object)?.is_none() {
        let message = format!("{kind} status.observedGeneration not found");
        return Ok(Computed::in_progress("NoObservedGeneration", message));
    }
    let wanted = field::whole_or(object, &["status", "desiredNumberScheduled"], NO_NUMBER);
    if wanted == NO_NUMBER {
        return Ok(Computed::in_progress("NoDesiredNumber", "Missing .status.desiredNumberScheduled"));
    }
    let [current, updated, available, ready] =
        ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"]
            .map(|name| count(object, name));
    Ok(less("LessCurrent", "Current", current, wanted)
        .or_else(|| less("LessUpdated", "Updated", updated, wanted))
        .or_else(|| less("LessAvailable", "Available", available, wanted))
        .or_else(|| less("LessReady", "Ready", ready, wanted))
        .unwrap_or_else(|| Computed::current(format!("All replicas scheduled as expected. Replicas: {wanted}"))))
}

const NO_NUMBER: i64 = -1;

fn wanted_replicas(object: &Value) -> i64 {
    field::whole_or(object, &["spec", "replicas"], 1)
}

fn count(object: &Value, name: &str) -> i64 {
    field::whole_or(object, &["status", name], 0)
}

fn less(reason: &str, word: &str, count: i64, wanted: i64) -> Option<Computed> {
    (wanted > count).then(|| Computed::in_progress(reason, format!("{word}: {count}/{wanted}")))
}

/// Go's numbers wrap around, and so does this one.
fn extra(count: i64, wanted: i64) -> Option<Computed> {
    let message = || format!("Pending termination: {}", count.wrapping_sub(wanted));
    (count > wanted).then(|| Computed::in_progress("ExtraPods", message()))
}
