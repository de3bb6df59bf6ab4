//! The types by which fields are told apart: as the server describes them, or else as they come with Kubernetes and Flux.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::say;
use crate::cluster::Cluster;
use crate::demo;
use crate::schema::Schema;

/// Asks for the types of groups and versions, as `apps/v1`, and says of which the server tells nothing. A kind that is known
/// neither to the server nor here is in no schema: what uses it is guessed, and has to say so.
pub(super) async fn types(cluster: &Cluster, api_versions: BTreeSet<&str>) -> Schema {
    let asked = api_versions.into_iter().map(async |api_version| (api_version, cluster.schema(api_version).await));
    let mut told = Vec::new();
    let mut untold: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (api_version, answer) in join_all(asked).await {
        match answer {
            Ok(schema) => told.push(schema),
            Err(problem) => untold.entry(problem.cause).or_default().push(api_version),
        }
    }
    let mut all = if untold.is_empty() { Schema::default() } else { demo::schema() };
    told.iter().for_each(|schema| all.merge(Schema::clone(schema)));
    for (cause, api_versions) in untold {
        say(&format!("the types of {} are taken as they usually are: {cause}", api_versions.join(", ")));
    }
    all
}
