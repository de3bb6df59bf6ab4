//! Each value with the layer that set it, what it overrode, and what cannot be told.
//!
//! What a revision of a HelmRelease was given is stored with it; where it came from is not. So the sources are read as they
//! are now, merged, and compared with what is stored: where both agree, the layer of now is told, elsewhere it is unknown.
//! A source that may not be read may have set everything that no later one sets.

use serde_json::{Map, Value};

use super::coalesce::{Deleted, coalesced};
use super::merge::merge;
use super::set_path::target_keys;
use super::tree::{Content, Node, Origin, Past, Tree, doubted, map_of, tree_of};
use super::{Found, Layer, Layers, Overridden, Row, SourceState, Stored, Told};
use crate::release::mask::{Hidden, MASK, Masker};
use crate::release::payload::HelmMajor;

/// The values that templates see, each with where it came from, in the order of their paths.
///
/// Without those that are [`Row::is_deleted`] they are the coalesced values, as far as all sources may be read.
#[must_use]
pub fn rows(layers: &Layers, masker: &Masker) -> Vec<Row> {
    told(layers, masker).rows
}

/// [`rows`], and what has to be said beside them.
#[must_use]
pub fn told(layers: &Layers, masker: &Masker) -> Told {
    let teller = Teller { layers, masker };
    let Made { tree, deleted, notes, .. } = teller.make();
    let masked = masker.values(&Value::Object(map_of(&tree)));
    let mut walk = Walk { teller, rows: Vec::new(), path: Vec::new() };
    walk.tree(&tree, &masked, &[]);
    for one in deleted {
        walk.deleted(one);
    }
    let mut rows = walk.rows;
    rows.sort_by(|one, other| places(one).cmp(places(other)));
    Told { rows, notes, sources: teller.sources() }
}

/// What the user, or Flux, gave, masked: what is secret by its key, and what may be of a Secret.
#[must_use]
pub fn given(layers: &Layers, masker: &Masker) -> Map<String, Value> {
    let teller = Teller { layers, masker };
    teller.masked(&teller.make().user)
}

/// The values that templates see, masked as [`given`] masks them.
#[must_use]
pub fn seen(layers: &Layers, masker: &Masker) -> Map<String, Value> {
    let teller = Teller { layers, masker };
    teller.masked(&teller.make().tree)
}

/// The values as they come to be.
struct Made {
    user: Tree,
    /// Coalesced.
    tree: Tree,
    deleted: Vec<Deleted>,
    notes: Vec<String>,
}

fn changed(stored: &Stored) -> String {
    let revision = stored.revision;
    if stored.is_latest {
        format!("the values given changed since revision {revision}: they are applied at the next reconcile")
    } else {
        format!("revision {revision} was given other values than there are now; where these came from is not kept")
    }
}

/// Items of a list by their number.
fn places(row: &Row) -> impl Iterator<Item = (Option<usize>, &str)> {
    row.path.iter().map(|key| {
        let index = key.strip_prefix('[').and_then(|key| key.strip_suffix(']')).and_then(|key| key.parse().ok());
        (index, key.as_str())
    })
}

#[derive(Clone, Copy)]
struct Teller<'a> {
    layers: &'a Layers,
    masker: &'a Masker,
}

impl Teller<'_> {
    fn make(&self) -> Made {
        let layers = self.layers;
        let merged = merge(layers);
        let mut notes: Vec<String> = Vec::new();
        let mut defaults = tree_of(Origin::Default, &layers.defaults);
        let user = match (&layers.stored, &layers.helm_release) {
            (Some(stored), Some(_)) => {
                if merged.problem.is_none() && merged.unreadable.is_none() && map_of(&merged.tree) != stored.config {
                    notes.push(changed(stored));
                }
                self.as_stored(&merged.tree, &stored.config, &mut Vec::new())
            }
            (_, owner) => {
                if owner.is_some() {
                    for index in self.unreadable(&[]) {
                        defaults = doubted(&defaults, index);
                    }
                }
                merged.tree
            }
        };
        notes.extend(merged.problem.map(|problem| problem.to_string()));
        let helm = layers.stored.as_ref().map_or(HelmMajor::Four, |stored| stored.helm);
        let (tree, deleted) = coalesced(helm, &defaults, &user);
        Made { user, tree, deleted, notes }
    }

    fn masked(&self, tree: &Tree) -> Map<String, Value> {
        let masked = self.masker.values(&Value::Object(map_of(tree)));
        self.masked_tree(tree, &masked, &mut Vec::new())
    }

    fn masked_tree(&self, tree: &Tree, masked: &Value, path: &mut Vec<String>) -> Map<String, Value> {
        let entry = |(key, node): (&String, &Node)| {
            let value = self.masked_node(key.clone(), node, masked.get(key), path);
            (key.clone(), value)
        };
        tree.iter().map(entry).collect()
    }

    fn masked_node(&self, key: String, node: &Node, masked: Option<&Value>, path: &mut Vec<String>) -> Value {
        path.push(key);
        let whole = Value::String(MASK.to_owned());
        let masked = masked.unwrap_or(&whole);
        let value = match &node.content {
            Content::Map(tree) if !tree.borrow().is_empty() => {
                Value::Object(self.masked_tree(&tree.borrow(), masked, path))
            }
            Content::List(entries) if !node.is_whole() => {
                let entries = entries.borrow();
                let entry = |(index, entry)| self.masked_node(format!("[{index}]"), entry, masked.get(index), path);
                Value::Array(entries.iter().enumerate().map(entry).collect())
            }
            Content::Map(_) | Content::List(_) | Content::Scalar(_) => self.shown(node, masked, path),
        };
        path.pop();
        value
    }

    /// A value as it is shown.
    fn shown(&self, node: &Node, masked: &Value, path: &[String]) -> Value {
        if self.is_withheld(node) {
            Value::String(MASK.to_owned())
        } else if self.may_be_secret(node, path) {
            without_secrets(&node.value())
        } else {
            masked.clone()
        }
    }

    /// Nobody here knows what it is.
    fn is_withheld(&self, node: &Node) -> bool {
        self.is_unread(node.origin) && self.layers.stored.is_none()
    }

    /// The values as they are stored, and the layers where what is there now gives the same.
    fn as_stored(&self, tree: &Tree, stored: &Map<String, Value>, path: &mut Vec<String>) -> Tree {
        let mut out = Tree::new();
        for (key, value) in stored {
            path.push(key.clone());
            let node = match (tree.get(key), value) {
                (Some(node), _) if node.value() == *value => node.clone(),
                (Some(Node { content: Content::Map(inner), origin, overrode, doubt }), Value::Object(map))
                    if !map.is_empty() =>
                {
                    let inner = self.as_stored(&inner.borrow(), map, path);
                    let content = Content::Map(std::rc::Rc::new(std::cell::RefCell::new(inner)));
                    Node { content, origin: *origin, overrode: overrode.clone(), doubt: doubt.clone() }
                }
                (Some(node), _) if self.is_unread(node.origin) => {
                    Node { overrode: node.overrode.clone(), ..Node::of(node.origin, value) }
                }
                (Some(_) | None, _) => {
                    let doubts = self.unreadable(path);
                    doubts.into_iter().fold(Node::of(Origin::Lost, value), |node, index| node.doubted(index))
                }
            };
            out.insert(key.clone(), node);
            path.pop();
        }
        out
    }

    /// The sources that may not be read and may have set what is there; at the top, those that may have set anything.
    fn unreadable(&self, path: &[String]) -> Vec<usize> {
        let sources = self.layers.sources.iter().enumerate();
        sources
            .filter(|(index, _)| self.is_unread(Origin::Source(*index)) && self.reaches(*index, path))
            .map(|(index, _)| index)
            .collect()
    }

    fn is_unread(&self, origin: Origin) -> bool {
        let Origin::Source(index) = origin else { return false };
        self.layers.sources.get(index).is_some_and(|source| matches!(source.found, Found::Unreadable(_)))
    }

    fn is_secret(&self, index: usize) -> bool {
        self.layers.sources.get(index).is_some_and(|source| source.reference.kind == "Secret")
    }

    /// Whether an entry can have set what is at a path: one is within the other.
    fn reaches(&self, index: usize, path: &[String]) -> bool {
        let target = self.layers.sources.get(index).and_then(|source| source.reference.target_path.as_deref());
        target.is_none_or(|target| {
            !path.is_empty() && target_keys(target).iter().zip(path).all(|(one, other)| one == other)
        })
    }

    /// Whether the value is, or may be, one of a Secret.
    fn may_be_secret(&self, node: &Node, path: &[String]) -> bool {
        match node.origin {
            Origin::Default | Origin::Inline => false,
            Origin::Source(index) => self.is_secret(index),
            Origin::Lost => {
                (0..self.layers.sources.len()).any(|index| self.is_secret(index) && self.reaches(index, path))
            }
        }
    }

    fn layer(&self, origin: Origin) -> Layer {
        match origin {
            Origin::Default => Layer::Default,
            Origin::Source(_) if self.is_unread(origin) => Layer::Unknown,
            Origin::Source(_) => Layer::ValuesFrom,
            Origin::Inline => Layer::Inline,
            Origin::Lost => Layer::Unknown,
        }
    }

    fn words(&self, origin: Origin) -> String {
        match origin {
            Origin::Default if self.layers.chart.is_empty() => "chart".to_owned(),
            Origin::Default => format!("chart {}", self.layers.chart),
            Origin::Source(index) => {
                let unread = if self.is_unread(origin) { " (not readable)" } else { "" };
                format!("{}{unread}", self.source(index))
            }
            Origin::Inline => match (&self.layers.helm_release, &self.layers.stored) {
                (Some(key), _) => format!("HelmRelease {key} spec.values"),
                (None, Some(stored)) => format!("helm --set/-f, revision {}", stored.revision),
                (None, None) => "helm --set/-f".to_owned(),
            },
            Origin::Lost => match &self.layers.stored {
                Some(stored) => format!("not known: changed since revision {}", stored.revision),
                None => "not known".to_owned(),
            },
        }
    }

    fn source(&self, index: usize) -> String {
        let Some(source) = self.layers.sources.get(index) else { return String::new() };
        let namespace = self.layers.helm_release.as_ref().map_or("", |key| key.namespace.as_str());
        let reference = &source.reference;
        let mut words = format!("{} {namespace}/{}, key {}", reference.kind, reference.name, reference.key);
        if let Some(path) = &reference.target_path {
            words.push_str(&format!(", at {path}"));
        }
        words
    }

    fn sources(&self) -> Vec<SourceState> {
        let sources = self.layers.sources.iter().enumerate();
        sources
            .map(|(index, source)| {
                let state = match (&source.found, source.reference.optional) {
                    (Found::Text(_), _) => "read".to_owned(),
                    (Found::Absent { is_key: false }, false) => "absent".to_owned(),
                    (Found::Absent { is_key: true }, false) => "key absent".to_owned(),
                    (Found::Absent { is_key: false }, true) => "absent, optional".to_owned(),
                    (Found::Absent { is_key: true }, true) => "key absent, optional".to_owned(),
                    (Found::Unreadable(why), _) => format!("not readable: {why}"),
                };
                let is_read = matches!(source.found, Found::Text(_));
                SourceState { source: self.source(index), state, is_read }
            })
            .collect()
    }
}

struct Walk<'a> {
    teller: Teller<'a>,
    rows: Vec<Row>,
    path: Vec<String>,
}

impl Walk<'_> {
    /// `above` is what gave way further up, so that this could be there.
    fn tree(&mut self, tree: &Tree, masked: &Value, above: &[Past]) {
        for (key, node) in tree {
            self.node(key.clone(), node, masked.get(key), above);
        }
    }

    fn node(&mut self, key: String, node: &Node, masked: Option<&Value>, above: &[Past]) {
        self.path.push(key);
        let own = node
            .overrode
            .iter()
            .map(|past| Past { above: past.above.clone().or_else(|| Some(self.path.clone())), ..past.clone() });
        let below: Vec<Past> = own.chain(above.iter().cloned()).collect();
        // What is hidden as a whole has no parts to look at.
        let whole = Value::String(MASK.to_owned());
        let masked = masked.unwrap_or(&whole);
        match &node.content {
            Content::Map(tree) if !tree.borrow().is_empty() => self.tree(&tree.borrow(), masked, &below),
            Content::List(entries) if !node.is_whole() => {
                for (index, entry) in entries.borrow().iter().enumerate() {
                    self.node(format!("[{index}]"), entry, masked.get(index), &below);
                }
            }
            Content::Map(_) | Content::List(_) | Content::Scalar(_) => {
                let row = self.row(node, masked, above);
                self.rows.push(row);
            }
        }
        self.path.pop();
    }

    fn row(&self, node: &Node, masked: &Value, above: &[Past]) -> Row {
        let real = node.value();
        let is_withheld = self.teller.is_withheld(node);
        let value = self.teller.shown(node, masked, &self.path);
        let is_masked = value != real;
        let (layer, source) = if node.doubt.is_empty() {
            (self.teller.layer(node.origin), self.teller.words(node.origin))
        } else {
            let mut words = vec![self.teller.words(node.origin)];
            words.retain(|_| node.origin != Origin::Lost);
            words.extend(node.doubt.iter().map(|index| self.teller.words(Origin::Source(*index))));
            (Layer::Unknown, words.join(" or "))
        };
        let overrode = node.overrode.iter().chain(above).map(|past| self.overridden(past, is_masked)).collect();
        let hidden = (is_masked && !is_withheld).then(|| Hidden::new(text_of(&real)));
        Row { path: self.path.clone(), value, hidden, layer, source, overrode, is_deleted: false }
    }

    fn deleted(&mut self, Deleted { path, null }: Deleted) {
        self.path = path;
        let row = Row { is_deleted: true, ..self.row(&null, &Value::Null, &[]) };
        self.rows.push(row);
        self.path.clear();
    }

    /// Where the value is masked, so is all that it overrode: what stands beside it may be why.
    fn overridden(&self, past: &Past, is_masked: bool) -> Overridden {
        let is_secret = matches!(past.origin, Origin::Source(index) if self.teller.is_secret(index));
        let value = if self.teller.is_unread(past.origin) {
            Value::String(MASK.to_owned())
        } else if is_masked || is_secret {
            without_secrets(&past.value)
        } else {
            self.masked_at(past.above.as_deref().unwrap_or(&self.path), &past.value)
        };
        let mut source = self.teller.words(past.origin);
        if let Some(path) = past.above.as_ref().filter(|path| **path != self.path) {
            source.push_str(&format!(", at {}", super::path_text(path)));
        }
        Overridden { layer: self.teller.layer(past.origin), source, value }
    }

    /// The value masked by the keys that lead to it.
    fn masked_at(&self, path: &[String], value: &Value) -> Value {
        let whole =
            path.iter().rev().fold(value.clone(), |value, key| Value::Object(Map::from_iter([(key.clone(), value)])));
        let masked = self.teller.masker.values(&whole);
        path.iter().try_fold(&masked, |value, key| value.get(key)).cloned().unwrap_or_else(|| MASK.into())
    }
}

/// Everything hidden that holds something.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::String(text) if !text.is_empty() => Value::String(MASK.to_owned()),
        Value::Number(_) => Value::String(MASK.to_owned()),
        Value::Array(entries) => Value::Array(entries.iter().map(without_secrets).collect()),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), without_secrets(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
