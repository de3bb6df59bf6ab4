//! Sets of paths, as trees.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `fieldpath/set.go`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::{Path, PathElement};

/// A set of paths. A path may be a member and lead to further members; what leads to no member is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldSet {
    /// The members that are one step away.
    members: BTreeSet<PathElement>,
    /// Members further away. Never empty ones.
    children: BTreeMap<PathElement, FieldSet>,
}

impl FieldSet {
    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    /// Puts a path in. The empty path is none.
    pub fn insert(&mut self, path: &[PathElement]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Puts a member in that is one step away.
    pub fn insert_member(&mut self, element: PathElement) {
        self.members.insert(element);
    }

    /// Whether a path is a member itself.
    #[must_use]
    pub fn contains(&self, path: &[PathElement]) -> bool {
        match path {
            [] => false,
            [last] => self.members.contains(last),
            [first, rest @ ..] => self.children.get(first).is_some_and(|child| child.contains(rest)),
        }
    }

    /// The members one step away, in order.
    pub fn members(&self) -> impl Iterator<Item = &PathElement> {
        self.members.iter()
    }

    /// What lies below each step that leads further, in order.
    pub fn children(&self) -> impl Iterator<Item = (&PathElement, &FieldSet)> {
        self.children.iter()
    }

    /// Every step of the first level in order, whether it is a member itself, and what lies below it.
    pub fn steps(&self) -> impl Iterator<Item = (&PathElement, bool, Option<&FieldSet>)> {
        let (mut members, mut children) = (self.members.iter().peekable(), self.children.iter().peekable());
        std::iter::from_fn(move || {
            let order = match (members.peek(), children.peek()) {
                (Some(member), Some((child, _))) => (*member).cmp(child),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return None,
            };
            let member = members.next_if(|_| order.is_le());
            let child = children.next_if(|_| order.is_ge());
            let element = child.map(|(element, _)| element).or(member)?;
            Some((element, member.is_some(), child.map(|(_, below)| below)))
        })
    }

    /// What lies below a step. None: nothing.
    #[must_use]
    pub fn child(&self, element: &PathElement) -> Option<&FieldSet> {
        self.children.get(element)
    }

    /// Whether the step itself is a member.
    #[must_use]
    pub fn has_member(&self, element: &PathElement) -> bool {
        self.members.contains(element)
    }

    /// Puts members below a step.
    pub fn set_child(&mut self, element: PathElement, child: FieldSet) {
        if child.is_empty() {
            self.children.remove(&element);
        } else {
            self.children.insert(element, child);
        }
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.members.extend(other.members.iter().cloned());
        for (element, child) in &other.children {
            let joined = all.children.get(element).map_or_else(|| child.clone(), |own| own.union(child));
            all.children.insert(element.clone(), joined);
        }
        all
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let members = self.members.intersection(&other.members).cloned().collect();
        let both = self.children.iter().filter_map(|(element, own)| Some((element, own, other.children.get(element)?)));
        let children = both.map(|(element, own, theirs)| (element.clone(), own.intersection(theirs)));
        Self { members, children: children.filter(|(_, child)| !child.is_empty()).collect() }
    }

    /// What is in this one only.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let members = self.members.difference(&other.members).cloned().collect();
        let children = self.children.iter().map(|(element, own)| {
            (element.clone(), other.children.get(element).map_or_else(|| own.clone(), |theirs| own.difference(theirs)))
        });
        Self { members, children: children.filter(|(_, child)| !child.is_empty()).collect() }
    }

    /// What is in this one, and neither a member of the other nor below one.
    #[must_use]
    pub fn recursive_difference(&self, other: &Self) -> Self {
        let members = self.members.difference(&other.members).cloned().collect();
        let left = self.children.iter().filter(|(element, _)| !other.members.contains(element));
        let children = left.map(|(element, own)| {
            let theirs = other.children.get(element);
            (element.clone(), theirs.map_or_else(|| own.clone(), |theirs| own.recursive_difference(theirs)))
        });
        Self { members, children: children.filter(|(_, child)| !child.is_empty()).collect() }
    }

    /// Only the members that lead to no other.
    #[must_use]
    pub fn leaves(&self) -> Self {
        let members = self.members.iter().filter(|element| !self.children.contains_key(element)).cloned().collect();
        let children = self.children.iter().map(|(element, child)| (element.clone(), child.leaves()));
        Self { members, children: children.collect() }
    }

    /// Calls for every path, in the order in which they are written.
    pub fn each(&self, mut visit: impl FnMut(&[PathElement])) {
        self.each_below(&mut Vec::new(), &mut visit);
    }

    fn each_below(&self, path: &mut Vec<PathElement>, visit: &mut impl FnMut(&[PathElement])) {
        for element in &self.members {
            path.push(element.clone());
            visit(path);
            path.pop();
        }
        for (element, child) in &self.children {
            path.push(element.clone());
            child.each_below(path, visit);
            path.pop();
        }
    }

    /// Every path.
    #[must_use]
    pub fn paths(&self) -> Vec<Path> {
        let mut all = Vec::new();
        self.each(|path| all.push(Path(path.to_vec())));
        all
    }

    /// How many paths are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len() + self.children.values().map(Self::len).sum::<usize>()
    }
}

impl FromIterator<Path> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Path>>(paths: I) -> Self {
        let mut all = Self::default();
        for path in paths {
            all.insert(&path.0);
        }
        all
    }
}
