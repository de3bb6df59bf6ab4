//! The entries of `metadata.managedFields`: who wrote which fields, how, when and in which version.
//!
//! Source: k8s.io/apimachinery `pkg/apis/meta/v1/types.go` (ManagedFieldsEntry),
//! `pkg/util/managedfields/internal/managedfields.go`. The API server gives up all entries for one that it cannot read; here
//! the others count, and the bad one says what is wrong with it.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Cause, Fault, FieldSet};

/// How a manager wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Server-side apply.
    Apply,
    /// Every other way.
    Update,
    /// What no API server writes.
    Other(String),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
            Self::Other(text) => text,
        })
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name of the manager; empty where there is none.
    pub manager: String,
    /// How it wrote.
    pub operation: Operation,
    /// The version in which the paths are valid, of the main resource even for a subresource.
    pub api_version: String,
    /// When it last changed what it owns. Losing a field to another does not count.
    pub time: Option<Timestamp>,
    /// `status`, `scale`; empty for the object itself.
    pub subresource: String,
    /// What it owns, or why that cannot be read.
    pub fields: Result<FieldSet, Fault>,
    /// What else is wrong with the entry. Its fields count all the same.
    pub faults: Vec<Fault>,
}

/// The entries of an object, in the order in which they are stored, bad ones among them. Where the entries are not even a
/// list, that is one bad entry.
#[must_use]
pub fn managed_fields(object: &Value) -> Vec<Entry> {
    match object.pointer("/metadata/managedFields") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(entries)) => entries.iter().map(entry).collect(),
        Some(_) => vec![unreadable("managedFields", "a list")],
    }
}

fn wrong(field: &'static str, expected: &'static str) -> Fault {
    Fault::of(Cause::Entry { field, expected })
}

fn unreadable(field: &'static str, expected: &'static str) -> Entry {
    Entry {
        manager: String::new(),
        operation: Operation::Other(String::new()),
        api_version: String::new(),
        time: None,
        subresource: String::new(),
        fields: Err(wrong(field, expected)),
        faults: Vec::new(),
    }
}

fn entry(value: &Value) -> Entry {
    let Value::Object(raw) = value else { return unreadable("an entry of managedFields", "an object") };
    let mut faults = Vec::new();
    let manager = text(raw, "manager", &mut faults);
    let operation = match text(raw, "operation", &mut faults).as_str() {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        other => Operation::Other(other.to_owned()),
    };
    if matches!(operation, Operation::Other(_)) {
        faults.push(wrong("operation", "Apply or Update"));
    }
    let api_version = text(raw, "apiVersion", &mut faults);
    if api_version.is_empty() {
        faults.push(wrong("apiVersion", "a version"));
    }
    let subresource = text(raw, "subresource", &mut faults);
    let written = text(raw, "time", &mut faults);
    let time = written.parse().ok();
    if time.is_none() && !written.is_empty() {
        faults.push(wrong("time", "a time"));
    }
    let fields = match text(raw, "fieldsType", &mut faults).as_str() {
        "FieldsV1" => raw.get("fieldsV1").map_or_else(|| Ok(FieldSet::default()), FieldSet::from_value),
        _ => Err(wrong("fieldsType", "FieldsV1")),
    };
    Entry { manager, operation, api_version, time, subresource, fields, faults }
}

/// A field that is a string; empty where there is none.
fn text(raw: &Map<String, Value>, field: &'static str, faults: &mut Vec<Fault>) -> String {
    match raw.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            faults.push(wrong(field, "a string"));
            String::new()
        }
    }
}
