//! What becomes of the objects that the new manifest has no more, by dry-runs of their deletion.

use futures::StreamExt as _;

use super::super::{Cluster, dry_run};
use super::{AT_ONCE, live};
use crate::plan::preflight::removal::Removal;
use crate::plan::preflight::seen::{Live, Right, Seen, Served};
use crate::release::{ObjectId, ProblemKind};

const POLICY: &str = "/metadata/annotations/helm.sh~1resource-policy";

pub(super) async fn removals(cluster: &Cluster, seen: &Seen, tries: bool) -> Vec<(ObjectId, Removal)> {
    let all = seen.manifests.removed(&seen.release).into_iter();
    let asked = all.map(async |id| {
        let removal = removal(cluster, seen, &id, tries).await;
        (id, removal)
    });
    futures::stream::iter(asked).buffered(AT_ONCE).collect().await
}

async fn removal(cluster: &Cluster, seen: &Seen, id: &ObjectId, tries: bool) -> Removal {
    let named = |(api_version, kind): &&(String, String)| {
        *kind == id.kind && api_version.split_once('/').map_or("", |(group, _)| group) == id.group
    };
    let Some((api_version, served)) =
        seen.kinds.iter().find(|(key, _)| named(key)).map(|((api_version, _), served)| (api_version, served))
    else {
        return Removal::Untold("its kind is not known".to_owned());
    };
    let (plural, is_namespaced) = match served {
        Served::Yes { plural, is_namespaced } => (plural, *is_namespaced),
        // Told of by itself.
        Served::No(_) => return Removal::Gone,
        Served::Untold(why) => return Removal::Untold(why.clone()),
    };
    let root = if id.group.is_empty() { "/api" } else { "/apis" };
    let (namespace, place) = match is_namespaced {
        true => (id.namespace.clone(), format!("namespaces/{}/", id.namespace)),
        false => (String::new(), String::new()),
    };
    let path = format!("{root}/{api_version}/{place}{plural}/{}", id.name);
    match live(cluster, &path).await {
        Live::Missing | Live::Unserved => return Removal::Gone,
        Live::There(object, _) if object.pointer(POLICY).is_some_and(|policy| policy == "keep") => {
            return Removal::Kept;
        }
        Live::There(..) => {}
        Live::Untold(why) => return Removal::Untold(why),
    }
    let right = Right { group: id.group.clone(), resource: plural.clone(), namespace, verb: "delete" };
    if !tries {
        return Removal::Untold("no dry-run was asked for".to_owned());
    }
    if seen.is_denied(&right) {
        return Removal::Untold(format!("you may not {right}"));
    }
    match dry_run::deletion(cluster, &path, plural).await {
        Ok(None) => Removal::Deleted,
        Ok(Some(why)) => Removal::Refused(why),
        Err(problem) if problem.kind == ProblemKind::NotFound => Removal::Gone,
        Err(problem) => Removal::Untold(problem.cause),
    }
}
