//! Writes: an object is created, replaced, patched or deleted, and that is kept, or only tried with `dryRun=All`.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers`, `pkg/registry/generic/registry/store.go`, `pkg/registry/rest`, release 1.36.
//! One file a verb. Owners and merges are `ownership`'s, which is held to the code of the real server. Not done, and so refused where
//! it would show: defaults of what a write brings (`defaults.rs`), applies to what nobody is recorded to have written, entries of
//! versions that the demo does not serve, amounts in odd forms. Values are hardly validated, and no admission is asked.

mod create;
mod defaults;
mod delete;
mod json_patch;
mod kept;
mod options;
mod patch;
mod update;
mod writer;

use std::sync::Arc;

use http::{Method, Response};
use serde_json::Value;

use super::answer::Target;
use super::encode::{self, Accepted, Body, Form};
use super::kinds::Kind;
use super::paths::Asked;
use super::status::Status;
use super::{ObjectRef, Server, State};

/// What is read of the body of a request that writes.
const READ: [&str; 3] = ["", "application/json", "application/yaml"];

/// Answers a request that writes; `None` where the path has no such verb.
pub(super) fn answer(server: &Server, asked: &Asked, target: &Target<'_>) -> Option<Result<Response<Body>, Status>> {
    let mut state = server.lock();
    let state = &mut *state;
    Some(match (&asked.method, target.name) {
        (&Method::POST, None) => create::answer(state, asked, target),
        (&Method::PUT, Some(name)) => update::answer(state, asked, target, name),
        (&Method::PATCH, Some(name)) => patch::answer(state, asked, target, name),
        (&Method::DELETE, Some(name)) => delete::answer(state, asked, target, name),
        _ => return None,
    })
}

/// What a controller of the cluster writes; see [`Server::write`].
pub(super) fn by_controller(
    state: &mut State,
    manager: &str,
    subresource: Option<&str>,
    object: &Value,
) -> Result<Arc<Value>, Status> {
    let named = ObjectRef::of(object).ok_or_else(|| Status::bad_request("an object without a place"))?;
    let kind = super::kinds::by_object(&named.api_version, &named.kind).ok_or_else(Status::no_resource)?;
    let namespace = named.namespace.as_deref().filter(|_| kind.namespaced);
    let target = Target { kind, namespace, name: Some(&named.name), subresource };
    if state.store.get(kind, namespace, &named.name).is_some() {
        update::replace(state, &target, &named.name, object.clone(), manager, false)
    } else {
        create::create(state, &target, object.clone(), manager, false)
    }
}

/// In which form a written object is answered.
fn form(asked: &Asked) -> Result<Form, Status> {
    match encode::negotiate(&asked.accept)? {
        Accepted::Whole => Ok(Form::Whole),
        Accepted::Metadata(version) => Ok(Form::Metadata(version)),
        Accepted::MetadataList(_) => Err(Status::not_implemented("a list in answer to a write")),
    }
}

fn answered(code: u16, object: &Value, form: Form, asked: &Asked) -> Response<Body> {
    encode::json_answer(code, &encode::object(object, form), asked.gzip)
}

/// The object of a body of POST or PUT.
fn body(asked: &Asked, target: &Target<'_>) -> Result<Value, Status> {
    let kind = target.kind;
    let content = asked.content_type.split(';').next().unwrap_or_default().trim();
    if !READ.contains(&content) {
        return Err(Status::not_implemented("a body that is neither JSON nor YAML"));
    }
    let text = String::from_utf8_lossy(&asked.body);
    let read = crate::release::yaml::to_json(&text).map_err(|error| Status::bad_request(error.to_string()));
    let mut object = if content == "application/yaml" {
        read?
    } else {
        serde_json::from_str(&text).map_err(|error| Status::bad_request(error.to_string()))?
    };
    let Some(fields) = object.as_object_mut() else {
        return Err(Status::not_implemented("a body that is no object"));
    };
    for (name, own) in [("apiVersion", kind.api_version()), ("kind", kind.kind.to_owned())] {
        match fields.get(name).and_then(Value::as_str) {
            Some(said) if said == own => {}
            None | Some("") if !kind.custom => drop(fields.insert(name.to_owned(), own.into())),
            None | Some(_) => {
                return Err(Status::not_implemented("a body that is of another kind, or does not say which"));
            }
        }
    }
    check_namespace(&mut object, target)?;
    Ok(object)
}

/// An object is of the namespace of its request, and may leave that out.
/// Source: kubernetes/apiserver `pkg/registry/rest/meta.go` (`EnsureObjectNamespaceMatchesRequestNamespace`).
fn check_namespace(object: &mut Value, target: &Target<'_>) -> Result<(), Status> {
    let own = object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    let asked = target.namespace.unwrap_or_default();
    if own == asked {
        return Ok(());
    }
    if !own.is_empty() {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    if let Some(metadata) = kept::metadata(object) {
        metadata.insert("namespace".to_owned(), asked.into());
    }
    Ok(())
}

/// An object is that of the address.
fn check_name(object: &Value, name: &str) -> Result<(), Status> {
    let own = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    if own == name {
        return Ok(());
    }
    let message = format!("the name of the object ({own}) does not match the name on the URL ({name})");
    Err(Status::bad_request(message))
}

/// Keeps what was written in the place of another, unless it is the same, or it was waited for that its finalizers go.
fn keep(state: &mut State, written: Value, live: &Arc<Value>) -> Arc<Value> {
    if written == **live {
        return Arc::clone(live);
    }
    if delete::is_over(&written) {
        return delete::remove(state, written);
    }
    state.put(written).unwrap_or_else(|| Arc::clone(live))
}

/// What is wrong with a Secret, or with a ConfigMap, and what is filled into one.
/// Source: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (`ValidateSecret`, `ValidateSecretUpdate`).
fn secret_fault(kind: &Kind, live: Option<&Value>, written: &mut Value) -> Result<(), Status> {
    const LIMIT: usize = 1024 * 1024;
    if !matches!((kind.group, kind.kind), ("", "Secret" | "ConfigMap")) {
        return Ok(());
    }
    let name = written.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let lengths = |at: &str| -> usize {
        let values = written.get(at).and_then(Value::as_object).into_iter().flat_map(|data| data.values());
        values
            .filter_map(Value::as_str)
            .map(|text| if kind.kind == "Secret" || at == "binaryData" { decoded_length(text) } else { text.len() })
            .sum()
    };
    let (field, size) =
        if kind.kind == "Secret" { ("data", lengths("data")) } else { ("", lengths("data") + lengths("binaryData")) };
    if size > LIMIT {
        let message = format!("Too long: may not be more than {LIMIT} bytes");
        return Err(Status::invalid_object(kind, &name, &[("FieldValueTooLong", field, &message)]));
    }
    let Some(live) = live.filter(|_| kind.kind == "Secret") else { return Ok(()) };
    let kind_of = |object: &Value| object.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (told, own) = (kind_of(written), kind_of(live));
    if told != own {
        let message = format!("Invalid value: {told:?}: field is immutable");
        return Err(Status::invalid_object(kind, &name, &[("FieldValueInvalid", "type", &message)]));
    }
    Ok(())
}

/// How many bytes base64 stands for.
fn decoded_length(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}
