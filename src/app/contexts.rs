//! The choice of a context: a list that is narrowed by typing.

use tui_input::Input;

use crate::config::Key;
use crate::release::{ContextEntry, Problem};

use super::TaskId;
use super::command::CommandId;
use super::filter;
use super::loadable::Loadable;
use super::picker::{edit, moved, top_for};

/// The open choice.
#[derive(Debug)]
pub struct State {
    /// What is typed.
    pub input: Input,
    /// All there are.
    pub listed: Loadable<Vec<ContextEntry>>,
    /// What is left to choose from.
    pub choices: Vec<ContextEntry>,
    /// Which one is selected.
    pub cursor: usize,
    /// The first one that is seen.
    pub top: usize,
    /// The one that is looked at.
    pub current: Option<String>,
}

impl State {
    pub(super) fn new(task: TaskId, current: Option<String>) -> Self {
        Self {
            input: Input::default(),
            listed: Loadable::Loading(task),
            choices: Vec::new(),
            cursor: 0,
            top: 0,
            current,
        }
    }

    /// The selected choice.
    #[must_use]
    pub fn chosen(&self) -> Option<&ContextEntry> {
        self.choices.get(self.cursor)
    }

    /// Takes in what was asked for, and says whether it was.
    pub(super) fn listed(&mut self, task: TaskId, result: Result<Vec<ContextEntry>, Problem>) -> bool {
        if !self.listed.awaits(task) {
            return false;
        }
        self.listed = match result {
            Ok(entries) => {
                let current = |entry: &ContextEntry| Some(&entry.name) == self.current.as_ref();
                self.cursor = entries.iter().position(current).unwrap_or(0);
                Loadable::Ready(entries)
            }
            Err(problem) => Loadable::Failed(problem),
        };
        true
    }

    pub(super) fn edit(&mut self, key: Key) {
        if edit(&mut self.input, key) {
            self.cursor = 0;
        }
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        self.cursor = moved(id, self.cursor, self.choices.len(), page).unwrap_or(self.cursor);
    }

    pub(super) fn settle(&mut self, page: usize) {
        let typed = self.input.value().trim();
        let mut matcher = filter::matcher();
        let mut fits = |entry: &&ContextEntry| typed.is_empty() || filter::fuzzy(typed, &entry.name, &mut matcher);
        self.choices = self.listed.ready().into_iter().flatten().filter(&mut fits).cloned().collect();
        self.cursor = self.cursor.min(self.choices.len().saturating_sub(1));
        self.top = top_for(self.top, self.cursor, self.choices.len(), page);
    }
}
