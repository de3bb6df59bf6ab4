//! What happened to a release, as it is read: where it broke, what was before, and where each entry leads.

use insta::assert_snapshot;
use wheelhouse::app::Effect;

use crate::fixture::{answer, cluster, feeds, unreachable, without_secrets};
use crate::live::{search, unseen};
use crate::scenario::Scenario;

fn selected(s: &Scenario) -> String {
    s.screen().lines().find(|line| line.starts_with('>')).unwrap_or_default().to_owned()
}

/// The release of the list that a filter finds, at its timeline.
fn open(s: Scenario, filter: &str) -> Scenario {
    s.keys("/").typed(filter).keys("enter t").answer(answer)
}

#[test]
fn the_timeline_of_a_broken_release_begins_where_it_broke() {
    let s = search(80, 24, "t").answer(answer);
    assert_snapshot!("timeline_80x24", s.screen());
    assert!(selected(&s).starts_with(">x "), "{}", s.screen());
    assert_snapshot!("timeline_top_80x24", s.keys("g g").screen());
    let s = search(120, 40, "t").answer(answer);
    assert_snapshot!("timeline_120x40", s.screen());
    assert_snapshot!("timeline_120x40_styled", s.styled());
    let s = s.resized(160, 50);
    assert_snapshot!("timeline_160x50", s.screen());
    assert_snapshot!("timeline_60x15", s.resized(60, 15).screen());
}

#[test]
fn it_is_narrowed_to_what_changed_and_to_what_failed() {
    let s = search(120, 40, "t").answer(answer).keys("f");
    assert_snapshot!("timeline_changes_120x40", s.screen());
    let s = s.keys("f");
    assert_snapshot!("timeline_failures_120x40", s.screen());
    let s = s.keys("f");
    assert!(!s.screen().contains(" only:"), "{}", s.screen());
}

#[test]
fn before_anything_is_known_and_of_what_may_not_be_seen_it_says_what_it_lacks() {
    assert_snapshot!("timeline_unseen_80x24", unseen(80, 24, "t").screen());
    let s = open(Scenario::connected(80, 24).changes(without_secrets()), "ns:search");
    assert_snapshot!("timeline_forbidden_80x24", s.screen());
    let s = search(80, 24, "t").answer(answer).changes(feeds(&unreachable(500)));
    assert_snapshot!("timeline_stale_80x24", s.screen());
    let s = open(Scenario::connected(80, 24).changes(cluster()).answer(answer), "ns:media !edge");
    assert_snapshot!("timeline_never_installed_80x24", s.screen());
    let s = open(Scenario::connected(120, 40).changes(cluster()).answer(answer), "wiki");
    assert_snapshot!("timeline_native_120x40", s.screen());
}

#[test]
fn an_entry_leads_to_its_object_or_revision_and_is_copied_whole() {
    let s = search(120, 40, "t").answer(answer).keys("/").typed("container Pod").keys("enter");
    assert!(selected(&s).contains("container") && selected(&s).contains("Pod search-6d7f-x2x"), "{}", s.screen());
    let mut copied = s.keys("Y");
    let text = copied.asked().into_iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    });
    let expected = "2026-03-04 11:58:50 UTC container Pod search-6d7f-x2x: web exits 1 at start, 7 restarts";
    assert_eq!(text.as_deref(), Some(expected));
    let s = copied.keys("enter");
    assert!(s.screen().contains("[2 objects]") && selected(&s).contains("search-6d7f-x2x"), "{}", s.screen());
    let s = s.keys("9 / r e v space 2 enter");
    assert!(selected(&s).contains("revision   rev 2 "), "{}", s.screen());
    let s = s.keys("enter");
    assert!(s.screen().contains("[4 history]") && selected(&s).contains("   2  superseded"), "{}", s.screen());
}

#[test]
fn a_search_goes_round_and_esc_leaves_it() {
    let s = search(120, 40, "t").answer(answer).keys("g g / s c a l e d enter");
    let first = selected(&s);
    assert!(first.contains("Scaled up"), "{}", s.screen());
    let s = s.keys("n N");
    assert_eq!(selected(&s), first);
    let s = s.keys("esc");
    assert!(s.screen().contains("[9 timeline]"), "{}", s.screen());
    let s = s.keys("esc");
    assert!(s.screen().contains("VERDICT"), "{}", s.screen());
}

#[test]
fn ages_go_on_while_it_is_read() {
    let s = search(120, 40, "t").answer(answer);
    let age = |s: &Scenario| selected(s).split_whitespace().last().unwrap_or_default().to_owned();
    let before = age(&s);
    let s = s.later(600);
    assert_ne!(age(&s), before, "{}", s.screen());
}
