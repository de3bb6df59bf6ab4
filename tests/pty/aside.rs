//! The user's pager and editor on a document.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::Case;
use crate::program::Program;
use crate::terminal::eventually;

pub const CASES: &[Case] = &[
    ("a_pager_has_the_document_the_terminal_and_every_key", pager),
    ("an_editor_is_for_reading", editor),
    ("a_program_that_is_missing_or_fails_is_said", failing),
    ("ctrl_c_is_the_programs_own", interrupted),
    ("a_signal_ends_the_program_and_us", ended_together),
    ("a_program_can_be_stopped_and_continued", stopped_together),
];

/// A folder with a program of the user's in it, and for what the program writes.
struct Theirs {
    folder: tempfile::TempDir,
}

impl Theirs {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let theirs = Self { folder };
        let path = theirs.path("program");
        std::fs::write(&path, format!("#!/bin/sh\ncd {}\n{script}\n", theirs.folder.path().display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        theirs
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program with its document open, so that `key` starts theirs.
    fn start(&self, variable: &str) -> Program {
        let mut program = Program::start(&[(variable, &self.path("program")), ("TMPDIR", self.folder.path())]);
        program.open_values();
        program
    }
}

fn leave(program: &mut Program) {
    program.terminal.wait("the values", |screen| screen.contains("replicas: 7"));
    assert!(program.terminal.alternate_screen() && program.terminal.hides_cursor());
    program.terminal.keys("Q");
    assert!(program.terminal.ended().success());
}

fn pager() {
    let theirs = Theirs::new(
        "stty -a > modes; cp \"$1\" copy; echo \"$1\" > name; stat -c %a \"$1\" \"$(dirname \"$1\")\" > rights
        echo ready; IFS= read -r line; printf %s \"$line\" > typed",
    );
    let mut program = theirs.start("PAGER");
    let before = program.terminal.screen();
    // The first line in the same breath as the key that starts it: all of it is theirs.
    program.terminal.keys("Pjjj Q\x1b[6~hel");
    program.terminal.wait_for("ready");
    program.terminal.keys("lo\r");
    eventually("their end", || theirs.path("typed").exists() && !theirs.read("typed").is_empty());
    assert_eq!(theirs.read("typed"), "jjj Q\x1b[6~hello");
    assert!(
        theirs.read("modes").contains(" icanon") && theirs.read("modes").contains(" echo "),
        "{}",
        theirs.read("modes")
    );
    assert_eq!(theirs.read("rights"), "600\n700\n");
    let copy = theirs.read("copy");
    assert!(copy.contains("replicas: 7") && !copy.contains("hunter2") && !copy.contains('\x1b'), "{copy}");
    let name = theirs.read("name");
    assert!(name.ends_with("read-only_r00.values.yaml\n"), "{name}");
    program.terminal.wait(&format!("the screen as it was:\n{before}\n"), |screen| screen == before);
    assert!(!Path::new(name.trim()).parent().unwrap().exists(), "the copy is gone");
    leave(&mut program);
}

fn editor() {
    let theirs = Theirs::new("echo changed >> \"$1\"");
    let mut program = theirs.start("EDITOR");
    program.terminal.keys("e");
    program.terminal.wait_for("not kept");
    leave(&mut program);
}

fn failing() {
    let check = |program: &str, expected: &str| {
        let mut program = Program::start(&[("VISUAL", Path::new(program))]);
        program.open_values();
        program.terminal.keys("e");
        program.terminal.wait_for(expected);
        leave(&mut program);
    };
    check("/nonexistent/edit", "/nonexistent/edit: not found; set VISUAL or EDITOR");
    check("/etc/passwd", "/etc/passwd: cannot be run");
    check("sh -c 'exit 3'", "ended with exit code 3");
    check("sh -c 'kill -KILL $$'", "was ended by signal 9");
}

fn interrupted() {
    let theirs = Theirs::new("trap 'exit 5' INT; echo ready; touch begun; while :; do sleep 1; done");
    let mut program = theirs.start("PAGER");
    program.terminal.keys("P");
    program.terminal.wait_for("ready");
    assert!(!program.terminal.alternate_screen() && !program.terminal.hides_cursor());
    program.terminal.keys("\x03");
    program.terminal.wait_for("ended with exit code 5");
    leave(&mut program);
}

fn ended_together() {
    let theirs = Theirs::new("echo $$ > pid; echo ready; exec sleep 1000");
    let mut program = theirs.start("PAGER");
    program.terminal.keys("P");
    program.terminal.wait_for("ready");
    program.terminal.signal("TERM");
    assert!(program.terminal.ended().success());
    program.terminal.wait_end();
    assert!(!program.terminal.alternate_screen());
    let left = std::fs::read_dir(theirs.folder.path()).unwrap();
    let left: Vec<String> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.starts_with("wheelhouse-")), "the copy is gone: {left:?}");
}

fn stopped_together() {
    let theirs = Theirs::new("echo ready; kill -TSTP 0; echo back; read line");
    let environment = [("PAGER", theirs.path("program"))];
    let environment: Vec<(&str, &Path)> = environment.iter().map(|(name, path)| (*name, path.as_path())).collect();
    let mut program = Program::start_in_shell(&environment);
    program.open_values();
    program.terminal.keys("P");
    program.terminal.wait("the prompt", |screen| screen.trim_end().ends_with("prompt>"));
    program.terminal.keys("fg; echo left with $?\r");
    program.terminal.wait_for("back");
    assert!(!program.terminal.alternate_screen(), "the terminal is still theirs");
    program.terminal.keys("\r");
    program.terminal.wait("the values", |screen| screen.contains("replicas: 7") && !screen.contains("prompt>"));
    program.terminal.keys("Q");
    program.terminal.wait_for("left with 0");
}
