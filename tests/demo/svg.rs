//! A frame as an SVG picture: one run of cells with the same style becomes one piece of text.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Columns and lines of a cell, in the picture's own units; what is common for monospaced fonts at 14.
const CELL: (f64, f64) = (8.4, 18.0);
const FONT: u16 = 14;
const MARGIN: f64 = 10.0;

/// What a terminal's colours look like. The first sixteen of a palette are the user's own; these are of common ones.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    background: &'static str,
    foreground: &'static str,
    /// The eight colours, and their bright ones.
    ansi: [&'static str; 16],
}

pub const DARK: Palette = Palette {
    background: "#1e1e1e",
    foreground: "#d4d4d4",
    ansi: [
        "#1e1e1e", "#f14c4c", "#23d18b", "#e5e510", "#3b8eea", "#d670d6", "#29b8db", "#cccccc", //
        "#8a8a8a", "#ff7b7b", "#5af0a8", "#f5f543", "#7ab8ff", "#f09ef0", "#70e0f5", "#ffffff",
    ],
};

pub const LIGHT: Palette = Palette {
    background: "#ffffff",
    foreground: "#1f1f1f",
    ansi: [
        "#000000", "#b80000", "#006e00", "#7a5c00", "#0037da", "#881798", "#0b6a84", "#555555", //
        "#5f5f5f", "#d00000", "#007a00", "#8a6500", "#0050ef", "#a000a8", "#007390", "#1f1f1f",
    ],
};

/// Draws a frame.
pub fn picture(buffer: &Buffer, palette: Palette, title: &str) -> String {
    let columns = f64::from(buffer.area.width);
    let lines = f64::from(buffer.area.height);
    let (width, height) = (columns * CELL.0 + 2.0 * MARGIN, lines * CELL.1 + 2.0 * MARGIN);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n\
         <g font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"{FONT}\" \
         xml:space=\"preserve\">\n",
        escaped(title),
        palette.background,
    );
    let line_width = usize::from(buffer.area.width).max(1);
    for (line, cells) in buffer.content().chunks(line_width).enumerate() {
        for run in runs(cells) {
            draw(&mut out, line, &run, palette);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Neighbouring cells of one style.
struct Run {
    column: usize,
    columns: usize,
    text: String,
    style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Style {
    foreground: Color,
    background: Color,
    modifier: Modifier,
}

fn runs(cells: &[Cell]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut hidden = 0;
    for (column, cell) in cells.iter().enumerate() {
        // A wide character fills the cell behind it.
        if hidden > 0 {
            hidden -= 1;
            continue;
        }
        let width = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
        hidden = width - 1;
        let style = Style { foreground: cell.fg, background: cell.bg, modifier: cell.modifier };
        match runs.last_mut() {
            Some(run) if run.style == style && width == 1 && run.columns == run.text.chars().count() => {
                run.text.push_str(cell.symbol());
                run.columns += 1;
            }
            _ => runs.push(Run { column, columns: width, text: cell.symbol().to_owned(), style }),
        }
    }
    runs
}

fn draw(out: &mut String, line: usize, run: &Run, palette: Palette) {
    let Style { foreground, background, modifier } = run.style;
    let (mut ink, mut paper) = (colour(foreground, palette), colour(background, palette));
    if modifier.contains(Modifier::REVERSED) {
        (ink, paper) = (
            Some(paper.unwrap_or_else(|| palette.background.to_owned())),
            Some(ink.unwrap_or_else(|| palette.foreground.to_owned())),
        );
    }
    let (x, y) = (MARGIN + run.column as f64 * CELL.0, MARGIN + line as f64 * CELL.1);
    let width = run.columns as f64 * CELL.0;
    if let Some(paper) = paper {
        let _ = writeln!(
            out,
            "<rect shape-rendering=\"crispEdges\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{paper}\"/>",
            CELL.1
        );
    }
    let text = run.text.trim_end();
    if text.is_empty() {
        return;
    }
    let lead = text.len() - text.trim_start().len();
    let shown = text.trim_start();
    // Spaces at the beginning are a place, not a text: their width is the font's.
    let x = x + lead as f64 * CELL.0;
    let columns = unicode_width::UnicodeWidthStr::width(shown);
    let ink = ink.unwrap_or_else(|| palette.foreground.to_owned());
    let mut extra = String::new();
    if modifier.contains(Modifier::BOLD) {
        extra.push_str(" font-weight=\"bold\"");
    }
    if modifier.contains(Modifier::DIM) {
        extra.push_str(" opacity=\"0.7\"");
    }
    if modifier.contains(Modifier::UNDERLINED) {
        extra.push_str(" text-decoration=\"underline\"");
    }
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{extra}>{}</text>",
        y + CELL.1 * 0.75,
        columns as f64 * CELL.0,
        escaped(shown)
    );
}

/// `None` for the terminal's own colour.
fn colour(colour: Color, palette: Palette) -> Option<String> {
    let place = match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(place @ 0..16) => usize::from(place),
        Color::Indexed(place @ 232..) => {
            let grey = 8 + (place - 232) * 10;
            return Some(format!("#{grey:02x}{grey:02x}{grey:02x}"));
        }
        Color::Indexed(place) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
            let cube = place - 16;
            let (red, green, blue) = (level(cube / 36), level(cube / 6 % 6), level(cube % 6));
            return Some(format!("#{red:02x}{green:02x}{blue:02x}"));
        }
    };
    Some(palette.ansi[place].to_owned())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
