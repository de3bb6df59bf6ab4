//! What is in the way of the request.
//!
//! Source of the rules: fluxcd/helm-controller v1.6.3 `internal/reconcile/atomic_release.go` (actionForState),
//! `internal/controller/helmrelease_controller.go` (what is looked at before an action is chosen),
//! `api/v2/helmrelease_types.go` (retries).

use super::comes::quoted;
use super::{Drawn, DrawnState, Seen, Suspension};
use crate::health::why;
use crate::plan::{Action, Precondition, Standing};
use crate::release::flux::{Condition, DriftMode, HelmRelease, SourceKind};

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
        Action::Suspend { reason } => [vec![reasoned(reason)], not_explained(object)].concat(),
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

/// A reason that is kept stays: whoever wrote it, and what was rolled back meanwhile, would be forgotten.
fn not_explained(object: &HelmRelease) -> Vec<Precondition> {
    let kept = object.suspension().map(|suspension| {
        let unmet = "it is suspended already, and why is kept";
        precondition(false, "", unmet, suspension.words(), "leave it, or resume it first")
    });
    kept.into_iter().collect()
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
