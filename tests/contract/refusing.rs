//! What the demo does not do, although a real server does: it says so.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower_service::Service as _;

use wheelhouse::demo::server::Server;

/// Code, reason and message of the answer to the administrator.
async fn check(method: &str, path: &str, accept: &str, expected: (u16, &str, &str)) {
    let server = Server::new(Timestamp::UNIX_EPOCH);
    server.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "shop"}}));
    let request =
        Request::builder().method(method).uri(path).header("accept", accept).body(Full::new(Bytes::new())).unwrap();
    let answer = server.client("administrator").call(request).await.unwrap();
    let code = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let said = (code, body["reason"].as_str().unwrap(), body["message"].as_str().unwrap());
    assert_eq!(said, expected, "{method} {path}");
    assert_eq!((body["kind"].as_str(), body["code"].as_u64()), (Some("Status"), Some(code.into())), "{method} {path}");
}

pub async fn writes() {
    for (method, path, verb, kind) in [
        ("DELETE", "/api/v1/namespaces/shop/pods", "deletecollection", "pods"),
        (
            "DELETE",
            "/apis/helm.toolkit.fluxcd.io/v2/namespaces/shop/helmreleases",
            "deletecollection",
            "helmreleases.helm.toolkit.fluxcd.io",
        ),
    ] {
        let message = format!("{verb} is not supported on resources of kind \"{kind}\"");
        check(method, path, "application/json", (405, "MethodNotAllowed", &message)).await;
    }
}

pub async fn what_is_not_done_truthfully() {
    let json = "application/json";
    let refused = |what: &str| format!("the demo does not do this: {what}");
    for (path, what) in [
        ("/", "the list of all paths"),
        ("/metrics", "metrics"),
        ("/openapi/v2", "openapi"),
        ("/api/v1/namespaces/shop/pods/one/exec", "pods exec"),
    ] {
        check("GET", path, json, (501, "NotImplemented", &refused(what))).await;
    }
    for accept in
        ["application/json;as=Table;g=meta.k8s.io;v=v1", "application/vnd.kubernetes.protobuf", "application/yaml"]
    {
        let message = "only the following media types are accepted: application/json";
        check("GET", "/api/v1/namespaces/shop/pods", accept, (406, "NotAcceptable", message)).await;
    }
}
