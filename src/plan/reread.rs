//! What an object that is read again says of a request whose answer was lost or was a conflict: whether it is the object that was
//! planned for, and whether the request did its work.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::step::{Body, Request, Verb};
use crate::ownership::patch::apply_json;

/// What was sent, of which it is asked whether it was done.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'s> {
    /// The request.
    pub request: &'s Request,
    /// Its body, without preconditions.
    pub body: &'s Value,
    /// The uid that it asked for.
    pub uid: Option<&'s str>,
    /// The resourceVersion that it asked for.
    pub version: Option<&'s str>,
    /// What the object looked like before it, by [`seen_as`].
    pub digest: Option<&'s str>,
}

/// What is known of a request whose answer was lost, once the object was read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It did its work.
    Yes,
    /// It did not: the object is as it was, or can still be written by the same request.
    No,
    /// The object is another one now, or somebody else wrote it: the request cannot do its work any more.
    Never,
    /// That cannot be told.
    Unclear,
}

/// An object without what its controllers write, as a digest: two that differ in it differ in what somebody asked for, or in who
/// did. Left out are the status, what is written with it, and what the server counts.
#[must_use]
pub fn seen_as(object: &Value) -> String {
    let mut kept = object.as_object().cloned().unwrap_or_default();
    kept.remove("status");
    if let Some(Value::Object(metadata)) = kept.get_mut("metadata") {
        let managed = metadata.remove("managedFields");
        let entries = managed.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (key, value) in metadata.iter_mut().filter(|(key, _)| matches!(key.as_str(), "annotations" | "labels")) {
            for entry in entries.iter().filter(|entry| entry.get("subresource").is_some_and(|name| name == "status")) {
                leave_out(value, entry.pointer("/fieldsV1/f:metadata").and_then(|all| all.get(format!("f:{key}"))));
            }
        }
        metadata.retain(|key, value| {
            let is_empty = value.as_object().is_some_and(Map::is_empty);
            !is_empty && !matches!(key.as_str(), "resourceVersion" | "generation")
        });
        let own = entries.iter().filter(|entry| entry.get("subresource").is_none()).map(|entry| {
            let mut entry = entry.clone();
            if let Some(entry) = entry.as_object_mut() {
                entry.remove("time");
            }
            entry
        });
        metadata.insert("managedFields".to_owned(), own.collect());
    }
    let mut text = String::new();
    write_sorted(&Value::Object(kept), &mut text);
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Takes from annotations or labels those that an entry of managedFields holds.
fn leave_out(values: &mut Value, held: Option<&Value>) {
    let Some(values) = values.as_object_mut() else { return };
    for name in held.and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        values.remove(name.strip_prefix("f:").unwrap_or_default());
    }
}

/// Fields by name, so that the order in which a server writes them does not count.
fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in fields {
                text.push_str(&Value::from(name.as_str()).to_string());
                write_sorted(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_sorted(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

/// Whether a request did its work, by its object as it is now; `None` where there is none.
#[must_use]
pub fn written(sent: Sent<'_>, now: Option<&Value>) -> Written {
    let metadata = |name: &str| {
        let value = now.and_then(|object| object.get("metadata")).and_then(|metadata| metadata.get(name));
        value.and_then(Value::as_str)
    };
    let is_another = sent.uid.is_some() && metadata("uid") != sent.uid;
    if sent.request.verb == Verb::Delete {
        let is_going = now.is_none() || is_another || metadata("deletionTimestamp").is_some();
        return if is_going { Written::Yes } else { Written::No };
    }
    let Some(object) = now else {
        // Only what was to be made new can be made still.
        return if sent.uid.is_none() { Written::No } else { Written::Never };
    };
    if is_another {
        return Written::Never;
    }
    let is_there = match (&sent.request.body, sent.request.verb) {
        (Body::Stored(_), _) => object.get("data") == sent.body.get("data"),
        (_, Verb::MergePatch) => apply_json(object.clone(), sent.body) == *object,
        (_, Verb::JsonPatch) => does_all(object, sent.body),
        // An object that holds all this may have been like this before: who applied it counts as well.
        (_, Verb::Apply { .. }) => holds(object, sent.body) && has_applied(object, &sent.request.manager),
        (_, Verb::Create | Verb::StrategicPatch | Verb::Replace) => holds(object, sent.body),
        (_, Verb::Delete) => false,
    };
    if is_there {
        return Written::Yes;
    }
    let is_untouched = sent.version.is_some() && metadata("resourceVersion") == sent.version
        || sent.digest.is_some_and(|digest| seen_as(object) == digest);
    match sent.request.verb {
        _ if is_untouched => Written::No,
        // Somebody else made it.
        Verb::Create => Written::Never,
        Verb::Replace if matches!(sent.request.body, Body::Stored(_)) => Written::Never,
        // What it would change is not there, and no state of the object was asked for: it can be sent as often as one likes.
        Verb::MergePatch if sent.version.is_none() => Written::No,
        Verb::Apply { .. } if sent.version.is_none() && !has_applied(object, &sent.request.manager) => Written::No,
        Verb::Apply { .. }
        | Verb::JsonPatch
        | Verb::MergePatch
        | Verb::StrategicPatch
        | Verb::Replace
        | Verb::Delete => Written::Unclear,
    }
}

fn has_applied(object: &Value, manager: &str) -> bool {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array).map(Vec::as_slice);
    let is = |entry: &Value, name: &str, value: &str| entry.get(name).and_then(Value::as_str) == Some(value);
    entries.unwrap_or_default().iter().any(|entry| {
        is(entry, "manager", manager) && is(entry, "operation", "Apply") && entry.get("subresource").is_none()
    })
}

/// Whether an object has all that was sent. Items of lists are looked for in any place, because a server orders and completes them;
/// what a strategic merge patch deletes has to be gone.
fn holds(object: &Value, sent: &Value) -> bool {
    match (object, sent) {
        (Value::Object(object), Value::Object(sent)) => sent.iter().all(|(name, wanted)| {
            if name.starts_with('$') {
                return true;
            }
            match object.get(name) {
                Some(found) => holds(found, wanted),
                None => wanted.is_null() || is_empty(wanted),
            }
        }),
        (Value::Array(items), Value::Array(sent)) => sent.iter().all(|wanted| {
            if wanted.get("$patch").is_some_and(|patch| patch == "delete") {
                let mut gone = wanted.clone();
                if let Some(gone) = gone.as_object_mut() {
                    gone.remove("$patch");
                }
                return !items.iter().any(|item| holds(item, &gone));
            }
            items.iter().any(|item| holds(item, wanted))
        }),
        (found, wanted) => found == wanted,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Whether every operation of a JSON patch finds what it would make. What it says of the resourceVersion is a precondition.
fn does_all(object: &Value, patch: &Value) -> bool {
    let operations = patch.as_array().map(Vec::as_slice).unwrap_or_default();
    let changes = operations.iter().filter(|operation| operation.get("op").is_some_and(|op| op != "test"));
    let mut changes = changes.filter(|operation| text(operation, "path") != "/metadata/resourceVersion").peekable();
    let is_anything = changes.peek().is_some();
    is_anything
        && changes.all(|operation| {
            let path = text(operation, "path");
            let found = object.pointer(path);
            match text(operation, "op") {
                "add" | "replace" if path == "/metadata/managedFields" => {
                    untimed(found) == untimed(operation.get("value"))
                }
                "add" | "replace" => found == operation.get("value"),
                "remove" => found.is_none(),
                _ => false,
            }
        })
}

/// Entries of managedFields without their times, which the server may set.
fn untimed(entries: Option<&Value>) -> Value {
    let mut entries = entries.cloned().unwrap_or_else(|| json!([]));
    for entry in entries.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        entry.remove("time");
    }
    entries
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
