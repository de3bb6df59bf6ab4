//! Cells as bytes for the terminal: only what changed, in one write a frame, and nothing at all where nothing did.
//!
//! Written by hand because every byte counts on a slow line: ratatui's own backends hide the cursor and reset the colours
//! once a frame, changed or not. Colours go out as the terminal can show them, the sixteen in their oldest spelling.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use crate::config::Depth;

/// A frame that fits into one segment of TCP arrives whole; a larger one asks the terminal not to show it in parts
/// (mode 2026, which terminals that do not know it pass over).
const WHOLE: usize = 1200;

/// The size of a terminal that does not know its own, as that of a serial line.
const UNKNOWN: Size = Size { width: 80, height: 24 };

/// A terminal to draw on. What is drawn leaves with [`Backend::flush`].
pub(super) struct Screen<W> {
    out: W,
    depth: Depth,
    bytes: Vec<u8>,
    /// Where the next character would go, as far as that is certain.
    at: Option<Position>,
    /// Whether the cursor is seen, once that was said.
    cursor: Option<bool>,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W, depth: Depth) -> Self {
        Self { out, depth, bytes: Vec::new(), at: None, cursor: None }
    }

    /// Sends something that is not drawn along with the next frame.
    pub(super) fn send(&mut self, bytes: &str) {
        self.bytes.extend_from_slice(bytes.as_bytes());
    }

    /// Takes in that somebody else wrote to the terminal.
    pub(super) fn forget(&mut self) {
        (self.at, self.cursor) = (None, None);
    }

    fn move_to(&mut self, place: Position) {
        if self.at != Some(place) {
            self.send(&format!("\x1b[{};{}H", place.y.saturating_add(1), place.x.saturating_add(1)));
            self.at = Some(place);
        }
    }

    fn style(&self, cell: &Cell) -> Style {
        Style(self.depth.reduce(cell.fg), self.depth.reduce(cell.bg), cell.modifier)
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut style = Style::PLAIN;
        for (x, y, cell) in content {
            self.move_to(Position { x, y });
            let wanted = self.style(cell);
            if wanted != style {
                self.send(&wanted.sequence());
                style = wanted;
            }
            self.send(cell.symbol());
            // Terminals disagree on how wide other characters are: after one, the place is said anew.
            self.at = (cell.symbol().len() == 1).then(|| Position { x: x.saturating_add(1), y });
        }
        if style != Style::PLAIN {
            self.send(&Style::PLAIN.sequence());
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor.replace(false) != Some(false) {
            self.send("\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor.replace(true) != Some(true) {
            self.send("\x1b[?25h");
        }
        Ok(())
    }

    /// Where the cursor was put last. The terminal is not asked: its answer would come between the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.move_to(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.send(match clear_type {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[K",
        });
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())?;
        let known = size.ws_col > 0 && size.ws_row > 0;
        Ok(if known { Size { width: size.ws_col, height: size.ws_row } } else { UNKNOWN })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.len() > WHOLE {
            bytes.splice(0..0, *b"\x1b[?2026h");
            bytes.extend_from_slice(b"\x1b[?2026l");
        }
        self.out.write_all(&bytes)?;
        self.out.flush()?;
        bytes.clear();
        self.bytes = bytes;
        Ok(())
    }
}

/// Letters and ground of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Style(Color, Color, Modifier);

const MODIFIERS: &[(Modifier, &str)] = &[
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::SLOW_BLINK, "5"),
    (Modifier::RAPID_BLINK, "6"),
    (Modifier::REVERSED, "7"),
    (Modifier::HIDDEN, "8"),
    (Modifier::CROSSED_OUT, "9"),
];

impl Style {
    const PLAIN: Self = Self(Color::Reset, Color::Reset, Modifier::empty());

    /// Sets it, whatever was set before.
    fn sequence(self) -> String {
        let Self(letters, ground, modifier) = self;
        let mut out = "\x1b[".to_owned();
        for (_, code) in MODIFIERS.iter().filter(|(one, _)| modifier.contains(*one)) {
            out.push(';');
            out.push_str(code);
        }
        colour(letters, 30, &mut out);
        colour(ground, 40, &mut out);
        out.push('m');
        out
    }
}

/// Says a colour, of letters from 30 on, of the ground from 40 on.
fn colour(colour: Color, base: u8, out: &mut String) {
    let sixteen = match colour {
        Color::Reset => return,
        Color::Rgb(red, green, blue) => {
            return out.push_str(&format!(";{};2;{red};{green};{blue}", base + 8));
        }
        Color::Indexed(index) => return out.push_str(&format!(";{};5;{index}", base + 8)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    out.push_str(&format!(";{}", base + sixteen));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style as CellStyle;

    /// The bytes of frames, drawn one after the other.
    fn drawn(depth: Depth, frames: &[&[(&str, CellStyle)]]) -> Vec<String> {
        let mut screen = Screen::new(Vec::new(), depth);
        let mut before = Buffer::empty(Rect::new(0, 0, 10, 1));
        let mut out = Vec::new();
        for frame in frames {
            let mut buffer = Buffer::empty(before.area);
            let mut x = 0;
            for (text, style) in *frame {
                x = buffer.set_stringn(x, 0, text, 10, *style).0;
            }
            screen.draw(before.diff(&buffer).into_iter()).unwrap();
            screen.hide_cursor().unwrap();
            screen.flush().unwrap();
            out.push(String::from_utf8(std::mem::take(&mut screen.out)).unwrap());
            before = buffer;
        }
        out
    }

    #[test]
    fn only_what_changed_is_sent_and_nothing_where_nothing_did() {
        let plain = CellStyle::new();
        let frames: [&[_]; 4] =
            [&[("abc", plain)], &[("abc", plain)], &[("axc", plain)], &[("axc", plain.fg(Color::Red))]];
        assert_eq!(
            drawn(Depth::Sixteen, &frames),
            ["\x1b[1;1Habc\x1b[?25l", "", "\x1b[1;2Hx", "\x1b[1;1H\x1b[;31maxc\x1b[m"]
        );
    }

    #[test]
    fn the_place_is_said_anew_after_what_may_be_wider() {
        let frames: [&[_]; 1] = [&[("a…b界c", CellStyle::new())]];
        assert_eq!(drawn(Depth::Sixteen, &frames), ["\x1b[1;1Ha…\x1b[1;3Hb界\x1b[1;6Hc\x1b[?25l"]);
    }

    #[test]
    fn colours_are_those_that_the_terminal_shows() {
        let style = CellStyle::new().fg(Color::LightRed).bg(Color::Rgb(255, 0, 0)).bold().reversed();
        let frames: [&[_]; 1] = [&[("a", style)]];
        let check = |depth, expected: &str| {
            assert_eq!(drawn(depth, &frames), [format!("\x1b[1;1H\x1b[{expected}ma\x1b[m\x1b[?25l")], "{depth:?}");
        };
        check(Depth::None, ";1;7");
        check(Depth::Sixteen, ";1;7;91;101");
        check(Depth::Indexed, ";1;7;91;48;5;196");
        check(Depth::Rgb, ";1;7;91;48;2;255;0;0");
    }

    #[test]
    fn a_large_frame_is_shown_at_once() {
        let mut screen = Screen::new(Vec::new(), Depth::Sixteen);
        screen.send(&"x".repeat(WHOLE + 1));
        screen.flush().unwrap();
        let sent = String::from_utf8(screen.out).unwrap();
        assert_eq!(sent, format!("\x1b[?2026h{}\x1b[?2026l", "x".repeat(WHOLE + 1)));
    }
}
