//! The real cluster behind the shell's port.

use std::sync::Arc;

use jiff::Timestamp;

use super::port::{Enacting, Gateway, Link, Logging, Watching};
use crate::cluster::{Acting, Cluster, Log, Run, Target, Watch};
use crate::config::{Cache, Guards, Surroundings};
use crate::diff::Outcomes;
use crate::ownership::classes::Row;
use crate::ownership::fate::Outcome;
use crate::ownership::next::NextWrite;
use crate::ownership::since::{self, Search};
use crate::plan::needs::Need;
use crate::plan::preflight::{Preflight, WhatIf};
use crate::plan::{Action, News, Plan};
use crate::release::mask::Rules;
use crate::release::payload::Payload;
use crate::release::{
    Answer, Change, ContextEntry, Inventory, LogNews, LogRequest, Problem, Query, Release, Scope, StoredRef,
};
use crate::schema::Schema;

impl Gateway for Target {
    type Link = Cluster;

    async fn open(&self, context: Option<String>) -> Result<Cluster, Problem> {
        let cluster = Cluster::open(&self.with_context(context)).await?.with_cache(Cache::of_user());
        Ok(cluster.with_user(&Surroundings::read().user))
    }

    fn contexts(&self) -> Result<Vec<ContextEntry>, Problem> {
        Self::contexts(self)
    }
}

impl Link for Cluster {
    type Watch = Watch;
    type Log = Log;
    type Run = Run;

    fn with_managers(self, managers: Arc<[Row]>) -> Self {
        Self::with_managers(self, managers)
    }

    fn with_secrets(self, rules: Rules) -> Self {
        Self::with_secrets(self, rules)
    }

    fn with_guards(self, guards: Guards) -> Self {
        Self::with_guards(self, guards)
    }

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

    fn inspect(&self, inventory: Inventory) -> Watch {
        Self::inspect(self, inventory)
    }

    fn log(&self, request: LogRequest) -> Log {
        Self::log(self, request)
    }

    async fn schema(&self, api_version: String) -> Result<Arc<Schema>, Problem> {
        Self::schema(self, &api_version).await
    }

    async fn dry_runs(&self, writes: Vec<NextWrite>) -> Vec<(NextWrite, Result<Outcome, Problem>)> {
        Self::dry_runs(self, writes).await
    }

    async fn trace(&self, search: Search, older: Vec<(u32, StoredRef)>, schema: Arc<Schema>) -> since::Told {
        Self::trace(self, search, older, schema).await
    }

    async fn preflight(&self, release: Arc<Release>, what_if: WhatIf, now: Timestamp) -> Result<Preflight, Problem> {
        Self::preflight(self, release, what_if, true, now).await
    }

    async fn outcomes(
        &self,
        release: Arc<Release>,
        payload: Arc<Payload>,
        now: Timestamp,
    ) -> Result<Outcomes, Problem> {
        Self::outcomes(self, release, &payload, now).await
    }

    async fn review(&self, needs: Vec<Need>) -> Vec<(Need, Option<bool>)> {
        Self::review(self, needs).await
    }

    async fn plan(&self, release: Arc<Release>, action: Action, now: Timestamp) -> Result<Plan, Problem> {
        Self::plan(self, release, action, now).await
    }

    fn run(&self, plan: Arc<Plan>, acting: Acting) -> Run {
        Self::run(self, plan, acting)
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

impl Logging for Log {
    async fn next(&mut self) -> Option<LogNews> {
        Self::next(self).await
    }
}

impl Enacting for Run {
    async fn next(&mut self) -> Option<News> {
        Self::next(self).await
    }

    fn stop(&self) {
        Self::stop(self);
    }
}
