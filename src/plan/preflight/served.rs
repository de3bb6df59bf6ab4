//! Kinds and apiVersions that are not served. Helm looks up the kinds of both manifests, the one that is written and the one
//! that it compares with, and fails at the first that is not there.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/upgrade.go` (prepareUpgrade, performUpgrade), kubernetes/cli-runtime v0.37
//! `pkg/resource/mapper.go` (infoForData).

use std::collections::{BTreeMap, BTreeSet};

use super::seen::{Live, Seen, Served};
use super::{Check, Finding, Severity};
use crate::release::{ObjectId, manifest};

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let mut found: Vec<Finding> = seen.kinds.iter().filter_map(|(kind, served)| of_kind(seen, kind, served)).collect();
    found.extend(deprecated(seen));
    found.extend(seen.manifests.unreadable.iter().map(|bad| Finding {
        evidence: vec![bad.clone()],
        ..Finding::of_release(
            if seen.what_if.manifest.is_some() { Severity::Blocks } else { Severity::Unknown },
            Check::Unread,
            "a document of the manifest cannot be read",
            "correct it in the chart",
        )
    }));
    found
}

fn of_kind(seen: &Seen, (api_version, kind): &(String, String), served: &Served) -> Option<Finding> {
    let others = match served {
        Served::Yes { .. } => return None,
        Served::No(others) => others,
        Served::Untold(why) => {
            let text = format!("whether {api_version} {kind} is served cannot be asked");
            let remedy = "look at the connection to the API server and ask again";
            return Some(Finding {
                evidence: vec![why.clone()],
                ..Finding::of_release(Severity::Unknown, Check::Served, text, remedy)
            });
        }
    };
    let is_it = |object: &&manifest::Object| object.api_version == *api_version && object.kind == *kind;
    let (in_target, in_current) = (seen.manifests.target.iter().find(is_it), seen.manifests.current.iter().find(is_it));
    let in_hooks =
        seen.hooks.iter().find(|hook| hook.target.api_version == *api_version && hook.target.id.kind == *kind);
    let place = match (in_target.is_some(), in_current.is_some()) {
        (false, false) => "a hook holds",
        (true, true) => "the manifest of the current revision and the new one hold",
        (true, false) => "the new manifest holds",
        (false, true) => "the manifest of the current revision, which Helm compares with, holds",
    };
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let id = match in_target.or(in_current) {
        Some(object) => {
            let namespace = object.namespace.as_deref().unwrap_or(&seen.release.namespace);
            ObjectId::new(group, kind, namespace, &object.name)
        }
        // A hook that does not run is not looked up.
        None => in_hooks?.target.id.clone(),
    };
    let release = format!("{} -n {}", seen.release.id.name, seen.release.id.storage_namespace);
    let remedy = match (others.as_slice(), in_current.is_some()) {
        ([], true) => format!(
            "install what defines {kind} again (its CustomResourceDefinition), or take it out of the stored manifest: helm \
             mapkubeapis {release}"
        ),
        ([], false) => format!("install what defines {kind} first (its CustomResourceDefinition)"),
        (others, true) => format!(
            "use {} in the chart, and rewrite the stored manifest: helm mapkubeapis {release}",
            others.join(" or ")
        ),
        (others, false) => format!("use {} in the chart", others.join(" or ")),
    };
    let text = format!("{place} {api_version} {kind}, which is not served");
    let quoted = format!("no matches for kind {kind:?} in version {api_version:?}");
    Some(Finding { evidence: vec![quoted], ..Finding::of_object(Severity::Blocks, Check::Served, &id, text, remedy) })
}

/// What the server warned of when objects were read: one finding a warning.
fn deprecated(seen: &Seen) -> Vec<Finding> {
    let mut warnings: BTreeMap<&str, BTreeSet<&ObjectId>> = BTreeMap::new();
    for target in &seen.objects {
        let Live::There(_, warned) = &target.live else { continue };
        for warning in warned {
            warnings.entry(warning).or_default().insert(&target.id);
        }
    }
    let found = warnings.into_iter().filter_map(|(warning, objects)| {
        let first = objects.first()?;
        let text = match objects.len() {
            1 => "the server warns of its apiVersion".to_owned(),
            more => format!("the server warns of its apiVersion, and of that of {} more", more.saturating_sub(1)),
        };
        let remedy = "change apiVersion in the chart before the version is served no more";
        let finding = Finding::of_object(Severity::Note, Check::Served, first, text, remedy);
        Some(Finding { evidence: vec![warning.to_owned()], ..finding })
    });
    found.collect()
}
