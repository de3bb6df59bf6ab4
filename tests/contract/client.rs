//! The demo behind the client that the program uses.

use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

use wheelhouse::demo::server::{ObjectRef, Server};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn secret(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"}, "type": "Opaque"})
}

fn with(names: &[&str]) -> Server {
    let server = Server::new(NOW);
    names.iter().for_each(|name| server.put(secret(name)));
    server
}

fn secrets(server: &Server, user: &str) -> Api<Secret> {
    Api::all(Client::new(server.client(user), "default"))
}

pub async fn pages_are_one_list() {
    let server = with(&["a", "b", "c", "d", "e"]);
    let api = secrets(&server, "administrator");
    let mut names = Vec::new();
    let mut params = ListParams::default().limit(2);
    loop {
        let page = api.list_metadata(&params).await.unwrap();
        names.push(page.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>());
        server.put(secret("aa"));
        params.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
        if params.continue_token.is_none() {
            break;
        }
    }
    assert_eq!(names, [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
}

pub async fn a_watch_goes_on() {
    let server = with(&["a"]);
    let api = secrets(&server, "administrator");
    let version = api.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let params = WatchParams::default().timeout(90);
    let events = api.watch_metadata(&params, &version).await.unwrap();
    server.put(secret("b"));
    server.remove(&ObjectRef::of(&secret("a")).unwrap());
    assert_eq!(server.next(), Some(NOW + SignedDuration::from_secs(60)));
    server.advance(NOW + SignedDuration::from_secs(61));
    assert_eq!(server.next(), Some(NOW + SignedDuration::from_secs(88)));
    server.advance(NOW + SignedDuration::from_secs(90));
    assert_eq!(server.next(), None);
    let told: Vec<String> = events
        .map_ok(|event| match event {
            WatchEvent::Added(object) => format!("added {}", object.name_any()),
            WatchEvent::Modified(object) => format!("modified {}", object.name_any()),
            WatchEvent::Deleted(object) => format!("deleted {}", object.name_any()),
            WatchEvent::Bookmark(mark) => format!("bookmark {}", mark.metadata.resource_version),
            WatchEvent::Error(status) => format!("error {}", status.code),
        })
        .try_collect()
        .await
        .unwrap();
    assert_eq!(told, ["added b", "deleted a", "bookmark 4"]);
}

pub async fn a_refusal_is_an_error() {
    let server = with(&[]);
    for (user, code, reason) in [("viewer", 403, "Forbidden"), ("stranger", 401, "Unauthorized")] {
        let error = secrets(&server, user).list(&ListParams::default()).await.unwrap_err();
        let kube::Error::Api(status) = error else { panic!("{error}") };
        assert_eq!((status.code, status.reason.as_str()), (code, reason));
    }
}

/// kube's watcher lists, watches, is told that it is too late, and begins again.
pub async fn a_watcher_keeps_up() {
    let server = with(&["a"]);
    let mut events = watcher(secrets(&server, "administrator"), watcher::Config::default()).boxed();
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "ready") {
        told.push(describe(events.next().await.unwrap()));
    }
    server.put(secret("b"));
    told.push(describe(events.next().await.unwrap()));
    assert_eq!(told, ["begin", "found a", "ready", "found b"]);
}

fn describe(event: Result<watcher::Event<Secret>, watcher::Error>) -> String {
    match event.unwrap() {
        watcher::Event::Init => "begin".to_owned(),
        watcher::Event::InitApply(object) | watcher::Event::Apply(object) => format!("found {}", object.name_any()),
        watcher::Event::InitDone => "ready".to_owned(),
        watcher::Event::Delete(object) => format!("lost {}", object.name_any()),
    }
}

pub async fn discovery_names_the_kinds() {
    let client = Client::new(with(&[]).client("nobody"), "default");
    assert_eq!(client.apiserver_version().await.unwrap().git_version, "v1.36.3+demo");
    let discovery = kube::discovery::Discovery::new(client).run().await.unwrap();
    let mut groups: Vec<&str> = discovery.groups().map(kube::discovery::ApiGroup::name).collect();
    groups.sort_unstable();
    let expected = [
        "",
        "apiextensions.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "certs.example.com",
        "dashboards.example.com",
        "helm.toolkit.fluxcd.io",
        "kustomize.toolkit.fluxcd.io",
        "networking.k8s.io",
        "policy",
        "source.toolkit.fluxcd.io",
    ];
    assert_eq!(groups, expected);
}
