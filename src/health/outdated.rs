//! Whether the chart that a HelmRelease runs is older than what its source offers, or its source is kept from looking.
//!
//! Source of the rules: helm-controller v1.6.3 `internal/controller/helmrelease_controller.go` (`isReady`: a source that
//! fails with a matching generation and an old artifact is accepted, and the old chart used).

use crate::release::flux::{ChartOrigin, Condition, HelmRelease, Source, SourceKind};
use crate::release::{Catalog, ObjectKey};

/// Whether something newer is offered than was tried last, or a source is suspended or fails while an old artifact is used.
pub(super) fn is(object: &HelmRelease, catalog: &Catalog) -> bool {
    let Some(chart) = chart(object, catalog) else { return false };
    let below = chart
        .source_kind
        .zip(chart.source_name.as_ref())
        .and_then(|(kind, name)| catalog.source(kind, &ObjectKey::new(&chart.key.namespace, name)));
    let kept = |source: &Source| {
        let failing = source.condition("Ready").is_some_and(Condition::is_false);
        source.suspended || (failing && source.artifact_revision.is_some())
    };
    let newer = match (&object.last_attempted_revision, &chart.artifact_revision) {
        (Some(tried), Some(offered)) => !same(tried, offered),
        (None, _) | (_, None) => false,
    };
    newer || kept(chart) || below.is_some_and(|source| kept(source))
}

/// The source that holds the chart itself.
fn chart<'a>(object: &HelmRelease, catalog: &'a Catalog) -> Option<&'a Source> {
    let (kind, key) = match &object.chart {
        Some(ChartOrigin::Reference { kind, key }) => (SourceKind::of(kind)?, key),
        Some(ChartOrigin::Template { .. }) | None => (SourceKind::HelmChart, object.helm_chart.as_ref()?),
    };
    catalog.source(kind, key).map(|source| &**source)
}

/// Whether the revision that was tried is the one that is offered: `1.5.0+0a1b2c3d4e5f` was made of `1.5.0@sha256:0a1b2c3d4e5f...`.
fn same(tried: &str, offered: &str) -> bool {
    match (offered.rsplit_once("sha256:"), tried.rsplit_once('+')) {
        (Some((_, digest)), Some((_, short))) if short.len() == 12 => digest.starts_with(short),
        // Which digest was tried is not known.
        (Some((tag, _)), _) => tag.is_empty() || tag.trim_end_matches('@') == tried,
        (None, _) => tried == offered || tried.strip_prefix(offered).is_some_and(|rest| rest.starts_with('+')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_that_was_tried_is_known_again() {
        let check =
            |tried: &str, offered: &str, expected| assert_eq!(same(tried, offered), expected, "{tried} {offered}");
        check("1.5.0", "1.5.0", true);
        check("1.4.0", "1.5.0", false);
        check("1.5.0+0a1b2c3d4e5f", "1.5.0@sha256:0a1b2c3d4e5f66", true);
        check("1.5.0+0a1b2c3d4e5f", "1.5.0@sha256:ffffffffffff66", false);
        check("1.5.0+0a1b2c3d4e5f", "sha256:0a1b2c3d4e5f66", true);
        check("1.5.0", "1.5.0@sha256:0a1b2c3d4e5f66", true);
        check("1.5.0", "1.6.0@sha256:0a1b2c3d4e5f66", false);
        check("1.5.0+1", "1.5.0", true);
        check("1.5.01", "1.5.0", false);
    }
}
