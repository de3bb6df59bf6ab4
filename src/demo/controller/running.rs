//! An action of Helm inside the controller: stores the new revision, runs hooks, writes objects, waits for them, and says in the
//! storage how it went.
//!
//! Source: helm.sh/helm v4.2.4 `pkg/action/{install,upgrade,rollback,hooks}.go`, fluxcd/cli-utils v1.2.2 (the waiting).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::apply::Release;
use super::history::revision;
use super::release::Surroundings;
use super::spec::Attempt;
use super::storage::{Storage, Stored, say};
use crate::demo::server::ObjectRef;
use crate::demo::story::later;
use crate::health::kstatus::{Status, compute};
use crate::release::yaml;

/// How often objects are looked at while it is waited for them.
const POLL: SignedDuration = SignedDuration::from_secs(5);
/// When they are looked at first: what failed already is not waited for.
const FIRST: SignedDuration = SignedDuration::from_millis(100);

/// Where it stands.
pub enum Done {
    /// It is looked at again then.
    NotYet(Timestamp),
    /// It went well.
    Well,
    /// It failed, in Helm's words.
    Failed(String),
}

/// An action that runs.
pub struct Running {
    /// What it is a try of; `None` where it goes back.
    pub attempt: Option<Attempt>,
    /// What it writes, as it is stored.
    pub payload: Map<String, Value>,
    /// What is rolled back to.
    pub target: Option<Map<String, Value>>,
    /// When it began.
    pub began: Timestamp,
    /// How long objects are waited for.
    pub timeout: SignedDuration,
    /// What it wrote so far, in this order.
    written: Vec<Map<String, Value>>,
    /// The revision before.
    before: Option<Map<String, Value>>,
    /// When objects were written; hooks run before.
    applied: Option<Timestamp>,
}

impl Running {
    /// Stores the new revision of an install or upgrade.
    #[must_use]
    pub fn released(
        storage: &Storage,
        mut payload: Map<String, Value>,
        attempt: Attempt,
        around: &Surroundings<'_>,
        most: usize,
    ) -> Self {
        let stored = storage.revisions(around.world);
        let last = stored.last();
        let deployed = stored.iter().rev().find(|stored| stored.status() == "deployed");
        let before = deployed.or(last);
        let (status, description) = match attempt {
            Attempt::Install => ("pending-install", "Initial install underway"),
            Attempt::Upgrade => ("pending-upgrade", "Preparing upgrade"),
        };
        let first = before.and_then(|before| before.payload.get("info")?.get("first_deployed")).cloned();
        begin(&mut payload, last.map_or(0, |last| revision(&last.payload)), first, status, description, around.now);
        Self::store(storage, payload, Some(attempt), None, before, around, most)
    }

    /// Stores the new revision of a rollback.
    ///
    /// # Errors
    /// Where the revision is not there.
    pub fn back_to(storage: &Storage, to: u64, around: &Surroundings<'_>, most: usize) -> Result<Self, String> {
        let stored = storage.revisions(around.world);
        let Some(target) = stored.iter().find(|stored| revision(&stored.payload) == to) else {
            return Err(format!("release: not found: {}.v{to}", storage.name));
        };
        let mut payload = target.payload.clone();
        let first = payload.get("info").and_then(|info| info.get("first_deployed")).cloned();
        let last = stored.last().map_or(0, |last| revision(&last.payload));
        begin(&mut payload, last, first, "pending-rollback", &format!("Rollback to {to}"), around.now);
        let target = Some(target.payload.clone());
        Ok(Self::store(storage, payload, None, target, stored.last(), around, most))
    }

    fn store(
        storage: &Storage,
        payload: Map<String, Value>,
        attempt: Option<Attempt>,
        target: Option<Map<String, Value>>,
        before: Option<&Stored>,
        around: &Surroundings<'_>,
        most: usize,
    ) -> Self {
        let modified = before.filter(|_| attempt == Some(Attempt::Upgrade)).and_then(|before| {
            let labels = before.secret.pointer("/metadata/labels")?;
            Some(("modifiedAt", labels.get("modifiedAt")?.as_str()?.to_owned()))
        });
        let labels: Vec<(&str, String)> = modified.into_iter().collect();
        let mut written = storage.create(around.world, &payload, &labels, most, around.now);
        written.push(payload.clone());
        let before = before.map(|before| before.payload.clone());
        let timeout = SignedDuration::ZERO;
        Self { attempt, payload, target, began: around.now, timeout, written, before, applied: None }
    }

    /// Runs the hooks, or writes the objects where there are none.
    pub fn begin(&mut self, release: &Release<'_>, around: &Surroundings<'_>) -> Timestamp {
        let event = match self.attempt {
            Some(Attempt::Install) => "pre-install",
            Some(Attempt::Upgrade) => "pre-upgrade",
            None => "pre-rollback",
        };
        let began = around.now.to_string();
        let mut has_hooks = false;
        for hook in self.payload.get_mut("hooks").and_then(Value::as_array_mut).into_iter().flatten() {
            let events = hook.get("events").and_then(Value::as_array);
            if !events.is_some_and(|events| events.iter().any(|own| own == event)) {
                continue;
            }
            let Ok(mut object) = yaml::to_json(hook.get("manifest").and_then(Value::as_str).unwrap_or_default()) else {
                continue;
            };
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("namespace".to_owned(), release.namespace.into());
                metadata.insert("generation".to_owned(), 1.into());
                metadata.insert("creationTimestamp".to_owned(), super::draft::seconds(around.now).into());
            }
            if let Some(which) = ObjectRef::of(&object) {
                around.world.remove(&which);
            }
            around.world.put(object);
            if let Some(hook) = hook.as_object_mut() {
                hook.insert("last_run".to_owned(), json!({"started_at": began, "phase": "Running"}));
            }
            has_hooks = true;
        }
        if has_hooks {
            return later(around.now, POLL);
        }
        self.apply(release, around)
    }

    fn apply(&mut self, release: &Release<'_>, around: &Surroundings<'_>) -> Timestamp {
        release.write(around.world, around.schema, &self.payload, self.before.as_ref(), around.now);
        self.applied = Some(around.now);
        later(around.now, FIRST)
    }

    /// Looks at what it waits for.
    pub fn go_on(&mut self, release: &Release<'_>, around: &Surroundings<'_>) -> Done {
        let now = around.now;
        let Some(applied) = self.applied else {
            let ended = now.to_string();
            for hook in self.payload.get_mut("hooks").and_then(Value::as_array_mut).into_iter().flatten() {
                let Some(run) = hook.get_mut("last_run").and_then(Value::as_object_mut) else { continue };
                if run.get("phase").is_some_and(|phase| phase == "Running") {
                    run.shift_insert(1, "completed_at".to_owned(), ended.as_str().into());
                    run.insert("phase".to_owned(), "Succeeded".into());
                }
            }
            return Done::NotYet(self.apply(release, around));
        };
        let mut failed = Vec::new();
        let mut open = Vec::new();
        for object in release.objects(&self.payload) {
            let Some(which) = ObjectRef::of(&object) else { continue };
            let status = around.world.get(&which).map(|live| compute(&live, now).map(|computed| computed.status));
            let status = status.and_then(Result::ok).unwrap_or(Status::NotFound);
            let place = format!("{}/{}/{}", which.kind, which.namespace.unwrap_or_default(), which.name);
            match status {
                Status::Current => {}
                Status::Failed => failed.push(format!("{place} status: '{status}'")),
                Status::InProgress | Status::Terminating | Status::NotFound | Status::Unknown => {
                    open.push(format!("{place} status: '{status}'"));
                }
            }
        }
        let waited = now.duration_since(applied);
        if !failed.is_empty() {
            return Done::Failed(format!("failed early due to stalled resources: [{}]", failed.join(", ")));
        }
        if open.is_empty() && waited >= POLL {
            return Done::Well;
        }
        if waited >= self.timeout {
            return Done::Failed(format!("timeout waiting for: [{}]", open.join(", ")));
        }
        let next = if waited < POLL { later(applied, POLL) } else { later(now, POLL) };
        Done::NotYet(next.min(later(applied, self.timeout)))
    }

    /// Writes down how it went. All that was written is returned, in its order.
    pub fn settle(
        &mut self,
        storage: &Storage,
        done: Result<(), &str>,
        around: &Surroundings<'_>,
    ) -> Vec<Map<String, Value>> {
        let (world, now) = (around.world, around.now);
        if self.attempt.is_none() {
            for mut stored in storage.revisions(world).into_iter().filter(|stored| stored.status() == "deployed") {
                say(&mut stored.payload, "superseded", None);
                storage.update(world, &stored.payload, now);
                self.written.push(stored.payload);
            }
        } else if let Some(mut before) = self.before.take() {
            // After a failure it is written as it was.
            if done.is_ok() {
                say(&mut before, "superseded", None);
                storage.update(world, &before, now);
            }
            self.written.push(before);
        }
        let name = &storage.name;
        let failed = |error: &str| match self.attempt {
            Some(Attempt::Install) => format!("Release \"{name}\" failed: {error}"),
            Some(Attempt::Upgrade) => format!("Upgrade \"{name}\" failed: {error}"),
            None => format!("Rollback \"{name}\" failed: {error}"),
        };
        let (status, description) = match (done, self.attempt) {
            (Err(error), _) => ("failed", Some(failed(error))),
            (Ok(()), Some(Attempt::Install)) => ("deployed", Some("Install complete".to_owned())),
            (Ok(()), Some(Attempt::Upgrade)) => ("deployed", Some("Upgrade complete".to_owned())),
            (Ok(()), None) => ("deployed", None),
        };
        say(&mut self.payload, status, description.as_deref());
        storage.update(world, &self.payload, now);
        if self.attempt.is_some() {
            self.written.retain(|written| revision(written) != revision(&self.payload));
        }
        self.written.push(self.payload.clone());
        std::mem::take(&mut self.written)
    }
}

/// Makes a payload that of the revision after `last`.
fn begin(
    payload: &mut Map<String, Value>,
    last: u64,
    first: Option<Value>,
    status: &str,
    description: &str,
    now: Timestamp,
) {
    let notes = payload.get("info").and_then(|info| info.get("notes")).cloned();
    let mut info = Map::new();
    info.insert("first_deployed".to_owned(), first.unwrap_or_else(|| now.to_string().into()));
    info.insert("last_deployed".to_owned(), now.to_string().into());
    info.insert("description".to_owned(), description.into());
    info.insert("status".to_owned(), status.into());
    info.extend(notes.map(|notes| ("notes".to_owned(), notes)));
    payload.insert("info".to_owned(), info.into());
    payload.insert("version".to_owned(), last.saturating_add(1).into());
    payload.insert("apply_method".to_owned(), "ssa".into());
}
