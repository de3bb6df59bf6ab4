//! The real binary in a pseudo-terminal, without a cluster: starting, leaving, resizing, and what it says when there is
//! nothing to talk to. Journeys on a real cluster are in `tests/real`.

#![allow(clippy::disallowed_methods, reason = "tests write kubeconfigs and wait for programs")]

#[path = "../terminal/mod.rs"]
#[allow(dead_code, reason = "each suite uses a part of it")]
mod terminal;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use terminal::Terminal;

const SIZE: (u16, u16) = (100, 30);

/// A kubeconfig with one context that points at a port on which nobody answers.
fn dead_server(folder: &Path) -> PathBuf {
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

fn start(folder: &Path) -> Terminal {
    Terminal::start(&[], &[("KUBECONFIG", &dead_server(folder))], SIZE)
}

#[test]
fn a_dead_server_is_said_in_words_and_q_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = start(folder.path());
    let screen = terminal.wait_for("cannot be reached");
    assert!(screen.contains("night"), "{screen}");
    assert!(terminal.alternate_screen());
    terminal.keys("Q");
    assert!(terminal.ended().success());
    assert!(!terminal.alternate_screen(), "the screen is given back");
}

#[test]
fn q_at_the_root_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = start(folder.path());
    terminal.wait_for("cannot be reached");
    terminal.keys("q");
    terminal.wait("the question", |screen| screen.to_lowercase().contains("quit"));
    terminal.keys("y");
    assert!(terminal.ended().success());
}

#[test]
fn a_missing_kubeconfig_is_a_banner_and_it_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let mut terminal = Terminal::start(&[], &[("KUBECONFIG", &path)], SIZE);
    terminal.wait_for("cannot be read");
    dead_server(folder.path());
    terminal.wait_for("cannot be reached");
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

#[test]
fn any_size_is_drawn_and_drawn_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = start(folder.path());
    terminal.wait_for("cannot be reached");
    for size in [(20, 5), (1, 1), (200, 60), SIZE] {
        terminal.resize(size.0, size.1);
    }
    terminal.wait_for("cannot be reached");
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

#[test]
fn a_signal_gives_the_screen_back() {
    for signal in ["TERM", "HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = start(folder.path());
        terminal.wait_for("cannot be reached");
        let kill = Command::new("kill").args([format!("-{signal}"), terminal.pid().to_string()]).status().unwrap();
        assert!(kill.success());
        terminal.ended();
        assert!(!terminal.alternate_screen(), "after SIG{signal}");
    }
}

#[test]
fn there_is_no_demo_yet_and_it_says_so() {
    let mut terminal = Terminal::start(&["--demo"], &[], SIZE);
    assert_eq!(terminal.ended().exit_code(), 2);
    terminal.wait("the reason", |screen| screen.contains("no demo yet"));
}
