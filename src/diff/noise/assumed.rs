//! Fields that nobody wrote: those that the API server filled in, or a controller, and that no manifest has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::diff::{Body, Document, Entry, FieldChange, Part, Side};
use crate::ownership::{Path, walk_to};
use crate::release::ObjectId;
use crate::schema::Schema;
use crate::schema::pointer;

/// What of the documents of both sides nobody wrote.
#[derive(Debug)]
pub struct Assumed<'d> {
    schema: &'d Schema,
    old: BTreeMap<(Part, ObjectId), &'d Document>,
    new: BTreeMap<(Part, ObjectId), &'d Document>,
}

impl<'d> Assumed<'d> {
    /// As the documents themselves say.
    #[must_use]
    pub fn of(old: &'d Side, new: &'d Side, schema: &'d Schema) -> Self {
        let documents = |side: &'d Side| {
            let saying = side.documents.iter().filter(|document| !document.assumed.is_empty());
            saying.map(|document| ((document.part, document.id.clone()), document)).collect()
        };
        Self { schema, old: documents(old), new: documents(new) }
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
            value.is_none()
                || whole().or_else(alone).is_some_and(|document| is_assumed(document, &change.path, self.schema))
        };
        of(&self.old, &change.old) && of(&self.new, &change.new)
    }
}

/// Whether a field is said to be assumed: itself, what it stands in, or each value that stands in it.
fn is_assumed(document: &Document, path: &Path, schema: &Schema) -> bool {
    let Body::Fields(body) = &document.body else { return false };
    let steps = walk_to(body, path, document.typed(schema));
    if steps.iter().any(|(pointer, _)| document.assumed.contains(pointer)) {
        return true;
    }
    let is_whole = steps.len() == path.0.len();
    steps.last().is_some_and(|(pointer, value)| is_whole && holds_only(&document.assumed, pointer, value))
}

fn holds_only(assumed: &BTreeSet<String>, pointer: &str, value: &Value) -> bool {
    if assumed.contains(pointer) {
        return true;
    }
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().all(|(name, value)| holds_only(assumed, &pointer::below(pointer, name), value))
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().all(|(place, item)| holds_only(assumed, &format!("{pointer}/{place}"), item))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Array(_) => {
            false
        }
    }
}
