//! Which values of a chart may set a field: told by what they are and how they are called. Only rendering would prove it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::place::same;
use super::super::report::ObjectReport;
use super::super::words::text_of;
use super::super::{Path, PathElement};
use super::image;

/// One step into values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A key.
    Key(String),
    /// A place in a list.
    Item(usize),
}

/// A value that may set the field.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Where it is: `web.image.tag`.
    pub place: String,
    /// What it is now, in a few words.
    pub now: String,
    /// The values that would make the live value permanent. A list is whole, because Helm replaces lists.
    pub patch: Value,
    /// It is called like the field.
    pub is_named: bool,
    score: i32,
    /// Words of its path that nothing about the field explains.
    strange: usize,
}

/// What is sought.
pub struct Wanted<'a> {
    /// The object.
    pub object: &'a ObjectReport,
    /// The field.
    pub path: &'a Path,
    /// What the manifest has.
    pub manifest: Option<&'a Value>,
    /// What is to be kept.
    pub live: &'a Value,
}

/// Values as the chart's templates see them, as far as they are stored: the chart's own under the user's, in which null deletes.
#[must_use]
pub fn coalesced(chart: &Map<String, Value>, user: &Map<String, Value>) -> Value {
    let mut all = chart.clone();
    for (key, value) in user {
        match (all.get(key), value) {
            (_, Value::Null) => {
                all.shift_remove(key);
            }
            (Some(Value::Object(below)), Value::Object(above)) => {
                let merged = coalesced(below, above);
                all.insert(key.clone(), merged);
            }
            _ => {
                all.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(all)
}

/// Every value that may set the field, the likeliest first, and whether the first one is the only one that fits well.
#[must_use]
pub fn candidates(wanted: &Wanted<'_>, values: &Value, app_version: Option<&str>) -> (Vec<Candidate>, bool) {
    let mut nodes = Vec::new();
    walk(values, &mut Vec::new(), &mut nodes);
    let known = context(wanted);
    let field = field_of(wanted.path);
    let mut found: Vec<Candidate> = Vec::new();
    for (steps, node) in &nodes {
        let sets = match wanted.manifest {
            Some(manifest) => match is_equal(wanted.path, manifest, node) {
                true if is_value_of(values, steps, &field) => Some((vec![(steps.clone(), wanted.live.clone())], 3)),
                true => Some((vec![(steps.clone(), wanted.live.clone())], likeness(steps, &field))),
                false => image::sets(wanted, steps, node, app_version).map(|sets| (sets, 3)),
            },
            None => added(wanted, steps, node),
        };
        let Some((sets, likeness)) = sets else { continue };
        let is_telling = wanted.manifest.and_then(Value::as_str).is_some_and(|text| text.len() >= 4);
        if likeness == 0 && !is_telling {
            continue;
        }
        let strange: BTreeSet<String> = steps
            .iter()
            .flat_map(|step| match step {
                Step::Key(key) => stems(key),
                Step::Item(_) => Vec::new(),
            })
            .filter(|word| !known.contains(word))
            .collect();
        let of_path = i32::try_from(steps.len()).unwrap_or(i32::MAX);
        let unknown = i32::try_from(strange.len()).unwrap_or(i32::MAX);
        found.push(Candidate {
            place: sets.iter().map(|(steps, _)| text(steps)).collect::<Vec<_>>().join(" and "),
            now: now(values, &sets),
            patch: patch(values, &sets),
            is_named: likeness > 0,
            score: likeness.saturating_mul(4).saturating_add(of_path).saturating_sub(unknown.saturating_mul(3)),
            strange: strange.len(),
        });
    }
    if found.iter().any(|candidate| candidate.is_named) {
        found.retain(|candidate| candidate.is_named);
    }
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.score));
    let is_clear = match found.as_slice() {
        [] => false,
        [first] => first.is_named && first.strange == 0,
        [first, second, ..] => {
            first.is_named && first.strange == 0 && (first.score > second.score && second.strange > 0)
        }
    };
    found.truncate(MOST);
    (found, is_clear)
}

/// More are not told of: nobody goes through them.
const MOST: usize = 5;

fn walk<'v>(value: &'v Value, steps: &mut Vec<Step>, out: &mut Vec<(Vec<Step>, &'v Value)>) {
    if !steps.is_empty() {
        out.push((steps.clone(), value));
    }
    let below: Vec<(Step, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(place, value)| (Step::Item(place), value)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (step, value) in below {
        steps.push(step);
        walk(value, steps, out);
        steps.pop();
    }
}

/// Values are often texts where manifests have numbers, and the other way round.
fn is_equal(path: &Path, manifest: &Value, value: &Value) -> bool {
    let is_something = !matches!(value, Value::Null) && !text_of(value).is_empty();
    is_something && (same(path, manifest, value) || text_of(manifest) == text_of(value))
}

/// What the field is called: an item's value as the item is.
fn field_of(path: &Path) -> String {
    let name = |step: &PathElement| match step {
        PathElement::Field(name) if name == "value" => None,
        PathElement::Field(name) => Some(name.clone()),
        PathElement::Key(keys) => keys.iter().find(|(key, _)| key == "name").map(|(_, value)| text_of(value)),
        PathElement::Value(_) | PathElement::Index(_) => None,
    };
    path.0.iter().rev().find_map(name).unwrap_or_default()
}

/// How much a value is called like the field: 0 not at all, 3 the same.
fn likeness(steps: &[Step], field: &str) -> i32 {
    let named = steps.iter().rev().find_map(|step| match step {
        // In a list of names and values, the name is not at hand.
        Step::Key(key) if key == "value" => None,
        Step::Key(key) => Some(key),
        Step::Item(_) => None,
    });
    let Some(key) = named else { return 0 };
    if key.eq_ignore_ascii_case(field) {
        return 3;
    }
    let (of_key, of_field) = (stems(key), stems(field));
    if of_key == of_field {
        return 3;
    }
    let first = of_field.last();
    // `replicaCount` for `replicas`, `extraEnv` for `env`, `podAnnotations` for `annotations`.
    i32::from(first.is_some_and(|word| of_key.contains(word))) * 2
}

/// Whether it is the value of an item that is called like the field: `env[1].value`.
fn is_value_of(values: &Value, steps: &[Step], field: &str) -> bool {
    let [around @ .., Step::Item(_), Step::Key(key)] = steps else { return false };
    let item = steps.get(..around.len() + 1).and_then(|item| value_at(values, item));
    key == "value" && item.and_then(|item| item.get("name")).is_some_and(|name| name == field)
}

fn value_at<'v>(values: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(values, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Item(place) => value.get(place),
    })
}

/// The words of a name, in small letters and without a plural's end.
fn stems(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars() {
        let is_new = c.is_uppercase() && words.last().is_some_and(|word| word.ends_with(|c: char| c.is_lowercase()));
        let is_gap = !c.is_alphanumeric();
        if is_new || is_gap {
            words.push(String::new());
        }
        if let (false, Some(word)) = (is_gap, words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    let stem = |word: String| match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word,
    };
    words.into_iter().filter(|word| !word.is_empty()).map(stem).collect()
}

/// Words that a value's path may have without meaning something else.
const COMMON: &[&str] = &[
    "count",
    "extra",
    "additional",
    "custom",
    "config",
    "value",
    "var",
    "tag",
    "repository",
    "registry",
    "global",
    "common",
];

fn context(wanted: &Wanted<'_>) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = COMMON.iter().map(|word| (*word).to_owned()).collect();
    known.extend(stems(&wanted.object.kind));
    known.extend(stems(&wanted.object.name));
    for step in &wanted.path.0 {
        match step {
            PathElement::Field(name) => known.extend(stems(name)),
            PathElement::Key(keys) => known.extend(keys.iter().flat_map(|(_, value)| stems(&text_of(value)))),
            PathElement::Value(_) | PathElement::Index(_) => {}
        }
    }
    if known.contains("template") {
        known.insert("pod".to_owned());
    }
    known
}

type Sets = Vec<(Vec<Step>, Value)>;

/// A map or list of values into which an added field may go: one that is called like a map or list around the field. Or the value
/// that is called like the field and is empty.
fn added(wanted: &Wanted<'_>, steps: &[Step], node: &Value) -> Option<(Sets, i32)> {
    let path = &wanted.path.0;
    let is_empty = node.is_null() || node.as_str().is_some_and(str::is_empty);
    if is_empty && likeness(steps, &field_of(wanted.path)) == 3 {
        return Some((vec![(steps.to_vec(), wanted.live.clone())], 3));
    }
    let (last, around) = path.split_last()?;
    if node.is_object() && matches!(steps.last(), Some(Step::Item(_))) {
        return None;
    }
    let around_name = |around: &[PathElement]| match around.last() {
        Some(PathElement::Field(name)) if !["spec", "template", "metadata", "status"].contains(&name.as_str()) => {
            Some(name.clone())
        }
        _ => None,
    };
    match (last, node) {
        (PathElement::Key(_) | PathElement::Value(_), Value::Array(items)) => {
            let likeness = likeness(steps, &around_name(around)?);
            let all: Vec<Value> = items.iter().cloned().chain([wanted.live.clone()]).collect();
            (likeness > 0).then(|| (vec![(steps.to_vec(), all.into())], likeness))
        }
        // `env: {TRACE: "1"}` for a list of names and values.
        (PathElement::Key(_), Value::Object(_)) => {
            let likeness = likeness(steps, &around_name(around)?);
            let (name, value) = (wanted.live.get("name")?.as_str()?, wanted.live.get("value")?);
            let is_pair = wanted.live.as_object().is_some_and(|item| item.len() == 2);
            let at = steps.iter().cloned().chain([Step::Key(name.to_owned())]).collect();
            (likeness > 0 && is_pair).then(|| (vec![(at, value.clone())], likeness))
        }
        (PathElement::Field(_), Value::Object(_)) => {
            let mut at: Vec<&str> = Vec::new();
            for end in (1..path.len()).rev() {
                let PathElement::Field(name) = path.get(end)? else { return None };
                at.insert(0, name);
                let around = around_name(path.get(..end)?)?;
                let likeness = likeness(steps, &around);
                let is_there = node.get(at.first()?).is_some();
                if likeness > 0 && !is_there {
                    let at = steps.iter().cloned().chain(at.iter().map(|name| Step::Key((*name).to_owned()))).collect();
                    return Some((vec![(at, wanted.live.clone())], likeness));
                }
            }
            None
        }
        _ => None,
    }
}

/// The values with these set, and nothing beside: maps as deep as they must be, lists whole.
fn patch(values: &Value, sets: &[(Vec<Step>, Value)]) -> Value {
    let mut all = Map::new();
    for (steps, value) in sets {
        let keys: Vec<&String> = steps
            .iter()
            .map_while(|step| match step {
                Step::Key(key) => Some(key),
                Step::Item(_) => None,
            })
            .collect();
        let whole = keys.iter().try_fold(values, |value, key| value.get(key.as_str()));
        let mut value = match (whole, steps.get(keys.len()..)) {
            (Some(whole), Some(rest @ [_, ..])) => {
                let mut whole = whole.clone();
                put(&mut whole, rest, value);
                whole
            }
            _ => value.clone(),
        };
        for key in keys.iter().skip(1).rev() {
            value = Value::Object([((*key).clone(), value)].into_iter().collect());
        }
        if let Some(first) = keys.first() {
            let more: Map<String, Value> = [((*first).clone(), value)].into_iter().collect();
            if let Value::Object(merged) = coalesced(&all, &more) {
                all = merged;
            }
        }
    }
    Value::Object(all)
}

fn put(value: &mut Value, steps: &[Step], wanted: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        wanted.clone_into(value);
        return;
    };
    let below = match step {
        Step::Key(key) => value.get_mut(key),
        Step::Item(place) => value.get_mut(place),
    };
    if let Some(below) = below {
        put(below, rest, wanted);
    }
}

/// A place in values as people write it.
fn text(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Item(place) => text.push_str(&format!("[{place}]")),
        }
    }
    text
}

/// What the values that would be set are.
fn now(values: &Value, sets: &[(Vec<Step>, Value)]) -> String {
    sets.iter()
        .map(|(steps, _)| value_at(values, steps).map_or_else(|| "not set".to_owned(), shortened))
        .collect::<Vec<_>>()
        .join(" and ")
}

fn shortened(value: &Value) -> String {
    match value {
        Value::Object(fields) => format!("a map of {}", fields.len()),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
    }
}
