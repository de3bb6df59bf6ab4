//! The log of a container.

use insta::assert_snapshot;
use wheelhouse::app::{Effect, Screen, TaskId};
use wheelhouse::health::objects::Container;
use wheelhouse::release::{LogNews, LogRequest, Problem, ProblemKind};

use crate::live::search;
use crate::scenario::Scenario;

/// The log of the Pod that crashes, nothing read of it.
fn log(width: u16, height: u16) -> Scenario {
    search(width, height, "enter 2").keys("j j enter")
}

fn lines(range: std::ops::Range<usize>) -> LogNews {
    LogNews::Lines(
        range.map(|number| format!("2026-03-04T11:59:{:02}Z line {number} of the log", number % 60)).collect(),
    )
}

fn words() -> LogNews {
    LogNews::Lines(
        [
            "\u{1b}[32mINFO\u{1b}[0m  starting storefront 2.10.0",
            "\u{1b}[32mINFO\u{1b}[0m  reading /etc/storefront/config.yaml",
            "\u{1b}]0;title\u{7}\u{1b}[33mWARN\u{1b}[0m  config key search.timeout is deprecated, use search.client.timeout.seconds instead; it will be removed in 3.0",
            "  5%\r 50%\r100% loaded",
            "ERROR \u{202e}panic: connect db.search.svc:5432: connection refused",
        ]
        .map(str::to_owned)
        .to_vec(),
    )
}

/// What was asked and given up, in order.
fn asked(s: &mut Scenario) -> Vec<(Option<LogRequest>, TaskId)> {
    let log = |effect: Effect| match effect {
        Effect::Log(task, request) => Some((Some(request), task)),
        Effect::Cancel(task) => Some((None, task)),
        _ => None,
    };
    s.asked().into_iter().filter_map(log).collect()
}

#[test]
fn the_log_of_the_worst_container() {
    let s = log(80, 24);
    assert_snapshot!("log_waiting_80x24", s.screen());
    let s = s.logged(words());
    assert_snapshot!("log_80x24", s.screen());
    assert_snapshot!("log_wrapped_80x24", s.keys("w").screen());
    let s = log(120, 40).logged(words()).logged(lines(0..200));
    assert_snapshot!("log_120x40", s.screen());
    assert_snapshot!("log_120x40_styled", s.keys("/").typed("line 19").keys("enter").styled());
    let s = log(80, 24).logged(words()).logged(LogNews::Ended);
    assert_snapshot!("log_ended_80x24", s.screen());
    assert_snapshot!("log_empty_80x24", log(80, 24).keys("p").logged(LogNews::Ended).screen());
    let s = log(60, 15).logged(words());
    assert_snapshot!("log_60x15", s.screen());
    assert_snapshot!("log_help_80x24", log(80, 24).keys("?").screen());
}

#[test]
fn a_log_that_cannot_be_read_says_why_and_is_read_again_when_asked() {
    let forbidden = Problem::new(
        ProblemKind::Forbidden,
        "pods \"search-6d7f-x2x\" is forbidden: User \"oncall\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"search\"",
    )
    .hint("get on pods/log in namespace search is needed");
    let mut s = log(80, 24).logged(LogNews::Failed(forbidden));
    assert_snapshot!("log_forbidden_80x24", s.screen());
    asked(&mut s);
    let mut s = s.keys("ctrl-r");
    assert_eq!(asked(&mut s).len(), 1, "nothing is left to be given up");
    let s = s.logged(lines(0..3));
    assert!(s.screen().contains("line 2"), "{}", s.screen());
    let broken = Problem::new(ProblemKind::Unreachable, "connection reset by peer");
    assert_snapshot!("log_broken_off_80x24", s.logged(LogNews::Failed(broken)).screen());
}

#[test]
fn what_is_asked_for_follows_the_keys_and_is_given_up_with_the_screen() {
    let mut s = log(80, 24);
    let web = LogRequest {
        pod: wheelhouse::release::ObjectKey::new("search", "search-6d7f-x2x"),
        container: "web".to_owned(),
        previous: false,
        follow: true,
        since_seconds: None,
        tail: Some(500),
    };
    let check = |s: &mut Scenario, expected: Option<&LogRequest>| {
        let asked: Vec<Option<LogRequest>> = asked(s).into_iter().map(|(request, _)| request).collect();
        let given_up = [None].into_iter().chain(expected.map(|request| Some(request.clone())));
        assert_eq!(asked, given_up.collect::<Vec<_>>(), "{}", s.screen());
    };
    assert_eq!(asked(&mut s).pop().and_then(|(request, _)| request), Some(web.clone()));
    let before = LogRequest { previous: true, follow: false, ..web.clone() };
    s = s.keys("p");
    check(&mut s, Some(&before));
    s = s.keys("s");
    check(&mut s, Some(&LogRequest { since_seconds: Some(60), tail: Some(10_000), ..before.clone() }));
    s = s.keys("s");
    check(&mut s, Some(&LogRequest { since_seconds: Some(300), tail: Some(10_000), ..before.clone() }));
    s = s.keys("p");
    check(&mut s, Some(&LogRequest { since_seconds: Some(300), tail: Some(10_000), ..web.clone() }));
    s = s.keys("tab");
    check(
        &mut s,
        Some(&LogRequest { container: "migrate".to_owned(), since_seconds: Some(300), tail: Some(10_000), ..web }),
    );
    s = s.keys("esc");
    check(&mut s, None);
    assert!(s.screen().contains("[2 objects]"));
}

#[test]
fn lines_of_a_log_that_was_left_are_dropped() {
    let s = log(80, 24).keys("p");
    let old = TaskId(0);
    let s = s.send(wheelhouse::app::Msg::Logged(old, lines(0..5)));
    assert!(!s.screen().contains("line 4"), "{}", s.screen());
}

#[test]
fn a_log_says_of_which_run_it_is() {
    let check = |state: &str, restarts: u64, present: &str, before: &str| {
        let mut s = log(80, 24);
        let Some(Screen::Logs(shown)) = s.model.screens.last_mut() else { panic!("no log") };
        let one = Container { state: state.to_owned(), restarts, ..shown.containers[0].clone() };
        shown.containers[0] = one;
        let now = shown.run_words();
        shown.previous = true;
        assert_eq!((now, shown.run_words()), (present, before), "{state}");
    };
    check("running", 0, "log of the present run", "log of the run before");
    check("running, not ready, in a loop", 4, "log of the present run", "log of the run before");
    check("terminated: Error, exit code 1", 1, "log of the run that ended last", "log of the run before");
    check("waiting: CrashLoopBackOff", 4, "log of the run that ended last", "log of the run that ended last");
    check("waiting: ContainerCreating", 0, "log", "log of the run before");
}

/// The last line that is seen of the log.
fn last(s: &Scenario) -> String {
    let screen = s.screen();
    let line = screen.lines().rev().skip(2).find(|line| line.contains("line ")).unwrap_or_default();
    line.split("line ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned()
}

#[test]
fn the_end_stays_in_sight_until_one_scrolls_up() {
    let s = log(80, 24).logged(lines(0..100));
    assert_eq!(last(&s), "99");
    let s = s.keys("k k").logged(lines(100..150));
    assert_eq!(last(&s), "97");
    assert!(s.screen().contains("not following"), "{}", s.screen());
    let s = s.keys("G").logged(lines(150..160));
    assert_eq!(last(&s), "159");
    let s = s.keys("f").logged(lines(160..170));
    assert_eq!(last(&s), "159");
    let s = s.keys("f");
    assert_eq!(last(&s), "169");
}

#[test]
fn what_is_read_stays_while_the_oldest_lines_are_dropped() {
    let s = log(80, 24).logged(lines(0..10_000)).keys("k").logged(lines(10_000..10_400));
    assert_eq!(last(&s), "9998");
    assert_snapshot!("log_dropped_80x24", s.screen());
    let s = s.keys("/").typed("line 399 of").keys("enter");
    assert!(s.screen().contains("no match"), "{}", s.screen());
    let s = s.keys("/").typed("line 1039").keys("enter");
    assert!(s.screen().contains("match 2 of 11 for line 1039"), "{}", s.screen());
    let s = s.logged(lines(10_400..10_500)).keys("n");
    assert!(s.screen().contains("of 11"), "{}", s.screen());
}
