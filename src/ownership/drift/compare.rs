//! One live object beside what the dry-run made of it: the operations that Flux counts as drift.
//!
//! Source: fluxcd/pkg ssa v0.76.1 `jsondiff/unstructured.go`, `normalize/normalize.go` (DryRunUnstructured),
//! `jsondiff/mask.go`.

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::ignore::{BadPath, remove};
use super::json_diff::{Operation, Unreadable, Verb, diff, is_same};
use crate::release::mask::MASK;

/// Why Flux cannot compare an object.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failed {
    /// An ignore rule names what cannot be taken out.
    #[error("{0}")]
    Path(#[from] BadPath),
    /// The library that Flux compares with reads past the end of a text.
    #[error("a text that ends with a backslash stops the comparison of Flux")]
    Text,
}

impl From<Unreadable> for Failed {
    fn from(_: Unreadable) -> Self {
        Self::Text
    }
}

/// What the dry-run would change. Labels and annotations that it would take away do not count, nor does what else stands in
/// metadata and status. `paths` are taken out of both first.
///
/// # Errors
/// Where Flux cannot compare them.
pub fn compare(live: &Value, after: &Value, paths: &[String]) -> Result<Vec<Operation>, Failed> {
    let (mut live, mut after) = (live.clone(), normal(after));
    remove(&mut after, paths)?;
    remove(&mut live, paths)?;
    let mut patch = diff(&metadata(&live), &metadata(&after))?;
    patch.retain(|operation| operation.verb != Verb::Remove);
    patch.extend(diff(&rest(&live), &rest(&after))?);
    Ok(patch)
}

/// A HorizontalPodAutoscaler in a dry-run of old servers has its first metric twice. Flux reads it as a typed object to mend
/// that, which drops what is empty.
fn normal(after: &Value) -> Value {
    let mut after = after.clone();
    let is_scaler = ["apiVersion", "kind"].map(|name| after.get(name).and_then(Value::as_str))
        == [Some("autoscaling/v2"), Some("HorizontalPodAutoscaler")];
    if is_scaler && let Some(metadata) = after.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|_, value| value.as_object().is_none_or(|pairs| !pairs.is_empty()));
    }
    if is_scaler && let Some(Value::Array(metrics)) = after.pointer_mut("/spec/metrics") {
        let mut kept: Vec<Value> = Vec::new();
        for metric in metrics.drain(..) {
            let has_type = metric.get("type").and_then(Value::as_str).is_some_and(|of| !of.is_empty());
            if has_type && !kept.iter().any(|known| is_same(known, &metric)) {
                kept.push(metric);
            }
        }
        *metrics = kept;
        let is_empty = metrics.is_empty();
        if let Some(spec) = after.get_mut("spec").and_then(Value::as_object_mut).filter(|_| is_empty) {
            spec.shift_remove("metrics");
        }
    }
    after
}

/// Name, labels and annotations.
fn metadata(object: &Value) -> Value {
    let mut kept = Map::new();
    for name in ["name", "annotations", "labels"] {
        if let Some(value) = object.get("metadata").and_then(|metadata| metadata.get(name)) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    if kept.is_empty() { json!({}) } else { json!({ "metadata": kept }) }
}

fn rest(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("metadata");
        fields.shift_remove("status");
    }
    object
}

/// Puts masks over what a Secret holds.
#[must_use]
pub fn mask_secret(mut patch: Vec<Operation>) -> Vec<Operation> {
    for Operation { path, old, new, .. } in &mut patch {
        let is_changed =
            old.as_ref().is_some_and(|old| !old.is_null()) && new.as_ref().is_some_and(|new| !new.is_null());
        let (before, after) = if is_changed { (BEFORE, AFTER) } else { (MASK, MASK) };
        if path == "/data" || path == "/stringData" {
            mask_maps(old.as_mut(), new.as_mut());
        } else if path.starts_with("/data/") || path.starts_with("/stringData/") {
            for (value, mask) in [(old, before), (new, after)] {
                if let Some(value) = value.as_mut().filter(|value| !value.is_null()) {
                    *value = mask.into();
                }
            }
        } else if path.is_empty() {
            // The reference leaves these readable.
            for name in ["data", "stringData"] {
                let (old, new) = (old.as_mut(), new.as_mut());
                mask_maps(old.and_then(|old| old.get_mut(name)), new.and_then(|new| new.get_mut(name)));
            }
        }
    }
    patch
}

/// The mask of a value that gives way to another one.
pub const BEFORE: &str = "*** (before)";

/// The mask of a value that comes in the place of another one.
pub const AFTER: &str = "*** (after)";

fn mask_maps(old: Option<&mut Value>, new: Option<&mut Value>) {
    let (mut none, mut nothing) = (Map::new(), Map::new());
    let old = old.and_then(Value::as_object_mut).unwrap_or(&mut none);
    let new = new.and_then(Value::as_object_mut).unwrap_or(&mut nothing);
    for (key, value) in old.iter_mut() {
        // The reference leaves the new one readable where both are equal.
        let masks = match new.get(key) {
            Some(other) if other != value => (BEFORE, AFTER),
            Some(_) | None => (MASK, MASK),
        };
        *value = masks.0.into();
        if let Some(other) = new.get_mut(key) {
            *other = masks.1.into();
        }
    }
    for (key, value) in new.iter_mut() {
        if !old.contains_key(key) {
            *value = MASK.into();
        }
    }
}
