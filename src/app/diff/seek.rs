//! From change to change, from object to object, and what is folded or handed on of them.

use std::ops::Range;
use std::sync::Arc;

use strum::IntoEnumIterator as _;
use tui_input::Input;

use super::page::What;
use super::sheet::{self, Block, Sheet};
use super::{State, Texts};
use crate::app::Effect;
use crate::app::document::Document;
use crate::app::document::search::ranges;
use crate::app::picker::edit;
use crate::app::session::Session;
use crate::config::Key;
use crate::diff::Part;
use crate::diff::text;

/// The line into which is typed, and what to go back to.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) input: Input,
    sought: String,
    cursor: usize,
}

impl State {
    /// To the next change or match, or the one before; past the end, round.
    pub(super) fn step(&mut self, forward: bool, page: usize) {
        let stops = if self.sought.is_empty() { &self.page.starts } else { &self.places };
        let next = match forward {
            true => stops.iter().find(|place| **place > self.cursor).or_else(|| stops.first()),
            false => stops.iter().rfind(|place| **place < self.cursor).or_else(|| stops.last()),
        };
        let Some(next) = next.copied() else { return };
        self.cursor = next;
        // What stands around it is seen as well.
        let around = page / 3;
        if next < self.top.saturating_add(2) || next.saturating_add(around) >= self.top.saturating_add(page) {
            self.top = next.saturating_sub(around);
        }
    }

    /// To the head of another document; of the present one, where one goes back from within it.
    pub(super) fn go_to_head(&mut self, step: isize) {
        let Some(at) = self.page.head_at(self.cursor) else { return };
        let is_within = self.page.heads.get(at) != Some(&self.cursor);
        let next = if step > 0 {
            at + 1
        } else if is_within {
            at
        } else {
            at.saturating_sub(1)
        };
        if let Some(head) = self.page.heads.get(next) {
            (self.cursor, self.top) = (*head, *head);
        }
    }

    pub(super) fn fold(&mut self) {
        let Some(key) = self.block().map(Block::key) else { return };
        if !self.folded.remove(&key) {
            self.folded.insert(key);
        }
        self.is_page_old = true;
    }

    pub(super) fn fold_all(&mut self) {
        let Some(sheet) = &self.sheet else { return };
        let all: Vec<sheet::Key> =
            sheet.blocks.iter().filter(|block| block.part == self.part).map(Block::key).collect();
        let is_folded = all.iter().all(|key| self.folded.contains(key));
        self.folded.retain(|(part, _)| *part != self.part);
        if !is_folded {
            self.folded.extend(all);
        }
        self.is_page_old = true;
    }

    /// To the next part in which something differs, or the one before.
    pub(super) fn turn(&mut self, forward: bool) {
        let Some(sheet) = &self.sheet else { return };
        let parts: Vec<Part> = Part::iter().filter(|part| sheet.count(*part) > 0).collect();
        let next = match forward {
            true => parts.iter().find(|part| **part > self.part).or_else(|| parts.first()),
            false => parts.iter().rfind(|part| **part < self.part).or_else(|| parts.last()),
        };
        if let Some(part) = next.filter(|part| **part != self.part) {
            self.part = *part;
            (self.cursor, self.top, self.left, self.is_page_old) = (0, 0, 0, true);
        }
    }

    /// Which change of its document the cursor is at, from 1; 0 before the first.
    pub(super) fn change_in_block(&self) -> usize {
        let Some(head) = self.page.head_at(self.cursor).and_then(|at| self.page.heads.get(at)) else { return 0 };
        let until = |row| self.page.starts.partition_point(|start| *start <= row);
        until(self.cursor).saturating_sub(self.page.starts.partition_point(|start| start < head))
    }

    /// Puts the cursor at a change of a document, as far as there is such.
    pub(super) fn return_to(&mut self, sheet: &Sheet, key: &sheet::Key, change: usize) {
        let of = |row: &usize| self.page.rows.get(*row).and_then(|row| sheet.blocks.get(row.block));
        let Some(head) = self.page.heads.iter().find(|head| of(head).is_some_and(|block| block.key() == *key)) else {
            self.cursor = self.cursor.min(self.page.rows.len().saturating_sub(1));
            return;
        };
        let mut starts = self.page.starts.iter().filter(|start| **start > *head);
        let start = change.checked_sub(1).and_then(|skipped| starts.nth(skipped));
        let start = start.filter(|start| of(start).is_some_and(|block| block.key() == *key));
        let distance = self.cursor.saturating_sub(self.top);
        self.cursor = *start.unwrap_or(head);
        self.top = self.cursor.saturating_sub(distance);
    }

    /// What of a text is searched for.
    #[must_use]
    pub fn matches(&self, text: &str) -> Vec<Range<usize>> {
        if self.sought.is_empty() { Vec::new() } else { ranges(text, &self.sought) }
    }

    /// How many rows hold what is searched for, and the place among them of the selected one.
    #[must_use]
    pub fn found(&self) -> (usize, Option<usize>) {
        (self.places.len(), self.places.iter().position(|place| *place == self.cursor))
    }

    /// Looks anew for what is searched for.
    pub(super) fn seek_again(&mut self) {
        self.places.clear();
        let Some(sheet) = self.sheet.as_ref().filter(|_| !self.sought.is_empty()) else { return };
        let holds = |row: &super::Row| {
            let texts = sheet.blocks.get(row.block).map(|block| block.texts(row.what)).unwrap_or_default();
            texts.iter().any(|text| !ranges(text, &self.sought).is_empty())
        };
        let places = self.page.rows.iter().enumerate().filter(|(_, row)| holds(row)).map(|(place, _)| place);
        self.places = places.collect();
    }

    pub(super) fn open_prompt(&mut self) {
        self.prompt = Some(Prompt { input: Input::default(), sought: self.sought.clone(), cursor: self.cursor });
    }

    /// Types into the line of the search; the cursor follows every letter, from where the search began.
    pub(in crate::app) fn edit(&mut self, key: Key) {
        let Some(prompt) = &mut self.prompt else { return };
        if !edit(&mut prompt.input, key) {
            return;
        }
        let (typed, from) = (prompt.input.value().to_owned(), prompt.cursor);
        (self.sought, self.cursor) = (typed, from);
        self.seek_again();
        if !self.places.is_empty() && self.found().1.is_none() {
            self.step(true, 1);
        }
    }

    /// Takes what was typed; nothing typed is what was sought before.
    pub(super) fn accept(&mut self) {
        if let Some(prompt) = self.prompt.take()
            && prompt.input.value().is_empty()
        {
            self.sought = prompt.sought;
            self.seek_again();
        }
    }

    /// Goes back to where the search began.
    pub(super) fn cancel(&mut self) {
        if let Some(prompt) = self.prompt.take() {
            (self.sought, self.cursor) = (prompt.sought, prompt.cursor);
            self.seek_again();
        }
    }

    /// Ends the search. Whether there was one.
    pub(in crate::app) fn leave_search(&mut self) -> bool {
        self.places.clear();
        !std::mem::take(&mut self.sought).is_empty()
    }

    /// Copies the hunk at the cursor, or the next one of its document, as a patch.
    pub(super) fn copy(&self, session: &mut Session, out: &mut Vec<Effect>) {
        let Some(block) = self.block() else { return };
        let hunk = self.page.rows.get(self.cursor).and_then(|row| match row.what {
            What::Line(hunk, _) | What::Pair(hunk, ..) => block.hunks.get(hunk),
            What::Head | What::Gap(_) | What::Field(_) | What::Value(..) | What::Side(..) | What::Blank => None,
        });
        let hunk = hunk.map_or(block.hunks.as_slice(), std::slice::from_ref);
        let text = sheet::patch(block, hunk);
        let what = if hunk.len() == 1 { "this hunk was" } else { "all hunks of the document were" };
        session.toast(format!("{what} sent to the terminal's clipboard, as a patch"));
        out.push(Effect::Copy(text));
    }

    /// The document at the cursor, for a program of the user's.
    pub(super) fn texts(&self) -> Option<Texts> {
        let block = self.block()?;
        let (old, new) = text::texts(self.diff.as_ref()?.entries.get(block.entry)?, true);
        let document = |text: String| Arc::new(Document::new(text, true));
        let name = format!("{}.{}", self.pair.file_name(), block.title.replace(' ', "-"));
        let patch = Arc::new(Document::new(sheet::patch(block, &block.hunks), false));
        Some(Texts { name, old: document(old), new: document(new), patch })
    }
}
