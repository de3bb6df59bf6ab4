//! What is secret besides a secret value itself: the values of the document that it may be, and passwords in its URLs.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::known::Known;
use super::rules::Rules;
use super::text;
use crate::release::yaml;

/// Documents within documents that are looked into.
const DEPTH: usize = 3;

/// Notes a secret value and everything in it.
pub(super) fn secret(known: &mut Known, rules: &Rules, value: &str) {
    within(known, rules, value, DEPTH);
}

fn within(known: &mut Known, rules: &Rules, value: &str, depth: usize) {
    known.secret(value);
    text::note(value, rules, &mut |found| {
        known.secret(found);
        // A password is escaped where it stands in a URL.
        if let Ok(found) = percent_decode_str(found).decode_utf8() {
            known.secret(&found);
        }
    });
    let Some(depth) = depth.checked_sub(1) else { return };
    // What holds neither sign is no document, and need not be read as one.
    let document = if value.contains([':', '{', '[', '-']) { yaml::to_json(value).ok() } else { None };
    match document {
        Some(document @ (Value::Object(_) | Value::Array(_))) => leaves(known, rules, &document, depth),
        _ => {
            for line in value.lines().map(str::trim) {
                match assigned(line) {
                    Some(assigned) => within(known, rules, assigned, depth),
                    // Every private key begins alike.
                    None if line.starts_with("-----") => {}
                    None => known.secret(line),
                }
            }
        }
    }
}

fn leaves(known: &mut Known, rules: &Rules, value: &Value, depth: usize) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => known.secret(&number.to_string()),
        Value::String(text) => within(known, rules, text, depth),
        Value::Array(items) => items.iter().for_each(|item| leaves(known, rules, item, depth)),
        Value::Object(fields) => fields.values().for_each(|field| leaves(known, rules, field, depth)),
    }
}

/// The value of a line `key=value`. Base64 ends in such signs, and has nothing behind them.
fn assigned(line: &str) -> Option<&str> {
    let (key, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    let value = value.trim();
    let is_assignment = !key.is_empty() && key.chars().all(is_key) && !value.is_empty() && !value.starts_with('=');
    let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    is_assignment.then(|| quoted.unwrap_or(value))
}
