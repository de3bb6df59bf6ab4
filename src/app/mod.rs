//! The application without a terminal and without a cluster: [`update`] takes a message and answers with effects.
//!
//! Pure: no clock, no I/O, no randomness. Time comes as [`Msg::Clock`]. What is to be done outside is said as an
//! [`Effect`], which is data. Each screen has its state and its update in a file of its own; this file only routes.
//!
//! To add a screen: a module with `State`, a variant of [`Screen`] or [`Overlay`], its commands in [`command::TABLE`],
//! its keys in `keymaps/default.toml`, and a module in `view`.

pub mod age;
pub mod below;
pub mod bindings;
pub mod blame;
pub mod command;
pub mod connection;
pub mod contexts;
pub mod document;
pub mod drift;
pub mod fetch;
pub mod filter;
pub mod help;
pub mod layout;
pub mod loadable;
pub mod logs;
pub mod managers;
mod message;
pub mod offer;
pub mod overlay;
pub mod owners;
pub mod palette;
pub mod picker;
pub mod preflight;
pub mod release;
pub mod releases;
pub mod rows;
mod screen;
pub mod session;
pub mod settling;
pub mod text;

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{Context, Key};
use crate::release::{Answer, Problem, Query};

pub use below::below;
use bindings::Found;
use command::CommandId;
use connection::Health;
pub use layout::{Area, Panes, Size, layout};
pub use message::{Effect, Epoch, Msg, Reader, TaskId};
pub use overlay::Overlay;
use rows::Row;
pub use screen::Screen;
use session::News;
pub use session::{Server, Session, Setup};

/// All that the application knows.
#[derive(Debug)]
pub struct Model {
    /// What every screen shares.
    pub session: Session,
    /// The list.
    pub releases: releases::State,
    /// What was opened from it; the last one is seen.
    pub screens: Vec<Screen>,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// Keys of a sequence that has not ended.
    pub typed: Vec<Key>,
    version: u64,
    wake: Option<Timestamp>,
}

impl Model {
    /// The application before anything happened.
    #[must_use]
    pub fn new(setup: Setup, size: Size, now: Timestamp) -> Self {
        Self {
            session: Session::new(setup, size, now),
            releases: releases::State::default(),
            screens: Vec::new(),
            overlay: None,
            typed: Vec::new(),
            version: 0,
            wake: None,
        }
    }

    /// Grows whenever something visible may have changed: drawing again is needless while it stays.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Where keys count now.
    #[must_use]
    pub fn context(&self) -> Context {
        self.overlay.as_ref().map_or_else(|| self.screen_context(), Overlay::context)
    }

    /// Where keys count below the overlay.
    #[must_use]
    pub fn screen_context(&self) -> Context {
        match self.screens.last() {
            Some(screen) => screen.context(),
            None if self.releases.prompt.is_some() => Context::Prompt,
            None => Context::Releases,
        }
    }

    /// The release that is open, else the one that is selected.
    #[must_use]
    pub fn current_release(&self) -> Option<&Row> {
        match self.open_release() {
            Some(state) => state.row(&self.session),
            None => match self.screens.last() {
                Some(Screen::Preflight(state)) => self.session.row(state.release()?),
                Some(Screen::Release(_) | Screen::Logs(_) | Screen::Blame(_)) | None => {
                    self.releases.current(&self.session)
                }
            },
        }
    }

    /// What is selected, in words.
    fn words(&self) -> Option<String> {
        match self.screens.last()? {
            Screen::Preflight(state) => state.passages.current().map(|passage| passage.words.clone()),
            Screen::Release(_) | Screen::Logs(_) | Screen::Blame(_) => self.open_release()?.words(),
        }
    }
}

/// Takes in one message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut out = Vec::new();
    let of_the_cluster = match msg {
        Msg::Clock(_) | Msg::Connected(_) | Msg::Cluster(..) | Msg::Inspected(..) | Msg::Answered(..) => true,
        Msg::Input(_)
        | Msg::Resized(_)
        | Msg::Trouble(_)
        | Msg::Contexts(..)
        | Msg::Logged(..)
        | Msg::Prepared(..)
        | Msg::Highlighted(..)
        | Msg::Found(..)
        | Msg::Owned(..)
        | Msg::Compared(..)
        | Msg::Traced(..)
        | Msg::Blamed(..)
        | Msg::Preflighted(..)
        | Msg::Broken(..)
        | Msg::Told(_) => false,
    };
    let changed = match msg {
        Msg::Clock(now) => {
            model.session.now = now;
            model.wake.is_some_and(|wake| wake <= now)
        }
        Msg::Input(key) => {
            input(model, key, &mut out);
            true
        }
        Msg::Resized(size) => {
            model.session.size = size;
            true
        }
        Msg::Connected(server) => {
            model.session.connected(server, &mut out);
            true
        }
        Msg::Trouble(problem) => {
            let news = model.session.trouble.as_ref() != Some(&problem);
            model.session.trouble = Some(problem);
            news
        }
        Msg::Contexts(task, result) => {
            let Some(Overlay::Contexts(state)) = &mut model.overlay else { return Vec::new() };
            let news = state.listed(task, result);
            if news && state.accepted {
                state.settle(1);
                run(model, CommandId::Accept, &mut out);
            }
            news
        }
        Msg::Cluster(epoch, changes) => match model.session.take_changes(epoch, changes) {
            News::Nothing => false,
            // Where a release is open, its history and the like are told as they come.
            News::Releases => !model.screens.is_empty(),
            News::Everywhere => true,
        },
        Msg::Inspected(epoch, changes) => model.session.take_inspected(epoch, &changes),
        Msg::Logged(task, news) => match model.screens.last_mut() {
            Some(Screen::Logs(state)) => state.logged(task, news),
            Some(Screen::Release(_) | Screen::Blame(_) | Screen::Preflight(_)) | None => false,
        },
        Msg::Answered(task, answer) => answered(model, task, answer),
        Msg::Prepared(task, document) => model.open_release_mut().is_some_and(|state| state.prepared(task, &document)),
        Msg::Highlighted(task, colours) => {
            model.open_release_mut().is_some_and(|state| state.highlighted(task, &colours))
        }
        Msg::Found(task, matches) => model.open_release_mut().is_some_and(|state| state.found(task, &matches)),
        Msg::Owned(task, known) => owned(model, task, &known),
        Msg::Compared(task, known) => model.open_release_mut().is_some_and(|state| state.compared(task, &known)),
        Msg::Traced(task, since) => model.open_release_mut().is_some_and(|state| state.traced(task, &since)),
        Msg::Blamed(task, sheet) => match model.screens.last_mut() {
            Some(Screen::Blame(state)) => state.blamed(task, &sheet),
            Some(Screen::Release(_) | Screen::Logs(_) | Screen::Preflight(_)) | None => false,
        },
        Msg::Preflighted(task, answer) => preflight::answered(model, task, &answer),
        Msg::Broken(task, problem) => broken(model, task, &problem),
        Msg::Told(text) => {
            model.session.toast(text);
            true
        }
    };
    if changed
        && of_the_cluster
        && let Some(state) = model.open_release_mut()
    {
        state.look_again();
    }
    let moved = settle(model, &mut out);
    if changed || moved {
        model.version += 1;
    }
    out
}

fn owned(model: &mut Model, task: TaskId, known: &Arc<owners::Known>) -> bool {
    let awaited = |state: &mut release::State| state.owned(task, known).then(|| state.id.clone());
    let Some(id) = model.open_release_mut().and_then(awaited) else { return false };
    model.session.found(&id, known.oddities());
    true
}

fn answered(model: &mut Model, task: TaskId, answer: Answer) -> bool {
    if !model.session.take_answer(task, &answer) {
        return false;
    }
    if let (Answer::Payload(object, result), Some(state)) = (answer, model.open_release_mut()) {
        state.payload_came(task, &object, &result);
    }
    true
}

fn broken(model: &mut Model, task: TaskId, problem: &Problem) -> bool {
    if let Some(Overlay::Contexts(state)) = &mut model.overlay {
        state.listed(task, Err(problem.clone()));
    }
    let awaited = match model.screens.last_mut() {
        Some(Screen::Blame(state)) => state.broken(task, problem),
        Some(Screen::Release(_) | Screen::Logs(_) | Screen::Preflight(_)) | None => false,
    };
    let awaited = awaited || model.preflight_mut().is_some_and(|state| state.broken(task, problem));
    awaited || model.open_release_mut().is_some_and(|state| state.broken(task, problem))
}

fn input(model: &mut Model, key: Key, out: &mut Vec<Effect>) {
    // What was said of the last key is no answer to this one.
    model.session.drop_toasts();
    let context = model.context();
    model.typed.push(key);
    let mut found = model.session.setup.bindings.find(context, &model.typed);
    if found == Found::Nothing && model.typed.len() > 1 {
        // A sequence that came to nothing: its last key stands for itself.
        model.typed = vec![key];
        found = model.session.setup.bindings.find(context, &model.typed);
    }
    match found {
        Found::Prefix => {}
        Found::Command(id) => {
            model.typed.clear();
            if id == CommandId::Quit || !model.session.size.is_too_small() {
                run(model, id, out);
            }
        }
        Found::Nothing => {
            model.typed.clear();
            if model.session.size.is_too_small() {
                return;
            }
            match &mut model.overlay {
                // Who types something else wants to stay.
                Some(Overlay::Quit) => {
                    model.overlay = None;
                    input(model, key, out);
                }
                Some(overlay) => overlay.edit(key),
                None => match model.screens.last_mut() {
                    Some(screen) => screen.edit(key),
                    None => model.releases.edit(&model.session, key),
                },
            }
        }
    }
}

/// Runs a command where the keys count now.
fn run(model: &mut Model, id: CommandId, out: &mut Vec<Effect>) {
    if matches!(model.overlay, Some(Overlay::Quit)) && !matches!(id, CommandId::Accept | CommandId::Cancel) {
        // Who does something else wants to stay.
        model.overlay = None;
    }
    if let Some(reason) = command::find(id).and_then(|command| (command.disabled)(model)) {
        model.session.toast(format!("{}: {reason}", command::find(id).map_or(id.name(), |command| command.title)));
        return;
    }
    match id {
        CommandId::Quit => return out.push(Effect::Quit),
        CommandId::Suspend => return out.push(Effect::Suspend),
        CommandId::OpenInPager => return read(model, Reader::Pager, out),
        CommandId::OpenInEditor => return read(model, Reader::Editor, out),
        CommandId::Refresh => return refresh(model, out),
        CommandId::Help if !matches!(model.overlay, Some(Overlay::Help(_))) => {
            model.overlay = Some(Overlay::Help(help::State::new(model.screen_context())));
            return;
        }
        CommandId::Palette if !matches!(model.overlay, Some(Overlay::Quit)) => {
            model.overlay = Some(Overlay::Palette(palette::State::new(model.screen_context())));
            return;
        }
        CommandId::Contexts => {
            let task = model.session.next_task();
            model.overlay = Some(Overlay::Contexts(contexts::State::new(task, model.session.context())));
            return out.push(Effect::ListContexts(task));
        }
        CommandId::CopyName => {
            let name = model.current_release().map(|row| format!("{}/{}", row.release.namespace, row.release.id.name));
            if let Some(name) = name {
                model.session.toast(format!("{name} sent to the terminal's clipboard"));
                out.push(Effect::Copy(name));
            }
            return;
        }
        CommandId::Permanent | CommandId::Undo => {
            model.overlay = offer::open(model, id, out).map(Overlay::Offer);
            return;
        }
        CommandId::CopyIgnoreRule => {
            if let Some(rule) = model.open_release().and_then(|state| state.drift.rule()) {
                let said = "the ignore rule was sent to the terminal's clipboard: for spec.driftDetection.ignore";
                out.push(Effect::Copy(rule.to_string()));
                model.session.toast(said.to_owned());
            }
            return;
        }
        CommandId::CopyLine => {
            if let Some(words) = model.words() {
                model.session.toast("sent to the terminal's clipboard".to_owned());
                out.push(Effect::Copy(words));
            }
            return;
        }
        _ => {}
    }
    let page = layout(model.session.size, model).body.height.into();
    match model.overlay.take() {
        Some(overlay) => overlay.run(model, id, page, out),
        None => run_screen(model, id, page, out),
    }
}

fn read(model: &Model, reader: Reader, out: &mut Vec<Effect>) {
    let shown = model.screens.last().and_then(Screen::release).and_then(|state| state.document(&model.session));
    out.extend(shown.map(|(name, document)| Effect::Read(reader, name, document)));
}

/// Leaves everything that was seen of one cluster for another.
fn switch(model: &mut Model, context: &str, out: &mut Vec<Effect>) {
    model.session.switch(context, out);
    model.releases = releases::State::default();
    while let Some(mut screen) = model.screens.pop() {
        leave(model, &mut screen, out);
    }
    model.typed.clear();
}

fn run_screen(model: &mut Model, id: CommandId, page: usize, out: &mut Vec<Effect>) {
    match (model.screens.last_mut(), id) {
        (Some(Screen::Release(state)), CommandId::Back) => {
            if !state.leave_search() && !state.leave_events() && !state.leave_revision() {
                back(model, out);
            }
        }
        (Some(Screen::Release(state)), CommandId::Open | CommandId::Logs)
            if id == CommandId::Logs || state.tab == release::Tab::Objects =>
        {
            if let Some((pod, containers)) = state.pod() {
                let logs = logs::State::open(pod, containers, &mut model.session, out);
                model.screens.push(Screen::Logs(Box::new(logs)));
            }
        }
        (Some(Screen::Release(state)), CommandId::Blame | CommandId::Open)
            if id == CommandId::Blame
                || (state.tab == release::Tab::Owners && state.owners.meant().is_some())
                || state.tab == release::Tab::Drift =>
        {
            if let Some((object, field)) = state.blamed() {
                model.screens.push(Screen::Blame(Box::new(blame::State::open(object, field))));
            }
        }
        (Some(Screen::Release(state)), _) => state.run(&model.session, id, page),
        (Some(Screen::Logs(state)), CommandId::Back) => {
            if !state.leave_search() {
                back(model, out);
            }
        }
        (Some(Screen::Logs(state)), _) => state.run(&mut model.session, id, page, out),
        (Some(Screen::Preflight(_)), CommandId::Back) => back(model, out),
        (Some(Screen::Preflight(_)), CommandId::Open) => preflight::open_found(model),
        (Some(Screen::Preflight(state)), _) => state.run(id, page),
        (Some(Screen::Blame(state)), CommandId::Back) => {
            if !state.leave_search() {
                back(model, out);
            }
        }
        (Some(Screen::Blame(state)), _) => state.run(id, page),
        (
            None,
            CommandId::Open
            | CommandId::Why
            | CommandId::Owners
            | CommandId::Drift
            | CommandId::History
            | CommandId::Values
            | CommandId::Events,
        ) => {
            if let Some(row) = model.releases.current(&model.session) {
                let mut state = release::State::open(row);
                if id != CommandId::Open {
                    state.run(&model.session, id, page);
                }
                model.screens.push(Screen::Release(Box::new(state)));
            }
        }
        (None, CommandId::Preflight | CommandId::PreflightAll) => {
            let rows = match id {
                CommandId::PreflightAll => model.releases.listed(&model.session),
                _ => model.releases.meant(&model.session),
            };
            if !rows.is_empty() {
                let state = preflight::State::open(rows, &mut model.session, out);
                model.screens.push(Screen::Preflight(Box::new(state)));
            }
        }
        (None, CommandId::Namespaces) => model.overlay = Some(Overlay::Namespaces(picker::State::default())),
        (None, CommandId::Sort) => {
            model.overlay = Some(Overlay::Sort(releases::sort::State::new(model.releases.sort)));
        }
        (None, CommandId::AllNamespaces) => {
            look_at(model, &picker::Choice::All, out);
        }
        (None, CommandId::Back) => {
            if model.releases.clear_marks() || model.releases.clear_filter(&model.session) {
            } else if model.session.is_narrowed() {
                look_at(model, &picker::Choice::All, out);
            } else {
                model.overlay = Some(Overlay::Quit);
            }
        }
        (None, _) => model.releases.run(&model.session, id, page),
    }
}

/// Leaves the screen that is seen.
fn back(model: &mut Model, out: &mut Vec<Effect>) {
    if let Some(mut screen) = model.screens.pop() {
        leave(model, &mut screen, out);
    }
}

/// Ends what was read for a screen alone.
fn leave(model: &mut Model, screen: &mut Screen, out: &mut Vec<Effect>) {
    match screen {
        Screen::Release(_) => model.session.leave(out),
        Screen::Logs(state) => state.leave(out),
        Screen::Preflight(state) => state.leave(out),
        Screen::Blame(_) => {}
    }
}

/// Shows one namespace or all, from the worst release on.
fn look_at(model: &mut Model, choice: &picker::Choice, out: &mut Vec<Effect>) {
    model.session.look_at(choice, out);
    model.releases.start_over(&model.session);
}

/// Lets what failed be asked for again: the payloads of what is on the screen now, else what was forbidden.
fn refresh(model: &mut Model, out: &mut Vec<Effect>) {
    let failed = match model.screens.last_mut() {
        Some(Screen::Release(state)) => state.retry(&model.session),
        Some(Screen::Logs(state)) => {
            let again = state.retry(&mut model.session, out);
            let text = if again { "reading it again" } else { "it is being read: lines appear as they are written" };
            return model.session.toast(text.to_owned());
        }
        Some(Screen::Preflight(state)) => {
            state.again(&mut model.session, out);
            return model.session.toast("asking again".to_owned());
        }
        Some(Screen::Blame(state)) => {
            state.retry();
            Vec::new()
        }
        None => model.releases.failed_on_screen(&model.session, layout(model.session.size, model).body.height.into()),
    };
    let text = match connection::health(&model.session) {
        _ if !failed.is_empty() => "trying again",
        Health::NoCluster | Health::Connecting | Health::Stale(_) => "it is being tried again all the time already",
        Health::Loading => "still loading",
        Health::Live if connection::anything_forbidden(&model.session) => {
            model.session.watch_anew(out);
            "reading everything anew, with the rights of now"
        }
        Health::Live => "nothing to try again: everything shown is watched",
    };
    model.session.toast(text.to_owned());
    model.session.fetches.retry(failed);
}

/// Brings everything that follows from what was taken in up to date: rows, selection, fetches, the next waking. Whether
/// any row is another one than before.
fn settle(model: &mut Model, out: &mut Vec<Effect>) -> bool {
    model.session.expire_toasts();
    let moved = model.session.rebuild_rows();
    if moved {
        model.releases.refilter(&model.session);
        if let Some(state) = model.open_release_mut() {
            state.look_again();
        }
    }
    model.releases.settle(&model.session, layout::list_height(model.session.size, model));
    follow(model, out);
    let panes = layout(model.session.size, model);
    let page = panes.body.height.into();
    if let Some(overlay) = &mut model.overlay {
        overlay.settle(&model.session, page);
    }
    match model.screens.as_mut_slice() {
        [.., Screen::Release(state)] => state.settle(&mut model.session, panes.body, out),
        [below @ .., Screen::Logs(state)] => {
            let release = below.iter().rev().find_map(Screen::release);
            state.settle(release, panes.body, model.session.setup.glyphs);
        }
        [.., Screen::Preflight(state)] => {
            let columns = usize::from(panes.body.width).saturating_sub(2);
            state.settle(&model.session, columns, page);
        }
        [below @ .., Screen::Blame(state)] => {
            let release = below.iter().rev().find_map(Screen::release);
            state.settle(release, page, &mut model.session, out);
        }
        [] => {}
    }

    let wanted = match model.open_release() {
        Some(state) => state.wanted(&model.session, page),
        None if model.session.rows_stand() => model.releases.wanted(&model.session, page),
        None => Vec::new(),
    };
    for (task, query) in model.session.plan_fetches(&wanted, out) {
        if let (Query::Payload(object), Some(state)) = (&query, model.open_release_mut()) {
            state.payload_asked(task, object);
        }
        out.push(Effect::Fetch(task, query));
    }

    let wake = next_wake(model, page);
    if wake != model.wake {
        model.wake = wake;
        out.extend(wake.map(Effect::WakeAt));
    }
    moved
}

/// Brings the open release up to date before anything is laid out: how much room its title takes follows from it.
fn follow(model: &mut Model, out: &mut Vec<Effect>) {
    if let Some(state) = model.screens.iter_mut().rev().find_map(Screen::release_mut) {
        state.follow(&mut model.session, out);
    }
}

/// When something that is shown next reads differently.
fn next_wake(model: &Model, page: usize) -> Option<Timestamp> {
    let session = &model.session;
    let shown = match model.screens.last() {
        Some(Screen::Release(state)) => state.times(session, page),
        Some(Screen::Logs(_)) => Vec::new(),
        Some(Screen::Blame(state)) => state.times(),
        Some(Screen::Preflight(state)) => vec![state.made],
        None => model.releases.times(session, page),
    };
    // All ages move together, once a minute: forty rows would else wake the terminal every second or two.
    let ages =
        shown.into_iter().filter_map(|since| age::coarse_change(since, session.now)).filter_map(age::whole_minute);
    let patience = if session.rows_stand() { None } else { Some(session.patience_ends()) };
    ages.chain(connection::next_change(session))
        .chain(model.releases.next_turn())
        .chain(session.next_turn())
        .chain(session.open.as_ref().and_then(|open| open.world.next_turn(session.now)))
        .chain(patience)
        .chain(session.toast_until())
        .filter(|at| *at > session.now)
        .min()
}

#[cfg(test)]
mod tests;
