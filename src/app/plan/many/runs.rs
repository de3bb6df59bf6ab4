//! A run of one action on many releases, as far as it was told.

use jiff::Timestamp;

use super::Item;
use crate::app::TaskId;
use crate::app::connection::Banner;
use crate::app::plan::runs::Run;
use crate::plan::many::{Progress, WORST_FIRST};
use crate::plan::{Action, Many, News, Outcome};
use crate::release::ReleaseId;

/// One run of many.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOfMany {
    /// Which.
    pub task: TaskId,
    /// In which context.
    pub context: String,
    /// What is done.
    pub action: Action,
    /// Every release, also those of which there is no plan.
    pub items: Vec<Item>,
    /// Which of them each row is.
    pub places: Vec<usize>,
    /// How far each row is.
    pub many: Many,
    /// Since when.
    pub began: Timestamp,
    /// It was asked to stop.
    pub is_stopping: bool,
    /// When each had its result.
    pub ended: Option<Timestamp>,
}

impl RunOfMany {
    /// Takes in what happened to a row. Returns the run of the row as it begins, unless nothing of it was begun.
    pub(in crate::app::plan) fn take(&mut self, place: usize, news: &News, now: Timestamp) -> Option<Run> {
        let row = self.many.rows.get_mut(place)?;
        let item = self.items.get(*self.places.get(place)?)?;
        let is_begun = match news {
            News::Over(ended) => {
                row.progress = Progress::Over(ended.clone());
                false
            }
            News::Began(_) | News::Waiting(..) | News::Ended(..) => {
                row.progress = Progress::Running;
                true
            }
        };
        let run = is_begun.then(|| Run {
            task: self.task,
            of: Some((self.task, place)),
            release: item.release.id.clone(),
            context: self.context.clone(),
            plan: row.plan.clone(),
            began: now,
            steps: [].into(),
            is_stopping: false,
            ended: None,
        });
        if self.many.is_over() && self.ended.is_none() {
            self.ended = Some(now);
        }
        run
    }

    /// The row of an item; `None` where there is no plan of it.
    #[must_use]
    pub fn row_of(&self, item: usize) -> Option<usize> {
        self.places.iter().position(|place| *place == item)
    }

    /// Whether a release has no result yet.
    #[must_use]
    pub fn is_open(&self, release: &ReleaseId) -> bool {
        let is_its = |place: &usize| self.items.get(*place).is_some_and(|item| item.release.id == *release);
        let open =
            self.many.rows.iter().zip(&self.places).filter(|(row, _)| !matches!(row.progress, Progress::Over(_)));
        open.map(|(_, place)| place).any(is_its)
    }

    /// How many ended in a way. Of which there is no plan, that was refused.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        let unplanned =
            if outcome == Outcome::Refused { self.items.len().saturating_sub(self.places.len()) } else { 0 };
        self.many.count(outcome).saturating_add(unplanned)
    }

    /// What is said of it above other screens.
    pub(in crate::app::plan) fn banner(&self) -> Banner {
        let counts = WORST_FIRST.iter().map(|outcome| (*outcome, self.count(*outcome))).filter(|(_, count)| *count > 0);
        let (mut said, mut error) = (Vec::new(), false);
        for (outcome, count) in counts {
            said.push(format!("{count} {outcome}"));
            // What is refused was said before the yes.
            error |= match outcome {
                Outcome::Failed | Outcome::Unknown | Outcome::Stopped => true,
                Outcome::Refused | Outcome::Done => false,
            };
        }
        let (what, said) = (self.action.of_many(self.items.len()), said.join(", "));
        let text = match (self.ended, said.as_str()) {
            (Some(_), said) => format!("{what}: {said}"),
            (None, "") => format!("running: {what}"),
            (None, said) => format!("running: {what}, {said}"),
        };
        Banner { text, error, follows: false }
    }
}
