//! Ages at the coarseness at which they are shown, and when they next read differently.
//!
//! Nothing ticks by itself: whoever shows an age asks for the moment at which it changes, and is woken then.

use jiff::{SignedDuration, Timestamp};

/// The steps of an age: up to this age it is counted in this unit. Two of a unit are shown before the next one begins,
/// so that `90m` does not read as `1h`.
const COARSE: &[(i64, i64, &str)] = &[(2 * HOUR, 60, "m"), (2 * DAY, HOUR, "h"), (i64::MAX, DAY, "d")];
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The steps of a wait that someone watches.
const FINE: &[(i64, i64)] = &[(10, 1), (60, 5)];

/// `<1m`, `14m`, `3h`, `2d`. A time to come, by clocks that disagree, is `<1m`.
#[must_use]
pub fn coarse(since: Timestamp, now: Timestamp) -> String {
    let seconds = seconds(since, now);
    if seconds < 60 {
        return "<1m".to_owned();
    }
    let (unit, word) = unit(seconds);
    format!("{}{word}", seconds / unit)
}

/// When [`coarse`] next reads differently.
#[must_use]
pub fn coarse_change(since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let seconds = seconds(since, now);
    let (unit, _) = unit(seconds);
    after(since, (seconds / unit + 1).checked_mul(unit)?)
}

/// The whole minute at or after a time.
#[must_use]
pub fn whole_minute(at: Timestamp) -> Option<Timestamp> {
    let into = at.as_second().rem_euclid(60);
    let seconds = at.as_second() - into + if into > 0 || at.subsec_nanosecond() > 0 { 60 } else { 0 };
    Timestamp::from_second(seconds).ok()
}

/// `3s`, `15s`, then as [`coarse`]: for what is waited for.
#[must_use]
pub fn fine(since: Timestamp, now: Timestamp) -> String {
    let seconds = seconds(since, now);
    match FINE.iter().find(|(end, _)| seconds < *end) {
        Some((_, step)) => format!("{}s", seconds / step * step),
        None => coarse(since, now),
    }
}

/// When [`fine`] next reads differently.
#[must_use]
pub fn fine_change(since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let seconds = seconds(since, now);
    match FINE.iter().find(|(end, _)| seconds < *end) {
        Some((_, step)) => after(since, (seconds / step + 1) * step),
        None => coarse_change(since, now),
    }
}

fn seconds(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since).as_secs().max(0)
}

fn unit(seconds: i64) -> (i64, &'static str) {
    COARSE.iter().find(|(end, ..)| seconds < *end).map_or((DAY, "d"), |(_, unit, word)| (*unit, *word))
}

fn after(since: Timestamp, seconds: i64) -> Option<Timestamp> {
    since.checked_add(SignedDuration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_in_a_minute_is_told_at_its_end() {
        let check = |milliseconds: i64, expected: i64| {
            let at = Timestamp::from_millisecond(milliseconds).unwrap();
            assert_eq!(whole_minute(at).map(Timestamp::as_second), Some(expected));
        };
        check(0, 0);
        check(1, 60);
        check(60_000, 60);
        check(60_500, 120);
        check(-1, 0);
    }

    #[test]
    fn ages_are_coarse_and_say_when_they_change() {
        let check = |seconds: i64, coarse_text: &str, coarse_next: i64, fine_text: &str, fine_next: i64| {
            let since = Timestamp::UNIX_EPOCH;
            let now = Timestamp::from_second(seconds).unwrap();
            let next = |at: Option<Timestamp>| at.map(Timestamp::as_second);
            assert_eq!(
                (coarse(since, now).as_str(), next(coarse_change(since, now))),
                (coarse_text, Some(coarse_next))
            );
            assert_eq!((fine(since, now).as_str(), next(fine_change(since, now))), (fine_text, Some(fine_next)));
        };
        check(0, "<1m", 60, "0s", 1);
        check(9, "<1m", 60, "9s", 10);
        check(14, "<1m", 60, "10s", 15);
        check(60, "1m", 120, "1m", 120);
        check(5400, "90m", 5460, "90m", 5460);
        check(7200, "2h", 10800, "2h", 10800);
        check(47 * 3600, "47h", 48 * 3600, "47h", 48 * 3600);
        check(49 * 3600, "2d", 72 * 3600, "2d", 72 * 3600);
    }

    #[test]
    fn a_time_to_come_is_now() {
        assert_eq!(coarse(Timestamp::from_second(100).unwrap(), Timestamp::UNIX_EPOCH), "<1m");
    }
}
