//! How a release stands beside what its HelmRelease wants: what decides on the next action.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/state.go`, `internal/action/{verify,diff}.go`.

use serde_json::{Map, Value};

use super::super::apply::{self, Release};
use super::super::history::{History, revision, snapshot, version};
use super::super::spec;
use super::{Reconcile, Surroundings};
use crate::demo::server::ObjectRef;
use crate::ownership::drift::{Rules, Verb, compare};

/// The state of a release.
pub(super) enum State {
    Absent,
    Locked,
    Unmanaged,
    OutOfSync,
    Failed,
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
                if !is_same || config != self.values { State::OutOfSync } else { self.drift(&last.payload, around) }
            }
        }
    }

    fn drift(&mut self, payload: &Map<String, Value>, around: &Surroundings<'_>) -> State {
        if !["warn", "enabled"].contains(&self.draft.text("/spec/driftDetection/mode")) {
            return State::InSync;
        }
        let ignore = self.draft.object.pointer("/spec/driftDetection/ignore").cloned().unwrap_or_default();
        let rules = Rules::read(&ignore).ok();
        let (name, namespace) = spec::release(&self.draft);
        let release = Release { namespace: &namespace, name: &name };
        let mut lines = Vec::new();
        for object in release.objects(payload) {
            let Some(which) = ObjectRef::of(&object) else { continue };
            let place = format!("{}/{}/{}", which.kind, which.namespace.clone().unwrap_or_default(), which.name);
            let Some(live) = around.world.get(&which) else {
                lines.push(format!("{place} removed"));
                continue;
            };
            let Some(after) = apply::applied(around.world, around.schema, &object, around.now) else { continue };
            let paths = rules.as_ref().map(|rules| rules.paths(&object)).unwrap_or_default();
            let changes = compare(&live, &after, &paths).unwrap_or_default();
            let count = |verb| changes.iter().filter(|change| change.verb == verb).count();
            let (added, changed, removed) = (count(Verb::Add), count(Verb::Replace), count(Verb::Remove));
            if !changes.is_empty() {
                lines.push(format!("{place} changed ({added} additions, {changed} changes, {removed} removals)"));
            }
        }
        if !lines.is_empty() {
            return State::Drifted(lines.join("\n"));
        }
        let message = "No drift detected against the cluster state";
        self.draft.mark("Drifted", "False", "NoDriftDetected", message, around.now);
        State::InSync
    }
}
