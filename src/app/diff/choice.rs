//! The choice of a side: a list that is narrowed by typing.

use tui_input::Input;

use super::ends::{self, Point};
use crate::app::command::CommandId;
use crate::app::filter;
use crate::app::picker::{edit, moved, top_for};
use crate::app::session::Session;
use crate::config::Key;
use crate::release::ReleaseId;
use crate::release::payload::Revision;

/// Which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The left one.
    Old,
    /// The right one.
    New,
}

/// The open choice.
#[derive(Debug)]
pub struct State {
    /// Of which side.
    pub which: Which,
    /// What is typed.
    pub input: Input,
    /// What is left to choose from.
    pub choices: Vec<Point>,
    /// Which one is selected.
    pub cursor: usize,
    /// The first one that is seen.
    pub top: usize,
    id: ReleaseId,
    /// What is compared now: the old side and the new one.
    pub now: [Point; 2],
}

impl State {
    pub(super) fn new(which: Which, id: ReleaseId, now: [Point; 2]) -> Self {
        Self { which, input: Input::default(), choices: Vec::new(), cursor: 0, top: 0, id, now }
    }

    /// The selected side.
    #[must_use]
    pub fn chosen(&self) -> Option<Point> {
        self.choices.get(self.cursor).copied()
    }

    pub(in crate::app) fn edit(&mut self, key: Key) {
        if edit(&mut self.input, key) {
            self.cursor = 0;
        }
    }

    pub(in crate::app) fn run(&mut self, id: CommandId, page: usize) {
        self.cursor = moved(id, self.cursor, self.choices.len(), page).unwrap_or(self.cursor);
    }

    pub(in crate::app) fn settle(&mut self, session: &Session, page: usize) {
        let typed = self.input.value().trim();
        let mut matcher = filter::matcher();
        let stored = ends::stored(session, &self.id);
        let of = |point: fn(Revision) -> Point| stored.iter().copied().map(point);
        let all = std::iter::once(Point::Live).chain(of(Point::Revision));
        self.choices = all
            .chain(of(Point::Defaults))
            .chain(of(Point::DryRun))
            .filter(|point| typed.is_empty() || filter::fuzzy(typed, &point.to_string(), &mut matcher))
            .collect();
        self.cursor = self.cursor.min(self.choices.len().saturating_sub(1));
        self.top = top_for(self.top, self.cursor, self.choices.len(), page);
    }
}
