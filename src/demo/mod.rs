//! The demo: a Kubernetes API in memory, which `cluster` connects like any other server, with a recorded cluster in it.
//!
//! May touch the core alone: no clock, no files at run time, no network, no runtime. Invariants:
//!
//! - The server answers as kube-apiserver does, to the words of its errors; what it cannot do truthfully it refuses with
//!   a clear Status. `tests/contract` holds it to a real one.
//! - Time is an argument: under the same calls in the same order every answer is the same. Nothing in the recorded cluster
//!   lies in the future.
//! - What the cluster shows was recorded, or follows the rules of what was, until somebody changes it: clients write as they do to a
//!   real server, for as long as the process lives.

pub mod bundle;
mod contexts;
mod crash;
pub mod digest;
pub mod server;
pub mod shift;
pub mod story;
mod types;
mod voice;

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use bundle::{Bundle, Damaged};
use server::Server;

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
    story: Mutex<Story>,
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
        let demo = Self { server, story: Mutex::new(story) };
        demo.advance(now)?;
        Ok(demo)
    }

    /// Moves the clock: what is due until `now` happens, each at its time.
    ///
    /// # Errors
    /// [`Damaged`]; the story is held to be whole by a test.
    pub fn advance(&self, now: Timestamp) -> Result<(), Damaged> {
        let mut story = self.story();
        while let Some(due) = story.next().filter(|due| *due <= now) {
            self.server.advance(due);
            for step in story.until(due)? {
                match step {
                    Step::Put(object) => self.server.put(object),
                    Step::Remove(object) => self.server.remove(&object),
                    Step::Run(run) => self.server.put_log(&run.pod, &run.container, run.lines, run.previous),
                    Step::Line(pod, container, line) => self.server.append_log(&pod, &container, &line),
                }
            }
        }
        self.server.advance(now);
        Ok(())
    }

    /// When [`Demo::advance`] has something to do next, as far as is known now.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        [self.story().next(), self.server.next()].into_iter().flatten().min()
    }

    /// The API.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
