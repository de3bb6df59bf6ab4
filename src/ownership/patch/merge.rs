//! Strategic merge patches: what an object, or another patch, becomes by one.
//!
//! Source: k8s.io/apimachinery v0.36.3 `pkg/util/strategicpatch/patch.go` (mergeMap, mergeSlice, StrategicMergePatch).

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::schema::Typed;

use super::PatchFault;
use super::diff::{DELETE_FROM_LIST, DIRECTIVE, RETAIN_KEYS, SET_ORDER, key_of};
use super::lookup::{Field, Strategy, list_field, map_field};
use super::order::{check_order, list_of, normalize_both};
use super::value::{Kind, Object, as_list, as_map, comparable, deduplicated, element_kind, identity, text};

/// What a patch is merged into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merging {
    /// An object: directives are followed, and nulls delete.
    Object,
    /// Another patch: directives and nulls are kept.
    Patches,
}

/// The object that the API server makes of one and a strategic merge patch.
///
/// # Errors
/// Where the API server refuses the patch.
pub fn apply_strategic(object: &Value, patch: &Value, types: Typed<'_>) -> Result<Value, PatchFault> {
    let (Value::Object(object), Value::Object(patch)) = (object, patch) else { return Err(PatchFault::NotAnObject) };
    Ok(Value::Object(merge_map(object.clone(), patch.clone(), types, Merging::Object)?))
}

pub(super) fn merge_map(
    mut original: Object,
    mut patch: Object,
    types: Typed<'_>,
    merging: Merging,
) -> Result<Object, PatchFault> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => {
                patch.shift_remove(DIRECTIVE);
                Ok(patch)
            }
            Some("delete") => Ok(Object::new()),
            _ => Err(unknown_directive(directive, &patch)),
        };
    }
    retain_keys(&mut original, &mut patch, merging)?;
    merge_ordered(&mut original, &mut patch, types, merging)?;
    for (key, value) in patch {
        let is_deletion = key.starts_with(DELETE_FROM_LIST);
        if is_deletion && merging == Merging::Patches {
            original.insert(key, value);
            continue;
        }
        let key =
            if is_deletion { listed(&key, DELETE_FROM_LIST).ok_or(PatchFault::DeletionList)?.to_owned() } else { key };
        if value.is_null() {
            original.shift_remove(&key);
            if merging == Merging::Object {
                continue;
            }
        }
        let merged = match (original.get_mut(&key).map(Value::take), value) {
            (old, _) if is_deletion && !old.as_ref().is_some_and(Value::is_array) => old,
            (old @ Some(_), value) if is_deletion && !value.is_array() => old,
            (Some(Value::Object(old)), Value::Object(new)) => {
                let field = map_field(types, &key)?;
                Some(Value::Object(if field.strategy == Strategy::Replace {
                    new
                } else {
                    merge_map(old, new, field.types, merging)?
                }))
            }
            (Some(Value::Array(old)), Value::Array(new)) => {
                let field = list_field(types, &key)?;
                Some(Value::Array(if field.strategy == Strategy::Merge || is_deletion {
                    merge_list(old, new, field, is_deletion, merging)?
                } else {
                    new
                }))
            }
            (_, mut value) => {
                if merging == Merging::Object {
                    discard_nulls(&mut value);
                }
                without_directives(value)
            }
        };
        match merged {
            Some(value) => {
                original.insert(key, value);
            }
            None => {
                original.shift_remove(&key);
            }
        }
    }
    Ok(original)
}

/// The field that a directive beside it speaks of.
fn listed<'k>(key: &'k str, prefix: &str) -> Option<&'k str> {
    key.split_once('/').filter(|(before, _)| *before == prefix).map(|(_, name)| name)
}

fn unknown_directive(directive: &Value, map: &Object) -> PatchFault {
    PatchFault::Directive { directive: text(directive), map: text(&Value::Object(map.clone())) }
}

fn retain_keys(original: &mut Object, patch: &mut Object, merging: Merging) -> Result<(), PatchFault> {
    let Some(kept) = patch.shift_remove(RETAIN_KEYS) else { return Ok(()) };
    if merging == Merging::Patches {
        return match original.get(RETAIN_KEYS) {
            Some(before) if *before != kept => Err(PatchFault::RetainKeysDiffer(text(before), text(&kept))),
            Some(_) => Ok(()),
            None => {
                original.insert(RETAIN_KEYS.to_owned(), kept);
                Ok(())
            }
        };
    }
    let kept = kept.as_array().ok_or(PatchFault::RetainKeys)?;
    if kept.iter().any(|key| key.is_array() || key.is_object()) {
        return Err(PatchFault::Crash("a key to retain is a map or a list"));
    }
    let kept: HashSet<&str> = kept.iter().filter_map(Value::as_str).collect();
    let directs = |key: &str| key.starts_with(DELETE_FROM_LIST) || key.starts_with(SET_ORDER);
    if patch.iter().any(|(key, value)| !value.is_null() && !directs(key) && !kept.contains(key.as_str())) {
        return Err(PatchFault::RetainKeys);
    }
    original.retain(|key, _| kept.contains(key.as_str()));
    Ok(())
}

/// Lists whose order the patch gives. They are taken out of the patch.
fn merge_ordered(
    original: &mut Object,
    patch: &mut Object,
    types: Typed<'_>,
    merging: Merging,
) -> Result<(), PatchFault> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let Some(order) = patch.shift_remove(&directive) else { continue };
        if merging == Merging::Patches {
            match original.get(&directive) {
                Some(before) if *before != order => return Err(PatchFault::ElementOrder),
                Some(_) => {}
                None => {
                    original.insert(directive.clone(), order.clone());
                }
            }
        }
        let order = as_list(&order)?;
        let key = listed(&directive, SET_ORDER).ok_or(PatchFault::ElementOrder)?;
        let old = list_of(original.get(key))?;
        let new = list_of(patch.get(key))?;
        let field = list_field(types, key)?;
        check_order(new, order, field.merge_key)?;
        let (merged, live) = match (original.contains_key(key), patch.contains_key(key)) {
            (false, false) => continue,
            (true, false) => (old.to_vec(), old.to_vec()),
            (false, true) => (new.iter().cloned().filter_map(without_directives).collect(), Vec::new()),
            (true, true) if field.strategy == Strategy::Merge => (
                merge_list(old.to_vec(), new.to_vec(), field, false, merging)?,
                left_in_place(old, new, field.merge_key),
            ),
            (true, true) => (new.to_vec(), old.to_vec()),
        };
        let kind = element_kind(&[old, new])?;
        let both = normalize_both(merged, order, &live, field.merge_key, kind)?;
        original.insert(key.to_owned(), Value::Array(both));
        patch.shift_remove(key);
    }
    Ok(())
}

/// The live list by which items are ordered: the reference has deleted from it in place and not cut it, and put in what is new.
fn left_in_place(old: &[Value], patch: &[Value], merge_key: &str) -> Vec<Value> {
    let named = |item: &Value| item.get(merge_key).map(identity);
    let (deleting, rest): (Vec<&Value>, Vec<&Value>) = patch.iter().partition(|item| item.get(DIRECTIVE).is_some());
    let mut live = old.to_vec();
    let mut length = live.len();
    for item in deleting.iter().filter(|item| item.get(DIRECTIVE).and_then(Value::as_str) == Some("delete")) {
        while let Some(at) = live.iter().take(length).position(|other| named(other) == named(item)) {
            length -= 1;
            let moved = live.get(at + 1..=length).map(<[Value]>::to_vec).unwrap_or_default();
            live.splice(at..length, moved);
        }
    }
    let known: HashSet<_> = live.iter().take(length).map(named).collect();
    let is_new = |item: &&&Value| !known.contains(&named(item));
    for (place, item) in live.iter_mut().skip(length).zip(rest.iter().filter(is_new)) {
        *place = (*item).clone();
    }
    live
}

fn merge_list(
    original: Vec<Value>,
    patch: Vec<Value>,
    field: Field<'_>,
    is_deletion: bool,
    merging: Merging,
) -> Result<Vec<Value>, PatchFault> {
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    let kind = element_kind(&[&original, &patch])?;
    if kind != Kind::Map {
        if is_deletion {
            let gone: HashSet<String> = patch.iter().map(identity).collect();
            return Ok(original.into_iter().filter(|item| !gone.contains(&item.to_string())).collect());
        }
        let both = deduplicated(original.iter().chain(&patch).cloned().collect());
        return normalize_both(both, &patch, &original, field.merge_key, kind);
    }
    if field.merge_key.is_empty() {
        return Err(PatchFault::Keyless(if field.types.atom().map.is_some() { "struct" } else { "string" }));
    }
    let (original, patch) = follow_directives(original, patch, field.merge_key)?;
    let merged = merge_items(original.clone(), &patch, field, merging)?;
    normalize_both(merged, &patch, &original, field.merge_key, kind)
}

/// Deletes and replaces as items of a patch say; gives what is left of the list and of the patch.
fn follow_directives(
    original: Vec<Value>,
    patch: Vec<Value>,
    merge_key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchFault> {
    let mut rest = Vec::new();
    let mut gone = HashSet::new();
    let mut is_replaced = false;
    for item in patch {
        let map = as_map(&item)?;
        let Some(directive) = map.get(DIRECTIVE) else {
            rest.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                gone.insert(identity(key_of(map, merge_key)?));
            }
            Some("replace") => is_replaced = true,
            Some("merge") => return Err(PatchFault::MergeDirective),
            _ => return Err(unknown_directive(directive, map)),
        }
    }
    if is_replaced {
        return Ok((rest, Vec::new()));
    }
    let mut left = Vec::with_capacity(original.len());
    for item in original {
        match item.get(merge_key).map(identity).filter(|key| gone.contains(key)) {
            Some(key) => comparable(&key)?,
            None => left.push(item),
        }
    }
    Ok((left, rest))
}

fn merge_items(
    mut original: Vec<Value>,
    patch: &[Value],
    field: Field<'_>,
    merging: Merging,
) -> Result<Vec<Value>, PatchFault> {
    let mut places = HashMap::new();
    for (place, item) in original.iter().enumerate() {
        if let Some(key) = item.get(field.merge_key) {
            places.entry(identity(key)).or_insert(place);
        }
    }
    for item in patch {
        let map = as_map(item)?;
        let key = identity(key_of(map, field.merge_key)?);
        match places.get(&key).and_then(|place| original.get_mut(*place)) {
            Some(place) => {
                comparable(&key)?;
                let Value::Object(old) = place.take() else { continue };
                *place = Value::Object(merge_map(old, map.clone(), field.types, merging)?);
            }
            None => {
                places.insert(key, original.len());
                original.push(item.clone());
            }
        }
    }
    Ok(original)
}

/// What a value that nothing is known of becomes; nothing, if it is a directive itself.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let kept = map.into_iter().filter_map(|(key, value)| Some((key, without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(without_directives).collect())),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => Some(scalar),
    }
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
