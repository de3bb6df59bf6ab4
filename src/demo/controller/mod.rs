//! The controllers of the demo: what helm-controller, source-controller and those of the workloads make of what is written.
//!
//! - `release.rs` is the reconcile of a HelmRelease, stage by stage, `release/` what is done in it; `running.rs` is an action of Helm,
//!   `draft.rs` the patches of its status, `history.rs`, `storage.rs`, `spec.rs`, `tokens.rs`, `apply.rs` and `events.rs` the parts of it.
//! - `chart.rs` is what a chart makes of values, `source.rs` where it comes from, `workload.rs` what becomes of Deployments, Pods,
//!   Jobs and the like.
//!
//! They know no clock and no server: time is told, and [`World`] is what they read and write. Under the same calls in the same order
//! everything is the same.

mod apply;
mod chart;
mod draft;
mod events;
mod history;
mod release;
mod running;
mod source;
mod spec;
mod storage;
mod tokens;
mod workload;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::server::ObjectRef;
use super::story::later;
use crate::release::codec::{self, DATA_KEY, Driver};
use crate::schema::Schema;

use chart::Charts;
use release::{Next, Reconcile, Surroundings};
use storage::Stored;

/// From a write to the controller that hears of it.
const HEARS: SignedDuration = SignedDuration::from_millis(15);
/// From a repository that changed to its charts.
const CHARTS: SignedDuration = SignedDuration::from_millis(50);
/// How often what is waited for is looked at.
const REQUEUE: SignedDuration = SignedDuration::from_secs(30);
/// From a release that became ready to those that wait for it.
const DEPENDENTS: SignedDuration = SignedDuration::from_secs(2);

/// What is stored in the cluster.
pub trait World {
    /// One object as it is now.
    fn get(&self, which: &ObjectRef) -> Option<Value>;
    /// All of a kind in a namespace; of all namespaces where it is empty. In a fixed order.
    fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value>;
    /// Creates or replaces an object, which gets a uid and a resourceVersion.
    fn put(&self, object: Value);
    /// Deletes an object.
    fn remove(&self, which: &ObjectRef);
}

/// A write: the object before, and as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// `None` where it was created.
    pub before: Option<Value>,
    /// `None` where it was deleted.
    pub after: Option<Value>,
}

/// What a controller does next.
#[derive(Debug, Clone, PartialEq)]
enum Task {
    /// A HelmRelease is looked at, unless it was since.
    Release(ObjectRef),
    /// A source is.
    Source(ObjectRef),
    /// A workload is.
    Workload(ObjectRef),
}

/// What is known of a HelmRelease beside what is stored.
#[derive(Default)]
struct Work {
    reconcile: Option<Reconcile>,
    /// The stage that is due; others are none any more.
    due: u64,
    /// Something changed since the reconcile began.
    is_stale: bool,
    /// How often it failed in a row.
    tries: u32,
}

/// All controllers, and what they have to do.
#[derive(Default)]
pub struct Controllers {
    due: BTreeMap<(Timestamp, u64), Task>,
    number: u64,
    works: HashMap<ObjectRef, Work>,
    charts: Charts,
    schema: OnceCell<Schema>,
    requeue: Option<SignedDuration>,
}

impl std::fmt::Debug for Controllers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Controllers").field("due", &self.due).finish_non_exhaustive()
    }
}

impl Controllers {
    /// Controllers that look so often at dependencies and sources that are not ready: `--requeue-dependency`.
    #[must_use]
    pub fn that_requeue(after: SignedDuration) -> Self {
        Self { requeue: Some(after), ..Self::default() }
    }

    /// Learns the charts of what is stored, or will be, and where charts can be had. A payload may stand in it as JSON.
    pub fn learn(&mut self, object: &Value) {
        if object.get("kind").is_some_and(|kind| kind == "HelmRepository") {
            self.charts.learn_repository(object);
        }
        let is_stored = object.pointer("/metadata/labels/owner").is_some_and(|owner| owner == "helm");
        let driver = match object.get("kind").and_then(Value::as_str) {
            Some("Secret") => Driver::Secret,
            Some("ConfigMap") => Driver::ConfigMap,
            Some(_) | None => return,
        };
        let data = object.get("data").and_then(|data| data.get(DATA_KEY)?.as_str()).filter(|_| is_stored);
        let Some(data) = data else { return };
        let payload = match codec::decode(driver, data.as_bytes()) {
            Ok(payload) => Some(payload.into_raw()),
            Err(_) => serde_json::from_str(data).ok(),
        };
        if let Some(payload) = payload {
            self.charts.learn(&Stored { secret: Value::Null, payload });
        }
    }

    /// Whether [`Controllers::learn`] was called.
    #[must_use]
    pub fn knows_charts(&self) -> bool {
        !self.charts.is_empty()
    }

    /// Hears of a write.
    pub fn hear(&mut self, write: &Write, world: &dyn World, now: Timestamp) {
        let (before, after) = (write.before.as_ref(), write.after.as_ref());
        let Some(which) = after.or(before).and_then(ObjectRef::of) else { return };
        match which.kind.as_str() {
            "HelmRelease" => {
                if is_asked(before, after) {
                    self.wake(which, later(now, HEARS));
                } else if is_ready(after) && !is_ready(before) {
                    self.wake_dependents(&which, world, later(now, DEPENDENTS));
                }
            }
            "HelmChart" | "HelmRepository" | "OCIRepository" | "GitRepository" | "Bucket" => {
                before.into_iter().chain(after).for_each(|object| self.learn(object));
                if which.kind == "HelmRepository" && before != after {
                    for chart in source::charts_of(&which, world) {
                        self.add(later(now, CHARTS), Task::Source(chart));
                    }
                }
                if is_asked(before, after) {
                    self.add(later(now, HEARS), Task::Source(which));
                } else if source_of(before) != source_of(after) {
                    self.wake_owner(after, later(now, HEARS));
                }
            }
            "Deployment" | "StatefulSet" | "DaemonSet" | "Job"
                if before.is_none() || after.is_none_or(workload::is_unobserved) =>
            {
                self.add(later(now, HEARS), Task::Workload(which));
            }
            "Secret" | "ConfigMap" => {
                if let Some(after) = after {
                    self.learn(after);
                }
            }
            _ => {}
        }
    }

    /// When something is due next.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Does the first thing that is due at `now`, if there is one.
    pub fn go_on(&mut self, world: &dyn World, now: Timestamp) {
        let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) else { return };
        let ((at, number), task) = entry.remove_entry();
        let heard = Heard { world, writes: RefCell::default() };
        match task {
            Task::Release(which) => self.reconcile(which, number, &heard, at),
            Task::Source(which) => source::reconcile(&which, &heard, &self.charts, at),
            Task::Workload(which) => {
                if let Some(next) = workload::reconcile(&which, &heard, at) {
                    self.add(next, Task::Workload(which));
                }
            }
        }
        for write in heard.writes.into_inner() {
            self.hear(&write, world, at);
        }
    }

    fn reconcile(&mut self, which: ObjectRef, number: u64, world: &dyn World, now: Timestamp) {
        if self.works.get(&which).is_none_or(|work| work.due != number) {
            return;
        }
        let Some(mut work) = self.works.remove(&which) else { return };
        let reconcile = work.reconcile.take().or_else(|| Reconcile::new(world.get(&which)?));
        let Some(mut reconcile) = reconcile else { return };
        let schema = self.schema.get_or_init(super::schema);
        let requeue = self.requeue.unwrap_or(REQUEUE);
        let next = reconcile.go_on(&Surroundings { world, charts: &self.charts, schema, requeue, now }, work.tries);
        let at = match next {
            Next::Stage(at) => {
                work.reconcile = Some(reconcile);
                Some(at)
            }
            Next::Over(again) => {
                work.tries = if again.is_some() { work.tries.saturating_add(1) } else { 0 };
                if std::mem::take(&mut work.is_stale) { Some(later(now, HEARS)) } else { again }
            }
            Next::Settled(at) => {
                work.tries = 0;
                Some(if std::mem::take(&mut work.is_stale) { later(now, HEARS) } else { at })
            }
        };
        if let Some(at) = at {
            work.due = self.add(at, Task::Release(which.clone()));
        }
        self.works.insert(which, work);
    }

    /// Has a HelmRelease looked at. One that is worked on is looked at again afterwards.
    pub fn wake(&mut self, which: ObjectRef, at: Timestamp) {
        if let Some(work) = self.works.get_mut(&which).filter(|work| work.reconcile.is_some()) {
            work.is_stale = true;
            return;
        }
        let due = self.add(at, Task::Release(which.clone()));
        let work = self.works.entry(which).or_default();
        work.due = due;
        work.tries = 0;
    }

    fn wake_owner(&mut self, source: Option<&Value>, at: Timestamp) {
        let labels = source.and_then(|source| source.pointer("/metadata/labels"));
        let label =
            |name: &str| labels.and_then(|labels| labels.get(format!("helm.toolkit.fluxcd.io/{name}"))?.as_str());
        if let (Some(namespace), Some(name)) = (label("namespace"), label("name")) {
            self.wake(helm_release(namespace, name), at);
        }
    }

    fn wake_dependents(&mut self, of: &ObjectRef, world: &dyn World, at: Timestamp) {
        for object in world.list(&of.api_version, &of.kind, "") {
            let Some(which) = ObjectRef::of(&object) else { continue };
            let all = object.pointer("/spec/dependsOn").and_then(Value::as_array);
            let depends = all.into_iter().flatten().any(|dependency| {
                let namespace = dependency.get("namespace").and_then(Value::as_str).or(which.namespace.as_deref());
                dependency.get("name").is_some_and(|name| *name == of.name.as_str())
                    && namespace == of.namespace.as_deref()
            });
            if depends {
                self.wake(which, at);
            }
        }
    }

    fn add(&mut self, at: Timestamp, task: Task) -> u64 {
        self.number = self.number.saturating_add(1);
        self.due.insert((at, self.number), task);
        self.number
    }
}

/// The world, and what was written in it.
struct Heard<'a> {
    world: &'a dyn World,
    writes: RefCell<Vec<Write>>,
}

impl World for Heard<'_> {
    fn get(&self, which: &ObjectRef) -> Option<Value> {
        self.world.get(which)
    }

    fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        self.world.list(api_version, kind, namespace)
    }

    fn put(&self, object: Value) {
        let Some(which) = ObjectRef::of(&object) else { return };
        let before = self.world.get(&which);
        self.world.put(object);
        let after = self.world.get(&which);
        self.writes.borrow_mut().push(Write { before, after });
    }

    fn remove(&self, which: &ObjectRef) {
        let before = self.world.get(which);
        self.world.remove(which);
        if before.is_some() {
            self.writes.borrow_mut().push(Write { before, after: None });
        }
    }
}

/// A HelmRelease by its name.
#[must_use]
pub fn helm_release(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "helm.toolkit.fluxcd.io/v2".to_owned(),
        kind: "HelmRelease".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}

/// Controllers of Flux look at what is new, at a new generation, and at a new request; at nothing else.
fn is_asked(before: Option<&Value>, after: Option<&Value>) -> bool {
    let Some(after) = after else { return false };
    let of = |object: &Value| {
        let request = object.pointer("/metadata/annotations").and_then(|all| all.get(tokens::REQUESTED_AT)).cloned();
        (object.pointer("/metadata/generation").cloned(), request)
    };
    before.is_none_or(|before| of(before) != of(after))
}

fn is_ready(object: Option<&Value>) -> bool {
    let conditions = object.and_then(|object| object.pointer("/status/conditions")?.as_array());
    conditions.into_iter().flatten().any(|condition| {
        let is = |key: &str, text: &str| condition.get(key).is_some_and(|own| own == text);
        is("type", "Ready") && is("status", "True")
    })
}

/// What of a source those who use it look at.
fn source_of(object: Option<&Value>) -> (Option<Value>, Option<Value>, bool) {
    let at = |pointer: &str| object.and_then(|object| object.pointer(pointer)).cloned();
    (at("/status/artifact/revision"), at("/status/observedGeneration"), is_ready(object))
}
