//! Which item of a new list was which of the old one.
//!
//! 1. By the keys that the types name, a key that is left out having its default; the items of a set by their values.
//! 2. Else by one of [`NAMES`], where it tells all items apart on both sides. What the types call atomic is compared so as well:
//!    one server-side write replaces it as a whole, but a person wants to see which rule was added.
//! 3. Else by place: what both lists have in the same order stays, so that an item that is put in is one item more.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::equal::{Item, equal};
use crate::ownership::{PathElement, key_default, keyed};
use crate::schema::{ListKind, Typed};

/// Fields that name an item where no type says which do, the likeliest first.
const NAMES: &[&str] = &["name", "key", "id", "host"];

/// Lists with keys whose order says something all the same: init containers run in it, and a variable may refer to those before.
/// Source: kubernetes/api v0.36 `core/v1/types.go` (PodSpec.InitContainers, EnvVar.Value).
const ORDERED: &[&str] = &["initContainers", "env"];

/// Beyond so many comparisons of one item with another, lists are compared item by item at the same place.
const MOST_COMPARISONS: usize = 4_000_000;

/// Which item was which.
#[derive(Debug, PartialEq)]
pub(super) struct Matched {
    /// For each new item, the place of the old one.
    pub partners: Vec<Option<usize>>,
    /// What old and new items are called; without, by their places.
    pub names: Option<(Vec<PathElement>, Vec<PathElement>)>,
    /// The items that both have stand in another order, and that says something.
    pub is_reordered: bool,
}

/// Matches two lists. `field` is the name of the field that holds them.
pub(super) fn matched(old: &[Value], new: &[Value], typed: Typed<'_>, field: Option<&str>) -> Matched {
    let by_type = || {
        let kind = typed.list_kind().filter(|_| !typed.is_deduced())?;
        let names = |items: &[Value]| items.iter().map(|item| name(item, kind, typed)).collect::<Option<Vec<_>>>();
        let is_ordered = field.is_some_and(|field| ORDERED.contains(&field));
        by_names(names(old)?, names(new)?, is_ordered)
    };
    let by_field = || {
        let names = |items: &[Value], field: &&str| {
            items.iter().map(|item| keyed(text_field(item, field)?, &[*field], |_| None)).collect::<Option<Vec<_>>>()
        };
        NAMES.iter().find_map(|field| by_names(names(old, field)?, names(new, field)?, true))
    };
    by_type().or_else(by_field).unwrap_or_else(|| by_place(old, new))
}

fn name(item: &Value, kind: &ListKind, typed: Typed<'_>) -> Option<PathElement> {
    match kind {
        ListKind::Atomic => None,
        ListKind::Set => (!item.is_object() && !item.is_array()).then(|| PathElement::Value(item.clone())),
        ListKind::Map(keys) => keyed(item.as_object()?, keys, |name| key_default(typed, name)),
    }
}

/// The item, if this field of it can name it.
fn text_field<'v>(item: &'v Value, field: &str) -> Option<&'v serde_json::Map<String, Value>> {
    let item = item.as_object()?;
    item.get(field).is_some_and(|value| value.is_string() || value.is_number()).then_some(item)
}

/// `None` where two items of one list have the same name.
fn by_names(old: Vec<PathElement>, new: Vec<PathElement>, is_ordered: bool) -> Option<Matched> {
    let places: BTreeMap<&PathElement, usize> = old.iter().enumerate().map(|(place, name)| (name, place)).collect();
    if places.len() < old.len() || new.iter().collect::<BTreeSet<_>>().len() < new.len() {
        return None;
    }
    let partners: Vec<Option<usize>> = new.iter().map(|name| places.get(name).copied()).collect();
    let is_reordered = is_ordered && !partners.iter().flatten().is_sorted();
    Some(Matched { partners, names: Some((old, new)), is_reordered })
}

/// What lies between the items that are equal is paired in order.
fn by_place(old: &[Value], new: &[Value]) -> Matched {
    let before = old.iter().zip(new).take_while(|(old, new)| equal(old, new)).count();
    let rest = |items: &[Value]| items.len().saturating_sub(before);
    let after = old.iter().rev().zip(new.iter().rev()).take(rest(old).min(rest(new)));
    let after = after.take_while(|(old, new)| equal(old, new)).count();
    let between_old = before..old.len().saturating_sub(after);
    let between_new = before..new.len().saturating_sub(after);
    let mut partners: Vec<Option<usize>> = vec![None; new.len()];
    let mut pair = |old: Range<usize>, new: Range<usize>| {
        for (old, new) in old.zip(new) {
            if let Some(partner) = partners.get_mut(new) {
                *partner = Some(old);
            }
        }
    };
    pair(0..before, 0..before);
    pair(between_old.end..old.len(), between_new.end..new.len());
    if between_old.len().saturating_mul(between_new.len()) > MOST_COMPARISONS {
        pair(between_old, between_new);
    } else {
        let at = |start: usize, len: usize| {
            let start = start.saturating_add(before);
            start..start.saturating_add(len)
        };
        for op in capture_diff_slices(Algorithm::Myers, &items(old, between_old), &items(new, between_new)) {
            match op {
                DiffOp::Equal { old_index, new_index, len } => pair(at(old_index, len), at(new_index, len)),
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    pair(at(old_index, old_len), at(new_index, new_len));
                }
                DiffOp::Delete { .. } | DiffOp::Insert { .. } => {}
            }
        }
    }
    Matched { partners, names: None, is_reordered: false }
}

fn items(items: &[Value], range: Range<usize>) -> Vec<Item<'_>> {
    items.get(range).unwrap_or_default().iter().map(Item).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Schema;

    /// The partners of the new items.
    fn check(old: &Value, new: &Value, expected: &[Option<usize>]) {
        let schema = Schema::default();
        let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let found = matched(&items(old), &items(new), schema.deduced(), None);
        assert_eq!(found.partners, expected, "{old} {new}");
    }

    #[test]
    fn the_first_field_counts_that_tells_all_items_apart() {
        let item = |name: &str, id: i32| json!({"name": name, "id": id});
        check(&json!([item("a", 1), item("b", 2)]), &json!([item("b", 1), item("c", 2)]), &[Some(1), None]);
        check(&json!([item("a", 1), item("a", 2)]), &json!([item("a", 2), item("b", 1)]), &[Some(1), Some(0)]);
        check(&json!([{"name": null}, {"name": "a"}]), &json!([{"name": "a"}]), &[Some(1)]);
    }

    #[test]
    fn of_lists_too_long_to_align_the_middle_is_paired_by_place() {
        let list = |from: usize| Value::from((from..from + 2_100).collect::<Vec<_>>());
        let (short, long) = (json!([1, 2, 3]), json!([0, 1, 2, 3]));
        check(&short, &long, &[None, Some(0), Some(1), Some(2)]);
        check(&list(0), &list(1), &(0..2_100).map(Some).collect::<Vec<_>>());
    }
}
