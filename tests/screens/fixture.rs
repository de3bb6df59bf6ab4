//! A cluster with every verdict in it, native and Flux, and names that nobody wants to meet.

use std::sync::Arc;

use serde_json::{Value, json};
use strum::IntoEnumIterator as _;
use wheelhouse::release::codec::Driver;
use wheelhouse::release::flux::{HelmRelease, Source, SourceKind};
use wheelhouse::release::payload::{Payload, ReleaseStatus, Revision};
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{
    Answer, Change, Feed, FeedKind, FeedState, LiveObject, ObjectKey, Part, Problem, ProblemKind, StoredRef,
    WatchedKind,
};

use crate::scenario::ago;

pub fn feed(kind: FeedKind, state: FeedState) -> Change {
    Change::Feed(Feed { kind, namespace: None }, state)
}

const KINDS: [FeedKind; 4] = [
    FeedKind::Storage(Driver::Secret, Part::Current),
    FeedKind::Storage(Driver::Secret, Part::Superseded),
    FeedKind::HelmReleases,
    FeedKind::Sources(SourceKind::HelmChart),
];

/// All feeds in one state.
pub fn feeds(state: &FeedState) -> Vec<Change> {
    let objects = WatchedKind::iter().map(FeedKind::Objects);
    KINDS.into_iter().chain(objects).map(|kind| feed(kind, state.clone())).collect()
}

pub fn unreachable(seconds_ago: i64) -> FeedState {
    let problem = Problem::new(ProblemKind::Unreachable, "connection refused (os error 111)")
        .hint("is the VPN up? the address comes from context prod-eu of the kubeconfig")
        .retried();
    FeedState::Stale { since: ago(seconds_ago), problem }
}

pub fn stored(namespace: &str, name: &str, revision: u32, status: &str, minutes: i64) -> Change {
    let object_name = format!("sh.helm.release.v1.{name}.v{revision}");
    let revision = StoredRevision {
        object: StoredRef {
            driver: Driver::Secret,
            uid: format!("{namespace}/{object_name}"),
            key: ObjectKey::new(namespace, object_name),
            resource_version: format!("{}", 1000 + revision),
        },
        release: name.to_owned(),
        revision: Revision::new(revision).unwrap(),
        status: ReleaseStatus::from(status),
        changed: Some(ago(minutes * 60)),
        by_flux: false,
        problems: Vec::new(),
    };
    Change::Revision(Box::new(revision))
}

fn by_flux(change: Change) -> Change {
    match change {
        Change::Revision(mut revision) => {
            revision.by_flux = true;
            Change::Revision(revision)
        }
        other => other,
    }
}

/// A HelmRelease: spec and status over a sound one.
pub fn helm_release(namespace: &str, name: &str, spec: Value, status: Value) -> Change {
    let object = json!({
        "metadata": {"namespace": namespace, "name": name, "generation": 3, "creationTimestamp": ago(86_400).to_string()},
        "spec": merge(json!({
            "chart": {"spec": {"chart": "storefront", "version": "1.5.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}},
        }), spec),
        "status": merge(json!({"observedGeneration": 3}), status),
    });
    Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap()))
}

fn merge(mut base: Value, over: Value) -> Value {
    for (key, value) in over.as_object().into_iter().flatten() {
        base[key] = value.clone();
    }
    base
}

pub fn condition(kind: &str, status: &str, reason: &str, message: &str, minutes: i64) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": ago(minutes * 60).to_string()})
}

pub fn snapshot(namespace: &str, name: &str, revision: u32, status: &str, version: &str, minutes: i64) -> Value {
    json!({
        "name": name, "namespace": namespace, "version": revision, "status": status, "chartName": "storefront",
        "chartVersion": version, "appVersion": "2.10.0", "lastDeployed": ago(minutes * 60).to_string(), "action": "upgrade",
    })
}

fn ready(message: &str, minutes: i64) -> Value {
    condition("Ready", "True", "UpgradeSucceeded", message, minutes)
}

/// Releases of Flux.
pub fn flux() -> Vec<Change> {
    let timeout = "Helm upgrade failed for release search/search with chart storefront@1.5.0: context deadline exceeded: \
                   timeout waiting for: [Deployment/search/search status: 'InProgress']";
    let stalled = "Failed to upgrade after 2 attempt(s)";
    vec![
        helm_release("search", "search", json!({"values": {"replicas": 2, "db": {"password": "hunter2"}}, "valuesFrom": [{"kind": "Secret", "name": "search-values"}]}), json!({
            "conditions": [
                condition("Ready", "False", "UpgradeFailed", timeout, 14),
                condition("Released", "False", "UpgradeFailed", timeout, 14),
            ],
            "failures": 2,
            "history": [snapshot("search", "search", 3, "failed", "1.5.0", 14), snapshot("search", "search", 2, "superseded", "1.4.0", 2000)],
        })),
        helm_release("media", "media", json!({"chart": {"spec": {"chart": "storefront", "version": "9.9.9", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}}), json!({
            "helmChart": "media/media-media",
            "conditions": [condition("Ready", "False", "SourceNotReady", "HelmChart 'media/media-media' is not ready", 15)],
        })),
        Change::Source(Arc::new(Source::read(SourceKind::HelmChart, &json!({
            "metadata": {"namespace": "media", "name": "media-media", "generation": 1},
            "spec": {"chart": "storefront", "version": "9.9.9"},
            "status": {"observedGeneration": 1, "conditions": [
                condition("Ready", "False", "InvalidChartReference", "invalid chart reference: failed to get chart version for remote reference: no 'storefront' chart with version matching '9.9.9' found", 15),
            ]},
        })).unwrap())),
        helm_release("billing", "billing", json!({}), json!({
            "conditions": [
                condition("Stalled", "True", "RetriesExceeded", stalled, 20),
                condition("Ready", "False", "RetriesExceeded", stalled, 20),
            ],
            "history": [snapshot("billing", "billing", 11, "deployed", "1.4.0", 300)],
        })),
        helm_release("media", "media-edge", json!({}), json!({
            "conditions": [condition("Ready", "False", "DependencyNotReady", "dependency 'media/media' is not ready", 13)],
        })),
        helm_release("shop", "storefront", json!({}), json!({
            "conditions": [
                ready("Helm upgrade succeeded", 17),
                condition("Drifted", "True", "DriftDetected", "Deployment/shop/storefront changed (0 additions, 3 changes, 0 removals)", 17),
            ],
            "history": [snapshot("shop", "storefront", 2, "deployed", "1.5.0", 180)],
        })),
        helm_release("shop", "cart", json!({"suspend": true}), json!({
            "conditions": [ready("Helm upgrade succeeded", 5000)],
            "history": [snapshot("shop", "cart", 7, "deployed", "1.5.0", 5000)],
        })),
        helm_release("shop", "checkout", json!({}), json!({
            "conditions": [condition("Reconciling", "True", "Progressing", "Running 'upgrade' action with timeout of 5m0s", 1), condition("Ready", "Unknown", "Progressing", "Running 'upgrade' action with timeout of 5m0s", 1)],
            "history": [snapshot("shop", "checkout", 4, "deployed", "1.4.0", 900)],
        })),
        helm_release("flux-system", "payments", json!({"targetNamespace": "payments", "releaseName": "payments"}), json!({
            "conditions": [ready("Helm install succeeded", 800)],
            "storageNamespace": "flux-system",
            "history": [snapshot("payments", "payments", 1, "deployed", "1.5.0", 800)],
        })),
    ]
}

/// Native releases.
pub fn natives() -> Vec<Change> {
    vec![
        stored("legacy", "wiki", 5, "failed", 10),
        stored("legacy", "wiki", 4, "superseded", 4000),
        stored("legacy", "wiki", 3, "superseded", 9000),
        stored("legacy", "forum", 4, "pending-upgrade", 9),
        stored("legacy", "forum", 3, "deployed", 3000),
        stored("observability", "kube-prometheus-stack-with-a-very-long-name", 42, "deployed", 60 * 24 * 3),
        stored("ingress", "ingress-nginx", 17, "deployed", 60 * 5),
        stored("legacy", "old-blog", 2, "uninstalled", 60 * 24 * 40),
        by_flux(stored("shop", "left-behind", 3, "deployed", 60 * 30)),
        stored("日本", "検索サービス", 1, "deployed", 90),
        stored("evil", "\u{1b}[2Jclear\u{202e}txt.exe", 1, "deployed", 95),
        stored("legacy", "leaving", 6, "uninstalling", 2),
    ]
}

fn object(body: Value) -> Change {
    Change::Object(Arc::new(LiveObject::read(body).unwrap()))
}

/// A Deployment of a release that has the release's name, as it is after a rollout of which so many of two Pods are ready.
pub fn deployment(namespace: &str, release: &str, ready: u32) -> Change {
    let available = if ready > 0 { "True" } else { "False" };
    object(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "namespace": namespace, "name": release, "uid": format!("deployment-{namespace}-{release}"), "generation": 2,
            "creationTimestamp": ago(86_400).to_string(),
            "annotations": {"meta.helm.sh/release-namespace": namespace, "meta.helm.sh/release-name": release},
        },
        "spec": {"replicas": 2, "progressDeadlineSeconds": 600},
        "status": {
            "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": ready, "availableReplicas": ready,
            "conditions": [
                {"type": "Available", "status": available, "reason": "MinimumReplicas"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            ],
        },
    }))
}

/// A Pod of that Deployment that crashes at start, and the ReplicaSet between them.
pub fn crashing(namespace: &str, release: &str, minutes: i64) -> Vec<Change> {
    let (set, pod) = (format!("{release}-7c9f"), format!("{release}-7c9f-x2x"));
    let owned = |kind: &str, api: &str, name: &str, owner: &str, owner_name: &str, uid: String| {
        json!({
            "apiVersion": api, "kind": kind,
            "metadata": {
                "namespace": namespace, "name": name, "uid": format!("{}-{namespace}-{name}", kind.to_lowercase()),
                "creationTimestamp": ago(minutes * 60).to_string(),
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": owner, "name": owner_name, "uid": uid, "controller": true}],
            },
        })
    };
    let uid = format!("deployment-{namespace}-{release}");
    let set_object = owned("ReplicaSet", "apps/v1", &set, "Deployment", release, uid);
    let mut pod = owned("Pod", "v1", &pod, "ReplicaSet", &set, format!("replicaset-{namespace}-{set}"));
    pod["spec"] = json!({"containers": [{"name": "web", "image": "registry.example.com/storefront:2.11.0"}]});
    pod["status"] = json!({
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
        "containerStatuses": [{
            "name": "web", "ready": false, "restartCount": 5, "image": "registry.example.com/storefront:2.11.0",
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting failed container=web"}},
            "lastState": {"terminated": {
                "reason": "Error", "exitCode": 1, "finishedAt": ago(minutes * 60 - 30).to_string(),
            }},
        }],
    });
    vec![object(set_object), object(pod)]
}

/// What the releases are made of.
pub fn objects() -> Vec<Change> {
    const LONG: &str = "kube-prometheus-stack-with-a-very-long-name";
    let mut all: Vec<Change> =
        [("shop", "storefront"), ("shop", "cart"), ("billing", "billing"), ("payments", "payments")]
            .into_iter()
            .chain([("legacy", "wiki"), ("ingress", "ingress-nginx"), ("shop", "left-behind")])
            .map(|(namespace, release)| deployment(namespace, release, 2))
            .collect();
    all.extend(
        [("shop", "checkout", 1), ("search", "search", 0), ("observability", LONG, 1)]
            .map(|(namespace, release, ready)| deployment(namespace, release, ready)),
    );
    all.extend(crashing("search", "search", 14));
    all.extend(crashing("observability", LONG, 200));
    all
}

/// The stored revisions of Flux's releases.
pub fn flux_stored() -> Vec<Change> {
    vec![
        by_flux(stored("search", "search", 3, "failed", 14)),
        by_flux(stored("search", "search", 2, "superseded", 2000)),
        by_flux(stored("billing", "billing", 11, "deployed", 300)),
        by_flux(stored("shop", "storefront", 2, "deployed", 180)),
        by_flux(stored("shop", "cart", 7, "deployed", 5000)),
        by_flux(stored("shop", "checkout", 5, "pending-upgrade", 1)),
        by_flux(stored("flux-system", "payments", 1, "deployed", 800)),
    ]
}

pub fn namespaces() -> Change {
    let names = ["billing", "default", "evil", "ingress", "legacy", "media", "observability", "search", "shop"];
    Change::Namespaces(names.map(str::to_owned).to_vec())
}

/// Everything, all watches live.
pub fn cluster() -> Vec<Change> {
    let mut all = vec![namespaces()];
    all.extend(natives());
    all.extend(flux_stored());
    all.extend(flux());
    all.extend(objects());
    all.extend(feeds(&FeedState::Live));
    all
}

/// The same for somebody who may not read Secrets.
pub fn without_secrets() -> Vec<Change> {
    let mut all = vec![namespaces()];
    all.extend(flux());
    let wiki = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "wiki",
            "namespace": "legacy",
            "annotations": {"meta.helm.sh/release-name": "wiki", "meta.helm.sh/release-namespace": "legacy"},
        },
    });
    all.push(Change::Object(Arc::new(LiveObject::read(wiki).unwrap())));
    all.extend(feeds(&FeedState::Live));
    all.push(feed(FeedKind::Storage(Driver::Secret, Part::Current), FeedState::Forbidden));
    all.push(feed(FeedKind::Storage(Driver::Secret, Part::Superseded), FeedState::Forbidden));
    all
}

/// What a stored revision holds.
pub fn payload(object: &StoredRef) -> Payload {
    let name = object.key.name.trim_start_matches("sh.helm.release.v1.");
    let (name, revision) = name.rsplit_once(".v").unwrap();
    let failed = name == "wiki" && revision == "5";
    let (status, description) = match (name, failed) {
        (_, true) => (
            "failed",
            "Upgrade \"wiki\" failed: conflict occurred while applying object legacy/wiki apps/v1, Kind=Deployment: \
             Apply failed with 1 conflict: conflict with \"kubectl-set\" using apps/v1: .spec.template.spec.containers[name=\"web\"].image",
        ),
        ("wiki", false) => ("superseded", "Upgrade complete"),
        ("forum", _) => ("pending-upgrade", "Preparing upgrade"),
        ("leaving", _) => ("uninstalling", "Deletion in progress (or silently failed)"),
        ("old-blog", _) => ("uninstalled", "Uninstallation complete"),
        _ => ("deployed", "Upgrade complete"),
    };
    let chart = if name.starts_with("kube-prom") { "kube-prometheus-stack" } else { "storefront" };
    let raw = json!({
        "name": name, "namespace": object.key.namespace, "version": revision.parse::<u32>().unwrap(), "apply_method": "ssa",
        "info": {
            "status": status, "description": description, "first_deployed": "2026-01-01T00:00:00Z",
            "last_deployed": last_deployed(name, revision),
            "notes": "The wiki is served at http://wiki.example.com\nAsk the platform team for access.",
        },
        "chart": {
            "metadata": {"name": chart, "version": "1.6.0", "appVersion": "2.11.0"},
            "values": {"replicas": 1, "image": {"repository": "registry.example.com/storefront", "tag": "2.11.0"}, "adminPassword": "change-me"},
        },
        "config": {"replicas": 3, "image": {"tag": "2.11.0"}, "db": {"host": "db.legacy.svc", "password": "hunter2"}, "note": "ein langer Text ".repeat(12)},
        "manifest": MANIFEST,
        "hooks": [
            {"name": "wiki-migrate", "kind": "Job", "events": ["pre-upgrade", "pre-install"], "weight": -5, "delete_policies": ["hook-succeeded"],
             "last_run": {"started_at": "2026-03-04T11:49:40Z", "completed_at": "2026-03-04T11:49:52Z", "phase": "Succeeded"}},
            {"name": "wiki-test", "kind": "Pod", "events": ["test"]},
        ],
    });
    Payload::new(raw.as_object().unwrap().clone())
}

/// A little before the labels say that it was written, as Helm does it.
fn last_deployed(name: &str, revision: &str) -> String {
    let minutes = natives().into_iter().chain(flux_stored()).find_map(|change| match change {
        Change::Revision(stored) if stored.release == name && stored.revision.to_string() == revision => stored.changed,
        _ => None,
    });
    minutes.map(|at| (at - jiff::SignedDuration::from_secs(7)).to_string()).unwrap_or_default()
}

const MANIFEST: &str = "---
# Source: storefront/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: wiki
  namespace: legacy
stringData:
  password: hunter2
---
# Source: storefront/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: wiki
  namespace: legacy
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: web
          image: \"registry.example.com/storefront:2.11.0\"
          env:
            - name: DB_PASSWORD
              value: hunter2
            - name: TRACE
              value: \"1\"
";

/// Answers with what is stored.
pub fn answer(object: &StoredRef, whole: bool) -> Answer {
    let payload = payload(object);
    if whole {
        Answer::Payload(object.clone(), Ok(Arc::new(payload)))
    } else {
        Answer::Summary(object.clone(), Ok(Arc::new(payload.summary())))
    }
}
