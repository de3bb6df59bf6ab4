//! However it ends, the terminal is given back.

use std::path::Path;
use std::time::Duration;

use crate::holder::{Holder, ended};
use crate::program::{Program, WATCHING};
use crate::terminal::{eventually, signal, within};
use crate::{Case, ROLE};

pub const CASES: &[Case] = &[
    ("a_signal_gives_the_screen_back", signals),
    ("quitting_after_a_stop_that_nobody_announced", unannounced_stop),
    ("a_panic_in_the_loop_gives_the_screen_back_and_is_told", panic_in_the_loop),
    ("a_panic_when_the_cluster_is_opened_ends_in_words", panic_when_opened),
    ("a_panic_of_an_answer_fails_its_row_alone", panic_of_an_answer),
    ("a_terminal_that_is_closed_ends_the_program", closed),
    ("a_terminal_that_takes_no_bytes_does_not_keep_the_program", deaf),
];

/// Waits for the end, and holds that nothing of us is left on the terminal.
fn assert_given_back(program: &mut Program) -> u32 {
    let code = program.terminal.ended().exit_code();
    program.terminal.wait_end();
    assert!(!program.terminal.alternate_screen(), "the screen is given back");
    assert!(!program.terminal.hides_cursor(), "the cursor is given back");
    assert!(program.terminal.modes_are_as_before(), "keys and lines are as before");
    code
}

fn signals() {
    for name in ["TERM", "HUP", "INT", "QUIT"] {
        let mut program = Program::start(&[]);
        program.terminal.wait_for("r00");
        assert!(program.terminal.hides_cursor() && !program.terminal.modes_are_as_before());
        program.terminal.signal(name);
        assert_eq!(assert_given_back(&mut program), 0, "SIG{name}");
    }
}

fn unannounced_stop() {
    let mut program = Program::start(&[]);
    program.settled();
    let before = program.terminal.bytes();
    program.terminal.signal("STOP");
    program.terminal.signal("CONT");
    program.terminal.wait_bytes(before + 1);
    program.terminal.keys("Q");
    assert_eq!(assert_given_back(&mut program), 0);
}

fn panic_in_the_loop() {
    let mut program = Program::start(&[]);
    program.terminal.wait_for("r00");
    program.terminal.signal("USR2");
    assert_eq!(assert_given_back(&mut program), 101);
    let screen = program.terminal.screen();
    assert!(screen.contains("panicked in the loop") && !screen.contains("r00"), "{screen}");
}

fn panic_when_opened() {
    let mut program = Program::start(&[("PANIC_WHEN_OPENED", Path::new("1"))]);
    assert_eq!(assert_given_back(&mut program), 1);
    let screen = program.terminal.screen();
    assert!(screen.contains("opening the cluster"), "{screen}");
}

fn panic_of_an_answer() {
    let mut program = Program::start(&[]);
    program.terminal.wait_for("r00");
    program.terminal.keys("/zz\r\r5");
    program.terminal.wait_for("wheelhouse failed on this one: a bug");
    assert!(program.terminal.alternate_screen(), "it goes on");
    program.terminal.keys("Q");
    assert_eq!(assert_given_back(&mut program), 0);
}

/// The program in a terminal that a holder holds.
fn held(script: &str, folder: &Path, deaf: bool) -> (Holder, u32) {
    let program = format!("env {ROLE}=program {}", std::env::current_exe().unwrap().display());
    let holder = Holder::start(&script.replace("$PROGRAM", &program), folder, deaf);
    eventually("its watch", || folder.join(WATCHING).exists());
    let pid = std::fs::read_to_string(folder.join("pid")).unwrap().parse().unwrap();
    assert!(!ended(pid));
    (holder, pid)
}

/// The program notices by itself, even where a shell keeps the signal to itself: else it would read the end for ever.
fn closed() {
    for script in ["exec $PROGRAM", "trap '' HUP; $PROGRAM; exit"] {
        let folder = tempfile::tempdir().unwrap();
        let (mut holder, pid) = held(script, folder.path(), false);
        holder.hang_up();
        eventually("its end", || ended(pid));
    }
}

fn deaf() {
    let folder = tempfile::tempdir().unwrap();
    let (_holder, pid) = held("exec $PROGRAM", folder.path(), true);
    let news = || std::fs::read(folder.path().join("news")).unwrap_or_default().len();
    // Drawn whole again and again, until it waits in a write: from then on it takes no news.
    loop {
        let before = news();
        signal(pid, "WINCH");
        signal(pid, "USR1");
        if !within(Duration::from_secs(2), || news() > before) {
            break;
        }
    }
    assert!(!ended(pid));
    signal(pid, "TERM");
    eventually("its end", || ended(pid));
}
