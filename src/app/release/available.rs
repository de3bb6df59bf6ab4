//! Why a command of an open release cannot be used now.

use crate::app::{Model, Screen};
use crate::release::mask::is_mask;

use super::timeline::Lead;
use super::{State, Tab, history, values};

fn open(model: &Model) -> Option<&State> {
    model.screens.last().and_then(Screen::release)
}

/// Why nothing can be opened where the cursor is.
pub(in crate::app) fn openable(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) => match state.tab {
            Tab::Objects => log_readable(model),
            Tab::Drift => state.drift.meant().is_none().then_some("nothing is below this line"),
            Tab::Owners => {
                let lead = state.owners.passages.current().and_then(|passage| passage.lead.as_ref());
                lead.is_none().then_some("nothing is below this line")
            }
            Tab::Why | Tab::Events => {
                let about = state.target();
                about.is_none_or(|id| state.objects.family(Some(id)).is_empty()).then_some("no object of the release")
            }
            Tab::Timeline => timeline_openable(state),
            Tab::History => {
                let rows = history::rows(&model.session, &state.id);
                match state.history.chosen(&rows) {
                    None => Some("no revision is known"),
                    Some(row) => row.gap.is_some().then_some("nothing is left of these"),
                }
            }
            Tab::Values if state.is_tree() => {
                let is_branch = state.tree.current().is_some_and(values::tree::Line::is_branch);
                (!is_branch).then_some("nothing is below this line")
            }
            Tab::Values | Tab::Manifest | Tab::Notes => Some("choose a revision in the history"),
        },
        None => Some("open a release first"),
    }
}

fn timeline_openable(state: &State) -> Option<&'static str> {
    match state.timeline.lead() {
        None => Some("nothing is selected"),
        Some(Lead::Object(object)) if state.objects.family(Some(&object)).is_empty() => {
            Some("the object is gone, or none of the release")
        }
        Some(Lead::Object(_) | Lead::Revision(_) | Lead::Why) => None,
    }
}

/// Why there is nothing to narrow.
pub(in crate::app) fn timeline_shown(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) => (state.tab != Tab::Timeline).then_some("only for the timeline"),
        None => Some("open a release first"),
    }
}

/// Why there is no log to read.
pub(in crate::app) fn log_readable(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if state.objects.rows.is_empty() => Some("no object is known"),
        Some(state) if state.pod().is_none() => Some("there is no Pod here"),
        Some(_) => None,
        None => Some("open a release first"),
    }
}

/// Why there is nothing to copy.
pub(in crate::app) fn line_selected(model: &Model) -> Option<&'static str> {
    let passages = match model.screens.last() {
        Some(Screen::Preflight(state)) => Some(&state.passages),
        Some(Screen::Plan(state)) => Some(&state.passages),
        Some(Screen::Many(state)) => Some(&state.passages),
        Some(Screen::Journal(state)) => Some(&state.passages),
        Some(Screen::Release(_) | Screen::Logs(_) | Screen::Blame(_) | Screen::Diff(_)) | None => None,
    };
    if let Some(passages) = passages {
        return passages.current().is_none().then_some("nothing is selected");
    }
    match open(model) {
        Some(state) => {
            state.words().is_none().then_some("only for causes, objects, owners, values, drift, timeline and events")
        }
        None => Some("open a release first"),
    }
}

/// Why there is no rule to copy.
pub(in crate::app) fn drift_selected(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if state.tab != Tab::Drift => Some("only for drift"),
        Some(state) if state.drift.rule().is_none() => Some("no line of drift is selected"),
        Some(_) => None,
        None => Some("open a release first"),
    }
}

/// Why there are no defaults to switch to.
pub(in crate::app) fn defaults_shown(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if state.tab == Tab::Values && state.stored(&model.session).is_some() => None,
        Some(state) if state.tab == Tab::Values => Some("no revision can be read, so the chart is not known"),
        _ => Some("only for values"),
    }
}

/// Why there is no document to scroll, wrap, search or show elsewhere.
pub(in crate::app) fn document_shown(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if !state.tab.is_document() => Some("only for values, manifest and notes"),
        Some(state) if state.document(&model.session).is_none() => Some("there is no text here"),
        Some(_) => None,
        None => Some("open a release first"),
    }
}

/// Why there are no values to show in another way, or to search in.
pub(in crate::app) fn values_shown(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if state.tab != Tab::Values => Some("only for values"),
        Some(state) if state.tree.sheet.is_none() => Some("there are no values yet"),
        Some(_) => None,
        None => Some("open a release first"),
    }
}

/// Why there is no masked value to show.
pub(in crate::app) fn value_hidden(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if !state.is_tree() => Some("only for values"),
        Some(state) if state.tree.row().is_none_or(|row| row.hidden.is_none()) => {
            let is_masked = state.tree.row().and_then(|row| row.value.as_str()).is_some_and(is_mask);
            Some(if is_masked { "what sets this value may not be read" } else { "nothing is masked here" })
        }
        Some(state) if state.tree.revealed().is_some() => Some("it is shown already"),
        Some(_) => None,
        None => Some("open a release first"),
    }
}
