//! The digest by which Flux knows a stored revision again.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The `digest` of a snapshot in `status.history` for this release, given as Helm stores it, in this state.
///
/// Source: fluxcd/helm-controller v1.6.3 `internal/release/{digest,observation}.go`: SHA-256 over Go's JSON of what was
/// observed, hooks that are tests left out, and a line break. Held to every snapshot of the recordings.
#[must_use]
pub fn snapshot_digest(release: &Map<String, Value>, status: &str) -> String {
    let mut observed = Map::new();
    for key in ["name", "version", "info"] {
        observed.extend(release.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    if let Some(info) = observed.get_mut("info").and_then(Value::as_object_mut) {
        info.insert("status".to_owned(), status.into());
    }
    let metadata = release.get("chart").and_then(|chart| chart.get("metadata"));
    observed.extend(metadata.map(|metadata| ("chartMetadata".to_owned(), metadata.clone())));
    for key in ["config", "manifest"] {
        observed.extend(release.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    let hooks = release.get("hooks").and_then(Value::as_array).into_iter().flatten();
    let hooks: Vec<Value> = hooks.filter(|hook| !is_test(hook)).cloned().collect();
    let hooks = if hooks.is_empty() { Value::Null } else { hooks.into() };
    observed.insert("hooks".to_owned(), hooks);
    observed.extend(release.get("namespace").map(|value| ("namespace".to_owned(), value.clone())));
    let digest = Sha256::digest(go_json(&Value::Object(observed)) + "\n");
    digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_test(hook: &Value) -> bool {
    hook.get("events").and_then(Value::as_array).is_some_and(|events| events.iter().any(|event| event == "test"))
}

/// As Go writes JSON: safe to stand in HTML.
fn go_json(value: &Value) -> String {
    let escaped =
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    escaped.into_iter().fold(value.to_string(), |text, (from, to)| text.replace(from, to))
}
