//! Finds a text in a document. For a large one this takes long: not to be called where keys are awaited.
//!
//! A document was masked when it was made: what is hidden in it cannot be found either.

use std::ops::Range;

use super::Document;

/// More matches are not looked for: nobody goes through them.
pub const MOST: usize = 10_000;

/// Where a text stands in a document, from the top.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// The text.
    pub pattern: String,
    /// Where it stands; no two overlap.
    pub found: Vec<Match>,
    /// Whether there are more than [`MOST`].
    pub more: bool,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The line, from 0.
    pub line: usize,
    /// The bytes of the line.
    pub range: Range<usize>,
}

impl Matches {
    /// Those of one line, and the place of the first of them among all.
    #[must_use]
    pub fn on(&self, line: usize) -> (usize, &[Match]) {
        let start = self.found.partition_point(|found| found.line < line);
        let end = self.found.partition_point(|found| found.line <= line);
        (start, self.found.get(start..end).unwrap_or_default())
    }

    /// The place of the next match, or of the one before: of the present one where it is seen, else of what is seen. And
    /// whether it went round the end.
    #[must_use]
    pub fn step(&self, present: Option<usize>, seen: &Range<usize>, forward: bool) -> (usize, bool) {
        let count = self.found.len();
        let present = present.filter(|at| self.found.get(*at).is_some_and(|found| seen.contains(&found.line)));
        let before = self.found.partition_point(|found| found.line < seen.start);
        let (place, wrapped) = match (present, forward) {
            (Some(at), true) => (at + 1, at + 1 >= count),
            (None, true) => (before, before >= count),
            (Some(at), false) => (at.wrapping_sub(1), at == 0),
            (None, false) => (before.wrapping_sub(1), before == 0),
        };
        match (wrapped, forward) {
            (false, _) => (place, false),
            (true, true) => (0, true),
            (true, false) => (count.saturating_sub(1), true),
        }
    }
}

/// Every place of a text. Capitals count only where one is typed.
#[must_use]
pub fn search(document: &Document, pattern: &str) -> Matches {
    let mut matches = Matches { pattern: pattern.to_owned(), ..Matches::default() };
    if pattern.is_empty() {
        return matches;
    }
    for line in 0..document.len() {
        for range in ranges(document.line(line).unwrap_or_default(), pattern) {
            if matches.found.len() == MOST {
                matches.more = true;
                return matches;
            }
            matches.found.push(Match { line, range });
        }
    }
    matches
}

/// Where a text stands in one line.
#[must_use]
pub(in crate::app) fn ranges(line: &str, pattern: &str) -> Vec<Range<usize>> {
    if pattern.chars().any(char::is_uppercase) {
        return plain(line, pattern);
    }
    let folded: String = pattern.chars().flat_map(char::to_lowercase).collect();
    without_case(line, &folded)
}

fn plain(text: &str, pattern: &str) -> Vec<Range<usize>> {
    text.match_indices(pattern).map(|(start, found)| start..start + found.len()).collect()
}

fn without_case(text: &str, folded: &str) -> Vec<Range<usize>> {
    if text.is_ascii() {
        return plain(&text.to_ascii_lowercase(), folded);
    }
    // A lower case letter may take more or fewer bytes than its capital.
    let mut lower = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (place, c) in text.char_indices() {
        for small in c.to_lowercase() {
            lower.push(small);
            places.resize(lower.len(), place);
        }
    }
    let at = |byte: usize| places.get(byte).copied().unwrap_or(text.len());
    let found = plain(&lower, folded).into_iter();
    // What ends within the lower case of one letter takes in the whole letter.
    let end = |byte: usize| (byte..=lower.len()).map(at).find(|end| *end != at(byte - 1)).unwrap_or(text.len());
    let mut last = 0;
    found
        .map(|range| at(range.start)..end(range.end))
        .filter(|range| std::mem::replace(&mut last, range.end) <= range.start)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, pattern: &str, expected: &[(usize, &str)]) {
        let document = Document::new(text.to_owned(), false);
        let matches = search(&document, pattern);
        let found: Vec<(usize, &str)> = matches
            .found
            .iter()
            .map(|found| (found.line, document.line(found.line).unwrap().get(found.range.clone()).unwrap()))
            .collect();
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn capitals_count_only_where_one_is_typed() {
        check("tag: v1\nTag: V2\n", "tag", &[(0, "tag"), (1, "Tag")]);
        check("tag: v1\nTag: V2\n", "Tag", &[(1, "Tag")]);
        check("aaaa", "aa", &[(0, "aa"), (0, "aa")]);
        check("no", "yes", &[]);
        check("any", "", &[]);
        check("İstanbul GRÖSSE größe", "grö", &[(0, "GRÖ"), (0, "grö")]);
        check("İstanbul", "i", &[(0, "İ")]);
        check("日本語 日本", "日本", &[(0, "日本"), (0, "日本")]);
        check("a.b", ".", &[(0, ".")]);
    }

    #[test]
    fn matches_are_bounded() {
        let document = Document::new("x\n".repeat(MOST + 5), false);
        let matches = search(&document, "x");
        assert_eq!((matches.found.len(), matches.more), (MOST, true));
        assert_eq!(matches.on(7), (7, [Match { line: 7, range: 0..1 }].as_slice()));
        assert_eq!(matches.on(MOST + 2), (MOST, [].as_slice()));
    }

    proptest! {
        #[test]
        fn every_match_is_a_part_of_its_line(text in "\\PC{0,60}", pattern in "\\PC{1,3}") {
            let document = Document::new(text, false);
            let mut end = (0, 0);
            for found in search(&document, &pattern).found {
                let part = document.line(found.line).unwrap().get(found.range.clone());
                prop_assert!(part.is_some_and(|part| !part.is_empty()));
                prop_assert!(end <= (found.line, found.range.start));
                end = (found.line, found.range.end);
            }
        }
    }
}
