//! One trouble at each write of each row.

use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

use serde_json::Value;

use super::place::Place;
use super::row::Row;
use super::{lanes, told};
use crate::cluster::{At, Cluster, User};

/// What goes wrong with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// First: these wait for a minute each.
    Hangs,
    KilledBefore,
    KilledAfter,
    Answer409,
    Answer403,
    Answer500,
    Dropped,
    Lost,
}

use Trouble::{Answer403, Answer409, Answer500, Dropped, Hangs, KilledAfter, KilledBefore, Lost};

const ALL: [Trouble; 8] = [Hangs, KilledBefore, KilledAfter, Answer409, Answer403, Answer500, Dropped, Lost];

impl Trouble {
    fn at(self) -> At {
        match self {
            Hangs => At::Hang,
            KilledBefore => At::KillBefore,
            KilledAfter => At::KillAfter,
            Answer409 => At::Answer(409, "Conflict"),
            Answer403 => At::Answer(403, "Forbidden"),
            Answer500 => At::Answer(500, "InternalError"),
            Dropped => At::Drop,
            Lost => At::Lose,
        }
    }
}

/// A run that nothing troubles.
pub struct Whole {
    /// Its writes in their order.
    pub writes: Vec<String>,
    /// What it leaves.
    pub done: Value,
}

/// Runs the rows beside each other.
pub fn all(cluster: &'static Cluster, rows: &[&'static Row]) {
    let only = std::env::var("ONLY").unwrap_or_default();
    let rows = rows.iter().copied().filter(|row| only.split(',').any(|word| row.name.contains(word)));
    thread::scope(|scope| {
        let running: Vec<_> = rows.map(|row| scope.spawn(move || broken_off(cluster, row))).collect();
        let wrong: Vec<_> = running.into_iter().filter_map(|row| row.join().err()).collect();
        if let Some(first) = wrong.into_iter().next() {
            std::panic::resume_unwind(first);
        }
    });
}

/// The row, without trouble.
pub fn whole(cluster: &'static Cluster, row: &Row, what: &str) -> Whole {
    let place = Place::used(cluster, row, what);
    (row.prepare)(&place);
    let gate = cluster.gate(User::Admin);
    let ran = place.run(row, &gate, &[]);
    assert_eq!((ran.code, ran.says.contains("but for")), (Some(0), false), "{}: {}", row.name, ran.stderr);
    let writes = place.writes(&gate);
    let entries = told::entries(&gate);
    let counts = ["begin", "send", "end"].map(|kind| told::count(&entries, kind));
    assert_eq!(counts, [1, writes.len(), 1], "{}: {entries:#?}", row.name);
    assert!(!writes.is_empty(), "{} writes nothing", row.name);
    Whole { writes, done: (row.state)(&place) }
}

fn broken_off(cluster: &'static Cluster, row: &'static Row) {
    let began = Instant::now();
    let whole = whole(cluster, row, "whole");
    let numbers = || 1..=whole.writes.len();
    let mut points: Vec<_> = ALL.iter().flat_map(|trouble| numbers().map(move |number| (*trouble, number))).collect();
    points.sort();
    let ended = lanes::run(
        points,
        row.lanes,
        |lane| Place::used(cluster, row, lane),
        |place, (trouble, number)| (*trouble, point(row, place, &whole, *trouble, *number)),
    );
    let mut ways: BTreeMap<(Trouble, String), usize> = BTreeMap::new();
    for (trouble, end) in &ended {
        *ways.entry((*trouble, end.clone())).or_default() += 1;
    }
    let ways: Vec<String> = ways.iter().map(|((trouble, end), count)| format!("{trouble:?}: {count} {end}")).collect();
    eprintln!(
        "{}: broken off at {} points of {} writes in {:.0} s: {}",
        row.name,
        ended.len(),
        whole.writes.len(),
        began.elapsed().as_secs_f64(),
        ways.join(", ")
    );
}

/// One trouble at one write; how the run ended.
fn point(row: &Row, place: &Place, whole: &Whole, trouble: Trouble, number: usize) -> String {
    (row.prepare)(place);
    let before = (row.state)(place);
    assert_ne!(before, whole.done, "it is done before it began");
    let gate = place.cluster.gate(User::Admin);
    gate.arm([(number, trouble.at())]);
    let ran = place.run(row, &gate, &[]);
    let now = (row.state)(place);
    let write = &whole.writes[number - 1];
    let said = format!("{write}: {:?} {}\n{}", ran.code, ran.says, ran.stderr);
    assert_eq!(
        place.writes(&gate).get(number - 1),
        Some(write),
        "another write than in the run without trouble: {said}"
    );
    let is_but_for = ran.says.starts_with("but for ");
    let mut offers = Vec::new();
    let end = match ran.code {
        // What is passed over is said.
        Some(0) if is_but_for => "done but for it",
        Some(0) => {
            assert_eq!(now, whole.done, "said to be done and is not: {said}");
            "done"
        }
        Some(15) => {
            assert_eq!(now, before, "said to be refused, and something was written: {said}");
            "refused"
        }
        Some(16) => {
            assert!(pending(&now) <= pending(&before), "it stays pending: {said} {now:#}");
            assert!(ran.says.contains("made up"), "the cause is not said: {said}");
            "failed"
        }
        None => {
            offers = told::killed(place, &gate, number, write).offers;
            "killed"
        }
        Some(other) => panic!("exit code {other}: {said}"),
    };
    let is_as_expected = match trouble {
        // The server does the write, or it can be sent again: then nothing is in the way of the end.
        Hangs | Dropped | Lost | Answer409 => end == "done",
        KilledBefore | KilledAfter => end == "killed",
        Answer403 | Answer500 => matches!(end, "failed" | "done but for it"),
    };
    assert!(is_as_expected, "{end}: {said}");

    // Whoever comes back does what the journal proposes, or the same again.
    let again = match offers.first() {
        Some(offer) => {
            let last = offer.last().unwrap();
            assert_eq!(last[..2], [row.verb.to_owned(), place.release()], "{offers:?}");
            assert!(row.flags.iter().all(|flag| last.iter().any(|word| word == flag)), "flags are lost: {offers:?}");
            let gate = place.cluster.gate(User::Admin);
            let act =
                |command: &Vec<String>| Place::act(&gate, &command.iter().map(String::as_str).collect::<Vec<_>>());
            // As a shell does it: what follows is done where the one before went well.
            let (first, others) = offer.split_first().unwrap();
            others.iter().fold(act(first), |ran, next| if ran.code == Some(0) { act(next) } else { ran })
        }
        None if end == "killed" => {
            assert_eq!(now, whole.done, "nothing is proposed, and it is not done: {said}");
            return end.to_owned();
        }
        None => place.run(row, &gate, &[]),
    };
    let after = (row.state)(place);
    assert_eq!(after, whole.done, "{said}; again: {:?} {}\n{}", again.code, again.says, again.stderr);
    // Where it was done already, that it is needed is not met.
    let is_told = again.code == Some(0) || (again.code == Some(15) && now == whole.done);
    assert!(is_told, "{said}; again: {:?} {}\n{}", again.code, again.says, again.stderr);
    end.to_owned()
}

/// How many revisions are pending.
fn pending(state: &Value) -> u64 {
    state["pending"].as_u64().unwrap_or_default()
}
