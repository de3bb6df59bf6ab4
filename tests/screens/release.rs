//! One release.

use std::sync::Arc;

use insta::assert_snapshot;
use wheelhouse::app::{Effect, Reader, Screen};
use wheelhouse::release::payload::Payload;
use wheelhouse::release::{Answer, Change, FeedState, Problem, ProblemKind, Scope};

use crate::fixture::{answer, cluster, feeds, stored, unreachable, without_secrets};
use crate::scenario::{Scenario, setup};

/// The native release that failed, open.
fn wiki(width: u16, height: u16) -> Scenario {
    Scenario::connected(width, height).changes(cluster()).answer(answer).keys("h").answer(answer)
}

/// A release of the list, open.
fn open(s: Scenario, name: &str) -> Scenario {
    s.keys("/").typed(name).keys("enter h")
}

fn forbidden() -> Problem {
    Problem::new(
        ProblemKind::Forbidden,
        "secrets \"sh.helm.release.v1.wiki.v5\" is forbidden: User \"oncall\" cannot get resource \"secrets\"",
    )
    .hint("get on secrets in namespace legacy is needed")
}

#[test]
fn history() {
    let s = wiki(120, 40);
    assert_snapshot!("history_120x40", s.screen());
    assert_snapshot!("history_80x24", s.resized(80, 24).screen());
    let unread = Scenario::connected(80, 24).changes(cluster()).keys("h");
    assert_snapshot!("history_loading_80x24", unread.screen());
    assert_snapshot!("history_failed_80x24", unread.refuse(&forbidden()).screen());
}

#[test]
fn history_of_a_flux_release_tells_what_flux_did() {
    let s = open(Scenario::connected(120, 24).changes(cluster()).answer(answer), "ns:search").answer(answer);
    assert_snapshot!("history_flux_120x24", s.screen());
}

#[test]
fn values() {
    let s = wiki(80, 24).keys("5");
    assert_snapshot!("values_loading_80x24", s.screen());
    let s = s.answer(answer);
    let s = s.keys("y");
    assert_snapshot!("values_yaml_80x24", s.screen());
    assert_snapshot!("values_yaml_wrapped_80x24", s.keys("w").screen());
    assert_snapshot!("values_yaml_defaults_80x24", wiki(80, 24).keys("5").answer(answer).keys("y v v").screen());
    assert_snapshot!("values_failed_80x24", wiki(80, 24).keys("5").refuse(&forbidden()).screen());
}

#[test]
fn values_of_a_flux_release_whose_secrets_are_forbidden() {
    let s = Scenario::connected(80, 24).changes(without_secrets());
    let s = open(s, "ns:search").keys("5").answer(answer);
    assert_snapshot!("values_flux_forbidden_80x24", s.screen());
    assert_snapshot!("manifest_flux_forbidden_80x24", s.keys("7").screen());
}

#[test]
fn nothing_but_workloads_is_known() {
    let s = open(Scenario::connected(80, 24).changes(without_secrets()), "ns:legacy");
    assert_snapshot!("history_forbidden_80x24", s.screen());
    assert_snapshot!("values_forbidden_80x24", s.keys("5").screen());
}

#[test]
fn a_release_that_was_never_installed_says_why() {
    let s = open(Scenario::connected(80, 24).changes(cluster()), "ns:media !edge");
    assert_snapshot!("history_never_installed_80x24", s.screen());
    assert_snapshot!("manifest_never_installed_80x24", s.keys("7").screen());
}

#[test]
fn the_values_of_the_chart_are_left_with_the_tab() {
    let s = wiki(80, 24).keys("5 v 7 5").answer(answer);
    assert!(s.screen().contains("db.legacy.svc") && !s.screen().contains("defaults,"), "{}", s.screen());
}

#[test]
fn times_of_day_say_in_which_zone() {
    let zone = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let setup = wheelhouse::app::Setup { zone, ..setup(Scope::All) };
    let s = Scenario::with(setup, 120, 24).connect().changes(cluster()).answer(answer).keys("h").answer(answer);
    assert!(s.screen().contains("UPDATED (UTC+01:00)") && s.screen().contains("2026-03-04 12:49 "), "{}", s.screen());
    let s = s.keys("8").answer(answer);
    assert!(s.screen().contains("2 hooks, times in UTC+01:00"), "{}", s.screen());
    let s = s.changes(feeds(&unreachable(3)));
    assert!(s.screen().contains("shown as of 12:59:57 CET"), "{}", s.screen());
}

#[test]
fn manifest_and_notes() {
    let s = wiki(80, 30).keys("7").answer(answer);
    assert_snapshot!("manifest_80x30", s.screen());
    assert_snapshot!("manifest_80x30_styled", s.styled());
    assert_snapshot!("manifest_end_80x30", s.keys("G").screen());
    assert_snapshot!("notes_80x30", wiki(80, 30).keys("8").answer(answer).screen());
    assert_snapshot!("manifest_60x15", wiki(60, 15).keys("7").answer(answer).screen());
}

#[test]
fn an_older_revision_is_shown_and_named() {
    let s = wiki(80, 24).keys("j enter").answer(answer);
    assert_snapshot!("values_of_revision_4_80x24", s.screen());
    let s = s.keys("4 g g enter").answer(answer);
    assert_eq!(s.screen().lines().find(|line| line.contains("revision 4")), None);
}

#[test]
fn back_from_an_older_revision_leads_to_the_history_it_was_chosen_from() {
    let s = wiki(80, 24).keys("j enter").answer(answer).keys("esc");
    assert!(s.screen().contains("[4 history]") && !s.screen().contains("revision 4,"), "{}", s.screen());
    assert!(s.keys("esc").screen().contains("VERDICT"));
}

#[test]
fn a_payload_is_read_once_and_given_up_with_the_screen() {
    let mut s = wiki(80, 24);
    s.asked();
    s = s.keys("5 7 8");
    assert_eq!(s.flying(), ["legacy/sh.helm.release.v1.wiki.v5"]);
    s = s.keys("esc");
    assert!(matches!(s.asked().as_slice(), [Effect::Cancel(_)]));
    s = s.keys("enter 7").answer(answer).keys("5 8 7 4");
    assert_eq!(s.flying().len(), 0);
}

#[test]
fn a_failed_payload_is_tried_again_when_asked() {
    let s = wiki(80, 24).keys("7").refuse(&forbidden());
    assert!(s.screen().contains("forbidden"));
    assert_eq!(s.flying().len(), 0);
    let s = s.keys("ctrl-r").answer(answer);
    assert!(s.screen().contains("kind: Secret"), "{}", s.screen());
}

#[test]
fn a_release_that_goes_away_says_so() {
    let mut s = Scenario::connected(80, 24).changes(feeds(&FeedState::Live));
    s = s.changes(vec![stored("shop", "web", 1, "deployed", 3)]).answer(answer).keys("h");
    let gone = match stored("shop", "web", 1, "deployed", 3) {
        wheelhouse::release::Change::Revision(revision) => {
            wheelhouse::release::Change::RevisionGone(revision.object.driver, revision.object.key, revision.object.uid)
        }
        other => other,
    };
    s = s.changes(vec![gone]);
    assert_snapshot!("gone_80x24", s.screen());
    assert!(s.keys("q").screen().contains("no release in any namespace"));
}

/// What stands below a document.
fn status(s: &Scenario) -> String {
    let screen = s.screen();
    screen.lines().rev().nth(1).unwrap().trim().to_owned()
}

#[test]
fn a_document_is_searched_while_one_types() {
    let s = wiki(80, 15).keys("7").answer(answer);
    assert_eq!(status(&s), "lines 1-6 of 28, 21%");
    let s = s.keys("/").typed("wi");
    assert_eq!(status(&s), "lines 1-6 of 28, 21%   match 1 of 2 for wi");
    let s = s.typed("x");
    assert_eq!(status(&s), "lines 1-6 of 28, 21%   no match for wix");
    let s = s.keys("backspace enter n");
    assert_eq!(status(&s), "lines 13-18 of 28, 64%   match 2 of 2 for wi");
    assert_snapshot!("search_80x15_styled", s.styled());
    let s = s.keys("n");
    assert_eq!(status(&s), "lines 4-9 of 28, 32%   match 1 of 2 for wi, went round");
    let s = s.keys("N");
    assert_eq!(status(&s), "lines 13-18 of 28, 64%   match 2 of 2 for wi, went round");
    // From what is seen, once the present match is out of sight.
    let s = s.keys("g g n");
    assert_eq!(status(&s), "lines 1-6 of 28, 21%   match 1 of 2 for wi");
    let s = s.keys("esc");
    assert_eq!(status(&s), "lines 1-6 of 28, 21%");
    assert!(s.keys("esc").screen().contains("VERDICT"));
}

#[test]
fn a_search_that_is_left_leads_back_to_where_it_began() {
    let s = wiki(80, 15).keys("7").answer(answer).keys("j j /").typed("trace");
    assert_eq!(status(&s), "lines 23-28 of 28, 100%   match 1 of 1 for trace");
    let s = s.keys("esc");
    assert_eq!(status(&s), "lines 3-8 of 28, 28%");
    // Enter without a text seeks what was sought before.
    let s = s.keys("/").typed("kind").keys("enter / enter n");
    assert_eq!(status(&s), "lines 11-16 of 28, 57%   match 2 of 2 for kind");
    // Other documents are searched for the same.
    let s = s.keys("8");
    assert_eq!(status(&s), "lines 1-6 of 14, 42%   no match for kind");
}

#[test]
fn a_match_beyond_the_edge_is_scrolled_to_whether_lines_are_wrapped_or_not() {
    let long = |object: &wheelhouse::release::StoredRef, whole| match answer(object, whole) {
        Answer::Payload(object, _) => Answer::Payload(object, Ok(long_values())),
        other => other,
    };
    let s = wiki(80, 15).keys("5").answer(long).keys("y /").typed("needle").keys("enter");
    assert_snapshot!("search_beyond_the_edge_80x15", s.screen());
    let s = s.keys("w n");
    assert_snapshot!("search_beyond_the_edge_wrapped_80x15", s.screen());
}

fn long_values() -> Arc<Payload> {
    let raw = serde_json::json!({
        "config": {"before": vec!["line"; 30], "wide": format!("{} 日本 needle {}", "x".repeat(900), "y".repeat(300))},
        "info": {"status": "deployed"}, "chart": {"metadata": {"name": "storefront", "version": "1"}},
    });
    Arc::new(Payload::new(raw.as_object().unwrap().clone()))
}

#[test]
fn what_is_masked_cannot_be_found() {
    for tab in ["5", "5 v", "5 v v", "y", "y v", "y v v", "7", "8"] {
        for secret in ["hunter2", "change-me"] {
            let s = wiki(80, 24).keys("5").answer(answer).keys(tab).keys("/").typed(secret);
            assert!(s.screen().contains(&format!("no match for {secret}")), "{tab}: {}", s.screen());
        }
    }
}

#[test]
fn one_search_runs_at_a_time_and_the_latest_text_wins() {
    let mut s = wiki(80, 24).keys("7").answer(answer).holding_searches().keys("/").typed("kin");
    assert_eq!(s.searches(), ["k"]);
    assert!(status(&s).ends_with("searching kin ..."), "{}", s.screen());
    s = s.release_searches();
    assert_eq!(s.searches(), ["k", "kin"], "what was typed in between is never sought");
    assert!(status(&s).ends_with("match 1 of 2 for kin"), "{}", s.screen());
}

#[test]
fn a_document_goes_to_the_users_programs_as_it_is_shown() {
    let read = |keys: &str, reader: Reader| {
        let mut s = wiki(80, 24).keys(keys).answer(answer);
        s.asked();
        let key = match reader {
            Reader::Pager => "P",
            Reader::Editor => "e",
            Reader::DiffTool => panic!("it shows no single document"),
        };
        let asked = s.keys(key).asked();
        let [Effect::Read(asked, name, document)] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(*asked, reader);
        assert!(!document.text().contains("hunter2") && !document.text().contains("change-me"), "{name}");
        (name.clone(), document.text().lines().next().unwrap_or_default().to_owned())
    };
    let check = |keys: &str, reader: Reader, name: &str, first: &str| {
        assert_eq!(read(keys, reader), (name.to_owned(), first.to_owned()));
    };
    check("5", Reader::Pager, "wiki.values.yaml", "db:");
    check("5 v", Reader::Pager, "wiki.all-values.yaml", "adminPassword: '***'");
    check("5 v v", Reader::Editor, "wiki.defaults.yaml", "replicas: 1");
    check("7", Reader::Editor, "wiki.manifest.yaml", "---");
    check("8", Reader::Pager, "wiki.notes.txt", "The wiki is served at http://wiki.example.com");
    check("j enter", Reader::Pager, "wiki.v4.values.yaml", "db:");
}

#[test]
fn without_a_document_it_is_said_and_nothing_is_started() {
    let mut s = wiki(120, 24).keys("5 e");
    assert!(s.screen().contains("there is no text here"), "{}", s.screen());
    assert!(!s.asked().iter().any(|effect| matches!(effect, Effect::Read(..))));
}

#[test]
fn nothing_secret_is_ever_shown() {
    for tab in ["5", "5 v", "5 v v", "y", "y v", "y v v", "7", "8"] {
        let screen = wiki(200, 80).keys("5").answer(answer).keys(tab).screen();
        assert!(!screen.contains("hunter2") && !screen.contains("change-me"), "{tab}: {screen}");
    }
}

fn open_id(s: &Scenario) -> wheelhouse::release::ReleaseId {
    let Some(Screen::Release(state)) = s.model.screens.last() else { panic!("no release is open") };
    state.id.clone()
}

#[test]
fn who_reads_a_document_keeps_it_while_newer_revisions_come() {
    let mut s = wiki(80, 15).keys("7").answer(answer).keys("j j j");
    let before = s.screen();
    // The first line below the tabs.
    let top = |s: &Scenario| -> Option<String> {
        s.screen().lines().skip_while(|line| !line.contains("[7 manifest]")).nth(1).map(str::to_owned)
    };
    let scrolled = top(&s);
    assert_eq!(scrolled.as_deref(), Some(" kind: Secret"), "{before}");
    // The same revision in another state is read anew, and stays where it was.
    let Change::Revision(mut same) = stored("legacy", "wiki", 5, "superseded", 9) else { panic!("no revision") };
    same.object.resource_version = "2000".to_owned();
    s = s.changes(vec![Change::Revision(same)]).settled().answer(answer);
    assert_eq!(top(&s), scrolled, "{before}\n{}", s.screen());
    s = s.changes(vec![stored("legacy", "wiki", 6, "deployed", 1)]).settled().answer(answer);
    assert_eq!(s.model.session.row(&open_id(&s)).and_then(|row| row.release.revision).map(|r| r.get()), Some(6));
    assert_eq!((top(&s), s.flying().len()), (scrolled, 0), "{}", s.screen());
    assert_snapshot!("manifest_held_80x15", s.screen());
    // The history shows all, and from there the latest is read again.
    s = s.keys("4").answer(answer).keys("7").answer(answer);
    assert!(!s.screen().contains("latest 6"), "{}", s.screen());
}

#[test]
fn esc_leads_from_the_latest_revision_back_to_the_history_too() {
    let s = wiki(80, 24).keys("4 enter").answer(answer).keys("esc");
    assert!(s.screen().contains("[4 history]"), "{}", s.screen());
    let s = s.keys("esc");
    assert!(s.model.screens.is_empty());
}
