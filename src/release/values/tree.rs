//! Values whose every part remembers where it came from.
//!
//! Maps and lists are shared the way the reference shares them in memory: a targetPath that is written into a map of the
//! inline values changes the inline values as well, so that merging them once more does not take the write back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

/// Whose a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Default,
    /// The entry of valuesFrom of this index.
    Source(usize),
    Inline,
    /// It is stored with the revision, and nothing that is there now gives it.
    Lost,
}

/// What stood there before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Past {
    pub origin: Origin,
    pub value: Value,
    /// Where it stood, if it was a part further up that gave way.
    pub above: Option<Vec<String>>,
}

pub(super) type Tree = BTreeMap<String, Node>;

#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar(Value),
    List(Rc<RefCell<Vec<Node>>>),
    Map(Rc<RefCell<Tree>>),
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub origin: Origin,
    pub content: Content,
    /// The nearest first.
    pub overrode: Vec<Past>,
    /// Sources that may not be read, and may have overridden it.
    pub doubt: Vec<usize>,
}

impl Node {
    pub fn new(origin: Origin, content: Content) -> Self {
        Self { origin, content, overrode: Vec::new(), doubt: Vec::new() }
    }

    pub fn of(origin: Origin, value: &Value) -> Self {
        let content = match value {
            Value::Object(map) => Content::Map(Rc::new(RefCell::new(tree_of(origin, map)))),
            Value::Array(entries) => {
                Content::List(Rc::new(RefCell::new(entries.iter().map(|entry| Self::of(origin, entry)).collect())))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Content::Scalar(value.clone()),
        };
        Self::new(origin, content)
    }

    pub fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(entries) => Value::Array(entries.borrow().iter().map(Self::value).collect()),
            Content::Map(tree) => Value::Object(map_of(&tree.borrow())),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar(Value::Null))
    }

    pub fn map(&self) -> Option<Rc<RefCell<Tree>>> {
        match &self.content {
            Content::Map(tree) => Some(Rc::clone(tree)),
            Content::Scalar(_) | Content::List(_) => None,
        }
    }

    /// The node that stands in the place of another one from now on. What a layer overrode of itself is no news.
    pub fn over(mut self, old: &Self) -> Self {
        if self.origin == old.origin {
            self.overrode.clone_from(&old.overrode);
            return self;
        }
        let nearest = Past { origin: old.origin, value: old.value(), above: None };
        let older = old.overrode.iter().filter(|past| past.origin != self.origin).cloned();
        self.overrode = std::iter::once(nearest).chain(older).collect();
        self
    }

    /// Nothing is shared with the original, and a source may have overridden all of it.
    pub fn doubted(&self, source: usize) -> Self {
        let content = match &self.content {
            Content::Scalar(value) => Content::Scalar(value.clone()),
            Content::List(entries) => {
                Content::List(Rc::new(RefCell::new(entries.borrow().iter().map(|one| one.doubted(source)).collect())))
            }
            Content::Map(tree) => Content::Map(Rc::new(RefCell::new(doubted(&tree.borrow(), source)))),
        };
        let mut doubt = self.doubt.clone();
        doubt.push(source);
        Self { origin: self.origin, content, overrode: self.overrode.clone(), doubt }
    }

    /// Every part of it is of one layer: a list is told in one row then.
    pub fn is_whole(&self) -> bool {
        self.is_all_of(self.origin, &self.doubt)
    }

    fn is_all_of(&self, origin: Origin, doubt: &[usize]) -> bool {
        self.origin == origin
            && self.doubt == doubt
            && match &self.content {
                Content::Scalar(_) => true,
                Content::List(entries) => entries.borrow().iter().all(|entry| entry.is_all_of(origin, doubt)),
                Content::Map(tree) => tree.borrow().values().all(|entry| entry.is_all_of(origin, doubt)),
            }
    }
}

pub(super) fn tree_of(origin: Origin, map: &Map<String, Value>) -> Tree {
    map.iter().map(|(key, value)| (key.clone(), Node::of(origin, value))).collect()
}

pub(super) fn map_of(tree: &Tree) -> Map<String, Value> {
    tree.iter().map(|(key, node)| (key.clone(), node.value())).collect()
}

pub(super) fn doubted(tree: &Tree, source: usize) -> Tree {
    tree.iter().map(|(key, node)| (key.clone(), node.doubted(source))).collect()
}
