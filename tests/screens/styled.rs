//! A frame as text with the style of every run of cells.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

/// What the cells show, with the style of every run that has one: `[red bold|failed]`.
pub fn styled(buffer: &Buffer) -> String {
    let mut text = String::new();
    for line in buffer.content().chunks(usize::from(buffer.area.width).max(1)) {
        let mut row = String::new();
        let mut before = String::new();
        for cell in line {
            let said = said(cell.style());
            if said != before {
                row.push_str(if before.is_empty() { "" } else { "]" });
                row.push_str(&if said.is_empty() { String::new() } else { format!("[{said}|") });
                before = said;
            }
            row.push_str(cell.symbol());
        }
        row.push_str(if before.is_empty() { "" } else { "]" });
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn said(style: Style) -> String {
    let mut words = Vec::new();
    words.extend(style.fg.map(|colour| colour.to_string().to_lowercase()).filter(|colour| colour != "reset"));
    words.extend(style.bg.map(|colour| format!("on {colour}").to_lowercase()).filter(|colour| colour != "on reset"));
    for (modifier, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underline"),
        (Modifier::REVERSED, "reverse"),
    ] {
        if style.add_modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}
