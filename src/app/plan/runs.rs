//! Runs of plans, as far as they were told. A run goes on whatever screen is shown, and whichever context is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::app::TaskId;
use crate::plan::{Ended, News, Plan, StepId, StepOutcome};
use crate::release::ReleaseId;

/// Every run that somebody may still want to see.
#[derive(Debug, Default)]
pub struct Runs {
    all: Vec<Run>,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Which.
    pub task: TaskId,
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
        let before = self.all.len();
        self.all.retain(|run| run.ended.is_none());
        self.all.len() < before
    }

    /// How many have not ended.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.iter().filter(|run| run.ended.is_none()).count()
    }

    pub(super) fn begin(&mut self, run: Run) {
        self.all.push(run);
    }

    pub(super) fn get_mut(&mut self, task: TaskId) -> Option<&mut Run> {
        self.all.iter_mut().find(|run| run.task == task)
    }

    /// Forgets a run that ended: nobody looks at it any more.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.all.retain(|run| run.task != task || run.ended.is_none());
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

    /// The step that goes on, since when, and when it is given up.
    #[must_use]
    pub fn step(&self) -> Option<(StepId, Timestamp, Option<Timestamp>)> {
        self.steps.iter().rev().find_map(|(id, progress)| match progress {
            Progress::Begun { since, until, .. } => Some((*id, *since, *until)),
            Progress::Ended(_) => None,
        })
    }
}
