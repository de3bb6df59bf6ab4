//! The objects that writes are about, read one by one, as Flux reads them before it compares: whole, Secrets too.

use futures::StreamExt as _;
use serde_json::Value;

use super::Cluster;
use super::dry_run::{AT_ONCE, Place, place_of};
use super::object;
use super::problem;
use crate::ownership::next::NextWrite;
use crate::release::Problem;

/// What a write is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Objects of its kind are in namespaces.
    pub is_namespaced: bool,
    /// The object, if it is there.
    pub live: Option<Value>,
}

/// Reads, and tells of each, in their order, what was found.
pub(super) async fn found(cluster: &Cluster, writes: &[NextWrite]) -> Vec<Result<Found, Problem>> {
    let read = futures::stream::iter(writes).map(|next| one(cluster, next));
    read.buffered(AT_ONCE).collect().await
}

async fn one(cluster: &Cluster, next: &NextWrite) -> Result<Found, Problem> {
    let Place { path, is_namespaced, .. } = place_of(cluster, next).await?;
    let live = object::get(&cluster.client, &path, object::WHOLE).await;
    let live = live.map_err(|error| problem::of_request(&error, &cluster.server))?;
    Ok(Found { is_namespaced, live })
}
