//! A terminal on which nothing of use can be drawn.

use super::pen::Pen;
use crate::app::layout::LEAST;
use crate::app::{Area, Size, text};
use crate::config::Role;

/// Says that the terminal is too small, in the most words that fit without being cut.
pub(super) fn draw(pen: &mut Pen, size: Size, quit: Option<String>) {
    let area = Area { x: 0, y: 0, width: size.width, height: size.height };
    let needs = format!("{}x{}", LEAST.width, LEAST.height);
    let has = format!("{}x{}", size.width, size.height);
    let keys = quit.map(|key| format!(", or quit with {key}")).unwrap_or_default();
    let sentences = [
        format!("wheelhouse needs {needs} cells, this terminal has {has}. Make it larger{keys}."),
        format!("too small: {has}, needs {needs}"),
        format!("needs {needs}"),
        needs.clone(),
        "!".to_owned(),
    ];
    let fits = |text: &String| text.split(' ').all(|word| text::width(word) <= size.width.into());
    for text in sentences.iter().filter(|text| fits(text)) {
        let lines = text::wrap(text, size.width.into(), usize::MAX, pen.glyphs());
        if lines.len() > size.height.into() {
            continue;
        }
        for (line, text) in lines.iter().enumerate() {
            if let Some(mut place) = Pen::edge(area, line) {
                pen.put(&mut place, text, Role::BannerError);
            }
        }
        return;
    }
}
