//! Managed fields of a client that turns from client-side to server-side apply.
//!
//! Source: k8s.io/client-go v0.36.3 `util/csaupgrade/upgrade.go`. Who does it: Helm 4.3 from its field manager (`helm`; in
//! helm-controller `helm-controller`) to the same one, of the object alone, never of a subresource. An upgrade does it when the
//! last revision was applied client-side and this one is not; a rollback, and an install that adopts what exists, whenever they
//! apply server-side. Helm 3 does not. Nothing leads back.

use serde_json::{Value, json};

use super::PatchFault;
use super::value::Object;
use crate::ownership::FieldSet;

/// Whose entries become whose.
#[derive(Debug, Clone, Copy)]
pub struct Migration<'m> {
    /// Managers whose entries of operation Update are taken over, one after the other.
    pub from: &'m [&'m str],
    /// The manager that applies from now on.
    pub to: &'m str,
    /// Entries of this subresource only. Empty: those of the object itself.
    pub subresource: &'m str,
}

/// The JSON patch that a client sends before its first server-side apply. None: there is nothing to take over.
///
/// # Errors
/// When the fields of an entry that is taken over cannot be read.
pub fn migration_patch(object: &Value, migration: &Migration<'_>) -> Result<Option<Value>, PatchFault> {
    let metadata = object.get("metadata");
    let Some(before) = metadata.and_then(|metadata| metadata.get("managedFields")).and_then(entries) else {
        return Ok(None);
    };
    let after = migrated(&before, migration)?;
    // The client compares what it would write with what it has read and written again, byte by byte.
    if text_of(&after) == text_of(&before) {
        return Ok(None);
    }
    let version = metadata.and_then(|metadata| metadata.get("resourceVersion")).and_then(Value::as_str);
    Ok(Some(json!([
        { "op": "replace", "path": "/metadata/managedFields", "value": after },
        { "op": "replace", "path": "/metadata/resourceVersion", "value": version.unwrap_or_default() },
    ])))
}

/// The entries of one operation that own all of these fields. One that cannot be read owns nothing.
#[must_use]
pub fn owners_of<'e>(managed_fields: &'e [Value], operation: &str, fields: &FieldSet) -> Vec<&'e Value> {
    let owns = |entry: &Value| read(entry).is_ok_and(|owned| fields.difference(&owned).is_empty());
    managed_fields.iter().filter(|entry| text(entry, "operation") == operation && owns(entry)).collect()
}

fn migrated(managed_fields: &[Value], migration: &Migration<'_>) -> Result<Vec<Value>, PatchFault> {
    let mut all = managed_fields.to_vec();
    for from in migration.from {
        let is_from = |entry: &Value| is_of(entry, from, "Update", migration.subresource);
        let applied = all.iter().position(|entry| is_of(entry, migration.to, "Apply", migration.subresource));
        // The first one is the newest of them.
        let Some(at) = applied.or_else(|| all.iter().position(is_from)) else { continue };
        if let Some(Value::Object(entry)) = all.get_mut(at).filter(|_| applied.is_none()) {
            entry.insert("operation".to_owned(), json!("Apply"));
            entry.insert("manager".to_owned(), json!(migration.to));
        }
        let Some(target) = all.get(at) else { continue };
        let version = text(target, "apiVersion");
        let mut fields = read(target)?;
        if let Some(twin) = all.iter().find(|entry| is_from(entry) && text(entry, "apiVersion") == version) {
            fields = fields.union(&read(twin)?);
        }
        if let Some(Value::Object(entry)) = all.get_mut(at) {
            entry.insert("fieldsV1".to_owned(), fields.to_value());
        }
        all.retain(|entry| !is_from(entry));
    }
    Ok(all)
}

/// What an entry owns. Where it says nothing, that cannot be read.
fn read(entry: &Value) -> Result<FieldSet, PatchFault> {
    let fields = entry.get("fieldsV1").filter(|fields| !fields.is_null());
    let fields = fields.ok_or_else(|| PatchFault::Fields("there are none".to_owned()))?;
    FieldSet::from_value(fields).map_err(|fault| PatchFault::Fields(fault.to_string()))
}

fn is_of(entry: &Value, manager: &str, operation: &str, subresource: &str) -> bool {
    text(entry, "manager") == manager
        && text(entry, "operation") == operation
        && text(entry, "subresource") == subresource
}

fn text<'e>(entry: &'e Value, name: &str) -> &'e str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The entries as a client reads them: of each the known fields that say something. None: there are none, or one is no entry.
fn entries(managed_fields: &Value) -> Option<Vec<Value>> {
    const TEXTS: [&str; 6] = ["manager", "operation", "apiVersion", "time", "fieldsType", "subresource"];
    let entry = |entry: &Value| {
        let entry = entry.as_object()?;
        let mut known = Object::new();
        for name in TEXTS {
            match entry.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.is_empty() => {}
                Some(text @ Value::String(_)) => {
                    known.insert(name.to_owned(), text.clone());
                }
                Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => return None,
            }
        }
        if let Some(fields) = entry.get("fieldsV1").filter(|fields| !fields.is_null()) {
            known.insert("fieldsV1".to_owned(), sorted(fields));
        }
        Some(Value::Object(known))
    };
    managed_fields.as_array()?.iter().map(entry).collect()
}

/// As Go writes a map: by name.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            Value::Object(fields.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn text_of(entries: &[Value]) -> String {
    entries.iter().map(ToString::to_string).collect()
}
