//! What a Kustomization takes back of what is written into a HelmRelease that it applies.
//!
//! Source: fluxcd/kustomize-controller v1.9.4 `internal/controller/kustomization_controller.go` (apply), fluxcd/pkg/ssa v0.76.1
//! `manager_apply.go`: it applies by force what its source holds, and takes over only the entries of `kubectl…`.

use super::Seen;
use crate::health::why::span;
use crate::ownership::{FieldSet, Operation, PathElement, managed_fields};
use crate::release::flux::Kustomization;

/// Whether the Kustomization that applies the HelmRelease takes `spec.suspend` back, in a sentence; `None` where none does.
pub(in crate::plan) fn suspend(seen: &Seen) -> Option<String> {
    let owner = seen.helm_release.owner.as_ref()?;
    let name = format!("Kustomization {owner}");
    let sets = sets_suspend(seen);
    let (is_suspended, when) = match &seen.kustomization {
        Some(Ok(Kustomization { suspended, interval, .. })) => {
            let within = interval.map(|interval| format!("within {}", span(interval)));
            (*suspended, within.unwrap_or_else(|| "when it next applies".to_owned()))
        }
        Some(Err(_)) | None => (false, "when it next applies".to_owned()),
    };
    Some(match (sets, is_suspended) {
        (true, true) => {
            format!("{name} sets spec.suspend from its source, and is suspended: until it is resumed, this stays")
        }
        (true, false) => {
            format!("{name} sets spec.suspend from its source: it takes this back {when}; change it in the source")
        }
        (false, true) => format!("{name} applies it, and is suspended: what is pushed does not arrive"),
        (false, false) => {
            format!(
                "{name} applies it: its source says nothing of spec.suspend, so this stays; all else is still applied {when}"
            )
        }
    })
}

/// Whether the source of a Kustomization that applies the HelmRelease says something of `spec.suspend`.
fn sets_suspend(seen: &Seen) -> bool {
    kept(seen).contains(&[PathElement::field("spec"), PathElement::field("suspend")])
}

/// Whether a Kustomization takes `spec.suspend` back by itself.
pub(in crate::plan) fn takes_suspend_back(seen: &Seen) -> bool {
    let is_suspended = matches!(&seen.kustomization, Some(Ok(Kustomization { suspended: true, .. })));
    seen.helm_release.owner.is_some() && sets_suspend(seen) && !is_suspended
}

/// What the Kustomization holds of the HelmRelease.
fn kept(seen: &Seen) -> FieldSet {
    let entries = managed_fields(&seen.object);
    let applied = entries.iter().filter(|entry| {
        entry.manager == "kustomize-controller" && entry.operation == Operation::Apply && entry.subresource.is_empty()
    });
    applied.filter_map(|entry| entry.fields.as_ref().ok()).fold(FieldSet::default(), |all, fields| all.union(fields))
}
