//! What comes next by itself.
//!
//! Source of the rules: helm-controller v1.6.3 `internal/controller/helmrelease_controller.go` (requeueing),
//! `internal/reconcile/atomic_release.go`. Its back-off is not to be seen from outside, and is not guessed.

use super::flux::Stage;
use super::{action, attempts, words};
use crate::release::flux::{Condition, HelmRelease};

/// helm-controller's `--requeue-dependency`, as it is unless its Deployment says otherwise.
const REQUEUE: &str = "about every 30s";

/// Where the controller does not react.
pub(super) const NOTHING: &str = "nothing before helm-controller reacts";

pub(super) fn of(object: &HelmRelease, stage: &Stage<'_>) -> Vec<String> {
    if object.suspended {
        return match stage {
            Stage::Deleting => vec!["suspended: it goes without being uninstalled; its objects stay".to_owned()],
            _ => vec!["nothing while it is suspended".to_owned()],
        };
    }
    let every = object.interval.map(words::span);
    let mut next = Vec::new();
    match stage {
        Stage::Deleting | Stage::Unseen => {}
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
        Stage::Action(_) => next.extend(after_failure(object)),
        Stage::Done => next.extend(every.map(|every| format!("reconciled every {every}"))),
    }
    next
}

fn after_failure(object: &HelmRelease) -> Vec<String> {
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
        (None, None) if action::retries_for_ever(object) => {
            let policy = if object.last_attempted_action.as_deref() == Some("install") {
                &object.install
            } else {
                &object.upgrade
            };
            next.push(format!(
                "tries again {} after each failure (RetryOnFailure)",
                words::span(policy.retry_interval)
            ));
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
