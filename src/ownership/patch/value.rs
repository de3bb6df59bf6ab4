//! Values as Go holds them: what is equal, how lists are ordered, and by which text.
//!
//! Source: k8s.io/apimachinery v0.36.3 `pkg/util/strategicpatch/patch.go`, Go `fmt` and `sort`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::PatchFault;

pub(super) type Object = Map<String, Value>;

/// The type of a value in memory. Whole numbers that fit 64 bits and other numbers are two types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Integer,
    Float,
    Text,
    List,
    Map,
}

impl Kind {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_i64() => Self::Integer,
            Value::Number(_) => Self::Float,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Map,
        }
    }

    /// As Go names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "%!s(<nil>)",
            Self::Bool => "bool",
            Self::Integer => "int64",
            Self::Float => "float64",
            Self::Text => "string",
            Self::List => "[]interface {}",
            Self::Map => "map[string]interface {}",
        }
    }
}

pub(super) fn as_map(value: &Value) -> Result<&Object, PatchFault> {
    value
        .as_object()
        .ok_or_else(|| PatchFault::WrongType { expected: Kind::Map.name(), actual: Kind::of(value).name() })
}

pub(super) fn as_list(value: &Value) -> Result<&Vec<Value>, PatchFault> {
    value
        .as_array()
        .ok_or_else(|| PatchFault::WrongType { expected: Kind::List.name(), actual: Kind::of(value).name() })
}

/// The type of all items of all lists.
pub(super) fn element_kind(lists: &[&[Value]]) -> Result<Kind, PatchFault> {
    let mut all = lists.iter().copied().flatten().map(Kind::of);
    let first = all.next().ok_or(PatchFault::EmptyLists)?;
    match first {
        Kind::List => return Err(PatchFault::ListOfLists),
        Kind::Null => return Err(PatchFault::Crash("it holds null")),
        Kind::Bool | Kind::Integer | Kind::Float | Kind::Text | Kind::Map => {}
    }
    if all.all(|kind| kind == first) {
        return Ok(first);
    }
    let texts: Vec<String> = lists.iter().map(|list| list_text(list)).collect();
    Err(PatchFault::MixedList(format!("[{}]", texts.join(" "))))
}

/// As Go prints a value with `%v`: lists are sorted by this text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => integer.to_string(),
            (None, Some(float)) => float_text(float),
            (None, None) => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => list_text(items),
        Value::Object(map) => {
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let fields: Vec<String> =
                fields.into_iter().map(|(name, value)| format!("{name}:{}", text(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

pub(super) fn list_text(items: &[Value]) -> String {
    format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" "))
}

/// The shortest digits that mean this number; with an exponent below 1e-4 and from 1e21 on.
fn float_text(float: f64) -> String {
    let scientific = format!("{float:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..21).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => float.to_string(),
    }
}

/// What is the same for equal scalars only. All maps have one, and all lists: see [`is_same`].
pub(super) fn identity(value: &Value) -> String {
    match value {
        Value::Object(_) => MAP.to_owned(),
        Value::Array(_) => LIST.to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

// No scalar is written like these.
const MAP: &str = "map";
const LIST: &str = "list";

/// Checks a key that has been found by its identity: whether two maps or two lists are one key ends the reference's program.
pub(super) fn comparable(identity: &str) -> Result<(), PatchFault> {
    if identity == MAP || identity == LIST {
        return Err(PatchFault::Crash("the value of a merge key is a map or a list"));
    }
    Ok(())
}

/// Whether two values are one key.
pub(super) fn is_same(left: &Value, right: &Value) -> Result<bool, PatchFault> {
    let (left, right) = (identity(left), identity(right));
    if left == right {
        comparable(&left)?;
    }
    Ok(left == right)
}

/// The places of items in a list, by merge key for maps and by value for others.
pub(super) struct Places(HashMap<String, usize>);

impl Places {
    pub(super) fn of(list: &[Value], merge_key: &str, kind: Kind) -> Self {
        let mut places = HashMap::new();
        for (place, item) in list.iter().enumerate() {
            places.entry(place_key(item, merge_key, kind)).or_insert(place);
        }
        Self(places)
    }

    pub(super) fn place(&self, item: &Value, merge_key: &str, kind: Kind) -> Result<Option<usize>, PatchFault> {
        let key = place_key(item, merge_key, kind);
        let found = self.0.get(&key).copied();
        if found.is_some() {
            comparable(&key)?;
        }
        Ok(found)
    }
}

fn place_key(item: &Value, merge_key: &str, kind: Kind) -> String {
    if kind != Kind::Map {
        return identity(item);
    }
    identity(item.as_object().and_then(|map| map.get(merge_key)).unwrap_or(&Value::Null))
}

/// Sorted by their text as Go's `sort.Sort` does it with a comparison that takes equal items for ascending: a short list
/// comes out with equal items turned around. Of longer ones Go does not say.
pub(super) fn sort_by_text<'v>(items: &[&'v Value], text_of: impl Fn(&Value) -> String) -> Vec<&'v Value> {
    let mut keyed: Vec<(String, &Value)> = items.iter().rev().map(|item| (text_of(item), *item)).collect();
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// Scalars in the order of their text.
pub(super) fn sort_scalars(items: &[Value]) -> Vec<Value> {
    sort_by_text(&items.iter().collect::<Vec<_>>(), text).into_iter().cloned().collect()
}

/// Each scalar once, where it stands first; the last one of all takes the place of one that is dropped.
pub(super) fn deduplicated(items: Vec<Value>) -> Vec<Value> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        let key = identity(&item);
        *counts.entry(key.clone()).or_default() += 1;
        keyed.push((key, item));
    }
    let mut at = 0;
    while let Some((key, _)) = keyed.get(at) {
        let key = key.clone();
        let mut more = counts.get(&key).map_or(0, |count| count.saturating_sub(1));
        let mut next = at + 1;
        while more > 0 && next < keyed.len() {
            if keyed.get(next).is_some_and(|(other, _)| *other == key) {
                keyed.swap_remove(next);
                more -= 1;
            } else {
                next += 1;
            }
        }
        at += 1;
    }
    keyed.into_iter().map(|(_, item)| item).collect()
}
