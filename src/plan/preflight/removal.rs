//! Objects that the new manifest has no more: Helm deletes them after it wrote the others.
//!
//! Sources: helm.sh/helm v4.3.1 `pkg/kube/client.go` (update), which fails where a deletion is refused, and leaves what says
//! `helm.sh/resource-policy: keep` in the cluster; v3.22.0, which only logs such a refusal.

use super::conflicts::brief;
use super::seen::Seen;
use super::{Check, Finding, Severity};
use crate::ownership::patch::Helm;
use crate::release::ObjectId;

/// What becomes of an object that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// It is not there.
    Gone,
    /// It says that it is to be kept.
    Kept,
    /// It is deleted.
    Deleted,
    /// The API server refuses, and why.
    Refused(String),
    /// It was not tried, and why.
    Untold(String),
}

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    seen.removals.iter().filter_map(|(id, removal)| of_object(seen, id, removal)).collect()
}

fn of_object(seen: &Seen, id: &ObjectId, removal: &Removal) -> Option<Finding> {
    let keep = format!("to keep it: kubectl annotate {} {} helm.sh/resource-policy=keep", id.kind, id.name);
    let of = |severity, check, text: &str| Finding::of_object(severity, check, id, text, keep.clone());
    Some(match removal {
        Removal::Gone => return None,
        Removal::Kept => of(
            Severity::Note,
            Check::Missing,
            "the new manifest has it no more, and it stays: it says helm.sh/resource-policy: keep",
        ),
        Removal::Deleted => of(Severity::Loses, Check::Missing, "the new manifest has it no more: it is deleted"),
        Removal::Refused(why) => {
            let by_helm_3 = seen.writing().helm == Helm::Three && !seen.is_flux();
            let (severity, text) = match by_helm_3 {
                true => (
                    Severity::Risk,
                    "the new manifest has it no more, and its deletion is refused: Helm 3 leaves it, Helm 4 fails",
                ),
                false => (Severity::Blocks, "the new manifest has it no more, and its deletion is refused"),
            };
            Finding { evidence: vec![brief(why)], ..of(severity, Check::Refused, text) }
        }
        Removal::Untold(why) => Finding {
            evidence: vec![why.clone()],
            ..of(
                Severity::Unknown,
                Check::Unread,
                "the new manifest has it no more, and whether it can be deleted was not tried",
            )
        },
    })
}
