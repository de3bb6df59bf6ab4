//! What a release is: how Helm stores it, how Flux describes it, and the join of both.
//!
//! Pure: no I/O, no clock. Everything that comes from a cluster arrives as a [`Change`] or an [`Answer`] and is kept
//! in a [`Catalog`], from which the rows of the list are made.

pub mod catalog;
pub mod change;
pub mod codec;
#[cfg(test)]
pub(crate) mod example;
pub mod flux;
pub mod history;
pub mod join;
pub mod labels;
mod labels_names;
pub mod manifest;
pub mod mask;
pub mod name;
pub mod object;
pub mod payload;
pub mod problem;
pub mod query;
pub mod storage;
pub mod text;
pub mod values;
pub mod yaml;

pub use catalog::{Catalog, Hidden, ReleaseId};
pub use change::{Change, Feed, FeedKind, FeedState, Part};
pub use join::{Evidence, Management, PayloadState, Release};
pub use object::{Event, Inventory, LiveObject, ObjectId, Resource, WatchedKind};
pub use problem::{Problem, ProblemKind};
pub use query::{Answer, ContextEntry, Controller, LogNews, LogRequest, Query, Scope, StoredRef};

/// Namespace and name of a namespaced object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectKey {
    /// Puts both together.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
