//! An action that did not open, said in a way that no key passes by: who presses the key of an action often types on, a
//! reason, a manager, the name of the release, and each letter of it would be a key of the screen below.

use jiff::{SignedDuration, Timestamp};

use super::command::{self, CommandId, Danger};
use super::{Model, Overlay};

/// Enter this soon after a letter belongs to what is typed: it ends a line that nobody opened.
const BREATH: SignedDuration = SignedDuration::from_millis(500);

/// What was refused.
#[derive(Debug)]
pub struct State {
    /// Which action, in a word or two.
    pub title: String,
    /// Why.
    pub reason: String,
    /// How many keys came since; none of them was taken.
    pub swallowed: usize,
    /// When the last of them came.
    last: Option<Timestamp>,
    /// The choice that lies there again afterwards.
    below: Option<Box<Overlay>>,
}

/// Says why a command was refused. Of what only looks a line is enough.
pub(super) fn refuse(model: &mut Model, id: CommandId, reason: &str) {
    let row = command::find(id);
    let title = row.map_or(id.name(), |row| row.title);
    let is_action = id == CommandId::Actions || row.is_some_and(|row| row.danger == Danger::Plans);
    if is_action {
        show(model, title.to_owned(), reason.to_owned());
    } else {
        model.session.toast(format!("{title}: {reason}"));
    }
}

/// Lays it over the screen; only a choice of actions comes back after it.
pub(super) fn show(model: &mut Model, title: String, reason: String) {
    let below = match model.overlay.take() {
        Some(below @ Overlay::Actions(_)) => Some(Box::new(below)),
        // What was typed before is passed over as well.
        Some(Overlay::Refused(before)) => before.below,
        Some(_) | None => None,
    };
    model.typed.clear();
    model.overlay = Some(Overlay::Refused(State { title, reason, swallowed: 0, last: None, below }));
}

impl State {
    /// A key that may have been meant for a line to type into.
    pub(super) fn swallow(&mut self, now: Timestamp) {
        self.swallowed = self.swallowed.saturating_add(1);
        self.last = Some(now);
    }

    /// Whether enter is meant for it, and not the end of what is typed.
    pub(super) fn is_answered(&self, now: Timestamp) -> bool {
        self.last.is_none_or(|last| now.duration_since(last) >= BREATH)
    }

    /// What lies there afterwards.
    pub(super) fn below(self) -> Option<Overlay> {
        self.below.map(|below| *below)
    }
}
