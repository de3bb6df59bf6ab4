//! What a controller of Flux makes of a request, read from the object as it changes: who waits shows it, and knows when it is over.
//!
//! Pure: fed with the object as often as somebody looks, and with the seconds since the first look. States in between may be
//! missed: what counts is read from tokens, which stay.
//!
//! Sources: fluxcd/helm-controller v1.6.3 `internal/controller/helmrelease_controller.go` (`lastHandledReconcileAt` is written
//! when a reconcile ends, suspended or not), `internal/reconcile/atomic_release.go` (messages of Reconciling, Stalled);
//! fluxcd/flux2 v2.9 `cmd/flux/reconcile.go`, `readiness.go` (what ends the wait).

use jiff::SignedDuration;
use serde_json::Value;

use crate::health::why::{self, span};
use crate::plan::StepOutcome;
use crate::plan::step::Demand;
use crate::release::flux::{Condition, HelmRelease};

/// How long a controller may write nothing, in seconds: it looks at a request within one, unless it is busy.
pub const PATIENCE: u32 = 60;
/// How long what an action needs may be missing after the reconcile has ended, in seconds: charts are fetched in less.
const FETCHING: u32 = 20;

/// What is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// A token is handled.
    Token {
        /// The token.
        token: String,
        /// What was asked with it.
        demand: Demand,
        /// `status.lastHandledReconcileAt` before it.
        before: String,
    },
    /// The newest generation is reconciled.
    Generation,
}

/// What is seen at a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It goes on: what is done, and how many seconds are left for that, where it is said.
    Waiting(String, Option<u32>),
    /// The controller has written nothing for so long that it may not run.
    Silent,
    /// It is over.
    Over(StepOutcome),
}

/// The following of one request.
#[derive(Debug, Clone)]
pub struct Follow {
    until: Until,
    /// After so many seconds nobody waits any more.
    timeout: u32,
    /// The status as it was last seen, and since when.
    status: Option<(Value, u32)>,
    /// What ran at the first look: it was begun before the request, unless something says otherwise.
    ran_before: Option<String>,
    /// Something was done since the first look that was not begun before it.
    has_begun: bool,
    /// What the controller says that it runs, and since when.
    running: Option<(String, u32)>,
    /// The revision at the first look.
    revision: Option<u32>,
    /// Since when a reconcile that has ended lacks something.
    lacks: Option<u32>,
    is_first: bool,
}

impl Follow {
    /// To be fed from now on, for at most so many seconds.
    #[must_use]
    pub fn new(until: Until, timeout: u32) -> Self {
        Self {
            until,
            timeout,
            status: None,
            ran_before: None,
            has_begun: false,
            running: None,
            revision: None,
            lacks: None,
            is_first: true,
        }
    }

    /// A look at the object as the server has it, so many seconds after the first.
    pub fn look(&mut self, object: &Value, at: u32) -> Sight {
        let read = match HelmRelease::read(object) {
            Ok(read) => read,
            Err(problem) => return failed(problem.cause),
        };
        self.note(object, &read, at);
        if read.deleting.is_some() {
            return failed("it is being deleted");
        }
        let is_handled = match self.handled(&read) {
            Ok(is_handled) => is_handled,
            Err(why) => return failed(why),
        };
        if is_handled { self.settling(&read, at) } else { self.awaiting(&read, at) }
    }

    /// Takes in what changed.
    fn note(&mut self, object: &Value, read: &HelmRelease, at: u32) {
        let status = object.get("status").cloned().unwrap_or_default();
        if self.status.as_ref().is_none_or(|(last, _)| *last != status) {
            self.status = Some((status, at));
        }
        let running = why::running(read).map(|_| message(read));
        if self.is_first {
            self.is_first = false;
            self.ran_before.clone_from(&running);
            self.revision = read.history.first().map(|newest| newest.revision.get());
        } else if self.ran_before != running {
            self.ran_before = None;
        }
        self.has_begun |= self.ran_before.is_none() && read.condition("Reconciling").is_some_and(Condition::is_true);
        match running {
            Some(message) if self.running.as_ref().is_some_and(|(last, _)| *last == message) => {}
            running => self.running = running.map(|message| (message, at)),
        }
    }

    /// Whether the request is handled; or why it never will be.
    fn handled(&self, read: &HelmRelease) -> Result<bool, String> {
        let Until::Token { token, demand, before } = &self.until else {
            if read.suspended {
                return Err("it was suspended meanwhile".to_owned());
            }
            return Ok(read.generation.is_some() && read.observed_generation == read.generation || ended(read));
        };
        let (handled, requested) = (read.last_handled_reconcile_at.as_deref(), read.requested_at.as_deref());
        let taken = match demand {
            Demand::Reconcile => handled,
            Demand::Reset => read.last_handled_reset_at.as_deref(),
            Demand::Force => read.last_handled_force_at.as_deref(),
        } == Some(token.as_str());
        if read.suspended && !(taken && *demand != Demand::Reconcile) {
            return Err("it was suspended meanwhile: the request is used up and does nothing".to_owned());
        }
        if handled == Some(token) {
            return match taken {
                true => Ok(true),
                false => {
                    let ready = read.condition("Ready").map(|ready| format!(": {}", ready.message)).unwrap_or_default();
                    Err(format!(
                        "the request is used up and did nothing, because the reconcile ended before it counts{ready}"
                    ))
                }
            };
        }
        let is_others = handled.is_some_and(|handled| handled != before && Some(handled) == requested);
        match requested {
            Some(requested) if requested != token && is_others => Err(format!(
                "another request took its place and is done: requestedAt is {requested}; this one did nothing by itself"
            )),
            Some(_) => Ok(false),
            None => Err("the request was taken away again before it was seen: requestedAt is gone".to_owned()),
        }
    }

    /// Before the reconcile has ended.
    fn awaiting(&self, read: &HelmRelease, at: u32) -> Sight {
        if at >= self.timeout {
            return failed(format!("it has not ended after {}: {}", seconds(self.timeout), self.doing(read)));
        }
        let quiet_since = self.status.as_ref().map_or(0, |(_, since)| *since);
        let busy = self.running.as_ref().and_then(|(message, since)| Some(since.saturating_add(timeout_of(message)?)));
        let silent_from = busy.unwrap_or(0).max(quiet_since).saturating_add(PATIENCE);
        if at >= silent_from {
            return Sight::Silent;
        }
        Sight::Waiting(self.doing(read), self.left(at))
    }

    /// After the reconcile has ended: what came of it.
    fn settling(&mut self, read: &HelmRelease, at: u32) -> Sight {
        let is = |kind| read.condition(kind).filter(|condition| condition.is_true());
        let (stalled, reconciling) = (is("Stalled"), is("Reconciling"));
        if let Some(stalled) = stalled {
            return failed(because(read, Some(stalled)));
        }
        let ready = read.condition("Ready");
        if ready.is_some_and(Condition::is_true) && reconciling.is_none() {
            return Sight::Over(StepOutcome::Done(self.done(read)));
        }
        if at >= self.timeout {
            return failed(format!("it has not settled after {}: {}", seconds(self.timeout), because(read, None)));
        }
        let Some(reconciling) = reconciling else {
            return match ready.filter(|ready| ready.is_false()) {
                Some(_) => failed(because(read, None)),
                None => Sight::Waiting("waits for its result".to_owned(), None),
            };
        };
        if reconciling.reason == "ProgressingWithRetry" {
            let is_endless = why::attempts(read).is_none_or(|attempts| attempts.allowed.is_none());
            let because = because(read, None);
            return match reconciling.message.strip_prefix("retrying ") {
                Some(after) => failed(format!("{because}; it is tried again by itself, {after}")),
                None if is_endless => failed(format!("{because}; it is tried again by itself")),
                None => Sight::Waiting(format!("{because}; it is tried again"), None),
            };
        }
        if why::running(read).is_some() {
            self.lacks = None;
            return Sight::Waiting(reconciling.message.clone(), self.left(at));
        }
        // The reconcile has ended, and what it lacks is looked for again and again: who asked is told soon.
        if let Some(ready) = ready.filter(|ready| ready.is_false() && lacks(&ready.reason)) {
            let since = *self.lacks.get_or_insert(at);
            if at.saturating_sub(since) >= FETCHING {
                return failed(ready.message.clone());
            }
            return Sight::Waiting(ready.message.clone(), None);
        }
        Sight::Waiting(reconciling.message.clone(), None)
    }

    /// What the controller does, in its words.
    fn doing(&self, read: &HelmRelease) -> String {
        if let Until::Token { token, .. } = &self.until
            && read.requested_at.as_deref().is_some_and(|requested| requested != token)
        {
            return format!("another request was made meanwhile; {}", self.says(read));
        }
        self.says(read)
    }

    fn says(&self, read: &HelmRelease) -> String {
        match (&self.running, &self.ran_before) {
            (Some((running, _)), Some(before)) if running == before => {
                format!("waits for what runs already: {running}")
            }
            (Some((running, _)), _) => running.clone(),
            (None, _) if read.condition("Reconciling").is_some_and(Condition::is_true) => message(read),
            (None, _) if self.has_begun => "waits for the controller to end".to_owned(),
            (None, _) => "waits for the controller".to_owned(),
        }
    }

    /// How much is left of the timeout that the controller names.
    fn left(&self, at: u32) -> Option<u32> {
        let (message, since) = self.running.as_ref()?;
        timeout_of(message)?.checked_sub(at.saturating_sub(*since))
    }

    /// That it went well, in the controller's words, and whether anything was written.
    fn done(&self, read: &HelmRelease) -> String {
        let ready = read.condition("Ready").map(|ready| ready.message.clone()).unwrap_or_default();
        if let Some(drifted) = read.condition("Drifted").filter(|drifted| drifted.is_true()) {
            return format!("{ready}; {}", drifted.message.lines().collect::<Vec<&str>>().join(" "));
        }
        let revision = read.history.first().map(|newest| newest.revision.get());
        match (revision, revision == self.revision) {
            (Some(revision), true) => {
                // What is quoted is of the last time that something was done: as if of now it would read like an upgrade.
                let since = read.condition("Ready").and_then(|ready| ready.since);
                let since =
                    since.map(|since| format!(" since {}", since.strftime("%Y-%m-%dT%H:%M:%SZ"))).unwrap_or_default();
                format!("nothing was to be done, revision {revision} stays, of which Ready says{since}: {ready}")
            }
            (Some(_), false) | (None, _) => ready,
        }
    }
}

fn failed(why: impl Into<String>) -> Sight {
    Sight::Over(StepOutcome::Failed(why.into()))
}

fn message(read: &HelmRelease) -> String {
    read.condition("Reconciling").map(|reconciling| reconciling.message.clone()).unwrap_or_default()
}

fn timeout_of(message: &str) -> Option<u32> {
    let (_, timeout) = message.split_once("action with timeout of ")?;
    let timeout: SignedDuration = timeout.trim().parse().ok()?;
    u32::try_from(timeout.as_secs()).ok()
}

fn seconds(count: u32) -> String {
    span(SignedDuration::from_secs(count.into()))
}

/// Reasons of Ready that say what is missing before an action is begun.
fn lacks(reason: &str) -> bool {
    matches!(reason, "DependencyNotReady" | "SourceNotReady" | "ArtifactFailed" | "ValuesError")
}

/// Whether what its conditions say is of its newest generation and the end of a reconcile, where the generation is not observed:
/// helm-controller does not observe one that it tries again.
fn ended(read: &HelmRelease) -> bool {
    let is_newest = |condition: &Condition| condition.observed_generation == read.generation;
    let reconciling = read.condition("Reconciling").filter(|condition| condition.is_true());
    let ready = read.condition("Ready").filter(|ready| is_newest(ready));
    match reconciling {
        Some(reconciling) if is_newest(reconciling) => {
            reconciling.reason == "ProgressingWithRetry"
                || ready.is_some_and(|ready| ready.is_false() && lacks(&ready.reason))
        }
        Some(_) | None => false,
    }
}

/// Why it did not go well: the action that failed and its cause, and what is said beyond that.
fn because(read: &HelmRelease, beyond: Option<&Condition>) -> String {
    let cause = why::failure(read).map(|failure| format!("{} failed: {}", failure.what(), failure.why));
    let remedy = why::failure(read).map(|failure| failure.remedy()).filter(|remedy| !remedy.is_empty());
    let ready = || read.condition("Ready").map(|ready| ready.message.clone());
    let said = [cause.or_else(ready), remedy, beyond.map(|condition| condition.message.clone())];
    said.into_iter().flatten().collect::<Vec<String>>().join("; ")
}

#[cfg(test)]
mod tests;
