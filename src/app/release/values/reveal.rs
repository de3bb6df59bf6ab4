//! The one value that is revealed: asked for, shown when the journal has it, hidden again.

use jiff::{SignedDuration, Timestamp};

use crate::app::reveal::Reveal;
use crate::app::session::Session;
use crate::app::{Effect, TaskId};
use crate::release::Problem;
use crate::release::mask::Hidden;
use crate::release::values::path_text;

use super::State;

/// How long a value is shown.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);

/// A value that is shown.
#[derive(Debug)]
pub struct Revealed {
    path: String,
    value: Hidden,
    /// When it is hidden again.
    until: Timestamp,
}

/// A value that is not shown, and why.
#[derive(Debug)]
pub struct Refused {
    path: String,
    problem: Problem,
}

impl State {
    /// The selected value, where it is revealed.
    #[must_use]
    pub fn revealed(&self) -> Option<&Hidden> {
        self.revealed.as_ref().filter(|revealed| self.is_at(&revealed.path)).map(|revealed| &revealed.value)
    }

    /// Why the selected value is not revealed, where that was asked for.
    #[must_use]
    pub fn refused(&self) -> Option<&Problem> {
        self.refused.as_ref().filter(|refused| self.is_at(&refused.path)).map(|refused| &refused.problem)
    }

    /// Whether the selected value will be revealed.
    #[must_use]
    pub fn is_revealing(&self) -> bool {
        self.revealing.as_ref().is_some_and(|(_, path)| self.is_at(path))
    }

    /// When what is revealed is hidden again.
    pub(in crate::app::release) fn hides_at(&self) -> Option<Timestamp> {
        self.revealed.as_ref().map(|revealed| revealed.until)
    }

    /// Asks for the selected value; the journal is told first.
    pub(in crate::app::release) fn reveal(&mut self, release: String, session: &mut Session, out: &mut Vec<Effect>) {
        let (Some(line), Some(row)) = (self.current(), self.row()) else { return };
        let Some(value) = row.hidden.clone() else { return };
        let (path, what) = (line.path.clone(), format!("values .{}", path_text(&row.path)));
        let task = session.next_task();
        self.conceal();
        self.revealing = Some((task, path));
        out.push(Effect::Reveal(task, Reveal { release, what, value }));
    }

    /// Whether it was awaited.
    pub(in crate::app::release) fn answered(
        &mut self,
        task: TaskId,
        result: Result<Hidden, Problem>,
        now: Timestamp,
    ) -> bool {
        let Some((_, path)) = self.revealing.take_if(|(revealing, _)| *revealing == task) else { return false };
        match result {
            Ok(value) => {
                let until = now.checked_add(LONGEST).unwrap_or(now);
                self.revealed = Some(Revealed { path, value, until });
            }
            Err(problem) => self.refused = Some(Refused { path, problem }),
        }
        true
    }

    /// Hides what is revealed, and gives up what was asked for. Whether anything was shown.
    pub(in crate::app::release) fn conceal(&mut self) -> bool {
        self.revealing = None;
        let was_refused = self.refused.take().is_some();
        self.revealed.take().is_some() || was_refused
    }

    /// Hides what is revealed once the cursor has left it, or its time is over.
    pub(in crate::app::release) fn pass(&mut self, now: Timestamp, is_seen: bool) {
        let paths = [
            self.revealing.as_ref().map(|(_, path)| path),
            self.revealed.as_ref().map(|revealed| &revealed.path),
            self.refused.as_ref().map(|refused| &refused.path),
        ];
        let is_left = !is_seen || paths.into_iter().flatten().any(|path| !self.is_at(path));
        if is_left || self.hides_at().is_some_and(|until| until <= now) {
            self.conceal();
        }
    }

    fn is_at(&self, path: &str) -> bool {
        self.current().is_some_and(|line| line.path == path)
    }
}
