//! A document: only the lines that are seen.

use std::borrow::Cow;
use std::ops::Range;

use super::pen::Pen;
use crate::app::Area;
use crate::app::document::search::Matches;
use crate::app::document::{Colours, Lines, Scroll, rows};
use crate::app::release::columns;
use crate::config::Role;

/// Parts of a line and their roles.
type Spans = [(Range<usize>, Role)];

/// A text, what of it is seen, and what is found in it.
pub(super) struct Text<'a> {
    pub lines: &'a dyn Lines,
    pub scroll: Scroll,
    pub colours: Option<&'a Colours>,
    pub matches: Option<&'a Matches>,
    pub at: Option<usize>,
    /// The present match was reached past the end or past the top.
    pub wrapped: bool,
}

pub(super) fn draw(pen: &mut Pen, area: Area, shown: &Text) {
    let scroll = shown.scroll;
    let height: usize = area.height.into();
    let mut line = 0;
    for place in scroll.top.. {
        let Some(text) = shown.lines.line(place).filter(|_| line < height) else { return };
        let colours = shown.colours.and_then(|colours| colours.get(place)).map(Vec::as_slice).unwrap_or_default();
        let spans = with_matches(shown, place, colours);
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
fn with_matches<'a>(shown: &Text, line: usize, colours: &'a Spans) -> Cow<'a, Spans> {
    let Some(matches) = shown.matches else { return Cow::Borrowed(colours) };
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
        let role = if shown.at == Some(place) { Role::SearchCurrent } else { Role::SearchMatch };
        (found.range.clone(), role)
    }));
    spans.sort_by_key(|(range, _)| range.start);
    Cow::Owned(spans)
}

/// Where in the text one is, how it is shown, and what was sought in it.
pub(super) fn status(pen: &mut Pen, area: Area, body: Area, shown: &Text, sought: &str) {
    let Some(mut place) = Pen::line(area, 0) else { return };
    let (scroll, count) = (shown.scroll, shown.lines.count());
    let seen = scroll.seen(shown.lines, columns(body.width), body.height.into(), pen.glyphs());
    let mut said = Vec::new();
    if seen.len() >= count {
        said.push(if count == 1 { "1 line".to_owned() } else { format!("{count} lines") });
    } else {
        let part = seen.end * 100 / count.max(1);
        said.push(format!("lines {}-{} of {count}, {part}%", seen.start + 1, seen.end));
    }
    if scroll.wrap {
        said.push("wrapped".to_owned());
    } else if scroll.left > 0 {
        said.push(format!("from column {}", scroll.left + 1));
    }
    pen.put(&mut place, &said.join(", "), Role::Dim);
    Pen::space(&mut place, 3);
    let (text, role) = match shown.matches {
        _ if sought.is_empty() => return,
        Some(matches) if matches.pattern == sought => {
            let count = format!("{}{}", matches.found.len(), if matches.more { "+" } else { "" });
            match shown.at {
                _ if matches.found.is_empty() => (format!("no match for {sought}"), Role::PromptError),
                Some(at) if shown.wrapped => {
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
