//! A terminal that can be closed under a program: a process that holds it, and is killed.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use portable_pty::{CommandBuilder, NativePtySystem, PtySize, PtySystem as _};

use crate::ROLE;
use crate::program::FOLDER;

/// A process that holds a terminal in which a script runs.
pub struct Holder(Child);

impl Holder {
    /// Starts the script; the terminal reads what it writes, unless it is deaf.
    pub fn start(script: &str, folder: &Path, deaf: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(ROLE, "holder").env("SCRIPT", script).env(FOLDER, folder).stdin(Stdio::null());
        if deaf {
            command.env("DEAF", "1");
        }
        Self(command.spawn().unwrap())
    }

    /// Closes the terminal.
    pub fn hang_up(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a process has ended, reaped or not.
pub fn ended(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    state.map_or(true, |state| state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

pub fn main() -> ExitCode {
    let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
    let pair = NativePtySystem::default().openpty(size).unwrap();
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", &std::env::var("SCRIPT").unwrap()]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("TERM", "xterm-256color");
    command.env_remove(ROLE);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    if std::env::var_os("DEAF").is_some() {
        child.wait().unwrap();
        return ExitCode::SUCCESS;
    }
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut buffer = [0; 4096];
    while reader.read(&mut buffer).is_ok_and(|count| count > 0) {}
    ExitCode::SUCCESS
}
