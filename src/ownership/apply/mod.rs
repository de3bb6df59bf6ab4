//! Server-side apply and update as the API server computes them, without one: what becomes of an object and of its owners.
//!
//! Pure; may touch `ownership` and `schema`. What comes in are an object with its managedFields, what is applied or written,
//! and the types of the kind; what comes out is the object with its new managedFields, or the server's refusal in the server's
//! words. Invariants:
//!
//! - The answer is that of the reference, `k8s.io/apimachinery/pkg/util/managedfields` v0.36.3, over sigs.k8s.io/structured-merge-diff
//!   v6.3.3, to the value: `tests/oracle/apply` holds it to that.
//! - Nothing is converted. Where the server would convert an object to another version, this refuses ([`Refused::Conversion`]).
//! - What the server does to an object before and after is not done here: reading and validating it, admission, resetting
//!   status, raising the generation. Defaults of built-in kinds come from [`Request::defaults`].

mod changes;
mod conflict;
mod form;
mod last_applied;
mod managers;
mod members;
mod merge;
mod remove;
mod scale;
mod validate;
mod words;
mod write;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use thiserror::Error;

use self::managers::{Id, Identity, Managers};
use self::validate::{Duplicates, validate};
use self::write::Stopped;
use super::FieldSet;
use crate::ownership::report::gvk;
use crate::schema::{Gvk, Typed};

pub use conflict::{Conflict, Conflicts};
pub(super) use members::members;
pub use scale::{ScalePaths, from_scale, to_scale};

/// The manager of what was there before somebody applied.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// What the server knows of a kind: its types, by version.
#[derive(Debug, Clone)]
pub struct Types<'s> {
    /// The `apiVersion` of the request.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The type in the version of the request.
    pub own: Typed<'s>,
    /// The other versions that are served, by `apiVersion`. Entries of versions that are not here are forgotten.
    pub others: BTreeMap<String, Other<'s>>,
    /// What a request cannot change, by `apiVersion`: nobody comes to own it. `status` where there is a subresource for it,
    /// everything else for that subresource.
    pub resets: BTreeMap<String, FieldSet>,
}

/// Another version of a kind.
#[derive(Debug, Clone, Copy)]
pub enum Other<'s> {
    /// Objects of it differ in nothing but `apiVersion`.
    Alike(Typed<'s>),
    /// Objects of it have another shape.
    Different,
}

/// Who writes, when, and through what.
pub struct Request<'a> {
    /// The field manager. Empty: the server calls it `unknown`.
    pub manager: &'a str,
    /// The subresource. Empty: the object itself.
    pub subresource: &'a str,
    /// The time of the request; seconds count.
    pub now: Timestamp,
    /// What the server puts into an object of the kind after an apply changed it. Nobody owns what it puts.
    pub defaults: &'a dyn Fn(&mut Value),
}

/// Why the server would not do it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// Other managers own what would be changed: 409.
    #[error("{0}")]
    Conflicts(Conflicts),
    /// The request is wrong, in the server's words: 400.
    #[error("{0}")]
    BadRequest(String),
    /// The objects cannot be worked with, in the server's words: 500.
    #[error("{0}")]
    Broken(String),
    /// An entry is of a version that objects have another shape in.
    #[error("the fields of {api_version} cannot be told in this version without the server")]
    Conversion {
        /// The entry's version.
        api_version: String,
    },
}

/// What a server-side apply makes of an object; of none, the new one.
///
/// # Errors
/// [`Refused`]. Conflicts only without `force`.
pub fn apply(
    live: Option<&Value>,
    configuration: &Value,
    types: &Types<'_>,
    request: &Request<'_>,
    force: bool,
) -> Result<Value, Refused> {
    let empty = types.empty();
    let live = live.unwrap_or(&empty);
    let managers = Managers::read(managed_fields(live));
    let managers = managers.map_err(|why| Refused::Broken(format!("failed to decode managed fields: {why}")))?;
    if !types.is_of(configuration) {
        return Err(Refused::BadRequest(format!("invalid object type: {}", kind_of(configuration))));
    }
    let mut outcome = try_apply(live, configuration, types, request, &managers, force);
    if request.manager == last_applied::KUBECTL
        && let Err(Stopped::Contested(contested)) = &outcome
    {
        let left = last_applied::unexplained(types, live, contested);
        outcome = if left.is_empty() {
            try_apply(live, configuration, types, request, &managers, true)
        } else {
            Err(Stopped::Contested(left))
        };
    }
    let (mut object, managers) = outcome.map_err(|stopped| match stopped {
        Stopped::Refused(refused) => refused,
        Stopped::Contested(contested) => Refused::Conflicts(Conflicts::of(&contested, &managers)),
    })?;
    if request.manager == last_applied::KUBECTL {
        last_applied::renew(&mut object, configuration);
    }
    set_managed_fields(&mut object, managers.written());
    Ok(object)
}

/// What a create, replace or patch leaves: the object as it was written, with its owners.
///
/// # Errors
/// [`Refused`]. A server then stores the object all the same, without managedFields.
pub fn update(
    live: Option<&Value>,
    written: &Value,
    types: &Types<'_>,
    request: &Request<'_>,
) -> Result<Value, Refused> {
    let empty = types.empty();
    let live = live.unwrap_or(&empty);
    let mut managers = if request.subresource.is_empty() {
        told(live, written)
    } else {
        Managers::read(managed_fields(live)).unwrap_or_default()
    };
    let mut object = written.clone();
    set_managed_fields(&mut object, None);
    // An object that was not tracked until now stays so, until somebody applies.
    if !managers.held.is_empty() || is_new(live) {
        track(live, &object, types, request.manager, request, &mut managers)?;
    }
    set_managed_fields(&mut object, managers.written());
    Ok(object)
}

/// What the written object says of its owners, if it says anything that can be read; else what the live one says.
fn told(live: &Value, written: &Value) -> Managers {
    if managers::is_reset(managed_fields(written)) {
        return Managers::default();
    }
    match Managers::read(managed_fields(written)) {
        Ok(told) if !told.held.is_empty() => told,
        Ok(_) | Err(_) => Managers::read(managed_fields(live)).unwrap_or_default(),
    }
}

fn try_apply(
    live: &Value,
    configuration: &Value,
    types: &Types<'_>,
    request: &Request<'_>,
    managers: &Managers,
    force: bool,
) -> Result<(Value, Managers), Stopped> {
    let mut managers = managers.clone();
    if managers.held.is_empty() {
        track(&types.empty(), live, types, BEFORE_FIRST_APPLY, request, &mut managers).map_err(
            |refused| match refused {
                Refused::Broken(why) => Refused::Broken(format!("failed to create manager for existing fields: {why}")),
                other => other,
            },
        )?;
    }
    if managed_fields(configuration).is_some_and(Value::is_array) {
        return Err(Refused::BadRequest("metadata.managedFields must be nil".to_owned()).into());
    }
    for (object, duplicates, name) in
        [(configuration, Duplicates::Refused, "patch"), (live, Duplicates::Allowed, "live")]
    {
        validate(types.own, object, duplicates).map_err(|why| {
            Refused::Broken(format!("failed to create typed {name} object ({}): {why}", named(object)))
        })?;
    }
    let id = types.id(request.manager, "Apply", request.subresource);
    let new = write::apply(types, &mut managers, &id, live, configuration, force)?;
    managers.strip(&id);
    let object = if let Some(mut object) = new {
        managers.times.insert(id, Some(request.now));
        (request.defaults)(&mut object);
        object
    } else {
        let mut object = live.clone();
        set_managed_fields(&mut object, None);
        object
    };
    Ok((object, managers))
}

/// Gives what changed to the manager.
fn track(
    live: &Value,
    new: &Value,
    types: &Types<'_>,
    manager: &str,
    request: &Request<'_>,
    managers: &mut Managers,
) -> Result<(), Refused> {
    for (object, name) in [(new, "new"), (live, "live")] {
        validate(types.own, object, Duplicates::Allowed).map_err(|why| {
            Refused::Broken(format!("failed to convert {name} object ({}) to smd typed: {why}", named(object)))
        })?;
    }
    // Under a name of its own, so that it can be seen whether anything changed.
    let current = Id::current_operation();
    write::update(types, managers, &current, live, new).map_err(|refused| match refused {
        Refused::Broken(why) => Refused::Broken(format!("failed to update ManagedFields ({}): {why}", named(new))),
        other => other,
    })?;
    managers.strip(&current);
    if let Some(mut held) = managers.held.remove(&current) {
        let id = types.id(manager, "Update", request.subresource);
        if let Some(before) = managers.held.get(&id) {
            held.set = held.set.union(&before.set);
        }
        managers.held.insert(id.clone(), held);
        managers.times.insert(id, Some(request.now));
    }
    managers.cap();
    Ok(())
}

impl Types<'_> {
    fn empty(&self) -> Value {
        json!({ "apiVersion": self.api_version, "kind": self.kind })
    }

    fn is_of(&self, object: &Value) -> bool {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        text("apiVersion") == self.api_version && text("kind") == self.kind
    }

    fn id(&self, manager: &str, operation: &str, subresource: &str) -> Id {
        let manager = if manager.is_empty() { "unknown" } else { manager };
        let identity = Identity {
            manager: manager.to_owned(),
            operation: operation.to_owned(),
            api_version: self.api_version.clone(),
            subresource: subresource.to_owned(),
        };
        identity.id()
    }
}

/// An object without uid was not stored yet.
fn is_new(object: &Value) -> bool {
    object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().is_empty()
}

fn managed_fields(object: &Value) -> Option<&Value> {
    object.pointer("/metadata/managedFields")
}

fn set_managed_fields(object: &mut Value, entries: Option<Value>) {
    let Some(entries) = entries else {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.shift_remove("managedFields");
        }
        return;
    };
    let Some(object) = object.as_object_mut() else { return };
    let metadata = object.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert("managedFields".to_owned(), entries);
    }
}

/// Namespace, name and kind, as the server's errors name an object.
fn named(object: &Value) -> String {
    let text = |name: &str| object.pointer(name).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}; {}", text("/metadata/namespace"), text("/metadata/name"), kind_of(object))
}

fn kind_of(object: &Value) -> String {
    let Gvk { group, version, kind } = gvk(object);
    format!("{group}/{version}, Kind={kind}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    /// The object, or the refusal's text.
    fn check(versions: &[(&str, bool)], live: &Value, configuration: &Value, expected: Result<Value, &str>) {
        let schema = Schema::default();
        let other = |is_alike: bool| if is_alike { Other::Alike(schema.deduced()) } else { Other::Different };
        let types = Types {
            api_version: "example.dev/v1".to_owned(),
            kind: "Gadget".to_owned(),
            own: schema.deduced(),
            others: versions.iter().map(|(version, is_alike)| ((*version).to_owned(), other(*is_alike))).collect(),
            resets: BTreeMap::new(),
        };
        let defaults = |object: &mut Value| {
            if let Some(object) = object.as_object_mut() {
                object.insert("defaulted".to_owned(), json!(true));
            }
        };
        let request = Request { manager: "kubectl", subresource: "", now: Timestamp::UNIX_EPOCH, defaults: &defaults };
        let actual = apply(Some(live), configuration, &types, &request, false).map_err(|refused| refused.to_string());
        assert_eq!(actual, expected.map_err(str::to_owned), "{live}");
    }

    fn gadget(field: &Value, version: &str) -> Value {
        let entry = json!({
            "manager": "old", "operation": "Update", "apiVersion": version, "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}},
        });
        json!({
            "apiVersion": "example.dev/v1", "kind": "Gadget", "metadata": {"uid": "u", "managedFields": [entry]}, "a": field,
        })
    }

    #[test]
    fn entries_of_other_versions_are_resolved_forgotten_or_refused() {
        let configuration = json!({"apiVersion": "example.dev/v1", "kind": "Gadget", "a": 2});
        let entry = json!({
            "manager": "kubectl", "operation": "Apply", "apiVersion": "example.dev/v1", "time": "1970-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}},
        });
        let mut taken = gadget(&json!(2), "");
        taken["metadata"]["managedFields"] = json!([entry]);
        taken["defaulted"] = json!(true);
        let old = |version: &str| gadget(&json!(1), version);
        let served = [("example.dev/v2", true), ("example.dev/v3", false)];
        check(&served, &old("example.dev/v0"), &configuration, Ok(taken));
        let conflict = "Apply failed with 1 conflict: conflict with \"old\" using example.dev/v2: .a";
        check(&served, &old("example.dev/v2"), &configuration, Err(conflict));
        let refused = "the fields of example.dev/v3 cannot be told in this version without the server";
        check(&served, &old("example.dev/v3"), &configuration, Err(refused));
    }

    #[test]
    fn the_annotation_of_kubectl_goes_where_annotations_grow_too_large() {
        let annotation = "kubectl.kubernetes.io/last-applied-configuration";
        let large = "x".repeat(256 * 1024 - annotation.len() - 100);
        let mut live = gadget(&json!(1), "example.dev/v1");
        live["metadata"]["annotations"] = json!({annotation: "{}", "large": large});
        let mut configuration = json!({"apiVersion": "example.dev/v1", "kind": "Gadget", "a": 1});
        let entry = |manager: &str, operation: &str| {
            json!({
                "manager": manager, "operation": operation, "apiVersion": "example.dev/v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:a": {}},
            })
        };
        let mut expected = live.clone();
        expected["metadata"]["managedFields"] = json!([entry("kubectl", "Apply"), entry("old", "Update")]);
        expected["metadata"]["annotations"][annotation] =
            json!("{\"a\":1,\"apiVersion\":\"example.dev/v1\",\"kind\":\"Gadget\"}\n");
        check(&[], &live, &configuration, Ok(expected.clone()));
        // The longer the configuration, the longer what is kept of it.
        configuration["b"] = json!("y".repeat(60));
        expected["metadata"]["managedFields"] = json!([
            {
                "manager": "kubectl", "operation": "Apply", "apiVersion": "example.dev/v1", "time": "1970-01-01T00:00:00Z",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}, "f:b": {}},
            },
            entry("old", "Update"),
        ]);
        expected["b"] = configuration["b"].clone();
        expected["defaulted"] = json!(true);
        expected["metadata"]["annotations"] = json!({"large": large});
        check(&[], &live, &configuration, Ok(expected));
    }
}
