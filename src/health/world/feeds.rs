//! What may be seen, and what was seen whole.

use std::collections::BTreeMap;

use crate::release::{Feed, FeedKind, FeedState, ObjectId, Resource, WatchedKind};

#[derive(Debug, Default)]
pub(super) struct Feeds {
    shared: BTreeMap<(WatchedKind, Option<String>), FeedState>,
    /// By group, kind and namespace: the watches of the release that is open.
    inventory: BTreeMap<(String, String, Option<String>), FeedState>,
}

/// Whether objects of a kind can be seen in a place: the better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::health) enum Sight {
    /// The list ended: what it lacks is not there.
    Whole,
    /// It was whole once, and may be old now.
    Old,
    /// Not yet.
    Loading,
    /// This user may not.
    Forbidden,
    /// The server does not serve the kind.
    NotServed,
    /// Nobody watches it.
    Unwatched,
}

impl Feeds {
    pub(super) fn put(&mut self, feed: &Feed, state: &FeedState) {
        if let FeedKind::Objects(kind) = feed.kind {
            self.shared.insert((kind, feed.namespace.clone()), state.clone());
        }
    }

    pub(super) fn put_inventory(&mut self, resource: &Resource, state: &FeedState) {
        let group = resource.api_version.split_once('/').map_or("", |(group, _)| group);
        let key = (group.to_owned(), resource.kind.clone(), resource.namespace.clone());
        self.inventory.insert(key, state.clone());
    }

    /// Whether this is the world of an open release.
    pub(super) fn is_of_inventory(&self) -> bool {
        !self.inventory.is_empty()
    }

    /// How the watches of the open release are doing, with the kind of each, where it is one of the list's.
    pub(super) fn of_inventory(&self) -> impl Iterator<Item = (Option<WatchedKind>, Sight)> {
        self.inventory.iter().map(|((group, kind, _), state)| (WatchedKind::of(group, kind), Sight::of(state)))
    }

    /// Whether an object could be seen. Of a namespaced and a wider watch the better one counts.
    pub(super) fn sight(&self, id: &ObjectId) -> Sight {
        let places = [(!id.namespace.is_empty()).then(|| id.namespace.clone()), None];
        let inventory =
            places.iter().filter_map(|place| self.inventory.get(&(id.group.clone(), id.kind.clone(), place.clone())));
        let best = inventory.map(Sight::of).min();
        match (best, WatchedKind::of(&id.group, &id.kind)) {
            (Some(best), _) => best,
            (None, Some(kind)) => self.shared(kind, &id.namespace),
            (None, None) => Sight::Unwatched,
        }
    }

    /// Whether objects of a watched kind can be seen in a namespace.
    pub(super) fn shared(&self, kind: WatchedKind, namespace: &str) -> Sight {
        let at = |place: Option<&str>| self.shared.get(&(kind, place.map(str::to_owned)));
        let found = [at(Some(namespace)), at(None)];
        found.into_iter().flatten().map(Sight::of).min().unwrap_or(Sight::Unwatched)
    }
}

impl Sight {
    fn of(state: &FeedState) -> Self {
        match state {
            FeedState::Live => Self::Whole,
            FeedState::Stale { .. } => Self::Old,
            FeedState::Loading => Self::Loading,
            FeedState::Forbidden => Self::Forbidden,
            FeedState::Absent | FeedState::Unsupported { .. } => Self::NotServed,
        }
    }

    /// Whether what is not here is known not to be there, or was so lately.
    pub(in crate::health) fn is_seen(self) -> bool {
        matches!(self, Self::Whole | Self::Old)
    }
}
