//! What differs between two ends: objects at the left, where there is room, and what differs of them.

use std::ops::Range;

use super::pen::{Pen, Place};
use crate::app::diff::page::{Form, Piece, Row, Told, What};
use crate::app::diff::sheet::{Block, Counts, Sheet};
use crate::app::diff::{Content, State, half, whole};
use crate::app::document::rows;
use crate::app::{Area, Model, Panes, text};
use crate::config::Role;
use crate::diff::Change;

/// Parts of a line and their roles.
type Spans = Vec<(Range<usize>, Role)>;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    for (line, pieces) in state.title().iter().enumerate() {
        let Some(mut place) = Pen::line(panes.title, line) else { break };
        pieces.iter().for_each(|(text, role)| pen.put(&mut place, text, *role));
    }
    for (line, (text, role)) in state.notices(&model.session).iter().enumerate() {
        let Some(mut place) = Pen::line(panes.tabs, line) else { break };
        pen.put(&mut place, text, *role);
    }
    let sheet = match state.content(&model.session) {
        Content::Sheet(sheet) => sheet,
        Content::Message { lines, error } => {
            return pen.sentences(panes.body, &lines, if error { Role::BannerError } else { Role::Strong });
        }
    };
    let (list, area) = state.split(panes.body);
    if let Some(list) = list {
        objects(pen, list, state, sheet);
    }
    let height: usize = area.height.into();
    let mut line = 0;
    for (number, row) in state.page.rows.iter().enumerate().skip(state.top) {
        let Some(block) = sheet.blocks.get(row.block).filter(|_| line < height) else { break };
        let shown = Shown { state, block, area, form: state.form(panes.body.width) };
        let taken = state.height(row, area, pen.glyphs()).min(height - line);
        if let Some(mut place) = Pen::edge(area, line).filter(|_| number == state.cursor) {
            pen.put(&mut place, ">", Role::Selected);
        }
        shown.row(pen, row, line, taken);
        line += taken;
    }
    if let Some(mut place) = Pen::line(panes.detail, 0) {
        state.status().iter().for_each(|(text, role)| pen.put(&mut place, text, *role));
    }
}

/// The objects, the one at the cursor marked, each with how much of it differs.
fn objects(pen: &mut Pen, area: Area, state: &State, sheet: &Sheet) {
    let at = state.page.head_at(state.cursor).unwrap_or(0);
    let (count, height) = (state.page.heads.len(), usize::from(area.height));
    let top = at.saturating_sub(height / 2).min(count.saturating_sub(height));
    let inside = Area { width: area.width.saturating_sub(1), ..area };
    for line in 0..height {
        let edge = Area { x: area.x + inside.width, width: 1, ..area };
        if let Some(mut place) = Pen::edge(edge, line) {
            pen.put(&mut place, "|", Role::Dim);
        }
        let place = top + line;
        let row = state.page.heads.get(place).and_then(|head| state.page.rows.get(*head));
        let Some(block) = row.and_then(|row| sheet.blocks.get(row.block)) else { continue };
        let Some(mut begin) = Pen::edge(inside, line) else { continue };
        let counts = match block.change {
            Change::Changed => counted(block.counts),
            Change::Added | Change::Removed => vec![(block.word().to_owned(), change_role(block.change))],
        };
        let taken: usize = counts.iter().map(|(text, _)| text.len() + 1).sum();
        pen.put(&mut begin, if place == at { ">" } else { " " }, Role::Text);
        pen.put(&mut begin, &change_sign(block.change).to_string(), change_role(block.change));
        let room = begin.room().saturating_sub(taken + 1);
        pen.name(&mut begin, &block.title, room, if place == at { Role::Strong } else { Role::Text });
        // A column has two of space after it, of which the counts bring one.
        begin.x = begin.x.saturating_sub(2);
        for (text, role) in counts {
            Pen::space(&mut begin, 1);
            pen.put(&mut begin, &text, role);
        }
    }
}

/// `+1 -2 ~3`, without those that are none.
fn counted(counts: Counts) -> Vec<(String, Role)> {
    let Counts { added, removed, changed } = counts;
    let all = [('+', added, Role::DiffAdded), ('-', removed, Role::DiffRemoved), ('~', changed, Role::DiffChanged)];
    all.into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(sign, count, role)| (format!("{sign}{count}"), role))
        .collect()
}

fn change_role(change: Change) -> Role {
    match change {
        Change::Added => Role::DiffAdded,
        Change::Removed => Role::DiffRemoved,
        Change::Changed => Role::DiffChanged,
    }
}

fn change_sign(change: Change) -> char {
    match change {
        Change::Added => '+',
        Change::Removed => '-',
        Change::Changed => '~',
    }
}

fn sign_role(sign: char) -> Role {
    match sign {
        '+' => Role::DiffAdded,
        '-' => Role::DiffRemoved,
        '~' => Role::DiffChanged,
        _ => Role::Text,
    }
}

/// What a row is shown of.
struct Shown<'a> {
    state: &'a State,
    block: &'a Block,
    area: Area,
    form: Form,
}

impl Shown<'_> {
    fn row(&self, pen: &mut Pen, row: &Row, line: usize, taken: usize) {
        match row.what {
            What::Blank => {}
            What::Head => self.head(pen, line),
            What::Gap(count) => {
                let text = if count == 1 { "... 1 line alike".to_owned() } else { format!("... {count} lines alike") };
                if let Some(mut place) = Pen::line(self.area, line) {
                    Pen::space(&mut place, 2);
                    pen.put(&mut place, &text, Role::Dim);
                }
            }
            What::Pair(hunk, old, new) => self.pair(pen, hunk, [old, new], line, taken),
            What::Line(..) | What::Field(_) | What::Side(..) | What::Value(..) => {
                let told = self.block.told(row.what, whole(self.area));
                let area = Area { x: self.area.x + 1, width: self.area.width.saturating_sub(1), ..self.area };
                self.text(pen, area, &told, line, taken);
            }
        }
    }

    fn head(&self, pen: &mut Pen, line: usize) {
        let Some(mut place) = Pen::line(self.area, line) else { return };
        let block = self.block;
        let found = self.state.matches(&block.title);
        let spans = over(vec![(0..block.title.len(), Role::Strong)], found, block.title.len());
        pen.window(place, &block.title, 0, &spans);
        Pen::space(&mut place, text::width(&text::clean(&block.title, pen.glyphs())) + 2);
        let role = change_role(block.change);
        pen.put(&mut place, &format!("{} {}", change_sign(block.change), block.word()), role);
        for (text, role) in counted(block.counts) {
            pen.put(&mut place, &format!("  {text}"), role);
        }
        if let Some((old, new)) = &block.moved {
            pen.put(&mut place, &format!("  {old} -> {new}"), Role::DiffChanged);
        }
        if !block.namespace.is_empty() {
            pen.put(&mut place, &format!("  in {}", block.namespace), Role::Dim);
        }
        if self.state.folded.contains(&block.key()) {
            pen.put(&mut place, "  folded", Role::Mark);
        } else if let Some(source) = &block.source {
            pen.put(&mut place, &format!("  {source}"), Role::Dim);
        }
    }

    fn pair(&self, pen: &mut Pen, hunk: usize, sides: [Option<usize>; 2], line: usize, taken: usize) {
        let columns = half(self.area);
        let width = u16::try_from(columns).unwrap_or(u16::MAX).saturating_add(2);
        let left = Area { x: self.area.x + 1, width, ..self.area };
        let between = Area { x: left.x.saturating_add(width), width: 3, ..self.area };
        let right = Area { x: between.x.saturating_add(3), width, ..self.area };
        for (area, side) in [(left, sides[0]), (right, sides[1])] {
            if let Some(found) = side.and_then(|place| self.block.line(hunk, place)) {
                self.text(pen, area, &Told::of(found), line, taken);
            }
        }
        for more in 0..taken {
            if let Some(mut place) = Pen::line(between, line + more) {
                pen.put(&mut place, "|", Role::Dim);
            }
        }
    }

    /// A sign, a space, and a text; on as many lines as it takes.
    fn text(&self, pen: &mut Pen, area: Area, told: &Told, line: usize, taken: usize) {
        let Some(mut first) = Pen::edge(area, line) else { return };
        pen.put(&mut first, &told.sign.to_string(), sign_role(told.sign));
        let spans = match told.parts.as_slice() {
            [] => syntax(&told.text),
            parts => parts.iter().map(|(range, piece)| (range.clone(), piece_role(*piece))).collect(),
        };
        let spans = over(spans, self.state.matches(&told.text), told.text.len());
        let at = |line| {
            Pen::edge(area, line).map(|mut place: Place| {
                Pen::space(&mut place, 2);
                place
            })
        };
        if !self.state.wrap {
            if let Some(place) = at(line) {
                pen.window(place, &told.text, self.state.left, &spans);
            }
            return;
        }
        let columns = if self.form == Form::SideBySide { half(self.area) } else { whole(self.area) };
        for (more, row) in rows(&told.text, columns, pen.glyphs()).into_iter().take(taken).enumerate() {
            let inside: Vec<_> = spans
                .iter()
                .filter(|(range, _)| range.end > row.start && range.start < row.end)
                .map(|(range, role)| (range.start.saturating_sub(row.start)..range.end - row.start, *role))
                .collect();
            if let (Some(place), Some(part)) = (at(line + more), told.text.get(row)) {
                pen.window(place, part, 0, &inside);
            }
        }
    }
}

fn piece_role(piece: Piece) -> Role {
    match piece {
        Piece::Path => Role::SyntaxKey,
        Piece::Old => Role::DiffRemoved,
        Piece::OldWord => Role::DiffRemovedWord,
        Piece::New => Role::DiffAdded,
        Piece::NewWord => Role::DiffAddedWord,
        Piece::Note => Role::Dim,
    }
}

/// Roles of a line, and over them what is searched for.
fn over(below: Spans, found: Vec<Range<usize>>, end: usize) -> Spans {
    if found.is_empty() {
        return below;
    }
    let clipped = |within: Range<usize>| {
        let clip = move |(range, role): &(Range<usize>, Role)| {
            let (start, end) = (range.start.max(within.start), range.end.min(within.end));
            (start < end).then_some((start..end, *role))
        };
        below.iter().filter_map(clip).collect::<Vec<_>>()
    };
    let mut spans = Vec::new();
    let mut from = 0;
    for range in found {
        spans.extend(clipped(from..range.start));
        from = range.end;
        spans.push((range, Role::SearchMatch));
    }
    spans.extend(clipped(from..end));
    spans
}

/// The colours of a line that both sides have: its key alone. Values in colours would be taken for what differs.
fn syntax(line: &str) -> Spans {
    let start = line.len() - line.trim_start_matches([' ', '-']).len();
    let rest = line.get(start..).unwrap_or_default();
    let end = rest.find(": ").or_else(|| rest.strip_suffix(':').map(str::len)).unwrap_or(0);
    if end == 0 { Vec::new() } else { vec![(start..start + end, Role::DiffKey)] }
}
