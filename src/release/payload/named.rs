//! What the manifest of a revision names, without the bodies: they are larger than everything that is asked of them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::release::manifest;
use crate::release::object::{ObjectId, WatchedKind};

/// An object that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedObject {
    /// Group and version.
    pub api_version: String,
    /// What it is; its namespace is empty where none is written.
    pub id: ObjectId,
    /// A Job that goes by itself when it has ended.
    pub goes: bool,
    /// Containers of it or of its Pods, and their images.
    pub images: Vec<(String, String)>,
}

/// Reads a manifest. Names that the server generates are left out, and what cannot be read.
pub fn read(text: &str) -> Vec<NamedObject> {
    let objects = manifest::objects(text).into_iter().flatten().filter(|object| !object.is_name_generated);
    let named = objects.map(|object| {
        let group = object.api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        let goes = WatchedKind::of(&group, &object.kind) == Some(WatchedKind::Job)
            && object.body.pointer("/spec/ttlSecondsAfterFinished").is_some();
        let images = containers(&object.body).map(|(name, image)| (name.to_owned(), image.to_owned())).collect();
        NamedObject {
            id: ObjectId::new(group, object.kind, object.namespace.unwrap_or_default(), object.name),
            api_version: object.api_version,
            goes,
            images,
        }
    });
    named.collect()
}

/// Those of watched kinds, as [`manifest::watched`] finds them.
pub(super) fn watched(named: &[NamedObject], namespace: &str) -> BTreeSet<ObjectId> {
    let is_watched = |named: &&NamedObject| WatchedKind::of(&named.id.group, &named.id.kind).is_some() && !named.goes;
    let placed = |named: &NamedObject| {
        let id = named.id.clone();
        if id.namespace.is_empty() { ObjectId { namespace: namespace.to_owned(), ..id } } else { id }
    };
    named.iter().filter(is_watched).map(placed).take(manifest::MOST_WATCHED).collect()
}

/// Name and image of the containers of a Pod, or of the template of one.
pub fn containers(body: &Value) -> impl Iterator<Item = (&str, &str)> {
    ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"]
        .into_iter()
        .filter_map(|path| body.pointer(path))
        .flat_map(|spec| ["initContainers", "containers"].into_iter().filter_map(|list| spec.get(list)?.as_array()))
        .flatten()
        .filter_map(|container| Some((container.get("name")?.as_str()?, container.get("image")?.as_str()?)))
}
