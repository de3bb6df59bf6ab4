//! Waiting for what a step awaits.

use tokio::sync::mpsc;

use super::handled::handled;
use crate::cluster::Cluster;
use crate::plan::{Await, News, StepId, StepOutcome};

/// Waits, and tells what is seen meanwhile.
pub(super) async fn wait(cluster: &Cluster, id: StepId, awaited: &Await, news: &mpsc::Sender<News>) -> StepOutcome {
    match handled(cluster, id, awaited, news).await {
        Some(outcome) => outcome,
        None => StepOutcome::Failed("this is not awaited yet".to_owned()),
    }
}
