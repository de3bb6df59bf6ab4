//! The one way by which text reaches the screen.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::app::Area;
use crate::app::text::{self, Glyphs};
use crate::config::{Role, Theme};

/// The most lines that one of several sentences takes.
const SENTENCE: usize = 6;

/// Writes into a buffer.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    glyphs: Glyphs,
    #[cfg(test)]
    written: std::collections::BTreeSet<(u16, u16)>,
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

    /// The same with no more than so many columns left.
    pub(super) fn within(self, columns: usize) -> Self {
        let end = self.x.saturating_add(u16::try_from(columns).unwrap_or(u16::MAX));
        Self { end: self.end.min(end), ..self }
    }

    /// How many columns are left.
    pub(super) fn room(self) -> usize {
        self.end.saturating_sub(self.x).into()
    }
}

impl<'a> Pen<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme, glyphs: Glyphs) -> Self {
        Self {
            buffer,
            theme,
            glyphs,
            #[cfg(test)]
            written: std::collections::BTreeSet::new(),
        }
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
        self.write(place, &cut, role);
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
        self.write(&mut at, &cut, role);
        *place = skip(*place, columns.saturating_add(2));
    }

    /// The same for a name or a chart, of which both ends tell something.
    pub(super) fn name(&mut self, place: &mut Place, text: &str, columns: usize, role: Role) {
        let clean = text::clean(text, self.glyphs);
        let cut = text::cut_middle(&clean, columns.min(place.room()), self.glyphs);
        self.cell(place, &cut, columns, Side::Left, role);
    }

    /// Writes sentences below each other where there is nothing else to show, the first one in a role of its own.
    pub(super) fn sentences(&mut self, area: Area, sentences: &[String], first: Role) {
        let columns = usize::from(area.width).saturating_sub(4);
        let mut line = 1;
        for (number, sentence) in sentences.iter().enumerate() {
            let clean = text::clean(sentence, self.glyphs).into_owned();
            for row in text::wrap_to_end(&clean, columns, SENTENCE, self.glyphs) {
                let Some(mut place) = Self::line(area, line) else { return };
                place = skip(place, 2);
                self.put(&mut place, &row, if number == 0 { first } else { Role::Text });
                line += 1;
            }
        }
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

    /// Writes the part of a long line from a column on, in colours. Nothing is made of what is to the right. A wide
    /// character of which only one half would be seen leaves a space.
    pub(super) fn window(&mut self, place: Place, line: &str, left: usize, colours: &[(Range<usize>, Role)]) {
        let mut at = place;
        let mut passed = 0;
        let mut shown = String::new();
        let mut spans = colours.iter().peekable();
        let mut graphemes = line.grapheme_indices(true).peekable();
        while let Some((byte, grapheme)) = graphemes.next() {
            shown.clear();
            text::clean_grapheme(grapheme, self.glyphs, &mut shown);
            let wide = text::width(&shown);
            while spans.next_if(|(range, _)| range.end <= byte).is_some() {}
            if passed < left {
                passed += wide;
                at = skip(at, passed.saturating_sub(left));
                continue;
            }
            let needed = if graphemes.peek().is_some() { wide + 1 } else { wide };
            if needed > at.room() {
                self.write(&mut at, self.glyphs.ellipsis(), Role::Dim);
                return;
            }
            let role = spans
                .peek()
                .filter(|(range, _)| range.start < byte + grapheme.len() && byte < range.end)
                .map_or(Role::Text, |(_, role)| *role);
            self.write(&mut at, &shown, role);
        }
    }

    /// The one place at which cells are written. Nothing is written twice: what is drawn is what was laid out.
    fn write(&mut self, place: &mut Place, text: &str, role: Role) {
        if place.room() == 0 || text.is_empty() {
            return;
        }
        let (x, _) = self.buffer.set_stringn(place.x, place.y, text, place.room(), self.theme.style(role));
        #[cfg(test)]
        for column in place.x..x {
            assert!(self.written.insert((column, place.y)), "{column},{} is written twice: {text:?}", place.y);
        }
        place.x = x;
    }
}

fn skip(place: Place, columns: usize) -> Place {
    let columns = u16::try_from(columns).unwrap_or(u16::MAX);
    Place { x: place.x.saturating_add(columns).min(place.end), ..place }
}
