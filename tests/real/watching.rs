//! The library's own watch, followed in the background, for cases that ask what it knows at a moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Runtime;
use wheelhouse::cluster::{Cluster as Ours, Target};
use wheelhouse::release::{Catalog, Feed, FeedState, Release, Scope};

use crate::cluster::{Cluster, User};

pub const LIMIT: Duration = Duration::from_secs(60);

/// A watch on everything, and what it has told so far.
pub struct Watching {
    catalog: Arc<Mutex<Catalog>>,
    // Ends its tasks when it goes.
    _runtime: Runtime,
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn target(kubeconfig: std::path::PathBuf) -> Target {
    Target { kubeconfig: Some(kubeconfig), context: None }
}

impl Watching {
    pub fn start(kubeconfig: std::path::PathBuf) -> Self {
        let runtime = runtime();
        let catalog = Arc::new(Mutex::new(Catalog::default()));
        let fed = Arc::clone(&catalog);
        runtime.spawn(async move {
            let mut watch = Ours::open(&target(kubeconfig)).await.unwrap().watch(Scope::All);
            loop {
                let changes = watch.next().await;
                let mut catalog = fed.lock().unwrap();
                changes.into_iter().for_each(|change| catalog.apply(change));
            }
        });
        Self { catalog, _runtime: runtime }
    }

    pub fn releases(&self) -> Vec<Release> {
        self.catalog.lock().unwrap().releases()
    }

    pub fn states(&self) -> Vec<(Feed, FeedState)> {
        self.catalog.lock().unwrap().feeds().clone().into_iter().collect()
    }

    /// Whether every feed is live.
    pub fn live(&self) -> bool {
        let states = self.states();
        states.len() >= 7 && states.iter().all(|(_, state)| *state == FeedState::Live)
    }

    pub fn has(&self, namespace: &str, name: &str) -> bool {
        self.releases().iter().any(|row| row.namespace == namespace && row.id.name == name)
    }
}

/// What a fresh reader sees now.
pub fn fresh(cluster: &Cluster) -> Vec<Release> {
    let kubeconfig = cluster.kubeconfig(User::Admin);
    runtime().block_on(async move {
        let mut reading = Ours::open(&target(kubeconfig)).await.unwrap().read(Scope::All);
        let mut catalog = Catalog::default();
        loop {
            let changes = reading.next().await;
            if changes.is_empty() {
                return catalog.releases();
            }
            changes.into_iter().for_each(|change| catalog.apply(change));
        }
    })
}
