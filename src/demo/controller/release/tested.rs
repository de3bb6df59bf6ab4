//! Runs the tests of a release, one after the other, and counts those that fail.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/test.go`, `internal/release/observation.go`; helm.sh/helm v4.2.4
//! `pkg/action/{release_testing,hooks}.go`.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::super::chart::FAILS;
use super::super::draft::seconds;
use super::super::history::{History, TESTS, Tests, snapshot};
use super::super::spec::{self, Attempt};
use super::said::release_and_chart;
use super::{Next, Reconcile, STEP, Stage, Surroundings};
use crate::demo::server::ObjectRef;
use crate::demo::story::later;
use crate::release::yaml;

/// How long a test takes: it is looked at so often.
const TAKES: SignedDuration = SignedDuration::from_secs(5);

/// Tests that run.
pub(super) struct Testing {
    payload: Map<String, Value>,
    /// Places of the hooks that have yet to run.
    open: VecDeque<usize>,
    running: Option<(usize, Value)>,
}

impl Reconcile {
    /// Begins with the first test of the newest revision.
    pub(super) fn test(&mut self, around: &Surroundings<'_>) -> Next {
        let Some(last) = self.storage().revisions(around.world).pop() else { return self.settle(around) };
        let mut open: Vec<(i64, usize)> = Vec::new();
        for (place, hook) in hooks(&last.payload).iter().enumerate() {
            if is_test(hook) && self.is_selected(hook) {
                open.push((hook.get("weight").and_then(Value::as_i64).unwrap_or_default(), place));
            }
        }
        open.sort_unstable();
        let open = open.into_iter().map(|(_, place)| place).collect();
        self.go_on_testing(Box::new(Testing { payload: last.payload, open, running: None }), around)
    }

    /// Ends the test that ran, and begins the next one.
    pub(super) fn go_on_testing(&mut self, mut testing: Box<Testing>, around: &Surroundings<'_>) -> Next {
        let now = around.now;
        if let Some((place, pod)) = testing.running.take() {
            let has_failed = fails(&pod);
            let phase = if has_failed { "Failed" } else { "Succeeded" };
            let which = ObjectRef::of(&pod);
            if let Some(live) = which.as_ref().and_then(|which| around.world.get(which)) {
                around.world.put(ended(live, phase, now));
            }
            if let Some(run) =
                hook_mut(&mut testing.payload, place).and_then(|hook| hook.get_mut("last_run")?.as_object_mut())
            {
                run.shift_insert(1, "completed_at".to_owned(), now.to_string().into());
                run.insert("phase".to_owned(), phase.into());
            }
            if has_failed {
                let which = which.map(|pod| format!("{}/{}/{}", pod.kind, pod.namespace.unwrap_or_default(), pod.name));
                let stalled = format!("{} status: 'Failed'", which.unwrap_or_default());
                let error = format!("failed early due to stalled resources: [{stalled}]");
                return self.tested(&testing.payload, Err(&error), around);
            }
        }
        let Some(place) = testing.open.pop_front() else { return self.tested(&testing.payload, Ok(()), around) };
        let (_, namespace) = spec::release(&self.draft);
        let Some(hook) = hook_mut(&mut testing.payload, place) else {
            return self.tested(&testing.payload, Ok(()), around);
        };
        hook.insert("last_run".to_owned(), json!({"started_at": now.to_string(), "phase": "Running"}));
        let manifest = hook.get("manifest").and_then(Value::as_str).unwrap_or_default();
        let pod = yaml::to_json(manifest).ok().and_then(|pod| begun(pod, &namespace, now));
        self.storage().update(around.world, &testing.payload, now);
        if let Some(pod) = pod {
            if let Some(which) = ObjectRef::of(&pod) {
                around.world.remove(&which);
            }
            around.world.put(pod.clone());
            testing.running = Some((place, pod));
        }
        self.stage = Stage::Test(testing);
        Next::Stage(later(now, TAKES))
    }

    /// Says how the tests went.
    fn tested(&mut self, payload: &Map<String, Value>, done: Result<(), &str>, around: &Surroundings<'_>) -> Next {
        self.storage().update(around.world, payload, around.now);
        let mut history = History::read(self.draft.status("history"));
        history.sort();
        let action = history.latest().and_then(|latest| latest.get("action")?.as_str()).map(str::to_owned);
        let mut known = snapshot(payload, action.as_deref());
        let told = self.told(payload);
        let count = told.len();
        if let Some(fields) = known.as_object_mut() {
            fields.insert(TESTS.to_owned(), told.into());
        }
        let of = release_and_chart(&known);
        if let Some(latest) = history.0.first_mut() {
            *latest = known;
        }
        self.draft.set("history", history.0.into());
        let (status, reason, message) = match done {
            Ok(()) => {
                let hooks = match count {
                    0 => "no test hooks".to_owned(),
                    1 => "1 test hook completed successfully".to_owned(),
                    more => format!("{more} test hooks completed successfully"),
                };
                ("True", "TestSucceeded", format!("Helm test succeeded for release {of}: {hooks}"))
            }
            Err(error) => {
                self.draft.set("failures", (self.draft.count("failures") + 1).into());
                let attempt = Attempt::last(&self.draft).filter(|attempt| attempt.tests(&self.draft) == Tests::Counted);
                if let Some(attempt) = attempt {
                    self.draft.set(attempt.counter(), (self.draft.count(attempt.counter()) + 1).into());
                }
                ("False", "TestFailed", format!("Helm test failed for release {of}: {error}"))
            }
        };
        self.draft.mark("TestSuccess", status, reason, &message, around.now);
        self.tell(around, reason, done.is_err(), &message, Some(payload));
        self.summarize(around.now);
        self.draft.patch(around.world);
        Next::Stage(later(around.now, STEP))
    }

    /// What a snapshot says of the tests: those that did not run are null.
    fn told(&self, payload: &Map<String, Value>) -> Map<String, Value> {
        let all = hooks(payload).iter().filter(|hook| is_test(hook) && self.is_selected(hook));
        let time = |run: &Value, key: &str| {
            let time = run.get(key).and_then(Value::as_str).and_then(|time| time.parse::<Timestamp>().ok());
            time.map(seconds)
        };
        all.map(|hook| {
            let name = hook.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let run = hook.get("last_run").filter(|run| run.get("started_at").is_some());
            let told = run.map(|run| {
                json!({
                    "lastCompleted": time(run, "completed_at"),
                    "lastStarted": time(run, "started_at"),
                    "phase": run.get("phase").cloned().unwrap_or_default(),
                })
            });
            (name, told.unwrap_or_default())
        })
        .collect()
    }

    /// Whether the filters of the spec leave it.
    fn is_selected(&self, hook: &Value) -> bool {
        let filters = self.draft.object.pointer("/spec/test/filters").and_then(Value::as_array);
        let filters: Vec<&Value> = filters.into_iter().flatten().collect();
        let is_excluding = |filter: &&&Value| filter.get("exclude").is_some_and(|exclude| *exclude == true);
        let is_named = |filter: &&Value| filter.get("name") == hook.get("name");
        let mut including = filters.iter().filter(|filter| !is_excluding(filter)).peekable();
        !filters.iter().filter(is_excluding).any(&is_named) && (including.peek().is_none() || including.any(is_named))
    }
}

fn hooks(payload: &Map<String, Value>) -> &[Value] {
    payload.get("hooks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn hook_mut(payload: &mut Map<String, Value>, place: usize) -> Option<&mut Map<String, Value>> {
    payload.get_mut("hooks")?.as_array_mut()?.get_mut(place)?.as_object_mut()
}

fn is_test(hook: &Value) -> bool {
    let events = hook.get("events").and_then(Value::as_array);
    events.is_some_and(|events| events.iter().any(|event| event == "test"))
}

fn fails(pod: &Value) -> bool {
    pod.pointer("/metadata/annotations").is_some_and(|annotations| annotations.get(FAILS).is_some())
}

/// The Pod of a test as it begins.
fn begun(mut pod: Value, namespace: &str, now: Timestamp) -> Option<Value> {
    let metadata = pod.get_mut("metadata")?.as_object_mut()?;
    metadata.insert("namespace".to_owned(), namespace.into());
    metadata.insert("creationTimestamp".to_owned(), seconds(now).into());
    let name = pod.pointer("/spec/containers/0/name").cloned().unwrap_or_default();
    let image = pod.pointer("/spec/containers/0/image").cloned().unwrap_or_default();
    let state = json!({"running": {"startedAt": seconds(now)}});
    let status = json!({
        "containerStatuses": [{
            "image": image, "imageID": "", "lastState": {}, "name": name, "ready": true, "restartCount": 0, "started": true,
            "state": state,
        }],
        "phase": "Running",
        "startTime": seconds(now),
    });
    pod.as_object_mut()?.insert("status".to_owned(), status);
    Some(pod)
}

fn ended(mut pod: Value, phase: &str, now: Timestamp) -> Value {
    let (code, reason) = if phase == "Failed" { (1, "Error") } else { (0, "Completed") };
    let started = pod.pointer("/status/startTime").cloned().unwrap_or_default();
    let state = json!({
        "terminated": {"exitCode": code, "finishedAt": seconds(now), "reason": reason, "startedAt": started},
    });
    if let Some(container) = pod.pointer_mut("/status/containerStatuses/0").and_then(Value::as_object_mut) {
        container.insert("ready".to_owned(), false.into());
        container.insert("started".to_owned(), false.into());
        container.insert("state".to_owned(), state);
    }
    if let Some(status) = pod.get_mut("status").and_then(Value::as_object_mut) {
        status.insert("phase".to_owned(), phase.into());
    }
    pod
}
