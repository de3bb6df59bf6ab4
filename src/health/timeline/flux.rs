//! What Flux says of a release and of the sources of its chart, and what it was asked.
//!
//! Source: fluxcd/helm-controller v1.6.3 `api/v2/condition_types.go`; fluxcd/pkg apis/meta v1.30.1 `annotations.go`: the tools of
//! Flux write the time of a request as its token.

use jiff::Timestamp;

use super::{Entry, Kind};
use crate::health::objects::Severity;
use crate::health::workloads::first_line;
use crate::release::flux::{ChartOrigin, Condition, HELM_GROUP, HelmRelease, SOURCE_GROUP, Source, SourceKind};
use crate::release::{Catalog, ObjectId, Release};

pub(super) fn entries(object: &HelmRelease) -> Vec<Entry> {
    let id = id_of(object);
    let mut entries = conditions(&object.conditions, &id, Kind::Flux);
    entries.extend(requests(object));
    entries
        .extend(object.created.map(|at| Entry::new(at, Kind::Request, "the HelmRelease was created").of(id.clone())));
    if let Some(at) = object.deleting {
        entries.push(
            Entry::new(at, Kind::Request, "the deletion of the HelmRelease was asked for")
                .of(id.clone())
                .is(Severity::Waiting),
        );
    }
    entries.extend(written(object));
    let edits = object.hand_edits.iter().filter_map(|edit| {
        let text = format!("{} edited {} by hand", edit.manager, edit.field);
        Some(Entry::new(edit.time?, Kind::Hotfix, text).of(id.clone()).is(Severity::Waiting))
    });
    entries.extend(edits);
    entries
}

fn id_of(object: &HelmRelease) -> ObjectId {
    ObjectId::new(HELM_GROUP, "HelmRelease", &object.key.namespace, &object.key.name)
}

/// When its spec or its annotations were written last, unless a request or its creation says so.
fn written(object: &HelmRelease) -> Option<Entry> {
    let at = object.spec_written?;
    let tokens = [&object.requested_at, &object.force_at, &object.reset_at];
    let known = tokens.into_iter().flatten().filter_map(|token| token.parse().ok()).chain(object.created);
    let is_known = known.into_iter().any(|other: Timestamp| other.as_second().abs_diff(at.as_second()) <= 1);
    let suspended = if object.suspended { "; it is suspended since then or before" } else { "" };
    let text = format!("the HelmRelease was written: spec or annotations{suspended}");
    let severity = if object.suspended { Severity::Waiting } else { Severity::Good };
    let entry = Entry { is_anew: true, ..Entry::new(at, Kind::Request, text) };
    (!is_known || object.suspended).then(|| entry.of(id_of(object)).is(severity))
}

/// Requests by the tokens that are times; the same token asks for several things at once.
fn requests(object: &HelmRelease) -> Vec<Entry> {
    let asked = [
        ("reconcile", &object.requested_at, &object.last_handled_reconcile_at),
        ("force", &object.force_at, &object.last_handled_force_at),
        ("reset", &object.reset_at, &object.last_handled_reset_at),
    ];
    let mut found: Vec<(Timestamp, Vec<&str>, bool)> = Vec::new();
    for (what, token, handled) in asked {
        let Some(at) = token.as_ref().and_then(|token| token.parse::<Timestamp>().ok()) else { continue };
        let is_handled = token == handled;
        match found.iter_mut().find(|(other, ..)| *other == at) {
            Some((_, words, all)) => {
                words.push(what);
                *all &= is_handled;
            }
            None => found.push((at, vec![what], is_handled)),
        }
    }
    let entry = |(at, words, is_handled): (Timestamp, Vec<&str>, bool)| {
        let (after, severity) =
            if is_handled { ("", Severity::Good) } else { (", not handled yet", Severity::Waiting) };
        let text = format!("{} asked for{after}", words.join(" and "));
        Entry::new(at, Kind::Request, text).of(id_of(object)).is(severity)
    };
    found.into_iter().map(entry).collect()
}

/// When conditions turned; those that turned together for one reason are one.
fn conditions(all: &[Condition], id: &ObjectId, kind: Kind) -> Vec<Entry> {
    let mut told: Vec<(&Condition, Vec<&str>)> = Vec::new();
    for condition in all {
        let is_same = |(other, _): &&mut (&Condition, Vec<&str>)| {
            other.since == condition.since && other.status == condition.status && other.reason == condition.reason
        };
        match told.iter_mut().find(is_same) {
            Some((_, kinds)) => kinds.push(&condition.kind),
            None => told.push((condition, vec![&condition.kind])),
        }
    }
    let entry = |(condition, kinds): (&Condition, Vec<&str>)| {
        let severity = kinds.iter().map(|kind| severity(kind, condition)).min().unwrap_or(Severity::Good);
        let text = format!("{} {}: {}", kinds.join(" and "), condition.status, condition.reason);
        let mends = kinds.contains(&"Ready") && condition.is_true();
        let text = match first_line(&condition.message) {
            "" => text,
            line => format!("{text}: {line}"),
        };
        let entry = Entry::new(condition.since?, kind, text).of(id.clone()).is(severity);
        Some(Entry { mends, ..entry.quoting(&condition.message) })
    };
    told.into_iter().filter_map(entry).collect()
}

fn severity(kind: &str, condition: &Condition) -> Severity {
    match (kind, condition.status.as_str()) {
        ("Ready" | "Released" | "TestSuccess" | "ArtifactInStorage" | "SourceVerified", "False") => Severity::Bad,
        ("Remediated", "False")
        | ("Stalled" | "FetchFailed" | "BuildFailed" | "StorageOperationFailed" | "ArtifactOutdated", "True") => {
            Severity::Bad
        }
        ("Ready" | "TestSuccess", "Unknown") | ("Drifted" | "Remediated", "True") => Severity::Waiting,
        _ => Severity::Good,
    }
}

/// What the sources of its chart brought, and when they failed.
pub(super) fn sources(release: &Release, object: &HelmRelease, catalog: &Catalog) -> Vec<Entry> {
    let referenced = match &object.chart {
        Some(ChartOrigin::Reference { kind, key }) => SourceKind::of(kind).and_then(|kind| catalog.source(kind, key)),
        Some(ChartOrigin::Template { source_kind, source, .. }) => {
            SourceKind::of(source_kind).and_then(|kind| catalog.source(kind, source))
        }
        None => None,
    };
    let chart = release.helm_chart.as_ref();
    let mut sources: Vec<&Source> = chart.into_iter().chain(referenced).map(|source| &**source).collect();
    sources.dedup_by(|one, other| one.kind == other.kind && one.key == other.key);
    sources.into_iter().flat_map(of_source).collect()
}

fn of_source(source: &Source) -> Vec<Entry> {
    let id = ObjectId::new(SOURCE_GROUP, source.kind.to_string(), &source.key.namespace, &source.key.name);
    let is_told = |condition: &&Condition| severity(&condition.kind, condition) == Severity::Bad;
    let failed: Vec<Condition> = source.conditions.iter().filter(is_told).cloned().collect();
    let mut entries = conditions(&failed, &id, Kind::Source);
    if let Some(at) = source.artifact_updated {
        let revision = source.artifact_revision.as_deref().map(short).unwrap_or_default();
        entries.push(Entry::new(at, Kind::Source, format!("new artifact{revision}")).of(id));
    }
    entries
}

/// A revision without most of its digest.
fn short(revision: &str) -> String {
    match revision.split_once("sha256:") {
        Some((before, digest)) => format!(" {before}sha256:{}", digest.chars().take(12).collect::<String>()),
        None => format!(" {revision}"),
    }
}
