//! One action on many releases: marks, their plans, one yes, and a result a row.

use insta::assert_snapshot;
use wheelhouse::app::{Effect, Msg};
use wheelhouse::plan::many::Progress;
use wheelhouse::plan::{Action, Confirm, Many, News, Outcome, Plan, Precondition, Standing, StepId, StepOutcome};
use wheelhouse::release::{FeedState, ObjectId, Problem, ProblemKind};

use crate::fixture::{feeds, helm_release};
use crate::list::ready;
use crate::plan::{condition, over, reset, right};
use crate::scenario::Scenario;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];
const GROUP: &str = "helm.toolkit.fluxcd.io";

/// All that Flux manages and is neither suspended nor doing something, marked by a filter.
const FLUX: &str = "mgr:flux !suspended !payments !checkout";

fn marked(filter: &str, width: u16, height: u16) -> Scenario {
    ready(width, height).keys("/").typed(filter).keys("enter *")
}

/// A plan of a reset for the release of that name.
fn plan(namespace: &str, name: &str, note: &str) -> Plan {
    let (namespace, name, notes) = (namespace.to_owned(), name.to_owned(), vec![note.to_owned()]);
    let commands = vec![format!("flux reconcile helmrelease {name} -n {namespace} --reset")];
    let preconditions = vec![condition(Standing::Met, "it is not suspended", "", "")];
    Plan {
        title: format!("Reset the failures of {namespace}/{name}"),
        namespace,
        name,
        notes,
        commands,
        preconditions,
        ..reset()
    }
}

fn unmet(plan: Plan, says: &str, remedy: &str) -> Plan {
    let preconditions = vec![condition(Standing::Unmet, says, "", remedy)];
    Plan { preconditions, ..plan }
}

fn search() -> Plan {
    plan(
        "search",
        "search",
        "upgrade failures 3 -> 0, and 3 tries more; the same upgrade will fail again unless its cause is mended",
    )
}

fn media() -> Plan {
    let early = "the reconcile ends before the token counts: it would be used up and do nothing";
    unmet(plan("media", "media", ""), early, "mend what the message names; a plain reconcile has it looked at again")
}

fn billing() -> Plan {
    let image = ObjectId::new("apps", "Deployment", "billing", "billing");
    let lost = wheelhouse::plan::Loss {
        object: image,
        path: ".spec.replicas".to_owned(),
        manager: "kubectl-scale".to_owned(),
        value: "5".to_owned(),
        becomes: "3".to_owned(),
    };
    Plan { losses: vec![lost], ..plan("billing", "billing", "upgrade failures 2 -> 0, and 2 tries more") }
}

fn edge() -> Plan {
    let plan = plan("media", "media-edge", "");
    Plan { rights: vec![right(Standing::Unmet, GROUP, "helmreleases", "media", "patch")], ..plan }
}

fn storefront() -> Plan {
    let silent = condition(Standing::Unknown, "helm-controller may not run: it owes an answer", "", "");
    let plan = plan("shop", "storefront", "no failures are counted: it does what a reconcile does");
    Plan { preconditions: vec![silent], ..plan }
}

fn gone() -> Problem {
    Problem::new(ProblemKind::NotFound, "HelmRelease media/media-edge is gone").hint("look at its history")
}

/// A reset of five, all planned.
fn planned(width: u16, height: u16) -> Scenario {
    let s = marked(FLUX, width, height).keys("a r");
    let s = s.planned_one("search", Ok(search())).planned_one("media", Ok(media()));
    let s = s.planned_one("billing", Ok(billing())).planned_one("media-edge", Ok(edge()));
    s.planned_one("storefront", Ok(storefront())).later(1)
}

/// Which releases were asked about, with what.
fn asked(s: &mut Scenario) -> Vec<(Vec<String>, Action)> {
    let asked = s.asked().into_iter().filter_map(|effect| match effect {
        Effect::PlanMany(_, releases, action) => {
            Some((releases.iter().map(|release| release.id.name.clone()).collect(), action))
        }
        _ => None,
    });
    asked.collect()
}

/// Which releases were begun, and whether a failure stops the others.
fn begun(s: &mut Scenario) -> Vec<(Vec<String>, bool)> {
    let waiting = |many: &Many| {
        let rows = many.rows.iter().filter(|row| row.progress == Progress::Waiting);
        rows.map(|row| row.plan.name.clone()).collect()
    };
    let asked = s.asked().into_iter().filter_map(|effect| match effect {
        Effect::ActMany(_, many) => Some((waiting(&many), many.stops)),
        _ => None,
    });
    asked.collect()
}

fn done(id: usize) -> News {
    News::Ended(StepId(id), StepOutcome::Done(String::new()))
}

#[test]
fn all_that_are_listed_are_marked_and_unmarked() {
    let marks = |s: &Scenario| s.model.releases.marked(&s.model.session);
    let s = ready(80, 24).keys("space").keys("/").typed("ns:media").keys("enter *");
    assert_eq!(marks(&s), (3, 1));
    let s = s.keys("*");
    assert_eq!(marks(&s), (1, 1), "the mark of what is not listed stays");
    let s = s.keys("esc");
    assert_eq!(marks(&s), (0, 0));
}

#[test]
fn each_key_asks_for_the_plans_of_all_that_are_marked() {
    let names = ["search", "media", "billing", "media-edge", "storefront"];
    let check = |filter: &str, keys: &str, expected: &[&str], action: Option<Action>| {
        let mut s = marked(filter, 80, 24);
        s.asked();
        let mut s = s.keys(keys);
        let names = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(asked(&mut s), Vec::from_iter(action.map(|action| (names, action))), "{filter} {keys}");
    };
    check(FLUX, "R", &names, Some(Action::Reconcile { with_source: false }));
    check(FLUX, "W", &names, Some(Action::Reconcile { with_source: true }));
    check(FLUX, "a r", &names, Some(Action::Reset));
    check(FLUX, "a f", &names, Some(Action::Force));
    check(FLUX, "s x enter", &names, Some(Action::Suspend { reason: "x".to_owned() }));
    check("status:suspended", "s", &["cart"], Some(Action::Resume));
    check(
        "ns:shop mgr:flux !checkout",
        "s x enter",
        &["storefront", "cart"],
        Some(Action::Suspend { reason: "x".to_owned() }),
    );
    // What is for one release alone, and what nobody can be asked for.
    for keys in ["a b", "a u", "a d"] {
        check(FLUX, keys, &[], None);
    }
    check("ns:legacy", "R", &[], None);
}

#[test]
fn what_is_for_one_release_alone_is_greyed_with_why() {
    assert_snapshot!("many_actions_80x24", marked(FLUX, 80, 24).keys("a").screen());
    assert_snapshot!("many_actions_of_natives_80x24", marked("ns:legacy", 80, 24).keys("a").screen());
    assert_snapshot!("many_reason_80x24", marked(FLUX, 80, 24).keys("s").typed("INC-4711").screen());
}

#[test]
fn plans_are_told_as_they_come_what_is_in_the_way_first() {
    for (width, height) in SIZES {
        let s = marked(FLUX, width, height).keys("a r").later(3);
        let s = s.planned_one("search", Ok(search())).planned_one("media", Ok(media()));
        assert_snapshot!(format!("many_planning_{width}x{height}"), s.screen());
        assert_snapshot!(format!("many_planned_{width}x{height}"), planned(width, height).screen());
    }
    assert_snapshot!("many_planned_styled_80x24", planned(80, 24).styled());
    let s = marked(FLUX, 120, 24).keys("s").typed("the database moves").keys("enter");
    assert!(
        s.screen().contains("Suspend 5 releases") && s.screen().contains("because: the database moves"),
        "{}",
        s.screen()
    );
}

#[test]
fn leaving_gives_up_what_is_not_planned_and_nothing_more() {
    let mut s = marked(FLUX, 80, 24).keys("R").planned_one("search", Ok(search()));
    s.asked();
    assert!(matches!(s.keys("esc").asked().as_slice(), [Effect::Cancel(_)]));
    let mut s = planned(80, 24);
    s.asked();
    assert_eq!(s.keys("esc").asked(), []);
}

#[test]
fn one_yes_begins_those_that_are_ready_alone() {
    let mut s = planned(80, 24);
    s.asked();
    let mut s = s.keys("y");
    let three = ["search", "billing", "storefront"].map(str::to_owned).to_vec();
    assert_eq!(begun(&mut s), [(three.clone(), false)]);
    let mut s = planned(80, 24).keys("f");
    assert!(s.screen().contains("stops at a failure"), "{}", s.screen());
    s.asked();
    assert_eq!(begun(&mut s.keys("y")), [(three, true)]);
}

#[test]
fn where_much_is_at_stake_their_number_is_typed() {
    let typed = Plan { confirm: Confirm::Typed("billing".to_owned()), ..billing() };
    let s = marked("billing", 80, 24).keys("space").keys("esc").keys("/").typed("ns:search").keys("enter *");
    let s = s.keys("/").keys("ctrl-u").typed("ns:billing").keys("enter *").keys("a f");
    let s = s.planned_one("search", Ok(search())).planned_one("billing", Ok(typed)).later(1);
    assert_snapshot!("many_typed_80x24", s.screen());
    let mut s = s.keys("y").typed("3");
    assert_snapshot!("many_typed_wrong_80x24", s.screen().lines().last().unwrap());
    s.asked();
    let mut s = s.keys("enter");
    assert_eq!(begun(&mut s), []);
    let s = s.keys("y").typed("2");
    assert_snapshot!("many_typed_right_80x24", s.screen().lines().last().unwrap());
    assert_eq!(begun(&mut s.keys("enter")).len(), 1);
}

#[test]
fn a_row_opens_its_plan_which_runs_with_the_others() {
    let mut s = planned(80, 24).keys("G enter");
    assert_snapshot!("many_row_80x24", s.screen());
    s.asked();
    let mut s = s.keys("y");
    assert_eq!(s.asked().iter().filter(|effect| matches!(effect, Effect::Act(..) | Effect::ActMany(..))).count(), 0);
    let mut s = s.keys("esc").keys("esc").keys("esc");
    s.asked();
    let mut s = planned(80, 24).keys("G enter");
    s.asked();
    let mut s = s.keys("ctrl-r");
    assert!(matches!(s.asked().as_slice(), [Effect::Plan(_, release, Action::Reset)] if release.id.name == "billing"));
}

#[test]
fn where_nothing_can_be_run_the_reason_that_all_share_is_said() {
    let says = "nothing is written on context prod-eu";
    let read_only = |plan: Plan| {
        let evidence = "--read-only".to_owned();
        let one = Precondition { evidence, ..condition(Standing::Unmet, says, "", "") };
        Ok(Plan { preconditions: vec![one], ..plan })
    };
    let s = marked("ns:media !values", 80, 24).keys("R");
    let s = s
        .planned_one("media", read_only(plan("media", "media", "x")))
        .planned_one("media-edge", read_only(plan("media", "media-edge", "x")));
    let mut s = s.later(1);
    assert_snapshot!("many_read_only_80x24", s.screen());
    s.asked();
    let mut s = s.keys("y");
    assert_eq!(begun(&mut s), []);
    assert!(s.screen().contains("none of them can be run"), "{}", s.screen());
    let forbidden = |name: &str| {
        let rights = vec![right(Standing::Unmet, GROUP, "helmreleases", "media", "patch")];
        Ok(Plan { rights, ..plan("media", name, "x") })
    };
    let s = marked("ns:media !values", 80, 24).keys("R");
    let s = s.planned_one("media", forbidden("media")).planned_one("media-edge", forbidden("media-edge"));
    assert_snapshot!("many_forbidden_80x24", s.later(1).screen());
}

#[test]
fn what_cannot_be_planned_is_no_reason_to_leave_the_others() {
    let s = marked("ns:media !values", 80, 24).keys("R");
    let s =
        s.planned_one("media", Ok(plan("media", "media", "Flux looks again"))).planned_one("media-edge", Err(gone()));
    let mut s = s.later(1);
    assert_snapshot!("many_unplanned_80x24", s.screen());
    s.asked();
    let mut s = s.keys("y");
    assert_eq!(begun(&mut s), [(vec!["media".to_owned()], false)]);
    let s = s.acting_one("media", News::Began(StepId(1))).acting_one("media", done(1));
    let s = s.acting_one("media", over(Outcome::Done, "", &[]));
    assert!(s.screen().contains("1 refused  1 done"), "{}", s.screen());
    let mut s = s.keys("ctrl-r");
    assert_eq!(asked(&mut s)[0].0, ["media", "media-edge"], "all are planned anew");
}

/// Three that run: one is done, one waits for its controller, one has not begun.
fn running(width: u16, height: u16) -> Scenario {
    let s = planned(width, height).keys("y");
    let s = s.acting_one("search", News::Began(StepId(1))).acting_one("billing", News::Began(StepId(1)));
    let s = s.acting_one("search", done(1)).acting_one("billing", done(1)).later(2);
    let s = s.acting_one("search", News::Began(StepId(2))).acting_one("billing", News::Began(StepId(2)));
    let reconciled = StepOutcome::Done("reconciled: UpgradeSucceeded: revision 12".to_owned());
    let s = s.acting_one("billing", News::Ended(StepId(2), reconciled));
    let s = s.acting_one("billing", over(Outcome::Done, "", &[])).later(3);
    let seen = "helm-controller runs an upgrade: Reconciling Progressing \"running upgrade\"".to_owned();
    s.acting_one("search", News::Waiting(StepId(2), seen, Some(287)))
}

/// The same at its end: one failed.
fn ended(width: u16, height: u16) -> Scenario {
    let failed = StepOutcome::Failed("Stalled, RetriesExceeded".to_owned());
    let s = running(width, height).later(60).acting_one("search", News::Ended(StepId(2), failed));
    let next = ["mend the image tag, commit: a new generation resets the counters", "w shows why it fails"];
    let s = s.acting_one(
        "search",
        over(Outcome::Failed, "Failed to upgrade after 3 attempt(s): web exits 1 at start", &next),
    );
    let s = s.acting_one("storefront", News::Began(StepId(1)));
    s.acting_one("storefront", over(Outcome::Unknown, "it is not known whether the request arrived", &[])).later(100)
}

#[test]
fn a_run_is_followed_row_by_row_and_its_summary_stays() {
    for (width, height) in SIZES {
        assert_snapshot!(format!("many_running_{width}x{height}"), running(width, height).screen());
        assert_snapshot!(format!("many_ended_{width}x{height}"), ended(width, height).screen());
    }
    assert_snapshot!("many_running_styled_80x24", running(80, 24).styled());
    assert_snapshot!("many_ended_styled_80x24", ended(80, 24).styled());
    let s = ended(80, 24).keys("enter");
    assert_snapshot!("many_ended_row_80x24", s.screen());
    let s = s.keys("esc");
    assert!(
        s.screen().contains("1 failed  1 unknown  2 refused  1 done"),
        "the summary is still there: {}",
        s.screen()
    );
    let mut s = s;
    s.asked();
    let mut s = s.keys("y");
    assert_eq!(begun(&mut s), [], "what was run is not run again");
}

#[test]
fn leaving_a_run_of_many_ends_nothing_and_its_end_is_said() {
    let mut s = running(80, 24);
    s.asked();
    let mut s = s.keys("esc");
    assert_eq!(s.asked(), [], "nothing is cancelled");
    assert_snapshot!("many_left_80x24", s.screen());
    let mut s = s.keys("R");
    assert_eq!(asked(&mut s), [], "the same key leads back to it");
    assert!(s.screen().contains("running 1, waiting 1"), "{}", s.screen());
    // So does a key on one of them alone.
    let s = s.keys("esc").keys("esc").keys("/").keys("ctrl-u").typed("ns:search").keys("enter").keys("R");
    assert!(s.screen().contains("running 1, waiting 1"), "{}", s.screen());
    let s = s.keys("esc").acting_one("search", over(Outcome::Failed, "it failed", &[]));
    let s = s.acting_one("storefront", over(Outcome::Stopped, "not begun", &[]));
    assert_snapshot!("many_failed_unseen_80x24", s.screen());
}

#[test]
fn stopping_many_is_asked_for_once() {
    let mut s = running(80, 24);
    s.asked();
    let mut s = s.keys("x x");
    assert_eq!(s.asked().iter().filter(|effect| matches!(effect, Effect::Halt(_))).count(), 1);
    assert!(s.screen().contains("stopping after the requests in flight: 1 run"), "{}", s.screen());
    // A row is not stopped alone.
    let mut s = running(80, 24).keys("enter");
    s.asked();
    assert_eq!(s.keys("x").asked().iter().filter(|effect| matches!(effect, Effect::Halt(_))).count(), 0);
}

#[test]
fn what_runs_already_is_not_planned_again() {
    let s =
        ready(80, 24).keys("/").typed("ns:billing").keys("enter").keys("a r").planned(Ok(billing())).later(1).keys("y");
    let s = s.acting(News::Began(StepId(1))).keys("esc").keys("/").keys("ctrl-u").typed(FLUX).keys("enter *");
    let mut s = s;
    s.asked();
    let mut s = s.keys("R");
    assert_eq!(asked(&mut s)[0].0, ["search", "media", "media-edge", "storefront"]);
    assert!(s.screen().contains("it is being run already"), "{}", s.screen());
}

#[test]
fn commands_and_words_of_many_are_copied() {
    let copied = |keys: &str| {
        let mut s = planned(80, 24);
        s.asked();
        s.keys(keys).asked().into_iter().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        })
    };
    assert_snapshot!("many_copied", format!("{}\n--\n{}", copied("c").unwrap(), copied("Y").unwrap()));
}

#[test]
fn a_broken_planning_is_a_reason_for_each() {
    let s = marked("ns:media !values", 80, 24).keys("R").planned_one("media", Ok(plan("media", "media", "x")));
    let task = s.effects.iter().find_map(|effect| match effect {
        Effect::PlanMany(task, ..) => Some(*task),
        _ => None,
    });
    let problem = Problem::new(ProblemKind::Other, "wheelhouse failed on this one: a bug");
    let s = s.send(Msg::Broken(task.unwrap(), problem));
    assert!(s.screen().contains("no plan") && s.screen().contains("a bug"), "{}", s.screen());
}

/// Five hundred releases of Flux.
fn huge(width: u16, height: u16) -> Scenario {
    let ready =
        serde_json::json!({"conditions": [crate::fixture::condition("Ready", "True", "UpgradeSucceeded", "ok", 9)]});
    let releases =
        (0..500).map(|number| helm_release("many", &format!("r{number:03}"), serde_json::json!({}), ready.clone()));
    let s = Scenario::connected(width, height).changes(feeds(&FeedState::Live));
    s.changes(releases.collect()).settled().keys("* a r")
}

#[test]
fn five_hundred_releases_are_planned_scrolled_and_run() {
    let name = |number: usize| format!("r{number:03}");
    let one = |number: usize| match number % 100 {
        7 => Ok(unmet(plan("many", &name(number), ""), "it is suspended", "resume it first")),
        _ => Ok(plan("many", &name(number), "no failures are counted: it does what a reconcile does")),
    };
    let s = (0..120).fold(huge(80, 24), |s, number| s.planned_one(&name(number), one(number))).later(12);
    assert_snapshot!("many_huge_planning_80x24", s.screen());
    let s = (120..500).fold(s, |s, number| s.planned_one(&name(number), one(number))).later(1);
    assert_snapshot!("many_huge_planned_80x24", s.screen());
    let s = s.resized(160, 50);
    assert_snapshot!("many_huge_planned_160x50", s.screen());
    let s = s.resized(80, 24).keys("G");
    assert_snapshot!("many_huge_end_80x24", s.screen());
    let mut s = s.keys("y").typed("495");
    s.asked();
    let mut s = s.keys("enter");
    assert_eq!(begun(&mut s)[0].0.len(), 495);
    let s = (0..4).fold(s, |s, number| s.acting_one(&name(number), News::Began(StepId(1)))).later(5);
    assert_snapshot!("many_huge_running_80x24", s.screen());
}
