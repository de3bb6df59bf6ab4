//! Between the watches and the application: changes wait here by the object that they are about, so that a burst of
//! events costs one change an object, and a slow reader costs memory by objects, never by events.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use tokio::sync::Notify;

use crate::release::codec::Driver;
use crate::release::flux::SourceKind;
use crate::release::{Change, Feed, ObjectId, ObjectKey, Resource};

/// How many changes one batch holds at most, so that input is looked at between two batches.
const BATCH: usize = 2_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Stored(Driver, ObjectKey),
    HelmRelease(ObjectKey),
    Source(SourceKind, ObjectKey),
    Kustomization(ObjectKey),
    Object(ObjectId),
    Event(ObjectKey),
    Inventory(Resource),
    Namespaces,
    Feed(Feed),
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<IndexMap<Key, Change>>,
    arrived: Notify,
}

/// Where the watches put changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Sink(Arc<Shared>);

impl Sink {
    /// Puts one change; a later one about the same object replaces it.
    pub(super) fn put(&self, change: Change) {
        let key = key(&change);
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The state of a feed speaks of the objects before it: it goes to the end, never before them.
        if matches!(key, Key::Feed(_) | Key::Inventory(_)) {
            waiting.shift_remove(&key);
        }
        waiting.insert(key, change);
        drop(waiting);
        self.0.arrived.notify_one();
    }

    /// Takes what waits, at most a batch.
    pub(super) fn take(&self) -> Vec<Change> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(BATCH);
        let taken = waiting.drain(..count).map(|(_, change)| change).collect();
        if waiting.is_empty() {
            // A burst of thousands must not keep its memory for the rest of the night.
            waiting.shrink_to(BATCH);
        } else {
            self.0.arrived.notify_one();
        }
        taken
    }

    /// Waits until something was put.
    pub(super) async fn arrival(&self) {
        self.0.arrived.notified().await;
    }
}

fn key(change: &Change) -> Key {
    match change {
        Change::Revision(revision) => Key::Stored(revision.object.driver, revision.object.key.clone()),
        Change::RevisionGone(driver, key, _) => Key::Stored(*driver, key.clone()),
        Change::HelmRelease(object) => Key::HelmRelease(object.key.clone()),
        Change::HelmReleaseGone(key) => Key::HelmRelease(key.clone()),
        Change::Source(object) => Key::Source(object.kind, object.key.clone()),
        Change::SourceGone(kind, key) => Key::Source(*kind, key.clone()),
        Change::Kustomization(object) => Key::Kustomization(object.key.clone()),
        Change::KustomizationGone(key) => Key::Kustomization(key.clone()),
        Change::Object(object) => Key::Object(object.id.clone()),
        Change::ObjectGone(id, _) => Key::Object(id.clone()),
        Change::Event(event) => Key::Event(event.key.clone()),
        Change::EventGone(key) => Key::Event(key.clone()),
        Change::Inventory(resource, _) => Key::Inventory(resource.clone()),
        Change::Namespaces(_) => Key::Namespaces,
        Change::Feed(feed, _) => Key::Feed(feed.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{FeedKind, FeedState};

    fn feed(state: FeedState) -> Change {
        Change::Feed(Feed { kind: FeedKind::HelmReleases, namespace: None }, state)
    }

    #[test]
    fn the_last_change_of_an_object_counts_and_the_state_of_a_feed_comes_after_its_objects() {
        let sink = Sink::default();
        let gone = |name: &str| Change::HelmReleaseGone(ObjectKey::new("shop", name));
        sink.put(feed(FeedState::Loading));
        sink.put(gone("a"));
        sink.put(gone("b"));
        sink.put(feed(FeedState::Live));
        sink.put(gone("a"));
        assert_eq!(sink.take(), vec![gone("a"), gone("b"), feed(FeedState::Live)]);
        assert_eq!(sink.take(), vec![]);
    }

    #[test]
    fn a_burst_is_handed_out_in_batches_and_nothing_is_lost() {
        let sink = Sink::default();
        for n in 0..BATCH + 5 {
            sink.put(Change::HelmReleaseGone(ObjectKey::new("shop", n.to_string())));
        }
        assert_eq!(sink.take().len(), BATCH);
        assert_eq!(sink.take().len(), 5);
    }
}
