//! What happens in the demo while one watches: a release is upgraded, fails, is rolled back and later mended, as it was
//! recorded; what crashes goes on crashing, and what runs goes on writing its log.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;

use super::bundle::{Bundle, Damaged, Histories, Recorded, Voice};
use super::crash::CrashLoop;
use super::server::{LogLines, ObjectRef};
use super::shift::Shift;
use super::voice::Speaker;
use crate::release::ObjectKey;

/// One change of one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The object is created, or is now so.
    Put(Value),
    /// The object is gone.
    Remove(ObjectRef),
    /// A container runs, or has ended: this is its log.
    Run(Run),
    /// A container of a Pod writes one more line.
    Line(ObjectKey, String, String),
}

/// The log of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The Pod.
    pub pod: ObjectKey,
    /// The container.
    pub container: String,
    /// What it wrote in its last run.
    pub lines: LogLines,
    /// What it wrote in the run before, as a kubelet counts: where it does not run, that is its last one too.
    pub previous: Option<LogLines>,
}

/// A story that is told step by step, the same for the same start.
#[derive(Debug)]
pub struct Story {
    /// In order of time, each with the place of its act.
    beats: VecDeque<(Timestamp, usize, Recorded)>,
    acts: Vec<Playing>,
    shift: Shift,
    histories: Histories,
    crashes: Vec<CrashLoop>,
    speakers: Vec<Speaker>,
    /// Logs of what had ended before.
    ended: Vec<Run>,
}

/// An act, by what it plays on.
#[derive(Debug)]
struct Playing {
    /// Namespace and name of the release.
    scene: String,
    begins: Timestamp,
    ends: Timestamp,
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
        let mut acts = Vec::new();
        for act in bundle.acts {
            let begins = later(now, SignedDuration::from_secs(act.after));
            shift = shift.and_from(act.begins, begins);
            let due = |at| later(begins, SignedDuration::from_millis(at));
            let ends = act.beats.last().map_or(begins, |beat| due(beat.at));
            let place = acts.len();
            beats.extend(act.beats.into_iter().map(|beat| (due(beat.at), place, beat.change)));
            acts.push(Playing { scene: act.scene, begins, ends });
        }
        let mut story = Self { beats, acts, shift, histories, crashes: vec![], speakers: vec![], ended: vec![] };
        for pod in objects.iter().filter(|object| object.get("kind").is_some_and(|kind| kind == "Pod")) {
            story.cast(pod, &bundle.voices, now);
        }
        Ok(story)
    }

    /// What a Pod does from now on.
    fn cast(&mut self, pod: &Value, voices: &[Voice], now: Timestamp) {
        let voice = voices.iter().find(|voice| voice.is_of(pod));
        let place = i32::try_from(self.crashes.len()).unwrap_or(i32::MAX);
        if let Some(crash) = CrashLoop::of(pod, voice, place, now) {
            self.crashes.push(crash);
            return;
        }
        let Some(voice) = voice else { return };
        if let Some(run) = voice.ended(pod) {
            self.ended.push(run);
        }
        let place = i32::try_from(self.speakers.len()).unwrap_or(i32::MAX);
        self.speakers.extend(Speaker::of(pod, voice, place, now));
    }

    /// Somebody acts on a release: no further act is played on it. When the one ends that has begun.
    pub fn yield_to(&mut self, release: &ObjectKey, now: Timestamp) -> Option<Timestamp> {
        let acts = &self.acts;
        let is_of = |act: &Playing| act.scene == release.to_string();
        self.beats.retain(|(_, place, _)| acts.get(*place).is_none_or(|act| !is_of(act) || act.begins <= now));
        acts.iter().filter(|act| is_of(act) && act.begins <= now && now < act.ends).map(|act| act.ends).max()
    }

    /// A Pod is gone: nothing more is played on it.
    pub fn forget(&mut self, pod: &ObjectRef) {
        self.speakers.retain(|speaker| !speaker.is_of(pod));
        self.crashes.retain(|crash| !crash.is_of(pod));
    }

    /// What is to be stored later in the story, as far as it is JSON.
    pub fn untold(&self) -> impl Iterator<Item = Value> {
        self.beats.iter().filter_map(|(.., change)| match change {
            Recorded::Put(object) => serde_json::from_str(object.get()).ok(),
            Recorded::Remove(_) => None,
        })
    }

    /// When the next step is due. While something crashes the story has no end.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        let recorded = self.beats.front().map(|(due, ..)| *due);
        let played = self.crashes.iter().map(CrashLoop::next).chain(self.speakers.iter().map(Speaker::next));
        played.chain(recorded).min()
    }

    /// All that is due at `now` and was not told before, in order of time.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn until(&mut self, now: Timestamp) -> Result<Vec<Step>, Damaged> {
        let mut steps: Vec<Step> = self.ended.drain(..).map(Step::Run).collect();
        while let Some(due) = self.next().filter(|due| *due <= now) {
            for crash in self.crashes.iter_mut().filter(|crash| crash.next() == due) {
                steps.extend(crash.go_on());
            }
            for speaker in self.speakers.iter_mut().filter(|speaker| speaker.next() == due) {
                steps.push(speaker.go_on());
            }
            while let Some((.., change)) = self.beats.pop_front_if(|(at, ..)| *at <= due) {
                steps.push(match change {
                    Recorded::Put(object) => Step::Put(self.histories.settle(&object, &self.shift)?),
                    Recorded::Remove(object) => {
                        let gone = named(&object)?;
                        self.speakers.retain(|speaker| !speaker.is_of(&gone));
                        Step::Remove(gone)
                    }
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
