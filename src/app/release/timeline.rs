//! What happened to an open release, oldest first, as a log is read: above the place where it broke stands what was before.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::objects::symbol;
use super::passages::{Passage, Passages, Piece, Row, flow};
use crate::app::age;
use crate::app::document::search::ranges;
use crate::app::text::{self, Glyphs};
use crate::config::Role;
use crate::health::objects::Severity;
use crate::health::timeline::{Entry, Kind, Timeline};
use crate::ownership::edits::edits;
use crate::ownership::report::Report;
use crate::release::ObjectId;
use crate::release::payload::Revision;

/// Columns that are kept for ages, with the space before them.
const AGE: usize = 6;
/// The longest word for a kind.
const KIND: usize = 9;
/// From so many columns on objects are named in full.
const ROOMY: usize = 100;
/// The most columns that an object takes where there are fewer.
const OBJECT: usize = 26;
/// Fields that are named of a hotfix.
const FIELDS: usize = 3;

/// What of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Narrowed {
    /// All.
    #[default]
    All,
    /// What changed what is wanted.
    Changes,
    /// What failed, or warned.
    Failures,
}

/// Where an entry leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lead {
    Object(ObjectId),
    Revision(Revision),
    /// What Flux says is told among the causes.
    Why,
}

/// The state of the tab.
#[derive(Debug, Default)]
pub struct State {
    /// What is read.
    pub passages: Passages,
    /// What of it is shown.
    pub narrowed: Narrowed,
    known: Timeline,
    /// Of each passage, the place of its entry.
    places: Vec<Option<usize>>,
}

impl Narrowed {
    fn next(self) -> Self {
        match self {
            Self::All => Self::Changes,
            Self::Changes => Self::Failures,
            Self::Failures => Self::All,
        }
    }

    /// What is shown, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Changes => "changes only",
            Self::Failures => "failures only",
        }
    }

    fn keeps(self, entry: &Entry) -> bool {
        match self {
            Self::All => true,
            Self::Changes => entry.kind.is_change(),
            Self::Failures => matches!(entry.severity, Severity::Bad | Severity::Waiting),
        }
    }
}

/// How it is laid out.
#[derive(Clone, Copy)]
pub(super) struct Look<'z> {
    pub columns: usize,
    pub now: Timestamp,
    pub zone: &'z TimeZone,
    pub glyphs: Glyphs,
}

impl State {
    /// Shows what is known now. Until a key chooses, the first failed thing is selected, else the newest.
    pub(super) fn show(&mut self, known: Timeline, look: Look<'_>) {
        self.known = known;
        let mut passages: Vec<Passage> = Vec::new();
        let mut places = Vec::new();
        let mut add = |passage: Passage, place: Option<usize>| {
            passages.push(passage);
            places.push(place);
        };
        for limit in &self.known.limits {
            let edge = [("  ".to_owned(), Role::Dim)];
            let rows = flow(&[(limit.clone(), Role::Dim)], &edge, &edge, look.columns, look.glyphs);
            add(Passage { rows, ..Passage::default() }, None);
        }
        let mut day = None;
        for (place, entry) in self.known.entries.iter().enumerate() {
            let broke = self.known.broke == Some(place);
            if !broke && !self.narrowed.keeps(entry) {
                continue;
            }
            let date = entry.at.to_zoned(look.zone.clone()).strftime("%Y-%m-%d").to_string();
            if day.as_ref() != Some(&date) {
                add(Passage::heading(&format!("  {date}")), None);
                day = Some(date);
            }
            if broke {
                let pieces = vec![(
                    "-- broke here: the first failure since it was well, or its spec was written --".to_owned(),
                    Role::Failed,
                )];
                add(Passage { rows: vec![Row { pieces, right: None }], ..Passage::default() }, None);
            }
            add(passage(entry, look), Some(place));
        }
        let begin = places.iter().position(|place| place.is_some() && *place == self.known.broke);
        let begin = begin.unwrap_or(places.len().saturating_sub(1));
        self.places = places;
        self.passages.show(passages);
        self.passages.begin_at(begin);
    }

    /// How many entries are shown, of how many.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.places.iter().flatten().count(), self.known.entries.len())
    }

    /// The times that are shown as ages.
    pub(super) fn times(&self) -> Vec<Timestamp> {
        self.places.iter().flatten().filter_map(|place| self.known.entries.get(*place)).map(|entry| entry.at).collect()
    }

    /// Shows something else of it; the caller shows it anew.
    pub(super) fn narrow(&mut self) {
        self.narrowed = self.narrowed.next();
    }

    /// Where the selected entry leads.
    pub(super) fn lead(&self) -> Option<Lead> {
        let place = self.places.get(self.passages.selected()).copied().flatten()?;
        let entry = self.known.entries.get(place)?;
        Some(match (entry.revision, entry.kind, &entry.object) {
            (Some(revision), ..) => Lead::Revision(revision),
            (None, Kind::Object | Kind::Container | Kind::Event | Kind::Hotfix | Kind::Hook, Some(object)) => {
                Lead::Object(object.clone())
            }
            _ => Lead::Why,
        })
    }

    /// Selects the next entry, from a place on, that holds a text; past the end from the top.
    pub(super) fn seek(&mut self, sought: &str, from: usize) {
        let count = self.places.len();
        let order = (from..count).chain(0..from.min(count));
        self.go_to_first(order, sought);
    }

    /// Selects the next match, or the one before; past the end round.
    pub(super) fn step(&mut self, sought: &str, forward: bool) {
        let (count, at) = (self.places.len(), self.passages.selected().min(self.places.len()));
        if forward {
            self.go_to_first((at + 1..count).chain(0..at), sought);
        } else {
            self.go_to_first((0..at).rev().chain((at..count).rev()), sought);
        }
    }

    fn go_to_first(&mut self, places: impl Iterator<Item = usize>, sought: &str) {
        if sought.is_empty() {
            return;
        }
        let words = |place: &usize| self.passages.words_at(*place);
        let mut matching = places.filter(|place| words(place).is_some_and(|words| !ranges(words, sought).is_empty()));
        let found = matching.next();
        if let Some(place) = found {
            self.passages.go_to(place);
        }
    }
}

fn passage(entry: &Entry, look: Look<'_>) -> Passage {
    let Look { columns, now, zone, glyphs } = look;
    let at = entry.at.to_zoned(zone.clone());
    let (mark, role) = match entry.severity {
        Severity::Bad => (symbol(Severity::Bad), Role::Failed),
        Severity::Waiting => (symbol(Severity::Waiting), Role::Pending),
        Severity::Unknown => (symbol(Severity::Unknown), Role::Unknown),
        Severity::Good => (" ", Role::Text),
    };
    let mut pieces: Vec<Piece> = vec![
        (format!("{mark} "), role),
        (format!("{}  ", at.strftime("%H:%M:%S")), Role::Dim),
        (format!("{:<KIND$}  ", entry.kind.to_string()), Role::Dim),
    ];
    let object = named(entry);
    if let Some(object) = &object {
        let clean = text::clean(object, glyphs);
        let cut = if columns < ROOMY { text::cut_middle(&clean, OBJECT, glyphs) } else { clean.clone() };
        pieces.push((format!("{cut}  "), Role::Strong));
    }
    let times = times(entry);
    if !times.is_empty() {
        pieces.push((format!("{times}  "), Role::Dim));
    }
    let told = told(entry);
    let used: usize = pieces.iter().map(|(text, _)| text::width(text)).sum();
    let clean = text::clean(&told, glyphs);
    pieces.push((text::cut(&clean, columns.saturating_sub(used + AGE), glyphs).into_owned(), role));
    let right = Some((age::coarse(entry.at, now), Role::Dim));
    Passage {
        rows: vec![Row { pieces, right }],
        words: words(entry, zone, now),
        about: entry.object.clone(),
        lead: None,
    }
}

/// An entry with all that is known of it, in one line.
#[must_use]
pub fn words(entry: &Entry, zone: &TimeZone, now: Timestamp) -> String {
    let at = entry.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let object = entry.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
    let times = times(entry);
    let times = if times.is_empty() { String::new() } else { format!(", {times}") };
    let quote = if entry.quote.is_empty() { String::new() } else { format!(" \"{}\"", entry.quote) };
    format!("{at} {} {}{object}{times}: {}{quote}", age::zone(zone, now), entry.kind, told(entry))
}

/// What happened, without the object.
#[must_use]
pub fn told(entry: &Entry) -> String {
    match entry.revision.filter(|_| entry.kind == Kind::Revision) {
        Some(revision) => format!("rev {revision} {}", entry.text),
        None => entry.text.clone(),
    }
}

/// The object, where the kind does not say which it is.
#[must_use]
pub fn named(entry: &Entry) -> Option<String> {
    match entry.kind {
        Kind::Flux | Kind::Request => None,
        Kind::Source | Kind::Hotfix | Kind::Revision | Kind::Hook | Kind::Object | Kind::Container | Kind::Event => {
            entry.object.as_ref().map(ToString::to_string)
        }
    }
}

/// How often and for how long: `14x in 10m`; empty of what was seen once.
#[must_use]
pub fn times(entry: &Entry) -> String {
    let lasted = entry.until.map(|until| format!(" in {}", age::coarse(entry.at, until))).unwrap_or_default();
    match entry.count {
        ..=1 => String::new(),
        count => format!("{count}x{lasted}"),
    }
}

/// What people and tools wrote into objects that are not theirs, as entries.
#[must_use]
pub fn hotfixes(report: &Report) -> Vec<Entry> {
    let entry = |edits: crate::ownership::edits::Edits| {
        let count = edits.fields.len();
        let fields = if count == 1 { "field" } else { "fields" };
        let mut named: Vec<&str> = edits.fields.iter().take(FIELDS).map(String::as_str).collect();
        if count > FIELDS {
            named.push("...");
        }
        let text = format!("{} changed {count} {fields}: {}", edits.by, named.join(", "));
        let entry = Entry::new(edits.at, Kind::Hotfix, text);
        Entry { severity: Severity::Waiting, object: Some(edits.object), ..entry }
    };
    edits(report).into_iter().map(entry).collect()
}
