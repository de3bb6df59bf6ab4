//! JSON merge patches, for kinds whose lists nothing is known of.
//!
//! Source: github.com/evanphx/json-patch v5.9.11 and gopkg.in/evanphx/json-patch.v4 v4.13.0 `merge.go` (RFC 7396),
//! k8s.io/apimachinery v0.36.3 `pkg/util/jsonmergepatch/patch.go`.

use serde_json::{Number, Value};

use super::PatchFault;
use super::value::Object;

/// The JSON merge patch that leads from one object to another. An empty one changes nothing.
///
/// Numbers are compared as they are: `1` is not `1.0`. What a client has written once has no `1.0` any more.
///
/// # Errors
/// When one of them is no object.
pub fn two_way(original: &Value, modified: &Value) -> Result<Value, PatchFault> {
    let (Value::Object(original), Value::Object(modified)) = (original, modified) else {
        return Err(PatchFault::NotAnObject);
    };
    Ok(Value::Object(differences(original, modified)))
}

/// The JSON merge patch that leads an object from `current` to `modified`, and deletes what `original` had and `modified` does
/// not. Numbers lose digits beyond those of 64-bit floating point, as in the reference.
///
/// # Errors
/// When one of them is no object, what is deleted contradicts what is added, or the patch would change apiVersion, kind or name.
pub fn three_way_json(original: &Value, modified: &Value, current: &Value) -> Result<Value, PatchFault> {
    let [original, modified, current] = [original, modified, current].map(as_floats);
    let changed = only(two_way(&current, &modified)?, Half::Additions);
    let deleted = only(two_way(&original, &modified)?, Half::Deletions);
    if has_conflicts(&changed, &deleted) {
        return Err(PatchFault::Conflict);
    }
    let patch = apply_json(deleted, &changed);
    let names = patch.get("metadata").and_then(|metadata| metadata.get("name"));
    if patch.get("apiVersion").or(patch.get("kind")).or(names).is_some() {
        return Err(PatchFault::Identity);
    }
    Ok(patch)
}

/// What the API server makes of an object and a JSON merge patch. Unlike the RFC it drops nulls from maps in lists that are new.
#[must_use]
pub fn apply_json(object: Value, patch: &Value) -> Value {
    match (object, patch) {
        (Value::Object(mut object), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    object.shift_remove(key);
                    continue;
                }
                let merged = match object.get_mut(key).map(Value::take) {
                    None | Some(Value::Null) => without_nulls(value),
                    Some(old) => apply_json(old, value),
                };
                object.insert(key.clone(), merged);
            }
            Value::Object(object)
        }
        (Value::Object(_), patch) => patch.clone(),
        (_, patch) => without_nulls(patch),
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn differences(original: &Object, modified: &Object) -> Object {
    let mut patch = Object::new();
    for (key, new) in modified {
        match (original.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let below = differences(old, new);
                if !below.is_empty() {
                    patch.insert(key.clone(), Value::Object(below));
                }
            }
            (Some(old), new) if old == new => {}
            (_, new) => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Additions,
    Deletions,
}

/// The deletions of a patch, or all but them. Maps that nothing is left of are left out, but one that was empty is a value.
fn only(patch: Value, half: Half) -> Value {
    let Value::Object(map) = patch else { return patch };
    let kept = map.into_iter().filter_map(|(key, value)| match (value, half) {
        (Value::Null, Half::Deletions) => Some((key, Value::Null)),
        (Value::Null, Half::Additions) => None,
        (Value::Object(map), half) if map.is_empty() => (half == Half::Additions).then_some((key, Value::Object(map))),
        (Value::Object(map), half) => {
            let below = only(Value::Object(map), half);
            below.as_object().is_some_and(|map| !map.is_empty()).then_some((key, below))
        }
        (value, Half::Additions) => Some((key, value)),
        (_, Half::Deletions) => None,
    });
    Value::Object(kept.collect())
}

fn has_conflicts(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.iter().any(|(key, left)| right.get(key).is_some_and(|right| has_conflicts(left, right)))
        }
        _ => left != right,
    }
}

/// As Go reads a document into floating point numbers and writes it again.
pub(super) fn as_floats(value: &Value) -> Value {
    numbers(value, &|number| {
        number.as_f64().and_then(Number::from_f64).map_or_else(|| number.clone(), |float| written(&float))
    })
}

/// As Go writes a document that it has read.
pub(super) fn as_written(value: &Value) -> Value {
    numbers(value, &written)
}

/// As Go writes a number: one without a fraction has no point.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked, and a whole number has nothing to lose")]
fn written(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_808.0 => {
            Number::from(float as i64)
        }
        _ => number.clone(),
    }
}

fn numbers(value: &Value, change: &impl Fn(&Number) -> Number) -> Value {
    match value {
        Value::Number(number) => Value::Number(change(number)),
        Value::Array(items) => Value::Array(items.iter().map(|item| numbers(item, change)).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), numbers(value, change))).collect())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}
