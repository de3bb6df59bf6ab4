//! A request in the words of the server, and what its answer means.

use std::time::Duration;

use http::{Method, header};
use kube::Error;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::plan::told;
use crate::cluster::backoff::retry_after;
use crate::cluster::{Cluster, problem};
use crate::plan::{Request, Verb};
use crate::release::ProblemKind;

/// After so long an answer is lost. The server gives up on a request after a minute (`--request-timeout`), and says so.
const LONGEST: Duration = Duration::from_secs(65);

/// A request as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// The body, without preconditions.
    pub(super) body: Value,
    /// The object has to be this one.
    pub(super) uid: Option<String>,
    /// In this state.
    pub(super) version: Option<String>,
    /// What it looks like in that state, by [`crate::plan::seen_as`].
    pub(super) digest: Option<String>,
}

/// What the server said.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was done; the object as it is now, or the status of a deletion.
    Done(Value),
    /// The object is in another state, or another one; nothing was written.
    Conflict(String),
    /// There is one already; nothing was written.
    Exists(String),
    /// There is none; nothing was written.
    Missing(String),
    /// It was refused; nothing was written.
    Refused(String),
    /// The server has no time now; nothing was written.
    Busy(String, Duration),
    /// Whether it was done is not known. It may be sent again where it was not, after this pause.
    Lost(String, Option<Duration>),
}

/// Sends a request of a plan, once.
pub(super) async fn send(cluster: &Cluster, request: &Request, prepared: &Prepared) -> Answer {
    let built = match build(request, prepared) {
        Ok(built) => built,
        Err(error) => return Answer::Refused(error.to_string()),
    };
    match timeout(LONGEST, cluster.client.request::<Value>(built)).await {
        Ok(Ok(object)) => Answer::Done(object),
        Ok(Err(error)) => meaning(cluster, &error),
        Err(_) => {
            let cause = format!("{} gave no answer for {} s", cluster.server, LONGEST.as_secs());
            Answer::Lost(cause, Some(Duration::ZERO))
        }
    }
}

/// Sources: kubernetes/apimachinery `pkg/api/errors/errors.go`; that an answer of 500 and more says nothing of what was written,
/// kubernetes/apiserver `pkg/storage/etcd3` (a write that timed out may have been done).
fn meaning(cluster: &Cluster, error: &Error) -> Answer {
    let says = told(cluster, error);
    let Error::Api(status) = error else {
        return match problem::of_request(error, &cluster.server).kind {
            // The request was not sent at all.
            ProblemKind::Config | ProblemKind::Credentials | ProblemKind::Certificate => Answer::Refused(says),
            ProblemKind::Unreachable
            | ProblemKind::Forbidden
            | ProblemKind::NotFound
            | ProblemKind::Busy
            | ProblemKind::Malformed
            | ProblemKind::Other => Answer::Lost(says, Some(Duration::ZERO)),
        };
    };
    let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
    let is_of_managers = causes.iter().any(|cause| cause.reason == "FieldManagerConflict");
    match status.code {
        409 if status.reason == "AlreadyExists" => Answer::Exists(says),
        409 if !is_of_managers => Answer::Conflict(says),
        404 => Answer::Missing(says),
        429 => Answer::Busy(says, retry_after(error).unwrap_or(Duration::from_secs(1))),
        503 | 504 => Answer::Lost(says, retry_after(error)),
        500.. => Answer::Lost(says, None),
        _ => Answer::Refused(says),
    }
}

/// Source: kubernetes/apimachinery `pkg/apis/meta/v1/types.go` (CreateOptions, PatchOptions, DeleteOptions).
fn build(request: &Request, prepared: &Prepared) -> Result<http::Request<Vec<u8>>, http::Error> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !request.manager.is_empty() {
        query.append_pair("fieldManager", &request.manager);
    }
    let (method, content) = match request.verb {
        Verb::Create => (Method::POST, "application/json"),
        Verb::Apply { force } => {
            query.append_pair("force", if force { "true" } else { "false" }).append_pair("fieldValidation", "Strict");
            (Method::PATCH, "application/apply-patch+yaml")
        }
        Verb::JsonPatch => (Method::PATCH, "application/json-patch+json"),
        Verb::MergePatch => (Method::PATCH, "application/merge-patch+json"),
        Verb::StrategicPatch => (Method::PATCH, "application/strategic-merge-patch+json"),
        Verb::Replace => (Method::PUT, "application/json"),
        Verb::Delete => (Method::DELETE, "application/json"),
    };
    http::Request::builder()
        .method(method)
        .uri(format!("{}?{}", request.path(), query.finish()))
        .header(header::CONTENT_TYPE, content)
        .header(header::ACCEPT, "application/json")
        .body(body(request.verb, prepared).to_string().into_bytes())
}

/// The body, with the preconditions where the verb has them.
fn body(verb: Verb, prepared: &Prepared) -> Value {
    let uid = prepared.uid.iter().map(|uid| ("uid", uid));
    let both = uid.chain(prepared.version.iter().map(|version| ("resourceVersion", version)));
    let mut body = prepared.body.clone();
    match verb {
        Verb::Delete => {
            let preconditions: serde_json::Map<String, Value> =
                both.map(|(name, value)| (name.to_owned(), value.as_str().into())).collect();
            return json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
                "preconditions": preconditions});
        }
        // Where the object is another one, writing these two is what the server refuses.
        Verb::JsonPatch => {
            if let Value::Array(operations) = &mut body {
                let puts = both
                    .map(|(name, value)| json!({"op": "replace", "path": format!("/metadata/{name}"), "value": value}));
                let says = |path: &Value| operations.iter().any(|operation| operation.get("path") == Some(path));
                let puts: Vec<Value> = puts.filter(|put| !put.get("path").is_some_and(says)).collect();
                operations.extend(puts);
            }
        }
        Verb::Create => {}
        Verb::Apply { .. } | Verb::MergePatch | Verb::StrategicPatch | Verb::Replace => {
            if let Value::Object(body) = &mut body {
                let metadata = body.entry("metadata").or_insert_with(|| json!({}));
                if let Some(metadata) = metadata.as_object_mut() {
                    metadata.extend(both.map(|(name, value)| (name.to_owned(), value.as_str().into())));
                }
            }
        }
    }
    body
}
