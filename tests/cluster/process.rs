//! Child processes that cannot outlive the one that started them.
//!
//! Every child leads a process group of its own, so that ctrl-c reaches only the suite, which then stops the children in
//! order. A small shell, the watchdog, reads the children's ids from a pipe; when the pipe ends because the suite was
//! killed, it kills what is left and removes the folder. `PR_SET_PDEATHSIG` would do the same only for children of a
//! thread that never ends, and needs unsafe code.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a command that ran to its end said.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The command line, for messages.
    pub line: String,
    /// None if it was killed by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// The standard output; panics with everything the command said if it failed.
    #[track_caller]
    pub fn expect_success(self) -> String {
        assert!(self.success(), "`{}` ended with {:?}\n{}{}", self.line, self.code, self.stdout, self.stderr);
        self.stdout
    }

    /// The standard error; panics if the command succeeded.
    #[track_caller]
    pub fn expect_failure(self) -> String {
        assert!(!self.success(), "`{}` was expected to fail\n{}", self.line, self.stdout);
        self.stderr
    }
}

/// The long-running children by name, and the watchdog that knows the id of every child.
pub struct Processes {
    logs: PathBuf,
    watchdog: Mutex<Option<Watchdog>>,
    running: Mutex<BTreeMap<String, Child>>,
    started: Mutex<Vec<u32>>,
}

struct Watchdog {
    child: Child,
    pipe: ChildStdin,
}

const WATCHDOG: &str = r#"
trap '' INT TERM HUP
groups=
while read -r word group; do
    kept=
    for known in $groups; do [ "$known" = "$group" ] || kept="$kept $known"; done
    groups=$kept
    [ "$word" = started ] && groups="$groups $group"
done
for group in $groups; do kill -KILL "-$group"; done 2>/dev/null
# Killed processes may still be writing for a moment.
[ -z "$groups" ] || sleep 1
rm -rf -- "$1"
"#;

impl Processes {
    /// Children log into `folder/logs`; the watchdog removes `folder` at the end.
    pub fn new(folder: &Path) -> Self {
        let logs = folder.join("logs");
        fs::create_dir_all(&logs).unwrap_or_else(|error| panic!("create {}: {error}", logs.display()));
        let mut child = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("start the watchdog shell");
        let pipe = child.stdin.take().expect("the watchdog's pipe");
        Self {
            logs,
            watchdog: Mutex::new(Some(Watchdog { child, pipe })),
            running: Mutex::default(),
            started: Mutex::default(),
        }
    }

    /// Starts a child that runs until it is stopped. Its output is appended to `logs/<name>.log`.
    pub fn start(&self, name: &str, mut command: Command) {
        let path = self.log(name);
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let log = log.unwrap_or_else(|error| panic!("open {}: {error}", path.display()));
        let copy = log.try_clone().expect("a second handle of the log");
        command.stdin(Stdio::null()).stdout(log).stderr(copy);
        let child = self.spawn(&mut command);
        lock(&self.started).push(child.id());
        let previous = lock(&self.running).insert(name.to_owned(), child);
        assert!(previous.is_none(), "{name} is running already");
    }

    /// Runs a command to its end; one that is not done after `limit` is killed and counts as failed.
    pub fn run(&self, mut command: Command, input: Option<&str>, limit: Duration) -> Ran {
        let line = format!("{command:?}");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = self.spawn(&mut command);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (status, stdout, mut stderr) = thread::scope(|scope| {
            scope.spawn(move || {
                // A program that fails early closes its input; its words say why, not ours.
                let _ = stdin.zip(input).map(|(mut pipe, text)| pipe.write_all(text.as_bytes()));
            });
            let stdout = scope.spawn(move || read_all(stdout));
            let stderr = scope.spawn(move || read_all(stderr));
            let status = wait_until(&mut child, limit).unwrap_or_else(|| {
                signal(child.id(), "KILL");
                child.wait().expect("wait for a killed command")
            });
            (status, stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default())
        });
        self.tell("ended", child.id());
        if status.signal().is_some() {
            stderr.push_str(&format!("\nended by {status} (the limit was {limit:?})"));
        }
        Ran { line, code: status.code(), stdout, stderr }
    }

    /// Asks a child to end (SIGTERM), kills it when `grace` is over, and reaps it. Nothing happens if it does not run.
    pub fn stop(&self, name: &str, grace: Duration) {
        let Some(mut child) = lock(&self.running).remove(name) else { return };
        if !grace.is_zero() {
            signal(child.id(), "TERM");
        }
        if wait_until(&mut child, grace).is_none() {
            signal(child.id(), "KILL");
            child.wait().unwrap_or_else(|error| panic!("reap {name}: {error}"));
        }
        self.tell("ended", child.id());
    }

    /// Panics with the log of a child that ended by itself.
    pub fn check(&self) {
        for (name, child) in lock(&self.running).iter_mut() {
            if let Some(status) = child.try_wait().unwrap_or_else(|error| panic!("look at {name}: {error}")) {
                panic!("{name} ended with {status}; the end of its log:\n{}", self.log_tail(name));
            }
        }
    }

    /// Kills and reaps all children, then the watchdog. State lies in a temporary folder, so nobody needs a farewell.
    pub fn stop_all(&self) {
        let names: Vec<String> = lock(&self.running).keys().cloned().collect();
        for child in lock(&self.running).values() {
            signal(child.id(), "KILL");
        }
        for name in names {
            self.stop(&name, Duration::ZERO);
        }
        if let Some(Watchdog { mut child, pipe }) = lock(&self.watchdog).take() {
            drop(pipe);
            child.wait().expect("reap the watchdog");
        }
    }

    /// The ids of long-running children ever started that still exist.
    pub fn leftover(&self) -> Vec<u32> {
        lock(&self.started).iter().copied().filter(|id| Path::new(&format!("/proc/{id}")).exists()).collect()
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// The last forty lines a child wrote.
    pub fn log_tail(&self, name: &str) -> String {
        let text =
            fs::read(self.log(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn spawn(&self, command: &mut Command) -> Child {
        let child = command.process_group(0).spawn().unwrap_or_else(|error| panic!("start {command:?}: {error}"));
        self.tell("started", child.id());
        child
    }

    fn tell(&self, word: &str, id: u32) {
        if let Some(watchdog) = lock(&self.watchdog).as_mut() {
            writeln!(watchdog.pipe, "{word} {id}").expect("write to the watchdog");
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.stop_all();
    }
}

/// A poisoned lock only says that another case failed; what it guards here is never half written.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Signals the whole group: a child may have children.
fn signal(id: u32, name: &str) {
    let group = format!("-{id}");
    let _ = Command::new("kill").args([&format!("-{name}"), "--", &group]).stderr(Stdio::null()).status();
}

fn wait_until(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("look at a child") {
            return Some(status);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn read_all(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Creates a file for its content alone; panics with the path.
pub fn write(path: &Path, content: impl AsRef<[u8]>) {
    let written = File::create(path).and_then(|mut file| file.write_all(content.as_ref()));
    written.unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
}
