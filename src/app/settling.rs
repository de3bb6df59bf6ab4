//! What holds changes back until they have settled: conditions change in several patches a few milliseconds apart, and what
//! comes and goes in between is no news to anybody.
//!
//! A change of a release is shown when nothing about it changed for [`QUIET`], and at the latest [`LONGEST`] after the
//! first one that is not shown yet.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::release::ReleaseId;

/// How long a release must be quiet.
const QUIET: SignedDuration = SignedDuration::from_millis(400);
/// How long a change is held back at most.
const LONGEST: SignedDuration = SignedDuration::from_secs(2);

/// The releases of which something is not shown yet.
#[derive(Debug, Default)]
pub(super) struct Settling {
    waiting: BTreeMap<ReleaseId, Wait>,
}

/// What is held back of one release.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    first: Timestamp,
    last: Timestamp,
}

impl Wait {
    /// Begins with a change.
    #[must_use]
    pub fn begin(now: Timestamp) -> Self {
        Self { first: now, last: now }
    }

    /// Another change came.
    pub fn touch(&mut self, now: Timestamp) {
        self.last = now;
    }

    /// When it is to be shown, if no other change comes.
    #[must_use]
    pub fn due(self) -> Timestamp {
        let after = |at: Timestamp, time| at.checked_add(time).unwrap_or(at);
        after(self.last, QUIET).min(after(self.first, LONGEST))
    }
}

impl Settling {
    /// Something about a release changed.
    pub(super) fn touch(&mut self, id: ReleaseId, now: Timestamp) {
        self.waiting.entry(id).and_modify(|wait| wait.touch(now)).or_insert(Wait::begin(now));
    }

    /// Whether something of a release is not shown yet.
    pub(super) fn holds(&self, id: &ReleaseId) -> bool {
        self.waiting.contains_key(id)
    }

    /// The releases that are to be shown as they are now; all that wait, where nothing is held back.
    pub(super) fn due(&mut self, now: Timestamp, hold: bool) -> Vec<ReleaseId> {
        let due = |wait: &Wait| !hold || wait.due() <= now;
        let ids: Vec<ReleaseId> = self.waiting.iter().filter(|(_, wait)| due(wait)).map(|(id, _)| id.clone()).collect();
        for id in &ids {
            self.waiting.remove(id);
        }
        ids
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.waiting.values().map(|wait| wait.due()).min()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::codec::Driver;

    #[test]
    fn a_release_is_shown_when_it_is_quiet_or_when_it_waited_long_enough() {
        // Milliseconds of its changes, and when they are shown.
        let check = |changes: &[i64], expected: &[i64]| {
            let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
            let id = ReleaseId::stored(Driver::Secret, "shop", "web");
            let mut settling = Settling::default();
            let mut shown = Vec::new();
            for now in 0..10_000 {
                if settling.next().is_some_and(|due| due <= at(now)) {
                    assert_eq!(settling.due(at(now), true), std::slice::from_ref(&id));
                    shown.push(now);
                }
                if changes.contains(&now) {
                    settling.touch(id.clone(), at(now));
                }
                assert!(settling.next().is_none() || settling.holds(&id));
            }
            assert_eq!(shown, expected, "{changes:?}");
        };
        check(&[], &[]);
        check(&[100], &[500]);
        check(&[100, 499], &[899]);
        check(&[100, 500], &[500, 900]);
        let busy: Vec<i64> = (100..3000).step_by(100).collect();
        check(&busy, &[2100, 3300]);
    }
}
