//! Which feeds run where: the whole cluster where that is allowed, else every namespace that may be tried.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ListParams, PartialObjectMeta};
use strum::IntoEnumIterator;
use tokio::sync::{OnceCell, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Cluster;
use super::feed::{End, FeedTask};
use super::problem;
use super::sink::Sink;
use super::subject::Subject;
use crate::release::codec::Driver;
use crate::release::flux::SourceKind;
use crate::release::{Change, Feed, FeedState, Problem, ProblemKind, Scope, WatchedKind};

/// How many namespaces are listed at once where the whole cluster may not be.
const AT_ONCE: usize = 8;

/// How often a kind that is not served is looked for again: Flux may be installed while this runs.
const ABSENT_PAUSE: Duration = Duration::from_secs(10);

/// Everything that the list needs, as it changes. Dropping it ends all its tasks.
pub struct Watch {
    sink: Sink,
    tasks: JoinSet<()>,
}

impl Watch {
    pub(super) fn start(cluster: &Cluster, scope: Scope, once: bool) -> Self {
        let sink = Sink::default();
        let (forbidden, _) = watch::channel(false);
        let shared = Arc::new(Shared {
            cluster: cluster.clone(),
            scope,
            once,
            sink: sink.clone(),
            namespaces: OnceCell::new(),
            secrets_forbidden: forbidden,
            listing: Arc::new(Semaphore::new(AT_ONCE)),
        });
        let mut tasks = JoinSet::new();
        let secrets = Arc::clone(&shared);
        tasks.spawn(async move { secrets.with_inferred().await });
        if !once {
            // A namespace that was typed wrong must not look like an empty one.
            let shared = Arc::clone(&shared);
            tasks.spawn(async move { drop(shared.candidates().await) });
        }
        let mut subjects = vec![Subject::Storage(Driver::ConfigMap), Subject::HelmReleases];
        subjects.extend(SourceKind::iter().map(Subject::Sources));
        for subject in subjects {
            let shared = Arc::clone(&shared);
            tasks.spawn(async move { shared.follow(subject).await });
        }
        Self { sink, tasks }
    }

    /// Nothing at all: ends at once.
    pub(super) fn of_nothing() -> Self {
        Self { sink: Sink::default(), tasks: JoinSet::new() }
    }

    /// Waits for news and takes it: at least one change, or none at all when nothing more will come. Nothing is lost
    /// when the wait is given up.
    pub async fn next(&mut self) -> Vec<Change> {
        loop {
            let changes = self.sink.take();
            if !changes.is_empty() {
                return changes;
            }
            tokio::select! {
                () = self.sink.arrival() => {}
                ended = self.tasks.join_next() => if ended.is_none() {
                    return self.sink.take();
                },
            }
        }
    }
}

struct Shared {
    cluster: Cluster,
    scope: Scope,
    once: bool,
    sink: Sink,
    namespaces: OnceCell<Vec<String>>,
    /// Turns true when release Secrets turn out to be forbidden somewhere.
    secrets_forbidden: watch::Sender<bool>,
    listing: Arc<Semaphore>,
}

impl Shared {
    /// Secrets, and the workloads from which releases are inferred as soon as Secrets are forbidden anywhere.
    async fn with_inferred(self: Arc<Self>) {
        let mut forbidden = self.secrets_forbidden.subscribe();
        let mut tasks = JoinSet::new();
        let secrets = Arc::clone(&self);
        tasks.spawn(async move { secrets.follow(Subject::Storage(Driver::Secret)).await });
        loop {
            tokio::select! {
                changed = forbidden.changed() => {
                    if changed.is_ok() && *forbidden.borrow() {
                        break;
                    }
                }
                ended = tasks.join_next() => if ended.is_none() && !*forbidden.borrow() {
                    return;
                } else if *forbidden.borrow() {
                    break;
                },
            }
        }
        for kind in WatchedKind::iter().filter(|kind| kind.names_releases()) {
            let shared = Arc::clone(&self);
            tasks.spawn(async move { shared.follow(Subject::Objects(kind)).await });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Follows a subject everywhere in the scope.
    async fn follow(self: Arc<Self>, subject: Subject) {
        match self.place(subject) {
            Some(namespace) => self.follow_in(subject, Some(namespace)).await,
            None => {
                if self.run(subject, None).await == End::Forbidden {
                    // Said in one breath, or nothing would seem to be awaited between one feed and those that stand in for it.
                    let namespaces = self.candidates().await;
                    for namespace in &namespaces {
                        self.say(subject, Some(namespace), &FeedState::Loading);
                    }
                    self.say(subject, None, &FeedState::Forbidden);
                    self.follow_each(subject, namespaces).await;
                }
            }
        }
    }

    /// The one namespace to look at. Charts and repositories usually live elsewhere than the releases that use them:
    /// they are looked for everywhere.
    fn place(&self, subject: Subject) -> Option<String> {
        match subject {
            Subject::Storage(_) | Subject::HelmReleases | Subject::Objects(_) => {
                self.scope.namespace().map(str::to_owned)
            }
            Subject::Sources(_) => None,
        }
    }

    async fn follow_each(self: &Arc<Self>, subject: Subject, namespaces: Vec<String>) {
        let mut tasks = JoinSet::new();
        for namespace in namespaces {
            let shared = Arc::clone(self);
            tasks.spawn(async move { shared.follow_in(subject, Some(namespace)).await });
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn follow_in(&self, subject: Subject, namespace: Option<String>) {
        let _ = self.run(subject, namespace).await;
    }

    /// Runs one feed, and waits for its kind where the server does not serve it.
    async fn run(&self, subject: Subject, namespace: Option<String>) -> End {
        self.say(subject, namespace.as_deref(), &FeedState::Loading);
        loop {
            let task = FeedTask {
                client: self.cluster.client.clone(),
                server: self.cluster.server.clone(),
                subject,
                namespace: namespace.clone(),
                sink: self.sink.clone(),
                listing: Arc::clone(&self.listing),
                once: self.once,
            };
            let end = task.run().await;
            match &end {
                End::Read => return end,
                End::Forbidden => {
                    if subject == Subject::Storage(Driver::Secret) && !self.secrets_forbidden.send_replace(true) {
                        for kind in WatchedKind::iter().filter(|kind| kind.names_releases()) {
                            let subject = Subject::Objects(kind);
                            self.say(subject, self.place(subject).as_deref(), &FeedState::Loading);
                        }
                    }
                    // For the whole cluster the caller says it, when it is known what stands in for it.
                    if namespace.is_some() {
                        self.say(subject, namespace.as_deref(), &FeedState::Forbidden);
                    }
                    return end;
                }
                End::NotServed => {
                    let state = self.served(subject).await;
                    self.say(subject, namespace.as_deref(), &state);
                    if self.once {
                        return end;
                    }
                    sleep(ABSENT_PAUSE).await;
                }
            }
        }
    }

    /// Whether a resource that was not found is absent, or served in another version.
    async fn served(&self, subject: Subject) -> FeedState {
        let resource = subject.resource();
        let request = http::Request::get(format!("/apis/{}", resource.group)).body(Vec::new());
        let Ok(request) = request else { return FeedState::Absent };
        let group: Result<serde_json::Value, _> = self.cluster.client.request(request).await;
        let served: Vec<String> = group
            .ok()
            .and_then(|group| group.get("versions")?.as_array().cloned())
            .unwrap_or_default()
            .iter()
            .filter_map(|version| version.get("version")?.as_str().map(str::to_owned))
            .collect();
        if served.is_empty() || served.contains(&resource.version) {
            FeedState::Absent
        } else {
            FeedState::Unsupported { served }
        }
    }

    fn say(&self, subject: Subject, namespace: Option<&str>, state: &FeedState) {
        for stage in subject.stages() {
            let feed = Feed { kind: stage.kind, namespace: namespace.map(str::to_owned) };
            self.sink.put(Change::Feed(feed, state.clone()));
        }
    }

    /// The namespaces to try one by one: all of them where they may be listed, else those that the kubeconfig names.
    async fn candidates(&self) -> Vec<String> {
        let known = self.namespaces.get_or_init(|| async {
            match self.list_namespaces().await {
                Ok(namespaces) => {
                    self.sink.put(Change::Namespaces(namespaces.clone()));
                    namespaces
                }
                Err(problem) => {
                    if problem.kind != ProblemKind::Forbidden {
                        tracing::warn!(%problem, "namespaces cannot be listed");
                    }
                    self.cluster.namespaces.clone()
                }
            }
        });
        known.await.clone()
    }

    async fn list_namespaces(&self) -> Result<Vec<String>, Problem> {
        let api: Api<PartialObjectMeta<Namespace>> = Api::all(self.cluster.client.clone());
        let list = api
            .list(&ListParams::default())
            .await
            .map_err(|error| problem::of_request(&error, &self.cluster.server))?;
        Ok(list.items.into_iter().filter_map(|namespace| namespace.metadata.name).collect())
    }
}
