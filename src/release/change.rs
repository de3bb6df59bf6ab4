//! What the cluster tells the application: one object, one loss, one state of a feed at a time.

use std::sync::Arc;

use jiff::Timestamp;

use super::codec::Driver;
use super::flux::{HelmRelease, Kustomization, Source, SourceKind};
use super::object::{Event, LiveObject, ObjectId, Resource, WatchedKind};
use super::storage::StoredRevision;
use super::{ObjectKey, Problem};

/// One thing learnt from a watch. Applying the same change twice is the same as once.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A stored revision as its metadata tells it.
    Revision(Box<StoredRevision>),
    /// A stored revision was deleted: the storing object of this name and uid.
    RevisionGone(Driver, ObjectKey, String),
    /// A HelmRelease as it is now.
    HelmRelease(Arc<HelmRelease>),
    /// A HelmRelease was deleted.
    HelmReleaseGone(ObjectKey),
    /// A chart or repository object of Flux as it is now.
    Source(Arc<Source>),
    /// A chart or repository object was deleted.
    SourceGone(SourceKind, ObjectKey),
    /// A Kustomization of Flux as it is now.
    Kustomization(Arc<Kustomization>),
    /// A Kustomization was deleted.
    KustomizationGone(ObjectKey),
    /// A workload, or an object of an open release, as it is now.
    Object(Arc<LiveObject>),
    /// Such an object was deleted: what it was, and its uid.
    ObjectGone(ObjectId, String),
    /// An Event about an object of an open release.
    Event(Box<Event>),
    /// Such an Event has run out.
    EventGone(ObjectKey),
    /// The namespaces that exist as far as this user may know.
    Namespaces(Vec<String>),
    /// How one watch is doing.
    Feed(Feed, FeedState),
    /// How the watch of one kind of an open release is doing.
    Inventory(Resource, FeedState),
}

/// Which part of the stored revisions a list covers. Two lists, because what is not superseded makes the rows and is a
/// tenth of the bytes; one watch goes on from both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Everything but superseded revisions.
    Current,
    /// Superseded revisions: counts, histories, and releases of which nothing else remains.
    Superseded,
}

/// What a feed reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FeedKind {
    /// Release storage, metadata only.
    Storage(Driver, Part),
    /// HelmReleases, whole.
    HelmReleases,
    /// Chart and repository objects of Flux, whole.
    Sources(SourceKind),
    /// Kustomizations, whole.
    Kustomizations,
    /// Workloads and what they own: only what health reads of them.
    Objects(WatchedKind),
}

/// One watch: what it reads, and where (`None`: all namespaces).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Feed {
    /// What it reads.
    pub kind: FeedKind,
    /// Where; `None` is the whole cluster.
    pub namespace: Option<String>,
}

/// How a feed is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedState {
    /// The first list has not ended.
    Loading,
    /// The list is whole and changes arrive.
    Live,
    /// The server does not serve the kind; asked again now and then.
    Absent,
    /// The kind is served only in versions that are not read here.
    Unsupported {
        /// The versions that are served.
        served: Vec<String>,
    },
    /// This user may not list it there.
    Forbidden,
    /// What is shown is as of `since`; the watch tries again by itself.
    Stale {
        /// When the last good answer came.
        since: Timestamp,
        /// Why.
        problem: Problem,
    },
}
