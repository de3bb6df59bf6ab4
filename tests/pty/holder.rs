//! A terminal that can be closed under a program: a process that holds it, and is killed. It may hold it as a server of SSH does
//! for somebody who types and looks on from afar.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use portable_pty::{CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem as _};

use crate::program::FOLDER;
use crate::terminal::{Start, Terminal};
use crate::{ROLE, SIZE};

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

/// Starts a script in a terminal which a process holds that stands in another one. Killing that process drops the line.
pub fn from_afar(script: &str, folder: &Path) -> Terminal {
    let environment: [(&str, &Path); 3] = [(ROLE, Path::new("relay")), ("SCRIPT", Path::new(script)), (FOLDER, folder)];
    let program = std::env::current_exe().unwrap();
    Terminal::start_with(&Start { program: &program, arguments: &[], environment: &environment, size: SIZE, ahead: "" })
}

pub fn relay() -> ExitCode {
    let stdin = std::io::stdin();
    let mut modes = rustix::termios::tcgetattr(&stdin).unwrap();
    modes.make_raw();
    rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &modes).unwrap();
    let (master, mut child) = hold();
    let mut writer = master.take_writer().unwrap();
    std::thread::spawn(move || std::io::copy(&mut stdin.lock(), &mut writer));
    let mut reader = master.try_clone_reader().unwrap();
    let mut stdout = std::io::stdout();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        stdout.write_all(&buffer[..count]).unwrap();
        stdout.flush().unwrap();
    }
    child.wait().unwrap();
    ExitCode::SUCCESS
}

pub fn main() -> ExitCode {
    let (master, mut child) = hold();
    if std::env::var_os("DEAF").is_some() {
        child.wait().unwrap();
        return ExitCode::SUCCESS;
    }
    let mut reader = master.try_clone_reader().unwrap();
    let mut buffer = [0; 4096];
    while reader.read(&mut buffer).is_ok_and(|count| count > 0) {}
    ExitCode::SUCCESS
}

/// Runs the script in a terminal of its own.
fn hold() -> (Box<dyn MasterPty + Send>, Box<dyn portable_pty::Child + Send + Sync>) {
    let size = PtySize { rows: SIZE.1, cols: SIZE.0, pixel_width: 0, pixel_height: 0 };
    let pair = NativePtySystem::default().openpty(size).unwrap();
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", &std::env::var("SCRIPT").unwrap()]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("TERM", "xterm-256color");
    command.env_remove(ROLE);
    let child = pair.slave.spawn_command(command).unwrap();
    (pair.master, child)
}
