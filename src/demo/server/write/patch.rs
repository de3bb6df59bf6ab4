//! An object is patched, by apply, merge, strategic merge or JSON patch.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers/patch.go`.

use std::sync::Arc;

use http::Response;
use serde_json::Value;

use super::super::answer::Target;
use super::super::encode::Body;
use super::super::kinds::Kind;
use super::super::options::truth;
use super::super::paths::Asked;
use super::super::status::Status;
use super::super::{State, openapi};
use super::options::Validation;
use super::options::{Verb, WriteOptions};
use super::writer::{Writer, check_part, typed};
use super::{answered, check_name, check_namespace, create, json_patch, keep, kept, unknown, update};
use crate::ownership::patch::{apply_json, apply_strategic};
use crate::release::yaml;

/// How the body changes the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Apply,
    Merge,
    Strategic,
    Json,
}

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// Answers with the object as it is then, or as it would be.
pub(super) fn answer(
    state: &mut State,
    asked: &Asked,
    target: &Target<'_>,
    name: &str,
) -> Result<Response<Body>, Status> {
    let kind = target.kind;
    check_part(target, name)?;
    let form = form(asked, kind)?;
    let verb = if form == Form::Apply { Verb::Apply } else { Verb::Patch };
    let options = WriteOptions::read(asked, verb)?;
    let accepted = super::form(asked)?;
    let body = body(asked, form)?;
    let Some(live) = state.store.get(kind, target.namespace, name).cloned() else {
        if form != Form::Apply || target.subresource.is_some() {
            return Err(Status::no_object(kind, name));
        }
        let created = create::by_apply(state, target, name, body, &options)?;
        return Ok(answered(201, &created, &[], accepted, asked));
    };
    let schema = openapi::schema(kind.group, kind.version);
    let typed = typed(schema.as_deref(), kind)?;
    let stored = live;
    let live = kept::as_read(&stored, kind, typed);
    let writer =
        Writer { kind, typed, live: &live, now: state.now, manager: &options.manager, subresource: target.subresource };
    let patched = match form {
        Form::Apply => None,
        Form::Merge => Some(apply_json((*live).clone(), &body)),
        Form::Strategic => {
            let patched = apply_strategic(&live, &body, writer.typed);
            Some(patched.map_err(|fault| Status::not_implemented(&format!("this patch ({fault})")))?)
        }
        Form::Json => Some(json_patch::apply((*live).clone(), &body)?),
    };
    let mut warnings = Vec::new();
    let mut written = match patched {
        None => writer.apply(&body, asked.query.get("force").is_some_and(truth))?,
        Some(mut patched) => {
            let found = unknown::prune(&mut patched, kind, writer.typed, &options);
            warnings = match options.validation {
                Validation::Strict => found.map_err(|_| Status::not_implemented("a strict patch to unknown fields"))?,
                Validation::Ignore | Validation::Warn => found?,
            };
            writer.update(patched)?
        }
    };
    check_name(&written, name)?;
    check_namespace(&mut written, target)?;
    update::check(kind, &live, &mut written)?;
    let mut written = writer.kept(written)?;
    kept::as_stored(&mut written, &live, &stored);
    let written = if options.is_tried { Arc::new(written) } else { keep(state, written, &stored) };
    Ok(answered(200, &written, &warnings, accepted, asked))
}

fn form(asked: &Asked, kind: &Kind) -> Result<Form, Status> {
    let content = asked.content_type.split(';').next().unwrap_or_default().trim();
    match content {
        APPLY => Ok(Form::Apply),
        MERGE => Ok(Form::Merge),
        STRATEGIC if !kind.custom => Ok(Form::Strategic),
        JSON_PATCH => Ok(Form::Json),
        _ if kind.custom => Err(Status::unknown_media_type(&[JSON_PATCH, MERGE, APPLY])),
        _ => Err(Status::unsupported_media_type()),
    }
}

fn body(asked: &Asked, form: Form) -> Result<Value, Status> {
    let text = String::from_utf8_lossy(&asked.body);
    let body = match form {
        Form::Apply => {
            yaml::to_json(&text).map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?
        }
        Form::Merge | Form::Strategic | Form::Json => {
            serde_json::from_str(&text).map_err(|error| Status::bad_request(error.to_string()))?
        }
    };
    if body.is_array() == (form == Form::Json) && (body.is_array() || body.is_object()) {
        return Ok(body);
    }
    Err(Status::not_implemented("a patch that is no object"))
}
