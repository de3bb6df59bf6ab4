//! The stored revisions, and what Flux remembers of them.

use super::{Seen, finding};
use crate::plan::{Precondition, Standing};
use crate::release::flux::{HelmRelease, Snapshot};
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::storage::StoredRevision;

/// Nothing is pending: the newest revision is deployed, and it alone.
pub(super) fn pending(seen: &Seen) -> Precondition {
    let place = seen.place();
    let Some(newest) = seen.revisions.first() else {
        return finding(Standing::Unmet, "nothing is stored of it", "", "");
    };
    let (revision, status) = (newest.revision, &newest.status);
    let is_deployed = |stored: &&StoredRevision| stored.status == ReleaseStatus::Deployed;
    let deployed: Vec<Revision> = seen.revisions.iter().filter(is_deployed).map(|stored| stored.revision).collect();
    let rest: Vec<String> = deployed.iter().filter(|other| **other != revision).map(ToString::to_string).collect();
    let evidence = seen.revisions.iter().map(|stored| format!("{} {}", stored.revision, stored.status));
    let evidence = evidence.take(5).collect::<Vec<String>>().join(", ");
    if status.is_pending() {
        let remedy = match seen.release.helm_release {
            Some(_) => "Flux unlocks it at its next reconcile, unless it is suspended".to_owned(),
            None => format!("wait; once nobody works on it: wheelhouse unlock {place}"),
        };
        return finding(Standing::Unmet, format!("revision {revision} is {status}"), evidence, remedy);
    }
    match (*status == ReleaseStatus::Deployed, rest.as_slice()) {
        (true, []) => {
            finding(Standing::Met, format!("nothing is pending, revision {revision} alone is deployed"), evidence, "")
        }
        (true, rest) => {
            let says = format!("revision {revision} is deployed, and so is {}", rest.join(", "));
            finding(Standing::Unmet, says, evidence, "the next upgrade or rollback supersedes all of them")
        }
        (false, []) => {
            let says = format!("no revision is deployed: the newest, {revision}, is {status}");
            let remedy = match seen.revisions.len() {
                1 => format!("wheelhouse why {place}"),
                _ => format!("wheelhouse rollback {place}"),
            };
            finding(Standing::Unmet, says, evidence, remedy)
        }
        (false, rest) => {
            let says = format!("the newest revision, {revision}, is {status}; deployed is {}", rest.join(", "));
            finding(Standing::Unmet, says, evidence, format!("upgrade it again, or: wheelhouse rollback {place}"))
        }
    }
}

/// Flux's newest entry is the revision that is stored; `None` of what Flux has no part in.
///
/// Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/state.go` (DetermineReleaseState): where they differ the release is not
/// its own any more, and it upgrades.
pub(super) fn history(seen: &Seen) -> Option<Precondition> {
    let object = match seen.helm_release.as_ref()? {
        Ok(object) => object,
        Err(why) => {
            let says = "whether Flux's history is that of what is stored is not known";
            return Some(finding(Standing::Unknown, says, why, ""));
        }
    };
    let stored = seen.revisions.first()?;
    let last = object.history.first();
    let differs = last.and_then(|last| difference(seen, last, stored));
    Some(match (last, differs) {
        (Some(last), None) => agreed(object, last),
        (Some(last), Some(what)) => {
            let version = wanted(object);
            let says = format!("Flux's last is {}, stored is {}{what}", last.revision, stored.revision);
            apart(seen, object, format!("{says}: it upgrades straight back{version}"))
        }
        (None, _) => {
            let version = wanted(object);
            apart(
                seen,
                object,
                format!("Flux remembers no revision, stored is {}: it upgrades{version}", stored.revision),
            )
        }
    })
}

/// The history is right; Flux may be at work all the same, or not content.
fn agreed(object: &HelmRelease, last: &Snapshot) -> Precondition {
    let says = format!("history is consistent, Flux's last is {} as is stored", last.revision);
    let ready = object.condition("Ready");
    let quoted = ready.map(|ready| format!("Ready {}: {}: {}", ready.status, ready.reason, ready.message));
    let evidence = quoted.unwrap_or_default();
    if object.suspended {
        return finding(Standing::Met, says, "suspended: Flux does nothing", "");
    }
    let is_seen = object.generation.is_none() || object.observed_generation >= object.generation;
    let is_at_work = object.condition("Reconciling").is_some_and(crate::release::flux::Condition::is_true);
    if is_at_work || !is_seen {
        let says = format!("Flux is still at work, its last is {}", last.revision);
        return finding(Standing::Unknown, says, evidence, "look again when it has ended");
    }
    if ready.is_some_and(crate::release::flux::Condition::is_false) {
        let says = format!("Flux's last is {} as is stored, but it is not Ready", last.revision);
        return finding(Standing::Unknown, says, evidence, "wheelhouse why says more");
    }
    finding(Standing::Met, says, evidence, "")
}

/// The history is not that of what is stored. While Flux is suspended that is what somebody wanted.
fn apart(seen: &Seen, object: &HelmRelease, says: String) -> Precondition {
    let place = seen.place();
    if object.suspended {
        let remedy = "make chart version and values in the HelmRelease those of what is stored before it is resumed";
        return finding(Standing::Unknown, format!("once resumed: {says}"), "spec.suspend: true", remedy);
    }
    let remedy = format!("it does so at its next reconcile: wheelhouse reconcile {place}; or suspend it first");
    finding(Standing::Unmet, says, "spec.suspend: false", remedy)
}

/// To which version Flux goes back.
fn wanted(object: &HelmRelease) -> String {
    object.last_attempted_revision.as_ref().map(|version| format!(" to {version}")).unwrap_or_default()
}

/// In what the newest stored revision is not the one that Flux remembers, in words.
fn difference(seen: &Seen, last: &Snapshot, stored: &StoredRevision) -> Option<String> {
    if last.revision != stored.revision {
        return Some(String::new());
    }
    if last.status != stored.status {
        return Some(format!(", where it is {} and not {}", stored.status, last.status));
    }
    let payload = seen.newest.as_ref().ok()?;
    let version = payload.metadata().and_then(|metadata| metadata.version.map(str::to_owned));
    if let (Some(last), Some(version)) = (&last.chart_version, &version)
        && last != version
    {
        return Some(format!(", of chart {version} and not {last}"));
    }
    // Kubernetes keeps whole seconds.
    let second = |time: Option<jiff::Timestamp>| time.map(jiff::Timestamp::as_second);
    let (remembered, made) = (second(last.last_deployed), second(payload.last_deployed()));
    let is_another = remembered.is_some() && made.is_some() && remembered != made;
    is_another.then(|| ", made at another time: somebody made it anew".to_owned())
}
