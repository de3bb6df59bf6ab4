//! Runs of plans, as far as they were told. A run goes on whatever screen is shown, and whichever context is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::many::runs::RunOfMany;
use crate::app::TaskId;
use crate::plan::{Ended, News, Plan, StepId, StepOutcome};
use crate::release::ReleaseId;

/// Every run that somebody may still want to see.
#[derive(Debug, Default)]
pub struct Runs {
    all: Vec<Run>,
    many: Vec<RunOfMany>,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Which.
    pub task: TaskId,
    /// Of which run of many releases it is a row, and which of its rows.
    pub of: Option<(TaskId, usize)>,
    /// Of which release.
    pub release: ReleaseId,
    /// In which context.
    pub context: String,
    /// What is done.
    pub plan: Arc<Plan>,
    /// Since when.
    pub began: Timestamp,
    /// What was told of its steps.
    pub steps: BTreeMap<StepId, Progress>,
    /// It was asked to stop.
    pub is_stopping: bool,
    /// How it ended, and when.
    pub ended: Option<(Ended, Timestamp)>,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    Begun {
        /// Since when.
        since: Timestamp,
        /// What is seen meanwhile; may be empty.
        seen: String,
        /// When it is given up.
        until: Option<Timestamp>,
    },
    /// It ended.
    Ended(StepOutcome),
}

impl Runs {
    /// A run.
    #[must_use]
    pub fn get(&self, task: TaskId) -> Option<&Run> {
        self.all.iter().find(|run| run.task == task)
    }

    /// The run of a release that has not ended.
    #[must_use]
    pub fn going_on(&self, context: &str, release: &ReleaseId) -> Option<&Run> {
        self.all.iter().find(|run| run.ended.is_none() && run.context == context && run.release == *release)
    }

    /// Every run, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Run> {
        self.all.iter()
    }

    /// Forgets what has ended. Whether there was something.
    pub(in crate::app) fn dismiss(&mut self) -> bool {
        let before = (self.all.len(), self.many.len());
        self.many.retain(|run| run.ended.is_none());
        self.all.retain(|run| {
            run.ended.is_none() || run.of.is_some_and(|(task, _)| self.many.iter().any(|many| many.task == task))
        });
        (self.all.len(), self.many.len()) != before
    }

    /// A run of many releases.
    #[must_use]
    pub fn many(&self, task: TaskId) -> Option<&RunOfMany> {
        self.many.iter().find(|run| run.task == task)
    }

    /// The run of many releases that has not ended, and in which one of them has no result yet.
    #[must_use]
    pub fn many_going_on(&self, context: &str, release: &ReleaseId) -> Option<&RunOfMany> {
        self.many.iter().find(|run| run.ended.is_none() && run.context == context && run.is_open(release))
    }

    /// Every run of many releases, the oldest first.
    pub fn all_of_many(&self) -> impl Iterator<Item = &RunOfMany> {
        self.many.iter()
    }

    /// The runs of the rows of one run of many, by row.
    #[must_use]
    pub fn rows_of(&self, task: TaskId) -> BTreeMap<usize, &Run> {
        let row = |run| match run {
            &Run { of: Some((of, place)), .. } if of == task => Some((place, run)),
            _ => None,
        };
        self.all.iter().filter_map(row).collect()
    }

    /// How many have not ended.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.iter().filter(|run| run.ended.is_none()).count()
    }

    pub(super) fn begin(&mut self, run: Run) {
        self.all.push(run);
    }

    pub(super) fn begin_many(&mut self, run: RunOfMany) {
        self.many.push(run);
    }

    pub(super) fn many_mut(&mut self, task: TaskId) -> Option<&mut RunOfMany> {
        self.many.iter_mut().find(|run| run.task == task)
    }

    /// Takes in what happened to a row of a run of many; what begins with it is `task`. Whether it is known.
    pub(super) fn take(&mut self, many: TaskId, place: usize, news: News, task: TaskId, now: Timestamp) -> bool {
        let Some(run) = self.many.iter_mut().find(|run| run.task == many) else { return false };
        let is_new = !self.all.iter().any(|run| run.of == Some((many, place)));
        let begun = run.take(place, &news, now).filter(|_| is_new).map(|run| Run { task, ..run });
        self.all.extend(begun);
        if let Some(run) = self.all.iter_mut().find(|run| run.of == Some((many, place))) {
            run.take(news, now);
        }
        true
    }

    /// Forgets a run of many that ended, with its rows: nobody looks at it any more.
    pub(super) fn forget_many(&mut self, task: TaskId) {
        if self.many(task).is_some_and(|run| run.ended.is_some()) {
            self.many.retain(|run| run.task != task);
            self.all.retain(|run| run.of.is_none_or(|(of, _)| of != task));
        }
    }

    pub(super) fn get_mut(&mut self, task: TaskId) -> Option<&mut Run> {
        self.all.iter_mut().find(|run| run.task == task)
    }

    /// Forgets a run that ended: nobody looks at it any more. A row of many is kept as long as these are.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.all.retain(|run| run.task != task || run.ended.is_none() || run.of.is_some());
    }
}

impl Run {
    /// Takes in what happened.
    pub(super) fn take(&mut self, news: News, now: Timestamp) {
        match news {
            News::Began(id) => {
                self.steps.insert(id, Progress::Begun { since: now, seen: String::new(), until: None });
            }
            News::Waiting(id, seen, left) => {
                let since = match self.steps.get(&id) {
                    Some(Progress::Begun { since, .. }) => *since,
                    Some(Progress::Ended(_)) | None => now,
                };
                let until = left.and_then(|left| now.checked_add(SignedDuration::from_secs(left.into())).ok());
                self.steps.insert(id, Progress::Begun { since, seen, until });
            }
            News::Ended(id, outcome) => {
                self.steps.insert(id, Progress::Ended(outcome));
            }
            News::Over(ended) => self.ended = Some((ended, now)),
        }
    }

    /// Which step goes on, and what is seen meanwhile.
    #[must_use]
    pub fn in_short(&self) -> String {
        let begun = self.steps.iter().rev().find_map(|(id, progress)| match progress {
            Progress::Begun { seen, .. } => Some((*id, seen.as_str())),
            Progress::Ended(_) => None,
        });
        match begun {
            Some((id, "")) => super::number(&self.plan, id),
            Some((id, seen)) => format!("{}: {seen}", super::number(&self.plan, id)),
            None => String::new(),
        }
    }

    /// The step that goes on, since when, and when it is given up.
    #[must_use]
    pub fn step(&self) -> Option<(StepId, Timestamp, Option<Timestamp>)> {
        self.steps.iter().rev().find_map(|(id, progress)| match progress {
            Progress::Begun { since, until, .. } => Some((*id, *since, *until)),
            Progress::Ended(_) => None,
        })
    }
}
