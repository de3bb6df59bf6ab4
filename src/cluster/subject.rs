//! What each kind of feed reads: which resource, by which selectors, and how its objects become changes.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;

use crate::release::codec::Driver;
use crate::release::flux::{HELM_GROUP, HELM_VERSION, HelmRelease, SOURCE_GROUP, SOURCE_VERSION, Source, SourceKind};
use crate::release::storage::StoredRevision;
use crate::release::{Change, FeedKind, ObjectKey, Part, Problem, Workload, WorkloadKind};

/// What a task reads and watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Release storage of one driver.
    Storage(Driver),
    /// `HelmRelease` objects.
    HelmReleases,
    /// Chart and repository objects.
    Sources(SourceKind),
    /// Workloads that Helm labelled.
    Workloads(WorkloadKind),
}

/// One list: what it covers, as feed and as label selector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) kind: FeedKind,
    pub(super) labels: &'static str,
}

impl Subject {
    /// The resource, in the only version that is read.
    pub(super) fn resource(self) -> ApiResource {
        let (group, version, kind, plural) = match self {
            Self::Storage(Driver::Secret) => ("", "v1", "Secret", "secrets"),
            Self::Storage(Driver::ConfigMap) => ("", "v1", "ConfigMap", "configmaps"),
            Self::HelmReleases => (HELM_GROUP, HELM_VERSION, "HelmRelease", "helmreleases"),
            Self::Sources(kind @ SourceKind::HelmChart) => (SOURCE_GROUP, SOURCE_VERSION, "HelmChart", kind.plural()),
            Self::Sources(kind @ SourceKind::HelmRepository) => {
                (SOURCE_GROUP, SOURCE_VERSION, "HelmRepository", kind.plural())
            }
            Self::Workloads(WorkloadKind::Deployment) => ("apps", "v1", "Deployment", "deployments"),
            Self::Workloads(WorkloadKind::StatefulSet) => ("apps", "v1", "StatefulSet", "statefulsets"),
            Self::Workloads(WorkloadKind::DaemonSet) => ("apps", "v1", "DaemonSet", "daemonsets"),
        };
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
    }

    /// Whether metadata is all that is asked for: payloads are megabytes, and most are never looked at.
    pub(super) fn metadata_only(self) -> bool {
        match self {
            Self::Storage(_) | Self::Workloads(_) => true,
            Self::HelmReleases | Self::Sources(_) => false,
        }
    }

    /// The lists, in the order in which they are wanted; the watch covers all of them.
    pub(super) fn stages(self) -> &'static [Stage] {
        const fn storage(driver: Driver) -> [Stage; 2] {
            [
                Stage { kind: FeedKind::Storage(driver, Part::Current), labels: "owner=helm,status!=superseded" },
                Stage { kind: FeedKind::Storage(driver, Part::Superseded), labels: "owner=helm,status=superseded" },
            ]
        }
        const fn workloads(kind: WorkloadKind) -> [Stage; 1] {
            [Stage { kind: FeedKind::Workloads(kind), labels: MANAGED_BY_HELM }]
        }
        const fn sources(kind: SourceKind) -> [Stage; 1] {
            [Stage { kind: FeedKind::Sources(kind), labels: "" }]
        }
        const SECRETS: [Stage; 2] = storage(Driver::Secret);
        const CONFIG_MAPS: [Stage; 2] = storage(Driver::ConfigMap);
        const HELM_RELEASES: [Stage; 1] = [Stage { kind: FeedKind::HelmReleases, labels: "" }];
        const CHARTS: [Stage; 1] = sources(SourceKind::HelmChart);
        const REPOSITORIES: [Stage; 1] = sources(SourceKind::HelmRepository);
        const DEPLOYMENTS: [Stage; 1] = workloads(WorkloadKind::Deployment);
        const STATEFUL_SETS: [Stage; 1] = workloads(WorkloadKind::StatefulSet);
        const DAEMON_SETS: [Stage; 1] = workloads(WorkloadKind::DaemonSet);
        match self {
            Self::Storage(Driver::Secret) => &SECRETS,
            Self::Storage(Driver::ConfigMap) => &CONFIG_MAPS,
            Self::HelmReleases => &HELM_RELEASES,
            Self::Sources(SourceKind::HelmChart) => &CHARTS,
            Self::Sources(SourceKind::HelmRepository) => &REPOSITORIES,
            Self::Workloads(WorkloadKind::Deployment) => &DEPLOYMENTS,
            Self::Workloads(WorkloadKind::StatefulSet) => &STATEFUL_SETS,
            Self::Workloads(WorkloadKind::DaemonSet) => &DAEMON_SETS,
        }
    }

    /// The label selector of the watch.
    pub(super) fn watch_labels(self) -> &'static str {
        match self {
            Self::Storage(_) => "owner=helm",
            Self::HelmReleases | Self::Sources(_) => "",
            Self::Workloads(_) => MANAGED_BY_HELM,
        }
    }

    /// What the present state of an object tells; `None` if the object is not of those that are looked for.
    pub(super) fn present(self, object: DynamicObject) -> Result<Option<Change>, Problem> {
        Ok(match self {
            Self::Storage(driver) => {
                StoredRevision::read(driver, &object.metadata).map(|revision| Change::Revision(Box::new(revision)))
            }
            Self::HelmReleases => Some(Change::HelmRelease(Arc::new(HelmRelease::read(&whole(object))?))),
            Self::Sources(kind) => Some(Change::Source(Arc::new(Source::read(kind, &whole(object))?))),
            Self::Workloads(kind) => workload(kind, &object.metadata).map(Change::Workload),
        })
    }

    /// What the loss of an object tells.
    pub(super) fn gone(self, key: ObjectKey, uid: String) -> Change {
        match self {
            Self::Storage(driver) => Change::RevisionGone(driver, key, uid),
            Self::HelmReleases => Change::HelmReleaseGone(key),
            Self::Sources(kind) => Change::SourceGone(kind, key),
            Self::Workloads(kind) => Change::WorkloadGone(kind, key),
        }
    }
}

/// The label that Helm puts on every object it applies.
const MANAGED_BY_HELM: &str = "app.kubernetes.io/managed-by=Helm";

fn workload(kind: WorkloadKind, meta: &ObjectMeta) -> Option<Workload> {
    let annotation = |key: &str| meta.annotations.as_ref().and_then(|all| all.get(key)).cloned();
    let origin = format!("{HELM_GROUP}/name");
    Some(Workload {
        kind,
        key: key_of(meta),
        release: annotation("meta.helm.sh/release-name")?,
        release_namespace: annotation("meta.helm.sh/release-namespace")?,
        flux_origin: meta.labels.as_ref().is_some_and(|labels| labels.contains_key(&origin)),
    })
}

pub(super) fn key_of(meta: &ObjectMeta) -> ObjectKey {
    ObjectKey::new(meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
}

/// The object as the API server sent it, without the managed fields: they are larger than the rest, and nobody reads
/// them here.
fn whole(object: DynamicObject) -> Value {
    let DynamicObject { types: _, mut metadata, mut data } = object;
    metadata.managed_fields = None;
    if let Value::Object(fields) = &mut data {
        fields.insert("metadata".to_owned(), serde_json::to_value(metadata).unwrap_or_default());
    }
    data
}
