//! What differs, line by line and field by field, as it is read: made where it may take long.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::diff::noise::{self, Counted};
use crate::diff::patch::{self, entry_names, entry_patch};
use crate::diff::text::{self, Kind, Line};
use crate::diff::{Change, Diff, Entry, FieldChange, Op, Part, Told};
use crate::release::ObjectId;

/// So many lines stand before and after what differs.
const AROUND: usize = 3;

/// Every document that differs, as it is read. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// What noise rules hide is among it.
    pub with_noise: bool,
    /// In the order of the diff; those that noise rules hide whole are left out unless they are wanted.
    pub blocks: Vec<Block>,
    /// How many lines noise rules hide, whether they are shown or not.
    pub hidden: Counted,
}

/// Part and object of a document.
pub type Key = (Part, ObjectId);

/// One document that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its place in the diff.
    pub entry: usize,
    /// Where it belongs.
    pub part: Part,
    /// The object, as in [`Entry::id`].
    pub id: ObjectId,
    /// `Deployment storefront`.
    pub title: String,
    /// Its namespace; empty where that of the release is meant, or there is none.
    pub namespace: String,
    /// What became of it.
    pub change: Change,
    /// Group and version on each side, where it moved.
    pub moved: Option<(String, String)>,
    /// The template it comes from.
    pub source: Option<String>,
    /// What its two sides are called in a patch.
    pub files: (String, String),
    /// How much of it differs.
    pub counts: Counts,
    /// Where its lines differ.
    pub hunks: Vec<Hunk>,
    /// How many lines both sides have alike after the last of them.
    pub after: usize,
    /// Its fields that differ; empty of what is told by lines alone.
    pub fields: Vec<Field>,
}

/// How much of a document differs: fields where it is told by fields, else lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// The new side alone has them.
    pub added: usize,
    /// The old side alone has them.
    pub removed: usize,
    /// Both have them, and not alike.
    pub changed: usize,
}

/// Lines that differ, and those around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// How many lines that both sides have alike are left out before it.
    pub before: usize,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The same beside each other, by their places: those of the old side and of the new one.
    pub pairs: Vec<(Option<usize>, Option<usize>)>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What became of it.
    pub op: Op,
    /// The field.
    pub path: String,
    /// Its values, where each has one line.
    pub short: Option<[Option<Words>; 2]>,
    /// Its values by lines, where they have more.
    pub long: Vec<Line>,
    /// The noise rule that would hide it.
    pub hidden_by: Option<Arc<str>>,
}

/// A text, and what of it the other side has not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The text.
    pub text: String,
    /// The part that differs.
    pub differs: Range<usize>,
}

impl Sheet {
    /// Lays out a diff; `home` is the namespace of the release.
    #[must_use]
    pub fn of(diff: &Diff, home: &str, with_noise: bool) -> Self {
        let mut sheet = Self { with_noise, hidden: noise::hidden(diff), blocks: Vec::new() };
        for (place, entry) in diff.entries.iter().enumerate() {
            if with_noise || !entry.is_noise() {
                sheet.blocks.push(block(place, entry, home, with_noise));
            }
        }
        sheet
    }

    /// How many documents of a part differ.
    #[must_use]
    pub fn count(&self, part: Part) -> usize {
        self.blocks.iter().filter(|block| block.part == part).count()
    }
}

impl Block {
    /// What tells it from all others, whatever else comes or goes.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.part, self.id.clone())
    }

    /// `added`, `removed`, `changed`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.change.into()
    }
}

fn block(place: usize, entry: &Entry, home: &str, with_noise: bool) -> Block {
    let lines = text::lines(entry, with_noise);
    let counts = match &entry.told {
        Told::Fields { .. } if entry.change == Change::Changed => {
            let count = |op| entry.changes(with_noise).filter(|change| change.op == op).count();
            Counts { added: count(Op::Add), removed: count(Op::Remove), changed: count(Op::Replace) }
        }
        Told::Fields { .. } | Told::Lines { .. } => {
            let count = |kind| lines.iter().filter(|line| line.kind == kind).count();
            Counts { added: count(Kind::Added), removed: count(Kind::Removed), changed: 0 }
        }
    };
    let moved = match &entry.api_versions {
        (Some(old), Some(new)) if old != new => Some((old.to_string(), new.to_string())),
        _ => None,
    };
    // Of what was added or removed as a whole, no field tells more than its lines.
    let by_fields = entry.change == Change::Changed;
    let fields = entry.changes(with_noise).filter(|_| by_fields).map(field).collect();
    let (hunks, after) = hunks(&lines);
    Block {
        entry: place,
        part: entry.part,
        id: entry.id.clone(),
        title: entry.title(),
        namespace: if entry.id.namespace == home { String::new() } else { entry.id.namespace.clone() },
        change: entry.change,
        moved,
        source: entry.source.clone(),
        files: entry_names(entry),
        counts,
        hunks,
        after,
        fields,
    }
}

/// The lines that differ with those around them, and how many are alike after the last of them.
fn hunks(lines: &[Line]) -> (Vec<Hunk>, usize) {
    let rows = text::rows(lines);
    let mut hunks = Vec::new();
    for hunk in text::hunks(lines, AROUND) {
        let (before, within) = (hunk.folded.len(), hunk.lines);
        if within.is_empty() {
            return (hunks, before);
        }
        let place = |line: Option<usize>| line.map(|line| line.saturating_sub(within.start));
        let is_in = |line: Option<usize>| line.is_some_and(|line| within.contains(&line));
        let of = rows.iter().filter(|row| is_in(row.left) || is_in(row.right));
        hunks.push(Hunk {
            before,
            pairs: of.map(|row| (place(row.left), place(row.right))).collect(),
            lines: lines.get(within.clone()).unwrap_or_default().to_vec(),
        });
    }
    (hunks, 0)
}

fn field(change: &FieldChange) -> Field {
    let short = match [change.old.as_ref().map(one_line), change.new.as_ref().map(one_line)] {
        [Some(None), _] | [_, Some(None)] => None,
        [old, new] => {
            let (old, new) = (old.flatten(), new.flatten());
            let (before, after) = differing(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
            let both = change.op == Op::Replace;
            let words = |text: Option<String>, differs| {
                text.map(|text| Words { text, differs: if both { differs } else { 0..0 } })
            };
            Some([words(old, before), words(new, after)])
        }
    };
    let long = match short {
        Some(_) => Vec::new(),
        None => {
            let write = |value: Option<&Value>| value.map(written).unwrap_or_default();
            text::compare(&write(change.old.as_ref()), &write(change.new.as_ref()))
        }
    };
    Field { op: change.op, path: change.shown(), short, long, hidden_by: change.hidden_by.clone() }
}

/// A value in one line, where it has one.
fn one_line(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) if !fields.is_empty() => None,
        Value::Array(items) if !items.is_empty() => None,
        Value::String(text) if text.contains('\n') => None,
        Value::String(text) if !text.is_empty() && value_of(text).is_string() => Some(text.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

/// What YAML takes a text for where it stands without quotes.
fn value_of(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            serde_yaml::to_string(value).unwrap_or_default()
        }
    }
}

/// What of two texts is between the beginning and the end that both have.
fn differing(old: &str, new: &str) -> (Range<usize>, Range<usize>) {
    let alike = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum()
    };
    let start = alike(&mut old.chars().zip(new.chars()));
    let (rest, others) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let end = alike(&mut rest.chars().rev().zip(others.chars().rev()));
    (start..old.len() - end, start..new.len() - end)
}

/// All that differs, as `patch` reads it.
#[must_use]
pub fn patch_of(diff: &Diff, with_noise: bool) -> String {
    diff.entries.iter().map(|entry| entry_patch(entry, with_noise)).collect()
}

/// Hunks of a document as `patch` reads them.
#[must_use]
pub fn patch(block: &Block, hunks: &[Hunk]) -> String {
    let side = |hunk: &Hunk, number: fn(&Line) -> Option<usize>| {
        let count = hunk.lines.iter().filter(|line| number(line).is_some()).count();
        let first = hunk.lines.iter().find_map(number).unwrap_or_default();
        format!("{first},{count}")
    };
    let mut text = patch::head(&block.files.0, &block.files.1);
    for hunk in hunks {
        text.push_str(&format!("@@ -{} +{} @@\n", side(hunk, |line| line.old), side(hunk, |line| line.new)));
        for line in &hunk.lines {
            let end = if line.is_unended { "\n\\ No newline at end of file\n" } else { "\n" };
            text.push_str(&format!("{}{}{end}", sign(line.kind), line.text));
        }
    }
    text
}

/// What stands before a line.
#[must_use]
pub fn sign(kind: Kind) -> char {
    match kind {
        Kind::Same => ' ',
        Kind::Removed => '-',
        Kind::Added => '+',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_of_two_values_is_between_what_they_share() {
        let check = |old: &str, new: &str, expected: (&str, &str)| {
            let (before, after) = differing(old, new);
            assert_eq!((old.get(before).unwrap(), new.get(after).unwrap()), expected);
        };
        check("storefront:2.10.0", "storefront:2.11.0", ("0", "1"));
        check("aa", "aaa", ("", "a"));
        check("日本", "日木", ("本", "木"));
        check("", "x", ("", "x"));
    }
}
