//! Differences by line, with the words that differ within lines: of what is told by fields, of YAML that is written alike on both
//! sides, so that order and spelling make no difference.
//!
//! The same two documents always give the same lines. Rejected: a limit of time, after which the comparison would become
//! coarser. What is shown would depend on how busy the machine is. Documents are compared one by one, and what is
//! large is compared between the lines that each side has once.

mod align;
mod slide;
mod words;

use std::ops::Range;

use serde_json::Value;
use similar::DiffOp;

use super::{Entry, FieldChange, Op, Told, apply, yaml};
use crate::ownership::{Path, PathElement};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What became of it.
    pub kind: Kind,
    /// Its number in the old text, from 1.
    pub old: Option<usize>,
    /// And in the new one.
    pub new: Option<usize>,
    /// The line without its end; nothing in it is secret. Where the two texts do not end their lines alike, the carriage return of
    /// a line that differs is kept: it may be all that differs.
    pub text: String,
    /// Which parts of it differ from its partner on the other side, in bytes; empty where it has none, or where nearly all differs.
    pub words: Vec<Range<usize>>,
    /// Of a line that one side alone has: the index of the line of the other side that it corresponds to.
    pub partner: Option<usize>,
    /// No newline ends it: it is the last of its text.
    pub is_unended: bool,
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

/// Lines that are shown together, and those before them that both sides have and that are folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Lines that are left out before it, as indexes; may be none.
    pub folded: Range<usize>,
    /// The lines, as indexes. Empty in the last hunk where only the end is folded.
    pub lines: Range<usize>,
}

/// Lines side by side, as indexes; of a line that both sides have, twice the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// That of the old side.
    pub left: Option<usize>,
    /// That of the new side.
    pub right: Option<usize>,
}

/// In larger texts no words are looked for, in bytes of both sides.
const WORDS_LIMIT: usize = 2 * 1024 * 1024;

/// All lines of both sides, without what noise rules hide unless it is wanted.
#[must_use]
pub fn lines(entry: &Entry, with_noise: bool) -> Vec<Line> {
    let (old, new) = texts(entry, with_noise);
    compare(&old, &new)
}

/// Both sides as texts. What noise rules hide is in both as it was, unless it is wanted.
#[must_use]
pub fn texts(entry: &Entry, with_noise: bool) -> (String, String) {
    match &entry.told {
        Told::Lines { old, new } => (old.to_string(), new.to_string()),
        Told::Fields { old, changes } => (old_text(old, changes), new_text(old, changes, entry.changes(with_noise))),
    }
}

/// The old document. A document within it is spelled as the new one will be, where something in it differs.
pub(super) fn old_text(old: &Value, changes: &[FieldChange]) -> String {
    yaml::write(&apply(old, &respelling(changes)))
}

/// The document after some of its changes.
pub(super) fn new_text<'c>(
    old: &Value,
    changes: &[FieldChange],
    wanted: impl Iterator<Item = &'c FieldChange>,
) -> String {
    yaml::write(&apply(&apply(old, &respelling(changes)), wanted))
}

/// Changes of nothing within each document within the document that has changes: what holds it is written anew.
fn respelling(changes: &[FieldChange]) -> Vec<FieldChange> {
    let nowhere = Path(vec![PathElement::Index(i64::MAX)]);
    let inside = changes.iter().filter(|change| change.inside.is_some());
    inside
        .map(|change| FieldChange {
            inside: Some(nowhere.clone()),
            op: Op::Replace,
            old: None,
            new: None,
            ..change.clone()
        })
        .collect()
}

/// How many lines differ: those of both sides.
#[must_use]
pub fn count_changed(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.kind != Kind::Same).count()
}

/// How many lines of two texts differ: what [`count_changed`] says of their lines, without making these.
pub(super) fn count_between(old: &str, new: &str) -> usize {
    let (old, new) = (cut(old), cut(new));
    let ops = align::align(&old, &new);
    ops.iter().filter(|op| !is_equal(op)).map(|op| op.old_range().len().saturating_add(op.new_range().len())).sum()
}

/// Texts as lines, each with its end. A carriage return alone ends no line, as for `diff` and `patch`.
pub(super) fn cut(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// What makes the new lines of the old ones. What can stand in several places stands where a reader would put it.
pub(super) fn operations(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    slide::settle(align::align(old, new), old, new)
}

pub(super) fn is_equal(op: &DiffOp) -> bool {
    match op {
        DiffOp::Equal { .. } => true,
        DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => false,
    }
}

/// All lines of two texts.
#[must_use]
pub fn compare(old: &str, new: &str) -> Vec<Line> {
    let (from, to) = (cut(old), cut(new));
    let keeps_returns = !(returns_alike(&from) && returns_alike(&to));
    let mut lines: Vec<Line> = Vec::with_capacity(from.len().max(to.len()));
    let line = |kind, place: (Option<usize>, Option<usize>), text: &str| {
        let body = text.strip_suffix('\n');
        let shown = body.unwrap_or(text);
        let shown = if keeps_returns && kind != Kind::Same { shown } else { shown.trim_end_matches('\r') };
        let number = |place: Option<usize>| place.map(|place| place.saturating_add(1));
        Line {
            kind,
            old: number(place.0),
            new: number(place.1),
            text: shown.to_owned(),
            words: Vec::new(),
            partner: None,
            is_unended: body.is_none(),
        }
    };
    let mut blocks: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for op in operations(&from, &to) {
        let (removed, added) = (op.old_range(), op.new_range());
        if is_equal(&op) {
            let both = removed.zip(added).filter_map(|(old, new)| Some((old, new, from.get(old)?)));
            lines.extend(both.map(|(old, new, text)| line(Kind::Same, (Some(old), Some(new)), text)));
            continue;
        }
        let start = lines.len();
        let gone = removed.filter_map(|old| Some((old, from.get(old)?)));
        lines.extend(gone.map(|(old, text)| line(Kind::Removed, (Some(old), None), text)));
        let middle = lines.len();
        let come = added.filter_map(|new| Some((new, to.get(new)?)));
        lines.extend(come.map(|(new, text)| line(Kind::Added, (None, Some(new)), text)));
        blocks.push((start..middle, middle..lines.len()));
    }
    if old.len().saturating_add(new.len()) <= WORDS_LIMIT {
        blocks.into_iter().for_each(|(removed, added)| words::mark(&mut lines, removed, added));
    }
    lines
}

/// Whether all lines end in carriage return and newline, but for a last one without any end.
fn returns_alike(lines: &[&str]) -> bool {
    let mut ended = lines.iter().filter(|line| line.ends_with('\n'));
    ended.all(|line| line.ends_with("\r\n"))
}

/// What is shown with so many lines around each difference. A single line is not folded: saying so would take a line as well.
#[must_use]
pub fn hunks(lines: &[Line], context: usize) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut shown: usize = 0;
    let mut show = |hunks: &mut Vec<Hunk>, wanted: Range<usize>| {
        let is_near = wanted.start <= shown.saturating_add(1);
        match hunks.last_mut() {
            Some(last) if is_near => last.lines.end = last.lines.end.max(wanted.end),
            Some(_) => hunks.push(Hunk { folded: shown..wanted.start, lines: wanted.clone() }),
            None if is_near => hunks.push(Hunk { folded: 0..0, lines: 0..wanted.end }),
            None => hunks.push(Hunk { folded: 0..wanted.start, lines: wanted.clone() }),
        }
        shown = shown.max(wanted.end);
    };
    let differing = lines.iter().enumerate().filter(|(_, line)| line.kind != Kind::Same);
    for (place, _) in differing {
        let end = place.saturating_add(1).saturating_add(context).min(lines.len());
        show(&mut hunks, place.saturating_sub(context)..end);
    }
    let end = lines.len();
    match hunks.last_mut() {
        Some(last) if last.lines.end.saturating_add(1) == end => last.lines.end = end,
        Some(last) if last.lines.end < end => {
            let folded = last.lines.end..end;
            hunks.push(Hunk { folded, lines: end..end });
        }
        Some(_) | None => {}
    }
    hunks
}

/// Lines side by side: partners beside each other, what has none beside what is left of its block, in order.
#[must_use]
pub fn rows(lines: &[Line]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(lines.len());
    let mut place = 0;
    while let Some(line) = lines.get(place) {
        if line.kind == Kind::Same {
            rows.push(Row { left: Some(place), right: Some(place) });
            place = place.saturating_add(1);
            continue;
        }
        let run = |from: usize, kind: Kind| {
            let length = lines.get(from..).unwrap_or_default().iter().take_while(|line| line.kind == kind).count();
            from..from.saturating_add(length)
        };
        let mut removed = run(place, Kind::Removed);
        let mut added = run(removed.end, Kind::Added);
        place = added.end;
        // Up to each pair, what stands before it; behind the last pair, the rest.
        while !removed.is_empty() || !added.is_empty() {
            let paired = removed.clone().find_map(|left| Some((left, lines.get(left)?.partner?)));
            let (left_end, right_end) = paired.unwrap_or((removed.end, added.end));
            beside(&mut rows, removed.start..left_end, added.start..right_end);
            if let Some((left, right)) = paired {
                rows.push(Row { left: Some(left), right: Some(right) });
                (removed.start, added.start) = (left.saturating_add(1), right.saturating_add(1));
            } else {
                break;
            }
        }
    }
    rows
}

fn beside(rows: &mut Vec<Row>, mut left: Range<usize>, mut right: Range<usize>) {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return,
            (left, right) => rows.push(Row { left, right }),
        }
    }
}

#[cfg(test)]
mod tests;
