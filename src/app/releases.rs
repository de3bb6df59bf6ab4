//! The list of releases: what of it is seen, which row is selected, what shall be fetched for it.
//!
//! Which rows pass, their order, the widths of their columns and how many there are of each verdict follow from rows
//! and filter alone. They are found when those change: a key press and a frame cost what is on the screen.

pub mod columns;
pub mod sort;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use tui_input::Input;

use crate::config::Key;
use crate::health::Verdict;
use crate::release::{Management, PayloadState, Query, Release, ReleaseId, StoredRef};

use super::command::CommandId;
use super::connection::{self, Health};
use super::filter::complete::Completion;
use super::filter::{self, Filter, Words};
use super::picker::{edit, moved, top_for};
use super::rows::Row;
use super::session::Session;
use columns::Measured;
use sort::{Column, Sort};

/// The state of the list.
#[derive(Debug, Default)]
pub struct State {
    /// The filter that is active.
    pub filter: Filter,
    /// The line into which it is typed, while it is.
    pub prompt: Option<Input>,
    /// The word of it that is being completed.
    pub completion: Option<Completion>,
    /// The order.
    pub sort: Sort,
    /// Places of [`Session::rows`] that pass namespace and filter, in the order of the list, those first whose name the filter says.
    pub visible: Vec<usize>,
    /// How many of them, the first ones, are called as the filter says.
    named: usize,
    /// How wide their texts are.
    pub measured: Measured,
    /// How many rows of the namespace there are of each verdict, filter or not.
    pub counts: BTreeMap<Verdict, usize>,
    /// Place of the selected row in `visible`.
    pub cursor: usize,
    /// Place of the first row that is seen.
    pub top: usize,
    selected: Option<ReleaseId>,
    /// What is to be done with several of them is done with these, whether they pass the filter or not.
    marked: BTreeSet<ReleaseId>,
    /// The one that was marked last.
    mark: Option<ReleaseId>,
    /// Whether the user chose the selected row. Until then, and while rows still arrive, it is the worst one.
    chosen: bool,
    /// When a row passes or fails next by its age alone.
    turn: Option<Timestamp>,
}

impl State {
    /// The selected row.
    #[must_use]
    pub fn current<'a>(&self, session: &'a Session) -> Option<&'a Row> {
        session.rows.get(*self.visible.get(self.cursor)?)
    }

    /// The rows that are seen on so many lines.
    pub fn seen<'a>(&self, session: &'a Session, page: usize) -> impl Iterator<Item = &'a Row> {
        self.visible.iter().skip(self.top).take(page).filter_map(|place| session.rows.get(*place))
    }

    /// How many rows the namespace has, filter or not.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.values().sum()
    }

    pub(super) fn run(&mut self, session: &Session, id: CommandId, page: usize) {
        match id {
            CommandId::Filter => self.prompt = Some(Input::new(self.filter.text().to_owned())),
            // What is not understood would let everything through: it stays, with what is said of it, until it is mended.
            CommandId::Accept if self.filter.fault().is_some() => {}
            CommandId::Accept => {
                self.close_prompt();
                self.selected = self.current(session).map(|row| row.release.id.clone());
            }
            CommandId::Cancel => {
                self.close_prompt();
                self.clear_filter(session);
            }
            CommandId::Complete => self.complete(session),
            CommandId::Mark => {
                self.mark_current(session);
                self.run(session, CommandId::GoDown, page);
            }
            CommandId::MarkRange => self.mark_range(session),
            CommandId::WorstFirst => self.sort_by(session, Sort::default()),
            _ => {
                if let Some(cursor) = moved(id, self.cursor, self.visible.len(), page) {
                    self.cursor = cursor;
                    self.chosen = true;
                    self.selected = self.current(session).map(|row| row.release.id.clone());
                }
            }
        }
    }

    /// Whether a release is marked.
    #[must_use]
    pub fn is_marked(&self, id: &ReleaseId) -> bool {
        self.marked.contains(id)
    }

    /// How many are marked, and how many of these the list does not show.
    #[must_use]
    pub fn marked(&self, session: &Session) -> (usize, usize) {
        if self.marked.is_empty() {
            return (0, 0);
        }
        let count = session.rows.iter().filter(|row| self.is_marked(&row.release.id)).count();
        let seen = self.visible.iter().filter_map(|place| session.rows.get(*place));
        (count, count.saturating_sub(seen.filter(|row| self.is_marked(&row.release.id)).count()))
    }

    /// The releases that a command is for: those that are marked, else the selected one.
    pub(super) fn meant(&self, session: &Session) -> Vec<Arc<Release>> {
        let marked = session.rows.iter().filter(|row| self.is_marked(&row.release.id));
        let marked: Vec<Arc<Release>> = marked.map(|row| Arc::new(row.release.clone())).collect();
        match marked.is_empty() {
            true => self.current(session).map(|row| Arc::new(row.release.clone())).into_iter().collect(),
            false => marked,
        }
    }

    /// The releases that pass the filter.
    pub(super) fn listed(&self, session: &Session) -> Vec<Arc<Release>> {
        let listed = self.visible.iter().filter_map(|place| session.rows.get(*place));
        listed.map(|row| Arc::new(row.release.clone())).collect()
    }

    /// Takes every mark away. Whether there was one.
    pub(super) fn clear_marks(&mut self) -> bool {
        self.mark = None;
        !std::mem::take(&mut self.marked).is_empty()
    }

    fn mark_current(&mut self, session: &Session) {
        let Some(id) = self.current(session).map(|row| row.release.id.clone()) else { return };
        if self.marked.remove(&id) {
            self.mark = None;
        } else {
            self.marked.insert(id.clone());
            self.mark = Some(id);
        }
    }

    /// Marks what lies between the one that was marked last, both included, and the selected one.
    fn mark_range(&mut self, session: &Session) {
        let id = |place: &usize| session.rows.get(*place).map(|row| row.release.id.clone());
        let begin =
            self.mark.as_ref().and_then(|mark| self.visible.iter().position(|place| id(place).as_ref() == Some(mark)));
        let begin = begin.unwrap_or(self.cursor);
        let (first, last) = (begin.min(self.cursor), begin.max(self.cursor));
        let range = self.visible.get(first..=last).unwrap_or_default();
        self.marked.extend(range.iter().filter_map(id));
        self.mark = self.current(session).map(|row| row.release.id.clone());
    }

    /// Types into the prompt. The list follows every letter.
    pub(super) fn edit(&mut self, session: &Session, key: Key) {
        if let Some(input) = &mut self.prompt
            && edit(input, key)
        {
            self.completion = None;
            self.filter = Filter::parse(input.value());
            self.refilter(session);
        }
    }

    fn close_prompt(&mut self) {
        self.prompt = None;
        self.completion = None;
    }

    /// Completes the word before the cursor; again, with the next candidate.
    fn complete(&mut self, session: &Session) {
        let Some(input) = &self.prompt else { return };
        match &mut self.completion {
            // The only candidate stands there already: what comes after it is completed next.
            Some(completion) if completion.candidates.len() > 1 => completion.step(),
            Some(_) | None => {
                let rows = session.rows_in_namespace().map(|(_, row)| row);
                self.completion = Completion::begin(input.value(), input.cursor(), rows);
            }
        }
        let Some(completion) = &self.completion else { return };
        let (text, cursor) = completion.text();
        self.filter = Filter::parse(&text);
        self.prompt = Some(Input::new(text).with_cursor(cursor));
        self.refilter(session);
    }

    /// Sorts by a column; by the same one again, the other way round.
    pub(super) fn choose_order(&mut self, session: &Session, column: Column) {
        self.sort_by(session, self.sort.by(column));
    }

    /// Another order begins at its first row: whoever sorts wants to see what comes first.
    fn sort_by(&mut self, session: &Session, sort: Sort) {
        self.sort = sort;
        self.start_over(session);
    }

    /// Whether there was one.
    pub(super) fn clear_filter(&mut self, session: &Session) -> bool {
        if self.filter.is_empty() {
            return false;
        }
        self.filter = Filter::default();
        self.refilter(session);
        true
    }

    /// Begins at the worst release again.
    pub(super) fn start_over(&mut self, session: &Session) {
        (self.cursor, self.top, self.selected, self.chosen) = (0, 0, None, false);
        self.refilter(session);
    }

    /// Finds out which rows pass, and all that follows from them.
    pub(super) fn refilter(&mut self, session: &Session) {
        let mut matcher = filter::matcher();
        self.counts.clear();
        for (_, row) in session.rows_in_namespace() {
            *self.counts.entry(row.judgement.verdict).or_insert(0) += 1;
        }
        let mut passing = |words| {
            let mut passes =
                |row: &Row| self.filter.is_empty() || self.filter.passes(row, session.now, words, &mut matcher);
            session.rows_in_namespace().filter(|(_, row)| passes(row)).map(|(place, _)| place).collect::<Vec<_>>()
        };
        let literal = passing(Words::AsTyped);
        self.visible = if literal.is_empty() { passing(Words::Fuzzily) } else { literal };
        self.sort.order(&mut self.visible, &session.rows);
        let is_named = |place: &usize| session.rows.get(*place).is_some_and(|row| self.filter.names(row));
        let (mut named, others): (Vec<usize>, Vec<usize>) = self.visible.iter().partition(|place| is_named(place));
        self.named = named.len();
        named.extend(others);
        self.visible = named;
        let passing = self.visible.iter().filter_map(|place| session.rows.get(*place));
        self.measured = Measured::of(passing, session.setup.glyphs);
        self.turn = self.filter.next_turn(session.rows.iter(), session.now);
    }

    /// Keeps the selection on the same release where there is still one, and on the screen.
    pub(super) fn settle(&mut self, session: &Session, page: usize) {
        if self.turn.is_some_and(|turn| turn <= session.now) {
            self.refilter(session);
        }
        if self.visible.is_empty() {
            // The selection is kept: the list may be empty for the moment of a new watch.
            (self.cursor, self.top) = (0, 0);
            return;
        }
        let loading = matches!(connection::health(session), Health::Connecting | Health::Loading);
        if !self.chosen && (loading || self.prompt.is_some()) {
            self.selected = None;
        }
        let place = self.selected.as_ref().and_then(|id| {
            let here = |place: &usize| session.rows.get(*place).is_some_and(|row| row.release.id == *id);
            // It hardly ever moves: the whole list is searched only when it did.
            match self.visible.get(self.cursor) {
                Some(place) if here(place) => Some(self.cursor),
                Some(_) | None => self.visible.iter().position(here),
            }
        });
        // Who types a name wants that release, wherever the cursor was.
        let is_meant = |place: &usize| self.prompt.is_none() || self.named == 0 || *place < self.named;
        let is_typed = place.is_some_and(|place| !is_meant(&place));
        let place = place.filter(is_meant);
        self.cursor = match place {
            Some(place) => place,
            None if self.chosen && !is_typed => self.cursor.min(self.visible.len().saturating_sub(1)),
            None => 0,
        };
        if place.is_none() && self.prompt.is_none() {
            // While a filter is typed, the chosen release may be hidden and come back.
            self.selected = self.current(session).map(|row| row.release.id.clone());
        }
        self.top = top_for(self.top, self.cursor, self.visible.len(), page);
    }

    /// The summaries that the rows on the screen lack.
    pub(super) fn wanted(&self, session: &Session, page: usize) -> Vec<Query> {
        self.seen(session, page)
            .filter_map(|row| wanted(session, row))
            .map(|object| Query::Summary(object.clone()))
            .collect()
    }

    /// The objects of rows on the screen that could not be read.
    pub(super) fn failed_on_screen(&self, session: &Session, page: usize) -> Vec<StoredRef> {
        self.seen(session, page).filter_map(failed).cloned().collect()
    }

    /// The times that are shown as ages.
    pub(super) fn times(&self, session: &Session, page: usize) -> Vec<Timestamp> {
        self.seen(session, page).flat_map(Row::times).collect()
    }

    /// When a row passes or fails next by its age alone.
    pub(super) fn next_turn(&self) -> Option<Timestamp> {
        self.turn
    }
}

/// The object to read for a row: once, and after a failure again only when that is asked for.
fn wanted<'a>(session: &Session, row: &'a Row) -> Option<&'a StoredRef> {
    let again = || failed(row).filter(|object| session.fetches.to_retry(object));
    // What the row shows may be older than what is known: it is settling.
    let unread = row.release.unread().filter(|object| session.catalog.is_unread(&row.release.id, object));
    unread.or_else(again)
}

/// The object of a row that could not be read. A Flux row does without it.
fn failed(row: &Row) -> Option<&StoredRef> {
    let failed = matches!(row.release.payload, PayloadState::Failed(_)) && row.release.management != Management::Flux;
    row.release.latest.as_ref().filter(|_| failed)
}
