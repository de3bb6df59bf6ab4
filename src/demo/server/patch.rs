//! A patch that is tried: what an object would be, of which nothing is kept.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers/patch.go`, kubernetes/apimachinery `pkg/apis/meta/v1/validation`, release
//! 1.36. Merge and owners are `ownership`'s, which is held to the code of the real server. Not done, and so refused where it
//! would show: creation of what has defaults (`create.rs`), applies to what nobody is recorded to have written, JSON patches,
//! subresources, entries of versions that the demo does not serve, amounts in odd forms, and defaults of what a write brings.
//! Validation of values and admission by plugins are not done at all.

use std::collections::BTreeMap;

use http::Response;
use jiff::Timestamp;
use serde_json::Value;

use super::Server;
use super::answer::Target;
use super::create;
use super::defaults::may_be_filled_in;
use super::encode::{self, Body};
use super::kept::{self, wanted};
use super::kinds::Kind;
use super::openapi;
use super::options::truth;
use super::paths::Asked;
use super::status::{REQUIRED, Status, UNSUPPORTED};
use crate::ownership::apply::{Other, Refused, Request, Types, apply, update};
use crate::ownership::patch::{apply_json, apply_strategic};
use crate::ownership::{FieldSet, PathElement};
use crate::release::yaml;
use crate::schema::{Gvk, Schema, Typed};

/// How the body changes the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Apply,
    Merge,
    Strategic,
}

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// Whether a request says of itself that nothing shall be kept of it.
pub(super) fn is_tried(asked: &Asked) -> bool {
    asked.query.get("dryRun").is_some()
}

/// Answers with the object as it would be.
pub(super) fn answer(
    server: &Server,
    asked: &Asked,
    target: &Target<'_>,
    name: &str,
) -> Result<Response<Body>, Status> {
    let kind = target.kind;
    let form = form(asked, kind)?;
    check_options(asked, form)?;
    encode::negotiate(&asked.accept)?;
    if let Some(subresource) = target.subresource {
        return Err(Status::not_implemented(&format!("a patch of {} {subresource}", kind.plural)));
    }
    let body = body(asked, form)?;
    let (live, now) = {
        let state = server.lock();
        (state.store.get(kind, target.namespace, name).cloned(), state.now)
    };
    let schema = openapi::schema(kind.group, kind.version);
    let typed = typed(schema.as_ref(), kind)?;
    let manager = asked.query.get("fieldManager").unwrap_or_default();
    let Some(live) = live else {
        if form != Form::Apply {
            return Err(Status::no_object(kind, name));
        }
        create::check(server, target, &body, name)?;
        let tried = Tried { kind, typed, live: &Value::Null, now, manager };
        let applied = apply(None, &body, &tried.types(), &tried.request(), false).map_err(refusal)?;
        let applied = create::filled_in(applied, target, now);
        check_place(&applied, target, name)?;
        return Ok(encode::json_answer(201, &applied, asked.gzip));
    };
    let tried = Tried { kind, typed, live: &live, now, manager };
    if form == Form::Apply && !kind.custom && is_forgotten(&live) {
        return Err(Status::not_implemented("an apply to what nobody is recorded to have written"));
    }
    let mut written = match form {
        Form::Apply => tried.apply(&body, asked.query.get("force").is_some_and(truth))?,
        Form::Merge => tried.update(&apply_json((*live).clone(), &body))?,
        Form::Strategic => {
            let patched = apply_strategic(&live, &body, typed);
            tried.update(&patched.map_err(|fault| Status::not_implemented(&format!("this patch ({fault})")))?)?
        }
    };
    check_place(&written, target, name)?;
    if !kind.custom && may_be_filled_in(&wanted(&written), &wanted(&live), typed) {
        return Err(Status::not_implemented("the defaults of what a write brings or takes away"));
    }
    if !kind.custom && kept::has_odd_amount(&wanted(&written)) {
        return Err(Status::not_implemented("an amount in another form than it would be kept in"));
    }
    kept::store(&mut written, &live, kind);
    Ok(encode::json_answer(200, &written, asked.gzip))
}

/// An object that is created: as it would be.
pub(super) fn created(server: &Server, asked: &Asked, target: &Target<'_>, object: &Value) -> Result<Value, Status> {
    let kind = target.kind;
    let schema = openapi::schema(kind.group, kind.version);
    let (typed, now) = (typed(schema.as_ref(), kind)?, server.lock().now);
    let manager = asked.query.get("fieldManager").unwrap_or_default();
    let tried = Tried { kind, typed, live: &Value::Null, now, manager };
    let written = update(None, object, &tried.types(), &tried.request()).map_err(refusal)?;
    Ok(create::filled_in(written, target, now))
}

fn typed<'s>(schema: Option<&'s Schema>, kind: &Kind) -> Result<Typed<'s>, Status> {
    let gvk = Gvk { group: kind.group.to_owned(), version: kind.version.to_owned(), kind: kind.kind.to_owned() };
    schema
        .and_then(|schema| schema.kind(&gvk))
        .ok_or_else(|| Status::not_implemented(&format!("a patch of {}, whose types it does not know", kind.plural)))
}

fn form(asked: &Asked, kind: &Kind) -> Result<Form, Status> {
    let content = asked.content_type.split(';').next().unwrap_or_default().trim();
    match content {
        APPLY => Ok(Form::Apply),
        MERGE => Ok(Form::Merge),
        STRATEGIC if !kind.custom => Ok(Form::Strategic),
        JSON_PATCH => Err(Status::not_implemented("JSON patches")),
        _ if kind.custom => Err(Status::unknown_media_type(&[JSON_PATCH, MERGE, APPLY])),
        _ => Err(Status::unsupported_media_type()),
    }
}

fn check_options(asked: &Asked, form: Form) -> Result<(), Status> {
    let option = |name: &str| asked.query.get(name).filter(|value| !value.is_empty());
    let mut faults = Vec::new();
    match form {
        Form::Apply if option("fieldManager").is_none() => {
            faults.push((REQUIRED, "fieldManager", "Required value: is required for apply patch".to_owned()));
        }
        Form::Merge | Form::Strategic if option("force").is_some() => {
            let message = "Forbidden: may not be specified for non-apply patch";
            faults.push(("FieldValueForbidden", "force", message.to_owned()));
        }
        Form::Apply | Form::Merge | Form::Strategic => {}
    }
    if let Some(fault) = asked.query.get("fieldManager").and_then(manager_fault) {
        faults.push((fault.0, "fieldManager", fault.1));
    }
    if let Some(other) = asked.query.get("dryRun").filter(|value| *value != "All") {
        faults.push((UNSUPPORTED, "dryRun", format!("Unsupported value: [{other:?}]: supported values: \"All\"")));
    }
    if let Some(other) = option("fieldValidation").filter(|value| !["Ignore", "Strict", "Warn"].contains(value)) {
        let supported = r#""", "Ignore", "Strict", "Warn""#;
        let message = format!("Unsupported value: {other:?}: supported values: {supported}");
        faults.push((UNSUPPORTED, "fieldValidation", message));
    }
    if !faults.is_empty() {
        return Err(Status::invalid("PatchOptions", &faults));
    }
    // A real server takes the name from the User-Agent.
    if option("fieldManager").is_none() {
        return Err(Status::not_implemented("a patch without fieldManager"));
    }
    Ok(())
}

/// A name that is too long, or that cannot be printed.
fn manager_fault(name: &str) -> Option<(&'static str, String)> {
    if name.len() > 128 {
        return Some(("FieldValueTooLong", "Too long: may not be more than 128 bytes".to_owned()));
    }
    let (at, sign) = name.char_indices().find(|(_, sign)| sign.is_control())?;
    let message = format!("Invalid value: {name:?}: invalid character U+{:04X} (at position {at})", u32::from(sign));
    Some(("FieldValueInvalid", message))
}

fn body(asked: &Asked, form: Form) -> Result<Value, Status> {
    let text = String::from_utf8_lossy(&asked.body);
    let body = match form {
        Form::Apply => {
            yaml::to_json(&text).map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?
        }
        Form::Merge | Form::Strategic => {
            serde_json::from_str(&text).map_err(|error| Status::bad_request(error.to_string()))?
        }
    };
    let of_version = ["/metadata/resourceVersion", "/metadata/uid"].iter().any(|at| body.pointer(at).is_some());
    match body {
        Value::Object(_) if of_version => Err(Status::not_implemented("a patch of one version of an object")),
        Value::Object(_) => Ok(body),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Status::not_implemented("a patch that is no object"))
        }
    }
}

/// A write of an object that is there.
struct Tried<'a> {
    kind: &'a Kind,
    typed: Typed<'a>,
    live: &'a Value,
    now: Timestamp,
    manager: &'a str,
}

impl Tried<'_> {
    fn apply(&self, configuration: &Value, force: bool) -> Result<Value, Status> {
        let applied = apply(Some(self.live), configuration, &self.types(), &self.request(), force).map_err(refusal)?;
        let mut written = self.with_old_status(applied);
        kept::read(&mut written, self.kind, self.typed);
        Ok(written)
    }

    fn update(&self, patched: &Value) -> Result<Value, Status> {
        let named = |object: &Value| (object.get("apiVersion").cloned(), object.get("kind").cloned());
        if named(patched) != named(self.live) {
            return Err(Status::not_implemented("a patch to another kind"));
        }
        let mut patched = self.with_old_status(patched.clone());
        kept::read(&mut patched, self.kind, self.typed);
        // Nothing was changed: no time is renewed.
        if patched == *self.live {
            return Ok(patched);
        }
        update(Some(self.live), &patched, &self.types(), &self.request()).map_err(|refused| match refused {
            // What is no value of its type is refused by a real server before, in other words, and what is unknown is left out.
            Refused::Broken(_) => Status::not_implemented("a patch to what the kind cannot hold"),
            Refused::Conflicts(_) | Refused::BadRequest(_) | Refused::Conversion { .. } => refusal(refused),
        })
    }

    /// What is written by a subresource of its own is not written by the object.
    fn with_old_status(&self, mut written: Value) -> Value {
        if self.has_status()
            && let Some(fields) = written.as_object_mut()
        {
            match self.live.get("status") {
                Some(status) => drop(fields.insert("status".to_owned(), status.clone())),
                None => drop(fields.shift_remove("status")),
            }
        }
        written
    }

    fn has_status(&self) -> bool {
        self.kind.subresources.contains(&"status")
    }

    fn types(&self) -> Types<'_> {
        let own = self.kind.api_version();
        let mut status = FieldSet::default();
        if self.has_status() {
            status.insert(&[PathElement::field("status")]);
        }
        let entries = self.live.pointer("/metadata/managedFields").and_then(Value::as_array);
        let versions = entries.into_iter().flatten().filter_map(|entry| entry.get("apiVersion")?.as_str());
        Types {
            kind: self.kind.kind.to_owned(),
            own: self.typed,
            // A real server may serve them: what they hold cannot be told here.
            others: versions
                .filter(|version| *version != own)
                .map(|version| (version.to_owned(), Other::Different))
                .collect(),
            resets: BTreeMap::from([(own.clone(), status)]),
            api_version: own,
        }
    }

    fn request(&self) -> Request<'_> {
        Request { manager: self.manager, subresource: "", now: self.now, defaults: &|_| {} }
    }
}

fn refusal(refused: Refused) -> Status {
    match refused {
        Refused::Conflicts(conflicts) => Status::apply_conflicts(&conflicts),
        Refused::BadRequest(message) => Status::bad_request(message),
        Refused::Broken(message) => Status::internal(message),
        Refused::Conversion { .. } => Status::not_implemented(&refused.to_string()),
    }
}

/// A write may not move its object.
fn check_place(written: &Value, target: &Target<'_>, name: &str) -> Result<(), Status> {
    let own = |at: &str| written.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let (own_name, own_namespace) = (own("/metadata/name"), own("/metadata/namespace"));
    let namespace = target.namespace.unwrap_or_default();
    if own_name != name {
        let message = format!("the name of the object ({own_name}) does not match the name on the URL ({name})");
        return Err(Status::bad_request(message));
    }
    if own_namespace != namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    Ok(())
}

/// Whether no manager is known: an apply then begins with one for all that is there, whose set depends on what the kind is when empty.
fn is_forgotten(live: &Value) -> bool {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries.is_none_or(Vec::is_empty)
}
