//! A plan and its run: what it is and how far it is, then what is read of it.

use tui_input::Input;

use super::passages;
use super::pen::Pen;
use crate::app::plan::State;
use crate::app::{Model, Panes};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    for (line, pieces) in state.title(&model.session, &model.runs).iter().enumerate() {
        let Some(mut place) = Pen::line(panes.title, line) else { break };
        for (text, role) in pieces {
            pen.put(&mut place, text, *role);
        }
    }
    passages::draw(pen, panes.body, &state.passages);
}

/// What is asked for at the bottom, and whether what is typed is that already.
pub(super) fn prompt<'a>(state: &State, input: &Input) -> (String, Option<(&'a str, Role)>) {
    let wanted = state.to_type().unwrap_or_default();
    let said = match input.value().trim() {
        "" => None,
        typed if typed == wanted => Some(("enter runs it", Role::Live)),
        typed if wanted.starts_with(typed) => None,
        _ => Some(("that is not the name", Role::PromptError)),
    };
    (format!("type {wanted} to run: "), said)
}
