//! What an object that is read again says of a request whose answer was lost or was a conflict: whether it is the object that was
//! planned for, and whether the request did its work.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::holds::{as_stored, holds};
use super::step::{Body, Request, Verb};
use crate::ownership::patch::apply_json;
use crate::ownership::{Entry, Operation, PathElement, managed_fields};

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
    // An object that was not written holds what an apply would only take away nothing from: that comes first. To send again what
    // changes nothing does no harm.
    let is_untouched = sent.version.is_some() && metadata("resourceVersion") == sent.version
        || sent.digest.is_some_and(|digest| seen_as(object) == digest);
    if is_untouched && sent.request.verb != Verb::Create {
        return Written::No;
    }
    let has_all = || holds(&sent.request.object, object, &as_stored(sent.body));
    let is_there = match (&sent.request.body, sent.request.verb) {
        (Body::Stored(_), _) => object.get("data") == sent.body.get("data"),
        (_, Verb::MergePatch) => apply_json(object.clone(), sent.body) == *object,
        (_, Verb::JsonPatch) => does_all(object, sent.body),
        // An object that holds all this may have been like this before: who applied it counts as well.
        (_, Verb::Apply { .. }) => has_all() && has_applied_just(object, sent.body, &sent.request.manager),
        (_, Verb::Create | Verb::StrategicPatch | Verb::Replace) => has_all(),
        (_, Verb::Delete) => false,
    };
    if is_there {
        return Written::Yes;
    }
    match sent.request.verb {
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

/// Whether the manager applied this and nothing else: what it applied before and dropped with this is not its own any more. An apply of
/// nothing leaves no entry.
fn has_applied_just(object: &Value, body: &Value, manager: &str) -> bool {
    let entries = managed_fields(object);
    let is_own = |entry: &&Entry| {
        entry.manager == manager && entry.operation == Operation::Apply && entry.subresource.is_empty()
    };
    let own = entries.iter().find(is_own).map(|entry| entry.fields.as_ref());
    let is_nothing = |body: &Value| {
        let identity = ["apiVersion", "kind", "metadata"];
        let fields =
            |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        fields(body).iter().all(|name| identity.contains(&name.as_str()))
            && fields(body.get("metadata").unwrap_or(&Value::Null)).iter().all(|name| IDENTITY.contains(&name.as_str()))
    };
    match own {
        None => is_nothing(body),
        Some(Ok(fields)) => {
            let stored = as_stored(body);
            fields.leaves().paths().iter().all(|path| stands_in(body, &path.0) || stands_in(&stored, &path.0))
        }
        Some(Err(_)) => false,
    }
}

/// What of metadata says which object is meant, and nothing of what it shall be.
const IDENTITY: [&str; 4] = ["name", "namespace", "uid", "resourceVersion"];

/// Whether a body has what an entry of managedFields names. Keys of items that a body may leave out have their default.
fn stands_in(body: &Value, path: &[PathElement]) -> bool {
    let Some((step, rest)) = path.split_first() else { return true };
    let items = || body.as_array().map(Vec::as_slice).unwrap_or_default();
    match step {
        PathElement::Field(name) => match body.get(name) {
            Some(value) => stands_in(value, rest),
            // A default that came with what was applied around it.
            None => false,
        },
        PathElement::Key(fields) => items().iter().any(|item| {
            let is_equal = |(name, wanted): &(String, Value)| item.get(name).map(|own| own == wanted);
            let is_it = fields.iter().all(|field| is_equal(field) != Some(false))
                && fields.iter().any(|field| is_equal(field) == Some(true));
            let is_key = |name: &String| fields.iter().any(|(key, _)| key == name);
            is_it && (matches!(rest, [PathElement::Field(name)] if is_key(name)) || stands_in(item, rest))
        }),
        PathElement::Value(wanted) => items().contains(wanted),
        PathElement::Index(place) => usize::try_from(*place).ok().and_then(|place| body.get(place)).is_some(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::ObjectId;

    fn request(verb: Verb, body: Body) -> Request {
        Request {
            verb,
            api_version: "v1".to_owned(),
            resource: "configmaps".to_owned(),
            object: ObjectId {
                group: String::new(),
                kind: "ConfigMap".to_owned(),
                namespace: "shop".to_owned(),
                name: "web".to_owned(),
            },
            manager: "helm".to_owned(),
            uid: None,
            resource_version: None,
            digest: None,
            body,
        }
    }

    fn object(data: &Value) -> Value {
        json!({"metadata": {"uid": "u", "resourceVersion": "5"}, "data": data})
    }

    /// What was sent to the object of uid `u` at version 4, and what is there now.
    fn check(verb: Verb, body: &Value, now: Option<&Value>, expected: Written) {
        let request = request(verb, Body::Json(body.clone()));
        let uid = (verb != Verb::Create).then_some("u");
        let sent = Sent { request: &request, body, uid, version: uid.map(|_| "4"), digest: None };
        assert_eq!(written(sent, now), expected, "{verb:?} {body} {now:?}");
    }

    #[test]
    fn whether_a_request_did_its_work_is_told_by_its_object() {
        let (sent, other) = (json!({"data": {"a": "1"}}), object(&json!({"a": "2"})));
        let there = object(&json!({"a": "1", "b": "2"}));
        let another = json!({"metadata": {"uid": "v", "resourceVersion": "4"}, "data": {"a": "1"}});
        let before = json!({"metadata": {"uid": "u", "resourceVersion": "4"}, "data": {}});
        for verb in [Verb::MergePatch, Verb::StrategicPatch, Verb::Replace] {
            check(verb, &sent, Some(&there), Written::Yes);
            check(verb, &sent, Some(&other), Written::Unclear);
            check(verb, &sent, Some(&before), Written::No);
            check(verb, &sent, Some(&another), Written::Never);
            check(verb, &sent, None, Written::Never);
        }
        check(Verb::Create, &sent, Some(&there), Written::Yes);
        check(Verb::Create, &sent, Some(&other), Written::Never);
        check(Verb::Create, &sent, None, Written::No);
        check(Verb::Delete, &json!({}), None, Written::Yes);
        check(Verb::Delete, &json!({}), Some(&another), Written::Yes);
        check(Verb::Delete, &json!({}), Some(&there), Written::No);
        let going = json!({"metadata": {"uid": "u", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        check(Verb::Delete, &json!({}), Some(&going), Written::Yes);
        // Values alone do not tell who applied them.
        let apply = Verb::Apply { force: false };
        check(apply, &sent, Some(&there), Written::Unclear);
        let mut applied = there.clone();
        let mut entry = |keys: &Value| {
            let fields = json!({"f:data": keys});
            let entry = json!({"manager": "helm", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": fields});
            applied["metadata"]["managedFields"] = json!([entry]);
            applied.clone()
        };
        check(apply, &sent, Some(&entry(&json!({"f:a": {}}))), Written::Yes);
        // It holds more than was sent: what was to be dropped is not.
        let more = entry(&json!({"f:a": {}, "f:b": {}}));
        check(apply, &sent, Some(&more), Written::Unclear);
        let nothing = json!({"metadata": {"uid": "u"}});
        check(apply, &nothing, Some(&more), Written::Unclear);
        check(apply, &nothing, Some(&there), Written::Yes);
        let mut same = more;
        same["metadata"]["resourceVersion"] = "4".into();
        check(apply, &sent, Some(&same), Written::No);
        let patch = json!([{"op": "replace", "path": "/data/a", "value": "1"},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": "4"}]);
        check(Verb::JsonPatch, &patch, Some(&there), Written::Yes);
        check(Verb::JsonPatch, &patch, Some(&other), Written::Unclear);
    }

    #[test]
    fn lists_are_held_in_any_order_and_what_is_deleted_is_gone() {
        let live = json!({"data": {"list": [{"name": "b", "port": 1, "protocol": "TCP"}, {"name": "a"}]},
            "metadata": {"uid": "u", "resourceVersion": "5"}});
        let check = |list: Value, expected: Written| {
            check(Verb::StrategicPatch, &json!({"data": {"list": list}}), Some(&live), expected);
        };
        check(json!([{"name": "a"}, {"name": "b", "port": 1}]), Written::Yes);
        check(json!([{"name": "c", "$patch": "delete"}]), Written::Yes);
        check(json!([{"name": "a", "$patch": "delete"}]), Written::Unclear);
        check(json!([{"name": "b", "port": 2}]), Written::Unclear);
    }

    #[test]
    fn an_object_is_the_same_while_only_its_status_is_written() {
        let at = |replicas: u32, status: u32, time: &str, revision: &str| {
            json!({"metadata": {"uid": "u", "resourceVersion": time, "generation": status, "annotations": {"deployment": revision, "own": "x"},
                "managedFields": [
                    {"manager": "helm", "operation": "Apply", "time": time},
                    {"manager": "controller", "operation": "Update", "subresource": "status", "time": time,
                        "fieldsV1": {"f:metadata": {"f:annotations": {"f:deployment": {}}}}},
                ]},
                "spec": {"replicas": replicas}, "status": {"replicas": status}})
        };
        let first = seen_as(&at(1, 1, "1", "1"));
        assert_eq!(seen_as(&at(1, 2, "2", "2")), first);
        assert_ne!(seen_as(&at(2, 1, "1", "1")), first);
        let mut own = at(1, 1, "1", "1");
        own["metadata"]["annotations"]["own"] = "y".into();
        assert_ne!(seen_as(&own), first);
    }
}
