//! What the API server makes of the write of one stored revision, object by object: what `preflight` judges is told as it is.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::super::Cluster;
use super::{blocking, lives, seen, try_writes};
use crate::diff::Outcomes;
use crate::plan::preflight::WhatIf;
use crate::plan::preflight::seen::{Live, Seen};
use crate::release::payload::Payload;
use crate::release::{ObjectId, Problem, Release};

/// See [`Cluster::outcomes`].
pub(in crate::cluster) async fn outcomes(
    cluster: &Cluster,
    release: Arc<Release>,
    payload: &Payload,
    now: Timestamp,
) -> Result<Outcomes, Problem> {
    let manifest = Some(payload.manifest().unwrap_or_default().to_owned());
    let seen = seen(cluster, release, WhatIf { manifest, ..WhatIf::default() }, now).await?;
    if let Err(problem) = &seen.last {
        return Err(problem.clone());
    }
    let kept = kept(cluster, &seen).await;
    let seen = try_writes(cluster, seen, true).await?;
    blocking(move || seen.outcomes().into_iter().chain(kept).collect()).await
}

/// The objects that are in the manifest no more, and that Helm leaves because they are told to stay.
async fn kept(cluster: &Cluster, seen: &Seen) -> Vec<(ObjectId, Result<Value, String>)> {
    let mut objects = seen.manifests.kept(&seen.release).targets(&seen.release, &seen.kinds);
    lives(cluster, objects.iter_mut(), &seen.kinds).await;
    let told = objects.into_iter().filter_map(|target| {
        let outcome = match target.live {
            Live::There(object, _) => Ok(object),
            Live::Missing | Live::Unserved => return None,
            Live::Untold(why) => Err(why),
        };
        Some((target.id, outcome))
    });
    told.collect()
}
