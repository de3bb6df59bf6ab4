//! What was seen of a release while it was open, of objects that the list does not watch.
//!
//! The list must not call well what was broken a moment ago only because nobody looks any more. It keeps a few words of each
//! release that was open, and no object; they hold until the release is another one than was looked at.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::standing::named_by_all;
use super::{Recalled, Standing, Trouble, World};
use crate::health::objects::{Counts, Named};
use crate::release::payload::Revision;
use crate::release::{ObjectId, Release, StoredRef, WatchedKind};

/// Releases of which something is kept: those that were open last.
const RELEASES: usize = 256;
/// Objects of each list that are kept of one release.
const OBJECTS: usize = 16;
/// Bytes of a text that are kept: a line of the list is shorter.
const TEXT: usize = 400;

/// What the list would say of the objects that it does not watch.
#[derive(Debug)]
pub(super) struct Seen {
    of: State,
    at: Timestamp,
    standing: Standing,
}

/// Which state of a release it was: its objects are others in another one.
#[derive(Debug, PartialEq, Eq)]
struct State {
    latest: Option<StoredRef>,
    generation: Option<i64>,
    revision: Option<Revision>,
}

impl State {
    fn of(release: &Release) -> Self {
        let object = release.helm_release.as_deref();
        Self {
            latest: release.latest.clone(),
            generation: object.and_then(|object| object.generation),
            revision: object
                .and_then(|object| object.history.first())
                .map(|newest| newest.revision)
                .or(release.revision),
        }
    }
}

impl World {
    /// Keeps of a release what `open`, the world of its own watch, tells beyond the list, as of `now`.
    pub fn recall(&mut self, release: &Release, names: &[Named], open: &Self, now: Timestamp) {
        let beyond = named_by_all(release, names).into_iter().filter(is_beyond).collect::<BTreeSet<ObjectId>>();
        let mut standing = open.stands(release, beyond, is_beyond, now);
        for list in [&mut standing.broken, &mut standing.waiting, &mut standing.stuck, &mut standing.unknown] {
            list.truncate(OBJECTS);
            *list = list.iter().map(short).collect();
        }
        standing.missing.truncate(OBJECTS);
        // Hooks explain the action that failed, which only the open release tells of.
        (standing.hooks, standing.remembered) = (Vec::new(), Vec::new());
        self.recalled.insert(release.id.clone(), Seen { of: State::of(release), at: now, standing });
        if self.recalled.len() > RELEASES
            && let Some(oldest) = self.recalled.iter().min_by_key(|(_, seen)| seen.at).map(|(id, _)| id.clone())
        {
            self.recalled.remove(&oldest);
        }
    }

    /// What the watches tell, with what is recalled of objects that they do not see.
    pub(super) fn with_recalled(&self, release: &Release, mut standing: Standing) -> Standing {
        let Some(seen) = self.recalled.get(&release.id).filter(|seen| seen.of == State::of(release)) else {
            return standing;
        };
        let Seen { at, standing: of, .. } = seen;
        standing.counts = sum(standing.counts, of.counts);
        standing.broken.extend_from_slice(&of.broken);
        standing.waiting.extend_from_slice(&of.waiting);
        standing.stuck.extend_from_slice(&of.stuck);
        standing.unknown.extend_from_slice(&of.unknown);
        standing.missing.extend_from_slice(&of.missing);
        standing.recalled = Some(Recalled { at: *at, objects: of.counts.total });
        standing
    }
}

impl Standing {
    /// When an object was seen, where it is recalled rather than watched.
    pub(in crate::health) fn seen_at(&self, id: &ObjectId) -> Option<Timestamp> {
        self.recalled.filter(|_| is_beyond(id)).map(|recalled| recalled.at)
    }
}

/// Whether the list does not watch objects of this kind.
fn is_beyond(id: &ObjectId) -> bool {
    WatchedKind::of(&id.group, &id.kind).is_none()
}

fn sum(one: Counts, other: Counts) -> Counts {
    Counts {
        ready: one.ready + other.ready,
        total: one.total + other.total,
        assumed: one.assumed + other.assumed,
        missing: one.missing + other.missing,
        hidden: one.hidden + other.hidden,
    }
}

/// A trouble without all that only its chain shows.
fn short(trouble: &Trouble) -> Trouble {
    let said = [&trouble.text, &trouble.message, &trouble.reason].into_iter().find(|text| !text.is_empty());
    let text = said.map(|text| text.get(..text.floor_char_boundary(TEXT)).unwrap_or(text)).unwrap_or_default();
    Trouble {
        object: trouble.object.clone(),
        path: Vec::new(),
        container: None,
        image: None,
        pods: trouble.pods,
        reason: String::new(),
        text: text.to_owned(),
        message: String::new(),
        since: trouble.since,
    }
}
