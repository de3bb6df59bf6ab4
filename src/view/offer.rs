//! What would keep a hotfix or take it back.

use super::pen::Pen;
use crate::app::Area;
use crate::app::offer::State;
use crate::app::release::columns;
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, area: Area, state: &State) {
    let rows = state.rows(columns(area.width), pen.glyphs());
    let title = rows.iter().position(String::is_empty).unwrap_or(0);
    for (line, row) in rows.iter().enumerate().skip(state.top).take(area.height.into()) {
        let Some(mut place) = Pen::line(area, line - state.top) else { return };
        let role = match line {
            _ if line < title => Role::Strong,
            _ if row.starts_with('#') => Role::SyntaxComment,
            _ => Role::Text,
        };
        pen.put(&mut place, row, role);
    }
}
