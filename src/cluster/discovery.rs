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

    /// The kind that somebody calls so, as kubectl takes it: `deploy`, `Deployment`, `deployments.apps`, `deployment.v1.apps`. Of
    /// several that are called alike, that of the core group, or else of the group that the server names first.
    ///
    /// # Errors
    /// Those of the requests, where no group that answered has such a kind.
    pub(super) async fn called(&self, word: &str) -> Result<Option<Served>, Error> {
        let word = word.to_ascii_lowercase();
        let (name, wanted) = match word.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (word.as_str(), None),
        };
        let mut failed = None;
        for (group, version, path) in self.preferred(wanted).await? {
            match self.look(&path, KINDS_FRESH).await {
                Ok(Some(document)) => {
                    if let Some(served) = read_called(&document, &group, &version, name) {
                        return Ok(Some(served));
                    }
                }
                Ok(None) => {}
                // A group whose server is down must not hide the others.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    /// Groups with the version to look at and its path: all of them, or those that `group` or `version.group` means.
    async fn preferred(&self, wanted: Option<&str>) -> Result<Vec<(String, String, String)>, Error> {
        let core = (String::new(), "v1".to_owned(), "/api/v1".to_owned());
        let Some(document) = self.look("/apis", GROUP_FRESH).await? else { return Ok(vec![core]) };
        let mut all = if wanted.is_none_or(|wanted| wanted == "v1") { vec![core] } else { Vec::new() };
        for group in document.get("groups").and_then(Value::as_array).into_iter().flatten() {
            let name = group.get("name").and_then(Value::as_str).unwrap_or_default();
            let versions = group.get("versions").and_then(Value::as_array).into_iter().flatten();
            let named = |version: &str| wanted == Some(&format!("{version}.{name}"));
            let versions = versions.filter_map(|version| version.get("version")?.as_str());
            let asked = versions.into_iter().find(|version| named(version));
            let preferred = group.pointer("/preferredVersion/version").and_then(Value::as_str);
            let is_wanted = asked.is_some() || wanted.is_none_or(|wanted| wanted == name);
            if let (Some(version), true) = (asked.or(preferred), is_wanted) {
                all.push((name.to_owned(), version.to_owned(), format!("/apis/{name}/{version}")));
            }
        }
        Ok(all)
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

/// A kind by its plural, singular or short name, or its own, in small letters.
fn read_called(document: &Value, group: &str, version: &str, name: &str) -> Option<Served> {
    let resource = document.get("resources")?.as_array()?.iter().find(|resource| {
        let text = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let mut short = resource.get("shortNames").and_then(Value::as_array).into_iter().flatten();
        let is_called = ["name", "singularName", "kind"].iter().any(|key| text(key) == name);
        !name.is_empty()
            && !text("name").contains('/')
            && (is_called || short.any(|short| short.as_str() == Some(name)))
    })?;
    let kind = resource.get("kind")?.as_str()?;
    read_kind(document, &GroupVersionKind::gvk(group, version, kind))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_is_read_with_its_place_and_whether_it_holds_objects() {
        let document = json!({"resources": [
            {"name": "pods/log", "kind": "Pod", "namespaced": true, "verbs": ["get"]},
            {"name": "pods", "kind": "Pod", "namespaced": true, "verbs": ["get", "list", "watch"]},
            {"name": "tokenreviews", "kind": "TokenReview", "namespaced": false, "verbs": ["create"]},
        ]});
        let check = |kind: &str, expected: Option<(&str, bool, bool)>| {
            let found = read_kind(&document, &GroupVersionKind::gvk("", "v1", kind));
            let found = found.as_ref();
            let told = found.map(|served| (served.resource.plural.as_str(), served.namespaced, served.watchable));
            assert_eq!(told, expected, "{kind}");
        };
        check("Pod", Some(("pods", true, true)));
        check("TokenReview", Some(("tokenreviews", false, false)));
        check("Node", None);
    }

    #[test]
    fn a_kind_is_found_by_every_name_that_it_has() {
        let document = json!({"resources": [
            {"name": "pods/log", "singularName": "", "kind": "Pod", "namespaced": true, "verbs": ["get"]},
            {"name": "pods", "singularName": "pod", "shortNames": ["po"], "kind": "Pod", "namespaced": true, "verbs": []},
            {"name": "gateways", "singularName": "", "kind": "Gateway", "namespaced": true, "verbs": []},
        ]});
        let check = |name: &str, expected: Option<&str>| {
            let found = read_called(&document, "", "v1", name);
            assert_eq!(found.map(|served| served.resource.plural).as_deref(), expected, "{name}");
        };
        for name in ["po", "pod", "pods"] {
            check(name, Some("pods"));
        }
        check("gateway", Some("gateways"));
        check("pods/log", None);
        check("", None);
    }
}
