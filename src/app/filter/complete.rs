//! Completion of what is typed into the filter: fields, and the values that the list holds of them.

use std::collections::BTreeSet;

use super::{FIELDS, MARKS};
use crate::app::rows::Row;

/// A word that is being completed. Each step puts the next candidate in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    before: String,
    after: String,
    /// Everything that the word may become.
    pub candidates: Vec<String>,
    /// Which one stands there.
    pub chosen: usize,
}

impl Completion {
    /// Completes the word that ends at so many characters of a filter; `None` where nothing begins like it.
    #[must_use]
    pub fn begin<'a>(text: &str, cursor: usize, rows: impl Iterator<Item = &'a Row>) -> Option<Self> {
        let split = text.char_indices().nth(cursor).map_or(text.len(), |(byte, _)| byte);
        let (head, after) = text.split_at_checked(split)?;
        let start = head.rfind(char::is_whitespace).map_or(0, |byte| byte + 1);
        let (before, word) = head.split_at_checked(start)?;
        let (not, word) = word.strip_prefix('!').map_or(("", word), |rest| ("!", rest));
        let lower = word.to_lowercase();
        let candidates: Vec<String> = match lower.split_once(':') {
            Some((field, value)) => values(field, rows)
                .into_iter()
                .filter(|candidate| candidate.to_lowercase().starts_with(value))
                .map(|candidate| format!("{field}:{candidate}"))
                .collect(),
            None => FIELDS.iter().filter(|field| field.starts_with(&lower)).map(|field| (*field).to_owned()).collect(),
        };
        let completion = Self { before: format!("{before}{not}"), after: after.to_owned(), candidates, chosen: 0 };
        (!completion.candidates.is_empty()).then_some(completion)
    }

    /// Goes on to the next candidate.
    pub fn step(&mut self) {
        self.chosen = (self.chosen + 1) % self.candidates.len().max(1);
    }

    /// The filter with the chosen candidate, and the characters up to its end.
    #[must_use]
    pub fn text(&self) -> (String, usize) {
        let candidate = self.candidates.get(self.chosen).map(String::as_str).unwrap_or_default();
        let head = format!("{}{candidate}", self.before);
        let cursor = head.chars().count();
        (format!("{head}{}", self.after), cursor)
    }
}

/// What the list holds of a field. A value with a space could not be typed: only what is before it counts.
fn values<'a>(field: &str, rows: impl Iterator<Item = &'a Row>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for row in rows {
        match field {
            "ns" => found.extend([row.release.namespace.clone()]),
            "status" | "verdict" => {
                found.insert(row.judgement.verdict.to_string());
                found.extend(row.release.status.as_ref().map(ToString::to_string));
            }
            "chart" => found.extend(row.chart().0.split(' ').next().map(str::to_owned)),
            "mgr" => found.extend([row.manager().to_owned()]),
            "has" => found.extend(row.borne().map(|mark| mark.word.to_owned())),
            _ => {}
        }
    }
    if field == "has" && found.is_empty() {
        found.extend(MARKS.iter().map(|mark| (*mark).to_owned()));
    }
    found.into_iter().filter(|value| !value.is_empty() && !value.contains(char::is_whitespace)).collect()
}
