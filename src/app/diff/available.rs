//! Why a command of a comparison cannot be used now.

use strum::IntoEnumIterator as _;

use crate::app::{Model, Screen};
use crate::diff::Part;

/// Why there is no document that differs at the cursor.
pub(in crate::app) fn difference_selected(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Diff(state)) => state.block().is_none().then_some("nothing differs here"),
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Journal(_),
        )
        | None => Some("only for a comparison"),
    }
}

/// Why there is no other part to turn to.
pub(in crate::app) fn other_part(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Diff(state)) => {
            let sheet = state.sheet.as_ref();
            let is_other = |part: Part| part != state.part && sheet.is_some_and(|sheet| sheet.count(part) > 0);
            (!Part::iter().any(is_other)).then_some("no other part differs")
        }
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Journal(_),
        )
        | None => Some("only for a comparison"),
    }
}

/// Why there is no noise to show or to hide.
pub(in crate::app) fn noise_found(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Diff(state)) => match &state.sheet {
            None => Some("nothing is compared yet"),
            Some(sheet) => sheet.hidden.rules.is_empty().then_some("no noise rule hides anything here"),
        },
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Journal(_),
        )
        | None => Some("only for a comparison"),
    }
}

/// Why nothing is compared.
pub(in crate::app) fn compared(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Diff(state)) => state.diff.is_none().then_some("nothing is compared yet"),
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Journal(_),
        )
        | None => Some("only for a comparison"),
    }
}
