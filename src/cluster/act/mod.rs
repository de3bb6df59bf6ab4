//! Plans of actions, and their runs: the only files of this room whose requests are kept by the server.
//!
//! - `plan.rs` learns what a planner of the core needs (`plan_flux.rs` of Flux), and asks for the rights that its requests need.
//! - `run.rs` does the steps of a plan one after the other, and notes each request in the journal before and after it.
//! - `send.rs` puts a request into words for the server, and says what its answer means.
//! - `wait.rs` waits for what a step awaits; `handled.rs` for what is asked of Flux.
//! - `many.rs` plans and runs one action on many releases.

mod handled;
mod many;
mod plan;
mod plan_flux;
mod run;
mod send;
mod wait;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::Cluster;
use crate::journal::{By, Journal};
use crate::plan::{News, Plan};

pub use many::RunMany;

pub(super) use many::plan_many;
pub(super) use plan::plan;
pub(super) use plan_flux::Shared;

/// News that wait to be taken in; the run waits with one more.
const WAITING: usize = 64;

/// On whose behalf a plan runs, and where that is noted.
#[derive(Debug, Clone)]
pub struct Acting {
    /// Where; `None` where the user said that nothing shall be noted.
    pub journal: Option<Journal>,
    /// Who.
    pub by: By,
    /// Nothing may be written, whatever the guards of the cluster say: every run is refused.
    pub is_read_only: bool,
}

/// A plan that runs. Dropping it does not break off: the request in flight is finished and noted, then the run stops.
#[derive(Debug)]
pub struct Run {
    news: mpsc::Receiver<News>,
    stop: watch::Sender<bool>,
}

impl Run {
    pub(super) fn start(cluster: &Cluster, plan: Arc<Plan>, acting: Acting) -> Self {
        let (outbox, news) = mpsc::channel(WAITING);
        let (stop, stopped) = watch::channel(false);
        let cluster = cluster.clone();
        tokio::spawn(async move { run::run(&cluster, &plan, &acting, &outbox, stopped).await });
        Self { news, stop }
    }

    /// Waits for what happens next; `None` after the end was told. Nothing is lost when the waiting is given up.
    pub async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }

    /// Has it stop after the request in flight; its end is told as always.
    pub fn stop(&self) {
        // Where nobody runs any more, nobody has to stop.
        let _ = self.stop.send(true);
    }
}
