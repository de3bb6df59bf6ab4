//! A line that drops in the middle of an action: what is in flight is finished and noted, and nothing more is begun.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wheelhouse::journal::{Deed, Line};
use wheelhouse::plan::StepOutcome;
use wheelhouse::shell::Journal;

use crate::acting::{LET_GO, ON_ITS_WAY, STATE, WAITS};
use crate::holder::{ended, from_afar};
use crate::program::FOLDER;
use crate::terminal::{Start, Terminal, eventually, signal, within};
use crate::{Case, ROLE, SIZE};

pub const CASES: &[Case] = &[
    ("a_hangup_in_mid_action_finishes_the_request_in_flight_and_the_next_start_knows", hangup),
    ("a_line_that_drops_in_mid_action_finishes_the_request_in_flight", dropped),
    ("a_second_hangup_does_not_wait_for_the_answer", impatient),
];

/// Number of the write that waits: the apply of the ServiceAccount, after the new revision was stored.
const APPLY: &str = "2";
/// Longer than a program is given that has nothing in flight.
const LONGER: Duration = Duration::from_secs(3);
/// Longer than the program takes once nothing is in flight any more, on a busy machine.
const BOUND: Duration = Duration::from_secs(10);

/// The program in a terminal of its own, in the middle of a rollback of `legacy/wiki`.
struct Midway {
    folder: tempfile::TempDir,
    state: tempfile::TempDir,
}

impl Midway {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), state: tempfile::tempdir().unwrap() }
    }

    fn start(&self, waits: &str) -> Terminal {
        let environment: [(&str, &Path); 4] = [
            (ROLE, Path::new("acting")),
            (FOLDER, self.folder.path()),
            (STATE, self.state.path()),
            (WAITS, Path::new(waits)),
        ];
        let program = std::env::current_exe().unwrap();
        let start = Start { program: &program, arguments: &[], environment: &environment, size: SIZE, ahead: "" };
        Terminal::start_with(&start)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Begins the rollback, up to the write that waits.
    fn begin(&self, terminal: &mut Terminal) {
        terminal.wait("the list", |screen| screen.contains("wiki") && screen.contains("live"));
        terminal.keys("/ns:legacy wiki\r");
        terminal.wait("the row", |screen| {
            screen.lines().any(|line| line.starts_with(">x failed") && line.contains("wiki"))
        });
        terminal.keys("ab");
        terminal.wait_for("conflict with \"kubectl-set\"");
        terminal.keys("F");
        terminal.wait_for("y, then wiki typed, runs it");
        terminal.keys("y");
        terminal.wait_for("type wiki to run");
        terminal.keys("wiki\r");
        eventually("the write on its way", || self.file(ON_ITS_WAY).exists());
    }

    fn let_go(&self) {
        std::fs::write(self.file(LET_GO), "").unwrap();
    }

    /// What the journal holds: each line in a few words.
    fn noted(&self) -> Vec<String> {
        let lines = Journal::at(Some(self.state.path().to_owned())).read().unwrap();
        lines.iter().map(words).collect()
    }
}

fn words(line: &Line) -> String {
    let Line::Entry(entry) = line else { return "cannot be read".to_owned() };
    match &entry.deed {
        Deed::Begin { title, .. } => title.clone(),
        Deed::Send { step, request, .. } => format!("{step} {request}"),
        Deed::Step { step, outcome: StepOutcome::Done(_), .. } => format!("{step} done"),
        Deed::Step { step, outcome, .. } => format!("{step} {outcome:?}"),
        Deed::End { ended, .. } => format!("{:?}", ended.outcome),
        Deed::Reveal { .. } => "revealed".to_owned(),
    }
}

const TITLE: &str = "Roll back legacy/wiki (helm4, ssa) from 5 to 4";

/// Up to the write that waits.
const BEFORE: [&str; 5] = [
    TITLE,
    "1 done",
    "2 create secrets legacy/sh.helm.release.v1.wiki.v6 as Helm",
    "2 done",
    "3 apply serviceaccounts legacy/wiki as helm",
];

/// From its answer on: what puts in order what was begun, so that no revision stays pending.
const AFTER: [&str; 6] = [
    "3 done",
    "13 update secrets legacy/sh.helm.release.v1.wiki.v5 as Helm",
    "13 done",
    "14 update secrets legacy/sh.helm.release.v1.wiki.v6 as Helm",
    "14 done",
    "Stopped",
];

fn hangup() {
    let midway = Midway::new();
    let mut terminal = midway.start(APPLY);
    midway.begin(&mut terminal);
    terminal.signal("HUP");
    terminal.wait_for("quitting as soon as the request in flight");
    assert!(!within(LONGER, || ended(terminal.pid())), "it waits for the answer");
    assert_eq!(midway.noted(), BEFORE);
    midway.let_go();
    assert!(within(BOUND, || ended(terminal.pid())), "it ends as soon as it may");
    assert_eq!(terminal.ended().exit_code(), 0);
    terminal.wait_end();
    assert!(!terminal.alternate_screen() && terminal.modes_are_as_before(), "the terminal is given back");
    assert_eq!(midway.noted(), [&BEFORE[..], &AFTER[..]].concat());

    let mut next = midway.start("0");
    next.wait("what was left", |screen| screen.contains("not finished (J shows it)") && screen.contains(TITLE));
    next.keys("J");
    let screen = next.wait_for("Journal: what was done from here");
    assert!(screen.contains(TITLE), "{screen}");
    assert!(screen.contains("stopped"), "{screen}");
    next.keys("Q");
    assert!(next.ended().success());
}

/// The terminal goes away with the connection; a shell may keep the signal to itself.
fn dropped() {
    for script in ["exec $PROGRAM", "trap '' HUP; $PROGRAM; exit"] {
        let midway = Midway::new();
        let set = [(ROLE, "acting"), (STATE, midway.state.path().to_str().unwrap()), (WAITS, APPLY)];
        let set: Vec<String> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let program = format!("env {} {}", set.join(" "), std::env::current_exe().unwrap().display());
        let mut terminal = from_afar(&script.replace("$PROGRAM", &program), midway.folder.path());
        midway.begin(&mut terminal);
        let pid: u32 = std::fs::read_to_string(midway.file("pid")).unwrap().parse().unwrap();
        terminal.signal("KILL");
        assert!(!within(LONGER, || ended(pid)), "it waits for the answer: {script}");
        midway.let_go();
        assert!(within(BOUND, || ended(pid)), "it ends as soon as it may: {script}");
        assert_eq!(midway.noted(), [&BEFORE[..], &AFTER[..]].concat(), "{script}");
    }
}

fn impatient() {
    let midway = Midway::new();
    let mut terminal = midway.start(APPLY);
    midway.begin(&mut terminal);
    terminal.signal("HUP");
    terminal.wait_for("quitting as soon as the request in flight");
    // The first of the signals is heard before the second is sent, and each is counted once.
    eventually("its end", || {
        if !ended(terminal.pid()) {
            signal(terminal.pid(), "HUP");
        }
        ended(terminal.pid())
    });
    assert_eq!(terminal.ended().exit_code(), 129);
    assert_eq!(midway.noted(), BEFORE);
    let mut next = midway.start("0");
    next.wait("what was left", |screen| screen.contains("not finished (J shows it)") && screen.contains(TITLE));
    next.keys("J");
    let screen = next.wait_for("Journal: what was done from here");
    assert!(screen.contains(TITLE), "{screen}");
    assert!(screen.contains("no end"), "{screen}");
    next.keys("Q");
    assert!(next.ended().success());
}
