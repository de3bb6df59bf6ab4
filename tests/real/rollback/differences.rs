//! In what a rollback by wheelhouse differs from one by Helm, and why: the table of `docs/rollback.md`.

use serde_json::{Value, json};

use super::snapshot::Difference;

/// A difference that is meant.
pub struct Listed {
    /// By what a case and the document name it.
    pub name: &'static str,
    /// Whether it is this one.
    pub is: fn(&Difference) -> bool,
}

/// What shows afterwards. Of the first two there is nothing to compare: what is there is held to what was there before.
pub const LISTED: &[Listed] = &[
    Listed { name: "refused-before", is: |_| false },
    Listed { name: "kinds-before", is: |_| false },
    Listed { name: "hooks-marked", is: is_hook_marked },
    // A hook that went well and says that it goes then.
    Listed { name: "hooks-cleaned", is: |one| one.of == "ConfigMap goes" && one.path.is_empty() && one.b.is_none() },
    Listed { name: "error-words", is: is_in_other_words },
    Listed { name: "payload-kept", is: is_kept_as_stored },
];

/// What is in the document and cannot be seen in what is there afterwards.
pub const UNSEEN: &[(&str, &str)] = &[
    ("suggested-revision", "every case names a revision"),
    ("newest-again", "nobody else writes meanwhile"),
    ("states-named", "nobody else writes meanwhile"),
    ("pruned-after", "nothing refuses either"),
    ("hooks-noted", "nobody is killed in between"),
    ("hooks-gone", "hooks that were there are gone at once"),
    ("own-creations", "what could not be made is not there"),
    ("wait-not-rewritten", "it differs by the time in a label"),
    ("deployed-as-well", "what is deployed has no object that the newest has not"),
    ("modified-at", "it differs by the time in a label"),
];

/// Beside Helm 3 itself: the payload is that of Helm 4.3, which writes down the method and the revision that was rolled back to, and
/// leaves empty times out.
pub const BESIDE_HELM_3: Listed = Listed {
    name: "newer-than-helm-3",
    is: |one| {
        let names = ["/release/apply_method", "/release/info/rollback_revision"];
        let is_added = one.a.is_none() && names.contains(&one.path.as_str());
        let is_left_out = one.a == Some(json!("")) && one.b.is_none() && one.path == "/release/info/deleted";
        is_revision(one) && (is_added || is_left_out)
    },
};

fn is_revision(one: &Difference) -> bool {
    one.of.starts_with("revision ")
}

fn is_hook_marked(one: &Difference) -> bool {
    let (a, b) = (one.a.as_ref(), one.b.as_ref());
    let is_run = |part: &str| one.path.starts_with("/release/hooks/") && one.path.ends_with(part);
    is_revision(one)
        && match one.path.as_str() {
            "/labels/status" | "/release/info/status" => {
                a == Some(&json!("pending-rollback")) && b == Some(&json!("failed"))
            }
            "/release/info/description" => {
                let starts =
                    ["pre", "post"].map(|when| format!("Rollback \"shop\" failed: {when}-rollback hooks failed: "));
                text(a).starts_with("Rollback to ") && starts.iter().any(|start| text(b).starts_with(start))
            }
            _ if is_run("/last_run/phase") => a == Some(&json!("Running")) && b == Some(&json!("Failed")),
            // Helm 3 stores an empty time.
            _ if is_run("/last_run/completed_at") => text(a).is_empty() && text(b).starts_with('T'),
            _ => false,
        }
}

/// The same causes, each without what Helm says around it.
fn is_in_other_words(one: &Difference) -> bool {
    let start = "Rollback \"shop\" failed: ";
    let (a, b) = (text(one.a.as_ref()), text(one.b.as_ref()));
    let causes = b.strip_prefix(start).unwrap_or_default().split(" && ");
    let mut rest = a.strip_prefix(start).unwrap_or_default();
    let mut are_told = causes.map(|cause| {
        let found = rest.find(cause).filter(|_| !cause.is_empty());
        rest = &rest[found.map_or(rest.len(), |at| at + cause.len())..];
        found.is_some()
    });
    is_revision(one) && one.path == "/release/info/description" && are_told.all(|is_told| is_told) && rest.is_empty()
}

fn is_kept_as_stored(one: &Difference) -> bool {
    let is_empty = one.a.is_none() && one.b == Some(json!(""));
    let times = ["/release/info/deleted", "/last_run/started_at", "/last_run/completed_at"];
    let is_zero = one.a == Some(json!("0001-01-01T00:00:00Z")) && one.b.is_none();
    is_revision(one)
        && ((is_zero && one.path == "/release/chart/schemamodtime")
            || (is_empty && times.into_iter().any(|time| one.path.ends_with(time))))
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}
