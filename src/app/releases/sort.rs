//! The order of the list, and the choice of it.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use strum::IntoEnumIterator;
use tui_input::Input;

use crate::app::command::CommandId;
use crate::app::filter;
use crate::app::picker::{edit, moved, top_for};
use crate::app::rows::Row;
use crate::config::Key;
use crate::health::Verdict;

/// What the list can be sorted by, in the order of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumIter)]
pub enum Column {
    /// Verdict: as the rows come.
    #[default]
    Verdict,
    /// Namespace.
    Namespace,
    /// Name.
    Name,
    /// Who manages it.
    By,
    /// Latest revision.
    Revision,
    /// How many of its objects are well.
    Objects,
    /// Chart and version.
    Chart,
    /// App version.
    App,
    /// Marks.
    Marks,
    /// When it changed.
    Changed,
    /// The cause, so that the same ones stand together.
    Cause,
}

/// How the list is sorted. Rows that are equal stay worst first, and those of which the value is not known come last,
/// whichever way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub column: Column,
    /// The other way round than [`Column::direction`] says first.
    pub reversed: bool,
}

/// The open choice.
#[derive(Debug, Default)]
pub struct State {
    /// What is typed.
    pub input: Input,
    /// What is left to choose from.
    pub choices: Vec<Column>,
    /// Which one is selected.
    pub cursor: usize,
    /// The first one that is seen.
    pub top: usize,
}

/// What rows are compared by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'a> {
    Verdict(Verdict),
    Revision(u32),
    Count(usize),
    Time(Timestamp),
    Word(Cow<'a, str>),
    Natural(Vec<Piece>),
}

/// A part of a name or version: `web-10` is after `web-9`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(u128),
    Text(String),
}

impl Column {
    /// The head of the column.
    #[must_use]
    pub fn head(self) -> &'static str {
        match self {
            Self::Verdict => "VERDICT",
            Self::Namespace => "NAMESPACE",
            Self::Name => "NAME",
            Self::By => "BY",
            Self::Revision => "REV",
            Self::Objects => "OBJECTS",
            Self::Chart => "CHART",
            Self::App => "APP",
            Self::Marks => "MARKS",
            Self::Changed => "CHANGED",
            Self::Cause => "CAUSE",
        }
    }

    /// The word of the choice.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Namespace => "namespace",
            Self::Name => "name",
            Self::By => "manager",
            Self::Revision => "revision",
            Self::Objects => "objects",
            Self::Chart => "chart",
            Self::App => "app version",
            Self::Marks => "marks",
            Self::Changed => "changed",
            Self::Cause => "cause",
        }
    }

    /// What comes first: as it is sorted at first, or the other way round.
    #[must_use]
    pub fn direction(self, reversed: bool) -> &'static str {
        match (self, reversed) {
            (Self::Verdict, false) => "worst first",
            (Self::Verdict, true) => "best first",
            (Self::Objects, false) => "most not ready first",
            (Self::Objects, true) => "fewest not ready first",
            (Self::Revision, false) => "highest first",
            (Self::Revision, true) => "lowest first",
            (Self::Changed, false) => "newest first",
            (Self::Changed, true) => "oldest first",
            (Self::Namespace | Self::Name | Self::By | Self::Chart | Self::App | Self::Marks | Self::Cause, false) => {
                "a to z"
            }
            (Self::Namespace | Self::Name | Self::By | Self::Chart | Self::App | Self::Marks | Self::Cause, true) => {
                "z to a"
            }
        }
    }

    fn value(self, row: &Row) -> Option<Value<'_>> {
        let release = &row.release;
        let named = |text: &str| (!text.is_empty()).then(|| Value::Natural(natural(text)));
        match self {
            Self::Verdict => Some(Value::Verdict(row.judgement.verdict)),
            Self::Namespace => named(&release.namespace),
            Self::Name => named(&release.id.name),
            Self::By => Some(Value::Word(row.manager().into())),
            Self::Revision => release.revision.map(|revision| Value::Revision(revision.get())),
            Self::Objects => row
                .judgement
                .counts
                .filter(|counts| counts.total > 0)
                .map(|counts| Value::Count(counts.total.saturating_sub(counts.ready))),
            Self::Chart => named(&row.chart().0),
            Self::App => named(release.app_version.as_deref().unwrap_or_default()),
            Self::Marks => {
                let marks = row.marks_cell();
                (!marks.is_empty()).then(|| Value::Word(marks.into()))
            }
            Self::Changed => release.changed.map(Value::Time),
            Self::Cause => row.judgement.cause.as_ref().map(|cause| Value::Word(cause.text.as_str().into())),
        }
    }

    /// Whether the largest value comes first.
    fn falls(self) -> bool {
        match self {
            Self::Revision | Self::Objects | Self::Changed => true,
            Self::Verdict
            | Self::Namespace
            | Self::Name
            | Self::By
            | Self::Chart
            | Self::App
            | Self::Marks
            | Self::Cause => false,
        }
    }
}

impl Sort {
    /// By this column; by the same again, the other way round.
    #[must_use]
    pub fn by(self, column: Column) -> Self {
        Self { column, reversed: self.column == column && !self.reversed }
    }

    /// What comes first.
    #[must_use]
    pub fn direction(self) -> &'static str {
        self.column.direction(self.reversed)
    }

    /// The sign beside the head: `^` where values grow downwards, `v` where they fall.
    #[must_use]
    pub fn sign(self) -> &'static str {
        if self.column.falls() == self.reversed { "^" } else { "v" }
    }

    /// Brings places of rows, which come worst first, into this order.
    pub(super) fn order(self, places: &mut Vec<usize>, rows: &[Row]) {
        if self == Self::default() {
            return;
        }
        let down = self.column.falls() != self.reversed;
        let mut keyed: Vec<(Option<Value<'_>>, usize)> =
            places.iter().map(|place| (rows.get(*place).and_then(|row| self.column.value(row)), *place)).collect();
        keyed.sort_by(|(one, _), (other, _)| match (one, other) {
            (Some(one), Some(other)) => {
                if down {
                    other.cmp(one)
                } else {
                    one.cmp(other)
                }
            }
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
        *places = keyed.into_iter().map(|(_, place)| place).collect();
    }
}

fn natural(text: &str) -> Vec<Piece> {
    let lower = text.to_lowercase();
    let mut pieces = Vec::new();
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        pieces.push(piece.parse().map_or_else(|_| Piece::Text(piece.to_owned()), Piece::Number));
        rest = after;
    }
    pieces
}

impl State {
    /// Begins at what the list is sorted by now: enter turns it round.
    pub(in crate::app) fn new(sort: Sort) -> Self {
        let choices: Vec<Column> = Column::iter().collect();
        let cursor = choices.iter().position(|column| *column == sort.column).unwrap_or(0);
        Self { choices, cursor, ..Self::default() }
    }

    /// The selected choice.
    #[must_use]
    pub fn chosen(&self) -> Option<Column> {
        self.choices.get(self.cursor).copied()
    }

    pub(in crate::app) fn edit(&mut self, key: Key) {
        if edit(&mut self.input, key) {
            let mut matcher = filter::matcher();
            let typed = self.input.value().trim();
            self.choices = Column::iter()
                .filter(|column| typed.is_empty() || filter::fuzzy(typed, column.word(), &mut matcher))
                .collect();
            // What is typed out is meant, though it may begin another word too: name and namespace.
            self.cursor = self.choices.iter().position(|column| column.word() == typed).unwrap_or(0);
        }
    }

    pub(in crate::app) fn run(&mut self, id: CommandId, page: usize) {
        self.cursor = moved(id, self.cursor, self.choices.len(), page).unwrap_or(self.cursor);
    }

    pub(in crate::app) fn settle(&mut self, page: usize) {
        self.top = top_for(self.top, self.cursor, self.choices.len(), page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::rows::Edits;
    use crate::health::objects::Counts;
    use crate::health::{Cause, Judgement};
    use crate::release::payload::Revision;
    use crate::release::{Release, example};

    fn row(name: &str, revision: u32, chart: &str, changed: i64, cause: Option<&str>) -> Row {
        let release = Release {
            revision: Revision::new(revision),
            chart: (!chart.is_empty()).then(|| chart.to_owned()),
            changed: (changed > 0).then(|| Timestamp::from_second(changed).unwrap()),
            ..example::release(name)
        };
        let counts =
            (revision > 0).then(|| Counts { ready: 1, total: usize::try_from(revision).unwrap(), ..Counts::default() });
        let judgement = Judgement {
            is_recalled: false,
            verdict: Verdict::Failed,
            cause: cause.map(Cause::of),
            counts,
            outdated: false,
            silent: None,
            turn: None,
        };
        Row { release, judgement, held: false, edits: Edits::default() }
    }

    #[test]
    fn every_column_sorts_stably_and_the_unknown_comes_last() {
        let rows = [
            row("web-10", 3, "redis 1.10.0", 20, Some("timeout")),
            row("Web-9", 12, "", 0, None),
            row("api", 0, "redis 1.9.0", 30, Some("conflict")),
            row("db", 3, "postgres", 10, Some("timeout")),
        ];
        let check = |column, down: [usize; 4], up: [usize; 4]| {
            for (reversed, expected) in [(false, down), (true, up)] {
                let mut places = vec![0, 1, 2, 3];
                Sort { column, reversed }.order(&mut places, &rows);
                assert_eq!(places, expected, "{column:?} {reversed}");
            }
        };
        check(Column::Verdict, [0, 1, 2, 3], [0, 1, 2, 3]);
        check(Column::Namespace, [0, 1, 2, 3], [0, 1, 2, 3]);
        check(Column::Name, [2, 3, 1, 0], [0, 1, 3, 2]);
        check(Column::Revision, [1, 0, 3, 2], [0, 3, 1, 2]);
        check(Column::Objects, [1, 0, 3, 2], [0, 3, 1, 2]);
        check(Column::Chart, [3, 2, 0, 1], [0, 2, 3, 1]);
        check(Column::App, [0, 1, 2, 3], [0, 1, 2, 3]);
        check(Column::Changed, [2, 0, 3, 1], [3, 0, 2, 1]);
        check(Column::Cause, [2, 0, 3, 1], [0, 3, 2, 1]);
    }

    #[test]
    fn the_same_column_again_turns_it_round() {
        let check = |sort: Sort, sign: &str, direction: &str| {
            assert_eq!((sort.sign(), sort.direction()), (sign, direction));
            sort
        };
        let sort = check(Sort::default(), "^", "worst first");
        let sort = check(sort.by(Column::Changed), "v", "newest first");
        let sort = check(sort.by(Column::Changed), "^", "oldest first");
        let sort = check(sort.by(Column::Name), "^", "a to z");
        check(sort.by(Column::Verdict), "^", "worst first");
    }
}
