//! One release: its title, its tabs, and what the open one shows.

use strum::IntoEnumIterator;

use super::pen::{Pen, Place};
use super::{document, history};
use crate::app::release::{Content, State, Tab, title};
use crate::app::{Model, Panes, text};
use crate::config::Role;

/// The most lines that one sentence of a message takes.
const MESSAGE: usize = 6;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    let columns = usize::from(panes.title.width).saturating_sub(2);
    for (line, pieces) in title::lines(state, &model.session, columns).iter().enumerate() {
        let Some(mut place) = Pen::line(panes.title, line) else { break };
        for (text, role) in pieces {
            pen.put(&mut place, text, *role);
        }
    }
    if let Some(place) = Pen::line(panes.tabs, 0) {
        tabs(pen, place, model, state);
    }
    match state.content(&model.session) {
        Content::History(rows) => history::draw(pen, panes, model, &state.history, &rows),
        Content::Document(pane) => {
            document::draw(pen, panes.body, pane);
            document::status(pen, panes.detail, panes.body, pane, &state.sought);
        }
        Content::Message { lines, error } => {
            let columns = columns.saturating_sub(2);
            let mut at = 1;
            for (number, text) in lines.iter().enumerate() {
                let role = match (error, number) {
                    (true, 0) => Role::BannerError,
                    (false, 0) => Role::Strong,
                    _ => Role::Text,
                };
                let clean = text::clean(text, pen.glyphs()).into_owned();
                for row in text::wrap(&clean, columns, MESSAGE, pen.glyphs()) {
                    let Some(mut place) = Pen::line(panes.body, at) else { return };
                    Pen::space(&mut place, 2);
                    pen.put(&mut place, &row, role);
                    at += 1;
                }
            }
        }
    }
}

fn tabs(pen: &mut Pen, mut place: Place, model: &Model, state: &State) {
    for (number, tab) in Tab::iter().enumerate() {
        // The open tab is in brackets: a style alone would not do.
        let (before, after, role) = if tab == state.tab { ("[", "]", Role::TabOpen) } else { (" ", " ", Role::Tab) };
        pen.put(&mut place, &format!("{before}{} {}{after}", number + 1, tab.title()), role);
        Pen::space(&mut place, 1);
    }
    let mut said = Vec::new();
    if state.tab == Tab::Values && state.defaults {
        said.push("defaults".to_owned());
    }
    if let Some(shown) = state.shown.filter(|_| state.tab != Tab::History) {
        let latest = state.row(&model.session).and_then(|row| row.release.revision);
        let latest = latest.map(|latest| format!(", latest {latest}")).unwrap_or_default();
        said.push(format!("revision {shown}{latest}"));
    }
    pen.put(&mut place, &said.join(", "), Role::Mark);
}
