//! Whether the next upgrades go through, and the marks by which releases are chosen for it.

use insta::assert_snapshot;
use wheelhouse::app::Effect;
use wheelhouse::ownership::own::Method;
use wheelhouse::plan::preflight::{Check, Finding, Looked, Preflight, Severity};
use wheelhouse::release::{Change, FeedKind, ObjectId, Problem, ProblemKind};

use crate::fixture::{feed, stored, unreachable};
use crate::list::ready;
use crate::scenario::Scenario;

fn finding(severity: Severity, check: Check, path: &str, text: &str, evidence: &[&str], remedy: &str) -> Finding {
    Finding {
        severity,
        check,
        object: (!path.is_empty()).then(|| ObjectId::new("apps", "Deployment", "legacy", "wiki")),
        path: path.to_owned(),
        text: text.to_owned(),
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
        remedy: remedy.to_owned(),
    }
}

fn told(method: Method, findings: Vec<Finding>) -> Preflight {
    let looked = Looked { objects: 7, tried: 7, computed: 0 };
    Preflight { method, manager: "helm".to_owned(), looked, findings }
}

fn blocked() -> Preflight {
    let image = ".spec.template.spec.containers[name=\"web\"].image";
    told(
        Method::ServerSide,
        vec![
            finding(
                Severity::Blocks,
                Check::Conflict,
                image,
                "the upgrade changes it, and others own it: conflict with \"kubectl-set\" using apps/v1",
                &["conflict with \"kubectl-set\" using apps/v1: .spec.template.spec.containers[name=\"web\"].image"],
                "helm upgrade wiki --force-conflicts overwrites it; or set the live value in the chart's values",
            ),
            finding(
                Severity::Risk,
                Check::Wait,
                "",
                "a wait would not end while it is as it is now",
                &["Deployment wiki InProgress: Available: 1/2"],
                "look why it is not ready: wheelhouse why legacy/wiki",
            ),
            finding(
                Severity::Note,
                Check::Hotfix,
                image,
                "kubectl-set changed it: that is in conflict",
                &["held by kubectl-set"],
                "set the live value in the chart's values to keep it",
            ),
        ],
    )
}

fn passes() -> Preflight {
    let note = "hooks run: post-upgrade Job ingress-nginx-check";
    told(Method::ClientSide, vec![finding(Severity::Note, Check::Hooks, "", note, &[], "nothing needs to be done")])
}

fn forbidden() -> Problem {
    Problem::new(ProblemKind::Forbidden, "release Secrets of namespace legacy may not be read")
        .hint("ask for list and get on secrets in legacy")
}

/// Three native releases are marked and asked about.
fn asked(width: u16, height: u16) -> Scenario {
    let s = ready(width, height).keys("/").typed("mgr:helm4").keys("enter");
    s.keys("g g space space G k space P")
}

fn names(s: &mut Scenario) -> Vec<Vec<String>> {
    let asked = s.asked().into_iter().filter_map(|effect| match effect {
        Effect::Preflight(_, releases, _) => Some(releases.iter().map(|release| release.id.name.clone()).collect()),
        _ => None,
    });
    asked.collect()
}

#[test]
fn marks_stay_on_their_releases() {
    let s = ready(120, 40).keys("space space j V");
    assert_snapshot!("list_marked_120x40", s.screen());
    let marked = |s: &Scenario| s.model.releases.marked(&s.model.session);
    assert_eq!(marked(&s), (4, 0));
    let s = s.keys("o").typed("name").keys("enter");
    assert_eq!(marked(&s), (4, 0));
    let s = s.keys("/").typed("wiki").keys("enter");
    assert_eq!(marked(&s), (4, 3));
    assert!(s.screen().contains("4 marked, 3 of them not listed"), "{}", s.screen());
    let mut s = s.keys("esc");
    assert_eq!((marked(&s), s.model.releases.filter.text()), ((0, 0), "wiki"));
    s.asked();
    let mut s = s.keys("P");
    assert_eq!(names(&mut s), [["wiki"]], "nothing is marked: the selected one");
}

#[test]
fn answers_are_told_as_they_come_the_worst_first() {
    for (width, height) in [(80, 24), (160, 50)] {
        let mut s = asked(width, height);
        assert_eq!(names(&mut s), [["wiki", "forum", "ingress-nginx"]]);
        assert_snapshot!(format!("preflight_loading_{width}x{height}"), s.screen());
        let s = s.preflighted("ingress-nginx", Ok(passes()));
        assert_snapshot!(format!("preflight_partly_{width}x{height}"), s.screen());
        let s = s.preflighted("wiki", Ok(blocked())).preflighted("forum", Err(forbidden()));
        assert_snapshot!(format!("preflight_{width}x{height}"), s.screen());
        let s = s.keys("f");
        assert_snapshot!(format!("preflight_whole_{width}x{height}"), s.screen());
    }
}

#[test]
fn its_colours_say_what_its_words_say() {
    let s = asked(80, 24).preflighted("ingress-nginx", Ok(passes())).preflighted("wiki", Ok(blocked()));
    assert_snapshot!("preflight_styled_80x24", s.styled());
}

#[test]
fn what_changed_since_is_said_and_asked_again() {
    let s = asked(80, 24).preflighted("ingress-nginx", Ok(passes())).preflighted("wiki", Ok(blocked()));
    let s = s.preflighted("forum", Err(forbidden()));
    let s = s.changes(vec![stored("legacy", "wiki", 6, "deployed", 0)]).settled().later(600);
    let stale: Vec<Change> = vec![feed(FeedKind::HelmReleases, unreachable(60))];
    let mut s = s.changes(stale);
    assert_snapshot!("preflight_stale_80x24", s.screen());
    s.asked();
    let mut s = s.keys("ctrl-r");
    assert_eq!(names(&mut s), [["wiki", "forum", "ingress-nginx"]]);
    let screen = s.screen();
    assert!(screen.contains("0/3 looked at") && !screen.contains("has changed"), "{screen}");
}

#[test]
fn leaving_gives_up_what_is_not_answered() {
    let mut s = asked(80, 24);
    s.asked();
    let mut s = s.keys("esc");
    assert!(s.asked().iter().any(|effect| matches!(effect, Effect::Cancel(_))));
    let s = s.keys("P").preflighted("wiki", Ok(blocked())).preflighted("forum", Ok(passes()));
    let mut s = s.preflighted("ingress-nginx", Ok(passes()));
    s.asked();
    let mut s = s.keys("esc");
    assert_eq!(s.asked(), [], "nothing is left to give up");
}

#[test]
fn the_words_of_a_finding_are_copied() {
    let mut s = asked(80, 24).preflighted("wiki", Ok(blocked()));
    s.asked();
    let mut s = s.keys("j Y");
    let copied = s.asked().into_iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    });
    assert_snapshot!("preflight_copied", copied.unwrap());
}

#[test]
fn a_thousand_releases_are_read_one_by_one() {
    let many = (0..1000).map(|number| stored("many", &format!("r{number:04}"), 1, "deployed", 60 + number)).collect();
    let s = Scenario::connected(80, 24).changes(crate::fixture::feeds(&wheelhouse::release::FeedState::Live));
    let mut s = s.changes(many).settled().keys(":").typed("preflight all").keys("enter");
    for number in 0..500 {
        let answer = if number % 100 == 7 { blocked() } else { passes() };
        s = s.preflighted(&format!("r{number:04}"), Ok(answer));
    }
    assert_snapshot!("preflight_of_a_thousand_80x24", s.screen());
    assert_snapshot!("preflight_of_a_thousand_end_80x24", s.keys("G").screen());
}
