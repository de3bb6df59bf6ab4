//! YAML as Helm reads it: what `YAMLToJSON` of sigs.k8s.io/yaml v1.6.0 makes of it.
//!
//! That is YAML 1.1 in the dialect of go.yaml.in/yaml v2.4.4, itself a port of libyaml: `0640` is octal, `on` is true,
//! `y` is true too, `12:30` is text, a later `<<` overrides an earlier key. Rendered manifests and values mean what
//! this dialect says, so it is followed to the letter: `scan` and `parse` are a translation of its `scannerc.go` and
//! `parserc.go`, `resolve` and `decode` of the files of those names. Golden vectors hold them to the original.
//!
//! Rejected: parsing with saphyr-parser 0.3, or serde_yaml. The first reads YAML 1.2: of the 8,841 golden vectors it
//! refused 165 that Helm takes, such as a flow map whose closing brace starts a line, which no check before or after
//! it can mend, and took some 500 that Helm refuses. The second forgets whether a scalar was quoted. A manifest that
//! Helm has applied must never be shown as broken, and what is masked must be found where Helm finds it.
//!
//! Differences from the original, limits and accidents:
//! - Nesting deeper than [`DEPTH_LIMIT`] is an error; the original stops at 10,000.
//! - Text repeated through aliases is an error beyond [`ALIAS_TEXT_LIMIT`] bytes; the original shares the memory.
//! - Where one key is written as text and as a number (`1` and `"1"`), the original keeps either by chance, this
//!   keeps the later one.
//! - In a text that starts with two byte order marks the original drops the first character of further lines.
//! - A control character is an error anywhere in the text, the original may not look past the first document.
//!
//! Keys stay in the order of the document. The original sorts them, which no reader of JSON may rely on.

mod cursor;
mod decode;
mod parse;
mod resolve;
mod scalars;
mod scan;
mod tags;
mod timestamp;

use serde_json::Value;

pub(crate) use cursor::Mark;
pub(crate) use parse::{Event, EventKind, Parser};
pub(crate) use scan::Style;

/// Deepest nesting of lists and maps, that of aliases included: the deepest that serde_json reads back.
pub const DEPTH_LIMIT: usize = 127;

/// Most bytes of text that aliases may repeat.
pub const ALIAS_TEXT_LIMIT: usize = 64 * 1024 * 1024;

/// Why a text is not read. It names the place but quotes nothing of the text, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {cause}")]
pub struct YamlError {
    /// What is wrong.
    pub cause: &'static str,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl YamlError {
    fn at(mark: Mark, cause: &'static str) -> Self {
        Self { cause, line: mark.line.saturating_add(1), column: mark.column.saturating_add(1) }
    }
}

/// Reads the first document of a text; no document reads as null. What follows it is not looked at.
///
/// Numbers: whole ones keep all digits as far as `i64` and `u64` go; larger ones become the nearest `f64`, as in the
/// original.
///
/// # Errors
/// [`YamlError`] wherever the original has an error, and at the limits that the module lists.
pub fn to_json(text: &str) -> Result<Value, YamlError> {
    decode::document(text)
}

#[cfg(test)]
mod tests;
