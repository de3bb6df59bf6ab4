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
pub mod copy;
pub mod diff;
pub mod document;
pub mod drift;
pub mod fetch;
pub mod filter;
pub mod help;
pub mod journal;
pub mod layout;
pub mod loadable;
pub mod logs;
pub mod managers;
mod message;
pub mod noise;
pub mod offer;
pub mod overlay;
pub mod owners;
pub mod palette;
pub mod picker;
pub mod plan;
pub mod preflight;
pub mod refusal;
pub mod release;
pub mod releases;
pub mod reveal;
pub mod rights;
pub mod rows;
mod run;
mod screen;
pub mod secrets;
pub mod session;
pub mod settings;
pub mod settling;
pub mod text;

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{Context, Key};
use crate::release::{Answer, Problem, Query};

pub use below::below;
use bindings::Found;
use command::CommandId;
pub use layout::{Area, Panes, Size, layout};
pub use message::{Effect, Epoch, Msg, Reader, TaskId};
pub use overlay::Overlay;
use rows::Row;
use run::run;
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
    /// What runs, whatever is shown.
    pub runs: plan::runs::Runs,
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
            runs: plan::runs::Runs::default(),
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
                Some(Screen::Plan(state)) => self.session.row(state.release()),
                Some(Screen::Journal(_)) => None,
                Some(Screen::Release(_) | Screen::Logs(_) | Screen::Blame(_) | Screen::Diff(_)) | None => {
                    self.releases.current(&self.session)
                }
            },
        }
    }

    /// What is selected, in words.
    fn words(&self) -> Option<String> {
        match self.screens.last()? {
            Screen::Preflight(state) => state.passages.current().map(|passage| passage.words.clone()),
            Screen::Plan(state) => state.passages.current().map(|passage| passage.words.clone()),
            Screen::Journal(state) => state.passages.current().map(|passage| passage.words.clone()),
            Screen::Release(_) | Screen::Logs(_) | Screen::Blame(_) | Screen::Diff(_) => self.open_release()?.words(),
        }
    }
}

/// Takes in one message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut out = Vec::new();
    let of_the_cluster = match msg {
        Msg::Clock(_) | Msg::Connected(_) | Msg::Cluster(..) | Msg::Inspected(..) | Msg::Answered(..) => true,
        Msg::Input(_)
        | Msg::Pasted(_)
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
        | Msg::ValuesLaid(..)
        | Msg::Revealed(..)
        | Msg::Tried(..)
        | Msg::Diffing(..)
        | Msg::Diffed(..)
        | Msg::Laid(..)
        | Msg::Planned(..)
        | Msg::Acting(..)
        | Msg::Journaled(..)
        | Msg::Unfinished(..)
        | Msg::Reviewed(..)
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
        Msg::Pasted(text) => {
            pasted(model, &text);
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
            Some(
                Screen::Release(_)
                | Screen::Blame(_)
                | Screen::Preflight(_)
                | Screen::Diff(_)
                | Screen::Plan(_)
                | Screen::Journal(_),
            )
            | None => false,
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
            Some(
                Screen::Release(_)
                | Screen::Logs(_)
                | Screen::Preflight(_)
                | Screen::Diff(_)
                | Screen::Plan(_)
                | Screen::Journal(_),
            )
            | None => false,
        },
        Msg::Preflighted(task, answer) => preflight::answered(model, task, &answer),
        Msg::Tried(task, result) => model.diff_mut().is_some_and(|state| state.tried(task, &result)),
        Msg::Diffing(task, progress) => model.diff_mut().is_some_and(|state| state.progressed(task, progress)),
        Msg::Diffed(task, found) => model.diff_mut().is_some_and(|state| state.diffed(task, &found)),
        Msg::Laid(task, sheet) => model.diff_mut().is_some_and(|state| state.laid(task, &sheet)),
        Msg::ValuesLaid(task, sheet) => model.open_release_mut().is_some_and(|state| state.laid(task, &sheet)),
        Msg::Revealed(task, result) => {
            let now = model.session.now;
            model.open_release_mut().is_some_and(|state| state.revealed(task, result, now))
        }
        Msg::Planned(task, result) => {
            let now = model.session.now;
            model.plan_mut().is_some_and(|state| state.planned(task, &result, now))
        }
        Msg::Acting(task, news) => plan::acting(model, task, news),
        Msg::Journaled(task, result) => journal::told(model, task, result),
        Msg::Unfinished(task, left) => model.session.left.told(task, left),
        Msg::Reviewed(task, answers) => model.session.rights.told(task, answers),
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
    if changed && of_the_cluster {
        model.diff_mut().into_iter().for_each(diff::State::look_again);
    }
    let moved = settle(model, &mut out);
    copy::bound(model, &mut out);
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
    if let Answer::Payload(object, result) = &answer {
        diff::payload_came(model, object, result);
    }
    match (answer, model.open_release_mut()) {
        (Answer::Payload(object, result), Some(state)) => state.payload_came(task, &object, &result),
        (Answer::ValuesFrom(_, sources), Some(state)) => state.sources_came(task, &sources),
        (Answer::Summary(..) | Answer::Controllers(..), Some(_)) | (_, None) => {}
    }
    true
}

fn broken(model: &mut Model, task: TaskId, problem: &Problem) -> bool {
    if let Some(Overlay::Contexts(state)) = &mut model.overlay {
        state.listed(task, Err(problem.clone()));
    }
    let awaited = match model.screens.last_mut() {
        Some(Screen::Blame(state)) => state.broken(task, problem),
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Preflight(_)
            | Screen::Diff(_)
            | Screen::Plan(_)
            | Screen::Journal(_),
        )
        | None => false,
    };
    let now = model.session.now;
    let awaited = awaited || model.plan_mut().is_some_and(|state| state.planned(task, &Err(problem.clone()), now));
    let awaited = awaited || model.diff_mut().is_some_and(|state| state.broken(task, problem));
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
            match &model.overlay {
                // Who types something else wants to stay.
                Some(Overlay::Quit) => {
                    model.overlay = None;
                    input(model, key, out);
                }
                None if is_stray(model, key) => {
                    refusal::show(model, key.to_string(), "it is no key of a plan".to_owned());
                }
                Some(_) | None => edit(model, key),
            }
        }
    }
}

/// Whether a letter is none of a plan's keys: whoever types words there takes it for something else, and a `y` in them would run it.
fn is_stray(model: &Model, key: Key) -> bool {
    let is_plan = matches!(model.screens.last(), Some(Screen::Plan(state)) if state.typing().is_none());
    is_plan && key.typed().is_some()
}

/// Types a key into the line that is open, if one is.
fn edit(model: &mut Model, key: Key) {
    let now = model.session.now;
    match (&mut model.overlay, model.screens.last_mut()) {
        (Some(overlay), _) => overlay.edit(key, now),
        (None, Some(screen)) => screen.edit(key),
        (None, None) => model.releases.edit(&model.session, key),
    }
}

/// Takes in what was pasted. It is text and never keys: where no line is open, it goes nowhere. Its lines are one, and its end
/// accepts nothing.
fn pasted(model: &mut Model, text: &str) {
    model.session.drop_toasts();
    model.typed.clear();
    if model.session.size.is_too_small() {
        return;
    }
    let takes_text = match (&model.overlay, model.context()) {
        (Some(Overlay::Refused(_)), _) => false,
        (_, Context::Prompt | Context::Picker) => true,
        (_, _) => false,
    };
    if !takes_text {
        return model.session.toast("what was pasted was not taken: no line is open to type into".to_owned());
    }
    for c in text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }) {
        edit(model, Key::char(c));
    }
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
        [.., Screen::Plan(state)] => {
            let columns = usize::from(panes.body.width).saturating_sub(2);
            let is_seen = model.overlay.is_none() && !model.session.size.is_too_small();
            state.settle(&model.session, &model.runs, columns, page, is_seen);
        }
        [.., Screen::Journal(state)] => {
            let columns = usize::from(panes.body.width).saturating_sub(2);
            state.settle(&model.session, columns, page);
        }
        [below @ .., Screen::Blame(state)] => {
            let release = below.iter().rev().find_map(Screen::release);
            state.settle(release, page, &mut model.session, out);
        }
        [below @ .., Screen::Diff(state)] => {
            let release = below.iter().rev().find_map(Screen::release);
            state.settle(release, panes.body, &mut model.session, out);
        }
        [] => {}
    }

    let mut wanted = match model.open_release() {
        Some(state) => state.wanted(&model.session, page),
        None if model.session.rows_stand() => model.releases.wanted(&model.session, page),
        None => Vec::new(),
    };
    if let Some(Screen::Diff(state)) = model.screens.last() {
        let mut first = state.wanted(&model.session);
        if let Some(release) = model.open_release().filter(|_| state.is_live_wanted()) {
            first.extend(release.wanted_of_live(&model.session));
        }
        wanted.retain(|query| !first.contains(query));
        wanted.splice(..0, first);
    }
    for (task, query) in model.session.plan_fetches(&wanted, out) {
        match (&query, model.open_release_mut()) {
            (Query::Payload(object), Some(state)) => state.payload_asked(task, object),
            (Query::ValuesFrom(..), Some(state)) => state.sources_asked(task),
            (Query::Summary(_) | Query::Controllers(_), Some(_)) | (_, None) => {}
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
        Some(Screen::Logs(_) | Screen::Diff(_) | Screen::Plan(_) | Screen::Journal(_)) => Vec::new(),
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
        .chain(model.screens.last().and_then(|screen| match screen {
            Screen::Plan(state) => state.next_turn(&model.runs, session.now),
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Diff(_)
            | Screen::Journal(_) => None,
        }))
        .chain(session.toast_until())
        .chain(model.open_release().and_then(release::State::hides_at))
        .filter(|at| *at > session.now)
        .min()
}

#[cfg(test)]
mod tests;
