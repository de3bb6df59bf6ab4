//! An object is created.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers/create.go`, `pkg/admission/plugin/namespace/lifecycle`,
//! `pkg/registry/rest/create.go`, release 1.36. Not created are Pods and claims of volumes, which admission changes, Services, which are
//! given addresses, namespaces and definitions.

use std::sync::Arc;

use http::Response;
use serde_json::{Map, Value, json};

use super::super::answer::Target;
use super::super::encode::Body;
use super::super::paths::Asked;
use super::super::status::{REQUIRED, Status};
use super::super::{State, kinds, openapi};
use super::options::{Verb, WriteOptions};
use super::writer::{Writer, typed};
use super::{answered, body, kept, secret, unknown};

/// Source: kubernetes/apimachinery `pkg/util/validation/validation.go` (`IsDNS1123Subdomain`).
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
                         start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn is_subdomain(name: &str) -> bool {
    let is_plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
    name.len() <= 253
        && name.split('.').all(|part| {
            part.starts_with(is_plain)
                && part.ends_with(is_plain)
                && part.chars().all(|sign| is_plain(sign) || sign == '-')
        })
}

/// What is only tried is nobody's: a real server makes one up each time.
const UID: &str = "00000000-0000-4000-8000-ffffffffffff";

/// The signs of names that a server makes.
/// Source: kubernetes/apimachinery `pkg/util/rand/rand.go`.
const SIGNS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Answers with the object as it is then, or as it would be.
pub(super) fn answer(state: &mut State, asked: &Asked, target: &Target<'_>) -> Result<Response<Body>, Status> {
    let options = WriteOptions::read(asked, Verb::Create)?;
    let accepted = super::form(asked)?;
    let mut object = body(asked, target)?;
    let schema = openapi::schema(target.kind.group, target.kind.version);
    let warnings = unknown::prune(&mut object, target.kind, typed(schema.as_deref(), target.kind)?, &options)?;
    let created = create(state, target, object, &options.manager, options.is_tried)?;
    Ok(answered(201, &created, &warnings, accepted, asked))
}

/// Creates an object, and returns it as it is then.
pub(super) fn create(
    state: &mut State,
    target: &Target<'_>,
    mut object: Value,
    manager: &str,
    is_tried: bool,
) -> Result<Arc<Value>, Status> {
    let name = named(state, target, &mut object)?;
    check(state, target, &name)?;
    if !is_subdomain(&name) {
        let message = format!("Invalid value: {name:?}: {SUBDOMAIN}");
        return Err(Status::invalid_object(target.kind, &name, &[("FieldValueInvalid", "metadata.name", &message)]));
    }
    if object.pointer("/metadata/resourceVersion").and_then(Value::as_str).is_some_and(|version| !version.is_empty()) {
        return Err(Status::internal("resourceVersion should not be set on objects to be created"));
    }
    finish(state, target, object, manager, is_tried, By::Post)
}

/// The object that an apply creates.
pub(super) fn by_apply(
    state: &mut State,
    target: &Target<'_>,
    name: &str,
    configuration: Value,
    options: &WriteOptions,
) -> Result<Arc<Value>, Status> {
    check(state, target, name)?;
    if let Some(uid) = configuration.pointer("/metadata/uid").and_then(Value::as_str) {
        return Err(Status::no_such_uid(target.kind, name, uid));
    }
    super::check_name(&configuration, name)?;
    let mut configuration = configuration;
    super::check_namespace(&mut configuration, target)?;
    finish(state, target, configuration, &options.manager, options.is_tried, By::Apply)
}

/// How an object comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Post,
    Apply,
}

fn finish(
    state: &mut State,
    target: &Target<'_>,
    object: Value,
    manager: &str,
    is_tried: bool,
    by: By,
) -> Result<Arc<Value>, Status> {
    let kind = target.kind;
    let schema = openapi::schema(kind.group, kind.version);
    let typed = typed(schema.as_deref(), kind)?;
    let writer = Writer { kind, typed, live: &Value::Null, now: state.now, manager, subresource: None };
    let mut object = object;
    kept::begin(&mut object, kind);
    let shares_labels = object.pointer("/metadata/labels").is_none();
    let mut created = match by {
        By::Post => {
            kept::read(&mut object, kind, typed);
            kept::select_by_uid(&mut object, kind);
            writer.create(&object)?
        }
        By::Apply => writer.create_by_apply(&object)?,
    };
    kept::read(&mut created, kind, typed);
    secret::check(kind, None, &created)?;
    let uid = if is_tried { UID.to_owned() } else { state.store.next_uid(&created).unwrap_or_default() };
    if let Some(metadata) = kept::metadata(&mut created) {
        metadata.insert("creationTimestamp".to_owned(), json!(state.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
        if kind.counts_generations() {
            metadata.insert("generation".to_owned(), json!(1));
        }
        metadata.insert("uid".to_owned(), json!(uid));
    }
    kept::finish(&mut created, kind, &uid, shares_labels);
    if is_tried {
        return Ok(Arc::new(created));
    }
    state.put(created).ok_or_else(Status::no_resource)
}

/// The name of the object, which the server makes where the object names only its beginning.
fn named(state: &State, target: &Target<'_>, object: &mut Value) -> Result<String, Status> {
    let text = |object: &Value, at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, begin) = (text(object, "/metadata/name"), text(object, "/metadata/generateName"));
    if !name.is_empty() {
        return Ok(name);
    }
    if begin.is_empty() {
        let message = "Required value: name or generateName is required";
        return Err(Status::invalid_object(target.kind, "", &[(REQUIRED, "metadata.name", message)]));
    }
    let begin: String = begin.chars().take(58).collect();
    // By nothing but the calls before.
    let (name, _) = (0..5).fold((begin, state.store.version()), |(name, number), _| {
        let mixed = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from((mixed >> 33) % 27).unwrap_or_default();
        let sign = SIGNS.get(place).copied().map_or('x', char::from);
        (format!("{name}{sign}"), mixed)
    });
    let metadata =
        object.as_object_mut().map(|fields| fields.entry("metadata").or_insert_with(|| Value::Object(Map::new())));
    if let Some(metadata) = metadata.and_then(Value::as_object_mut) {
        metadata.insert("name".to_owned(), json!(name));
    }
    Ok(name)
}

/// Refuses what a real server refuses, and what is not done here.
fn check(state: &State, target: &Target<'_>, name: &str) -> Result<(), Status> {
    let kind = target.kind;
    if matches!(kind.kind, "Pod" | "Service" | "Namespace" | "PersistentVolumeClaim" | "CustomResourceDefinition") {
        return Err(Status::not_implemented(&format!("the creation of {}", kind.plural)));
    }
    if let (Some(of_namespace), Some(namespace)) = (kinds::by_resource("", "v1", "namespaces"), target.namespace) {
        let Some(found) = state.store.get(of_namespace, None, namespace) else {
            return Err(Status::no_object(of_namespace, namespace));
        };
        if found.pointer("/metadata/deletionTimestamp").is_some() {
            return Err(Status::terminating(kind, name, namespace));
        }
    }
    if state.store.get(kind, target.namespace, name).is_some() {
        return Err(Status::already_there(kind, name));
    }
    Ok(())
}
