//! An object is deleted, and with it, in the background, what it alone owns.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers/delete.go`, `pkg/registry/rest/delete.go`,
//! `pkg/registry/generic/registry/store.go` (`Delete`), kubernetes/kubernetes `pkg/controller/garbagecollector`, release 1.36. What a
//! kubelet does before a Pod is gone is done at once.

use std::sync::Arc;

use http::Response;
use serde_json::{Value, json};

use super::super::answer::Target;
use super::super::encode::{self, Body};
use super::super::kinds::Kind;
use super::super::paths::Asked;
use super::super::status::Status;
use super::super::{ObjectRef, State};
use super::options::dry_run_fault;
use super::{answered, kept};

const FOREGROUND: &str = "foregroundDeletion";

/// Answers with what was done, or with the object that waits for its finalizers.
pub(super) fn answer(
    state: &mut State,
    asked: &Asked,
    target: &Target<'_>,
    name: &str,
) -> Result<Response<Body>, Status> {
    let kind = target.kind;
    if target.subresource.is_some() {
        return Err(Status::no_method());
    }
    let options = options(asked)?;
    let accepted = super::form(asked)?;
    let Some(live) = state.store.get(kind, target.namespace, name).cloned() else {
        return Err(Status::no_object(kind, name));
    };
    for (word, key) in [("UID", "uid"), ("ResourceVersion", "resourceVersion")] {
        let present = live.pointer(&format!("/metadata/{key}")).and_then(Value::as_str).unwrap_or_default();
        let wanted = options.pointer(&format!("/preconditions/{key}")).and_then(Value::as_str);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != present) {
            return Err(Status::not_as_expected(kind, name, word, wanted, present));
        }
    }
    if kind.kind == "Namespace" {
        return Err(Status::not_implemented("a namespace that goes with all that is in it"));
    }
    let policy = options.get("propagationPolicy").and_then(Value::as_str).unwrap_or("Background");
    let mut leaving = (*live).clone();
    match policy {
        "Background" => {}
        "Foreground" if !owns_any(state, &live) => {}
        _ => return Err(Status::not_implemented(&format!("a deletion by {policy}"))),
    }
    let is_tried = asked.query.get("dryRun").is_some();
    if !finalizers(&live).is_empty() {
        if live.pointer("/metadata/deletionTimestamp").is_none() {
            mark(&mut leaving, kind, state.now);
            leaving = if is_tried { leaving } else { state.put(leaving).map_or(Value::Null, |left| (*left).clone()) };
        }
        return Ok(answered(200, &leaving, accepted, asked));
    }
    if !is_tried {
        leaving = (*remove(state, leaving)).clone();
    }
    if kind.returns_what_is_deleted() {
        return Ok(answered(200, &leaving, accepted, asked));
    }
    let mut details = json!({"name": name, "kind": kind.plural});
    if let Some(details) = details.as_object_mut() {
        if !kind.group.is_empty() {
            details.insert("group".to_owned(), kind.group.into());
        }
        if let Some(uid) = live.pointer("/metadata/uid") {
            details.insert("uid".to_owned(), uid.clone());
        }
    }
    let done = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Ok(encode::json_answer(200, &done, asked.gzip))
}

/// What the body says, and the query where there is no body.
fn options(asked: &Asked) -> Result<Value, Status> {
    let mut options: Value = if asked.body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(&asked.body).map_err(|error| Status::bad_request(error.to_string()))?
    };
    if let (Some(policy), Some(options)) = (asked.query.get("propagationPolicy"), options.as_object_mut()) {
        options.entry("propagationPolicy").or_insert_with(|| policy.into());
    }
    match dry_run_fault(asked) {
        Some(fault) => Err(Status::invalid("DeleteOptions", &[fault])),
        None if options.get("dryRun").is_some() => Err(Status::not_implemented("a dry-run that the body asks for")),
        None => Ok(options),
    }
}

/// Whether nothing holds an object any more that is to go.
pub(super) fn is_over(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some() && finalizers(object).is_empty()
}

/// Takes an object away, and what it alone owns.
pub(super) fn remove(state: &mut State, object: Value) -> Arc<Value> {
    let Some(place) = ObjectRef::of(&object) else { return Arc::new(object) };
    let object = state.remove(&place).unwrap_or_else(|| Arc::new(object));
    let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned();
    for mut owned in state.store.owned_by(&uid) {
        let owned_now = Arc::make_mut(&mut owned);
        let others = without_owner(owned_now, &uid);
        if others > 0 {
            state.put(owned_now.clone());
        } else if finalizers(owned_now).is_empty() {
            remove(state, owned_now.clone());
        } else if let Some(kind) =
            ObjectRef::of(owned_now).and_then(|owned| super::super::kinds::by_object(&owned.api_version, &owned.kind))
        {
            mark(owned_now, kind, state.now);
            state.put(owned_now.clone());
        }
    }
    object
}

/// Takes an owner off an object that has others; how many those are.
fn without_owner(object: &mut Value, uid: &str) -> usize {
    let owners = object.pointer_mut("/metadata/ownerReferences").and_then(Value::as_array_mut);
    let Some(owners) = owners else { return 0 };
    let others = owners.iter().filter(|owner| owner.get("uid").and_then(Value::as_str) != Some(uid)).count();
    if others > 0 {
        owners.retain(|owner| owner.get("uid").and_then(Value::as_str) != Some(uid));
    }
    others
}

fn owns_any(state: &State, object: &Value) -> bool {
    let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    !state.store.owned_by(uid).is_empty()
}

/// Says of an object that it is to go.
fn mark(object: &mut Value, kind: &Kind, now: jiff::Timestamp) {
    let counts = kind.counts_generations();
    let Some(metadata) = kept::metadata(object) else { return };
    metadata.insert("deletionTimestamp".to_owned(), json!(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
    metadata.insert("deletionGracePeriodSeconds".to_owned(), json!(0));
    let generation = metadata.get("generation").and_then(Value::as_i64).filter(|_| counts);
    if let Some(generation) = generation {
        metadata.insert("generation".to_owned(), json!(generation.saturating_add(1)));
    }
}

fn finalizers(object: &Value) -> Vec<&str> {
    let all = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_str).filter(|name| *name != FOREGROUND).collect()
}
