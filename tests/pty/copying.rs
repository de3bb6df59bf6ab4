//! Copying where another program stands between us and the terminal.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::Case;
use crate::program::Program;
use crate::terminal::eventually;

pub const CASES: &[Case] = &[
    ("tmux_is_given_what_is_copied", tmux),
    ("what_tmux_does_not_take_goes_to_the_terminal", refusing),
    ("a_tmux_that_hangs_is_not_waited_for", hanging),
    ("screen_is_told_to_pass_it_on", screen),
];

/// What makes a terminal copy `made/r00`.
const SEQUENCE: &str = "\x1b]52;c;bWFkZS9yMDA=\x1b\\";

/// A folder with a tmux in it.
struct Tmux {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Tmux {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("tmux");
        std::fs::write(&program, format!("#!/bin/sh\ncd {}\n{script}\n", folder.path().display())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = PathBuf::from(format!("{}:/usr/bin:/bin", folder.path().display()));
        Self { folder, path }
    }

    /// The program inside of it, which has copied the name of the first release.
    fn copied(&self) -> Program {
        copied(&[("PATH", &self.path), ("TMUX", Path::new("/tmp/tmux-1/default,1,0"))])
    }
}

fn copied(environment: &[(&str, &Path)]) -> Program {
    let mut program = Program::start(environment);
    program.settled();
    program.terminal.keys("c");
    program.terminal.wait_for("made/r00 sent");
    program
}

fn written(program: &Program, sequence: &str) -> usize {
    program.terminal.written().matches(sequence).count()
}

fn tmux() {
    let tmux = Tmux::new("echo \"$@\" > arguments; cat > given.part; mv given.part given");
    let program = tmux.copied();
    eventually("tmux to have it", || tmux.folder.path().join("given").exists());
    program.send_news();
    let read = |name: &str| std::fs::read_to_string(tmux.folder.path().join(name)).unwrap();
    assert_eq!((read("arguments").as_str(), read("given").as_str()), ("load-buffer -w -\n", "made/r00"));
    assert_eq!(written(&program, "\x1b]52"), 0);
}

fn refusing() {
    let tmux = Tmux::new("exit 1");
    let mut program = tmux.copied();
    // The first word on it is read before the second one.
    program.terminal.wait("the second message", |screen| screen.contains("tmux did not take it (exit status: 1)"));
    assert_eq!(written(&program, SEQUENCE), 1);
    program.terminal.keys("Q");
    assert!(program.terminal.ended().success());
}

fn hanging() {
    let tmux = Tmux::new("exec tail -f /dev/null");
    let mut program = tmux.copied();
    program.terminal.keys("j");
    program.terminal.wait("the message", |screen| screen.contains("tmux did not take it (no answer in 2 seconds)"));
    assert_eq!(written(&program, SEQUENCE), 1);
}

fn screen() {
    let program = copied(&[("STY", Path::new("1.tty")), ("TERM", Path::new("screen"))]);
    program.send_news();
    assert_eq!(written(&program, "\x1bP\x1b]52;c;bWFkZS9yMDA=\x07\x1b\\"), 1);
}
