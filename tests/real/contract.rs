//! What a real API server says in the stories to which the demo is held.
//!
//! `UPDATE_CONTRACT=1` writes down what it says now.

#[path = "../contract/suite/mod.rs"]
pub mod suite;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kube::client::ConfigExt;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

use crate::Case;
use crate::cluster::{Cluster, User};
use suite::{Answer, Side};

pub const CASES: &[Case] = &[
    Case::shared("discovery", |cluster| hold(cluster, "discovery")),
    Case::shared("openapi", |cluster| hold(cluster, "openapi")),
    Case::shared("reading", |cluster| hold(cluster, "reading")),
    Case::shared("options", |cluster| hold(cluster, "options")),
    Case::shared("selecting", |cluster| hold(cluster, "selecting")),
    Case::shared("accepting", |cluster| hold(cluster, "accepting")),
    Case::shared("rights", |cluster| hold(cluster, "rights")),
    Case::shared("watching", |cluster| hold(cluster, "watching")),
    Case::shared("creating", |cluster| hold(cluster, "creating")),
    Case::shared("workloads", |cluster| hold(cluster, "workloads")),
    Case::shared("replacing", |cluster| hold(cluster, "replacing")),
    Case::shared("patching", |cluster| hold(cluster, "patching")),
    Case::shared("deleting", |cluster| hold(cluster, "deleting")),
    // Restarts the API server.
    Case::exclusive("forgetting", |cluster| hold(cluster, "forgetting")),
];

fn hold(cluster: &'static Cluster, subject: &str) {
    assert_eq!(CASES.len(), suite::SUBJECTS.len(), "a subject is told to the demo alone");
    let (_, cases) = suite::SUBJECTS.iter().find(|(name, _)| *name == subject).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let transcripts = runtime.block_on(async {
        let real = Real::connect(cluster).await;
        suite::tell(&real, cases()).await
    });
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        suite::write_golden(subject, &transcripts);
        return;
    }
    let golden = suite::golden(subject);
    for (case, said) in &transcripts {
        suite::check(case, said, golden.get(case).unwrap_or(&Value::Null));
    }
    assert_eq!(golden.len(), transcripts.len(), "cases of {subject}");
}

/// The API server, without anything of a client that would change requests or answers.
struct Real {
    cluster: &'static Cluster,
    server: String,
    client: Client<hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>, Full<Bytes>>,
}

impl Real {
    async fn connect(cluster: &'static Cluster) -> Self {
        let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig(User::Admin)).unwrap();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let connector = config.rustls_https_connector().unwrap();
        Self {
            cluster,
            server: cluster.server(),
            client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector),
        }
    }

    async fn write(&self, method: &str, path: &str, body: Option<&Value>) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/apply-patch+yaml")
            .body(Full::new(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default()))
            .unwrap();
        let answer = self.send(User::Admin.name(), request).await;
        let code = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(code.is_success(), "{method} {path}: {code} {}", String::from_utf8_lossy(&body));
    }
}

/// Where an object lies. The plurals of the kinds that stories write are regular.
fn path(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let version = text("/apiVersion").unwrap();
    let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
    let place = text("/metadata/namespace").map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
    format!("{root}{place}/{}s/{}", text("/kind").unwrap().to_lowercase(), text("/metadata/name").unwrap())
}

impl Side for Real {
    async fn put(&self, object: &Value) {
        let path = path(object) + "?fieldManager=contract&force=true";
        self.write("PATCH", &path, Some(object)).await;
    }

    async fn remove(&self, object: &Value) {
        self.write("DELETE", &path(object), None).await;
    }

    async fn send(&self, user: &str, mut request: Request<Full<Bytes>>) -> Answer {
        *request.uri_mut() = format!("{}{}", self.server, request.uri()).parse::<Uri>().unwrap();
        let known = User::ALL.into_iter().find(|known| known.name() == user);
        let token = known.map_or_else(|| user.to_owned(), |user| self.cluster.token(user));
        request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        let answer = self.client.request(request).await.unwrap();
        answer.map(|body| body.map_err(Into::into).boxed_unsync())
    }

    /// Its time passes by itself, while the story reads on.
    async fn pass(&self, _: i64) {}

    async fn forget(&self) {
        // Waits and writes in its own blocking way.
        let cluster = self.cluster;
        let forgotten = tokio::task::spawn_blocking(move || {
            cluster.expire_watches();
            // A server that has just started makes the storage of custom kinds first.
            let path = "/apis/source.toolkit.fluxcd.io/v1/externalartifacts?watch=1&timeoutSeconds=1";
            let served = || cluster.request(User::Admin, "GET", path, None).status == 200;
            cluster.wait("the custom kinds to be served again", Duration::from_secs(60), served);
        });
        forgotten.await.unwrap();
    }
}
