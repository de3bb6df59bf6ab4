//! The types by which fields are told apart: as the asked server describes them, or else as they come with Kubernetes and Flux.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use crate::release::Problem;
use crate::schema::Schema;

/// What a server told of groups and versions, as `apps/v1`. A kind that is known neither to it nor here is in no schema: what
/// uses it is guessed, and has to say so.
#[derive(Debug)]
pub struct Types {
    told: Vec<Arc<Schema>>,
    /// Of which the server tells nothing, by why.
    pub untold: BTreeMap<String, Vec<String>>,
}

impl Types {
    /// Asks for all of them at once.
    pub async fn ask<F>(api_versions: BTreeSet<String>, of: impl Fn(String) -> F) -> Self
    where
        F: Future<Output = Result<Arc<Schema>, Problem>>,
    {
        let answers = join_all(api_versions.iter().cloned().map(of)).await;
        let mut types = Self { told: Vec::new(), untold: BTreeMap::new() };
        for (api_version, answer) in api_versions.into_iter().zip(answers) {
            match answer {
                Ok(schema) => types.told.push(schema),
                Err(problem) => types.untold.entry(problem.cause).or_default().push(api_version),
            }
        }
        types
    }

    /// All of them in one; what the server tells counts before what is known. It may take long.
    #[must_use]
    pub fn schema(&self) -> Schema {
        let mut all = if self.untold.is_empty() { Schema::default() } else { super::schema() };
        self.told.iter().for_each(|schema| all.merge(Schema::clone(schema)));
        all
    }
}
