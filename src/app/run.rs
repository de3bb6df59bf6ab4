//! What a command does, wherever the keys count at the moment.

use super::command::{self, CommandId};
use super::connection::{self, Health};
use super::overlay::Overlay;
use super::{
    Effect, Model, Reader, Screen, blame, contexts, diff, help, journal, layout, logs, offer, palette, picker, plan,
    preflight, refusal, release, releases,
};

/// Runs a command where the keys count now.
pub(super) fn run(model: &mut Model, id: CommandId, out: &mut Vec<Effect>) {
    if matches!(model.overlay, Some(Overlay::Quit)) && !matches!(id, CommandId::Accept | CommandId::Cancel) {
        // Who does something else wants to stay.
        model.overlay = None;
    }
    if let Some(reason) = command::find(id).and_then(|command| (command.disabled)(model)) {
        return refusal::refuse(model, id, reason);
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
        CommandId::Actions
        | CommandId::Reconcile
        | CommandId::ReconcileSource
        | CommandId::Reset
        | CommandId::Force
        | CommandId::SuspendRelease
        | CommandId::RollBack
        | CommandId::Unlock
        | CommandId::Disown => return plan::open::open(model, id, out),
        CommandId::Journal => {
            model.overlay = None;
            model.runs.dismiss();
            model.session.left.dismiss();
            return journal::open(model, out);
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
            let revealed = model.open_release().filter(|state| state.is_tree()).and_then(|state| state.tree.revealed());
            if let Some(value) = revealed.cloned() {
                model.session.toast("the revealed value was sent to the terminal".to_owned());
                return out.push(Effect::CopyRevealed(value));
            }
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
pub(super) fn switch(model: &mut Model, context: &str, out: &mut Vec<Effect>) {
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
            if !state.conceal() && !state.leave_search() && !state.leave_events() && !state.leave_revision() {
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
        (Some(Screen::Release(_)) | None, CommandId::Diff) => diff::open(model, diff::ends::meant),
        (Some(Screen::Release(_)) | None, CommandId::DiffLive) => diff::open(model, diff::ends::with_live),
        (Some(Screen::Release(state)), CommandId::Mark) => {
            let rows = release::history::rows(&model.session, &state.id);
            state.history.mark(&rows).into_iter().for_each(|said| model.session.toast(said));
        }
        (Some(Screen::Release(state)), CommandId::Reveal) => state.reveal(&mut model.session, out),
        (Some(Screen::Release(state)), _) => state.run(&model.session, id, page),
        (Some(Screen::Diff(state)), CommandId::Back) => {
            if !state.leave_search() {
                let is_from_list = state.is_from_list();
                back(model, out);
                if is_from_list {
                    back(model, out);
                }
            }
        }
        (Some(Screen::Diff(state)), CommandId::OldSide | CommandId::NewSide) => {
            let which = if id == CommandId::OldSide { diff::choice::Which::Old } else { diff::choice::Which::New };
            model.overlay = Some(Overlay::Ends(state.ends(which)));
        }
        (Some(Screen::Diff(state)), _) => state.run(id, page, &mut model.session, out),
        (Some(Screen::Logs(state)), CommandId::Back) => {
            if !state.leave_search() {
                back(model, out);
            }
        }
        (Some(Screen::Logs(state)), _) => state.run(&mut model.session, id, page, out),
        (Some(Screen::Plan(_) | Screen::Journal(_)), CommandId::Back) => back(model, out),
        (Some(Screen::Plan(state)), _) => state.run(id, page, &mut model.session, &mut model.runs, out),
        (Some(Screen::Journal(_)), CommandId::GoOn) => journal::go_on(model, out),
        (Some(Screen::Journal(state)), _) => state.run(id, page),
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
            | CommandId::Timeline
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
            let (runs, left) = (model.runs.dismiss(), model.session.left.dismiss());
            if runs || left || model.releases.clear_marks() || model.releases.clear_filter(&model.session) {
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
        Screen::Diff(state) => state.leave(out),
        Screen::Plan(state) => state.leave(&mut model.runs, out),
        Screen::Journal(state) => state.leave(out),
        Screen::Blame(_) => {}
    }
}

/// Shows one namespace or all, from the worst release on.
pub(super) fn look_at(model: &mut Model, choice: &picker::Choice, out: &mut Vec<Effect>) {
    model.session.look_at(choice, out);
    model.releases.start_over(&model.session);
}

/// Lets what failed be asked for again: the payloads of what is on the screen now, else what was forbidden. Rights may have been
/// given since.
fn refresh(model: &mut Model, out: &mut Vec<Effect>) {
    model.session.rights.forget();
    let mut reads = false;
    let failed = match model.screens.last_mut() {
        Some(Screen::Release(state)) => {
            reads = state.tab == release::Tab::Values && state.tree.read_again();
            state.retry(&model.session)
        }
        Some(Screen::Logs(state)) => {
            let again = state.retry(&mut model.session, out);
            let text = if again { "reading it again" } else { "it is being read: lines appear as they are written" };
            return model.session.toast(text.to_owned());
        }
        Some(Screen::Preflight(state)) => {
            state.again(&mut model.session, out);
            return model.session.toast("asking again".to_owned());
        }
        Some(Screen::Plan(state)) => return state.again(&mut model.session, &mut model.runs, out),
        Some(Screen::Journal(state)) => return state.again(&mut model.session, out),
        Some(Screen::Blame(state)) => {
            state.retry();
            Vec::new()
        }
        Some(Screen::Diff(state)) => state.retry(),
        None => model.releases.failed_on_screen(&model.session, layout(model.session.size, model).body.height.into()),
    };
    let text = match connection::health(&model.session) {
        _ if !failed.is_empty() => "trying again",
        _ if reads => "reading anew what valuesFrom refers to",
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
