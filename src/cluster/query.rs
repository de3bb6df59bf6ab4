//! Questions: payloads, one GET each, decoded off the event loop; and how Flux's controllers are doing.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Request;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::api::{Api, ListParams};
use serde::Deserialize;
use tokio::time::sleep;

use super::Cluster;
use super::backoff::retry_after;
use super::problem;
use super::subject::key_of;
use super::values_from;
use crate::release::codec::{self, Driver};
use crate::release::payload::Payload;
use crate::release::{Answer, Controller, Problem, ProblemKind, Query, StoredRef};

/// How often a payload is asked for while the server says that it is busy.
const TRIES: u32 = 4;

/// The storing object with its data as the API's JSON carries it.
#[derive(Debug, Deserialize)]
struct Stored {
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

pub(super) async fn ask(cluster: &Cluster, query: Query) -> Answer {
    let (client, server) = (&cluster.client, cluster.server.as_str());
    match query {
        Query::Summary(object) => {
            let (object, summary) = read(client, server, object, |payload| payload.summary()).await;
            Answer::Summary(object, summary.map(Arc::new))
        }
        Query::Payload(object) => {
            // A large manifest takes long to read: its objects are named here, and not where keys wait.
            let rules = cluster.secrets.clone();
            let named = |payload: Payload| {
                payload.named_objects();
                payload.with_rules(rules)
            };
            let (object, payload) = read(client, server, object, named).await;
            Answer::Payload(object, payload.map(Arc::new))
        }
        Query::Controllers(name) => {
            let found = controllers(client, &name).await;
            Answer::Controllers(name, found.map_err(|error| problem::of_request(&error, server)))
        }
        Query::ValuesFrom(namespace, references) => {
            let sources = values_from::read(client, server, &namespace, references).await;
            Answer::ValuesFrom(namespace, sources)
        }
    }
}

/// The label that Flux puts on what it is made of.
/// Source: fluxcd/flux2 `manifests/install/kustomization.yaml`.
const PART_OF_FLUX: &str = "app.kubernetes.io/part-of=flux";

/// Where Flux is installed unless somebody wants it elsewhere.
const FLUX_NAMESPACE: &str = "flux-system";

async fn controllers(client: &Client, name: &str) -> Result<Vec<Controller>, kube::Error> {
    let params = ListParams::default().labels(PART_OF_FLUX).fields(&format!("metadata.name={name}"));
    let list = match Api::<Deployment>::all(client.clone()).list(&params).await {
        Err(kube::Error::Api(status)) if status.code == 403 => {
            Api::<Deployment>::namespaced(client.clone(), FLUX_NAMESPACE).list(&params).await?
        }
        list => list?,
    };
    let controller = |deployment: Deployment| Controller {
        key: key_of(&deployment.metadata),
        replicas: deployment.spec.and_then(|spec| spec.replicas).unwrap_or(1).into(),
        ready: deployment.status.and_then(|status| status.ready_replicas).unwrap_or(0).into(),
    };
    Ok(list.items.into_iter().map(controller).collect())
}

/// Reads the payload and makes of it what is wanted, and says of which state of the object it is: it may have changed since
/// it was asked for.
async fn read<T: Send + 'static>(
    client: &Client,
    server: &str,
    mut object: StoredRef,
    make: impl FnOnce(Payload) -> T + Send + 'static,
) -> (StoredRef, Result<T, Problem>) {
    let stored = match get(client, server, &object).await {
        Ok(stored) => stored,
        Err(problem) => return (object, Err(problem)),
    };
    if let Some(version) = stored.metadata.resource_version {
        object.resource_version = version;
    }
    if let Some(uid) = stored.metadata.uid {
        object.uid = uid;
    }
    let driver = object.driver;
    let mut data = stored.data;
    let Some(field) = data.remove(codec::DATA_KEY) else {
        let cause = format!("the object has no field \"{}\"", codec::DATA_KEY);
        return (object, Err(Problem::new(ProblemKind::Malformed, cause)));
    };
    let decoded = tokio::task::spawn_blocking(move || codec::decode(driver, field.as_bytes()).map(make)).await;
    let payload = match decoded {
        Ok(Ok(payload)) => Ok(payload),
        Ok(Err(error)) => Err(Problem::new(ProblemKind::Malformed, &error).hint(error.hint())),
        Err(error) => Err(Problem::new(ProblemKind::Other, error)),
    };
    (object, payload)
}

async fn get(client: &Client, server: &str, object: &StoredRef) -> Result<Stored, Problem> {
    let plural = match object.driver {
        Driver::Secret => "secrets",
        Driver::ConfigMap => "configmaps",
    };
    let path = format!("/api/v1/namespaces/{}/{plural}/{}", object.key.namespace, object.key.name);
    let ask = |request| client.request(request);
    patiently(server, &path, ask).await
}

/// Gets a path, again while the server says that it is busy, a few times.
pub(super) async fn patiently<T, F: Future<Output = Result<T, kube::Error>>>(
    server: &str,
    path: &str,
    ask: impl Fn(Request<Vec<u8>>) -> F,
) -> Result<T, Problem> {
    let get = || Request::get(path).body(Vec::new()).map_err(kube::Error::HttpError);
    let asked = again(|| {
        let asked = get().map(&ask);
        async move { asked?.await }
    });
    asked.await.map_err(|error| problem::of_request(&error, server))
}

/// Asks, and again while the server says that it is busy, a few times.
pub(super) async fn again<T, F: Future<Output = Result<T, kube::Error>>>(
    ask: impl Fn() -> F,
) -> Result<T, kube::Error> {
    let mut tries = TRIES;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => match retry_after(&error).filter(|_| tries > 1) {
                Some(pause) => sleep(pause).await,
                None => return Err(error),
            },
        }
        tries -= 1;
    }
}
