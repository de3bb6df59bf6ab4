//! The objects of releases: replayed from the recordings of a real cluster, and properties over made-up ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use strum::IntoEnumIterator;
use wheelhouse::health::objects::{named, rows};
use wheelhouse::health::{Standing, Trouble, World};
use wheelhouse::release::flux::HelmRelease;
use wheelhouse::release::{Catalog, Change, Feed, FeedKind, FeedState, LiveObject, ObjectKey, Release, WatchedKind};

use super::recordings;

/// When the recorder began, in Unix seconds.
const BEGIN: f64 = 1_795_246_125.0;

/// Changes that follow one another sooner settle before they are shown.
const SETTLED: f64 = 0.4;

fn live() -> impl Iterator<Item = Change> {
    let feed = |kind| Feed { kind: FeedKind::Objects(kind), namespace: None };
    WatchedKind::iter().map(move |kind| Change::Feed(feed(kind), FeedState::Live))
}

/// The workloads of the recordings as the shared watches tell of them: ReplicaSets by their metadata alone.
fn recorded() -> Vec<(f64, Change)> {
    let mut changes = Vec::new();
    for file in ["deployments", "replicasets", "pods", "jobs"] {
        for event in recordings::lines(&format!("{file}.jsonl")) {
            let mut body = event["object"].clone();
            body["metadata"].as_object_mut().unwrap().remove("managedFields");
            if file == "replicasets" {
                body.as_object_mut().unwrap().retain(|key, _| !matches!(key.as_str(), "spec" | "status"));
            }
            let object = LiveObject::read(body).unwrap();
            let change = match event["type"].as_str().unwrap() {
                "DELETED" => Change::ObjectGone(object.id, object.uid),
                _ => Change::Object(Arc::new(object)),
            };
            changes.push((event["at"].as_f64().unwrap() - BEGIN, change));
        }
    }
    changes.sort_by(|a, b| a.0.total_cmp(&b.0));
    changes
}

/// The row of a HelmRelease of the recordings, as it was when it had first released something.
fn recorded_release(namespace: &str, name: &str) -> Release {
    let events = recordings::lines("helmreleases.jsonl");
    let released = events.iter().map(|event| &event["object"]).find(|object| {
        object["metadata"]["namespace"] == namespace
            && object["metadata"]["name"] == name
            && object["status"]["history"][0].is_object()
    });
    let mut catalog = Catalog::default();
    catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(released.unwrap()).unwrap())));
    catalog.releases().remove(0)
}

fn told(standing: &Standing) -> Vec<String> {
    let line = |list: &str, trouble: &Trouble| {
        let path: String = trouble.path.iter().map(|id| format!(" > {id}")).collect();
        format!("{list} {}{path}: {}", trouble.object, trouble.text)
    };
    let mut lines = vec![format!("{}/{}", standing.counts.ready, standing.counts.total)];
    let lists = [
        ("broken", &standing.broken),
        ("stuck", &standing.stuck),
        ("waiting", &standing.waiting),
        ("unknown", &standing.unknown),
        ("gone", &standing.remembered),
    ];
    lines.extend(lists.into_iter().flat_map(|(list, troubles)| troubles.iter().map(move |one| line(list, one))));
    lines.extend(standing.missing.iter().map(|id| format!("missing {id}")));
    lines
}

/// What is said of a release each time that something else is said, once it has settled.
fn story(namespace: &str, name: &str) -> String {
    let release = recorded_release(namespace, name);
    let mut world = World::default();
    live().for_each(|change| world.apply(&change));
    let (mut story, mut last) = (String::new(), Vec::new());
    let changes = recorded();
    for (place, (at, change)) in changes.iter().enumerate() {
        world.apply(change);
        if changes.get(place + 1).is_some_and(|(next, _)| next - at < SETTLED) {
            continue;
        }
        if !world.take_touched().contains(&ObjectKey::new(namespace, name)) {
            continue;
        }
        let now = Timestamp::from_millisecond(((BEGIN + at) * 1000.0).round() as i64).unwrap();
        let said = told(&world.standing(&release, now));
        if said != last {
            story += &format!("{at:.1}\n  {}\n", said.join("\n  "));
            last = said;
        }
    }
    story
}

#[track_caller]
fn check_story(namespace: &str, name: &str, expected: &str) {
    let actual = story(namespace, name);
    assert!(actual.trim() == expected.trim(), "{actual}");
}

#[test]
fn the_pods_of_billing_say_that_they_cannot_pull_and_are_remembered() {
    check_story("billing", "billing", include_str!("golden/world-billing.txt"));
}

#[test]
fn the_pods_of_search_say_that_they_crash() {
    check_story("search", "search", include_str!("golden/world-search.txt"));
}

/// An object of one kind or another, with owners and releases that may or may not be there.
fn objects() -> impl Strategy<Value = Vec<Change>> {
    let kinds = [
        ("apps/v1", "Deployment"),
        ("apps/v1", "ReplicaSet"),
        ("apps/v1", "StatefulSet"),
        ("batch/v1", "Job"),
        ("v1", "PersistentVolumeClaim"),
        ("v1", "Pod"),
        ("example.com/v1", "Widget"),
    ];
    let states = vec![
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
        json!({"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}]}),
        json!({"phase": "Running", "containerStatuses": [
            {"name": "web", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
        json!({"phase": "Failed", "reason": "Evicted"}),
        json!({"phase": "Pending"}),
        json!({"replicas": 1, "readyReplicas": 0}),
        json!({"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}),
        json!({"conditions": [{"type": "Ready", "status": "False", "reason": "No"}]}),
    ];
    let one = (
        prop::sample::select(kinds.to_vec()),
        0..12_u8,
        prop::option::of(0..12_u8),
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(states),
    );
    prop::collection::vec(one, 1..14).prop_map(|all| {
        let mut unique = BTreeMap::new();
        for ((api_version, kind), name, owner, named, deleting, status) in all {
            let mut metadata = json!({
                "name": format!("o{name}"), "namespace": "shop", "uid": format!("u{name}"), "generation": 1,
                "creationTimestamp": "2026-01-02T03:00:00Z",
            });
            if named {
                metadata["annotations"] =
                    json!({"meta.helm.sh/release-namespace": "shop", "meta.helm.sh/release-name": "web"});
            }
            if let Some(owner) = owner {
                metadata["ownerReferences"] =
                    json!([{"kind": "Any", "name": format!("o{owner}"), "uid": format!("u{owner}"), "controller": true}]);
            }
            if deleting {
                metadata["deletionTimestamp"] = json!("2026-01-02T03:00:00Z");
                metadata["finalizers"] = json!(["example.com/hold"]);
            }
            let spec = json!({"volumes": [{"persistentVolumeClaim": {"claimName": "o1"}}],
                              "containers": [{"name": "web", "image": "i"}]});
            let body =
                json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec, "status": status});
            // A uid is of one object.
            unique.insert(name, Change::Object(Arc::new(LiveObject::read(body).unwrap())));
        }
        unique.into_values().collect()
    })
}

fn web() -> Release {
    let object = json!({
        "metadata": {"namespace": "shop", "name": "web"},
        "status": {"history": [{"name": "web", "namespace": "shop", "version": 1, "status": "deployed"}],
                   "inventory": {"entries": [{"id": "shop_o1_apps_Deployment", "v": "v1"}]}},
    });
    let mut catalog = Catalog::default();
    catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap())));
    catalog.releases().remove(0)
}

fn standing_of(changes: &[Change], keeping: bool) -> (Standing, usize) {
    let mut world = if keeping { World::keeping_bodies() } else { World::default() };
    changes.iter().for_each(|change| world.apply(change));
    let now = "2026-01-02T04:00:00Z".parse().unwrap();
    let _ = rows(&web(), &named(&web(), None), &world, now);
    (world.standing(&web(), now), world.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_changes_makes_no_difference_and_twice_is_once(
        (changes, shuffled) in objects().prop_flat_map(|all| {
            let all: Vec<Change> = all.into_iter().chain(live()).collect();
            (Just(all.clone()), Just(all).prop_shuffle())
        })
    ) {
        let expected = standing_of(&changes, false);
        prop_assert_eq!(&standing_of(&shuffled, false), &expected);
        prop_assert_eq!(&standing_of(&shuffled, true), &expected);
        // Taken in again, one by one, nothing is another, and nothing has grown.
        let twice: Vec<Change> = shuffled.iter().flat_map(|change| [change.clone(), change.clone()]).collect();
        let mut twice = standing_of(&twice, false);
        twice.0.remembered.clear();
        prop_assert_eq!(&twice, &expected);
    }

    #[test]
    fn what_is_gone_leaves_nothing_but_what_is_remembered(changes in objects()) {
        let gone = changes.iter().filter_map(|change| match change {
            Change::Object(object) => Some(Change::ObjectGone(object.id.clone(), object.uid.clone())),
            _ => None,
        });
        let mut world = World::default();
        changes.iter().cloned().chain(gone).for_each(|change| world.apply(&change));
        world.take_touched();
        prop_assert!(world.is_empty());
        prop_assert_eq!(world.next_turn(Timestamp::MIN), None);
        let standing = world.standing(&web(), Timestamp::UNIX_EPOCH);
        prop_assert!(standing.remembered.len() <= 5);
        prop_assert_eq!(Standing { remembered: Vec::new(), ..standing }, Standing::default());
    }

    #[test]
    fn no_object_is_too_odd(
        kind in prop::sample::select(vec!["Deployment", "ReplicaSet", "StatefulSet", "Job", "Pod", "PersistentVolumeClaim", "Namespace"]),
        spec in super::properties::value(),
        status in super::properties::value(),
    ) {
        let api_version = match kind {
            "Job" => "batch/v1",
            "Pod" | "PersistentVolumeClaim" | "Namespace" => "v1",
            _ => "apps/v1",
        };
        let metadata = json!({"name": "o1", "namespace": "shop", "uid": "u1", "annotations": {
            "meta.helm.sh/release-namespace": "shop", "meta.helm.sh/release-name": "web"}});
        let body = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec, "status": status});
        let change = Change::Object(Arc::new(LiveObject::read(body).unwrap()));
        let (standing, kept) = standing_of(&[change], true);
        prop_assert_eq!((kept, standing.counts.total), (1, 1));
    }
}
