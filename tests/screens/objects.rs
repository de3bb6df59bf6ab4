//! The objects of a release, and what Kubernetes tells of them.

use insta::assert_snapshot;
use serde_json::json;
use wheelhouse::app::Effect;
use wheelhouse::release::{Change, FeedState, Resource};

use crate::fixture::{cluster, without_secrets};
use crate::live::{document, holding, object, objects, opened, search, state, states, unseen};
use crate::scenario::Scenario;

#[test]
fn the_objects_of_a_release_the_worst_first() {
    let s = search(80, 24, "enter 2");
    assert_snapshot!("objects_80x24", s.screen());
    let s = s.resized(120, 40);
    assert_snapshot!("objects_120x40", s.screen());
    assert_snapshot!("objects_120x40_styled", s.styled());
    assert_snapshot!("objects_160x50", s.resized(160, 50).screen());
}

#[test]
fn what_is_cut_of_the_selected_object_is_told_below() {
    let s = search(80, 24, "enter 2").keys("j j");
    assert_snapshot!("objects_pod_80x24", s.screen());
    assert_snapshot!("objects_end_80x24", s.keys("G").screen());
}

#[test]
fn before_anything_is_known_of_the_objects() {
    assert_snapshot!("objects_reading_80x24", opened(80, 24, "enter 2").screen());
    assert_snapshot!("objects_loading_80x24", unseen(80, 24, "enter 2").screen());
    let s = opened(80, 24, "enter 2").answer(holding(String::new()));
    assert_snapshot!("objects_none_80x24", s.screen());
    let s = Scenario::connected(80, 24).changes(without_secrets()).keys("/").typed("ns:legacy").keys("enter enter 2");
    assert_snapshot!("objects_forbidden_80x24", s.screen());
}

#[test]
fn objects_that_may_not_be_seen_are_told_apart_from_those_that_are_not_there() {
    let s = unseen(120, 40, "enter 2");
    let forbidden = |resource: &Resource| match resource.kind.as_str() {
        "Pod" | "ReplicaSet" | "Secret" | "Event" => FeedState::Forbidden,
        _ => FeedState::Live,
    };
    let all: Vec<Change> = states(&s, forbidden).into_iter().collect();
    assert_snapshot!("objects_pods_forbidden_120x40", s.inspected(all).screen());
}

#[test]
fn the_release_is_watched_while_it_is_open_and_no_longer() {
    let mut s = opened(80, 24, "enter 2");
    let inspected = |s: &mut Scenario| -> Vec<usize> {
        let inspected = |effect: &Effect| match effect {
            Effect::Inspect(_, inventory) => Some(inventory.objects.len()),
            Effect::Leave => Some(0),
            _ => None,
        };
        s.asked().iter().filter_map(inspected).collect()
    };
    assert_eq!(inspected(&mut s), Vec::<usize>::new(), "the manifest says what to watch, and is not read yet");
    s = s.answer(holding(document("v1", "ConfigMap", "a") + &document("v1", "Service", "b")));
    assert_eq!(inspected(&mut s), [4], "two kinds of the manifest, a hook and a test");
    s = s.keys("1 4 5 7 8 2").answer(holding(String::new())).changes(cluster());
    assert_eq!(inspected(&mut s), Vec::<usize>::new(), "the same is not watched twice");
    s = s.keys("esc");
    assert_eq!(inspected(&mut s), [0]);
}

#[test]
fn the_selected_object_stays_selected_while_others_come_and_go() {
    let s = search(80, 24, "enter 2").keys("j j");
    let selected = |s: &Scenario| s.screen().lines().find(|line| line.starts_with('>')).map(str::to_owned);
    let before = selected(&s);
    assert!(before.as_ref().is_some_and(|line| line.contains("Pod search-6d7f-x2x")), "{before:?}");
    let s = s.inspected(vec![object(
        "v1",
        "Service",
        "search",
        2000,
        None,
        json!({
            "spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {}},
        }),
    )]);
    assert_eq!(selected(&s), before);
    let gone = objects().into_iter().find_map(|change| match change {
        Change::Object(object) if object.id.name == "search-6d7f-x2x" => {
            Some(Change::ObjectGone(object.id.clone(), object.uid.clone()))
        }
        _ => None,
    });
    let s = s.inspected(gone.into_iter().collect());
    assert!(selected(&s).is_some_and(|line| !line.contains("x2x")), "{}", s.screen());
}

#[test]
fn five_thousand_objects_cost_what_is_seen_of_them() {
    let manifest: String = (0..5_000).map(|number| document("v1", "ConfigMap", &format!("part-{number:04}"))).collect();
    let s = opened(80, 24, "enter 2").answer(holding(manifest));
    let mut all = states(&s, state);
    all.extend(
        (0..4_990)
            .map(|number| object("v1", "ConfigMap", &format!("part-{number:04}"), 2000, None, json!({"data": {}}))),
    );
    let s = s.inspected(all);
    assert_snapshot!("objects_huge_80x24", s.screen());
    assert_snapshot!("objects_huge_end_80x24", s.keys("G").screen());
}

#[test]
fn hostile_objects() {
    let name = "\u{1b}[2J\u{202e}gpj.exe 日本語の検索サービス-\u{200b}e\u{301}-that-goes-on-and-on-and-on-and-on";
    let s = opened(80, 24, "enter 2").answer(holding(document("v1", "ConfigMap", "a")));
    let mut all = states(&s, state);
    all.push(object("example.com/v1", "\u{202e}Kind\u{7}", name, 3, None, json!({
        "metadata": {"annotations": {"meta.helm.sh/release-name": "search", "meta.helm.sh/release-namespace": "search"}},
        "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "\u{1b}]0;x\u{7}", "message": format!("{name} ").repeat(9)}]},
    })));
    let s = s.inspected(all);
    assert_snapshot!("objects_hostile_80x24", s.screen());
    assert_snapshot!("objects_hostile_120x40", s.resized(120, 40).screen());
}

#[test]
fn events_of_the_release_and_of_one_object() {
    let s = search(80, 24, "E");
    assert_snapshot!("events_80x24", s.screen());
    assert_snapshot!("events_120x40", s.resized(120, 40).screen());
    let s = search(80, 24, "enter 2").keys("j j E");
    assert_snapshot!("events_of_a_pod_80x24", s.screen());
    assert!(s.keys("esc").screen().contains("[2 objects]"));
    let s = search(80, 24, "E").keys("enter");
    assert!(s.screen().contains("[2 objects]") && s.screen().contains(">x     Pod search-6d7f-x2x"), "{}", s.screen());
}

#[test]
fn why_there_is_no_event() {
    assert_snapshot!("events_loading_80x24", unseen(80, 24, "E").screen());
    let none = |resource: &Resource| state(resource);
    let s = unseen(80, 24, "E");
    let all = states(&s, none);
    assert_snapshot!("events_none_80x24", s.inspected(all).screen());
    let s = unseen(80, 24, "E");
    let forbidden = |resource: &Resource| if resource.kind == "Event" { FeedState::Forbidden } else { FeedState::Live };
    let all = states(&s, forbidden);
    assert_snapshot!("events_forbidden_80x24", s.inspected(all).screen());
}

#[test]
fn what_is_selected_is_copied_in_words() {
    let copied = |keys: &str| {
        let mut s = search(120, 40, keys).keys("Y");
        s.asked().into_iter().rev().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        })
    };
    insta::assert_debug_snapshot!("copied", [copied("enter 2"), copied("E"), copied("w")]);
}

#[test]
fn another_tab_asks_at_once_for_what_it_shows() {
    let owns = |s: &mut Scenario| -> Vec<bool> {
        let tries = |effect: &Effect| match effect {
            Effect::Own(_, _, _, tries) => Some(*tries),
            _ => None,
        };
        s.asked().iter().filter_map(tries).collect()
    };
    // Once opened, its hotfixes are counted; the API server is asked about them when somebody looks.
    let mut s = search(80, 24, "enter 2");
    assert_eq!(owns(&mut s), [false]);
    let mut s = s.keys("3");
    assert_eq!(owns(&mut s), [true], "{}", s.screen());
    let mut s = s.keys("2 3");
    assert_eq!(owns(&mut s), [false; 0]);
}
