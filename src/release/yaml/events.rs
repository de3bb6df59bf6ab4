//! The events of a text, from libyaml-safer: a small layer that keeps hostile text away from the library, refuses what
//! Helm's reader refuses, and counts in bytes of the text as it was given.

use std::io::Cursor;

use libyaml_safer::{Encoding, EventData, MappingStyle, ScalarStyle, SequenceStyle};

use super::spelling::Spelled;
use super::{DEPTH_LIMIT, YamlError};

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub kind: EventKind,
    /// Of a scalar: the byte where its text starts, behind anchor and tag.
    pub start: usize,
    /// The byte behind its last one.
    pub end: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventKind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias {
        name: String,
    },
    Scalar {
        value: String,
        style: Style,
        anchor: Option<String>,
        tag: Option<String>,
        /// Whether the type follows from the text: plain without a tag, or tagged `!`.
        implicit: bool,
    },
    SequenceStart {
        anchor: Option<String>,
    },
    SequenceEnd,
    MappingStart {
        anchor: Option<String>,
    },
    MappingEnd,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// What YAML 1.1 takes for line breaks.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Put behind a text that ends without a line break, as the library panics there. Of all breaks only this one and U+2029
/// stay as they are in a value, so that it can be told from those of the text.
const ADDED_BREAK: char = '\u{2028}';

pub(crate) struct Parser<'t> {
    text: &'t str,
    /// Bytes before what the library sees.
    skipped: usize,
    /// Without its bytes, which the library has.
    spelled: Spelled,
    inner: libyaml_safer::Parser<Cursor<Vec<u8>>>,
    /// The collections that are open, and whether they are written in brackets or braces.
    open: Vec<bool>,
}

impl<'t> Parser<'t> {
    /// # Errors
    /// On the first character that YAML 1.1 does not allow.
    pub fn new(text: &'t str) -> Result<Self, YamlError> {
        if let Some((place, _)) = text.char_indices().find(|&(_, character)| !is_allowed(character)) {
            return Err(YamlError::at(text, place, "control characters are not allowed"));
        }
        let seen = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut input = seen.to_owned();
        if !input.ends_with(BREAKS) {
            input.push(ADDED_BREAK);
        }
        let mut inner = libyaml_safer::Parser::new();
        // Else it takes a first character such as U+FF01 for a damaged byte order mark.
        inner.set_encoding(Encoding::Utf8);
        let mut spelled = Spelled::new(input).ok_or_else(|| YamlError::at(text, 0, "too many tags"))?;
        inner.set_input(Cursor::new(std::mem::take(&mut spelled.bytes)));
        Ok(Self { text, skipped: text.len() - seen.len(), spelled, inner, open: Vec::new() })
    }

    /// The next event; the end of the stream comes again when asked for again.
    ///
    /// # Errors
    /// Where the text is no YAML, or goes deeper than [`DEPTH_LIMIT`].
    pub fn next(&mut self) -> Result<Event, YamlError> {
        let event = self.inner.parse().map_err(|error| {
            YamlError::at(self.text, self.place(error.problem_mark().unwrap_or_default().index), error.problem())
        })?;
        let (mut start, end) = (self.place(event.start_mark.index), self.place(event.end_mark.index));
        let kind = match event.data {
            EventData::StreamStart { .. } => EventKind::StreamStart,
            EventData::StreamEnd => EventKind::StreamEnd,
            EventData::DocumentStart { version_directive, .. } => {
                if version_directive.is_some_and(|version| (version.major, version.minor) != (1, 1)) {
                    return self.error(start, "found incompatible YAML document");
                }
                EventKind::DocumentStart
            }
            EventData::DocumentEnd { .. } => EventKind::DocumentEnd,
            EventData::Alias { anchor } => EventKind::Alias { name: anchor },
            EventData::SequenceStart { anchor, style, .. } => {
                self.open(style == SequenceStyle::Flow, start)?;
                EventKind::SequenceStart { anchor }
            }
            EventData::MappingStart { anchor, style, .. } => {
                self.open(style == MappingStyle::Flow, start)?;
                EventKind::MappingStart { anchor }
            }
            EventData::SequenceEnd => {
                self.open.pop();
                EventKind::SequenceEnd
            }
            EventData::MappingEnd => {
                self.open.pop();
                EventKind::MappingEnd
            }
            EventData::Scalar { anchor, tag, mut value, plain_implicit: implicit, style, .. } => {
                let style = match style {
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                    _ => Style::Plain,
                };
                let properties = usize::from(anchor.is_some()) + usize::from(tag.is_some());
                start = end - behind_properties(self.text.get(start..end).unwrap_or_default(), properties).len();
                let has_added_break = self.place_unbounded(event.end_mark.index) > self.text.len();
                if has_added_break && matches!(style, Style::Literal | Style::Folded) && value.ends_with(ADDED_BREAK) {
                    value.pop();
                }
                self.check_scalar(&value, style, start, end)?;
                EventKind::Scalar { value, style, anchor, tag: tag.filter(|tag| !tag.is_empty()), implicit }
            }
        };
        Ok(Event { kind, start, end })
    }

    /// An offset in what the library saw as one in the text.
    fn place(&self, index: u64) -> usize {
        self.place_unbounded(index).min(self.text.len())
    }

    fn place_unbounded(&self, index: u64) -> usize {
        self.spelled.origin(index).saturating_add(self.skipped)
    }

    fn error<T>(&self, place: usize, cause: &'static str) -> Result<T, YamlError> {
        Err(YamlError::at(self.text, place, cause))
    }

    fn open(&mut self, is_flow: bool, start: usize) -> Result<(), YamlError> {
        if self.open.len() >= DEPTH_LIMIT {
            return self.error(start, "lists and maps are nested too deeply");
        }
        self.open.push(is_flow);
        Ok(())
    }

    /// What the library takes and Helm's reader does not.
    fn check_scalar(&self, value: &str, style: Style, start: usize, end: usize) -> Result<(), YamlError> {
        // There a question mark always starts a key, which cannot follow a scalar.
        if style == Style::Plain && self.open.last() == Some(&true) && value.contains('?') {
            return self.error(start, "a question mark within a plain scalar in brackets");
        }
        if style == Style::DoubleQuoted {
            let mut raw = self.text.get(start..end).unwrap_or_default().chars();
            while let Some(character) = raw.next() {
                if character == '\\' && raw.next() == Some('/') {
                    return self.error(start, "found unknown escape character");
                }
            }
        }
        Ok(())
    }
}

/// What follows so many anchors and tags.
fn behind_properties(mut raw: &str, properties: usize) -> &str {
    let is_blank = |character: char| matches!(character, ' ' | '\t') || BREAKS.contains(&character);
    for _ in 0..properties {
        raw = raw.trim_start_matches(|character| !is_blank(character)).trim_start_matches(is_blank);
        while raw.starts_with('#') {
            raw = raw.trim_start_matches(|character| !BREAKS.contains(&character)).trim_start_matches(is_blank);
        }
    }
    raw
}

fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Line and column of a byte, from 1.
pub(super) fn line_and_column(text: &str, place: usize) -> (usize, usize) {
    let before = text.get(..place).unwrap_or(text);
    let before = before.strip_prefix(BYTE_ORDER_MARK).unwrap_or(before);
    let last = before.rfind(BREAKS).and_then(|at| before.get(at..)).map_or(before, |rest| {
        let mut characters = rest.chars();
        characters.next();
        characters.as_str()
    });
    let breaks = before.matches(BREAKS).count() - before.matches("\r\n").count();
    (breaks + 1, last.chars().count() + 1)
}
