//! What is stored of the new revision.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/rollback.go` (prepareRollback).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::seen::Seen;
use crate::ownership::own::Method;
use crate::release::payload::{Payload, ReleaseStatus, Revision};

/// Chart, values, manifest, hooks and notes of the revision that is gone back to; name, namespace and first deployment of the newest.
/// What this program does not know of the former is kept, too.
pub(super) fn payload(seen: &Seen, current: &Payload, target: &Payload, revision: Revision) -> Value {
    let mut raw = target.raw().clone();
    let info = |payload: &Payload, key: &str| {
        payload.raw().get("info").and_then(|info| info.get(key)).filter(|value| !is_empty(value)).cloned()
    };
    let mut fresh = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            fresh.insert(key.to_owned(), value);
        }
    };
    put("first_deployed", info(current, "first_deployed"));
    put("last_deployed", Some(time(seen.now)));
    put("description", Some(description(target).into()));
    put("status", Some(ReleaseStatus::PendingRollback.as_str().into()));
    put("rollback_revision", target.revision().map(|revision| revision.get().into()));
    put("notes", info(target, "notes"));
    raw.insert("info".to_owned(), fresh.into());
    raw.insert("name".to_owned(), seen.release.id.name.clone().into());
    raw.insert("namespace".to_owned(), current.namespace().unwrap_or(&seen.release.namespace).into());
    raw.insert("version".to_owned(), revision.get().into());
    let method = match seen.method() {
        Method::ServerSide => "ssa",
        Method::ClientSide => "csa",
    };
    raw.insert("apply_method".to_owned(), method.into());
    Value::Object(raw)
}

/// Helm's words. The revision by its number, as it is stored.
pub(super) fn description(target: &Payload) -> String {
    format!("Rollback to {}", target.revision().map_or(0, Revision::get))
}

/// Whether Go would leave it out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn time(now: Timestamp) -> Value {
    now.to_string().into()
}
