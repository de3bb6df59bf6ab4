//! Whether a value is of its type, in the server's words.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `typed/validate.go`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::PathElement;
use super::form::{Form, element, form, identity};
use super::words;
use crate::schema::{Scalar, Typed};

/// Whether the items of a list may be alike: not in what is applied, but in what somehow came to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    Allowed,
    Refused,
}

/// What is wrong, and where.
struct Fault {
    path: String,
    message: String,
}

/// Fails where the value is not of the type.
///
/// # Errors
/// The server's words. Of several faults it names them in any order, and of undeclared fields in one map some; here all
/// are named, by key.
pub(super) fn validate(typed: Typed<'_>, value: &Value, duplicates: Duplicates) -> Result<(), String> {
    let faults = faults(typed, value, duplicates);
    let lines: Vec<String> = faults
        .into_iter()
        .map(|Fault { path, message }| if path.is_empty() { message } else { format!("{path}: {message}") })
        .collect();
    match lines.as_slice() {
        [] => Ok(()),
        [line] => Err(line.clone()),
        lines => Err(format!("errors:\n  {}", lines.join("\n  "))),
    }
}

/// Whether a scalar is of its type. Null is of every type.
fn scalar(scalar: Scalar, value: &Value) -> Result<(), String> {
    match (scalar, value) {
        (_, Value::Null)
        | (Scalar::Numeric, Value::Number(_))
        | (Scalar::String, Value::String(_))
        | (Scalar::Boolean, Value::Bool(_))
        | (Scalar::Untyped, Value::Number(_) | Value::String(_) | Value::Bool(_)) => Ok(()),
        (Scalar::Numeric, _) => Err(format!("expected numeric (int or float), got {}", words::kind(value))),
        (Scalar::String, _) => {
            Err(format!("expected string, got &value.valueUnstructured{{Value:{}}}", words::source(value)))
        }
        (Scalar::Boolean, _) => Err(format!("expected boolean, got &{{{}}}", words::plain(value))),
        (Scalar::Untyped, _) => Err(format!("expected any scalar, got &{{{}}}", words::plain(value))),
    }
}

fn faults(typed: Typed<'_>, value: &Value, duplicates: Duplicates) -> Vec<Fault> {
    let here = |message: String| vec![Fault { path: String::new(), message }];
    match form(typed, Some(value)) {
        None => here("schema error: invalid atom".to_owned()),
        Some(Form::Scalar(of)) => scalar(of, value).err().map(here).unwrap_or_default(),
        Some(Form::Map) => match value {
            Value::Null => Vec::new(),
            Value::Object(map) => in_map(typed, map, duplicates),
            _ => here(format!("expected map, got &{{{}}}", words::plain(value))),
        },
        Some(Form::List) => match value {
            Value::Null => Vec::new(),
            Value::Array(list) => in_list(typed, list, duplicates),
            _ => here(format!("expected list, got &{{{}}}", words::plain(value))),
        },
    }
}

fn in_map(typed: Typed<'_>, map: &serde_json::Map<String, Value>, duplicates: Duplicates) -> Vec<Fault> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    let mut all = Vec::new();
    for (key, value) in entries {
        let element = PathElement::field(key);
        match typed.field(key) {
            None => all.push(Fault { path: element.to_string(), message: "field not declared in schema".to_owned() }),
            Some(of) => all.extend(below(&element, faults(of, value, duplicates))),
        }
    }
    all
}

fn in_list(typed: Typed<'_>, list: &[Value], duplicates: Duplicates) -> Vec<Fault> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    let Some(of) = typed.element() else { return all };
    for (index, item) in list.iter().enumerate() {
        let step = if identity(typed).is_some() {
            match element(typed, item) {
                Ok(element) => element,
                Err(message) => {
                    all.push(Fault { path: String::new(), message: format!("element {index}: {message}") });
                    return all;
                }
            }
        } else {
            PathElement::Index(i64::try_from(index).unwrap_or(i64::MAX))
        };
        if !seen.insert(step.clone()) && duplicates == Duplicates::Refused {
            all.push(Fault { path: String::new(), message: format!("duplicate entries for key {step}") });
        }
        all.extend(below(&step, faults(of, item, duplicates)));
    }
    all
}

fn below(element: &PathElement, faults: Vec<Fault>) -> impl Iterator<Item = Fault> {
    faults.into_iter().map(move |fault| Fault { path: format!("{element}{}", fault.path), message: fault.message })
}
