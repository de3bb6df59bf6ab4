//! Who owns what after an apply or an update, and what the object is then.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `merge/update.go`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::FieldSet;
use super::changes::{Changes, changes, reconciled};
use super::form::is_same;
use super::managers::{Held, Id, Managers};
use super::members::{members, with_fields};
use super::merge::merge;
use super::remove::without;
use super::validate::{Duplicates, validate};
use super::{Other, Refused, Types};
use crate::schema::Typed;

/// Fields in the sets of other managers that an apply would change.
pub(super) type Contested = BTreeMap<Id, FieldSet>;

/// Why an apply ends.
pub(super) enum Stopped {
    Contested(Contested),
    Refused(Refused),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Gives what was changed since the live object to this entry, and takes it from all others.
pub(super) fn update(
    types: &Types<'_>,
    managers: &mut Managers,
    id: &Id,
    live: &Value,
    new: &Value,
) -> Result<(), Refused> {
    reconcile(types, managers, live)?;
    let found = match pass(types, managers, id, live, new, true) {
        Ok(found) => found,
        Err(Stopped::Refused(refused)) => return Err(refused),
        // Forced.
        Err(Stopped::Contested(_)) => Changes::default(),
    };
    let own = managers.held.get(id).map(|held| held.set.clone()).unwrap_or_default();
    let set = own.difference(&found.removed).union(&found.modified).union(&found.added);
    let set = types.ignored(&types.api_version).map_or(set.clone(), |ignored| set.recursive_difference(ignored));
    if set.is_empty() {
        managers.held.remove(id);
    } else {
        managers.held.insert(id.clone(), Held { set, api_version: types.api_version.clone(), applied: false });
    }
    Ok(())
}

/// Lays a configuration over the live object, and takes away what this entry applied before, does not apply now, and nobody
/// else owns. None: the object stays as it is.
pub(super) fn apply(
    types: &Types<'_>,
    managers: &mut Managers,
    id: &Id,
    live: &Value,
    configuration: &Value,
    force: bool,
) -> Result<Option<Value>, Stopped> {
    reconcile(types, managers, live)?;
    let merged = merge(types.own, live, configuration);
    let set = members(types.own, configuration);
    let set = types.ignored(&types.api_version).map_or(set.clone(), |ignored| set.recursive_difference(ignored));
    let last = managers.held.insert(id.clone(), Held { set, api_version: types.api_version.clone(), applied: true });
    let pruned = match last {
        Some(last) if !last.set.is_empty() => prune(types, managers, &merged, &last)?,
        Some(_) | None => merged,
    };
    pass(types, managers, id, live, &pruned, force)?;
    Ok((!is_same(live, &pruned)).then_some(pruned))
}

/// Takes from the other entries what changed. What comes back is what changed in the version of the request.
fn pass(
    types: &Types<'_>,
    managers: &mut Managers,
    id: &Id,
    live: &Value,
    new: &Value,
    force: bool,
) -> Result<Changes, Stopped> {
    let mut versions: BTreeMap<&str, Changes> = BTreeMap::new();
    let own = changes(types.own, live, new).except(types.ignored(&types.api_version));
    versions.insert(&types.api_version, own);
    let mut contested = Contested::new();
    let mut removed: BTreeMap<Id, FieldSet> = BTreeMap::new();
    for (other, held) in managers.held.iter().filter(|(other, _)| *other != id) {
        if !versions.contains_key(held.api_version.as_str()) {
            // Versions that are not served are forgotten by now.
            let Some(typed) = types.version(&held.api_version)? else { continue };
            converted(typed, live).map_err(|why| Refused::Broken(format!("failed to convert old object: {why}")))?;
            converted(typed, new).map_err(|why| Refused::Broken(format!("failed to convert new object: {why}")))?;
            let found = changes(typed, live, new).except(types.ignored(&held.api_version));
            versions.insert(&held.api_version, found);
        }
        let Some(found) = versions.get(held.api_version.as_str()) else { continue };
        let taken = held.set.intersection(&found.modified).union(&held.set.intersection(&found.added));
        if !taken.is_empty() {
            contested.insert(other.clone(), taken);
        }
        let lost = held.set.intersection(&found.removed);
        if !lost.is_empty() {
            removed.insert(other.clone(), lost);
        }
    }
    let own = versions.remove(types.api_version.as_str()).unwrap_or_default();
    if !force && !contested.is_empty() {
        return Err(Stopped::Contested(contested));
    }
    for (other, taken) in contested.iter().chain(&removed) {
        if let Some(held) = managers.held.get_mut(other) {
            held.set = held.set.difference(taken);
        }
    }
    managers.held.retain(|_, held| !held.set.is_empty());
    Ok(own)
}

fn prune(types: &Types<'_>, managers: &Managers, merged: &Value, last: &Held) -> Result<Value, Refused> {
    let Some(typed) = types.version(&last.api_version)? else { return Ok(merged.clone()) };
    let last_fields = with_fields(&last.set, Some(typed));
    let pruned = without(typed, merged, &last_fields);
    let pruned = keep_owned(types, managers, merged, pruned, &last.api_version)?;
    // What this entry did not own stays, even though nobody owns it.
    let left = with_fields(&members(typed, &pruned), Some(typed));
    let all = with_fields(&members(typed, merged), Some(typed));
    Ok(without(typed, merged, &all.difference(&left).intersection(&last_fields)))
}

/// Puts back what another entry, or this one's new configuration, owns.
fn keep_owned(
    types: &Types<'_>,
    managers: &Managers,
    merged: &Value,
    pruned: Value,
    first: &str,
) -> Result<Value, Refused> {
    let mut owned: BTreeMap<&str, FieldSet> = BTreeMap::new();
    for held in managers.held.values() {
        let all = owned.entry(&held.api_version).or_default();
        *all = all.union(&held.set);
    }
    let mut order: Vec<(&str, FieldSet)> = owned.into_iter().collect();
    order.sort_by_key(|(version, _)| *version != first);
    let mut pruned = pruned;
    for (version, owned) in order {
        let Some(typed) = types.version(version)? else { continue };
        let fields = |set: &FieldSet| with_fields(set, Some(typed));
        let (all, left) = (fields(&members(typed, merged)), fields(&members(typed, &pruned)));
        pruned = without(typed, merged, &all.difference(&left.union(&fields(&owned))));
    }
    Ok(pruned)
}

/// Forgets entries of versions that are no longer served, and brings the others to what is atomic now.
fn reconcile(types: &Types<'_>, managers: &mut Managers, live: &Value) -> Result<(), Refused> {
    let mut gone = Vec::new();
    for (id, held) in &mut managers.held {
        let Some(typed) = types.version(&held.api_version)? else {
            gone.push(id.clone());
            continue;
        };
        if held.api_version != types.api_version {
            converted(typed, live).map_err(Refused::Broken)?;
        }
        if let Some(set) = reconciled(&held.set, typed) {
            held.set = set;
        }
    }
    for id in gone {
        managers.held.remove(&id);
    }
    Ok(())
}

/// Whether an object can be read in another version: there nothing may stand twice.
fn converted(typed: Typed<'_>, object: &Value) -> Result<(), String> {
    validate(typed, object, Duplicates::Refused)
}

impl<'s> Types<'s> {
    /// The type of objects in a version. None: it is not served.
    ///
    /// # Errors
    /// The server would convert.
    fn version(&self, api_version: &str) -> Result<Option<Typed<'s>>, Refused> {
        if api_version == self.api_version {
            return Ok(Some(self.own));
        }
        match self.others.get(api_version) {
            Some(Other::Alike(typed)) => Ok(Some(*typed)),
            Some(Other::Different) => Err(Refused::Conversion { api_version: api_version.to_owned() }),
            None => Ok(None),
        }
    }

    fn ignored(&self, api_version: &str) -> Option<&FieldSet> {
        self.resets.get(api_version)
    }
}
