//! Which hotfixes the next write of a release takes away, where it writes the manifest that is stored.

use crate::ownership::fate::Fate;
use crate::ownership::found::Kind;
use crate::ownership::report::{ObjectReport, Seen as Owned, Told, report};
use crate::ownership::words::text_of;
use crate::plan::Loss;
use crate::plan::preflight::seen::Seen;

/// The hotfixes that the next upgrade takes away, or drift correction does before; values masked. Computed, not tried: Flux
/// forces, so that no conflict keeps it from them.
#[must_use]
pub fn losses(seen: &Seen) -> Vec<Loss> {
    let pairs = seen.pairs().into_iter();
    let owned: Vec<Owned> =
        pairs.map(|(_, pair)| Owned { manifest: pair.manifest.clone(), live: pair.live.clone() }).collect();
    let report = report(&owned, &seen.schema, &seen.writing());
    let all = report.objects.iter().flat_map(|object| object.told.iter().map(move |told| (object, told)));
    all.filter_map(|(object, told)| loss(object, told)).collect()
}

fn loss(object: &ObjectReport, told: &Told) -> Option<Loss> {
    let is_lost = match &told.fate {
        Fate::Overwritten | Fate::Removed | Fate::Corrected => true,
        Fate::Survives
        | Fate::Stays
        | Fate::Blocks(_)
        | Fate::Armed
        | Fate::TakenOver
        | Fate::Reverted(_)
        | Fate::Unknown(_) => false,
    };
    let finding = &told.finding;
    (is_lost && finding.kind == Kind::Hotfix).then(|| {
        let shown = |value: &Option<serde_json::Value>| {
            value.as_ref().map_or_else(|| "nothing".to_owned(), |value| text_of(&object.shown(&finding.path, value)))
        };
        let holders = object.holders(finding);
        Loss {
            object: object.id(),
            path: finding.path.to_string(),
            manager: if holders.is_empty() { "nobody on record".to_owned() } else { holders.join(", ") },
            value: shown(&finding.live),
            becomes: shown(&finding.manifest),
        }
    })
}
