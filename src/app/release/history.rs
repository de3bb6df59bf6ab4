//! The revisions of a release: what Helm stored, joined with what Flux says it did.

use jiff::Timestamp;

use crate::app::command::CommandId;
use crate::app::picker::{moved, top_for};
use crate::app::session::Session;
use crate::release::payload::Revision;
use crate::release::{ReleaseId, StoredRef};

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub revision: Revision,
    /// The object that stores it; `None` where only Flux tells of it.
    pub stored: Option<StoredRef>,
    /// Its status.
    pub status: String,
    /// Chart and version.
    pub chart: String,
    /// App version.
    pub app: String,
    /// When it was deployed, or last written where that is not known.
    pub updated: Option<Timestamp>,
    /// Helm's description, or why it cannot be read.
    pub description: String,
    /// Bytes in the storing object.
    pub size: Option<usize>,
    /// What Flux did to make it.
    pub action: String,
    /// Whether its payload is still to be read.
    pub unread: bool,
    /// Whether its payload cannot be read.
    pub failed: bool,
}

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
    let object = session.row(id).and_then(|row| row.release.helm_release.clone());
    let snapshots = object.as_deref().map(|object| object.history.as_slice()).unwrap_or_default();
    let mut rows: Vec<Row> = session
        .catalog
        .revisions(id)
        .map(|stored| {
            let mut row = blank(stored.revision, &stored.status.to_string());
            row.stored = Some(stored.object.clone());
            row.updated = stored.changed;
            match session.catalog.summary(&stored.object) {
                None => row.unread = true,
                Some(Err(problem)) => {
                    row.description = format!("cannot be read: {problem}");
                    row.failed = true;
                }
                Some(Ok(summary)) => {
                    row.chart = chart(summary.chart_name.as_deref(), summary.chart_version.as_deref());
                    row.app = summary.app_version.clone().unwrap_or_default();
                    row.updated = summary.last_deployed.or(stored.changed);
                    row.description = summary.description.clone().unwrap_or_default();
                    row.size = summary.size.map(|size| size.stored);
                }
            }
            row
        })
        .collect();
    let some_stored = !rows.is_empty();
    for snapshot in snapshots {
        if !rows.iter().any(|row| row.revision == snapshot.revision) {
            let mut row = blank(snapshot.revision, snapshot.status.as_str());
            row.updated = snapshot.last_deployed;
            if some_stored {
                row.description = "not stored any more: Flux remembers it".to_owned();
            }
            rows.push(row);
        }
        let Some(row) = rows.iter_mut().find(|row| row.revision == snapshot.revision) else { continue };
        row.action = snapshot.action.clone().unwrap_or_default();
        if row.chart.is_empty() {
            row.chart = chart(snapshot.chart_name.as_deref(), snapshot.chart_version.as_deref());
        }
        if row.app.is_empty() {
            row.app = snapshot.app_version.clone().unwrap_or_default();
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.revision));
    rows
}

fn blank(revision: Revision, status: &str) -> Row {
    Row {
        revision,
        stored: None,
        status: status.to_owned(),
        chart: String::new(),
        app: String::new(),
        updated: None,
        description: String::new(),
        size: None,
        action: String::new(),
        unread: false,
        failed: false,
    }
}

fn chart(name: Option<&str>, version: Option<&str>) -> String {
    [name, version].into_iter().flatten().collect::<Vec<_>>().join(" ")
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
        let chosen = self.chosen(rows).filter(|row| row.stored.is_some())?.revision;
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
            .filter_map(move |row| row.stored.filter(|object| row.unread || (row.failed && again(object))))
    }

    /// The objects of revisions that could not be read.
    pub(super) fn failed(&self, session: &Session, id: &ReleaseId) -> Vec<StoredRef> {
        rows(session, id).into_iter().filter(|row| row.failed).filter_map(|row| row.stored).collect()
    }
}
