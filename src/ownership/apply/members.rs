//! Which fields a value sets.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `typed/tofieldset.go`, `fieldpath/set.go` (EnsureNamedFieldsAreMembers).

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{FieldSet, PathElement};
use super::form::{Form, element, entries, form, identity, is_declared, items};
use crate::schema::Typed;

/// What a value is in the set of what holds it.
struct Place {
    is_member: bool,
    below: FieldSet,
}

/// Every leaf and every item that a value of this type sets.
pub(in crate::ownership) fn members(typed: Typed<'_>, value: &Value) -> FieldSet {
    place(typed, value).below
}

/// The set, and the fields that lead to a member of it: a set owns the fields of a struct only by what is in them. Keys of
/// maps and items of lists are left as they are.
pub(super) fn with_fields(set: &FieldSet, typed: Option<Typed<'_>>) -> FieldSet {
    let mut all = FieldSet::default();
    for element in set.members() {
        all.insert(std::slice::from_ref(element));
    }
    for (element, child) in set.children() {
        let of = match element {
            PathElement::Field(name) => {
                if typed.is_some_and(|typed| is_declared(typed, name)) {
                    all.insert(std::slice::from_ref(element));
                }
                typed.and_then(|typed| typed.field(name))
            }
            PathElement::Key(_) => typed.and_then(Typed::element),
            PathElement::Value(_) | PathElement::Index(_) => None,
        };
        all.set_child(element.clone(), with_fields(child, of));
    }
    all
}

fn place(typed: Typed<'_>, value: &Value) -> Place {
    let leaf = Place { is_member: true, below: FieldSet::default() };
    match form(typed, Some(value)) {
        None => Place { is_member: false, ..leaf },
        Some(Form::Scalar(_)) => leaf,
        Some(Form::Map) if typed.is_atomic_map() => leaf,
        Some(Form::Map) => Place { is_member: false, below: of_map(typed, value) },
        Some(Form::List) if identity(typed).is_none() => leaf,
        Some(Form::List) => Place { is_member: false, below: of_list(typed, value) },
    }
}

fn of_map(typed: Typed<'_>, value: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    for (key, value) in entries(Some(value)).into_iter().flatten() {
        let Some(of) = typed.field(key) else { continue };
        let Place { is_member, below } = place(of, value);
        let is_empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        let step = PathElement::field(key);
        if is_member || is_empty || !is_declared(typed, key) {
            set.insert(std::slice::from_ref(&step));
        }
        set.set_child(step, below);
    }
    set
}

/// Items that are alike are one member, of which nothing further is known.
fn of_list(typed: Typed<'_>, value: &Value) -> FieldSet {
    let mut found: BTreeMap<PathElement, Vec<&Value>> = BTreeMap::new();
    for item in items(Some(value)).into_iter().flatten() {
        if let Ok(element) = element(typed, item) {
            found.entry(element).or_default().push(item);
        }
    }
    let mut set = FieldSet::default();
    for (step, items) in found {
        set.insert(std::slice::from_ref(&step));
        if let ([item], Some(of)) = (items.as_slice(), typed.element()) {
            set.set_child(step, place(of, item).below);
        }
    }
    set
}
