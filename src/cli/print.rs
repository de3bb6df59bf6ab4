//! Tables, JSON and YAML.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::{Failure, Output};
use crate::release::text::{self, Lines};
use crate::release::{Problem, ProblemKind};

/// Text that may go to a terminal.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    text::harmless(text, Lines::Keep)
}

/// A document for programs.
///
/// # Errors
/// When it cannot be written as that; only values of ours are, so this is a defect.
pub(super) fn document(value: &impl Serialize, output: Output) -> Result<String, Failure> {
    let defect = |error: &dyn std::fmt::Display| Failure::from(Problem::new(ProblemKind::Other, error));
    match output {
        Output::Json => serde_json::to_string_pretty(value).map_err(|error| defect(&error)),
        Output::Table | Output::Yaml => serde_yaml::to_string(value).map_err(|error| defect(&error)),
    }
}

/// JSON lines: one value a line.
///
/// # Errors
/// When one cannot be written; only values of ours are, so this is a defect.
pub(super) fn lines(values: &[impl Serialize]) -> Result<String, Failure> {
    let mut lines = String::new();
    for value in values {
        lines.push_str(&serde_json::to_string(value).map_err(|error| Failure::other(error.to_string()))?);
        lines.push('\n');
    }
    Ok(lines)
}

/// A table: columns as wide as their widest cell, the last one as long as it is.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let cells: Vec<Vec<Cow<'_, str>>> =
        rows.iter().map(|row| row.iter().map(|cell| text::harmless(cell, Lines::Join)).collect()).collect();
    let mut widths: Vec<usize> = header.iter().map(|title| title.width()).collect();
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line(&mut header.iter().copied());
    for row in &cells {
        line(&mut row.iter().map(|cell| &**cell));
    }
    out
}

/// A cell: `-` where there is nothing.
pub(super) fn cell(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A time to the second, in UTC: logs and colleagues are in other places.
pub(super) fn time(at: Option<Timestamp>) -> String {
    cell(at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_what_is_in_them_and_hostile_text_stays_in_its_cell() {
        let rows = vec![vec!["日本".to_owned(), "a\nb\x1b[2J".to_owned()], vec!["x".to_owned(), cell(None::<String>)]];
        assert_eq!(table(&["NAME", "CAUSE"], &rows), "NAME  CAUSE\n日本  a b^[[2J\nx     -\n");
    }
}
