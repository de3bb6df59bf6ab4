//! The filter of the list: `web ns:shop status:failed chart:redis mgr:flux !suspended`.
//!
//! Words are joined by "and". A word matches names fuzzily, and the cause, the verdict and the marks where they hold
//! it as it is: a fuzzy match over a whole sentence would find everything. A word that is negated matches only as it
//! is, for the same reason. What is not known yet of a row counts as a match, so that the row becomes visible, is
//! read, and then drops out.

use jiff::Timestamp;
use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::rows::Row;

/// The fields that a term may name.
pub const FIELDS: &[&str] = &["ns", "status", "chart", "mgr"];

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

    /// Whether a row passes.
    #[must_use]
    pub fn passes(&self, row: &Row, matcher: &mut Matcher) -> bool {
        self.terms.iter().all(|term| match term.wants.holds(row, term.negated, matcher) {
            Some(holds) => holds != term.negated,
            None => true,
        })
    }
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
    let Some((field, value)) = lower.split_once(':') else {
        return Ok((!word.is_empty()).then(|| Wants::Word { fuzzy: Box::new(atom(word)), lower }));
    };
    let value = value.to_owned();
    let wants = match field {
        "ns" => Wants::Namespace(value),
        "status" => Wants::Status(value),
        "chart" => Wants::Chart(value),
        "mgr" => Wants::Manager(value),
        other => {
            return Err(format!("no field \"{other}:\"; there are {}:", FIELDS.join(": ")));
        }
    };
    // A field without a value is still being typed.
    Ok((!lower.ends_with(':')).then_some(wants))
}

impl Wants {
    /// `None` where it may still become known.
    fn holds(&self, row: &Row, negated: bool, matcher: &mut Matcher) -> Option<bool> {
        let release = &row.release;
        match self {
            Self::Word { lower, fuzzy } => {
                let name = format!("{}/{}", release.namespace, release.id.name);
                let (chart, _) = row.chart();
                let near = |text: &str, matcher: &mut Matcher| !negated && score(fuzzy, text, matcher);
                let plain = |text: &str| text.to_lowercase().contains(lower);
                Some(
                    near(&name, matcher)
                        || near(&chart, matcher)
                        || plain(&name)
                        || plain(&chart)
                        // The cause's age is no part of what is sought: it would make rows come and go by the clock.
                        || plain(&row.cause(Timestamp::MIN))
                        || plain(&row.judgement.verdict.to_string())
                        || row.marks().iter().any(|mark| plain(mark)),
                )
            }
            Self::Namespace(value) => Some(
                release.namespace.to_lowercase().contains(value)
                    || release.id.storage_namespace.to_lowercase().contains(value),
            ),
            Self::Status(value) => Some(
                row.judgement.verdict.to_string().starts_with(value)
                    || release.status.as_ref().is_some_and(|status| status.as_str().starts_with(value)),
            ),
            Self::Chart(_) if row.chart_open() => None,
            Self::Chart(value) => Some(row.chart().0.to_lowercase().contains(value)),
            Self::Manager(value) if row.manager_open() && "helm3 helm4".contains(value) && value.len() > 4 => None,
            Self::Manager(value) => Some(row.manager().starts_with(value)),
        }
    }
}
