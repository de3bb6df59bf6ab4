//! An object that is created in a dry-run: what it would be, of which nothing is kept.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers/create.go`, `pkg/admission/plugin/namespace/lifecycle`, release 1.36. Done for
//! ConfigMaps, ServiceAccounts and Secrets that say their type: a real server puts no defaults into these. Others are refused.

use http::Response;
use serde_json::{Value, json};

use super::Server;
use super::answer::Target;
use super::encode::{self, Body};
use super::kinds;
use super::patch::created;
use super::paths::Asked;
use super::status::Status;

/// The object as it would be.
pub(super) fn answer(server: &Server, asked: &Asked, target: &Target<'_>) -> Result<Response<Body>, Status> {
    let object: Value = serde_json::from_slice(&asked.body).map_err(|error| Status::bad_request(error.to_string()))?;
    let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(Status::not_implemented("a name that the server makes"));
    }
    check(server, target, &object, &name)?;
    let created = created(server, asked, target, &object)?;
    Ok(encode::json_answer(201, &created, asked.gzip))
}

/// Refuses what a real server refuses, and what is not done here.
pub(super) fn check(server: &Server, target: &Target<'_>, object: &Value, name: &str) -> Result<(), Status> {
    let kind = target.kind;
    let plain = match (kind.group, kind.kind) {
        ("", "ConfigMap" | "ServiceAccount") => true,
        ("", "Secret") => object.get("type").is_some(),
        _ => false,
    };
    if !plain {
        return Err(Status::not_implemented(&format!("the defaults of {} that are created", kind.plural)));
    }
    let namespace = target.namespace.unwrap_or_default();
    let state = server.lock();
    if let Some(of_namespace) = kinds::by_resource("", "v1", "namespaces") {
        let Some(namespace_object) = state.store.get(of_namespace, None, namespace) else {
            return Err(Status::no_object(of_namespace, namespace));
        };
        if namespace_object.pointer("/metadata/deletionTimestamp").is_some() {
            return Err(Status::terminating(kind, name, namespace));
        }
    }
    if state.store.get(kind, target.namespace, name).is_some() {
        return Err(Status::already_there(kind, name));
    }
    Ok(())
}

/// What is only tried is nobody's: a real server makes one up each time.
const UID: &str = "00000000-0000-4000-8000-ffffffffffff";

/// What a server fills in as it creates.
pub(super) fn filled_in(mut object: Value, target: &Target<'_>, now: jiff::Timestamp) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        if let Some(namespace) = target.namespace {
            metadata.entry("namespace").or_insert_with(|| json!(namespace));
        }
        metadata.insert("uid".to_owned(), json!(UID));
        metadata.insert("creationTimestamp".to_owned(), json!(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
    }
    object
}
