//! What holds for every kind: deletion, generations, standard conditions, and at last Ready.
//!
//! Source: cli-utils `status/generic.go` and `checkReadyCondition` in `status/status.go`.

use serde_json::Value;

use super::field::{self, Condition};
use super::{Computed, Fault, Status};

/// What the rules that come before those of the kind say.
pub(super) enum Checked<'a> {
    /// They decide.
    Settled(Computed),
    /// They leave it to the kind. These are the conditions of the object.
    Open(Vec<Condition<'a>>),
}

/// The rules that come before those of the kind, in their order.
pub(super) fn check(object: &Value) -> Result<Checked<'_>, Fault> {
    if !object.is_object() {
        return Err(Fault("not an object".to_owned()));
    }
    let deletion = looked_up("metadata.deletionTimestamp", field::text(object, &["metadata", "deletionTimestamp"]))?;
    if deletion.is_some_and(|timestamp| !timestamp.is_empty()) {
        return Ok(Checked::Settled(Computed::without_reason(Status::Terminating, "Resource scheduled for deletion")));
    }
    if let Some(behind) = generation_behind(object)? {
        return Ok(Checked::Settled(behind));
    }
    let conditions = field::conditions(object)?;
    let standard = conditions.iter().find_map(|condition| {
        if condition.is("Reconciling", "True") {
            return Some(Computed::in_progress(condition.reason, condition.message));
        }
        condition.is("Stalled", "True").then(|| Computed::failed(condition.reason, condition.message))
    });
    Ok(standard.map_or(Checked::Open(conditions), Checked::Settled))
}

/// What a Ready condition says of a kind without rules of its own. Ready=False is never a failure.
pub(super) fn by_ready(conditions: &[Condition<'_>]) -> Option<Computed> {
    conditions.iter().filter(|condition| condition.kind == "Ready").find_map(|condition| match condition.status {
        "True" => Some(Computed::current("Resource is Ready")),
        "False" | "Unknown" => Some(Computed::in_progress(condition.reason, condition.message)),
        _ => None,
    })
}

/// `metadata.generation`, if it is there.
pub(super) fn generation(object: &Value) -> Result<Option<i64>, Fault> {
    looked_up("metadata.generation", field::whole(object, &["metadata", "generation"]))
}

/// `status.observedGeneration`, if it is there.
pub(super) fn observed_generation(object: &Value) -> Result<Option<i64>, Fault> {
    looked_up("status.observedGeneration", field::whole(object, &["status", "observedGeneration"]))
}

fn generation_behind(object: &Value) -> Result<Option<Computed>, Fault> {
    let Some(generation) = generation(object)? else { return Ok(None) };
    let Some(observed) = observed_generation(object)? else { return Ok(None) };
    if generation == observed {
        return Ok(None);
    }
    let kind = field::text_or(object, &["kind"], "");
    let message = format!("{kind} generation is {generation}, but latest observed generation is {observed}");
    Ok(Some(Computed::in_progress("LatestGenerationNotObserved", message)))
}

fn looked_up<T>(path: &str, found: Result<T, Fault>) -> Result<T, Fault> {
    found.map_err(|Fault(text)| Fault(format!("looking up {path} from resource: {text}")))
}
