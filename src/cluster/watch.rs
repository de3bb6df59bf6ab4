//! Which feeds of the list run where: the whole cluster where that is allowed, else every namespace that may be tried.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ListParams, PartialObjectMeta};
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Cluster;
use super::discovery::ABSENT_PAUSE;
use super::feed::{End, FeedTask};
use super::order::{Awaited, Order};
use super::problem;
use super::sink::Sink;
use super::subject::{Reads, Subject};
use crate::release::{Change, FeedState, Problem, ProblemKind, Scope};

/// How many lists are read at once.
pub(super) const AT_ONCE: usize = 8;

/// What is watched, as it changes. Dropping it ends all its tasks.
pub struct Watch {
    pub(super) sink: Sink,
    pub(super) tasks: JoinSet<()>,
}

impl Watch {
    /// All that the list needs.
    pub(super) fn start(cluster: &Cluster, scope: Scope, once: bool) -> Self {
        let sink = Sink::default();
        let shared = Arc::new(Shared {
            cluster: cluster.clone(),
            scope,
            once,
            sink: sink.clone(),
            namespaces: OnceCell::new(),
            order: Arc::default(),
            listing: Arc::new(Semaphore::new(AT_ONCE)),
        });
        let mut tasks = JoinSet::new();
        if !once {
            // A namespace that was typed wrong must not look like an empty one.
            let shared = Arc::clone(&shared);
            tasks.spawn(async move { drop(shared.candidates().await) });
        }
        // Before the first task runs all are awaited, or one that is quick would pass those before it.
        let subjects: Vec<_> = Subject::all().map(|subject| (subject, shared.order.expect(subject.rank()))).collect();
        for (subject, awaited) in subjects {
            let shared = Arc::clone(&shared);
            tasks.spawn(async move { shared.follow(subject, awaited).await });
        }
        Self { sink, tasks }
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
    order: Arc<Order>,
    listing: Arc<Semaphore>,
}

impl Shared {
    /// Follows a subject everywhere in the scope.
    async fn follow(self: Arc<Self>, subject: Subject, awaited: Arc<Awaited>) {
        let place = self.place(subject);
        self.say(subject, place.as_deref(), &FeedState::Loading);
        awaited.turn().await;
        let end = self.run(subject, place.clone(), Arc::clone(&awaited)).await;
        if place.is_none() && end == End::Forbidden {
            // Said in one breath, or nothing would seem to be awaited between one feed and those that stand in for it.
            let namespaces = self.candidates().await;
            for namespace in &namespaces {
                self.say(subject, Some(namespace), &FeedState::Loading);
            }
            self.say(subject, None, &FeedState::Forbidden);
            self.follow_each(subject, namespaces, awaited).await;
        }
    }

    /// The one namespace to look at. Charts, repositories and Kustomizations usually live elsewhere than the releases
    /// that use them: they are looked for everywhere.
    fn place(&self, subject: Subject) -> Option<String> {
        match subject {
            Subject::Storage(_) | Subject::HelmReleases | Subject::Objects(_) => {
                self.scope.namespace().map(str::to_owned)
            }
            Subject::Sources(_) | Subject::Kustomizations => None,
        }
    }

    async fn follow_each(self: &Arc<Self>, subject: Subject, namespaces: Vec<String>, awaited: Arc<Awaited>) {
        let mut tasks = JoinSet::new();
        for namespace in namespaces {
            let shared = Arc::clone(self);
            let awaited = self.order.expect(subject.rank());
            tasks.spawn(async move {
                let _ = shared.run(subject, Some(namespace), awaited).await;
            });
        }
        drop(awaited);
        while tasks.join_next().await.is_some() {}
    }

    /// Runs one feed, and waits for its kind where the server does not serve it.
    async fn run(&self, subject: Subject, namespace: Option<String>, awaited: Arc<Awaited>) -> End {
        loop {
            let task = FeedTask {
                client: self.cluster.client.clone(),
                server: self.cluster.server.clone(),
                reads: subject,
                namespace: namespace.clone(),
                sink: self.sink.clone(),
                managers: self.cluster.managers(),
                listing: Arc::clone(&self.listing),
                awaited: Some(Arc::clone(&awaited)),
                once: self.once,
            };
            let end = task.run().await;
            match &end {
                End::Read => return end,
                End::Forbidden => {
                    // For the whole cluster the caller says it, when it is known what stands in for it.
                    if namespace.is_some() {
                        self.say(subject, namespace.as_deref(), &FeedState::Forbidden);
                    }
                    return end;
                }
                End::NotServed => {
                    awaited.over();
                    let (_, mut state) = self.served(subject).await;
                    // Listed again only when discovery says that there is something to list: one look for a whole group.
                    loop {
                        self.say(subject, namespace.as_deref(), &state);
                        if self.once {
                            return end;
                        }
                        sleep(ABSENT_PAUSE).await;
                        let served;
                        (served, state) = self.served(subject).await;
                        if served {
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Whether a resource that was not found is served by now; until it was listed it is absent, or served in another
    /// version.
    async fn served(&self, subject: Subject) -> (bool, FeedState) {
        let resource = subject.resource();
        let versions = self.cluster.discovery.versions_of(&resource.group, &resource.kind).await;
        // Who may not look is told what the list said.
        let Ok(versions) = versions else { return (true, FeedState::Absent) };
        let served = versions.contains(&resource.version);
        let state =
            if served || versions.is_empty() { FeedState::Absent } else { FeedState::Unsupported { served: versions } };
        (served, state)
    }

    fn say(&self, subject: Subject, namespace: Option<&str>, state: &FeedState) {
        for stage in subject.stages() {
            for change in subject.say(stage.part, namespace, state) {
                self.sink.put(change);
            }
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
