//! What is known of the objects of releases: who belongs to whom, and how each is doing.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::objects::Counts;
use crate::release::{Change, ObjectId, ObjectKey, Release};

/// The objects of all releases as the shared watches tell of them, or of one release with its whole inventory.
#[derive(Debug, Default)]
pub struct World {}

/// How the objects of one release are doing, worst first in every list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// Whether the watches that would tell have told: what is empty is then empty indeed.
    pub seen: bool,
    /// How many are well.
    pub counts: Counts,
    /// What is broken: Failed by kstatus, or a container that cannot run.
    pub broken: Vec<Trouble>,
    /// What is on its way.
    pub waiting: Vec<Trouble>,
    /// What is being deleted for so long that something keeps it.
    pub stuck: Vec<Trouble>,
    /// What the release names and the cluster lacks.
    pub missing: Vec<ObjectId>,
    /// What was broken and is gone since, while it was watched: the last of its kind, newest first.
    pub remembered: Vec<Trouble>,
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
    /// Takes in one change. What is about no object changes nothing.
    pub fn apply(&mut self, change: &Change) {
        let _ = change;
    }

    /// How the objects of a release are doing.
    #[must_use]
    pub fn standing(&self, release: &Release, now: Timestamp) -> Standing {
        let _ = (release, now);
        Standing::default()
    }

    /// The releases (namespace and name of the Helm release) whose objects changed since this was asked last.
    pub fn take_touched(&mut self) -> BTreeSet<ObjectKey> {
        BTreeSet::new()
    }

    /// When something here reads differently with nothing but time: a Pod that cannot be scheduled is Failed at 15 s.
    #[must_use]
    pub fn next_turn(&self, now: Timestamp) -> Option<Timestamp> {
        let _ = now;
        None
    }
}
