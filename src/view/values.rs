//! The values of a release: only the lines that are seen.

use std::ops::Range;

use super::pen::{Pen, Side};
use crate::app::layout::WIDE;
use crate::app::release::State;
use crate::app::release::values::seek::{in_key, in_value, shown_key};
use crate::app::release::values::sheet::Sheet;
use crate::app::release::values::tree::{Line, Tree, said};
use crate::app::release::values::{Shown, most_notes};
use crate::app::{Area, Model, Panes, text};
use crate::config::Role;
use crate::release::values::{Layer, Overridden, Row};

/// How wide the columns are; 0 where there is none.
struct Columns {
    key: usize,
    value: usize,
    mark: usize,
    layer: usize,
    source: usize,
}

impl Columns {
    fn fit(tree: &Tree, width: u16) -> Self {
        let is_wide = width >= WIDE;
        let room = usize::from(width);
        let widest = tree.widest;
        let mark = if tree.lines.iter().any(|line| line.mark.is_some()) { 7 } else { 0 };
        let key = widest.key.clamp(12, (room * 7 / 20).max(12));
        let source = widest.source.clamp(8, (room * 3 / 10).max(8));
        let layer = if is_wide { 10 } else { 0 };
        let taken: usize = [key, mark, layer, source].into_iter().filter(|one| *one > 0).map(|one| one + 2).sum();
        let left = room.saturating_sub(taken + 3);
        // What is left beside short values is for what they overrode, or for the source.
        let value = if is_wide { widest.value.clamp(10, (left * 3 / 5).max(10)) } else { left };
        Self { key, value, mark, layer, source }
    }
}

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, open: &State, sheet: &Sheet) {
    let state = &open.tree;
    let tree = sheet.tree(state.shown);
    let columns = Columns::fit(tree, panes.body.width);
    head(pen, panes.head, model, open, sheet, &columns);
    for (line, (place, shown)) in state.seen(panes.body.height.into()).enumerate() {
        let is_selected = state.top + line == state.cursor;
        row(pen, panes.body, line, &columns, tree, (place, shown), open, is_selected);
        if is_selected {
            pen.mark(panes.body, line, Role::Selected);
        }
    }
    detail(pen, panes.detail, open);
}

/// What the tree is of, what of it deserves the eye, and the heads of the columns.
fn head(pen: &mut Pen, area: Area, model: &Model, open: &State, sheet: &Sheet, columns: &Columns) {
    let state = &open.tree;
    if let Some(mut place) = Pen::line(area, 0) {
        pen.put(&mut place, &summary(sheet, state.shown), Role::Strong);
        let (count, at, wrapped) = state.matches();
        let sought = &open.sought;
        let (said, role) = match at {
            _ if sought.is_empty() => (String::new(), Role::Text),
            _ if count == 0 => (format!("no match for {sought}"), Role::PromptError),
            Some(at) => {
                let round = if wrapped { ", went round" } else { "" };
                (format!("match {} of {count} for {sought}{round}", at + 1), Role::Prompt)
            }
            None if count == 1 => (format!("1 match for {sought}"), Role::Prompt),
            None => (format!("{count} matches for {sought}"), Role::Prompt),
        };
        Pen::space(&mut place, 3);
        pen.put(&mut place, &said, role);
    }
    let most = most_notes(model.session.size);
    for (line, note) in sheet.notes.iter().take(most).enumerate() {
        let Some(mut place) = Pen::line(area, line + 1) else { break };
        let more = sheet.notes.len() - most.min(sheet.notes.len());
        let more = if line + 1 == most && more > 0 { format!("  (and {more} more)") } else { String::new() };
        let room = place.room().saturating_sub(more.len());
        let clean = text::clean(&note.text, pen.glyphs());
        let cut = text::cut(&clean, room, pen.glyphs());
        pen.put(&mut place, &format!("{cut}{more}"), if note.is_wrong { Role::Mark } else { Role::Dim });
    }
    let Some(mut place) = Pen::edge(area, usize::from(area.height).saturating_sub(1)) else { return };
    Pen::space(&mut place, 1);
    for (title, width) in [
        ("KEY", columns.key),
        ("VALUE", columns.value),
        ("MARK", columns.mark),
        ("LAYER", columns.layer),
        ("FROM", columns.source),
    ] {
        if width > 0 {
            pen.cell(&mut place, title, width, Side::Left, Role::TableHead);
        }
    }
    if columns.layer > 0 {
        pen.put(&mut place, "OVERRODE", Role::TableHead);
    }
}

/// Of which values the tree is, and how many there are.
fn summary(sheet: &Sheet, shown: Shown) -> String {
    let count = |shown| {
        let count = sheet.tree(shown).rows.iter().filter(|row| shown == Shown::Given || !row.is_deleted).count();
        if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
    };
    match shown {
        Shown::Given if !sheet.has_chart => format!("{}; the chart's own are not known", count(Shown::Given)),
        Shown::Given => format!("{} set beside the chart, of all {}", count(Shown::Given), count(Shown::All)),
        Shown::All => format!("all {}, the chart's defaults too", count(Shown::All)),
        Shown::Defaults => format!("{} of the chart alone", count(Shown::Defaults)),
    }
}

#[allow(clippy::too_many_arguments, reason = "a row is drawn of all that the screen knows")]
fn row(
    pen: &mut Pen,
    area: Area,
    line: usize,
    columns: &Columns,
    tree: &Tree,
    (at, shown): (usize, &Line),
    open: &State,
    is_selected: bool,
) {
    let state = &open.tree;
    let Some(mut place) = Pen::edge(area, line) else { return };
    let is_folded = state.is_folded(shown);
    let is_dim = state.shown == Shown::All && tree.is_default(at);
    let role = |role| if is_dim { Role::Dim } else { role };
    pen.put(&mut place, if is_selected { ">" } else { " " }, Role::Text);
    let indent = (shown.depth * 2).min(columns.key / 2);
    Pen::space(&mut place, indent);
    let found = in_key(shown, &open.sought);
    found_in(pen, &mut place, &shown_key(shown), columns.key - indent, found.as_slice(), role(Role::SyntaxKey));
    match (shown.is_branch(), is_folded) {
        (true, true) => {
            let values = if shown.count == 1 { "1 value".to_owned() } else { format!("{} values", shown.count) };
            pen.cell(&mut place, &values, columns.value, Side::Left, Role::Dim);
        }
        _ => {
            let found = in_value(shown, &open.sought);
            found_in(pen, &mut place, &shown.value, columns.value, &found, role(Role::Text));
        }
    }
    let is_said = !shown.is_branch() || is_folded;
    if columns.mark > 0 {
        let word = shown.mark.filter(|_| is_said).map_or("", |mark| mark.word());
        pen.cell(&mut place, word, columns.mark, Side::Left, Role::Mark);
    }
    // A part of a list came with the list.
    let is_part = tree.above(at).any(|above| above.row.is_some() && above.row == shown.row);
    let from = tree.row(at).filter(|_| !is_part).or_else(|| if is_folded { alike(tree, at) } else { None });
    let Some(from) = from else { return };
    if columns.layer > 0 {
        pen.cell(&mut place, layer(from.layer), columns.layer, Side::Left, role(Role::Text));
    }
    let source = tree.short(&from.source);
    let clean = text::clean(&source, pen.glyphs());
    let cut = text::cut_middle(&clean, columns.source.min(place.room()), pen.glyphs()).into_owned();
    pen.cell(&mut place, &cut, columns.source, Side::Left, role(Role::Text));
    if columns.layer > 0
        && let Some(overrode) = from.overrode.first().filter(|_| !shown.is_branch())
    {
        pen.put(&mut place, &of(overrode, &tree.short(&overrode.source)), Role::Dim);
    }
}

/// The row that stands for all below a line, where the same source set them.
fn alike(tree: &Tree, line: usize) -> Option<&Row> {
    let mut rows = tree.below(line);
    let first = rows.next()?;
    rows.all(|row| (row.layer, &row.source) == (first.layer, &first.source)).then_some(first)
}

/// Writes a text into a column of a width, and what is searched for in colour.
fn found_in(
    pen: &mut Pen,
    place: &mut super::pen::Place,
    text: &str,
    columns: usize,
    found: &[Range<usize>],
    role: Role,
) {
    let mut colours = Vec::new();
    let mut from = 0;
    for range in found {
        colours.push((from..range.start, role));
        colours.push((range.clone(), Role::SearchMatch));
        from = range.end;
    }
    colours.push((from..text.len().max(from), role));
    colours.retain(|(range, _)| range.start < range.end);
    pen.window(place.within(columns), text, 0, &colours);
    Pen::space(place, columns + 2);
}

fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Unknown => "unknown",
        Layer::Default | Layer::ValuesFrom | Layer::Inline => layer.into(),
    }
}

fn of(overrode: &Overridden, source: &str) -> String {
    format!("{} of {source}", said(&overrode.value))
}

/// The selected line in full: its row may be cut, and says only the nearest of what it overrode.
fn detail(pen: &mut Pen, area: Area, open: &State) {
    let state = &open.tree;
    let Some(line) = state.current() else { return };
    let columns = usize::from(area.width).saturating_sub(2);
    let height: usize = area.height.into();
    let mut told = told(state.row(), line);
    if state.revealed().is_some() {
        told = format!("shown for half a minute, or until the cursor moves; {told}");
    }
    let (first, role) = match (state.revealed(), state.refused()) {
        (Some(value), _) => (format!("{}: {}", line.path, value.reveal()), Role::Strong),
        (None, Some(problem)) => {
            (format!("not shown: {}", with_hint(&problem.cause, &problem.hint)), Role::BannerError)
        }
        (None, None) if state.is_revealing() => (format!("{}: writing to the journal ...", line.path), Role::Dim),
        (None, None) => (state.words().unwrap_or_default(), Role::Text),
    };
    let wrap = |text: &str, most: usize, glyphs| {
        let clean = text::clean(text, glyphs).into_owned();
        text::wrap_to_end(&clean, columns, most, glyphs)
    };
    let below = if told.is_empty() { 0 } else { 1 };
    let mut lines: Vec<(String, Role)> = Vec::new();
    lines.extend(wrap(&first, height.saturating_sub(below).max(1), pen.glyphs()).into_iter().map(|text| (text, role)));
    let left = height.saturating_sub(lines.len());
    lines.extend(wrap(&told, left, pen.glyphs()).into_iter().map(|text| (text, Role::Dim)));
    for (line, (text, role)) in lines.iter().enumerate() {
        if let Some(mut place) = Pen::line(area, line) {
            pen.put(&mut place, text, *role);
        }
    }
}

fn with_hint(cause: &str, hint: &str) -> String {
    if hint.is_empty() { cause.to_owned() } else { format!("{cause}; {hint}") }
}

/// What set a value, and what it overrode.
fn told(row: Option<&Row>, line: &Line) -> String {
    let Some(row) = row else {
        return match line.count {
            1 => "1 value below".to_owned(),
            count => format!("{count} values below"),
        };
    };
    let mut said = match row.layer {
        Layer::Unknown if row.source.starts_with("not known") => format!("layer {}", row.source),
        Layer::Unknown => format!("layer unknown: {}", row.source),
        Layer::Default => format!("default of {}", row.source),
        Layer::ValuesFrom | Layer::Inline => format!("set by {}", row.source),
    };
    let overrode: Vec<String> = row.overrode.iter().map(|overrode| of(overrode, &overrode.source)).collect();
    if !overrode.is_empty() {
        let verb = if row.is_deleted { "deletes" } else { "overrode" };
        said = format!("{said}; {verb} {}", overrode.join(", and "));
    }
    said
}
