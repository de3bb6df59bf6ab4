//! The client against a server in memory: what it asks for, what it makes of the answers, and what it does when they fail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wheelhouse::cluster::{Cluster, Watch};
use wheelhouse::demo::server::{ObjectRef, Server};
use wheelhouse::release::codec::Driver;
use wheelhouse::release::{
    Answer, Catalog, Change, ContextEntry, Event, FeedKind, FeedState, Inventory, LiveObject, ObjectId, ObjectKey,
    Part, ProblemKind, Query, Resource, Scope, StoredRef,
};

use crate::faults::{Fault, Faulty};
use crate::stage::start;

const SECRETS: FeedKind = FeedKind::Storage(Driver::Secret, Part::Current);

/// A server, a connection to it, and what was learnt over it.
pub struct Story {
    pub server: Server,
    pub line: Faulty,
    pub cluster: Cluster,
    watch: Option<Watch>,
    pub catalog: Catalog,
    pub seen: Seen,
    now: Timestamp,
}

/// What was told beyond the releases.
#[derive(Default)]
pub struct Seen {
    pub objects: BTreeMap<ObjectId, Arc<LiveObject>>,
    pub events: BTreeMap<ObjectKey, Event>,
    pub inventory: BTreeMap<Resource, FeedState>,
}

impl Seen {
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Object(object) => drop(self.objects.insert(object.id.clone(), Arc::clone(object))),
            Change::ObjectGone(id, _) => drop(self.objects.remove(id)),
            Change::Event(event) => drop(self.events.insert(event.key.clone(), (**event).clone())),
            Change::EventGone(key) => drop(self.events.remove(key)),
            Change::Inventory(resource, state) => drop(self.inventory.insert(resource.clone(), state.clone())),
            _ => {}
        }
    }

    /// Kind, namespace and name of the objects.
    pub fn names(&self) -> Vec<String> {
        self.objects.keys().map(|id| format!("{} {}/{}", id.kind, id.namespace, id.name)).collect()
    }
}

impl Story {
    pub fn new(user: &str) -> Self {
        let server = Server::new(start());
        for namespace in ["checkout", "payments", "shop"] {
            server.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        let line = Faulty::new(server.client(user));
        let cluster = connect(line.clone(), user);
        let (catalog, seen) = (Catalog::default(), Seen::default());
        Self { server, line, cluster, watch: None, catalog, seen, now: start() }
    }

    pub fn store(self, namespace: &str, name: &str, revision: u32, status: &str) -> Self {
        self.server.put(secret(namespace, name, revision, status));
        self
    }

    pub fn watch(mut self, scope: Scope) -> Self {
        self.watch = Some(self.cluster.watch(scope));
        self
    }

    /// Opens a release with these objects, in the namespace `shop`.
    pub fn inspect(mut self, objects: &[(&str, &str, Option<&str>, &[&str])]) -> Self {
        self.watch = Some(self.cluster.inspect(inventory(objects)));
        self
    }

    /// Takes in what comes until the catalog is as wanted.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Catalog) -> bool) {
        self.take(what, |story| wanted(&story.catalog)).await;
    }

    /// Takes in what comes until exactly these objects are there.
    pub async fn wait_for_objects(&mut self, names: &[String]) {
        self.take(&format!("the objects {names:?}"), |story| story.seen.names() == names).await;
    }

    /// Takes in what comes until all is as wanted.
    pub async fn take(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        // Generous, and on a clock that only runs while nothing else does.
        let ends = tokio::time::Instant::now() + Duration::from_secs(600);
        while !wanted(self) {
            tokio::select! {
                changes = self.watch.as_mut().unwrap().next() => {
                    assert!(!changes.is_empty(), "the watch ended; waited for {what}");
                    for change in changes {
                        self.seen.apply(&change);
                        self.catalog.apply(change);
                    }
                }
                () = tokio::time::sleep_until(ends) => panic!(
                    "waited for {what}; feeds: {:#?}\nrows: {:?}\nobjects: {:?}\ninventory: {:#?}",
                    self.catalog.feeds(),
                    rows(&self.catalog),
                    self.seen.names(),
                    self.seen.inventory,
                ),
            }
        }
    }

    pub async fn live(&mut self) {
        self.until("every list to end", |catalog| {
            !catalog.feeds().is_empty() && catalog.feeds().values().all(|state| *state != FeedState::Loading)
        })
        .await;
    }

    /// Lets time pass for the server.
    pub fn advance(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.server.advance(self.now);
    }

    /// What was learnt is what a fresh read learns.
    async fn equals_a_fresh_read(&self) {
        let cluster = connect(Faulty::new(self.server.client("administrator")), "administrator");
        let mut fresh = Catalog::default();
        let mut read = cluster.read(Scope::All);
        loop {
            let changes = read.next().await;
            if changes.is_empty() {
                break;
            }
            changes.into_iter().for_each(|change| fresh.apply(change));
        }
        assert_eq!(rows(&self.catalog), rows(&fresh));
    }

    fn state(&self, kind: FeedKind) -> Option<&FeedState> {
        self.catalog.feeds().iter().find(|(feed, _)| feed.kind == kind).map(|(_, state)| state)
    }
}

pub fn connect(line: Faulty, user: &str) -> Cluster {
    let entry = ContextEntry {
        name: "memory".to_owned(),
        cluster: "memory".to_owned(),
        user: user.to_owned(),
        namespace: Some("checkout".to_owned()),
    };
    let payments =
        ContextEntry { name: "payments".to_owned(), namespace: Some("payments".to_owned()), ..entry.clone() };
    Cluster::over(line, entry, &[payments], "memory://")
}

/// apiVersion, kind, namespace and names of what a release in `shop` holds.
pub fn inventory(objects: &[(&str, &str, Option<&str>, &[&str])]) -> Inventory {
    let objects = objects.iter().map(|(api_version, kind, namespace, names)| {
        let named = names.iter().map(|name| (*name).to_owned()).collect();
        (resource(api_version, kind, *namespace), named)
    });
    Inventory { namespace: "shop".to_owned(), objects: objects.collect() }
}

pub fn resource(api_version: &str, kind: &str, namespace: Option<&str>) -> Resource {
    Resource { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace: namespace.map(str::to_owned) }
}

/// Release, revision and status of every row.
pub fn rows(catalog: &Catalog) -> Vec<String> {
    let mut rows: Vec<String> = catalog
        .releases()
        .iter()
        .map(|row| {
            let revision = row.revision.map_or(0, |revision| revision.get());
            let status = row.status.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{}/{} {revision} {status} of {}", row.namespace, row.id.name, row.revisions)
        })
        .collect();
    rows.sort();
    rows
}

pub fn has(row: &str) -> impl Fn(&Catalog) -> bool + '_ {
    move |catalog| rows(catalog).iter().any(|other| other == row)
}

fn secret(namespace: &str, name: &str, revision: u32, status: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {
            "namespace": namespace, "name": format!("sh.helm.release.v1.{name}.v{revision}"),
            "labels": {"owner": "helm", "name": name, "status": status, "version": revision.to_string()},
        },
        "data": {"release": "bm90IHJlYWQgaGVyZQ=="},
    })
}

fn stored(namespace: &str, name: &str, revision: u32) -> ObjectRef {
    ObjectRef {
        api_version: "v1".to_owned(),
        kind: "Secret".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: format!("sh.helm.release.v1.{name}.v{revision}"),
    }
}

#[tokio::test(start_paused = true)]
async fn long_lists_come_in_pages() {
    let mut story = Story::new("administrator");
    for number in 0..1201 {
        story = story.store("shop", &format!("release-{number}"), 1, "deployed");
    }
    story = story.watch(Scope::All);
    story.live().await;
    assert_eq!(rows(&story.catalog).len(), 1201);
    let lists = story.line.asked("/secrets?");
    let current: Vec<_> =
        lists.iter().filter(|path| path.contains("%21%3Dsuperseded") && !path.contains("watch=")).collect();
    assert_eq!(current.len(), 3, "{current:#?}");
    assert!(current.iter().all(|path| path.contains("limit=500")));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_too_old_begins_the_list_again() {
    let mut story = Story::new("administrator");
    for number in 0..700 {
        story = story.store("shop", &format!("release-{number}"), 1, "deployed");
    }
    story.line.fail("continue=", Fault::Refuse(410, None), 1);
    story = story.watch(Scope::All);
    story.live().await;
    story.equals_a_fresh_read().await;
    assert_eq!(rows(&story.catalog).len(), 700);
}

#[tokio::test(start_paused = true)]
async fn payloads_stay_where_they_are_until_somebody_asks() {
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed").watch(Scope::All);
    story.live().await;
    assert_eq!(story.line.asked("/secrets/"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_what_comes_changes_and_goes() {
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed").watch(Scope::All);
    story.live().await;
    assert_eq!(rows(&story.catalog), ["shop/cart 1 deployed of 1"]);
    story.server.put(secret("shop", "cart", 2, "pending-upgrade"));
    story.until("the new revision", has("shop/cart 2 pending-upgrade of 2")).await;
    story.server.put(secret("shop", "cart", 1, "superseded"));
    story.server.put(secret("shop", "cart", 2, "deployed"));
    story.until("its end", has("shop/cart 2 deployed of 2")).await;
    story.server.remove(&stored("shop", "cart", 1));
    story.until("history to be pruned", has("shop/cart 2 deployed of 1")).await;
    story.server.remove(&stored("shop", "cart", 2));
    story.until("the release to go", |catalog| rows(catalog).is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_the_server_ends_goes_on_where_it_was() {
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed").watch(Scope::All);
    story.live().await;
    let lists = |story: &Story| story.line.asked("/secrets?").iter().filter(|path| !path.contains("watch=")).count();
    let before = lists(&story);
    for _ in 0..5 {
        story.advance(60);
    }
    story.server.put(secret("shop", "cart", 2, "deployed"));
    story.until("news after the end", has("shop/cart 2 deployed of 2")).await;
    assert_eq!(lists(&story), before, "no list is read again");
    assert!(story.line.asked("watch=").iter().filter(|path| path.contains("/secrets?")).count() >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_bookmark_keeps_a_quiet_watch_young() {
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed").watch(Scope::All);
    story.live().await;
    // Much happens elsewhere, and nothing here.
    for number in 0..50 {
        let metadata = json!({"namespace": "shop", "name": format!("other-{number}")});
        story.server.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}));
    }
    for _ in 0..5 {
        story.advance(60);
    }
    story.server.put(secret("shop", "cart", 2, "deployed"));
    story.until("news after the end", has("shop/cart 2 deployed of 2")).await;
    let from: Vec<u64> = story
        .line
        .asked("/secrets?")
        .iter()
        .filter(|path| path.contains("watch="))
        .filter_map(|path| path.split("resourceVersion=").nth(1)?.split('&').next()?.parse().ok())
        .collect();
    assert!(matches!(from[..], [first, second] if second >= first + 50), "{from:?}");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_forgotten_is_listed_anew_and_what_went_meanwhile_is_gone() {
    let mut story = Story::new("administrator")
        .store("shop", "cart", 1, "deployed")
        .store("shop", "left", 1, "deployed")
        .watch(Scope::All);
    story.live().await;
    // The link is dead while a release goes, another comes, and the server forgets.
    story.line.fail("watch=", Fault::Break, 6);
    story.advance(300);
    tokio::time::sleep(Duration::from_millis(1)).await;
    story.server.remove(&stored("shop", "left", 1));
    story.server.put(secret("shop", "new", 1, "deployed"));
    story.server.compact();
    story
        .until("the new list", |catalog| rows(catalog) == ["shop/cart 1 deployed of 1", "shop/new 1 deployed of 1"])
        .await;
    story.equals_a_fresh_read().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_in_an_event_loses_nothing() {
    for fault in [Fault::Cut(40), Fault::Cut(0), Fault::End(40), Fault::End(0), Fault::Trickle] {
        let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed");
        story.line.fail("watch=", fault, 3);
        story = story.watch(Scope::All);
        story.live().await;
        for revision in 2..6 {
            story.server.put(secret("shop", "cart", revision, "deployed"));
        }
        story.until(&format!("the last revision after {fault:?}"), has("shop/cart 5 deployed of 5")).await;
        story.equals_a_fresh_read().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_breaks_is_stale_and_comes_again() {
    for fault in [Fault::Refuse(500, None), Fault::Refuse(429, Some(2)), Fault::Break, Fault::Cut(100), Fault::End(100)]
    {
        let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed");
        story.line.fail("/secrets?", fault, 1);
        story = story.watch(Scope::All);
        story
            .until(&format!("{fault:?} to be said"), |catalog| {
                catalog.feeds().values().any(|state| matches!(state, FeedState::Stale { .. }))
            })
            .await;
        story
            .until(&format!("the end of {fault:?}"), |catalog| {
                has("shop/cart 1 deployed of 1")(catalog)
                    && catalog.feeds().values().all(|state| *state == FeedState::Live)
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_given_the_time_that_it_asks_for() {
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed");
    story.line.fail("/secrets?", Fault::Refuse(429, Some(5)), 1);
    let began = tokio::time::Instant::now();
    story = story.watch(Scope::All);
    story.until("the row", has("shop/cart 1 deployed of 1")).await;
    assert!(began.elapsed() >= Duration::from_secs(5), "asked again after {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_may_not_read_secrets_is_shown_what_workloads_tell() {
    let mut story = Story::new("viewer").store("shop", "cart", 1, "deployed");
    story.server.put(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "namespace": "shop", "name": "cart", "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop"},
        },
    }));
    story = story.watch(Scope::All);
    story.until("the inferred row", has("shop/cart 0  of 0")).await;
    story.live().await;
    assert_eq!(story.state(SECRETS), Some(&FeedState::Forbidden));
}

/// What the list keeps of managed fields is a number.
#[tokio::test(start_paused = true)]
async fn fields_that_people_hold_are_counted_in_the_list() {
    let entry = |manager: &str, subresource: &str, fields: Value| {
        json!({
            "manager": manager, "operation": "Update", "apiVersion": "apps/v1", "subresource": subresource,
            "time": "2026-03-04T10:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields,
        })
    };
    let helm = json!({
        "f:metadata": {"f:annotations": {"f:meta.helm.sh/release-name": {}}}, "f:spec": {"f:replicas": {}, "f:paused": {}},
    });
    let edit = json!({"f:spec": {"f:replicas": {}, "f:minReadySeconds": {}, "f:template": {"f:spec": {"f:containers": {
        "k:{\"name\":\"debug\"}": {".": {}, "f:name": {}, "f:image": {}},
    }}}}});
    let status = || entry("kube-controller-manager", "status", json!({"f:status": {"f:replicas": {}}}));
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed");
    for (name, entries) in [
        ("untouched", json!([entry("helm", "", helm.clone()), status()])),
        ("edited", json!([entry("helm", "", helm), status(), entry("kubectl-edit", "", edit)])),
    ] {
        story.server.put(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "namespace": "shop", "name": name, "labels": {"app.kubernetes.io/managed-by": "Helm"},
                "annotations": {"meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop"},
                "managedFields": entries,
            },
        }));
    }
    story = story.watch(Scope::All);
    story.live().await;
    let counted: Vec<_> =
        story.seen.objects.values().map(|object| (&*object.id.name, object.edited, &object.managed)).collect();
    assert_eq!(counted, [("edited", 2, &Value::Null), ("untouched", 0, &Value::Null)]);
    assert!(story.seen.objects.values().all(|object| object.body.pointer("/metadata/managedFields").is_none()));
}

#[tokio::test(start_paused = true)]
async fn who_may_read_two_namespaces_reads_these() {
    let mut story = Story::new("two")
        .store("checkout", "cart", 1, "deployed")
        .store("payments", "rates", 1, "deployed")
        .store("shop", "hidden", 1, "deployed")
        .watch(Scope::All);
    story.live().await;
    assert_eq!(rows(&story.catalog), ["checkout/cart 1 deployed of 1", "payments/rates 1 deployed of 1"]);
}

#[tokio::test(start_paused = true)]
async fn who_may_read_nothing_is_told_so_of_everything() {
    let mut story = Story::new("nobody").store("shop", "cart", 1, "deployed").watch(Scope::All);
    story.live().await;
    assert_eq!(rows(&story.catalog), Vec::<String>::new());
    assert!(story.catalog.feeds().values().all(|state| *state == FeedState::Forbidden), "{:?}", story.catalog.feeds());
}

#[tokio::test(start_paused = true)]
async fn a_user_whom_the_server_does_not_know_is_told_so() {
    let mut story = Story::new("stranger").watch(Scope::All);
    story
        .until("the refusal", |catalog| {
            catalog.feeds().values().any(
                |state| matches!(state, FeedState::Stale { problem, .. } if problem.kind == ProblemKind::Credentials),
            )
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_namespace_is_all_that_is_asked_for_where_it_is_all_that_is_wanted() {
    let mut story = Story::new("administrator")
        .store("checkout", "cart", 1, "deployed")
        .store("shop", "other", 1, "deployed")
        .watch(Scope::Namespace("checkout".to_owned()));
    story.live().await;
    assert_eq!(rows(&story.catalog), ["checkout/cart 1 deployed of 1"]);
    assert!(story.line.asked("/secrets?").iter().all(|path| path.contains("/namespaces/checkout/")));
}

async fn ask(story: &Story, object: StoredRef) -> Answer {
    story.cluster.ask(Query::Payload(object)).await
}

fn reference(name: &str) -> StoredRef {
    StoredRef {
        driver: Driver::Secret,
        key: ObjectKey::new("shop", format!("sh.helm.release.v1.{name}.v1")),
        uid: String::new(),
        resource_version: String::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_cannot_be_had_says_why() {
    let check = async |user: &str, name: &str, fault: Option<Fault>, expected: ProblemKind| {
        let story = Story::new(user).store("shop", "cart", 1, "deployed");
        if let Some(fault) = fault {
            story.line.fail("/secrets/", fault, 9);
        }
        match ask(&story, reference(name)).await {
            Answer::Payload(_, Err(problem)) => assert_eq!(problem.kind, expected, "{user} {name}: {problem}"),
            other => panic!("{user} {name}: {other:?}"),
        }
    };
    check("administrator", "cart", None, ProblemKind::Malformed).await;
    check("administrator", "none", None, ProblemKind::NotFound).await;
    check("viewer", "cart", None, ProblemKind::Forbidden).await;
    check("stranger", "cart", None, ProblemKind::Credentials).await;
    check("administrator", "cart", Some(Fault::Refuse(503, None)), ProblemKind::Busy).await;
    check("administrator", "cart", Some(Fault::Break), ProblemKind::Unreachable).await;
    check("administrator", "cart", Some(Fault::Cut(30)), ProblemKind::Unreachable).await;
}
