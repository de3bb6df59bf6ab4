//! The rows of a diff as they stand below each other: one part of it, by lines or by fields, some documents folded.

use std::collections::BTreeSet;
use std::ops::Range;

use super::sheet::{Block, Field, Key, Sheet, Words, sign};
use crate::diff::text::{Kind, Line};
use crate::diff::{Op, Part};

/// How differences are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// By lines, the old above the new.
    Unified,
    /// By lines, the old beside the new.
    SideBySide,
    /// By fields.
    Fields,
}

/// A row: which document it is of, and what of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The place of the document in the sheet.
    pub block: usize,
    /// What of it.
    pub what: What,
}

/// What a row shows. Numbers are places within the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// What the document is.
    Head,
    /// That so many lines are left out which both sides have alike.
    Gap(usize),
    /// A line: of which hunk, and which.
    Line(usize, usize),
    /// A line of the old side and one of the new side of a hunk.
    Pair(usize, Option<usize>, Option<usize>),
    /// A field, and its values where they are on the same row.
    Field(usize),
    /// The value of a field on one side, where both do not fit on one row: whether that of the new one.
    Side(usize, bool),
    /// A line of the value of a field.
    Value(usize, usize),
    /// Nothing: room before the next document.
    Blank,
}

/// A row as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// What stands before it.
    pub sign: char,
    /// The text.
    pub text: String,
    /// What of it is more than text, from the left.
    pub parts: Vec<(Range<usize>, Piece)>,
}

/// What a part of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The name of a field.
    Path,
    /// Of the old side.
    Old,
    /// Of the old side, and the new one has something else instead.
    OldWord,
    /// Of the new side.
    New,
    /// Of the new side, and the old one has something else instead.
    NewWord,
    /// Said about it.
    Note,
}

/// The rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// From the top.
    pub rows: Vec<Row>,
    /// Those at which a change begins, or which stand for changes that are folded.
    pub starts: Vec<usize>,
    /// Those at which a document begins.
    pub heads: Vec<usize>,
}

impl Page {
    /// Lays out one part of a sheet for so many columns.
    #[must_use]
    pub fn of(sheet: &Sheet, part: Part, form: Form, folded: &BTreeSet<Key>, columns: usize) -> Self {
        let mut page = Self::default();
        for (place, block) in sheet.blocks.iter().enumerate().filter(|(_, block)| block.part == part) {
            if page.rows.last().is_some_and(|last| last.what != What::Head) {
                page.put(place, What::Blank);
            }
            page.heads.push(page.rows.len());
            page.put(place, What::Head);
            if folded.contains(&block.key()) {
                page.starts.push(page.rows.len() - 1);
            } else if form == Form::Fields && !block.fields.is_empty() {
                page.fields(place, block, columns);
            } else {
                page.lines(place, block, form == Form::SideBySide);
            }
        }
        page
    }

    fn put(&mut self, block: usize, what: What) {
        self.rows.push(Row { block, what });
    }

    fn fields(&mut self, place: usize, block: &Block, columns: usize) {
        for (number, field) in block.fields.iter().enumerate() {
            self.starts.push(self.rows.len());
            self.put(place, What::Field(number));
            if field.op == Op::Replace && field.short.is_some() && !field.fits(columns) {
                self.put(place, What::Side(number, false));
                self.put(place, What::Side(number, true));
            }
            for line in 0..field.long.len() {
                self.put(place, What::Value(number, line));
            }
        }
    }

    fn lines(&mut self, place: usize, block: &Block, is_beside: bool) {
        for (number, hunk) in block.hunks.iter().enumerate() {
            if hunk.before > 0 {
                self.put(place, What::Gap(hunk.before));
            }
            let mut was_change = false;
            let rows: Vec<What> = match is_beside {
                true => hunk.pairs.iter().map(|(old, new)| What::Pair(number, *old, *new)).collect(),
                false => (0..hunk.lines.len()).map(|line| What::Line(number, line)).collect(),
            };
            for row in rows {
                let is_change = block.is_change(row);
                if is_change && !was_change {
                    self.starts.push(self.rows.len());
                }
                was_change = is_change;
                self.put(place, row);
            }
        }
        if block.after > 0 {
            self.put(place, What::Gap(block.after));
        }
    }

    /// The place among changes of the one at a row, or of the last one before it.
    #[must_use]
    pub fn change_at(&self, row: usize) -> Option<usize> {
        self.starts.partition_point(|start| *start <= row).checked_sub(1)
    }

    /// The same of documents.
    #[must_use]
    pub fn head_at(&self, row: usize) -> Option<usize> {
        self.heads.partition_point(|head| *head <= row).checked_sub(1)
    }

    /// The place of the document at a row in the sheet.
    #[must_use]
    pub fn block_at(&self, row: usize) -> Option<usize> {
        let head = self.heads.get(self.head_at(row)?)?;
        self.rows.get(*head).map(|row| row.block)
    }
}

impl Block {
    /// A line of it.
    #[must_use]
    pub fn line(&self, hunk: usize, line: usize) -> Option<&Line> {
        self.hunks.get(hunk)?.lines.get(line)
    }

    fn is_change(&self, what: What) -> bool {
        let differs = |hunk, line| self.line(hunk, line).is_some_and(|line| line.kind != Kind::Same);
        match what {
            What::Line(hunk, line) => differs(hunk, line),
            What::Pair(hunk, old, new) => [old, new].into_iter().flatten().any(|line| differs(hunk, line)),
            What::Head | What::Gap(_) | What::Field(_) | What::Side(..) | What::Value(..) | What::Blank => false,
        }
    }

    /// All text of a row, to be searched.
    #[must_use]
    pub fn texts(&self, what: What) -> Vec<&str> {
        let line = |hunk, line| self.line(hunk, line).map(|line| line.text.as_str());
        match what {
            What::Head => vec![self.title.as_str()],
            What::Line(hunk, place) => line(hunk, place).into_iter().collect(),
            What::Pair(hunk, old, new) => {
                let of = |place: Option<usize>| place.and_then(|place| line(hunk, place));
                [of(old), of(new)].into_iter().flatten().collect()
            }
            What::Field(place) => self.fields.get(place).map(Field::texts).unwrap_or_default(),
            What::Side(field, is_new) => {
                let words = self.fields.get(field).and_then(|field| field.side(is_new));
                words.map(|words| words.text.as_str()).into_iter().collect()
            }
            What::Value(field, place) => {
                let field = self.fields.get(field);
                field.and_then(|field| field.long.get(place)).map(|line| line.text.as_str()).into_iter().collect()
            }
            What::Gap(_) | What::Blank => Vec::new(),
        }
    }
}

impl Block {
    /// A row as it is written below each other; of what is no text, nothing. `columns` as for [`Page::of`].
    #[must_use]
    pub fn told(&self, what: What, columns: usize) -> Told {
        let line = |line: Option<&Line>| line.map(Told::of).unwrap_or_default();
        match what {
            What::Line(hunk, place) => line(self.line(hunk, place)),
            What::Field(place) => self.fields.get(place).map(|field| field.told(columns)).unwrap_or_default(),
            What::Value(field, place) => line(self.fields.get(field).and_then(|field| field.long.get(place))),
            What::Side(field, is_new) => {
                let words = self.fields.get(field).and_then(|field| field.side(is_new));
                let mut told = Told { sign: if is_new { '+' } else { '-' }, ..Told::default() };
                told.put("  ", None);
                words.into_iter().for_each(|words| told.words(words, is_new));
                told
            }
            What::Head | What::Gap(_) | What::Pair(..) | What::Blank => Told::default(),
        }
    }
}

impl Told {
    /// A line of a text.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        let (piece, word) = match line.kind {
            Kind::Same => (None, Piece::Path),
            Kind::Removed => (Some(Piece::Old), Piece::OldWord),
            Kind::Added => (Some(Piece::New), Piece::NewWord),
        };
        let mut told = Self { sign: sign(line.kind), text: line.text.clone(), parts: Vec::new() };
        let Some(piece) = piece else { return told };
        let mut from = 0;
        for words in &line.words {
            told.parts.push((from..words.start, piece));
            told.parts.push((words.clone(), word));
            from = words.end;
        }
        told.parts.push((from..line.text.len(), piece));
        told.parts.retain(|(range, _)| range.start < range.end);
        told
    }

    fn put(&mut self, text: &str, piece: Option<Piece>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.parts.extend(piece.filter(|_| !text.is_empty()).map(|piece| (start..self.text.len(), piece)));
    }

    fn words(&mut self, words: &Words, is_new: bool) {
        let (piece, word) = if is_new { (Piece::New, Piece::NewWord) } else { (Piece::Old, Piece::OldWord) };
        let part = |range: Range<usize>| words.text.get(range).unwrap_or_default();
        self.put(part(0..words.differs.start), Some(piece));
        self.put(part(words.differs.clone()), Some(word));
        self.put(part(words.differs.end..words.text.len()), Some(piece));
    }
}

impl Field {
    fn side(&self, is_new: bool) -> Option<&Words> {
        let [old, new] = self.short.as_ref()?;
        if is_new { new.as_ref() } else { old.as_ref() }
    }

    /// Whether name and values have room on one row.
    fn fits(&self, columns: usize) -> bool {
        let values = self.short.iter().flatten().flatten().map(|words| words.text.chars().count());
        self.path.chars().count() + values.sum::<usize>() + ":  -> ".len() <= columns
    }

    fn told(&self, columns: usize) -> Told {
        let sign = match self.op {
            Op::Add => '+',
            Op::Remove => '-',
            Op::Replace => '~',
        };
        let mut told = Told { sign, ..Told::default() };
        told.put(&self.path, Some(Piece::Path));
        match &self.short {
            Some([Some(old), Some(new)]) if self.fits(columns) => {
                told.put(": ", None);
                told.words(old, false);
                told.put(" -> ", None);
                told.words(new, true);
            }
            Some([Some(old), None]) => {
                told.put(": ", None);
                told.words(old, false);
            }
            Some([None, Some(new)]) => {
                told.put(": ", None);
                told.words(new, true);
            }
            Some(_) | None => told.put(":", None),
        }
        if let Some(rule) = &self.hidden_by {
            told.put(&format!("   noise: {rule}"), Some(Piece::Note));
        }
        told
    }

    fn texts(&self) -> Vec<&str> {
        let values = self.short.iter().flatten().flatten().map(|words| words.text.as_str());
        std::iter::once(self.path.as_str()).chain(values).collect()
    }
}
