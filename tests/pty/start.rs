//! What is seen first: without a cluster, and by what the environment says of the terminal.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::program::Program;
use crate::terminal::Terminal;
use crate::{Case, SIZE};

pub const CASES: &[Case] = &[
    ("a_dead_server_is_said_in_words_and_q_leaves", dead_server_is_said),
    ("q_at_the_root_asks", q_asks),
    ("a_missing_kubeconfig_is_a_banner_and_it_recovers", missing_kubeconfig),
    ("the_demo_is_looked_at_by_keys", demo),
    ("a_terminal_without_a_cursor_is_refused_in_words", dumb),
    ("the_environment_decides_colours_and_glyphs", surroundings),
    ("a_terminal_that_answers_decides_between_dark_and_light", background),
    ("a_late_answer_is_no_key", late_answer),
    ("a_terminal_that_is_far_is_not_asked", far),
];

/// A kubeconfig with one context that points at a port on which nobody answers.
pub fn dead_server(folder: &Path) -> PathBuf {
    // Bound and let go: nobody else is given the port so soon.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let path = folder.join("kubeconfig");
    let text = format!(
        "apiVersion: v1
kind: Config
current-context: night
clusters: [{{name: c, cluster: {{server: \"https://127.0.0.1:{port}\"}}}}]
contexts: [{{name: night, context: {{cluster: c, user: u}}}}]
users: [{{name: u, user: {{token: t}}}}]
"
    );
    std::fs::write(&path, text).unwrap();
    path
}

fn dead_server_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&[], &[("KUBECONFIG", &dead_server(folder.path()))], SIZE);
    let screen = terminal.wait_for("cannot be reached");
    assert!(screen.contains("night"), "{screen}");
    assert!(terminal.alternate_screen());
    terminal.keys("Q");
    assert!(terminal.ended().success());
    terminal.wait_end();
    assert!(!terminal.alternate_screen(), "the screen is given back");
}

fn q_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(&[], &[("KUBECONFIG", &dead_server(folder.path()))], SIZE);
    terminal.wait_for("cannot be reached");
    terminal.keys("q");
    terminal.wait("the question", |screen| screen.to_lowercase().contains("quit"));
    terminal.keys("y");
    assert!(terminal.ended().success());
}

fn missing_kubeconfig() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let mut terminal = Terminal::start(&[], &[("KUBECONFIG", &path)], SIZE);
    terminal.wait_for("cannot be read");
    dead_server(folder.path());
    terminal.wait_for("cannot be reached");
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

fn demo() {
    let mut terminal = Terminal::start(&["--demo"], &[], SIZE);
    terminal.wait_for("billing");
    terminal.keys("Cteam\r");
    let screen = terminal.wait("the team's releases", |screen| screen.contains("fx-rates") && screen.contains("live"));
    assert!(!screen.contains("billing"), "{screen}");
    terminal.keys("/cart\r\r5");
    terminal.wait("the cart's values", |screen| screen.contains("[5 values]") && screen.contains("autoscaling"));
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

fn dumb() {
    let mut terminal = Terminal::start(&[], &[("TERM", Path::new("dumb"))], SIZE);
    assert_eq!(terminal.ended().exit_code(), 2);
    terminal.wait_for("cannot place its cursor");
    terminal.wait_for("`wheelhouse list -A` prints line by line");
    assert!(!terminal.written().contains('\x1b'), "{:?}", terminal.written());
}

/// The parameters of every sequence that sets a style.
fn styles(written: &str) -> Vec<&str> {
    written
        .split("\x1b[")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == '?'))?;
            rest[end..].starts_with('m').then_some(&rest[..end])
        })
        .flat_map(|parameters| parameters.split(';'))
        .filter(|parameter| !parameter.is_empty())
        .collect()
}

fn surroundings() {
    let check = |set: &[(&str, &str)], coloured: bool, utf8: bool| {
        let set: Vec<(&str, &Path)> = set.iter().map(|(name, value)| (*name, Path::new(*value))).collect();
        let mut program = Program::start(&set);
        program.terminal.wait_for("r00");
        // A filter that is longer than the line is cut, and what was cut leaves a sign.
        program.terminal.keys("/ü");
        let screen = program.terminal.wait_for("/");
        let written = program.terminal.written();
        let colours = styles(&written).iter().any(|style| style.len() > 1);
        assert_eq!(colours, coloured, "{set:?}: {:?}", styles(&written));
        // Sixteen colours are spelled so that the oldest terminal knows them.
        let sixteen = set.iter().all(|(_, value)| !value.to_string_lossy().ends_with("256color"));
        assert!(!sixteen || !styles(&written).contains(&"38"), "{set:?}");
        let typed = program.terminal.wait("what was typed", |screen| screen.contains(if utf8 { "ü" } else { "?" }));
        assert!(!screen.is_empty() && (utf8 || typed.is_ascii()), "{set:?}: {typed}");
        program.terminal.keys("\x03\x03");
        assert!(program.terminal.ended().success());
    };
    check(&[("TERM", "xterm-256color")], true, true);
    check(&[("TERM", "linux"), ("LANG", "C")], true, false);
    check(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/t,1,0"), ("LC_ALL", "C")], true, false);
    check(&[("TERM", "screen"), ("STY", "1.tty"), ("COLORTERM", "truecolor")], true, true);
    check(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], false, true);
    check(&[("TERM", "vt220")], false, true);
}

const ASKED: &str = "\x1b]11;?";
/// What the two themes give to the name of the context.
const DARK: &str = "\x1b[;1;36m";
const LIGHT: &str = "\x1b[;1;34m";

fn background() {
    // Answered before it was asked, so that no busy machine makes the answer late.
    let check = |answer: &str, expected: &str, other: &str| {
        let mut program = Program::start_ahead(&[], answer);
        program.terminal.wait_for("r00");
        let written = program.terminal.written();
        assert!(written.contains(ASKED), "it was asked");
        assert!(written.contains(expected) && !written.contains(other), "{answer:?}");
        program.terminal.keys("Q");
        assert!(program.terminal.ended().success());
    };
    check("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c", LIGHT, DARK);
    check("\x1b]11;rgb:1e1e/1e1e/1e1e\x07\x1b[?62;22c", DARK, LIGHT);
    // Only what it is, as terminals do that do not know the first question, and nothing at all.
    check("\x1b[?1;2c", DARK, LIGHT);
    check("", DARK, LIGHT);
}

fn late_answer() {
    let mut program = Program::start(&[]);
    let before = program.settled();
    // In two pieces, and with letters in it that are commands: c copies, f and b page.
    program.terminal.keys("\x1b]11;rgb:ffff/cccc");
    program.terminal.keys("/bbbb\x1b\\\x1b[?62;22c");
    // The next key shows that all was read.
    program.terminal.keys("?");
    program.terminal.wait("the help", |screen| *screen != before);
    program.terminal.keys("?");
    program.terminal.wait("the list as it was", |screen| *screen == before);
    assert!(!program.terminal.written().contains("\x1b]52"), "nothing was copied");
    program.terminal.keys("Q");
    assert!(program.terminal.ended().success());
}

fn far() {
    let check = |name: &str, value: &str| {
        let mut program = Program::start(&[(name, Path::new(value))]);
        program.terminal.wait_for("r00");
        assert!(!program.terminal.written().contains(ASKED), "{name}");
        program.terminal.keys("Q");
        assert!(program.terminal.ended().success());
    };
    check("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
    check("TMUX", "/tmp/tmux,1,0");
    check("COLORFGBG", "15;0");
}
