//! kstatus: what one object says of itself, as the library says it that Flux and Helm 4 wait with.
//!
//! Source of the rules: github.com/fluxcd/cli-utils v1.2.2 and sigs.k8s.io/cli-utils v0.37.2, `pkg/kstatus/status`. The
//! two agree in all that is in this module, their errors included; they differ in [`readers`]. `tests/oracle/kstatus`
//! asks both, and `tests/vectors/kstatus*` keep their answers.
//!
//! An object is JSON of any shape: a field of a wrong type is a [`Fault`] exactly where it is an error for the library
//! (where it panics too), and takes its default everywhere else. Time is an argument. The core rules know no cluster:
//! what needs other objects is in [`readers`], what waits for Jobs and hooks in [`strict`].

mod field;
mod generic;
mod kinds;
mod pod;
pub mod readers;
mod selector;
pub mod strict;
#[cfg(test)]
mod tests;
mod workloads;

use jiff::Timestamp;
use serde_json::Value;

/// What is said of an object.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumIter, strum::EnumString,
)]
pub enum Status {
    /// Not there yet, and nothing says that it will not get there.
    InProgress,
    /// It will not get there by itself.
    Failed,
    /// As its spec wants it.
    Current,
    /// Deletion was asked for.
    Terminating,
    /// There is no such object.
    NotFound,
    /// It could not be read, or says what cannot be understood.
    Unknown,
}

/// The kinds of condition that a status comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
pub enum Kind {
    /// Being worked on.
    Reconciling,
    /// Given up.
    Stalled,
}

/// A status and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// What is said.
    pub status: Status,
    /// In words of the library or, word for word, of a condition of the object.
    pub message: String,
    /// The reason of the condition; empty where there is none.
    pub reason: String,
    /// The condition that comes with the status.
    pub condition: Option<Kind>,
}

impl Computed {
    /// What is said of an object that was looked for and is not there.
    #[must_use]
    pub fn not_found() -> Self {
        Self::without_reason(Status::NotFound, "Resource not found")
    }

    /// What is said of an object that could not be read or judged; the message is the error.
    #[must_use]
    pub fn unknown(error: impl Into<String>) -> Self {
        Self::without_reason(Status::Unknown, error)
    }

    fn current(message: impl Into<String>) -> Self {
        Self::without_reason(Status::Current, message)
    }

    fn in_progress(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: Status::InProgress,
            message: message.into(),
            reason: reason.into(),
            condition: Some(Kind::Reconciling),
        }
    }

    fn failed(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: Status::Failed, message: message.into(), reason: reason.into(), condition: Some(Kind::Stalled) }
    }

    fn without_reason(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), reason: String::new(), condition: None }
    }
}

impl From<Fault> for Computed {
    fn from(fault: Fault) -> Self {
        Self::unknown(fault.0)
    }
}

/// Why an object cannot be judged: the text of the library's error, which may quote a value of the object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

/// Judges one object by itself.
///
/// # Errors
/// Where the library has an error or panics, or the value is no object.
pub fn compute(object: &Value, now: Timestamp) -> Result<Computed, Fault> {
    let conditions = match generic::check(object)? {
        generic::Checked::Settled(computed) => return Ok(computed),
        generic::Checked::Open(conditions) => conditions,
    };
    if let Some(kind) = kinds::LegacyKind::of(object) {
        return kinds::judge(kind, object, &conditions, now);
    }
    Ok(generic::by_ready(&conditions).unwrap_or_else(|| Computed::current("Resource is current")))
}

/// When the answer of [`compute`] will be another although the object stays the same: a Pod that cannot be scheduled is
/// given 15 s after its creation. `None` where time changes nothing, or nothing any more.
#[must_use]
pub fn recheck_at(object: &Value, now: Timestamp) -> Option<Timestamp> {
    let Ok(generic::Checked::Open(conditions)) = generic::check(object) else { return None };
    match kinds::LegacyKind::of(object)? {
        kinds::LegacyKind::Pod => pod::given_up_at(object, &conditions).filter(|at| now < *at),
        _ => None,
    }
}

/// Whether an object is Current only because nothing speaks against it: a custom resource without a rule of its own that
/// reports neither conditions nor an observed generation. Kinds of Kubernetes itself, such as a ServiceAccount or a Role,
/// have nothing to report and are not assumed.
#[must_use]
pub fn assumed(object: &Value) -> bool {
    let Ok(generic::Checked::Open(conditions)) = generic::check(object) else { return false };
    conditions.is_empty()
        && kinds::LegacyKind::of(object).is_none()
        && !kinds::is_built_in(object)
        && !matches!(field::lookup(object, &["status", "observedGeneration"]), Ok(Some(_)))
}

/// One status for many objects; `desired` for none.
///
/// Source: `pkg/kstatus/polling/aggregator/aggregator.go` of both libraries.
pub fn aggregate(statuses: impl IntoIterator<Item = Status>, desired: Status) -> Status {
    let (mut is_unknown, mut is_desired) = (false, true);
    for status in statuses {
        if status == Status::Failed {
            return Status::Failed;
        }
        is_unknown |= status == Status::Unknown;
        is_desired &= status == desired;
    }
    match (is_unknown, is_desired) {
        (true, _) => Status::Unknown,
        (false, true) => desired,
        (false, false) => Status::InProgress,
    }
}
