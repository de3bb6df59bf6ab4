//! Where a path leads in an object, and whether two values mean the same to the server.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Path, PathElement, compare};
use crate::schema::Typed;

/// The value at a path. Of list items with the same key, the first.
#[must_use]
pub fn at<'v>(object: &'v Value, path: &Path, typed: Typed<'_>) -> Option<&'v Value> {
    walk(object, &path.0, typed)
}

/// Whether a path leads to a value.
#[must_use]
pub fn has(object: &Value, path: &[PathElement], typed: Typed<'_>) -> bool {
    walk(object, path, typed).is_some()
}

fn walk<'v>(object: &'v Value, path: &[PathElement], typed: Typed<'_>) -> Option<&'v Value> {
    let mut typed = Some(typed);
    path.iter().try_fold(object, |value, step| {
        let of = typed;
        let (next, found) = match step {
            PathElement::Field(name) => (of.and_then(|of| of.field(name)), value.get(name)),
            PathElement::Key(fields) => {
                let element = of.and_then(Typed::element);
                let matches = |item: &&Value| {
                    fields.iter().all(|(name, wanted)| {
                        let default =
                            || element.and_then(|of| of.field(name)).and_then(|of| of.slot().default.as_ref());
                        item.get(name).or_else(default).is_some_and(|own| compare(own, wanted) == Ordering::Equal)
                    })
                };
                (element, value.as_array().and_then(|items| items.iter().find(matches)))
            }
            PathElement::Value(wanted) => {
                let equal = |item: &&Value| compare(item, wanted) == Ordering::Equal;
                (of.and_then(Typed::element), value.as_array().and_then(|items| items.iter().find(equal)))
            }
            PathElement::Index(index) => {
                let index = usize::try_from(*index).ok();
                (of.and_then(Typed::element), index.and_then(|index| value.get(index)))
            }
        };
        typed = next;
        found
    })
}

/// Whether the field is one of those by which its item is told apart: another value would be another item.
#[must_use]
pub fn is_key_field(path: &Path) -> bool {
    match path.0.as_slice() {
        [.., PathElement::Key(fields), PathElement::Field(name)] => fields.iter().any(|(key, _)| key == name),
        _ => false,
    }
}

/// The groups and versions with Pods and templates of Pods.
const WITH_PODS: &[&str] = &["v1", "apps/v1", "batch/v1"];

/// Whether the field is an old name, which the server keeps equal to that of today: who writes the one comes to own both.
/// Source: kubernetes v1.36 `pkg/apis/core/v1/conversion.go` (Convert_core_PodSpec_To_v1_PodSpec).
#[must_use]
pub fn is_old_name(api_version: &Value, path: &Path) -> bool {
    let is_of_pods = api_version.as_str().is_some_and(|version| WITH_PODS.contains(&version));
    let end = [PathElement::field("spec"), PathElement::field("serviceAccount")];
    is_of_pods && path.0.ends_with(&end)
}

/// Fields whose values the server rewrites as quantities: `0.5` is `500m`.
/// Source: kubernetes/apimachinery v0.36 `pkg/api/resource/quantity.go` (`CanonicalizeBytes`).
const QUANTITIES: &[&str] = &["limits", "requests", "capacity", "hard", "sizeLimit", "averageValue", "storage"];

/// Whether the server takes two values of a field for the same.
#[must_use]
pub fn same(path: &Path, left: &Value, right: &Value) -> bool {
    if compare(left, right) == Ordering::Equal {
        return true;
    }
    let is_quantity =
        path.0.iter().any(|step| matches!(step, PathElement::Field(name) if QUANTITIES.contains(&name.as_str())));
    is_quantity
        && quantity(left)
            .is_some_and(|value| quantity(right).is_some_and(|other| (value - other).abs() <= value.abs() * 1e-12))
}

/// What a quantity is worth.
fn quantity(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Number(number) => return number.as_f64(),
        Value::String(text) => text.as_str(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    const SUFFIXES: &[(&str, f64)] = &[
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
        ("", 1.0),
    ];
    SUFFIXES.iter().find_map(|(suffix, worth)| Some(text.strip_suffix(suffix)?.parse::<f64>().ok()? * worth))
}
