//! Runs that did not come to their end, said at the start: what was broken off last night is not found by looking for it.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::Deed;
use crate::app::command::CommandId;
use crate::app::connection::Banner;
use crate::app::session::Session;
use crate::app::{Effect, Model, TaskId, age};
use crate::config::Context;
use crate::plan::recovery::{Advice, BrokenOff, Now, advice};
use crate::release::Release;

/// A run on this cluster that the journal has no good end of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// When it began.
    pub begun: Timestamp,
    /// Who ran it.
    pub user: String,
    /// The plan in a line.
    pub title: String,
    /// Digest of its plan.
    pub plan: String,
}

/// What was found, until it was looked at.
#[derive(Debug, Default)]
pub struct Unfinished {
    asked: Option<TaskId>,
    /// The oldest first.
    left: Vec<Left>,
}

impl Unfinished {
    /// Asks for what is left on the cluster that was just opened. Nothing waits for it.
    pub(in crate::app) fn ask(&mut self, task: TaskId, out: &mut Vec<Effect>) {
        *self = Self { asked: Some(task), left: Vec::new() };
        out.push(Effect::ReadUnfinished(task));
    }

    /// The answer to [`Effect::ReadUnfinished`]. Whether it says anything.
    pub(in crate::app) fn told(&mut self, task: TaskId, left: Vec<Left>) -> bool {
        let awaited = self.asked == Some(task);
        if awaited {
            *self = Self { asked: None, left };
        }
        awaited && !self.left.is_empty()
    }

    /// It was looked at. Whether there was something.
    pub(in crate::app) fn dismiss(&mut self) -> bool {
        !std::mem::take(&mut self.left).is_empty()
    }
}

/// What is said of it above every screen: what goes on from here is no broken-off run.
#[must_use]
pub fn banner(model: &Model) -> Option<Banner> {
    let goes_on = |left: &&Left| model.runs.all().any(|run| run.plan.digest() == left.plan && run.ended.is_none());
    let left: Vec<&Left> = model.session.left.left.iter().filter(|left| !goes_on(left)).collect();
    let last = left.last()?;
    let key = model.session.setup.bindings.keys(Context::Global, CommandId::Journal).next();
    let key = key.map(|key| format!(" ({key} shows it)")).unwrap_or_default();
    let more = match left.len() {
        1 => String::new(),
        count => format!("; {} more", count - 1),
    };
    let Left { title, user, begun, .. } = last;
    let ago = age::coarse(*begun, model.session.now);
    let text = format!("not finished{key}: {title}, begun {ago} ago by {user}{more}");
    Some(Banner { text, error: true, follows: false })
}

/// What became of a run that was broken off and what can be done about it, by what is stored of its release now.
pub(super) fn advised(broken: &BrokenOff, deed: &Deed, session: &Session) -> Advice {
    let now = match release(broken, session) {
        _ if Some(&deed.context) != session.context().as_ref() => Now::unknown("it was done on another context"),
        None => Now::unknown("its release is not in the list any more"),
        Some(release) => {
            let stored = session.catalog.revisions(&release.id);
            let mut stored: Vec<_> = stored.map(|stored| (stored.revision.get(), stored.status.clone())).collect();
            stored.sort_by_key(|(revision, _)| Reverse(*revision));
            Now { stored: Ok(stored), ..Now::unknown("") }
        }
    };
    advice(broken, &now)
}

/// Its release, as it is listed.
pub(super) fn release(broken: &BrokenOff, session: &Session) -> Option<Release> {
    let named = |release: &&Release| format!("{}/{}", release.namespace, release.id.name) == broken.release;
    session.rows.iter().map(|row| &row.release).find(named).cloned()
}
