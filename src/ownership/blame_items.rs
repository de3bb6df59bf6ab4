//! Which item of a list each path means.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6.4.2 `typed/helpers.go` (listItemToPathElement).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::PathElement;
use super::blame_tree::Node;
use super::item::{key_default, keyed};
use crate::schema::{ListKind, Typed};

/// How many names and forms of keys a list may have before the rest is passed over where no type tells its keys. Real ones have
/// one or two; without a limit a made-up list would cost more than linear time.
const FORMS: usize = 8;

/// For each item of a list what managers hold of it, and whether the item as a whole is held by whoever holds it, because
/// the list has its key more than once.
pub(super) fn matched<'n, 'e>(
    items: &[Value],
    node: &'n Node<'e>,
    typed: Option<Typed<'_>>,
) -> Vec<Option<(&'n Node<'e>, bool)>> {
    let elements = elements(items, node, typed);
    let mut counts: BTreeMap<&PathElement, usize> = BTreeMap::new();
    for element in elements.iter().flatten() {
        *counts.entry(element).or_default() += 1;
    }
    let mut seen = BTreeSet::new();
    let matched = elements.iter().map(|element| {
        let element = element.as_ref()?;
        let found = node.items.get(element)?;
        let is_double = counts.get(element).is_some_and(|count| *count > 1);
        // The API server keeps only the item itself of a double key. Where fields are known below it, the first is meant.
        (seen.insert(element) || found.is_end()).then_some((found, is_double && found.is_end()))
    });
    matched.collect()
}

/// The path element of each item, of those that the node has.
fn elements(items: &[Value], node: &Node<'_>, typed: Option<Typed<'_>>) -> Vec<Option<PathElement>> {
    if let Some(typed) = typed
        && let Some(ListKind::Map(keys)) = typed.list_kind()
    {
        return items.iter().map(|item| keyed(item.as_object()?, keys, |name| key_default(typed, name))).collect();
    }
    let names: BTreeSet<Vec<&str>> = node.items.keys().filter_map(|element| names(element)).collect();
    let has_values = node.items.keys().any(|element| matches!(element, PathElement::Value(_)));
    let mut found: Vec<Option<PathElement>> = (0_i64..)
        .zip(items)
        .map(|(index, item)| {
            let known = |element: &PathElement| node.items.contains_key(element);
            let by_value = || has_values.then(|| PathElement::Value(item.clone())).filter(known);
            let by_key = || {
                names
                    .iter()
                    .take(FORMS)
                    .filter_map(|names| keyed(item.as_object()?, names, guessed_default))
                    .filter(known)
                    .max_by_key(width)
            };
            Some(PathElement::Index(index)).filter(known).or_else(by_value).or_else(by_key)
        })
        .collect();
    for (index, element) in only_candidates(items, node, &found) {
        if let Some(place) = found.get_mut(index) {
            *place = Some(element);
        }
    }
    found
}

/// The one default that built-in kinds have among their keys.
fn guessed_default(name: &str) -> Option<&'static Value> {
    static TCP: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::from("TCP"));
    (name == "protocol").then(|| &*TCP)
}

/// How many fields a key has: of two keys that an item has, the longer one says more.
fn width(element: &PathElement) -> usize {
    names(element).map_or(0, |names| names.len())
}

fn names(element: &PathElement) -> Option<Vec<&str>> {
    match element {
        PathElement::Key(fields) => Some(fields.iter().map(|(name, _)| name.as_str()).collect()),
        PathElement::Field(_) | PathElement::Value(_) | PathElement::Index(_) => None,
    }
}

/// Without a schema: keys of which no item has all fields, and of which exactly one item has some and lacks the others, which
/// may be defaults that are not known here.
fn only_candidates(items: &[Value], node: &Node<'_>, found: &[Option<PathElement>]) -> Vec<(usize, PathElement)> {
    let taken: BTreeSet<&PathElement> = found.iter().flatten().collect();
    let open: Vec<&PathElement> = node.items.keys().filter(|element| !taken.contains(**element)).copied().collect();
    let all: BTreeSet<&str> = open.iter().filter_map(|element| names(element)).flatten().collect();
    let all: Vec<&str> = all.into_iter().take(FORMS).collect();
    let free = items.iter().zip(found).enumerate().filter(|(_, (_, element))| element.is_none());
    let mut by_part: BTreeMap<PathElement, Vec<usize>> = BTreeMap::new();
    for (index, (item, _)) in free {
        if let Some(part) = item.as_object().and_then(|item| keyed(item, &all, |_| None)) {
            by_part.entry(part).or_default().push(index);
        }
    }
    let shapes: BTreeSet<Vec<String>> =
        by_part.keys().filter_map(|part| Some(names(part)?.into_iter().map(str::to_owned).collect())).collect();
    let mut candidates = Vec::new();
    for element in open {
        let PathElement::Key(fields) = element else { continue };
        let parts = shapes.iter().take(FORMS).filter_map(|shape| {
            let part: Vec<_> = fields.iter().filter(|(name, _)| shape.contains(name)).cloned().collect();
            by_part.get(&PathElement::Key(part))
        });
        let possible: Vec<usize> = parts.flatten().copied().take(2).collect();
        if let [index] = possible.as_slice() {
            candidates.push((*index, element.clone()));
        }
    }
    candidates
}
