//! The values of a release, what set each of them, and the one that is revealed.

use std::collections::BTreeMap;
use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::{Map, Value, json};
use wheelhouse::app::{Effect, Screen};
use wheelhouse::release::payload::Payload;
use wheelhouse::release::values::Found;
use wheelhouse::release::{Answer, Change, Problem, ProblemKind, StoredRef};

use crate::fixture::{answer, cluster, helm_release, payload, snapshot, stored, without_secrets};
use crate::scenario::{Scenario, Sources};

/// The values of the native release that failed.
fn wiki(width: u16, height: u16) -> Scenario {
    Scenario::connected(width, height)
        .changes(cluster())
        .answer(answer)
        .keys("h")
        .answer(answer)
        .keys("5")
        .answer(answer)
}

/// The same with other values of user and chart.
fn with(width: u16, height: u16, user: &Value, chart: &Value) -> Scenario {
    let raw = |object: &StoredRef| -> Payload {
        let mut raw = payload(object).into_raw();
        raw["config"] = user.clone();
        raw["chart"]["values"] = chart.clone();
        Payload::new(raw)
    };
    let answer = |object: &StoredRef, whole: bool| match whole {
        true => Answer::Payload(object.clone(), Ok(Arc::new(raw(object)))),
        false => Answer::Summary(object.clone(), Ok(Arc::new(raw(object).summary()))),
    };
    Scenario::connected(width, height)
        .changes(cluster())
        .answer(answer)
        .keys("h")
        .answer(answer)
        .keys("5")
        .answer(answer)
}

fn line<'a>(screen: &'a str, key: &str) -> &'a str {
    let is_of = |line: &&str| line.trim_start_matches('>').split_whitespace().next() == Some(key);
    screen.lines().find(is_of).unwrap_or_else(|| panic!("{key} in {screen}"))
}

/// What stands below the tree.
fn detail(s: &Scenario) -> String {
    let screen = s.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let end = lines.len() - 1;
    lines[end - 3..end].iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
}

#[test]
fn what_was_set_is_a_tree_with_what_set_it() {
    let s = wiki(80, 24);
    assert_snapshot!("values_80x24", s.screen());
    assert_snapshot!("values_80x24_styled", s.styled());
    assert_snapshot!("values_120x40", s.resized(120, 40).screen());
    assert_snapshot!("values_160x50", wiki(160, 50).keys("v").screen());
    assert_snapshot!("values_60x15", wiki(60, 15).keys("G").screen());
}

#[test]
fn all_values_and_those_of_the_chart_are_a_key_away() {
    let s = wiki(80, 24).keys("v");
    assert_snapshot!("values_all_80x24", s.screen());
    let s = s.keys("v");
    assert_snapshot!("values_of_the_chart_80x24", s.screen());
    assert!(s.keys("v").screen().contains("[5 values]"));
}

#[test]
fn what_is_below_a_key_folds_away() {
    let s = wiki(80, 24);
    let db = line(&s.screen(), "db").to_owned();
    assert!(!db.contains("2 values"), "{db}");
    let s = s.keys("/").typed("db").keys("enter enter");
    assert!(line(&s.screen(), "db").contains("2 values") && !s.screen().contains("db.legacy.svc"), "{}", s.screen());
    // What is found in there is shown again.
    let s = s.keys("/").typed("legacy.svc").keys("enter");
    assert!(s.screen().contains("db.legacy.svc") && s.screen().contains(">"), "{}", s.screen());
    let s = s.keys("z");
    assert_snapshot!("values_folded_80x24", s.screen());
    assert!(s.keys("z").screen().contains("db.legacy.svc"));
}

#[test]
fn paths_and_values_are_searched() {
    let at = |s: &Scenario| s.screen().lines().find(|line| line.starts_with('>')).unwrap_or_default().trim().to_owned();
    let s = wiki(120, 24).keys("/").typed("image.tag");
    assert!(at(&s).starts_with("> tag") || at(&s).contains("tag"), "{}", at(&s));
    assert!(s.screen().contains("match 1 of 1 for image.tag"), "{}", s.screen());
    let s = s.keys("esc");
    assert!(!s.screen().contains("match 1"), "{}", s.screen());
    // By value, past the end from the top.
    let s = s.keys("/").typed("2.11").keys("enter n");
    assert!(s.screen().contains("match 1 of 1 for 2.11, went round"), "{}", s.screen());
    // A search goes on in what the chart sets.
    assert!(s.keys("v").screen().contains("2.11"));
    let s = s_of("hunter2");
    assert!(s.screen().contains("no match for hunter2"), "{}", s.screen());
}

fn s_of(sought: &str) -> Scenario {
    wiki(80, 24).keys("/").typed(sought).keys("enter")
}

#[test]
fn yaml_is_a_key_away_and_leads_back() {
    let s = wiki(80, 24).keys("y");
    assert!(s.screen().contains("password: '***'") && s.screen().contains("lines"), "{}", s.screen());
    assert!(s.keys("y").screen().contains("KEY"));
    let mut s = wiki(80, 24).keys("v P");
    let read = s.asked().into_iter().find_map(|effect| match effect {
        Effect::Read(_, name, document) => Some((name, document.text().to_owned())),
        _ => None,
    });
    let (name, text) = read.unwrap();
    assert_eq!(name, "wiki.all-values.yaml");
    assert!(text.contains("adminPassword: '***'") && text.contains("host: db.legacy.svc"), "{text}");
}

/// At the password of the database.
fn password() -> Scenario {
    wiki(80, 24).keys("/").typed("db.password").keys("enter")
}

#[test]
fn a_value_is_revealed_once_the_journal_has_it() {
    let s = password();
    assert!(detail(&s).starts_with("db.password: ***"), "{}", detail(&s));
    let s = s.keys("x");
    assert!(detail(&s).starts_with("db.password: writing to the journal ..."), "{}", detail(&s));
    let s = s.journaled(None);
    assert_snapshot!("values_revealed_80x24", s.screen());
    assert!(line(&s.screen(), "password").contains("***"), "{}", s.screen());
    // esc hides it, and does nothing else.
    let s = s.keys("esc");
    assert!(detail(&s).starts_with("db.password: ***") && s.screen().contains("[5 values]"), "{}", s.screen());
}

#[test]
fn a_revealed_value_is_hidden_when_the_cursor_moves_and_after_half_a_minute() {
    let shown = |s: &Scenario| s.screen().contains("hunter2");
    let s = password().keys("x").journaled(None);
    assert!(shown(&s));
    assert!(!shown(&s.keys("k j")));
    let s = password().keys("x").journaled(None).later(29);
    assert!(shown(&s));
    assert!(!shown(&s.later(1)));
    for keys in ["v", "y", "4", "v v v"] {
        let s = password().keys("x").journaled(None).keys(keys).keys("5");
        assert!(!shown(&s), "{keys}: {}", s.screen());
    }
    // Who went on before the journal answered sees nothing.
    assert!(!shown(&password().keys("x k").journaled(None).keys("j")));
}

#[test]
fn a_value_that_cannot_be_journaled_is_not_shown() {
    let problem = Problem::new(ProblemKind::Other, "the journal /home/me/journal cannot be written: disk full")
        .hint("free some space and press the key again");
    let s = password().keys("x").journaled(Some(problem));
    assert_snapshot!("values_refused_80x24", s.screen());
    assert!(!s.keys("esc").screen().contains("disk full"));
}

#[test]
fn what_is_copied_is_masked_unless_it_is_revealed() {
    let copied = |s: &mut Scenario| {
        s.asked().into_iter().find(|effect| matches!(effect, Effect::Copy(_) | Effect::CopyRevealed(_)))
    };
    let mut s = password().keys("Y");
    assert_eq!(copied(&mut s), Some(Effect::Copy("db.password: ***".to_owned())));
    let mut s = s.keys("x").journaled(None).keys("Y");
    let Some(Effect::CopyRevealed(value)) = copied(&mut s) else { panic!("nothing revealed was copied") };
    assert_eq!(value.reveal(), "hunter2");
    assert!(s.screen().contains("sent to the terminal"), "{}", s.screen());
}

#[test]
fn nothing_of_a_hidden_value_is_printed() {
    let mut s = password().keys("x").journaled(None).keys("Y");
    let Some(Screen::Release(state)) = s.model.screens.last() else { panic!("no release is open") };
    assert!(!format!("{:?}", state.tree).contains("hunter2"));
    let printed: Vec<String> = s
        .asked()
        .iter()
        .filter(|effect| !matches!(effect, Effect::Fetch(..)))
        .map(|effect| format!("{effect:?}"))
        .collect();
    assert!(printed.iter().any(|effect| effect.starts_with("CopyRevealed")), "{printed:?}");
    assert!(!printed.iter().any(|effect| effect.contains("hunter2")), "{printed:?}");
}

#[test]
fn what_cannot_be_done_says_why() {
    let s = wiki(80, 24).keys("x");
    assert!(s.screen().contains("reveal: nothing is masked here"), "{}", s.screen());
}

#[test]
fn a_release_without_values_says_so() {
    let s = with(80, 24, &json!({}), &json!({"a": 1}));
    assert!(s.screen().contains("no user values: the chart's defaults alone count"), "{}", s.screen());
    assert!(line(&s.keys("v").screen(), "a").contains('1'));
}

#[test]
fn a_null_that_takes_a_default_away_says_so() {
    let chart = json!({"image": {"tag": "1.4.0", "pullPolicy": "Always"}, "probes": {"live": true, "ready": true}});
    let s = with(80, 24, &json!({"image": {"tag": null}, "probes": null}), &chart);
    assert_snapshot!("values_deleted_80x24", s.screen());
    assert_snapshot!("values_deleted_120x24", s.resized(120, 24).keys("v G").screen());
}

/// What is stored of a Flux release, and what its HelmRelease refers to.
fn given(object: &StoredRef) -> Payload {
    let mut raw = payload(object).into_raw();
    let image = json!({"repository": "registry.example.com/storefront", "tag": "2.10.0"});
    raw["chart"]["values"] = json!({"replicas": 1, "image": image, "db": {"host": "localhost"}});
    raw["config"] =
        json!({"replicas": 3, "image": {"tag": "2.11.0"}, "db": {"host": "db.search.svc", "password": "s3cr3t-pw"}});
    Payload::new(raw)
}

fn answer_given(object: &StoredRef, whole: bool) -> Answer {
    match whole {
        true => Answer::Payload(object.clone(), Ok(Arc::new(given(object)))),
        false => Answer::Summary(object.clone(), Ok(Arc::new(given(object).summary()))),
    }
}

fn search() -> Change {
    let sources = json!([
        {"kind": "ConfigMap", "name": "search-values"},
        {"kind": "Secret", "name": "search-db", "valuesKey": "password", "targetPath": "db.password"},
        {"kind": "ConfigMap", "name": "search-extra", "optional": true},
    ]);
    let history = [
        snapshot("search", "search", 3, "failed", "1.5.0", 14),
        snapshot("search", "search", 2, "superseded", "1.4.0", 2000),
    ];
    helm_release(
        "search",
        "search",
        json!({"values": {"replicas": 3}, "valuesFrom": sources}),
        json!({"history": history}),
    )
}

/// What the sources hold; of an unchanged release the tag is 2.11.0.
fn sources(tag: &str) -> Sources {
    let values = format!("replicas: 2\nimage:\n  tag: {tag}\ndb:\n  host: db.search.svc\n");
    Sources(BTreeMap::from([
        ("search-values", Found::Text(values)),
        ("search-db", Found::Text("s3cr3t-pw".to_owned())),
        ("search-extra", Found::Absent { is_key: false }),
    ]))
}

fn flux(width: u16, height: u16, sources: Sources) -> Scenario {
    let mut changes = cluster();
    changes.push(search());
    let mut s = Scenario::connected(width, height);
    s.sources = sources;
    s.changes(changes).settled().answer(answer_given).keys("/").typed("ns:search").keys("enter v").answer(answer_given)
}

#[test]
fn each_value_of_a_flux_release_names_the_source_that_set_it() {
    let s = flux(80, 24, sources("2.11.0"));
    assert_snapshot!("values_flux_80x24", s.screen());
    let s = s.keys("/").typed("replicas").keys("enter");
    assert_eq!(
        detail(&s),
        "replicas: 3 | set by HelmRelease search/search spec.values; overrode 2 of ConfigMap | \
         search/search-values, key values.yaml, and 1 of chart storefront 1.6.0"
    );
    assert_snapshot!("values_flux_120x40", s.resized(120, 40).keys("v").screen());
    let s = flux(160, 50, sources("2.11.0")).keys("v");
    assert_snapshot!("values_flux_160x50", s.screen());
    assert_snapshot!("values_flux_160x50_styled", s.styled());
}

#[test]
fn what_changed_since_the_revision_is_said() {
    let s = flux(80, 24, sources("2.12.0"));
    assert_snapshot!("values_changed_80x24", s.screen());
    assert!(line(&s.screen(), "tag").contains("changed"), "{}", s.screen());
}

#[test]
fn a_source_that_may_not_be_read_leaves_layers_unknown() {
    let s = flux(80, 24, Sources::default());
    assert_snapshot!("values_unreadable_80x24", s.screen());
    assert_snapshot!("values_unreadable_120x40", s.resized(120, 40).keys("z").screen());
}

#[test]
fn a_source_that_is_missing_is_said_first() {
    let mut sources = sources("2.11.0");
    sources.0.insert("search-values", Found::Absent { is_key: false });
    assert_snapshot!("values_absent_80x24", flux(80, 24, sources).screen());
}

#[test]
fn sources_are_read_again_when_asked() {
    let mut s = flux(80, 24, sources("2.11.0"));
    assert!(!s.screen().contains("changed since"), "{}", s.screen());
    s.sources = sources("2.12.0");
    let s = s.keys("ctrl-r");
    assert!(s.screen().contains("reading anew what valuesFrom refers to"), "{}", s.screen());
    assert!(s.answer(answer_given).screen().contains("changed since revision 3"));
}

#[test]
fn what_came_from_a_secret_is_masked_as_yaml_too() {
    let s = flux(80, 40, sources("2.11.0"));
    for keys in ["j", "v", "v v", "y", "y v", "y v v"] {
        let s = flux(80, 40, sources("2.11.0")).keys(keys);
        assert!(!s.screen().contains("s3cr3t"), "{keys}: {}", s.screen());
    }
    let Some(Screen::Release(state)) = s.model.screens.last() else { panic!("no release is open") };
    assert!(!format!("{:?}", state.tree).contains("s3cr3t"));
}

#[test]
fn without_secrets_the_spec_tells_what_is_given() {
    let s = Scenario::connected(80, 24).changes(without_secrets());
    let s = s.keys("/").typed("ns:search").keys("enter v");
    assert!(s.screen().contains("reading what valuesFrom refers to"), "{}", s.screen());
    let s = s.answer(answer);
    assert_snapshot!("values_of_the_spec_80x24", s.screen());
    assert!(s.keys("v").screen().contains("defaults: no revision can be read, so the chart is not known"));
}

#[test]
fn an_older_revision_shows_what_it_was_given() {
    let s = flux(80, 24, sources("2.12.0")).keys("h").answer(answer_given).keys("j enter").answer(answer_given);
    assert_snapshot!("values_of_an_older_revision_80x24", s.screen());
}

#[test]
fn values_that_nobody_wants_to_meet() {
    let evil = json!({
        "\u{1b}[2Jkey": "\u{1b}]0;title\u{7}", "日本語のキー": {"値": "とても長い値".repeat(9)}, "a.b": {"c": null},
        "script": "#!/bin/sh\nset -e\necho\n", "list": [{"name": "a"}, [], {}], "": "empty key", "yes": "no", "long": "x".repeat(400),
    });
    let s = with(80, 24, &evil, &json!({"a.b": {"c": 1}}));
    assert_snapshot!("values_hostile_80x24", s.screen());
    assert_snapshot!("values_hostile_end_60x15", s.keys("G").resized(60, 15).screen());
}

#[test]
fn five_thousand_keys_are_walked_through() {
    let user: Map<String, Value> = (0..5_000).map(|n| (format!("key{n:04}"), json!({"port": n}))).collect();
    let s = with(80, 24, &Value::Object(user), &json!({}));
    let s = s.keys("G");
    assert!(s.screen().contains("5000 values set") && detail(&s).starts_with("key4999.port: 4999"), "{}", s.screen());
    let s = s.keys("/").typed("key1234.port").keys("enter");
    assert_snapshot!("values_huge_80x24", s.screen());
}

#[test]
fn another_revision_keeps_what_is_folded_and_shows_its_own() {
    let s = wiki(80, 24).keys("z");
    let s = s.changes(vec![stored("legacy", "wiki", 6, "deployed", 0)]).settled().answer(answer);
    assert!(s.screen().contains("2 values"), "{}", s.screen());
}
