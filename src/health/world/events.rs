//! The Events about objects of an open release: they explain what no status says, and run out by themselves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Trouble, World};
use crate::health::complaint::{Complaint, Weight};
use crate::health::objects::Named;
use crate::health::workloads::{first_line, refusal};
use crate::release::{Event, ObjectId, ObjectKey, Release, WatchedKind};

/// Events that are kept: a namespace of a thousand Pods that cannot start has some thousand. The oldest go first.
const MOST: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Events {
    all: BTreeMap<ObjectKey, Box<Event>>,
    about: BTreeMap<ObjectId, BTreeSet<ObjectKey>>,
}

impl Events {
    pub(super) fn put(&mut self, event: &Event) {
        self.remove(&event.key);
        self.about.entry(event.about.clone()).or_default().insert(event.key.clone());
        self.all.insert(event.key.clone(), Box::new(event.clone()));
        if self.all.len() > MOST
            && let Some(oldest) = self.all.values().min_by_key(|event| (event.last, &event.key))
        {
            let oldest = oldest.key.clone();
            self.remove(&oldest);
        }
    }

    pub(super) fn remove(&mut self, key: &ObjectKey) {
        let Some(event) = self.all.remove(key) else { return };
        if let Some(keys) = self.about.get_mut(&event.about) {
            keys.remove(key);
            if keys.is_empty() {
                self.about.remove(&event.about);
            }
        }
    }

    fn of(&self, id: &ObjectId) -> impl Iterator<Item = &Event> {
        let keys = self.about.get(id).into_iter().flatten();
        keys.filter_map(|key| self.all.get(key)).map(|event| &**event)
    }
}

impl World {
    /// The Events about an object and what it owns, also of Pods of its that are gone; of everything for `None`. Newest
    /// first. Only the world of an open release has any.
    #[must_use]
    pub fn events(&self, about: Option<&ObjectId>) -> Vec<&Event> {
        match about {
            None => newest_first(self.events.all.values().map(|event| &**event).collect()),
            Some(id) => self.events_below(std::iter::once(id)),
        }
    }

    /// The Events about the objects of a release, as for each of them.
    #[must_use]
    pub fn events_of(&self, release: &Release, named: &[Named]) -> Vec<&Event> {
        let ids: BTreeSet<ObjectId> = named.iter().map(|named| named.id.clone()).collect();
        let roots = self.roots(release, &ids);
        self.events_below(ids.iter().chain(roots.iter().map(|id| &**id)))
    }

    fn events_below<'w: 'i, 'i>(&'w self, roots: impl Iterator<Item = &'i ObjectId>) -> Vec<&'w Event> {
        let mut open: Vec<&ObjectId> = roots.collect();
        let mut ids = BTreeSet::new();
        while let Some(id) = open.pop() {
            if ids.insert(id) {
                open.extend(self.children_of(id).chain(self.claims_of(id)).map(|id| &**id));
            }
        }
        // What made Pods names them after itself.
        let makers: BTreeSet<(&str, &str)> =
            ids.iter().filter(|id| is_maker(id)).map(|id| (id.namespace.as_str(), id.name.as_str())).collect();
        let is_gone = |about: &ObjectId| {
            let maker = about.name.rsplit_once('-').map(|(maker, _)| (about.namespace.as_str(), maker));
            about.kind == "Pod" && !self.objects.contains_key(about) && maker.is_some_and(|one| makers.contains(&one))
        };
        let about = self.events.about.keys().filter(|about| ids.contains(about) || is_gone(about));
        newest_first(about.flat_map(|about| self.events.of(about)).collect())
    }

    /// A trouble with what the newest warning about the same object adds to it, where the status alone says little.
    pub(super) fn with_event(&self, trouble: Trouble, complaint: &Complaint, at: &ObjectId) -> Trouble {
        if !matches!(complaint.weight, Weight::NotReady | Weight::Starting) {
            return trouble;
        }
        let uid = self.node(at).map(|node| &*node.uid).unwrap_or_default();
        let is_its_own = |event: &&Event| event.about_uid.is_empty() || uid.is_empty() || event.about_uid == uid;
        let warnings = self.events.of(at).filter(|event| event.warning).filter(is_its_own);
        let Some(event) = warnings.max_by_key(|event| (event.last, &event.key)) else { return trouble };
        let text = if event.reason == "FailedCreate" {
            format!("Pods cannot be made: {}", refusal(&event.message))
        } else {
            format!("{}: {}", trouble.text, first_line(&event.message))
        };
        Trouble { text, reason: event.reason.clone(), message: event.message.clone(), ..trouble }
    }
}

fn is_maker(id: &ObjectId) -> bool {
    match WatchedKind::of(&id.group, &id.kind) {
        Some(WatchedKind::ReplicaSet | WatchedKind::StatefulSet | WatchedKind::DaemonSet | WatchedKind::Job) => true,
        Some(WatchedKind::Deployment | WatchedKind::PersistentVolumeClaim | WatchedKind::Pod) | None => false,
    }
}

fn newest_first(mut events: Vec<&Event>) -> Vec<&Event> {
    events.sort_by_key(|event| (Reverse(event.last), &event.key));
    events
}
