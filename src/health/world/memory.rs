//! What was broken and is gone since: a remediation deletes the Pods that would say why.

use std::collections::{BTreeMap, VecDeque};

use crate::health::complaint::Weight;
use crate::health::kstatus::Status;
use crate::release::{ObjectKey, Release};

use super::{Id, Trouble, World};

/// Troubles of one release that are remembered.
const OF_A_RELEASE: usize = 5;

/// Newest first, kept as long as the program runs.
#[derive(Debug, Default)]
pub(super) struct Memory(BTreeMap<ObjectKey, VecDeque<Trouble>>);

impl Memory {
    /// What is remembered of one release, alone.
    pub(super) fn only(&self, release: &Release) -> Self {
        let key = ObjectKey::new(&release.namespace, &release.id.name);
        Self(self.0.get_key_value(&key).map(|(key, troubles)| (key.clone(), troubles.clone())).into_iter().collect())
    }

    pub(super) fn of(&self, release: &ObjectKey) -> Vec<Trouble> {
        self.0.get(release).into_iter().flatten().cloned().collect()
    }

    /// A later one of the same container and image, or of the same object and reason, takes the place of the earlier.
    fn keep(&mut self, release: &ObjectKey, trouble: Trouble) {
        let all = self.0.entry(release.clone()).or_default();
        let is_same = |other: &Trouble| {
            other.object == trouble.object
                && other.container == trouble.container
                && other.image == trouble.image
                && (trouble.container.is_some() || other.reason == trouble.reason)
        };
        all.retain(|other| !is_same(other));
        all.push_front(trouble);
        all.truncate(OF_A_RELEASE);
    }
}

impl World {
    /// Keeps the worst of an object that goes, and of what it owns. That a Pod is not ready counts only where the object of
    /// the release is waited for: every Pod that starts is not ready.
    pub(super) fn remember(&mut self, id: &Id) {
        let Some((root, release)) = self.root_of(id) else { return };
        let waited = self.node(&root).is_some_and(|node| node.status != Status::Current);
        let chain = self.upwards(id);
        let above: Vec<Id> = chain.into_iter().take_while(|one| *one != root).collect();
        let mut worst: Option<(Weight, Vec<Id>)> = None;
        let mut open = vec![above.into_iter().rev().collect::<Vec<Id>>()];
        while let Some(path) = open.pop() {
            let last = path.last().unwrap_or(&root);
            let weight = self.node(last).and_then(|node| node.complaint.as_ref()).map(|complaint| complaint.weight);
            let counts = |weight: &Weight| match weight {
                Weight::CannotRun | Weight::Ended | Weight::Refused | Weight::Unschedulable | Weight::GivenUp => true,
                Weight::NotReady => waited && !path.is_empty(),
                Weight::Starting => false,
            };
            if let Some(weight) = weight.filter(counts)
                && worst.as_ref().is_none_or(|(known, _)| weight < *known)
            {
                worst = Some((weight, path.clone()));
            }
            if path.len() < self.upwards(id).len() + 3 {
                let alive = |child: &&Id| self.node(child).is_some_and(|node| node.deleting.is_none());
                let children = self.children_of(last).filter(alive).filter(|child| !path.contains(child));
                open.extend(children.map(|child| [path.clone(), vec![child.clone()]].concat()));
            }
        }
        let Some((_, path)) = worst else { return };
        let last = path.last().unwrap_or(&root);
        let Some(complaint) = self.node(last).and_then(|node| node.complaint.as_deref()) else { return };
        let (release, trouble) = (release.clone(), self.tell(&root, &path, complaint, (0, 0)));
        self.memory.keep(&release, trouble);
    }
}
