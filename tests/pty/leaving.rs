//! However it ends, the terminal is given back.

use std::path::Path;

use crate::holder::{Holder, ended};
use crate::program::Program;
use crate::terminal::eventually;
use crate::{Case, ROLE};

pub const CASES: &[Case] = &[
    ("a_signal_gives_the_screen_back", signals),
    ("a_panic_in_the_loop_gives_the_screen_back_and_is_told", panic_in_the_loop),
    ("a_panic_when_the_cluster_is_opened_ends_in_words", panic_when_opened),
    ("a_panic_of_an_answer_fails_its_row_alone", panic_of_an_answer),
    ("a_terminal_that_is_closed_ends_the_program", closed),
];

/// Waits for the end, and holds that nothing of us is left on the terminal.
fn assert_given_back(program: &mut Program) -> u32 {
    let code = program.terminal.ended().exit_code();
    program.terminal.wait_end();
    assert!(!program.terminal.alternate_screen(), "the screen is given back");
    assert!(!program.terminal.hides_cursor(), "the cursor is given back");
    code
}

fn signals() {
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let mut program = Program::start(&[]);
        program.terminal.wait_for("r00");
        assert!(program.terminal.hides_cursor());
        program.terminal.signal(signal);
        assert_eq!(assert_given_back(&mut program), 0, "SIG{signal}");
    }
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
    program.terminal.keys("/zz\r\r2");
    program.terminal.wait_for("wheelhouse failed on this one: a bug");
    assert!(program.terminal.alternate_screen(), "it goes on");
    program.terminal.keys("Q");
    assert_eq!(assert_given_back(&mut program), 0);
}

/// The program notices by itself, even where a shell keeps the signal to itself: else it would read the end for ever.
fn closed() {
    for script in ["exec $PROGRAM", "trap '' HUP; $PROGRAM; exit"] {
        let folder = tempfile::tempdir().unwrap();
        let program = format!("env {ROLE}=program {}", std::env::current_exe().unwrap().display());
        let pid = folder.path().join("pid");
        let environment = [("WHEELHOUSE_TEST_FOLDER", folder.path())];
        let mut holder = Holder::start(&script.replace("$PROGRAM", &program), &environment, &pid);
        eventually("its process id", || std::fs::read_to_string(&pid).is_ok_and(|text| !text.is_empty()));
        let pid = std::fs::read_to_string(&pid).unwrap().parse().unwrap();
        assert!(!ended(pid));
        holder.hang_up();
        eventually("its end", || ended(pid));
    }
}
