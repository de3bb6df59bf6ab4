//! Why an action, or a command of the screen, cannot be used now.

use jiff::Timestamp;

use super::{Stage, State};
use crate::app::plan::moment::TOO_SOON;
use crate::app::plan::runs::Runs;
use crate::app::{Model, Screen};

/// Why one action is not offered for several.
pub(in crate::app::plan) const ONE: &str = "only for one release: take the marks away first";

/// Why Flux can be asked for nothing.
pub(in crate::app::plan) fn of_flux(model: &Model) -> Option<&'static str> {
    let mut marked = model.releases.marked_rows(&model.session);
    let has_one = marked.any(|row| row.release.helm_release.is_some());
    (!has_one).then_some("Helm alone manages all that are marked, and Flux does not")
}

/// Why it cannot be chosen what a failure does.
pub(in crate::app) fn choosable(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Many(state)) => match state.stage {
            Stage::Planning { .. } | Stage::Planned { .. } => None,
            Stage::Acted(_) => Some("they were begun already"),
        },
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Diff(_)
            | Screen::Plan(_)
            | Screen::Journal(_),
        )
        | None => Some("only for plans of many releases"),
    }
}

impl State {
    /// Why the plans cannot be run.
    pub(in crate::app::plan) fn unrunnable(&self, now: Timestamp) -> Option<&'static str> {
        match &self.stage {
            Stage::Planning { .. } => Some("they are not planned yet"),
            Stage::Planned { many, .. } if many.waiting() == 0 => Some("none of them can be run"),
            Stage::Planned { .. } => (!self.moment.has_passed(now)).then_some(TOO_SOON),
            Stage::Acted(_) => Some("they were run; refresh plans them anew"),
        }
    }

    /// Why nothing can be stopped.
    pub(in crate::app::plan) fn unstoppable(&self, runs: &Runs) -> Option<&'static str> {
        let Some(task) = self.task() else { return Some("nothing runs here") };
        match runs.many(task) {
            Some(run) if run.ended.is_some() => Some("they have ended"),
            Some(run) => run.is_stopping.then_some("they are being stopped"),
            None => Some("they have ended"),
        }
    }

    /// Why there is no plan to open.
    pub(in crate::app) fn openable(&self) -> Option<&'static str> {
        match self.current().map(|(_, item)| &item.planned) {
            Some(Some(_)) => None,
            Some(None) => Some("it is not planned yet"),
            None => Some("no release is selected"),
        }
    }
}
