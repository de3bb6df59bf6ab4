//! Differences document by document.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::Value;

use super::fields::{self, Comparing};
use super::noise::{self, Assumed, Rule};
use super::partner::partners;
use super::{Change, Diff, Document, Entry, Part, Progress, Side, Told, masked};
use crate::release::mask::{Masker, WITHHELD};
use crate::schema::Schema;

/// So many documents are compared between two words of how far it is.
const STEP: usize = 16;

/// Compares two sides, in the parts that both can have.
pub(super) fn diff(
    old: &Side,
    new: &Side,
    schema: &Schema,
    rules: &[Rule],
    masker: &Masker,
    tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Option<Diff> {
    let parts: BTreeSet<Part> = old.parts.intersection(&new.parts).copied().collect();
    let mut diff = Diff { old: old.label.clone(), new: new.label.clone(), ..Diff::default() };
    diff.faults = old.faults.iter().chain(&new.faults).cloned().collect();
    if parts.is_empty() && !(old.parts.is_empty() && new.parts.is_empty()) {
        diff.faults.push(format!("{} and {} have nothing in common that was asked for", old.label, new.label));
    }
    let pairs = pairs(&old.documents, &new.documents);
    let all = pairs.len();
    for (done, (before, after)) in pairs.into_iter().enumerate() {
        if done % STEP == 0 && tell(Progress { done, all }).is_break() {
            return None;
        }
        if !before.or(after).is_some_and(|document| parts.contains(&document.part)) {
            continue;
        }
        match entry(before, after, schema, masker) {
            Some(entry) => diff.entries.push(entry),
            None => diff.same = diff.same.saturating_add(1),
        }
    }
    noise::mark(&mut diff.entries, rules, &Assumed::of(old, new, schema));
    Some(diff)
}

/// A document of the old side and the new one, at least one of them.
type Pair<'d> = (Option<&'d Document>, Option<&'d Document>);

/// By part, in the order of the new side; what only the old one has stands behind what it stood behind.
fn pairs<'d>(old: &'d [Document], new: &'d [Document]) -> Vec<Pair<'d>> {
    let partners = partners(old, new);
    let mut became = vec![None; old.len()];
    for (place, partner) in partners.iter().enumerate() {
        if let Some(became) = partner.and_then(|partner| became.get_mut(partner)) {
            *became = Some(place);
        }
    }
    let mut placed: Vec<(Part, usize, Pair<'d>)> = new
        .iter()
        .zip(&partners)
        .enumerate()
        .map(|(place, (document, partner))| {
            let before = partner.and_then(|partner| old.get(partner));
            (document.part, place.saturating_add(1), (before, Some(document)))
        })
        .collect();
    let mut behind = 0;
    for (document, became) in old.iter().zip(became) {
        match became {
            Some(place) => behind = place.saturating_add(1),
            None => placed.push((document.part, behind, (Some(document), None))),
        }
    }
    placed.sort_by_key(|(part, place, (_, after))| (*part, *place, after.is_none()));
    placed.into_iter().map(|(.., pair)| pair).collect()
}

fn entry(old: Option<&Document>, new: Option<&Document>, schema: &Schema, masker: &Masker) -> Option<Entry> {
    let either = new.or(old)?;
    let change = match (old, new) {
        (Some(_), Some(_)) => Change::Changed,
        (None, _) => Change::Added,
        (Some(_), None) => Change::Removed,
    };
    let told = |told: Told| Entry {
        part: either.part,
        id: either.id.clone(),
        change,
        api_versions: (old.and_then(Document::api_version), new.and_then(Document::api_version)),
        source: new.and_then(|new| new.source.clone()).or_else(|| old?.source.clone()),
        told,
    };
    if old.or(new).is_some_and(Document::is_text) || new.is_some_and(Document::is_text) {
        return lines(old, new, masker).map(told);
    }
    let nothing = BTreeSet::new();
    let comparing = Comparing {
        schema,
        typed: either.typed(schema),
        masker,
        id: &either.id,
        assumed: [old, new].map(|document| document.map_or(&nothing, |document| &document.assumed)),
    };
    let compared = fields::compare(comparing, old.and_then(Document::fields), new.and_then(Document::fields));
    let fields = match compared {
        Some(fields) => Told::Fields { old: Arc::new(fields.old), changes: fields.changes },
        None => {
            let entry = told(Told::Fields { old: Arc::new(Value::Null), changes: Vec::new() });
            let old = masker.values(old.and_then(Document::fields)?);
            return entry
                .is_moved()
                .then(|| Entry { told: Told::Fields { old: Arc::new(old), changes: Vec::new() }, ..entry });
        }
    };
    Some(told(fields))
}

fn lines(old: Option<&Document>, new: Option<&Document>, masker: &Masker) -> Option<Told> {
    let text = |document: Option<&Document>| document.map(Document::text).unwrap_or_default();
    let name = &new.or(old)?.id.name;
    let (before, after) = (text(old), text(new));
    if old.is_some() && new.is_some() && before == after {
        return None;
    }
    let told_before = mask_text(masker, name, &before);
    let told_after = masked::text([&before, &told_before], [&after, &mask_text(masker, name, &after)]);
    Some(Told::Lines { old: told_before.into(), new: told_after.into() })
}

/// A text that is YAML, as a manifest; a template is none yet, and then its lines are looked at one by one, but for those of
/// Secrets.
pub(super) fn mask_text(masker: &Masker, name: &str, text: &str) -> String {
    if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
        let masked = masker.manifest(text);
        let is_secret = text.lines().any(|line| line.trim_start().starts_with("kind:") && line.contains("Secret"));
        if is_secret || !masked.contains(WITHHELD) {
            return masked;
        }
    }
    masker.text(text)
}
