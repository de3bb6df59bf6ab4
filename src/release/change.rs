//! What the cluster tells the application: one object, one loss, one state of a feed at a time.

use std::sync::Arc;

use jiff::Timestamp;

use super::codec::Driver;
use super::flux::{HelmRelease, Source, SourceKind};
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
    /// A workload that says which Helm release it belongs to; watched only where Secrets are forbidden.
    Workload(Workload),
    /// Such a workload was deleted or says so no more.
    WorkloadGone(WorkloadKind, ObjectKey),
    /// The namespaces that exist as far as this user may know.
    Namespaces(Vec<String>),
    /// How one watch is doing.
    Feed(Feed, FeedState),
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

/// The kinds of workload from which native releases are inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumIter)]
pub enum WorkloadKind {
    /// `apps/v1` Deployment.
    Deployment,
    /// `apps/v1` `StatefulSet`.
    StatefulSet,
    /// `apps/v1` `DaemonSet`.
    DaemonSet,
}

/// A workload that carries `meta.helm.sh/release-name` and `-namespace`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its namespace and name.
    pub key: ObjectKey,
    /// `meta.helm.sh/release-name`.
    pub release: String,
    /// `meta.helm.sh/release-namespace`: the release's namespace, not the storage's.
    pub release_namespace: String,
    /// Whether Flux's origin labels say that a HelmRelease made it.
    pub flux_origin: bool,
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
    /// Metadata of workloads.
    Workloads(WorkloadKind),
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
