//! Runs that did not come to their end.

use jiff::Timestamp;

use super::{By, Deed, Entry, Line};
use crate::plan::recovery::{BrokenOff, SentRequest};
use crate::plan::{Action, Ended, Outcome};

/// A run that did not come to its end, or of whose end nobody knows what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Which run.
    pub run: String,
    /// When it began.
    pub begun: Timestamp,
    /// Who ran it, and on which cluster.
    pub by: By,
    /// Digest of its plan.
    pub plan: String,
    /// The plan in a line.
    pub title: String,
    /// What it did.
    pub broken: BrokenOff,
    /// How it ended; `None` where it was broken off, or still runs.
    pub ended: Option<Ended>,
}

impl Unfinished {
    /// The process that ran it, by the name of the run. Another one may bear its number by now.
    #[must_use]
    pub fn process(&self) -> Option<i32> {
        self.run.rsplit_once('-')?.1.parse().ok()
    }
}

/// The runs that are to be seen to, the oldest first: without an end, or stopped, or of unknown result; unless a later run of the
/// same release came to its end that saw to it.
#[must_use]
pub fn unfinished(lines: &[Line]) -> Vec<Unfinished> {
    let mut runs: Vec<Unfinished> = Vec::new();
    for line in lines {
        let entry = match line {
            Line::Entry(entry) => entry,
            Line::Newer(_) | Line::Damaged { .. } => continue,
        };
        take(&mut runs, entry);
    }
    runs
}

fn take(runs: &mut Vec<Unfinished>, entry: &Entry) {
    match &entry.deed {
        Deed::Reveal { .. } => {}
        Deed::Begin { run, plan, release, action, title } => runs.push(Unfinished {
            run: run.clone(),
            begun: entry.time,
            by: entry.by.clone(),
            plan: plan.clone(),
            title: title.clone(),
            broken: BrokenOff { action: action.clone(), release: release.clone(), sent: Vec::new() },
            ended: None,
        }),
        Deed::Send { run, step, request, object } => {
            if let Some(found) = runs.iter_mut().find(|found| found.run == *run) {
                // A request that is sent again takes the place of what was sent before.
                found.broken.sent.retain(|sent| sent.step != *step);
                let (request, object) = (request.clone(), object.clone());
                found.broken.sent.push(SentRequest { step: *step, request, object, outcome: None });
            }
        }
        Deed::Step { run, step, outcome } => {
            let found = runs.iter_mut().find(|found| found.run == *run);
            let sent = found.and_then(|found| found.broken.sent.iter_mut().find(|sent| sent.step == *step));
            if let Some(sent) = sent {
                sent.outcome = Some(outcome.clone());
            }
        }
        Deed::End { run, ended } => {
            let Some(place) = runs.iter().position(|found| found.run == *run) else { return };
            match ended.outcome {
                Outcome::Stopped | Outcome::Unknown => {
                    if let Some(found) = runs.get_mut(place) {
                        found.ended = Some(ended.clone());
                    }
                }
                Outcome::Refused => {
                    runs.remove(place);
                }
                Outcome::Done | Outcome::Failed => {
                    let over = runs.remove(place);
                    let is_same = |other: &Unfinished| {
                        other.broken.release == over.broken.release
                            && other.by.server == over.by.server
                            && sees_to(&over.broken.action, &other.broken.action)
                    };
                    let mut at = 0;
                    runs.retain(|other| {
                        at += 1;
                        at > place || !is_same(other)
                    });
                }
            }
        }
    }
}

/// Whether a run of the one that came to its end leaves nothing to be done of the other.
fn sees_to(later: &Action, earlier: &Action) -> bool {
    match (later, earlier) {
        // Its revision is not pending any more; its objects are as they were left.
        (Action::Unlock, Action::Rollback(_)) => false,
        (Action::Disown { .. }, Action::Disown { .. }) => later == earlier,
        (Action::Disown { .. }, _) | (_, Action::Disown { .. }) => false,
        (
            Action::Reconcile { .. }
            | Action::Reset
            | Action::Force
            | Action::Suspend { .. }
            | Action::Resume
            | Action::Rollback(_)
            | Action::Unlock,
            Action::Reconcile { .. }
            | Action::Reset
            | Action::Force
            | Action::Suspend { .. }
            | Action::Resume
            | Action::Rollback(_)
            | Action::Unlock,
        ) => true,
    }
}
