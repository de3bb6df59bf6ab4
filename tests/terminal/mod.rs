//! The real binary in a pseudo-terminal, read through a terminal emulator: what a person types, and what they see.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, NativePtySystem, PtySize, PtySystem};

/// Far above what anything here takes: a machine that is busy must not fail a test.
pub const CEILING: Duration = Duration::from_secs(30);

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// What a person sees of it: whether a blank was written or never touched is not seen.
fn text(parser: &vt100::Parser) -> String {
    let screen = parser.screen().contents();
    screen.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A running program and its screen.
pub struct Terminal {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    modes: String,
}

/// What is started, and in what.
pub struct Start<'a> {
    pub program: &'a Path,
    pub arguments: &'a [&'a str],
    /// All that it has of an environment but `PATH`, a home that is not there, and what a usual terminal says of itself.
    pub environment: &'a [(&'a str, &'a Path)],
    /// Columns and rows.
    pub size: (u16, u16),
    /// What was typed before it was started.
    pub ahead: &'a str,
}

impl Terminal {
    /// Starts the binary with these arguments and nothing of our environment but `PATH` and what is given.
    pub fn start(arguments: &[&str], environment: &[(&str, &Path)], size: (u16, u16)) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_wheelhouse"));
        Self::start_with(&Start { program, arguments, environment, size, ahead: "" })
    }

    /// Starts any program.
    pub fn start_with(start: &Start) -> Self {
        let (columns, rows) = start.size;
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = NativePtySystem::default().openpty(size).unwrap();
        let modes = format!("{:?}", pair.master.get_termios().unwrap());
        let mut command = CommandBuilder::new(start.program);
        command.args(start.arguments);
        // Else it starts in HOME, and there is none.
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env_clear();
        for (key, value) in
            [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin"), ("HOME", "/nonexistent")]
        {
            command.env(key, value);
        }
        for (key, value) in start.environment {
            command.env(key, value);
        }
        let mut writer = pair.master.take_writer().unwrap();
        writer.write_all(start.ahead.as_bytes()).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new((
            Mutex::new(Seen {
                parser: vt100::Parser::new(cells(rows), cells(columns), 0),
                raw: Vec::new(),
                ended: false,
            }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let sees = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = sees.0.lock().unwrap();
                seen.parser.process(&buffer[..count]);
                seen.raw.extend_from_slice(&buffer[..count]);
                seen.ended = count == 0;
                sees.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self { seen, writer, master: pair.master, child, modes }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// What the screen shows now.
    pub fn screen(&self) -> String {
        text(&self.seen.0.lock().unwrap().parser)
    }

    /// Bytes that the program has written so far.
    pub fn bytes(&self) -> usize {
        self.seen.0.lock().unwrap().raw.len()
    }

    /// All that the program has written so far.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().raw).into_owned()
    }

    /// Waits for as long as nothing is written; how many bytes there were when that time was over.
    pub fn silent(&self, time: Duration) -> usize {
        let began = Instant::now();
        let mut seen = self.seen.0.lock().unwrap();
        let before = seen.raw.len();
        while seen.raw.len() == before && began.elapsed() < time {
            seen = self.seen.1.wait_timeout(seen, time.saturating_sub(began.elapsed())).unwrap().0;
        }
        seen.raw.len() - before
    }

    /// Whether the alternate screen is shown.
    pub fn alternate_screen(&self) -> bool {
        self.seen.0.lock().unwrap().parser.screen().alternate_screen()
    }

    /// Waits until the screen is as wanted, and returns it.
    pub fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.wait_until(what, |seen| wanted(&text(&seen.parser)))
    }

    fn wait_until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> String {
        let began = Instant::now();
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            let screen = text(&seen.parser);
            if wanted(&seen) {
                return screen;
            }
            let left = CEILING.saturating_sub(began.elapsed());
            assert!(!left.is_zero() && !seen.ended, "waited for {what}, ended: {}; the screen:\n{screen}", seen.ended);
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until the screen holds a text, and returns it.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Whether the terminal treats keys and lines as it did before anything was started.
    pub fn modes_are_as_before(&self) -> bool {
        format!("{:?}", self.master.get_termios().unwrap()) == self.modes
    }

    /// Whether the cursor is hidden.
    pub fn hides_cursor(&self) -> bool {
        self.seen.0.lock().unwrap().parser.screen().hide_cursor()
    }

    /// Waits until so many bytes were written.
    pub fn wait_bytes(&self, bytes: usize) {
        self.wait_until("more bytes", |seen| seen.raw.len() >= bytes);
    }

    /// Waits until nobody has the terminal open any more, and all that was written has been read.
    pub fn wait_end(&self) {
        self.wait_until("the end", |seen| seen.ended);
    }

    /// Another size of the window.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.seen.0.lock().unwrap().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Sends the program a signal by its name.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits until the program has ended.
    pub fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < CEILING, "the program does not end; the screen:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Sends a process a signal by its name.
pub fn signal(pid: u32, name: &str) {
    let sent = std::process::Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap();
    assert!(sent.success(), "SIG{name} to {pid}");
}

/// Waits until something holds that no terminal tells.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    assert!(within(CEILING, holds), "waited for {what}");
}

/// Whether something comes to hold within a time.
pub fn within(time: Duration, holds: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !holds() {
        if began.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
