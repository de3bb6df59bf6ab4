//! The reconcile of a HelmRelease, stage by stage, as helm-controller 1.6 does it: what it writes, in which order, and how long
//! it takes. Held to the recording of the real one.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/controller/helmrelease_controller.go`, `internal/reconcile/{atomic_release,
//! state,install,upgrade,rollback_remediation,unlock}.go`. Not played: the deletion of a HelmRelease.

mod acted;
mod corrected;
mod said;
mod state;
mod tested;
mod uninstalled;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::World;
use super::chart::Charts;
use super::draft::Draft;
use super::history::{History, Tests, config_digest, revision, version};
use super::running::Running;
use super::source;
use super::spec::{self, Attempt};
use super::storage::Storage;
use super::tokens::{self, REQUESTED_AT};
use crate::demo::server::ObjectRef;
use crate::demo::story::later;
use crate::schema::Schema;
use state::State;
use tested::Testing;

/// Between two requests of one reconcile.
const STEP: SignedDuration = SignedDuration::from_millis(15);
/// Before a remediated release is tried again.
const REQUEUE: SignedDuration = SignedDuration::from_secs(11);

/// What a reconcile works on.
pub struct Surroundings<'a> {
    /// The cluster.
    pub world: &'a dyn World,
    /// What charts make of values.
    pub charts: &'a Charts,
    /// The types of the kinds.
    pub schema: &'a Schema,
    /// Before what is waited for is looked at again.
    pub requeue: SignedDuration,
    /// The time.
    pub now: Timestamp,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next stage, then.
    Stage(Timestamp),
    /// The reconcile is over; where a time is named, it begins anew then.
    Over(Option<Timestamp>),
    /// Nothing is left to do; it is looked at again then.
    Settled(Timestamp),
}

/// What Helm is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Installs.
    Install,
    /// Upgrades.
    Upgrade,
    /// Goes back to the last success.
    Rollback,
    /// Takes a release away that failed.
    Uninstall,
    /// Runs the tests of the chart.
    Test,
    /// Writes again what others changed.
    Correct,
    /// Marks a pending revision as failed.
    Unlock,
}

/// What is done once in a reconcile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Release,
    Remedy,
    Test,
    Correct,
    Unlock,
}

impl Action {
    /// As messages and specs call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
            Self::Test => "test",
            Self::Correct => "correct cluster drift",
            Self::Unlock => "unlock",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Install | Self::Upgrade => Kind::Release,
            Self::Rollback | Self::Uninstall => Kind::Remedy,
            Self::Test => Kind::Test,
            Self::Correct => Kind::Correct,
            Self::Unlock => Kind::Unlock,
        }
    }

    /// Install or upgrade.
    fn attempt(self) -> Option<Attempt> {
        match self {
            Self::Install => Some(Attempt::Install),
            Self::Upgrade => Some(Attempt::Upgrade),
            Self::Rollback | Self::Uninstall | Self::Test | Self::Correct | Self::Unlock => None,
        }
    }
}

enum Verdict {
    Act(Action),
    Done,
    Exhausted,
    NoTarget,
}

enum Stage {
    Begin,
    Prepare,
    Decide,
    Run(Action),
    Wait(Box<Running>),
    Test(Box<Testing>),
}

/// One reconcile.
pub struct Reconcile {
    draft: Draft,
    stage: Stage,
    values: Map<String, Value>,
    chart: (String, String),
    /// What was done in it.
    done: Vec<Kind>,
}

impl Reconcile {
    /// Begins; `None` for what is no object, or is being deleted.
    #[must_use]
    pub fn new(object: Value) -> Option<Self> {
        let is_deleted = object.pointer("/metadata/deletionTimestamp").is_some();
        let draft = Draft::new(object).filter(|_| !is_deleted)?;
        Some(Self {
            draft,
            stage: Stage::Begin,
            values: Map::new(),
            chart: <(String, String)>::default(),
            done: Vec::new(),
        })
    }

    /// The next stage.
    pub fn go_on(&mut self, around: &Surroundings<'_>, tries: u32) -> Next {
        match std::mem::replace(&mut self.stage, Stage::Decide) {
            Stage::Begin => self.begin(around),
            Stage::Prepare => self.prepare(around, tries),
            Stage::Decide => self.decide(around),
            Stage::Run(action) => self.run(action, around, tries),
            Stage::Wait(running) => self.wait(running, around),
            Stage::Test(testing) => self.go_on_testing(testing, around),
        }
    }

    fn begin(&mut self, around: &Surroundings<'_>) -> Next {
        if self.draft.object.pointer("/spec/suspend").is_some_and(|suspend| *suspend == true) {
            return self.finish(around, true, None);
        }
        source::write_chart(&mut self.draft, around.world, around.now);
        self.draft.mark_reconciling("Progressing", "Fulfilling prerequisites", around.now);
        self.draft.patch(around.world);
        self.stage = Stage::Prepare;
        Next::Stage(later(around.now, STEP))
    }

    fn prepare(&mut self, around: &Surroundings<'_>, tries: u32) -> Next {
        let (world, now) = (around.world, around.now);
        if let Some(message) = self.dependency(world) {
            self.tell(around, "DependencyNotReady", false, &message, None);
            self.draft.mark("Ready", "False", "DependencyNotReady", &message, now);
            return self.finish(around, false, Some(around.requeue));
        }
        self.chart = match source::chart(&self.draft, world) {
            Ok(chart) => chart,
            Err(message) => {
                self.draft.mark("Ready", "False", "SourceNotReady", &message, now);
                return self.finish(around, false, Some(around.requeue));
            }
        };
        self.values = match spec::values(&self.draft, world) {
            Ok(values) => values,
            Err(message) => {
                self.tell(around, "ValuesError", true, &message, None);
                self.draft.mark("Ready", "False", "ValuesError", &message, now);
                return self.finish(around, false, Some(back_off(tries)));
            }
        };
        self.attempt();
        self.decide(around)
    }

    /// Notes what is tried, and forgets failures of something else.
    fn attempt(&mut self) {
        let digest = config_digest(&self.values);
        let is_reset = tokens::is_reset(&mut self.draft);
        let (generation, chart) = (self.draft.generation(), self.chart.1.clone());
        let differs = |name: &str, value: &Value| self.draft.status(name).is_some_and(|old| old != value);
        let is_other = differs("lastAttemptedGeneration", &generation.into())
            || differs("lastAttemptedRevision", &chart.as_str().into())
            || differs("lastAttemptedConfigDigest", &digest.as_str().into());
        if is_reset || is_other {
            self.draft.forget_failures();
        }
        self.draft.set("storageNamespace", spec::storage_namespace(&self.draft).into());
        self.draft.set("lastAttemptedGeneration", generation.into());
        self.draft.set("lastAttemptedRevision", chart.into());
        self.draft.set("lastAttemptedConfigDigest", digest.into());
    }

    /// Which action comes next, and what it says of itself before it begins.
    fn decide(&mut self, around: &Surroundings<'_>) -> Next {
        let now = around.now;
        let verdict = self.verdict(around);
        match verdict {
            // Each is done once: whatever else there is to do waits for the next time.
            Verdict::Act(action) if self.done.contains(&action.kind()) => {
                let last = Attempt::last(&self.draft);
                if let Some(interval) = last.and_then(|attempt| attempt.retry_interval(&self.draft)) {
                    return self.retry_after(interval, around);
                }
                if last.is_some_and(|attempt| attempt.is_exhausted(&self.draft)) {
                    self.draft.unmark("Reconciling");
                    return self.settle(around);
                }
                self.retry(around)
            }
            Verdict::Act(action) => {
                let timeout = spec::go_duration(spec::timeout(&self.draft, action.word()));
                let message = format!("Running '{}' action with timeout of {timeout}", action.word());
                self.draft.mark_reconciling("Progressing", &message, now);
                if action.attempt().is_some() {
                    self.draft.mark("Ready", "Unknown", "Progressing", &message, now);
                }
                self.draft.patch(around.world);
                self.stage = Stage::Run(action);
                let before = if action == Action::Rollback { 120 } else { 450 };
                Next::Stage(later(now, SignedDuration::from_millis(before)))
            }
            Verdict::Done => {
                self.draft.unmark("Reconciling");
                self.summarize(now);
                self.settle(around)
            }
            Verdict::Exhausted => {
                self.stall(now);
                self.finish(around, true, None)
            }
            Verdict::NoTarget => {
                let message = "Failed to perform remediation: missing target release for rollback: cannot remediate failed release";
                self.draft.mark_stalled("MissingRollbackTarget", message, now);
                self.finish(around, true, None)
            }
        }
    }

    fn verdict(&mut self, around: &Surroundings<'_>) -> Verdict {
        let mut history = History::read(self.draft.status("history"));
        history.sort();
        self.draft.set("history", history.0.into());
        let state = self.state(around);
        let last = Attempt::last(&self.draft);
        let tests = last.map_or_else(|| spec::tests(&self.draft), |attempt| attempt.tests(&self.draft));
        let retry = last.and_then(|attempt| attempt.retry_interval(&self.draft));
        let is_forced = tokens::is_forced(&mut self.draft);
        let exhausted = |attempt: Attempt, draft: &Draft| attempt.is_exhausted(draft) && !is_forced;
        match state {
            State::Locked => Verdict::Act(Action::Unlock),
            State::Absent if exhausted(Attempt::Install, &self.draft) => Verdict::Exhausted,
            State::Absent => Verdict::Act(Action::Install),
            State::Unmanaged => {
                self.draft.set("history", Value::Null);
                Verdict::Act(Action::Upgrade)
            }
            State::OutOfSync if exhausted(Attempt::Upgrade, &self.draft) => Verdict::Exhausted,
            State::OutOfSync => Verdict::Act(Action::Upgrade),
            State::Failed => self.after_failure(is_forced, around),
            State::Drifted(summary) => {
                let latest = self.latest_name();
                let message =
                    format!("Cluster state of release {latest} has drifted from the desired state:\n{summary}");
                self.tell(around, "DriftDetected", true, &message, None);
                self.draft.mark("Drifted", "True", "DriftDetected", &message, around.now);
                let is_corrected = self.draft.text("/spec/driftDetection/mode") == "enabled";
                if is_corrected { Verdict::Act(Action::Correct) } else { Verdict::Done }
            }
            State::Untested => {
                self.replace_remedy(around.now);
                Verdict::Act(Action::Test)
            }
            State::InSync => {
                self.forget(tests, retry.is_some());
                if is_forced {
                    return Verdict::Act(Action::Upgrade);
                }
                self.replace_remedy(around.now);
                self.mend(around.now);
                if spec::detects_drift(&self.draft) {
                    let message = "No drift detected against the cluster state";
                    self.draft.mark("Drifted", "False", "NoDriftDetected", message, around.now);
                }
                Verdict::Done
            }
        }
    }

    /// Forgets old snapshots.
    fn forget(&mut self, tests: Tests, is_retried: bool) {
        let mut history = History::read(self.draft.status("history"));
        if is_retried {
            history.truncate_to_most();
        } else {
            history.truncate(tests);
        }
        self.draft.set("history", history.0.into());
    }

    fn after_failure(&mut self, is_forced: bool, around: &Surroundings<'_>) -> Verdict {
        let Some(attempt) = Attempt::last(&self.draft) else { return Verdict::Act(Action::Upgrade) };
        let tests = attempt.tests(&self.draft);
        if attempt.retry_interval(&self.draft).is_some() {
            self.forget(tests, true);
            return Verdict::Act(Action::Upgrade);
        }
        if self.draft.count(attempt.counter()) == 0 || is_forced {
            return Verdict::Act(Action::Upgrade);
        }
        if attempt.is_exhausted(&self.draft) && !attempt.remediates_last(&self.draft) {
            return Verdict::Exhausted;
        }
        self.forget(tests, false);
        let remedy = attempt.remedy(&self.draft);
        let target = History::read(self.draft.status("history")).previous(tests).map(version);
        let stored = self.storage().revisions(around.world);
        let has_target = target.is_some_and(|target| stored.iter().any(|stored| revision(&stored.payload) == target));
        if remedy == Action::Rollback && !has_target { Verdict::NoTarget } else { Verdict::Act(remedy) }
    }

    /// Waits for the interval.
    fn settle(&mut self, around: &Surroundings<'_>) -> Next {
        let next = self.finish(around, true, spec::interval(&self.draft));
        if let Next::Over(Some(at)) = next { Next::Settled(at) } else { next }
    }

    /// The last patch: only now the request counts as handled.
    fn finish(&mut self, around: &Surroundings<'_>, is_observed: bool, again: Option<SignedDuration>) -> Next {
        if let Some(token) = self.draft.annotation(REQUESTED_AT).map(str::to_owned) {
            self.draft.set("lastHandledReconcileAt", token.into());
        }
        if is_observed {
            self.draft.set("observedGeneration", self.draft.generation().into());
        }
        self.draft.patch(around.world);
        Next::Over(again.map(|after| later(around.now, after)))
    }

    fn storage(&self) -> Storage {
        let (name, _) = spec::release(&self.draft);
        Storage { namespace: spec::storage_namespace(&self.draft), name }
    }

    /// What is said of the first dependency that is not ready.
    fn dependency(&self, world: &dyn World) -> Option<String> {
        let own = self.draft.text("/metadata/namespace");
        let all = self.draft.object.pointer("/spec/dependsOn").and_then(Value::as_array);
        all.into_iter().flatten().find_map(|dependency| {
            let name = dependency.get("name").and_then(Value::as_str)?;
            let namespace = dependency.get("namespace").and_then(Value::as_str).unwrap_or(own);
            let which = ObjectRef {
                api_version: self.draft.text("/apiVersion").to_owned(),
                kind: "HelmRelease".to_owned(),
                namespace: Some(namespace.to_owned()),
                name: name.to_owned(),
            };
            let Some(dependency) = world.get(&which).and_then(Draft::new) else {
                let why = format!("helmreleases.helm.toolkit.fluxcd.io \"{name}\" not found");
                return Some(format!("unable to get '{namespace}/{name}' dependency: {why}"));
            };
            let is_ready =
                dependency.is_true("Ready") && dependency.count("observedGeneration") == dependency.generation();
            (!is_ready).then(|| format!("dependency '{namespace}/{name}' is not ready"))
        })
    }
}

/// How long an error keeps it from trying again: longer each time.
fn back_off(tries: u32) -> SignedDuration {
    SignedDuration::from_millis(750).saturating_mul(2_i32.saturating_pow(tries.min(10)))
}
