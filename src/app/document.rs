//! Long texts: values, manifests, notes. Made and coloured elsewhere, windowed here: a frame costs the lines that are
//! seen, however long the document is.

pub mod highlight;
pub mod prepare;
pub mod search;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::tz::TimeZone;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::config::Role;
use crate::release::payload::Payload;

use super::command::CommandId;
use super::text::{self, Glyphs};

/// What a document is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The manifest of a stored revision.
    Manifest(Stored),
    /// The notes and hooks of a stored revision, times told in this zone.
    Notes(Stored, TimeZone),
}

/// A stored revision; two are equal when they are the same one in memory, so that comparing costs nothing.
#[derive(Clone)]
pub struct Stored(pub Arc<Payload>);

/// What is stored is secret until it is masked.
impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stored({:?}, revision {:?})", self.0.name(), self.0.revision())
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A text by lines. Nothing in it is secret: it was masked when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    text: String,
    lines: Vec<Range<usize>>,
    yaml: bool,
}

/// A text by lines, of which a window is shown.
pub trait Lines {
    /// How many lines.
    fn count(&self) -> usize;
    /// A line, from 0.
    fn line(&self, place: usize) -> Option<&str>;
}

impl Lines for Document {
    fn count(&self) -> usize {
        self.len()
    }

    fn line(&self, place: usize) -> Option<&str> {
        Self::line(self, place)
    }
}

/// A line of more bytes is broken: what is made of one line must not take longer than what is made of a screen.
pub(super) const LONGEST: usize = 8192;

/// Which parts of each line have which role.
pub type Colours = Vec<Vec<(Range<usize>, Role)>>;

impl Document {
    /// A text that is YAML or not.
    #[must_use]
    pub fn new(text: String, yaml: bool) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end_matches(['\n', '\r']).len();
            let next = start + line.len();
            while end - start > LONGEST {
                let stop = (start + 1..=start + LONGEST).rev().find(|stop| text.is_char_boundary(*stop));
                let Some(stop) = stop else { break };
                lines.push(start..stop);
                start = stop;
            }
            lines.push(start..end);
            start = next;
        }
        Self { text, lines, yaml }
    }

    /// How many lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A line, from 0.
    #[must_use]
    pub fn line(&self, place: usize) -> Option<&str> {
        self.text.get(self.lines.get(place)?.clone())
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether colours can be found for it.
    #[must_use]
    pub fn is_yaml(&self) -> bool {
        self.yaml
    }

    /// How many bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }
}

/// What of a document is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The first line.
    pub top: usize,
    /// How many rows of it are above the screen, when it is wrapped.
    pub row: usize,
    /// How many columns are to the left of the screen, when it is not.
    pub left: usize,
    /// Whether long lines are wrapped.
    pub wrap: bool,
}

/// How far a step to the side goes.
const SIDE: usize = 8;

impl Scroll {
    pub(super) fn run(&mut self, id: CommandId, lines: &dyn Lines, columns: usize, page: usize, glyphs: Glyphs) {
        let rows = |place| row_count(lines, place, columns, glyphs);
        match id {
            CommandId::GoDown => self.down(1, lines, rows),
            CommandId::GoUp => self.up(1, rows),
            CommandId::HalfPageDown => self.down(page / 2, lines, rows),
            CommandId::HalfPageUp => self.up(page / 2, rows),
            CommandId::PageDown => self.down(page.saturating_sub(1).max(1), lines, rows),
            CommandId::PageUp => self.up(page.saturating_sub(1).max(1), rows),
            CommandId::GoTop => (self.top, self.row) = (0, 0),
            CommandId::GoBottom => (self.top, self.row) = (lines.count(), 0),
            CommandId::ScrollLeft => self.left = self.left.saturating_sub(SIDE),
            CommandId::ScrollRight if !self.wrap => self.left = self.left.saturating_add(SIDE),
            CommandId::Wrap => (self.wrap, self.left, self.row) = (!self.wrap, 0, 0),
            _ => {}
        }
    }

    /// Keeps the last line at the bottom, and the longest line of those that are seen in sight.
    pub(super) fn settle(&mut self, lines: &dyn Lines, columns: usize, page: usize, glyphs: Glyphs) {
        let (top, row) = self.lowest(lines, columns, page, glyphs);
        if (self.top, self.row) > (top, row) {
            (self.top, self.row) = (top, row);
        }
        if self.left > 0 {
            let seen = (self.top..self.top.saturating_add(page)).filter_map(|place| lines.line(place));
            let widest = seen.map(|line| text::width(&text::clean(line, glyphs))).max().unwrap_or(0);
            self.left = self.left.min(widest.saturating_sub(columns / 2));
        }
    }

    /// Brings a part of a line into sight, with some lines before it where it is not.
    pub(super) fn reveal(
        &mut self,
        place: usize,
        part: &Range<usize>,
        lines: &dyn Lines,
        columns: usize,
        page: usize,
        glyphs: Glyphs,
    ) {
        let line = lines.line(place).unwrap_or_default();
        let before = |byte: usize| text::width(&text::clean(line.get(..byte).unwrap_or_default(), glyphs));
        if self.wrap {
            let row = rows(line, columns, glyphs).iter().take_while(|row| row.end <= part.start).count();
            let last = self.last_row(lines, columns, page, glyphs);
            if (place, row) < (self.top, self.row) || (place, row) > last {
                (self.top, self.row) = (place, row);
                self.up(page / 3, |place| row_count(lines, place, columns, glyphs));
            }
            return;
        }
        if !(self.top..self.top.saturating_add(page)).contains(&place) {
            self.top = place.saturating_sub(page / 3);
        }
        let (start, end) = (before(part.start), before(part.end));
        if start < self.left || end > self.left.saturating_add(columns) {
            self.left = if end <= columns { 0 } else { start.saturating_sub(columns / 3) };
        }
    }

    /// The lines that are seen.
    #[must_use]
    pub fn seen(&self, lines: &dyn Lines, columns: usize, page: usize, glyphs: Glyphs) -> Range<usize> {
        let (last, _) = self.last_row(lines, columns, page, glyphs);
        self.top..last.saturating_add(1).min(lines.count())
    }

    /// The last row that is seen: its line, and which row of it.
    fn last_row(&self, lines: &dyn Lines, columns: usize, page: usize, glyphs: Glyphs) -> (usize, usize) {
        if !self.wrap {
            return (self.top.saturating_add(page.saturating_sub(1)), 0);
        }
        let mut last = *self;
        last.down(page.saturating_sub(1), lines, |place| row_count(lines, place, columns, glyphs));
        (last.top, last.row)
    }

    /// The place at which the last line is at the bottom.
    fn lowest(&self, lines: &dyn Lines, columns: usize, page: usize, glyphs: Glyphs) -> (usize, usize) {
        if !self.wrap {
            return (lines.count().saturating_sub(page.max(1)), 0);
        }
        let mut room = page.max(1);
        let mut place = lines.count();
        while place > 0 {
            place -= 1;
            let rows = row_count(lines, place, columns, glyphs);
            if rows >= room {
                return (place, rows - room);
            }
            room -= rows;
        }
        (0, 0)
    }

    fn down(&mut self, mut count: usize, lines: &dyn Lines, rows: impl Fn(usize) -> usize) {
        if !self.wrap {
            self.top = self.top.saturating_add(count);
            return;
        }
        while count > 0 && self.top < lines.count() {
            let left = rows(self.top).saturating_sub(self.row).max(1);
            if count < left {
                self.row += count;
                return;
            }
            count -= left;
            (self.top, self.row) = (self.top + 1, 0);
        }
    }

    fn up(&mut self, mut count: usize, rows: impl Fn(usize) -> usize) {
        if !self.wrap {
            self.top = self.top.saturating_sub(count);
            return;
        }
        while count > 0 {
            if self.row >= count {
                self.row -= count;
                return;
            }
            count -= self.row;
            self.row = 0;
            if self.top == 0 {
                return;
            }
            self.top -= 1;
            self.row = rows(self.top);
        }
    }
}

fn row_count(lines: &dyn Lines, place: usize, columns: usize, glyphs: Glyphs) -> usize {
    lines.line(place).map_or(1, |line| rows(line, columns, glyphs).len())
}

/// The rows into which a line is wrapped, as ranges of bytes; at least one. Broken at the column, not at words: what is
/// wrapped here is certificates and one-line JSON.
#[must_use]
pub fn rows(line: &str, columns: usize, glyphs: Glyphs) -> Vec<Range<usize>> {
    if line.len() <= columns && line.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return std::iter::once(0..line.len()).collect();
    }
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    let mut shown = String::new();
    for (place, grapheme) in line.grapheme_indices(true) {
        shown.clear();
        text::clean_grapheme(grapheme, glyphs, &mut shown);
        let wide = shown.width();
        if used + wide > columns && place > start {
            rows.push(start..place);
            (start, used) = (place, 0);
        }
        used += wide;
    }
    rows.push(start..line.len());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrolled(text: &str, wrap: bool, ids: &[CommandId]) -> (usize, usize, usize) {
        let document = Document::new(text.to_owned(), false);
        let mut scroll = Scroll { wrap, ..Scroll::default() };
        for id in ids {
            scroll.run(*id, &document, 10, 4, Glyphs::Unicode);
            scroll.settle(&document, 10, 4, Glyphs::Unicode);
        }
        (scroll.top, scroll.row, scroll.left)
    }

    #[test]
    fn a_document_scrolls_within_its_bounds() {
        use CommandId::{GoBottom, GoDown, GoTop, GoUp, PageDown, ScrollLeft, ScrollRight};
        let ten = "line\n".repeat(10);
        assert_eq!(scrolled(&ten, false, &[GoDown]), (1, 0, 0));
        assert_eq!(scrolled(&ten, false, &[GoBottom]), (6, 0, 0));
        assert_eq!(scrolled(&ten, false, &[GoBottom, GoDown, PageDown]), (6, 0, 0));
        assert_eq!(scrolled(&ten, false, &[GoBottom, GoTop, GoUp]), (0, 0, 0));
        assert_eq!(scrolled("short", false, &[GoDown, ScrollRight]), (0, 0, 0));
        let long = format!("{}\nend\n", "x".repeat(35));
        assert_eq!(scrolled(&long, false, &[ScrollRight, ScrollRight]), (0, 0, 16));
        assert_eq!(scrolled(&long, false, &[ScrollRight, ScrollLeft, ScrollLeft]), (0, 0, 0));
        assert_eq!(scrolled(&long, true, &[GoDown]), (0, 1, 0), "four rows and one: the last is at the bottom");
        assert_eq!(scrolled(&long, true, &[GoDown, GoDown, GoUp]), (0, 0, 0));
        let longer = "y".repeat(95);
        assert_eq!(scrolled(&longer, true, &[PageDown]), (0, 3, 0));
        assert_eq!(scrolled(&longer, true, &[GoBottom]), (0, 6, 0));
        assert_eq!(scrolled("", true, &[GoDown, GoBottom, GoUp]), (0, 0, 0));
    }

    #[test]
    fn a_line_without_end_is_broken() {
        let document = Document::new(format!("{}é{}", "x".repeat(LONGEST - 1), "y".repeat(LONGEST * 2)), false);
        let lines: Vec<usize> = (0..document.len()).filter_map(|place| document.line(place)).map(str::len).collect();
        assert_eq!(lines, [LONGEST - 1, LONGEST, LONGEST, 2]);
    }
}
