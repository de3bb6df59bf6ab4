//! An open release: its objects, their children, its Events; what is missing, forbidden or not served; and that it costs
//! one list and one watch for each kind and place.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use wheelhouse::demo::server::ObjectRef;
use wheelhouse::release::{Answer, Controller, Event, FeedState, ObjectId, ObjectKey, ProblemKind, Query};

use crate::client::{Seen, Story, inventory, resource};
use crate::faults::Fault;
use crate::feeds::bare;

const WEB: &[(&str, &str, Option<&str>, &[&str])] = &[
    ("apps/v1", "Deployment", Some("shop"), &["web", "gone"]),
    ("v1", "Secret", None, &["web"]),
    ("v1", "ConfigMap", Some("shop"), &["web", "more"]),
];

fn live(story: &Story) -> bool {
    !story.seen.inventory.is_empty() && story.seen.inventory.values().all(|state| *state == FeedState::Live)
}

fn said(story: &Story) -> bool {
    !story.seen.inventory.is_empty() && story.seen.inventory.values().all(|state| *state != FeedState::Loading)
}

/// `v1 Secret shop: Live` and the like.
fn states(seen: &Seen) -> Vec<String> {
    let state = |state: &FeedState| match state {
        FeedState::Stale { problem, .. } => format!("Stale {:?}", problem.kind),
        other => format!("{other:?}"),
    };
    seen.inventory
        .iter()
        .map(|(of, told)| {
            format!("{} {} {}: {}", of.api_version, of.kind, of.namespace.as_deref().unwrap_or("-"), state(told))
        })
        .collect()
}

fn event(name: &str, about: &str, count: u64) -> Value {
    let mut event = bare("v1", "Event", "shop", name);
    event["involvedObject"] = json!({
        "apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": about, "uid": "u",
        "fieldPath": "spec.containers{web}",
    });
    event["type"] = "Warning".into();
    event["reason"] = "BackOff".into();
    event["message"] = "Back-off restarting failed container".into();
    event["count"] = count.into();
    event["firstTimestamp"] = "2026-03-04T11:00:00Z".into();
    event["lastTimestamp"] = "2026-03-04T11:59:00Z".into();
    event["source"] = json!({"component": "kubelet"});
    event
}

#[tokio::test(start_paused = true)]
async fn an_open_release_is_told_of_with_children_and_events() {
    let mut story = Story::new("administrator");
    for name in ["web", "other"] {
        story.server.put(bare("apps/v1", "Deployment", "shop", name));
        story.server.put(bare("v1", "ConfigMap", "shop", name));
        story.server.put(bare("apps/v1", "ReplicaSet", "shop", &format!("{name}-1")));
        story.server.put(bare("v1", "Pod", "shop", &format!("{name}-1-a")));
    }
    let mut secret = bare("v1", "Secret", "shop", "web");
    secret["data"] = json!({"password": "c2VjcmV0"});
    secret["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"password\":\"c2VjcmV0\"}}"});
    story.server.put(secret);
    story.server.put(bare("v1", "Pod", "checkout", "elsewhere"));
    story.server.put(event("web-1-a.1", "web-1-a", 7));
    story = story.inspect(WEB);
    story.take("all lists to end", live).await;
    assert_eq!(
        story.seen.names(),
        [
            "ConfigMap shop/web",
            "Pod shop/other-1-a",
            "Pod shop/web-1-a",
            "Secret shop/web",
            "Deployment shop/web",
            "ReplicaSet shop/other-1",
            "ReplicaSet shop/web-1",
        ]
    );
    let body = &story.seen.objects[&ObjectId::new("", "Secret", "shop", "web")].body;
    assert!(!body.to_string().contains("c2VjcmV0"), "{body}");
    let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let expected = Event {
        key: ObjectKey::new("shop", "web-1-a.1"),
        about: ObjectId::new("", "Pod", "shop", "web-1-a"),
        about_uid: "u".to_owned(),
        field: Some("spec.containers{web}".to_owned()),
        warning: true,
        reason: "BackOff".to_owned(),
        message: "Back-off restarting failed container".to_owned(),
        count: 7,
        first: time("2026-03-04T11:00:00Z"),
        last: time("2026-03-04T11:59:00Z"),
        source: "kubelet".to_owned(),
    };
    assert_eq!(story.seen.events.values().collect::<Vec<_>>(), [&expected]);

    story.server.put(bare("v1", "Pod", "shop", "web-1-b"));
    story.server.remove(&ObjectRef::of(&bare("apps/v1", "Deployment", "shop", "web")).unwrap());
    story.server.remove(&ObjectRef::of(&event("web-1-a.1", "web-1-a", 7)).unwrap());
    story.server.put(event("web-1-b.1", "web-1-b", 1));
    story
        .take("what changed", |story| {
            let names = story.seen.names();
            names.contains(&"Pod shop/web-1-b".to_owned())
                && !names.contains(&"Deployment shop/web".to_owned())
                && story.seen.events.keys().map(|key| key.name.as_str()).eq(["web-1-b.1"])
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_release_costs_a_list_and_a_watch_for_each_kind_and_place() {
    let mut story = Story::new("administrator").inspect(WEB);
    story.take("all lists to end", live).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    // Deployments, Secrets, ConfigMaps, four kinds of children, Events; the core group was looked at once.
    assert_eq!(story.line.asked("").len(), 8 * 2 + 1, "{:#?}", story.line.asked(""));
    assert_eq!(story.line.asked("/secrets?").len(), 2);
    assert!(story.line.asked("/secrets?").iter().all(|path| path.contains("fieldSelector=metadata.name%3Dweb")));
    assert!(story.line.asked("").iter().all(|path| path == "/api/v1" || path.contains("/namespaces/shop/")));
    // What was learnt of the group is kept.
    let mut again = story.inspect(WEB);
    again.take("all lists to end", live).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(again.line.asked("").len(), 8 * 4 + 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_served_or_has_no_namespace_is_said_and_read_as_it_is() {
    let mut story = Story::new("administrator");
    let definition = |name: &str| {
        let mut definition = bare("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name);
        definition["metadata"].as_object_mut().unwrap().remove("namespace");
        definition
    };
    story.server.put(definition("widgets.example.com"));
    story.server.put(definition("others.example.com"));
    story.server.put(bare("autoscaling/v2", "HorizontalPodAutoscaler", "shop", "web"));
    story = story.inspect(&[
        ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", None, &["widgets.example.com"]),
        ("autoscaling/v1", "HorizontalPodAutoscaler", None, &["web"]),
        ("example.com/v1", "Widget", Some("shop"), &["one"]),
        ("v1", "Node", None, &["one"]),
    ]);
    story.take("all to be said", said).await;
    story
        .wait_for_objects(&[
            "CustomResourceDefinition /widgets.example.com".to_owned(),
            "HorizontalPodAutoscaler shop/web".to_owned(),
        ])
        .await;
    let expected = [
        "apiextensions.k8s.io/v1beta1 CustomResourceDefinition -: Live",
        "autoscaling/v1 HorizontalPodAutoscaler -: Live",
        "example.com/v1 Widget shop: Absent",
        "v1 Event shop: Live",
        "v1 Node -: Absent",
    ];
    assert_eq!(states(&story.seen), expected);
    assert_eq!(
        story.seen.objects.values().map(|object| object.api_version.as_str()).collect::<Vec<_>>(),
        ["apiextensions.k8s.io/v1", "autoscaling/v2",]
    );
    let looks = story.line.asked("/apis/example.com").len();
    tokio::time::sleep(Duration::from_secs(61)).await;
    // Six looks at the version that was named, and at those that the group has.
    assert_eq!(story.line.asked("/apis/example.com").len(), looks + 6 * 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_said_and_the_rest_is_read() {
    let mut story = Story::new("viewer");
    story.server.put(bare("v1", "ConfigMap", "shop", "web"));
    story = story.inspect(&[
        ("v1", "ConfigMap", None, &["web"]),
        ("v1", "Secret", None, &["web"]),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", None, &["widgets.example.com"]),
    ]);
    story.take("all to be said", said).await;
    let expected = [
        "apiextensions.k8s.io/v1 CustomResourceDefinition -: Forbidden",
        "v1 ConfigMap -: Live",
        "v1 Event shop: Live",
        "v1 Secret -: Forbidden",
    ];
    assert_eq!(states(&story.seen), expected);
    assert_eq!(story.seen.names(), ["ConfigMap shop/web"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_release_outlives_forgotten_versions_and_broken_lines() {
    let mut story = Story::new("administrator");
    story.server.put(bare("v1", "Pod", "shop", "old"));
    story.line.fail("/api/v1", Fault::Break, 1);
    story = story.inspect(&[("v1", "ConfigMap", None, &["web"]), ("apps/v1", "Deployment", None, &["web"])]);
    story
        .take("the broken line to be said", |story| {
            states(&story.seen).contains(&"v1 ConfigMap -: Stale Unreachable".to_owned())
        })
        .await;
    story.take("all lists to end", live).await;
    story.line.fail("watch=", Fault::Break, 12);
    story.advance(300);
    tokio::time::sleep(Duration::from_millis(1)).await;
    story.server.remove(&ObjectRef::of(&bare("v1", "Pod", "shop", "old")).unwrap());
    story.server.put(bare("v1", "Pod", "shop", "new"));
    story.server.compact();
    story.wait_for_objects(&["Pod shop/new".to_owned()]).await;
}

#[tokio::test(start_paused = true)]
async fn a_release_that_is_read_once_is_read_to_its_end() {
    let story = Story::new("viewer");
    story.server.put(bare("v1", "ConfigMap", "shop", "web"));
    let objects: &[(&str, &str, Option<&str>, &[&str])] = &[
        ("v1", "ConfigMap", None, &["web"]),
        ("v1", "Secret", None, &["web"]),
        ("example.com/v1", "Widget", None, &["one"]),
    ];
    let mut reading = story.cluster.inspect_once(inventory(objects));
    let mut seen = Seen::default();
    loop {
        let changes = reading.next().await;
        if changes.is_empty() {
            break;
        }
        changes.iter().for_each(|change| seen.apply(change));
    }
    assert_eq!(seen.names(), ["ConfigMap shop/web"]);
    assert_eq!(seen.inventory[&resource("v1", "Secret", None)], FeedState::Forbidden);
    assert_eq!(seen.inventory[&resource("example.com/v1", "Widget", None)], FeedState::Absent);
    assert_eq!(story.line.asked("watch="), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn controllers_are_found_by_name_and_label() {
    let check = async |user: &str, expected: Result<Vec<Controller>, ProblemKind>| {
        let story = Story::new(user);
        for (namespace, name, part) in [
            ("flux-system", "helm-controller", "flux"),
            ("flux-system", "source-controller", "flux"),
            ("checkout", "helm-controller", "other"),
        ] {
            let mut deployment = bare("apps/v1", "Deployment", namespace, name);
            deployment["metadata"]["labels"] = json!({"app.kubernetes.io/part-of": part});
            deployment["spec"] = json!({"replicas": 2, "selector": {}, "template": {}});
            deployment["status"] = json!({"readyReplicas": 1});
            story.server.put(deployment);
        }
        let name = "helm-controller".to_owned();
        match story.cluster.ask(Query::Controllers(name.clone())).await {
            Answer::Controllers(of, found) => {
                assert_eq!((of, found.map_err(|problem| problem.kind)), (name, expected), "{user}");
            }
            other => panic!("{user}: {other:?}"),
        }
    };
    let found = Controller { key: ObjectKey::new("flux-system", "helm-controller"), replicas: 2, ready: 1 };
    check("administrator", Ok(vec![found.clone()])).await;
    check("viewer", Ok(vec![found])).await;
    check("nobody", Err(ProblemKind::Forbidden)).await;
}
