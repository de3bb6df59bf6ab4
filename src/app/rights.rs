//! What the present user may do, as far as it was asked: once for each right of a context, until somebody asks for it anew.

use std::collections::BTreeMap;

use crate::plan::Action;
use crate::plan::action::Rollback;
use crate::plan::needs::{Need, needs};
use crate::release::Release;

use super::command::CommandId;
use super::plan::menu::ACTIONS;
use super::session::Session;
use super::{Effect, TaskId};

/// What the API server said.
#[derive(Debug, Default)]
pub struct Rights {
    /// Whether the user has it.
    known: BTreeMap<Need, bool>,
    asking: Option<TaskId>,
}

/// What is known of one need; nothing where that could not be asked.
pub type Answers = Vec<(Need, Option<bool>)>;

impl Rights {
    /// The first right that is known to be missing.
    #[must_use]
    pub fn missing(&self, needs: &[Need]) -> Option<&Need> {
        self.known.iter().find(|(need, is_given)| !**is_given && needs.contains(need)).map(|(need, _)| need)
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// Forgets everything: it is another user, or rights may have been given since.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The answer to [`Effect::Review`]. Whether it was awaited.
    pub(super) fn told(&mut self, task: TaskId, answers: Answers) -> bool {
        let awaited = self.asking == Some(task);
        if awaited {
            self.asking = None;
            self.known.extend(answers.into_iter().filter_map(|(need, is_given)| Some((need, is_given?))));
        }
        awaited
    }
}

/// Asks for what the actions on a release need and nobody asked for yet.
pub(super) fn ask(session: &mut Session, release: &Release, out: &mut Vec<Effect>) {
    let mut wanted: Vec<Need> = ACTIONS.iter().flat_map(|id| of(*id, release)).collect();
    wanted.retain(|need| !session.rights.known.contains_key(need));
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() || session.server.is_none() {
        return;
    }
    let task = session.next_task();
    session.rights.asking = Some(task);
    out.push(Effect::Review(task, wanted));
}

/// What a command that acts needs in any case.
pub(super) fn of(id: CommandId, release: &Release) -> Vec<Need> {
    let action = match id {
        CommandId::Reconcile => Action::Reconcile { with_source: false },
        CommandId::ReconcileSource => Action::Reconcile { with_source: true },
        CommandId::Reset => Action::Reset,
        CommandId::Force => Action::Force,
        CommandId::SuspendRelease => Action::Resume,
        CommandId::RollBack => Action::Rollback(Rollback::default()),
        CommandId::Unlock => Action::Unlock,
        _ => return Vec::new(),
    };
    needs(&action, release)
}

/// What is missing, as a reason of a command: one of the few that [`needs`] knows.
pub(super) fn reason(need: &Need) -> &'static str {
    match (need.right.verb, need.right.resource.as_str()) {
        ("patch", "helmreleases") => "needs patch helmreleases.helm.toolkit.fluxcd.io",
        ("patch", "helmcharts") => "needs patch helmcharts.source.toolkit.fluxcd.io",
        ("patch", "ocirepositories") => "needs patch ocirepositories.source.toolkit.fluxcd.io",
        ("create", "secrets") => "needs create secrets",
        ("update", "secrets") => "needs update secrets",
        ("create", "configmaps") => "needs create configmaps",
        ("update", "configmaps") => "needs update configmaps",
        _ => "a right is missing",
    }
}
