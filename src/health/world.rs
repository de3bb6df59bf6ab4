//! What is known of the objects of releases: who belongs to whom, and how each is doing.
//!
//! An object belongs to the release that its `meta.helm.sh` annotations name, else to the HelmRelease that its labels name,
//! else to the object that owns it, by uid; owners may come later than what they own. Of an object only a projection is kept.
//! Invariants: applying a change twice is the same as once; the order of changes of different objects makes no difference;
//! nothing grows with the number of changes, only with the number of objects.

mod events;
mod evidence;
mod feeds;
mod glance;
mod judge;
mod memory;
mod node;
mod recall;
mod standing;
#[cfg(test)]
pub(in crate::health) mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use super::objects::Counts;
use crate::release::{Change, LiveObject, ObjectId, ObjectKey, Release, ReleaseId, WatchedKind};
use events::Events;
use feeds::Feeds;
pub(in crate::health) use feeds::Sight;
pub(in crate::health) use glance::Glance;
pub use judge::Judge;
use memory::Memory;
use node::Node;
use recall::Seen;

type Id = Arc<ObjectId>;

/// The objects of all releases as the shared watches tell of them, or of one release with its whole inventory.
#[derive(Debug, Default)]
pub struct World {
    objects: BTreeMap<Id, Node>,
    by_uid: HashMap<Arc<str>, Id>,
    /// By the uid of the owner, which need not be here.
    children: HashMap<Arc<str>, BTreeSet<Id>>,
    /// The objects that name a Helm release.
    releases: BTreeMap<ObjectKey, BTreeSet<Id>>,
    /// The objects that name a HelmRelease and no Helm release.
    origins: BTreeMap<ObjectKey, BTreeSet<Id>>,
    /// The Pods that use a claim.
    claimants: BTreeMap<ObjectKey, BTreeSet<Id>>,
    turns: BTreeMap<Timestamp, BTreeSet<Id>>,
    touched: BTreeSet<ObjectKey>,
    feeds: Feeds,
    events: Events,
    memory: Memory,
    /// Of releases that were open, what the shared watches do not tell.
    recalled: BTreeMap<ReleaseId, Seen>,
    judge: Judge,
    keeps_bodies: bool,
}

/// How the objects of one release are doing, worst first in every list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// Whether the watches that would tell have told: what is empty is then empty indeed.
    pub seen: bool,
    /// The kinds that may not be seen where the release is.
    pub unseen: Vec<WatchedKind>,
    /// How many are well.
    pub counts: Counts,
    /// How many fields of its workloads people hold.
    pub edited: usize,
    /// What is broken: Failed by kstatus, or a container that cannot run.
    pub broken: Vec<Trouble>,
    /// What is on its way.
    pub waiting: Vec<Trouble>,
    /// What is being deleted for so long that something keeps it.
    pub stuck: Vec<Trouble>,
    /// What cannot be judged, with the error as its message.
    pub unknown: Vec<Trouble>,
    /// What the release names and the cluster lacks.
    pub missing: Vec<ObjectId>,
    /// Hooks and tests that are broken or on their way; they are counted nowhere.
    pub hooks: Vec<Trouble>,
    /// What was broken and is gone since, while it was watched: the last of its kind, newest first.
    pub remembered: Vec<Trouble>,
    /// Of objects that the list does not watch: when they were seen last, and how many they were. They are among the counts
    /// and the lists.
    pub recalled: Option<Recalled>,
}

/// When the objects of a release were seen that the list does not watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recalled {
    /// When its own watch ended.
    pub at: Timestamp,
    /// How many there were, those that were missing included.
    pub objects: usize,
}

/// One thing that is wrong with an object, down to the deepest part that says why.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// The object of the release.
    pub object: ObjectId,
    /// From below that object down to what failed: `ReplicaSet billing-7c9f`, `Pod billing-7c9f-x2x`.
    pub path: Vec<ObjectId>,
    /// The container, where it is one.
    pub container: Option<String>,
    /// The image of that container.
    pub image: Option<String>,
    /// Of the Pods that the object has now, how many are wrong in the same way, and how many there are.
    pub pods: (usize, usize),
    /// The reason as Kubernetes gives it: `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, `LessReady` ...
    pub reason: String,
    /// In words, short, without the object's name: "web cannot pull registry.example.com/storefront:2.10.0".
    pub text: String,
    /// The message of Kubernetes, quoted exactly.
    pub message: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl World {
    /// A world that keeps its objects whole, for the release that is open.
    #[must_use]
    pub fn keeping_bodies() -> Self {
        Self { keeps_bodies: true, ..Self::default() }
    }

    /// The world of a release that is opened, which keeps its objects whole and judges custom resources by the
    /// `healthCheckExprs` of its HelmRelease. It begins with what `known` remembers of the release.
    #[must_use]
    pub fn of_open(release: &Release, known: &Self) -> Self {
        Self { judge: Judge::of(release), memory: known.memory.only(release), ..Self::keeping_bodies() }
    }

    /// Takes in one change. What is about no object changes nothing.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Object(object) => self.put(object),
            Change::ObjectGone(id, uid) => self.remove(id, Some(uid)),
            Change::Event(event) => self.events.put(event),
            Change::EventGone(key) => self.events.remove(key),
            Change::Feed(feed, state) => self.feeds.put(feed, state),
            Change::Inventory(resource, state) => self.feeds.put_inventory(resource, state),
            Change::Revision(_)
            | Change::RevisionGone(..)
            | Change::HelmRelease(_)
            | Change::HelmReleaseGone(_)
            | Change::Source(_)
            | Change::SourceGone(..)
            | Change::Kustomization(_)
            | Change::KustomizationGone(_)
            | Change::Namespaces(_) => {}
        }
    }

    /// The releases (namespace and name of the Helm release; of objects that name only a HelmRelease, of that) whose objects
    /// changed since this was asked last. The state of a feed touches every release and is not among these.
    pub fn take_touched(&mut self) -> BTreeSet<ObjectKey> {
        std::mem::take(&mut self.touched)
    }

    /// When something here reads differently with nothing but time: a Pod that cannot be scheduled is Failed at 15 s.
    #[must_use]
    pub fn next_turn(&self, now: Timestamp) -> Option<Timestamp> {
        self.turns.range((Bound::Excluded(now), Bound::Unbounded)).next().map(|(at, _)| *at)
    }

    /// Takes the releases for which such a time has come up to `now` among those that [`Self::take_touched`] gives.
    pub fn turn(&mut self, now: Timestamp) {
        while let Some(first) = self.turns.first_entry().filter(|first| *first.key() <= now) {
            for id in first.remove() {
                self.touch(&id);
            }
        }
    }

    /// How many objects are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The object as it was read, where bodies are kept.
    #[must_use]
    pub fn body(&self, id: &ObjectId) -> Option<&Arc<LiveObject>> {
        self.objects.get(id)?.body.as_ref()
    }

    /// The same of an object that a release in this namespace names: a manifest need not write where it is.
    #[must_use]
    pub fn body_named(&self, id: &ObjectId, namespace: &str) -> Option<&Arc<LiveObject>> {
        let inside = || ObjectId { namespace: namespace.to_owned(), ..id.clone() };
        self.body(id).or_else(|| self.body(&inside()).filter(|_| id.namespace.is_empty()))
    }

    fn put(&mut self, object: &Arc<LiveObject>) {
        let mut node = Node::read(object, self.keeps_bodies, &self.judge);
        let id = match self.objects.get_key_value(&object.id) {
            Some((id, _)) => Arc::clone(id),
            None => Arc::new(object.id.clone()),
        };
        if let Some(known) = self.objects.get(&id) {
            if known.uid != node.uid || (known.deleting.is_none() && node.deleting.is_some()) {
                self.remember(&id);
            }
            self.forget(&id);
        }
        if let Some((uid, _)) = node.owner.as_ref().and_then(|uid| self.by_uid.get_key_value(uid)) {
            node.owner = Some(Arc::clone(uid));
        }
        self.link(&id, &node);
        self.objects.insert(Arc::clone(&id), node);
        self.touch(&id);
    }

    fn remove(&mut self, id: &ObjectId, uid: Option<&str>) {
        let Some((id, node)) = self.objects.get_key_value(id) else { return };
        if uid.is_some_and(|uid| !uid.is_empty() && *uid != *node.uid) {
            return;
        }
        let id = Arc::clone(id);
        if node.deleting.is_none() {
            self.remember(&id);
        }
        self.forget(&id);
    }

    /// Takes an object out, with all that leads to it.
    fn forget(&mut self, id: &Id) {
        self.touch(id);
        let Some(node) = self.objects.remove(id) else { return };
        if self.by_uid.get(&node.uid) == Some(id) {
            self.by_uid.remove(&node.uid);
        }
        if let Some(owner) = &node.owner {
            unlink(&mut self.children, owner, id);
        }
        for (map, key) in [(&mut self.releases, &node.release), (&mut self.origins, &node.origin)] {
            if let Some(key) = key {
                unlink_ordered(map, key, id);
            }
        }
        for claim in &node.claims {
            unlink_ordered(&mut self.claimants, &ObjectKey::new(&id.namespace, &**claim), id);
        }
        for turn in node.turns() {
            if let Some(ids) = self.turns.get_mut(&turn) {
                ids.remove(id);
                if ids.is_empty() {
                    self.turns.remove(&turn);
                }
            }
        }
    }

    fn link(&mut self, id: &Id, node: &Node) {
        if !node.uid.is_empty() {
            self.by_uid.insert(Arc::clone(&node.uid), Arc::clone(id));
        }
        if let Some(owner) = &node.owner {
            self.children.entry(Arc::clone(owner)).or_default().insert(Arc::clone(id));
        }
        if let Some(release) = &node.release {
            self.releases.entry((**release).clone()).or_default().insert(Arc::clone(id));
        } else if let Some(origin) = &node.origin {
            self.origins.entry((**origin).clone()).or_default().insert(Arc::clone(id));
        }
        for claim in &node.claims {
            let claim = ObjectKey::new(&id.namespace, &**claim);
            self.claimants.entry(claim).or_default().insert(Arc::clone(id));
        }
        for at in node.turns() {
            self.turns.entry(at).or_default().insert(Arc::clone(id));
        }
    }

    /// Notes the releases that an object belongs to as touched.
    fn touch(&mut self, id: &Id) {
        let touched: Vec<ObjectKey> = self.named_by(id).cloned().collect();
        self.touched.extend(touched);
    }
}

fn unlink(map: &mut HashMap<Arc<str>, BTreeSet<Id>>, key: &Arc<str>, id: &Id) {
    if let Some(ids) = map.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            map.remove(key);
        }
    }
}

fn unlink_ordered(map: &mut BTreeMap<ObjectKey, BTreeSet<Id>>, key: &ObjectKey, id: &Id) {
    if let Some(ids) = map.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            map.remove(key);
        }
    }
}
