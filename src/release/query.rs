//! What the application asks for beyond the watches, and what comes back.

use std::sync::Arc;

use super::codec::Driver;
use super::flux::ValuesReference;
use super::payload::{Payload, Summary};
use super::values::Source;
use super::{ObjectKey, Problem};

/// Which namespaces are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// Every namespace that may be read.
    #[default]
    All,
    /// One namespace: that of the release storage and of the HelmReleases, as Helm's `-n` means it.
    Namespace(String),
}

impl Scope {
    /// The one namespace, if it is one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Namespace(namespace) => Some(namespace),
        }
    }

    /// Whether an object of this namespace is looked at.
    #[must_use]
    pub fn holds(&self, namespace: &str) -> bool {
        self.namespace().is_none_or(|one| one == namespace)
    }
}

/// A context that can be chosen: which cluster, as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextEntry {
    /// Its name.
    pub name: String,
    /// The cluster, as the kubeconfig calls it.
    pub cluster: String,
    /// The user, as the kubeconfig calls it.
    pub user: String,
    /// Its namespace, where it names one.
    pub namespace: Option<String>,
}

/// The object that stores one revision, in the state in which it was seen. A payload is fetched by it and cached by
/// `uid` and `resource_version`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoredRef {
    /// Secret or ConfigMap.
    pub driver: Driver,
    /// Namespace and name of the storing object.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion.
    pub resource_version: String,
}

/// Which log is read, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogRequest {
    /// The Pod.
    pub pod: ObjectKey,
    /// The container.
    pub container: String,
    /// That of the container's run before the present one.
    pub previous: bool,
    /// Goes on as the container writes.
    pub follow: bool,
    /// Only what was written in the last so many seconds.
    pub since_seconds: Option<i64>,
    /// Only the last so many lines.
    pub tail: Option<i64>,
}

/// What a log said.
#[derive(Debug, Clone, PartialEq)]
pub enum LogNews {
    /// Lines as they were written, without their ends.
    Lines(Vec<String>),
    /// Nothing more will come.
    Ended,
    /// Nothing more will come, and why.
    Failed(Problem),
}

/// How a Deployment of a Flux controller is doing, for the case that the controller says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    /// Its Deployment.
    pub key: ObjectKey,
    /// `spec.replicas`.
    pub replicas: i64,
    /// `status.readyReplicas`.
    pub ready: i64,
}

/// A question to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Chart, app version and the like of one stored revision.
    Summary(StoredRef),
    /// All that one stored revision holds.
    Payload(StoredRef),
    /// The Deployments of Flux's controllers of this name, wherever they are.
    Controllers(String),
    /// What the entries of a HelmRelease's valuesFrom hold; its namespace, and the entries in their order.
    ValuesFrom(String, Vec<ValuesReference>),
}

/// The answer to a [`Query`].
#[derive(Debug, Clone)]
pub enum Answer {
    /// To [`Query::Summary`].
    Summary(StoredRef, Result<Arc<Summary>, Problem>),
    /// To [`Query::Payload`].
    Payload(StoredRef, Result<Arc<Payload>, Problem>),
    /// To [`Query::Controllers`].
    Controllers(String, Result<Vec<Controller>, Problem>),
    /// To [`Query::ValuesFrom`]: its namespace, and the entries in their order, each with what was found.
    ValuesFrom(String, Vec<Source>),
}
