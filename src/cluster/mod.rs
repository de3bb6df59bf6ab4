//! The only room that talks to a cluster: connecting, watching, asking.
//!
//! What it learns leaves it as [`Change`] and [`Answer`] values of the core; what goes wrong as [`Problem`]. Every task
//! that it starts ends with the [`Watch`] that it serves. It reads, tries writes in dry-runs (`dry_run.rs`), of which nothing is
//! kept, and sends the requests of plans (`act/`), of which everything is.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this room owns the client, and the clock by which it says since when data is old"
)]

mod act;
mod backoff;
mod connect;
mod discovery;
mod dry_run;
mod feed;
mod found;
mod inspect;
mod log;
mod object;
mod openapi;
mod order;
mod preflight;
mod problem;
mod project;
mod query;
mod rights;
mod sink;
mod subject;
mod values_from;
mod watch;

pub use act::{Acting, Run, RunMany};
pub use connect::Target;
pub use found::Found;
pub use log::Log;
pub use object::Called;
pub use watch::Watch;

use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use http::{Request, Response};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use tower_service::Service;

use discovery::Discovery;
use openapi::Schemas;

use crate::config::{Cache, Guards};
use crate::diff::Outcomes;
use crate::ownership::classes::Row;
use crate::ownership::fate::Outcome;
use crate::ownership::next::NextWrite;
use crate::ownership::since::{self, Search};
use crate::plan::preflight::{Preflight, WhatIf};
use crate::plan::recovery::{BrokenOff, Now};
use crate::plan::{Action, Many, Plan, Precondition};
use crate::release::mask::Rules;
use crate::release::payload::Payload;
use crate::release::{Answer, ContextEntry, Inventory, LogRequest, Problem, Query, Release, Scope, StoredRef};
use crate::schema::Schema;

/// Whatever goes wrong on a connection.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A cluster that a kubeconfig names. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    context: String,
    server: String,
    /// The namespaces that can be tried where none may be listed; the first is the context's own.
    namespaces: Vec<String>,
    /// What it serves, as far as somebody asked.
    discovery: Arc<Discovery>,
    /// What types its kinds have, as far as somebody asked.
    schemas: Arc<Schemas>,
    /// Rows of the user's settings.
    managers: Arc<[Row]>,
    /// What they say of keys that name secrets.
    secrets: Rules,
    /// On whose behalf actions are planned.
    user: String,
    /// What keeps actions from being done too easily.
    guards: Guards,
}

impl Cluster {
    /// Reads the kubeconfig. Talks to no server yet.
    ///
    /// # Errors
    /// When the kubeconfig is missing, unreadable or incomplete, or its credentials cannot be made.
    pub async fn open(target: &Target) -> Result<Self, Problem> {
        let connect::Connected { client, context, server, namespaces } = connect::connect(target).await?;
        let discovery = Arc::new(Discovery::new(client.clone()));
        let schemas = Arc::new(Schemas::new(client.clone(), &server, Cache::default()));
        Ok(Self {
            client,
            context,
            server,
            namespaces,
            discovery,
            schemas,
            managers: Arc::default(),
            secrets: Rules::default(),
            user: String::new(),
            guards: Guards::default(),
        })
    }

    /// A cluster behind a service that speaks its language in this process: everything above it is the same. `others` are
    /// the contexts that there are, as a kubeconfig would name them.
    #[must_use]
    pub fn over<S, B>(service: S, context: ContextEntry, others: &[ContextEntry], server: &str) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Failure>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Failure>,
    {
        let siblings = connect::sibling_namespaces(others, &context);
        let namespace = context.namespace.unwrap_or_else(|| "default".to_owned());
        let namespaces = connect::each_once(&namespace, siblings);
        let client = Client::new(service, namespace);
        let discovery = Arc::new(Discovery::new(client.clone()));
        let schemas = Arc::new(Schemas::new(client.clone(), server, Cache::default()));
        Self {
            client,
            context: context.name,
            server: server.to_owned(),
            namespaces,
            discovery,
            schemas,
            managers: Arc::default(),
            secrets: Rules::default(),
            user: String::new(),
            guards: Guards::default(),
        }
    }

    /// The same, which keeps on disk what the server says of its types.
    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        self.schemas = Arc::new(Schemas::new(self.client.clone(), &self.server, cache));
        self
    }

    /// The same, where the user's settings say more of managers: of fields that are counted while it watches.
    #[must_use]
    pub fn with_managers(mut self, managers: Arc<[Row]>) -> Self {
        self.managers = managers;
        self
    }

    /// The same, where the user's settings say more of keys that name secrets: payloads that it reads know them.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Rules) -> Self {
        self.secrets = secrets;
        self
    }

    /// The same, with what keeps actions from being done too easily. Whoever says nothing of it may write.
    #[must_use]
    pub fn with_guards(mut self, guards: Guards) -> Self {
        self.guards = guards;
        self
    }

    /// The same, on behalf of this user: reasons that are kept in the cluster name them.
    #[must_use]
    pub fn with_user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    /// What the user's settings say of keys that name secrets.
    #[must_use]
    pub fn secrets(&self) -> &Rules {
        &self.secrets
    }

    /// What the user's settings say of managers.
    #[must_use]
    pub fn managers(&self) -> Arc<[Row]> {
        Arc::clone(&self.managers)
    }

    /// The context's name.
    #[must_use]
    pub fn context(&self) -> &str {
        &self.context
    }

    /// The API server's address.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The context's namespace.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        self.namespaces.first().map_or("default", String::as_str)
    }

    /// Watches all that the list needs. Dropping the watch ends it.
    #[must_use]
    pub fn watch(&self, scope: Scope) -> Watch {
        Watch::start(self, scope, false)
    }

    /// Reads all that the list needs once: [`Watch::next`] ends when everything was read or was said to be unreadable.
    #[must_use]
    pub fn read(&self, scope: Scope) -> Watch {
        Watch::start(self, scope, true)
    }

    /// Watches all objects of one release, their children, and the Events of their namespaces. Dropping the watch ends it.
    #[must_use]
    pub fn inspect(&self, inventory: Inventory) -> Watch {
        inspect::start(self, inventory, false)
    }

    /// Reads all objects of one release once, like [`Cluster::read`].
    #[must_use]
    pub fn inspect_once(&self, inventory: Inventory) -> Watch {
        inspect::start(self, inventory, true)
    }

    /// Reads a log. Dropping it ends the reading.
    #[must_use]
    pub fn log(&self, request: LogRequest) -> Log {
        Log::start(self, request)
    }

    /// The types of the kinds of a group and version, as `apps/v1`. Several may be merged.
    ///
    /// # Errors
    /// Where the server cannot be asked, does not describe this version, or in a way that cannot be read: then
    /// [`Schema::deduced`] of an empty schema is what there is.
    pub async fn schema(&self, api_version: &str) -> Result<Arc<Schema>, Problem> {
        self.schemas.of(api_version).await
    }

    /// Tries writes, a few at a time, so that nothing is kept of them; tells of each, in their order, what became of it.
    ///
    /// # Errors
    /// Of each: where it could not be tried, which says nothing of the write. What refuses the write is an [`Outcome`].
    pub async fn dry_runs(&self, writes: Vec<NextWrite>) -> Vec<(NextWrite, Result<Outcome, Problem>)> {
        dry_run::dry_runs(self, writes).await
    }

    /// Says whether the next upgrade or reconcile of a release goes through: reads its objects, and, if it `tries`, has the API
    /// server try all writes in dry-runs. `now` is the time at which its objects are judged.
    ///
    /// # Errors
    /// Where the release cannot be looked at at all. What else cannot be learnt is among the findings.
    pub async fn preflight(
        &self,
        release: Arc<Release>,
        what_if: WhatIf,
        tries: bool,
        now: Timestamp,
    ) -> Result<Preflight, Problem> {
        preflight::preflight(self, release, what_if, tries, now).await
    }

    /// Has the API server try to write a stored revision as the next one, of which nothing is kept. Tells of each object of its
    /// manifest how it would be after that, or why that is not known; and of what the latest revision alone has where it would
    /// stay. What is not told of would be gone. `now` is the time of the write.
    ///
    /// # Errors
    /// Where the release cannot be looked at at all.
    pub async fn outcomes(
        &self,
        release: Arc<Release>,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Outcomes, Problem> {
        preflight::outcomes(self, release, payload, now).await
    }

    /// Says whether a release came to rest after whatever was done to it: what has to be so, each with whether it is, the worst first.
    ///
    /// # Errors
    /// Where the release cannot be looked at at all. What else cannot be learnt is among the findings.
    pub async fn converged(&self, release: Arc<Release>) -> Result<Vec<Precondition>, Problem> {
        act::converged(self, release).await
    }

    /// Plans an action on a release in the state in which the cluster is: reads, asks for the rights that it needs, writes
    /// nothing. `now` becomes the token of requests to Flux.
    ///
    /// # Errors
    /// Where the release cannot be looked at at all. What is in the way of the action stands in the plan.
    pub async fn plan(&self, release: Arc<Release>, action: Action, now: Timestamp) -> Result<Plan, Problem> {
        act::plan(self, release, action, &act::Shared::default(), now).await
    }

    /// Plans one action on many releases, a few at a time; tells of each, with its place among them, as soon as it is planned.
    /// What they have in common is learnt once.
    ///
    /// # Errors
    /// Of each: those of [`Cluster::plan`].
    pub fn plan_many(
        &self,
        releases: Vec<Arc<Release>>,
        action: &Action,
        now: Timestamp,
    ) -> impl Stream<Item = (usize, Result<Plan, Problem>)> + Send + use<> {
        act::plan_many(self, releases, action, now)
    }

    /// Runs plans beside the caller, as many at once as `many` says: what is in the way of one is its result.
    #[must_use]
    pub fn run_many(&self, many: Many, acting: Acting) -> RunMany {
        RunMany::start(self, many, acting)
    }

    /// Runs a plan beside the caller: exactly its requests, each noted in the journal before it is sent.
    #[must_use]
    pub fn run(&self, plan: Arc<Plan>, acting: Acting) -> Run {
        Run::start(self, plan, acting)
    }

    /// Reads what became of a run that was broken off: what is stored of its release now, and how the objects are that it may have
    /// written. What cannot be read is said in it.
    pub async fn since(&self, release: Option<&Release>, broken: &BrokenOff) -> Now {
        act::since(self, release, broken).await
    }

    /// Reads the objects that writes are about, a few at a time, whole; tells of each, in their order, what was found.
    ///
    /// # Errors
    /// Of each: where it may not be read, or its kind is not served.
    pub async fn found(&self, writes: &[NextWrite]) -> Vec<Result<Found, Problem>> {
        found::found(self, writes).await
    }

    /// The kind that somebody calls so, as kubectl takes it: `deploy`, `Deployment`, `deployments.apps`, `deployment.v1.apps`.
    ///
    /// # Errors
    /// Where the server cannot be asked.
    pub async fn called(&self, word: &str) -> Result<Option<Called>, Problem> {
        object::called(self, word).await
    }

    /// One object with its managedFields, of Secrets the metadata alone; `None` where there is none. `namespace` counts where its
    /// kind is in one.
    ///
    /// # Errors
    /// Where it may not be read, or the server cannot be asked.
    pub async fn object(&self, called: &Called, namespace: &str, name: &str) -> Result<Option<Value>, Problem> {
        object::read(self, called, namespace, name).await
    }

    /// Looks for fields in older revisions, of which the newest come first, and reads no more of them than the search needs.
    pub async fn trace(&self, mut search: Search, older: Vec<(u32, StoredRef)>, schema: Arc<Schema>) -> since::Told {
        for (revision, object) in older {
            if search.is_over() {
                break;
            }
            let payload = match self.ask(Query::Payload(object)).await {
                Answer::Payload(_, result) => result.ok(),
                Answer::Summary(..) | Answer::Controllers(..) | Answer::ValuesFrom(..) => None,
            };
            let (mut looking, schema) = (search.clone(), Arc::clone(&schema));
            let look = move || {
                looking.look(revision, payload.as_deref(), &schema);
                looking
            };
            // Fails only when the program ends.
            search = tokio::task::spawn_blocking(look).await.unwrap_or(search);
        }
        search.told()
    }

    /// Asks one question.
    pub async fn ask(&self, query: Query) -> Answer {
        query::ask(self, query).await
    }
}
