//! Makes the new document of the old one and its changes.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::embedded::{self, Embedded};
use super::{FieldChange, Op};
use crate::ownership::{PathElement, compare};

/// The document that changes make of an old one: all of an entry's make the new one, some of them what lies between. Lists with
/// keys whose order says nothing keep the order of the old document, and documents within documents are written in one
/// spelling. A change whose field is not there changes nothing.
#[must_use]
pub fn apply<'c>(old: &Value, changes: impl IntoIterator<Item = &'c FieldChange>) -> Value {
    let steps = |change: &'c FieldChange| Step {
        path: &change.path.0,
        inside: change.inside.as_ref().map(|inside| inside.0.as_slice()),
        change,
    };
    let steps: Vec<Step<'c>> = changes.into_iter().map(steps).collect();
    below(Some(old.clone()), steps).unwrap_or_default()
}

/// A change, and what is left of the way to it.
#[derive(Clone, Copy)]
struct Step<'c> {
    path: &'c [PathElement],
    inside: Option<&'c [PathElement]>,
    change: &'c FieldChange,
}

impl<'c> Step<'c> {
    fn is_here(&self) -> bool {
        self.path.is_empty() && self.inside.is_none()
    }

    /// The next element, and the change as that sees it.
    fn next(self) -> Option<(&'c PathElement, Self)> {
        let (first, rest) = self.path.split_first()?;
        Some((first, Self { path: rest, ..self }))
    }

    fn is_added_here(&self) -> bool {
        self.is_here() && self.change.op == Op::Add
    }
}

fn below(value: Option<Value>, steps: Vec<Step<'_>>) -> Option<Value> {
    let (here, deeper): (Vec<_>, Vec<_>) = steps.into_iter().partition(Step::is_here);
    let value = here.iter().fold(value, |value, step| match step.change.op {
        Op::Add => step.change.new.clone(),
        Op::Replace => value.and(step.change.new.clone()),
        Op::Remove => None,
    });
    if deeper.is_empty() {
        return value;
    }
    match value? {
        Value::Object(fields) => Some(Value::Object(of_map(fields, deeper))),
        Value::Array(items) => Some(Value::Array(of_list(items, deeper))),
        Value::String(text) => Some(Value::String(of_text(text, deeper))),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Some(scalar),
    }
}

fn of_map(mut fields: Map<String, Value>, steps: Vec<Step<'_>>) -> Map<String, Value> {
    let mut by_field: Vec<(&str, Vec<Step<'_>>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (element, step) in steps.into_iter().filter_map(Step::next) {
        let PathElement::Field(name) = element else { continue };
        let place = *places.entry(name).or_insert_with(|| {
            by_field.push((name, Vec::new()));
            by_field.len().saturating_sub(1)
        });
        if let Some((_, steps)) = by_field.get_mut(place) {
            steps.push(step);
        }
    }
    let mut gone: BTreeSet<&str> = BTreeSet::new();
    for (name, steps) in by_field {
        let old = fields.get_mut(name).map(Value::take);
        match below(old, steps) {
            Some(value) => {
                fields.insert(name.to_owned(), value);
            }
            None => {
                gone.insert(name);
            }
        }
    }
    fields.retain(|name, _| !gone.contains(name.as_str()));
    fields
}

fn of_list(items: Vec<Value>, steps: Vec<Step<'_>>) -> Vec<Value> {
    let mut added: Vec<(usize, Value)> = Vec::new();
    let mut by_item: BTreeMap<&PathElement, Vec<Step<'_>>> = BTreeMap::new();
    for (element, step) in steps.into_iter().filter_map(Step::next) {
        if step.is_added_here() {
            let by_path = match element {
                PathElement::Index(index) => usize::try_from(*index).ok(),
                PathElement::Field(_) | PathElement::Key(_) | PathElement::Value(_) => None,
            };
            let place = by_path.or(step.change.place).unwrap_or(usize::MAX);
            added.extend(step.change.new.clone().map(|item| (place, item)));
        } else {
            by_item.entry(element).or_default().push(step);
        }
    }
    let found: Vec<(usize, Vec<Step<'_>>)> = {
        let mut finder = Finder { items: &items, by_key: BTreeMap::new() };
        by_item.into_iter().filter_map(|(element, steps)| Some((finder.find(element)?, steps))).collect()
    };
    let mut items: Vec<Option<Value>> = items.into_iter().map(Some).collect();
    for (place, steps) in found {
        if let Some(item) = items.get_mut(place) {
            *item = below(item.take(), steps);
        }
    }
    added.sort_by_key(|(place, _)| *place);
    woven(items.into_iter().flatten(), added)
}

/// What was added stands at its place, as far as there is so much before it.
fn woven(mut kept: impl Iterator<Item = Value>, added: Vec<(usize, Value)>) -> Vec<Value> {
    let mut all = Vec::new();
    for (place, item) in added {
        all.extend(kept.by_ref().take(place.saturating_sub(all.len())));
        all.push(item);
    }
    all.extend(kept);
    all
}

fn of_text(text: String, steps: Vec<Step<'_>>) -> String {
    let Some(Embedded { value, is_json }) = embedded::read(&text) else { return text };
    let here = steps.into_iter().filter(|step| step.path.is_empty());
    let steps: Vec<Step<'_>> =
        here.filter_map(|step| step.inside.map(|path| Step { path, inside: None, ..step })).collect();
    match below(Some(value), steps) {
        Some(value) => embedded::write(&Embedded { value, is_json }),
        None => text,
    }
}

/// Finds items of an old list. Those of one kind of key are looked through once.
struct Finder<'i> {
    items: &'i [Value],
    by_key: BTreeMap<Vec<String>, BTreeMap<PathElement, usize>>,
}

impl Finder<'_> {
    fn find(&mut self, element: &PathElement) -> Option<usize> {
        match element {
            PathElement::Field(_) => None,
            PathElement::Index(index) => usize::try_from(*index).ok().filter(|place| *place < self.items.len()),
            PathElement::Value(_) => self.by_fields(&[]).get(element).copied(),
            PathElement::Key(fields) => {
                let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
                let exact = self.by_fields(&names).get(element).copied();
                exact.or_else(|| self.lacking(fields))
            }
        }
    }

    /// The items that have all these fields; without fields, all items by their values. Of several alike, the first.
    fn by_fields(&mut self, names: &[String]) -> &BTreeMap<PathElement, usize> {
        let items = self.items;
        self.by_key.entry(names.to_vec()).or_insert_with(|| {
            let of = |item: &Value| {
                if names.is_empty() {
                    return Some(PathElement::Value(item.clone()));
                }
                let field = |name: &String| Some((name.clone(), item.get(name)?.clone()));
                Some(PathElement::key(names.iter().map(field).collect::<Option<Vec<_>>>()?))
            };
            let found = items.iter().enumerate().rev().filter_map(|(place, item)| Some((of(item)?, place)));
            found.collect()
        })
    }

    /// An item that lacks some of the fields, for which the path has their defaults: the one that has most.
    fn lacking(&self, fields: &[(String, Value)]) -> Option<usize> {
        let alike = |item: &Value| {
            let own = fields.iter().filter_map(|(name, wanted)| Some((item.get(name)?, wanted)));
            let own: Vec<bool> = own.map(|(own, wanted)| compare(own, wanted) == Ordering::Equal).collect();
            own.iter().all(|is_same| *is_same).then_some(own.len()).filter(|count| *count > 0)
        };
        let found = self.items.iter().enumerate().filter_map(|(place, item)| Some((alike(item)?, place)));
        found.max_by_key(|(count, place)| (*count, usize::MAX - place)).map(|(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ownership::Path;

    fn change(path: &[PathElement], old: Option<Value>, new: Option<Value>) -> FieldChange {
        let op = match (&old, &new) {
            (None, _) => Op::Add,
            (_, None) => Op::Remove,
            (Some(_), Some(_)) => Op::Replace,
        };
        FieldChange { path: Path(path.to_vec()), inside: None, place: None, op, old, new, hidden_by: None }
    }

    fn field(name: &str) -> PathElement {
        PathElement::field(name)
    }

    fn named(name: &str) -> PathElement {
        PathElement::key(vec![("name".to_owned(), name.into())])
    }

    fn check(old: &Value, changes: &[FieldChange], expected: &Value) {
        assert_eq!(&apply(old, changes), expected, "{old}");
    }

    #[test]
    fn fields_are_put_replaced_and_taken_away() {
        let old = json!({"a": 1, "b": {"c": 2, "d": 3}});
        check(&old, &[], &old);
        check(
            &old,
            &[
                change(&[field("a")], Some(json!(1)), None),
                change(&[field("b"), field("c")], Some(json!(2)), Some(json!("x"))),
                change(&[field("e")], None, Some(json!([1]))),
            ],
            &json!({"b": {"c": "x", "d": 3}, "e": [1]}),
        );
        check(&Value::Null, &[change(&[], None, Some(old.clone()))], &old);
        check(&old, &[change(&[], Some(old.clone()), None)], &Value::Null);
        check(&old, &[change(&[field("x"), field("y")], None, Some(json!(1)))], &old);
    }

    #[test]
    fn items_are_counted_as_they_were_and_added_where_they_are() {
        let at = PathElement::Index;
        check(
            &json!({"list": ["a", "b", "c", "d"]}),
            &[
                change(&[field("list"), at(0)], Some(json!("a")), None),
                change(&[field("list"), at(0)], None, Some(json!("new"))),
                change(&[field("list"), at(2)], Some(json!("c")), Some(json!("C"))),
                change(&[field("list"), at(4)], None, Some(json!("last"))),
            ],
            &json!({"list": ["new", "b", "C", "d", "last"]}),
        );
    }

    #[test]
    fn items_with_keys_are_found_wherever_they_stand() {
        let port = |port: u16, protocol: &str| {
            PathElement::key(vec![("port".to_owned(), port.into()), ("protocol".to_owned(), protocol.into())])
        };
        let x = FieldChange { place: Some(1), ..change(&[field("env"), named("X")], None, Some(json!({"name": "X"}))) };
        check(
            &json!({"env": [{"name": "A", "value": "1"}, {"name": "B"}], "ports": [{"port": 80}, {"port": 80, "protocol": "UDP"}]}),
            &[
                change(&[field("env"), named("A"), field("value")], Some(json!("1")), Some(json!("2"))),
                x,
                change(&[field("ports"), port(80, "UDP")], Some(json!({})), None),
                change(&[field("ports"), port(80, "TCP"), field("name")], None, Some(json!("web"))),
            ],
            &json!({
                "env": [{"name": "A", "value": "2"}, {"name": "X"}, {"name": "B"}],
                "ports": [{"port": 80, "name": "web"}],
            }),
        );
    }

    #[test]
    fn a_document_within_a_document_stays_in_its_notation() {
        let inside = |old: Value, new: Value| FieldChange {
            inside: Some(Path(vec![field("a")])),
            ..change(&[field("file")], Some(old), Some(new))
        };
        let check = |old: &str, change: FieldChange, expected: &str| {
            check(&json!({"file": old}), &[change], &json!({"file": expected}));
        };
        check("a: 'yes' # note\nb: 1\n", inside(json!("yes"), json!("on")), "a: 'on'\nb: 1\n");
        check("{\"a\": 1}", inside(json!(1), json!("yes")), "{\n  \"a\": \"yes\"\n}");
        check("no document", inside(json!(1), json!(2)), "no document");
        check("a: 1\n---\nb: 1\n", inside(json!(1), json!(2)), "a: 1\n---\nb: 1\n");
    }
}
