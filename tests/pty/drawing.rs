//! What is written, and what is not.

use std::time::Duration;

use crate::program::Program;
use crate::{Case, SIZE};

pub const CASES: &[Case] = &[
    ("nothing_is_written_when_nothing_changes", idle),
    ("news_that_change_nothing_on_the_screen_write_nothing", same_cells),
    ("a_key_costs_little", key),
    ("any_size_is_drawn_and_drawn_again", sizes),
    ("a_copied_name_goes_to_the_terminals_clipboard", copied),
    ("keys_cut_into_pieces_are_the_same_keys", pieces),
];

fn settled(program: &Program) -> usize {
    program.settled();
    program.terminal.bytes()
}

fn idle() {
    let program = Program::start(&[]);
    settled(&program);
    assert_eq!(program.terminal.silent(Duration::from_secs(3)), 0);
}

fn same_cells() {
    let mut program = Program::start(&[]);
    let before = settled(&program);
    for _ in 0..5 {
        program.send_news();
    }
    assert_eq!(program.terminal.bytes(), before);
    // A prompt shows the cursor, which is neither shown nor placed again.
    program.terminal.keys("/zz");
    program.terminal.wait("the filtered list", |screen| !screen.contains("r00"));
    program.send_news();
    let before = program.terminal.bytes();
    program.send_news();
    assert_eq!(program.terminal.bytes(), before);
    program.terminal.keys("\x1b");
    program.terminal.wait_for("r00");
}

/// Bytes that keys cost, once nothing more comes.
fn cost(program: &mut Program, keys: &str) -> usize {
    let before = program.terminal.bytes();
    program.terminal.keys(keys);
    program.terminal.wait_bytes(before + 1);
    program.send_news();
    program.terminal.bytes() - before
}

fn key() {
    let mut program = Program::start(&[]);
    let first = settled(&program);
    let (down, up, top) = (cost(&mut program, "j"), cost(&mut program, "k"), cost(&mut program, "G"));
    // Two rows are drawn anew, no matter how many there are.
    assert!(down < 600 && up < 600 && top < 800, "{down} {up} {top}");
    assert!(first < 8_000, "{first}");
}

fn sizes() {
    let mut program = Program::start(&[]);
    let first = program.settled();
    for size in [(20, 5), SIZE, (1, 1), (300, 100), (60, 15), SIZE] {
        let before = program.terminal.bytes();
        program.terminal.resize(size.0, size.1);
        program.terminal.wait_bytes(before + 1);
    }
    program.terminal.wait("the first screen again", |screen| screen == first);
    program.terminal.keys("Q");
    assert!(program.terminal.ended().success());
}

fn copied() {
    let mut program = Program::start(&[]);
    program.settled();
    program.terminal.keys("c");
    program.terminal.wait_for("made/r00 sent");
    program.send_news();
    // made/r00
    assert_eq!(program.terminal.written().matches("\x1b]52;c;bWFkZS9yMDA=\x1b\\").count(), 1);
}

fn pieces() {
    let mut program = Program::start(&[]);
    let top = program.settled();
    program.terminal.keys("\x1b[");
    program.terminal.keys("6");
    program.terminal.keys("~\x1bO");
    program.terminal.keys("A\x1b[1~");
    program.terminal.keys("?");
    program.terminal.wait("the help", |screen| screen != top);
    program.terminal.keys("\x1b");
    program.terminal.wait("the list as it was", |screen| screen == top);
}
