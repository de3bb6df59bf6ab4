//! The search of an open release: what is typed, and where in the open document or in the timeline it leads.

use tui_input::Input;

use crate::app::document::Scroll;
use crate::app::picker::edit;
use crate::config::Key;

use super::{State, Tab};

/// The line into which is typed, and what to go back to.
#[derive(Debug)]
pub struct Prompt {
    /// What is typed.
    pub input: Input,
    sought: String,
    scroll: Scroll,
    /// The selected passage, where no document is searched.
    place: usize,
    /// In the tree of values.
    line: usize,
}

impl State {
    /// Whether a text is being typed.
    #[must_use]
    pub fn typing(&self) -> Option<&Input> {
        self.prompt.as_ref().map(|prompt| &prompt.input)
    }

    pub(super) fn open_prompt(&mut self) {
        let scroll = match self.pane() {
            Some(pane) => pane.scroll,
            None if self.tab == Tab::Timeline => Scroll::default(),
            None => return,
        };
        let (place, line) = (self.timeline.passages.selected(), self.tree.place().unwrap_or(0));
        self.prompt = Some(Prompt { input: Input::default(), sought: self.sought.clone(), scroll, place, line });
    }

    /// Types into the line. The document follows every letter, from where the search began.
    pub(in crate::app) fn edit(&mut self, key: Key) {
        let Some(prompt) = &mut self.prompt else { return };
        if edit(&mut prompt.input, key) {
            self.sought = prompt.input.value().to_owned();
            let (from, place, line) = (prompt.scroll, prompt.place, prompt.line);
            let empty = self.sought.is_empty();
            if self.is_tree() {
                let sought = self.sought.clone();
                return if empty { self.tree.go_back(line) } else { self.tree.seek(&sought, line) };
            }
            if let Some(pane) = self.pane_mut() {
                if empty { pane.go_back(from) } else { pane.seek_from(from) }
            } else if empty {
                self.timeline.passages.go_to(place);
            } else {
                self.timeline.seek(&self.sought, place);
            }
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

    /// Goes back to where the search began, and to what was sought before.
    pub(super) fn cancel(&mut self) {
        if let Some(prompt) = self.prompt.take() {
            self.sought = prompt.sought;
            if self.is_tree() {
                self.tree.go_back(prompt.line);
            } else if let Some(pane) = self.pane_mut() {
                pane.go_back(prompt.scroll);
            } else {
                self.timeline.passages.go_to(prompt.place);
            }
        }
    }

    /// Ends the search of a document that is open. Whether there was one.
    pub(in crate::app) fn leave_search(&mut self) -> bool {
        if self.sought.is_empty() || (self.pane().is_none() && self.tab != Tab::Timeline) {
            return false;
        }
        self.sought.clear();
        true
    }
}
