//! The choice of an action.

use super::pen::{Pen, Side};
use crate::app::plan::menu::{ACTIONS, AROUND, State};
use crate::app::{Area, Model, command, help, text};
use crate::config::{Context, Role};

/// The widest column of keys.
const KEYS: usize = 2;

pub(super) fn draw(pen: &mut Pen, area: Area, model: &Model, state: &State) {
    if let Some(mut place) = Pen::line(area, 0) {
        pen.put(&mut place, &state.name, Role::Strong);
        let said = match model.session.rights.is_asking() {
            true => "   what can be done; asking which of it you may do",
            false => "   what can be done; each is shown as a plan first",
        };
        pen.put(&mut place, said, Role::Dim);
    }
    let rows: Vec<_> = ACTIONS.iter().filter_map(|id| command::find(*id)).collect();
    let titles = rows.iter().map(|row| text::width(row.title)).max().unwrap_or(0);
    let shown = usize::from(area.height).saturating_sub(AROUND);
    for (place_of, row) in rows.iter().enumerate().skip(state.top).take(shown) {
        let line = 2 + place_of - state.top;
        let Some(mut place) = Pen::edge(area, line) else { return };
        let selected = place_of == state.cursor;
        let disabled = (row.disabled)(model);
        let role = if disabled.is_some() { Role::Dim } else { Role::Text };
        pen.put(&mut place, if selected { "> " } else { "  " }, role);
        let keys = help::keys(&model.session, Context::Actions, row.id);
        pen.cell(&mut place, &keys, KEYS, Side::Left, if disabled.is_some() { Role::Dim } else { Role::Key });
        pen.cell(&mut place, row.title, titles, Side::Left, role);
        match disabled {
            Some(reason) => pen.put(&mut place, &format!("not now: {reason}"), Role::Dim),
            None => pen.put(&mut place, row.doc, Role::Text),
        }
        if selected {
            pen.mark(area, line, Role::Selected);
        }
    }
    // What was cut of the selected one.
    let Some(row) = rows.get(state.cursor) else { return };
    let said = match (row.disabled)(model) {
        Some(reason) => format!("{}. Not now: {reason}.", row.doc),
        None => row.doc.to_owned(),
    };
    let columns = usize::from(area.width).saturating_sub(4);
    let below = 3 + rows.len().min(shown);
    for (line, text) in text::wrap(&said, columns, 3, pen.glyphs()).iter().enumerate() {
        let Some(mut place) = Pen::edge(area, below + line) else { return };
        pen.put(&mut place, &format!("  {text}"), Role::Dim);
    }
}
