//! Who owns each field of a live object, and where each owned field stands in it.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6.4.2 `typed/tofieldset.go`, `merge/update.go`.

use serde_json::Value;

use super::blame_items::matched;
use super::blame_tree::Node;
use super::{Entry, Path, managed_fields};
use crate::schema::{ListKind, Typed};

/// What is known of an object's fields and their owners. Owners are places in `entries`, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Blame {
    /// The entries of managedFields as they are stored, bad ones among them: those own nothing.
    pub entries: Vec<Entry>,
    /// Every leaf of any entry's set, once, in the order of paths.
    pub leaves: Vec<Leaf>,
    /// Every value of the object that holds no other: scalars, nulls, empty maps and lists, in the order of the object.
    pub values: Vec<LiveValue>,
    /// What each entry holds, in the order of entries.
    pub held: Vec<Held>,
    /// Whether the object's type was not known, so that lists and maps as a whole were told from what managers hold of them.
    pub is_guessed: bool,
}

/// A field that an owner's set has and below which that set has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The field.
    pub path: Path,
    /// For whom it is a leaf. Several: shared.
    pub owners: Vec<usize>,
    /// JSON pointers to where it is in the object. None: owned, but absent. Several only where a list has its key twice.
    pub at: Vec<String>,
    /// All owners wrote it in another version than the object's: where it is absent, it may be there by another name.
    pub is_foreign: bool,
}

/// A value of the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveValue {
    /// JSON pointer to it.
    pub at: String,
    /// Who holds it, or a whole map or list around it. None: the server's default, or older than the tracking of fields.
    pub owners: Vec<usize>,
    /// Whether the API server tracks owners of it at all. It does not of an object's identity and of its own bookkeeping.
    pub is_tracked: bool,
}

/// How much an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Leaves of its set.
    pub leaves: usize,
    /// Of these, those that are in the object.
    pub present: usize,
    /// Leaves that are others' leaves as well.
    pub shared: usize,
    /// Values of the object.
    pub values: usize,
    /// Written in another version than the object's: its paths are resolved as far as the versions agree.
    pub is_foreign: bool,
}

impl Blame {
    /// The leaves of one entry.
    pub fn leaves_of(&self, entry: usize) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(move |leaf| leaf.owners.binary_search(&entry).is_ok())
    }

    /// The values that one entry holds.
    pub fn values_of(&self, entry: usize) -> impl Iterator<Item = &LiveValue> {
        self.values.iter().filter(move |value| value.owners.binary_search(&entry).is_ok())
    }
}

/// Resolves the managers of an object. `typed` is the object's type, or [`crate::schema::Schema::deduced`] where none is known.
#[must_use]
pub fn blame(object: &Value, typed: Typed<'_>) -> Blame {
    let entries = managed_fields(object);
    let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let is_foreign: Vec<bool> = entries.iter().map(|entry| entry.api_version != version).collect();
    let mut tree = Node::of(&entries);
    let mut leaves = Vec::new();
    tree.collect(&mut Vec::new(), &mut leaves);
    let is_guessed = typed.is_deduced();
    let mut walk = Walk { leaves, values: Vec::new(), pointer: String::new(), is_guessed };
    let start = Around { node: Some(&tree), typed: Some(typed), owners: &[], is_double: false };
    walk.visit(object, start);
    let Walk { mut leaves, values, .. } = walk;
    let mut held: Vec<Held> =
        is_foreign.iter().map(|is_foreign| Held { is_foreign: *is_foreign, ..Held::default() }).collect();
    for leaf in &mut leaves {
        leaf.is_foreign = leaf.owners.iter().all(|owner| is_foreign.get(*owner) == Some(&true));
        for owner in &leaf.owners {
            let Some(held) = held.get_mut(*owner) else { continue };
            held.leaves += 1;
            held.present += usize::from(!leaf.at.is_empty());
            held.shared += usize::from(leaf.owners.len() > 1);
        }
    }
    for owner in values.iter().flat_map(|value| &value.owners) {
        if let Some(held) = held.get_mut(*owner) {
            held.values += 1;
        }
    }
    Blame { entries, leaves, values, held, is_guessed }
}

/// What is known of a value from what is around it.
#[derive(Clone, Copy)]
struct Around<'w> {
    /// What managers hold of it.
    node: Option<&'w Node<'w>>,
    typed: Option<Typed<'w>>,
    /// Who holds a whole around it.
    owners: &'w [usize],
    /// It is an item whose key the list has more than once.
    is_double: bool,
}

struct Walk {
    leaves: Vec<Leaf>,
    values: Vec<LiveValue>,
    pointer: String,
    is_guessed: bool,
}

impl Walk {
    fn visit(&mut self, value: &Value, around: Around<'_>) {
        let Around { node, typed, owners, is_double } = around;
        if let Some(leaf) = node.and_then(|node| self.leaves.get_mut(node.leaf?)) {
            leaf.at.push(self.pointer.clone());
        }
        let joined;
        let owners = match node {
            Some(node) if is_double || self.is_whole(value, node, typed) => {
                joined = union(owners, &node.members);
                &joined
            }
            Some(_) | None => owners,
        };
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    let node = node.and_then(|node| node.fields.get(name.as_str()));
                    let typed = typed.and_then(|typed| typed.field(name));
                    self.below(name, value, Around { node, typed, owners, is_double: false });
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let element = typed.and_then(Typed::element);
                let held =
                    node.filter(|node| !node.items.is_empty()).map(|node| matched(items, node, self.known(typed)));
                for (index, value) in items.iter().enumerate() {
                    let found = held.as_ref().and_then(|held| *held.get(index)?);
                    let (node, is_double) = found.unzip();
                    let around = Around { node, typed: element, owners, is_double: is_double == Some(true) };
                    self.below(&index.to_string(), value, around);
                }
            }
            Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.values.push(LiveValue {
                    at: self.pointer.clone(),
                    owners: owners.to_vec(),
                    is_tracked: !UNTRACKED.contains(&self.pointer.as_str()),
                })
            }
        }
    }

    fn below(&mut self, name: &str, value: &Value, around: Around<'_>) {
        let length = self.pointer.len();
        self.pointer.push('/');
        for c in name.chars() {
            match c {
                '~' => self.pointer.push_str("~0"),
                '/' => self.pointer.push_str("~1"),
                _ => self.pointer.push(c),
            }
        }
        if self.pointer != "/metadata/managedFields" {
            self.visit(value, around);
        }
        self.pointer.truncate(length);
    }

    /// A type that may be relied on: what is deduced of a part of a known type is what the API server does as well.
    fn known<'t>(&self, typed: Option<Typed<'t>>) -> Option<Typed<'t>> {
        typed.filter(|_| !self.is_guessed)
    }

    /// Whether who holds this holds all that is in it.
    fn is_whole(&self, value: &Value, node: &Node<'_>, typed: Option<Typed<'_>>) -> bool {
        let typed = self.known(typed);
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            Value::Array(items) => items.is_empty() || typed.map_or_else(|| node.is_end(), is_atomic_list),
            Value::Object(fields) => fields.is_empty() || typed.map_or_else(|| node.is_end(), is_atomic_map),
        }
    }
}

/// A list where the type knows of none is not looked into either.
fn is_atomic_list(typed: Typed<'_>) -> bool {
    typed.list_kind().is_none_or(|kind| *kind == ListKind::Atomic)
}

fn is_atomic_map(typed: Typed<'_>) -> bool {
    typed.atom().map.is_none() || typed.is_atomic_map()
}

fn union(left: &[usize], right: &[usize]) -> Vec<usize> {
    let mut all = [left, right].concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// What the API server takes out of every set: k8s.io/apimachinery `pkg/util/managedfields/internal/stripmeta.go`.
const UNTRACKED: &[&str] = &[
    "/apiVersion",
    "/kind",
    "/metadata/name",
    "/metadata/namespace",
    "/metadata/creationTimestamp",
    "/metadata/selfLink",
    "/metadata/uid",
    "/metadata/clusterName",
    "/metadata/generation",
    "/metadata/resourceVersion",
];
