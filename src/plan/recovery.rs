//! What to do about a run that was broken off: by its journal, and by what is stored of the release now.

use serde::Serialize;

use super::action::{Action, Rollback};
use super::outcome::StepOutcome;
use crate::ownership::undo::quoted;
use crate::release::payload::ReleaseStatus;

/// A run that did not come to its end, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenOff {
    /// What was asked.
    pub action: Action,
    /// Namespace and name of the release.
    pub release: String,
    /// The requests that were sent or were about to be, in their order.
    pub sent: Vec<SentRequest>,
}

/// A request of such a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentRequest {
    /// Number of its step.
    pub step: usize,
    /// The request in a line.
    pub request: String,
    /// How the step ended; `None` where that was not noted any more: it may have been done or not.
    pub outcome: Option<StepOutcome>,
}

/// The newest stored revision of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// Its number.
    pub revision: u32,
    /// Its status.
    pub status: ReleaseStatus,
    /// The newest revision that is deployed, if there is one.
    pub deployed: Option<u32>,
}

/// What happened, and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What was done and what may have been, a sentence each.
    pub explains: Vec<String>,
    /// What can be done, the best first. Each is planned anew, so that it meets the cluster as it is.
    pub offers: Vec<Offer>,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Which action.
    pub action: Action,
    /// What it is good for.
    pub says: String,
}

impl Offer {
    /// The command that does it for a release of this namespace and name: `wheelhouse` and this.
    #[must_use]
    pub fn command(&self, release: &str) -> String {
        let word = self.action.word();
        match &self.action {
            Action::Reconcile { with_source: true } => format!("{word} {release} --with-source"),
            Action::Reconcile { with_source: false }
            | Action::Reset
            | Action::Force
            | Action::Resume
            | Action::Unlock => format!("{word} {release}"),
            Action::Suspend { reason } => format!("{word} {release} --reason {}", quoted(reason)),
            Action::Rollback(Rollback { to, way, .. }) => {
                let to = to.map(|to| format!(" {to}")).unwrap_or_default();
                let way = way.map(|way| format!(" --way {way}")).unwrap_or_default();
                format!("{word} {release}{to}{way}")
            }
            Action::Disown { manager } => format!("{word} {release} --manager {}", quoted(manager)),
        }
    }
}

impl BrokenOff {
    /// The requests that are known to have done their work.
    pub fn done(&self) -> impl Iterator<Item = &SentRequest> {
        self.sent.iter().filter(|sent| match sent.outcome {
            Some(StepOutcome::Done(_)) => true,
            Some(StepOutcome::Skipped(_) | StepOutcome::Failed(_) | StepOutcome::Unknown(_)) | None => false,
        })
    }

    /// The requests of which nobody knows whether they did it.
    pub fn in_doubt(&self) -> impl Iterator<Item = &SentRequest> {
        self.sent.iter().filter(|sent| match sent.outcome {
            Some(StepOutcome::Unknown(_)) | None => true,
            Some(StepOutcome::Done(_) | StepOutcome::Skipped(_) | StepOutcome::Failed(_)) => false,
        })
    }
}

/// What to do about a run that was broken off. `newest` is what is stored now, where that was looked at.
#[must_use]
pub fn advice(broken: &BrokenOff, newest: Option<&Newest>) -> Advice {
    let mut explains = Vec::new();
    let (done, in_doubt) = (broken.done().count(), broken.in_doubt().count());
    if done + in_doubt == 0 {
        explains.push("nothing was written".to_owned());
    } else {
        explains.push(format!("{done} requests were done"));
    }
    explains.extend(broken.in_doubt().map(|sent| format!("it may have been done: {} {}", sent.step, sent.request)));
    if let Some(newest) = newest {
        explains.push(format!("the newest revision is {} now, {}", newest.revision, newest.status));
    }
    let again = |says: &str| Offer { action: broken.action.clone(), says: says.to_owned() };
    let offers = match &broken.action {
        Action::Reconcile { .. } | Action::Reset | Action::Force => {
            vec![again("ask again, with a new token: a second request does no harm")]
        }
        Action::Suspend { .. } | Action::Resume => vec![again("ask again: where it was done already, nothing changes")],
        Action::Disown { .. } => vec![again("go on: what is left to do is planned anew")],
        Action::Unlock => match newest {
            Some(newest) if !newest.status.is_pending() => Vec::new(),
            Some(_) | None => vec![again("unlock again")],
        },
        Action::Rollback(_) if done + in_doubt == 0 => vec![again("begin again")],
        Action::Rollback(options) => rollback(options, newest),
    };
    Advice { explains, offers }
}

fn rollback(options: &Rollback, newest: Option<&Newest>) -> Vec<Offer> {
    let to =
        |to: Option<u32>, says: String| Offer { action: Action::Rollback(Rollback { to, ..options.clone() }), says };
    let aim = options.to.map_or_else(|| "the same revision".to_owned(), |to| format!("revision {to}"));
    let mut offers = vec![to(options.to, format!("go on: roll back to {aim} as a new revision"))];
    let Some(newest) = newest else { return offers };
    if newest.status == ReleaseStatus::Deployed {
        // It came to its end after all, or somebody else has seen to it.
        return Vec::new();
    }
    if let Some(deployed) = newest.deployed.filter(|deployed| Some(*deployed) != options.to) {
        offers
            .push(to(Some(deployed), format!("reverse: roll back to revision {deployed}, which was deployed before")));
    }
    if newest.status.is_pending() {
        let says = format!("unlock: mark revision {} failed and leave the objects as they are", newest.revision);
        offers.push(Offer { action: Action::Unlock, says });
    }
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(outcomes: &[Option<StepOutcome>]) -> BrokenOff {
        let sent = outcomes.iter().enumerate().map(|(place, outcome)| SentRequest {
            step: place + 1,
            request: format!("patch thing {place}"),
            outcome: outcome.clone(),
        });
        BrokenOff {
            action: Action::Rollback(Rollback { to: Some(4), ..Rollback::default() }),
            release: "shop/web".to_owned(),
            sent: sent.collect(),
        }
    }

    fn check(broken: &BrokenOff, newest: Option<(ReleaseStatus, Option<u32>)>, explains: &[&str], offers: &[&str]) {
        let newest = newest.map(|(status, deployed)| Newest { revision: 6, status, deployed });
        let advice = advice(broken, newest.as_ref());
        assert_eq!(advice.explains, explains);
        let told: Vec<String> = advice.offers.iter().map(|offer| offer.command(&broken.release)).collect();
        assert_eq!(told, offers);
    }

    #[test]
    fn what_was_broken_off_is_explained_and_can_be_gone_on_with() {
        let done = || Some(StepOutcome::Done(String::new()));
        check(&broken(&[]), None, &["nothing was written"], &["rollback shop/web 4"]);
        let failed = broken(&[Some(StepOutcome::Failed("forbidden".to_owned()))]);
        check(&failed, None, &["nothing was written"], &["rollback shop/web 4"]);
        let halfway = broken(&[done(), None]);
        let explains = ["1 requests were done", "it may have been done: 2 patch thing 1"];
        check(&halfway, None, &explains, &["rollback shop/web 4"]);
        check(
            &halfway,
            Some((ReleaseStatus::PendingRollback, Some(5))),
            &[explains[0], explains[1], "the newest revision is 6 now, pending-rollback"],
            &["rollback shop/web 4", "rollback shop/web 5", "unlock shop/web"],
        );
        check(
            &halfway,
            Some((ReleaseStatus::Deployed, Some(6))),
            &[explains[0], explains[1], "the newest revision is 6 now, deployed"],
            &[],
        );
    }
}
