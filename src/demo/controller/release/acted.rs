//! What a reconcile does: releases, rolls back, unlocks, and counts how it went.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/{install,upgrade,rollback_remediation,unlock}.go`.

use serde_json::Value;

use super::super::apply::Release;
use super::super::history::{History, revision, snapshot, version};
use super::super::running::{Done, Running};
use super::super::spec::{self, Attempt};
use super::super::storage::say;
use super::said::release_and_chart;
use super::{Action, Next, Reconcile, STEP, Stage, Surroundings, back_off};
use crate::demo::story::later;

impl Reconcile {
    /// Does what was decided.
    pub(super) fn run(&mut self, action: Action, around: &Surroundings<'_>, tries: u32) -> Next {
        self.done.push(action.kind());
        let begun = match action {
            Action::Unlock => return self.unlock(around),
            Action::Uninstall => return self.uninstall(around),
            Action::Correct => return self.correct(around, tries),
            Action::Test => return self.test(around),
            Action::Install => {
                // What was before an install is never gone back to.
                self.draft.set("history", Value::Null);
                self.released_anew(Attempt::Install, around)
            }
            Action::Upgrade => self.released_anew(Attempt::Upgrade, around),
            Action::Rollback => self.rolled_back(around),
        };
        let (name, namespace) = spec::release(&self.draft);
        match begun {
            Ok(mut running) => {
                running.timeout = spec::timeout(&self.draft, action.word());
                let next = running.begin(&Release { namespace: &namespace, name: &name }, around);
                self.stage = Stage::Wait(Box::new(running));
                Next::Stage(next)
            }
            // Nothing was stored: only the failure counts, and it is tried again.
            Err(error) => {
                self.draft.set("failures", (self.draft.count("failures") + 1).into());
                if let Some(attempt) = action.attempt() {
                    self.released(attempt, &name, &namespace, Err(&error), None, around);
                }
                let retry = Attempt::last(&self.draft).and_then(|attempt| attempt.retry_interval(&self.draft));
                match retry {
                    Some(interval) => self.retry_after(interval, around),
                    None => self.finish(around, false, Some(back_off(tries))),
                }
            }
        }
    }

    fn released_anew(&self, attempt: Attempt, around: &Surroundings<'_>) -> Result<Running, String> {
        let (name, namespace) = spec::release(&self.draft);
        let payload = around.charts.render(&self.chart.0, &self.chart.1, (&namespace, &name), &self.values)?;
        Ok(Running::released(&self.storage(), payload, attempt, around, self.most()))
    }

    fn rolled_back(&self, around: &Surroundings<'_>) -> Result<Running, String> {
        let tests = Attempt::Upgrade.tests(&self.draft);
        let target = History::read(self.draft.status("history")).previous(tests).map(version);
        Running::back_to(&self.storage(), target.unwrap_or_default(), around, self.most())
    }

    /// How many revisions are kept.
    fn most(&self) -> usize {
        let most = self.draft.object.pointer("/spec/maxHistory").and_then(Value::as_u64).unwrap_or(5);
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    fn unlock(&mut self, around: &Surroundings<'_>) -> Next {
        let storage = self.storage();
        if let Some(mut last) = storage.revisions(around.world).pop() {
            let status = last.status().to_owned();
            let description = format!("Release unlocked from stale '{status}' state");
            say(&mut last.payload, "failed", Some(&description));
            storage.update(around.world, &last.payload, around.now);
            let mut history = History::read(self.draft.status("history"));
            if let Some(known) = history.0.iter_mut().find(|known| version(known) == revision(&last.payload)) {
                let action = known.get("action").and_then(Value::as_str).map(str::to_owned);
                *known = snapshot(&last.payload, action.as_deref());
            }
            let of = release_and_chart(&snapshot(&last.payload, None));
            self.draft.set("history", history.0.into());
            let message = format!("Unlocked Helm release {of} in {status} state");
            self.draft.mark("Released", "False", "PendingRelease", &message, around.now);
            self.tell(around, "PendingRelease", false, &message, None);
            self.summarize(around.now);
        }
        self.draft.patch(around.world);
        Next::Stage(later(around.now, STEP))
    }

    /// Looks at what Helm does, and says how it went.
    pub(super) fn wait(&mut self, mut running: Box<Running>, around: &Surroundings<'_>) -> Next {
        let (name, namespace) = spec::release(&self.draft);
        let release = Release { namespace: &namespace, name: &name };
        let done = match running.go_on(&release, around) {
            Done::NotYet(next) => {
                self.stage = Stage::Wait(running);
                return Next::Stage(next);
            }
            Done::Well => Ok(()),
            Done::Failed(error) => Err(error),
        };
        let written = running.settle(&self.storage(), done.as_ref().map_err(String::as_str).copied(), around);
        let mut history = History::read(self.draft.status("history"));
        match running.attempt {
            Some(attempt) => history.released(attempt.word(), &written),
            None => history.rolled_back(&written),
        }
        let target = running.target.as_ref().map(|target| release_and_chart(&snapshot(target, None)));
        self.draft.set("history", history.0.into());
        self.draft.set("inventory", release.inventory(&running.payload));
        if let Some(attempt) = running.attempt {
            let took = around.now.duration_since(running.began);
            let (seconds, rest) = (took.as_secs(), took.subsec_millis());
            self.draft.set("lastAttemptedReleaseAction", attempt.word().into());
            self.draft.set("lastAttemptedReleaseActionDuration", format!("{seconds}.{rest:03}s").into());
            if done.is_err() {
                for counter in ["failures", attempt.counter()] {
                    self.draft.set(counter, (self.draft.count(counter) + 1).into());
                }
            }
            self.released(
                attempt,
                &name,
                &namespace,
                done.as_ref().copied().map_err(String::as_str),
                Some(&running.payload),
                around,
            );
            self.draft.patch(around.world);
            return Next::Stage(later(around.now, STEP));
        }
        self.remediated(&target.unwrap_or_default(), done, &running.payload, around)
    }
}
