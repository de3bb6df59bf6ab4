//! Whether the one who asks may do something. Everybody who is known may ask of himself, and nothing is kept of it.
//!
//! Rules: kubernetes/kubernetes `pkg/registry/authorization/selfsubjectaccessreview/rest.go`, release 1.36.

use http::{Method, Response};
use serde_json::{Value, json};

use super::Server;
use super::encode::{self, Body};
use super::paths::{Asked, Attributes};
use super::status::Status;

const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// The verbs that rules name, because rights are read by words that live as long as the program.
const VERBS: [&str; 8] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Whether a request asks this.
pub(super) fn is_asked(asked: &Asked) -> bool {
    asked.method == Method::POST && asked.path == PATH
}

/// Answers with the question and whether it is allowed.
pub(super) fn answer(server: &Server, user: &str, asked: &Asked) -> Result<Response<Body>, Status> {
    let mut review: Value =
        serde_json::from_slice(&asked.body).map_err(|error| Status::bad_request(error.to_string()))?;
    let Some(wanted) = review.pointer("/spec/resourceAttributes").filter(|wanted| wanted.is_object()) else {
        return Err(Status::not_implemented("a review of what is no resource"));
    };
    let text = |name: &str| wanted.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let verb = text("verb").unwrap_or_default();
    let Some(verb) = VERBS.into_iter().find(|known| *known == verb) else {
        return Err(Status::not_implemented(&format!("a review of the verb {verb:?}")));
    };
    let attributes = Attributes::Resource {
        verb,
        group: text("group").unwrap_or_default(),
        version: text("version").unwrap_or_default(),
        resource: text("resource").unwrap_or_default(),
        subresource: text("subresource"),
        namespace: text("namespace"),
        name: text("name"),
    };
    let allowed = server.rights.allow(user, &attributes, "");
    if let Some(fields) = review.as_object_mut() {
        fields.insert("metadata".to_owned(), json!({}));
        fields.insert("status".to_owned(), json!({ "allowed": allowed }));
    }
    Ok(encode::json_answer(201, &review, asked.gzip))
}
