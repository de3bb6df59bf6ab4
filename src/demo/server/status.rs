//! Refusals, in the words of the real server.

use serde_json::{Map, Value, json};

use super::kinds::{Kind, qualified};
use super::paths::Attributes;
use crate::ownership::apply::{Conflict, Conflicts};

/// The reasons of faults in options that are named in more than one place.
pub(super) const REQUIRED: &str = "FieldValueRequired";
pub(super) const UNSUPPORTED: &str = "FieldValueNotSupported";

/// A `Status` of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: u16,
    /// Empty where the real server names none.
    reason: &'static str,
    message: String,
    details: Option<Box<Value>>,
    /// A token to go on with after an expired one.
    token: Option<String>,
}

impl Status {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, token: None }
    }

    fn details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Who asks is not known.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// The user may not do it.
    pub(super) fn forbidden(user: &str, asked: &Attributes, path: &str) -> Self {
        let Attributes::Resource { verb, group, resource, subresource, namespace, name, .. } = asked else {
            let verb = asked.verb();
            return Self::new(403, "Forbidden", format!("forbidden: User {user:?} cannot {verb} path {path:?}"))
                .details(json!({}));
        };
        let whole = match subresource {
            Some(subresource) => format!("{resource}/{subresource}"),
            None => resource.clone(),
        };
        let which = name.as_ref().map(|name| format!(" {name:?}")).unwrap_or_default();
        let place = match namespace {
            Some(namespace) => format!("in the namespace {namespace:?}"),
            None => "at the cluster scope".to_owned(),
        };
        let message = format!(
            "{}{which} is forbidden: User {user:?} cannot {verb} resource {whole:?} in API group {group:?} {place}",
            qualified(resource, group)
        );
        Self::new(403, "Forbidden", message).details(details(name.as_deref(), group, resource))
    }

    /// There is no such object.
    pub(super) fn no_object(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} {name:?} not found", kind.qualified())).details(details(
            Some(name),
            kind.group,
            kind.plural,
        ))
    }

    /// There is one already.
    pub(super) fn already_there(kind: &Kind, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", kind.qualified());
        Self::new(409, "AlreadyExists", message).details(details(Some(name), kind.group, kind.plural))
    }

    /// Nothing is created any more in a namespace that goes.
    pub(super) fn terminating(kind: &Kind, name: &str, namespace: &str) -> Self {
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let cause = json!({"reason": "NamespaceTerminating", "message": format!("namespace {namespace} is being terminated"), "field": "metadata.namespace"});
        let mut details = details(Some(name), kind.group, kind.plural);
        if let Some(details) = details.as_object_mut() {
            details.insert("causes".to_owned(), vec![cause].into());
        }
        Self::new(403, "Forbidden", format!("{} {name:?} is forbidden: {why}", kind.qualified())).details(details)
    }

    /// It was changed since it was looked at.
    pub(super) fn modified(kind: &Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// It is another object than the one that is written.
    pub(super) fn other_uid(kind: &Kind, namespace: Option<&str>, name: &str, told: &str, own: &str) -> Self {
        let group = if kind.group.is_empty() { String::new() } else { format!("{}/", kind.group) };
        let root = if kind.custom { group } else { String::new() };
        let place = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{root}{}/{place}{name}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: UID in precondition: {told}, UID in object meta: {own}",
            kind.plural
        );
        Self::conflict(kind, name, &why)
    }

    /// There is no object that could have the uid of an apply.
    pub(super) fn no_such_uid(kind: &Kind, name: &str, uid: &str) -> Self {
        let why = format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        Self::conflict(kind, name, &why)
    }

    /// What is to be deleted is not what was looked at.
    pub(super) fn not_as_expected(kind: &Kind, name: &str, word: &str, wanted: &str, present: &str) -> Self {
        let rest = if word == "UID" {
            "The object might have been deleted and then recreated"
        } else {
            "The object might have been modified"
        };
        let why = format!(
            "the {word} in the precondition ({wanted}) does not match the {word} in record ({present}). {rest}"
        );
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", qualified(kind.kind, kind.group));
        Self::new(409, "Conflict", message).details(details(Some(name), kind.group, kind.kind))
    }

    fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", kind.qualified());
        Self::new(409, "Conflict", message).details(details(Some(name), kind.group, kind.plural))
    }

    /// An object that is not valid: the reason, the field and the message of each fault.
    pub(super) fn invalid_object(kind: &Kind, name: &str, faults: &[(&'static str, &'static str, &str)]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for (_, field, message) in faults {
            let text = if field.is_empty() { format!("[]: {message}") } else { format!("{field}: {message}") };
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let all = match texts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let causes: Vec<Value> = faults
            .iter()
            .map(|(reason, field, message)| json!({"reason": reason, "message": message, "field": field}))
            .collect();
        let message = format!("{} {name:?} is invalid: {all}", qualified(kind.kind, kind.group));
        let mut details = details((!name.is_empty()).then_some(name), kind.group, kind.kind);
        if let Some(details) = details.as_object_mut() {
            details.insert("causes".to_owned(), causes.into());
        }
        Self::new(422, "Invalid", message).details(details)
    }

    /// A patch that cannot be done.
    pub(super) fn unprocessable() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::new(422, "Invalid", message).details(json!({}))
    }

    /// There is no such resource.
    pub(super) fn no_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").details(json!({}))
    }

    /// No such method at this path.
    pub(super) fn no_method() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            .details(json!({}))
    }

    /// A verb that this server does not have for any of its kinds.
    pub(super) fn no_verb(verb: &str, kind: &Kind) -> Self {
        let message = format!("{verb} is not supported on resources of kind {:?}", kind.qualified());
        Self::new(405, "MethodNotAllowed", message).details(details(None, kind.group, kind.plural))
    }

    /// What a real server does and this one cannot do truthfully.
    pub(super) fn not_implemented(what: &str) -> Self {
        Self::new(501, "NotImplemented", format!("the demo does not do this: {what}"))
    }

    /// No acceptable form, said by the router before anybody looks at the resource.
    pub(super) fn no_representation(stream: bool) -> Self {
        let stream = if stream { ", application/json;stream=watch" } else { "" };
        let message = format!("406: Not Acceptable\n\nAvailable representations: application/json{stream}");
        Self::new(406, "NotAcceptable", message).details(json!({}))
    }

    /// No acceptable form, said by the resource.
    pub(super) fn no_media_type() -> Self {
        Self::not_acceptable("only the following media types are accepted: application/json")
    }

    pub(super) fn not_acceptable(message: impl Into<String>) -> Self {
        Self::new(406, "NotAcceptable", message)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// An error that the real server does not classify.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// Options that contradict each other, `ListOptions` or others: the reason, the field and the message of each fault.
    pub(super) fn invalid(options: &str, faults: &[(&'static str, &'static str, String)]) -> Self {
        let texts: Vec<String> = faults.iter().map(|(_, field, message)| format!("{field}: {message}")).collect();
        let all = match texts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let causes: Vec<Value> = faults
            .iter()
            .map(|(reason, field, message)| json!({"reason": reason, "message": message, "field": field}))
            .collect();
        Self::new(422, "Invalid", format!("{options}.meta.k8s.io \"\" is invalid: {all}"))
            .details(json!({"group": "meta.k8s.io", "kind": options, "causes": causes}))
    }

    /// Others own what an apply would change.
    /// Source: kubernetes/apimachinery `pkg/api/errors/errors.go` (`NewApplyConflict`).
    pub(super) fn apply_conflicts(conflicts: &Conflicts) -> Self {
        let cause = |conflict: &Conflict| {
            json!({
                "reason": "FieldManagerConflict", "message": conflict.message(), "field": conflict.path.to_string(),
            })
        };
        let causes: Vec<Value> = conflicts.0.iter().map(cause).collect();
        Self::new(409, "Conflict", conflicts.to_string()).details(json!({"causes": causes}))
    }

    /// A body in a form that nobody reads.
    pub(super) fn unknown_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// The same, said by the router before anybody looks at the resource.
    pub(super) fn unsupported_media_type() -> Self {
        Self::new(415, "UnsupportedMediaType", "415: Unsupported Media Type").details(json!({}))
    }

    /// A version that this server has not come to.
    pub(super) fn too_large(asked: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        let cause = json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"});
        Self::new(504, "Timeout", message).details(json!({"causes": [cause], "retryAfterSeconds": 1}))
    }

    /// A version that this server has forgotten.
    pub(super) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// With a token to go on with, from the present state.
    pub(super) fn with_token(mut self, token: String) -> Self {
        self.token = Some(token);
        self
    }

    /// After how many seconds it makes sense to try again.
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.details.as_ref()?.get("retryAfterSeconds")?.as_u64()
    }

    /// What is said.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The object that is sent.
    pub(super) fn object(&self) -> Value {
        let mut object = Map::new();
        object.insert("kind".to_owned(), "Status".into());
        object.insert("apiVersion".to_owned(), "v1".into());
        let metadata = self.token.as_ref().map_or_else(|| json!({}), |token| json!({"continue": token}));
        object.insert("metadata".to_owned(), metadata);
        object.insert("status".to_owned(), "Failure".into());
        object.insert("message".to_owned(), self.message.as_str().into());
        if !self.reason.is_empty() {
            object.insert("reason".to_owned(), self.reason.into());
        }
        if let Some(details) = &self.details {
            object.insert("details".to_owned(), details.as_ref().clone());
        }
        object.insert("code".to_owned(), self.code.into());
        Value::Object(object)
    }
}

fn details(name: Option<&str>, group: &str, resource: &str) -> Value {
    let mut details = Map::new();
    if let Some(name) = name {
        details.insert("name".to_owned(), name.into());
    }
    if !group.is_empty() {
        details.insert("group".to_owned(), group.into());
    }
    details.insert("kind".to_owned(), resource.into());
    Value::Object(details)
}
