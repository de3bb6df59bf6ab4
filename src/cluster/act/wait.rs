//! Waiting for what a step awaits.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::plan::told;
use crate::cluster::{Cluster, object};
use crate::plan::{Await, News, StepId, StepOutcome};

/// How often the server is asked while it is waited.
const PAUSE: Duration = Duration::from_secs(1);

/// Waits, and tells what is seen meanwhile.
pub(super) async fn wait(cluster: &Cluster, id: StepId, awaited: &Await, news: &mpsc::Sender<News>) -> StepOutcome {
    let Await::Handled { api_version, resource, object, before, timeout, .. } = awaited else {
        return StepOutcome::Failed("this is not awaited yet".to_owned());
    };
    let path = format!("/apis/{api_version}/namespaces/{}/{resource}/{}", object.namespace, object.name);
    let until = Instant::now() + Duration::from_secs(u64::from(*timeout));
    loop {
        match object::get(&cluster.client, &path, object::WHOLE).await {
            Ok(Some(live)) => {
                let text = |pointer: &str| live.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                if text("/status/lastHandledReconcileAt") != before {
                    return StepOutcome::Done(String::new());
                }
            }
            Ok(None) => return StepOutcome::Failed("it is gone".to_owned()),
            Err(error) => {
                // Nobody listens any more where the screen was left.
                let _ = news.send(News::Waiting(id, told(cluster, &error), None)).await;
            }
        }
        if Instant::now() >= until {
            return StepOutcome::Failed(format!("nothing happened for {timeout} s"));
        }
        sleep(PAUSE).await;
    }
}
