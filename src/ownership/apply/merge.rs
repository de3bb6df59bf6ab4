//! Two values as one: what is applied, laid over what is there.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `typed/merge.go`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::super::PathElement;
use super::form::{Form, element, entries, forms, identity, items};
use crate::schema::Typed;

/// Everything that either has. What both have is the applied one's; lists have its order, and what only the live one has
/// stays after what it stood after. Keys of maps keep the live order, with new ones after them.
pub(super) fn merge(typed: Typed<'_>, live: &Value, applied: &Value) -> Value {
    of_any(typed, Some(live), Some(applied)).unwrap_or(Value::Null)
}

fn of_any(typed: Typed<'_>, live: Option<&Value>, applied: Option<&Value>) -> Option<Value> {
    let (_, form) = forms(typed, live, applied);
    let whole = || applied.or(live).cloned();
    match form? {
        Form::Scalar(_) => whole(),
        Form::Map => {
            let (old, new) = (entries(live), entries(applied));
            if typed.is_atomic_map() || (old.is_none() && new.is_none()) {
                return whole();
            }
            Some(Value::Object(of_maps(typed, old, new)))
        }
        Form::List => {
            let (old, new) = (items(live), items(applied));
            if identity(typed).is_none() || (old.is_none() && new.is_none()) {
                return whole();
            }
            Some(Value::Array(of_lists(typed, old, new)))
        }
    }
}

fn of_maps(typed: Typed<'_>, old: Option<&Map<String, Value>>, new: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut merged = Map::new();
    let added = new.into_iter().flatten().filter(|(key, _)| old.is_none_or(|old| !old.contains_key(*key)));
    for (key, _) in old.into_iter().flatten().chain(added) {
        let (live, applied) = (old.and_then(|old| old.get(key)), new.and_then(|new| new.get(key)));
        if let Some(value) = typed.field(key).and_then(|of| of_any(of, live, applied)) {
            merged.insert(key.clone(), value);
        }
    }
    merged
}

/// A list and what tells its items apart.
struct Indexed<'v> {
    order: Vec<(PathElement, &'v Value)>,
    /// Items that are alike are merged with nothing: null stands for them.
    found: BTreeMap<PathElement, &'v Value>,
}

impl<'v> Indexed<'v> {
    fn of(typed: Typed<'_>, list: Option<&'v Vec<Value>>) -> Self {
        let (mut order, mut found) = (Vec::new(), BTreeMap::new());
        for item in list.into_iter().flatten() {
            if let Ok(step) = element(typed, item) {
                found.entry(step.clone()).and_modify(|other| *other = &Value::Null).or_insert(item);
                order.push((step, item));
            }
        }
        Self { order, found }
    }
}

fn of_lists(typed: Typed<'_>, old: Option<&Vec<Value>>, new: Option<&Vec<Value>>) -> Vec<Value> {
    let Some(of) = typed.element() else { return Vec::new() };
    let (old, new) = (Indexed::of(typed, old), Indexed::of(typed, new));
    let mut shared: VecDeque<&PathElement> =
        new.order.iter().map(|(step, _)| step).filter(|step| old.found.contains_key(step)).collect();
    let mut next_shared = shared.pop_front();
    let mut done: BTreeSet<&PathElement> = BTreeSet::new();
    let (mut at_old, mut at_new) = (0, 0);
    let mut merged = Vec::new();
    loop {
        let (left, right) = (old.order.get(at_old), new.order.get(at_new));
        let both = |step: &PathElement| of_any(of, old.found.get(step).copied(), new.found.get(step).copied());
        match (left, right) {
            (None, None) => return merged,
            (Some((left, _)), Some((right, _))) if left == right => {
                done.insert(right);
                merged.extend(both(right));
                at_old += 1;
                at_new += 1;
                next_shared = shared.pop_front();
                continue;
            }
            // A shared item whose turn has not come: it is taken with the applied ones.
            (Some((left, _)), Some(_))
                if new.found.contains_key(left) && next_shared.is_some_and(|next| next != left) =>
            {
                at_old += 1;
                continue;
            }
            (Some((left, item)), _) if !new.found.contains_key(left) => {
                merged.extend(of_any(of, Some(item), None));
                at_old += 1;
                continue;
            }
            (Some((left, _)), _) if done.contains(left) => at_old += 1,
            (Some(_) | None, _) => {}
        }
        if let Some((right, _)) = right {
            done.insert(right);
            merged.extend(both(right));
            at_new += 1;
            if next_shared.is_some_and(|next| next == right) {
                next_shared = shared.pop_front();
            }
        } else if left.is_some_and(|(left, _)| !done.contains(left)) {
            // Only what was taken already can be left over: every applied item is.
            at_old += 1;
        }
    }
}
