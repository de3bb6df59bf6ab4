//! Requests by annotation: force and reset tokens that can do nothing any more.
//!
//! Source of the rules: helm-controller v1.6.3 `api/v2/annotations.go`, `internal/controller/helmrelease_controller.go`:
//! a token fires once, where it equals `requestedAt` and that was not handled yet; it is marked as handled either way.

use jiff::Timestamp;

use super::branch::Branch;
use super::{Link, Severity};
use crate::release::flux::HelmRelease;

/// A token that was used up without doing what it was to do, or that never will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burnt<'a> {
    /// `forceAt` or `resetAt`.
    pub word: &'static str,
    /// The token.
    pub token: &'a str,
    /// Why it did nothing.
    pub why: String,
}

/// The tokens of a HelmRelease that did nothing, force first.
#[must_use]
pub fn burnt(object: &HelmRelease) -> Vec<Burnt<'_>> {
    let (requested, handled) = (object.requested_at.as_deref(), object.last_handled_reconcile_at.as_deref());
    let tokens = [
        ("forceAt", object.force_at.as_deref(), object.last_handled_force_at.as_deref()),
        ("resetAt", object.reset_at.as_deref(), object.last_handled_reset_at.as_deref()),
    ];
    let of = |(word, token, seen)| {
        let token: &str = token?;
        let why = match requested {
            None => "never looked at: requestedAt is missing".to_owned(),
            Some(requested) if requested == token && handled == Some(token) && seen != Some(token) => {
                "used up before it could act: the reconcile ended early; send a new token".to_owned()
            }
            Some(requested) if requested != token && seen == Some(token) && sent_together(token, requested) => {
                format!("did nothing: it is not equal to requestedAt {requested}; send both anew, equal")
            }
            Some(_) => return None,
        };
        Some(Burnt { word, token, why })
    };
    tokens.into_iter().filter_map(of).collect()
}

/// The tokens that did nothing, as links.
pub(super) fn branch(object: &HelmRelease) -> Branch {
    let mut branch = Branch::default();
    for Burnt { word, token, why } in burnt(object) {
        branch.below(Branch::of(Link::new(1, "request", format!("{word} {token}")).is(Severity::Waiting, why), None));
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
