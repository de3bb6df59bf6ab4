//! Fields of an object as the library reads them, with its errors word for word.
//!
//! Source: k8s.io/apimachinery v0.37.1 `apis/meta/v1/unstructured/helpers.go` (accessors) and `runtime/converter.go`
//! (conditions); cli-utils `status/util.go` (the two that never fail). A whole number is one that fits `i64` and is
//! written without fraction or exponent; every other number is a float.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Number, Value};

use super::Fault;

/// One entry of `status.conditions`; a field that is absent or null is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

impl Condition<'_> {
    pub(super) fn is(&self, kind: &str, status: &str) -> bool {
        self.kind == kind && self.status == status
    }
}

/// The value at a path. `None` where a key is absent or something on the way is null; what stands at the end may be null.
pub(super) fn lookup<'a>(object: &'a Value, path: &[&str]) -> Result<Option<&'a Value>, Fault> {
    let mut value = object;
    for (depth, key) in path.iter().enumerate() {
        match value {
            Value::Null => return Ok(None),
            Value::Object(fields) => match fields.get(*key) {
                Some(field) => value = field,
                None => return Ok(None),
            },
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(wrong_type(path.get(..=depth).unwrap_or(path), value, MAP));
            }
        }
    }
    Ok(Some(value))
}

/// Text, which must be text where it is present.
pub(super) fn text<'a>(object: &'a Value, path: &[&str]) -> Result<Option<&'a str>, Fault> {
    match lookup(object, path)? {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type(path, other, "string")),
    }
}

/// A whole number, which must be one where it is present.
pub(super) fn whole(object: &Value, path: &[&str]) -> Result<Option<i64>, Fault> {
    match lookup(object, path)? {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong_type(path, value, "int64")),
    }
}

/// A list, which must be one where it is present.
pub(super) fn list<'a>(object: &'a Value, path: &[&str]) -> Result<Option<&'a [Value]>, Fault> {
    match lookup(object, path)? {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => Err(wrong_type(path, other, "[]interface{}")),
    }
}

/// A map, which must be one where it is present.
pub(super) fn map<'a>(object: &'a Value, path: &[&str]) -> Result<Option<&'a serde_json::Map<String, Value>>, Fault> {
    match lookup(object, path)? {
        None => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(other) => Err(wrong_type(path, other, MAP)),
    }
}

/// Text, or the default where it is absent or anything else.
pub(super) fn text_or<'a>(object: &'a Value, path: &[&str], default: &'a str) -> &'a str {
    lookup(object, path).ok().flatten().and_then(Value::as_str).unwrap_or(default)
}

/// A whole number, or the default where it is absent or anything else.
pub(super) fn whole_or(object: &Value, path: &[&str], default: i64) -> i64 {
    lookup(object, path).ok().flatten().and_then(Value::as_i64).unwrap_or(default)
}

/// `status.conditions`. All of them are read before any rule looks at one.
pub(super) fn conditions(object: &Value) -> Result<Vec<Condition<'_>>, Fault> {
    let status = match object.get("status") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(status)) => status,
        Some(other) => return Err(no_struct(other)),
    };
    let items = match status.get("conditions") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(Fault(format!("cannot restore slice from {}", kind_of(other)))),
    };
    items.iter().map(condition).collect()
}

fn condition(item: &Value) -> Result<Condition<'_>, Fault> {
    match item {
        Value::Null => Ok(Condition::default()),
        Value::Object(fields) => {
            let text = |key: &str, target: &str| converted(fields.get(key), target);
            Ok(Condition {
                kind: text("type", "string")?,
                status: text("status", "v1.ConditionStatus")?,
                reason: text("reason", "string")?,
                message: text("message", "string")?,
            })
        }
        other => Err(no_struct(other)),
    }
}

/// Go converts whole numbers to text, as code points, which the library refuses; of other types it knows no conversion.
fn converted<'a>(value: Option<&'a Value>, target: &str) -> Result<&'a str, Fault> {
    match value {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(value) if value.as_i64().is_some() => Err(Fault(format!("cannot convert int64 to {target}"))),
        Some(_) => Err(Fault("unrecognized type: string".to_owned())),
    }
}

fn no_struct(value: &Value) -> Fault {
    Fault(format!("cannot restore struct from: {}", kind_of(value)))
}

const MAP: &str = "map[string]interface{}";

fn wrong_type(path: &[&str], value: &Value, expected: &str) -> Fault {
    let mut printed = String::new();
    print(&mut printed, value);
    Fault(format!(
        ".{} accessor error: {printed} is of the type {}, expected {expected}",
        path.join("."),
        type_of(value)
    ))
}

/// The text of Go's panic when a value is taken for a type that it is not of.
pub(super) fn no_assertion(value: &Value, expected: &str) -> Fault {
    let is = match value {
        Value::Null => "nil",
        other => type_of(other),
    };
    Fault(format!("interface conversion: interface {{}} is {is}, not {expected}"))
}

/// `%T` of Go.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        Value::Bool(_) | Value::Number(_) | Value::String(_) => kind_of(value),
    }
}

/// `reflect.Kind` of Go.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.as_i64().is_some() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

/// `%v` of Go: maps in the order of their keys, text without quotes.
fn print(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => out.push_str(text),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                print(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            out.push_str("map[");
            for (place, (key, item)) in fields.into_iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                let _ = write!(out, "{key}:");
                print(out, item);
            }
            out.push(']');
        }
    }
}

/// Floats with as many digits as tell them apart; with an exponent from 1e+06 on and below 1e-04.
fn number_text(number: &Number) -> Cow<'static, str> {
    if let Some(whole) = number.as_i64() {
        return whole.to_string().into();
    }
    let Some(float) = number.as_f64() else { return number.to_string().into() };
    let scientific = format!("{float:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific.into() };
    match exponent.parse::<i32>() {
        Ok(-4..=5) | Err(_) => float.to_string().into(),
        Ok(exponent) => format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()).into(),
    }
}
