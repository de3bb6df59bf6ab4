//! The help.

use super::pen::{Pen, Side};
use crate::app::help::{Line, State, lines};
use crate::app::{Area, Model, text};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, area: Area, model: &Model, state: &State) {
    let lines = lines(&model.session, state.context);
    let keys = lines.iter().map(|line| match line {
        Line::Command(keys, _) => text::width(keys),
        Line::Heading(_) | Line::Text(_) => 0,
    });
    let keys = keys.max().unwrap_or(0).min(24);
    for (place, line) in lines.iter().skip(state.top).take(area.height.into()).enumerate() {
        let Some(mut at) = Pen::line(area, place) else { return };
        match line {
            Line::Heading(title) => pen.put(&mut at, title, Role::TableHead),
            Line::Text(text) => {
                Pen::space(&mut at, 2);
                pen.put(&mut at, text, Role::Text);
            }
            Line::Command(text, command) => {
                Pen::space(&mut at, 2);
                pen.cell(&mut at, text, keys, Side::Left, Role::Key);
                pen.put(&mut at, command.doc, Role::Text);
                if let Some(reason) = (command.disabled)(model) {
                    pen.put(&mut at, &format!("  (not now: {reason})"), Role::Dim);
                }
            }
        }
    }
}
