//! Moves recorded times to the present.

use std::collections::HashMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Length of `2026-11-21T07:28:45`, of which ten bytes stand before the `T`.
const STAMP: usize = 19;
const DATE: usize = 10;

/// What stands before this year was not recorded: Go's zero time, and the times that reproducible archives carry.
const FIRST_YEAR: i16 = 2020;

/// By how much recorded times move. Whole seconds, so that fractions stay and texts keep their length.
#[derive(Debug, Clone)]
pub struct Shift {
    /// From when on, in recorded time, by how many seconds; in order of time. What lies before the first moves with it.
    pieces: Vec<(Timestamp, i64)>,
}

impl Shift {
    /// The recorded `moment` becomes `then`.
    #[must_use]
    pub fn new(moment: Timestamp, then: Timestamp) -> Self {
        Self { pieces: vec![(Timestamp::MIN, then.as_second().saturating_sub(moment.as_second()))] }
    }

    /// From the recorded `moment` on, which becomes `then`, times move by another measure. To be called in order of time.
    #[must_use]
    pub fn and_from(mut self, moment: Timestamp, then: Timestamp) -> Self {
        self.pieces.push((moment, then.as_second().saturating_sub(moment.as_second())));
        self
    }

    /// Where a recorded time lies now. A time that no calendar holds stays where it was.
    #[must_use]
    pub fn time(&self, recorded: Timestamp) -> Timestamp {
        let seconds = self.pieces.iter().rev().find(|(from, _)| *from <= recorded).map_or(0, |(_, seconds)| *seconds);
        recorded.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(recorded)
    }

    /// The text with every time in it moved, wherever it stands: alone, in a message, in the log that a message quotes.
    /// Times are those that Go and Kubernetes write: RFC 3339 in UTC.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut moved = String::with_capacity(text.len());
        let mut seen: HashMap<&str, String> = HashMap::new();
        let mut done = 0;
        for (at, _) in text.match_indices('T') {
            let Some(start) = at.checked_sub(DATE).filter(|start| *start >= done) else { continue };
            let Some(stamp) = text.get(start..start + STAMP).filter(|stamp| is_stamp(stamp)) else { continue };
            let replaced = match seen.get(stamp) {
                Some(known) => known.as_str(),
                None => {
                    let Some(replaced) = self.stamp(stamp) else { continue };
                    seen.entry(stamp).or_insert(replaced)
                }
            };
            moved.push_str(text.get(done..start).unwrap_or_default());
            moved.push_str(replaced);
            done = start + STAMP;
        }
        moved.push_str(text.get(done..).unwrap_or_default());
        moved
    }

    fn stamp(&self, stamp: &str) -> Option<String> {
        let recorded: DateTime = stamp.parse().ok()?;
        if recorded.year() < FIRST_YEAR {
            return None;
        }
        let recorded = TimeZone::UTC.to_timestamp(recorded).ok()?;
        Some(self.time(recorded).to_zoned(TimeZone::UTC).datetime().to_string())
    }
}

fn is_stamp(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check(text: &str, expected: &str) {
        let shift = Shift::new(time("2026-11-21T08:00:00Z"), time("2027-01-01T00:00:10Z"))
            .and_from(time("2026-11-21T08:00:00Z"), time("2027-01-02T00:00:00Z"));
        assert_eq!(shift.text(text), expected);
    }

    #[test]
    fn every_time_moves_and_nothing_else() {
        check("", "");
        check("2026-11-21T07:59:59Z", "2027-01-01T00:00:09Z");
        check("2026-11-21T07:59:59.268564423Z: T", "2027-01-01T00:00:09.268564423Z: T");
        check(
            r#"{"a":"2026-11-21T07:59:59Z","bT":["2026-11-21T08:00:01Z"]}"#,
            r#"{"a":"2027-01-01T00:00:09Z","bT":["2027-01-02T00:00:01Z"]}"#,
        );
        check("0001-01-01T00:00:00Z 1985-10-26T08:15:00Z", "0001-01-01T00:00:00Z 1985-10-26T08:15:00Z");
        check("2026-99-21T07:59:59Z T2026-11-21", "2026-99-21T07:59:59Z T2026-11-21");
        check("ä2026-11-21T07:59:59Zü", "ä2027-01-01T00:00:09Zü");
    }
}
