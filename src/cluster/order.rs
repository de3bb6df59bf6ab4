//! In which order the first lists are read: what makes rows before what judges them, and what there are thousands of last.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// How long a list waits for those before it. One of them may be slow or never answer, and the others are not to miss it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which lists go together, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Release storage and HelmReleases: the rows.
    Rows,
    /// Workloads, sources, Kustomizations: how the rows are doing.
    Workloads,
    /// Pods, ReplicaSets, claims: why.
    Pods,
}

/// Counts the first lists that have not ended, by rank.
#[derive(Debug)]
pub(super) struct Order {
    rows: watch::Sender<usize>,
    workloads: watch::Sender<usize>,
    pods: watch::Sender<usize>,
}

impl Default for Order {
    fn default() -> Self {
        let count = || watch::channel(0).0;
        Self { rows: count(), workloads: count(), pods: count() }
    }
}

/// A first list that has not ended. It has when the last of those who hold this dropped it, at the latest.
#[derive(Debug)]
pub(super) struct Awaited {
    order: Arc<Order>,
    rank: Rank,
    over: AtomicBool,
}

impl Order {
    fn count(&self, rank: Rank) -> &watch::Sender<usize> {
        match rank {
            Rank::Rows => &self.rows,
            Rank::Workloads => &self.workloads,
            Rank::Pods => &self.pods,
        }
    }

    /// From now on, lists of later ranks wait for this one.
    pub(super) fn expect(self: &Arc<Self>, rank: Rank) -> Arc<Awaited> {
        self.count(rank).send_modify(|count| *count += 1);
        Arc::new(Awaited { order: Arc::clone(self), rank, over: AtomicBool::new(false) })
    }
}

impl Awaited {
    /// Waits until all lists of earlier ranks have ended, but not for ever.
    pub(super) async fn turn(&self) {
        let earlier = [Rank::Rows, Rank::Workloads].into_iter().filter(|rank| *rank < self.rank);
        let all = async {
            for rank in earlier {
                ended(self.order.count(rank)).await;
            }
        };
        let _ = timeout(PATIENCE, all).await;
    }

    /// It has ended, well or not.
    pub(super) fn over(&self) {
        if !self.over.swap(true, Ordering::Relaxed) {
            self.order.count(self.rank).send_modify(|count| *count = count.saturating_sub(1));
        }
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.over();
    }
}

fn ended(count: &watch::Sender<usize>) -> impl Future<Output = ()> + use<> {
    let mut count = count.subscribe();
    async move {
        // The sender lives as long as anybody waits.
        let _ = count.wait_for(|count| *count == 0).await;
    }
}
