//! What differs between two revisions, or a revision and what is live.

use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::json;
use wheelhouse::app::{Effect, Msg};
use wheelhouse::diff::Progress;
use wheelhouse::release::payload::Payload;
use wheelhouse::release::{Answer, Change, FeedState, Problem, ProblemKind, Resource, StoredRef};

use crate::fixture::{self, cluster, stored};
use crate::scenario::Scenario;

/// Answers with manifests made for a revision.
fn answer_with(manifest: impl Fn(u32) -> String) -> impl Fn(&StoredRef, bool) -> Answer {
    move |object, whole| {
        let payload = fixture::payload(object);
        if !whole {
            return Answer::Summary(object.clone(), Ok(Arc::new(payload.summary())));
        }
        let mut raw = payload.into_raw();
        let revision = raw.get("version").and_then(serde_json::Value::as_u64).unwrap();
        raw.insert("manifest".to_owned(), json!(manifest(u32::try_from(revision).unwrap())));
        Answer::Payload(object.clone(), Ok(Arc::new(Payload::new(raw))))
    }
}

fn deployment(name: &str, tag: &str, replicas: u32) -> String {
    format!(
        "---\n# Source: storefront/templates/{name}.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: legacy\nspec:\n  replicas: {replicas}\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/storefront:{tag}\n          ports:\n            - containerPort: 8080\n          env:\n            - name: TRACE\n              value: \"1\"\n"
    )
}

fn config_map(name: &str, value: &str) -> String {
    let value = serde_json::Value::String(value.to_owned());
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: legacy\ndata:\n  greeting: {value}\n"
    )
}

/// What the revisions of the wiki hold: from 4 to 5 a Deployment changes, a ConfigMap goes and another one comes.
fn wiki(revision: u32) -> String {
    match revision {
        5 => deployment("wiki", "2.11.0", 3) + &deployment("worker", "2.11.0", 1) + &config_map("wiki-new", "hello"),
        _ => deployment("wiki", "2.10.0", 2) + &deployment("worker", "2.11.0", 1) + &config_map("wiki-old", "hello"),
    }
}

fn open(s: Scenario, manifest: impl Fn(u32) -> String + Copy) -> Scenario {
    s.changes(cluster())
        .answer(answer_with(manifest))
        .keys("/")
        .typed("ns:legacy wiki")
        .keys("enter D")
        .answer(answer_with(manifest))
}

#[test]
fn the_latest_revision_is_compared_with_the_one_before() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let s = open(Scenario::connected(width, height), wiki);
        assert_snapshot!(format!("diff_{width}x{height}"), s.screen());
        assert_snapshot!(format!("diff_fields_{width}x{height}"), s.keys("f").screen());
    }
    assert_snapshot!("diff_styled_100x24", open(Scenario::connected(100, 24), wiki).styled());
}

#[test]
fn changes_objects_and_folds_are_gone_through_by_keys() {
    let s = open(Scenario::connected(80, 24), wiki);
    assert_snapshot!("diff_next_80x24", s.keys("n n").screen());
    let s = open(Scenario::connected(80, 24), wiki).keys("J");
    assert_snapshot!("diff_next_object_80x24", s.screen());
    assert_snapshot!("diff_folded_80x24", s.keys("z").screen());
    let s = open(Scenario::connected(80, 24), wiki).keys("enter");
    assert_snapshot!("diff_one_folded_80x24", s.screen());
}

#[test]
fn a_text_is_searched_in_what_differs() {
    let s = open(Scenario::connected(80, 24), wiki).keys("/").typed("hello").keys("enter");
    assert_snapshot!("diff_searched_80x24", s.screen());
    let s = s.keys("n");
    assert!(s.screen().contains("match 2 of 2 for hello"), "{}", s.screen());
    assert!(s.keys("esc").screen().contains("revision 4 -> revision 5"));
}

#[test]
fn revisions_are_marked_in_the_history() {
    let answer = answer_with(wiki);
    let s = Scenario::connected(80, 24).changes(cluster()).answer(&answer).keys("h").answer(&answer);
    let s = s.keys("space j j space");
    assert_snapshot!("history_marked_80x24", s.screen());
    let s = s.keys("D").answer(&answer);
    assert!(s.screen().contains("revision 3 -> revision 5"), "{}", s.screen());
    let s = s.keys("esc k space");
    let said = "two are compared: the mark of revision 5 is gone";
    assert!(s.screen().contains(said), "{}", s.screen());
    let s = s.keys("D").answer(&answer);
    assert!(s.screen().contains("revision 3 -> revision 4"), "{}", s.screen());
}

#[test]
fn a_gap_is_said() {
    let gone = |change: &Change| matches!(change, Change::Revision(stored) if stored.release == "wiki" && stored.revision.get() == 4);
    let changes: Vec<Change> = cluster().into_iter().filter(|change| !gone(change)).collect();
    let answer = answer_with(wiki);
    let s =
        Scenario::connected(80, 24).changes(changes).answer(&answer).keys("/").typed("ns:legacy wiki").keys("enter D");
    let s = s.answer(&answer);
    assert!(s.screen().contains("revision 4 is not stored: compared with 3"), "{}", s.screen());
}

#[test]
fn what_cannot_be_read_says_so_and_what_was_read_stays() {
    let refused = Problem::new(ProblemKind::Forbidden, "secrets \"sh.helm.release.v1.wiki.v4\" is forbidden")
        .hint("get on secrets in namespace legacy is needed");
    let answer = answer_with(wiki);
    let s = Scenario::connected(80, 24).changes(cluster()).answer(&answer).keys("D").refuse(&refused);
    assert_snapshot!("diff_forbidden_80x24", s.screen());
    let s = s.keys("ctrl-r").answer(&answer);
    assert!(s.screen().contains("Deployment wiki"), "{}", s.screen());
    let s = s.changes(vec![pruned(4)]);
    assert_snapshot!("diff_pruned_80x24", s.screen());
    let s = Scenario::connected(80, 24).changes(cluster()).keys("D").changes(vec![pruned(4)]).answer(&answer);
    assert_snapshot!("diff_pruned_before_80x24", s.screen());
}

fn pruned(revision: u32) -> Change {
    let Change::Revision(stored) = stored("legacy", "wiki", revision, "superseded", 4000) else { unreachable!() };
    Change::RevisionGone(stored.object.driver, stored.object.key, stored.object.uid)
}

#[test]
fn a_comparison_that_takes_long_says_how_far_it_is_and_is_given_up_with_the_screen() {
    let mut s = open(Scenario::connected(80, 24).comparing_slowly(), wiki);
    assert!(s.screen().contains("comparing ..."), "{}", s.screen());
    s = s.told_of_comparison(|task| Msg::Diffing(task, Progress { done: 120, all: 5000 }));
    assert!(s.screen().contains("comparing: 120 of 5000 documents ..."), "{}", s.screen());
    s.asked();
    let mut s = s.keys("esc");
    let asked = s.asked();
    assert!(matches!(asked.first(), Some(Effect::Cancel(_))), "{asked:?}");
}

#[test]
fn live_objects_are_read_kind_by_kind() {
    let s = open(Scenario::connected(80, 24), wiki).keys(">").typed("live").keys("enter");
    assert!(s.screen().contains("reading the objects of the release ..."), "{}", s.screen());
    let told = |kind: &str, state: FeedState| {
        let (api_version, namespace) = ("v1".to_owned(), Some("legacy".to_owned()));
        Change::Inventory(Resource { api_version, kind: kind.to_owned(), namespace }, state)
    };
    let s = s.inspected(vec![told("ConfigMap", FeedState::Live), told("Secret", FeedState::Loading)]);
    assert!(s.screen().contains("reading the objects of the release: 1 of 2 kinds ..."), "{}", s.screen());
    let s = s.inspected(vec![told("Secret", FeedState::Live)]);
    assert!(s.screen().contains("revision 4 -> live"), "{}", s.screen());
    assert!(!s.screen().contains("reading"), "{}", s.screen());
}

#[test]
fn two_that_are_alike_say_so() {
    let s = open(Scenario::connected(80, 24), |_| deployment("wiki", "2.11.0", 1));
    assert_snapshot!("diff_alike_80x24", s.screen());
}

#[test]
fn a_hunk_is_copied_and_all_is_saved_as_a_patch() {
    let mut s = open(Scenario::connected(80, 24), wiki).keys("n");
    s.asked();
    let mut s = s.keys("Y S e");
    let asked = s.asked();
    let [Effect::Copy(patch), Effect::SavePatch(_, name, diff, false), Effect::ReadDiff(texts)] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    assert_snapshot!("diff_patch", patch);
    assert_eq!((name.as_str(), diff.entries.len()), ("wiki.4-5.patch", 3));
    let image = |text: &str| text.contains("registry.example.com/storefront:2.10.0");
    assert_eq!((image(texts.old.text()), image(texts.new.text())), (true, false));
}

#[test]
fn what_nobody_wants_to_meet_is_harmless() {
    let evil = |revision: u32| {
        let long = "x".repeat(20_000);
        let text = format!("{long}\u{1b}[2J\u{202e}{revision}");
        config_map("evil\u{1b}[31m", &text) + "---\nkind: [unclosed\n"
    };
    let s = open(Scenario::connected(80, 24), evil);
    assert_snapshot!("diff_hostile_80x24", s.screen());
    assert_snapshot!("diff_hostile_wrapped_80x24", s.keys("n w").screen());
    let s = open(Scenario::connected(120, 40), evil);
    assert_snapshot!("diff_hostile_120x40", s.screen());
}

#[test]
fn a_frame_of_five_thousand_objects_is_that_of_what_is_seen() {
    let many = |revision: u32| (0..5000).map(|n| config_map(&format!("map-{n}"), &revision.to_string())).collect();
    let s = open(Scenario::connected(160, 50), many).keys("G");
    assert_snapshot!("diff_many_160x50", s.screen());
}
