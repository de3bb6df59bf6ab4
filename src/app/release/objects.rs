//! The objects of an open release: which row is selected, and what of them is seen.
//!
//! The rows are made when the world changes. A key press and a frame cost what is on the screen.

use jiff::Timestamp;

use crate::app::command::CommandId;
use crate::app::picker::{moved, top_for};
use crate::app::text::{self, Glyphs};
use crate::health::objects::{Container, Counts, Role, Row, Severity};
use crate::release::ObjectId;

/// How far a row stands to the right of its owner.
const STEP: usize = 2;

/// The state of the tab.
#[derive(Debug, Default)]
pub struct State {
    /// Every object, those that another one owns below it.
    pub rows: Vec<Row>,
    /// How many of them are well.
    pub counts: Counts,
    /// Place of the selected row.
    pub cursor: usize,
    /// Place of the first row that is seen.
    pub top: usize,
    /// How many are still to be read.
    pub loading: usize,
    /// How wide the widest name is, with what stands before it.
    pub widest_name: usize,
    /// How wide the widest state is.
    pub widest_status: usize,
    selected: Option<ObjectId>,
}

impl State {
    /// Takes in what is known now, and keeps the selection on the same object.
    pub fn show(&mut self, rows: Vec<Row>, counts: Counts, namespace: &str, glyphs: Glyphs) {
        let width = |text: &str| text::width(&text::clean(text, glyphs));
        self.widest_name = rows.iter().map(|row| indent(row) + width(&name(row, namespace))).max().unwrap_or(0);
        self.widest_status = rows.iter().map(|row| width(&row.status)).max().unwrap_or(0);
        self.loading = rows.iter().filter(|row| row.status == "Loading").count();
        (self.rows, self.counts) = (rows, counts);
    }

    /// The selected row.
    #[must_use]
    pub fn current(&self) -> Option<&Row> {
        self.rows.get(self.cursor)
    }

    /// The rows that are seen on so many lines.
    pub fn seen(&self, page: usize) -> impl Iterator<Item = &Row> {
        self.rows.iter().skip(self.top).take(page)
    }

    /// The selected row and all below it, or every row where nothing is selected.
    #[must_use]
    pub fn family(&self, of: Option<&ObjectId>) -> &[Row] {
        let Some(place) = of.and_then(|id| self.rows.iter().position(|row| row.id == *id)) else {
            return if of.is_none() { &self.rows } else { &[] };
        };
        let (Some(first), Some(rest)) = (self.rows.get(place), self.rows.get(place + 1..)) else { return &[] };
        let below = rest.iter().take_while(|row| row.depth > first.depth).count();
        self.rows.get(place..=place + below).unwrap_or_default()
    }

    /// The Pod whose log is meant by an object: itself, or the first one below it. The worst stands first.
    #[must_use]
    pub fn pod_of(&self, id: &ObjectId) -> Option<(&ObjectId, &[Container])> {
        let row = self.family(Some(id)).iter().find(|row| !row.containers.is_empty())?;
        Some((&row.id, &row.containers))
    }

    /// The first Pod that is not well, else the first one.
    #[must_use]
    pub fn worst_pod(&self) -> Option<(&ObjectId, &[Container])> {
        let mut pods = self.rows.iter().filter(|row| !row.containers.is_empty());
        let first = pods.clone().next();
        pods.find(|row| row.severity == Severity::Bad).or(first).map(|row| (&row.id, row.containers.as_slice()))
    }

    /// The object that is called so: `Pod web-1`.
    #[must_use]
    pub fn called(&self, what: &str) -> Option<&ObjectId> {
        let named =
            |row: &&Row| what.strip_prefix(&row.id.kind).and_then(|rest| rest.strip_prefix(' ')) == Some(&row.id.name);
        self.rows.iter().find(named).map(|row| &row.id)
    }

    /// Selects an object, if it is there.
    pub(super) fn select(&mut self, id: &ObjectId) {
        if let Some(place) = self.rows.iter().position(|row| row.id == *id) {
            self.cursor = place;
            self.selected = Some(id.clone());
        }
    }

    /// Selects an object as soon as it is there.
    pub(super) fn seek(&mut self, id: ObjectId) {
        self.selected = Some(id);
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        if let Some(cursor) = moved(id, self.cursor, self.rows.len(), page) {
            self.cursor = cursor;
            self.selected = self.current().map(|row| row.id.clone());
        }
    }

    /// Keeps the selection on the same object as rows come, go and move.
    pub(super) fn settle(&mut self, page: usize) {
        if let Some(selected) = &self.selected
            && self.current().is_none_or(|row| row.id != *selected)
            && let Some(place) = self.rows.iter().position(|row| row.id == *selected)
        {
            self.cursor = place;
        }
        self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
        self.top = top_for(self.top, self.cursor, self.rows.len(), page);
    }

    /// The times that are shown as ages.
    pub(super) fn times(&self, page: usize) -> impl Iterator<Item = Timestamp> {
        self.seen(page).flat_map(|row| row.created.into_iter().chain(row.deleting.iter().map(|(since, _)| *since)))
    }
}

/// How far from the left a row stands.
#[must_use]
pub fn indent(row: &Row) -> usize {
    row.depth.min(8) * STEP
}

/// What an object is called where others of its release are seen: its namespace only where it is another one.
#[must_use]
pub fn name(row: &Row, namespace: &str) -> String {
    let id = &row.id;
    let word = match row.role {
        Role::Release | Role::Child => "",
        Role::Hook => "hook ",
        Role::Test => "test ",
    };
    if id.namespace.is_empty() || id.namespace == namespace {
        format!("{word}{} {}", id.kind, id.name)
    } else {
        format!("{word}{} {}/{}", id.kind, id.namespace, id.name)
    }
}

/// What is known of a row, for the clipboard.
#[must_use]
pub fn words(row: &Row) -> String {
    let place = if row.id.namespace.is_empty() { String::new() } else { format!("{}/", row.id.namespace) };
    let message = if row.message.is_empty() { String::new() } else { format!(": {}", row.message) };
    format!("{} {place}{}: {}{message}", row.id.kind, row.id.name, row.status)
}

/// The symbol that stands beside the word of a state: a shape for those who see no colour.
#[must_use]
pub fn symbol(severity: Severity) -> &'static str {
    match severity {
        Severity::Bad => "x",
        Severity::Waiting => "*",
        Severity::Unknown => "?",
        Severity::Good => " ",
    }
}

/// How many are well, what is not known yet, and what is not to be seen, in words.
#[must_use]
pub fn summary(counts: Counts, loading: usize) -> String {
    let Counts { ready, total, assumed, missing, hidden } = counts;
    let mut said = match loading {
        0 => vec![format!("{ready}/{total} ready")],
        count if total == 0 => vec![format!("reading {count} objects ...")],
        count => vec![format!("{ready}/{total} ready, reading {count} more ...")],
    };
    let mut some = |count: usize, word: &str| {
        if count > 0 {
            said.push(format!("{count} {word}"));
        }
    };
    some(missing, "missing");
    some(assumed, "by rule only: they report nothing");
    some(hidden, "hidden");
    said.join(", ")
}
