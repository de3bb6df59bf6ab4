//! What a poller says of an object: the object itself and, for some kinds, the objects that it made.
//!
//! Source: `pkg/kstatus/polling/statusreaders` of github.com/fluxcd/cli-utils v1.2.2 and sigs.k8s.io/cli-utils v0.37.2.
//! Of the core groups only `apps` has readers of its own; a Deployment of `extensions` is judged by itself.

use jiff::Timestamp;
use serde_json::Value;

use super::selector::Selector;
use super::{Computed, Status, compute, field, kinds};

/// Whose readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumIter)]
pub enum Library {
    /// That of Flux and Helm 4, which passes over Pods that fail for a while only.
    Flux,
    /// That of the Kubernetes project.
    Upstream,
}

/// What was found of the objects that an object made: Pods, or the ReplicaSets of a Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched<'a> {
    /// These, with their labels. Others may be among them: what the selector of the object does not select in its namespace
    /// is passed over.
    Objects(&'a [Value]),
    /// Asking for them failed, with this error.
    Failed(String),
    /// The server does not know the kind or the namespace (404).
    NotFound,
}

/// Judges an object as a poller does, which lists the Pods of a StatefulSet and of a ReplicaSet: while it is in progress,
/// a Pod that is Failed makes it Failed, without a reason. A Deployment's ReplicaSets are asked for and not looked at, so
/// one whose Pods crash is InProgress until its deadline. Every other object is judged by itself.
///
/// Errors are Unknown with their text. The library's poller ends where the error is that time is up; this one does not.
#[must_use]
pub fn with_pods(object: &Value, pods: Fetched<'_>, library: Library, now: Timestamp) -> Computed {
    match kinds::group_and_kind(object) {
        ("apps", "StatefulSet" | "ReplicaSet") => match selected(object, &pods) {
            Ok(pods) => by_pods(object, &pods, library, now),
            Err(computed) => computed,
        },
        ("apps", "Deployment") => match selected(object, &pods) {
            Ok(_) => judged(object, now),
            Err(computed) => computed,
        },
        _ => judged(object, now),
    }
}

fn judged(object: &Value, now: Timestamp) -> Computed {
    compute(object, now).unwrap_or_else(Computed::from)
}

fn by_pods(object: &Value, pods: &[&Value], library: Library, now: Timestamp) -> Computed {
    let judged = judged(object, now);
    if judged.status != Status::InProgress {
        return judged;
    }
    let is_pod = |pod: &Value| kinds::group_and_kind(pod) == ("", "Pod");
    let counts = |pod: &&&Value| {
        is_pod(pod)
            && compute(pod, now).is_ok_and(|computed| computed.status == Status::Failed)
            && match library {
                Library::Flux => !is_transient(pod),
                Library::Upstream => true,
            }
    };
    match pods.iter().filter(counts).count() {
        0 => judged,
        failed => Computed { condition: None, ..Computed::failed("", format!("{failed} pods have failed")) },
    }
}

/// Whether a failure may pass: an autoscaler may bring a node. Pods that are being deleted are not Failed anyway.
fn is_transient(pod: &Value) -> bool {
    field::conditions(pod).is_ok_and(|conditions| {
        conditions.iter().any(|condition| condition.is("PodScheduled", "False") && condition.reason == "Unschedulable")
    })
}

/// The objects that the selector of an object selects in its namespace; for one without a namespace, in all of them, as a
/// list without a namespace is of all.
fn selected<'a>(object: &Value, fetched: &Fetched<'a>) -> Result<Vec<&'a Value>, Computed> {
    let selector = Selector::of(object).map_err(Computed::from)?;
    let objects = match fetched {
        Fetched::Objects(objects) => *objects,
        Fetched::Failed(error) => return Err(Computed::unknown(error.clone())),
        Fetched::NotFound => return Err(Computed::not_found()),
    };
    let namespace = namespace(object);
    let is_near = |other: &&Value| namespace.is_empty() || self::namespace(other) == namespace;
    Ok(objects.iter().filter(is_near).filter(|object| selector.selects(object)).collect())
}

fn namespace(object: &Value) -> &str {
    field::text_or(object, &["metadata", "namespace"], "")
}
