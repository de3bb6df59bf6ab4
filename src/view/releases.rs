//! The list of releases.

use super::pen::{Pen, Place, Side};
use crate::app::connection::{self, Health};
use crate::app::release::title::verdict_role;
use crate::app::releases::columns::{Columns, VERDICT};
use crate::app::releases::sort::{Column, Sort};
use crate::app::rows::Row;
use crate::app::{Area, Model, Panes, age, text};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model) {
    let state = &model.releases;
    if state.visible.is_empty() {
        return empty(pen, panes.body, model);
    }
    let columns = Columns::fit(&state.measured, panes.body.width);
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

fn head(pen: &mut Pen, area: Area, columns: &Columns, model: &Model) {
    let Some(mut place) = Pen::edge(area, 0) else { return };
    Pen::space(&mut place, 3);
    let list = &model.releases;
    let sort = list.sort;
    let mut cell = |title: &str, sorted: &[Column], width: usize, side: Side| {
        if width > 0 {
            let mut sign = place;
            let before = if side == Side::Left { text::width(title) } else { width };
            pen.cell(&mut place, title, width, side, Role::TableHead);
            if sort != Sort::default() && sorted.contains(&sort.column) {
                Pen::space(&mut sign, before);
                pen.put(&mut sign, sort.sign(), Role::TableHead);
            }
        }
    };
    cell("VERDICT", &[Column::Verdict], VERDICT, Side::Left);
    cell("NAMESPACE/NAME", &[Column::Namespace, Column::Name], columns.both, Side::Left);
    for (column, width, side) in [
        (Column::Namespace, columns.namespace, Side::Left),
        (Column::Name, columns.name, Side::Left),
        (Column::By, columns.by, Side::Left),
        (Column::Revision, columns.revision, Side::Right),
        (Column::Objects, columns.objects, Side::Left),
        (Column::Chart, columns.chart, Side::Left),
        (Column::App, columns.app, Side::Left),
        (Column::Marks, columns.marks, Side::Left),
        (Column::Changed, columns.changed, Side::Right),
    ] {
        let head = if column == Column::Objects && width < column.head().len() { "OBJ" } else { column.head() };
        cell(head, &[column], width, side);
    }
    let sign = if sort.column == Column::Cause { sort.sign() } else { "" };
    pen.put(&mut place, &format!("CAUSE{sign}"), Role::TableHead);
    let mut said = Vec::new();
    match list.marked(&model.session) {
        (0, _) => {}
        (count, 0) => said.push(format!("{count} marked")),
        (count, hidden) => said.push(format!("{count} marked, {hidden} of them not listed")),
    }
    if sort != Sort::default() {
        said.push(format!("by {}, {}", sort.column.word(), sort.direction()));
    }
    if !list.filter.is_empty() {
        let count = format!("{} of {}", list.visible.len(), list.total());
        said.push(if list.prompt.is_some() { count } else { format!("{count}: {}", list.filter.text()) });
    }
    Pen::space(&mut place, 3);
    pen.put(&mut place, &said.join("; "), Role::Prompt);
}

fn draw_row(pen: &mut Pen, mut place: Place, columns: &Columns, row: &Row, selected: bool, model: &Model) {
    let release = &row.release;
    let role = verdict_role(row.judgement.verdict);
    pen.put(&mut place, if selected { ">" } else { " " }, Role::Text);
    pen.put(&mut place, row.judgement.verdict.line().symbol, role);
    match model.releases.is_marked(&release.id) {
        true => pen.put(&mut place, "+", Role::Mark),
        false => Pen::space(&mut place, 1),
    }
    pen.cell(&mut place, &row.judgement.verdict.to_string(), VERDICT, Side::Left, role);
    let (_, wanted) = row.chart();
    let revision = release.revision.map_or("-".to_owned(), |revision| revision.to_string());
    let changed = release.changed.map(|changed| age::coarse(changed, model.session.now)).unwrap_or_default();
    let name = {
        let clean = |text| text::clean(text, pen.glyphs());
        text::cut_place(&clean(&release.namespace), &clean(&release.id.name), columns.both, pen.glyphs())
    };
    for (text, width, role) in [
        (name.as_str(), columns.both, Role::Text),
        (&release.namespace, columns.namespace, Role::Text),
        (&release.id.name, columns.name, Role::Text),
        (row.manager(), columns.by, Role::Dim),
    ] {
        if width > 0 {
            pen.name(&mut place, text, width, role);
        }
    }
    pen.cell(&mut place, &revision, columns.revision, Side::Right, Role::Text);
    if columns.objects > 0 {
        let role = if row.objects_well() { Role::Text } else { role };
        pen.cell(&mut place, &row.objects_cell(), columns.objects, Side::Left, role);
    }
    if columns.chart > 0 {
        pen.name(&mut place, &row.chart_cell(), columns.chart, if wanted { Role::Dim } else { Role::Text });
    }
    for (text, width, side, role) in [
        (release.app_version.as_deref().unwrap_or_default(), columns.app, Side::Left, Role::Text),
        (&row.marks_cell(), columns.marks, Side::Left, Role::Mark),
        (&changed, columns.changed, Side::Right, Role::Dim),
    ] {
        if width > 0 {
            pen.cell(&mut place, text, width, side, role);
        }
    }
    let marks = if columns.marks == 0 { row.inline_marks() } else { String::new() };
    pen.put(&mut place, &marks, Role::Mark);
    let room = columns.cause.saturating_sub(marks.len());
    pen.put(&mut place, &row.cause_within(model.session.now, room, pen.glyphs()), Role::Text);
}

/// What is cut of the selected row: the columns that have no room, and the cause where it is longer than its own.
fn detail(pen: &mut Pen, area: Area, columns: &Columns, model: &Model) {
    let Some(row) = model.releases.current(&model.session) else { return };
    let release = &row.release;
    let cause = text::clean(&row.cause(model.session.now), pen.glyphs()).into_owned();
    let name = format!("{}/{}", release.namespace, release.id.name);
    let cut = |text: &str, room: usize| text::width(&text::clean(text, model.session.setup.glyphs)) > room;
    let mut facts = Vec::new();
    let named = if columns.both > 0 {
        cut(&name, columns.both)
    } else {
        cut(&release.namespace, columns.namespace) || cut(&release.id.name, columns.name)
    };
    let (chart, wanted) = row.chart();
    let chart = if wanted { format!("wants {chart}") } else { chart };
    if columns.both > 0 {
        facts.extend(named.then_some(name));
        facts.push(row.manager().to_owned());
        facts.push(chart);
        facts.extend(release.changed.map(|changed| format!("changed {} ago", age::coarse(changed, model.session.now))));
    } else {
        facts.extend(named.then_some(name));
        if cut(&row.chart_cell(), columns.chart) {
            facts.push(chart);
        }
        if columns.marks > 0 && cut(&row.marks_cell(), columns.marks) {
            facts.push(row.marks_cell());
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
        // The whole name is told first: one must know of what the cause is.
        let rows = if lines > 1 && (named || text::width(&cause) <= room) { lines - 1 } else { lines };
        said.extend(text::wrap_to_end(&cause, room, rows, pen.glyphs()).into_iter().map(|line| (line, Role::Text)));
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
    let total = model.releases.total();
    let place = session.namespace.as_ref().map_or("any namespace".to_owned(), |one| format!("namespace {one}"));
    let absent = session.namespace.as_ref().is_some_and(|one| session.catalog.namespace_exists(one) == Some(false));
    match connection::health(session) {
        _ if total > 0 => {
            let of = if total == 1 {
                "the one release does not pass".to_owned()
            } else {
                format!("none of {total} releases passes")
            };
            lines.push(format!("{of} the filter {}", model.releases.filter.text()));
        }
        Health::NoCluster => lines.push("no cluster to look at yet".to_owned()),
        Health::Connecting | Health::Loading => lines.push("no release has arrived yet".to_owned()),
        Health::Live if absent => lines.push(format!("there is no {place}: it was not among the cluster's namespaces")),
        Health::Live if connection::incomplete(session, session.namespace.as_deref()) => {
            lines.push(format!("no release can be seen in {place}"));
        }
        Health::Live => lines.push(format!("no release in {place}")),
        Health::Stale(_) => lines.push("nothing is known of this cluster yet".to_owned()),
    }
    if total == 0 {
        lines.extend(connection::remarks(session));
    }
    pen.sentences(area, &lines, Role::Strong);
}
