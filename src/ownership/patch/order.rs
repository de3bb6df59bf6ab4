//! The order of the items of lists that are merged.
//!
//! Source: k8s.io/apimachinery v0.36.3 `pkg/util/strategicpatch/patch.go` (normalizeElementOrder, mergeSortedSlice,
//! partition*, validatePatchWithSetOrderList).

use serde_json::Value;

use super::PatchFault;
use super::diff::{DIRECTIVE, key_of};
use super::value::{Kind, Places, as_list, as_map, is_same, list_text};

/// In the order of another list; what deletes comes last.
pub(super) fn normalize(
    items: Vec<Value>,
    order: &[Value],
    merge_key: &str,
    kind: Kind,
) -> Result<Vec<Value>, PatchFault> {
    let (items, deleting) = if kind == Kind::Map {
        for item in items.iter().chain(order) {
            key_of(as_map(item)?, merge_key)?;
        }
        split_deleting(items)
    } else {
        (items, Vec::new())
    };
    if items.len() < 2 {
        return Ok(items.into_iter().chain(deleting).collect());
    }
    let places = Places::of(order, merge_key, kind);
    let mut placed = Vec::new();
    for item in items {
        placed.push((places.place(&item, merge_key, kind)?, item));
    }
    if placed.iter().all(|(place, _)| place.is_some()) {
        placed.sort_by_key(|(place, _)| *place);
    } else {
        // Only in a patch by hand. The reference takes what it does not find for smaller than all others, and so do others.
        for end in 1..placed.len() {
            for at in (1..=end).rev() {
                let is_less = match placed.get(at - 1..=at) {
                    Some([(Some(before), _), (Some(place), _)]) => place < before,
                    _ => true,
                };
                if !is_less {
                    break;
                }
                placed.swap(at - 1, at);
            }
        }
    }
    Ok(placed.into_iter().map(|(_, item)| item).chain(deleting).collect())
}

fn split_deleting(items: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    items.into_iter().partition(|item| item.get(DIRECTIVE).and_then(Value::as_str) != Some("delete"))
}

/// The items that a patch names and those that only the server has, each in its order, one among the other as in the live list.
pub(super) fn normalize_both(
    merged: Vec<Value>,
    order: &[Value],
    live: &[Value],
    merge_key: &str,
    kind: Kind,
) -> Result<Vec<Value>, PatchFault> {
    let (patch, server_only) = partition(merged, order, merge_key)?;
    let patch = normalize(patch, order, merge_key, kind)?;
    let server_only = normalize(server_only, live, merge_key, kind)?;
    if patch.is_empty() || server_only.is_empty() {
        return Ok(patch.into_iter().chain(server_only).collect());
    }
    let places = Places::of(live, merge_key, kind);
    let mut all = Vec::with_capacity(patch.len() + server_only.len());
    let (mut patch, mut server_only) = (patch.into_iter().peekable(), server_only.into_iter().peekable());
    loop {
        let is_server_first = match (server_only.peek(), patch.peek()) {
            (None, None) => return Ok(all),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(left), Some(right)) => {
                match (places.place(left, merge_key, kind)?, places.place(right, merge_key, kind)?) {
                    (Some(left), Some(right)) => left < right,
                    _ => false,
                }
            }
        };
        all.extend(if is_server_first { server_only.next() } else { patch.next() });
    }
}

/// Those that another list names, and the others.
fn partition(items: Vec<Value>, by: &[Value], merge_key: &str) -> Result<(Vec<Value>, Vec<Value>), PatchFault> {
    let kind = if merge_key.is_empty() { Kind::Text } else { Kind::Map };
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for item in &items {
        if kind == Kind::Map {
            key_of(as_map(item)?, merge_key)?;
        }
    }
    let not_a_map = by.iter().position(|item| !item.is_object());
    let keyed: Vec<Value> = match (kind, not_a_map) {
        (Kind::Map, Some(place)) if !items.is_empty() => return Err(PatchFault::NotAMap(place)),
        (Kind::Map, _) => by.iter().filter(|item| item.get(merge_key).is_some()).cloned().collect(),
        _ => by.to_vec(),
    };
    let places = Places::of(&keyed, merge_key, kind);
    for item in items {
        match places.place(&item, merge_key, kind)? {
            Some(_) => named.push(item),
            None => others.push(item),
        }
    }
    Ok((named, others))
}

/// Whether the items of a patch stand in the order that the patch asks for, and are all in it.
pub(super) fn check_order(patch: &[Value], order: &[Value], merge_key: &str) -> Result<(), PatchFault> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut items: Vec<&Value> = Vec::new();
    for item in patch {
        if !merge_key.is_empty() && as_map(item)?.get(DIRECTIVE).and_then(Value::as_str) == Some("delete") {
            continue;
        }
        items.push(item);
    }
    let (mut items, mut orders) = (items.into_iter().peekable(), order.iter());
    while let Some(item) = items.peek() {
        if orders.len() == 0 {
            return Err(differs(patch, order));
        }
        if item.get(DIRECTIVE).is_some() {
            items.next();
            continue;
        }
        let Some(wanted) = orders.next() else { break };
        let is_it = if merge_key.is_empty() {
            is_same(item, wanted)?
        } else {
            is_same(key_of(as_map(item)?, merge_key)?, key_of(as_map(wanted)?, merge_key)?)?
        };
        if is_it {
            items.next();
        }
    }
    Ok(())
}

fn differs(patch: &[Value], order: &[Value]) -> PatchFault {
    PatchFault::OrderDiffers { patch: list_text(patch), order: list_text(order) }
}

/// The list of a field, if it has one.
pub(super) fn list_of(value: Option<&Value>) -> Result<&[Value], PatchFault> {
    value.map_or(Ok(&[][..]), |value| as_list(value).map(Vec::as_slice))
}
