//! Numbers and strings as the API server writes them into paths and into FieldsV1.
//!
//! Source: Go's `strconv.Quote` and `%v`; github.com/json-iterator/go v1.1.12 `stream_{float,str}.go`, which the API server
//! writes FieldsV1 with.

use std::fmt::{self, Write};

use serde_json::{Number, Value};

/// A value as a conflict names it: strings in quotes, numbers as Go prints them.
pub(super) fn write_plain(out: &mut impl Write, value: &Value) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => write!(out, "{whole}"),
            None => write_float(out, number.as_f64().unwrap_or_default(), 1e-4, 1e6),
        },
        Value::String(text) => write_quoted(out, text),
        Value::Array(items) => {
            out.write_char('[')?;
            for (index, item) in items.iter().enumerate() {
                out.write_str(if index == 0 { "" } else { "," })?;
                write_plain(out, item)?;
            }
            out.write_char(']')
        }
        // Nothing stands between two fields, and the order is the reference's own: it has none.
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            write!(out, "{name}=")?;
            write_plain(out, value)
        }),
    }
}

/// A value as JSON, keys sorted.
pub(super) fn write_json(out: &mut impl Write, value: &Value) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => write!(out, "{whole}"),
            None => write_float(out, number.as_f64().unwrap_or_default(), 1e-6, 1e21),
        },
        Value::String(text) => write_string(out, text, Escape::Html),
        Value::Array(items) => {
            out.write_char('[')?;
            for (index, item) in items.iter().enumerate() {
                out.write_str(if index == 0 { "" } else { "," })?;
                write_json(out, item)?;
            }
            out.write_char(']')
        }
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.write_char('{')?;
            for (index, (name, value)) in sorted.into_iter().enumerate() {
                out.write_str(if index == 0 { "" } else { "," })?;
                write_string(out, name, Escape::Html)?;
                out.write_char(':')?;
                write_json(out, value)?;
            }
            out.write_char('}')
        }
    }
}

/// What is escaped in a JSON string, besides what must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// No more.
    Json,
    /// What HTML and JavaScript would take for theirs.
    Html,
}

/// A JSON string.
pub(super) fn write_string(out: &mut impl Write, text: &str, escape: Escape) -> fmt::Result {
    out.write_char('"')?;
    let is_html = escape == Escape::Html;
    let mut rest = text;
    let special = |c: char| {
        matches!(c, '"' | '\\' | '\0'..='\x1f') || is_html && matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
    };
    while let Some((plain, c, after)) = split_at(rest, special) {
        out.write_str(plain)?;
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            other => write!(out, "\\u{:04x}", u32::from(other))?,
        }
        rest = after;
    }
    out.write_str(rest)?;
    out.write_char('"')
}

/// Before, at and after the first of these characters.
fn split_at(text: &str, special: impl Fn(char) -> bool) -> Option<(&str, char, &str)> {
    let (before, rest) = text.split_at_checked(text.find(special)?)?;
    let mut characters = rest.chars();
    let found = characters.next()?;
    Some((before, found, characters.as_str()))
}

/// A number as FieldsV1 holds it: the reference reads every number of a key as a float, so large ones lose digits there too.
pub(super) fn float(number: &Number) -> Option<Number> {
    Number::from_f64(number.as_f64()?)
}

/// With an exponent below `low` and from `high` on.
pub(super) fn write_float(out: &mut impl Write, value: f64, low: f64, high: f64) -> fmt::Result {
    if value == 0.0 || (low..high).contains(&value.abs()) {
        return write!(out, "{value}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    write!(out, "{digits}e{sign}{exponent:0>2}")
}

/// As Go quotes.
pub(super) fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}")?,
            '\x07' => out.write_str("\\a")?,
            '\x08' => out.write_str("\\b")?,
            '\x0c' => out.write_str("\\f")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\x0b' => out.write_str("\\v")?,
            ' '..='~' => out.write_char(c)?,
            '\0'..='\x7f' => write!(out, "\\x{:02x}", u32::from(c))?,
            _ if is_printable(c) => out.write_char(c)?,
            _ if u32::from(c) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(c))?,
            _ => write!(out, "\\U{:08x}", u32::from(c))?,
        }
    }
    out.write_char('"')
}

/// Letters, marks, numbers, punctuation and symbols: the same classes as Go's. Behind another character, because Rust escapes
/// a mark only where it comes first.
fn is_printable(c: char) -> bool {
    let mut pair = String::from("a");
    pair.push(c);
    pair.escape_debug().nth(1) == Some(c)
}
