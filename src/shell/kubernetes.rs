//! The real cluster behind the shell's port.

use super::port::{Gateway, Link, Watching};
use crate::cluster::{Cluster, Target, Watch};
use crate::release::{Answer, Change, ContextEntry, Problem, Query, Scope};

impl Gateway for Target {
    type Link = Cluster;

    async fn open(&self, context: Option<String>) -> Result<Cluster, Problem> {
        Cluster::open(&self.with_context(context)).await
    }

    fn contexts(&self) -> Result<Vec<ContextEntry>, Problem> {
        Self::contexts(self)
    }
}

impl Link for Cluster {
    type Watch = Watch;

    fn context(&self) -> &str {
        Self::context(self)
    }

    fn server(&self) -> &str {
        Self::server(self)
    }

    fn default_namespace(&self) -> &str {
        Self::default_namespace(self)
    }

    fn watch(&self, scope: Scope) -> Watch {
        Self::watch(self, scope)
    }

    async fn ask(&self, query: Query) -> Answer {
        Self::ask(self, query).await
    }
}

impl Watching for Watch {
    async fn next(&mut self) -> Vec<Change> {
        let changes = Self::next(self).await;
        if changes.is_empty() {
            // Every task has ended, and no news will come: the loop must not be woken for nothing.
            std::future::pending().await
        } else {
            changes
        }
    }
}
