//! Why an action, or a command of its plan, cannot be used now.

use crate::app::command::CommandId;
use crate::app::{Model, Screen, rights};
use crate::plan::Action;
use crate::release::Release;
use crate::release::payload::ReleaseStatus;

use super::moment::TOO_SOON;
use super::open::is_suspended;
use super::{Stage, State, many};

const NO_RELEASE: &str = "no release is selected";
const FORBIDDEN: &str = "what is stored of it may not be read";
const NATIVE: &str = "Helm alone manages it, and Flux does not";

/// Why Flux cannot be asked for a reconcile of any sort.
pub(in crate::app) fn reconcilable(model: &Model) -> Option<&'static str> {
    awake(model).or_else(|| forbidden(model, CommandId::Reconcile))
}

/// The same, with its source.
pub(in crate::app) fn with_source(model: &Model) -> Option<&'static str> {
    awake(model).or_else(|| forbidden(model, CommandId::ReconcileSource))
}

fn awake(model: &Model) -> Option<&'static str> {
    if many::open::is_meant(model) {
        return many::available::of_flux(model);
    }
    of_release(model, |release| match is_suspended(release) {
        _ if release.helm_release.is_none() => Some(NATIVE),
        true => Some("it is suspended, and the request would be burnt: resume it first"),
        false => None,
    })
}

/// Why it can be neither suspended nor resumed.
pub(in crate::app) fn of_flux(model: &Model) -> Option<&'static str> {
    if many::open::is_meant(model) {
        return many::available::of_flux(model);
    }
    let of_flux = of_release(model, |release| release.helm_release.is_none().then_some(NATIVE));
    of_flux.or_else(|| forbidden(model, CommandId::SuspendRelease))
}

/// Why there is nothing to roll back to.
pub(in crate::app) fn revisions(model: &Model) -> Option<&'static str> {
    let stored = of_one_release(model, |release| match release.revisions {
        _ if release.storage_forbidden => Some(FORBIDDEN),
        0 => Some("no stored revision is known"),
        1 => Some("there is one revision only"),
        _ => None,
    });
    stored.or_else(|| forbidden(model, CommandId::RollBack))
}

/// Why there is nothing to unlock.
pub(in crate::app) fn pending(model: &Model) -> Option<&'static str> {
    let pending = of_one_release(model, |release| {
        let is_pending = release.status.as_ref().is_some_and(ReleaseStatus::is_pending);
        (!is_pending).then_some("its newest revision is not pending")
    });
    pending.or_else(|| forbidden(model, CommandId::Unlock))
}

/// Why no manager can be taken off.
pub(in crate::app) fn stored(model: &Model) -> Option<&'static str> {
    of_one_release(model, |release| match release.latest {
        _ if release.storage_forbidden => Some(FORBIDDEN),
        Some(_) => None,
        None => Some("no stored revision is known"),
    })
}

/// Of what is not done to several at once.
fn of_one_release(model: &Model, why: fn(&Release) -> Option<&'static str>) -> Option<&'static str> {
    if many::open::is_meant(model) { Some(many::available::ONE) } else { of_release(model, why) }
}

/// The verb that is known to be missing for what a command surely writes.
fn forbidden(model: &Model, id: CommandId) -> Option<&'static str> {
    let release = &model.current_release()?.release;
    model.session.rights.missing(&rights::of(id, release)).map(rights::reason)
}

fn of_release(model: &Model, why: fn(&Release) -> Option<&'static str>) -> Option<&'static str> {
    match model.current_release() {
        Some(row) => why(&row.release),
        None => Some(NO_RELEASE),
    }
}

fn open(model: &Model) -> Option<&State> {
    match model.screens.last()? {
        Screen::Plan(state) => Some(state),
        Screen::Release(_)
        | Screen::Logs(_)
        | Screen::Blame(_)
        | Screen::Preflight(_)
        | Screen::Many(_)
        | Screen::Diff(_)
        | Screen::Journal(_) => None,
    }
}

/// Why the plan cannot be run: a verb that is missing is named.
pub(in crate::app) fn runnable(model: &Model) -> Option<&'static str> {
    if let Some(Screen::Many(state)) = model.screens.last() {
        return state.unrunnable(model.session.now);
    }
    let Some(state) = open(model) else { return Some("only for a plan") };
    match &state.stage {
        _ if state.is_of_many => Some("it runs together with the others: go back"),
        Stage::Planning(..) => Some("it is not planned yet"),
        Stage::Unplanned(_) => Some("it cannot be planned"),
        Stage::Acted(..) => Some("it was run; refresh plans it anew"),
        Stage::Planned(plan, _) => {
            if plan.unmet().next().is_some() {
                return Some("a condition is not met");
            }
            if let Some(needed) = plan.missing_rights().next() {
                return Some(match needed.right.verb {
                    "create" => "the right to create is missing",
                    "update" => "the right to update is missing",
                    "patch" => "the right to patch is missing",
                    "delete" => "the right to delete is missing",
                    _ => "a right is missing",
                });
            }
            if state.has_changed {
                return Some("the release has changed since; refresh plans it anew");
            }
            (!state.moment.has_passed(model.session.now)).then_some(TOO_SOON)
        }
    }
}

/// Why nothing can be stopped.
pub(in crate::app) fn stoppable(model: &Model) -> Option<&'static str> {
    if let Some(Screen::Many(state)) = model.screens.last() {
        return state.unstoppable(&model.runs);
    }
    let task = match open(model).map(|state| &state.stage) {
        Some(Stage::Acted(task, _)) => *task,
        Some(Stage::Planning(..) | Stage::Unplanned(_) | Stage::Planned(..)) | None => {
            return Some("nothing runs here");
        }
    };
    match model.runs.get(task) {
        Some(run) if run.ended.is_none() && run.of.is_some() => Some("all of them are stopped together: go back"),
        Some(run) if run.ended.is_none() && !run.is_stopping => None,
        Some(run) if run.ended.is_none() => Some("it is being stopped"),
        Some(_) | None => Some("it has ended"),
    }
}

/// Why there is neither a command nor a change to copy.
pub(in crate::app) fn command(model: &Model) -> Option<&'static str> {
    if let Some(Screen::Many(state)) = model.screens.last() {
        return state.commands().next().is_none().then_some("no command does the same");
    }
    let has_one =
        open(model).and_then(State::plan).is_some_and(|plan| plan.proposal.is_some() || !plan.commands.is_empty());
    (!has_one).then_some("no command does the same")
}

/// Why there is no older revision to roll back to.
pub(in crate::app) fn older(model: &Model) -> Option<&'static str> {
    target(model, CommandId::OlderTarget, "no older revision is stored")
}

/// Why there is no newer one but the newest.
pub(in crate::app) fn newer(model: &Model) -> Option<&'static str> {
    target(model, CommandId::NewerTarget, "no newer revision is stored but the newest")
}

fn target(model: &Model, id: CommandId, none: &'static str) -> Option<&'static str> {
    option(model).or_else(|| match open(model)?.target() {
        None => Some("it is not known yet to which revision: the history chooses one"),
        Some(_) => open(model)?.other_target(id, &model.session).is_none().then_some(none),
    })
}

/// Why there is no other way to go.
pub(in crate::app) fn way(model: &Model) -> Option<&'static str> {
    let has_ways = open(model).and_then(State::plan).is_some_and(|plan| !plan.ways.is_empty());
    option(model).or_else(|| (!has_ways).then_some("Helm alone manages it: there is one way"))
}

/// Why an option of a rollback cannot be turned round.
pub(in crate::app) fn option(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if !matches!(state.action, Action::Rollback(_)) => Some("only for a rollback"),
        Some(state) if matches!(state.stage, Stage::Acted(..)) => Some("it was run; refresh plans it anew"),
        Some(_) => None,
        None => Some("only for a plan"),
    }
}
