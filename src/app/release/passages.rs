//! Text that is read passage by passage: causes, events. Each passage is wrapped to the screen, and one is selected.

use crate::app::command::CommandId;
use crate::app::text::{self, Glyphs};
use crate::config::Role;
use crate::release::ObjectId;

use super::owners::Lead;

/// A text and its role.
pub type Piece = (String, Role);

/// One row of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// From the left.
    pub pieces: Vec<Piece>,
    /// What stands at the right edge.
    pub right: Option<Piece>,
}

/// What belongs together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passage {
    /// As wrapped.
    pub rows: Vec<Row>,
    /// In words, for the clipboard. A passage without is only passed by: headings and gaps.
    pub words: String,
    /// The object that it tells of.
    pub about: Option<ObjectId>,
    /// What enter does there, where it is not to show that object.
    pub lead: Option<Lead>,
}

/// Passages, and what of them is seen.
#[derive(Debug, Default)]
pub struct Passages {
    all: Vec<Passage>,
    /// The row at which each begins; at the end how many there are.
    starts: Vec<usize>,
    cursor: usize,
    top: usize,
    /// Whether a key moved the selection. Until then it is the first one, whatever comes before it.
    chosen: bool,
    /// Until then the selected one stands so that most of what is seen comes before it.
    begun: bool,
}

impl Passage {
    /// A line between others.
    #[must_use]
    pub fn heading(text: &str) -> Self {
        let pieces = if text.is_empty() { Vec::new() } else { vec![(text.to_owned(), Role::TableHead)] };
        Self { rows: vec![Row { pieces, right: None }], ..Self::default() }
    }
}

impl Passages {
    /// Shows others, and keeps the selection on the same words.
    pub(in crate::app) fn show(&mut self, all: Vec<Passage>) {
        let words = self.current().map(|passage| passage.words.clone());
        self.all = all;
        self.starts = vec![0];
        let mut row = 0;
        for passage in &self.all {
            row += passage.rows.len();
            self.starts.push(row);
        }
        let same = |passage: &Passage| Some(&passage.words) == words.as_ref();
        if !self.chosen {
            self.cursor = 0;
        } else if !self.current().is_some_and(same)
            && let Some(place) = self.all.iter().position(same)
        {
            self.cursor = place;
        }
        self.cursor = self.near(self.cursor, true).or_else(|| self.near(self.cursor, false)).unwrap_or(0);
    }

    /// The selected passage.
    #[must_use]
    pub fn current(&self) -> Option<&Passage> {
        self.all.get(self.cursor)
    }

    /// The place of the selected passage among all.
    #[must_use]
    pub fn selected(&self) -> usize {
        self.cursor
    }

    /// Selects a passage until a key selects another.
    pub(in crate::app) fn begin_at(&mut self, place: usize) {
        if !self.chosen {
            (self.cursor, self.begun) = (self.near(place, true).unwrap_or(self.cursor), true);
        }
    }

    /// Selects a passage as a key does.
    pub(in crate::app) fn go_to(&mut self, place: usize) {
        (self.cursor, self.chosen) = (place, true);
    }

    /// The words of the passage at a place, where it can be selected.
    #[must_use]
    pub fn words_at(&self, place: usize) -> Option<&str> {
        self.all.get(place).map(|passage| passage.words.as_str()).filter(|words| !words.is_empty())
    }

    /// Selects the passage at a place, where a key selected one before.
    pub(in crate::app) fn stay(&mut self, place: Option<usize>) {
        if self.chosen {
            self.cursor = place.unwrap_or(self.cursor);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The rows that are seen, and whether each is of the selected passage.
    pub fn seen(&self, page: usize) -> impl Iterator<Item = (&Row, bool)> {
        let first = self.at_row(self.top);
        let skipped = self.top.saturating_sub(self.start(first));
        let rows = self.all.iter().enumerate().skip(first);
        let rows =
            rows.flat_map(move |(place, passage)| passage.rows.iter().map(move |row| (row, place == self.cursor)));
        rows.skip(skipped).take(page)
    }

    /// Which rows are seen of how many.
    #[must_use]
    pub fn place(&self, page: usize) -> (usize, usize, usize) {
        let count = self.count();
        (self.top, self.top.saturating_add(page).min(count), count)
    }

    pub(in crate::app) fn run(&mut self, id: CommandId, page: usize) {
        let page = page.max(2);
        self.chosen = true;
        match id {
            CommandId::GoDown if self.end(self.cursor) > self.top.saturating_add(page) => self.top += 1,
            CommandId::GoDown => self.cursor = self.near(self.cursor.saturating_add(1), true).unwrap_or(self.cursor),
            CommandId::GoUp if self.start(self.cursor) < self.top => self.top -= 1,
            CommandId::GoUp => match self.cursor.checked_sub(1).and_then(|before| self.near(before, false)) {
                Some(place) => self.cursor = place,
                None => self.top = 0,
            },
            CommandId::GoTop => (self.top, self.cursor) = (0, self.near(0, true).unwrap_or(0)),
            CommandId::GoBottom => self.cursor = self.near(self.all.len(), false).unwrap_or(0),
            CommandId::HalfPageDown => self.scroll(page / 2, true, page),
            CommandId::HalfPageUp => self.scroll(page / 2, false, page),
            CommandId::PageDown => self.scroll(page - 1, true, page),
            CommandId::PageUp => self.scroll(page - 1, false, page),
            _ => {}
        }
    }

    /// Keeps the selected passage in sight and wastes no room.
    pub(in crate::app) fn settle(&mut self, page: usize) {
        let page = page.max(1);
        let (start, end) = (self.start(self.cursor), self.end(self.cursor));
        if self.begun && !self.chosen {
            self.top = start.saturating_sub(page * 2 / 3);
        }
        if end - start <= page {
            self.top = self.top.clamp(end.saturating_sub(page), start);
        } else if start >= self.top.saturating_add(page) || end <= self.top {
            self.top = start;
        }
        self.top = self.top.min(self.count().saturating_sub(page));
    }

    fn scroll(&mut self, rows: usize, down: bool, page: usize) {
        let lowest = self.count().saturating_sub(page);
        let before = self.top;
        self.top = if down { self.top.saturating_add(rows).min(lowest) } else { self.top.saturating_sub(rows) };
        let found = if before == self.top {
            if down { self.near(self.all.len(), false) } else { self.near(0, true) }
        } else if down {
            self.near(self.starts.partition_point(|start| *start < self.top), true)
        } else {
            // Only what is seen whole: to bring the rest into sight would scroll back.
            let whole = self.starts.partition_point(|start| *start <= self.top.saturating_add(page));
            self.near(whole.saturating_sub(2), false)
        };
        self.cursor = found.unwrap_or(self.cursor);
    }

    /// The passage at a place that can be selected, else the next one in a direction.
    fn near(&self, place: usize, down: bool) -> Option<usize> {
        let selectable = |place: &usize| self.all.get(*place).is_some_and(|passage| !passage.words.is_empty());
        if down { (place..self.all.len()).find(selectable) } else { (0..=place).rev().find(selectable) }
    }

    fn at_row(&self, row: usize) -> usize {
        self.starts.partition_point(|start| *start <= row).saturating_sub(1)
    }

    fn start(&self, place: usize) -> usize {
        self.starts.get(place).copied().unwrap_or(0)
    }

    fn end(&self, place: usize) -> usize {
        self.starts.get(place + 1).copied().unwrap_or(0)
    }

    fn count(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }
}

/// A text in a column, with the gap behind it. Of what is too long its end stays, or both ends.
pub(super) fn cell(text: &str, columns: usize, is_end: bool, glyphs: Glyphs) -> String {
    let clean = text::clean(text, glyphs);
    let cut = match is_end {
        true => text::cut_start(&clean, columns, glyphs),
        false => text::cut_middle(&clean, columns, glyphs),
    };
    format!("{cut}{}", " ".repeat((columns + 2).saturating_sub(text::width(&cut))))
}

/// Pieces in rows of so many columns, broken between words; what begins the first row and what begins the others are as
/// wide as they are.
#[must_use]
pub fn flow(pieces: &[Piece], first: &[Piece], other: &[Piece], columns: usize, glyphs: Glyphs) -> Vec<Row> {
    let wide = |pieces: &[Piece]| pieces.iter().map(|(text, _)| text::width(text)).sum::<usize>();
    let room = columns.saturating_sub(wide(first).max(wide(other))).max(8);
    let mut rows = vec![Row { pieces: first.to_vec(), right: None }];
    let mut left = room;
    for (text, role) in pieces {
        let clean = text::clean(text, glyphs);
        let mut gap = clean.len() - clean.trim_start().len();
        for word in clean.split_whitespace() {
            for (number, part) in text::wrap(word, room, usize::MAX, glyphs).into_iter().enumerate() {
                let space = if left == room || number > 0 { 0 } else { gap };
                let needed = text::width(&part) + space;
                if needed > left || number > 0 {
                    rows.push(Row { pieces: other.to_vec(), right: None });
                    left = room;
                }
                let space = if left == room { 0 } else { space };
                left = left.saturating_sub(text::width(&part) + space);
                if let Some(row) = rows.last_mut() {
                    row.pieces.push((format!("{}{part}", " ".repeat(space)), *role));
                }
            }
            gap = 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(words: &str, rows: usize) -> Passage {
        Passage { rows: vec![Row::default(); rows], words: words.to_owned(), ..Passage::default() }
    }

    /// The selected words and the first row, after each command, on four rows.
    fn check(all: &[(&str, usize)], ids: &[CommandId], expected: &[(&str, usize)]) {
        let mut passages = Passages::default();
        passages.show(all.iter().map(|(words, rows)| passage(words, *rows)).collect());
        passages.settle(4);
        let mut seen = Vec::new();
        for id in ids {
            passages.run(*id, 4);
            passages.settle(4);
            seen.push((passages.current().map(|one| one.words.clone()).unwrap_or_default(), passages.top));
        }
        assert_eq!(seen.iter().map(|(words, top)| (words.as_str(), *top)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_selected_is_seen_and_headings_are_passed_by() {
        use CommandId::{GoBottom, GoDown, GoTop, GoUp, PageDown, PageUp};
        let some = [("", 1), ("a", 1), ("b", 2), ("", 1), ("c", 3), ("d", 1)];
        check(&some, &[GoDown, GoDown, GoDown, GoDown], &[("b", 0), ("c", 4), ("d", 5), ("d", 5)]);
        check(&some, &[GoBottom, GoUp, GoTop, GoUp], &[("d", 5), ("c", 5), ("a", 0), ("a", 0)]);
        check(&some, &[PageDown, PageDown, PageUp, PageUp], &[("c", 4), ("c", 5), ("b", 2), ("b", 0)]);
        // One that is taller than the screen is scrolled through.
        check(
            &[("a", 1), ("b", 7), ("c", 1)],
            &[GoDown, GoDown, GoDown, GoDown, GoDown, GoUp],
            &[("b", 0), ("b", 1), ("b", 2), ("b", 3), ("b", 4), ("b", 3)],
        );
        check(&[], &[GoDown, GoBottom, PageUp], &[("", 0), ("", 0), ("", 0)]);
    }

    #[test]
    fn the_first_one_is_selected_until_a_key_selects_another() {
        let mut passages = Passages::default();
        let mut check = |words: &[&str], id: Option<CommandId>, expected: &str| {
            passages.show(words.iter().map(|words| passage(words, 1)).collect());
            id.into_iter().for_each(|id| passages.run(id, 4));
            passages.settle(4);
            assert_eq!(passages.current().map(|one| one.words.as_str()), Some(expected));
        };
        check(&["b", "c"], None, "b");
        check(&["a", "b", "c"], Some(CommandId::GoDown), "b");
        check(&["z", "a", "b", "c"], None, "b");
    }

    #[test]
    fn words_flow_into_rows_and_keep_their_roles() {
        let check = |columns: usize, expected: &[&str]| {
            let pieces = [("Pod web".to_owned(), Role::Text), ("  waits for-something-long".to_owned(), Role::Dim)];
            let first = [("- ".to_owned(), Role::Dim)];
            let other = [("  ".to_owned(), Role::Dim)];
            let rows = flow(&pieces, &first, &other, columns, Glyphs::Unicode);
            let text = |row: &Row| row.pieces.iter().map(|(text, _)| text.as_str()).collect::<String>();
            assert_eq!(rows.iter().map(text).collect::<Vec<_>>(), expected);
        };
        check(80, &["- Pod web  waits for-something-long"]);
        check(24, &["- Pod web  waits", "  for-something-long"]);
        check(14, &["- Pod web", "  waits", "  for-somethin", "  g-long"]);
    }
}
