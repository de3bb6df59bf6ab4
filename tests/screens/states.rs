//! Every state of every screen, at both sizes: what is loading, empty, forbidden, failed, stale, huge and hostile.

use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::{Value, json};
use wheelhouse::app::{Msg, Server};
use wheelhouse::release::codec::Driver;
use wheelhouse::release::payload::Payload;
use wheelhouse::release::{Answer, Change, FeedKind, FeedState, Problem, ProblemKind, StoredRef};

use crate::fixture::{
    answer, cluster, condition, feed, feeds, helm_release, namespaces, natives, snapshot, stored, unreachable,
    without_secrets,
};
use crate::scenario::Scenario;

/// The tabs of a release, by their keys.
const TABS: [(&str, &str); 4] = [("4", "history"), ("5", "values"), ("7", "manifest"), ("8", "notes")];

/// One screen at both sizes.
fn check(name: &str, s: Scenario) -> Scenario {
    let s = s.resized(80, 24);
    assert_snapshot!(format!("{name}_80x24"), s.screen());
    let s = s.resized(120, 40);
    assert_snapshot!(format!("{name}_120x40"), s.screen());
    s
}

/// Every tab of the release that is open.
fn check_tabs(name: &str, mut s: Scenario, answer: impl Fn(&StoredRef, bool) -> Answer) -> Scenario {
    for (key, tab) in TABS {
        s = check(&format!("{tab}_{name}"), s.keys(key).answer(&answer));
    }
    s
}

fn cold() -> Scenario {
    Scenario::connected(80, 24)
}

fn forbidden() -> Problem {
    Problem::new(
        ProblemKind::Forbidden,
        "secrets \"sh.helm.release.v1.wiki.v5\" is forbidden: User \"oncall\" cannot get resource \"secrets\" in API \
         group \"\" in the namespace \"legacy\"",
    )
    .hint("get on secrets in namespace legacy is needed")
}

fn refused(object: &StoredRef, whole: bool) -> Answer {
    if whole {
        Answer::Payload(object.clone(), Err(forbidden()))
    } else {
        Answer::Summary(object.clone(), Err(forbidden()))
    }
}

/// Answers made of a payload, for objects of a namespace; the others are those of the fixture.
fn holding(namespace: &'static str, raw: Value) -> impl Fn(&StoredRef, bool) -> Answer {
    let payload = Arc::new(Payload::new(raw.as_object().unwrap().clone()));
    move |object, whole| {
        if object.key.namespace != namespace {
            return answer(object, whole);
        }
        if whole {
            Answer::Payload(object.clone(), Ok(Arc::clone(&payload)))
        } else {
            Answer::Summary(object.clone(), Ok(Arc::new(payload.summary())))
        }
    }
}

#[test]
fn loading() {
    let mut changes = feeds(&FeedState::Loading);
    changes.extend(natives());
    let s = check("list_loading", cold().changes(changes));
    let s = check("namespaces_loading", s.keys("n"));
    let mut s = s.keys("esc enter");
    for (key, tab) in TABS {
        s = check(&format!("{tab}_loading"), s.keys(key));
    }
}

#[test]
fn empty() {
    let mut changes = feeds(&FeedState::Live);
    changes.extend([feed(FeedKind::HelmReleases, FeedState::Absent), namespaces()]);
    let s = check("list_empty", cold().changes(changes));
    check("namespaces_empty", s.keys("n"));
    check("list_filtered_empty", cold().changes(cluster()).keys("/").typed("ns:shop status:failed").keys("enter"));
    let nothing = holding("legacy", json!({"info": {}, "chart": {"metadata": {"name": "empty", "version": "0.1.0"}}}));
    let s = cold().changes(cluster()).answer(&nothing).keys("enter");
    check_tabs("empty", s, nothing);
}

#[test]
fn secrets_forbidden() {
    let mut changes = without_secrets();
    changes.push(namespaces());
    let s = check("list_forbidden", cold().changes(changes));
    let s = check("help_forbidden", s.keys("?"));
    let s = check("namespaces_forbidden", s.keys("esc n"));
    let s = s.keys("esc /").typed("ns:legacy").keys("enter enter");
    check_tabs("forbidden", s, answer);
}

#[test]
fn nothing_may_be_read() {
    let mut changes = feeds(&FeedState::Forbidden);
    changes.push(feed(FeedKind::Storage(Driver::ConfigMap, wheelhouse::release::Part::Current), FeedState::Forbidden));
    check("list_nothing_may_be_read", cold().changes(changes));
}

#[test]
fn failed() {
    let problem = Problem::new(
        ProblemKind::Config,
        "exec plugin \"aws\" of user arn:aws:eks:eu-central-1:123456789012:cluster/prod-eu-central-1 exited with 255: \
         Token has expired and refresh failed",
    )
    .hint("run aws sso login, then wait: it is tried again every 5 s");
    check("list_failed", Scenario::cold(80, 24).send(Msg::Trouble(problem)));
    check_tabs("failed", cold().changes(cluster()).answer(refused).keys("enter"), refused);
}

#[test]
fn stale() {
    let s = check("list_stale", cold().changes(cluster()).answer(answer).changes(feeds(&unreachable(500))));
    let s = check("namespaces_stale", s.keys("n"));
    let s = check("help_stale", s.keys("esc ?"));
    let s = check("sort_stale", s.keys("esc o"));
    check_tabs("stale", s.keys("esc enter"), answer);
}

#[test]
fn the_least_terminal_and_a_context_with_a_long_name() {
    let server = Server {
        context: "arn:aws:eks:eu-central-1:123456789012:cluster/prod-eu-central-1".to_owned(),
        address: "https://10.0.0.1:6443".to_owned(),
        default_namespace: "default".to_owned(),
    };
    let at = |changes: Vec<Change>, (width, height)| {
        Scenario::cold(width, height).send(Msg::Connected(server.clone())).changes(changes).answer(answer)
    };
    let s = at(cluster(), (60, 15)).keys("h").answer(answer);
    assert_snapshot!("history_60x15", s.screen());
    let s = s.keys("5").answer(answer).keys("/").typed("db");
    assert_snapshot!("values_search_60x15", s.screen());
    assert_snapshot!("help_60x15", at(cluster(), (60, 15)).keys("?").screen());
    let s = at(without_secrets(), (60, 15)).changes(feeds(&unreachable(500)));
    assert_snapshot!("list_stale_60x15", s.screen());
    let s = at(without_secrets(), (60, 15)).changes(vec![namespaces()]);
    assert_snapshot!("list_forbidden_60x15", s.screen());
    assert_snapshot!("namespaces_forbidden_60x15", s.keys("n").screen());
    assert_snapshot!("list_long_context_80x24", at(cluster(), (80, 24)).screen());
    assert_snapshot!("list_long_context_300x40", at(cluster(), (300, 40)).screen());
}

#[test]
fn colours_say_what_the_words_say() {
    let s = cold().changes(cluster()).answer(answer).changes(feeds(&unreachable(500)));
    assert_snapshot!("list_stale_styled_80x24", s.styled());
    assert_snapshot!("history_stale_styled_80x24", s.keys("h").styled());
    let s = cold().changes(without_secrets()).changes(vec![namespaces()]);
    assert_snapshot!("namespaces_forbidden_styled_80x24", s.keys("n").typed("x").keys("backspace down").styled());
    let s = cold().changes(cluster()).answer(answer).keys("o").typed("cha").keys("enter /").typed("colour:red has:");
    assert_snapshot!("list_sorted_with_a_fault_styled_80x24", s.styled());
    let s = s.keys("esc o down").resized(80, 15);
    assert_snapshot!("sort_choice_styled_80x15", s.styled());
    let problem = Problem::new(ProblemKind::Config, "no kubeconfig").hint("set KUBECONFIG");
    assert_snapshot!("list_failed_styled_80x15", Scenario::cold(80, 15).send(Msg::Trouble(problem)).styled());
    assert_snapshot!("too_small_styled_20x5", Scenario::cold(20, 5).styled());
}

#[test]
fn huge() {
    let mut changes = feeds(&FeedState::Live);
    for number in 0..2_000 {
        let namespace = format!("team-{}", number % 150);
        let status = if number % 400 == 7 { "failed" } else { "deployed" };
        changes.push(stored(&namespace, &format!("service-{number}"), 3, status, number));
    }
    changes.extend((1..=100).map(|revision| {
        let status = if revision == 100 { "failed" } else { "superseded" };
        stored("big", "monolith", revision, status, i64::from(101 - revision))
    }));
    let manifest: String = (0..9_300)
        .map(|number| {
            format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: part-{number}\n  namespace: big\ndata:\n  file: \
                 \"{}\"\n",
                "0123456789".repeat(45)
            )
        })
        .collect();
    assert!(manifest.len() > 5_000_000, "{}", manifest.len());
    let list: Vec<Value> = (0..3_000).map(|number| json!({"host": format!("host-{number}"), "port": number})).collect();
    let huge = holding(
        "big",
        json!({
            "info": {"description": "Upgrade \"monolith\" failed: timed out waiting for the condition",
                     "notes": "one more line\n".repeat(5_000), "last_deployed": "2026-03-04T11:58:00Z"},
            "chart": {"metadata": {"name": "monolith", "version": "4.0.0", "appVersion": "2026.3"}},
            "config": {"backends": list}, "manifest": manifest,
        }),
    );
    let s = check("list_huge", cold().changes(changes).answer(&huge));
    let s = check("list_huge_end", s.keys("G").answer(&huge));
    let s = check("namespaces_huge", s.keys("n"));
    let s = s.keys("esc /").typed("ns:big").keys("enter enter").answer(&huge);
    let s = check_tabs("huge", s, &huge);
    check("manifest_huge_search", s.keys("7 /").typed("part-8").keys("enter N"));
}

/// Names and messages that nobody wants to meet.
fn hostile() -> Vec<Change> {
    let mut changes = feeds(&FeedState::Live);
    let long = "a-very-long-name-".repeat(30);
    let cause =
        format!("Helm upgrade failed: {}: the very end of it", "admission webhook denied the request ".repeat(60));
    changes.push(helm_release(
        "evil",
        &long,
        json!({}),
        json!({
            "conditions": [condition("Ready", "False", "UpgradeFailed", &cause, 14)],
            "history": [snapshot("evil", &long, 3, "failed", "1.5.0-rc.1+build.20260304.abcdef", 14)],
        }),
    ));
    for (number, name) in [
        "\u{1b}[2J\u{1b}[31mclear\u{7}",
        "\u{202e}gpj.exe",
        "zero\u{200b}width\u{feff}joined",
        "خدمة-البحث",
        "קטלוג",
        "検索サービス本番環境用",
        "cafe\u{301}-e\u{302}\u{303}\u{304}\u{305}x",
        "👩\u{200d}👩\u{200d}👧-❤\u{fe0f}",
        "ｆｕｌｌｗｉｄｔｈ",
        "two\nlines\tand a tab",
    ]
    .into_iter()
    .enumerate()
    {
        changes.push(stored("evil", name, 1, if number < 3 { "failed" } else { "deployed" }, 30));
        changes.push(stored(&format!("ns-{name}"), "web", 1, "deployed", 40));
    }
    changes
}

#[test]
fn hostile_text() {
    let text = "esc \u{1b}[2J\u{1b}]0;title\u{7} bidi \u{202e}gpj.exe\u{202c} zero\u{200b}width 日本語 e\u{301}\u{302} 👩\u{200d}👧 خدمة\n";
    let hostile_payload = holding(
        "evil",
        json!({
            "info": {"description": text.repeat(20), "notes": text.repeat(9)},
            "chart": {"metadata": {"name": text, "version": "\u{1b}[31m1.0"}, "values": {}},
            "config": {"one": text, "\u{202e}key": "x".repeat(500), "wide": "日本語".repeat(60)},
            "manifest": format!("kind: ConfigMap\ndata:\n  a: \"{}\"\n  # {}\n", "日本語".repeat(60), "bidi \u{202e}gpj.exe zero\u{200b}width e\u{301}\u{302}"),
            "hooks": [{"name": "\u{1b}[2J", "kind": "\u{202e}doP", "events": ["\u{7}"]}],
        }),
    );
    let s = check("list_hostile", cold().changes(hostile()).answer(&hostile_payload));
    let s = check("namespaces_hostile", s.keys("n"));
    let s = check("list_hostile_selected_native", s.keys("esc j"));
    let s = check_tabs("hostile", s.keys("enter"), &hostile_payload);
    let s = check("values_hostile_wrapped", s.keys("5 y w"));
    let s = check("values_hostile_scrolled", s.keys("w l"));
    check("history_long_cause", s.keys("esc k h"));
}
