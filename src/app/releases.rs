//! The list of releases: what of it is seen, which row is selected, what shall be fetched for it.

use jiff::Timestamp;
use tui_input::Input;

use crate::config::Key;
use crate::release::{Management, PayloadState, Query, ReleaseId, StoredRef};

use super::command::CommandId;
use super::connection::{self, Health};
use super::filter::{self, Filter};
use super::picker::{edit, moved, top_for};
use super::rows::Row;
use super::session::Session;

/// The state of the list.
#[derive(Debug, Default)]
pub struct State {
    /// The filter that is active.
    pub filter: Filter,
    /// The line into which it is typed, while it is.
    pub prompt: Option<Input>,
    /// Places of [`Session::rows`] that pass namespace and filter, in their order.
    pub visible: Vec<usize>,
    /// Place of the selected row in `visible`.
    pub cursor: usize,
    /// Place of the first row that is seen.
    pub top: usize,
    selected: Option<ReleaseId>,
    /// Whether the user chose the selected row. Until then, and while rows still arrive, it is the worst one.
    chosen: bool,
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
    pub fn total(&self, session: &Session) -> usize {
        session.rows_in_namespace().count()
    }

    pub(super) fn run(&mut self, session: &Session, id: CommandId, page: usize) {
        match id {
            CommandId::Filter => self.prompt = Some(Input::new(self.filter.text().to_owned())),
            CommandId::Accept => self.prompt = None,
            CommandId::Cancel => {
                self.prompt = None;
                self.clear_filter(session);
            }
            _ => {
                if let Some(cursor) = moved(id, self.cursor, self.visible.len(), page) {
                    self.cursor = cursor;
                    self.chosen = true;
                    self.selected = self.current(session).map(|row| row.release.id.clone());
                }
            }
        }
        if self.prompt.is_some() {
            self.refilter(session);
        }
    }

    /// Types into the prompt. The list follows every letter.
    pub(super) fn edit(&mut self, key: Key) {
        if let Some(input) = &mut self.prompt
            && edit(input, key)
        {
            self.filter = Filter::parse(input.value());
            self.visible.clear();
        }
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

    /// Finds out which rows pass.
    pub(super) fn refilter(&mut self, session: &Session) {
        let mut matcher = filter::matcher();
        self.visible = session
            .rows_in_namespace()
            .filter(|(_, row)| self.filter.is_empty() || self.filter.passes(row, &mut matcher))
            .map(|(place, _)| place)
            .collect();
    }

    /// Keeps the selection on the same release where there is still one, and on the screen.
    pub(super) fn settle(&mut self, session: &Session, page: usize) {
        if self.visible.is_empty() {
            // Typing leaves the list empty rather than old.
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
            self.visible.iter().position(|place| session.rows.get(*place).is_some_and(|row| row.release.id == *id))
        });
        self.cursor = match place {
            Some(place) => place,
            None if self.chosen => self.cursor.min(self.visible.len().saturating_sub(1)),
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
}

/// The object to read for a row: once, and after a failure again only when that is asked for.
fn wanted<'a>(session: &Session, row: &'a Row) -> Option<&'a StoredRef> {
    let again = || failed(row).filter(|object| session.fetches.to_retry(object));
    row.release.unread().or_else(again)
}

/// The object of a row that could not be read. A Flux row does without it.
fn failed(row: &Row) -> Option<&StoredRef> {
    let failed = matches!(row.release.payload, PayloadState::Failed(_)) && row.release.management != Management::Flux;
    row.release.latest.as_ref().filter(|_| failed)
}
