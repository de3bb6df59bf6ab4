//! The annotation of `kubectl apply`, which the server minds where the manager is `kubectl`.
//!
//! Source: `k8s.io/apimachinery/pkg/util/managedfields/internal/lastapplied{,manager,updater}.go`, v0.36.3.

use serde_json::{Map, Value};

use super::changes::changes;
use super::members::members;
use super::validate::{Duplicates, validate};
use super::write::Contested;
use super::{Types, words};

/// The manager that the annotation belongs to.
pub(super) const KUBECTL: &str = "kubectl";

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// All annotations of an object together may have as many bytes.
const MOST_BYTES: usize = 256 * 1024;

fn last_applied(object: &Value) -> Option<&str> {
    object.get("metadata")?.get("annotations")?.get(ANNOTATION)?.as_str().filter(|text| !text.is_empty())
}

/// The conflicts that are left when what the annotation says counts as kubectl's own. If it says nothing that can be used,
/// that is all of them; if none are left, they are to be forced.
pub(super) fn unexplained(types: &Types<'_>, live: &Value, contested: &Contested) -> Contested {
    let Some(allowed) = allowed(types, live) else { return contested.clone() };
    let left = contested.iter().map(|(id, set)| (id.clone(), set.difference(&allowed)));
    left.filter(|(_, set)| !set.is_empty()).collect()
}

fn allowed(types: &Types<'_>, live: &Value) -> Option<super::super::FieldSet> {
    let text = last_applied(live)?;
    validate(types.own, live, Duplicates::Refused).ok()?;
    let applied: Value = serde_json::from_str(text).ok()?;
    applied.get("kind")?.as_str().filter(|kind| !kind.is_empty())?;
    if applied.get("apiVersion")?.as_str()? != types.api_version {
        return None;
    }
    validate(types.own, &applied, Duplicates::Refused).ok()?;
    let found = changes(types.own, &applied, live);
    let set = members(types.own, &applied);
    Some(set.difference(&found.modified).difference(&found.added).difference(&found.removed))
}

/// Brings the annotation of an object up to date with what kubectl applied. Without one, there stays none.
pub(super) fn renew(object: &mut Value, configuration: &Value) {
    if last_applied(object).is_none() {
        return;
    }
    let mut configuration = configuration.clone();
    if let Some(annotations) = annotations(&mut configuration) {
        annotations.shift_remove(ANNOTATION);
    }
    let text = words::json(&configuration) + "\n";
    let Some(annotations) = annotations(object) else { return };
    annotations.insert(ANNOTATION.to_owned(), Value::from(text));
    let bytes: usize = annotations.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if bytes > MOST_BYTES {
        annotations.shift_remove(ANNOTATION);
    }
}

fn annotations(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.get_mut("metadata")?.get_mut("annotations")?.as_object_mut()
}
