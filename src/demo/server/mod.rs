//! The server: what is stored, who is connected, and the clock that it is told.
//!
//! Rules of its answers: kubernetes/apiserver `pkg/endpoints`, `pkg/registry` and `pkg/storage/cacher`, release 1.36.
//! One file a verb; those that write are in `write/`. All changes end in [`State::put`] and [`State::remove`], which tell the watchers.

mod answer;
mod discovery;
mod encode;
mod fields;
mod kinds;
mod list;
mod logs;
mod openapi;
mod options;
mod paths;
mod rbac;
mod review;
mod service;
mod status;
mod store;
mod watch;
mod write;

pub(in crate::demo) use openapi::documents;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use jiff::Timestamp;
use serde_json::Value;

pub use encode::Body;
pub use logs::LogLines;
pub use service::Service;
pub(super) use write::patched;

use logs::Logs;
use rbac::Rights;
use store::Store;
use watch::Watchers;

use crate::release::ObjectKey;

/// Which object: what `apiVersion`, `kind` and `metadata` say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// Group and version, as `apps/v1` or `v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; `None` for objects of the cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// What an object says of itself; `None` where it lacks its `apiVersion`, `kind` or name.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            api_version: text("/apiVersion")?,
            kind: text("/kind")?,
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name")?,
        })
    }
}

/// An in-memory Kubernetes API. Cheap to clone: all clones are the same server.
#[derive(Clone)]
pub struct Server {
    state: Arc<Mutex<State>>,
    rights: Arc<Rights>,
}

struct State {
    now: Timestamp,
    store: Store,
    watchers: Watchers,
    logs: Logs,
}

impl State {
    /// Creates or replaces an object, and tells its watchers. `None` where it is of a kind that is not served, or without a place.
    fn put(&mut self, object: Value) -> Option<Arc<Value>> {
        let event = self.store.put(object, self.now)?;
        self.watchers.tell(&event);
        event.after
    }

    /// Takes an object away, and tells its watchers. It is returned as it was last, in the version of its end.
    fn remove(&mut self, object: &ObjectRef) -> Option<Arc<Value>> {
        let event = self.store.remove(object, self.now)?;
        self.watchers.tell(&event);
        if object.kind == "Pod" {
            self.logs.forget(&ObjectKey::new(object.namespace.as_deref().unwrap_or_default(), &object.name));
        }
        event.before.map(|before| Arc::new(store::with_version(&before, event.version)))
    }
}

/// Why a controller's write was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code that a client would be told.
    pub code: u16,
    /// The message that a client would be told.
    pub message: String,
}

impl Server {
    /// An empty server whose clock stands at `now`. It knows five users: `administrator` may do everything, `viewer` has
    /// the built-in role `view` and reads the Flux kinds, `writer` may the same and writes the usual kinds in the namespace
    /// `payments`, `two` reads releases in the namespaces `checkout` and `payments`, `nobody` has no rights.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self::with_two(now, ["checkout", "payments"])
    }

    /// The same, with other namespaces for the user `two`.
    #[must_use]
    pub fn with_two(now: Timestamp, namespaces: [&str; 2]) -> Self {
        let state = State { now, store: Store::default(), watchers: Watchers::default(), logs: Logs::default() };
        Self { state: Arc::new(Mutex::new(state)), rights: Arc::new(Rights::new(namespaces)) }
    }

    /// Creates or replaces an object, and tells its watchers. It gets a new `resourceVersion`; without a `uid` it keeps
    /// the one it had or gets one that depends on nothing but the calls before. An object of a kind that is not served, or
    /// without a place, is left out, and that is logged.
    pub fn put(&self, object: Value) {
        let mut state = self.lock();
        match state.put(object) {
            Some(_) => state.store.is_heard(),
            None => {
                tracing::warn!("an object without a place, or of a kind that the demo does not serve, was left out");
            }
        }
    }

    /// An object as it is now.
    #[must_use]
    pub fn get(&self, object: &ObjectRef) -> Option<Arc<Value>> {
        self.lock().store.find(object).cloned()
    }

    /// What a controller inside the cluster writes, under its field manager: as by PUT, or by POST where there is none. `subresource`
    /// is `status`, or none for the object itself. Versions, generations and owners are kept as for every other client, and its
    /// watchers are told. Nobody is asked for its rights. Returns the object as it is then.
    ///
    /// # Errors
    /// What a client would be refused with, `resourceVersion` and `uid` of the object included where it names them.
    pub fn write(&self, manager: &str, subresource: Option<&str>, object: &Value) -> Result<Arc<Value>, Refusal> {
        let written = write::by_controller(&mut self.lock(), manager, subresource, object);
        written.map_err(|status| Refusal { code: status.code, message: status.message().to_owned() })
    }

    /// Deletes an object, and tells its watchers. Nothing happens if there is none.
    pub fn remove(&self, object: &ObjectRef) {
        let mut state = self.lock();
        if state.remove(object).is_some() {
            state.store.is_heard();
        }
    }

    /// Stores what a container wrote in its present run and in the one before. Whoever follows its log hears its end.
    pub fn put_log(&self, pod: &ObjectKey, container: &str, current: LogLines, previous: Option<LogLines>) {
        self.lock().logs.put((pod.clone(), container.to_owned()), current, previous);
    }

    /// A container writes one more line, now. Whoever follows its log is told.
    pub fn append_log(&self, pod: &ObjectKey, container: &str, line: &str) {
        let mut state = self.lock();
        let now = state.now;
        state.logs.append((pod.clone(), container.to_owned()), now, line);
    }

    /// Moves the clock: ends watches whose time is over, sends bookmarks that are due, and forgets history older than
    /// five minutes. A clock never goes back.
    pub fn advance(&self, now: Timestamp) {
        let mut state = self.lock();
        state.now = state.now.max(now);
        let State { now, store, watchers, .. } = &mut *state;
        store.forget(*now);
        watchers.advance(*now, store.version());
    }

    /// What its clock says.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now
    }

    /// When [`Server::advance`] has something to do next, as far as is known now.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.lock().watchers.next()
    }

    /// What clients wrote since this was asked last, in order, as objects before and after.
    #[must_use]
    pub fn written(&self) -> Vec<(Option<Value>, Option<Value>)> {
        let owned = |object: Option<Arc<Value>>| object.map(|object| (*object).clone());
        self.lock().store.unheard().into_iter().map(|event| (owned(event.before), owned(event.after))).collect()
    }

    /// Whether clients wrote something since [`Server::written`] was asked last.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.lock().store.has_unheard()
    }

    /// Waits until clients wrote something since [`Server::written`] was asked last. One waits at a time.
    pub async fn stirred(&self) {
        let waker = self.lock().store.waker();
        std::future::poll_fn(|context| {
            waker.register(context.waker());
            if self.has_written() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// All objects of a kind, in the order of their keys; of all namespaces where none is named.
    #[must_use]
    pub fn list(&self, api_version: &str, kind: &str, namespace: Option<&str>) -> Vec<Value> {
        let Some(kind) = kinds::by_object(api_version, kind) else { return Vec::new() };
        let state = self.lock();
        let all = state.store.at(state.store.version(), kind, namespace);
        // Of the present nothing is forgotten.
        all.map(|all| all.into_values().map(|object| (*object).clone()).collect()).unwrap_or_default()
    }

    /// A connection as a user. Who is not known is told so by every answer.
    #[must_use]
    pub fn client(&self, user: &str) -> Service {
        Service::new(self.clone(), user.to_owned())
    }

    /// Forgets history: what was handed out so far is too old to watch from or to page on with.
    pub fn compact(&self) {
        self.lock().store.compact();
    }

    /// A panic elsewhere leaves the data as whole as any call leaves it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
