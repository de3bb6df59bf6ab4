//! Runs that were broken off: said at the start, explained in the journal, and gone on with from there.

use insta::assert_snapshot;
use wheelhouse::app::journal::left::Left;
use wheelhouse::app::journal::{Deed, End, Sent, Told};
use wheelhouse::plan::Action;
use wheelhouse::plan::action::Rollback;
use wheelhouse::plan::recovery::{BrokenOff, SentRequest};

use crate::fixture::stored;
use crate::list::ready;
use crate::plan::planned;
use crate::scenario::{Scenario, ago};

const TITLE: &str = "Roll back legacy/wiki (helm4, ssa) from 5 to 4";

fn left(title: &str, minutes: i64) -> Left {
    let (user, plan) = ("alice".to_owned(), "7f3a".to_owned());
    Left { begun: ago(minutes * 60), user, title: title.to_owned(), plan }
}

fn broken_off(context: &str) -> Told {
    let action = Action::Rollback(Rollback { to: Some(4), ..Rollback::default() });
    let request = "create secrets legacy/sh.helm.release.v1.wiki.v6".to_owned();
    let sent = vec![SentRequest { step: 1, request: request.clone(), object: None, outcome: None }];
    let release = "legacy/wiki".to_owned();
    let deed = Deed {
        at: ago(300 * 60),
        user: "alice".to_owned(),
        context: context.to_owned(),
        title: TITLE.to_owned(),
        end: End::Missing,
        steps: vec![Sent { step: 1, request, outcome: None }],
        broken: Some(BrokenOff { action, release, sent }),
    };
    Told { deeds: vec![deed], unread: 0 }
}

#[test]
fn what_was_left_is_said_at_the_start_until_it_was_looked_at() {
    for (width, height) in [(80, 24), (160, 50)] {
        let s = ready(width, height).left_unfinished(vec![left("Reset shop/storefront", 900), left(TITLE, 300)]);
        assert_snapshot!(format!("left_{width}x{height}"), s.screen());
    }
    let said = |s: &Scenario| s.screen().contains("not finished (J shows it)");
    let s = ready(80, 24);
    assert!(!said(&s));
    let s = s.left_unfinished(vec![left(TITLE, 300)]);
    assert!(said(&s));
    let s = s.keys("enter");
    assert!(said(&s), "on every screen");
    assert!(!said(&s.keys("J")));
    let s = ready(80, 24).left_unfinished(vec![left(TITLE, 300)]).keys("esc");
    assert!(!said(&s) && s.screen().contains("NAME"), "{}", s.screen());
    assert!(!said(&ready(80, 24).left_unfinished(Vec::new())));
}

#[test]
fn the_journal_leads_to_the_plan_of_what_is_advised() {
    for (width, height) in [(80, 24), (160, 50)] {
        let s = ready(width, height).keys("J").told_journal(Ok(broken_off("prod-eu")));
        assert_snapshot!(format!("journal_left_{width}x{height}"), s.screen());
        let s = s.keys("enter");
        assert_snapshot!(format!("journal_left_unfolded_{width}x{height}"), s.screen());
    }
    // What was stored since says what can be done: a revision that stays pending is unlocked first.
    let pending = vec![stored("legacy", "wiki", 6, "pending-rollback", 1)];
    let s = ready(160, 50).changes(pending).keys("J").told_journal(Ok(broken_off("prod-eu")));
    assert_snapshot!("journal_left_pending_160x50", s.screen());
    let mut s = s.keys("p");
    assert_eq!(planned(&mut s), [("wiki".to_owned(), Action::Unlock)]);
    let ended = vec![stored("legacy", "wiki", 6, "deployed", 1)];
    let mut s = ready(80, 24).changes(ended).keys("J").told_journal(Ok(broken_off("prod-eu"))).keys("p");
    assert_eq!(planned(&mut s), []);
    assert!(s.screen().contains("go on: nothing is left to be done"), "{}", s.screen());
    let mut s = ready(80, 24).keys("J").told_journal(Ok(broken_off("prod-eu")));
    s.asked();
    let mut s = s.keys("p");
    let again = Action::Rollback(Rollback { to: Some(4), ..Rollback::default() });
    assert_eq!(planned(&mut s), [("wiki".to_owned(), again)]);
    let mut s = ready(80, 24).keys("J").told_journal(Ok(broken_off("staging"))).keys("p");
    assert_eq!(planned(&mut s), []);
    assert!(s.screen().contains("go on: it was done on another context"), "{}", s.screen());
}
