//! The list of releases.

use super::pen::{Pen, Place, Side};
use crate::app::connection::{self, Health};
use crate::app::layout::{WIDE, WIDEST};
use crate::app::release::title::verdict_role;
use crate::app::rows::{Row, symbol};
use crate::app::{Area, Model, Panes, age, text};
use crate::config::Role;

/// Widths of the columns; 0 where a column is not shown.
struct Columns {
    namespace: usize,
    name: usize,
    /// Namespace and name as one column, on a narrow screen.
    both: usize,
    by: usize,
    chart: usize,
    app: usize,
    marks: usize,
    changed: usize,
    cause: usize,
}

const VERDICT: usize = 11;
const REVISION: usize = 4;
/// Selection mark, symbol and space, the word, and the space after it.
const BEFORE: usize = 3 + VERDICT + 2;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model) {
    let state = &model.releases;
    if state.visible.is_empty() {
        return empty(pen, panes.body, model);
    }
    let columns = Columns::measure(model, panes.body.width);
    head(pen, panes.head, &columns, model);
    for (line, row) in state.seen(&model.session, panes.body.height.into()).enumerate() {
        let Some(place) = Pen::edge(panes.body, line) else { return };
        let selected = state.top + line == state.cursor;
        draw_row(pen, place, &columns, row, selected, model);
        if selected {
            pen.mark(panes.body, line, Role::Selected);
        }
    }
    detail(pen, panes.detail, &columns, model);
}

impl Columns {
    /// Columns as wide as what they hold, within bounds, so that the cause gets what is left. All rows that pass the
    /// filter count and not only those that are seen: columns must not move while one scrolls.
    fn measure(model: &Model, width: u16) -> Self {
        let rows = || model.releases.visible.iter().filter_map(|place| model.session.rows.get(*place));
        let widest = |text: &dyn Fn(&Row) -> usize, least: usize, most: usize| {
            rows().map(text).max().unwrap_or(0).clamp(least, most)
        };
        let measured = |text: &str| text::width(&text::clean(text, model.session.setup.glyphs));
        let namespace = widest(&|row| measured(&row.release.namespace), 9, 16);
        let name = widest(&|row| measured(&row.release.id.name), 8, if width >= WIDEST { 32 } else { 22 });
        let room: usize = width.into();
        if width < WIDE {
            let both = widest(&|row| measured(&format!("{}/{}", row.release.namespace, row.release.id.name)), 14, 30);
            let both = both.min(room / 3);
            let cause = room.saturating_sub(BEFORE + both + 2 + REVISION + 2);
            return Self { namespace: 0, name: 0, both, by: 0, chart: 0, app: 0, marks: 0, changed: 0, cause };
        }
        let widest_screen = width >= WIDEST;
        let marks = if widest_screen { widest(&|row| row.marks().join(" ").len(), 0, 18) } else { 0 };
        let marks = if marks == 0 { 0 } else { marks.max(5) };
        let mut columns = Self {
            namespace,
            name,
            both: 0,
            by: 5,
            chart: widest(&|row| measured(&row.chart_cell()), 12, 28),
            app: if widest_screen { 10 } else { 0 },
            marks,
            changed: 7,
            cause: 0,
        };
        // The cause is what is looked for: long names give way to it.
        for _ in 0..64 {
            columns.cause = room.saturating_sub(columns.used());
            if columns.cause >= room * 2 / 5 || !columns.shrink() {
                break;
            }
        }
        columns
    }

    fn used(&self) -> usize {
        let all = [self.namespace, self.name, self.by, REVISION, self.chart, self.app, self.marks, self.changed];
        BEFORE + all.into_iter().filter(|width| *width > 0).map(|width| width + 2).sum::<usize>()
    }

    /// Takes one column from the widest of those that may be narrower, if there is one.
    fn shrink(&mut self) -> bool {
        let spare = |width: usize, least: usize| width.saturating_sub(least);
        let (name, chart, namespace) = (spare(self.name, 16), spare(self.chart, 18), spare(self.namespace, 10));
        match name.max(chart).max(namespace) {
            0 => return false,
            most if most == chart => self.chart -= 1,
            most if most == name => self.name -= 1,
            _ => self.namespace -= 1,
        }
        true
    }
}

fn head(pen: &mut Pen, area: Area, columns: &Columns, model: &Model) {
    let Some(mut place) = Pen::edge(area, 0) else { return };
    Pen::space(&mut place, 3);
    let mut cell = |text: &str, width: usize, side: Side| {
        if width > 0 {
            pen.cell(&mut place, text, width, side, Role::TableHead);
        }
    };
    cell("VERDICT", VERDICT, Side::Left);
    cell("NAMESPACE/NAME", columns.both, Side::Left);
    cell("NAMESPACE", columns.namespace, Side::Left);
    cell("NAME", columns.name, Side::Left);
    cell("BY", columns.by, Side::Left);
    cell("REV", REVISION, Side::Right);
    cell("CHART", columns.chart, Side::Left);
    cell("APP", columns.app, Side::Left);
    cell("MARKS", columns.marks, Side::Left);
    cell("CHANGED", columns.changed, Side::Right);
    let filter = &model.releases.filter;
    if filter.is_empty() {
        pen.put(&mut place, "CAUSE", Role::TableHead);
        return;
    }
    let count = format!("{} of {}", model.releases.visible.len(), model.releases.total(&model.session));
    let what = if model.releases.prompt.is_some() { count } else { format!("{count}: {}", filter.text()) };
    pen.put(&mut place, "CAUSE   ", Role::TableHead);
    pen.put(&mut place, &what, Role::Prompt);
}

fn draw_row(pen: &mut Pen, mut place: Place, columns: &Columns, row: &Row, selected: bool, model: &Model) {
    let release = &row.release;
    let role = verdict_role(row.judgement.verdict);
    pen.put(&mut place, if selected { ">" } else { " " }, Role::Text);
    pen.put(&mut place, symbol(row.judgement.verdict), role);
    Pen::space(&mut place, 1);
    pen.cell(&mut place, &row.judgement.verdict.to_string(), VERDICT, Side::Left, role);
    let (_, wanted) = row.chart();
    let revision = release.revision.map_or("-".to_owned(), |revision| revision.to_string());
    let changed = release.changed.map(|changed| age::coarse(changed, model.session.now)).unwrap_or_default();
    let mut cell = |text: &str, width: usize, side: Side, role: Role| {
        if width > 0 {
            pen.cell(&mut place, text, width, side, role);
        }
    };
    cell(&format!("{}/{}", release.namespace, release.id.name), columns.both, Side::Left, Role::Text);
    cell(&release.namespace, columns.namespace, Side::Left, Role::Text);
    cell(&release.id.name, columns.name, Side::Left, Role::Text);
    cell(row.manager(), columns.by, Side::Left, Role::Dim);
    cell(&revision, REVISION, Side::Right, Role::Text);
    cell(&row.chart_cell(), columns.chart, Side::Left, if wanted { Role::Dim } else { Role::Text });
    cell(release.app_version.as_deref().unwrap_or_default(), columns.app, Side::Left, Role::Text);
    cell(&row.marks().join(" "), columns.marks, Side::Left, Role::Mark);
    cell(&changed, columns.changed, Side::Right, Role::Dim);
    if columns.marks == 0 {
        pen.put(&mut place, &row.inline_marks(), Role::Mark);
    }
    pen.put(&mut place, &row.cause(model.session.now), Role::Text);
}

/// What is cut of the selected row: the columns that have no room, and the cause where it is longer than its own.
fn detail(pen: &mut Pen, area: Area, columns: &Columns, model: &Model) {
    let Some(row) = model.releases.current(&model.session) else { return };
    let release = &row.release;
    let cause = text::clean(&row.cause(model.session.now), pen.glyphs()).into_owned();
    let name = format!("{}/{}", release.namespace, release.id.name);
    let cut = |text: &str, room: usize| text::width(&text::clean(text, model.session.setup.glyphs)) > room;
    let mut facts = Vec::new();
    let (chart, wanted) = row.chart();
    let chart = if wanted { format!("wants {chart}") } else { chart };
    if columns.both > 0 {
        if cut(&name, columns.both) {
            facts.push(name);
        }
        facts.push(row.manager().to_owned());
        facts.push(chart);
        facts.extend(release.changed.map(|changed| format!("changed {} ago", age::coarse(changed, model.session.now))));
    } else {
        if cut(&release.namespace, columns.namespace) || cut(&release.id.name, columns.name) {
            facts.push(name);
        }
        if cut(&row.chart_cell(), columns.chart) {
            facts.push(chart);
        }
        if columns.marks > 0 && cut(&row.marks().join(" "), columns.marks) {
            facts.push(row.marks().join(" "));
        }
    }
    if columns.both > 0 || columns.app == 0 {
        facts.extend(release.app_version.as_ref().map(|app| format!("app {app}")));
    }
    facts.retain(|fact| !fact.is_empty());
    let facts = facts.join(", ");
    let marks = if columns.marks == 0 { row.inline_marks().len() } else { 0 };
    let long = text::width(&cause) + marks > columns.cause;

    let lines: usize = area.height.into();
    let mut said = Vec::new();
    if long && (lines > 1 || columns.both == 0 || facts.is_empty()) {
        let room = usize::from(area.width).saturating_sub(2);
        let rows = if lines > 1 && text::width(&cause) <= room { 1 } else { lines };
        said.extend(text::wrap(&cause, room, rows, pen.glyphs()).into_iter().map(|line| (line, Role::Text)));
    } else if long {
        said.push((format!("{cause} ({facts})"), Role::Text));
    }
    if said.len() < lines && !facts.is_empty() && !(long && lines == 1) {
        said.insert(0, (facts, Role::Dim));
    }
    for (line, (text, role)) in said.iter().enumerate() {
        if let Some(mut place) = Pen::line(area, line) {
            pen.put(&mut place, text, *role);
        }
    }
}

/// Why there is no row.
fn empty(pen: &mut Pen, area: Area, model: &Model) {
    let session = &model.session;
    let mut lines = Vec::new();
    let total = model.releases.total(session);
    let place = session.namespace.as_ref().map_or("any namespace".to_owned(), |one| format!("namespace {one}"));
    match connection::health(session) {
        _ if total > 0 => {
            lines.push(format!("none of {total} releases passes the filter {}", model.releases.filter.text()))
        }
        Health::NoCluster => lines.push("no cluster to look at yet".to_owned()),
        Health::Connecting | Health::Loading => lines.push("no release has arrived yet".to_owned()),
        Health::Live if connection::incomplete(session, session.namespace.as_deref()) => {
            lines.push(format!("no release can be seen in {place}"));
        }
        Health::Live => lines.push(format!("no release in {place}")),
        Health::Stale(_) => lines.push("nothing is known of this cluster yet".to_owned()),
    }
    if total == 0 {
        lines.extend(connection::remarks(session));
    }
    for (line, text) in lines.iter().enumerate() {
        if let Some(mut place) = Pen::line(area, line + 1) {
            Pen::space(&mut place, 2);
            pen.put(&mut place, text, if line == 0 { Role::Strong } else { Role::Text });
        }
    }
}
