//! What a reconcile says of how it went: conditions and Events, word for word.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/{install,upgrade,rollback_remediation,release}.go`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::super::events::{self, Told};
use super::super::history::{History, config_digest, revision, snapshot, version};
use super::super::spec::{self, Attempt};
use super::{Next, REQUEUE, Reconcile, Surroundings};

impl Reconcile {
    /// Says how an install or upgrade went.
    pub(super) fn released(
        &mut self,
        attempt: Attempt,
        name: &str,
        namespace: &str,
        done: Result<(), &str>,
        payload: Option<&Map<String, Value>>,
        around: &Surroundings<'_>,
    ) {
        let (chart, word) = (format!("{}@{}", self.chart.0, self.chart.1), attempt.word());
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
        let reason = match (attempt, done.is_ok()) {
            (Attempt::Install, true) => "InstallSucceeded",
            (Attempt::Install, false) => "InstallFailed",
            (Attempt::Upgrade, true) => "UpgradeSucceeded",
            (Attempt::Upgrade, false) => "UpgradeFailed",
        };
        self.draft.unmark("TestSuccess");
        self.draft.unmark("Remediated");
        self.draft.mark("Released", status, reason, &message, around.now);
        if let (Ok(()), Some(payload)) = (done, payload) {
            if spec::is_set(&self.draft, "/spec/test/enable") {
                let of = release_and_chart(&snapshot(payload, None));
                let message = format!("Helm release {of} is awaiting tests");
                self.draft.mark("TestSuccess", "Unknown", "AwaitingTests", &message, around.now);
            }
            // Where failures are retried they count as long as the release is failed.
            if attempt.retry_interval(&self.draft).is_some() {
                self.draft.forget_failures();
            }
        }
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

    /// Tries again after the interval of its strategy.
    pub(super) fn retry_after(&mut self, interval: SignedDuration, around: &Surroundings<'_>) -> Next {
        let message = format!("retrying after {}", spec::go_duration(interval));
        self.draft.mark_reconciling("ProgressingWithRetry", &message, around.now);
        self.finish(around, true, Some(interval))
    }

    /// What was remediated is as it is wanted.
    pub(super) fn replace_remedy(&mut self, now: Timestamp) {
        if !self.draft.is_true("Remediated") {
            return;
        }
        let latest = History::read(self.draft.status("history")).latest().map(release_and_chart);
        let message = format!("Helm upgrade succeeded for release {}", latest.unwrap_or_default());
        self.draft.unmark("Remediated");
        self.draft.mark("Released", "True", "UpgradeSucceeded", &message, now);
    }

    /// What failed is as it is wanted.
    pub(super) fn mend(&mut self, now: Timestamp) {
        if self.draft.is_true("Ready") && self.draft.is_true("Released") {
            return;
        }
        let released = self.draft.condition("Released").and_then(|condition| condition.get("reason")?.as_str());
        let (reason, word) = match released {
            Some("InstallFailed") => ("InstallSucceeded", "install"),
            Some("UpgradeFailed") => ("UpgradeSucceeded", "upgrade"),
            Some(_) | None => return,
        };
        let latest = History::read(self.draft.status("history")).latest().map(release_and_chart);
        let message = format!("Helm {word} succeeded for release {}", latest.unwrap_or_default());
        self.draft.mark("Released", "True", reason, &message, now);
        self.summarize(now);
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

    /// Ready becomes what the last remediation, test or release says; that something was remediated is no success.
    pub(super) fn summarize(&mut self, now: Timestamp) {
        let is_tested = spec::is_set(&self.draft, "/spec/test/enable");
        if !is_tested {
            self.draft.unmark("TestSuccess");
        }
        let counts = is_tested && !spec::is_set(&self.draft, "/spec/test/ignoreFailures");
        let all = ["Remediated", "TestSuccess", "Released"].into_iter().filter(|kind| counts || *kind != "TestSuccess");
        let all: Vec<(&str, Value)> =
            all.filter_map(|kind| Some((kind, self.draft.condition(kind)?.clone()))).collect();
        let generation = |entry: &Value| entry.get("observedGeneration").and_then(Value::as_i64);
        // In this order, unless a later one speaks of a newer generation.
        let first = all.iter().fold(None, |first: Option<&(&str, Value)>, next| match first {
            Some(first) if generation(&first.1) >= generation(&next.1) => Some(first),
            Some(_) | None => Some(next),
        });
        let Some(first) = first else { return };
        let text = |key: &str| first.1.get(key).and_then(Value::as_str).unwrap_or_default();
        let status = if first.0 == "Remediated" { "False" } else { text("status") };
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

impl Reconcile {
    /// The newest revision that is known, as messages name it.
    pub(super) fn latest_name(&self) -> String {
        History::read(self.draft.status("history")).latest().map(release_name).unwrap_or_default()
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
