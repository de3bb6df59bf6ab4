//! What a reconcile says of how it went: conditions and Events, word for word.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/{install,upgrade,rollback_remediation,release}.go`.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::events::{self, Told};
use super::super::history::{config_digest, revision, version};
use super::super::spec::Attempt;
use super::{Action, Next, REQUEUE, Reconcile, Surroundings};

impl Reconcile {
    /// Says how an install or upgrade went.
    pub(super) fn released(
        &mut self,
        action: Action,
        name: &str,
        namespace: &str,
        done: Result<(), &str>,
        payload: Option<&Map<String, Value>>,
        around: &Surroundings<'_>,
    ) {
        let (chart, word) = (format!("{}@{}", self.chart.0, self.chart.1), action.word());
        let (status, message) = match (done, payload) {
            (Ok(()), payload) => {
                let number = payload.map(revision).unwrap_or_default();
                let of = format!("{namespace}/{name}.v{number}");
                ("True", format!("Helm {word} succeeded for release {of} with chart {chart}"))
            }
            (Err(error), _) => {
                ("False", format!("Helm {word} failed for release {namespace}/{name} with chart {chart}: {error}"))
            }
        };
        let reason = match (action, done.is_ok()) {
            (Action::Install, true) => "InstallSucceeded",
            (Action::Install, false) => "InstallFailed",
            (_, true) => "UpgradeSucceeded",
            (_, false) => "UpgradeFailed",
        };
        self.draft.unmark("Remediated");
        self.draft.mark("Released", status, reason, &message, around.now);
        self.tell(around, reason, done.is_err(), &message, payload);
        if payload.is_none() {
            self.draft.set("lastAttemptedReleaseAction", word.into());
        }
        self.summarize(around.now);
    }

    /// Says how a rollback went, and whether the release is tried again.
    pub(super) fn remediated(
        &mut self,
        target: &str,
        done: Result<(), String>,
        payload: &Map<String, Value>,
        around: &Surroundings<'_>,
    ) -> Next {
        let now = around.now;
        let (status, reason, message) = match &done {
            Ok(()) => ("True", "RollbackSucceeded", format!("Helm rollback to previous release {target} succeeded")),
            Err(error) => {
                self.draft.set("failures", (self.draft.count("failures") + 1).into());
                ("False", "RollbackFailed", format!("Helm rollback to previous release {target} failed: {error}"))
            }
        };
        self.draft.mark("Remediated", status, reason, &message, now);
        self.tell(around, reason, done.is_err(), &message, Some(payload));
        self.summarize(now);
        if Attempt::last(&self.draft).is_some_and(|attempt| attempt.is_exhausted(&self.draft)) {
            self.stall(now);
            return self.finish(around, true, None);
        }
        self.retry(around)
    }

    pub(super) fn retry(&mut self, around: &Surroundings<'_>) -> Next {
        let ready = self.draft.condition("Ready").and_then(|ready| ready.get("message")?.as_str());
        let message = ready.unwrap_or_default().to_owned();
        self.draft.mark_reconciling("ProgressingWithRetry", &message, around.now);
        self.finish(around, false, Some(REQUEUE))
    }

    pub(super) fn stall(&mut self, now: Timestamp) {
        let attempt = Attempt::last(&self.draft).unwrap_or(Attempt::Install);
        let count = self.draft.count(attempt.counter());
        let message = format!("Failed to {} after {count} attempt(s)", attempt.word());
        self.draft.mark_stalled("RetriesExceeded", &message, now);
    }

    /// Ready becomes what the last remediation or release says; that something was remediated is no success.
    pub(super) fn summarize(&mut self, now: Timestamp) {
        let of = |kind: &str| self.draft.condition(kind).cloned().map(|condition| (kind == "Remediated", condition));
        let generation = |entry: &(bool, Value)| entry.1.get("observedGeneration").and_then(Value::as_i64);
        let (remediated, released) = (of("Remediated"), of("Released"));
        let first = match (remediated, released) {
            (Some(remediated), Some(released)) if generation(&remediated) >= generation(&released) => remediated,
            (_, Some(released)) => released,
            (Some(remediated), None) => remediated,
            (None, None) => return,
        };
        let text = |key: &str| first.1.get(key).and_then(Value::as_str).unwrap_or_default();
        let status = if first.0 { "False" } else { text("status") };
        let (status, reason, message) = (status.to_owned(), text("reason").to_owned(), text("message").to_owned());
        if status == "True" {
            self.draft.unmark("Stalled");
        }
        self.draft.mark("Ready", &status, &reason, &message, now);
    }

    pub(super) fn tell(
        &self,
        around: &Surroundings<'_>,
        reason: &str,
        is_warning: bool,
        message: &str,
        payload: Option<&Map<String, Value>>,
    ) {
        let mut annotations = Map::new();
        if let Some(payload) = payload {
            let chart = payload.get("chart").and_then(|chart| chart.get("metadata"));
            for (key, field) in [("app-version", "appVersion"), ("revision", "version")] {
                let value = chart.and_then(|chart| chart.get(field)).cloned().unwrap_or_default();
                annotations.insert(format!("helm.toolkit.fluxcd.io/{key}"), value);
            }
            annotations.insert("helm.toolkit.fluxcd.io/token".to_owned(), config_digest(&self.values).into());
        }
        let told = Told { component: "helm-controller", is_warning, reason, message, annotations };
        events::tell(around.world, &self.draft.object, told, around.now);
    }
}

pub(super) fn release_name(snapshot: &Value) -> String {
    let text = |key: &str| snapshot.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}.v{}", text("namespace"), text("name"), version(snapshot))
}

pub(super) fn release_and_chart(snapshot: &Value) -> String {
    let text = |key: &str| snapshot.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{} with chart {}@{}", release_name(snapshot), text("chartName"), text("chartVersion"))
}
