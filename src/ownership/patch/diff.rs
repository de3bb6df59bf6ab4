//! Strategic merge patches: what differs between two objects.
//!
//! Source: k8s.io/apimachinery v0.36.3 `pkg/util/strategicpatch/patch.go` (diffMaps, diffLists, CreateThreeWayMergePatch).

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::schema::Typed;

use super::PatchFault;
use super::lookup::{Strategy, list_field, map_field};
use super::merge::{Merging, merge_map};
use super::order::normalize;
use super::value::{Kind, Object, as_map, deduplicated, element_kind, is_same, sort_by_text, sort_scalars, text};

pub(super) const DIRECTIVE: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList";
pub(super) const SET_ORDER: &str = "$setElementOrder";

/// Which half of the differences is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    /// What is added or changed.
    Additions,
    /// What is deleted.
    Deletions,
}

/// The strategic merge patch that leads an object from `current` to `modified`, and deletes what `original` had and `modified`
/// does not. What others have added to `current` stays. An empty patch changes nothing.
///
/// It overwrites: `original` is not compared with `current`.
///
/// # Errors
/// Where the reference has one, for objects that the API server would refuse or a manifest that uses directives of patches.
pub fn three_way(original: &Value, modified: &Value, current: &Value, types: Typed<'_>) -> Result<Value, PatchFault> {
    let object = |value: &Value| match value {
        Value::Null => Ok(Object::new()),
        Value::Object(map) => Ok(map.clone()),
        _ => Err(PatchFault::NotAnObject),
    };
    let (original, modified, current) = (object(original)?, object(modified)?, object(current)?);
    let additions = diff_maps(&current, &modified, types, Half::Additions, false)?;
    let deletions = diff_maps(&original, &modified, types, Half::Deletions, false)?;
    Ok(Value::Object(merge_map(deletions, additions, types, Merging::Patches)?))
}

fn diff_maps(
    original: &Object,
    modified: &Object,
    types: Typed<'_>,
    half: Half,
    retain_keys: bool,
) -> Result<Object, PatchFault> {
    let mut patch = Object::new();
    for (key, new) in modified {
        let Some(old) = original.get(key) else {
            if half == Half::Additions {
                patch.insert(key.clone(), new.clone());
            }
            continue;
        };
        if key == DIRECTIVE {
            let (Some(old), Some(new)) = (old.as_str(), new.as_str()) else { return Err(PatchFault::DirectiveType) };
            if old != new {
                patch.insert(key.clone(), Value::from(new));
            }
            continue;
        }
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => diff_map(key, old, new, &mut patch, types, half)?,
            (Value::Array(old), Value::Array(new)) => diff_list(key, old, new, &mut patch, types, half)?,
            _ => replace(key, old, new, &mut patch, half),
        }
    }
    if half == Half::Deletions {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if retain_keys {
        let kept: Vec<Value> =
            modified.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| json!(key)).collect();
        let clears = original.iter().any(|(key, value)| !value.is_null() && !modified.contains_key(key));
        if !kept.is_empty() && (!patch.is_empty() || clears) {
            patch.insert(RETAIN_KEYS.to_owned(), Value::Array(sort_scalars(&kept)));
        }
    }
    Ok(patch)
}

fn replace(key: &str, old: &Value, new: &Value, patch: &mut Object, half: Half) {
    if half == Half::Additions && old != new {
        patch.insert(key.to_owned(), new.clone());
    }
}

fn diff_map(
    key: &str,
    old: &Object,
    new: &Object,
    patch: &mut Object,
    types: Typed<'_>,
    half: Half,
) -> Result<(), PatchFault> {
    let field = match map_field(types, key) {
        Ok(field) => field,
        // What is the same needs no patch, whatever it is.
        Err(_) if old == new => return Ok(()),
        Err(fault) => return Err(fault),
    };
    if field.strategy == Strategy::Replace {
        if half == Half::Additions {
            patch.insert(key.to_owned(), Value::Object(new.clone()));
        }
        return Ok(());
    }
    let below = diff_maps(old, new, field.types, half, field.retain_keys)?;
    if !below.is_empty() {
        patch.insert(key.to_owned(), Value::Object(below));
    }
    Ok(())
}

fn diff_list(
    key: &str,
    old: &[Value],
    new: &[Value],
    patch: &mut Object,
    types: Typed<'_>,
    half: Half,
) -> Result<(), PatchFault> {
    let field = match list_field(types, key) {
        Ok(field) => field,
        Err(_) if old == new => return Ok(()),
        Err(fault) => return Err(fault),
    };
    if field.strategy != Strategy::Merge {
        if half == Half::Additions && old != new {
            patch.insert(key.to_owned(), Value::Array(new.to_vec()));
        }
        return Ok(());
    }
    let found = diff_lists(old, new, field.types, field.merge_key, half, field.retain_keys)?;
    for (name, list) in [
        (key.to_owned(), found.changed),
        (format!("{DELETE_FROM_LIST}/{key}"), found.deleted),
        (format!("{SET_ORDER}/{key}"), found.order),
    ] {
        if !list.is_empty() {
            patch.insert(name, Value::Array(list));
        }
    }
    Ok(())
}

#[derive(Default)]
struct ListDiff {
    changed: Vec<Value>,
    deleted: Vec<Value>,
    order: Vec<Value>,
}

fn diff_lists(
    old: &[Value],
    new: &[Value],
    types: Typed<'_>,
    merge_key: &str,
    half: Half,
    retain_keys: bool,
) -> Result<ListDiff, PatchFault> {
    if old.is_empty() {
        let changed = if half == Half::Additions { new.to_vec() } else { Vec::new() };
        return Ok(ListDiff { changed, ..ListDiff::default() });
    }
    let kind = element_kind(&[old, new])?;
    if kind != Kind::Map {
        return diff_scalars(old, new, half);
    }
    let (changed, deleted) = diff_items(old, new, types, merge_key, half, retain_keys)?;
    let mut changed = normalize(changed, new, merge_key, kind)?;
    let is_order_same = is_order_same(old, new, merge_key)?;
    changed.extend(deleted);
    let is_ordered = !changed.is_empty() || (half == Half::Additions && !is_order_same);
    let mut order = Vec::new();
    for item in new.iter().filter(|_| is_ordered) {
        let value = as_map(item)?.get(merge_key).cloned().unwrap_or(Value::Null);
        order.push(json!({ merge_key: value }));
    }
    Ok(ListDiff { changed, deleted: Vec::new(), order })
}

fn is_order_same(old: &[Value], new: &[Value], merge_key: &str) -> Result<bool, PatchFault> {
    if old.len() != new.len() {
        return Ok(false);
    }
    for (old, new) in old.iter().zip(new) {
        if !is_same(key_of(as_map(old)?, merge_key)?, key_of(as_map(new)?, merge_key)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn key_of<'v>(item: &'v Object, merge_key: &str) -> Result<&'v Value, PatchFault> {
    item.get(merge_key).ok_or_else(|| PatchFault::no_merge_key(item, merge_key))
}

fn diff_scalars(old: &[Value], new: &[Value], half: Half) -> Result<ListDiff, PatchFault> {
    let (sorted_old, sorted_new) = (sort_scalars(old), sort_scalars(new));
    let (mut added, mut deleted) = (Vec::new(), Vec::new());
    let (mut olds, mut news) = (sorted_old.iter().peekable(), sorted_new.iter().peekable());
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => text(old).cmp(&text(new)),
        };
        if order.is_le() {
            deleted.extend(olds.next().filter(|_| order.is_lt() && half == Half::Deletions).cloned());
        }
        if order.is_ge() {
            added.extend(news.next().filter(|_| order.is_gt() && half == Half::Additions).cloned());
        }
    }
    let deleted = deduplicated(deleted);
    let added = normalize(added, new, "", Kind::Text)?;
    // The reference has sorted the old list in place by now, and compares with that.
    let is_ordered = match half {
        Half::Additions => sorted_old != new,
        Half::Deletions => !deleted.is_empty(),
    };
    Ok(ListDiff { changed: added, deleted, order: if is_ordered { new.to_vec() } else { Vec::new() } })
}

/// Items that are added or changed, and directives that delete others; both in the order of their keys.
fn diff_items(
    old: &[Value],
    new: &[Value],
    types: Typed<'_>,
    merge_key: &str,
    half: Half,
    retain_keys: bool,
) -> Result<(Vec<Value>, Vec<Value>), PatchFault> {
    let sorted = |list: &[Value]| -> Result<Vec<(String, Value, Object)>, PatchFault> {
        let items: Vec<&Value> = list.iter().collect();
        let sorted = sort_by_text(&items, |item| item.get(merge_key).map_or_else(|| text(&Value::Null), text));
        let keyed = sorted.into_iter().map(|item| {
            let item = as_map(item)?;
            let key = key_of(item, merge_key)?;
            Ok((text(key), key.clone(), item.clone()))
        });
        keyed.collect()
    };
    let (mut changed, mut deleted) = (Vec::new(), Vec::new());
    let (old, new) = (sorted(old)?, sorted(new)?);
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.0.cmp(&new.0),
        };
        let old = if order.is_le() { olds.next() } else { None };
        let new = if order.is_ge() { news.next() } else { None };
        match (old, new) {
            (Some((_, _, old)), Some((_, key, new))) => {
                let mut below = diff_maps(old, new, types, half, retain_keys)?;
                if !below.is_empty() {
                    below.insert(merge_key.to_owned(), key.clone());
                    changed.push(Value::Object(below));
                }
            }
            (None, Some((_, _, new))) if half == Half::Additions => changed.push(Value::Object(new.clone())),
            (Some((_, key, _)), None) if half == Half::Deletions => {
                deleted.push(json!({ merge_key: key, DIRECTIVE: "delete" }));
            }
            _ => {}
        }
    }
    Ok((changed, deleted))
}
