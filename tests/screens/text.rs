//! A frame as text.

use ratatui::buffer::Buffer;

/// What the cells show, lines without their trailing spaces. A wide character hides the cell behind it.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for line in buffer.content().chunks(usize::from(buffer.area.width).max(1)) {
        let mut skip = 0;
        let mut row = String::new();
        for cell in line {
            if skip == 0 {
                row.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
