//! The Events of an open release, or of one of its objects and what is below it: newest first.

use jiff::Timestamp;

use crate::app::age;
use crate::app::text::Glyphs;
use crate::config::Role;
use crate::release::Event;

use super::passages::{Passage, flow};

/// More are not shown: nobody reads them, and they would all be wrapped anew with each one that comes.
const MOST: usize = 500;

/// The Events in passages of so many columns.
#[must_use]
pub fn passages(events: &[&Event], columns: usize, now: Timestamp, glyphs: Glyphs) -> Vec<Passage> {
    let mut all: Vec<Passage> = events.iter().take(MOST).map(|event| passage(event, columns, now, glyphs)).collect();
    if events.len() > MOST {
        all.push(Passage::heading(&format!("and {} older ones", events.len() - MOST)));
    }
    all
}

/// The times that are shown as ages.
pub fn times<'a>(events: &'a [&Event]) -> impl Iterator<Item = Timestamp> + 'a {
    events.iter().take(MOST).filter_map(|event| event.last.or(event.first))
}

fn passage(event: &Event, columns: usize, now: Timestamp, glyphs: Glyphs) -> Passage {
    let (mark, role) = if event.warning { ("! ", Role::Pending) } else { ("  ", Role::Text) };
    let part = event.field.as_deref().map(part).unwrap_or_default();
    let mut pieces = vec![(event.reason.clone(), role), (format!("   {}", event.about), Role::Strong)];
    if event.count > 1 {
        let first = event.first.filter(|first| Some(*first) != event.last);
        let since = first.map(|first| format!(" in {}", age::coarse(first, now))).unwrap_or_default();
        pieces.push((format!("   {}x{since}", event.count), Role::Dim));
    }
    pieces.extend([(format!("   {part}"), Role::Dim), (format!("   {}", event.source), Role::Dim)]);
    let other = [("    ".to_owned(), Role::Text)];
    let mut rows = flow(&pieces, &[(mark.to_owned(), role)], &other, columns.saturating_sub(6), glyphs);
    if let (Some(row), Some(at)) = (rows.first_mut(), event.last.or(event.first)) {
        row.right = Some((age::coarse(at, now), Role::Dim));
    }
    rows.extend(flow(&[(event.message.clone(), Role::Text)], &other, &other, columns, glyphs));
    let words = format!("{} {}: {}", event.reason, event.about, event.message);
    Passage { rows, words, about: Some(event.about.clone()), lead: None }
}

/// `web` of `spec.containers{web}`: the rest is the same for all.
fn part(field: &str) -> &str {
    field.split_once('{').and_then(|(_, rest)| rest.strip_suffix('}')).unwrap_or(field)
}
