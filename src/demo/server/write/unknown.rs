//! Fields that a kind does not have: left out and warned of, or refused.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers/{create,update,patch}.go` (`fieldValidation`), sigs.k8s.io/json and
//! kubernetes/apiextensions-apiserver `pkg/apiserver/schema/pruning`, release 1.36.

use serde_json::Value;

use super::super::kinds::Kind;
use super::super::status::Status;
use super::options::{Validation, WriteOptions};
use crate::schema::Typed;

/// Takes the fields away that the kind does not have. Returns the warnings, which name them.
///
/// # Errors
/// 400 where the client wants to be told of them so.
pub(super) fn prune(
    object: &mut Value,
    kind: &Kind,
    typed: Typed<'_>,
    options: &WriteOptions,
) -> Result<Vec<String>, Status> {
    let mut found = Vec::new();
    walk(object, typed, "", &mut found);
    match options.validation {
        Validation::Strict if !found.is_empty() => {
            let name = kind.kind;
            let message = format!(
                "{name} in version {:?} cannot be handled as a {name}: strict decoding error: {}",
                kind.version,
                found.join(", ")
            );
            Err(Status::bad_request(message))
        }
        Validation::Warn => Ok(found),
        Validation::Ignore | Validation::Strict => Ok(Vec::new()),
    }
}

fn walk(value: &mut Value, typed: Typed<'_>, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let is_closed = !typed.is_deduced()
                && typed.atom().map.as_ref().is_some_and(|map| !map.fields.is_empty() && map.element.is_none());
            fields.retain(|name, inner| {
                let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                match typed.field(name) {
                    // Sets of fields are no fields.
                    Some(typed) if name != "managedFields" => walk(inner, typed, &path, found),
                    None if is_closed => {
                        found.push(format!("unknown field {path:?}"));
                        return false;
                    }
                    Some(_) | None => {}
                }
                true
            });
        }
        Value::Array(items) => {
            if let Some(typed) = typed.element() {
                items
                    .iter_mut()
                    .enumerate()
                    .for_each(|(place, item)| walk(item, typed, &format!("{at}[{place}]"), found));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
