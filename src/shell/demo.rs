//! The demo behind the shell's port: the recorded cluster, reached by the same client as any other, and its clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::port::Gateway;
use crate::cluster::Cluster;
use crate::demo::Demo;
use crate::release::{ContextEntry, Problem};

/// How often the demo is looked after where it asks for nothing: watches that begin meanwhile end on time.
const IDLE: Duration = Duration::from_secs(10);

/// The demo, and who looks at it first.
#[derive(Clone)]
pub struct Recorded {
    demo: Arc<Demo>,
    context: Option<String>,
}

impl Recorded {
    /// Loads the recorded cluster. Its story goes on as long as the runtime runs in which this is called.
    ///
    /// # Errors
    /// When what was recorded cannot be read: the program is broken then.
    pub fn start(context: Option<String>) -> anyhow::Result<Self> {
        let demo = Arc::new(Demo::new(super::now())?);
        tokio::spawn(tell(Arc::clone(&demo)));
        Ok(Self { demo, context })
    }
}

impl Gateway for Recorded {
    type Link = Cluster;

    async fn open(&self, context: Option<String>) -> Result<Cluster, Problem> {
        let (service, entry) = self.demo.connect(context.as_deref().or(self.context.as_deref()))?;
        Ok(Cluster::over(service, entry, &self.demo.contexts(), Demo::SERVER))
    }

    fn contexts(&self) -> Result<Vec<ContextEntry>, Problem> {
        Ok(self.demo.contexts())
    }
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
        let wait = demo.next().and_then(|next| Duration::try_from(next.duration_since(now)).ok());
        sleep(wait.unwrap_or(IDLE).min(IDLE)).await;
    }
}
