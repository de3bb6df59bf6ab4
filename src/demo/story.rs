//! What happens in the demo while one watches: a release is upgraded, fails, is rolled back and later mended, as it was
//! recorded; and what crashes goes on crashing.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;

use super::bundle::{Bundle, Damaged, Histories, Recorded};
use super::crash::CrashLoop;
use super::server::ObjectRef;
use super::shift::Shift;

/// One change of one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The object is created, or is now so.
    Put(Value),
    /// The object is gone.
    Remove(ObjectRef),
}

/// A story that is told step by step, the same for the same start.
#[derive(Debug)]
pub struct Story {
    /// In order of time.
    beats: VecDeque<(Timestamp, Recorded)>,
    shift: Shift,
    histories: Histories,
    crashes: Vec<CrashLoop>,
}

impl Story {
    /// The story that begins `now`, on the objects of [`Bundle::objects`] at that time. Its acts play on one scene.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn new(bundle: Bundle, objects: &[Value], now: Timestamp) -> Result<Self, Damaged> {
        let stage = bundle.acts.first().and_then(|act| bundle.scenes.iter().find(|scene| scene.name == act.scene));
        let (mut shift, histories) = match stage {
            Some(scene) => (scene.shift(now), scene.objects(now)?.1),
            None => (Shift::new(now, now), Histories::default()),
        };
        let mut beats = VecDeque::new();
        for act in bundle.acts {
            let begins = later(now, SignedDuration::from_secs(act.after));
            shift = shift.and_from(act.begins, begins);
            let due = |at| later(begins, SignedDuration::from_millis(at));
            beats.extend(act.beats.into_iter().map(|beat| (due(beat.at), beat.change)));
        }
        let mut crashes = Vec::new();
        for object in objects {
            let place = i32::try_from(crashes.len()).unwrap_or(i32::MAX);
            crashes.extend(CrashLoop::of(object, place, now));
        }
        Ok(Self { beats, shift, histories, crashes })
    }

    /// When the next step is due. While something crashes the story has no end.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        let recorded = self.beats.front().map(|(due, _)| *due);
        self.crashes.iter().map(CrashLoop::next).chain(recorded).min()
    }

    /// All that is due at `now` and was not told before, in order of time.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn until(&mut self, now: Timestamp) -> Result<Vec<Step>, Damaged> {
        let mut steps = Vec::new();
        while let Some(due) = self.next().filter(|due| *due <= now) {
            for crash in self.crashes.iter_mut().filter(|crash| crash.next() == due) {
                steps.extend(crash.go_on().into_iter().map(Step::Put));
            }
            while let Some((_, change)) = self.beats.pop_front_if(|(at, _)| *at <= due) {
                steps.push(match change {
                    Recorded::Put(object) => Step::Put(self.histories.settle(&object, &self.shift)?),
                    Recorded::Remove(object) => Step::Remove(named(&object)?),
                });
            }
        }
        Ok(steps)
    }
}

fn named(object: &RawValue) -> Result<ObjectRef, Damaged> {
    ObjectRef::of(&serde_json::from_str(object.get())?).ok_or(Damaged::Nameless)
}

/// Times that no calendar holds stay at its end: nothing is due then.
pub(super) fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
