//! What containers write: those that have ended, once; those that run, for as long as somebody looks.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::bundle::Voice;
use super::server::{LogLines, ObjectRef};
use super::story::{Run, Step, later};
use crate::release::ObjectKey;

/// How many lines a container has written before the demo starts.
const PAST: i32 = 200;

impl Voice {
    /// Whether the Pod is one of those that have it.
    #[must_use]
    pub fn is_of(&self, pod: &Value) -> bool {
        text(pod, "/metadata/namespace") == self.namespace && text(pod, "/metadata/name").starts_with(&self.pods)
    }

    /// All lines of a run that begins at a time.
    #[must_use]
    pub fn run(&self, started: Timestamp) -> LogLines {
        let mut at = started;
        let mut lines = LogLines::new();
        for number in 0..self.lines.len() {
            lines.push((at, self.line(number, at)));
            at = later(at, self.apart());
        }
        lines
    }

    /// The log of a Pod whose container has ended, for good.
    #[must_use]
    pub fn ended(&self, pod: &Value) -> Option<Run> {
        let started = state(pod, &self.container)?.pointer("/terminated/startedAt")?.as_str()?.parse().ok()?;
        Some(Run { pod: key(pod), container: self.container.clone(), lines: self.run(started), previous: None })
    }

    /// Between two lines.
    #[must_use]
    pub fn apart(&self) -> SignedDuration {
        SignedDuration::from_millis(self.apart.max(1))
    }

    /// The line of a number, counted on where they begin anew.
    #[must_use]
    pub fn line(&self, number: usize, at: Timestamp) -> String {
        let line = number.checked_rem(self.lines.len()).and_then(|number| self.lines.get(number));
        let time = Offset::UTC.to_datetime(at).time();
        line.map(|line| line.replace("{time}", &time.strftime("%H:%M:%S").to_string())).unwrap_or_default()
    }
}

/// A container that runs and writes.
#[derive(Debug, Clone)]
pub struct Speaker {
    pod: ObjectKey,
    voice: Voice,
    written: usize,
    /// What it wrote before; empty once that is told.
    past: LogLines,
    next: Timestamp,
}

impl Speaker {
    /// The story of a Pod from `now` on. `None` where its container does not run, or writes no more. `place` is its place
    /// among those, so that they do not all write at once.
    #[must_use]
    pub fn of(pod: &Value, voice: &Voice, place: i32, now: Timestamp) -> Option<Self> {
        let started: Timestamp = state(pod, &voice.container)?
            .pointer("/running/startedAt")?
            .as_str()?
            .parse()
            .ok()
            .filter(|_| voice.repeats)?;
        let apart = voice.apart();
        let steps = SignedDuration::from_millis(307).checked_mul(place).unwrap_or_default();
        let mut at = later(later(now, -steps), apart.checked_mul(-PAST).unwrap_or_default());
        let mut written = usize::try_from(place).unwrap_or_default();
        let mut past = LogLines::new();
        while at < now {
            if at >= started {
                past.push((at, voice.line(written, at)));
                written = written.saturating_add(1);
            }
            at = later(at, apart);
        }
        Some(Self { pod: key(pod), voice: voice.clone(), written, past, next: now })
    }

    /// When it writes next.
    #[must_use]
    pub fn next(&self) -> Timestamp {
        self.next
    }

    /// Whether it is a container of this object.
    #[must_use]
    pub fn is_of(&self, object: &ObjectRef) -> bool {
        object.kind == "Pod"
            && object.namespace.as_deref() == Some(&*self.pod.namespace)
            && object.name == self.pod.name
    }

    /// What it then writes; at first all that it wrote before.
    pub fn go_on(&mut self) -> Step {
        let at = self.next;
        let (pod, container) = (self.pod.clone(), self.voice.container.clone());
        if let Some((last, _)) = self.past.last() {
            self.next = later(*last, self.voice.apart());
            return Step::Run(Run { pod, container, lines: std::mem::take(&mut self.past), previous: None });
        }
        let line = self.voice.line(self.written, at);
        self.written = self.written.saturating_add(1);
        self.next = later(at, self.voice.apart());
        Step::Line(pod, container, line)
    }
}

fn state<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let statuses = pod.pointer("/status/containerStatuses")?.as_array()?;
    statuses.iter().find(|status| status.get("name").is_some_and(|name| name == container))?.get("state")
}

fn key(pod: &Value) -> ObjectKey {
    ObjectKey::new(text(pod, "/metadata/namespace"), text(pod, "/metadata/name"))
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
