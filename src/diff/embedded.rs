//! Documents within documents: a text that is YAML or JSON itself.

use serde_json::Value;

use crate::ownership::permanent;
use crate::release::{manifest, yaml};

/// What a text holds, and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Embedded {
    /// A map or a list.
    pub value: Value,
    /// As JSON, else as YAML.
    pub is_json: bool,
}

/// Reads a text that is one map or one list. A text of several documents is none of these: all but the first would be lost.
pub(super) fn read(text: &str) -> Option<Embedded> {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str(text)
    {
        return Some(Embedded { value, is_json: true });
    }
    let is_ended = text.lines().any(|line| line.starts_with("..."));
    if is_ended || manifest::split(text).len() != 1 {
        return None;
    }
    let value = yaml::to_json(text).ok()?;
    (value.is_object() || value.is_array()).then_some(Embedded { value, is_json: false })
}

/// The text that [`read`] reads as this, each value in one spelling whatever it was written like.
pub(super) fn write(embedded: &Embedded) -> String {
    let is_read = |text: &String| read(text).is_some_and(|read| read.value == embedded.value);
    // Not all that is written as YAML 1.2 is read as the same by YAML 1.1.
    let yaml = || Some(permanent::yaml(&embedded.value)).filter(is_read);
    let json = || serde_json::to_string_pretty(&embedded.value).unwrap_or_default();
    if embedded.is_json { json() } else { yaml().unwrap_or_else(json) }
}
