//! An object is replaced, and what every change of one has to hold.
//!
//! Rules: kubernetes/apiserver `pkg/registry/generic/registry/store.go` (`Update`), kubernetes/apimachinery
//! `pkg/api/validation/objectmeta.go` (`ValidateObjectMetaUpdate`).

use std::sync::Arc;

use http::Response;
use serde_json::{Value, json};

use super::super::answer::Target;
use super::super::encode::Body;
use super::super::kinds::Kind;
use super::super::options;
use super::super::paths::Asked;
use super::super::status::Status;
use super::super::{State, openapi};
use super::options::{Verb, WriteOptions};
use super::writer::{Writer, check_part, typed};
use super::{answered, body, check_name, keep, kept, secret, unknown};

/// Answers with the object as it is then, or as it would be.
pub(super) fn answer(
    state: &mut State,
    asked: &Asked,
    target: &Target<'_>,
    name: &str,
) -> Result<Response<Body>, Status> {
    check_part(target, name)?;
    let options = WriteOptions::read(asked, Verb::Update)?;
    let accepted = super::form(asked)?;
    let mut object = body(asked, target)?;
    let schema = openapi::schema(target.kind.group, target.kind.version);
    let warnings = unknown::prune(&mut object, target.kind, typed(schema.as_deref(), target.kind)?, &options)?;
    if text(&object, "name").is_empty() {
        let message = format!("the name of the object ({name} based on URL) was undeterminable: name must be provided");
        return Err(Status::bad_request(message));
    }
    check_name(&object, name)?;
    let written = replace(state, target, name, object, &options.manager, options.is_tried)?;
    Ok(answered(200, &written, &warnings, accepted, asked))
}

/// Puts an object in the place of another.
pub(super) fn replace(
    state: &mut State,
    target: &Target<'_>,
    name: &str,
    object: Value,
    manager: &str,
    is_tried: bool,
) -> Result<Arc<Value>, Status> {
    let kind = target.kind;
    let live = state.store.get(kind, target.namespace, name).cloned();
    let live = live.ok_or_else(|| Status::no_object(kind, name))?;
    let (told, own) = (text(&object, "uid"), text(&live, "uid"));
    if !told.is_empty() && told != own {
        return Err(Status::other_uid(kind, target.namespace, name, told, own));
    }
    let schema = openapi::schema(kind.group, kind.version);
    let typed = typed(schema.as_deref(), kind)?;
    let stored = live;
    let live = kept::as_read(&stored, kind, typed);
    let writer = Writer { kind, typed, live: &live, now: state.now, manager, subresource: target.subresource };
    let mut object = object;
    kept::with_own_metadata(&mut object, &live, kind);
    let mut written = writer.update(object)?;
    check(kind, &live, &mut written)?;
    let mut written = writer.kept(written)?;
    kept::as_stored(&mut written, &live, &stored);
    Ok(if is_tried { Arc::new(written) } else { keep(state, written, &stored) })
}

/// Whether what is written may stand in the place of what is there.
pub(super) fn check(kind: &Kind, live: &Value, written: &mut Value) -> Result<(), Status> {
    let name = text(live, "name").to_owned();
    let (told, present) = (text(written, "resourceVersion"), text(live, "resourceVersion"));
    if told.is_empty() || told == "0" {
        if kind.custom {
            return Err(Status::of_any_version(kind, &name));
        }
        let present = present.to_owned();
        if let Some(metadata) = kept::metadata(written) {
            metadata.insert("resourceVersion".to_owned(), json!(present));
        }
    } else if let Err(fault) = options::version(told) {
        return Err(Status::internal(
            fault.rsplit_once("strconv").map_or_else(|| fault.clone(), |(_, rest)| format!("strconv{rest}")),
        ));
    } else if told != present {
        return Err(Status::modified(kind, &name));
    }
    let (told, own) = (text(written, "uid"), text(live, "uid"));
    if !told.is_empty() && told != own {
        let message = format!("Invalid value: {told:?}: field is immutable");
        let fault = ("FieldValueInvalid", "metadata.uid", message.as_str());
        return Err(Status::invalid_object(kind, &name, &[fault, fault]));
    }
    check_finalizers(kind, &name, live, written)?;
    secret::check(kind, Some(live), written)
}

/// What is to go is held by nobody else any more.
fn check_finalizers(kind: &Kind, name: &str, live: &Value, written: &Value) -> Result<(), Status> {
    if text(live, "deletionTimestamp").is_empty() {
        return Ok(());
    }
    let of =
        |object: &Value| object.pointer("/metadata/finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
    let before = of(live);
    let new: Vec<String> = of(written).iter().filter(|name| !before.contains(name)).map(Value::to_string).collect();
    if new.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        new.join(", ")
    );
    let fault = ("FieldValueForbidden", "metadata.finalizers", message.as_str());
    Err(Status::invalid_object(kind, name, &[fault, fault]))
}

fn text<'v>(object: &'v Value, name: &str) -> &'v str {
    object.get("metadata").and_then(|metadata| metadata.get(name)?.as_str()).unwrap_or_default()
}
