//! What each kind of feed reads: which resource, by which selectors, and how its objects become changes.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;

use crate::release::codec::Driver;
use crate::release::flux::{HELM_GROUP, HELM_VERSION, HelmRelease, SOURCE_GROUP, SOURCE_VERSION, Source, SourceKind};
use crate::release::storage::StoredRevision;
use crate::release::{Change, FeedKind, LiveObject, ObjectId, ObjectKey, Part, Problem, WatchedKind};

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
    Objects(WatchedKind),
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
            Self::Sources(kind) => {
                let resource = GroupVersionKind::gvk(SOURCE_GROUP, SOURCE_VERSION, &kind.to_string());
                return ApiResource::from_gvk_with_plural(&resource, kind.plural());
            }
            Self::Objects(kind) => {
                let resource = GroupVersionKind::gvk(kind.group(), "v1", &kind.to_string());
                return ApiResource::from_gvk_with_plural(&resource, kind.plural());
            }
        };
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
    }

    /// Whether metadata is all that is asked for: payloads are megabytes, and most are never looked at.
    pub(super) fn metadata_only(self) -> bool {
        match self {
            Self::Storage(_) | Self::Objects(_) => true,
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
        macro_rules! sources {
            ($kind:ident) => {
                &[Stage { kind: FeedKind::Sources(SourceKind::$kind), labels: "" }]
            };
        }
        macro_rules! objects {
            ($kind:ident) => {
                &[Stage { kind: FeedKind::Objects(WatchedKind::$kind), labels: MANAGED_BY_HELM }]
            };
        }
        const SECRETS: [Stage; 2] = storage(Driver::Secret);
        const CONFIG_MAPS: [Stage; 2] = storage(Driver::ConfigMap);
        match self {
            Self::Storage(Driver::Secret) => &SECRETS,
            Self::Storage(Driver::ConfigMap) => &CONFIG_MAPS,
            Self::HelmReleases => &[Stage { kind: FeedKind::HelmReleases, labels: "" }],
            Self::Sources(SourceKind::HelmChart) => sources!(HelmChart),
            Self::Sources(SourceKind::HelmRepository) => sources!(HelmRepository),
            Self::Sources(SourceKind::OciRepository) => sources!(OciRepository),
            Self::Sources(SourceKind::GitRepository) => sources!(GitRepository),
            Self::Sources(SourceKind::Bucket) => sources!(Bucket),
            Self::Sources(SourceKind::ExternalArtifact) => sources!(ExternalArtifact),
            Self::Objects(WatchedKind::Deployment) => objects!(Deployment),
            Self::Objects(WatchedKind::ReplicaSet) => objects!(ReplicaSet),
            Self::Objects(WatchedKind::StatefulSet) => objects!(StatefulSet),
            Self::Objects(WatchedKind::DaemonSet) => objects!(DaemonSet),
            Self::Objects(WatchedKind::Job) => objects!(Job),
            Self::Objects(WatchedKind::PersistentVolumeClaim) => objects!(PersistentVolumeClaim),
            Self::Objects(WatchedKind::Pod) => objects!(Pod),
        }
    }

    /// The label selector of the watch.
    pub(super) fn watch_labels(self) -> &'static str {
        match self {
            Self::Storage(_) => "owner=helm",
            Self::HelmReleases | Self::Sources(_) => "",
            Self::Objects(_) => MANAGED_BY_HELM,
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
            Self::Objects(kind) => workload(kind, object).map(|object| Change::Object(Arc::new(object))),
        })
    }

    /// What the loss of an object tells.
    pub(super) fn gone(self, key: ObjectKey, uid: String) -> Change {
        match self {
            Self::Storage(driver) => Change::RevisionGone(driver, key, uid),
            Self::HelmReleases => Change::HelmReleaseGone(key),
            Self::Sources(kind) => Change::SourceGone(kind, key),
            Self::Objects(kind) => {
                Change::ObjectGone(ObjectId::new(kind.group(), kind.to_string(), key.namespace, key.name), uid)
            }
        }
    }
}

/// The label that Helm puts on every object it applies.
const MANAGED_BY_HELM: &str = "app.kubernetes.io/managed-by=Helm";

/// Items of a list do not say their kind.
fn workload(kind: WatchedKind, object: DynamicObject) -> Option<LiveObject> {
    let mut body = whole(object);
    if let Value::Object(fields) = &mut body {
        let group = kind.group();
        let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
        fields.insert("apiVersion".to_owned(), version.into());
        fields.insert("kind".to_owned(), kind.to_string().into());
    }
    LiveObject::read(body).filter(|object| object.release.is_some())
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
