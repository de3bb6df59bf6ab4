//! Somebody else does something just before a write: what he did stays, and nothing is said to be done that is not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::lanes;
use super::place::Place;
use super::row::Row;
use super::table::{rollbacks, small};
use super::told::object_of;
use super::troubles::{Whole, whole};
use crate::cluster::{At, Cluster, Helm, User};

/// What somebody else does. The object is `ConfigMap settings`, which each action here writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meanwhile {
    /// `helm upgrade` of the release.
    Upgraded,
    /// kubectl edits the object.
    Edited,
    /// kubectl deletes the object.
    Deleted,
    /// A second wheelhouse does the same action, from its plan to its end.
    DoneByAnother,
}

use Meanwhile::{Deleted, DoneByAnother, Edited, Upgraded};

const ALL: [Meanwhile; 4] = [Upgraded, Edited, Deleted, DoneByAnother];

/// An action beside which others act.
struct Beside {
    row: &'static Row,
    /// Whether it went through.
    upgrade: fn(&Place) -> bool,
    /// The first write stores a pending revision, which keeps Helm away.
    is_locking: bool,
    /// Flags that it needs more, once somebody has edited what it writes.
    again: &'static [&'static str],
}

const BESIDE: &[Beside] = &[
    Beside {
        row: &rollbacks::APPLIED,
        upgrade: |place| rollbacks::upgrade(place, Helm::V4),
        is_locking: true,
        again: &["--force-conflicts"],
    },
    Beside {
        row: &rollbacks::PATCHED,
        upgrade: |place| rollbacks::upgrade(place, Helm::V3),
        is_locking: true,
        again: &[],
    },
    Beside { row: &small::DISOWN, upgrade: small::upgrade, is_locking: false, again: &[] },
];

/// How it ends where this happens before the write of this number; the object is written with the write `own`.
fn expected(is_locking: bool, meanwhile: Meanwhile, number: usize, own: usize) -> i32 {
    const DONE: i32 = 0;
    const REFUSED: i32 = 15;
    const FAILED: i32 = 16;
    match (is_locking, meanwhile) {
        // Before the first write somebody else takes the number of the revision; after it Helm is kept away.
        (true, Upgraded) if number == 1 => REFUSED,
        (true, Upgraded) => DONE,
        // What is not there or another one is not written; what was written already may be changed by whoever likes.
        (true, Edited | Deleted) if number <= own => FAILED,
        (true | false, Edited | Deleted) | (false, Upgraded) if number > own => DONE,
        // The other has gone on from an older state, or has done it all: nothing is left to do here.
        (true | false, DoneByAnother) | (false, Upgraded | Edited | Deleted) if number == 1 => REFUSED,
        (true | false, _) => FAILED,
    }
}

pub fn all(cluster: &'static Cluster) {
    let only = std::env::var("ONLY").unwrap_or_default();
    for beside in BESIDE.iter().filter(|beside| only.split(',').any(|word| beside.row.name.contains(word))) {
        let began = Instant::now();
        let row = beside.row;
        let whole = whole(cluster, row, "between");
        let numbers = || 1..=whole.writes.len();
        let points = ALL.iter().flat_map(|meanwhile| numbers().map(move |number| (*meanwhile, number))).collect();
        let ended = lanes::run(
            points,
            3,
            |lane| Place::used(cluster, row, &format!("between-{lane}")),
            |place, (meanwhile, number)| (*meanwhile, point(beside, place, &whole, *meanwhile, *number)),
        );
        let mut ways: BTreeMap<(Meanwhile, i32), usize> = BTreeMap::new();
        for end in &ended {
            *ways.entry(*end).or_default() += 1;
        }
        let (name, seconds) = (row.name, began.elapsed().as_secs_f64());
        eprintln!(
            "{name}: beside others at {} points of {} writes in {seconds:.0} s: {ways:?}",
            ended.len(),
            whole.writes.len()
        );
    }
}

/// Something happens before one write; the exit code of the run.
fn point(beside: &Beside, place: &Place, whole: &Whole, meanwhile: Meanwhile, number: usize) -> i32 {
    let row = beside.row;
    (row.prepare)(place);
    let gate = place.cluster.gate(User::Admin);
    let went = Arc::new(Mutex::new(None));
    let (noted, there, upgrade) = (Arc::clone(&went), place.clone(), beside.upgrade);
    let act = move || {
        let ended = match meanwhile {
            Upgraded => upgrade(&there),
            Edited => {
                let patch = r#"{"data":{"LOG_LEVEL":"debug"}}"#;
                there.kubectl(&[
                    "patch",
                    "configmap",
                    "settings",
                    "--type=merge",
                    "--field-manager=kubectl-edit",
                    "-p",
                    patch,
                ]);
                true
            }
            Deleted => {
                there.kubectl(&["delete", "configmap", "settings"]);
                true
            }
            DoneByAnother => there.run_beside(row) == Some(0),
        };
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
    };
    gate.arm([(number, At::First(Box::new(act)))]);
    let ran = place.run(row, &gate, &[]);
    let went = went.lock().unwrap_or_else(PoisonError::into_inner).take();
    let own = whole.writes.iter().position(|write| object_of(write).1 == "settings").unwrap() + 1;
    let said = format!("{went:?}: {:?} {}\n{}", ran.code, ran.says, ran.stderr);
    let is_kept_away = beside.is_locking && meanwhile == Upgraded && number > 1;
    assert_eq!(went, Some(!is_kept_away), "whether the other did his work: {said}");
    assert_eq!(ran.code, Some(expected(beside.is_locking, meanwhile, number, own)), "{said}");

    let state = (row.state)(place);
    let object = place.find("api/v1", "configmaps/settings");
    let text = |key: &str| object.as_ref().and_then(|object| object["data"][key].as_str()).unwrap_or("none").to_owned();
    let is_done = state == whole.done;
    match meanwhile {
        Upgraded if is_kept_away => assert!(is_done, "{said}: {state:#}"),
        Upgraded => assert_eq!(text("VERSION"), "3", "the upgrade is lost: {said}"),
        Edited => assert_eq!(text("LOG_LEVEL"), "debug", "the edit is lost: {said}"),
        Deleted => assert!(object.is_none(), "it is back: {said}"),
        DoneByAnother => assert!(is_done, "what the other did is lost: {said}: {state:#}"),
    }
    let is_pending = state.get("pending").is_some_and(|pending| *pending != 0);
    assert!(!is_pending, "it stays pending: {said}: {state:#}");
    // Who applies is told of who else owns the field, before the server looks whether the object is the same.
    let is_told = ["changed since the plan", "not found", "conflict with \"kubectl-edit\""]
        .iter()
        .any(|cause| ran.says.contains(cause));
    assert!(ran.code == Some(0) || is_told, "the cause is not said: {said}");

    let again = place.run(row, &gate, beside.again);
    let is_needless = again.code == Some(15) && is_done;
    assert!(again.code == Some(0) || is_needless, "{said}; again: {:?} {}\n{}", again.code, again.says, again.stderr);
    assert_eq!((row.state)(place), whole.done, "{said}; again: {}", again.says);
    ran.code.unwrap_or_default()
}
