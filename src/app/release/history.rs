//! The revisions of a release: what Helm stored, joined with what Flux says it did.

pub mod facts;

use crate::app::command::CommandId;
use crate::app::picker::{moved, top_for};
use crate::app::session::Session;
pub use crate::release::history::Row;
use crate::release::payload::Revision;
use crate::release::{ReleaseId, StoredRef, history};

/// Which revision is selected.
#[derive(Debug, Default)]
pub struct State {
    /// Its place.
    pub cursor: usize,
    /// The first one that is seen.
    pub top: usize,
    selected: Option<Revision>,
    /// Revisions to be compared: two at most, in the order in which they were marked.
    marks: Vec<Revision>,
}

/// Every revision that is known, newest first.
#[must_use]
pub fn rows(session: &Session, id: &ReleaseId) -> Vec<Row> {
    session.row(id).map(|row| history::rows(&session.catalog, &row.release)).unwrap_or_default()
}

impl State {
    /// The selected revision.
    #[must_use]
    pub fn chosen<'a>(&self, rows: &'a [Row]) -> Option<&'a Row> {
        rows.get(self.cursor)
    }

    /// The revisions that are marked to be compared.
    #[must_use]
    pub fn marks(&self) -> &[Revision] {
        &self.marks
    }

    /// Marks the selected revision, or takes its mark away. Of three the oldest mark goes, which is said.
    pub(in crate::app) fn mark(&mut self, rows: &[Row]) -> Option<String> {
        let chosen = self.chosen(rows).filter(|row| row.stored.is_some() && row.gap.is_none())?.revision;
        if let Some(place) = self.marks.iter().position(|mark| *mark == chosen) {
            self.marks.remove(place);
            return None;
        }
        self.marks.push(chosen);
        let dropped = (self.marks.len() > 2).then(|| self.marks.remove(0));
        dropped.map(|dropped| format!("two are compared: the mark of revision {dropped} is gone"))
    }

    pub(super) fn run(&mut self, id: CommandId, rows: &[Row], page: usize) {
        if let Some(cursor) = moved(id, self.cursor, rows.len(), page) {
            self.cursor = cursor;
            self.selected = self.chosen(rows).map(|row| row.revision);
        }
    }

    /// Selects a revision.
    pub(super) fn select(&mut self, revision: Revision) {
        self.selected = Some(revision);
    }

    /// Keeps the selection on the same revision when a newer one comes.
    pub(super) fn settle(&mut self, rows: &[Row], page: usize) {
        let place = self.selected.and_then(|selected| rows.iter().position(|row| row.revision == selected));
        self.cursor = place.unwrap_or(self.cursor).min(rows.len().saturating_sub(1));
        self.top = top_for(self.top, self.cursor, rows.len(), page);
    }

    /// The objects of revisions on the screen that were not read, or shall be read again.
    pub(super) fn unread(&self, session: &Session, id: &ReleaseId, page: usize) -> impl Iterator<Item = StoredRef> {
        let again = |object: &StoredRef| session.fetches.to_retry(object);
        rows(session, id)
            .into_iter()
            .skip(self.top)
            .take(page)
            .filter_map(move |row| row.stored.filter(|object| row.unread || (row.problem.is_some() && again(object))))
    }

    /// The objects of revisions that could not be read.
    pub(super) fn failed(&self, session: &Session, id: &ReleaseId) -> Vec<StoredRef> {
        rows(session, id).into_iter().filter(|row| row.problem.is_some()).filter_map(|row| row.stored).collect()
    }
}
