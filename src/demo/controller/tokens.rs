//! What is asked of helm-controller by annotations, and what it makes of it.
//!
//! Source: fluxcd/helm-controller v1.6.3 `api/v2/annotations.go`, `internal/action/reset.go`.

use super::draft::Draft;

/// Asks for a reconcile.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// Asks for a release in any case.
const FORCE_AT: &str = "reconcile.fluxcd.io/forceAt";
/// Asks for the failures to be forgotten.
const RESET_AT: &str = "reconcile.fluxcd.io/resetAt";

/// Whether a release is to be made in any case. Its token is spent by the question, whatever the answer.
pub fn is_forced(draft: &mut Draft) -> bool {
    is_asked(draft, FORCE_AT, "lastHandledForceAt")
}

/// Whether the failures are to be forgotten. Its token is spent by the question, whatever the answer.
pub fn is_reset(draft: &mut Draft) -> bool {
    is_asked(draft, RESET_AT, "lastHandledResetAt")
}

fn is_asked(draft: &mut Draft, annotation: &str, handled: &str) -> bool {
    let Some(token) = draft.annotation(annotation).map(str::to_owned) else { return false };
    let is_new = draft.status(handled).is_none_or(|last| *last != token.as_str());
    draft.set(handled, token.as_str().into());
    let is_request = draft.annotation(REQUESTED_AT) == Some(&token);
    is_new && is_request && draft.status("lastHandledReconcileAt").is_none_or(|last| *last != token.as_str())
}
