//! What the request will do here, and how to undo it.
//!
//! Source of the rules: fluxcd/helm-controller v1.6.3 `internal/reconcile/atomic_release.go` (actionForState),
//! `internal/controller/helmrelease_controller.go` (what is looked at before an action is chosen),
//! `api/v2/helmrelease_types.go` (retries).

use super::comes::{Comes, comes, is_absent};
use super::{Drawn, DrawnState, Seen, Suspension, kept};
use crate::health::why::{self, Attempts, Burnt, span};
use crate::plan::{Action, FieldEffect};
use crate::release::ObjectKey;
use crate::release::flux::{DriftMode, HelmRelease, Remedy};
use crate::release::payload::Revision;

/// The plan in a line.
pub(super) fn title(action: &Action, seen: &Seen) -> String {
    let key = &seen.helm_release.key;
    match action {
        Action::Reconcile { with_source: true } => format!("Reconcile {key} with its source"),
        Action::Reconcile { with_source: false } => format!("Reconcile {key}"),
        Action::Reset => format!("Reset the failures of {key}"),
        Action::Force if is_absent(seen) => format!("Force an install of {key}"),
        Action::Force => format!("Force an upgrade of {key}"),
        Action::Suspend { .. } => format!("Suspend {key}"),
        Action::Resume => format!("Resume {key}"),
        Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => format!("{} {key}", action.word()),
    }
}

/// What a person should know.
pub(super) fn notes(action: &Action, seen: &Seen) -> Vec<String> {
    let object = &*seen.helm_release;
    let mut notes = match action {
        Action::Reconcile { with_source } => {
            let passed_over = seen.chain.iter().filter(|_| *with_source).filter_map(passed_over);
            passed_over.chain([reconciles(seen)]).collect()
        }
        Action::Reset => vec![resets(seen)],
        Action::Force => forces(seen),
        Action::Suspend { .. } => suspends(seen),
        Action::Resume => resumes(seen),
        Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => Vec::new(),
    };
    if let Some((running, timeout)) = why::running(object) {
        notes.push(match action {
            Action::Suspend { .. } => format!("suspending does not stop the {running} that runs (timeout {timeout})"),
            Action::Reconcile { .. }
            | Action::Reset
            | Action::Force
            | Action::Resume
            | Action::Rollback(_)
            | Action::Unlock
            | Action::Disown { .. } => format!("the {running} that runs (timeout {timeout}) is ended first"),
        });
    }
    let suspends = matches!(action, Action::Suspend { .. } | Action::Resume);
    notes.extend(Some(kept::suspend(seen)).filter(|_| suspends).flatten());
    notes.extend(why::burnt(object).into_iter().map(burnt));
    if writes(action, seen) {
        notes.extend(seen.losses.as_ref().err().map(|why| format!("which hotfixes it takes away is not known: {why}")));
        if let Some(revision) =
            seen.release.revision.filter(|_| seen.losses.as_ref().is_ok_and(|losses| !losses.is_empty()))
        {
            notes.push(format!(
                "hotfixes were compared with revision {revision}: what a newer chart writes is known to Flux alone"
            ));
        }
    }
    notes.extend(dependents(action, &seen.dependents));
    if object.remote {
        notes.push("its objects are on another cluster (spec.kubeConfig)".to_owned());
    }
    notes
}

fn burnt(burnt: Burnt<'_>) -> String {
    format!("an earlier request did nothing: {} {}: {}", burnt.word, burnt.token, burnt.why)
}

fn passed_over(drawn: &Drawn) -> Option<String> {
    match &drawn.state {
        DrawnState::There(source, _) if source.is_static => {
            Some(format!("{} has nothing to fetch (type oci): it is not asked", drawn.what()))
        }
        DrawnState::Missing if drawn.kind == "HelmChart" => {
            Some(format!("{} is not there yet: helm-controller makes it", drawn.what()))
        }
        DrawnState::There(..) | DrawnState::Missing | DrawnState::Untold(_) | DrawnState::Unaskable => None,
    }
}

fn tries(count: i64) -> String {
    if count == 1 { "1 try".to_owned() } else { format!("{count} tries") }
}

fn reconciles(seen: &Seen) -> String {
    match comes(seen) {
        Comes::Held(ready) => format!("Flux looks again at what keeps it from beginning: {ready}"),
        Comes::StraightBack(text) => text,
        Comes::Install => "nothing is installed: Flux installs it".to_owned(),
        Comes::UsedUp(used) => {
            format!("{}: nothing is tried before chart, values or spec change; reset or force would try", used.words())
        }
        Comes::TriesAgain(attempts) => again(seen, attempts),
        Comes::InSync => in_sync(&seen.helm_release),
    }
}

fn again(seen: &Seen, attempts: Option<Attempts>) -> String {
    let failure = why::failure(&seen.helm_release).map(|failure| failure.what());
    let what = failure.unwrap_or_else(|| "what failed".to_owned());
    match attempts {
        Some(Attempts { allowed: Some(allowed), failed, .. }) => {
            format!("the {what} is tried again: {} left of {allowed}", tries(allowed.saturating_sub(failed)))
        }
        Some(_) | None => format!("the {what} is tried again"),
    }
}

fn in_sync(object: &HelmRelease) -> String {
    let drift = match object.drift_mode {
        DriftMode::Enabled => "; objects that differ from the manifest are put back",
        DriftMode::Warn => "; objects that differ from the manifest are told of",
        DriftMode::Disabled => "; objects are not looked at",
    };
    format!("nothing is to be done unless chart or values have changed{drift}")
}

fn resets(seen: &Seen) -> String {
    let object = &*seen.helm_release;
    match why::attempts(object) {
        None if object.failures == 0 => {
            format!("no failures are counted: it does what a reconcile does; {}", reconciles(seen))
        }
        None => format!("failures {} -> 0; {}", object.failures, reconciles(seen)),
        Some(Attempts { action, failed, allowed }) => {
            let more =
                allowed.map_or_else(|| "tries without end".to_owned(), |allowed| format!("{} more", tries(allowed)));
            let same = why::failure(object)
                .map(|failure| format!("; the same {} will fail again unless its cause is mended", failure.what()));
            format!("{action} failures {failed} -> 0, and {more}{}", same.unwrap_or_default())
        }
    }
}

/// The counters that a reset takes away, as fields.
pub(super) fn counters(object: &HelmRelease) -> Vec<FieldEffect> {
    let all = [
        ("failures", object.failures),
        ("installFailures", object.install_failures),
        ("upgradeFailures", object.upgrade_failures),
    ];
    let counted = all.into_iter().filter(|(_, count)| *count > 0);
    let of = |(name, count): (&str, i64)| FieldEffect {
        path: format!(".status.{name}"),
        old: Some(count.to_string()),
        new: None,
        conflict: String::new(),
    };
    counted.map(of).collect()
}

fn forces(seen: &Seen) -> Vec<String> {
    let object = &*seen.helm_release;
    let what = if is_absent(seen) {
        "nothing is installed: it installs".to_owned()
    } else {
        let next = seen.release.revision.and_then(Revision::next);
        let next = next.map(|next| format!(" as revision {next}")).unwrap_or_default();
        format!("it upgrades{next}, though nothing may have changed")
    };
    let mut notes = vec![what];
    match comes(seen) {
        Comes::UsedUp(used) => {
            notes.push(format!("{}: it is one try more, and the counters stay", used.words()));
            let policy = if used.action == "install" { &object.install } else { &object.upgrade };
            if policy.remediate_last_failure {
                let remedy = match policy.remedy {
                    Remedy::Rollback => "rolled back",
                    Remedy::Uninstall => "uninstalled",
                };
                notes.push(format!("if it fails it is {remedy} again"));
            }
        }
        Comes::StraightBack(text) => notes.push(text),
        Comes::Held(_) | Comes::Install | Comes::TriesAgain(_) | Comes::InSync => {}
    }
    notes
}

fn suspends(seen: &Seen) -> Vec<String> {
    let object = &*seen.helm_release;
    let mut notes =
        vec!["Flux leaves it alone: no upgrade, no retry, no drift correction, until it is resumed".to_owned()];
    if object.suspended {
        let known = Suspension::read(&seen.object).map(|suspension| format!(" ({})", suspension.words()));
        notes.push(format!("it is suspended already{}: the reason is replaced", known.unwrap_or_default()));
    }
    if object.deleting.is_some() {
        notes
            .push("it is being deleted: suspended, it goes without being uninstalled, and its objects stay".to_owned());
    }
    notes
}

fn resumes(seen: &Seen) -> Vec<String> {
    let known = Suspension::read(&seen.object).map(|suspension| suspension.words());
    let mut notes = vec![known.unwrap_or_else(|| "nobody wrote down why it is suspended".to_owned())];
    if seen.helm_release.deleting.is_some() {
        notes.push("it is being deleted: once resumed, Flux uninstalls it".to_owned());
        return notes;
    }
    notes.push(reconciles(seen));
    notes
}

pub(in crate::plan) fn dependents(action: &Action, dependents: &Result<Vec<ObjectKey>, String>) -> Option<String> {
    let waiting = match dependents {
        Ok(keys) if keys.is_empty() => return None,
        Ok(keys) => keys.iter().map(ToString::to_string).collect::<Vec<String>>().join(", "),
        Err(why) => return Some(format!("who depends on it is not known: {why}")),
    };
    Some(match action {
        Action::Suspend { .. } => {
            format!("{waiting} depend on it: if it is not ready now, they wait until it is resumed")
        }
        Action::Reconcile { .. }
        | Action::Reset
        | Action::Force
        | Action::Resume
        | Action::Rollback(_)
        | Action::Unlock
        | Action::Disown { .. } => format!("{waiting} depend on it: while it is not ready, they wait"),
    })
}

/// Whether Flux is likely to write the objects of the release, by what it says of it.
#[must_use]
pub fn writes(action: &Action, seen: &Seen) -> bool {
    let corrects = seen.helm_release.drift_mode == DriftMode::Enabled;
    match action {
        Action::Force => true,
        Action::Reset => corrects || why::attempts(&seen.helm_release).is_some(),
        Action::Reconcile { .. } | Action::Resume => {
            corrects || matches!(comes(seen), Comes::StraightBack(_) | Comes::TriesAgain(_))
        }
        Action::Suspend { .. } | Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => false,
    }
}

/// How to undo it.
pub(super) fn undo(action: &Action, seen: &Seen) -> Vec<String> {
    let key = &seen.helm_release.key;
    match action {
        Action::Reconcile { .. } => {
            let every = seen.helm_release.interval.map(|interval| format!(" every {}", span(interval)));
            vec![format!("nothing to undo: Flux does the same by itself{}", every.unwrap_or_default())]
        }
        Action::Reset => vec!["counters cannot be set back; suspend stops further tries".to_owned()],
        Action::Force if is_absent(seen) => vec![format!("delete HelmRelease {key}: Flux uninstalls it then")],
        Action::Force => {
            let to = seen.release.revision.map(|revision| format!(" {revision}")).unwrap_or_default();
            vec![format!("wheelhouse rollback {key}{to}, while it is suspended; hotfixes that were lost by hand")]
        }
        Action::Suspend { .. } => vec![format!("wheelhouse resume {key}")],
        Action::Resume => vec![format!("wheelhouse suspend {key} --reason TEXT")],
        Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => Vec::new(),
    }
}
