//! One object that somebody names by kind and name.

use http::{Request, header};
use kube::{Client, Error};
use serde_json::Value;

use super::Cluster;
use super::problem;
use super::query::again;
use crate::release::{Problem, ProblemKind};

/// An object as it is.
pub(super) const WHOLE: &str = "application/json";

/// Of a Secret nothing but metadata is read.
pub(super) const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// A kind that the server serves, found by one of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Its group and version, as `apps/v1`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    plural: String,
}

/// The kind that somebody calls so; see [`super::discovery::Discovery::called`].
pub(super) async fn called(cluster: &Cluster, word: &str) -> Result<Option<Called>, Problem> {
    let found = cluster.discovery.called(word).await;
    let found = found.map_err(|error| problem::of_request(&error, &cluster.server))?;
    Ok(found.map(|served| Called {
        api_version: served.resource.api_version,
        kind: served.resource.kind,
        namespaced: served.namespaced,
        plural: served.resource.plural,
    }))
}

/// What is at a path, asked for again while the server says that it is busy; `None` where there is nothing.
pub(super) async fn get(client: &Client, path: &str, accepted: &str) -> Result<Option<Value>, Error> {
    let answer = again(|| {
        let request = Request::get(path).header(header::ACCEPT, accepted).body(Vec::new()).map_err(Error::HttpError);
        async { client.request::<Value>(request?).await }
    });
    match answer.await {
        Ok(object) => Ok(Some(object)),
        Err(Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

/// The object as it is, with its managedFields; `None` where there is none. `namespace` counts where the kind is in one.
pub(super) async fn read(
    cluster: &Cluster,
    called: &Called,
    namespace: &str,
    name: &str,
) -> Result<Option<Value>, Problem> {
    let root = if called.api_version.contains('/') { "/apis" } else { "/api" };
    let place = if called.namespaced { format!("namespaces/{namespace}/") } else { String::new() };
    let path = format!("{root}/{}/{place}{}/{name}", called.api_version, called.plural);
    let is_secret = called.api_version == "v1" && called.kind == "Secret";
    let accepted = if is_secret { METADATA } else { WHOLE };
    match get(&cluster.client, &path, accepted).await {
        Ok(Some(mut object)) => {
            if let (true, Some(fields)) = (is_secret, object.as_object_mut()) {
                fields.insert("apiVersion".to_owned(), called.api_version.clone().into());
                fields.insert("kind".to_owned(), called.kind.clone().into());
            }
            Ok(Some(object))
        }
        Ok(None) => Ok(None),
        Err(Error::Api(status)) if status.code == 403 => {
            Err(Problem::new(ProblemKind::Forbidden, &status.message).hint(format!("ask for get on {}", called.plural)))
        }
        Err(error) => Err(problem::of_request(&error, &cluster.server)),
    }
}
