//! Writes: an object is created, replaced, patched or deleted, and that is kept, or only tried with `dryRun=All`.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers`, `pkg/registry/generic/registry/store.go`, `pkg/registry/rest`, release 1.36.
//! One file a verb. Owners and merges are `ownership`'s, which is held to the code of the real server. Not done, and so refused where
//! it would show: creation of what a server gives addresses or admission changes, applies to what nobody is recorded to have written, entries of
//! versions that the demo does not serve, amounts in odd forms. Values are hardly validated, and no admission is asked.

mod create;
mod delete;
mod filling;
mod json_patch;
mod kept;
mod options;
mod patch;
mod secret;
mod unknown;
mod update;
mod writer;

use std::sync::Arc;

use http::{HeaderValue, Method, Response, header};
use serde_json::Value;

use super::answer::Target;
use super::encode::{self, Accepted, Body, Form};
use super::paths::Asked;
use super::status::Status;
use super::{ObjectRef, Server, State};

/// What a JSON patch makes of an object; `None` where it cannot be done.
pub(in crate::demo) fn patched(object: Value, patch: &Value) -> Option<Value> {
    json_patch::apply(object, patch).ok()
}

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

/// The answer with an object, and with warnings beside it.
/// Source: kubernetes/apimachinery `pkg/util/net/http.go` (`NewWarningHeader`).
fn answered(code: u16, object: &Value, warnings: &[String], form: Form, asked: &Asked) -> Response<Body> {
    let mut response = encode::json_answer(code, &encode::object(object, form), asked.gzip);
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
    response
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
        delete::remove(state, &written);
        return Arc::new(written);
    }
    state.put(written).unwrap_or_else(|| Arc::clone(live))
}
