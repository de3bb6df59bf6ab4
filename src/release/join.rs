//! The join: stored revisions, HelmReleases and workloads become one row each.
//!
//! Sources of the rules: helm-controller v1.6.3 `docs/spec/v2/helmreleases.md` (storage namespace, release name),
//! helm v4.2.4 `pkg/action/list.go` (the largest revision is the latest).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::catalog::{Catalog, ReleaseId};
use super::codec::Driver;
use super::flux::{ChartOrigin, HelmRelease, Source, SourceKind};
use super::object::ObjectId;
use super::payload::{ReleaseStatus, Revision, Summary};
use super::query::StoredRef;
use super::storage::StoredRevision;
use super::{ObjectKey, Problem};

/// Who manages a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Management {
    /// A HelmRelease.
    Flux,
    /// Helm 4: its payloads name an apply method.
    Helm4,
    /// Helm 3: its payloads do not.
    Helm3,
    /// Helm; which one is not known before the payload is read.
    Helm,
}

impl Management {
    /// The word of the list and of JSON; `None` where it is not known which Helm.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Flux => Some("flux"),
            Self::Helm4 => Some("helm4"),
            Self::Helm3 => Some("helm3"),
            Self::Helm => None,
        }
    }
}

/// From what a row was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Stored revisions.
    Storage,
    /// The status of a HelmRelease alone: no revision is stored, or none may be read.
    Status,
    /// Workloads that say which release they belong to, because Secrets are forbidden.
    Objects,
}

/// Whether the newest payload was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayloadState {
    /// Nothing to read: no revision is stored or visible.
    Absent,
    /// Not read yet.
    Unread,
    /// Read.
    Read,
    /// It cannot be read or made sense of.
    Failed(Problem),
}

/// One row: a release with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// What the row is.
    pub id: ReleaseId,
    /// The release's own namespace, where its objects go.
    pub namespace: String,
    /// Who manages it.
    pub management: Management,
    /// From what the row was made.
    pub evidence: Evidence,
    /// Release Secrets may not be read there.
    pub storage_forbidden: bool,
    /// The latest revision.
    pub revision: Option<Revision>,
    /// How many revisions are stored.
    pub revisions: usize,
    /// Status of the latest revision.
    pub status: Option<ReleaseStatus>,
    /// The object that stores the latest revision.
    pub latest: Option<StoredRef>,
    /// Chart name of the latest revision.
    pub chart: Option<String>,
    /// Its chart version.
    pub chart_version: Option<String>,
    /// Its app version.
    pub app_version: Option<String>,
    /// When the latest revision was deployed, by the payload or the HelmRelease's history.
    pub updated: Option<Timestamp>,
    /// When the row last changed, by metadata alone: rows are sorted by it, so that they do not jump when payloads
    /// arrive.
    pub changed: Option<Timestamp>,
    /// Helm's description of the latest revision.
    pub description: Option<String>,
    /// The HelmRelease that manages it.
    pub helm_release: Option<Arc<HelmRelease>>,
    /// The HelmChart from which it is drawn.
    pub helm_chart: Option<Arc<Source>>,
    /// Flux wrote the latest revision, and no HelmRelease stands for it any more.
    pub orphaned: bool,
    /// Only superseded revisions remain.
    pub only_superseded: bool,
    /// Objects of watched kinds that the manifest of the latest revision names; `None` before its payload was read.
    pub named: Option<Arc<BTreeSet<ObjectId>>>,
    /// Whether the newest payload was read.
    pub payload: PayloadState,
    /// What is damaged or contradictory.
    pub problems: Vec<String>,
}

impl Release {
    /// Whether objects and storage are on another cluster.
    #[must_use]
    pub fn remote(&self) -> bool {
        self.helm_release.as_ref().is_some_and(|object| object.remote)
    }

    /// The chart and version that the HelmRelease asks for: what is shown where no revision exists yet.
    #[must_use]
    pub fn wanted_chart(&self) -> Option<(&str, Option<&str>)> {
        match self.helm_release.as_ref()?.chart.as_ref()? {
            ChartOrigin::Template { chart, version, .. } => Some((chart, Some(version))),
            ChartOrigin::Reference { key, .. } => Some((&key.name, None)),
        }
    }

    /// The object whose payload would tell chart and app version, where only the payload can.
    #[must_use]
    pub fn unread(&self) -> Option<&StoredRef> {
        match (&self.payload, self.management) {
            (PayloadState::Unread, Management::Helm | Management::Helm3 | Management::Helm4) => self.latest.as_ref(),
            _ => None,
        }
    }
}

impl Catalog {
    /// Every row, in the order of the ids.
    #[must_use]
    pub fn releases(&self) -> Vec<Release> {
        let mut rows = BTreeMap::new();
        for object in self.helm_releases.values() {
            let mut id = ReleaseId::stored(Driver::Secret, &object.storage_namespace, &object.release_name);
            if object.remote || rows.contains_key(&id) {
                id.claimant = Some(object.key.clone());
            }
            let row = self.flux_row(id.clone(), object);
            rows.insert(id, row);
        }
        for id in self.stored_ids() {
            if !rows.contains_key(id) {
                rows.insert(id.clone(), self.native_row(id));
            }
        }
        self.infer_rows(&mut rows);
        rows.into_values().collect()
    }

    /// A row as it is now, made alone: all the others stay as they are. `None` where that cannot be said of one row.
    #[must_use]
    pub fn release_anew(&self, row: &Release) -> Option<Release> {
        let anew = match (&row.helm_release, row.evidence) {
            (Some(object), _) => self.flux_row(row.id.clone(), self.helm_releases.get(&object.key)?),
            (None, Evidence::Storage) if self.revision_count(&row.id) > 0 => self.native_row(&row.id),
            (None, Evidence::Storage | Evidence::Status | Evidence::Objects) => return None,
        };
        // Rows are inferred from workloads where no other has this name in this namespace.
        (anew.namespace == row.namespace).then_some(anew)
    }

    fn blank_row(&self, id: ReleaseId, namespace: String, management: Management) -> Release {
        Release {
            storage_forbidden: self.storage_readable(id.driver, &id.storage_namespace) == Some(false),
            id,
            namespace,
            management,
            evidence: Evidence::Storage,
            revision: None,
            revisions: 0,
            status: None,
            latest: None,
            chart: None,
            chart_version: None,
            app_version: None,
            updated: None,
            changed: None,
            description: None,
            helm_release: None,
            helm_chart: None,
            orphaned: false,
            only_superseded: false,
            named: None,
            payload: PayloadState::Absent,
            problems: Vec::new(),
        }
    }

    fn put_latest(&self, row: &mut Release) {
        let Some(latest) = self.revisions(&row.id).next() else { return };
        row.revision = Some(latest.revision);
        row.revisions = self.revision_count(&row.id);
        row.status = Some(latest.status.clone());
        row.latest = Some(latest.object.clone());
        row.changed = latest.changed;
        row.only_superseded = self.revisions(&row.id).all(|revision| revision.status == ReleaseStatus::Superseded);
        row.problems.extend(latest.problems.iter().cloned());
        row.payload = match self.summary(&latest.object) {
            None => PayloadState::Unread,
            Some(Err(problem)) => PayloadState::Failed(problem.clone()),
            Some(Ok(summary)) => {
                put_summary(row, latest, summary);
                PayloadState::Read
            }
        };
    }

    fn native_row(&self, id: &ReleaseId) -> Release {
        let mut row = self.blank_row(id.clone(), id.storage_namespace.clone(), Management::Helm);
        self.put_latest(&mut row);
        row.orphaned = self.knows_helm_releases() && self.revisions(id).next().is_some_and(|latest| latest.by_flux);
        row
    }

    fn flux_row(&self, id: ReleaseId, object: &Arc<HelmRelease>) -> Release {
        let mut row = self.blank_row(id, object.release_namespace.clone(), Management::Flux);
        row.helm_release = Some(Arc::clone(object));
        row.helm_chart = object.helm_chart.as_ref().and_then(|key| self.source(SourceKind::HelmChart, key)).cloned();
        if row.id.claimant.is_none() {
            self.put_latest(&mut row);
        } else if !object.remote {
            row.problems.push(format!(
                "another HelmRelease claims the release {} stored in {} too",
                row.id.name, row.id.storage_namespace
            ));
        }
        let newest = object.history.first();
        if row.revision.is_none() {
            row.evidence = Evidence::Status;
            row.revision = newest.map(|snapshot| snapshot.revision);
            row.status = newest.map(|snapshot| snapshot.status.clone());
        }
        if let Some(snapshot) = object.history.iter().find(|snapshot| Some(snapshot.revision) == row.revision) {
            row.chart.clone_from(&snapshot.chart_name);
            row.chart_version.clone_from(&snapshot.chart_version);
            row.app_version.clone_from(&snapshot.app_version);
            row.updated = snapshot.last_deployed;
        }
        row.changed = [
            row.changed,
            row.updated,
            object.condition("Ready").and_then(|ready| ready.since),
            if row.revision.is_none() { object.created } else { None },
        ]
        .into_iter()
        .flatten()
        .max();
        row
    }

    /// Natives of which only the workloads can be seen, because their Secrets are forbidden.
    fn infer_rows(&self, rows: &mut BTreeMap<ReleaseId, Release>) {
        let seen: HashSet<(String, String)> =
            rows.values().map(|row| (row.namespace.clone(), row.id.name.clone())).collect();
        for (release, by_flux) in self.named_releases() {
            let ObjectKey { namespace, name } = release;
            if seen.contains(&(namespace.clone(), name.clone())) || !self.infers(namespace) {
                continue;
            }
            let id = ReleaseId::stored(Driver::Secret, namespace, name);
            let management = if by_flux { Management::Flux } else { Management::Helm };
            let mut row = self.blank_row(id.clone(), namespace.clone(), management);
            row.evidence = Evidence::Objects;
            rows.entry(id).or_insert(row);
        }
    }
}

fn put_summary(row: &mut Release, latest: &StoredRevision, summary: &Summary) {
    if row.management == Management::Helm {
        row.management = if summary.apply_method.is_some() { Management::Helm4 } else { Management::Helm3 };
    }
    if let Some(namespace) = &summary.namespace {
        row.namespace.clone_from(namespace);
    }
    row.chart.clone_from(&summary.chart_name);
    row.chart_version.clone_from(&summary.chart_version);
    row.app_version.clone_from(&summary.app_version);
    row.updated = summary.last_deployed;
    row.description.clone_from(&summary.description);
    row.named = Some(Arc::clone(&summary.objects));
    let differs = |what: &str, label: &str, payload: &str| {
        format!("label {what} says {label}, the payload {payload}: the label counts here, the payload in Helm")
    };
    if let Some(status) = summary.status.as_ref().filter(|status| **status != latest.status) {
        row.problems.push(differs("status", &latest.status.to_string(), &status.to_string()));
    }
    if let Some(revision) = summary.revision.filter(|revision| *revision != latest.revision) {
        row.problems.push(differs("version", &latest.revision.to_string(), &revision.to_string()));
    }
}
