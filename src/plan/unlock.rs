//! Plans to unlock a release that is pending although nobody works on it any more: its newest revision is marked as failed, as Flux
//! does it before it goes on.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/action/unlock.go`, `internal/reconcile/unlock.go`.

use std::sync::Arc;

use jiff::Timestamp;

use super::rollback::seen::Kept;
use super::rollback::{own_labels, storage_request};
use super::step::{Check, Stored, StoredAs};
use super::{Action, Confirm, OnError, Phase, Plan, Precondition, Standing, Step, StepId, Task, When};
use crate::release::mask::Masker;
use crate::release::payload::{Payload, ReleaseStatus};
use crate::release::{ObjectId, Problem, Release};

/// Whoever wrote less long ago may be at work still, in seconds. Helm waits five minutes at most unless it is told otherwise.
const RECENT: i64 = 300;

/// All that was learnt of a release before it is unlocked.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The release.
    pub release: Arc<Release>,
    /// When.
    pub now: Timestamp,
    /// Its newest revision.
    pub newest: Result<Arc<Payload>, Problem>,
    /// As it is stored.
    pub kept: Option<Kept>,
    /// When its objects were written last.
    pub changed: Vec<Changed>,
}

/// The last write of an object, its status apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The object.
    pub object: ObjectId,
    /// When.
    pub at: Timestamp,
    /// By which manager.
    pub by: String,
}

/// Unlocking, as a plan.
#[must_use]
pub fn plan(seen: &Seen) -> Plan {
    let (namespace, name) = (seen.release.namespace.clone(), seen.release.id.name.clone());
    let revision = seen.kept.as_ref().map_or(0, |kept| kept.stored.revision.get());
    Plan {
        action: Action::Unlock,
        title: format!("Unlock {namespace}/{name}: mark revision {revision} as failed"),
        preconditions: conditions(seen),
        rights: Vec::new(),
        steps: steps(seen),
        otherwise: Vec::new(),
        effects: Vec::new(),
        losses: Vec::new(),
        notes: vec!["no object is changed: what the client did before it went away stays as it is".to_owned()],
        undo: vec!["nothing needs to be undone: upgrade or roll back".to_owned()],
        commands: Vec::new(),
        ways: Vec::new(),
        proposal: None,
        confirm: Confirm::Typed(name.clone()),
        masker: Masker::default(),
        namespace,
        name,
    }
}

fn steps(seen: &Seen) -> Vec<Step> {
    let Some(kept) = seen.kept.as_ref().filter(|kept| kept.stored.status.is_pending()) else { return Vec::new() };
    let (object, revision, status) = (&kept.stored.object, kept.stored.revision.get(), &kept.stored.status);
    let check = Check::NewestRevision { stored: object.clone(), name: seen.release.id.name.clone(), revision };
    let stored = Stored {
        driver: object.driver,
        revision,
        payload: None,
        labels: own_labels(kept),
        seen: Some(StoredAs { uid: object.uid.clone(), resource_version: object.resource_version.clone() }),
        status: Some(ReleaseStatus::Failed),
        description: Some(format!("Release unlocked from stale '{status}' state")),
        hook: None,
    };
    let step = |number, phase, says: String, task| Step {
        id: StepId(number),
        phase,
        says,
        task,
        on_error: OnError::End,
        when: When::Always,
    };
    let write = Task::Send(storage_request(&seen.release, stored));
    vec![
        step(1, Phase::Check, format!("revision {revision} is the newest still"), Task::Check(check)),
        step(2, Phase::Store, format!("revision {revision}: failed"), write),
    ]
}

fn conditions(seen: &Seen) -> Vec<Precondition> {
    let condition = |state, says: String, evidence: String, remedy: &str| Precondition {
        state,
        says,
        evidence,
        remedy: remedy.to_owned(),
    };
    let Some(kept) = &seen.kept else {
        return vec![condition(Standing::Unmet, "something is stored of it".to_owned(), String::new(), "")];
    };
    let (revision, status) = (kept.stored.revision, &kept.stored.status);
    if !status.is_pending() {
        let says = format!("revision {revision} is pending");
        return vec![condition(Standing::Unmet, says, format!("it is {status}"), "nothing needs to be unlocked")];
    }
    let mut all = Vec::new();
    if let Err(problem) = &seen.newest {
        all.push(condition(
            Standing::Unmet,
            format!("revision {revision} can be read"),
            problem.cause.clone(),
            &problem.hint,
        ));
    }
    let began = seen.newest.as_ref().ok().and_then(|newest| newest.last_deployed());
    let since = began.map(|began| format!(" since {}", ago(seen.now, began))).unwrap_or_default();
    let says = format!("revision {revision} is {status}{since}");
    all.push(condition(Standing::Met, says, began.map(|at| at.to_string()).unwrap_or_default(), ""));
    all.push(last_write(seen, kept));
    all.push(at_rest(seen, began));
    if let Some(object) = &seen.release.helm_release {
        let name = format!("HelmRelease {}/{}", object.key.namespace, object.key.name);
        let says = format!("{name} unlocks it by itself at its next reconcile");
        all.push(condition(Standing::Unknown, says, "PendingRelease".to_owned(), "reconcile it instead"));
    }
    all.sort_by_key(|one| one.state);
    all
}

/// When the client wrote last.
fn last_write(seen: &Seen, kept: &Kept) -> Precondition {
    let wait = "wait, and look again: its client may be at work".to_owned();
    let (state, evidence, remedy) = match &kept.written {
        None => (Standing::Unknown, "managedFields say nothing".to_owned(), String::new()),
        Some((at, by)) => {
            let evidence = format!("by {by}, {} ago", ago(seen.now, *at));
            if is_recent(seen.now, *at) {
                (Standing::Unknown, evidence, wait)
            } else {
                (Standing::Met, evidence, String::new())
            }
        }
    };
    Precondition { state, says: format!("nobody wrote it in the last {RECENT} s"), evidence, remedy }
}

/// Whether somebody still changes objects.
fn at_rest(seen: &Seen, began: Option<Timestamp>) -> Precondition {
    let during = seen.changed.iter().filter(|changed| began.is_none_or(|began| changed.at >= began));
    let last = during.max_by_key(|changed| changed.at);
    let (state, evidence, remedy) = match last {
        None => (Standing::Met, "no object was written since it began".to_owned(), ""),
        Some(Changed { object, at, by }) => {
            let evidence = format!("{} {} by {by}, {} ago", object.kind, object.name, ago(seen.now, *at));
            match is_recent(seen.now, *at) {
                true => (Standing::Unknown, evidence, "wait, and look again: something is at work"),
                false => (Standing::Met, evidence, ""),
            }
        }
    };
    let says = format!("nothing changed its objects in the last {RECENT} s");
    Precondition { state, says, evidence, remedy: remedy.to_owned() }
}

fn is_recent(now: Timestamp, at: Timestamp) -> bool {
    now.as_second().saturating_sub(at.as_second()) < RECENT
}

/// How long ago, in the largest unit that counts.
fn ago(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
    match seconds {
        0..=119 => format!("{seconds}s"),
        120..=7199 => format!("{}m", seconds / 60),
        7200..=172_799 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests;
