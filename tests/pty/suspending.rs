//! Stopped by the shell and continued.

use crate::Case;
use crate::program::Program;
use crate::terminal::{eventually, signal};

pub const CASES: &[Case] = &[
    ("ctrl_z_gives_the_shell_the_terminal_and_fg_takes_it_back", ctrl_z),
    ("a_stop_from_outside_is_the_same", from_outside),
    ("a_job_in_the_background_waits_for_the_foreground", background),
    ("without_a_shell_it_is_said_and_it_goes_on", no_shell),
];

/// In the shell, which has its terminal back: it echoes what is typed.
fn in_the_shell(program: &mut Program, word: &str) {
    program.terminal.wait("the prompt", |screen| screen.trim_end().ends_with("prompt>"));
    assert!(!program.terminal.alternate_screen() && !program.terminal.hides_cursor());
    program.terminal.keys(&format!("stty -a | grep -o ' icanon'; echo {word}-$((40 + 2))\r"));
    let screen = program.terminal.wait_for(&format!("{word}-42"));
    assert!(screen.contains(" icanon"), "{screen}");
}

fn in_the_program(program: &mut Program) {
    program.terminal.wait("the list", |screen| screen.contains("r00") && !screen.contains("prompt>"));
    // The cursor is hidden at the end of the frame, which may come in pieces.
    eventually("the terminal taken back", || program.terminal.alternate_screen() && program.terminal.hides_cursor());
}

fn leave(program: &mut Program) {
    program.terminal.keys("Q");
    program.terminal.wait_for("left with 0");
    assert!(!program.terminal.alternate_screen());
}

fn ctrl_z() {
    let mut program = Program::start_in_shell(&[]);
    program.terminal.keys("\x1a");
    in_the_shell(&mut program, "first");
    // Another size meanwhile.
    program.terminal.resize(90, 25);
    program.terminal.keys("fg; echo left with $?\r");
    in_the_program(&mut program);
    // Drawn for it: nothing of the prompt is below, nothing was cut.
    let row = program.terminal.screen().lines().last().unwrap_or_default().to_owned();
    assert!(row.contains("help") && row.chars().count() <= 90, "{row}");
    // Again, from within a prompt: it is still open afterwards.
    program.terminal.keys("/zz");
    program.terminal.wait("the filtered list", |screen| !screen.contains("r00"));
    program.terminal.keys("\x1a");
    in_the_shell(&mut program, "second");
    program.terminal.keys("fg; echo left with $?\r");
    program.terminal.wait("the filtered list again", |screen| {
        !screen.contains("r00") && screen.contains("made/zz") && !screen.contains("prompt>")
    });
    program.terminal.keys("\x1b");
    program.terminal.wait_for("r00");
    leave(&mut program);
}

fn from_outside() {
    let mut program = Program::start_in_shell(&[]);
    signal(program.pid(), "TSTP");
    in_the_shell(&mut program, "stopped");
    program.terminal.keys("fg; echo left with $?\r");
    in_the_program(&mut program);
    leave(&mut program);
}

fn background() {
    let mut program = Program::start_in_shell(&[]);
    program.terminal.keys("\x1a");
    in_the_shell(&mut program, "before");
    // Continued where it may not touch the terminal, it stops again.
    program.terminal.keys("bg; wait %1; echo job-$(jobs -l | grep -c Stopped)\r");
    program.terminal.wait_for("job-1");
    in_the_shell(&mut program, "after");
    program.terminal.keys("fg; echo left with $?\r");
    in_the_program(&mut program);
    program.terminal.keys("\x1a");
    in_the_shell(&mut program, "again");
    // What is stopped can be ended.
    program.terminal.keys("kill %1; wait %1; echo gone-$(jobs | wc -l)\r");
    program.terminal.wait_for("gone-");
    eventually("its end", || crate::holder::ended(program.pid()));
    in_the_shell(&mut program, "last");
}

fn no_shell() {
    let mut program = Program::start(&[]);
    program.terminal.wait_for("r00");
    program.terminal.keys("\x1a");
    program.terminal.wait_for("no shell waits here");
    assert!(program.terminal.alternate_screen());
    program.terminal.keys("Q");
    assert!(program.terminal.ended().success());
}
