//! What differs between two values of a type.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `typed/compare.go`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::{FieldSet, PathElement};
use super::form::{Form, element, entries, form, forms, identity, is_same, items};
use crate::schema::Typed;

/// Fields by what became of them. Items of lists that were or are now alike may stand in two of the sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Changes {
    pub added: FieldSet,
    pub modified: FieldSet,
    pub removed: FieldSet,
}

impl Changes {
    /// Without these fields and what is below them.
    pub(super) fn except(self, fields: Option<&FieldSet>) -> Self {
        let Some(fields) = fields else { return self };
        Self {
            added: self.added.recursive_difference(fields),
            modified: self.modified.recursive_difference(fields),
            removed: self.removed.recursive_difference(fields),
        }
    }

    fn of(&mut self, change: Change) -> &mut FieldSet {
        match change {
            Change::Added => &mut self.added,
            Change::Modified => &mut self.modified,
            Change::Removed => &mut self.removed,
        }
    }

    fn put(&mut self, step: &PathElement, place: Place) {
        if let Some(change) = place.change {
            self.of(change).insert(std::slice::from_ref(step));
        }
        for (all, below) in [
            (&mut self.added, place.below.added),
            (&mut self.modified, place.below.modified),
            (&mut self.removed, place.below.removed),
        ] {
            if below.is_empty() {
                continue;
            }
            let joined = all.child(step).map(|child| child.union(&below));
            all.set_child(step.clone(), joined.unwrap_or(below));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Added,
    Modified,
    Removed,
}

/// What became of a value, and of what is in it.
#[derive(Default)]
struct Place {
    change: Option<Change>,
    below: Changes,
}

/// What is to be done to the first value so that it becomes the second one.
pub(super) fn changes(typed: Typed<'_>, from: &Value, to: &Value) -> Changes {
    place(typed, Some(from), Some(to)).below
}

fn place(typed: Typed<'_>, from: Option<&Value>, to: Option<&Value>) -> Place {
    let (first, second) = forms(typed, from, to);
    let mut place = Place::default();
    for form in [first, second].into_iter().flatten() {
        one(typed, form, from, to, &mut place);
    }
    // Whatever comes or goes as a whole is a change itself, besides what is in it.
    place.change = place.change.or(match (from, to) {
        (None, _) => Some(Change::Added),
        (_, None) => Some(Change::Removed),
        (Some(_), Some(_)) => None,
    });
    place
}

fn one(typed: Typed<'_>, form: Form, from: Option<&Value>, to: Option<&Value>, place: &mut Place) {
    let whole = |place: &mut Place| {
        if let (Some(from), Some(to)) = (from, to)
            && !is_same(from, to)
        {
            place.change = Some(Change::Modified);
        }
    };
    match form {
        Form::Scalar(_) => whole(place),
        Form::Map => {
            let (old, new) = (entries(from), entries(to));
            // Empty and null are told apart only as a whole.
            if typed.is_atomic_map() || (old.is_none() && new.is_none()) {
                return whole(place);
            }
            let keys: BTreeSet<&String> = old.into_iter().chain(new).flat_map(serde_json::Map::keys).collect();
            for key in keys {
                let (old, new) = (old.and_then(|map| map.get(key)), new.and_then(|map| map.get(key)));
                if let Some(of) = typed.field(key) {
                    place.below.put(&PathElement::field(key), self::place(of, old, new));
                }
            }
        }
        Form::List => {
            let (old, new) = (items(from), items(to));
            if identity(typed).is_none() || (old.is_none() && new.is_none()) {
                return whole(place);
            }
            in_list(typed, old, new, &mut place.below);
        }
    }
}

/// Items of a list by what tells them apart: those of the old and those of the new one. Items that are alike are one.
fn in_list(typed: Typed<'_>, old: Option<&Vec<Value>>, new: Option<&Vec<Value>>, below: &mut Changes) {
    let mut all: BTreeMap<PathElement, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
    for item in old.into_iter().flatten() {
        if let Ok(element) = element(typed, item) {
            all.entry(element).or_default().0.push(item);
        }
    }
    for item in new.into_iter().flatten() {
        if let Ok(element) = element(typed, item) {
            all.entry(element).or_default().1.push(item);
        }
    }
    let Some(of) = typed.element() else { return };
    for (step, (old, new)) in all {
        match (old.as_slice(), new.as_slice()) {
            ([] | [_], [] | [_]) => below.put(&step, place(of, old.first().copied(), new.first().copied())),
            ([_, _, ..], [_, _, ..]) => {
                let all_alike = old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| is_same(old, new));
                if !all_alike {
                    below.modified.insert(&[step]);
                }
            }
            ([_, _, ..], new) => {
                if let [new] = new {
                    below.put(&step, place(of, None, Some(new)));
                }
                below.removed.insert(&[step]);
            }
            (old, [_, _, ..]) => {
                if let [old] = old {
                    below.put(&step, place(of, Some(old), None));
                }
                below.added.insert(&[step]);
            }
        }
    }
}

/// Sets of fields that were written while something was not atomic that is so now own all of it.
pub(super) fn reconciled(set: &FieldSet, typed: Typed<'_>) -> Option<FieldSet> {
    let mut whole = FieldSet::default();
    collapse(set, typed, &mut Vec::new(), &mut whole);
    (!whole.is_empty()).then(|| set.recursive_difference(&whole).union(&whole))
}

/// Source: `typed/reconcile_schema.go`.
fn collapse(set: &FieldSet, typed: Typed<'_>, path: &mut Vec<PathElement>, whole: &mut FieldSet) {
    let is_list = match form(typed, None) {
        None | Some(Form::Scalar(_)) => return,
        Some(Form::Map) => {
            if typed.is_deduced() || holds_anything(typed) {
                return;
            }
            if typed.is_atomic_map() {
                return whole.insert(path);
            }
            false
        }
        Some(Form::List) => {
            if identity(typed).is_none() {
                return whole.insert(path);
            }
            true
        }
    };
    for (element, child) in set.children() {
        let of = match element {
            _ if is_list => typed.element(),
            PathElement::Field(name) => typed.field(name),
            PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => None,
        };
        if let Some(of) = of {
            path.push(element.clone());
            collapse(child, of, path, whole);
            path.pop();
        }
    }
}

/// A map without fields of values without type is left alone.
fn holds_anything(typed: Typed<'_>) -> bool {
    let Some(map) = &typed.atom().map else { return false };
    let untyped = || {
        let element = typed.field("")?;
        Some(
            element.is_deduced()
                || element.atom().scalar == Some(crate::schema::Scalar::Untyped) && element.atom().map.is_none(),
        )
    };
    map.fields.is_empty() && untyped().unwrap_or(false)
}
