//! What an open release waits for, as it comes: payloads, documents, owners, drift.

use std::sync::Arc;

use super::{State, live};
use crate::app::TaskId;
use crate::app::document::search::Matches;
use crate::app::document::{Colours, Document};
use crate::app::drift::Drifted;
use crate::app::loadable::Loadable;
use crate::app::owners::Known;
use crate::app::session::Session;
use crate::diff::End;
use crate::release::payload::Payload;
use crate::release::{Problem, ProblemKind, StoredRef};

impl State {
    pub(in crate::app) fn payload_asked(&mut self, task: TaskId, object: &StoredRef) {
        if self.payload_of.as_ref() == Some(object) {
            self.payload = Loadable::Loading(task);
        }
    }

    pub(in crate::app) fn payload_came(
        &mut self,
        task: TaskId,
        object: &StoredRef,
        result: &Result<Arc<Payload>, Problem>,
    ) {
        if self.payload_of.as_ref() != Some(object) {
            self.telling.insert(object.clone(), result.clone());
        }
        if self.payload.awaits(task) {
            self.payload = match result {
                Ok(payload) => Loadable::Ready(Arc::clone(payload)),
                Err(problem) => Loadable::Failed(problem.clone()),
            };
        }
    }

    /// The payloads that were read.
    pub(in crate::app) fn payloads(&self) -> impl Iterator<Item = (&StoredRef, &Arc<Payload>)> {
        let others = self.telling.iter().filter_map(|(object, result)| Some((object, result.as_ref().ok()?)));
        let shown = self.payload_of.iter().filter_map(|object| Some((object, self.payload.ready()?)));
        others.chain(self.latest.iter().map(|(object, payload)| (object, payload))).chain(shown)
    }

    /// The objects as they are, to be compared, once every one was looked at; or why they never will be.
    pub(in crate::app) fn live_end(&self, session: &Session) -> Option<Result<End, Problem>> {
        let (release, parts) = (&session.row(&self.id)?.release, self.parts.as_ref()?);
        if release.remote() {
            let problem = Problem::new(ProblemKind::Other, "its objects are on another cluster");
            return Some(Err(problem.hint("other sides can be chosen with < and >")));
        }
        let written = live::written(release, self.latest.as_ref(), &self.telling, session);
        let (rows, _) = live::objects(release, parts, session);
        if let Some((subject, unseen)) = live::seen(release, parts, written, session, &rows) {
            return Some(Ok(End::Live(Arc::new(subject), unseen)));
        }
        match (&self.latest, &self.payload, self.told_latest(session)) {
            (None, Loadable::Failed(problem), _) | (None, _, Some((_, Err(problem)))) => Some(Err(problem.clone())),
            (..) => None,
        }
    }

    /// Whether it was awaited.
    pub(in crate::app) fn prepared(&mut self, task: TaskId, document: &Arc<Document>) -> bool {
        self.panes().into_iter().any(|pane| pane.prepared(task, document))
    }

    /// Whether they were awaited.
    pub(in crate::app) fn highlighted(&mut self, task: TaskId, colours: &Arc<Colours>) -> bool {
        self.panes().into_iter().any(|pane| pane.highlighted(task, colours))
    }

    /// Whether they were awaited.
    pub(in crate::app) fn found(&mut self, task: TaskId, matches: &Arc<Matches>) -> bool {
        self.panes().into_iter().any(|pane| pane.found(task, matches))
    }

    /// Whether it was awaited.
    pub(in crate::app) fn owned(&mut self, task: TaskId, known: &Arc<Known>) -> bool {
        let awaited = self.owners.owned(task, known);
        self.old |= awaited;
        awaited
    }

    /// Whether it was awaited.
    pub(in crate::app) fn compared(&mut self, task: TaskId, known: &Arc<Drifted>) -> bool {
        let awaited = self.drift.compared(task, known);
        self.old |= awaited;
        awaited
    }

    /// Whether it was awaited.
    pub(in crate::app) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        self.drift.broken(task, problem)
            || self.tree.broken(task, problem)
            || self.owners.broken(task, problem)
            || self.panes().into_iter().any(|pane| pane.broken(task, problem))
    }

    /// Lets what failed be asked for again, and says what that is.
    pub(in crate::app) fn retry(&mut self, session: &Session) -> Vec<StoredRef> {
        let mut failed = self.history.failed(session, &self.id);
        self.telling.retain(|_, result| result.is_ok());
        self.owners.retry();
        self.drift.retry();
        self.tree.retry();
        self.old = true;
        if let (Loadable::Failed(_), Some(object)) = (&self.payload, &self.payload_of) {
            failed.push(object.clone());
            self.payload = Loadable::Idle;
        }
        failed
    }
}
