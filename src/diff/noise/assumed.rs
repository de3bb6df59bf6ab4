//! Fields that nobody wrote: those that the API server filled in, or a controller, and that no manifest has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::diff::{Body, Document, Entry, FieldChange, Part, Side};
use crate::ownership::{Path, PathElement, compare};
use crate::release::ObjectId;

/// What of the documents of both sides nobody wrote.
#[derive(Debug, Default)]
pub struct Assumed<'d> {
    old: BTreeMap<(Part, ObjectId), &'d Document>,
    new: BTreeMap<(Part, ObjectId), &'d Document>,
}

impl<'d> Assumed<'d> {
    /// As the documents themselves say.
    #[must_use]
    pub fn of(old: &'d Side, new: &'d Side) -> Self {
        let documents = |side: &'d Side| {
            let saying = side.documents.iter().filter(|document| !document.assumed.is_empty());
            saying.map(|document| ((document.part, document.id.clone()), document)).collect()
        };
        Self { old: documents(old), new: documents(new) }
    }

    /// Whether nobody wrote what differs, on each side that has it.
    pub(super) fn hides(&self, entry: &Entry, change: &FieldChange) -> bool {
        if self.old.is_empty() && self.new.is_empty() {
            return false;
        }
        let of = |side: &BTreeMap<(Part, ObjectId), &Document>, value: &Option<Value>| {
            let whole = || side.get(&(entry.part, entry.id.clone()));
            // What is in no namespace is so on a live side, and in that of the release in a manifest.
            let alone = || side.get(&(entry.part, ObjectId { namespace: String::new(), ..entry.id.clone() }));
            value.is_none() || whole().or_else(alone).is_some_and(|document| is_assumed(document, &change.path))
        };
        of(&self.old, &change.old) && of(&self.new, &change.new)
    }
}

/// Whether a field is said to be assumed: itself, what it stands in, or each value that stands in it.
fn is_assumed(document: &Document, path: &Path) -> bool {
    let Body::Fields(body) = &document.body else { return false };
    let mut pointer = String::new();
    let mut value = body;
    for step in &path.0 {
        let Some((place, next)) = below(value, step) else { return false };
        pointer.push('/');
        pointer.push_str(&place);
        if document.assumed.contains(&pointer) {
            return true;
        }
        value = next;
    }
    !path.0.is_empty() && holds_only(&document.assumed, &pointer, value)
}

fn holds_only(assumed: &BTreeSet<String>, pointer: &str, value: &Value) -> bool {
    if assumed.contains(pointer) {
        return true;
    }
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().all(|(name, value)| holds_only(assumed, &format!("{pointer}/{}", escaped(name)), value))
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().all(|(place, item)| holds_only(assumed, &format!("{pointer}/{place}"), item))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Array(_) => {
            false
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// One step further, and its part of a JSON pointer. An item that lacks a field of the key has the default of that.
fn below<'v>(value: &'v Value, step: &PathElement) -> Option<(String, &'v Value)> {
    let item = |is_it: &dyn Fn(&Value) -> bool| {
        let mut items = value.as_array()?.iter().enumerate();
        items.find(|(_, item)| is_it(item)).map(|(place, item)| (place.to_string(), item))
    };
    match step {
        PathElement::Field(name) => Some((escaped(name), value.get(name)?)),
        PathElement::Key(fields) => {
            let own = |item: &Value, name: &str, wanted: &Value| item.get(name).map(|own| compare(own, wanted).is_eq());
            let exact = |item: &Value| fields.iter().all(|(name, wanted)| own(item, name, wanted) == Some(true));
            let lacking = |item: &Value| {
                fields.iter().all(|(name, wanted)| own(item, name, wanted) != Some(false))
                    && fields.iter().any(|(name, wanted)| own(item, name, wanted) == Some(true))
            };
            item(&exact).or_else(|| item(&lacking))
        }
        PathElement::Value(wanted) => item(&|item| compare(item, wanted).is_eq()),
        PathElement::Index(index) => {
            let index = usize::try_from(*index).ok()?;
            Some((index.to_string(), value.get(index)?))
        }
    }
}
