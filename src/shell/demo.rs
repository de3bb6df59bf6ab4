//! The demo behind the shell's port: the recorded cluster, reached by the same client as any other, and its clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::port::Gateway;
use crate::cluster::Cluster;
use crate::config::Surroundings;
use crate::demo::Demo;
use crate::release::{ContextEntry, Problem, ProblemKind};

/// How often the demo is looked after where it asks for nothing: watches that begin meanwhile end on time.
const IDLE: Duration = Duration::from_secs(1);

/// The demo, and who looks at it first.
#[derive(Clone)]
pub struct Recorded {
    demo: Arc<OnceCell<Arc<Demo>>>,
    context: Option<String>,
}

impl Recorded {
    /// The recorded cluster as a user of it sees it. It is loaded when it is opened first: the first frame comes before.
    #[must_use]
    pub fn new(context: Option<String>) -> Self {
        Self { demo: Arc::default(), context }
    }
}

impl Gateway for Recorded {
    type Link = Cluster;

    async fn open(&self, context: Option<String>) -> Result<Cluster, Problem> {
        let demo = self.demo.get_or_try_init(load).await?;
        let (service, entry) = demo.connect(context.as_deref().or(self.context.as_deref()))?;
        let cluster = Cluster::over(service, entry, &Demo::contexts(), Demo::SERVER);
        Ok(cluster.with_user(&Surroundings::read().user))
    }

    fn contexts(&self) -> Result<Vec<ContextEntry>, Problem> {
        Ok(Demo::contexts())
    }
}

/// Its story begins now, and goes on as long as the runtime runs.
async fn load() -> Result<Arc<Demo>, Problem> {
    let broken = |error: &dyn std::fmt::Display| Problem::new(ProblemKind::Malformed, error.to_string());
    let loaded = tokio::task::spawn_blocking(|| Demo::new(super::now())).await.map_err(|error| broken(&error))?;
    let demo = Arc::new(loaded.map_err(|damaged| broken(&damaged))?);
    tokio::spawn(tell(Arc::clone(&demo)));
    Ok(demo)
}

/// The demo keeps no clock: it is told the time whenever it has something to do.
async fn tell(demo: Arc<Demo>) {
    loop {
        let now = super::now();
        if let Err(error) = demo.advance(now) {
            // What stands stays to be looked at; only nothing more happens.
            tracing::error!(%error, "the demo's story ends early");
            return;
        }
        let wait = demo.next().map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        // What clients write is heard of at once.
        let _ = timeout(wait.unwrap_or(IDLE).min(IDLE), demo.server().stirred()).await;
    }
}
