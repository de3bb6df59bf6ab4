//! The types by which it is told who owns what: the cluster's own; where it does not tell them, those that come with
//! Kubernetes and Flux.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::port::Link;
use crate::demo;
use crate::schema::Schema;

/// The types of some groups and versions, as `apps/v1`.
pub(super) async fn of<L: Link>(link: &L, api_versions: BTreeSet<String>) -> Schema {
    let mut parts: Vec<Arc<Schema>> = Vec::new();
    let mut are_whole = true;
    for api_version in api_versions {
        match link.schema(api_version.clone()).await {
            Ok(part) => parts.push(part),
            Err(problem) => {
                tracing::info!(%api_version, %problem, "its types are taken from those that are known");
                are_whole = false;
            }
        }
    }
    let merge = move || {
        let mut schema = if are_whole { Schema::default() } else { demo::schema() };
        // What the cluster tells counts before what is known.
        for part in parts {
            schema.merge(Schema::clone(&part));
        }
        schema
    };
    // Fails only when the program ends, or where the known ones are damaged: then types are deduced.
    tokio::task::spawn_blocking(merge).await.unwrap_or_default()
}
