//! The types by which fields are told apart, and what is said where the server does not tell them.

use std::collections::BTreeSet;

use super::say;
use crate::cluster::Cluster;
use crate::demo::Types;
use crate::schema::Schema;

/// Asks for the types of groups and versions, as `apps/v1`, and says of which the server tells nothing.
pub(super) async fn types(cluster: &Cluster, api_versions: BTreeSet<String>) -> Schema {
    let types = Types::ask(api_versions, async |api_version: String| cluster.schema(&api_version).await).await;
    for (cause, api_versions) in &types.untold {
        say(&format!("the types of {} are taken as they usually are: {cause}", api_versions.join(", ")));
    }
    types.schema()
}
