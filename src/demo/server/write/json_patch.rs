//! JSON patches (RFC 6902), in the order of their operations.
//!
//! Rules: gopkg.in/evanphx/json-patch.v4 `patch.go`, as kubernetes/apiserver `pkg/endpoints/handlers/patch.go` asks it.

use serde_json::Value;

use super::super::status::Status;

/// How many operations a patch may have.
const MOST: usize = 10_000;

/// What the operations make of an object. All of them hold, or none.
pub(super) fn apply(mut object: Value, patch: &Value) -> Result<Value, Status> {
    let operations = patch.as_array().map(Vec::as_slice).unwrap_or_default();
    if operations.len() > MOST {
        return Err(Status::not_implemented("a patch of more than 10000 operations"));
    }
    for operation in operations {
        one(&mut object, operation).ok_or_else(Status::unprocessable)?;
    }
    Ok(object)
}

/// `None` where it cannot be done.
fn one(object: &mut Value, operation: &Value) -> Option<()> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let (path, value) = (text("path")?, operation.get("value"));
    match text("op")? {
        "test" => {
            let found = object.pointer(path);
            // What is not there is null.
            (found.unwrap_or(&Value::Null) == value.unwrap_or(&Value::Null)).then_some(())
        }
        "add" => add(object, path, value?.clone()),
        "replace" => {
            *object.pointer_mut(path)? = value?.clone();
            Some(())
        }
        "remove" => remove(object, path).map(drop),
        "move" => {
            let moved = remove(object, text("from")?)?;
            add(object, path, moved)
        }
        "copy" => {
            let copied = object.pointer(text("from")?)?.clone();
            add(object, path, copied)
        }
        _ => None,
    }
}

/// The pointer to what is around, and the last key.
fn split(path: &str) -> Option<(&str, String)> {
    let (around, key) = path.rsplit_once('/')?;
    Some((around, key.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Value, path: &str, value: Value) -> Option<()> {
    let (around, key) = split(path)?;
    match object.pointer_mut(around)? {
        Value::Object(fields) => {
            fields.insert(key, value);
        }
        Value::Array(items) => {
            let at = if key == "-" { items.len() } else { key.parse().ok().filter(|at| *at <= items.len())? };
            items.insert(at, value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

fn remove(object: &mut Value, path: &str) -> Option<Value> {
    let (around, key) = split(path)?;
    match object.pointer_mut(around)? {
        Value::Object(fields) => fields.shift_remove(&key),
        Value::Array(items) => {
            let at = key.parse().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(patch: &Value, expected: Option<Value>) {
        let object = json!({"a": {"b/c": 1}, "l": [1, 2]});
        assert_eq!(apply(object, patch).ok(), expected, "{patch}");
    }

    #[test]
    fn operations_hold_one_after_the_other_or_not_at_all() {
        check(
            &json!([
                {"op": "test", "path": "/a/b~1c", "value": 1},
                {"op": "replace", "path": "/a/b~1c", "value": 2},
                {"op": "add", "path": "/l/-", "value": 3},
                {"op": "add", "path": "/l/0", "value": 0},
                {"op": "remove", "path": "/l/1"},
                {"op": "copy", "from": "/l", "path": "/m"},
                {"op": "move", "from": "/a", "path": "/n"},
            ]),
            Some(json!({"l": [0, 2, 3], "m": [0, 2, 3], "n": {"b/c": 2}})),
        );
        check(&json!([{"op": "test", "path": "/x", "value": null}]), Some(json!({"a": {"b/c": 1}, "l": [1, 2]})));
        for refused in [
            json!([{"op": "test", "path": "/l/0", "value": 2}]),
            json!([{"op": "remove", "path": "/x"}]),
            json!([{"op": "replace", "path": "/x", "value": 1}]),
            json!([{"op": "add", "path": "/l/3", "value": 1}]),
            json!([{"op": "add", "path": "/x/y", "value": 1}]),
            json!([{"op": "example", "path": "/l"}]),
            json!([{"op": "add", "path": "/x", "value": 1}, {"op": "remove", "path": "/y"}]),
        ] {
            check(&refused, None);
        }
    }
}
