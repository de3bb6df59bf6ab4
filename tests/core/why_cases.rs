//! Why a release is as it is, for what the recordings do not show: made-up objects, the whole answer as a tree.

mod actions;
mod beside;
mod chain;
mod silence;

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use wheelhouse::health::why::{self, Known};
use wheelhouse::health::{Standing, Trouble};
use wheelhouse::release::flux::{HelmRelease, Kustomization, Source, SourceKind};
use wheelhouse::release::payload::Payload;
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{
    Catalog, Change, Controller, Event, Feed, FeedKind, FeedState, ObjectId, ObjectKey, Problem, ProblemKind, Release,
};

use crate::why::text;

fn now() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

/// What is known of one made-up cluster.
#[derive(Default)]
struct Case {
    objects: Vec<Value>,
    feeds: Vec<(FeedKind, Option<&'static str>, FeedState)>,
    standing: Standing,
    events: Vec<Event>,
    payloads: Vec<Payload>,
    controllers: Option<Result<Vec<Controller>, Problem>>,
    /// When the spec and the status of every HelmRelease were written.
    written: Option<(&'static str, &'static str)>,
}

impl Case {
    fn of(objects: impl IntoIterator<Item = Value>) -> Self {
        Self { objects: objects.into_iter().collect(), ..Self::default() }
    }

    fn catalog(&self) -> Catalog {
        let mut catalog = Catalog::default();
        for kind in [
            FeedKind::HelmReleases,
            FeedKind::Kustomizations,
            FeedKind::Sources(SourceKind::HelmChart),
            FeedKind::Sources(SourceKind::HelmRepository),
            FeedKind::Sources(SourceKind::GitRepository),
            FeedKind::Sources(SourceKind::OciRepository),
            FeedKind::Sources(SourceKind::ExternalArtifact),
        ] {
            catalog.apply(Change::Feed(Feed { kind, namespace: None }, FeedState::Live));
        }
        for (kind, namespace, state) in &self.feeds {
            let feed = Feed { kind: *kind, namespace: namespace.map(str::to_owned) };
            catalog.apply(Change::Feed(feed, state.clone()));
        }
        for object in &self.objects {
            let source = |kind| Change::Source(Arc::new(Source::read(kind, object).unwrap()));
            catalog.apply(match object["kind"].as_str().unwrap() {
                "HelmRelease" => {
                    let mut read = HelmRelease::read(object).unwrap();
                    read.spec_written = self.written.map(|(spec, _)| spec.parse().unwrap());
                    read.status_written = self.written.map(|(_, status)| status.parse().unwrap());
                    Change::HelmRelease(Arc::new(read))
                }
                "Kustomization" => Change::Kustomization(Arc::new(Kustomization::read(object).unwrap())),
                "Secret" => {
                    let meta = serde_json::from_value(object["metadata"].clone()).unwrap();
                    let driver = wheelhouse::release::codec::Driver::Secret;
                    Change::Revision(Box::new(StoredRevision::read(driver, &meta).unwrap()))
                }
                kind => source(SourceKind::of(kind).unwrap()),
            });
        }
        catalog
    }

    fn tree(&self, name: &str) -> String {
        let catalog = self.catalog();
        let release = catalog.releases().into_iter().find(|one| one.id.name == name).unwrap();
        self.tree_of(&catalog, &release)
    }

    fn tree_of(&self, catalog: &Catalog, release: &Release) -> String {
        let known = Known {
            catalog,
            standing: &self.standing,
            events: &self.events.iter().collect::<Vec<_>>(),
            replica_sets: &[],
            payloads: &self.payloads.iter().collect::<Vec<_>>(),
            controllers: self.controllers.as_ref(),
            now: now(),
        };
        text(&why::explain(release, known), now())
    }
}

fn trees(cases: &[(&str, Case)]) -> String {
    let mut out = String::new();
    for (what, case) in cases {
        writeln!(out, "==== {what}\n{}", case.tree("web")).unwrap();
    }
    out
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": 2,
           "lastTransitionTime": "2026-11-21T02:55:00Z"})
}

/// An object with its spec and its conditions.
fn object(kind: &str, name: &str, spec: Value, conditions: Vec<Value>) -> Value {
    let (namespace, name) = name.split_once('/').unwrap();
    json!({
        "kind": kind,
        "metadata": {"namespace": namespace, "name": name, "generation": 2, "creationTimestamp": "2026-11-20T00:00:00Z"},
        "spec": spec,
        "status": {"observedGeneration": 2, "conditions": conditions},
    })
}

fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap();
    match (parent.as_array_mut(), key.parse::<usize>()) {
        (Some(list), Ok(index)) => list[index] = value,
        _ => parent[key] = value,
    }
    object
}

fn chart_spec() -> Value {
    json!({"chart": {"spec": {"chart": "web", "version": "1.5.0",
        "sourceRef": {"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"}}}, "interval": "10m"})
}

fn release(name: &str, more: Value, conditions: Vec<Value>) -> Value {
    let mut spec = chart_spec();
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object("HelmRelease", name, spec, conditions)
}

fn ready() -> Value {
    condition(
        "Ready",
        "True",
        "UpgradeSucceeded",
        "Helm upgrade succeeded for release shop/web.v2 with chart web@1.5.0",
    )
}

fn blocked(on: &str) -> Value {
    condition("Ready", "False", "DependencyNotReady", &format!("dependency '{on}' is not ready"))
}

/// The chart and the repository that every made-up HelmRelease draws from, both well.
fn sources() -> Vec<Value> {
    let artifact = |object, revision: &str| with(object, "/status/artifact", json!({ "revision": revision }));
    let spec = json!({"chart": "web", "version": "1.5.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}});
    let well = || vec![condition("Ready", "True", "Succeeded", "stored artifact")];
    vec![
        artifact(object("HelmChart", "flux-system/shop-web", spec, well()), "1.5.0"),
        artifact(object("HelmRepository", "flux-system/charts", json!({"interval": "1h"}), well()), "sha256:aa"),
    ]
}

fn cluster(objects: impl IntoIterator<Item = Value>) -> Case {
    Case::of(sources().into_iter().chain(objects))
}

const OLD: &str = "main@sha1:1111111111111111111111111111111111111111";
const NEW: &str = "main@sha1:2222222222222222222222222222222222222222";

const UPGRADE: &str = "Helm upgrade failed for release shop/web with chart web@1.5.0: ";

/// A HelmRelease whose last action failed.
fn failed(kind: &str, reason: &str, message: &str) -> Value {
    let conditions = vec![condition("Ready", "False", reason, message), condition(kind, "False", reason, message)];
    let object = release("shop/web", json!({"upgrade": {"remediation": {"retries": 2}}}), conditions);
    let object = with(object, "/status/lastAttemptedReleaseAction", json!("upgrade"));
    let object = with(object, "/status/upgradeFailures", json!(1));
    with(
        object,
        "/status/history",
        json!([
            {"name": "web", "namespace": "shop", "version": 2, "status": "failed", "chartVersion": "1.5.0", "action": "upgrade"},
            {"name": "web", "namespace": "shop", "version": 1, "status": "deployed", "chartVersion": "1.4.0"},
        ]),
    )
}

fn and(object: Value, more: Value) -> Value {
    let mut conditions = object["status"]["conditions"].clone();
    conditions.as_array_mut().unwrap().push(more);
    with(object, "/status/conditions", conditions)
}
