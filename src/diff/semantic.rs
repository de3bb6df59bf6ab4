//! Differences by field.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::Value;

use super::noise::{self, Assumed, Rule};
use super::{Body, Change, Diff, Document, Entry, FieldChange, Op, Part, Progress, Side, Told};
use crate::ownership::{Path, PathElement};
use crate::release::ObjectId;
use crate::release::mask::Masker;
use crate::schema::Schema;

/// Compares two sides, in the parts that both can have.
pub(super) fn diff(
    old: &Side,
    new: &Side,
    _schema: &Schema,
    rules: &[Rule],
    masker: &Masker,
    tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Option<Diff> {
    let mut partners: BTreeMap<(Part, &ObjectId), &Document> =
        old.documents.iter().map(|document| ((document.part, &document.id), document)).collect();
    let mut diff = Diff { old: old.label.clone(), new: new.label.clone(), ..Diff::default() };
    diff.faults = old.faults.iter().chain(&new.faults).cloned().collect();
    let all = new.documents.len();
    for (done, document) in new.documents.iter().enumerate() {
        if tell(Progress { done, all }).is_break() {
            return None;
        }
        match entry(partners.remove(&(document.part, &document.id)), Some(document), masker) {
            Some(entry) => diff.entries.push(entry),
            None => diff.same = diff.same.saturating_add(1),
        }
    }
    diff.entries.extend(partners.into_values().filter_map(|document| entry(Some(document), None, masker)));
    diff.entries.sort_by_key(|entry| entry.part);
    noise::mark(&mut diff.entries, rules, &Assumed::of(old, new));
    Some(diff)
}

fn entry(old: Option<&Document>, new: Option<&Document>, masker: &Masker) -> Option<Entry> {
    let either = new.or(old)?;
    let fields = |document: Option<&Document>| match document.map(|document| &document.body) {
        Some(Body::Fields(value)) => Some(masker.values(value)),
        Some(Body::Text(_)) | None => None,
    };
    let (before, after) = (fields(old), fields(new));
    let mut changes = Vec::new();
    values(&mut Path(Vec::new()), before.as_ref(), after.as_ref(), &mut changes);
    let change = match (old, new) {
        (Some(_), Some(_)) => Change::Changed,
        (None, _) => Change::Added,
        (Some(_), None) => Change::Removed,
    };
    (!changes.is_empty()).then(|| Entry {
        part: either.part,
        id: either.id.clone(),
        change,
        api_versions: (old.and_then(Document::api_version), new.and_then(Document::api_version)),
        source: either.source.clone(),
        told: Told::Fields { old: Arc::new(before.unwrap_or_default()), changes },
    })
}

fn values(path: &mut Path, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                path.0.push(PathElement::field(key));
                values(path, old.get(key), new.get(key), changes);
                path.0.pop();
            }
        }
        (old, new) if old == new => {}
        (old, new) => changes.push(FieldChange {
            path: path.clone(),
            inside: None,
            place: None,
            op: match (old, new) {
                (None, _) => Op::Add,
                (_, None) => Op::Remove,
                (Some(_), Some(_)) => Op::Replace,
            },
            old: old.cloned(),
            new: new.cloned(),
            hidden_by: None,
        }),
    }
}
