//! What was found of who changed what in releases. It stands as long as nothing tells otherwise: the list watches workloads
//! alone, and of those it counts what people hold.

use super::Session;
use crate::app::owners::Oddities;
use crate::app::rows::Row;
use crate::release::{ReleaseId, StoredRef};

/// How many fields of a release were found to be changed by others, and of what that was found.
#[derive(Debug)]
pub(super) struct Found {
    oddities: Oddities,
    latest: Option<StoredRef>,
    edited: usize,
}

impl Session {
    /// Takes in what was found of a release now.
    pub(in crate::app) fn found(&mut self, id: &ReleaseId, oddities: Oddities) {
        let Some(row) = self.rows.iter_mut().find(|row| row.release.id == *id) else { return };
        let found = Found { oddities, latest: row.release.latest.clone(), edited: row.edits.edited };
        self.found.insert(id.clone(), found);
        if row.edits.found != Some(oddities) {
            row.edits.found = Some(oddities);
            self.rows_touched = true;
        }
    }

    /// The row of a release that is not looked at any more: what was found of it is of what the list saw then.
    pub(super) fn keep_found(&mut self, id: &ReleaseId) {
        let edited = self.row(id).map(|row| row.edits.edited);
        if let (Some(found), Some(edited)) = (self.found.get_mut(id), edited) {
            found.edited = edited;
        }
    }

    /// The row with what was found of it, if that still stands. The watch of an open release tells at once what the list
    /// tells a moment later.
    pub(super) fn with_found(&self, mut row: Row) -> Row {
        let id = &row.release.id;
        let is_open = || self.open.as_ref().is_some_and(|open| open.id == *id);
        let found = self.found.get(id).filter(|found| found.latest == row.release.latest);
        let stands = found.filter(|found| found.edited == row.edits.edited || is_open());
        row.edits.found = stands.map(|found| found.oddities);
        row
    }
}
