//! Requests by annotation: force and reset tokens that can do nothing any more.
//!
//! Source of the rules: helm-controller v1.6.3 `api/v2/annotations.go`, `internal/controller/helmrelease_controller.go`:
//! a token fires once, where it equals `requestedAt` and that was not handled yet; it is marked as handled either way.

use jiff::Timestamp;

use super::branch::Branch;
use super::{Link, Severity};
use crate::release::flux::HelmRelease;

/// The tokens that were used up without doing what they were to do.
pub(super) fn branch(object: &HelmRelease) -> Branch {
    let mut branch = Branch::default();
    let (requested, handled) = (object.requested_at.as_deref(), object.last_handled_reconcile_at.as_deref());
    for (word, token, seen) in [
        ("force", object.force_at.as_deref(), object.last_handled_force_at.as_deref()),
        ("reset", object.reset_at.as_deref(), object.last_handled_reset_at.as_deref()),
    ] {
        let Some(token) = token else { continue };
        let state = match requested {
            None => "never looked at: requestedAt is missing".to_owned(),
            Some(requested) if requested == token && handled == Some(token) && seen != Some(token) => {
                "used up before it could act: the reconcile ended early; send a new token".to_owned()
            }
            Some(requested) if requested != token && seen == Some(token) && sent_together(token, requested) => {
                format!("did nothing: it is not equal to requestedAt {requested}; send both anew, equal")
            }
            Some(_) => continue,
        };
        let link = Link::new(1, "request", format!("{word}At {token}")).is(Severity::Waiting, state);
        branch.below(Branch::of(link, None));
    }
    branch
}

/// Whether two tokens that differ were meant as one request. One that is clearly older was handled at its own time, and
/// tools that write times write both.
fn sent_together(token: &str, requested: &str) -> bool {
    match (token.parse::<Timestamp>(), requested.parse::<Timestamp>()) {
        (Ok(token), Ok(requested)) => requested.duration_since(token).as_secs().abs() <= 2,
        (Err(_), Err(_)) => true,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}
