//! A HelmRelease as its controller holds it while it works: what was changed is sent in patches, conditions first.
//!
//! Source: fluxcd/pkg `runtime/conditions/{setter,getter}.go`, `runtime/patch/{patch,serial}.go`: a patch of a status is two
//! requests, one for conditions and one for the rest, each sent only where something changed.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::World;
use crate::demo::server::ObjectRef;

/// The object, and what was sent of it.
#[derive(Debug, Clone)]
pub struct Draft {
    which: ObjectRef,
    /// As it was when the work began, with all that was changed since.
    pub object: Value,
    sent: Map<String, Value>,
}

impl Draft {
    /// Begins with what is stored; `None` for what is no object.
    #[must_use]
    pub fn new(object: Value) -> Option<Self> {
        let which = ObjectRef::of(&object)?;
        let sent = object.get("status").and_then(Value::as_object).cloned().unwrap_or_default();
        Some(Self { which, object, sent })
    }

    /// The generation at which the work began.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default()
    }

    /// An annotation, as it was when the work began.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.object.pointer("/metadata/annotations")?.get(name)?.as_str()
    }

    /// A text; empty where there is none.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// A field of the status.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<&Value> {
        self.object.get("status")?.get(name)
    }

    /// A number of the status; 0 where it is not there.
    #[must_use]
    pub fn count(&self, name: &str) -> i64 {
        self.status(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Sets a field of the status. What Go leaves out when it is empty is taken away.
    pub fn set(&mut self, name: &str, value: Value) {
        let is_empty = match &value {
            Value::Null => true,
            Value::Number(number) => number.as_i64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Bool(_) | Value::Object(_) => false,
        };
        let status = self.status_mut();
        if is_empty {
            status.shift_remove(name);
        } else {
            status.insert(name.to_owned(), value);
        }
    }

    /// Counts failures from zero again.
    pub fn forget_failures(&mut self) {
        for counter in ["failures", "installFailures", "upgradeFailures"] {
            self.set(counter, 0.into());
        }
    }

    /// A condition.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Value> {
        self.conditions().find(|condition| condition.get("type").is_some_and(|own| own == kind))
    }

    /// Whether a condition is `True`.
    #[must_use]
    pub fn is_true(&self, kind: &str) -> bool {
        self.condition(kind).and_then(|condition| condition.get("status")).is_some_and(|status| status == "True")
    }

    /// Sets a condition. Its time is that of the last change of its status, reason or message.
    pub fn mark(&mut self, kind: &str, status: &str, reason: &str, message: &str, now: Timestamp) {
        let same = self.condition(kind).is_some_and(|old| {
            let is = |key: &str, text: &str| old.get(key).is_some_and(|value| value == text);
            is("status", status) && is("reason", reason) && is("message", message)
        });
        let time = self.condition(kind).filter(|_| same).and_then(|old| old.get("lastTransitionTime")).cloned();
        let condition = json!({
            "lastTransitionTime": time.unwrap_or_else(|| seconds(now).into()),
            "message": message,
            "observedGeneration": self.generation(),
            "reason": reason,
            "status": status,
            "type": kind,
        });
        self.unmark(kind);
        let mut all: Vec<Value> = self.conditions().cloned().chain([condition]).collect();
        all.sort_by_key(|condition| {
            let kind = condition.get("type").and_then(Value::as_str).unwrap_or_default();
            let rank = ["Stalled", "Reconciling", "Ready"].iter().position(|first| *first == kind).unwrap_or(3);
            (rank, kind.to_owned())
        });
        self.status_mut().insert("conditions".to_owned(), all.into());
    }

    /// Something is done: nothing is stalled then.
    pub fn mark_reconciling(&mut self, reason: &str, message: &str, now: Timestamp) {
        self.unmark("Stalled");
        self.mark("Reconciling", "True", reason, message, now);
    }

    /// Nothing more is done by itself.
    pub fn mark_stalled(&mut self, reason: &str, message: &str, now: Timestamp) {
        self.unmark("Reconciling");
        self.mark("Stalled", "True", reason, message, now);
    }

    /// Takes a condition away.
    pub fn unmark(&mut self, kind: &str) {
        if let Some(all) = self.status_mut().get_mut("conditions").and_then(Value::as_array_mut) {
            all.retain(|condition| condition.get("type").is_none_or(|own| own != kind));
        }
    }

    /// Sends what was changed since the last patch. What others wrote meanwhile beside the status stays.
    pub fn patch(&mut self, world: &dyn World) {
        let status = self.object.get("status").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut next = self.sent.clone();
        match status.get("conditions") {
            Some(conditions) => drop(next.insert("conditions".to_owned(), conditions.clone())),
            None => drop(next.shift_remove("conditions")),
        }
        for wanted in [next, status] {
            if wanted != self.sent {
                self.send(world, wanted);
            }
        }
    }

    fn send(&mut self, world: &dyn World, mut status: Map<String, Value>) {
        status.sort_keys();
        let Some(mut stored) = world.get(&self.which) else { return };
        if let Some(fields) = stored.as_object_mut() {
            fields.insert("status".to_owned(), status.clone().into());
        }
        world.put(stored);
        self.sent = status;
    }

    fn conditions(&self) -> impl Iterator<Item = &Value> {
        self.status("conditions").and_then(Value::as_array).into_iter().flatten()
    }

    fn status_mut(&mut self) -> &mut Map<String, Value> {
        if self.object.get("status").is_none_or(|status| !status.is_object())
            && let Some(fields) = self.object.as_object_mut()
        {
            fields.insert("status".to_owned(), json!({}));
        }
        match self.object.get_mut("status") {
            Some(Value::Object(status)) => status,
            // An object without fields is no object: nothing of it is kept.
            _ => &mut self.sent,
        }
    }
}

/// A time as Kubernetes writes it.
#[must_use]
pub fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
