//! From line to line of an object: of findings, of one manager's fields, of what is searched for.

use std::ops::Range;

use tui_input::Input;

use super::State;
use super::sheet::{Line, Manager, Sheet};
use crate::app::document::search::ranges;
use crate::app::picker::edit;
use crate::config::Key;
use crate::ownership::found::Kind;

/// The line into which is typed, and what to go back to.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) input: Input,
    sought: String,
    cursor: usize,
}

/// To what `n` goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal<'s> {
    /// Lines that hold a text.
    Match(&'s str),
    /// Fields of one manager.
    Manager(&'s str),
    /// What was edited or left behind; where there is nothing such, what is held by others too.
    Finding,
}

impl State {
    /// To what the next and the previous one go.
    #[must_use]
    pub fn goal(&self) -> Goal<'_> {
        match &self.focus {
            _ if !self.sought.is_empty() => Goal::Match(&self.sought),
            Some(manager) => Goal::Manager(manager),
            None => Goal::Finding,
        }
    }

    /// How many lines that are gone to there are, and the place among them of the selected one.
    #[must_use]
    pub fn stops(&self) -> (usize, Option<usize>) {
        let Some(sheet) = &self.sheet else { return (0, None) };
        let stops = self.places(sheet);
        (stops.len(), stops.iter().position(|place| *place == self.cursor))
    }

    /// Whether the chosen manager holds a line. Where none is chosen, everybody's lines are looked at.
    #[must_use]
    pub fn is_looked_at(&self, sheet: &Sheet, line: &Line) -> bool {
        self.focus.as_ref().is_none_or(|manager| holds(sheet, line, manager))
    }

    /// What of a line is searched for.
    #[must_use]
    pub fn matches(&self, line: &Line) -> Vec<Range<usize>> {
        if self.sought.is_empty() { Vec::new() } else { ranges(&line.text, &self.sought) }
    }

    fn places(&self, sheet: &Sheet) -> Vec<usize> {
        let odd = |line: &Line| line.found.as_ref().is_some_and(|found| found.kind != Kind::Armed);
        let any_odd = sheet.lines.iter().any(odd);
        let is_stop = |line: &Line| match self.goal() {
            Goal::Match(text) => !ranges(&line.text, text).is_empty(),
            Goal::Manager(manager) => !line.at.is_empty() && holds(sheet, line, manager),
            Goal::Finding => odd(line) || (!any_odd && line.found.is_some()),
        };
        sheet.lines.iter().enumerate().filter(|(_, line)| is_stop(line)).map(|(place, _)| place).collect()
    }

    /// Goes to the next one or the one before; past the end, round.
    pub(super) fn step(&mut self, forward: bool) {
        let Some(sheet) = &self.sheet else { return };
        let stops = self.places(sheet);
        let mut stops = stops.iter();
        let next = match forward {
            true => stops.clone().find(|place| **place > self.cursor).or_else(|| stops.next()),
            false => stops.clone().rfind(|place| **place < self.cursor).or_else(|| stops.next_back()),
        };
        self.cursor = next.copied().unwrap_or(self.cursor);
    }

    /// Chooses the next manager or the one before, after the last one none; and goes to its first field from here on.
    pub(super) fn choose(&mut self, forward: bool) {
        let Some(sheet) = &self.sheet else { return };
        let names: Vec<&Manager> = sheet.managers.iter().filter(|manager| manager.fields > 0).collect();
        let at = self.focus.as_ref().and_then(|focus| names.iter().position(|manager| manager.name == *focus));
        let next = match (at, forward) {
            (None, true) => Some(0),
            (None, false) => names.len().checked_sub(1),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        self.focus = next.and_then(|next| names.get(next)).map(|manager| manager.name.clone());
        self.sought.clear();
        if self.focus.is_some() && self.stops().1.is_none() {
            self.step(true);
        }
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
        if !self.sought.is_empty() && self.stops().1.is_none() {
            self.step(true);
        }
    }

    /// Takes what was typed; nothing typed is what was sought before.
    pub(super) fn accept(&mut self) {
        if let Some(prompt) = self.prompt.take()
            && prompt.input.value().is_empty()
        {
            self.sought = prompt.sought;
        }
    }

    /// Goes back to where the search began.
    pub(super) fn cancel(&mut self) {
        if let Some(prompt) = self.prompt.take() {
            (self.sought, self.cursor) = (prompt.sought, prompt.cursor);
        }
    }

    /// Ends the search, or else looks at everybody's fields again. Whether there was either.
    pub(in crate::app) fn leave_search(&mut self) -> bool {
        if self.sought.is_empty() {
            return self.focus.take().is_some();
        }
        self.sought.clear();
        true
    }
}

fn holds(sheet: &Sheet, line: &Line, manager: &str) -> bool {
    line.owners.iter().filter_map(|owner| sheet.owners.get(*owner)).any(|owner| owner.manager == manager)
}
