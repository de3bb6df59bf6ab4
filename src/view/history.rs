//! The revisions of a release.

use super::pen::{Pen, Side};
use crate::app::layout::WIDE;
use crate::app::release::history::Row;
use crate::app::release::{self, title};
use crate::app::{Area, Model, Panes, age, text};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, open: &release::State, rows: &[Row]) {
    let state = &open.history;
    let columns = usize::from(panes.body.width).saturating_sub(2);
    let mut cut = title::cut_cause(open, &model.session, columns);
    let wide = panes.body.width >= WIDE;
    let measured = |text: &str| text::width(&text::clean(text, model.session.setup.glyphs));
    let widest = |text: &dyn Fn(&Row) -> usize, least: usize, most: usize| {
        rows.iter().map(text).max().unwrap_or(0).clamp(least, most)
    };
    let status = widest(&|row| measured(&row.status), 10, 16);
    let chart = widest(&|row| measured(&row.chart), 10, if wide { 28 } else { 20 });
    let app = if wide { widest(&|row| measured(&row.app), 3, 12) } else { 0 };
    let action = widest(&|row| measured(&row.action), 0, 12);
    let action = if action == 0 { 0 } else { action.max(11) };
    let updated = format!("UPDATED ({})", age::zone(&model.session.setup.zone, model.session.now));
    let date = if wide { 16.max(text::width(&updated)) } else { 0 };
    let size = if wide { 8 } else { 0 };

    let columns = [
        ("REV", 4, Side::Right),
        ("STATUS", status, Side::Left),
        ("FLUX ACTION", action, Side::Left),
        ("CHART", chart, Side::Left),
    ]
    .into_iter()
    .chain([
        ("APP", app, Side::Left),
        ("UPDATED", date, Side::Left),
        ("AGE", 4, Side::Right),
        ("STORED", size, Side::Right),
    ]);
    let columns: Vec<_> = columns.filter(|(_, width, _)| *width > 0).collect();
    if let Some(mut place) = Pen::line(panes.head, 0) {
        for (title, width, side) in &columns {
            let title = if *title == "UPDATED" { &updated } else { *title };
            pen.cell(&mut place, title, *width, *side, Role::TableHead);
        }
        pen.put(&mut place, "DESCRIPTION", Role::TableHead);
    }
    let height: usize = panes.body.height.into();
    for (line, row) in rows.iter().skip(state.top).take(height).enumerate() {
        let Some(mut place) = Pen::edge(panes.body, line) else { return };
        let selected = state.top + line == state.cursor;
        pen.put(&mut place, if selected { ">" } else { " " }, Role::Text);
        let is_marked = state.marks().contains(&row.revision);
        for (title, width, side) in &columns {
            // The mark has the first column of the number, which is never that long.
            let mut width = *width;
            if *title == "REV" {
                width = width.saturating_sub(1);
                match is_marked {
                    true => pen.put(&mut place, "+", Role::Mark),
                    false => Pen::space(&mut place, 1),
                }
            }
            let (text, role) = cell(row, title, model);
            pen.cell(&mut place, &text, width, *side, role);
        }
        let unread = if row.unread { "..." } else { &row.description };
        pen.put(&mut place, unread, if row.failed { Role::Failed } else { Role::Text });
        if selected {
            pen.mark(panes.body, line, Role::Selected);
        }
        if selected && place.room() == 0 {
            cut = Some(unread.to_owned());
        }
    }
    if let Some(text) = cut {
        below(pen, panes, rows.len().saturating_sub(state.top).min(height), &text);
    }
}

/// What is cut of the selected revision, else of the title: why it failed is said at the end. Below the last revision, or
/// where room is kept for it.
fn below(pen: &mut Pen, panes: &Panes, rows: usize, text: &str) {
    let Panes { body, detail, .. } = *panes;
    let height = body.height.saturating_add(detail.height);
    let area = Area { height, ..body };
    let first = if rows < body.height.into() { rows + 1 } else { rows };
    let clean = text::clean(text, pen.glyphs()).into_owned();
    let columns = usize::from(body.width).saturating_sub(2);
    let most = usize::from(height).saturating_sub(first);
    for (line, text) in text::wrap_to_end(&clean, columns, most, pen.glyphs()).iter().enumerate() {
        if let Some(mut place) = Pen::line(area, first + line) {
            pen.put(&mut place, text, Role::Text);
        }
    }
}

fn cell(row: &Row, title: &str, model: &Model) -> (String, Role) {
    let zone = &model.session.setup.zone;
    match title {
        "REV" => (row.revision.to_string(), Role::Text),
        "STATUS" => (row.status.clone(), status_role(&row.status)),
        "FLUX ACTION" => (row.action.clone(), Role::Text),
        "CHART" => (row.chart.clone(), Role::Text),
        "APP" => (row.app.clone(), Role::Text),
        "UPDATED" => {
            let date = row.updated.map(|at| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string());
            (date.unwrap_or_default(), Role::Dim)
        }
        "AGE" => (row.updated.map(|at| age::coarse(at, model.session.now)).unwrap_or_default(), Role::Dim),
        _ => (row.size.map(bytes).unwrap_or_default(), Role::Dim),
    }
}

fn status_role(status: &str) -> Role {
    match status {
        "failed" => Role::Failed,
        "deployed" => Role::Healthy,
        "superseded" => Role::Dim,
        _ if status.starts_with("pending") => Role::Pending,
        _ => Role::Text,
    }
}

/// `812 B`, `14 KiB`, `1.2 MiB`: a revision may not be larger than 1 MiB when stored.
fn bytes(count: usize) -> String {
    match count {
        ..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{} KiB", count / 1024),
        _ => format!("{}.{} MiB", count / 1_048_576, count % 1_048_576 * 10 / 1_048_576),
    }
}
