//! A request in the words of the server, and what its answer means.

use http::{Method, header};
use kube::Error;
use serde_json::{Value, json};

use super::plan::told;
use crate::cluster::Cluster;
use crate::plan::{Body, Request, StepOutcome, Verb};

/// Sends a request of a plan. Nothing is asked a second time: whether a lost answer was a yes is found out by reading.
pub(super) async fn send(cluster: &Cluster, request: &Request) -> Result<Value, StepOutcome> {
    let built = build(request).map_err(|error| StepOutcome::Failed(error.to_string()))?;
    match cluster.client.request::<Value>(built).await {
        Ok(object) => Ok(object),
        Err(error @ Error::Api(_)) => Err(StepOutcome::Failed(told(cluster, &error))),
        Err(error) => Err(StepOutcome::Unknown(told(cluster, &error))),
    }
}

/// Source: kubernetes/apimachinery `pkg/apis/meta/v1/types.go` (CreateOptions, PatchOptions, DeleteOptions).
fn build(request: &Request) -> Result<http::Request<Vec<u8>>, http::Error> {
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
        .body(body(request).to_string().into_bytes())
}

/// The body, with the preconditions where the verb has them.
fn body(request: &Request) -> Value {
    let uid = request.uid.iter().map(|uid| ("uid", uid));
    let both = uid.chain(request.resource_version.iter().map(|version| ("resourceVersion", version)));
    let mut body = match (&request.body, request.verb) {
        (_, Verb::Delete) => {
            let preconditions: serde_json::Map<String, Value> =
                both.map(|(name, value)| (name.to_owned(), value.as_str().into())).collect();
            return json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
                "preconditions": preconditions});
        }
        (Body::Json(value), _) => value.clone(),
        (Body::Empty | Body::Stored(_) | Body::Migration { .. }, _) => json!({}),
    };
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.extend(both.map(|(name, value)| (name.to_owned(), value.as_str().into())));
    }
    body
}
