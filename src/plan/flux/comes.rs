//! What a look of Flux at the release comes to.
//!
//! Source of the rules: fluxcd/helm-controller v1.6.3 `internal/reconcile/atomic_release.go` (actionForState),
//! `internal/controller/helmrelease_controller.go` (what is looked at before an action is chosen),
//! `api/v2/helmrelease_types.go` (retries).

use super::Seen;
use crate::health::why::{self, Attempts, Remedied};
use crate::release::flux::{Condition, HelmRelease};
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::{Evidence, Release};

/// What a look of Flux comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comes {
    /// Something keeps it from an action, in Flux's words.
    Held(String),
    /// The stored revision is not its own.
    StraightBack(String),
    /// Nothing is installed.
    Install,
    /// The last action failed, and there are no retries.
    UsedUp(Attempts),
    /// The last action failed, and it is tried again.
    TriesAgain(Option<Attempts>),
    /// Nothing, unless something has changed.
    InSync,
}

pub(super) fn comes(seen: &Seen) -> Comes {
    let (object, release) = (&*seen.helm_release, &*seen.release);
    if let Some(status) = release.status.as_ref().filter(|status| status.is_pending())
        && why::running(object).is_none()
    {
        return Comes::StraightBack(format!(
            "revision {} is {status}, and nobody works on it: Flux marks it as failed, and goes on from there",
            number(release)
        ));
    }
    if let Some(foreign) = foreign(object, release) {
        return Comes::StraightBack(foreign);
    }
    let attempts = why::attempts(object);
    match why::failure(object) {
        Some(failure) if !matches!(failure.remedied, Remedied::Running(_)) => {
            match attempts.filter(Attempts::used_up) {
                Some(used) => Comes::UsedUp(used),
                None => Comes::TriesAgain(why::attempts(object)),
            }
        }
        Some(_) => Comes::TriesAgain(attempts),
        None => match object.condition("Ready").filter(|ready| ready.is_false()) {
            Some(ready) => Comes::Held(quoted(ready)),
            None if is_absent(seen) => Comes::Install,
            None => Comes::InSync,
        },
    }
}

/// A stored revision that Flux did not make: it empties its history and upgrades.
fn foreign(object: &HelmRelease, release: &Release) -> Option<String> {
    straight_back(object, release.revision?)
}

/// What Flux makes of a stored revision that is newer than its own last, in a sentence.
pub(in crate::plan) fn straight_back(object: &HelmRelease, latest: Revision) -> Option<String> {
    let own = object.history.first()?.revision;
    (latest > own).then(|| {
        let back = release_version(object).map(|version| format!(" to {version}")).unwrap_or_default();
        format!(
            "revision {latest} was not made by Flux, whose last is {own}: it empties its history and upgrades straight back{back}"
        )
    })
}

fn release_version(object: &HelmRelease) -> Option<&str> {
    object.last_attempted_revision.as_deref()
}

/// Whether nothing is installed: a force would install.
pub(super) fn is_absent(seen: &Seen) -> bool {
    let release = &seen.release;
    if release.storage_forbidden || release.remote() {
        return seen.helm_release.history.is_empty();
    }
    match release.evidence {
        Evidence::Storage => release.status.as_ref().is_none_or(|status| *status == ReleaseStatus::Uninstalled),
        // Nothing is stored, whatever the HelmRelease remembers.
        Evidence::Status | Evidence::Objects => true,
    }
}

fn number(release: &Release) -> String {
    release.revision.map_or_else(|| "?".to_owned(), |revision| revision.to_string())
}

/// A condition in Flux's words.
pub(in crate::plan) fn quoted(condition: &Condition) -> String {
    format!("{}={} {}: {}", condition.kind, condition.status, condition.reason, condition.message)
}
