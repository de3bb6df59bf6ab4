//! The objects of a release: only the rows that are seen.

use super::pen::{Pen, Side};
use crate::app::release::objects::{State, indent, name, summary, symbol};
use crate::app::release::why::severity_role;
use crate::app::{Area, Model, Panes, age, text};
use crate::config::Role;
use crate::health::objects::Row;

/// From this width on age and restarts have their columns.
const ROOMY: u16 = 100;
/// The narrowest column of names.
const NAME: usize = 20;

/// How wide the columns are; 0 where there is none.
struct Columns {
    name: usize,
    status: usize,
    restarts: usize,
    age: usize,
}

impl Columns {
    fn fit(state: &State, width: u16) -> Self {
        let roomy = width >= ROOMY;
        let most = usize::from(width) * 9 / 20;
        Self {
            name: state.widest_name.clamp(NAME, most.max(NAME)),
            status: state.widest_status.clamp(6, 18),
            restarts: if roomy { 8 } else { 0 },
            age: if roomy { 4 } else { 0 },
        }
    }

    /// How many columns are left to the message.
    fn message(&self, width: u16) -> usize {
        let taken: usize = [self.name, self.status, self.restarts, self.age]
            .into_iter()
            .filter(|one| *one > 0)
            .map(|one| one + 2)
            .sum();
        usize::from(width).saturating_sub(taken + 3)
    }
}

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, namespace: &str, state: &State) {
    let columns = Columns::fit(state, panes.body.width);
    head(pen, panes.head, &columns, state);
    for (line, row) in state.seen(panes.body.height.into()).enumerate() {
        let selected = state.top + line == state.cursor;
        draw_row(pen, panes.body, line, &columns, row, namespace, selected, model);
        if selected {
            pen.mark(panes.body, line, Role::Selected);
        }
    }
    if let Some(row) = state.current() {
        detail(pen, panes.detail, &columns, row, namespace, model);
    }
}

fn head(pen: &mut Pen, area: Area, columns: &Columns, state: &State) {
    if let Some(mut place) = Pen::line(area, 0) {
        let counts = state.counts;
        let well = counts.ready == counts.total && counts.missing + counts.hidden + state.loading == 0;
        pen.put(&mut place, &summary(counts, state.loading), if well { Role::Healthy } else { Role::Strong });
    }
    let Some(mut place) = Pen::edge(area, 1) else { return };
    Pen::space(&mut place, 3);
    for (title, width, side) in [
        ("OBJECT", columns.name, Side::Left),
        ("STATUS", columns.status, Side::Left),
        ("RESTARTS", columns.restarts, Side::Right),
        ("AGE", columns.age, Side::Right),
    ] {
        if width > 0 {
            pen.cell(&mut place, title, width, side, Role::TableHead);
        }
    }
    pen.put(&mut place, "MESSAGE", Role::TableHead);
}

#[allow(clippy::too_many_arguments, reason = "a row is drawn of all that the screen knows")]
fn draw_row(
    pen: &mut Pen,
    area: Area,
    line: usize,
    columns: &Columns,
    row: &Row,
    namespace: &str,
    selected: bool,
    model: &Model,
) {
    let Some(mut place) = Pen::edge(area, line) else { return };
    let role = severity_role(row.severity);
    pen.put(&mut place, if selected { ">" } else { " " }, Role::Text);
    pen.put(&mut place, symbol(row.severity), role);
    let indent = indent(row).min(columns.name / 2);
    Pen::space(&mut place, 1 + indent);
    pen.name(&mut place, &name(row, namespace), columns.name - indent, Role::Text);
    pen.cell(&mut place, &row.status, columns.status, Side::Left, role);
    let restarts = row.restarts.map(|count| count.to_string()).unwrap_or_default();
    let age = row.created.map(|created| age::coarse(created, model.session.now)).unwrap_or_default();
    let many = if row.restarts.unwrap_or(0) > 0 { Role::Pending } else { Role::Dim };
    for (text, width, role) in [(restarts, columns.restarts, many), (age, columns.age, Role::Dim)] {
        if width > 0 {
            pen.cell(&mut place, &text, width, Side::Right, role);
        }
    }
    pen.put(&mut place, &row.message, Role::Text);
}

/// What is cut of the selected row, or has no column.
fn detail(pen: &mut Pen, area: Area, columns: &Columns, row: &Row, namespace: &str, model: &Model) {
    let now = model.session.now;
    let glyphs = pen.glyphs();
    let wide = |text: &str| text::width(&text::clean(text, glyphs));
    let mut facts = Vec::new();
    let name = name(row, namespace);
    if wide(&name) + indent(row) > columns.name {
        facts.push(name);
    }
    if wide(&row.status) > columns.status {
        facts.push(row.status.clone());
    }
    if columns.age == 0 {
        facts.extend(row.created.map(|created| format!("made {} ago", age::coarse(created, now))));
        facts.extend(
            row.restarts.filter(|count| *count > 0).map(|count| format!("{count} restarts of all containers together")),
        );
    }
    if let Some((since, finalizers)) = &row.deleting {
        let kept = if finalizers.is_empty() { String::new() } else { format!(", kept by {}", finalizers.join(", ")) };
        facts.push(format!("being deleted for {}{kept}", age::coarse(*since, now)));
    }
    if row.containers.len() > 1 {
        facts.extend(row.containers.iter().map(|one| {
            let init = if one.init { "init " } else { "" };
            format!("{init}{}: {}", one.name, one.state)
        }));
    }
    let facts = facts.join("; ");
    let mut lines: usize = area.height.into();
    let room = usize::from(area.width).saturating_sub(2);
    let mut said = Vec::new();
    if !facts.is_empty() {
        let clean = text::clean(&facts, glyphs).into_owned();
        let most = if wide(&row.message) > columns.message(area.width) { 1 } else { lines };
        said.extend(text::wrap(&clean, room, most, glyphs).into_iter().map(|line| (line, Role::Dim)));
    }
    lines = lines.saturating_sub(said.len());
    if wide(&row.message) > columns.message(area.width) {
        let clean = text::clean(&row.message, glyphs).into_owned();
        said.extend(text::wrap_to_end(&clean, room, lines, glyphs).into_iter().map(|line| (line, Role::Text)));
    }
    for (line, (text, role)) in said.iter().enumerate() {
        if let Some(mut place) = Pen::line(area, line) {
            pen.put(&mut place, text, *role);
        }
    }
}
