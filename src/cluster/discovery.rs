//! What the server serves, as far as somebody had to know: one look at a group tells for all of its kinds, and whoever
//! asks meanwhile waits for the same answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::api::{ApiResource, GroupVersionKind};
use kube::{Client, Error};
use serde_json::Value;
use tokio::time::Instant;

/// How often a kind that is not served is looked for again: Flux may be installed while this runs.
pub(super) const ABSENT_PAUSE: Duration = Duration::from_secs(10);

/// How old the look at a group may be. Shorter than the pause, so that of all who come back from one pause the first
/// asks and the others hear the same.
const GROUP_FRESH: Duration = Duration::from_secs(5);

/// How old the look at the kinds of a group may be that lack one. Longer, because a group that is there is rarely given
/// more kinds: an older Flux would else be asked for its newest kinds for ever.
const KINDS_FRESH: Duration = Duration::from_secs(30);

/// A kind that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) resource: ApiResource,
    pub(super) namespaced: bool,
    /// Whether it can be listed and watched: some kinds are only asked, and hold no objects.
    pub(super) watchable: bool,
}

/// What was learnt so far, for as long as the connection lives.
pub(super) struct Discovery {
    client: Client,
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Look>>>>>,
}

/// A document of discovery as it was; `None` where nobody answers.
struct Look {
    at: Instant,
    document: Option<Arc<Value>>,
}

impl Discovery {
    pub(super) fn new(client: Client) -> Self {
        Self { client, known: Mutex::default() }
    }

    /// The kind in this version, or else in the first version of the group that has it, its preferred one first.
    ///
    /// # Errors
    /// Those of the requests.
    pub(super) async fn find(&self, wanted: &GroupVersionKind) -> Result<Option<Served>, Error> {
        if let Some(served) = self.kind(wanted).await? {
            return Ok(Some(served));
        }
        for version in self.versions(&wanted.group).await? {
            let other = GroupVersionKind::gvk(&wanted.group, &version, &wanted.kind);
            if version != wanted.version
                && let Some(served) = self.kind(&other).await?
            {
                return Ok(Some(served));
            }
        }
        Ok(None)
    }

    /// The versions in which a kind is served.
    ///
    /// # Errors
    /// Those of the requests.
    pub(super) async fn versions_of(&self, group: &str, kind: &str) -> Result<Vec<String>, Error> {
        let mut having = Vec::new();
        for version in self.versions(group).await? {
            if self.kind(&GroupVersionKind::gvk(group, &version, kind)).await?.is_some() {
                having.push(version);
            }
        }
        Ok(having)
    }

    async fn kind(&self, wanted: &GroupVersionKind) -> Result<Option<Served>, Error> {
        let GroupVersionKind { group, version, .. } = wanted;
        let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        // A kind that was seen once is taken for served: its list will say so if it is no more.
        for fresh in [Duration::MAX, KINDS_FRESH] {
            let Some(document) = self.look(&path, fresh).await? else { continue };
            if let Some(served) = read_kind(&document, wanted) {
                return Ok(Some(served));
            }
        }
        Ok(None)
    }

    /// The versions of a group, the preferred one first.
    async fn versions(&self, group: &str) -> Result<Vec<String>, Error> {
        if group.is_empty() {
            return Ok(vec!["v1".to_owned()]);
        }
        let Some(document) = self.look(&format!("/apis/{group}"), GROUP_FRESH).await? else { return Ok(Vec::new()) };
        let preferred = document.pointer("/preferredVersion/version").and_then(Value::as_str);
        let all = document.get("versions").and_then(Value::as_array).into_iter().flatten();
        let mut versions: Vec<String> =
            all.filter_map(|version| version.get("version")?.as_str().map(str::to_owned)).collect();
        versions.sort_by_key(|version| Some(version.as_str()) != preferred);
        Ok(versions)
    }

    async fn look(&self, path: &str, fresh: Duration) -> Result<Option<Arc<Value>>, Error> {
        let place = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(path.to_owned()).or_default())
        };
        let mut look = place.lock().await;
        // That nobody answers is never taken for the last word.
        let fresh =
            if look.as_ref().is_some_and(|look| look.document.is_none()) { fresh.min(GROUP_FRESH) } else { fresh };
        if let Some(look) = look.as_ref().filter(|look| look.at.elapsed() < fresh) {
            return Ok(look.document.clone());
        }
        let request = http::Request::get(path).body(Vec::new()).map_err(Error::HttpError)?;
        let document = match self.client.request::<Value>(request).await {
            Ok(document) => Some(Arc::new(document)),
            Err(Error::Api(status)) if status.code == 404 => None,
            Err(error) => return Err(error),
        };
        *look = Some(Look { at: Instant::now(), document: document.clone() });
        Ok(document)
    }
}

/// Source: kubernetes/apimachinery `pkg/apis/meta/v1/types.go` (`APIResourceList`).
fn read_kind(document: &Value, wanted: &GroupVersionKind) -> Option<Served> {
    let resource = document.get("resources")?.as_array()?.iter().find(|resource| {
        let text = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default();
        text("kind") == wanted.kind && !text("name").contains('/')
    })?;
    let verbs: Vec<&str> = resource.get("verbs")?.as_array()?.iter().filter_map(Value::as_str).collect();
    Some(Served {
        resource: ApiResource::from_gvk_with_plural(wanted, resource.get("name")?.as_str()?),
        namespaced: resource.get("namespaced")?.as_bool()?,
        watchable: ["list", "watch"].iter().all(|verb| verbs.contains(verb)),
    })
}
