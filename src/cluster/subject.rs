//! What each kind of feed reads: which resource, by which selectors, and how its objects become changes.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::order::Rank;
use super::project::project;
use crate::ownership::classes::Row;
use crate::ownership::edited::{edited, is_editor};
use crate::ownership::managed_fields;
use crate::ownership::parent::hand_edits;
use crate::release::codec::Driver;
use crate::release::flux::{
    HELM_GROUP, HELM_VERSION, HelmRelease, KUSTOMIZE_GROUP, KUSTOMIZE_VERSION, Kustomization, SOURCE_GROUP,
    SOURCE_VERSION, Source, SourceKind,
};
use crate::release::storage::StoredRevision;
use crate::release::{Change, Feed, FeedKind, FeedState, LiveObject, ObjectId, ObjectKey, Part, Problem, WatchedKind};

/// What a feed reads, and what its objects tell.
pub(super) trait Reads: Clone + Send + Sync + 'static {
    /// The resource, in the only version that is read.
    fn resource(&self) -> ApiResource;
    /// Whether metadata is all that is asked for.
    fn metadata_only(&self) -> bool;
    /// The lists, in their order. The state of the first speaks for the watch as well.
    fn stages(&self) -> &'static [Stage];
    /// The label selector of the watch.
    fn watch_labels(&self) -> &'static str;
    /// The field selector of lists and watch.
    fn fields(&self) -> Option<String>;
    /// How the state of a list is said.
    fn say(&self, part: Part, namespace: Option<&str>, state: &FeedState) -> Vec<Change>;
    /// What the present state of an object tells; `None` if the object is not of those that are looked for. `managers`: rows of
    /// the user's settings.
    ///
    /// # Errors
    /// When the object cannot be read.
    fn present(&self, object: DynamicObject, managers: &[Row]) -> Result<Option<Change>, Problem>;
    /// What the loss of an object tells.
    fn gone(&self, key: ObjectKey, uid: String) -> Change;
}

/// One list: which part of what is read it covers, and the label selector that makes it so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) part: Part,
    pub(super) labels: &'static str,
}

/// Everything in one list.
pub(super) const WHOLE: &[Stage] = &[Stage { part: Part::Current, labels: "" }];

/// What the list of releases is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Release storage of one driver.
    Storage(Driver),
    /// `HelmRelease` objects.
    HelmReleases,
    /// Chart and repository objects.
    Sources(SourceKind),
    /// `Kustomization` objects.
    Kustomizations,
    /// Workloads of releases, and what workloads own.
    Objects(WatchedKind),
}

impl Subject {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Self::Storage(Driver::Secret), Self::Storage(Driver::ConfigMap), Self::HelmReleases, Self::Kustomizations]
            .into_iter()
            .chain(SourceKind::iter().map(Self::Sources))
            .chain(WatchedKind::iter().map(Self::Objects))
    }

    /// When its first list is read.
    pub(super) fn rank(self) -> Rank {
        match self {
            Self::Storage(_) | Self::HelmReleases => Rank::Rows,
            Self::Sources(_) | Self::Kustomizations => Rank::Workloads,
            Self::Objects(kind) if is_labelled(kind) => Rank::Workloads,
            Self::Objects(_) => Rank::Pods,
        }
    }

    fn kind(self, part: Part) -> FeedKind {
        match self {
            Self::Storage(driver) => FeedKind::Storage(driver, part),
            Self::HelmReleases => FeedKind::HelmReleases,
            Self::Sources(kind) => FeedKind::Sources(kind),
            Self::Kustomizations => FeedKind::Kustomizations,
            Self::Objects(kind) => FeedKind::Objects(kind),
        }
    }
}

impl Reads for Subject {
    fn resource(&self) -> ApiResource {
        let (group, version, kind, plural) = match *self {
            Self::Storage(Driver::Secret) => ("", "v1", "Secret", "secrets"),
            Self::Storage(Driver::ConfigMap) => ("", "v1", "ConfigMap", "configmaps"),
            Self::HelmReleases => (HELM_GROUP, HELM_VERSION, "HelmRelease", "helmreleases"),
            Self::Kustomizations => (KUSTOMIZE_GROUP, KUSTOMIZE_VERSION, "Kustomization", "kustomizations"),
            Self::Sources(kind) => {
                let resource = GroupVersionKind::gvk(SOURCE_GROUP, SOURCE_VERSION, &kind.to_string());
                return ApiResource::from_gvk_with_plural(&resource, kind.plural());
            }
            Self::Objects(kind) => return resource_of(kind),
        };
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
    }

    /// Payloads are megabytes, and most are never looked at. Of ReplicaSets nothing is wanted but who owns them and
    /// whom they own, to come from a Pod to its Deployment; there are ten old ones for each that runs, and each
    /// repeats the whole template of its Pods.
    fn metadata_only(&self) -> bool {
        match self {
            Self::Storage(_) | Self::Objects(WatchedKind::ReplicaSet) => true,
            Self::HelmReleases | Self::Kustomizations | Self::Sources(_) | Self::Objects(_) => false,
        }
    }

    fn stages(&self) -> &'static [Stage] {
        const fn storage(rest: &'static str, superseded: &'static str) -> [Stage; 2] {
            [Stage { part: Part::Current, labels: rest }, Stage { part: Part::Superseded, labels: superseded }]
        }
        const STORAGE: [Stage; 2] = storage("owner=helm,status!=superseded", "owner=helm,status=superseded");
        const LABELLED: &[Stage] = &[Stage { part: Part::Current, labels: MANAGED_BY_HELM }];
        match *self {
            Self::Storage(_) => &STORAGE,
            Self::HelmReleases | Self::Kustomizations | Self::Sources(_) => WHOLE,
            Self::Objects(kind) if is_labelled(kind) => LABELLED,
            Self::Objects(_) => WHOLE,
        }
    }

    fn watch_labels(&self) -> &'static str {
        match *self {
            Self::Storage(_) => "owner=helm",
            Self::HelmReleases | Self::Kustomizations | Self::Sources(_) => "",
            Self::Objects(kind) if is_labelled(kind) => MANAGED_BY_HELM,
            Self::Objects(_) => "",
        }
    }

    fn fields(&self) -> Option<String> {
        None
    }

    fn say(&self, part: Part, namespace: Option<&str>, state: &FeedState) -> Vec<Change> {
        let feed = Feed { kind: self.kind(part), namespace: namespace.map(str::to_owned) };
        vec![Change::Feed(feed, state.clone())]
    }

    fn present(&self, object: DynamicObject, managers: &[Row]) -> Result<Option<Change>, Problem> {
        Ok(match *self {
            Self::Storage(driver) => {
                StoredRevision::read(driver, &object.metadata).map(|revision| Change::Revision(Box::new(revision)))
            }
            Self::HelmReleases => Some(Change::HelmRelease(Arc::new(helm_release(object, managers)?))),
            Self::Sources(kind) => Some(Change::Source(Arc::new(Source::read(kind, &whole(object))?))),
            Self::Kustomizations => Some(Change::Kustomization(Arc::new(Kustomization::read(&whole(object))?))),
            Self::Objects(kind) => {
                let edited = if is_labelled(kind) { edited_fields(&object.metadata, managers) } else { 0 };
                let object = LiveObject::read(project(kind, typed(object, &resource_of(kind))));
                let kept = object.filter(|object| !is_labelled(kind) || object.release.is_some());
                kept.map(|object| Change::Object(Arc::new(LiveObject { edited, ..object })))
            }
        })
    }

    fn gone(&self, key: ObjectKey, uid: String) -> Change {
        match *self {
            Self::Storage(driver) => Change::RevisionGone(driver, key, uid),
            Self::HelmReleases => Change::HelmReleaseGone(key),
            Self::Sources(kind) => Change::SourceGone(kind, key),
            Self::Kustomizations => Change::KustomizationGone(key),
            Self::Objects(kind) => {
                Change::ObjectGone(ObjectId::new(kind.group(), kind.to_string(), key.namespace, key.name), uid)
            }
        }
    }
}

/// How many fields of an object are held by people alone. Most objects have nobody's entry but those of Helm and of
/// controllers: theirs are not taken apart.
fn edited_fields(meta: &ObjectMeta, managers: &[Row]) -> usize {
    let entries = meta.managed_fields.as_deref().unwrap_or_default();
    if !entries.iter().any(|entry| is_editor(entry.manager.as_deref().unwrap_or_default(), managers)) {
        return 0;
    }
    edited(&managed_fields(&json!({ "metadata": { "managedFields": entries } })), managers)
}

/// The label that Helm puts on every object it applies.
const MANAGED_BY_HELM: &str = "app.kubernetes.io/managed-by=Helm";

/// Whether only the objects that Helm applied itself are looked for. What these own, and the claims that are made from
/// a template, carry labels of their own; a Job of a CronJob does too, and is looked for where its release is open.
fn is_labelled(kind: WatchedKind) -> bool {
    match kind {
        WatchedKind::Deployment | WatchedKind::StatefulSet | WatchedKind::DaemonSet | WatchedKind::Job => true,
        WatchedKind::ReplicaSet | WatchedKind::PersistentVolumeClaim | WatchedKind::Pod => false,
    }
}

/// The resource of a watched kind. They are served by every server, in this version.
pub(super) fn resource_of(kind: WatchedKind) -> ApiResource {
    let resource = GroupVersionKind::gvk(kind.group(), "v1", &kind.to_string());
    ApiResource::from_gvk_with_plural(&resource, kind.plural())
}

/// With what only managed fields tell: when somebody last wrote the spec, when the status was, and what was written by hand.
fn helm_release(object: DynamicObject, managers: &[Row]) -> Result<HelmRelease, Problem> {
    let entries = object.metadata.managed_fields.clone().unwrap_or_default();
    let newest = |status: bool| {
        let of = entries.iter().filter(|entry| (entry.subresource.as_deref() == Some("status")) == status);
        of.filter_map(|entry| entry.time.as_ref()).map(|time| time.0).max()
    };
    let (spec_written, status_written) = (newest(false), newest(true));
    let is_edited = entries.iter().any(|entry| is_editor(entry.manager.as_deref().unwrap_or_default(), managers));
    let entries = json!({ "metadata": { "managedFields": entries } });
    let body = whole(object);
    let hand_edits = if is_edited { hand_edits(&body, &managed_fields(&entries), managers) } else { Vec::new() };
    Ok(HelmRelease { spec_written, status_written, hand_edits, ..HelmRelease::read(&body)? })
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

/// The same, with what it is: items of a list do not say that.
pub(super) fn typed(object: DynamicObject, resource: &ApiResource) -> Value {
    let mut body = whole(object);
    if let Value::Object(fields) = &mut body {
        fields.insert("apiVersion".to_owned(), resource.api_version.clone().into());
        fields.insert("kind".to_owned(), resource.kind.clone().into());
    }
    body
}
