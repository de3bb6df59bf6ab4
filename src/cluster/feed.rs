//! One feed: list, then watch, for as long as anybody wants to know.
//!
//! Rows first: the first stage is listed, then changes are watched while the other stages are listed behind. A watch
//! that ends goes on from where it was; one that is too old (410) begins again with the lists, and what they lack is
//! gone. Failures are said at once and tried again with growing, jittered pauses.
//!
//! kube's own watcher does the same but for three things that this program lives by: the stages, saying that a broken
//! watch stands again before the next event comes, and telling a list from a watch that failed.
//!
//! Sources of the rules: kubernetes/client-go `tools/cache/reflector.go`, kubernetes/website `api-concepts.md`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use kube::api::{Api, DynamicObject, ListParams, PartialObjectMeta, WatchEvent, WatchParams};
use kube::core::ObjectList;
use kube::{Client, Error};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::backoff::Backoff;
use super::order::Awaited;
use super::problem;
use super::sink::Sink;
use super::subject::{Reads, Stage, key_of};
use crate::ownership::classes::Row;
use crate::release::{FeedState, ObjectKey};

/// Objects a page, as client-go's pager: larger pages make fewer requests and hold more memory at once.
const PAGE: u32 = 500;

/// How long the server keeps a watch, in seconds: what client-go asks for at most.
const WATCH_SECONDS: u32 = 290;

/// A watch on which nothing at all came for this long is taken for dead: the server sends a bookmark about once a
/// minute, and a link that was cut says nothing.
const SILENCE: Duration = Duration::from_secs(150);

/// Why a feed ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It was to be read once, and it was, or could not be.
    Read,
    /// The user may not list it.
    Forbidden,
    /// The server does not serve the resource.
    NotServed,
}

/// One feed of one subject in one place.
#[derive(Clone)]
pub(super) struct FeedTask<R> {
    pub(super) client: Client,
    pub(super) server: String,
    pub(super) reads: R,
    pub(super) namespace: Option<String>,
    pub(super) sink: Sink,
    /// Rows of the user's settings.
    pub(super) managers: Arc<[Row]>,
    /// Bounds how many lists are read at once.
    pub(super) listing: Arc<Semaphore>,
    /// For whom others wait; they need not any more when the first list has ended or failed.
    pub(super) awaited: Option<Arc<Awaited>>,
    /// Lists only, no watch.
    pub(super) once: bool,
}

/// Uids by key of what this feed has told of.
type Known = HashMap<ObjectKey, String>;

impl<R: Reads> FeedTask<R> {
    /// Runs until there is nothing more to tell.
    pub(super) async fn run(self) -> End {
        let mut known = Known::new();
        let mut backoff = Backoff::default();
        let mut last_good = Timestamp::now();
        loop {
            let ended = Session { task: &self, known: &mut known, backoff: &mut backoff, last_good: &mut last_good }
                .run()
                .await;
            match ended {
                Ok(Ended::Expired) => sleep(backoff.jitter()).await,
                Ok(Ended::Read) => return End::Read,
                Err(error) => match api_code(&error) {
                    Some(403) => return End::Forbidden,
                    Some(404) => return End::NotServed,
                    _ => {
                        self.stale(&error, last_good);
                        if self.once {
                            return End::Read;
                        }
                        sleep(backoff.pause_after(&error)).await;
                    }
                },
            }
        }
    }

    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = kube::api::ApiResource, Scope = kube::core::DynamicResourceScope>,
    {
        match &self.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &self.reads.resource()),
            None => Api::all_with(self.client.clone(), &self.reads.resource()),
        }
    }

    async fn list(&self, stage: &Stage, token: Option<String>) -> Result<ObjectList<DynamicObject>, Error> {
        let mut params = ListParams::default().labels(stage.labels).limit(PAGE);
        params.field_selector = self.reads.fields();
        params.continue_token = token;
        // Closed by nobody: a missing permit would only mean one more list at once.
        let _permit = self.listing.acquire().await.ok();
        if self.reads.metadata_only() {
            let ObjectList { types, metadata, items } = self.api::<DynamicObject>().list_metadata(&params).await?;
            Ok(ObjectList { types, metadata, items: items.into_iter().map(bare).collect() })
        } else {
            self.api::<DynamicObject>().list(&params).await
        }
    }

    async fn watch(&self, version: &str) -> Result<Events, Error> {
        let mut params = WatchParams::default().labels(self.reads.watch_labels()).timeout(WATCH_SECONDS);
        params.field_selector = self.reads.fields();
        Ok(if self.reads.metadata_only() {
            let events = self.api::<DynamicObject>().watch_metadata(&params, version).await?;
            events
                .map_ok(|event| match event {
                    WatchEvent::Added(object) => WatchEvent::Added(bare(object)),
                    WatchEvent::Modified(object) => WatchEvent::Modified(bare(object)),
                    WatchEvent::Deleted(object) => WatchEvent::Deleted(bare(object)),
                    WatchEvent::Bookmark(bookmark) => WatchEvent::Bookmark(bookmark),
                    WatchEvent::Error(status) => WatchEvent::Error(status),
                })
                .boxed()
        } else {
            self.api::<DynamicObject>().watch(&params, version).await?.boxed()
        })
    }

    fn state(&self, stage: &Stage, state: FeedState) {
        if let Some(awaited) = &self.awaited {
            awaited.over();
        }
        for change in self.reads.say(stage.part, self.namespace.as_deref(), &state) {
            self.sink.put(change);
        }
    }

    fn stale(&self, error: &Error, since: Timestamp) {
        let problem = problem::of_request(error, &self.server);
        if let Some(stage) = self.reads.stages().first() {
            self.state(stage, FeedState::Stale { since, problem });
        }
    }
}

type Events = BoxStream<'static, Result<WatchEvent<DynamicObject>, Error>>;

enum Ended {
    /// The server has forgotten the version from which the watch was to go on.
    Expired,
    /// All lists were read, and that was all that was wanted.
    Read,
}

/// From the first list to the end of the watch.
struct Session<'a, R> {
    task: &'a FeedTask<R>,
    known: &'a mut Known,
    backoff: &'a mut Backoff,
    last_good: &'a mut Timestamp,
}

impl<R: Reads> Session<'_, R> {
    async fn run(mut self) -> Result<Ended, Error> {
        let Some((first, rest)) = self.task.reads.stages().split_first() else { return Ok(Ended::Read) };
        let mut fresh = HashSet::new();
        let mut token = None;
        let mut version;
        loop {
            let page = match self.task.list(first, token).await {
                Err(error) if api_code(&error) == Some(410) => return Ok(Ended::Expired),
                page => page?,
            };
            version = page.metadata.resource_version.unwrap_or_default();
            for object in page.items {
                fresh.insert(self.tell(object));
            }
            token = page.metadata.continue_.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        self.good();
        self.task.state(first, FeedState::Live);
        let mut behind = Behind::start(self.task.clone(), rest);
        if self.task.once {
            while let Some(step) = behind.steps.recv().await {
                self.step_behind(step?, &mut fresh, &HashSet::new());
            }
            return Ok(Ended::Read);
        }
        self.follow(version, behind, fresh).await
    }

    /// Watches, while the other lists are read behind.
    async fn follow(
        mut self,
        mut version: String,
        mut behind: Behind,
        mut fresh: HashSet<ObjectKey>,
    ) -> Result<Ended, Error> {
        // What the watch saw go must not be brought back by a list that is older.
        let mut buried: HashSet<String> = HashSet::new();
        let mut listing = true;
        let mut broken = false;
        'connect: loop {
            let mut events = match self.task.watch(&version).await {
                Ok(events) => events,
                Err(error) if api_code(&error) == Some(410) => return Ok(Ended::Expired),
                Err(error) if matches!(api_code(&error), Some(403 | 404)) => return Err(error),
                Err(error) => {
                    broken = true;
                    self.task.stale(&error, *self.last_good);
                    sleep(self.backoff.pause_after(&error)).await;
                    continue 'connect;
                }
            };
            if broken {
                broken = false;
                if let Some(first) = self.task.reads.stages().first() {
                    self.task.state(first, FeedState::Live);
                }
            }
            let began = tokio::time::Instant::now();
            loop {
                tokio::select! {
                    step = behind.steps.recv(), if listing => match step {
                        Some(step) => self.step_behind(step?, &mut fresh, &buried),
                        None => {
                            listing = false;
                            self.bury_the_missing(&fresh);
                            fresh = HashSet::new();
                            buried = HashSet::new();
                        }
                    },
                    event = timeout(SILENCE, events.next()) => {
                        if matches!(event, Ok(Some(Ok(_)) | None)) {
                            self.good_at(began);
                        }
                        match event {
                            Ok(Some(Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)))) => {
                                version.clone_from(&object.metadata.resource_version.clone().unwrap_or_default());
                                let key = self.tell(object);
                                if listing {
                                    fresh.insert(key);
                                }
                            }
                            Ok(Some(Ok(WatchEvent::Deleted(object)))) => {
                                version.clone_from(&object.metadata.resource_version.clone().unwrap_or_default());
                                let uid = object.metadata.uid.clone().unwrap_or_default();
                                let key = key_of(&object.metadata);
                                if listing {
                                    buried.insert(uid.clone());
                                }
                                self.lose(key, uid);
                            }
                            Ok(Some(Ok(WatchEvent::Bookmark(bookmark)))) => version = bookmark.metadata.resource_version,
                            Ok(Some(Ok(WatchEvent::Error(status)))) if status.code == 410 => return Ok(Ended::Expired),
                            Ok(Some(Ok(WatchEvent::Error(status)))) => {
                                broken = true;
                                self.task.stale(&Error::Api(status), *self.last_good);
                                sleep(self.backoff.next_pause()).await;
                                continue 'connect;
                            }
                            // One event that cannot be read must not end the others, nor come again for ever.
                            Ok(Some(Err(Error::SerdeError(error)))) => tracing::warn!(%error, "event skipped"),
                            Ok(Some(Err(error))) => {
                                broken = true;
                                tracing::debug!(%error, "watch broke");
                                sleep(self.backoff.next_pause()).await;
                                continue 'connect;
                            }
                            // The server ends every watch in time, and a silent one is given up: neither is news. One
                            // that ends as soon as it begins would turn this into a flood of requests.
                            Ok(None) | Err(_) => {
                                if began.elapsed() < Duration::from_secs(1) {
                                    sleep(self.backoff.next_pause()).await;
                                }
                                continue 'connect;
                            }
                        }
                    }
                }
            }
        }
    }

    fn step_behind(&mut self, step: Step, fresh: &mut HashSet<ObjectKey>, buried: &HashSet<String>) {
        match step {
            Step::Page(objects) => {
                for object in objects {
                    if !object.metadata.uid.as_ref().is_some_and(|uid| buried.contains(uid)) {
                        fresh.insert(self.tell(object));
                    }
                }
            }
            Step::Whole(stage) => self.task.state(&stage, FeedState::Live),
        }
    }

    /// Tells of an object and remembers that.
    fn tell(&mut self, object: DynamicObject) -> ObjectKey {
        let key = key_of(&object.metadata);
        let uid = object.metadata.uid.clone().unwrap_or_default();
        match self.task.reads.present(object, &self.task.managers) {
            Ok(Some(change)) => {
                self.known.insert(key.clone(), uid);
                self.task.sink.put(change);
            }
            // It was one of those that are looked for and is none any more.
            Ok(None) => self.lose(key.clone(), uid),
            Err(problem) => tracing::warn!(%problem, %key, "object skipped"),
        }
        key
    }

    fn lose(&mut self, key: ObjectKey, uid: String) {
        if self.known.remove(&key).is_some() {
            self.task.sink.put(self.task.reads.gone(key, uid));
        }
    }

    /// What no list named, nor the watch since, went away unseen.
    fn bury_the_missing(&mut self, fresh: &HashSet<ObjectKey>) {
        let missing: Vec<_> = self.known.keys().filter(|key| !fresh.contains(*key)).cloned().collect();
        for key in missing {
            let uid = self.known.get(&key).cloned().unwrap_or_default();
            self.lose(key, uid);
        }
    }

    fn good(&mut self) {
        *self.last_good = Timestamp::now();
        self.backoff.reset();
    }

    /// A watch that has stood for a while is well again.
    fn good_at(&mut self, began: tokio::time::Instant) {
        *self.last_good = Timestamp::now();
        if began.elapsed() > Duration::from_secs(5) {
            self.backoff.reset();
        }
    }
}

enum Step {
    Page(Vec<DynamicObject>),
    Whole(Stage),
}

/// The lists that are read behind. Ends with its receiver.
struct Behind {
    steps: mpsc::Receiver<Result<Step, Error>>,
    reader: JoinHandle<()>,
}

impl Drop for Behind {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Behind {
    fn start<R: Reads>(task: FeedTask<R>, stages: &'static [Stage]) -> Self {
        let (sender, steps) = mpsc::channel(1);
        let reader = tokio::spawn(async move {
            for stage in stages {
                if read_stage(&task, stage, &sender).await.is_none() {
                    return;
                }
            }
        });
        Self { steps, reader }
    }
}

/// Reads one list to its end, from the beginning again where it broke. `None` when nobody listens, or when it was to
/// be read once and broke.
async fn read_stage<R: Reads>(
    task: &FeedTask<R>,
    stage: &Stage,
    sender: &mpsc::Sender<Result<Step, Error>>,
) -> Option<()> {
    let mut backoff = Backoff::default();
    let mut token = None;
    loop {
        match task.list(stage, token).await {
            Ok(page) => {
                sender.send(Ok(Step::Page(page.items))).await.ok()?;
                token = page.metadata.continue_.filter(|token| !token.is_empty());
                if token.is_none() {
                    return sender.send(Ok(Step::Whole(*stage))).await.ok();
                }
            }
            Err(error) if task.once && api_code(&error) != Some(410) => {
                let _ = sender.send(Err(error)).await;
                return None;
            }
            Err(error) => {
                tracing::debug!(%error, "list broke, begun again");
                token = None;
                sleep(backoff.pause_after(&error)).await;
            }
        }
    }
}

fn api_code(error: &Error) -> Option<u16> {
    match error {
        Error::Api(status) => Some(status.code),
        _ => None,
    }
}

fn bare(object: PartialObjectMeta<DynamicObject>) -> DynamicObject {
    DynamicObject { types: None, metadata: object.metadata, data: serde_json::json!({}) }
}
