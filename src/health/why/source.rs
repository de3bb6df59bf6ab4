//! The chart and the source that it is drawn from.
//!
//! Source of the rules: helm-controller v1.6.3 `internal/controller/helmrelease_controller.go` (`isReady`): generation,
//! then Stalled, then the artifact. A source with Ready=False, the generation seen and an old artifact is taken.

use super::branch::Branch;
use super::sight::{Sight, sight};
use super::{Known, Link, Severity, words};
use crate::release::flux::{ChartOrigin, Condition, HelmRelease, Source, SourceKind};
use crate::release::{FeedKind, ObjectKey};

/// What source-controller puts before the error of Helm's index when a version is not in it.
const NOT_IN_INDEX: &str = "invalid chart reference: failed to get chart version for remote reference: ";

/// The chart of a HelmRelease and below it what that is drawn from.
pub(super) fn branch(known: Known<'_>, object: &HelmRelease, depth: usize) -> Branch {
    match &object.chart {
        None => Branch::of(
            Link::new(depth, "chart", "none").is(Severity::Bad, "the spec names neither chart nor chartRef"),
            Some("the spec names neither chart nor chartRef".to_owned()),
        ),
        Some(ChartOrigin::Template { source_kind, source, .. }) => {
            let key = object.helm_chart.clone().unwrap_or_else(|| {
                ObjectKey::new(&source.namespace, format!("{}-{}", object.key.namespace, object.key.name))
            });
            let mut chart = of(known, SourceKind::HelmChart, &key, depth);
            chart.below(named(known, source_kind, source, depth + 1));
            chart
        }
        Some(ChartOrigin::Reference { kind, key }) => {
            let mut branch = named(known, kind, key, depth);
            let below = known.catalog.source(SourceKind::HelmChart, key).filter(|_| kind == "HelmChart");
            if let Some((kind, name)) = below.and_then(|chart| chart.source_kind.zip(chart.source_name.as_ref())) {
                branch.below(of(known, kind, &ObjectKey::new(&key.namespace, name), depth + 1));
            }
            branch
        }
    }
}

/// A source by the name of its kind.
pub(super) fn named(known: Known<'_>, kind: &str, key: &ObjectKey, depth: usize) -> Branch {
    match SourceKind::of(kind) {
        Some(kind) => of(known, kind, key, depth),
        None => Branch::of(
            Link::new(depth, "source", format!("{kind} {key}")).is(Severity::Unknown, "a kind that is not known"),
            None,
        ),
    }
}

/// A source, as far as a controller that draws from it would take it.
pub(super) fn of(known: Known<'_>, kind: SourceKind, key: &ObjectKey, depth: usize) -> Branch {
    let word = if kind == SourceKind::HelmChart { "chart" } else { "source" };
    let link = Link::new(depth, word, format!("{kind} {key}"));
    let Some(source) = known.catalog.source(kind, key) else {
        return missing(link, sight(known.catalog, FeedKind::Sources(kind), &key.namespace));
    };
    let failing = failing(source);
    let message = failing.map_or("", |condition| condition.message.as_str());
    let since = failing.and_then(|condition| condition.since);
    let at = source.artifact_revision.as_deref().map(words::artifact);
    let is = |severity, state: String| link.clone().is(severity, state).quoting(message).since(since);
    let name = format!("{kind} {key}");

    if source.is_static {
        return Branch::of(link.is(Severity::Good, "a registry: nothing is fetched for it"), None);
    }
    let (Some(at), true) = (&at, seen(source) && !stalled(source)) else {
        let text = if message.is_empty() { "is not fetched yet".to_owned() } else { words(source, message) };
        let (severity, state) =
            if failing.is_some() { (Severity::Bad, "failed") } else { (Severity::Waiting, "not fetched yet") };
        let text =
            if source.kind == SourceKind::HelmChart && failing.is_some() { text } else { format!("{name} {text}") };
        return Branch::of(is(severity, state.to_owned()), Some(text));
    };
    if source.suspended {
        let text = format!("{name} is suspended and stays at {at}");
        return Branch::of(is(Severity::Waiting, format!("suspended at {at}")), Some(text));
    }
    if failing.is_some() {
        let text = format!("{name} cannot be fetched and stays at {at}: {}", words::first_line(message));
        return Branch::of(is(Severity::Waiting, format!("failed; {at} is still used")), Some(text));
    }
    Branch::of(link.is(Severity::Good, format!("ready, {at}")), None)
}

/// What source-controller says of a chart that it cannot fetch, in few words.
pub(super) fn words(source: &Source, message: &str) -> String {
    let short = message.strip_prefix(NOT_IN_INDEX).unwrap_or(message);
    let unfound = || {
        let (chart, rest) = short.strip_prefix("no '")?.split_once("' chart with version matching '")?;
        let version = rest.strip_suffix("' found")?;
        let kind = source.source_kind.map(|kind| kind.to_string())?;
        let name = source.source_name.as_deref()?;
        Some(format!("chart {chart} has no version matching {version} in {kind} {}/{name}", source.key.namespace))
    };
    match source.kind {
        SourceKind::HelmChart => unfound().unwrap_or_else(|| words::first_line(short)),
        SourceKind::HelmRepository
        | SourceKind::OciRepository
        | SourceKind::GitRepository
        | SourceKind::Bucket
        | SourceKind::ExternalArtifact => format!("cannot be fetched: {}", words::first_line(short)),
    }
}

/// A link to something that the catalog does not have.
pub(super) fn missing(link: Link, sight: Sight) -> Branch {
    let name = link.what.clone();
    match sight {
        Sight::Seen => Branch::of(link.is(Severity::Bad, "does not exist"), Some(format!("{name} does not exist"))),
        Sight::Loading => Branch::of(link.is(Severity::Unknown, "not read yet"), None),
        Sight::NotServed => Branch::of(
            link.is(Severity::Bad, "its kind is not served"),
            Some(format!("{name} cannot exist: the cluster does not serve its kind")),
        ),
        Sight::Hidden(text) => {
            Branch { hidden: vec![text], ..Branch::of(link.is(Severity::Unknown, "not to be seen"), None) }
        }
    }
}

fn seen(source: &Source) -> bool {
    source.kind == SourceKind::ExternalArtifact
        || source.generation.is_none()
        || source.generation == source.observed_generation
}

fn stalled(source: &Source) -> bool {
    source.condition("Stalled").is_some_and(Condition::is_true)
}

/// The condition that says what went wrong.
fn failing(source: &Source) -> Option<&Condition> {
    ["Stalled", "FetchFailed", "BuildFailed", "StorageOperationFailed"]
        .into_iter()
        .filter_map(|kind| source.condition(kind))
        .find(|condition| condition.is_true())
        .or_else(|| source.condition("Ready").filter(|ready| ready.is_false()))
}
