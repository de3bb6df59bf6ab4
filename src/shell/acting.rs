//! Plans that run. Neither a screen that is left nor another context ends them, and the program waits for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use super::port::Enacting;
use crate::app::{Msg, TaskId};
use crate::plan::{Ended, News, Outcome};

/// What runs. Clones are of the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Acts {
    /// What stops each.
    stops: Arc<Mutex<BTreeMap<TaskId, Arc<Notify>>>>,
    /// Told whenever one has ended.
    over: Arc<Notify>,
}

impl Acts {
    /// Follows a run of so many plans, and tells what happens in it until it has ended. What ends without a word is told as unknown.
    pub(super) fn begin<R: Enacting>(
        &self,
        task: TaskId,
        count: usize,
        mut run: R,
        outbox: mpsc::Sender<(TaskId, Msg)>,
        msg: fn(TaskId, usize, News) -> Msg,
    ) {
        let stop = Arc::new(Notify::new());
        self.stops().insert(task, Arc::clone(&stop));
        let acts = self.clone();
        tokio::spawn(async move {
            let mut open: BTreeSet<usize> = (0..count).collect();
            loop {
                let news = tokio::select! {
                    news = run.next() => news,
                    () = stop.notified() => {
                        run.stop();
                        continue;
                    }
                };
                let Some((place, news)) = news else { break };
                if matches!(news, News::Over(_)) {
                    open.remove(&place);
                }
                // Fails only when the program ends: the run goes on to its own end all the same.
                let _ = outbox.send((task, msg(task, place, news))).await;
            }
            for place in open {
                let says = "its end was not told: a bug; what was sent is in the journal".to_owned();
                let over = News::Over(Ended { outcome: Outcome::Unknown, says, next: Vec::new() });
                let _ = outbox.send((task, msg(task, place, over))).await;
            }
            acts.stops().remove(&task);
            acts.over.notify_waiters();
        });
    }

    /// Has one stop after its request in flight.
    pub(super) fn stop(&self, task: TaskId) {
        if let Some(stop) = self.stops().get(&task) {
            stop.notify_one();
        }
    }

    /// Has all of them stop.
    pub(super) fn stop_all(&self) {
        for stop in self.stops().values() {
            stop.notify_one();
        }
    }

    /// Whether nothing runs.
    pub(super) fn is_idle(&self) -> bool {
        self.stops().is_empty()
    }

    /// Waits until nothing runs any more.
    pub(super) async fn idle(&self) {
        loop {
            let ended = self.over.notified();
            tokio::pin!(ended);
            // From here on no end is missed.
            ended.as_mut().enable();
            if self.is_idle() {
                return;
            }
            ended.await;
        }
    }

    fn stops(&self) -> MutexGuard<'_, BTreeMap<TaskId, Arc<Notify>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
