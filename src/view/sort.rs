//! The choice of the order of the list.

use strum::IntoEnumIterator;

use super::pen::{Pen, Side};
use crate::app::releases::sort::{Column, Sort, State};
use crate::app::{Area, text};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, area: Area, sort: Sort, state: &State) {
    let widest = Column::iter().map(|column| text::width(column.word())).max().unwrap_or(0);
    if state.choices.is_empty()
        && let Some(mut place) = Pen::line(area, 0)
    {
        pen.put(&mut place, "no column is called that", Role::Text);
    }
    for (line, column) in state.choices.iter().skip(state.top).take(area.height.into()).enumerate() {
        let Some(mut place) = Pen::edge(area, line) else { return };
        let selected = state.top + line == state.cursor;
        pen.put(&mut place, if selected { "> " } else { "  " }, Role::Text);
        pen.cell(&mut place, column.word(), widest, Side::Left, Role::Text);
        pen.put(&mut place, sort.by(*column).direction(), Role::Dim);
        if sort.column == *column {
            pen.put(&mut place, &format!("   (sorted now: {})", sort.direction()), Role::Mark);
        }
        if selected {
            pen.mark(area, line, Role::Selected);
        }
    }
}
