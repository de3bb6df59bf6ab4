//! What is typed before it can be seen where it goes: into a line that did not open, at a plan that has only just come up, by a
//! paste. None of it may act.

use insta::assert_snapshot;
use wheelhouse::app::plan::moment::MOMENT;
use wheelhouse::app::{Effect, Msg};
use wheelhouse::plan::{Action, Plan};

use crate::plan::{STOREFRONT, acted, at, planned, reset, rollback, running};
use crate::scenario::Scenario;

/// What somebody types on, with the keys that would run, quit, stop and choose among its letters.
const TEXTS: [&str; 4] = ["platform-team", "INC-4711: yes, why not, by Quinn", "yyyyyy", "x:quit"];

/// All that was asked for but the questions of the menu.
fn done(s: &mut Scenario) -> Vec<Effect> {
    let asked = s.asked().into_iter();
    asked.filter(|effect| !matches!(effect, Effect::Review(..))).collect()
}

#[test]
fn an_action_that_did_not_open_takes_every_key_but_enter_and_esc() {
    for (filter, keys) in
        [("wiki", "s"), ("wiki", "R"), ("wiki", "a s"), ("wiki", "a u"), ("wiki", "enter 5 s"), (STOREFRONT, "a u")]
    {
        for text in TEXTS {
            let mut s = at(filter, 80, 24);
            s = s.keys(keys);
            s.asked();
            let before = s.screen();
            let mut s = s.typed(text).keys("enter y tab down ctrl-d");
            assert_eq!(done(&mut s), [], "{filter} {keys} {text}");
            assert!(s.screen().contains("nothing was sent"), "enter ends what is typed: {}", s.screen());
            let s = s.later(1).keys("enter");
            assert!(!s.screen().contains("nothing was sent"), "{filter} {keys}: {}", s.screen());
            assert_ne!(s.screen(), before);
        }
    }
    for (width, height) in [(80, 24), (160, 50)] {
        let s = at("wiki", width, height).keys("a s").typed("INC");
        assert_snapshot!(format!("refused_{width}x{height}"), s.screen());
    }
    assert_snapshot!("refused_styled_80x24", at("wiki", 80, 24).keys("s").styled());
    // From the choice one comes back to the choice.
    let s = at("wiki", 80, 24).keys("a s esc");
    assert!(s.screen().contains("what can be done"), "{}", s.screen());
    let s = s.keys("esc");
    assert!(s.screen().contains("NAME"), "{}", s.screen());
}

#[test]
fn a_run_that_goes_on_opens_no_line() {
    let mut s = running(80, 24).keys("esc");
    s.asked();
    let mut s = s.keys("s").typed("x marks it").keys("enter");
    assert_eq!(done(&mut s), [], "nothing is stopped");
    assert!(s.screen().contains("suspend: a run of this release goes on: Reset shop/storefront"), "{}", s.screen());
    let mut s = s.keys("esc").keys("a d").typed("x-team").keys("enter");
    assert_eq!(done(&mut s), []);
    assert!(s.screen().contains("disown: a run of this release goes on"), "{}", s.screen());
}

fn confirmed_at(plan: Plan, keys: &str, millis: i64) -> Vec<String> {
    let filter = if plan.name == "wiki" { "wiki" } else { STOREFRONT };
    let s = at(filter, 80, 24).keys(keys).planned_just_now(Ok(plan));
    let at = s.model.session.now + jiff::SignedDuration::from_millis(millis);
    let mut s = s.send(Msg::Clock(at));
    s.asked();
    let mut s = s.keys("y").typed("wiki").keys("enter y");
    acted(&mut s)
}

#[test]
fn a_yes_counts_only_when_the_plan_could_be_read() {
    let moment = i64::try_from(MOMENT.as_millis()).unwrap();
    for early in [0, 1, 300, moment - 1] {
        assert_eq!(confirmed_at(reset(), "a r", early), Vec::<String>::new(), "{early} ms");
        assert_eq!(confirmed_at(rollback(true), "a b", early), Vec::<String>::new(), "{early} ms");
    }
    assert_eq!(confirmed_at(reset(), "a r", moment), ["Reset shop/storefront"]);
    assert_eq!(confirmed_at(rollback(true), "a b", moment), ["Roll back legacy/wiki (helm4, ssa) from 5 to 4"]);

    let s = at(STOREFRONT, 80, 24).keys("a r").planned_just_now(Ok(reset()));
    assert!(s.screen().contains("nothing is written yet: read it first"), "{}", s.screen());
    assert!(!s.screen().contains("y run"), "what does not count is not offered: {}", s.screen());
    let s = s.keys("y");
    assert_snapshot!("plan_too_soon_80x24", s.screen());
    // Where it was refused it has to be read from then on.
    let mut s = s.later(1).keys("enter y");
    assert_eq!(acted(&mut s), Vec::<String>::new());
    let mut s = s.keys("esc").later(1).keys("y");
    assert_eq!(acted(&mut s), ["Reset shop/storefront"]);
}

#[test]
fn words_at_a_plan_are_no_yes() {
    // Who finds it suspended already types the reason at the plan that resumes it.
    for text in ["platform-team", "INC-4711: yes, why not, by Quinn", "why? by order", "cpu too hot, my fault"] {
        let mut plan = reset();
        plan.action = Action::Resume;
        let mut s = at("ns:shop status:suspended", 80, 24).keys("s").planned(Ok(plan)).later(5);
        s.asked();
        let mut s = s.typed(text).keys("enter");
        assert_eq!(acted(&mut s), Vec::<String>::new(), "{text}: {}", s.screen());
        assert!(s.screen().contains("it is no key of a plan"), "{text}: {}", s.screen());
    }
}

#[test]
fn what_is_pasted_is_text() {
    let paste = |s: Scenario, text: &str| s.send(Msg::Pasted(text.to_owned()));
    // Where no line is open it goes nowhere, and the keys in it do nothing.
    for (filter, keys) in [("wiki", ""), ("wiki", "enter"), ("wiki", "a"), ("wiki", "s"), ("wiki", "?"), ("wiki", "J")]
    {
        let mut s = at(filter, 80, 24);
        if !keys.is_empty() {
            s = s.keys(keys);
        }
        s.asked();
        let before = s.screen();
        let mut s = paste(s, "R\ny\nQ\n:quit\n");
        assert_eq!(done(&mut s), [], "{keys}");
        assert_eq!(
            s.screen().lines().take(20).collect::<Vec<_>>(),
            before.lines().take(20).collect::<Vec<_>>(),
            "{keys}"
        );
    }
    let mut s = at(STOREFRONT, 80, 24).keys("a r").planned(Ok(reset()));
    s.asked();
    let mut s = paste(s, "y");
    assert_eq!(acted(&mut s), Vec::<String>::new());
    assert!(s.screen().contains("what was pasted was not taken"), "{}", s.screen());

    // In a line it is typed, and accepts nothing.
    let mut s = paste(at(STOREFRONT, 80, 24).keys("s"), "INC-4711\nsee the channel\n");
    assert_eq!(planned(&mut s), []);
    let mut s = s.keys("enter");
    let reason = "INC-4711 see the channel".to_owned();
    assert_eq!(planned(&mut s), [("storefront".to_owned(), Action::Suspend { reason })]);
    let s = at("wiki", 80, 24).keys("a b").planned(Ok(rollback(true))).keys("y");
    let mut s = paste(s, "wiki\n");
    assert_eq!(acted(&mut s), Vec::<String>::new());
    assert_eq!(acted(&mut s.keys("enter")).len(), 1);
}
