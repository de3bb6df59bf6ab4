//! What comes next by itself.
//!
//! Source of the rules: helm-controller v1.6.3 `internal/controller/helmrelease_controller.go` (requeueing),
//! `internal/reconcile/atomic_release.go`. Its back-off is not to be seen from outside, and is not guessed.

use super::flux::Stage;
use super::{Known, action, attempts, controller, failure, objects, words};
use crate::release::flux::{Condition, HelmRelease};

/// helm-controller's `--requeue-dependency`, as it is unless its Deployment says otherwise.
const REQUEUE: &str = "about every 30s";

/// Where the controller does not react.
pub(super) const NOTHING: &str = "nothing before helm-controller reacts";

pub(super) fn of(object: &HelmRelease, stage: &Stage<'_>, known: Known<'_>) -> Vec<String> {
    if object.suspended {
        return match stage {
            Stage::Deleting => vec!["suspended: it goes without being uninstalled; its objects stay".to_owned()],
            Stage::Unseen
            | Stage::Dependency
            | Stage::Source
            | Stage::Values(_)
            | Stage::Setup(_)
            | Stage::Running
            | Stage::Action(_)
            | Stage::Done => vec!["nothing while it is suspended".to_owned()],
        };
    }
    let every = object.interval.map(words::span);
    let mut next = Vec::new();
    match stage {
        Stage::Unseen => {}
        Stage::Deleting => {
            if failure(object).is_some_and(|failure| failure.action == "uninstall") {
                next.push("tries the uninstall again by itself; when is not told".to_owned());
            }
        }
        Stage::Setup(_) if is_stalled(object) => {
            next.push("will not go on by itself before the spec changes or a request comes".to_owned());
        }
        Stage::Dependency => next.push(format!("looks again {REQUEUE}, and goes on by itself when they are ready")),
        Stage::Source => next.push(format!("looks again {REQUEUE}, and at once when the source changes")),
        Stage::Values(_) | Stage::Setup(_) => {
            next.push("tries again by itself, each time after a longer pause; when is not told".to_owned());
        }
        Stage::Running => {
            if let Some((action, timeout)) = action::running(object) {
                next.push(format!("the {action} ends by itself; each of its waits after at most {timeout}"));
            }
        }
        Stage::Action(_) => next.extend(after_failure(object, known)),
        Stage::Done => {
            next.extend(every.map(|every| format!("reconciled every {every}")));
            next.extend(objects::without_deadline(known, object.upgrade.timeout));
        }
    }
    let owner = object.owner.as_ref().and_then(|owner| known.catalog.kustomization(owner));
    if let Some(owner) = owner.filter(|owner| owner.suspended) {
        next.push(format!(
            "from Git nothing: Kustomization {} is suspended, so what is pushed is not applied",
            owner.key
        ));
    }
    next
}

fn is_stalled(object: &HelmRelease) -> bool {
    object.condition("Stalled").is_some_and(Condition::is_true)
}

fn after_failure(object: &HelmRelease, known: Known<'_>) -> Vec<String> {
    let mut next = Vec::new();
    let stalled = object.condition("Stalled").filter(|stalled| stalled.is_true());
    let counted = attempts(object);
    let running = action::running(object);
    if let Some(attempts) = &counted {
        let configured = match attempts.allowed {
            Some(allowed) => format!("{} configured", words::retries(allowed.saturating_sub(1))),
            None => "retries without end".to_owned(),
        };
        next.push(format!("{}: {} ({configured})", attempts.action, attempts.words()));
    }
    match (stalled, running) {
        (Some(stalled), _) if stalled.reason == "RetriesExceeded" => {
            next.push(
                "will not retry by itself before the spec, the chart or the values change, or a reset".to_owned(),
            );
        }
        (Some(stalled), _) => next.push(format!("will not go on by itself: {}", stalled.reason)),
        (None, Some((action, _))) => next.push(format!("the {action} runs now")),
        (None, None) if let Some(policy) = action::retried(object) => {
            let after = words::span(policy.retry_interval);
            next.push(match controller::late_retry(object, known.now) {
                None => format!("tries again {after} after each failure (RetryOnFailure)"),
                Some(due) => {
                    let found =
                        controller::deployments_asked(known).map(|states| format!(" ({states})")).unwrap_or_default();
                    format!(
                        "the next try, {after} after the failure (RetryOnFailure), was due {} ago and has not begun: \
                         helm-controller is busy, silent or stopped{found}",
                        words::ago(due, known.now)
                    )
                }
            });
        }
        (None, None) if counted.is_none() => {
            let times =
                if object.failures > 1 { format!(" (failed {} times)", object.failures) } else { String::new() };
            next.push(format!(
                "made no revision, so no retry is counted{times}: tries again by itself without end, each time after a longer pause"
            ));
        }
        (None, None) if object.condition("Reconciling").is_some_and(Condition::is_true) => {
            next.push("tries again by itself; when is not told".to_owned());
        }
        (None, None) => {}
    }
    next
}
