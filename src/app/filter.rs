//! The filter of the list: `web ns:shop status:failed chart:redis mgr:flux age<1h has:orphaned !suspended`.
//!
//! Words are joined by "and". A word matches where it stands as it is, in names, cause, verdict and marks. Where no row
//! at all holds the words as they were typed, they match names fuzzily: who types a whole name means it, and a fuzzy match
//! over a whole sentence would find everything. What is not known yet of a row counts as a match, so that the row becomes
//! visible, is read, and then drops out.

use jiff::{SignedDuration, Timestamp};
use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use strum::IntoEnumIterator as _;

use super::rows::{MARKS, Row};
use crate::health::Verdict;

pub mod complete;

/// How a term may begin that names a field.
pub const FIELDS: &[&str] = &["ns:", "status:", "chart:", "mgr:", "has:", "age<", "age>"];

/// A filter as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
    faults: Vec<String>,
}

#[derive(Debug, Clone)]
struct Term {
    negated: bool,
    wants: Wants,
}

#[derive(Debug, Clone)]
enum Wants {
    Word { lower: String, fuzzy: Box<Atom> },
    Namespace(String),
    Status(String),
    Chart(String),
    Manager(String),
    Has(String),
    Age { younger: bool, than: SignedDuration },
}

impl Filter {
    /// Reads a filter. What cannot be understood is left out and told by [`Filter::fault`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut filter = Self { text: text.to_owned(), ..Self::default() };
        for word in text.split_whitespace() {
            let (negated, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            match wants(word) {
                Ok(Some(wants)) => filter.terms.push(Term { negated, wants }),
                Ok(None) => {}
                Err(fault) => filter.faults.push(fault),
            }
        }
        filter
    }

    /// As it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it lets every row through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.faults.is_empty()
    }

    /// What could not be understood.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.faults.first().map(String::as_str)
    }

    /// When a row next passes or fails by its age alone, if one does.
    #[must_use]
    pub fn next_turn<'a>(&self, rows: impl Iterator<Item = &'a Row> + Clone, now: Timestamp) -> Option<Timestamp> {
        let ages = self.terms.iter().filter_map(|term| match &term.wants {
            Wants::Age { than, .. } => Some(*than),
            Wants::Word { .. }
            | Wants::Namespace(_)
            | Wants::Status(_)
            | Wants::Chart(_)
            | Wants::Manager(_)
            | Wants::Has(_) => None,
        });
        ages.flat_map(|than| rows.clone().filter_map(move |row| row.release.changed?.checked_add(than).ok()))
            .filter(|at| *at > now)
            .min()
    }

    /// Whether the words that were typed stand in the name of a row: who types a name means that release, and not those whose chart
    /// is called so.
    #[must_use]
    pub fn names(&self, row: &Row) -> bool {
        let name = format!("{}/{}", row.release.namespace, row.release.id.name).to_lowercase();
        let words = self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.wants {
            Wants::Word { lower, .. } => Some(lower),
            Wants::Namespace(_)
            | Wants::Status(_)
            | Wants::Chart(_)
            | Wants::Manager(_)
            | Wants::Has(_)
            | Wants::Age { .. } => None,
        });
        let mut words = words.peekable();
        words.peek().is_some() && words.all(|word| name.contains(word))
    }

    /// Whether a row passes now.
    #[must_use]
    pub fn passes(&self, row: &Row, now: Timestamp, words: Words, matcher: &mut Matcher) -> bool {
        self.terms.iter().all(|term| {
            match term.wants.holds(row, now, words == Words::AsTyped || term.negated, matcher) {
                Some(holds) => holds != term.negated,
                None => true,
            }
        })
    }
}

/// How words match names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Only where they stand as they are.
    AsTyped,
    /// Where their letters stand in their order.
    Fuzzily,
}

/// What [`Filter::passes`] works with: it holds buffers and is kept for a whole list.
#[must_use]
pub fn matcher() -> Matcher {
    Matcher::new(Config::DEFAULT)
}

/// Whether the letters of a pattern stand in a text in their order, whatever stands between.
#[must_use]
pub fn fuzzy(pattern: &str, text: &str, matcher: &mut Matcher) -> bool {
    score(&atom(pattern), text, matcher)
}

fn atom(word: &str) -> Atom {
    Atom::new(word, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false)
}

fn score(atom: &Atom, text: &str, matcher: &mut Matcher) -> bool {
    let mut buffer = Vec::new();
    atom.score(Utf32Str::new(text, &mut buffer), matcher).is_some()
}

fn wants(word: &str) -> Result<Option<Wants>, String> {
    let lower = word.to_lowercase();
    if let Some(wants) = lower.strip_prefix("age").and_then(age) {
        return wants;
    }
    let Some((field, value)) = lower.split_once(':') else {
        return Ok((!word.is_empty()).then(|| Wants::Word { fuzzy: Box::new(atom(word)), lower }));
    };
    let value = value.to_owned();
    let wants = match field {
        "ns" => Wants::Namespace(value),
        // The column is headed so.
        "status" | "verdict" => Wants::Status(value),
        "chart" => Wants::Chart(value),
        "mgr" => Wants::Manager(value),
        "has" => return has(value),
        other => {
            return Err(format!("no \"{other}:\"; there are {}", FIELDS.join(" ")));
        }
    };
    // A field without a value is still being typed.
    Ok((!lower.ends_with(':')).then_some(wants))
}

fn has(value: String) -> Result<Option<Wants>, String> {
    if MARKS.iter().any(|mark| mark.starts_with(&value)) {
        return Ok((!value.is_empty()).then_some(Wants::Has(value)));
    }
    Err(format!("no mark \"{value}\"; there are {}", MARKS.join(" ")))
}

/// What follows `age`; `None` where it is no comparison, so that the word is a word.
fn age(rest: &str) -> Option<Result<Option<Wants>, String>> {
    let (younger, time) = match (rest.strip_prefix('<'), rest.strip_prefix('>')) {
        (Some(time), _) => (true, time),
        (None, Some(time)) => (false, time),
        (None, None) if rest.starts_with(':') => return Some(Err(AGES.to_owned())),
        (None, None) => return None,
    };
    let digits = time.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match time.get(digits.len()..).unwrap_or_default() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        // Still being typed.
        "" if digits.len() == time.len() => return Some(Ok(None)),
        _ => return Some(Err(AGES.to_owned())),
    };
    let seconds = digits.parse::<i64>().ok().and_then(|count| count.checked_mul(unit));
    Some(match seconds {
        Some(seconds) => Ok(Some(Wants::Age { younger, than: SignedDuration::from_secs(seconds) })),
        None => Err(AGES.to_owned()),
    })
}

const AGES: &str = "an age is age<30m or age>2d, in s m h d w";

impl Wants {
    /// `None` where it may still become known.
    fn holds(&self, row: &Row, now: Timestamp, as_typed: bool, matcher: &mut Matcher) -> Option<bool> {
        let release = &row.release;
        match self {
            Self::Word { lower, fuzzy } => {
                let name = format!("{}/{}", release.namespace, release.id.name);
                let (chart, _) = row.chart();
                let near = |text: &str, matcher: &mut Matcher| !as_typed && score(fuzzy, text, matcher);
                let plain = |text: &str| text.to_lowercase().contains(lower);
                Some(
                    near(&name, matcher)
                        || near(&chart, matcher)
                        || plain(&name)
                        || plain(&chart)
                        // The cause's age is no part of what is sought: it would make rows come and go by the clock.
                        || plain(&row.cause(Timestamp::MIN))
                        || plain(&row.judgement.verdict.to_string())
                        || row.marks().iter().any(|mark| plain(mark.word)),
                )
            }
            Self::Namespace(value) => Some(
                release.namespace.to_lowercase().contains(value)
                    || release.id.storage_namespace.to_lowercase().contains(value),
            ),
            // The word of the list counts; Helm's own where the list has no such word: `superseded`, `pending-upgrade`.
            Self::Status(value) if Verdict::iter().any(|verdict| verdict.to_string().starts_with(value)) => {
                Some(row.judgement.verdict.to_string().starts_with(value))
            }
            Self::Status(value) => {
                Some(release.status.as_ref().is_some_and(|status| status.as_str().starts_with(value)))
            }
            Self::Chart(_) if row.chart_open() => None,
            Self::Chart(value) => Some(row.chart().0.to_lowercase().contains(value)),
            Self::Manager(value) if row.manager_open() && "helm3 helm4".contains(value) && value.len() > 4 => None,
            Self::Manager(value) => Some(row.manager().starts_with(value)),
            Self::Has(value) => Some(row.borne().any(|mark| mark.word.starts_with(value))),
            // Without an age it is neither younger nor older.
            Self::Age { younger, than } => match row.release.changed {
                Some(changed) => Some((now.duration_since(changed) < *than) == *younger),
                None => Some(false),
            },
        }
    }
}
