//! What the commands print as JSON: stable names, absent is null, never a guess.

use jiff::Timestamp;
use serde::Serialize;

use crate::app::rows::Row;
use crate::health::objects::Counts;
use crate::release::codec::Driver;
use crate::release::payload::{ApplyMethod, Hook, Payload, Revision};
use crate::release::{Evidence, history};

/// One row of `list`.
#[derive(Debug, Serialize)]
pub(super) struct ListEntry {
    /// The release's namespace.
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) revision: Option<u32>,
    /// Helm's status of that revision.
    pub(super) status: Option<String>,
    pub(super) chart: Option<String>,
    pub(super) chart_version: Option<String>,
    pub(super) app_version: Option<String>,
    pub(super) updated: Option<Timestamp>,
    pub(super) managed_by: Option<&'static str>,
    pub(super) verdict: String,
    pub(super) cause: Option<String>,
    /// Since when the cause holds, where that matters.
    pub(super) cause_since: Option<Timestamp>,
    /// How its objects are doing; null where they were not looked at.
    pub(super) objects: Option<ObjectsEntry>,
    pub(super) marks: Vec<String>,
    pub(super) storage_namespace: String,
    pub(super) driver: &'static str,
    /// How many revisions are stored.
    pub(super) revisions: usize,
    /// `storage`, `status` or `objects`: from what the row was made.
    pub(super) evidence: &'static str,
    pub(super) helm_release: Option<String>,
    pub(super) wanted_chart: Option<String>,
    pub(super) wanted_version: Option<String>,
    pub(super) suspended: bool,
    /// Flux wrote it and its HelmRelease is gone.
    pub(super) orphaned: bool,
    /// Objects and storage are on another cluster.
    pub(super) remote: bool,
    pub(super) problems: Vec<String>,
}

/// How many objects of a release are well.
#[derive(Debug, Serialize)]
pub(super) struct ObjectsEntry {
    ready: usize,
    total: usize,
    /// Of the ready ones, those that report nothing and are ready by rule only.
    assumed: usize,
    missing: usize,
    /// Not to be seen: forbidden, or not served.
    hidden: usize,
}

impl From<Counts> for ObjectsEntry {
    fn from(counts: Counts) -> Self {
        let Counts { ready, total, assumed, missing, hidden } = counts;
        Self { ready, total, assumed, missing, hidden }
    }
}

impl ListEntry {
    pub(super) fn new(row: &Row) -> Self {
        let (release, judgement) = (&row.release, &row.judgement);
        let wanted = release.wanted_chart();
        Self {
            namespace: release.namespace.clone(),
            name: release.id.name.clone(),
            revision: release.revision.map(crate::release::payload::Revision::get),
            status: release.status.as_ref().map(ToString::to_string).filter(|word| !word.is_empty()),
            chart: release.chart.clone(),
            chart_version: release.chart_version.clone(),
            app_version: release.app_version.clone(),
            updated: release.updated,
            managed_by: release.management.word(),
            verdict: judgement.verdict.to_string(),
            cause_since: judgement.cause.as_ref().and_then(|cause| cause.since),
            cause: judgement.cause.as_ref().map(|cause| cause.text.clone()),
            objects: judgement.counts.map(ObjectsEntry::from),
            marks: row.borne().map(|mark| mark.to_string()).collect(),
            storage_namespace: release.id.storage_namespace.clone(),
            driver: driver_word(release.id.driver),
            revisions: release.revisions,
            evidence: match release.evidence {
                Evidence::Storage => "storage",
                Evidence::Status => "status",
                Evidence::Objects => "objects",
            },
            helm_release: release.helm_release.as_ref().map(|object| object.key.to_string()),
            wanted_chart: wanted.map(|(chart, _)| chart.to_owned()),
            wanted_version: wanted.and_then(|(_, version)| version).map(str::to_owned),
            suspended: release.helm_release.as_ref().is_some_and(|object| object.suspended),
            orphaned: release.orphaned,
            remote: release.remote(),
            problems: release.problems.clone(),
        }
    }
}

/// The word for where a release is stored.
pub(super) fn driver_word(driver: Driver) -> &'static str {
    match driver {
        Driver::Secret => "secret",
        Driver::ConfigMap => "configmap",
    }
}

/// One row of `history`.
#[derive(Debug, Serialize)]
pub(super) struct HistoryEntry {
    pub(super) revision: u32,
    pub(super) status: Option<String>,
    pub(super) chart: Option<String>,
    pub(super) chart_version: Option<String>,
    pub(super) app_version: Option<String>,
    pub(super) updated: Option<Timestamp>,
    pub(super) description: Option<String>,
    /// `ssa` or `csa`; null for Helm 3.
    pub(super) apply_method: Option<&'static str>,
    /// The revision that it went back to.
    pub(super) rolled_back_to: Option<u32>,
    /// Whether it is stored; else only Flux remembers it.
    pub(super) stored: bool,
    /// Bytes in the storing object.
    pub(super) stored_bytes: Option<usize>,
    /// How much that is of what an object takes.
    pub(super) stored_percent: Option<usize>,
    /// What Flux did to make or remedy it.
    pub(super) flux_action: Option<String>,
    /// The tests that Flux was to run.
    pub(super) tests: Vec<TestEntry>,
    /// Why the payload cannot be read.
    pub(super) problem: Option<String>,
}

/// One test of a revision.
#[derive(Debug, Serialize)]
pub(super) struct TestEntry {
    name: String,
    phase: Option<String>,
    completed: Option<Timestamp>,
}

impl HistoryEntry {
    /// A revision; `None` for what stands for several of which nothing is left.
    pub(super) fn new(row: &history::Row) -> Option<Self> {
        let tests = row.tests.iter().map(|test| TestEntry {
            name: test.name.clone(),
            phase: test.phase.clone(),
            completed: test.completed,
        });
        row.gap.is_none().then(|| Self {
            revision: row.revision.get(),
            status: Some(row.status_word().to_owned()).filter(|word| !word.is_empty()),
            chart: row.chart.clone(),
            chart_version: row.chart_version.clone(),
            app_version: row.app_version.clone(),
            updated: row.deployed,
            description: row.description.clone(),
            apply_method: row.apply_method.map(ApplyMethod::as_str),
            rolled_back_to: row.rolled_back_to.map(Revision::get),
            stored: row.stored.is_some(),
            stored_bytes: row.size,
            stored_percent: row.fullness(),
            flux_action: row.action.clone(),
            tests: tests.collect(),
            problem: row.problem.as_ref().map(ToString::to_string),
        })
    }
}

/// Notes and hooks of one revision.
#[derive(Debug, Serialize)]
pub(super) struct NotesEntry {
    pub(super) revision: Option<u32>,
    pub(super) notes: Option<String>,
    pub(super) hooks: Vec<HookEntry>,
}

/// One hook.
#[derive(Debug, Serialize)]
pub(super) struct HookEntry {
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) events: Vec<String>,
    pub(super) weight: i64,
    pub(super) delete_policies: Vec<String>,
    pub(super) phase: Option<String>,
    pub(super) started: Option<Timestamp>,
    pub(super) completed: Option<Timestamp>,
}

impl NotesEntry {
    pub(super) fn new(payload: &Payload) -> Self {
        Self {
            revision: payload.revision().map(crate::release::payload::Revision::get),
            notes: payload.notes().map(|notes| payload.masker().text(notes)),
            hooks: payload.hooks().iter().map(HookEntry::new).collect(),
        }
    }
}

impl HookEntry {
    fn new(hook: &Hook<'_>) -> Self {
        let run = hook.last_run.as_ref();
        Self {
            kind: hook.kind.map(str::to_owned),
            name: hook.name.map(str::to_owned),
            events: hook.events.iter().map(ToString::to_string).collect(),
            weight: hook.weight,
            delete_policies: hook.delete_policies.iter().map(ToString::to_string).collect(),
            phase: run.and_then(|run| run.phase.as_ref()).map(|phase| phase.as_str().to_owned()),
            started: run.and_then(|run| run.started),
            completed: run.and_then(|run| run.completed),
        }
    }
}
