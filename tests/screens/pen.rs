//! Nothing reaches the screen except through the pen, which makes strings harmless.

use std::fs;

#[test]
fn only_the_pen_writes_cells() {
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/view")).unwrap() {
        let path = file.unwrap().path();
        if path.ends_with("pen.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for around in
            ["set_string", "set_symbol", "ratatui::text", "ratatui::widgets", "set_line", "set_span", "Color::"]
        {
            assert!(!text.contains(around), "{} uses {around}", path.display());
        }
    }
}
