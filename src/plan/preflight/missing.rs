//! Objects that are made anew, what is in their way, and what is taken away.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/validate.go` (existingResourceConflict, checkOwnership), `pkg/action/upgrade.go`
//! (performUpgrade), `pkg/kube/client.go` (update).

use serde_json::Value;

use super::seen::{Live, Seen, Served, Target};
use super::{Check, Finding, Severity};
use crate::release::ObjectId;

/// Why Helm would not take an object that is there for one of its release; `None` where it does, or does not ask. Only objects
/// that are new to the manifest are asked.
pub(super) fn is_in_the_way(seen: &Seen, target: &Target, live: &Value) -> Option<String> {
    let takes_all = seen.is_flux() && !seen.wishes().takes_no_ownership;
    if target.original.is_some() || takes_all {
        return None;
    }
    not_owned(live, &seen.release.id.name, &seen.release.namespace)
}

/// Whether an object in the place of a new one is not of the release: none of its fields is a change of the release.
pub(super) fn is_foreign(seen: &Seen, target: &Target, live: &Value) -> bool {
    target.original.is_none() && not_owned(live, &seen.release.id.name, &seen.release.namespace).is_some()
}

/// Helm's words for an object that does not say that it belongs to the release.
fn not_owned(live: &Value, release: &str, namespace: &str) -> Option<String> {
    let marks = [
        ("label", "labels", "app.kubernetes.io/managed-by", "Helm"),
        ("annotation", "annotations", "meta.helm.sh/release-name", release),
        ("annotation", "annotations", "meta.helm.sh/release-namespace", namespace),
    ];
    let faults = marks.iter().filter_map(|(what, map, key, wanted)| {
        let metadata = live.get("metadata")?;
        let actual = metadata.get(map).and_then(|map| map.get(key)).and_then(Value::as_str);
        let fault = match actual {
            None => format!("missing key {key:?}: must be set to {wanted:?}"),
            Some(actual) if actual == *wanted => return None,
            Some(actual) => format!("key {key:?} must equal {wanted:?}: current value is {actual:?}"),
        };
        Some(format!("{what} validation error: {fault}"))
    });
    let faults: Vec<String> = faults.collect();
    (!faults.is_empty()).then(|| format!("invalid ownership metadata; {}", faults.join("; ")))
}

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let mut found: Vec<Finding> = seen.objects.iter().filter_map(|target| of_object(seen, target)).collect();
    let removed = seen.manifests.removed(&seen.release);
    // What is not served is told of by itself.
    let is_served = |id: &ObjectId| {
        let is_it = |(api_version, kind): &(String, String)| {
            *kind == id.kind && api_version.split_once('/').map_or("", |(group, _)| group) == id.group
        };
        seen.kinds.iter().any(|(kind, served)| is_it(kind) && !matches!(served, Served::No(_)))
    };
    found.extend(removed.into_iter().filter(is_served).map(|id| {
        let remedy = "annotate it helm.sh/resource-policy: keep in the chart where it is to stay";
        Finding::of_object(
            Severity::Loses,
            Check::Missing,
            &id,
            "the new manifest has it no more: it is deleted",
            remedy,
        )
    }));
    found
}

fn of_object(seen: &Seen, target: &Target) -> Option<Finding> {
    let (release, namespace) = (&seen.release.id.name, &seen.release.namespace);
    let new =
        |severity, text: &str, remedy: String| Finding::of_object(severity, Check::Missing, &target.id, text, remedy);
    if target.is_name_generated {
        let text = "its name is made by the server: Helm cannot upgrade it";
        return Some(Finding {
            evidence: vec!["could not get information about the resource: resource name may not be empty".to_owned()],
            ..new(Severity::Blocks, text, "give it metadata.name in the chart, or make it a hook".to_owned())
        });
    }
    match &target.live {
        Live::There(live, _) => {
            if let Some(why) = is_in_the_way(seen, target, live) {
                let (kind, name) = (&target.id.kind, &target.id.name);
                let quoted = format!(
                    "{kind} {name:?} in namespace {:?} exists and cannot be imported into the current release: {why}",
                    target.id.namespace
                );
                let remedy = match seen.is_flux() {
                    true => "set spec.upgrade.disableTakeOwnership to false, or remove the object".to_owned(),
                    false => format!(
                        "--take-ownership, or mark it: kubectl label and annotate it as of release {release} in {namespace}, or \
                         remove it"
                    ),
                };
                return Some(Finding {
                    evidence: vec![quoted],
                    ..new(Severity::Blocks, "an object that is not of this release is in its place", remedy)
                });
            }
            is_foreign(seen, target, live).then(|| {
                let text = "an object that is not of this release is in its place, and is taken over";
                new(
                    Severity::Loses,
                    text,
                    "set spec.upgrade.disableTakeOwnership to true to be refused instead".to_owned(),
                )
            })
        }
        Live::Missing => {
            let text = match target.original {
                Some(_) => "it is not there: the upgrade makes it again",
                None => "it is new: the upgrade makes it",
            };
            Some(new(Severity::Note, text, "nothing needs to be done".to_owned()))
        }
        Live::Untold(why) => Some(Finding {
            check: Check::Unread,
            evidence: vec![why.clone()],
            ..new(Severity::Unknown, "it cannot be read", "ask for the right to get it".to_owned())
        }),
        Live::Unserved => None,
    }
}
