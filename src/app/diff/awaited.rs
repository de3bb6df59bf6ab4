//! What a comparison asks for, and waits for: payloads, tried writes, what differs, how that is laid out.

use std::sync::Arc;

use strum::IntoEnumIterator as _;

use super::State;
use super::ends::{self, Point};
use super::sheet::Sheet;
use crate::app::document::Stored;
use crate::app::loadable::Loadable;
use crate::app::session::Session;
use crate::app::{Effect, TaskId};
use crate::diff::{Asked, Diff, End, Outcomes, Part, Progress};
use crate::release::mask::Masker;
use crate::release::payload::{Payload, Revision};
use crate::release::{Problem, Query, StoredRef};

impl State {
    /// The payloads that are wanted, the old side first.
    pub(in crate::app) fn wanted(&self, session: &Session) -> Vec<Query> {
        let unread = |point: Point| point.revision().filter(|revision| !self.read.contains_key(revision));
        let wanted = [self.pair.old, self.pair.new].into_iter().filter_map(unread);
        wanted.filter_map(|revision| ends::object(session, &self.id, revision)).map(Query::Payload).collect()
    }

    pub(in crate::app) fn payload_came(
        &mut self,
        session: &Session,
        object: &StoredRef,
        result: &Result<Arc<Payload>, Problem>,
    ) {
        let is_it = |revision: &Revision| ends::object(session, &self.id, *revision).as_ref() == Some(object);
        let found = [self.pair.old, self.pair.new].into_iter().filter_map(Point::revision).find(is_it);
        if let Some(revision) = found {
            self.read.insert(revision, (object.clone(), result.clone()));
        }
    }

    /// Whether it was awaited.
    pub(in crate::app) fn tried(&mut self, task: TaskId, result: &Result<Outcomes, Problem>) -> bool {
        let Some(tried) = self.dry_runs.values_mut().find(|tried| tried.awaits(task)) else { return false };
        *tried = match result {
            Ok(outcomes) => Loadable::Ready(Arc::clone(outcomes)),
            Err(problem) => Loadable::Failed(problem.clone()),
        };
        true
    }

    /// Whether it was awaited.
    pub(in crate::app) fn progressed(&mut self, task: TaskId, progress: Progress) -> bool {
        match &mut self.running {
            Some((running, _, told)) if *running == task => {
                *told = Some(progress);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Whether it was awaited.
    pub(in crate::app) fn diffed(&mut self, task: TaskId, diff: &Arc<Diff>) -> bool {
        let Some((_, asked, _)) = self.running.take_if(|(running, ..)| *running == task) else { return false };
        (self.asked, self.problem) = (Some(asked), None);
        (self.diff, self.is_sheet_old) = (Some(Arc::clone(diff)), true);
        true
    }

    /// Whether it was awaited.
    pub(in crate::app) fn laid(&mut self, task: TaskId, sheet: &Arc<Sheet>) -> bool {
        if self.laying.take_if(|laying| *laying == task).is_none() {
            return false;
        }
        if !std::mem::replace(&mut self.is_begun, true) {
            let first = Part::iter().find(|part| sheet.count(*part) > 0);
            self.part = first.unwrap_or(Part::Manifest);
        }
        self.sheet = Some(Arc::clone(sheet));
        self.is_page_old = true;
        true
    }

    /// Whether it was awaited.
    pub(in crate::app) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        if let Some((_, asked, _)) = self.running.take_if(|(running, ..)| *running == task) {
            (self.asked, self.problem) = (Some(asked), Some(problem.clone()));
            return true;
        }
        let awaited =
            self.laying.take_if(|laying| *laying == task).is_some() || self.tried(task, &Err(problem.clone()));
        if awaited {
            self.problem = Some(problem.clone());
        }
        awaited
    }

    /// Lets what failed be tried again.
    pub(in crate::app) fn retry(&mut self) -> Vec<StoredRef> {
        let failed = self.read.values().filter(|(_, result)| result.is_err()).map(|(object, _)| object.clone());
        let failed = failed.collect();
        self.read.retain(|_, (_, result)| result.is_ok());
        self.dry_runs.retain(|_, tried| !matches!(tried, Loadable::Failed(_)));
        if self.problem.take().is_some() {
            (self.asked, self.is_live_old) = (None, true);
        }
        failed
    }

    /// Has the writes tried that are compared.
    pub(super) fn try_writes(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        for point in [self.pair.old, self.pair.new] {
            let Point::DryRun(revision) = point else { continue };
            let (Some((_, Ok(payload))), Some(row)) = (self.read.get(&revision), session.row(&self.id)) else {
                continue;
            };
            if self.dry_runs.contains_key(&revision) {
                continue;
            }
            let (release, payload) = (Arc::new(row.release.clone()), Stored(Arc::clone(payload)));
            let task = session.next_task();
            self.dry_runs.insert(revision, Loadable::Loading(task));
            out.push(Effect::TryWrites(task, release, payload));
        }
    }

    pub(super) fn compare(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        let end = |point: Point| -> Option<End> {
            let payload = |revision| match self.read.get(&revision) {
                Some((_, Ok(payload))) => Some(Arc::clone(payload)),
                Some((_, Err(_))) | None => None,
            };
            match point {
                Point::Revision(revision) => payload(revision).map(End::Revision),
                Point::Defaults(revision) => payload(revision).map(End::Defaults),
                Point::Live => self.live.clone(),
                Point::DryRun(revision) => {
                    let outcomes = self.dry_runs.get(&revision).and_then(Loadable::ready)?;
                    Some(End::DryRun(payload(revision)?, Arc::clone(outcomes)))
                }
            }
        };
        let (Some(old), Some(new), None) = (end(self.pair.old), end(self.pair.new), &self.running) else { return };
        let parts = Part::iter()
            .filter(|part| [self.pair.old, self.pair.new].into_iter().all(|point| point.parts().contains(part)));
        let asked = Asked {
            old,
            new,
            parts: parts.collect(),
            rules: Arc::clone(&session.setup.noise),
            masker: Masker::new(session.setup.secrets.clone()),
        };
        if self.asked.as_ref() != Some(&asked) {
            let task = session.next_task();
            out.push(Effect::Diff(task, Box::new(asked.clone())));
            self.running = Some((task, asked, None));
        }
    }
}
