//! The choice of a side of a comparison.

use super::pen::{Pen, Side};
use crate::app::Area;
use crate::app::diff::choice::{State, Which};
use crate::config::Role;

/// As long as the longest name of a side.
const WIDEST: usize = 24;

pub(super) fn draw(pen: &mut Pen, area: Area, state: &State) {
    if state.choices.is_empty()
        && let Some(mut place) = Pen::line(area, 0)
    {
        pen.put(&mut place, "nothing that is stored is called that", Role::Text);
    }
    for (line, point) in state.choices.iter().skip(state.top).take(area.height.into()).enumerate() {
        let Some(mut place) = Pen::edge(area, line) else { return };
        let selected = state.top + line == state.cursor;
        pen.put(&mut place, if selected { "> " } else { "  " }, Role::Text);
        pen.cell(&mut place, &point.to_string(), WIDEST, Side::Left, Role::Text);
        let [old, new] = state.now;
        let said = match (*point == old, *point == new) {
            (true, _) => "the old side now",
            (_, true) => "the new side now",
            _ => "",
        };
        pen.put(&mut place, said, Role::Mark);
        if selected {
            pen.mark(area, line, Role::Selected);
        }
    }
}

/// What is asked for.
pub(super) fn prompt(state: &State) -> &'static str {
    match state.which {
        Which::Old => "old side: ",
        Which::New => "new side: ",
    }
}
