//! A plan and its run, or those of many releases: what it is and how far it is, then what is read of it.

use tui_input::Input;

use super::passages;
use super::pen::Pen;
use crate::app::plan::{State, many};
use crate::app::release::passages::{Passages, Piece};
use crate::app::{Model, Panes, Screen};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    page(pen, panes, &state.title(&model.session, &model.runs), &state.passages);
}

pub(super) fn draw_many(pen: &mut Pen, panes: &Panes, model: &Model, state: &many::State) {
    page(pen, panes, &state.title(&model.session, &model.runs), &state.passages);
}

fn page(pen: &mut Pen, panes: &Panes, title: &[Vec<Piece>], read: &Passages) {
    for (line, pieces) in title.iter().enumerate() {
        let Some(mut place) = Pen::line(panes.title, line) else { break };
        for (text, role) in pieces {
            pen.put(&mut place, text, *role);
        }
    }
    passages::draw(pen, panes.body, read);
}

/// What is asked for at the bottom, and whether what is typed is that already; `None` on a screen that asks for nothing to run.
pub(super) fn prompt<'a>(screen: &'a Screen, input: &Input) -> Option<(String, Option<(&'a str, Role)>)> {
    let (wanted, what) = match screen {
        Screen::Plan(state) => (state.to_type()?, "that is not the name"),
        Screen::Many(state) => (state.to_type()?, "that is not their number"),
        Screen::Release(_)
        | Screen::Logs(_)
        | Screen::Blame(_)
        | Screen::Preflight(_)
        | Screen::Diff(_)
        | Screen::Journal(_) => return None,
    };
    let said = match input.value().trim() {
        "" => None,
        typed if typed == wanted => Some(("enter runs it", Role::Live)),
        typed if wanted.starts_with(typed) => None,
        _ => Some((what, Role::PromptError)),
    };
    Some((format!("type {wanted} to run: "), said))
}
