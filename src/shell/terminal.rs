//! The terminal: taken, drawn on, and always given back.

use std::io::{self, Stdout, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use ratatui::{Frame, Terminal};
use rustix::process::getpgrp;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

use crate::app::Size;
use crate::config::Depth;

use super::screen::Screen;

/// The alternate screen, empty: a terminal without one (the Linux console) still shows what was there before. What is pasted is
/// marked as such, so that no letter of it is taken for a key.
const ENTER: &str = "\x1b[?1049h\x1b[2J\x1b[?2004h";
/// Whatever may be in force ends. Where there is no alternate screen, the prompt goes below what was drawn.
const LEAVE: &str = "\x1b[?2004l\x1b[?2026l\x1b[m\x1b[999;1H\r\n\x1b[?25h\x1b[?1049l";
/// What is the background, and what is the terminal: the second question is answered by all, in turn.
const ASK_GROUND: &str = "\x1b]11;?\x1b\\\x1b[c";

/// Whether the terminal is ours, so that it is given back exactly once, whoever comes first.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// How the terminal was before it was ours.
static MODES: Mutex<Option<Termios>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// The terminal, ours as long as this lives.
pub(super) struct Guard {
    terminal: Terminal<Screen<Stdout>>,
}

impl Guard {
    pub(super) fn enter(depth: Depth) -> io::Result<Self> {
        restore_on_panic();
        let terminal = Terminal::new(Screen::new(io::stdout(), depth))?;
        let guard = Self { terminal };
        take(tcgetattr(rustix::stdio::stdin())?)?;
        Ok(guard)
    }

    pub(super) fn size(&self) -> io::Result<Size> {
        let size = self.terminal.size()?;
        Ok(Size { width: size.width, height: size.height })
    }

    /// Draws what changed since the last time.
    pub(super) fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.terminal.draw(view).map(|_| ())
    }

    /// Clears the screen, so that the next frame is drawn whole.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.backend_mut().forget();
        self.terminal.resize(size.into())
    }

    /// Sends something that is not drawn with the next frame.
    pub(super) fn send(&mut self, sequence: &str) {
        self.terminal.backend_mut().send(sequence);
    }

    /// Asks the terminal for its background. The answer comes as keys do.
    pub(super) fn ask_ground(&mut self) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(ASK_GROUND.as_bytes())?;
        out.flush()
    }

    /// Gives the terminal to somebody else, as it was before it was ours.
    pub(super) fn lend(&mut self) {
        restore();
    }

    /// Takes it back. Whoever had it was to leave it as it was, and may not have: what it was before it was ours stays what
    /// it will be afterwards.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        let modes = modes().clone();
        take(modes.map_or_else(|| tcgetattr(rustix::stdio::stdin()), Ok)?)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn modes() -> std::sync::MutexGuard<'static, Option<Termios>> {
    MODES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the terminal. What was typed ahead is kept.
fn take(before: Termios) -> io::Result<()> {
    let mut raw = before.clone();
    raw.make_raw();
    *modes() = Some(before);
    TAKEN.store(true, Ordering::SeqCst);
    tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &raw)?;
    let mut out = io::stdout();
    out.write_all(ENTER.as_bytes())?;
    out.flush()
}

/// Gives the terminal back. What cannot be written has nobody to read it, so errors are passed over.
fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
        restore_modes();
    }
}

/// Gives back how the terminal treats keys and lines, for whoever cannot write any more.
pub(super) fn restore_unwritten() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        restore_modes();
    }
}

/// Whether the terminal listens to this job. One in the background that sets modes is stopped for it.
pub(super) fn in_foreground() -> bool {
    tcgetpgrp(rustix::stdio::stdin()).map_or(true, |group| group == getpgrp())
}

fn restore_modes() {
    if let Some(before) = &*modes()
        && in_foreground()
    {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, before);
    }
}

/// A panic would else be told in raw mode on a screen that is about to vanish. One of another thread ends the piece of
/// work that it was, not the program: it goes to the log, because the screen is in use.
fn restore_on_panic() {
    let ours = std::thread::current().id();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == ours || !TAKEN.load(Ordering::SeqCst) {
                restore();
                before(info);
            } else {
                tracing::error!("{info}");
            }
        }));
    });
}
