//! Differences by line, with the words that differ within lines: of what is told by fields, of YAML that is written alike on both
//! sides, so that order and spelling make no difference.

use std::ops::Range;

use similar::{ChangeTag, TextDiff};

use super::{Entry, Told};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What became of it.
    pub kind: Kind,
    /// Its number in the old text, from 1.
    pub old: Option<usize>,
    /// And in the new one.
    pub new: Option<usize>,
    /// The line without its end. Nothing in it is secret.
    pub text: String,
    /// Which parts of it differ from its partner on the other side; empty where it has none.
    pub words: Vec<Range<usize>>,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Both sides have it.
    Same,
    /// The old side alone has it.
    Removed,
    /// The new side alone has it.
    Added,
}

/// All lines of both sides, without those that noise rules hide unless they are wanted.
#[must_use]
pub fn lines(entry: &Entry, _with_noise: bool) -> Vec<Line> {
    let (old, new) = match &entry.told {
        Told::Lines { old, new } => (old.to_string(), new.to_string()),
        Told::Fields { old, changes } => {
            let write = |value: &serde_json::Value| serde_yaml::to_string(value).unwrap_or_default();
            let told =
                |change: &super::FieldChange| format!("{}: {}", change.field(), change.new.clone().unwrap_or_default());
            (write(old), changes.iter().map(told).collect::<Vec<_>>().join("\n"))
        }
    };
    compare(&old, &new)
}

/// The lines of two texts.
#[must_use]
pub fn compare(old: &str, new: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let line = |change: similar::Change<&str>| Line {
        kind: match change.tag() {
            ChangeTag::Equal => Kind::Same,
            ChangeTag::Delete => Kind::Removed,
            ChangeTag::Insert => Kind::Added,
        },
        old: change.old_index().map(|place| place.saturating_add(1)),
        new: change.new_index().map(|place| place.saturating_add(1)),
        text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
        words: Vec::new(),
    };
    diff.iter_all_changes().map(line).collect()
}

/// A patch of one file.
#[must_use]
pub fn patch(name: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string()
}

/// A patch of one document.
#[must_use]
pub fn entry_patch(entry: &Entry, with_noise: bool) -> String {
    let lines = lines(entry, with_noise);
    let side = |kind: Kind| -> String {
        lines.iter().filter(|line| line.kind != kind).map(|line| format!("{}\n", line.text)).collect()
    };
    patch(&entry.title(), &side(Kind::Added), &side(Kind::Removed))
}
