//! Field selectors: name and namespace, and what a kind adds.
//!
//! Rules: kubernetes/apimachinery `pkg/fields/selector.go`, release 1.36.

use serde_json::Value;

use super::kinds::{Kind, UnknownField};

/// A selector as it was written: all terms hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fields(Vec<Term>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    field: String,
    equal: bool,
    value: String,
}

impl Fields {
    /// Reads a selector, whatever its fields are.
    ///
    /// # Errors
    /// What the real server says of a selector that it does not understand.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = split(text);
        parts.sort_unstable();
        let terms = parts.iter().filter(|part| !part.is_empty()).map(|part| term(text, part));
        terms.collect::<Result<_, _>>().map(Self)
    }

    /// Whether it selects everything.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one name that it allows.
    pub(super) fn name(&self) -> Option<&str> {
        let term = self.0.iter().find(|term| term.equal && term.field == NAME)?;
        Some(&term.value)
    }

    /// Whether the kind knows all of its fields.
    ///
    /// # Errors
    /// What the real server says of the first field that it does not know.
    pub(super) fn check(&self, kind: &Kind) -> Result<(), String> {
        let unknown = self.0.iter().find(|term| pointer(kind, &term.field).is_none());
        unknown.map_or(Ok(()), |term| {
            let field = &term.field;
            Err(match kind.unknown_field {
                UnknownField::Only => {
                    format!("{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
                }
                UnknownField::Label => format!("field label not supported: {field}"),
                UnknownField::LabelFor => format!("field label {field:?} not supported for {}", kind.kind),
            })
        })
    }

    /// Whether it selects an object.
    pub(super) fn select(&self, kind: &Kind, object: &Value) -> bool {
        self.0.iter().all(|term| {
            let Some((pointer, missing)) = pointer(kind, &term.field) else { return false };
            let value = match object.pointer(pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => missing.to_owned(),
            };
            (value == term.value) == term.equal
        })
    }
}

const NAME: &str = "metadata.name";

/// Where a field stands, and what it is where it is missing.
fn pointer(kind: &Kind, field: &str) -> Option<(&'static str, &'static str)> {
    // The core kinds without namespace do not know it; definitions, by the default conversion, do.
    let namespace = kind.namespaced || kind.unknown_field == UnknownField::Only;
    match field {
        NAME => Some(("/metadata/name", "")),
        "metadata.namespace" if namespace => Some(("/metadata/namespace", "")),
        other => {
            let field = kind.fields.iter().find(|field| field.label == other)?;
            Some((field.pointer, field.missing))
        }
    }
}

/// At every comma that no backslash precedes.
fn split(text: &str) -> Vec<&str> {
    let mut escaped = false;
    text.split(|sign| {
        let splits = sign == ',' && !escaped;
        escaped = sign == '\\' && !escaped;
        splits
    })
    .collect()
}

fn term(whole: &str, part: &str) -> Result<Term, String> {
    let found = part.char_indices().find_map(|(at, _)| {
        let (field, rest) = part.split_at_checked(at)?;
        let operator = ["!=", "==", "="].into_iter().find(|operator| rest.starts_with(operator))?;
        Some((field, operator, rest.strip_prefix(operator)?))
    });
    let Some((field, operator, value)) = found else {
        return Err(format!("invalid selector: '{whole}'; can't understand '{part}'"));
    };
    Ok(Term { field: field.to_owned(), equal: operator != "!=", value: unescape(value)? })
}

fn unescape(value: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(value.len());
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => match signs.next() {
                Some(escaped @ ('\\' | ',' | '=')) => plain.push(escaped),
                Some(other) => return Err(format!("invalid field selector: invalid escape sequence: \\{other}")),
                None => return Err("invalid field selector: invalid escape sequence: \\".to_owned()),
            },
            ',' | '=' => {
                return Err(format!("invalid field selector: unescaped character in value: {}", u32::from(sign)));
            }
            other => plain.push(other),
        }
    }
    Ok(plain)
}
