//! Who belongs to whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::node::Node;
use super::{Id, World};
use crate::release::{ObjectId, ObjectKey, WatchedKind};

/// Owners above owners that are followed: a CronJob, its Job and its Pod are three, and a circle has no end.
const DEPTH: usize = 8;

impl World {
    pub(super) fn node(&self, id: &ObjectId) -> Option<&Node> {
        self.objects.get(id)
    }

    pub(in crate::health) fn children_of(&self, id: &ObjectId) -> impl Iterator<Item = &Id> {
        let uid = self.node(id).map(|node| &node.uid);
        uid.and_then(|uid| self.children.get(uid)).into_iter().flatten()
    }

    /// The claims that are here and that a Pod uses.
    pub(in crate::health) fn claims_of(&self, pod: &ObjectId) -> impl Iterator<Item = &Id> {
        let claims = self.node(pod).map(|node| &*node.claims).unwrap_or_default();
        claims.iter().filter_map(|claim| {
            let id = ObjectId::new("", WatchedKind::PersistentVolumeClaim.to_string(), &pod.namespace, &**claim);
            self.objects.get_key_value(&id).map(|(id, _)| id)
        })
    }

    /// The object and its owners, the nearest first.
    pub(super) fn upwards(&self, id: &Id) -> Vec<Id> {
        let mut chain = vec![Arc::clone(id)];
        while let Some(owner) = chain.last().and_then(|last| self.owner(last))
            && chain.len() < DEPTH
            && !chain.contains(owner)
        {
            chain.push(Arc::clone(owner));
        }
        chain
    }

    pub(super) fn owner(&self, id: &ObjectId) -> Option<&Id> {
        self.by_uid.get(self.node(id)?.owner.as_ref()?)
    }

    /// The releases that an object, its owners, or the Pods that claim it, name.
    pub(super) fn named_by(&self, id: &Id) -> impl Iterator<Item = &ObjectKey> {
        let mut all = self.upwards(id);
        if WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::PersistentVolumeClaim) {
            let pods = self.claimants.get(&id.key()).into_iter().flatten();
            all.extend(pods.flat_map(|pod| self.upwards(pod)));
        }
        all.into_iter().filter_map(|id| {
            let node = self.node(&id)?;
            node.release.as_deref().or(node.origin.as_deref())
        })
    }

    /// The topmost object above this one that names a release.
    pub(super) fn root_of(&self, id: &Id) -> Option<(Id, &ObjectKey)> {
        self.upwards(id).into_iter().rev().find_map(|id| {
            let node = self.node(&id)?;
            Some((Arc::clone(&id), node.release.as_deref().or(node.origin.as_deref())?))
        })
    }

    /// Whether an object itself names a release.
    pub(in crate::health) fn is_root(&self, id: &ObjectId) -> bool {
        self.node(id).is_some_and(|node| node.release.is_some() || node.origin.is_some())
    }

    /// Of these objects, those that none of the others owns.
    pub(super) fn without_owned(&self, ids: BTreeSet<Id>) -> Vec<Id> {
        let is_owned = |id: &Id| self.upwards(id).iter().skip(1).any(|owner| ids.contains(owner));
        ids.iter().filter(|id| !is_owned(id)).cloned().collect()
    }
}
