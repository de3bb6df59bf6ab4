//! How many colours a terminal shows, and what becomes of those that it does not.

use ratatui::style::Color;

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Depth {
    /// None: bold, underline and reversal alone.
    None,
    /// The sixteen that have names.
    #[default]
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// All.
    Rgb,
}

/// The sixteen colours in their order, and as xterm shows them.
const SIXTEEN: [(Color, Rgb); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 0, 0)),
    (Color::Green, (0, 205, 0)),
    (Color::Yellow, (205, 205, 0)),
    (Color::Blue, (0, 0, 238)),
    (Color::Magenta, (205, 0, 205)),
    (Color::Cyan, (0, 205, 205)),
    (Color::Gray, (229, 229, 229)),
    (Color::DarkGray, (127, 127, 127)),
    (Color::LightRed, (255, 0, 0)),
    (Color::LightGreen, (0, 255, 0)),
    (Color::LightYellow, (255, 255, 0)),
    (Color::LightBlue, (92, 92, 255)),
    (Color::LightMagenta, (255, 0, 255)),
    (Color::LightCyan, (0, 255, 255)),
    (Color::White, (255, 255, 255)),
];

type Rgb = (u8, u8, u8);

impl Depth {
    /// The nearest colour that is shown; `Reset`, the terminal's own, where none is.
    #[must_use]
    pub fn reduce(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::None, _) => Color::Reset,
            (Self::Sixteen, Color::Rgb(red, green, blue)) => nearest((red, green, blue)),
            (Self::Sixteen, Color::Indexed(index)) => match SIXTEEN.get(usize::from(index)) {
                Some((colour, _)) => *colour,
                None => nearest(of_index(index)),
            },
            (Self::Indexed, Color::Rgb(red, green, blue)) => {
                let wanted = (red, green, blue);
                let index = (16..=u8::MAX).min_by_key(|index| distance(of_index(*index), wanted));
                Color::Indexed(index.unwrap_or_default())
            }
            (Self::Sixteen | Self::Indexed | Self::Rgb, colour) => colour,
        }
    }
}

fn nearest(wanted: Rgb) -> Color {
    SIXTEEN.iter().min_by_key(|(_, shown)| distance(*shown, wanted)).map_or(Color::Reset, |(colour, _)| *colour)
}

fn distance(one: Rgb, other: Rgb) -> u32 {
    let part = |one: u8, other: u8| u32::from(one.abs_diff(other)).pow(2);
    part(one.0, other.0) + part(one.1, other.1) + part(one.2, other.2)
}

/// What xterm shows for one of its colours from 16 on: a cube of six steps a side, then a ramp of greys.
fn of_index(index: u8) -> Rgb {
    let step = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index.checked_sub(16) {
        Some(cube @ 0..216) => (step(cube / 36), step(cube / 6 % 6), step(cube % 6)),
        Some(grey) => {
            let level = 8 + 10 * (grey - 216);
            (level, level, level)
        }
        None => SIXTEEN.get(usize::from(index)).map_or((0, 0, 0), |(_, shown)| *shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_brought_down_to_what_is_shown() {
        let check = |depth: Depth, colour: &str, expected: &str| {
            let parsed = |text: &str| text.parse::<Color>().unwrap();
            assert_eq!(depth.reduce(parsed(colour)), parsed(expected), "{depth:?} {colour}");
        };
        check(Depth::Rgb, "#123456", "#123456");
        check(Depth::Indexed, "#ff0000", "196");
        check(Depth::Indexed, "#808080", "244");
        check(Depth::Indexed, "lightred", "lightred");
        check(Depth::Sixteen, "#ff0000", "lightred");
        check(Depth::Sixteen, "#101010", "black");
        check(Depth::Sixteen, "9", "lightred");
        check(Depth::Sixteen, "196", "lightred");
        check(Depth::Sixteen, "red", "red");
        check(Depth::None, "red", "reset");
        check(Depth::None, "#ff0000", "reset");
    }
}
