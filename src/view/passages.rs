//! Causes and events: passage by passage.

use super::pen::Pen;
use crate::app::release::passages::Passages;
use crate::app::{Area, text};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, area: Area, passages: &Passages) {
    for (line, (row, selected)) in passages.seen(area.height.into()).enumerate() {
        let Some(mut place) = Pen::edge(area, line) else { return };
        pen.put(&mut place, if selected { ">" } else { " " }, Role::Key);
        for (text, role) in &row.pieces {
            pen.put(&mut place, text, *role);
        }
        if let Some((text, role)) = &row.right {
            let spare = place.room().saturating_sub(text::width(text) + 1);
            Pen::space(&mut place, spare);
            pen.put(&mut place, text, *role);
        }
    }
}
