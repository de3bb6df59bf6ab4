//! The revisions of a release.

use super::pen::{Pen, Place, Side};
use crate::app::release::history::{Row, facts};
use crate::app::release::{self, title};
use crate::app::{Area, Model, Panes, age, text};
use crate::config::Role;
use crate::release::history::tests_word;

/// The fewest columns that are left to the description by what may be left out.
const DESCRIPTION: usize = 30;

/// A column, but for the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Revision,
    Status,
    Chart,
    App,
    Updated,
    Age,
    Apply,
    Stored,
    Grown,
    Tests,
    Flux,
}

/// In the order in which they stand.
const COLUMNS: [Column; 11] = [
    Column::Revision,
    Column::Status,
    Column::Chart,
    Column::App,
    Column::Updated,
    Column::Age,
    Column::Apply,
    Column::Stored,
    Column::Grown,
    Column::Tests,
    Column::Flux,
];

/// Those that every terminal has, then the others, the most wanted first.
const WANTED: [Column; 11] = [
    Column::Revision,
    Column::Status,
    Column::Chart,
    Column::Age,
    Column::Apply,
    Column::Stored,
    Column::Flux,
    Column::Tests,
    Column::Updated,
    Column::App,
    Column::Grown,
];
const ALWAYS: usize = 4;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, open: &release::State, rows: &[Row]) {
    let state = &open.history;
    let columns = usize::from(panes.body.width).saturating_sub(2);
    let mut cut = title::cut_cause(open, &model.session, columns);
    let columns = laid_out(rows, model, columns);
    let warning = facts::warning(rows);
    if let (Some(text), Some(mut place)) = (&warning, Pen::line(panes.head, 0)) {
        pen.put(&mut place, "! ", Role::Pending);
        pen.put(&mut place, text, Role::Pending);
    }
    if let Some(mut place) = Pen::line(panes.head, usize::from(warning.is_some())) {
        for (column, width) in &columns {
            pen.cell(&mut place, &head(*column, model), *width, side(*column), Role::TableHead);
        }
        pen.put(&mut place, "DESCRIPTION", Role::TableHead);
    }
    let height: usize = panes.body.height.into();
    for (line, row) in rows.iter().skip(state.top).take(height).enumerate() {
        let Some(mut place) = Pen::edge(panes.body, line) else { return };
        let selected = state.top + line == state.cursor;
        pen.put(&mut place, if selected { ">" } else { " " }, Role::Text);
        let is_marked = state.marks().contains(&row.revision);
        draw_row(pen, &mut place, row, is_marked, &columns, model);
        if selected {
            pen.mark(panes.body, line, Role::Selected);
        }
        if selected && place.room() == 0 {
            cut = Some(row.told());
        }
    }
    let facts = rows.get(state.cursor).map(|row| facts::facts(row, model.session.now, &model.session.setup.zone));
    let told = facts.map(|text| (text, Role::Dim)).into_iter().chain(cut.map(|text| (text, Role::Text)));
    let told: Vec<(String, Role)> = told.filter(|(text, _)| !text.is_empty()).collect();
    below(pen, panes, rows.len().saturating_sub(state.top).min(height), &told);
}

fn draw_row(pen: &mut Pen, place: &mut Place, row: &Row, is_marked: bool, columns: &[(Column, usize)], model: &Model) {
    if row.gap.is_some() {
        let width = columns.first().map_or(0, |(_, width)| width + 2);
        Pen::space(place, width);
        return pen.put(place, &row.told(), Role::Dim);
    }
    for (column, width) in columns {
        let mut width = *width;
        // The mark has the first column of the number, which is never that long.
        if *column == Column::Revision {
            width = width.saturating_sub(1);
            match is_marked {
                true => pen.put(place, "+", Role::Mark),
                false => Pen::space(place, 1),
            }
        }
        let (text, role) = cell(row, *column, model);
        pen.cell(place, &text, width, side(*column), role);
    }
    let told = if row.unread { "...".to_owned() } else { row.told() };
    pen.put(place, &told, if facts::is_bad(row) { Role::Failed } else { Role::Text });
}

/// The columns for which there is room, and how wide each is. Those in which nothing stands are left out.
fn laid_out(rows: &[Row], model: &Model, room: usize) -> Vec<(Column, usize)> {
    let glyphs = model.session.setup.glyphs;
    let measured = |column: Column| {
        let texts = rows.iter().filter(|row| row.gap.is_none()).map(|row| cell(row, column, model).0);
        texts.map(|text| text::width(&text::clean(&text, glyphs))).max().unwrap_or(0)
    };
    let mut left = room;
    let mut chosen = Vec::new();
    for (place, column) in WANTED.into_iter().enumerate() {
        let (least, most) = match column {
            Column::Revision | Column::Age => (4, 4),
            Column::Status => (10, 16),
            Column::Chart => (10, if room < 100 { 20 } else { 28 }),
            Column::App | Column::Flux | Column::Tests => (0, 12),
            Column::Updated | Column::Apply | Column::Stored | Column::Grown => (0, 24),
        };
        let widest = measured(column).clamp(least, most);
        let width = if widest == 0 { 0 } else { widest.max(text::width(&head(column, model))) };
        let is_there = width > 0 && (place < ALWAYS || width + 2 + DESCRIPTION <= left);
        if is_there {
            left = left.saturating_sub(width + 2);
            chosen.push((column, width));
        }
    }
    let width = |column: Column| chosen.iter().find(|(one, _)| *one == column).copied();
    COLUMNS.into_iter().filter_map(width).collect()
}

/// What is to be said of the selected revision: what it is, and what is cut of it or of the title. Below the last revision, or
/// where room is kept for it.
fn below(pen: &mut Pen, panes: &Panes, rows: usize, told: &[(String, Role)]) {
    let Panes { body, detail, .. } = *panes;
    let height = body.height.saturating_add(detail.height);
    let area = Area { height, ..body };
    let first = if rows < body.height.into() { rows + 1 } else { rows };
    let columns = usize::from(body.width).saturating_sub(2);
    let most = usize::from(height).saturating_sub(first);
    let mut line = 0;
    for (number, (text, role)) in told.iter().enumerate() {
        let clean = text::clean(text, pen.glyphs()).into_owned();
        let after = told.len() - number - 1;
        // Why it failed is said at the end of it, and behind all else.
        let room = if after > 0 { most.saturating_sub(line + 1).min(2) } else { most.saturating_sub(line) };
        for row in text::wrap_to_end(&clean, columns, room, pen.glyphs()) {
            if let Some(mut place) = Pen::line(area, first + line) {
                pen.put(&mut place, &row, *role);
            }
            line += 1;
        }
    }
}

fn head(column: Column, model: &Model) -> String {
    match column {
        Column::Revision => "REV",
        Column::Status => "STATUS",
        Column::Chart => "CHART",
        Column::App => "APP",
        Column::Updated => {
            return format!("UPDATED ({})", age::zone(&model.session.setup.zone, model.session.now));
        }
        Column::Age => "AGE",
        Column::Apply => "APPLY",
        Column::Stored => "STORED",
        Column::Grown => "GROWN",
        Column::Tests => "TESTS",
        Column::Flux => "FLUX",
    }
    .to_owned()
}

fn side(column: Column) -> Side {
    match column {
        Column::Revision | Column::Age | Column::Stored | Column::Grown => Side::Right,
        Column::Status
        | Column::Chart
        | Column::App
        | Column::Updated
        | Column::Apply
        | Column::Tests
        | Column::Flux => Side::Left,
    }
}

fn cell(row: &Row, column: Column, model: &Model) -> (String, Role) {
    let session = &model.session;
    match column {
        Column::Revision => (row.revision.to_string(), Role::Text),
        Column::Status => (row.status_word().to_owned(), status_role(row.status_word())),
        Column::Chart => (row.chart_cell(), Role::Text),
        Column::App => (row.app_version.clone().unwrap_or_default(), Role::Text),
        Column::Updated => {
            (row.updated().map(|at| facts::date(at, &session.setup.zone)).unwrap_or_default(), Role::Dim)
        }
        Column::Age => (row.updated().map(|at| age::coarse(at, session.now)).unwrap_or_default(), Role::Dim),
        Column::Apply => (row.apply_method.map(|method| method.as_str().to_owned()).unwrap_or_default(), Role::Dim),
        Column::Stored => match row.fullness().zip(row.size) {
            Some((percent, size)) if row.is_near_limit() => {
                (format!("! {} {percent}%", facts::bytes(size)), Role::Pending)
            }
            Some((_, size)) => (facts::bytes(size), Role::Dim),
            None => (String::new(), Role::Dim),
        },
        Column::Grown => (row.growth.map(|(grown, _)| facts::growth(grown)).unwrap_or_default(), Role::Dim),
        Column::Tests => {
            let word = tests_word(&row.tests);
            let role = if word.ends_with("failed") { Role::Failed } else { Role::Dim };
            (word, role)
        }
        Column::Flux => (row.action.clone().unwrap_or_default(), Role::Text),
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
