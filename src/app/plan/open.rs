//! From a key to a plan: of which release, and with what that has to be asked first.

use std::sync::Arc;

use crate::app::command::{self, CommandId};
use crate::app::release::{Tab, history};
use crate::app::{Effect, Model, Overlay, Screen, refusal, rights};
use crate::ownership::found::Kind;
use crate::ownership::report::Told;
use crate::plan::Action;
use crate::plan::action::Rollback;
use crate::release::Release;

use super::State;
use super::ask::{self, Question};
use super::menu;

/// Opens the menu, asks, or plans. What runs already for the release is shown instead of a second plan.
pub(in crate::app) fn open(model: &mut Model, id: CommandId, out: &mut Vec<Effect>) {
    let Some(release) = model.current_release().map(|row| row.release.clone()) else { return };
    let context = model.session.context().unwrap_or_default();
    if let Some(run) = model.runs.going_on(&context, &release.id).filter(|_| id != CommandId::Actions) {
        let asks = id == CommandId::Disown || id == CommandId::SuspendRelease && !is_suspended(&release);
        if asks {
            let reason = format!("a run of this release goes on: {}", run.plan.title);
            let title = command::find(id).map_or(id.name(), |row| row.title);
            return refusal::show(model, title.to_owned(), reason);
        }
        model.overlay = None;
        let state = State::of_run(Arc::new(release), run);
        return model.screens.push(Screen::Plan(Box::new(state)));
    }
    // Beside what was left behind there is nothing to ask.
    let left_by = leftover(model).filter(|_| id == CommandId::Disown && model.overlay.is_none());
    model.overlay = None;
    match id {
        CommandId::Actions => {
            rights::ask(&mut model.session, &release, out);
            let name = format!("{}/{}", release.namespace, release.id.name);
            model.overlay = Some(Overlay::Actions(menu::State::new(name, model)));
        }
        CommandId::SuspendRelease if !is_suspended(&release) => {
            model.overlay = Some(Overlay::Ask(ask::State::new(Question::Reason, "")));
        }
        CommandId::Disown if left_by.is_some() => {
            let manager = left_by.unwrap_or_default();
            plan(model, release, Action::Disown { manager }, out);
        }
        CommandId::Disown => {
            let manager = former_manager(model).unwrap_or_default();
            model.overlay = Some(Overlay::Ask(ask::State::new(Question::Manager, &manager)));
        }
        _ => {
            if let Some(action) = action(model, id) {
                plan(model, release, action, out);
            }
        }
    }
}

/// Takes what was typed. What is missing is said, and asked again.
pub(in crate::app) fn answered(model: &mut Model, asked: ask::State, out: &mut Vec<Effect>) {
    match (asked.answer(), model.current_release().map(|row| row.release.clone())) {
        (Ok(action), Some(release)) => plan(model, release, action, out),
        (Err(missing), Some(_)) => {
            model.session.toast(missing.to_owned());
            model.overlay = Some(Overlay::Ask(asked));
        }
        (_, None) => model.session.toast("the release is not there any more".to_owned()),
    }
}

pub(in crate::app) fn plan(model: &mut Model, release: Release, action: Action, out: &mut Vec<Effect>) {
    let state = State::open(Arc::new(release), action, &mut model.session, out);
    model.screens.push(Screen::Plan(Box::new(state)));
}

/// What a command asks for without more questions.
fn action(model: &Model, id: CommandId) -> Option<Action> {
    match id {
        CommandId::Reconcile => Some(Action::Reconcile { with_source: false }),
        CommandId::ReconcileSource => Some(Action::Reconcile { with_source: true }),
        CommandId::Reset => Some(Action::Reset),
        CommandId::Force => Some(Action::Force),
        CommandId::SuspendRelease => Some(Action::Resume),
        CommandId::RollBack => Some(Action::Rollback(Rollback { to: chosen_revision(model), ..Rollback::default() })),
        CommandId::Unlock => Some(Action::Unlock),
        _ => None,
    }
}

/// The revision at the cursor of the history; elsewhere the plan suggests one.
fn chosen_revision(model: &Model) -> Option<u32> {
    match model.screens.last()? {
        Screen::Release(state) if state.tab == Tab::History => {
            let rows = history::rows(&model.session, &state.id);
            let chosen = state.history.chosen(&rows).filter(|row| row.stored.is_some() && row.gap.is_none())?;
            Some(chosen.revision.get())
        }
        Screen::Release(_)
        | Screen::Logs(_)
        | Screen::Blame(_)
        | Screen::Preflight(_)
        | Screen::Diff(_)
        | Screen::Plan(_)
        | Screen::Journal(_) => None,
    }
}

/// Who holds the field at the cursor, where it was left behind.
#[must_use]
pub fn leftover(model: &Model) -> Option<String> {
    let (told, holder) = finding(model)?;
    (told.finding.kind == Kind::Leftover).then_some(holder)
}

/// Who holds the field at the cursor.
fn former_manager(model: &Model) -> Option<String> {
    finding(model).map(|(_, holder)| holder)
}

/// What was found of the field at the cursor, and its first holder.
fn finding(model: &Model) -> Option<(&Told, String)> {
    let known = model.open_release()?.owners.known.as_deref()?;
    let (object, field) = match model.screens.last()? {
        Screen::Release(state) if state.tab == Tab::Owners => state.owners.meant()?,
        Screen::Release(_)
        | Screen::Logs(_)
        | Screen::Blame(_)
        | Screen::Preflight(_)
        | Screen::Diff(_)
        | Screen::Plan(_)
        | Screen::Journal(_) => return None,
    };
    let report = known.report.objects.iter().find(|report| report.id() == object)?;
    let told = report.told.iter().find(|told| Some(told.finding.path.to_string()) == field)?;
    let holder = report.blame.entries.get(*told.finding.holders.first()?)?;
    Some((told, holder.manager.clone()))
}

pub(super) fn is_suspended(release: &Release) -> bool {
    release.helm_release.as_ref().is_some_and(|object| object.suspended)
}
