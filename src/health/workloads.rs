//! What is wrong with an object that is no Pod, by itself: its conditions, else what kstatus says.
//!
//! Sources of the reasons: kubernetes v1.36 `pkg/controller/deployment/util/deployment_util.go` (ProgressDeadlineExceeded,
//! ReplicaFailure), `pkg/controller/replicaset/replica_set.go` (FailedCreate), `staging/src/k8s.io/api/batch/v1/types.go`
//! (reasons of a failed Job), `staging/src/k8s.io/api/core/v1/types.go` (conditions of a Namespace that is deleted).

use serde_json::Value;

use super::body;
use super::complaint::{Complaint, Weight};
use super::kstatus::{Computed, Status};
use crate::release::{LiveObject, WatchedKind};

/// What is wrong with an object by what kstatus said of it and by what kstatus does not look at.
pub(super) fn complaint(object: &LiveObject, computed: &Computed) -> Option<Complaint> {
    let body = &object.body;
    let watched = WatchedKind::of(&object.id.group, &object.id.kind);
    if let Some(refused) = body::condition(body, "ReplicaFailure", "True")
        && matches!(watched, Some(WatchedKind::Deployment | WatchedKind::ReplicaSet))
    {
        let text = format!("Pods cannot be made: {}", refusal(refused.message));
        return Some(Complaint::new(Weight::Refused, refused.reason, text, refused.message).since(refused.since));
    }
    let weight = match computed.status {
        Status::Failed => Weight::GivenUp,
        Status::InProgress => Weight::NotReady,
        // Deletions are told of by their times, what cannot be judged by its error.
        Status::Current | Status::Terminating | Status::NotFound | Status::Unknown => return None,
    };
    let said = |text: String| Complaint::new(weight, &computed.reason, text, &computed.message);
    Some(match watched {
        Some(WatchedKind::Job) => job(body, computed)?,
        Some(WatchedKind::PersistentVolumeClaim) => {
            let phase = body::text(body, "/status/phase").unwrap_or("unknown");
            let lost = if phase == "Lost" { Weight::GivenUp } else { Weight::NotReady };
            let created = body::time(body, "/metadata/creationTimestamp");
            Complaint { weight: lost, ..said(format!("is not bound ({phase})")) }.since(created)
        }
        Some(WatchedKind::Deployment) if computed.reason == "ProgressDeadlineExceeded" => {
            let late = body::conditions(body).find(|condition| condition.reason == computed.reason);
            let message = late.map_or(computed.message.as_str(), |late| late.message);
            let text = "did not get ready within its deadline";
            Complaint::new(weight, &computed.reason, text, message).since(late.and_then(|late| late.since))
        }
        Some(WatchedKind::Deployment | WatchedKind::ReplicaSet | WatchedKind::StatefulSet | WatchedKind::DaemonSet) => {
            let since = body::condition(body, "Available", "False").and_then(|condition| condition.since);
            let paused = if body::flag(body, "/spec/paused") { "rollout is paused: " } else { "" };
            said(format!("{paused}{}", counted(computed))).since(since)
        }
        Some(WatchedKind::Pod) => return None,
        None => {
            let behind = body::conditions(body).find(|condition| condition.reason == computed.reason);
            let text = match (computed.status, computed.message.is_empty()) {
                (Status::Failed, false) => format!("failed: {}", first_line(&computed.message)),
                (Status::Failed, true) => format!("failed: {}", computed.reason),
                (_, false) => format!("not ready: {}", first_line(&computed.message)),
                (_, true) => format!("not ready: {}", computed.reason),
            };
            said(text).since(behind.and_then(|condition| condition.since))
        }
    })
}

/// What keeps an object that is being deleted, as far as it says so itself.
pub(super) fn kept(object: &LiveObject) -> Option<String> {
    let told = |kind: &str| body::condition(&object.body, kind, "True").map(|condition| condition.message.to_owned());
    (object.id.group.is_empty() && object.id.kind == "Namespace")
        .then(|| {
            ["NamespaceFinalizersRemaining", "NamespaceContentRemaining", "NamespaceDeletionContentFailure"]
                .into_iter()
                .find_map(told)
        })
        .flatten()
}

fn job(body: &Value, computed: &Computed) -> Option<Complaint> {
    if computed.status != Status::Failed {
        let text = first_line(&computed.message);
        return Some(Complaint::new(Weight::Starting, &computed.reason, text, &computed.message));
    }
    let failed = body::condition(body, "Failed", "True")?;
    let tries = body::whole(body, "/status/failed").filter(|tries| *tries > 1);
    let text = match (failed.reason, tries) {
        ("BackoffLimitExceeded", Some(tries)) => format!("failed after {tries} tries"),
        ("DeadlineExceeded", _) => match body::whole(body, "/spec/activeDeadlineSeconds") {
            Some(seconds) => format!("ran longer than its deadline of {seconds} s"),
            None => "ran longer than its deadline".to_owned(),
        },
        _ => format!("failed: {}", first_line(failed.message)),
    };
    Some(Complaint::new(Weight::GivenUp, failed.reason, text, failed.message).since(failed.since))
}

/// "Ready: 1/2" of kstatus as a sentence.
fn counted(computed: &Computed) -> String {
    let counts = computed.message.split_once(": ").and_then(|(_, counts)| counts.split_once('/'));
    let word = match computed.reason.as_str() {
        "LessReplicas" | "LessCurrent" => "made",
        "LessReady" => "ready",
        "LessAvailable" => "available",
        "LessUpdated" | "PartitionRollout" => "updated",
        "LessLabelled" => "labelled",
        _ => return first_line(&computed.message).to_owned(),
    };
    match counts {
        Some((have, want)) => format!("{have} of {want} Pods {word}"),
        None => first_line(&computed.message).to_owned(),
    }
}

/// `pods "web-x" is forbidden: exceeded quota: ...`: which Pod it would have been does not matter.
pub(super) fn refusal(message: &str) -> &str {
    first_line(message.split_once(" is forbidden: ").map_or(message, |(_, why)| why))
}

/// A cause stands in one line.
pub(super) fn first_line(message: &str) -> &str {
    message.lines().find(|line| !line.trim().is_empty()).map_or("", str::trim)
}
