//! A document: only the lines that are seen.

use super::pen::Pen;
use crate::app::Area;
use crate::app::document::rows;
use crate::app::release::{columns, documents::Pane};

pub(super) fn draw(pen: &mut Pen, area: Area, pane: &Pane) {
    let Some(document) = pane.document.ready() else { return };
    let scroll = pane.scroll;
    let height: usize = area.height.into();
    let mut line = 0;
    for place in scroll.top.. {
        let Some(text) = document.line(place).filter(|_| line < height) else { return };
        let colours =
            pane.colours.as_ref().and_then(|colours| colours.get(place)).map(Vec::as_slice).unwrap_or_default();
        if !scroll.wrap {
            if let Some(at) = Pen::line(area, line) {
                pen.window(at, text, scroll.left, colours);
            }
            line += 1;
            continue;
        }
        let first = if place == scroll.top { scroll.row } else { 0 };
        for row in rows(text, columns(area.width), pen.glyphs()).into_iter().skip(first).take(height - line) {
            let inside: Vec<_> = colours
                .iter()
                .filter(|(range, _)| range.end > row.start && range.start < row.end)
                .map(|(range, role)| (range.start.saturating_sub(row.start)..range.end - row.start, *role))
                .collect();
            if let (Some(at), Some(part)) = (Pen::line(area, line), text.get(row)) {
                pen.window(at, part, 0, &inside);
            }
            line += 1;
        }
    }
}
