//! Writes that the demo keeps, and what can go wrong with one on its way.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower_service::Service as _;
use wheelhouse::demo::server::{ObjectRef, Server};

use crate::faults::{Fault, Faulty};

const SECRETS: &str = "/api/v1/namespaces/shop/secrets";

fn server() -> Server {
    let server = Server::new(Timestamp::UNIX_EPOCH);
    server.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}));
    server
}

fn secret(value: &str) -> Value {
    let metadata = json!({"name": "one", "namespace": "shop"});
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": {"a": value}})
}

/// The code of the answer, or how it broke.
async fn ask(link: &Faulty, method: Method, path: &str, body: &Value) -> Result<u16, String> {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.body(Full::new(Bytes::from(body.to_string()))).unwrap();
    let answer = link.clone().call(request).await.map_err(|error| error.to_string())?;
    let code = answer.status().as_u16();
    answer.into_body().collect().await.map_err(|error| error.to_string())?;
    Ok(code)
}

/// What is stored of the Secret, as version and value.
fn stored(server: &Server) -> Option<(String, String)> {
    let object = server.get(&ObjectRef::of(&secret("")).unwrap())?;
    let text = |at: &str| object.pointer(at).unwrap().as_str().unwrap().to_owned();
    Some((text("/metadata/resourceVersion"), text("/data/a")))
}

#[tokio::test(start_paused = true)]
async fn each_write_goes_wrong_in_its_own_way() {
    let server = server();
    let link = Faulty::new(server.client("administrator"));
    link.fail_write(1, Fault::Break);
    link.fail_write(2, Fault::Lose);
    link.fail_write(3, Fault::Refuse(429, Some(1)));
    link.fail_write(4, Fault::Hang);
    let again = server.clone();
    link.before_write(5, move || again.put(secret("Yw==")));
    let path = format!("{SECRETS}/one");
    let tried = format!("{path}?dryRun=All");
    assert_eq!(ask(&link, Method::POST, SECRETS, &secret("YQ==")).await, Err("connection refused".to_owned()));
    assert_eq!(stored(&server), None);
    // It was done all the same.
    assert_eq!(ask(&link, Method::POST, SECRETS, &secret("YQ==")).await, Err("connection reset by peer".to_owned()));
    assert_eq!(stored(&server), Some(("3".to_owned(), "YQ==".to_owned())));
    assert_eq!(ask(&link, Method::PUT, &tried, &secret("Yg==")).await, Ok(200));
    assert_eq!(ask(&link, Method::PUT, &path, &secret("Yg==")).await, Ok(429));
    let other = secret("Yg==");
    let hanging = tokio::time::timeout(Duration::from_secs(60), ask(&link, Method::PUT, &path, &other));
    assert!(hanging.await.is_err());
    let mut seen = secret("Yg==");
    seen["metadata"]["resourceVersion"] = json!("3");
    assert_eq!(ask(&link, Method::PUT, &path, &seen).await, Ok(409));
    assert_eq!(stored(&server), Some(("4".to_owned(), "Yw==".to_owned())));
    assert_eq!(ask(&link, Method::PUT, &path, &secret("Yg==")).await, Ok(200));
    assert_eq!(stored(&server), Some(("5".to_owned(), "Yg==".to_owned())));
    let line = |method: &str, path: &str| format!("{method} {path}");
    let put = line("PUT", &path);
    let expected = [line("POST", SECRETS), line("POST", SECRETS), put.clone(), put.clone(), put.clone(), put];
    assert_eq!(link.kept(), expected);
}

/// A HelmRelease that was suspended by hand.
fn helm_release() -> Value {
    let metadata = json!({"name": "web", "namespace": "shop"});
    let spec = json!({"interval": "1h", "chart": {"spec": {"chart": "web", "sourceRef": {"kind": "HelmRepository", "name": "r"}}}});
    json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata, "spec": spec})
}

#[test]
fn a_controller_writes_the_status_alone() {
    let server = server();
    let made = server.write("kubectl", None, &helm_release()).unwrap();
    assert_eq!(made["metadata"]["generation"], 1);
    let mut seen = Value::clone(&made);
    seen["status"] = json!({"observedGeneration": 1});
    seen["spec"]["suspend"] = json!(true);
    let written = server.write("helm-controller", Some("status"), &seen).unwrap();
    let mut expected = Value::clone(&made);
    expected["status"] = json!({"observedGeneration": 1});
    expected["metadata"]["resourceVersion"] = json!("4");
    let entry = json!({
        "manager": "helm-controller", "operation": "Update", "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "time": "1970-01-01T00:00:00Z", "fieldsType": "FieldsV1", "subresource": "status",
        "fieldsV1": {"f:status": {"f:observedGeneration": {}}},
    });
    expected["metadata"]["managedFields"].as_array_mut().unwrap().insert(0, entry);
    assert_eq!(*written, expected);
    // What was seen is no more.
    let refused = server.write("helm-controller", Some("status"), &seen).unwrap_err();
    assert_eq!(refused.code, 409);
}
