//! `status.history` of a HelmRelease: what its controller saw of the revisions that it made.
//!
//! Source: fluxcd/helm-controller v1.6.3 `api/v2/snapshot_types.go`, `internal/release/observation.go`,
//! `internal/reconcile/{release,rollback_remediation}.go`. Held to the recording.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::draft::seconds;
use crate::demo::digest::snapshot_digest;

/// At most so many snapshots are kept where none of them went well.
const MOST: usize = 5;

/// The field of a snapshot that says how tests went.
pub const TESTS: &str = "testHooks";

/// Whether a failed test makes a revision a failed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tests {
    /// It does.
    Counted,
    /// It does not.
    Ignored,
}

/// Snapshots, the newest first once they are sorted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History(pub Vec<Value>);

impl History {
    /// Reads the field.
    #[must_use]
    pub fn read(field: Option<&Value>) -> Self {
        Self(field.and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// The newest first.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|snapshot| std::cmp::Reverse(version(snapshot)));
    }

    /// The newest.
    #[must_use]
    pub fn latest(&self) -> Option<&Value> {
        self.0.iter().max_by_key(|snapshot| version(snapshot))
    }

    /// The newest before the latest that went well, its tests too where they count: what is rolled back to.
    #[must_use]
    pub fn previous(&self, tests: Tests) -> Option<&Value> {
        let mut sorted = self.clone();
        sorted.sort();
        let found = sorted.0.iter().skip(1).find(|snapshot| went_well(snapshot, tests)).map(version)?;
        self.0.iter().find(|snapshot| version(snapshot) == found)
    }

    /// Forgets what lies before the previous success.
    pub fn truncate(&mut self, tests: Tests) {
        self.sort();
        let previous = self.0.iter().skip(1).position(|snapshot| went_well(snapshot, tests)).map(|place| place + 2);
        self.0.truncate(previous.unwrap_or(MOST));
    }

    /// Forgets the oldest, whatever became of them: so where failures are retried and not remediated.
    pub fn truncate_to_most(&mut self) {
        self.sort();
        self.0.truncate(MOST);
    }

    /// What an install or upgrade wrote: its own revision, newest of `written`, and the one before, which loses its action.
    pub fn released(&mut self, action: &str, written: &[Map<String, Value>]) {
        let mut written: Vec<&Map<String, Value>> = written.iter().collect();
        written.sort_by_key(|payload| std::cmp::Reverse(revision(payload)));
        let Some((newest, others)) = written.split_first() else { return };
        self.0.insert(0, snapshot(newest, Some(action)));
        // Only the first one that is known: the controller stops at it.
        for payload in others {
            if let Some(known) = self.0.iter_mut().find(|known| version(known) == revision(payload)) {
                *known = with_tests_of(snapshot(payload, None), known);
                return;
            }
        }
    }

    /// What a rollback wrote, in its order: what is seen first has no action, what is seen again was rolled back.
    pub fn rolled_back(&mut self, written: &[Map<String, Value>]) {
        for payload in written {
            match self.0.iter_mut().find(|known| version(known) == revision(payload)) {
                Some(known) => *known = with_tests_of(snapshot(payload, Some("rollback")), known),
                None => self.0.insert(0, snapshot(payload, None)),
            }
        }
    }
}

/// What is remembered of a stored revision.
#[must_use]
pub fn snapshot(payload: &Map<String, Value>, action: Option<&str>) -> Value {
    let text = |keys: &[&str]| {
        let mut at = payload.get(*keys.first()?)?;
        for key in keys.get(1..)? {
            at = at.get(key)?;
        }
        at.as_str().map(str::to_owned)
    };
    let time = |key: &str| text(&["info", key]).and_then(|time| time.parse::<Timestamp>().ok()).map(seconds);
    let status = text(&["info", "status"]).unwrap_or_default();
    let config = payload.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut snapshot = json!({
        "apiVersion": "v2",
        "appVersion": text(&["chart", "metadata", "appVersion"]),
        "chartName": text(&["chart", "metadata", "name"]),
        "chartVersion": text(&["chart", "metadata", "version"]),
        "configDigest": config_digest(&config),
        "digest": snapshot_digest(payload, &status),
        "firstDeployed": time("first_deployed"),
        "lastDeployed": time("last_deployed"),
        "name": text(&["name"]),
        "namespace": text(&["namespace"]),
        "status": status,
        "version": revision(payload),
    });
    if let (Some(action), Some(fields)) = (action, snapshot.as_object_mut()) {
        fields.shift_insert(0, "action".to_owned(), action.into());
    }
    if let (Some(deleted), Some(fields)) = (time("deleted"), snapshot.as_object_mut()) {
        fields.insert("deleted".to_owned(), deleted.into());
    }
    snapshot
}

/// Keeps what is known of the tests of a revision.
fn with_tests_of(mut snapshot: Value, known: &Value) -> Value {
    if let (Some(tests), Some(fields)) = (known.get(TESTS), snapshot.as_object_mut()) {
        fields.insert(TESTS.to_owned(), tests.clone());
    }
    snapshot
}

/// Whether it is known how its tests went: one failed, or all succeeded, or there are none.
#[must_use]
pub fn is_tested(snapshot: &Value) -> bool {
    let Some(tests) = snapshot.get(TESTS).and_then(Value::as_object) else { return false };
    has_failed_test(snapshot) || tests.values().all(|test| test.get("phase").is_some_and(|phase| phase == "Succeeded"))
}

/// Whether one of its tests failed.
#[must_use]
pub fn has_failed_test(snapshot: &Value) -> bool {
    let tests = snapshot.get(TESTS).and_then(Value::as_object);
    tests.is_some_and(|tests| tests.values().any(|test| test.get("phase").is_some_and(|phase| phase == "Failed")))
}

/// The digest of values: of their YAML with sorted keys, of nothing where there are none.
///
/// Source: fluxcd/pkg `chartutil/digest.go`.
#[must_use]
pub fn config_digest(values: &Map<String, Value>) -> String {
    let mut sorted = Value::Object(values.clone());
    sorted.sort_all_objects();
    let text = if values.is_empty() { String::new() } else { serde_yaml::to_string(&sorted).unwrap_or_default() };
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The revision that a snapshot speaks of.
#[must_use]
pub fn version(snapshot: &Value) -> u64 {
    snapshot.get("version").and_then(Value::as_u64).unwrap_or_default()
}

/// The revision of a payload.
#[must_use]
pub fn revision(payload: &Map<String, Value>) -> u64 {
    payload.get("version").and_then(Value::as_u64).unwrap_or_default()
}

fn went_well(snapshot: &Value, tests: Tests) -> bool {
    let is_well = snapshot.get("status").is_some_and(|status| status == "deployed" || status == "superseded");
    is_well && (tests == Tests::Ignored || !has_failed_test(snapshot))
}
