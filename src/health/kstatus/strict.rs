//! The readings that wait for an end: of Jobs that are waited for, and of hooks.
//!
//! Sources: github.com/fluxcd/pkg/runtime v0.110.1 `statusreaders/job.go` and Helm v4.3.1
//! `internal/statusreaders/{job,pod}_status_reader.go`. They look at nothing but these rules: neither at deletion nor at
//! generations.

use serde_json::Value;

use super::field;
use super::kinds::JobCounts;
use super::{Computed, Fault, Kind};

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum Reading {
    /// Flux: a suspended Job is as it should be.
    Flux,
    /// Helm 4: a suspended Job is waited for.
    Helm,
}

/// Judges a Job that has to end.
///
/// # Errors
/// Where the conditions cannot be read.
pub fn job(object: &Value, reading: Reading) -> Result<Computed, Fault> {
    let is_suspended = matches!(field::lookup(object, &["spec", "suspend"]), Ok(Some(Value::Bool(true))));
    if reading == Reading::Flux && is_suspended {
        return Ok(Computed::current("Job is suspended"));
    }
    let counts = JobCounts::of(object);
    if let Some(ended) = counts.ended(&field::conditions(object)?) {
        return Ok(ended);
    }
    Ok(match reading {
        Reading::Flux if !counts.is_started => {
            let message = format!("Job not started. active: 0/{}", counts.parallelism);
            Computed::in_progress("JobNotStarted", message)
        }
        Reading::Flux => Computed::in_progress("JobInProgress", counts.progress()),
        Reading::Helm => Computed::in_progress("JobInProgress", "Job in progress"),
    })
}

/// Judges a Pod that has to end, as a hook has: one that failed is Failed. Both readings are the same.
#[must_use]
pub fn pod(object: &Value) -> Computed {
    let name = field::text_or(object, &["metadata", "name"], "");
    match field::text_or(object, &["status", "phase"], "") {
        // Helm puts a Stalled condition on success too.
        "Succeeded" => {
            Computed { condition: Some(Kind::Stalled), ..Computed::current(format!("pod {name} succeeded")) }
        }
        "Failed" => Computed::failed("PodFailed", format!("pod {name} failed")),
        _ => Computed::in_progress("PodInProgress", "Pod in progress"),
    }
}
