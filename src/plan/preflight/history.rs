//! Revisions in the way of the next one.
//!
//! Sources: helm.sh/helm v4.3.1 `pkg/action/upgrade.go` (prepareUpgrade), `pkg/storage/storage.go`;
//! fluxcd/helm-controller v1.6.3 `internal/reconcile/{state,unlock}.go`.

use super::seen::Seen;
use super::{Check, Finding, Severity};
use crate::release::payload::{ReleaseStatus, Revision};

/// Helm's words where the last revision is pending: `pkg/action/action.go` (errPending).
const PENDING: &str = "another operation (install/upgrade/rollback) is in progress";

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let Some(status) = status(seen) else { return Vec::new() };
    let release = &seen.release;
    let (name, namespace) = (&release.id.name, &release.id.storage_namespace);
    let of = |severity, text: String, remedy: String| Finding::of_release(severity, Check::History, text, remedy);
    let deployed = seen.revisions.iter().find(|(_, status)| *status == ReleaseStatus::Deployed);
    let good = seen
        .revisions
        .iter()
        .find(|(_, status)| matches!(status, ReleaseStatus::Deployed | ReleaseStatus::Superseded))
        .map(|(revision, _)| *revision);
    let finding = match (&status, seen.is_flux()) {
        (ReleaseStatus::Deployed, _) => return Vec::new(),
        (ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade | ReleaseStatus::PendingRollback, true) => {
            let text = format!("the last revision is {status}: Flux unlocks it by marking it failed, and goes on");
            of(Severity::Note, text, "nothing needs to be done".to_owned())
        }
        (ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade | ReleaseStatus::PendingRollback, false) => {
            let remedy = match good {
                Some(revision) => format!(
                    "wait if it still runs; else helm rollback {name} {revision} -n {namespace} makes a new revision that is deployed"
                ),
                None => format!("wait if it still runs; else helm uninstall {name} -n {namespace} and install it anew"),
            };
            Finding {
                evidence: vec![PENDING.to_owned()],
                ..of(Severity::Blocks, format!("the last revision is {status}: Helm refuses"), remedy)
            }
        }
        (ReleaseStatus::Uninstalled, true) => {
            let text = "the last revision is uninstalled: Flux installs it anew".to_owned();
            of(Severity::Note, text, "nothing needs to be done".to_owned())
        }
        (ReleaseStatus::Failed | ReleaseStatus::Superseded, _) if seen.last.is_ok() => {
            let text = match deployed {
                Some((revision, _)) => {
                    format!("the last revision is {status}: Helm compares with revision {revision}, which is deployed")
                }
                None => format!("the last revision is {status} and none is deployed: Helm compares with it"),
            };
            of(Severity::Note, text, "nothing needs to be done".to_owned())
        }
        (_, _) if deployed.is_some() => {
            let text = format!("the last revision is {status}; Helm goes on from the one that is deployed");
            of(Severity::Risk, text, format!("look at it first: helm history {name} -n {namespace}"))
        }
        (status, is_flux) => {
            let remedy = match (status, is_flux) {
                (ReleaseStatus::Uninstalled, _) => match seen.revisions.first() {
                    Some((revision, _)) => format!(
                        "helm rollback {name} {revision} -n {namespace} brings it back; helm upgrade --install installs it anew"
                    ),
                    None => "helm upgrade --install installs it anew".to_owned(),
                },
                (_, _) => match good {
                    Some(revision) => format!("helm rollback {name} {revision} -n {namespace}"),
                    None => format!("helm uninstall {name} -n {namespace} ends it; then install it anew"),
                },
            };
            Finding {
                evidence: vec![format!("{name:?} has no deployed releases")],
                ..of(
                    Severity::Blocks,
                    format!("the last revision is {status} and none is deployed: Helm refuses"),
                    remedy,
                )
            }
        }
    };
    vec![finding]
}

/// Whether nothing of the release is expected to be there, nor made by an upgrade: then its objects say nothing.
pub(super) fn is_gone(seen: &Seen) -> bool {
    let is_removed =
        status(seen).is_some_and(|status| matches!(status, ReleaseStatus::Uninstalled | ReleaseStatus::Uninstalling));
    let is_deployed = seen.revisions.iter().any(|(_, status)| *status == ReleaseStatus::Deployed);
    let is_made_anew = seen.is_flux() && status(seen) == Some(ReleaseStatus::Uninstalled);
    is_removed && !is_deployed && !is_made_anew
}

/// Of the latest revision: by its payload, which the client reads, else by its label.
fn status(seen: &Seen) -> Option<ReleaseStatus> {
    seen.last.as_ref().ok().and_then(|payload| payload.status()).or_else(|| seen.release.status.clone())
}

/// The revision that Helm compares with, where that is not the latest.
///
/// Source: helm.sh/helm v4.3.1 `pkg/action/upgrade.go` (prepareUpgrade).
#[must_use]
pub fn compared(revisions: &[(Revision, ReleaseStatus)]) -> Option<Revision> {
    let (last, status) = revisions.first()?;
    if *status == ReleaseStatus::Deployed {
        return None;
    }
    let deployed = revisions.iter().find(|(_, status)| *status == ReleaseStatus::Deployed);
    deployed.map(|(revision, _)| *revision).filter(|revision| revision != last)
}
