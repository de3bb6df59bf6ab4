//! The JSON patch that brings one field of an object to what it is in another: of a live object to the manifest's value, or of a
//! rendered one to the live value. It tests that it meets what was looked at, so that it cannot hit another item of a list.
//!
//! Source: RFC 6902.

use serde_json::{Value, json};

use super::place::{at, walk_to};
use super::{Path, PathElement};
use crate::schema::Typed;
use crate::schema::pointer;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Does {
    /// Refuses the whole patch unless the value is this one.
    Test,
    /// Puts in what is not there.
    Add,
    /// Puts another value in its place.
    Replace,
    /// Takes away.
    Remove,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What it does.
    pub does: Does,
    /// Where, as JSON pointer.
    pub pointer: String,
    /// The value; none for [`Does::Remove`]. It may be secret: whether it is, its path tells.
    pub value: Option<Value>,
    /// Where, as managers hold it.
    pub path: Path,
}

impl Operation {
    /// As the API server and kustomize read it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let name: &'static str = self.does.into();
        match &self.value {
            Some(value) => json!({"op": name, "path": self.pointer, "value": value}),
            None => json!({"op": name, "path": self.pointer}),
        }
    }
}

/// The operations that bring `path` in `object` to what it is in `other`: tests first, and last the one that changes something.
/// None where both lack it.
#[must_use]
pub fn patch(object: &Value, other: &Value, path: &Path, typed: Typed<'_>) -> Vec<Operation> {
    let steps = walk_to(object, path, typed);
    let part = |steps: usize| Path(path.0.iter().take(steps).cloned().collect());
    let mut all = Vec::new();
    for (place, step) in path.0.iter().enumerate().take(steps.len()) {
        let Some((pointer, item)) = steps.get(place) else { break };
        let test = |pointer: String, value: &Value, path: Path| Operation {
            does: Does::Test,
            pointer,
            value: Some(value.clone()),
            path,
        };
        match step {
            PathElement::Key(keys) => all.extend(keys.iter().filter_map(|(name, _)| {
                let path = part(place + 1).with(PathElement::field(name));
                Some(test(pointer::below(pointer, name), item.get(name)?, path))
            })),
            PathElement::Value(value) => all.push(test(pointer.clone(), value, part(place + 1))),
            PathElement::Field(_) | PathElement::Index(_) => {}
        }
    }
    let (found, pointer) = match steps.last() {
        Some((pointer, value)) => (*value, pointer.as_str()),
        None => (object, ""),
    };
    let change = if steps.len() == path.0.len() {
        if is_scalar(found) && !all.iter().any(|operation| operation.pointer == pointer) {
            let value = Some(found.clone());
            all.push(Operation { does: Does::Test, pointer: pointer.to_owned(), value, path: path.clone() });
        }
        let wanted = at(other, path, typed).cloned();
        let does = if wanted.is_some() { Does::Replace } else { Does::Remove };
        Some(Operation { does, pointer: pointer.to_owned(), value: wanted, path: path.clone() })
    } else {
        // Whatever around the field is missing as well comes with it.
        let path = part(steps.len() + 1);
        let name = match path.0.last() {
            Some(PathElement::Field(name)) => pointer::step(name),
            Some(PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_)) | None => "-".to_owned(),
        };
        let value = at(other, &path, typed).cloned();
        value.map(|value| Operation { does: Does::Add, pointer: format!("{pointer}/{name}"), value: Some(value), path })
    };
    match change {
        Some(change) => all.into_iter().chain([change]).collect(),
        None => Vec::new(),
    }
}

fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn field(name: &str) -> PathElement {
        PathElement::field(name)
    }

    fn of(name: &str) -> PathElement {
        PathElement::key(vec![("name".to_owned(), name.into())])
    }

    /// From `{"meta": {"a/b": "1"}, "list": [{"name": "x"}, {"name": "web", "image": "old", "env": [{"name": "E"}]}]}`.
    fn check(other: &Value, path: &[PathElement], expected: &Value) {
        let object = json!({
            "meta": {"a/b": "1"},
            "list": [{"name": "x"}, {"name": "web", "image": "old", "env": [{"name": "E", "value": "1"}]}],
            "set": ["p", "q"],
        });
        let schema = Schema::default();
        let operations = patch(&object, other, &Path(path.to_vec()), schema.deduced());
        assert_eq!(Value::Array(operations.iter().map(Operation::to_value).collect()), *expected);
    }

    #[test]
    fn a_value_is_replaced_only_where_it_is_what_was_seen() {
        let other = json!({"meta": {"a/b": "2"}, "list": [{"name": "web", "image": "new"}]});
        check(
            &other,
            &[field("meta"), field("a/b")],
            &json!([
                {"op": "test", "path": "/meta/a~1b", "value": "1"},
                {"op": "replace", "path": "/meta/a~1b", "value": "2"},
            ]),
        );
        check(
            &other,
            &[field("list"), of("web"), field("image")],
            &json!([
                {"op": "test", "path": "/list/1/name", "value": "web"},
                {"op": "test", "path": "/list/1/image", "value": "old"},
                {"op": "replace", "path": "/list/1/image", "value": "new"},
            ]),
        );
    }

    #[test]
    fn what_the_other_lacks_is_removed_an_item_as_a_whole() {
        let other = json!({"meta": {}, "list": [{"name": "web"}]});
        check(
            &other,
            &[field("meta"), field("a/b")],
            &json!([{"op": "test", "path": "/meta/a~1b", "value": "1"}, {"op": "remove", "path": "/meta/a~1b"}]),
        );
        check(
            &other,
            &[field("list"), of("web"), field("env"), of("E")],
            &json!([
                {"op": "test", "path": "/list/1/name", "value": "web"},
                {"op": "test", "path": "/list/1/env/0/name", "value": "E"},
                {"op": "remove", "path": "/list/1/env/0"},
            ]),
        );
        check(
            &other,
            &[field("set"), PathElement::Value("q".into())],
            &json!([{"op": "test", "path": "/set/1", "value": "q"}, {"op": "remove", "path": "/set/1"}]),
        );
    }

    #[test]
    fn what_is_missing_is_added_with_what_is_missing_around_it() {
        let other = json!({"meta": {"c": "3"}, "new": {"deep": {"x": 1}}, "list": [{"name": "y", "image": "i"}]});
        check(&other, &[field("meta"), field("c")], &json!([{"op": "add", "path": "/meta/c", "value": "3"}]));
        check(
            &other,
            &[field("new"), field("deep"), field("x")],
            &json!([{"op": "add", "path": "/new", "value": {"deep": {"x": 1}}}]),
        );
        check(
            &other,
            &[field("list"), of("y"), field("image")],
            &json!([{"op": "add", "path": "/list/-", "value": {"name": "y", "image": "i"}}]),
        );
        check(&other, &[field("nowhere")], &json!([]));
    }
}
