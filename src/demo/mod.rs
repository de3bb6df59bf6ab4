//! The demo: a Kubernetes API in memory, which `cluster` connects like any other server, with a recorded cluster in it.
//!
//! May touch the core alone: no clock, no files at run time, no network, no runtime. Invariants:
//!
//! - The server answers as kube-apiserver does, to the words of its errors; what it cannot do truthfully it refuses with
//!   a clear Status. `tests/contract` holds it to a real one.
//! - Time is an argument: under the same calls in the same order every answer is the same. Nothing in the recorded cluster
//!   lies in the future.
//! - What the cluster shows was recorded, or follows the rules of what was: what clients write is answered by controllers
//!   (`controller/`) that are held to the recording of the real ones.

pub mod bundle;
mod contexts;
pub mod controller;
mod crash;
pub mod digest;
pub mod server;
pub mod shift;
pub mod story;
mod types;
mod voice;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use bundle::{Bundle, Damaged};
use controller::{Controllers, World, Write};
use server::{ObjectRef, Server};

use crate::release::ObjectKey;
use crate::schema::Schema;
use story::{Step, Story};
pub use types::Types;

/// The types of the kinds that come with Kubernetes and Flux, as the recorded cluster's server tells them: for objects that
/// are looked at without a server.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = Schema::default();
    for document in server::documents() {
        match Schema::from_openapi(&document) {
            Ok(part) => schema.merge(part),
            Err(error) => tracing::error!(%error, "a document of OpenAPI of the demo is damaged"),
        }
    }
    schema
}

/// The recorded cluster on a server, alive as long as somebody moves its clock.
pub struct Demo {
    server: Server,
    alive: Mutex<Alive>,
}

/// What goes on in it.
struct Alive {
    story: Story,
    controllers: Controllers,
    /// HelmReleases that somebody wrote to: of these the story tells the status alone.
    taken: HashSet<ObjectRef>,
}

impl Demo {
    /// The cluster as it stands at `now`, which is when its story begins.
    ///
    /// # Errors
    /// [`Damaged`]; the recorded cluster is held to be whole by a test.
    pub fn new(now: Timestamp) -> Result<Self, Damaged> {
        let bundle = Bundle::embedded()?;
        let objects = bundle.objects(now)?;
        let story = Story::new(bundle, &objects, now)?;
        let server = Server::new(now);
        for object in objects {
            server.put(object);
        }
        let alive = Alive { story, controllers: Controllers::default(), taken: HashSet::new() };
        let demo = Self { server, alive: Mutex::new(alive) };
        demo.advance(now)?;
        Ok(demo)
    }

    /// Moves the clock: what is due until `now` happens, each at its time. What clients wrote is heard of now.
    ///
    /// # Errors
    /// [`Damaged`]; the story is held to be whole by a test.
    pub fn advance(&self, now: Timestamp) -> Result<(), Damaged> {
        let mut alive = self.alive();
        alive.hear(&self.server, now);
        while let Some(due) = alive.next().filter(|due| *due <= now) {
            self.server.advance(due);
            for step in alive.story.until(due)? {
                match step {
                    Step::Put(object) => alive.put(&self.server, object),
                    Step::Remove(object) => self.server.remove(&object),
                    Step::Run(run) => self.server.put_log(&run.pod, &run.container, run.lines, run.previous),
                    Step::Line(pod, container, line) => self.server.append_log(&pod, &container, &line),
                }
            }
            while alive.controllers.next().is_some_and(|next| next <= due) {
                let cast = Cast { server: &self.server, gone: RefCell::default() };
                alive.controllers.go_on(&cast, due);
                for pod in cast.gone.into_inner() {
                    alive.story.forget(&pod);
                }
            }
        }
        self.server.advance(now);
        Ok(())
    }

    /// When [`Demo::advance`] has something to do next, as far as is known now. What clients wrote is to be heard of at once.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        if self.server.has_written() {
            return Some(self.server.now());
        }
        [self.alive().next(), self.server.next()].into_iter().flatten().min()
    }

    /// The API.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    fn alive(&self) -> MutexGuard<'_, Alive> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alive {
    fn next(&self) -> Option<Timestamp> {
        [self.story.next(), self.controllers.next()].into_iter().flatten().min()
    }

    /// Tells the controllers what clients wrote. From the first write on they know all charts that there are.
    fn hear(&mut self, server: &Server, now: Timestamp) {
        let written = server.written();
        if written.is_empty() {
            return;
        }
        if !self.controllers.knows_charts() {
            let mut stored = ["Secret", "ConfigMap"].map(|kind| server.list("v1", kind, None)).concat();
            stored.extend(server.list("source.toolkit.fluxcd.io/v1", "HelmRepository", None));
            stored.into_iter().chain(self.story.untold()).for_each(|object| self.controllers.learn(&object));
        }
        for (before, after) in written {
            let which = after.as_ref().or(before.as_ref()).and_then(ObjectRef::of);
            let Some(which) = which else { continue };
            let mut then = now;
            if let (Some(namespace), "HelmRelease") = (&which.namespace, which.kind.as_str()) {
                // The controller that plays the act finishes it before it looks at what was written.
                let ends = self.story.yield_to(&ObjectKey::new(namespace.as_str(), which.name.as_str()), now);
                then = ends.unwrap_or(now);
                self.taken.insert(which);
            } else if which.kind == "Pod" && after.is_none() {
                self.story.forget(&which);
            }
            self.controllers.hear(&Write { before, after }, server, then);
        }
    }

    fn put(&self, server: &Server, mut object: Value) {
        let taken = ObjectRef::of(&object).filter(|which| self.taken.contains(which));
        if let Some(mut stored) = taken.and_then(|which| World::get(server, &which)) {
            if let (Some(fields), Some(status)) = (stored.as_object_mut(), object.get_mut("status")) {
                fields.insert("status".to_owned(), status.take());
            }
            object = stored;
        }
        server.put(object);
    }
}

impl World for Server {
    fn get(&self, which: &ObjectRef) -> Option<Value> {
        Self::get(self, which).map(|object| (*object).clone())
    }

    fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        Self::list(self, api_version, kind, Some(namespace).filter(|namespace| !namespace.is_empty()))
    }

    fn put(&self, object: Value) {
        Self::put(self, object);
    }

    fn remove(&self, which: &ObjectRef) {
        Self::remove(self, which);
    }
}

/// The server, and which Pods went.
struct Cast<'a> {
    server: &'a Server,
    gone: RefCell<Vec<ObjectRef>>,
}

impl World for Cast<'_> {
    fn get(&self, which: &ObjectRef) -> Option<Value> {
        World::get(self.server, which)
    }

    fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        World::list(self.server, api_version, kind, namespace)
    }

    fn put(&self, object: Value) {
        World::put(self.server, object);
    }

    fn remove(&self, which: &ObjectRef) {
        World::remove(self.server, which);
        if which.kind == "Pod" {
            self.gone.borrow_mut().push(which.clone());
        }
    }
}
