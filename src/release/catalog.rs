//! All that is known of the releases of one cluster, kept up to date change by change.
//!
//! Invariants: applying a change twice is the same as once; an older state of a stored revision never replaces a newer
//! one, so that lists and watch may overtake each other; nothing here grows with the number of events, only with the
//! number of objects.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::change::{Change, Feed, FeedKind, FeedState, Part};
use super::codec::Driver;
use super::flux::{HelmRelease, Kustomization, Source, SourceKind};
use super::object::{LiveObject, ObjectId, WatchedKind};
use super::payload::{Revision, Summary};
use super::query::StoredRef;
use super::storage::StoredRevision;
use super::{ObjectKey, Problem};

/// What one row is: the storage namespace and the name, and the driver, because the same release may be stored twice.
/// The context is the catalog's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReleaseId {
    /// Namespace of the stored revisions.
    pub storage_namespace: String,
    /// Name of the Helm release.
    pub name: String,
    /// Secret or ConfigMap.
    pub driver: Driver,
    /// The HelmRelease, where storage namespace and name alone do not name one row: a release on another cluster, or
    /// a second HelmRelease that claims the same release.
    pub claimant: Option<ObjectKey>,
}

impl ReleaseId {
    /// The id of a release that is stored in this cluster.
    #[must_use]
    pub fn stored(driver: Driver, storage_namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { storage_namespace: storage_namespace.into(), name: name.into(), driver, claimant: None }
    }
}

/// What the payload of a stored revision said when it was read.
#[derive(Debug, Clone)]
pub(super) struct Read {
    resource_version: String,
    pub(super) result: Result<Arc<Summary>, Problem>,
}

/// All that is known of one cluster's releases.
#[derive(Debug, Default)]
pub struct Catalog {
    stored: BTreeMap<ReleaseId, BTreeMap<Revision, Box<StoredRevision>>>,
    /// Where each storing object stands in `stored`: its labels may change, its name does not.
    places: HashMap<(Driver, ObjectKey), (ReleaseId, Revision)>,
    read: HashMap<String, Read>,
    pub(super) helm_releases: BTreeMap<ObjectKey, Arc<HelmRelease>>,
    sources: BTreeMap<(SourceKind, ObjectKey), Arc<Source>>,
    kustomizations: BTreeMap<ObjectKey, Arc<Kustomization>>,
    /// Which release a workload belongs to, and whether Flux made it.
    workloads: BTreeMap<ObjectId, (ObjectKey, bool)>,
    namespaces: Vec<String>,
    feeds: BTreeMap<Feed, FeedState>,
}

impl Catalog {
    /// Takes in one change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Revision(revision) => self.put_revision(revision),
            Change::RevisionGone(driver, key, uid) => self.drop_revision(driver, key, Some(&uid)),
            Change::HelmRelease(object) => {
                self.helm_releases.insert(object.key.clone(), object);
            }
            Change::HelmReleaseGone(key) => {
                self.helm_releases.remove(&key);
            }
            Change::Source(object) => {
                self.sources.insert((object.kind, object.key.clone()), object);
            }
            Change::SourceGone(kind, key) => {
                self.sources.remove(&(kind, key));
            }
            Change::Kustomization(object) => {
                self.kustomizations.insert(object.key.clone(), object);
            }
            Change::KustomizationGone(key) => {
                self.kustomizations.remove(&key);
            }
            Change::Object(object) => self.put_workload(&object),
            Change::ObjectGone(id, _) => {
                self.workloads.remove(&id);
            }
            Change::Event(_) | Change::EventGone(_) | Change::Inventory(..) => {}
            Change::Namespaces(namespaces) => self.namespaces = namespaces,
            Change::Feed(feed, state) => {
                self.feeds.insert(feed, state);
            }
        }
    }

    /// Keeps what a payload said, until the storing object changes or goes.
    pub fn keep_summary(&mut self, object: &StoredRef, result: Result<Arc<Summary>, Problem>) {
        let resource_version = object.resource_version.clone();
        self.read.insert(object.uid.clone(), Read { resource_version, result });
    }

    /// What the payload of exactly this state of the storing object said, if it was read.
    #[must_use]
    pub fn summary(&self, object: &StoredRef) -> Option<&Result<Arc<Summary>, Problem>> {
        self.read
            .get(&object.uid)
            .filter(|read| read.resource_version == object.resource_version)
            .map(|read| &read.result)
    }

    /// The stored revisions of a release, newest first.
    pub fn revisions(&self, id: &ReleaseId) -> impl Iterator<Item = &StoredRevision> {
        self.stored.get(id).into_iter().flat_map(|revisions| revisions.values().rev().map(|revision| &**revision))
    }

    /// Every release of which a revision is stored.
    pub(super) fn stored_ids(&self) -> impl Iterator<Item = &ReleaseId> {
        self.stored.keys()
    }

    /// How many revisions of a release are stored.
    #[must_use]
    pub fn revision_count(&self, id: &ReleaseId) -> usize {
        self.stored.get(id).map_or(0, BTreeMap::len)
    }

    /// A HelmRelease by its key.
    #[must_use]
    pub fn helm_release(&self, key: &ObjectKey) -> Option<&Arc<HelmRelease>> {
        self.helm_releases.get(key)
    }

    /// A chart or repository object of Flux.
    #[must_use]
    pub fn source(&self, kind: SourceKind, key: &ObjectKey) -> Option<&Arc<Source>> {
        self.sources.get(&(kind, key.clone()))
    }

    /// A Kustomization by its key.
    #[must_use]
    pub fn kustomization(&self, key: &ObjectKey) -> Option<&Arc<Kustomization>> {
        self.kustomizations.get(key)
    }

    /// The releases that workloads name, and whether Flux made those.
    pub(super) fn named_releases(&self) -> impl Iterator<Item = (&ObjectKey, bool)> {
        self.workloads.values().map(|(release, by_flux)| (release, *by_flux))
    }

    /// The release that a workload names, and whether Flux made it.
    #[must_use]
    pub fn named_by(&self, workload: &ObjectId) -> Option<&(ObjectKey, bool)> {
        self.workloads.get(workload)
    }

    /// Whether releases of a namespace are inferred from workloads.
    #[must_use]
    pub fn infers(&self, namespace: &str) -> bool {
        self.storage_readable(Driver::Secret, namespace) == Some(false)
    }

    /// The release of which an object stores a revision.
    #[must_use]
    pub fn stored_by(&self, driver: Driver, object: &ObjectKey) -> Option<&ReleaseId> {
        self.places.get(&(driver, object.clone())).map(|(id, _)| id)
    }

    /// Whether an object still stores the newest revision of a release in this state, and was not read in it.
    #[must_use]
    pub fn is_unread(&self, id: &ReleaseId, object: &StoredRef) -> bool {
        let newest = self.revisions(id).next().is_some_and(|newest| newest.object == *object);
        newest && self.summary(object).is_none()
    }

    /// The namespaces that are known: those that the server listed, and those in which something was seen.
    #[must_use]
    pub fn namespaces(&self) -> Vec<String> {
        let mut all: Vec<String> = self.namespaces.clone();
        all.extend(self.stored.keys().map(|id| id.storage_namespace.clone()));
        all.extend(self.helm_releases.keys().map(|key| key.namespace.clone()));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether a namespace exists: `None` where the server was not asked, or does not list namespaces to this user.
    #[must_use]
    pub fn namespace_exists(&self, namespace: &str) -> Option<bool> {
        (!self.namespaces.is_empty()).then(|| self.namespaces.iter().any(|one| one == namespace))
    }

    /// How each feed is doing.
    #[must_use]
    pub fn feeds(&self) -> &BTreeMap<Feed, FeedState> {
        &self.feeds
    }

    /// Whether release storage of this driver may be read in a namespace: `None` as long as nobody answered.
    #[must_use]
    pub fn storage_readable(&self, driver: Driver, namespace: &str) -> Option<bool> {
        let at = |namespace: Option<&str>| {
            let feed = Feed { kind: FeedKind::Storage(driver, Part::Current), namespace: namespace.map(str::to_owned) };
            self.feeds.get(&feed)
        };
        match (at(Some(namespace)), at(None)) {
            (Some(FeedState::Live | FeedState::Stale { .. }), _)
            | (None, Some(FeedState::Live | FeedState::Stale { .. })) => Some(true),
            (Some(FeedState::Forbidden), _) | (None, Some(FeedState::Forbidden)) => Some(false),
            _ => None,
        }
    }

    /// Whether a HelmRelease that is not here is not there: all that are looked for were listed, or their kind is not served.
    /// Where the cluster-wide list is forbidden, that is so of the namespaces that stand for it.
    pub(super) fn knows_helm_releases(&self) -> bool {
        let states = || self.feeds.iter().filter(|(feed, _)| feed.kind == FeedKind::HelmReleases);
        let namespaced = states().any(|(feed, _)| feed.namespace.is_some());
        states().all(|(feed, state)| match state {
            FeedState::Live | FeedState::Stale { .. } | FeedState::Absent | FeedState::Unsupported { .. } => true,
            FeedState::Forbidden => feed.namespace.is_none() && namespaced,
            FeedState::Loading => false,
        })
    }

    /// Namespaces in which release Secrets may not be read, and whether those are all that there are.
    #[must_use]
    pub fn hidden_namespaces(&self) -> Hidden {
        let secrets = FeedKind::Storage(Driver::Secret, Part::Current);
        let mut hidden = Hidden::default();
        for (feed, state) in self.feeds.iter().filter(|(feed, _)| feed.kind == secrets) {
            match (&feed.namespace, state) {
                (None, FeedState::Forbidden) => hidden.whole_cluster = true,
                (Some(namespace), FeedState::Forbidden) => hidden.namespaces.push(namespace.clone()),
                _ => {}
            }
        }
        hidden.namespaces_listed = !self.namespaces.is_empty();
        hidden
    }

    fn put_workload(&mut self, object: &LiveObject) {
        let names = WatchedKind::of(&object.id.group, &object.id.kind).is_some_and(WatchedKind::names_releases);
        match object.release.clone().filter(|_| names) {
            Some(release) => {
                self.workloads.insert(object.id.clone(), (release, object.origin.is_some()));
            }
            None => {
                self.workloads.remove(&object.id);
            }
        }
    }

    fn put_revision(&mut self, revision: Box<StoredRevision>) {
        let object = &revision.object;
        let id = ReleaseId::stored(object.driver, &object.key.namespace, &revision.release);
        let number = revision.revision;
        let place = (object.driver, object.key.clone());
        if let Some((old_id, old_number)) = self.places.get(&place) {
            let known = self.stored.get(old_id).and_then(|revisions| revisions.get(old_number));
            if known.is_some_and(|known| known.object.uid == object.uid && age(known) > age(&revision)) {
                return;
            }
            if (old_id, *old_number) != (&id, number) {
                self.drop_revision(object.driver, object.key.clone(), None);
            }
        }
        self.places.insert(place, (id.clone(), number));
        self.stored.entry(id).or_default().insert(number, revision);
    }

    /// Drops what the object of this name stored; with a uid, only if it is that very object.
    fn drop_revision(&mut self, driver: Driver, key: ObjectKey, uid: Option<&str>) {
        let place = (driver, key);
        let Some((id, number)) = self.places.get(&place) else { return };
        let Some(revisions) = self.stored.get_mut(id) else { return };
        let Some(known) = revisions.get(number) else { return };
        if uid.is_some_and(|uid| uid != known.object.uid) {
            return;
        }
        self.read.remove(&known.object.uid);
        revisions.remove(number);
        if revisions.is_empty() {
            self.stored.remove(id);
        }
        self.places.remove(&place);
    }
}

/// What of the cluster this user may not see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hidden {
    /// Release Secrets may not be listed cluster-wide.
    pub whole_cluster: bool,
    /// Namespaces in which they may not be listed.
    pub namespaces: Vec<String>,
    /// Whether the namespaces of the cluster could be listed; if not, there may be more.
    pub namespaces_listed: bool,
}

/// resourceVersions of one kind compare as integers since Kubernetes 1.35, and have done so on etcd before.
fn age(revision: &StoredRevision) -> u64 {
    revision.object.resource_version.parse().unwrap_or(0)
}
