//! The choice of an action: all that there are, each with why it does not apply here where it does not.

use crate::app::Model;
use crate::app::command::{self, CommandId};
use crate::app::picker::{moved, top_for};

/// Every action, in the order of the menu: what asks for little first.
pub const ACTIONS: [CommandId; 8] = [
    CommandId::Reconcile,
    CommandId::ReconcileSource,
    CommandId::Reset,
    CommandId::Force,
    CommandId::SuspendRelease,
    CommandId::RollBack,
    CommandId::Unlock,
    CommandId::Disown,
];

/// Rows around those of the actions: the title above, and below what the selected one does.
pub const AROUND: usize = 6;

/// The open choice.
#[derive(Debug)]
pub struct State {
    /// Namespace and name of the release.
    pub name: String,
    /// Which action is selected.
    pub cursor: usize,
    /// The first one that is seen.
    pub top: usize,
}

impl State {
    /// Begins at the first one that applies.
    pub(super) fn new(name: String, model: &Model) -> Self {
        let applies = |id: &CommandId| command::find(*id).is_some_and(|row| (row.disabled)(model).is_none());
        Self { name, cursor: ACTIONS.iter().position(applies).unwrap_or(0), top: 0 }
    }

    /// The selected action.
    #[must_use]
    pub fn chosen(&self) -> Option<CommandId> {
        ACTIONS.get(self.cursor).copied()
    }

    pub(in crate::app) fn run(&mut self, id: CommandId, page: usize) {
        self.cursor = moved(id, self.cursor, ACTIONS.len(), page).unwrap_or(self.cursor);
    }

    pub(in crate::app) fn settle(&mut self, page: usize) {
        self.top = top_for(self.top, self.cursor, ACTIONS.len(), page.saturating_sub(AROUND));
    }
}
