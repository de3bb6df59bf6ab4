//! Rights, asked one by one, of the present user or of the account as which Flux writes: a review is answered and kept nowhere.

use http::{Request, header};
use kube::Error;
use serde_json::{Value, json};

use futures::StreamExt as _;

use super::Cluster;
use super::problem;
use super::query::again;
use crate::plan::needs::Need;
use crate::plan::preflight::seen::Right;
use crate::release::Problem;

/// How many questions are under way at once.
const ABREAST: usize = 4;

impl Cluster {
    /// Which of these the present user has; nothing of one that cannot be asked.
    pub async fn review(&self, needs: Vec<Need>) -> Vec<(Need, Option<bool>)> {
        let asked = futures::stream::iter(needs).map(|need| async {
            let answer = may(self, &need.right, &need.name, None).await;
            (need, answer.ok())
        });
        asked.buffered(ABREAST).collect().await
    }
}

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/";

/// Whether the present user may do it, or this service account: to the object of this name, or to all of the namespace where the name is
/// empty.
///
/// # Errors
/// Those of the request.
pub(super) async fn may(cluster: &Cluster, right: &Right, name: &str, account: Option<&str>) -> Result<bool, Problem> {
    let mut attributes = json!({
        "group": right.group,
        "resource": right.resource,
        "namespace": right.namespace,
        "verb": right.verb,
    });
    if let Some(fields) = attributes.as_object_mut().filter(|_| !name.is_empty()) {
        fields.insert("name".to_owned(), name.into());
    }
    let (kind, resource, spec) = match account {
        Some(account) => (
            "SubjectAccessReview",
            "subjectaccessreviews",
            json!({"resourceAttributes": attributes, "user": account, "groups": groups(account)}),
        ),
        None => ("SelfSubjectAccessReview", "selfsubjectaccessreviews", json!({"resourceAttributes": attributes})),
    };
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec});
    let answer = again(|| {
        let request = Request::post(format!("{REVIEWS}{resource}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(review.to_string().into_bytes())
            .map_err(Error::HttpError);
        async move { cluster.client.request::<Value>(request?).await }
    });
    let answer = answer.await.map_err(|error| problem::of_request(&error, &cluster.server))?;
    Ok(answer.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false))
}

/// The groups of a service account. Source: kubernetes/apiserver v0.36 `pkg/authentication/serviceaccount/util.go`.
fn groups(account: &str) -> Vec<String> {
    let all = ["system:authenticated", "system:serviceaccounts"].map(str::to_owned).into_iter();
    let namespace = account.split(':').nth(2).map(|namespace| format!("system:serviceaccounts:{namespace}"));
    all.chain(namespace).collect()
}
