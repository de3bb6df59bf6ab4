//! What the request will do here, and what is in its way.
//!
//! Source of the rules: fluxcd/helm-controller v1.6.3 `internal/reconcile/atomic_release.go` (actionForState),
//! `internal/controller/helmrelease_controller.go` (what is looked at before an action is chosen),
//! `api/v2/helmrelease_types.go` (retries).

use super::{Drawn, DrawnState, Seen, Suspension, kept};
use crate::health::why::{self, Attempts, Burnt, Remedied, span};
use crate::plan::{Action, FieldEffect, Precondition, Standing};
use crate::release::flux::{Condition, DriftMode, HelmRelease, Remedy, SourceKind};
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::{Evidence, ObjectKey, Release};

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

// ---------------------------------------------------------------------- what has to be so

/// What has to be so, the worst first.
pub(super) fn preconditions(action: &Action, seen: &Seen) -> Vec<Precondition> {
    let object = &*seen.helm_release;
    let mut all = match action {
        Action::Reconcile { with_source } => {
            let sources = if *with_source { sources(seen) } else { Vec::new() };
            [vec![not_suspended(seen), not_deleting(object)], sources].concat()
        }
        Action::Reset => vec![not_suspended(seen), not_deleting(object), begins(object)],
        Action::Force => {
            [vec![not_suspended(seen), not_deleting(object), begins(object)], only_warned(object)].concat()
        }
        Action::Suspend { reason } => vec![reasoned(reason)],
        Action::Resume => vec![suspended(seen)],
        Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => Vec::new(),
    };
    all.extend(reacts(seen));
    all.sort_by_key(|precondition| precondition.state);
    all
}

fn precondition(is_met: bool, met: &str, unmet: &str, evidence: impl Into<String>, remedy: &str) -> Precondition {
    Precondition {
        state: if is_met { Standing::Met } else { Standing::Unmet },
        says: if is_met { met } else { unmet }.to_owned(),
        evidence: evidence.into(),
        remedy: if is_met { String::new() } else { remedy.to_owned() },
    }
}

fn not_suspended(seen: &Seen) -> Precondition {
    let why = Suspension::read(&seen.object).map(|suspension| suspension.words());
    let is_suspended = seen.helm_release.suspended;
    precondition(
        !is_suspended,
        "it is not suspended",
        "it is suspended: the request would be used up and do nothing",
        why.filter(|_| is_suspended).unwrap_or_else(|| format!("spec.suspend: {is_suspended}")),
        "resume it first",
    )
}

fn suspended(seen: &Seen) -> Precondition {
    precondition(
        seen.helm_release.suspended,
        "it is suspended",
        "it is not suspended: there is nothing to resume",
        format!("spec.suspend: {}", seen.helm_release.suspended),
        "",
    )
}

pub(in crate::plan) fn not_deleting(object: &HelmRelease) -> Precondition {
    let since = object.deleting.map(|since| format!("metadata.deletionTimestamp: {since}")).unwrap_or_default();
    precondition(
        object.deleting.is_none(),
        "it is not being deleted",
        "it is being deleted: Flux uninstalls it, and does nothing else any more",
        since,
        "",
    )
}

fn reasoned(reason: &str) -> Precondition {
    precondition(
        !reason.trim().is_empty(),
        "a reason is given",
        "a reason is missing: whoever finds it suspended has to know why",
        "",
        "give one: --reason TEXT",
    )
}

/// Before source, dependencies and values are there, either token is used up and does nothing.
fn begins(object: &HelmRelease) -> Precondition {
    let early = ["DependencyNotReady", "SourceNotReady", "ArtifactFailed", "ValuesError", "AccessDenied"];
    let ready = object.condition("Ready").filter(|ready| ready.is_false() && early.contains(&ready.reason.as_str()));
    precondition(
        ready.is_none(),
        "dependencies, source and values are there",
        "the reconcile ends before the token counts: it would be used up and do nothing",
        ready.map(quoted).unwrap_or_default(),
        "mend what the message names; a plain reconcile has it looked at again",
    )
}

/// Drift that is only warned of ends the reconcile before a force is looked at.
fn only_warned(object: &HelmRelease) -> Vec<Precondition> {
    let drifted = object.condition("Drifted").filter(|drifted| drifted.is_true());
    let warned = drifted.filter(|_| object.drift_mode == DriftMode::Warn && !object.history.is_empty());
    let of = |drifted: &Condition| {
        let unmet =
            "its drift is only warned of (driftDetection.mode: warn): that ends the reconcile before a force counts";
        precondition(
            false,
            "",
            unmet,
            quoted(drifted),
            "change chart or values: that upgrade writes the whole manifest",
        )
    };
    warned.map(of).into_iter().collect()
}

pub(in crate::plan) fn reacts(seen: &Seen) -> Option<Precondition> {
    let since = why::silent(&seen.helm_release, seen.now)?;
    Some(Precondition {
        state: Standing::Unknown,
        says: "helm-controller may not run: it owes an answer".to_owned(),
        evidence: format!("no write of its status since {since}"),
        remedy: "look at the Pods and the log of helm-controller".to_owned(),
    })
}

fn sources(seen: &Seen) -> Vec<Precondition> {
    if seen.chain.is_empty() {
        return vec![precondition(
            false,
            "",
            "its spec names no chart",
            "spec.chart and spec.chartRef are missing",
            "",
        )];
    }
    seen.chain.iter().filter_map(source).collect()
}

fn source(drawn: &Drawn) -> Option<Precondition> {
    let what = drawn.what();
    let unmet = |says: String, evidence: &str, remedy: String| {
        Some(Precondition { state: Standing::Unmet, says, evidence: evidence.to_owned(), remedy })
    };
    match &drawn.state {
        DrawnState::There(source, _) if source.is_static => None,
        DrawnState::There(source, _) if source.suspended => {
            let word = match source.kind {
                SourceKind::HelmChart => "chart",
                SourceKind::HelmRepository => "helm",
                SourceKind::OciRepository => "oci",
                SourceKind::GitRepository => "git",
                SourceKind::Bucket => "bucket",
                SourceKind::ExternalArtifact => "external",
            };
            let remedy = format!("flux resume source {word} {} -n {}", drawn.key.name, drawn.key.namespace);
            unmet(format!("{what} is suspended: it would not look again"), "spec.suspend: true", remedy)
        }
        DrawnState::There(..) => Some(Precondition {
            state: Standing::Met,
            says: format!("{what} is there and not suspended"),
            evidence: String::new(),
            remedy: String::new(),
        }),
        // helm-controller makes it at its next reconcile.
        DrawnState::Missing if drawn.kind == "HelmChart" => None,
        DrawnState::Missing => unmet(format!("{what} is not there"), "", "create it".to_owned()),
        DrawnState::Untold(why) => {
            unmet(format!("{what} cannot be read"), why, "reconcile without the source".to_owned())
        }
        DrawnState::Unaskable => unmet(
            format!("{what} cannot be asked to look again: who makes it is not Flux's source-controller"),
            "",
            "reconcile without the source".to_owned(),
        ),
    }
}

pub(in crate::plan) fn quoted(condition: &Condition) -> String {
    format!("{}={} {}: {}", condition.kind, condition.status, condition.reason, condition.message)
}

// ---------------------------------------------------------------------- what it will do

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

/// What a look of Flux comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Comes {
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

fn comes(seen: &Seen) -> Comes {
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
fn is_absent(seen: &Seen) -> bool {
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
