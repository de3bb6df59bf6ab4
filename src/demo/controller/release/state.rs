//! How a release stands beside what its HelmRelease wants: what decides on the next action.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/state.go`, `internal/action/{verify,diff}.go`.

use serde_json::{Map, Value};

use super::super::apply::{self, Release};
use super::super::history::{History, Tests, has_failed_test, is_tested, revision, snapshot, version};
use super::super::spec::{self, Attempt};
use super::{Reconcile, Surroundings};
use crate::demo::server::ObjectRef;
use crate::ownership::drift::{Operation, Rules, Verb, compare, is_excluded};

/// The state of a release.
pub(super) enum State {
    Absent,
    Locked,
    Unmanaged,
    OutOfSync,
    Failed,
    Untested,
    Drifted(String),
    InSync,
}

impl Reconcile {
    pub(super) fn state(&mut self, around: &Surroundings<'_>) -> State {
        let stored = self.storage().revisions(around.world);
        let Some(last) = stored.last() else { return State::Absent };
        let status = last.status();
        if status.starts_with("pending-") {
            return State::Locked;
        }
        let history = History::read(self.draft.status("history"));
        let Some(latest) = history.latest() else {
            return if status == "uninstalled" { State::Absent } else { State::Unmanaged };
        };
        let own = |key: &str| latest.get(key).and_then(Value::as_str).unwrap_or_default();
        let now = snapshot(&last.payload, None);
        if version(latest) != revision(&last.payload)
            || now.get("digest").and_then(Value::as_str) != Some(own("digest"))
        {
            return State::Unmanaged;
        }
        match status {
            "failed" => State::Failed,
            "uninstalled" => State::Absent,
            _ => {
                let config = last.payload.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
                let is_same = (own("chartName"), own("chartVersion")) == (&self.chart.0, &self.chart.1);
                if !is_same || config != self.values {
                    return State::OutOfSync;
                }
                if spec::is_set(&self.draft, "/spec/test/enable") {
                    if !is_tested(latest) {
                        return State::Untested;
                    }
                    let attempt = Attempt::last(&self.draft);
                    if attempt.is_some_and(|attempt| attempt.tests(&self.draft) == Tests::Counted)
                        && has_failed_test(latest)
                    {
                        return State::Failed;
                    }
                }
                self.drift(&last.payload, around)
            }
        }
    }

    fn drift(&self, payload: &Map<String, Value>, around: &Surroundings<'_>) -> State {
        if !spec::detects_drift(&self.draft) {
            return State::InSync;
        }
        let lines: Vec<String> = self.drifted(payload, around).iter().map(Drifted::line).collect();
        if lines.is_empty() { State::InSync } else { State::Drifted(lines.join("\n")) }
    }

    /// The objects of a revision that are not as it says.
    pub(super) fn drifted(&self, payload: &Map<String, Value>, around: &Surroundings<'_>) -> Vec<Drifted> {
        let ignore = self.draft.object.pointer("/spec/driftDetection/ignore").cloned().unwrap_or_default();
        let rules = Rules::read(&ignore).ok();
        let (name, namespace) = spec::release(&self.draft);
        let release = Release { namespace: &namespace, name: &name };
        let mut all = Vec::new();
        for wanted in release.objects(payload) {
            let Some(which) = ObjectRef::of(&wanted) else { continue };
            let live = around.world.get(&which);
            if is_excluded(&wanted) || live.as_ref().is_some_and(is_excluded) {
                continue;
            }
            let Some(live) = live else {
                all.push(Drifted { which, wanted, live: None, changes: vec![] });
                continue;
            };
            let Some(after) = apply::applied(around.world, around.schema, &wanted, around.now) else { continue };
            let paths = rules.as_ref().map(|rules| rules.paths(&wanted)).unwrap_or_default();
            let changes = compare(&live, &after, &paths).unwrap_or_default();
            if !changes.is_empty() {
                all.push(Drifted { which, wanted, live: Some(live), changes });
            }
        }
        all
    }
}

/// An object that is not as its release says.
pub(super) struct Drifted {
    pub(super) which: ObjectRef,
    pub(super) wanted: Value,
    /// `None` where it is not there.
    pub(super) live: Option<Value>,
    pub(super) changes: Vec<Operation>,
}

impl Drifted {
    /// As events name it.
    pub(super) fn place(&self) -> String {
        format!("{}/{}/{}", self.which.kind, self.which.namespace.as_deref().unwrap_or_default(), self.which.name)
    }

    fn line(&self) -> String {
        if self.live.is_none() {
            return format!("{} removed", self.place());
        }
        let count = |verb| self.changes.iter().filter(|change| change.verb == verb).count();
        let (added, changed, removed) = (count(Verb::Add), count(Verb::Replace), count(Verb::Remove));
        format!("{} changed ({added} additions, {changed} changes, {removed} removals)", self.place())
    }
}
