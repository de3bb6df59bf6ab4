//! What the list watches beside the releases: workloads and what they own, sources, Kustomizations; in which order, and
//! with how many requests.

use std::time::Duration;

use serde_json::{Value, json};
use strum::IntoEnumIterator as _;
use wheelhouse::demo::server::ObjectRef;
use wheelhouse::release::flux::SourceKind;
use wheelhouse::release::{Feed, FeedKind, FeedState, ObjectKey, Scope, WatchedKind};

use crate::client::{Story, has};
use crate::faults::Fault;

/// An object of the release `shop/cart`, as Helm applies it.
pub fn applied(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {
            "namespace": namespace, "name": name, "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop"},
        },
    })
}

/// An object that no release names.
pub fn bare(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"namespace": namespace, "name": name}})
}

fn helm_release() -> Value {
    let mut object = bare("helm.toolkit.fluxcd.io/v2", "HelmRelease", "shop", "front");
    object["spec"] = json!({"chartRef": {"kind": "OCIRepository", "name": "front"}});
    object
}

/// Lets everything happen that happens without news.
async fn rest() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn objects_are_told_with_what_health_reads_of_them() {
    let mut story = Story::new("administrator");
    for (kind, name) in [("Deployment", "web"), ("StatefulSet", "db"), ("DaemonSet", "agent")] {
        story.server.put(applied("apps/v1", kind, "shop", name));
    }
    story.server.put(applied("batch/v1", "Job", "shop", "migrate"));
    // Labelled by somebody else, and by nobody.
    let mut labelled = applied("apps/v1", "Deployment", "shop", "foreign");
    labelled["metadata"].as_object_mut().unwrap().remove("annotations");
    story.server.put(labelled);
    story.server.put(bare("apps/v1", "Deployment", "shop", "plain"));
    let mut set = bare("apps/v1", "ReplicaSet", "shop", "web-1");
    set["spec"] = json!({"replicas": 2});
    story.server.put(set);
    story.server.put(bare("v1", "PersistentVolumeClaim", "shop", "data-db-0"));
    let mut pod = bare("v1", "Pod", "shop", "web-1-a");
    pod["spec"] = json!({"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A", "value": "b"}]}]});
    pod["status"] = json!({"phase": "Running", "podIP": "10.0.0.1"});
    story.server.put(pod);
    story = story.watch(Scope::All);
    story.live().await;
    let names = [
        "PersistentVolumeClaim shop/data-db-0",
        "Pod shop/web-1-a",
        "DaemonSet shop/agent",
        "Deployment shop/web",
        "ReplicaSet shop/web-1",
        "StatefulSet shop/db",
        "Job shop/migrate",
    ];
    assert_eq!(story.seen.names(), names);
    let body = |name: &str| &story.seen.objects.values().find(|object| object.id.name == name).unwrap().body;
    assert_eq!(body("web-1-a")["spec"], json!({"containers": [{"name": "web", "image": "web:1"}]}));
    assert_eq!(body("web-1-a")["status"], json!({"phase": "Running"}));
    assert_eq!((&body("web-1")["kind"], body("web-1").get("spec")), (&json!("ReplicaSet"), None));
    assert_eq!(body("web")["apiVersion"], "apps/v1");

    story.server.put(bare("apps/v1", "Deployment", "shop", "web"));
    story.server.remove(&ObjectRef::of(&bare("v1", "Pod", "shop", "web-1-a")).unwrap());
    let left: Vec<String> = story.seen.names();
    let left = left.into_iter().filter(|name| !["Deployment shop/web", "Pod shop/web-1-a"].contains(&name.as_str()));
    story.wait_for_objects(&left.collect::<Vec<_>>()).await;
}

#[tokio::test(start_paused = true)]
async fn sources_and_kustomizations_are_told() {
    let mut story = Story::new("viewer");
    let source = |kind: &str| bare("source.toolkit.fluxcd.io/v1", kind, "shop", "one");
    let kinds = ["HelmChart", "HelmRepository", "OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"];
    for kind in kinds {
        story.server.put(source(kind));
    }
    let mut kustomization = bare("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "apps");
    kustomization["spec"] = json!({"path": "./apps", "sourceRef": {"kind": "GitRepository", "name": "fleet"}});
    story.server.put(kustomization);
    story = story.watch(Scope::Namespace("shop".to_owned()));
    story.live().await;
    let key = ObjectKey::new("shop", "one");
    let told: Vec<String> = SourceKind::iter()
        .filter_map(|kind| story.catalog.source(kind, &key).map(|source| source.kind.to_string()))
        .collect();
    assert_eq!(told, kinds);
    let kustomization = story.catalog.kustomization(&ObjectKey::new("flux-system", "apps")).unwrap();
    assert_eq!(kustomization.path.as_deref(), Some("./apps"));
    story.server.remove(&ObjectRef::of(&source("Bucket")).unwrap());
    let bucket = SourceKind::Bucket;
    story.until("the bucket to go", |catalog| catalog.source(bucket, &key).is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn managed_fields_say_when_spec_and_status_were_written() {
    let mut story = Story::new("administrator");
    let mut object = helm_release();
    object["metadata"]["managedFields"] = json!([
        {"manager": "kubectl", "operation": "Apply", "time": "2026-03-04T10:00:00Z"},
        {"manager": "flux", "operation": "Update", "time": "2026-03-04T11:00:00Z"},
        {"manager": "helm-controller", "operation": "Update", "subresource": "status", "time": "2026-03-04T11:30:00Z"},
    ]);
    story.server.put(object);
    story = story.watch(Scope::All);
    story.live().await;
    let release = story.catalog.helm_release(&ObjectKey::new("shop", "front")).unwrap();
    let times = ["2026-03-04T11:00:00Z", "2026-03-04T11:30:00Z"].map(|time| Some(time.parse().unwrap()));
    assert_eq!([release.spec_written, release.status_written], times);
}

#[tokio::test(start_paused = true)]
async fn a_start_asks_no_more_than_it_must() {
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed");
    story.server.put(helm_release());
    for number in 0..200 {
        story.server.put(applied("apps/v1", "Deployment", "shop", &format!("web-{number}")));
        story.server.put(bare("v1", "Pod", "shop", &format!("web-{number}-a")));
    }
    story = story.watch(Scope::All);
    story.live().await;
    rest().await;
    // Two lists and a watch for each of the two stores; a list and a watch for HelmReleases, six kinds of sources,
    // Kustomizations and seven kinds of objects; the namespaces once. The number of releases is not in it.
    assert_eq!(story.line.asked("").len(), 2 * 3 + (1 + 6 + 1 + 7) * 2 + 1);
    rest().await;
    assert_eq!(story.line.asked("").len(), 37);
}

#[tokio::test(start_paused = true)]
async fn rows_come_before_what_judges_them_and_pods_come_last() {
    let mut story = Story::new("administrator").store("shop", "cart", 1, "deployed").watch(Scope::All);
    story.live().await;
    let asked = story.line.asked("");
    let at = |plural: &str| asked.iter().position(|path| path.contains(&format!("/{plural}?"))).unwrap();
    let last = |plurals: &[&str]| plurals.iter().map(|plural| at(plural)).max().unwrap();
    let first = |plurals: &[&str]| plurals.iter().map(|plural| at(plural)).min().unwrap();
    let rows = ["secrets", "configmaps", "helmreleases"];
    let workloads = ["deployments", "statefulsets", "daemonsets", "jobs", "helmcharts", "kustomizations"];
    let pods = ["pods", "replicasets", "persistentvolumeclaims"];
    assert!(last(&rows) < first(&workloads), "{asked:#?}");
    assert!(last(&workloads) < first(&pods), "{asked:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_come_keeps_the_others_for_two_seconds_at_most() {
    let mut story = Story::new("administrator");
    story.server.put(bare("v1", "Pod", "shop", "web"));
    story.line.fail("/secrets?", Fault::Hang, 1);
    let began = tokio::time::Instant::now();
    story = story.watch(Scope::All);
    story.wait_for_objects(&["Pod shop/web".to_owned()]).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn kinds_that_are_not_served_are_looked_for_with_one_request_a_group() {
    let mut story = Story::new("administrator");
    story.line.fail("toolkit.fluxcd.io", Fault::Refuse(404, None), usize::MAX);
    story.server.put(helm_release());
    story = story.watch(Scope::All);
    story.live().await;
    rest().await;
    let asked = || story.line.asked("toolkit.fluxcd.io").len();
    // Each kind is listed in vain, and each group is looked at.
    assert_eq!(asked(), 8 + 3);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(asked(), 8 + 3 + 6 * 3);
    let absent = |feed: &(&Feed, &FeedState)| *feed.1 == FeedState::Absent;
    assert_eq!(story.catalog.feeds().iter().filter(absent).count(), 8);
    // Flux is installed.
    story.line.mend();
    story.until("the HelmRelease", has("shop/front 0  of 0")).await;
}

#[tokio::test(start_paused = true)]
async fn objects_are_read_in_the_namespaces_that_may_be_read() {
    let mut story = Story::new("two");
    for namespace in ["checkout", "shop"] {
        story.server.put(applied("apps/v1", "Deployment", namespace, "web"));
        story.server.put(bare("v1", "Pod", namespace, "web-1"));
    }
    story = story.watch(Scope::All);
    story.live().await;
    assert_eq!(story.seen.names(), ["Pod checkout/web-1", "Deployment checkout/web"]);
    let states: Vec<_> = story
        .catalog
        .feeds()
        .iter()
        .filter(|(feed, _)| feed.kind == FeedKind::Objects(WatchedKind::Pod))
        .map(|(feed, state)| (feed.namespace.as_deref(), state.clone()))
        .collect();
    let expected =
        [(None, FeedState::Forbidden), (Some("checkout"), FeedState::Live), (Some("payments"), FeedState::Live)];
    assert_eq!(states, expected);
}
