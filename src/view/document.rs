//! A document: only the lines that are seen.

use std::borrow::Cow;
use std::ops::Range;

use super::pen::Pen;
use crate::app::Area;
use crate::app::document::rows;
use crate::app::release::{columns, documents::Pane};
use crate::config::Role;

/// Parts of a line and their roles.
type Spans = [(Range<usize>, Role)];

pub(super) fn draw(pen: &mut Pen, area: Area, pane: &Pane) {
    let Some(document) = pane.document.ready() else { return };
    let scroll = pane.scroll;
    let height: usize = area.height.into();
    let mut line = 0;
    for place in scroll.top.. {
        let Some(text) = document.line(place).filter(|_| line < height) else { return };
        let colours =
            pane.colours.as_ref().and_then(|colours| colours.get(place)).map(Vec::as_slice).unwrap_or_default();
        let spans = with_matches(pane, place, colours);
        if !scroll.wrap {
            if let Some(at) = Pen::line(area, line) {
                pen.window(at, text, scroll.left, &spans);
            }
            line += 1;
            continue;
        }
        let first = if place == scroll.top { scroll.row } else { 0 };
        for row in rows(text, columns(area.width), pen.glyphs()).into_iter().skip(first).take(height - line) {
            let inside: Vec<_> = spans
                .iter()
                .filter(|(range, _)| range.end > row.start && range.start < row.end)
                .map(|(range, role)| (range.start.saturating_sub(row.start)..range.end - row.start, *role))
                .collect();
            if let (Some(at), Some(part)) = (Pen::line(area, line), text.get(row)) {
                pen.window(at, part, 0, &inside);
            }
            line += 1;
        }
    }
}

/// The colours of a line, and over them what was sought.
fn with_matches<'a>(pane: &Pane, line: usize, colours: &'a Spans) -> Cow<'a, Spans> {
    let Some(matches) = &pane.matches else { return Cow::Borrowed(colours) };
    let (first, found) = matches.on(line);
    if found.is_empty() {
        return Cow::Borrowed(colours);
    }
    let mut spans: Vec<(Range<usize>, Role)> = Vec::new();
    for (range, role) in colours {
        let mut start = range.start;
        for found in found.iter().filter(|found| found.range.end > range.start && found.range.start < range.end) {
            spans.push((start..found.range.start, *role));
            start = found.range.end;
        }
        spans.push((start..range.end, *role));
    }
    spans.retain(|(range, _)| range.start < range.end);
    spans.extend(found.iter().zip(first..).map(|(found, place)| {
        let role = if pane.at == Some(place) { Role::SearchCurrent } else { Role::SearchMatch };
        (found.range.clone(), role)
    }));
    spans.sort_by_key(|(range, _)| range.start);
    Cow::Owned(spans)
}

/// Where in the document one is, how it is shown, and what was sought in it.
pub(super) fn status(pen: &mut Pen, area: Area, body: Area, pane: &Pane, sought: &str) {
    let (Some(document), Some(mut place)) = (pane.document.ready(), Pen::line(area, 0)) else { return };
    let scroll = pane.scroll;
    let seen = scroll.seen(document, columns(body.width), body.height.into(), pen.glyphs());
    let mut said = Vec::new();
    if seen.len() >= document.len() {
        said.push(if document.len() == 1 { "1 line".to_owned() } else { format!("{} lines", document.len()) });
    } else {
        let part = seen.end * 100 / document.len().max(1);
        said.push(format!("lines {}-{} of {}, {part}%", seen.start + 1, seen.end, document.len()));
    }
    if scroll.wrap {
        said.push("wrapped".to_owned());
    } else if scroll.left > 0 {
        said.push(format!("from column {}", scroll.left + 1));
    }
    pen.put(&mut place, &said.join(", "), Role::Dim);
    Pen::space(&mut place, 3);
    let (text, role) = match &pane.matches {
        _ if sought.is_empty() => return,
        Some(matches) if pane.knows(sought) => {
            let count = format!("{}{}", matches.found.len(), if matches.more { "+" } else { "" });
            match pane.at {
                _ if matches.found.is_empty() => (format!("no match for {sought}"), Role::PromptError),
                Some(at) if pane.wrapped => {
                    (format!("match {} of {count} for {sought}, went round", at + 1), Role::Prompt)
                }
                Some(at) => (format!("match {} of {count} for {sought}", at + 1), Role::Prompt),
                None => (format!("{count} matches for {sought}"), Role::Prompt),
            }
        }
        Some(_) | None => (format!("searching {sought} ..."), Role::Dim),
    };
    pen.put(&mut place, &text, role);
}
