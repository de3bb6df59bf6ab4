//! The one place that waits: keys, signals, the cluster, finished work and the clock come in, effects go out.
//!
//! May touch the terminal, the clock and threads. Decides nothing: what to do is said by `app`, what to draw by `view`.
//! The first frame is drawn before anything is asked of a cluster, and keys come before everything else.

#![allow(clippy::disallowed_methods, reason = "this room owns the clock, the terminal and the tasks")]

mod acting;
mod clipboard;
mod deeds;
mod demo;
mod handoff;
mod input;
mod keys;
mod kubernetes;
mod owners;
mod patch;
pub mod port;
mod reveal;
mod runner;
mod screen;
mod signals;
mod terminal;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep_until, timeout};

use crate::app::bindings::Bindings;
use crate::app::diff::Texts;
use crate::app::document::Document;
use crate::app::settings;
use crate::app::text::Glyphs;
use crate::app::{Effect, Model, Msg, Reader, Server, Setup, TaskId, update};
use crate::config::{Background, Depth, Fault, Keymap, Multiplexer, Settings, Theme, fault};
use crate::release::Scope;
use crate::view::view;

pub use crate::journal::Journal;
use acting::Acts;
pub use demo::Recorded;
pub use handoff::Programs;
use handoff::Running;
use input::Input;
use keys::Heard;
use port::{Gateway, Link};
use reveal::Noting;
use runner::Runner;
use signals::{Asked, Signals};
use terminal::Guard;

/// At most thirty frames a second.
const FRAME: Duration = Duration::from_millis(33);
/// How many messages are taken in before the screen is drawn again.
const DRAIN: usize = 64;
/// How long until opening the cluster is tried again.
const REOPEN: Duration = Duration::from_secs(5);
/// How long after a program of the user's a signal may still have been meant for it.
const ECHO: Duration = Duration::from_millis(500);
/// How long the terminal may think about its background.
const ANSWER: Duration = Duration::from_millis(40);

/// What the program was started with. Environment and files were read by whoever made it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which namespaces to look at first.
    pub scope: Scope,
    /// The colours.
    pub themes: Themes,
    /// How many of them the terminal shows.
    pub depth: Depth,
    /// The keys, or what is wrong with the user's: then the default ones count.
    pub keymap: Result<Keymap, Vec<Fault>>,
    /// The terminal shows UTF-8; else ASCII alone.
    pub utf8: bool,
    /// In which times of day are told.
    pub zone: TimeZone,
    /// What is wrong with the theme that was asked for: then another one stands in.
    pub theme_faults: Vec<Fault>,
    /// What the user's other settings say, or what is wrong with them: then they do not count.
    pub settings: Result<Settings, Vec<Fault>>,
    /// The user's own programs.
    pub programs: Programs,
    /// What stands between this and the terminal: copies take another way then.
    pub multiplexer: Multiplexer,
    /// Where it is noted that a masked value was revealed.
    pub journal: Journal,
    /// Who the journal says it was.
    pub user: String,
    /// Nothing is written to any cluster.
    pub is_read_only: bool,
}

/// The theme to start with.
#[derive(Debug, Clone)]
pub struct Themes {
    /// What to draw with.
    pub theme: Theme,
    /// What to draw with if the terminal says that its background is light; without one it is not asked.
    pub on_light: Option<Theme>,
}

/// Runs until the user quits, the terminal goes away or a signal comes.
///
/// # Errors
/// When the terminal cannot be used, or the keymap names commands that do not exist.
pub async fn run<G: Gateway>(gateway: G, options: Options) -> anyhow::Result<()> {
    let Options {
        scope,
        themes,
        depth,
        keymap,
        utf8,
        zone,
        theme_faults,
        settings,
        programs,
        multiplexer,
        journal,
        user,
        is_read_only,
    } = options;
    let glyphs = if utf8 { Glyphs::Unicode } else { Glyphs::Ascii };
    let (_, bindings, keymap_faults) = Bindings::choose(keymap)
        .map_err(|faults| anyhow::anyhow!("the shipped keymap: {}", fault::first_of(&faults).unwrap_or_default()))?;
    let programs = Programs { diff_tool: settings.as_ref().ok().and_then(|said| said.diff_tool.clone()), ..programs };
    let (said, settings_faults) = settings::said(settings);
    let complaint = complaint(&keymap_faults, &theme_faults, &settings_faults);
    let settings::Said { managers, noise, secrets, guards } = said;
    let guards = guards.with_flag(is_read_only);
    let setup = Setup { bindings, glyphs, zone, scope, complaint, managers, noise, secrets, guards };

    let acts = Acts::default();
    let mut stage =
        Stage { signals: Signals::listen(acts.clone())?, input: Input::open()?, guard: Guard::enter(depth)? };
    let (theme, typed) = stage.theme(themes).await?;
    let model = Model::new(setup, stage.guard.size()?, now());
    let mut run = Loop {
        model,
        theme,
        programs,
        runner: Runner::new(Noting { journal, user, is_read_only: false }, multiplexer, acts.clone()),
        acts,
        drawn: None,
        next_frame: Instant::now(),
        context: None,
        switching: None,
        listing: None,
        reopen_at: Instant::now(),
        repaint: false,
        aside: None,
        returned: None,
        quit: false,
    };
    typed.into_iter().for_each(|heard| run.hear(heard));
    let outcome = run.run(gateway, &mut stage).await;
    // The screen is given back before anything is said of an error.
    drop(stage);
    outcome
}

/// Everything between the user and the loop.
struct Stage {
    signals: Signals,
    input: Input,
    guard: Guard,
}

impl Stage {
    /// The theme for the terminal's background, and what was typed while it was asked. Asked before anything else is read,
    /// and not waited for long: what comes later is not taken for keys, but passed over.
    async fn theme(&mut self, themes: Themes) -> anyhow::Result<(Theme, Vec<Heard>)> {
        let Themes { mut theme, on_light } = themes;
        let mut typed = Vec::new();
        if let Some(on_light) = on_light {
            self.guard.ask_ground()?;
            let mut ground = Background::Dark;
            let answer = async {
                while let Some(heard) = self.input.next().await {
                    match heard {
                        Heard::Key(_) | Heard::Pasted(_) => typed.push(heard),
                        Heard::Background(answer) => ground = answer,
                        Heard::Attributes => return,
                    }
                }
            };
            // Without the last answer there may be the first one all the same.
            let _ = timeout(ANSWER, answer).await;
            theme = match ground {
                Background::Dark => theme,
                Background::Light => on_light,
            };
        }
        Ok((theme, typed))
    }
}

/// What the loop stands aside for.
enum Aside {
    /// The shell.
    Suspend,
    /// A program of the user's.
    Read(Reader, String, Arc<Document>),
    /// The user's program for comparing.
    Compare(Box<Texts>),
}

struct Loop<L: Link> {
    model: Model,
    theme: Theme,
    programs: Programs,
    runner: Runner<L>,
    /// What runs: the program does not end before it.
    acts: Acts,
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
    aside: Option<Aside>,
    /// When a program of the user's last gave the terminal back.
    returned: Option<Instant>,
    quit: bool,
}

impl<L: Link> Loop<L> {
    async fn run<G: Gateway<Link = L>>(mut self, gateway: G, stage: &mut Stage) -> anyhow::Result<()> {
        let mut opening = None;
        while !self.quit {
            self.draw(&mut stage.guard)?;
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
                heard = stage.input.next() => match heard {
                    Some(heard) => self.hear(heard),
                    // The terminal is gone: there is nobody left to show anything to.
                    None => break,
                },
                asked = stage.signals.next() => self.answer(asked, stage).await?,
                opened = finished(&mut opening) => {
                    opening = None;
                    self.reopen_at = Instant::now() + REOPEN;
                    match opened {
                        Ok(Ok(link)) => self.connected(link),
                        Ok(Err(problem)) => self.take(Msg::Trouble(problem)),
                        Err(error) => anyhow::bail!("opening the cluster: {error}"),
                    }
                }
                msg = self.runner.next() => self.take(msg),
                () = sleep_until(wake.unwrap_or(self.next_frame)), if wake.is_some() => {
                    let now = now();
                    let asked = self.runner.woken().unwrap_or(now);
                    self.pass(Msg::Clock(now.max(asked)));
                }
                () = sleep_until(self.next_frame), if dirty => {}
            }
            self.drain(&mut stage.input);
            match self.aside.take() {
                Some(Aside::Suspend) => self.suspend(stage).await?,
                Some(Aside::Read(reader, name, document)) => self.read(stage, reader, &[(name, document)]).await?,
                Some(Aside::Compare(texts)) => {
                    let Texts { name, old, new, .. } = *texts;
                    let documents = [(format!("{name}.old.yaml"), old), (format!("{name}.new.yaml"), new)];
                    self.read(stage, Reader::DiffTool, &documents).await?;
                }
                None => {}
            }
        }
        abort(&mut opening);
        self.finish(stage).await;
        Ok(())
    }

    /// Has every run stop, and waits until what is in flight was answered and noted. The terminal may be gone by now.
    async fn finish(&mut self, stage: &mut Stage) {
        if self.acts.is_idle() {
            return;
        }
        self.acts.stop_all();
        self.take(Msg::Told("quitting as soon as the request in flight is answered and noted".to_owned()));
        while !self.acts.is_idle() {
            let _ = self.draw(&mut stage.guard);
            tokio::select! {
                msg = self.runner.next() => self.take(msg),
                () = self.acts.ended() => {}
            }
        }
    }

    /// Takes in what is ready already, keys first, within bounds. What is typed after the loop was told to stand aside is
    /// left to whom it stands aside for.
    fn drain(&mut self, input: &mut Input) {
        for _ in 0..DRAIN {
            if self.quit || self.aside.is_some() {
                return;
            }
            // An error is met again by whoever waits for keys.
            if let Ok(Some(heard)) = input.ready() {
                self.hear(heard);
            } else if let Some(msg) = self.runner.ready() {
                self.take(msg);
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
        let setup = &self.model.session.setup;
        let link = link.with_managers(Arc::clone(&setup.managers)).with_secrets(setup.secrets.clone());
        let link = link.with_guards(setup.guards.clone());
        self.runner.connect(link);
        self.take(Msg::Connected(server));
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Key(key) => self.take(Msg::Input(key)),
            Heard::Pasted(text) => self.take(Msg::Pasted(text)),
            // Too late to be of use.
            Heard::Background(_) | Heard::Attributes => {}
        }
    }

    fn take(&mut self, msg: Msg) {
        self.pass(Msg::Clock(now()));
        self.pass(msg);
    }

    fn pass(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Quit => self.quit = true,
                Effect::Suspend => self.aside = Some(Aside::Suspend),
                Effect::Read(reader, name, document) => self.aside = Some(Aside::Read(reader, name, document)),
                Effect::ReadDiff(texts) => {
                    self.aside = Some(match self.programs.diff_tool {
                        Some(_) => Aside::Compare(texts),
                        None => Aside::Read(Reader::Pager, format!("{}.patch", texts.name), texts.patch),
                    })
                }
                Effect::ListContexts(task) => self.listing = Some(task),
                Effect::Open(context) => {
                    self.runner.disconnect();
                    self.switching = Some(context);
                }
                effect @ (Effect::Watch(..)
                | Effect::Inspect(..)
                | Effect::Leave
                | Effect::Log(..)
                | Effect::Fetch(..)
                | Effect::Cancel(_)
                | Effect::Prepare(..)
                | Effect::Own(..)
                | Effect::Compare(..)
                | Effect::Trace(..)
                | Effect::Preflight(..)
                | Effect::Blame(..)
                | Effect::TryWrites(..)
                | Effect::Diff(..)
                | Effect::LayValues(..)
                | Effect::SavePatch(..)
                | Effect::Highlight(..)
                | Effect::Search(..)
                | Effect::Lay(..)
                | Effect::Reveal(..)
                | Effect::Plan(..)
                | Effect::Act(..)
                | Effect::Halt(_)
                | Effect::ReadJournal(_)
                | Effect::ReadUnfinished(_)
                | Effect::Review(..)
                | Effect::WakeAt(_)
                | Effect::Copy(_)
                | Effect::CopyRevealed(_)) => self.runner.run(effect),
            }
        }
    }

    async fn answer(&mut self, asked: Asked, stage: &mut Stage) -> anyhow::Result<()> {
        match asked {
            // The ctrl-c that ended the program may be told after its end, and was never meant for us.
            Asked::Interrupt if self.returned.is_some_and(|at| at.elapsed() < ECHO) => {}
            Asked::End | Asked::Interrupt => self.quit = true,
            Asked::Stop => self.suspend(stage).await?,
            Asked::Continued => self.come_back(stage).await?,
            Asked::Resized => self.resized(&stage.guard)?,
        }
        Ok(())
    }

    /// A window that shrank and grew again has lost what stood there, even where it ends at the size that it had.
    fn resized(&mut self, guard: &Guard) -> anyhow::Result<()> {
        self.repaint = true;
        self.take(Msg::Resized(guard.size()?));
        Ok(())
    }

    async fn suspend(&mut self, stage: &mut Stage) -> anyhow::Result<()> {
        if !self.acts.is_idle() {
            self.take(Msg::Told("an action runs, and would be stopped half-way: wheelhouse goes on".to_owned()));
            return Ok(());
        }
        if !signals::job_control() {
            self.take(Msg::Told("no shell waits here that could continue wheelhouse: it goes on".to_owned()));
            return Ok(());
        }
        stage.guard.lend();
        stage.signals.stop().await?;
        self.come_back(stage).await
    }

    /// Takes the terminal from the shell, which may have continued this in the background only.
    async fn come_back(&mut self, stage: &mut Stage) -> anyhow::Result<()> {
        while !terminal::in_foreground() {
            if stage.signals.ended() {
                self.quit = true;
                return Ok(());
            }
            stage.signals.stop().await?;
        }
        stage.guard.take_back()?;
        self.resized(&stage.guard)
    }

    /// Gives the terminal to a program of the user's until it ends. What the cluster tells meanwhile is taken in.
    async fn read(
        &mut self,
        stage: &mut Stage,
        reader: Reader,
        documents: &[(String, Arc<Document>)],
    ) -> anyhow::Result<()> {
        let glyphs = self.model.session.setup.glyphs;
        let copy = match handoff::Printed::write(documents, glyphs) {
            Ok(copy) => copy,
            Err(error) => {
                self.take(Msg::Told(format!("no copy for the program can be written: {error}")));
                return Ok(());
            }
        };
        stage.guard.lend();
        let said = match Running::start(&self.programs, reader, copy) {
            Ok(mut running) => self.wait_for(&mut running, &mut stage.signals).await?,
            Err(error) => Some(format!("no shell can be started: {error}")),
        };
        stage.guard.take_back()?;
        self.returned = Some(Instant::now());
        self.resized(&stage.guard)?;
        if let Some(said) = said {
            self.take(Msg::Told(said));
        }
        Ok(())
    }

    async fn wait_for(&mut self, running: &mut Running, signals: &mut Signals) -> anyhow::Result<Option<String>> {
        loop {
            tokio::select! {
                biased;
                ended = running.ended() => return Ok(running.said(ended)),
                asked = signals.next() => match asked {
                    Asked::End => {
                        running.end().await;
                        self.quit = true;
                        return Ok(None);
                    }
                    // The program stops itself, and the shell waits for us.
                    Asked::Stop if signals::job_control() => signals.stop().await?,
                    // Meant for the program, which has it too, or told anew when it has ended.
                    Asked::Stop | Asked::Interrupt | Asked::Continued | Asked::Resized => {}
                },
                msg = self.runner.next() => self.take(msg),
            }
        }
    }

    fn draw(&mut self, guard: &mut Guard) -> anyhow::Result<()> {
        let version = self.model.version();
        if (self.drawn == Some(version) && !self.repaint) || Instant::now() < self.next_frame {
            return Ok(());
        }
        if let Some(text) = self.runner.copied() {
            guard.send(&text);
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

fn abort<T>(task: &mut Option<JoinHandle<T>>) {
    if let Some(task) = task.take() {
        task.abort();
    }
}

/// What is wrong with the user's settings, in a line, and what happens instead.
fn complaint(keymap: &[Fault], theme: &[Fault], settings: &[Fault]) -> Option<String> {
    // What to do stands first: the line may be cut.
    let (what, faults) = match (keymap, theme) {
        ([], []) => ("the settings do not count until they are mended", settings.to_vec()),
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
