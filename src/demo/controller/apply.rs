//! What an action of Helm inside the controller does to objects: applies as helm-controller, conflicts forced, then deletes
//! what the manifest has no more.
//!
//! Source: helm.sh/helm v4.2.4 `pkg/kube/client.go`, `pkg/action/{upgrade,rollback}.go`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::World;
use super::draft::seconds;
use crate::demo::server::ObjectRef;
use crate::ownership::apply::{Other, Request, Types, apply, update};
use crate::ownership::{FieldSet, PathElement, wanted};
use crate::release::manifest;
use crate::schema::{Gvk, Schema};

/// Who applies.
const MANAGER: &str = "helm-controller";

/// A release whose objects are written.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl Release<'_> {
    /// The objects of a manifest as they are sent.
    #[must_use]
    pub fn objects(&self, payload: &Map<String, Value>) -> Vec<Value> {
        let text = payload.get("manifest").and_then(Value::as_str).unwrap_or_default();
        let all = manifest::objects(text).into_iter().flatten();
        all.map(|object| wanted(&object.body, Some(self.namespace), self.namespace, self.name)).collect()
    }

    /// `status.inventory` of it.
    #[must_use]
    pub fn inventory(&self, payload: &Map<String, Value>) -> Value {
        let entries = self.objects(payload).into_iter().filter_map(|object| {
            let which = ObjectRef::of(&object)?;
            let (group, version) = which.api_version.split_once('/').unwrap_or(("", &which.api_version));
            let id = format!("{}_{}_{group}_{}", which.namespace.as_deref()?, which.name, which.kind);
            Some(json!({"id": id, "v": version}))
        });
        json!({"entries": entries.collect::<Vec<Value>>()})
    }

    /// Deletes the objects of a revision, but those that say that they stay.
    pub fn delete(&self, world: &dyn World, payload: &Map<String, Value>) {
        let all = self.objects(payload);
        for which in all.iter().filter(|object| !is_kept(object)).filter_map(ObjectRef::of) {
            world.remove(&which);
        }
    }

    /// Writes the objects of a revision, and deletes those of the one before that it has no more.
    pub fn write(
        &self,
        world: &dyn World,
        schema: &Schema,
        payload: &Map<String, Value>,
        before: Option<&Map<String, Value>>,
        now: Timestamp,
    ) {
        let objects = self.objects(payload);
        for object in &objects {
            if let Some(written) = applied(world, schema, object, now) {
                world.put(written);
            }
        }
        let kept: Vec<ObjectRef> = objects.iter().filter_map(ObjectRef::of).collect();
        let old = before.map(|before| self.objects(before)).unwrap_or_default();
        for object in old.iter().filter(|object| !is_kept(object)) {
            if let Some(which) = ObjectRef::of(object).filter(|which| !kept.contains(which)) {
                world.remove(&which);
            }
        }
    }
}

/// The object as it is after the apply; `None` where it cannot be told.
#[must_use]
pub fn applied(world: &dyn World, schema: &Schema, object: &Value, now: Timestamp) -> Option<Value> {
    let live = world.get(&ObjectRef::of(object)?);
    let types = types(live.as_ref(), object, schema)?;
    let mut written = apply(live.as_ref(), object, &types, &request(now), true).ok()?;
    begin_or_count(&mut written, live.as_ref(), object, now)?;
    Some(written)
}

/// The object as it is after it was written otherwise than by an apply; `None` where it cannot be told.
#[must_use]
pub fn updated(live: Option<&Value>, schema: &Schema, object: &Value, now: Timestamp) -> Option<Value> {
    let types = types(live, object, schema)?;
    let mut written = update(live, object, &types, &request(now)).ok()?;
    begin_or_count(&mut written, live, object, now)?;
    Some(written)
}

fn request(now: Timestamp) -> Request<'static> {
    Request { manager: MANAGER, subresource: "", now, defaults: &|_| {} }
}

fn types<'s>(live: Option<&Value>, object: &Value, schema: &'s Schema) -> Option<Types<'s>> {
    let which = ObjectRef::of(object)?;
    let (group, version) = which.api_version.split_once('/').unwrap_or(("", &which.api_version));
    let gvk = Gvk { group: group.to_owned(), version: version.to_owned(), kind: which.kind.clone() };
    let entries = live.and_then(|live| live.pointer("/metadata/managedFields")?.as_array());
    let versions = entries.into_iter().flatten().filter_map(|entry| entry.get("apiVersion")?.as_str());
    let others = versions.filter(|version| *version != which.api_version);
    let mut status = FieldSet::default();
    status.insert(&[PathElement::field("status")]);
    Some(Types {
        api_version: which.api_version.clone(),
        kind: which.kind.clone(),
        own: schema.kind(&gvk).unwrap_or_else(|| schema.deduced()),
        others: others.map(|version| (version.to_owned(), Other::Different)).collect(),
        resets: BTreeMap::from([(which.api_version.clone(), status)]),
    })
}

fn begin_or_count(written: &mut Value, live: Option<&Value>, object: &Value, now: Timestamp) -> Option<()> {
    match live {
        Some(live) => count_generation(written, live),
        None => {
            let metadata = written.get_mut("metadata")?.as_object_mut()?;
            metadata.insert("creationTimestamp".to_owned(), seconds(now).into());
            if object.get("spec").is_some() {
                metadata.insert("generation".to_owned(), 1.into());
            }
        }
    }
    Some(())
}

/// Whatever is wanted anew of an object counts as a generation of it.
pub fn count_generation(object: &mut Value, live: &Value) {
    let Some(generation) = live.pointer("/metadata/generation").and_then(Value::as_i64) else { return };
    let is_new = object.get("spec") != live.get("spec");
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("generation".to_owned(), (generation.saturating_add(i64::from(is_new))).into());
    }
}

fn is_kept(object: &Value) -> bool {
    let annotations = object.pointer("/metadata/annotations");
    annotations
        .and_then(|annotations| annotations.get("helm.sh/resource-policy"))
        .is_some_and(|policy| policy == "keep")
}
