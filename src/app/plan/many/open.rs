//! From the marks of the list to the plans of all that are marked, and from a row to its plan.

use std::sync::Arc;

use super::{Item, Stage, State};
use crate::app::command::CommandId;
use crate::app::plan::ask::{self, Question};
use crate::app::plan::open::{action, is_suspended};
use crate::app::plan::{self as one, menu};
use crate::app::{Effect, Model, Overlay, Screen};
use crate::plan::Action;
use crate::release::{Problem, ProblemKind, Release, ReleaseId};

/// Whether an action is for all that are marked in the list.
pub(in crate::app) fn is_meant(model: &Model) -> bool {
    model.screens.is_empty() && model.releases.marked_rows(&model.session).next().is_some()
}

/// Opens the menu, asks, or plans, for all that are marked. What runs already for all of them is shown instead.
pub(in crate::app) fn open(model: &mut Model, id: CommandId, out: &mut Vec<Effect>) {
    model.overlay = None;
    let marked: Vec<&Release> = model.releases.marked_rows(&model.session).map(|row| &row.release).collect();
    let context = model.session.context().unwrap_or_default();
    let going_on = |release: &&Release| model.runs.many_going_on(&context, &release.id);
    if let Some(run) = marked.iter().find_map(going_on) {
        let state = State::of_run(run);
        return model.screens.push(Screen::Many(Box::new(state)));
    }
    let mut of_flux = marked.iter().filter(|release| release.helm_release.is_some());
    let all_suspended = of_flux.all(|release| is_suspended(release));
    match id {
        CommandId::Actions => {
            let name = if marked.len() == 1 {
                "1 marked release".to_owned()
            } else {
                format!("{} marked releases", marked.len())
            };
            model.overlay = Some(Overlay::Actions(menu::State::new(name, model)));
        }
        // Who wants to resume some of them filters for has:suspended.
        CommandId::SuspendRelease if !all_suspended => {
            model.overlay = Some(Overlay::Ask(ask::State::new(Question::Reason, "")));
        }
        _ => {
            if let Some(action) = action(model, id) {
                plan(model, action, out);
            }
        }
    }
}

/// Asks for the plans of all that are marked.
pub(in crate::app) fn plan(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    let context = model.session.context().unwrap_or_default();
    let item = |release: &Release| {
        let busy = model.runs.going_on(&context, &release.id).map(|run| {
            let problem = Problem::new(ProblemKind::Busy, format!("it is being run already: {}", run.plan.title));
            Err(problem.hint("plan anew when that has ended"))
        });
        Item { release: Arc::new(release.clone()), planned: busy }
    };
    let items = model.releases.marked_rows(&model.session).map(|row| item(&row.release)).collect();
    let state = State::open(items, action, &mut model.session, out);
    model.screens.push(Screen::Many(Box::new(state)));
}

/// The run of many in which a release has no result yet.
pub(in crate::app::plan) fn going_on(model: &Model, release: &ReleaseId) -> Option<State> {
    let context = model.session.context().unwrap_or_default();
    model.runs.many_going_on(&context, release).map(State::of_run)
}

/// Opens the plan of the selected row, or its run.
pub(in crate::app) fn open_row(model: &mut Model) {
    let Some(Screen::Many(state)) = model.screens.last() else { return };
    let Some((place, item)) = state.current() else { return };
    let release = Arc::clone(&item.release);
    let run = state.task().and_then(|task| {
        let row = model.runs.many(task)?.row_of(place)?;
        model.runs.rows_of(task).remove(&row)
    });
    let made = match &state.stage {
        Stage::Planned { made, .. } => *made,
        Stage::Planning { .. } | Stage::Acted(_) => model.session.now,
    };
    let opened = match (run, &item.planned) {
        (Some(run), _) => one::State::of_run(release, run),
        (None, Some(planned)) => one::State::of_planned(release, state.action.clone(), planned.clone(), made),
        (None, None) => return,
    };
    model.screens.push(Screen::Plan(Box::new(opened)));
}
