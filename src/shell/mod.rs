//! The one place that waits: keys, signals, the cluster, finished work and the clock come in, effects go out.
//!
//! May touch the terminal, the clock and threads. Decides nothing: what to do is said by `app`, what to draw by `view`.
//! The first frame is drawn before anything is asked of a cluster, and keys come before everything else.

#![allow(clippy::disallowed_methods, reason = "this room owns the clock, the terminal and the tasks")]

mod demo;
mod keys;
mod kubernetes;
pub mod port;
mod runner;
mod terminal;

use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures::StreamExt as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep_until};

use crate::app::bindings::Bindings;
use crate::app::text::Glyphs;
use crate::app::{Effect, Model, Msg, Server, Setup, TaskId, update};
use crate::config::{Fault, Keymap, Theme, fault};
use crate::release::Scope;
use crate::view::view;

pub use demo::Recorded;
use port::{Gateway, Link};
use runner::Runner;
use terminal::{Guard, Signals};

/// At most thirty frames a second.
const FRAME: Duration = Duration::from_millis(33);
/// How many messages are taken in before the screen is drawn again.
const DRAIN: usize = 64;
/// How long until opening the cluster is tried again.
const REOPEN: Duration = Duration::from_secs(5);

/// What the program was started with. Environment and files were read by whoever made it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which namespaces to look at first.
    pub scope: Scope,
    /// The colours.
    pub theme: Theme,
    /// The keys, or what is wrong with the user's: then the default ones count.
    pub keymap: Result<Keymap, Vec<Fault>>,
    /// The terminal shows UTF-8; else ASCII alone.
    pub utf8: bool,
    /// In which times of day are told.
    pub zone: TimeZone,
    /// What is wrong with the theme that was asked for: then another one stands in.
    pub theme_faults: Vec<Fault>,
}

/// Runs until the user quits, the terminal goes away or a signal comes.
///
/// # Errors
/// When the terminal cannot be used, or the keymap names commands that do not exist.
pub async fn run<G: Gateway>(gateway: G, options: Options) -> anyhow::Result<()> {
    let Options { scope, theme, keymap, utf8, zone, theme_faults } = options;
    let glyphs = if utf8 { Glyphs::Unicode } else { Glyphs::Ascii };
    let (_, bindings, keymap_faults) = Bindings::choose(keymap)
        .map_err(|faults| anyhow::anyhow!("the shipped keymap: {}", fault::first_of(&faults).unwrap_or_default()))?;
    let setup = Setup { bindings, glyphs, zone, scope, complaint: complaint(&keymap_faults, &theme_faults) };

    let mut guard = Guard::enter()?;
    let mut signals = Signals::listen()?;
    let model = Model::new(setup, guard.size()?, now());
    let outcome = Loop {
        model,
        theme,
        runner: Runner::new(),
        drawn: None,
        next_frame: Instant::now(),
        context: None,
        switching: None,
        listing: None,
        reopen_at: Instant::now(),
        repaint: false,
        quit: false,
    }
    .run(gateway, &mut guard, &mut signals)
    .await;
    // The screen is given back before anything is said of an error.
    drop(guard);
    outcome
}

struct Loop<L: Link> {
    model: Model,
    theme: Theme,
    runner: Runner<L>,
    /// Version of the model that is on the screen.
    drawn: Option<u64>,
    next_frame: Instant,
    /// The context that is open or to be opened; `None` for that of the start.
    context: Option<String>,
    /// The context that is to be opened instead.
    switching: Option<String>,
    /// Who wants to know which contexts there are.
    listing: Option<TaskId>,
    /// When opening the context is tried next.
    reopen_at: Instant,
    /// What the terminal shows is not what was drawn last.
    repaint: bool,
    quit: bool,
}

impl<L: Link> Loop<L> {
    async fn run<G: Gateway<Link = L>>(
        mut self,
        gateway: G,
        guard: &mut Guard,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        let mut events = events();
        let mut opening = None;
        while !self.quit {
            self.draw(guard)?;
            if let Some(context) = self.switching.take() {
                self.context = Some(context);
                self.reopen_at = Instant::now();
                // What was being opened is not wanted any more.
                abort(&mut opening);
            }
            if self.runner.link().is_none() && opening.is_none() {
                let (gateway, context, at) = (gateway.clone(), self.context.clone(), self.reopen_at);
                // In a task of its own: reading the kubeconfig may block on a slow disk.
                opening = Some(tokio::spawn(async move {
                    sleep_until(at).await;
                    gateway.open(context).await
                }));
            }
            if let Some(task) = self.listing.take() {
                let gateway = gateway.clone();
                self.runner.beside(task, move || Msg::Contexts(task, gateway.contexts()));
            }
            let dirty = self.repaint || self.drawn != Some(self.model.version());
            let wake = self.runner.wake_at();
            tokio::select! {
                biased;
                event = events.recv() => match event {
                    Some(event) => self.take(keys::message(&event)),
                    // The terminal is gone: there is nobody left to show anything to.
                    None => break,
                },
                () = signals.end() => break,
                opened = finished(&mut opening) => {
                    opening = None;
                    self.reopen_at = Instant::now() + REOPEN;
                    match opened {
                        Ok(Ok(link)) => self.connected(link),
                        Ok(Err(problem)) => self.take(Some(Msg::Trouble(problem))),
                        Err(error) => anyhow::bail!("opening the cluster: {error}"),
                    }
                }
                msg = self.runner.next() => self.take(Some(msg)),
                () = sleep_until(wake.unwrap_or(self.next_frame)), if wake.is_some() => {
                    let now = now();
                    let asked = self.runner.woken().unwrap_or(now);
                    self.pass(Msg::Clock(now.max(asked)));
                }
                () = sleep_until(self.next_frame), if dirty => {}
            }
            self.drain(&mut events);
        }
        abort(&mut opening);
        Ok(())
    }

    /// Takes in what is ready already, keys first, within bounds.
    fn drain(&mut self, events: &mut mpsc::Receiver<Event>) {
        for _ in 0..DRAIN {
            if self.quit {
                return;
            }
            if let Ok(event) = events.try_recv() {
                self.take(keys::message(&event));
            } else if let Some(msg) = self.runner.ready() {
                self.take(Some(msg));
            } else {
                return;
            }
        }
    }

    fn connected(&mut self, link: L) {
        let server = Server {
            context: link.context().to_owned(),
            address: link.server().to_owned(),
            default_namespace: link.default_namespace().to_owned(),
        };
        self.runner.connect(link);
        self.take(Some(Msg::Connected(server)));
    }

    fn take(&mut self, msg: Option<Msg>) {
        let Some(msg) = msg else { return };
        // A window that shrank and grew again has lost what stood there, even where it ends at the size that it had.
        self.repaint |= matches!(msg, Msg::Resized(_));
        self.pass(Msg::Clock(now()));
        self.pass(msg);
    }

    fn pass(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Quit => self.quit = true,
                Effect::ListContexts(task) => self.listing = Some(task),
                Effect::Open(context) => {
                    self.runner.disconnect();
                    self.switching = Some(context);
                }
                other => self.runner.run(other),
            }
        }
    }

    fn draw(&mut self, guard: &mut Guard) -> anyhow::Result<()> {
        let version = self.model.version();
        if (self.drawn == Some(version) && !self.repaint) || Instant::now() < self.next_frame {
            return Ok(());
        }
        if let Some(text) = self.runner.copied() {
            guard.copy(&text)?;
        }
        if std::mem::take(&mut self.repaint) {
            guard.forget()?;
        }
        guard.draw(|frame| view(&self.model, &self.theme, frame))?;
        self.drawn = Some(version);
        self.next_frame = Instant::now() + FRAME;
        Ok(())
    }
}

/// Events of the terminal, until it is gone. They come through a channel because `EventStream` remembers the waker of
/// whoever asked it first, and forgets to wake anybody else: it cannot be both awaited and tried.
fn events() -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(DRAIN);
    tokio::spawn(async move {
        let mut events = EventStream::new();
        while let Some(Ok(event)) = events.next().await {
            if sender.send(event).await.is_err() {
                return;
            }
        }
    });
    receiver
}

fn abort<T>(task: &mut Option<JoinHandle<T>>) {
    if let Some(task) = task.take() {
        task.abort();
    }
}

/// What is wrong with the user's settings, in a line, and what happens instead.
fn complaint(keymap: &[Fault], theme: &[Fault]) -> Option<String> {
    // What to do stands first: the line may be cut.
    let (what, faults) = match (keymap, theme) {
        ([], []) => return None,
        ([], theme) => ("a shipped theme is in use, `wheelhouse themes` says why", theme.to_vec()),
        (keymap, []) => ("the default keys are in use, `wheelhouse keys` says why", keymap.to_vec()),
        _ => (
            "default keys and a shipped theme are in use, `wheelhouse keys` and `themes` say why",
            [keymap, theme].concat(),
        ),
    };
    Some(format!("{what}: {}", fault::first_of(&faults)?))
}

/// Waits for a task that may not be there.
async fn finished<T>(task: &mut Option<JoinHandle<T>>) -> Result<T, JoinError> {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}

/// The one reading of the clock.
fn now() -> Timestamp {
    Timestamp::now()
}
