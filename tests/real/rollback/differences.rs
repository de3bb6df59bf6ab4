//! In what a rollback by wheelhouse differs from one by Helm 4.3.1, and why. `docs/rollback.md` says the same.

use serde_json::json;

use super::snapshot::Difference;

/// A difference that is meant.
pub struct Listed {
    /// By what a case and the document name it.
    pub name: &'static str,
    pub reason: &'static str,
    /// Whether it is this one.
    pub is: fn(&Difference) -> bool,
}

pub const LISTED: &[Listed] = &[
    Listed {
        name: "refused-before-writing",
        reason: "what cannot go through is said before anything is written, so that no failed revision stands in the history",
        // Nothing to compare: what is there is held to what was there before.
        is: |_| false,
    },
    Listed {
        name: "failed-is-written",
        reason: "a rollback that ends early is marked failed: as pending-rollback it would block the next upgrade",
        is: |one| {
            is_revision(one)
                && match one.path.as_str() {
                    "/labels/status" | "/release/info/status" => {
                        one.a == Some(json!("pending-rollback")) && one.b == Some(json!("failed"))
                    }
                    "/release/info/description" => {
                        let said = |value: &Option<serde_json::Value>, start: &str| {
                            value.as_ref().and_then(|text| text.as_str()).is_some_and(|text| text.starts_with(start))
                        };
                        said(&one.a, "Rollback to ") && said(&one.b, "Rollback \"shop\" failed: ")
                    }
                    path if path.starts_with("/release/hooks/") && path.ends_with("/last_run/phase") => {
                        one.a == Some(json!("Running")) && one.b == Some(json!("Failed"))
                    }
                    path if path.starts_with("/release/hooks/") && path.ends_with("/last_run/completed_at") => {
                        one.a.is_none() && one.b.is_some()
                    }
                    _ => false,
                }
        },
    },
    Listed {
        name: "newer-than-helm-3",
        reason: "the payload is that of Helm 4.3, which writes down the method and the revision that was rolled back to",
        is: |one| {
            is_revision(one)
                && one.a.is_none()
                && ["/release/apply_method", "/release/info/rollback_revision"].contains(&one.path.as_str())
        },
    },
];

fn is_revision(one: &Difference) -> bool {
    one.of.starts_with("revision ")
}
