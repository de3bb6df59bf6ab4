//! What a HelmRelease gives to its chart: the entries of valuesFrom in their order, and the values that stand in it.
//!
//! Source: fluxcd/pkg chartutil v1.27.1 `values.go` (`ChartValuesFromReferences`) and `merge.go`, as helm-controller v1.6.3
//! calls them. An entry without a targetPath is merged over what is there. At an entry with one the values of the
//! HelmRelease are merged first and the path is written over them; at the end they are merged once more.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::set_path::set_path;
use super::tree::{Content, Node, Origin, Tree, doubted, map_of, tree_of};
use super::{Found, Layers, Source};
use crate::release::flux::ValuesReference;
use crate::release::yaml;

/// Why the values of a HelmRelease cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "could not resolve{} {} chart values reference '{namespace}/{}' with key '{}': {reason}",
    if reference.optional { " optional" } else { "" },
    reference.kind,
    reference.name,
    reference.key
)]
pub struct ValuesError {
    /// Namespace of the HelmRelease and of what it refers to.
    pub namespace: String,
    /// The entry that is at fault.
    pub reference: ValuesReference,
    /// What is wrong with it.
    pub reason: ValuesFault,
}

/// What is wrong with an entry of valuesFrom. The words are those of Flux where it has any.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValuesFault {
    /// The object is not there, in the words of the API server.
    #[error("{0}")]
    ResourceNotFound(String),
    /// The object is there, and the key is not.
    #[error("key not found")]
    KeyNotFound,
    /// Neither ConfigMap nor Secret.
    #[error("unsupported values reference kind")]
    UnsupportedKind,
    /// It is no YAML map.
    #[error("{0}")]
    DataRead(String),
    /// It cannot be written at its targetPath.
    #[error("{0}")]
    Merge(String),
    /// Whoever asks may not read it; Flux may.
    #[error("{0}")]
    Unreadable(String),
}

/// What the HelmRelease, or the user, gives to the chart: what Helm stores as the config of the next revision.
///
/// # Errors
/// Where Flux has an error, and at a source that may not be read.
pub fn merged(layers: &Layers) -> Result<Map<String, Value>, Box<ValuesError>> {
    let Merged { tree, problem, unreadable } = merge(layers);
    match problem.or(unreadable) {
        Some(problem) => Err(Box::new(problem)),
        None => Ok(map_of(&tree)),
    }
}

pub(super) struct Merged {
    /// As far as it can be told: what is wrong is left out.
    pub tree: Tree,
    /// Where Flux stops.
    pub problem: Option<ValuesError>,
    /// The first source that may not be read.
    pub unreadable: Option<ValuesError>,
}

pub(super) fn merge(layers: &Layers) -> Merged {
    let Some(owner) = &layers.helm_release else {
        return Merged { tree: tree_of(Origin::Inline, &layers.inline), problem: None, unreadable: None };
    };
    let inline = tree_of(Origin::Inline, &as_floats(&layers.inline));
    let mut run = Merged { tree: Tree::new(), problem: None, unreadable: None };
    for (index, source) in layers.sources.iter().enumerate() {
        if let Err(reason) = run.take(index, source, &inline) {
            let (namespace, reference) = (owner.namespace.clone(), source.reference.clone());
            let slot = match reason {
                ValuesFault::Unreadable(_) => &mut run.unreadable,
                ValuesFault::ResourceNotFound(_)
                | ValuesFault::KeyNotFound
                | ValuesFault::UnsupportedKind
                | ValuesFault::DataRead(_)
                | ValuesFault::Merge(_) => &mut run.problem,
            };
            slot.get_or_insert(ValuesError { namespace, reference, reason });
        }
    }
    run.tree = over(&run.tree, &inline);
    run
}

impl Merged {
    fn take(&mut self, index: usize, source: &Source, inline: &Tree) -> Result<(), ValuesFault> {
        let reference = &source.reference;
        if !matches!(reference.kind.as_str(), "ConfigMap" | "Secret") {
            return Err(ValuesFault::UnsupportedKind);
        }
        let origin = Origin::Source(index);
        match (&source.found, &reference.target_path) {
            (Found::Absent { .. }, _) if reference.optional => Ok(()),
            (Found::Absent { is_key: false }, _) => {
                let (kind, name) = (reference.kind.to_lowercase(), &reference.name);
                Err(ValuesFault::ResourceNotFound(format!("{kind}s {name:?} not found")))
            }
            (Found::Absent { is_key: true }, _) => Err(ValuesFault::KeyNotFound),
            (Found::Text(text), Some(path)) => {
                self.set(inline, path, text, reference.literal, origin).map_err(ValuesFault::Merge)
            }
            (Found::Text(text), None) => {
                let read = read(text).map_err(ValuesFault::DataRead)?;
                self.tree = over(&self.tree, &tree_of(origin, &read));
                Ok(())
            }
            (Found::Unreadable(why), Some(path)) => {
                // What cannot stand there does not matter: it is not known either.
                self.set(inline, path, "", true, origin).ok();
                Err(ValuesFault::Unreadable(why.clone()))
            }
            (Found::Unreadable(why), None) => {
                self.tree = doubted(&self.tree, index);
                Err(ValuesFault::Unreadable(why.clone()))
            }
        }
    }

    fn set(&mut self, inline: &Tree, path: &str, text: &str, is_literal: bool, origin: Origin) -> Result<(), String> {
        let tree = Rc::new(RefCell::new(over(&self.tree, inline)));
        let written = set_path(&tree, path, text, is_literal, origin);
        self.tree = tree.take();
        written
    }
}

/// Merges the second over the first. What only one of them has is shared with it.
fn over(below: &Tree, above: &Tree) -> Tree {
    let mut out = below.clone();
    for (key, node) in above {
        let node = match out.get(key) {
            None => node.clone(),
            Some(there) => match (there.map(), node.map()) {
                (Some(lower), Some(upper)) => {
                    let tree = over(&lower.borrow(), &upper.borrow());
                    let content = Content::Map(Rc::new(RefCell::new(tree)));
                    Node { origin: node.origin, content, overrode: there.overrode.clone(), doubt: Vec::new() }
                }
                _ => node.clone().over(there),
            },
        };
        out.insert(key.clone(), node);
    }
    out
}

/// A document of values. Nothing, and null, is an empty map.
fn read(text: &str) -> Result<Map<String, Value>, String> {
    let kind = match yaml::to_json(text).map_err(|error| format!("error converting YAML to JSON: yaml: {error}"))? {
        Value::Object(map) => return Ok(as_floats(&map)),
        Value::Null => return Ok(Map::new()),
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
    };
    Err(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go value of type common.Values"
    ))
}

/// Numbers as Flux holds them: all are floating point, so that whole ones beyond 2^53 lose digits.
fn as_floats(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter().map(|(key, value)| (key.clone(), as_float(value))).collect()
}

fn as_float(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().and_then(shortest).map_or_else(|| value.clone(), Value::Number),
        Value::Array(entries) => Value::Array(entries.iter().map(as_float).collect()),
        Value::Object(map) => Value::Object(as_floats(map)),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// The number that is read back from the fewest digits that tell it, as Go writes it.
fn shortest(number: f64) -> Option<Number> {
    serde_json::from_str(&number.to_string()).ok()
}
