//! The search in the tree of values: by path and by value, those that are folded away too.

use std::ops::Range;

use crate::app::document::search::ranges;

use super::State;
use super::tree::Line;

/// What is found of a text.
#[derive(Debug, Default)]
pub struct Found {
    /// The text.
    pattern: String,
    /// The lines, as places in the tree.
    lines: Vec<usize>,
    /// The present one was reached past the end or past the top.
    wrapped: bool,
}

impl State {
    /// How many lines were found, the place among them of the selected one, and whether it was reached past an end.
    #[must_use]
    pub fn matches(&self) -> (usize, Option<usize>, bool) {
        let at = self.place().and_then(|place| self.found.lines.binary_search(&place).ok());
        (self.found.lines.len(), at, self.found.wrapped)
    }

    /// Looks for a text, if that was not done.
    pub(super) fn find(&mut self, sought: &str) {
        if self.found.pattern == sought {
            return;
        }
        let lines = match self.tree() {
            Some(tree) if !sought.is_empty() => {
                let found = tree.lines.iter().enumerate().filter(|(_, line)| is_match(line, sought));
                found.map(|(place, _)| place).collect()
            }
            Some(_) | None => Vec::new(),
        };
        self.found = Found { pattern: sought.to_owned(), lines, wrapped: false };
    }

    /// Goes to the first match from a line on, past the end from the top.
    pub(in crate::app::release) fn seek(&mut self, sought: &str, from: usize) {
        self.find(sought);
        let next = self.found.lines.iter().find(|line| **line >= from).or(self.found.lines.first()).copied();
        self.go_back(next.unwrap_or(from));
    }

    /// Goes to a line of the tree.
    pub(in crate::app::release) fn go_back(&mut self, line: usize) {
        self.go_to(line);
    }

    /// Goes to the next match or the one before; past the end, round.
    pub(super) fn step(&mut self, forward: bool) {
        let Some(place) = self.place() else { return };
        let lines = &self.found.lines;
        let (next, round) = match forward {
            true => (lines.iter().find(|line| **line > place), lines.first()),
            false => (lines.iter().rfind(|line| **line < place), lines.last()),
        };
        self.found.wrapped = next.is_none();
        if let Some(line) = next.or(round).copied() {
            self.go_to(line);
        }
    }
}

fn is_match(line: &Line, sought: &str) -> bool {
    in_key(line, sought).is_some() || !ranges(&line.value, sought).is_empty()
}

/// The part of a line's key at which a searched path ends. What ends above it is found there.
#[must_use]
pub fn in_key(line: &Line, sought: &str) -> Option<Range<usize>> {
    if sought.is_empty() {
        return None;
    }
    let key = line.path.len() - line.path.len().min(line.key.replace('.', "\\.").len());
    let found = ranges(&line.path, sought).into_iter().find(|range| range.end > key)?;
    Some(found.start.saturating_sub(key)..found.end - key)
}

/// What of a line is searched for in its value.
#[must_use]
pub fn in_value(line: &Line, sought: &str) -> Vec<Range<usize>> {
    if sought.is_empty() { Vec::new() } else { ranges(&line.value, sought) }
}

/// The key of a line as it stands in its path; an empty one would not be seen.
#[must_use]
pub fn shown_key(line: &Line) -> String {
    if line.key.is_empty() { "\"\"".to_owned() } else { line.key.replace('.', "\\.") }
}
