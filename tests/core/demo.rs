//! The demo's recorded cluster, read by the core as the cluster room would feed it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use strum::IntoEnumIterator as _;
use tower_service::Service as _;
use wheelhouse::demo::Demo;
use wheelhouse::demo::bundle::Bundle;
use wheelhouse::demo::digest::snapshot_digest;
use wheelhouse::demo::story::{Step, Story};
use wheelhouse::health::{self, World};
use wheelhouse::release::codec::{self, DATA_KEY, Driver};
use wheelhouse::release::flux::{HelmRelease, Source, SourceKind};
use wheelhouse::release::manifest;
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{Catalog, Change, Feed, FeedKind, FeedState, LiveObject, Part, Release, WatchedKind};

use crate::recordings;

#[path = "../bundle/main.rs"]
#[allow(dead_code, reason = "its main is for the example")]
mod tool;

pub fn now() -> Timestamp {
    "2027-03-01T03:00:00Z".parse().unwrap()
}

pub fn objects() -> Vec<Value> {
    Bundle::embedded().unwrap().objects(now()).unwrap()
}

/// What the watches told: of releases, and of their objects.
#[derive(Default)]
pub struct Seen {
    pub catalog: Catalog,
    world: World,
}

impl Seen {
    pub fn apply(&mut self, change: Change) {
        self.world.apply(&change);
        self.catalog.apply(change);
    }
}

/// Puts an object as a watch would tell of it; the number is its resourceVersion.
pub fn put(catalog: &mut Seen, object: &Value, version: usize) {
    let mut meta = object["metadata"].clone();
    meta["resourceVersion"] = version.to_string().into();
    let source = |kind| Change::Source(Arc::new(Source::read(kind, object).unwrap()));
    match object["kind"].as_str().unwrap() {
        "HelmRelease" => catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(object).unwrap()))),
        "HelmChart" => catalog.apply(source(SourceKind::HelmChart)),
        "HelmRepository" => catalog.apply(source(SourceKind::HelmRepository)),
        kind @ ("Secret" | "ConfigMap") if meta["labels"]["owner"] == "helm" => {
            let driver = if kind == "Secret" { Driver::Secret } else { Driver::ConfigMap };
            let stored = StoredRevision::read(driver, &serde_json::from_value(meta).unwrap()).unwrap();
            let reference = stored.object.clone();
            catalog.apply(Change::Revision(Box::new(stored)));
            let payload = codec::decode(driver, object["data"][DATA_KEY].as_str().unwrap().as_bytes()).unwrap();
            assert_eq!(payload.problems(), []);
            catalog.catalog.keep_summary(&reference, Ok(Arc::new(payload.summary())));
        }
        kind if WatchedKind::iter().any(|watched| watched.to_string() == kind) => {
            catalog.apply(Change::Object(Arc::new(LiveObject::read(object.clone()).unwrap())));
        }
        _ => {}
    }
}

pub fn catalog(objects: &[Value]) -> Seen {
    let mut catalog = Seen::default();
    let secrets = FeedKind::Storage(Driver::Secret, Part::Current);
    for kind in WatchedKind::iter().map(FeedKind::Objects).chain([secrets]) {
        catalog.apply(Change::Feed(Feed { kind, namespace: None }, FeedState::Live));
    }
    for (version, object) in objects.iter().enumerate() {
        put(&mut catalog, object, version + 1);
    }
    catalog
}

pub fn line(seen: &Seen, release: &Release, now: Timestamp) -> String {
    let standing = seen.world.standing(release, now);
    let judged = health::judge(release, &standing, &seen.catalog, now);
    let chart = release.chart.as_deref().zip(release.chart_version.as_deref());
    let cause = judged.cause.map(|cause| format!(" | {}", cause.text)).unwrap_or_default();
    let suspended = release.helm_release.as_ref().is_some_and(|object| object.suspended);
    let objects = judged.counts.filter(|counts| counts.total > 0);
    let objects = objects.map_or("-".to_owned(), |counts| format!("{}/{}", counts.ready, counts.total));
    format!(
        "{}{} {objects} {}/{} {} {} {}{cause}",
        judged.verdict,
        if suspended { " suspended" } else { "" },
        release.namespace,
        release.id.name,
        release.management.word().unwrap_or("helm"),
        release.revision.map_or("-".to_owned(), |revision| revision.to_string()),
        chart.map_or("-".to_owned(), |(chart, version)| format!("{chart} {version}")),
    )
}

/// So that it cannot go stale: what the recordings and the tool make is what is committed.
#[test]
fn the_bundle_is_what_the_recordings_make() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/bundle.json.gz");
    let packed = std::fs::read(path).unwrap();
    let mut committed = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut committed).unwrap();
    assert!(committed == tool::text(), "stale: cargo run --example bundle");
    assert!(packed.len() < 260_000, "{} bytes", packed.len());
}

#[test]
fn the_rows_of_the_demo() {
    let seen = catalog(&objects());
    let lines: Vec<String> = seen.catalog.releases().iter().map(|release| line(&seen, release, now())).collect();
    assert_eq!(
        lines,
        [
            "stalled 1/1 billing/billing flux 11 storefront 1.4.0 | upgrade to 1.5.0 failed: timeout waiting for: \
             [Deployment/billing/billing status: 'InProgress'] (rolled back to rev 11, retries used up 2/2, 1 forced try failed too)",
            "healthy 1/1 catalog/pricing flux 8 pricing 4.1.0",
            "healthy 1/1 checkout/cart flux 1 cart 5.1.2",
            "degraded 0/1 checkout/coupons flux 1 coupons 0.9.4 | Deployment coupons: cannot be scheduled: 0/3 nodes are \
             available: 3 Insufficient memory (1 of 2 Pods)",
            "healthy 1/1 data/general-ledger helm4 2 ledger 3.2.0",
            "drifted suspended 1/1 identity/login flux 2 login 7.4.0 | Deployment/identity/login changed (0 additions, 3 changes, 0 removals)",
            "healthy 1/1 legacy/docs helm4 1 storefront 1.4.0",
            "pending 0/1 legacy/forum helm4 4 storefront 1.5.0 | pending-upgrade, its client is probably gone",
            "uninstalled - legacy/old helm4 1 storefront 1.4.0 | history kept",
            "failed 1/1 legacy/wiki helm4 5 storefront 1.6.0 | upgrade: conflict occurred while applying object legacy/wiki \
             apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with \"kubectl-set\" using apps/v1: \
             .spec.template.spec.containers[name=\"web\"].image",
            "failed - media/media flux - - | no 'storefront' chart with version matching '9.9.9' found (source charts)",
            "blocked - media/media-edge flux - - | waits for media/media, which is not ready",
            "failed - media/media-values flux - - | could not resolve ConfigMap chart values reference 'media/absent' with \
             key 'values.yaml': configmaps \"absent\" not found",
            "healthy 1/1 notifications/mailer flux 12 mailer 1.13.0",
            "healthy 1/1 observability/node-agent helm3 2 node-agent 0.28.1",
            "healthy 1/1 payments/card-gateway helm4 3 gateway 2.4.0",
            "healthy 1/1 payments/fx-rates flux 1 rates 2.0.1+7c41de9b02f8",
            "healthy 1/1 platform/edge-gateway helm3 4 gateway 2.4.1",
            "deleting - previews/pr-417 flux 1 preview 0.3.0 | being deleted: uninstalling",
            "healthy 1/1 reporting/statements helm3 3 ledger 3.1.0",
            "failed 0/1 search/search flux 1 storefront 1.5.0 | Deployment search: web exits 1 at start, 5 restarts",
            "healthy 1/1 shipping/tracking flux 2 tracking 3.8.0",
            "drifted 1/1 shop/storefront flux 2 storefront 1.5.0 | Deployment/shop/storefront changed (0 additions, 3 changes, 0 removals)",
            "degraded 1/3 warehouse/inventory flux 1 inventory 6.2.0 | Job inventory-import: import exits 3 at start, failed \
             after 2 tries",
        ]
    );
}

/// The answer to one request of a user.
pub fn get(demo: &Demo, user: &str, path: &str) -> Value {
    let request = http::Request::get(path).body(String::new()).unwrap();
    let response = demo.server().client(user).call(request).now_or_never().unwrap().unwrap();
    let body = response.into_body().collect().now_or_never().unwrap().unwrap();
    serde_json::from_slice(&body.to_bytes()).unwrap()
}

/// Nothing of the bundle is left out by the server, and each user sees what they may.
#[test]
fn the_server_holds_the_whole_cluster() {
    let demo = Demo::new(now()).unwrap();
    let count = |user: &str, path: &str| get(&demo, user, path)["items"].as_array().map(Vec::len);
    let mut kinds: BTreeMap<(String, String), usize> = BTreeMap::new();
    for object in objects() {
        let text = |key: &str| object[key].as_str().unwrap().to_owned();
        *kinds.entry((text("apiVersion"), text("kind"))).or_default() += 1;
    }
    for ((version, kind), wanted) in kinds {
        let root = if version == "v1" { "/api".to_owned() } else { "/apis".to_owned() };
        let plural = match kind.as_str() {
            "Ingress" => "ingresses".to_owned(),
            "GitRepository" => "gitrepositories".to_owned(),
            "OCIRepository" => "ocirepositories".to_owned(),
            "HelmRepository" => "helmrepositories".to_owned(),
            _ => kind.to_lowercase() + "s",
        };
        // The kubelet's events of the two Pods that crash come with the story.
        let more = if kind == "Event" { 4 } else { 0 };
        assert_eq!(count("administrator", &format!("{root}/{version}/{plural}")), Some(wanted + more), "{plural}");
    }
    let stored = |user: &str, namespace: &str| {
        let selector = "fieldSelector=type%3Dhelm.sh%2Frelease.v1";
        count(user, &format!("/api/v1/namespaces/{namespace}/secrets?{selector}"))
    };
    assert_eq!((stored("two", "checkout"), stored("two", "payments"), stored("two", "shop")), (Some(2), Some(4), None));
    let releases = "/apis/helm.toolkit.fluxcd.io/v2/helmreleases";
    assert_eq!((count("viewer", releases), count("two", releases), count("nobody", releases)), (Some(15), None, None));
}

/// Everything that the demo ever puts: what stands at the start, and each step with the time at which it is due.
pub fn everything() -> &'static [(Timestamp, Value)] {
    static ALL: OnceLock<Vec<(Timestamp, Value)>> = OnceLock::new();
    ALL.get_or_init(play)
}

fn play() -> Vec<(Timestamp, Value)> {
    let objects = objects();
    let mut story = Story::new(Bundle::embedded().unwrap(), &objects, now()).unwrap();
    let mut all: Vec<(Timestamp, Value)> = objects.into_iter().map(|object| (now(), object)).collect();
    while let Some(due) = story.next().filter(|due| *due < now() + SignedDuration::from_mins(15)) {
        for step in story.until(due).unwrap() {
            if let Step::Put(object) = step {
                all.push((due, object));
            }
        }
    }
    all
}

/// The object with its payload and the files of its chart as text.
fn readable(object: &Value) -> Value {
    let mut object = object.clone();
    if object["metadata"]["labels"]["owner"] == "helm" {
        let driver = if object["kind"] == "Secret" { Driver::Secret } else { Driver::ConfigMap };
        let payload = codec::decode(driver, object["data"][DATA_KEY].as_str().unwrap().as_bytes()).unwrap();
        let mut payload = Value::Object(payload.into_raw());
        for part in ["templates", "files"] {
            for file in payload["chart"][part].as_array_mut().into_iter().flatten() {
                let content = STANDARD.decode(file["data"].as_str().unwrap()).unwrap();
                file["data"] = String::from_utf8(content).unwrap().into();
            }
        }
        object["data"][DATA_KEY] = payload;
    }
    object
}

/// Every string of a document, keys included.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            found.push(key);
            strings(value, found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn copies_show_no_trace_of_what_they_were_copied_from() {
    let mut traces: Vec<String> = ["storefront", "billing", "shop", "INC-4711", "web shop"].map(str::to_owned).to_vec();
    let of_originals = |object: &Value| {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        ["shop", "billing"].contains(&namespace)
    };
    for stream in ["helmreleases", "secrets", "deployments", "replicasets", "pods", "jobs", "services", "configmaps"] {
        for line in recordings::lines(&format!("{stream}.jsonl")) {
            let object = &line["object"];
            if of_originals(object) {
                traces.push(object["metadata"]["uid"].as_str().unwrap().to_owned());
                traces.extend(object["metadata"]["labels"]["pod-template-hash"].as_str().map(str::to_owned));
                traces.extend(object["status"]["podIP"].as_str().map(|address| format!("\"{address}\"")));
            }
        }
    }
    traces.sort();
    traces.dedup();
    assert!(traces.len() > 90, "{}", traces.len());
    let mut copies = BTreeSet::new();
    for (_, object) in everything() {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        let copied = ["checkout", "shipping", "notifications", "identity", "catalog"].contains(&namespace);
        let text = readable(object).to_string();
        if copied || namespace == "payments" && text.contains("fx-rates") {
            copies.insert(namespace.to_owned());
            for trace in &traces {
                assert!(!text.contains(trace), "{trace} in {text}");
            }
        }
    }
    assert_eq!(copies.len(), 6);
}

#[test]
fn secrets_of_the_demo_are_made_up() {
    let mut seen = BTreeSet::new();
    for (_, object) in everything() {
        if object["kind"] != "Secret" || object["metadata"]["labels"]["owner"] == "helm" {
            continue;
        }
        for (_, value) in object["data"].as_object().unwrap() {
            seen.insert(String::from_utf8(STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap());
        }
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["ledger", "made-up-admin-token", "made-up-password", "s3cr3t-demo"]
    );
}

fn is_time(text: &str) -> Option<Timestamp> {
    let digits = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    text.parse().ok().filter(|_| digits && text.ends_with('Z'))
}

/// Nothing happens before its namespace is there, nor after the moment at which it is told.
#[test]
fn times_are_in_order_and_never_in_the_future() {
    let all = everything();
    let mut namespaces: HashMap<&str, Timestamp> = HashMap::new();
    let mut owners: HashMap<&str, Timestamp> = HashMap::new();
    for (_, object) in all {
        let created = is_time(object["metadata"]["creationTimestamp"].as_str().unwrap()).unwrap();
        if object["kind"] == "Namespace" {
            namespaces.insert(object["metadata"]["name"].as_str().unwrap(), created);
        }
        if let Some(uid) = object["metadata"]["uid"].as_str() {
            owners.insert(uid, created);
        }
    }
    let (mut times, mut owned) = (0, 0);
    for (due, object) in all {
        let said = |time: &str| format!("{time} in {object}");
        let created = is_time(object["metadata"]["creationTimestamp"].as_str().unwrap()).unwrap();
        let namespace = object["metadata"]["namespace"].as_str();
        assert!(namespace.is_none_or(|name| namespaces[name] < created), "{object}");
        for owner in object["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
            let uid = owner["uid"].as_str().unwrap();
            assert!(owners[uid] <= created, "{object}");
            owned += 1;
        }
        let mut readable = readable(object);
        // When a Pod that ends has to be gone lies ahead.
        readable["metadata"]["deletionTimestamp"] = Value::Null;
        let mut found = Vec::new();
        strings(&readable, &mut found);
        for text in found {
            if let Some(time) = is_time(text) {
                assert!(time <= *due || time.as_second() < 0, "{}", said(text));
                times += 1;
            }
        }
        for entry in object["metadata"]["managedFields"].as_array().into_iter().flatten() {
            let Some(time) = entry["time"].as_str() else { continue };
            assert!(is_time(time).unwrap() >= created, "{}", said(time));
        }
        let info = &readable["data"][DATA_KEY]["info"];
        if let (Some(first), Some(last)) = (info["first_deployed"].as_str(), info["last_deployed"].as_str()) {
            assert!(is_time(first).unwrap() <= is_time(last).unwrap(), "{object}");
        }
    }
    assert!(times > 3_000 && owned > 100, "{times} {owned}");
}

/// The release that is being uninstalled, and what holds it.
fn deleted(object: &Value) -> bool {
    object["metadata"]["namespace"] == "previews" && (object["kind"] == "HelmRelease" || object["kind"] == "Dashboard")
}

/// An object stands once, its uid is its own, who owns it is there, and what a deployed manifest names is there.
#[test]
fn objects_are_told_apart_and_owned() {
    let objects = objects();
    let text = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let mut names = BTreeSet::new();
    let mut uids = BTreeSet::new();
    for object in &objects {
        let name = (text(object, "/kind"), text(object, "/metadata/namespace"), text(object, "/metadata/name"));
        assert!(names.insert(name), "{object}");
        assert!(uids.insert(text(object, "/metadata/uid").unwrap()), "{object}");
        assert_eq!(object["metadata"]["resourceVersion"], Value::Null);
        let is_deleted = object["metadata"]["deletionTimestamp"] != Value::Null;
        assert_eq!(is_deleted, deleted(object), "{object}");
    }
    let mut manifests = 0;
    for object in &objects {
        for owner in object["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
            assert!(uids.contains(owner["uid"].as_str().unwrap()), "{object}");
        }
        if object["metadata"]["labels"]["status"] != "deployed" {
            continue;
        }
        manifests += 1;
        let payload = &readable(object)["data"][DATA_KEY];
        for named in manifest::objects(payload["manifest"].as_str().unwrap()) {
            let named = named.unwrap();
            let namespace = payload["namespace"].as_str().map(str::to_owned);
            let name = (Some(named.kind), namespace, Some(named.name));
            let gone = name.0.as_deref() == Some("Service") && name.2.as_deref() == Some("tracking");
            assert_eq!(names.contains(&name), !gone, "{name:?} of {}", object["metadata"]["name"]);
        }
    }
    // Of the 21 releases that are stored, search never came up, old is uninstalled and pr-417 is about to be.
    assert_eq!(manifests, 18);
}

/// The digest of every snapshot is that of the revision of which it speaks: as Flux recorded it, and as the demo shows it.
#[test]
fn snapshots_know_their_revisions() {
    let recorded = |stream: &str| recordings::lines(&format!("{stream}.jsonl"));
    let mut events = [recorded("secrets"), recorded("helmreleases")].concat();
    events.sort_by(|a, b| a["at"].as_f64().unwrap().total_cmp(&b["at"].as_f64().unwrap()));
    let recorded = events.iter().map(|event| &event["object"]);
    assert_eq!(check_snapshots(recorded), 241);
    // What a release stores stands behind its HelmRelease where it came later.
    let everything = everything();
    let (standing, told): (Vec<_>, Vec<_>) = everything.iter().partition(|(due, _)| *due == now());
    let (first, second): (Vec<&Value>, Vec<&Value>) =
        standing.iter().map(|(_, object)| object).partition(|object| object["kind"] == "Secret");
    let shown = first.into_iter().chain(second).chain(told.iter().map(|(_, object)| object));
    assert_eq!(check_snapshots(shown), 83);
}

fn check_snapshots<'a>(objects: impl Iterator<Item = &'a Value>) -> usize {
    let mut payloads: HashMap<String, Map<String, Value>> = HashMap::new();
    let mut checked = 0;
    for object in objects {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        if object["type"] == "helm.sh/release.v1" {
            let payload = codec::decode(Driver::Secret, object["data"][DATA_KEY].as_str().unwrap().as_bytes()).unwrap();
            let raw = payload.into_raw();
            payloads.insert(format!("{namespace} {} {}", raw["name"], raw["version"]), raw);
        }
        for snapshot in object["status"]["history"].as_array().into_iter().flatten() {
            let key = format!("{namespace} {} {}", snapshot["name"], snapshot["version"]);
            if let Some(payload) = payloads.get(&key) {
                assert_eq!(snapshot_digest(payload, snapshot["status"].as_str().unwrap()), snapshot["digest"], "{key}");
                checked += 1;
            }
        }
    }
    checked
}
