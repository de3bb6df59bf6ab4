//! The sets of all managers as one tree, so that an object is walked once, however many managers it has.

use std::collections::BTreeMap;

use super::blame::Leaf;
use super::{Entry, FieldSet, Path, PathElement};

/// One field of any manager's set, or a way to one.
#[derive(Default)]
pub(super) struct Node<'e> {
    /// Whose set has it as a member, by the place of the entry, ascending.
    pub(super) members: Vec<usize>,
    /// The members that have nothing below it.
    leaves: Vec<usize>,
    /// Its place among the leaves, if it is somebody's.
    pub(super) leaf: Option<usize>,
    /// Fields below it, by name: looked up without making a [`PathElement`].
    pub(super) fields: BTreeMap<&'e str, Node<'e>>,
    /// Items of a list below it.
    pub(super) items: BTreeMap<&'e PathElement, Node<'e>>,
}

impl<'e> Node<'e> {
    /// The tree of all entries that can be read.
    pub(super) fn of(entries: &'e [Entry]) -> Self {
        let mut root = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            if let Ok(fields) = &entry.fields {
                root.add(fields, index);
            }
        }
        root
    }

    fn child(&mut self, element: &'e PathElement) -> &mut Self {
        match element {
            PathElement::Field(name) => self.fields.entry(name).or_default(),
            PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => {
                self.items.entry(element).or_default()
            }
        }
    }

    fn add(&mut self, set: &'e FieldSet, owner: usize) {
        for element in set.members() {
            let child = self.child(element);
            child.members.push(owner);
            if set.child(element).is_none() {
                child.leaves.push(owner);
            }
        }
        for (element, below) in set.children() {
            self.child(element).add(below, owner);
        }
    }

    /// Whether no manager has anything below it.
    pub(super) fn is_end(&self) -> bool {
        self.fields.is_empty() && self.items.is_empty()
    }

    /// Appends its leaves in order and remembers their places.
    pub(super) fn collect(&mut self, path: &mut Vec<PathElement>, leaves: &mut Vec<Leaf>) {
        if !self.leaves.is_empty() {
            self.leaf = Some(leaves.len());
            let path = Path(path.clone());
            leaves.push(Leaf { path, owners: self.leaves.clone(), at: Vec::new(), is_foreign: false });
        }
        for (name, child) in &mut self.fields {
            path.push(PathElement::field(name));
            child.collect(path, leaves);
            path.pop();
        }
        for (element, child) in &mut self.items {
            path.push((*element).clone());
            child.collect(path, leaves);
            path.pop();
        }
    }
}
