//! YAML as Helm reads it: what `YAMLToJSON` of sigs.k8s.io/yaml v1.6.0 makes of it.
//!
//! That is YAML 1.1 in the dialect of go.yaml.in/yaml v2.4.4, a port of libyaml: `0640` is octal, `on` is true, `y` is
//! true too, `12:30` is text, a later `<<` overrides an earlier key. Rendered manifests and values mean what this dialect
//! says. So the events come from libyaml-safer, another port of libyaml: `events` asks it and refuses what Helm's reader
//! refuses, `spelling` and `tag_commas` write anew what only Helm's reader takes. What scalars, merges and aliases mean is
//! in `nodes`, `resolve` and `decode`. Golden vectors hold all of it to the original: of 8,841 the bare library panicked
//! on 15 and differed in 44 more; with the checks around it, 8 differ.
//!
//! Rejected:
//! - saphyr-parser 0.3 reads YAML 1.2: of the 8,841 golden vectors it refused 165 that Helm takes, such as a flow map
//!   whose closing brace starts a line, which no check before or after it can mend, and took some 500 that Helm refuses.
//!   A manifest that Helm has applied must never be shown as broken, and what is masked must be found where Helm finds it.
//! - serde_yaml forgets whether a scalar was quoted, and where it stood.
//! - An own scanner would be a second libyaml to look after.
//!
//! Differences from the original, limits and accidents. Those that show in golden vectors are named, vector by vector, in
//! `tests/vectors/yaml-known.txt`:
//! - Nesting deeper than [`DEPTH_LIMIT`] is an error; the original stops at 10,000.
//! - Text repeated through aliases is an error beyond [`ALIAS_TEXT_LIMIT`] bytes; the original shares the memory.
//! - Where one key is written as text and as a number (`1` and `"1"`), the original keeps either by chance, this
//!   keeps the later one.
//! - A byte order mark at the start of a line is passed over; the original reads it as a character.
//! - A bracket in a tag is an error; for the original it is a part of the tag.
//! - A list or map in brackets as the first key of a document is an error, and a mistake on the same line behind such a
//!   document is one as well; the original reads the list or map and drops the rest.
//! - A key before `:` is at most 1,024 bytes long; for the original as many characters.
//! - Very many tags with commas, apostrophes behind backslashes, or colons before commas in one text are an error.
//! - A control character is an error anywhere in the text, the original may not look past the first document.
//!
//! Keys stay in the order of the document. The original sorts them, which no reader of JSON may rely on.

mod decode;
mod events;
mod nodes;
mod resolve;
mod spelling;
mod tag_commas;
mod timestamp;

use serde_json::Value;

pub(crate) use events::{Event, EventKind, Parser, Style};

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
    fn at(text: &str, place: usize, cause: &'static str) -> Self {
        let (line, column) = events::line_and_column(text, place);
        Self { cause, line, column }
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
