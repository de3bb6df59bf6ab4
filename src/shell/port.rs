//! What the shell needs of a cluster, so that it can run on the real one, a demo or a test.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

use crate::cluster::Acting;
use crate::config::Guards;
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

/// Opens a cluster. Called again after a while when it fails: the kubeconfig may be mended meanwhile.
pub trait Gateway: Clone + Send + Sync + 'static {
    /// What it opens.
    type Link: Link;

    /// Finds out which cluster is meant, without asking it anything. `None` stands for the context of the start.
    fn open(&self, context: Option<String>) -> impl Future<Output = Result<Self::Link, Problem>> + Send;

    /// The contexts that can be opened. May block on a slow disk.
    ///
    /// # Errors
    /// When they cannot be read.
    fn contexts(&self) -> Result<Vec<ContextEntry>, Problem>;
}

/// A cluster that can be watched and asked. Cheap to clone.
pub trait Link: Clone + Send + Sync + 'static {
    /// A running watch.
    type Watch: Watching;
    /// A log that is being read.
    type Log: Logging;
    /// A plan that runs.
    type Run: Enacting;

    /// The same, where the user's settings say more of field managers.
    #[must_use]
    fn with_managers(self, managers: Arc<[Row]>) -> Self;
    /// The same, where they say more of keys that name secrets.
    #[must_use]
    fn with_secrets(self, rules: Rules) -> Self;
    /// The same, with what keeps actions from being done too easily.
    #[must_use]
    fn with_guards(self, guards: Guards) -> Self;
    /// Name of the context.
    fn context(&self) -> &str;
    /// Address of the API server.
    fn server(&self) -> &str;
    /// Namespace of the context.
    fn default_namespace(&self) -> &str;
    /// Begins to watch. Dropping what it returns ends everything that it began.
    fn watch(&self, scope: Scope) -> Self::Watch;
    /// Begins to watch all objects of one release. Dropping what it returns ends everything that it began.
    fn inspect(&self, inventory: Inventory) -> Self::Watch;
    /// Begins to read a log. Dropping what it returns ends it.
    fn log(&self, request: LogRequest) -> Self::Log;
    /// The types of the kinds of a group and version, as `apps/v1`.
    fn schema(&self, api_version: String) -> impl Future<Output = Result<Arc<Schema>, Problem>> + Send;
    /// Tries writes, of which nothing is kept; tells of each, in their order, what became of it, or why it could not be tried.
    fn dry_runs(
        &self,
        writes: Vec<NextWrite>,
    ) -> impl Future<Output = Vec<(NextWrite, Result<Outcome, Problem>)>> + Send;

    /// Looks for fields in older revisions, of which the newest come first, and reads no more of them than the search needs.
    fn trace(
        &self,
        search: Search,
        older: Vec<(u32, StoredRef)>,
        schema: Arc<Schema>,
    ) -> impl Future<Output = since::Told> + Send;
    /// Whether the next upgrade of a release goes through, by dry-runs of its writes.
    fn preflight(
        &self,
        release: Arc<Release>,
        what_if: WhatIf,
        now: Timestamp,
    ) -> impl Future<Output = Result<Preflight, Problem>> + Send;
    /// Tries to write a stored revision as the next one: of each object how it would be, or why that is not known. See
    /// [`crate::diff::End::DryRun`].
    fn outcomes(
        &self,
        release: Arc<Release>,
        payload: Arc<Payload>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Outcomes, Problem>> + Send;
    /// Which of these rights the user has; nothing of one that cannot be asked.
    fn review(&self, needs: Vec<Need>) -> impl Future<Output = Vec<(Need, Option<bool>)>> + Send;
    /// What an action would do to a release. Nothing is written.
    fn plan(
        &self,
        release: Arc<Release>,
        action: Action,
        now: Timestamp,
    ) -> impl Future<Output = Result<Plan, Problem>> + Send;
    /// Runs a plan. Dropping what it returns does not end it.
    fn run(&self, plan: Arc<Plan>, acting: Acting) -> Self::Run;
    /// Answers one query.
    fn ask(&self, query: Query) -> impl Future<Output = Answer> + Send;
}

/// A running watch.
pub trait Watching: Send + 'static {
    /// Waits for the next changes; at least one. Nothing is lost when the waiting is given up.
    fn next(&mut self) -> impl Future<Output = Vec<Change>> + Send;
}

/// A log that is being read.
pub trait Logging: Send + 'static {
    /// Waits for what the log says next; `None` after its end was said. Nothing is lost when the waiting is given up.
    fn next(&mut self) -> impl Future<Output = Option<LogNews>> + Send;
}

/// A plan that runs.
pub trait Enacting: Send + 'static {
    /// Waits for what happens next; `None` after the end was told. Nothing is lost when the waiting is given up.
    fn next(&mut self) -> impl Future<Output = Option<News>> + Send;
    /// Has it stop after the request in flight; its end is told as always.
    fn stop(&self);
}
