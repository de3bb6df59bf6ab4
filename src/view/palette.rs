//! The choice of a command.

use unicode_segmentation::UnicodeSegmentation;

use super::pen::{Pen, Place, Side};
use crate::app::palette::{Row, State};
use crate::app::{Area, Model, help, text};
use crate::config::Role;

/// From this width on the keys stand beside the names.
const WITH_KEYS: u16 = 50;
/// The widest column of keys.
const KEYS: usize = 16;
/// What is shorter says nothing.
const LEAST_DOC: usize = 8;

pub(super) fn draw(pen: &mut Pen, area: Area, model: &Model, state: &State) {
    if state.rows.is_empty()
        && let Some(mut place) = Pen::line(area, 0)
    {
        pen.put(&mut place, "no command of this screen is called that", Role::Text);
    }
    let keys: Vec<String> =
        state.rows.iter().map(|row| help::keys(&model.session, state.context, row.command.id)).collect();
    let names = state.rows.iter().map(|row| text::width(row.command.id.name())).max().unwrap_or(0);
    let widest = keys.iter().map(|keys| text::width(keys)).max().unwrap_or(0).min(KEYS);
    for (line, (row, keys)) in state.rows.iter().zip(&keys).skip(state.top).take(area.height.into()).enumerate() {
        let Some(mut place) = Pen::edge(area, line) else { return };
        let selected = state.top + line == state.cursor;
        let disabled = (row.command.disabled)(model);
        let role = if disabled.is_some() { Role::Dim } else { Role::Text };
        pen.put(&mut place, if selected { "> " } else { "  " }, role);
        let mut after = place;
        Pen::space(&mut after, names + 2);
        draw_marked(pen, place, row.command.id.name(), &row.in_name, role);
        if area.width >= WITH_KEYS {
            pen.cell(&mut after, keys, widest, Side::Left, if disabled.is_some() { Role::Dim } else { Role::Key });
        }
        if after.room() >= LEAST_DOC {
            draw_doc(pen, after, row, disabled);
        }
        if selected {
            pen.mark(area, line, Role::Selected);
        }
    }
}

/// What the command does, or why it cannot be used.
fn draw_doc(pen: &mut Pen, mut place: Place, row: &Row, disabled: Option<&str>) {
    match disabled {
        Some(reason) => pen.put(&mut place, &format!("not now: {reason}"), Role::Dim),
        None => draw_marked(pen, place, row.command.doc, &row.in_doc, Role::Text),
    }
}

/// Writes a text in which some characters match.
fn draw_marked(pen: &mut Pen, mut place: Place, line: &str, places: &[usize], role: Role) {
    let shown = text::cut(line, place.room(), pen.glyphs()).into_owned();
    for (at, grapheme) in shown.graphemes(true).enumerate() {
        pen.put(&mut place, grapheme, if places.contains(&at) { Role::Match } else { role });
    }
}
