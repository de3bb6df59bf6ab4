//! What a release names: the objects of its manifest, of its inventory, and its hooks and tests.

use std::collections::{BTreeMap, BTreeSet};

use super::Role;
use crate::health::World;
use crate::release::payload::{Hook, HookPhase, NamedObject, Payload, named};
use crate::release::{Evidence, Inventory, ObjectId, Release, Resource, WatchedKind};

/// An object that a release names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Group and version, as the manifest or the inventory writes them.
    pub api_version: String,
    /// What it is. The namespace is empty for what is in none, and where it is not written and not known.
    pub id: ObjectId,
    /// Why it belongs to the release.
    pub role: Role,
    /// A Job that goes by itself when it has ended, or may: only the manifest tells.
    pub goes: bool,
    /// Of a hook, how its last run ended; hooks may be deleted after it.
    pub last_run: Option<HookPhase>,
}

/// What a release names, in the order of roles, kinds and names. Without the payload of its latest revision that is what its
/// HelmRelease says. Nothing for a release on another cluster.
#[must_use]
pub fn named(release: &Release, payload: Option<&Payload>) -> Vec<Named> {
    if release.remote() {
        return Vec::new();
    }
    let mut found: BTreeMap<(Role, ObjectId), Named> = BTreeMap::new();
    for named in inventory(release) {
        found.insert((Role::Release, named.id.clone()), named);
    }
    let known: BTreeSet<ObjectId> = found.keys().map(|(_, id)| id.clone()).collect();
    if let Some(payload) = payload {
        let manifest = of_role(payload.named_objects(), Role::Release, None);
        let hooks = payload.hooks();
        let hooks = hooks.iter().flat_map(|hook| {
            let objects = named::read(hook.manifest.unwrap_or_default());
            of_role(&objects, role(hook), hook.last_run.as_ref().and_then(|run| run.phase.as_ref()))
        });
        for mut named in manifest.into_iter().chain(hooks) {
            named.id = placed(named.id, release, &known);
            found.insert((named.role, named.id.clone()), named);
        }
    }
    found.into_values().collect()
}

/// The workloads that name a release, where nothing else is known of what it consists of.
#[must_use]
pub fn inferred(release: &Release, world: &World) -> Vec<Named> {
    if release.evidence != Evidence::Objects {
        return Vec::new();
    }
    let roots = world.roots(release, &BTreeSet::new());
    let named = roots.iter().filter_map(|id| {
        let group = WatchedKind::of(&id.group, &id.kind)?.group();
        let api_version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
        let id = ObjectId::clone(id);
        Some(Named { api_version, id, role: Role::Release, goes: false, last_run: None })
    });
    named.collect()
}

/// What is watched of a release while it is open.
#[must_use]
pub fn inventory_of(release: &Release, payload: Option<&Payload>) -> Inventory {
    watched(release, &named(release, payload))
}

/// The same of what was read already: to read a manifest takes long.
#[must_use]
pub fn watched(release: &Release, named: &[Named]) -> Inventory {
    let mut objects: BTreeMap<Resource, BTreeSet<String>> = BTreeMap::new();
    for Named { api_version, id, .. } in named {
        let namespace = (!id.namespace.is_empty()).then(|| id.namespace.clone());
        let resource = Resource { api_version: api_version.clone(), kind: id.kind.clone(), namespace };
        objects.entry(resource).or_default().insert(id.name.clone());
    }
    Inventory { namespace: release.namespace.clone(), objects: objects.into_iter().collect() }
}

fn inventory(release: &Release) -> Vec<Named> {
    let Some(object) = &release.helm_release else { return Vec::new() };
    let named = |id: &ObjectId| {
        let version = object.inventory_versions.get(&(id.group.clone(), id.kind.clone()));
        let version = version.map_or("v1", String::as_str);
        Named {
            api_version: if id.group.is_empty() { version.to_owned() } else { format!("{}/{version}", id.group) },
            id: id.clone(),
            role: Role::Release,
            goes: WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::Job),
            last_run: None,
        }
    };
    object.inventory.iter().flatten().map(named).collect()
}

fn of_role(objects: &[NamedObject], role: Role, last_run: Option<&HookPhase>) -> Vec<Named> {
    let named = objects.iter().map(|object| Named {
        id: object.id.clone(),
        api_version: object.api_version.clone(),
        role,
        goes: object.goes,
        last_run: last_run.cloned(),
    });
    named.collect()
}

/// Source: helm v4.2.4 `pkg/release/v1/hook.go` (`test-success` is the word of Helm 2 for the same).
fn role(hook: &Hook<'_>) -> Role {
    if hook.events.iter().any(|event| matches!(*event, "test" | "test-success")) { Role::Test } else { Role::Hook }
}

/// Where an object is that names no namespace: where the inventory has it, else in that of the release if the kind is known
/// to be namespaced.
fn placed(id: ObjectId, release: &Release, inventory: &BTreeSet<ObjectId>) -> ObjectId {
    if !id.namespace.is_empty() || inventory.contains(&id) {
        return id;
    }
    let inside = ObjectId { namespace: release.namespace.clone(), ..id.clone() };
    let is_namespaced = inventory.contains(&inside) || WatchedKind::of(&id.group, &id.kind).is_some();
    if is_namespaced { inside } else { id }
}
