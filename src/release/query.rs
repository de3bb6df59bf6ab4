//! What the application asks for beyond the watches, and what comes back.

use std::sync::Arc;

use super::codec::Driver;
use super::payload::{Payload, Summary};
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

/// A question to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Chart, app version and the like of one stored revision.
    Summary(StoredRef),
    /// All that one stored revision holds.
    Payload(StoredRef),
}

/// The answer to a [`Query`].
#[derive(Debug, Clone)]
pub enum Answer {
    /// To [`Query::Summary`].
    Summary(StoredRef, Result<Arc<Summary>, Problem>),
    /// To [`Query::Payload`].
    Payload(StoredRef, Result<Arc<Payload>, Problem>),
}
