//! What explains a trouble beyond the object that has it: ReplicaSets of older rollouts.

use super::World;
use crate::release::{LiveObject, WatchedKind};

impl World {
    /// The ReplicaSets that are here, where bodies are kept; those scaled to 0 are among them.
    pub fn replica_sets(&self) -> impl Iterator<Item = &LiveObject> {
        let bodies = self.objects.iter().filter_map(|(id, node)| Some((id, node.body.as_deref()?)));
        bodies
            .filter(|(id, _)| WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::ReplicaSet))
            .map(|(_, body)| body)
    }
}
