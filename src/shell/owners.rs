//! Who owns what of a release, and what the API server says becomes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::{JoinError, spawn_blocking};

use super::port::Link;
use crate::app::owners::Known;
use crate::demo::Types;
use crate::ownership::subject::Subject;
use crate::schema::Schema;

/// Finds it out. What is computed is told first where the API server has to be asked: a slow one must not keep it back.
pub(super) async fn own<L: Link>(
    link: &L,
    subject: Subject,
    before: Option<Arc<Known>>,
    tries: bool,
    tell: impl AsyncFnOnce(Arc<Known>),
) -> Result<Arc<Known>, JoinError> {
    let schema = Arc::new(types(link, subject.api_versions()).await);
    let types = Arc::clone(&schema);
    let begun = spawn_blocking(move || Known::begin(subject, &types, before.as_deref(), tries));
    let (known, writes) = begun.await?;
    if writes.is_empty() {
        return Ok(Arc::new(known));
    }
    tell(Arc::new(known.clone())).await;
    let answers = link.dry_runs(writes).await.into_iter();
    let answers = answers.map(|(write, outcome)| (write, outcome.map_err(|problem| problem.cause))).collect();
    spawn_blocking(move || Arc::new(known.end(&schema, answers))).await
}

/// The types of some groups and versions, as `apps/v1`.
pub(super) async fn types<L: Link>(link: &L, api_versions: BTreeSet<String>) -> Schema {
    let types = Types::ask(api_versions, |api_version| link.schema(api_version)).await;
    for (cause, api_versions) in &types.untold {
        tracing::info!(?api_versions, %cause, "types are taken from those that are known");
    }
    // Fails only when the program ends, or where the known ones are damaged: then types are deduced.
    spawn_blocking(move || types.schema()).await.unwrap_or_default()
}
