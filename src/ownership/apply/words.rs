//! Values as Go prints them, because the server's messages hold some.
//!
//! Source: Go's `fmt`, `strconv.Quote` and `encoding/json`.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::ownership::text::{write_float, write_quoted};

/// As `%q` prints a string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write_quoted(&mut out, text);
    out
}

/// As `%v` prints what was read from JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => printed(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            let all: Vec<String> = keys.into_iter().map(|(key, value)| format!("{key}:{}", plain(value))).collect();
            format!("map[{}]", all.join(" "))
        }
    }
}

/// As `%#v` prints what was read from JSON.
pub(super) fn source(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => printed(number),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(source).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            let all: Vec<String> =
                keys.into_iter().map(|(key, value)| format!("{}:{}", quoted(key), source(value))).collect();
            format!("map[string]interface {{}}{{{}}}", all.join(", "))
        }
    }
}

/// The name of the type that JSON became.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// As `encoding/json` writes it: keys sorted, safe to stand in HTML.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

/// As `encoding/json` writes a string.
pub(super) fn json_string(text: &str) -> String {
    let mut safe = Value::from(text).to_string();
    for (found, escaped) in
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")]
    {
        safe = safe.replace(found, escaped);
    }
    safe
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => push(out, format_args!("{value}")),
        Value::Number(number) => match float(number) {
            // JSON has no plus in exponents below 10 and no leading zero, and keeps all digits of large numbers.
            Some(float) if float != 0.0 && (float.abs() < 1e-6 || float.abs() >= 1e21) => {
                let text = format!("{float:e}");
                out.push_str(&if text.contains("e-") { text } else { text.replace('e', "e+") });
            }
            Some(float) => push(out, format_args!("{float}")),
            None => push(out, format_args!("{number}")),
        },
        Value::String(text) => out.push_str(&json_string(text)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push(out, format_args!("{}:", json_string(key)));
                write_json(value, out);
            }
            out.push('}');
        }
    }
}

/// A number that Go keeps as float64.
fn float(number: &Number) -> Option<f64> {
    number.as_f64().filter(|_| !number.is_i64())
}

/// As `%v` prints a number.
fn printed(number: &Number) -> String {
    let Some(float) = float(number) else { return number.to_string() };
    let mut out = String::new();
    let _ = write_float(&mut out, float, 1e-4, 1e21);
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        for (value, expected) in [
            (
                json!("a \"b\"\n\u{1}\u{e9}\u{a0}\u{1f600}"),
                [
                    "a \"b\"\n\u{1}\u{e9}\u{a0}\u{1f600}",
                    "\"a \\\"b\\\"\\n\\x01\u{e9}\\u00a0\u{1f600}\"",
                    "\"a \\\"b\\\"\\n\\u0001\u{e9}\u{a0}\u{1f600}\"",
                ],
            ),
            (
                json!({"b": [1, null], "a": "<x>"}),
                [
                    "map[a:<x> b:[1 <nil>]]",
                    "map[string]interface {}{\"a\":\"<x>\", \"b\":[]interface {}{1, interface {}(nil)}}",
                    "{\"a\":\"\\u003cx\\u003e\",\"b\":[1,null]}",
                ],
            ),
            (json!(1.5), ["1.5", "1.5", "1.5"]),
            (json!(2.0), ["2", "2", "2"]),
            (json!(1e21), ["1e+21", "1e+21", "1e+21"]),
            (json!(0.000_000_12), ["1.2e-07", "1.2e-07", "1.2e-7"]),
            (json!(0.000_05), ["5e-05", "5e-05", "0.00005"]),
            (json!(true), ["true", "true", "true"]),
        ] {
            assert_eq!([plain(&value), source(&value), json(&value)], expected, "{value}");
        }
    }
}
