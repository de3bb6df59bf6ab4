//! A container that crashes whenever it starts, as the kubelet treats it and tells of it.
//!
//! Source: kubernetes/kubernetes v1.36 `pkg/kubelet/kuberuntime/kuberuntime_manager.go` (back-off), `pkg/kubelet/events`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::bundle::Voice;
use super::server::{LogLines, ObjectRef};
use super::story::{Run, Step, later};
use crate::release::ObjectKey;

/// How long the container lives.
const LIFE: SignedDuration = SignedDuration::from_secs(4);

/// The longest back-off, which is reached with the fifth restart.
const BACK_OFF: SignedDuration = SignedDuration::from_mins(5);

/// After the start of the demo the first Pod is started again, and each further one so much later.
const FIRST: SignedDuration = SignedDuration::from_secs(35);
const APART: SignedDuration = SignedDuration::from_secs(11);

/// One Pod, of which one container crashes.
#[derive(Debug, Clone)]
pub struct CrashLoop {
    pod: Value,
    container: String,
    restarts: u64,
    /// What it writes in each run.
    voice: Option<Voice>,
    /// What it wrote in the last run.
    said: LogLines,
    phase: Phase,
    /// When the phase ends.
    next: Timestamp,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// The events of what was before are not told; the first start from now on.
    Untold(Timestamp),
    Waiting,
    /// It has yet to write so many lines.
    Running(usize),
}

impl CrashLoop {
    /// The story of an object from `now` on. `None` for anything but a Pod whose first container waits to be started
    /// after a crash. `place` is its place among those.
    #[must_use]
    pub fn of(object: &Value, voice: Option<&Voice>, place: i32, now: Timestamp) -> Option<Self> {
        if object.get("kind")? != "Pod" {
            return None;
        }
        let status = object.pointer("/status/containerStatuses/0")?;
        if status.pointer("/state/waiting/reason")? != "CrashLoopBackOff" {
            return None;
        }
        let wait = FIRST.saturating_add(APART.checked_mul(place).unwrap_or_default());
        Some(Self {
            pod: object.clone(),
            container: status.get("name")?.as_str()?.to_owned(),
            restarts: status.get("restartCount")?.as_u64()?,
            voice: voice.cloned(),
            said: LogLines::new(),
            phase: Phase::Untold(later(now, wait)),
            next: now,
        })
    }

    /// Whether it is this Pod.
    #[must_use]
    pub fn is_of(&self, pod: &ObjectRef) -> bool {
        ObjectRef::of(&self.pod).is_some_and(|own| own == *pod)
    }

    /// When something changes next.
    #[must_use]
    pub fn next(&self) -> Timestamp {
        self.next
    }

    /// What then changes: the Pod, its log, and the kubelet's events.
    pub fn go_on(&mut self) -> Vec<Step> {
        let at = self.next;
        match self.phase {
            Phase::Untold(start) => {
                self.phase = Phase::Waiting;
                self.next = start;
                let last = self.last_started().unwrap_or(at);
                self.said = self.voice.as_ref().map(|voice| voice.run(last)).unwrap_or_default();
                let events = [self.started(last), self.backs_off(later(last, LIFE))];
                events.into_iter().map(Step::Put).chain(self.log(self.said.clone())).collect()
            }
            Phase::Waiting => {
                self.phase = Phase::Running(self.voice.as_ref().map_or(0, |voice| voice.lines.len()));
                self.restarts = self.restarts.saturating_add(1);
                self.set_state(at, &json!({"running": {"startedAt": seconds(at)}}), None);
                let mut steps = vec![Step::Put(self.pod.clone()), Step::Put(self.started(at))];
                steps.extend(self.log(LogLines::new()));
                self.said.clear();
                steps.extend(self.writes(at));
                steps
            }
            Phase::Running(left) if left > 0 => self.writes(at).into_iter().collect(),
            Phase::Running(_) => {
                self.phase = Phase::Waiting;
                self.next = later(at, BACK_OFF);
                let message =
                    format!("back-off 5m0s restarting failed container={} pod={}", self.container, self.full_name());
                let waiting = json!({"waiting": {"message": message, "reason": "CrashLoopBackOff"}});
                let started = self.last_started().unwrap_or(at);
                let ended =
                    json!({"exitCode": 1, "finishedAt": seconds(at), "reason": "Error", "startedAt": seconds(started)});
                self.set_state(at, &waiting, Some(&json!({"terminated": ended})));
                let mut steps = vec![Step::Put(self.pod.clone()), Step::Put(self.backs_off(at))];
                steps.extend(self.log(self.said.clone()));
                steps
            }
        }
    }

    /// Its log with what it wrote in this run so far. What it wrote last is what a kubelet calls previous.
    fn log(&self, lines: LogLines) -> Option<Step> {
        self.voice.as_ref()?;
        let (container, previous) = (self.container.clone(), Some(self.said.clone()));
        Some(Step::Run(Run { pod: self.key(), container, lines, previous }))
    }

    /// The next line of this run, if there is one; then it is known when the next thing happens.
    fn writes(&mut self, at: Timestamp) -> Option<Step> {
        let Phase::Running(left) = self.phase else { return None };
        let started = self.last_started().unwrap_or(at);
        let ends = later(started, LIFE);
        let (line, apart) = match (&self.voice, left) {
            (Some(voice), 1..) => (voice.line(voice.lines.len().saturating_sub(left), at), voice.apart()),
            _ => {
                self.next = ends;
                return None;
            }
        };
        self.phase = Phase::Running(left - 1);
        self.next = if left == 1 { ends } else { later(at, apart).min(ends) };
        self.said.push((at, line.clone()));
        Some(Step::Line(self.key(), self.container.clone(), line))
    }

    fn key(&self) -> ObjectKey {
        ObjectKey::new(self.text("/metadata/namespace"), self.text("/metadata/name"))
    }

    /// When the container last began to run.
    fn last_started(&self) -> Option<Timestamp> {
        let status = self.pod.pointer("/status/containerStatuses/0")?;
        let running = status.pointer("/state/running/startedAt");
        running.or_else(|| status.pointer("/lastState/terminated/startedAt"))?.as_str()?.parse().ok()
    }

    fn set_state(&mut self, at: Timestamp, state: &Value, last: Option<&Value>) {
        let restarts = self.restarts;
        let status = self.pod.pointer_mut("/status/containerStatuses/0").and_then(Value::as_object_mut);
        if let Some(status) = status {
            status.insert("restartCount".to_owned(), restarts.into());
            status.insert("started".to_owned(), state.get("running").is_some().into());
            status.insert("state".to_owned(), state.clone());
            if let Some(last) = last {
                status.insert("lastState".to_owned(), last.clone());
            }
        }
        let entries = self.pod.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
            if entry.get("manager").is_some_and(|manager| manager == "kubelet") {
                entry.insert("time".to_owned(), seconds(at).into());
            }
        }
    }

    fn started(&self, at: Timestamp) -> Value {
        self.event(
            "Normal",
            "Started",
            &format!("Started container {}", self.container),
            self.restarts.saturating_add(1),
            at,
        )
    }

    fn backs_off(&self, at: Timestamp) -> Value {
        let message = format!("Back-off restarting failed container {} in pod {}", self.container, self.full_name());
        self.event("Warning", "BackOff", &message, self.restarts, at)
    }

    /// The kubelet counts in one Event what happens again.
    fn event(&self, kind: &str, reason: &str, message: &str, count: u64, at: Timestamp) -> Value {
        let (name, namespace) = (self.text("/metadata/name"), self.text("/metadata/namespace"));
        let created = self.text("/metadata/creationTimestamp");
        // Told apart by the nanosecond of the first, of which only the second is known.
        let first = created.parse().map_or(at, |created| later(created, LIFE));
        let place: i128 = if reason == "Started" { 118_204_731 } else { 906_512_377 };
        let node = self.text("/spec/nodeName");
        json!({
            "apiVersion": "v1",
            "count": count,
            "eventTime": null,
            "firstTimestamp": seconds(first),
            "involvedObject": {
                "apiVersion": "v1",
                "fieldPath": format!("spec.containers{{{}}}", self.container),
                "kind": "Pod",
                "name": name,
                "namespace": namespace,
                "uid": self.text("/metadata/uid"),
            },
            "kind": "Event",
            "lastTimestamp": seconds(at),
            "message": message,
            "metadata": {
                "creationTimestamp": seconds(first),
                "name": format!("{name}.{:x}", first.as_nanosecond().saturating_add(place)),
                "namespace": namespace,
            },
            "reason": reason,
            "reportingComponent": "kubelet",
            "reportingInstance": node,
            "source": {"component": "kubelet", "host": node},
            "type": kind,
        })
    }

    /// As the kubelet names a Pod in its messages.
    fn full_name(&self) -> String {
        let text = |pointer| self.text(pointer);
        format!("{}_{}({})", text("/metadata/name"), text("/metadata/namespace"), text("/metadata/uid"))
    }

    fn text(&self, pointer: &str) -> String {
        self.pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// As Kubernetes writes times in objects.
fn seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).map_or_else(|_| time.to_string(), |whole| whole.to_string())
}
