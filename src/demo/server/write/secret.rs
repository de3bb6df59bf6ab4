//! What a Secret or a ConfigMap may hold, and what of it may change.
//!
//! Source: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (`ValidateSecret`, `ValidateConfigMapUpdate`), release 1.36.

use serde_json::Value;

use super::super::kinds::Kind;
use super::super::status::Status;

/// The most bytes that one holds.
const LIMIT: usize = 1024 * 1024;

/// What is wrong with what is written, in the place of the live one where there is one.
///
/// # Errors
/// 422.
pub(super) fn check(kind: &Kind, live: Option<&Value>, written: &Value) -> Result<(), Status> {
    let is_secret = kind.kind == "Secret";
    if !kind.group.is_empty() || !is_secret && kind.kind != "ConfigMap" {
        return Ok(());
    }
    let name = written.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let length = |at: &str, is_encoded: bool| -> usize {
        let values = written.get(at).and_then(Value::as_object).into_iter().flat_map(|data| data.values());
        let length = |text: &str| if is_encoded { decoded_length(text) } else { text.len() };
        values.filter_map(Value::as_str).map(length).sum()
    };
    let size = length("data", is_secret).saturating_add(length("binaryData", true));
    if size > LIMIT {
        let message = format!("Too long: may not be more than {LIMIT} bytes");
        // A ConfigMap as a whole is too large.
        let field = if is_secret { "data" } else { "[]" };
        return Err(Status::invalid_object(kind, name, &[("FieldValueTooLong", field, &message)]));
    }
    let Some(live) = live else { return Ok(()) };
    let of_type = |object: &Value| object.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (told, own) = (of_type(written), of_type(live));
    if told != own {
        let message = format!("Invalid value: {told:?}: field is immutable");
        return Err(Status::invalid_object(kind, name, &[("FieldValueInvalid", "type", &message)]));
    }
    if live.get("immutable") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    let changed = ["immutable", "data", "binaryData"].into_iter().filter(|at| written.get(at) != live.get(at));
    let faults: Vec<_> = changed
        .map(|at| ("FieldValueForbidden", at, "Forbidden: field is immutable when `immutable` is set"))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Status::invalid_object(kind, name, &faults)) }
}

/// How many bytes base64 stands for.
fn decoded_length(text: &str) -> usize {
    (text.trim_end_matches('=').len() / 4 * 3).saturating_add(text.trim_end_matches('=').len() % 4 * 3 / 4)
}
