//! Waiting for what a step awaits.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{gone, handled, quiet, settled};
use crate::cluster::Cluster;
use crate::plan::flux::follow::{Follow, Until};
use crate::plan::{Await, News, StepId, StepOutcome, step};

/// How often the server is asked while it is waited.
pub(super) const PAUSE: Duration = Duration::from_secs(1);
/// How long is waited where nothing is said.
/// Source: helm.sh/helm v4.3.1 `pkg/kube/statuswait.go`, `DefaultStatusWatcherTimeout`.
const UNSAID: u32 = 30;

/// Waits, and tells what is seen meanwhile.
pub(super) async fn wait(cluster: &Cluster, id: StepId, awaited: &Await, news: &mpsc::Sender<News>) -> StepOutcome {
    match awaited {
        Await::Handled { api_version, resource, object, token, demand, before, timeout } => {
            let until = Until::Token { token: token.clone(), demand: *demand, before: before.clone() };
            let path = step::path_of(api_version, resource, &object.namespace);
            handled::handled(cluster, id, Follow::new(until, *timeout), &path, object, news).await
        }
        Await::Reconciled { api_version, resource, object, timeout } => {
            let path = step::path_of(api_version, resource, &object.namespace);
            handled::handled(cluster, id, Follow::new(Until::Generation, *timeout), &path, object, news).await
        }
        Await::Quiet { api_version, resource, object, timeout } => {
            let told = Telling::new(news, id, *timeout);
            quiet::quiet(cluster, (api_version, resource, object), told).await
        }
        Await::Gone { api_version, resource, object, timeout } => {
            let told = Telling::new(news, id, *timeout);
            gone::gone(cluster, (api_version, resource, object), told).await
        }
        Await::HookDone { api_version, resource, object, timeout } => {
            let place = (api_version.clone(), resource.clone(), object.clone());
            settled::hook_done(cluster, &place, Telling::new(news, id, *timeout)).await
        }
        Await::Settled { objects, jobs, timeout } => {
            settled::settled(cluster, objects, *jobs, Telling::new(news, id, *timeout)).await
        }
    }
}

/// Tells what is waited for, each thing once, and until when.
pub(super) struct Telling<'n> {
    news: &'n mpsc::Sender<News>,
    id: StepId,
    until: Instant,
    last: String,
}

impl<'n> Telling<'n> {
    fn new(news: &'n mpsc::Sender<News>, id: StepId, timeout: u32) -> Self {
        let seconds = if timeout == 0 { UNSAID } else { timeout };
        Self { news, id, until: Instant::now() + Duration::from_secs(u64::from(seconds)), last: String::new() }
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    pub(super) async fn say(&mut self, says: String) {
        if says == self.last {
            return;
        }
        let left = self.until.saturating_duration_since(Instant::now()).as_secs();
        // Nobody listens any more where the screen was left.
        let _ = self.news.send(News::Waiting(self.id, says.clone(), u32::try_from(left).ok())).await;
        self.last = says;
    }
}
