//! Why a command of a comparison cannot be used now.

use strum::IntoEnumIterator as _;

use crate::app::Model;
use crate::diff::Part;

const ELSEWHERE: Option<&str> = Some("only for a comparison");

/// Why there is no document that differs at the cursor.
pub(in crate::app) fn difference_selected(model: &Model) -> Option<&'static str> {
    let Some(state) = model.diff() else { return ELSEWHERE };
    state.block().is_none().then_some("nothing differs here")
}

/// Why there is no other part to turn to.
pub(in crate::app) fn other_part(model: &Model) -> Option<&'static str> {
    let Some(state) = model.diff() else { return ELSEWHERE };
    let sheet = state.sheet.as_ref();
    let is_other = |part: Part| part != state.part && sheet.is_some_and(|sheet| sheet.count(part) > 0);
    (!Part::iter().any(is_other)).then_some("no other part differs")
}

/// Why there is no noise to show or to hide.
pub(in crate::app) fn noise_found(model: &Model) -> Option<&'static str> {
    let Some(state) = model.diff() else { return ELSEWHERE };
    match &state.sheet {
        None => Some("nothing is compared yet"),
        Some(sheet) => sheet.hidden.rules.is_empty().then_some("no noise rule hides anything here"),
    }
}

/// Why nothing is compared.
pub(in crate::app) fn compared(model: &Model) -> Option<&'static str> {
    let Some(state) = model.diff() else { return ELSEWHERE };
    state.diff.is_none().then_some("nothing is compared yet")
}
