//! Rights of the present user, asked one by one: a SelfSubjectAccessReview is answered and kept nowhere.

use http::{Request, header};
use kube::Error;
use serde_json::{Value, json};

use super::Cluster;
use super::problem;
use super::query::again;
use crate::plan::preflight::seen::Right;
use crate::release::Problem;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// Whether the present user may do it.
///
/// # Errors
/// Those of the request.
pub(super) async fn may(cluster: &Cluster, right: &Right) -> Result<bool, Problem> {
    let attributes = json!({
        "group": right.group,
        "resource": right.resource,
        "namespace": right.namespace,
        "verb": right.verb,
    });
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    });
    let answer = again(|| {
        let request = Request::post(REVIEWS)
            .header(header::CONTENT_TYPE, "application/json")
            .body(review.to_string().into_bytes())
            .map_err(Error::HttpError);
        async move { cluster.client.request::<Value>(request?).await }
    });
    let answer = answer.await.map_err(|error| problem::of_request(&error, &cluster.server))?;
    Ok(answer.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false))
}
