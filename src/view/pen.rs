//! The one way by which text reaches the screen.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::app::Area;
use crate::app::text::{self, Glyphs};
use crate::config::{Role, Theme};

/// Writes into a buffer.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    glyphs: Glyphs,
}

/// A place on a line from which is written on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) x: u16,
    y: u16,
    end: u16,
}

/// On which side of its column a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Place {
    /// The line, from the top.
    pub(super) fn line(self) -> u16 {
        self.y
    }

    /// How many columns are left.
    pub(super) fn room(self) -> usize {
        self.end.saturating_sub(self.x).into()
    }
}

impl<'a> Pen<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme, glyphs: Glyphs) -> Self {
        Self { buffer, theme, glyphs }
    }

    pub(super) fn glyphs(&self) -> Glyphs {
        self.glyphs
    }

    /// The beginning of a line of an area, with a margin of one column; `None` below its end.
    pub(super) fn line(area: Area, line: usize) -> Option<Place> {
        let line = u16::try_from(line).ok().filter(|line| *line < area.height)?;
        Some(Place {
            x: area.x.saturating_add(1),
            y: area.y.saturating_add(line),
            end: area.x.saturating_add(area.width),
        })
    }

    /// The same without the margin.
    pub(super) fn edge(area: Area, line: usize) -> Option<Place> {
        Self::line(area, line).map(|place| Place { x: area.x, ..place })
    }

    /// Writes a text, cut where the line ends.
    pub(super) fn put(&mut self, place: &mut Place, text: &str, role: Role) {
        let clean = text::clean(text, self.glyphs);
        let cut = text::cut(&clean, place.room(), self.glyphs);
        let (x, _) = self.buffer.set_stringn(place.x, place.y, &*cut, place.room(), self.theme.style(role));
        place.x = x;
    }

    /// Writes a text into a column of a width, and two columns of space after it.
    pub(super) fn cell(&mut self, place: &mut Place, text: &str, columns: usize, side: Side, role: Role) {
        let clean = text::clean(text, self.glyphs);
        let cut = text::cut(&clean, columns.min(place.room()), self.glyphs);
        let spare = columns.saturating_sub(text::width(&cut));
        let mut at = *place;
        if side == Side::Right {
            at = skip(at, spare);
        }
        self.buffer.set_stringn(at.x, at.y, &*cut, at.room(), self.theme.style(role));
        *place = skip(*place, columns.saturating_add(2));
    }

    /// The same for a name or a chart, of which both ends tell something.
    pub(super) fn name(&mut self, place: &mut Place, text: &str, columns: usize, role: Role) {
        let clean = text::clean(text, self.glyphs);
        let cut = text::cut_middle(&clean, columns.min(place.room()), self.glyphs);
        self.cell(place, &cut, columns, Side::Left, role);
    }

    /// Goes on to the right.
    pub(super) fn space(place: &mut Place, columns: usize) {
        *place = skip(*place, columns);
    }

    /// Gives a whole line of an area the style of a role, instead of the colours of what was written: turned round, they
    /// would be patches in the bar, some of them not to be read.
    pub(super) fn mark(&mut self, area: Area, line: usize, role: Role) {
        if let Some(place) = Self::edge(area, line) {
            let rect = Rect { x: place.x, y: place.y, width: area.width, height: 1 };
            let rect = rect.intersection(self.buffer.area);
            for position in rect.positions() {
                if let Some(cell) = self.buffer.cell_mut(position) {
                    let bold = cell.modifier & Modifier::BOLD;
                    cell.set_style(Style::reset().add_modifier(bold));
                }
            }
            self.buffer.set_style(rect, self.theme.style(role));
        }
    }

    /// Writes the part of a long line from a column on, in colours. Nothing is made of what is to the right.
    pub(super) fn window(&mut self, place: Place, line: &str, left: usize, colours: &[(Range<usize>, Role)]) {
        let mut at = place;
        let mut passed = 0;
        let mut shown = String::new();
        let mut spans = colours.iter().peekable();
        for (byte, grapheme) in line.grapheme_indices(true) {
            if at.room() == 0 {
                self.at_edge(place, self.glyphs.ellipsis());
                return;
            }
            shown.clear();
            text::clean_grapheme(grapheme, self.glyphs, &mut shown);
            let wide = text::width(&shown);
            while spans.next_if(|(range, _)| range.end <= byte).is_some() {}
            if passed < left {
                passed += wide;
                continue;
            }
            let role = spans
                .peek()
                .filter(|(range, _)| range.start < byte + grapheme.len() && byte < range.end)
                .map_or(Role::Text, |(_, role)| *role);
            if wide > at.room() {
                self.at_edge(place, self.glyphs.ellipsis());
                return;
            }
            let (x, _) = self.buffer.set_stringn(at.x, at.y, &shown, at.room(), self.theme.style(role));
            at.x = x;
        }
    }

    /// Says at the end of a line that it goes on.
    fn at_edge(&mut self, place: Place, sign: &str) {
        let x = place.end.saturating_sub(1);
        self.buffer.set_stringn(x, place.y, sign, 1, self.theme.style(Role::Dim));
    }
}

fn skip(place: Place, columns: usize) -> Place {
    let columns = u16::try_from(columns).unwrap_or(u16::MAX);
    Place { x: place.x.saturating_add(columns).min(place.end), ..place }
}
