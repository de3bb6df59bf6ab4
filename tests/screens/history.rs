//! The revisions of a release where something is missing, damaged or large.

use std::sync::Arc;

use insta::assert_snapshot;
use wheelhouse::release::codec::Driver;
use wheelhouse::release::payload::{ApplyMethod, Size};
use wheelhouse::release::{Answer, Change, ObjectKey, Problem, ProblemKind, StoredRef};

use crate::fixture::{cluster, payload, stored};
use crate::scenario::Scenario;

/// A release of which revisions are missing, one cannot be read, and the newest nearly fills its Secret.
fn holes() -> Vec<Change> {
    let mut all = cluster();
    all.extend([
        stored("legacy", "holes", 12, "failed", 5),
        stored("legacy", "holes", 11, "deployed", 90),
        stored("legacy", "holes", 8, "superseded", 3000),
        stored("legacy", "holes", 7, "superseded", 4000),
    ]);
    all
}

/// Each revision is larger than the one before by as much; 8 cannot be read, 11 went back to 7.
fn sized(first: usize, step: usize) -> impl Fn(&StoredRef, bool) -> Answer {
    move |object, whole| {
        let content = payload(object);
        let number = content.revision().unwrap().get();
        if object.key.name.contains("holes") && number == 8 {
            let problem = Problem::new(ProblemKind::Malformed, "the gzip stream is damaged: corrupt deflate stream")
                .hint("the object was cut short or edited");
            return match whole {
                true => Answer::Payload(object.clone(), Err(problem)),
                false => Answer::Summary(object.clone(), Err(problem)),
            };
        }
        if whole {
            return Answer::Payload(object.clone(), Ok(Arc::new(content)));
        }
        let mut summary = content.summary();
        let grown = step * usize::try_from(number.saturating_sub(7)).unwrap();
        summary.size = Some(Size { stored: first + grown, decoded: 4 * (first + grown) });
        if number == 11 {
            (summary.description, summary.apply_method) =
                (Some("Rollback to 7".to_owned()), Some(ApplyMethod::ClientSide));
        }
        if number == 12 {
            summary.description = Some(
                "Upgrade \"holes\" failed: timeout waiting for: [Deployment/legacy/holes status: 'InProgress']"
                    .to_owned(),
            );
        }
        Answer::Summary(object.clone(), Ok(Arc::new(summary)))
    }
}

fn open(width: u16, height: u16, first: usize, step: usize) -> Scenario {
    let s = Scenario::connected(width, height).changes(holes()).answer(sized(first, step));
    s.keys("/").typed("holes").keys("enter h").answer(sized(first, step))
}

fn selected(s: &Scenario) -> String {
    s.screen().lines().find(|line| line.starts_with('>')).unwrap_or_default().to_owned()
}

#[test]
fn what_is_missing_damaged_or_nearly_too_large_is_said() {
    let s = open(80, 24, 800 * 1024, 12 * 1024);
    assert_snapshot!("history_holes_80x24", s.screen());
    assert_snapshot!("history_holes_damaged_80x24", s.keys("j j j").screen());
    let s = open(120, 40, 800 * 1024, 12 * 1024);
    assert_snapshot!("history_holes_120x40", s.screen());
    assert_snapshot!("history_holes_120x40_styled", s.styled());
    assert_snapshot!("history_holes_160x50", s.resized(160, 50).screen());
}

#[test]
fn what_fits_is_not_warned_of() {
    let s = open(120, 40, 4 * 1024, 512);
    assert!(!s.screen().contains("upgrades fail") && s.screen().contains("6 KiB of 1 MiB: 0 %"), "{}", s.screen());
}

#[test]
fn a_revision_that_is_pruned_while_one_looks_leaves_a_gap_and_opens_nothing() {
    let s = open(80, 24, 4 * 1024, 512).keys("G k k");
    assert!(selected(&s).contains("8  superseded"), "{}", s.screen());
    let key = ObjectKey::new("legacy", "sh.helm.release.v1.holes.v8");
    let gone = Change::RevisionGone(Driver::Secret, key, "legacy/sh.helm.release.v1.holes.v8".to_owned());
    let s = s.changes(vec![gone]).settled();
    assert!(s.screen().contains("8 to 10 not stored (pruned by maxHistory, or deleted)"), "{}", s.screen());
    let s = s.keys("g g j j enter");
    assert!(selected(&s).contains("8 to 10 not stored"), "{}", s.screen());
    assert!(s.screen().contains("[4 history]") && s.screen().contains("nothing is left of these"), "{}", s.screen());
}
