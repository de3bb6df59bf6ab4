//! Actions: the choice, the plan before a yes, its run, and what came of it.

use insta::assert_snapshot;
use serde_json::json;
use wheelhouse::app::journal::{Deed, End, Sent, Told};
use wheelhouse::app::{Effect, TaskId};
use wheelhouse::plan::action::Rollback;
use wheelhouse::plan::{
    Action, Await, Body, Confirm, Demand, Effect as Becomes, EffectVerb, Ended, FieldEffect, Loss, NeededRight, News,
    OnError, Otherwise, Outcome, Phase, Plan, Precondition, Request, Right, Standing, Step, StepId, StepOutcome, Task,
    Verb, When,
};
use wheelhouse::release::mask::Masker;
use wheelhouse::release::{ObjectId, Problem, ProblemKind};

use crate::fixture::stored;
use crate::list::ready;
use crate::scenario::{Scenario, ago};

/// Finds the Flux release that is planned for.
pub const STOREFRONT: &str = "ns:shop status:drifted";
const GROUP: &str = "helm.toolkit.fluxcd.io";

pub fn helm_release_id(namespace: &str, name: &str) -> ObjectId {
    ObjectId::new(GROUP, "HelmRelease", namespace, name)
}

fn deployment_id() -> ObjectId {
    ObjectId::new("apps", "Deployment", "legacy", "wiki")
}

fn step(id: usize, phase: Phase, says: &str, task: Task) -> Step {
    Step { id: StepId(id), phase, says: says.to_owned(), task, on_error: OnError::End, when: When::Always }
}

pub fn condition(state: Standing, says: &str, evidence: &str, remedy: &str) -> Precondition {
    Precondition { state, says: says.to_owned(), evidence: evidence.to_owned(), remedy: remedy.to_owned() }
}

pub fn right(state: Standing, group: &str, resource: &str, namespace: &str, verb: &'static str) -> NeededRight {
    let (group, resource, namespace) = (group.to_owned(), resource.to_owned(), namespace.to_owned());
    NeededRight { right: Right { group, resource, namespace, verb }, name: String::new(), state, why: String::new() }
}

pub fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// A request to Flux, and what is awaited after it.
pub fn reset() -> Plan {
    let object = helm_release_id("shop", "storefront");
    let request = Request {
        verb: Verb::MergePatch,
        api_version: format!("{GROUP}/v2"),
        resource: "helmreleases".to_owned(),
        object: object.clone(),
        manager: "wheelhouse".to_owned(),
        uid: Some("0a1b".to_owned()),
        resource_version: None,
        digest: None,
        body: Body::Json(json!({"metadata": {"annotations": {
            "reconcile.fluxcd.io/requestedAt": "2026-03-04T12:00:00Z",
            "reconcile.fluxcd.io/resetAt": "2026-03-04T12:00:00Z",
        }}})),
    };
    let awaited = Await::Handled {
        api_version: format!("{GROUP}/v2"),
        resource: "helmreleases".to_owned(),
        object,
        token: "2026-03-04T12:00:00Z".to_owned(),
        demand: Demand::Reset,
        before: String::new(),
        timeout: 300,
    };
    Plan {
        action: Action::Reset,
        namespace: "shop".to_owned(),
        name: "storefront".to_owned(),
        title: "Reset shop/storefront".to_owned(),
        preconditions: vec![
            condition(Standing::Met, "it is not suspended", "spec.suspend", ""),
            condition(Standing::Unknown, "helm-controller answers", "its Deployment may not be read", ""),
        ],
        rights: vec![right(Standing::Met, GROUP, "helmreleases", "shop", "patch")],
        steps: vec![
            step(1, Phase::Store, "asks for a reset and a reconcile with one token", Task::Send(request)),
            step(2, Phase::Wait, "until helm-controller handled it", Task::Await(awaited)),
        ],
        otherwise: Vec::new(),
        effects: Vec::new(),
        losses: Vec::new(),
        notes: lines(&["failures 2 of 2 become 0: it is tried twice more, and the same image will fail again"]),
        undo: lines(&["nothing has to be undone: only the counters of failures change"]),
        commands: lines(&["flux reconcile helmrelease storefront -n shop --reset"]),
        ways: Vec::new(),
        proposal: None,
        confirm: Confirm::Key,
        masker: Masker::default(),
    }
}

/// A rollback that takes a hotfix, with everything that a plan can say.
pub fn rollback(is_forced: bool) -> Plan {
    let request = |verb, resource: &str, api_version: &str, object: ObjectId, manager: &str, body| Request {
        verb,
        api_version: api_version.to_owned(),
        resource: resource.to_owned(),
        object,
        manager: manager.to_owned(),
        uid: None,
        resource_version: None,
        digest: None,
        body,
    };
    let secret = |revision: u32| ObjectId::new("", "Secret", "legacy", format!("sh.helm.release.v1.wiki.v{revision}"));
    let store = request(Verb::Create, "secrets", "v1", secret(6), "helm", Body::Empty);
    let failed = request(Verb::Replace, "secrets", "v1", secret(6), "helm", Body::Empty);
    let image = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 2, "template": {"spec": {
        "containers": [{"name": "web", "image": "wiki:2.10.0", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]
    }}}});
    let apply =
        request(Verb::Apply { force: is_forced }, "deployments", "apps/v1", deployment_id(), "helm", Body::Json(image));
    let path = ".spec.template.spec.containers[name=\"web\"].image";
    let field = |path: &str, old: &str, new: &str, conflict: &str| FieldEffect {
        path: path.to_owned(),
        old: Some(old.to_owned()),
        new: Some(new.to_owned()),
        conflict: conflict.to_owned(),
    };
    let conflict = if is_forced { "" } else { "kubectl-set" };
    let mut fields = vec![field(path, "wiki:hot", "wiki:2.10.0", conflict)];
    fields.extend((1..=7).map(|number| field(&format!(".metadata.labels.l{number}"), "a", "b", "")));
    let blocked = condition(
        Standing::Unmet,
        "Deployment wiki: conflict with kubectl-set on the image",
        "",
        "F takes it: wiki:hot is lost",
    );
    let mut preconditions =
        vec![condition(Standing::Met, "newest revision is 5, failed 2m ago, nothing pending", "", "")];
    preconditions.extend((!is_forced).then_some(blocked));
    let settled = Await::Settled {
        objects: vec![("apps/v1".to_owned(), "deployments".to_owned(), deployment_id())],
        jobs: false,
        timeout: 300,
    };
    let same = |name: &str| Becomes {
        object: ObjectId::new("", "ConfigMap", "legacy", name),
        verb: EffectVerb::None,
        fields: Vec::new(),
    };
    Plan {
        action: Action::Rollback(Rollback { to: Some(4), force_conflicts: is_forced, ..Rollback::default() }),
        namespace: "legacy".to_owned(),
        name: "wiki".to_owned(),
        title: "Roll back legacy/wiki (helm4, ssa) from 5 to 4".to_owned(),
        preconditions,
        rights: vec![
            right(Standing::Met, "", "secrets", "legacy", "create"),
            right(Standing::Met, "", "secrets", "legacy", "update"),
            right(Standing::Met, "apps", "deployments", "legacy", "patch"),
        ],
        steps: vec![
            step(1, Phase::Store, "pending-rollback", Task::Send(store)),
            step(2, Phase::Apply, "image wiki:hot -> 2.10.0, and 7 labels", Task::Send(apply)),
            step(3, Phase::Wait, "for 1 Deployment", Task::Await(settled)),
        ],
        otherwise: vec![Otherwise {
            phase: Phase::Apply,
            steps: vec![step(4, Phase::Failed, "failed, so that nothing stays pending", Task::Send(failed))],
        }],
        effects: vec![Becomes { object: deployment_id(), verb: EffectVerb::Change, fields }, same("a"), same("b")],
        losses: if is_forced {
            vec![Loss {
                object: deployment_id(),
                path: path.to_owned(),
                manager: "kubectl-set".to_owned(),
                value: "wiki:hot".to_owned(),
                becomes: "wiki:2.10.0".to_owned(),
            }]
        } else {
            Vec::new()
        },
        notes: Vec::new(),
        undo: lines(&["a rollback to 5", "the hotfix: kubectl set image deployment/wiki web=wiki:hot -n legacy"]),
        commands: lines(&["helm rollback wiki 4 -n legacy"]),
        ways: Vec::new(),
        proposal: None,
        confirm: Confirm::Typed("wiki".to_owned()),
        masker: Masker::default(),
    }
}

/// The list, at the release of that name.
pub fn at(filter: &str, width: u16, height: u16) -> Scenario {
    ready(width, height).keys("/").typed(filter).keys("enter")
}

pub fn planned(s: &mut Scenario) -> Vec<(String, Action)> {
    let asked = s.asked().into_iter().filter_map(|effect| match effect {
        Effect::Plan(_, release, action) => Some((release.id.name.clone(), action)),
        _ => None,
    });
    asked.collect()
}

pub fn acted(s: &mut Scenario) -> Vec<String> {
    let asked = s.asked().into_iter().filter_map(|effect| match effect {
        Effect::Act(_, plan) => Some(plan.title.clone()),
        _ => None,
    });
    asked.collect()
}

pub fn over(outcome: Outcome, says: &str, next: &[&str]) -> News {
    News::Over(Ended { outcome, says: says.to_owned(), next: lines(next) })
}

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

#[test]
fn every_action_is_offered_or_says_why_it_is_not() {
    for (name, filter) in [("flux", STOREFRONT), ("native", "wiki"), ("pending", "forum")] {
        let s = at(filter, 80, 24).keys("a");
        assert_snapshot!(format!("actions_{name}_80x24"), s.screen());
    }
    assert_snapshot!("actions_160x50", at(STOREFRONT, 160, 50).keys("a").screen());
    assert_snapshot!("actions_styled_80x24", at("wiki", 80, 24).keys("a").styled());
}

#[test]
fn each_key_asks_for_its_plan() {
    let check = |filter: &str, keys: &str, expected: Option<Action>| {
        let mut s = at(filter, 80, 24);
        s.asked();
        let mut s = s.keys(keys);
        let asked: Vec<Action> = planned(&mut s).into_iter().map(|(_, action)| action).collect();
        assert_eq!(asked, Vec::from_iter(expected), "{filter} {keys}");
    };
    check(STOREFRONT, "R", Some(Action::Reconcile { with_source: false }));
    check(STOREFRONT, "W", Some(Action::Reconcile { with_source: true }));
    check(STOREFRONT, "a r", Some(Action::Reset));
    check(STOREFRONT, "a f", Some(Action::Force));
    check(STOREFRONT, "a j j j enter", Some(Action::Force));
    check(STOREFRONT, "enter R", Some(Action::Reconcile { with_source: false }));
    check("wiki", "a b", Some(Action::Rollback(Rollback::default())));
    check("wiki", "h j a b", Some(Action::Rollback(Rollback { to: Some(4), ..Rollback::default() })));
    check("forum", "a u", Some(Action::Unlock));
    // What does not apply sends nothing.
    check("wiki", "R", None);
    check("wiki", "a r", None);
    check("wiki", "a u", None);
    check("wiki", "s", None);
}

#[test]
fn suspending_asks_for_a_reason_first() {
    let mut s = at(STOREFRONT, 80, 24).keys("s");
    assert_snapshot!("suspend_reason_80x24", s.screen());
    assert_eq!(planned(&mut s), []);
    let s = s.keys("enter");
    assert!(s.screen().contains("suspend, because:"), "without a reason it is asked again: {}", s.screen());
    let mut s = s.typed("INC-4711").keys("enter");
    let reason = "INC-4711".to_owned();
    assert_eq!(planned(&mut s), [("storefront".to_owned(), Action::Suspend { reason })]);
    let mut s = at(STOREFRONT, 80, 24).keys("s").typed("x").keys("esc");
    assert_eq!(planned(&mut s), []);
    assert!(s.screen().contains("NAME"), "{}", s.screen());
}

#[test]
fn a_plan_is_read_before_a_yes() {
    for (width, height) in SIZES {
        let s = at(STOREFRONT, width, height).keys("a r").later(3);
        assert_snapshot!(format!("plan_planning_{width}x{height}"), s.screen());
        let s = s.planned(Ok(reset()));
        assert_snapshot!(format!("plan_reset_{width}x{height}"), s.screen());
        let s = s.keys("j j j enter");
        assert_snapshot!(format!("plan_reset_unfolded_{width}x{height}"), s.screen());
    }
    let s = at(STOREFRONT, 80, 24).keys("a r").planned(Ok(reset()));
    assert_snapshot!("plan_reset_styled_80x24", s.styled());
    let mut s = s.keys("c");
    let command = "flux reconcile helmrelease storefront -n shop --reset".to_owned();
    assert!(s.asked().contains(&Effect::Copy(command)));
}

#[test]
fn what_is_in_the_way_comes_first_and_nothing_runs() {
    for (width, height) in SIZES {
        let mut s = at("wiki", width, height).keys("a b").planned(Ok(rollback(false)));
        assert_snapshot!(format!("plan_conflict_{width}x{height}"), s.screen());
        s.asked();
        let mut s = s.keys("y");
        assert_eq!(acted(&mut s), Vec::<String>::new());
        assert!(s.screen().contains("run: a condition is not met"), "{}", s.screen());
    }
    let mut s = at("wiki", 80, 24).keys("a b").planned(Ok(rollback(false)));
    s.asked();
    let mut s = s.keys("F");
    let forced = Rollback { force_conflicts: true, ..Rollback::default() };
    assert_eq!(planned(&mut s), [("wiki".to_owned(), Action::Rollback(forced))]);
    for (width, height) in SIZES {
        let s = at("wiki", width, height).keys("a b").planned(Ok(rollback(true)));
        assert_snapshot!(format!("plan_forced_{width}x{height}"), s.screen());
        let s = s.keys("G");
        assert_snapshot!(format!("plan_forced_end_{width}x{height}"), s.screen());
    }
}

#[test]
fn a_missing_right_is_named() {
    let mut plan = reset();
    plan.rights[0].state = Standing::Unmet;
    let mut s = at(STOREFRONT, 80, 24).keys("a r").planned(Ok(plan));
    assert_snapshot!("plan_forbidden_80x24", s.screen());
    s.asked();
    let mut s = s.keys("y");
    assert_eq!(acted(&mut s), Vec::<String>::new());
    assert!(s.screen().contains("run: the right to patch is missing"), "{}", s.screen());
}

#[test]
fn what_cannot_be_planned_says_why() {
    let problem =
        Problem::new(ProblemKind::NotFound, "HelmRelease shop/storefront is gone").hint("look at its history");
    let mut s = at(STOREFRONT, 80, 24).keys("R").planned(Err(problem));
    assert_snapshot!("plan_unplanned_80x24", s.screen());
    s.asked();
    assert_eq!(planned(&mut s.keys("ctrl-r")).len(), 1);
}

#[test]
fn the_name_is_typed_where_much_is_at_stake() {
    let s = at("wiki", 80, 24).keys("a b").planned(Ok(rollback(true)));
    let s = s.keys("y").typed("wik");
    assert_snapshot!("plan_typed_80x24", s.screen().lines().last().unwrap());
    let mut s = s.typed("x");
    assert_snapshot!("plan_typed_wrong_80x24", s.screen().lines().last().unwrap());
    s.asked();
    let mut s = s.keys("enter");
    assert_eq!(acted(&mut s), Vec::<String>::new());
    let s = s.keys("y").typed("wiki");
    assert_snapshot!("plan_typed_right_80x24", s.screen().lines().last().unwrap());
    let mut s = s.keys("enter");
    assert_eq!(acted(&mut s), ["Roll back legacy/wiki (helm4, ssa) from 5 to 4"]);
    assert!(!s.screen().contains("hunter2"));
    let s = at("wiki", 160, 50).keys("a b").planned(Ok(rollback(true))).keys("j j j j enter");
    let screen = s.screen();
    assert!(screen.contains("value: '***'") && !screen.contains("hunter2"), "{screen}");
}

#[test]
fn what_changed_since_is_planned_anew() {
    let s = at("wiki", 80, 24).keys("a b").planned(Ok(rollback(true)));
    let mut s = s.changes(vec![stored("legacy", "wiki", 6, "deployed", 0)]).settled();
    assert_snapshot!("plan_stale_80x24", s.screen());
    s.asked();
    let mut s = s.keys("y");
    assert_eq!(acted(&mut s), Vec::<String>::new());
    assert_eq!(planned(&mut s.keys("esc ctrl-r")).len(), 1);
}

/// A reset that waits.
pub fn running(width: u16, height: u16) -> Scenario {
    let s = at(STOREFRONT, width, height).keys("a r").planned(Ok(reset())).keys("y");
    let s = s.acting(News::Began(StepId(1))).acting(News::Ended(StepId(1), StepOutcome::Done(String::new())));
    let s = s.later(1).acting(News::Began(StepId(2))).later(3);
    let seen = "helm-controller runs an upgrade: Reconciling Progressing \"running upgrade\"".to_owned();
    s.acting(News::Waiting(StepId(2), seen, Some(287)))
}

#[test]
fn a_run_is_followed_to_its_end_and_its_summary_stays() {
    for (width, height) in SIZES {
        assert_snapshot!(format!("run_waiting_{width}x{height}"), running(width, height).screen());
    }
    assert_snapshot!("run_waiting_styled_80x24", running(80, 24).styled());
    let ends = [
        ("done", StepOutcome::Done("UpgradeSucceeded: revision 3".to_owned()), over(Outcome::Done, "", &[])),
        (
            "failed",
            StepOutcome::Failed("Stalled, RetriesExceeded: Failed to upgrade after 2 attempt(s)".to_owned()),
            over(
                Outcome::Failed,
                "Failed to upgrade after 2 attempt(s): web exits 1 at start",
                &["mend the image tag, commit: a new generation resets the counters", "w shows why it fails"],
            ),
        ),
        (
            "unknown",
            StepOutcome::Unknown("the answer was lost: connection reset by peer".to_owned()),
            over(Outcome::Unknown, "it is not known whether the request arrived", &["ctrl-r reads it again"]),
        ),
        (
            "stopped",
            StepOutcome::Skipped("stopped".to_owned()),
            over(Outcome::Stopped, "stopped before step 2", &["the journal (J) has what is left to do"]),
        ),
        (
            "refused",
            StepOutcome::Failed("its generation is 4 now, and was 3".to_owned()),
            over(Outcome::Refused, "nothing was written: it is not as planned any more", &["ctrl-r plans anew"]),
        ),
    ];
    for (name, outcome, news) in ends {
        let s = running(80, 24).later(60).acting(News::Ended(StepId(2), outcome)).acting(news).later(600);
        assert_snapshot!(format!("run_{name}_80x24"), s.screen());
        if name == "failed" {
            assert_snapshot!("run_failed_styled_80x24", s.styled());
            assert_snapshot!("run_failed_160x50", s.resized(160, 50).screen());
        }
    }
}

#[test]
fn leaving_a_run_ends_nothing_and_its_end_is_said() {
    let mut s = running(80, 24);
    s.asked();
    let mut s = s.keys("esc");
    assert_eq!(s.asked(), [], "nothing is cancelled");
    assert_snapshot!("run_left_80x24", s.screen());
    // The same keys lead back to it instead of to a second plan.
    let mut s = s.keys("R");
    assert_eq!(planned(&mut s), []);
    assert!(s.screen().contains("running: step 2 of 2"), "{}", s.screen());
    let mut s = s.keys("esc");
    s.asked();
    let s = s.acting(over(Outcome::Failed, "it failed", &[]));
    assert_snapshot!("run_failed_unseen_80x24", s.screen());
    assert_eq!(planned(&mut s.keys("R")).len(), 1, "what ended is not in the way of the next");
}

#[test]
fn stopping_is_asked_for_once() {
    let mut s = running(80, 24);
    s.asked();
    let mut s = s.keys("x x");
    let halts = s.asked().into_iter().filter(|effect| matches!(effect, Effect::Halt(TaskId(_)))).count();
    assert_eq!(halts, 1);
    assert!(s.screen().contains("stopping after the request in flight"), "{}", s.screen());
}

#[test]
fn a_run_for_failures_shows_its_steps() {
    let s = at("wiki", 80, 24).keys("a b").planned(Ok(rollback(true))).keys("y").typed("wiki").keys("enter");
    let done = |id: usize| News::Ended(StepId(id), StepOutcome::Done(String::new()));
    let refused = StepOutcome::Failed("deployments.apps \"wiki\" is forbidden".to_owned());
    let s = s.acting(done(1)).acting(News::Ended(StepId(2), refused)).acting(News::Began(StepId(4))).acting(done(4));
    let s = s.acting(over(Outcome::Failed, "deployments.apps \"wiki\" is forbidden", &["R tries again"]));
    assert_snapshot!("run_rolled_back_halfway_80x24", s.screen());
}

#[test]
fn another_context_ends_no_run() {
    let mut s = running(80, 24);
    s.asked();
    let mut s = s.keys("C").contexts(Ok(crate::contexts::contexts())).typed("staging").keys("enter");
    assert!(!s.asked().iter().any(|effect| matches!(effect, Effect::Halt(_))));
    let s = s.acting(over(Outcome::Done, "", &[]));
    assert!(s.screen().contains("Reset shop/storefront: done"), "{}", s.screen());
}

#[test]
fn a_suspended_release_is_resumed() {
    let mut s = at("ns:shop status:suspended", 80, 24);
    s.asked();
    let mut s = s.keys("s");
    assert_eq!(planned(&mut s), [("cart".to_owned(), Action::Resume)]);
    let mut s = s.keys("esc").keys("R");
    assert_eq!(planned(&mut s), []);
    assert!(s.screen().contains("it is suspended"), "{}", s.screen());
}

fn deed(minutes: i64, title: &str, end: End, steps: Vec<Sent>) -> Deed {
    let (user, context) = ("alice".to_owned(), "prod-eu".to_owned());
    Deed { at: ago(minutes * 60), user, context, title: title.to_owned(), end, steps, broken: None }
}

#[test]
fn the_journal_tells_what_did_not_end_first() {
    let s = ready(80, 24).keys("J");
    assert_snapshot!("journal_loading_80x24", s.screen());
    let ended = |outcome, says: &str| End::Ended(Ended { outcome, says: says.to_owned(), next: lines(&["try again"]) });
    let sent = |step, request: &str, outcome| Sent { step, request: request.to_owned(), outcome };
    let patch = "patch helmreleases.helm.toolkit.fluxcd.io shop/storefront as wheelhouse";
    let told = Told {
        deeds: vec![
            deed(
                300,
                "Roll back legacy/wiki from 5 to 4",
                End::Missing,
                vec![sent(1, "create secrets legacy/v6", None)],
            ),
            deed(30, "values .db.password of shop/storefront", End::Noted, Vec::new()),
            deed(
                10,
                "Reset shop/storefront",
                ended(Outcome::Failed, "RetriesExceeded"),
                vec![
                    sent(1, patch, Some(StepOutcome::Done(String::new()))),
                    sent(2, "", Some(StepOutcome::Failed("RetriesExceeded".to_owned()))),
                ],
            ),
            deed(5, "Reconcile shop/storefront", ended(Outcome::Done, ""), Vec::new()),
        ],
        unread: 1,
    };
    let s = s.told_journal(Ok(told.clone()));
    assert_snapshot!("journal_80x24", s.screen());
    let s = s.keys("enter j j enter");
    assert_snapshot!("journal_unfolded_80x24", s.screen());
    assert_snapshot!("journal_160x50", s.resized(160, 50).screen());
    let s = ready(80, 24).keys("J").told_journal(Ok(Told::default()));
    assert!(s.screen().contains("nothing was done yet"), "{}", s.screen());
    let s = ready(80, 24).keys("J").told_journal(Err(Problem::new(ProblemKind::Config, "it may not be read")));
    assert!(s.screen().contains("it may not be read"), "{}", s.screen());
}

#[test]
fn a_plan_is_told_in_every_theme() {
    for theme in ["light", "mono"] {
        let s = at("wiki", 80, 24).keys("a b").planned(Ok(rollback(true)));
        assert_snapshot!(format!("plan_forced_{theme}_80x24"), s.styled_in(theme));
        let s = at("wiki", 80, 24).keys("a b").planned(Ok(rollback(false)));
        assert_snapshot!(format!("plan_conflict_{theme}_80x24"), s.styled_in(theme));
        assert_snapshot!(format!("run_waiting_{theme}_80x24"), running(80, 24).styled_in(theme));
        let outcome = StepOutcome::Failed("Stalled, RetriesExceeded: Failed to upgrade after 2 attempt(s)".to_owned());
        let news = over(Outcome::Failed, "Failed to upgrade after 2 attempt(s)", &["mend it and push it"]);
        let s = running(80, 24).later(60).acting(News::Ended(StepId(2), outcome)).acting(news);
        assert_snapshot!(format!("run_failed_{theme}_80x24"), s.styled_in(theme));
    }
}

#[test]
fn another_revision_is_chosen_in_the_plan() {
    let to = |revision| Action::Rollback(Rollback { to: Some(revision), ..Rollback::default() });
    let mut s = at("wiki", 80, 24).keys("h j a b").planned(Ok(rollback(true)));
    s.asked();
    let mut s = s.keys("-");
    assert_eq!(planned(&mut s), [("wiki".to_owned(), to(3))]);
    let mut s = s.planned(Ok(rollback(true))).keys("-");
    assert_eq!(planned(&mut s), [], "{}", s.screen());
    assert!(s.screen().contains("older: no older revision is stored"), "{}", s.screen());
    let mut s = s.keys("+");
    assert_eq!(planned(&mut s), [("wiki".to_owned(), to(4))]);
    let mut s = s.planned(Ok(rollback(true))).keys("+");
    assert_eq!(planned(&mut s), [], "the newest is what is left");
}
