//! What became of a run that was broken off: what is stored of its release now, and how the objects are of which nobody knows whether
//! they were written. Reads metadata only, and writes nothing.

use std::collections::BTreeMap;

use super::look::look;
use crate::cluster::preflight::stored_metadata;
use crate::cluster::{Cluster, object};
use crate::plan::recovery::{BrokenOff, Now, Sight};
use crate::release::Release;

/// How things are since a run was broken off; see [`Cluster::since`].
pub(in crate::cluster) async fn since(cluster: &Cluster, release: Option<&Release>, broken: &BrokenOff) -> Now {
    let stored = match release {
        Some(release) => match stored_metadata(cluster, release).await {
            Ok(found) => Ok(found.into_iter().map(|(one, _)| (one.revision.get(), one.status)).collect()),
            Err(problem) => Err(problem.cause),
        },
        None => Err(format!("no release {} is found", broken.release)),
    };
    let mut objects = BTreeMap::new();
    for sent in broken.in_doubt() {
        let Some(aim) = &sent.object else { continue };
        let sight = match look(cluster, &aim.path, object::METADATA).await {
            Ok(live) => Sight::of(aim, live.as_ref()),
            Err(unread) => Sight::Unread(unread.says),
        };
        objects.insert(sent.step, sight);
    }
    Now { stored, objects }
}
