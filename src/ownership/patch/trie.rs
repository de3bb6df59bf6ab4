//! The fields of an entry of managedFields, as the migration of managers needs them.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `fieldpath/{serialize,serialize-pe}.go`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::PatchFault;
use super::json_merge::as_written;
use crate::ownership::{FieldSet, Path, PathElement};

/// The set that FieldsV1 describes. What is not there describes nothing, and cannot be read.
pub(super) fn read(fields: Option<&Value>) -> Result<FieldSet, PatchFault> {
    let fields =
        fields.filter(|fields| !fields.is_null()).ok_or_else(|| PatchFault::Fields("there are none".to_owned()))?;
    let mut paths = Vec::new();
    walk(fields, &Path::default(), &mut paths)?;
    Ok(paths.into_iter().filter(|path| !path.0.is_empty()).collect())
}

fn walk(fields: &Value, path: &Path, paths: &mut Vec<Path>) -> Result<(), PatchFault> {
    let nothing = Map::new();
    let map = match fields {
        Value::Null => &nothing,
        Value::Object(map) => map,
        _ => return Err(PatchFault::Fields(format!("{fields} is no map"))),
    };
    let before = paths.len();
    for (key, below) in map.iter().filter(|(key, _)| *key != ".") {
        if let Some(element) = element(key)? {
            walk(below, &path.with(element), paths)?;
        }
    }
    if map.contains_key(".") || paths.len() == before {
        paths.push(path.clone());
    }
    Ok(())
}

/// None: a later version of Kubernetes may know what it is.
fn element(key: &str) -> Result<Option<PathElement>, PatchFault> {
    let fault = || PatchFault::Fields(format!("{key:?} is no step of a path"));
    let value = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| fault());
    let (kind, rest) = key.split_once(':').filter(|(kind, _)| kind.len() == 1).ok_or_else(fault)?;
    Ok(Some(match kind {
        "f" => PathElement::field(rest),
        "v" => PathElement::Value(value(rest)?),
        "i" => PathElement::Index(rest.parse().map_err(|_| fault())?),
        "k" => match value(rest)? {
            Value::Object(fields) => PathElement::key(fields.into_iter().collect()),
            _ => return Err(fault()),
        },
        _ => return Ok(None),
    }))
}

/// FieldsV1 in the order of the API server.
pub(super) fn write(set: &FieldSet) -> Value {
    let mut all: BTreeMap<&PathElement, Map<String, Value>> = BTreeMap::new();
    for (element, below) in set.children() {
        let mut map = Map::new();
        if set.has_member(element) {
            map.insert(".".to_owned(), json!({}));
        }
        if let Value::Object(below) = write(below) {
            map.extend(below);
        }
        all.insert(element, map);
    }
    for element in set.members() {
        all.entry(element).or_default();
    }
    Value::Object(all.into_iter().map(|(element, map)| (key(element), Value::Object(map))).collect())
}

fn key(element: &PathElement) -> String {
    match element {
        PathElement::Field(name) => format!("f:{name}"),
        PathElement::Key(fields) => {
            let fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), as_written(value))).collect();
            format!("k:{}", Value::Object(fields))
        }
        PathElement::Value(value) => format!("v:{}", as_written(value)),
        PathElement::Index(index) => format!("i:{index}"),
    }
}
