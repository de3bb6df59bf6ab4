//! To which revision: the one that was asked for, else the last that was healthy.

use crate::plan::{Body, Plan, Request, Task};
use crate::release::payload::{ReleaseStatus, Revision};

/// A revision as far as choosing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub revision: Revision,
    /// Its status.
    pub status: ReleaseStatus,
    /// What Helm says of it; empty where that was not read.
    pub description: String,
    /// The one that it went back to.
    pub rolled_back_to: Option<Revision>,
}

/// The revision that is gone back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its number.
    pub revision: Revision,
    /// Why this one.
    pub why: String,
}

/// Chooses among all that is stored, newest first.
///
/// Helm takes the one before the newest, whatever became of it. Where nobody named one, it is rather the last that was healthy: one
/// that failed, or that somebody rolled back from, would only be broken again.
///
/// # Errors
/// Why there is none, in words.
pub fn choose(asked: Option<u32>, all: &[Told]) -> Result<Choice, String> {
    if let Some(number) = asked.filter(|number| *number > 0) {
        let found = all.iter().find(|told| told.revision.get() == number);
        return match found {
            Some(told) => {
                let (revision, why) = (told.revision, format!("asked for; it is {}", told.status));
                Ok(Choice { revision, why })
            }
            None => Err(not_stored(number)),
        };
    }
    let Some((newest, older)) = all.split_first() else { return Err("nothing is stored of it".to_owned()) };
    let is_left = |revision: Revision| {
        all.iter().any(|later| {
            let went_back = later.rolled_back_to.is_some_and(|to| to < revision);
            went_back && later.revision.previous() == Some(revision)
        })
    };
    let healthy = |told: &&Told| {
        let was_deployed = match told.status {
            ReleaseStatus::Deployed => true,
            ReleaseStatus::Superseded => is_complete(&told.description),
            ReleaseStatus::Uninstalled
            | ReleaseStatus::Failed
            | ReleaseStatus::Uninstalling
            | ReleaseStatus::PendingInstall
            | ReleaseStatus::PendingUpgrade
            | ReleaseStatus::PendingRollback
            | ReleaseStatus::Unknown(_) => false,
        };
        was_deployed && !is_left(told.revision) && newest.rolled_back_to != Some(told.revision)
    };
    match older.iter().find(healthy) {
        Some(told) if told.status == ReleaseStatus::Deployed => {
            Ok(Choice { revision: told.revision, why: "the last that was healthy: it is deployed".to_owned() })
        }
        Some(told) => {
            let why = format!("the last that was healthy: it was deployed ({})", told.description);
            Ok(Choice { revision: told.revision, why })
        }
        None => Err("no older revision is known to have been healthy: name one".to_owned()),
    }
}

/// That a revision is not stored, in the words of Helm: helm.sh/helm v4.3.1 `pkg/action/rollback.go`.
#[must_use]
pub fn not_stored(number: u32) -> String {
    format!("release has no {number} version")
}

/// Whether a description is of a revision that was deployed to its end. A failure overwrites it.
/// Source: helm.sh/helm v4.3.1 `pkg/action/{install,upgrade,rollback}.go`.
fn is_complete(description: &str) -> bool {
    let rolled_back = description.strip_prefix("Rollback to ").is_some_and(|rest| rest.parse::<u32>().is_ok());
    // Who gives a description of his own (`--description`) is taken at his word, unless it tells of a failure.
    let is_failure = description.contains(" failed") || description.starts_with("Release unlocked");
    rolled_back || (!description.is_empty() && !is_failure)
}

/// To which revision a plan rolls back, by what it stores; `None` where it stores nothing.
#[must_use]
pub fn of_plan(plan: &Plan) -> Option<u32> {
    plan.steps.iter().find_map(|step| match &step.task {
        Task::Send(Request { body: Body::Stored(stored), .. }) => {
            let revision = stored.payload.as_ref()?.pointer("/info/rollback_revision")?.as_u64()?;
            u32::try_from(revision).ok()
        }
        Task::Send(_) | Task::Check(_) | Task::Await(_) => None,
    })
}
