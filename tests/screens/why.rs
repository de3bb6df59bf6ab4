//! Why a release is as it is, as it is read.

use insta::assert_snapshot;
use wheelhouse::app::Effect;
use wheelhouse::release::FeedState;

use crate::fixture::{answer, cluster, feeds, unreachable, without_secrets};
use crate::live::{search, states, unseen};
use crate::scenario::Scenario;

#[test]
fn a_failed_release_opens_at_what_is_wrong_with_it() {
    let s = search(80, 24, "enter");
    assert_snapshot!("why_80x24", s.screen());
    assert_snapshot!("why_end_80x24", s.keys("G").screen());
    let s = search(120, 40, "enter");
    assert_snapshot!("why_120x40", s.screen());
    assert_snapshot!("why_120x40_styled", s.styled());
    let s = s.resized(160, 50);
    assert_snapshot!("why_160x50", s.screen());
    assert_snapshot!("why_60x15", s.resized(60, 15).screen());
}

#[test]
fn before_its_objects_are_known() {
    assert_snapshot!("why_unseen_80x24", unseen(80, 24, "enter").screen());
    let s = search(80, 24, "enter").changes(feeds(&unreachable(500)));
    assert_snapshot!("why_stale_80x24", s.screen());
}

#[test]
fn other_verdicts() {
    for name in ["media", "billing", "cart", "checkout", "forum", "wiki", "payments", "ingress-nginx"] {
        let s = Scenario::connected(100, 30).changes(cluster()).answer(answer);
        let s = s.keys("/").typed(&format!("{name} !edge")).keys("enter w").answer(answer);
        assert_snapshot!(format!("why_{name}_100x30"), s.screen());
    }
}

#[test]
fn a_cause_leads_to_its_object_and_on_to_its_log() {
    let s = search(120, 40, "enter");
    // The cause is the last link of the chain.
    let selected = |s: &Scenario| s.screen().lines().find(|line| line.starts_with('>')).unwrap_or_default().to_owned();
    let mut s = s;
    for _ in 0..20 {
        if selected(&s).contains("<- the cause") {
            break;
        }
        s = s.keys("j");
    }
    assert!(selected(&s).contains("Pod search-6d7f-x2x"), "{}", s.screen());
    let mut s = s.keys("l");
    let asked = s.asked().into_iter().find_map(|effect| match effect {
        Effect::Log(_, request) => Some((request.pod.to_string(), request.container)),
        _ => None,
    });
    assert_eq!(asked, Some(("search/search-6d7f-x2x".to_owned(), "web".to_owned())));
    let s = s.keys("esc enter");
    assert!(s.screen().contains("[2 objects]") && selected(&s).contains("Pod search-6d7f-x2x"), "{}", s.screen());
}

#[test]
fn a_healthy_release_opens_at_its_objects() {
    let s = Scenario::connected(80, 24).changes(cluster()).answer(answer);
    let s = s.keys("/").typed("ingress-nginx").keys("enter enter").answer(answer);
    assert!(s.screen().contains("[2 objects]"), "{}", s.screen());
}

#[test]
fn what_the_list_does_not_watch_counts_once_the_release_is_open() {
    let s = Scenario::connected(120, 24).changes(cluster()).answer(answer);
    let s = s.keys("/").typed("ingress-nginx").keys("enter enter").answer(answer);
    let title = |s: &Scenario| s.screen().lines().nth(1).unwrap_or_default().trim_start().to_owned();
    let before = title(&s);
    assert!(!before.starts_with("m missing"), "{before}");
    let loading = states(&s, |_| FeedState::Loading);
    let s = s.inspected(loading);
    assert_eq!(title(&s), before, "nothing is said of what was not looked at");
    let live = states(&s, |_| FeedState::Live);
    let s = s.inspected(live);
    assert!(title(&s).starts_with("m missing"), "{}", s.screen());
}

#[test]
fn the_first_screen_holds_the_cause_and_what_helps_and_says_that_it_goes_on() {
    let s = search(80, 24, "enter");
    let screen = s.screen();
    let at = |text: &str| screen.lines().position(|line| line.contains(text)).unwrap_or(usize::MAX);
    assert!(at("web exits 1 at start, 7 restarts, so") < at("what helps"), "{screen}");
    assert!(at("what helps") < at("HelmRelease search/search"), "{screen}");
    assert_eq!(screen.matches("web exits 1 at start").count(), 1, "once is enough: {screen}");
    assert!(screen.contains("13 more, pagedown"), "{screen}");
    let s = s.keys("G");
    assert!(!s.screen().contains("more, pagedown") && s.screen().contains("exits 1 at start"), "{}", s.screen());
    let s = search(160, 50, "enter");
    assert!(!s.screen().contains("more, pagedown"), "{}", s.screen());
}

#[test]
fn of_what_may_not_be_seen_the_missing_right_is_told() {
    let s = Scenario::connected(80, 24).changes(without_secrets()).answer(answer);
    let s = s.keys("/").typed("status:unknown").keys("enter w").answer(answer);
    assert_snapshot!("why_unknown_80x24", s.screen());
}
