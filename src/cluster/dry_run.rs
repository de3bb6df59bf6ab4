//! Writes that are tried: what the API server would make of them. Every request of this file carries `dryRun=All`, and beside the
//! questions of `rights.rs` there is no other file of this room that makes requests of another method than GET.

use futures::StreamExt as _;
use http::{Method, Request, header};
use kube::Error;
use kube::api::GroupVersionKind;
use serde_json::Value;

use super::Cluster;
use super::problem;
use super::query::again;
use crate::ownership::fate::{Blocked, Outcome};
use crate::ownership::next::{NextWrite, Write};
use crate::ownership::patch;
use crate::release::{Problem, ProblemKind};

/// How many writes are tried at once: each runs the admission of the whole cluster, its webhooks among it.
const AT_ONCE: usize = 4;

/// Tries writes, and tells of each, in their order, what became of it.
pub(super) async fn dry_runs(cluster: &Cluster, writes: Vec<NextWrite>) -> Vec<(NextWrite, Result<Outcome, Problem>)> {
    let tried = futures::stream::iter(writes).map(async |next| {
        let outcome = dry_run(cluster, &next).await;
        (next, outcome)
    });
    tried.buffered(AT_ONCE).collect().await
}

async fn dry_run(cluster: &Cluster, next: &NextWrite) -> Result<Outcome, Problem> {
    let (path, plural) = path_of(cluster, next).await?;
    let outcome = ask(cluster, next, &path, &plural, false).await?;
    match outcome {
        // What becomes of the other fields is seen as if whoever is in the way were overruled.
        Outcome::Conflicts(blocked, _) => Ok(match ask(cluster, next, &path, &plural, true).await {
            Ok(Outcome::Written(after)) => Outcome::Conflicts(blocked, Some(after)),
            Ok(Outcome::Conflicts(..) | Outcome::Failed(_)) | Err(_) => Outcome::Conflicts(blocked, None),
        }),
        outcome => Ok(outcome),
    }
}

/// Where the object is, and how its resource is called.
async fn path_of(cluster: &Cluster, next: &NextWrite) -> Result<(String, String), Problem> {
    let (group, version) = next.api_version.split_once('/').unwrap_or(("", &next.api_version));
    let kind = GroupVersionKind::gvk(group, version, &next.kind);
    let found = cluster.discovery.find(&kind).await;
    let found = found.map_err(|error| problem::of_request(&error, &cluster.server))?;
    let Some(served) = found.filter(|served| served.resource.version == version) else {
        let cause = format!("{} {} is not served", next.api_version, next.kind);
        return Err(Problem::new(ProblemKind::NotFound, cause));
    };
    let root = if group.is_empty() { "/api" } else { "/apis" };
    let place = if served.namespaced { format!("namespaces/{}/", next.namespace) } else { String::new() };
    let plural = served.resource.plural;
    let name = match next.write {
        Write::Create(_) => String::new(),
        Write::Apply { .. } | Write::Patch(_) => format!("/{}", next.name),
    };
    Ok((format!("{root}/{}/{place}{plural}{name}", next.api_version), plural))
}

async fn ask(
    cluster: &Cluster,
    next: &NextWrite,
    path: &str,
    plural: &str,
    overrules: bool,
) -> Result<Outcome, Problem> {
    let answer = again(|| {
        let request = request(path, next, overrules).map_err(Error::HttpError);
        async move { cluster.client.request::<Value>(request?).await }
    });
    match answer.await {
        Ok(object) => Ok(Outcome::Written(Box::new(object))),
        Err(error) => refused(&error, plural, &cluster.server),
    }
}

/// The one place where a write is put into words for the server.
///
/// Sources: kubernetes/apimachinery `pkg/apis/meta/v1/types.go` (PatchOptions); that applies are validated strictly and patches
/// as the server does by itself, helm.sh/helm v4.3.1 `pkg/kube/client.go`.
fn request(path: &str, next: &NextWrite, overrules: bool) -> Result<Request<Vec<u8>>, http::Error> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("dryRun", "All").append_pair("fieldManager", &next.manager);
    let (method, content, body) = match &next.write {
        Write::Apply { is_forced, configuration } => {
            let force = if *is_forced || overrules { "true" } else { "false" };
            query.append_pair("force", force).append_pair("fieldValidation", "Strict");
            (Method::PATCH, "application/apply-patch+yaml", configuration)
        }
        Write::Create(object) => (Method::POST, "application/json", object),
        Write::Patch(patch) => match patch.method {
            patch::Method::StrategicMerge => (Method::PATCH, "application/strategic-merge-patch+json", &patch.body),
            patch::Method::JsonMerge => (Method::PATCH, "application/merge-patch+json", &patch.body),
            patch::Method::Replace => (Method::PUT, "application/json", &patch.body),
        },
    };
    Request::builder()
        .method(method)
        .uri(format!("{path}?{}", query.finish()))
        .header(header::CONTENT_TYPE, content)
        .header(header::ACCEPT, "application/json")
        .body(body.to_string().into_bytes())
}

/// What a refusal says of the write; [`Problem`] where it says only that it may not or cannot be tried.
fn refused(error: &Error, plural: &str, server: &str) -> Result<Outcome, Problem> {
    let Error::Api(status) = error else { return Err(problem::of_request(error, server)) };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let blocked: Vec<Blocked> = causes
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| Blocked { field: cause.field.clone(), message: cause.message.clone() })
        .collect();
    match status.code {
        409 if !blocked.is_empty() => Ok(Outcome::Conflicts(blocked, None)),
        // Admission refuses with the same code as a missing right: what it says would be said to the real write as well.
        403 if status.message.contains("cannot patch resource") => Err(forbidden("patch", plural)),
        403 if status.message.contains("cannot create resource") => Err(forbidden("create", plural)),
        403 if status.message.contains("cannot update resource") => Err(forbidden("update", plural)),
        400 if status.message.contains("does not support dry run") => {
            Err(Problem::new(ProblemKind::Other, &status.message))
        }
        // What is created is not missed; its namespace is.
        404 if status.message.starts_with("namespaces ") => Ok(Outcome::Failed(status.message.clone())),
        400 | 403 | 409 | 413 | 422 => Ok(Outcome::Failed(status.message.clone())),
        _ => Err(problem::of_request(error, server)),
    }
}

fn forbidden(verb: &str, plural: &str) -> Problem {
    Problem::new(ProblemKind::Forbidden, format!("{verb} on {plural} is forbidden"))
        .hint(format!("a dry-run needs the right to write: ask for {verb} on what the release holds"))
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use serde_json::json;

    use super::*;
    use crate::ownership::patch::Patch;

    /// Method, path with query, content type and body of the request for a write.
    #[track_caller]
    fn check(write: Write, overrules: bool, expected: (&str, &str, &str)) {
        let next = NextWrite {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            manager: "a & b".to_owned(),
            write,
        };
        let request = request("/apis/apps/v1/namespaces/shop/deployments/web", &next, overrules).unwrap();
        let content = request.headers()[header::CONTENT_TYPE].to_str().unwrap();
        let path = "/apis/apps/v1/namespaces/shop/deployments/web";
        let uri = request.uri().to_string();
        assert_eq!((request.method().as_str(), uri.strip_prefix(path).unwrap(), content), expected);
        assert_eq!(request.body().as_slice(), b"{\"a\":1}");
    }

    #[test]
    fn every_write_is_a_dry_run() {
        let apply = |is_forced| Write::Apply { is_forced, configuration: json!({"a": 1}) };
        let patch = |method| Write::Patch(Patch { method, body: json!({"a": 1}) });
        let (free, forced) = (
            "?dryRun=All&fieldManager=a+%26+b&force=false&fieldValidation=Strict",
            "?dryRun=All&fieldManager=a+%26+b&force=true&fieldValidation=Strict",
        );
        check(apply(false), false, ("PATCH", free, "application/apply-patch+yaml"));
        check(apply(false), true, ("PATCH", forced, "application/apply-patch+yaml"));
        check(apply(true), false, ("PATCH", forced, "application/apply-patch+yaml"));
        let plain = "?dryRun=All&fieldManager=a+%26+b";
        let strategic = ("PATCH", plain, "application/strategic-merge-patch+json");
        check(patch(patch::Method::StrategicMerge), false, strategic);
        check(patch(patch::Method::JsonMerge), false, ("PATCH", plain, "application/merge-patch+json"));
        check(patch(patch::Method::Replace), false, ("PUT", plain, "application/json"));
        check(Write::Create(json!({"a": 1})), false, ("POST", plain, "application/json"));
    }

    #[test]
    fn a_refusal_is_of_the_write_or_of_the_try() {
        let check = |code: u16, message: &str, causes: Value, expected: Result<Outcome, Problem>| {
            let status = json!({"code": code, "message": message, "reason": "R", "details": {"causes": causes}});
            let status: Status = serde_json::from_value(status).unwrap();
            assert_eq!(refused(&Error::Api(status.boxed()), "deployments", "server"), expected, "{code} {message}");
        };
        let conflict = json!([
            {"reason": "FieldManagerConflict", "message": "conflict with \"kubectl-edit\" using apps/v1", "field": ".spec.replicas"},
            {"reason": "Other", "message": "", "field": ""},
        ]);
        let blocked = Blocked {
            field: ".spec.replicas".to_owned(),
            message: "conflict with \"kubectl-edit\" using apps/v1".to_owned(),
        };
        check(409, "Apply failed with 1 conflict", conflict, Ok(Outcome::Conflicts(vec![blocked], None)));
        let failed = |message: &str| Ok(Outcome::Failed(message.to_owned()));
        check(409, "the object has been modified", json!([]), failed("the object has been modified"));
        check(422, "spec.selector: field is immutable", json!([]), failed("spec.selector: field is immutable"));
        let quota = "deployments.apps \"web\" is forbidden: exceeded quota: small";
        check(403, quota, json!([]), failed(quota));
        let right = "deployments.apps \"web\" is forbidden: User \"u\" cannot patch resource \"deployments\" in API group \"apps\"";
        let problem = Problem::new(ProblemKind::Forbidden, "patch on deployments is forbidden")
            .hint("a dry-run needs the right to write: ask for patch on what the release holds");
        check(403, right, json!([]), Err(problem));
        let create = "secrets is forbidden: User \"u\" cannot create resource \"secrets\" in API group \"\"";
        let problem = Problem::new(ProblemKind::Forbidden, "create on deployments is forbidden")
            .hint("a dry-run needs the right to write: ask for create on what the release holds");
        check(403, create, json!([]), Err(problem));
        check(404, "namespaces \"x\" not found", json!([]), failed("namespaces \"x\" not found"));
        let webhook = "admission webhook \"a.example.com\" does not support dry run";
        check(400, webhook, json!([]), Err(Problem::new(ProblemKind::Other, webhook)));
        check(404, "not found", json!([]), Err(Problem::new(ProblemKind::NotFound, "not found")));
    }
}
