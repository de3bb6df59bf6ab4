//! The Kustomization that applies the HelmRelease, and its source: whether what was pushed is here.

use super::branch::Branch;
use super::sight::sight;
use super::{Known, Link, Severity, source, words};
use crate::release::flux::{Condition, Kustomization, SourceKind};
use crate::release::{FeedKind, ObjectKey};

/// The Kustomization and below it what it applies from.
pub(super) fn branch(known: Known<'_>, owner: &ObjectKey) -> Branch {
    let link = Link::new(0, "kustomization", format!("Kustomization {owner}"));
    let Some(object) = known.catalog.kustomization(owner) else {
        return source::missing(link, sight(known.catalog, FeedKind::Kustomizations, &owner.namespace));
    };
    let (link, failed) = state(known, link, object);
    let mut branch = Branch::of(link, failed);
    for dependency in waits_for(known, object) {
        branch.below(dependency);
    }
    if let Some(key) = &object.source {
        let mut from = source::named(known, &object.source_kind, key, 1);
        // Nothing is fetched for a suspended Kustomization's sake: it is what stands in the way.
        if object.suspended {
            from.failed = None;
        }
        branch.below(from);
    }
    branch
}

/// Whether something of it keeps a pushed change from arriving, and it is there to be helped.
pub(super) fn holds_back(known: Known<'_>, owner: &ObjectKey) -> bool {
    known.catalog.kustomization(owner).is_some() && branch(known, owner).failed.is_some()
}

fn state(known: Known<'_>, link: Link, object: &Kustomization) -> (Link, Option<String>) {
    let name = format!("Kustomization {}", object.key);
    let newest = newest(known, object);
    let applied = object.applied_revision.as_deref();
    let behind = match (applied, newest.as_deref()) {
        (Some(applied), Some(newest)) if applied != newest => {
            Some(format!("applied {}, its source has {}", words::artifact(applied), words::artifact(newest)))
        }
        (None, Some(newest)) => Some(format!("applied nothing, its source has {}", words::artifact(newest))),
        _ => None,
    };
    let ready = object.condition("Ready");
    let stalled = object.condition("Stalled").filter(|stalled| stalled.is_true());
    let failed = stalled.or_else(|| ready.filter(|ready| ready.is_false()));
    let with = |state: &str| behind.as_deref().map_or_else(|| state.to_owned(), |behind| format!("{state}; {behind}"));

    if object.suspended {
        let text = format!("{name} is suspended: what is pushed does not arrive");
        let text = behind.as_deref().map_or_else(|| text.clone(), |behind| format!("{text} ({behind})"));
        return (link.is(Severity::Waiting, with("suspended")), Some(text));
    }
    if let Some(failed) = failed {
        let text = format!("{name} failed: {}", words::first_line(&failed.message));
        let severity = if failed.reason == "DependencyNotReady" { Severity::Waiting } else { Severity::Bad };
        let link = link.is(severity, with(&failed.reason)).quoting(&failed.message).since(failed.since);
        return (link, Some(text));
    }
    if object.generation.is_some() && object.generation != object.observed_generation {
        return (link.is(Severity::Waiting, with("its newest generation is not seen yet")), None);
    }
    if let Some(behind) = &behind {
        let running = object.condition("Reconciling").filter(|condition| condition.is_true());
        let link = link.quoting(running.map_or("", |condition| condition.message.as_str()));
        let text = format!("what was pushed last is not applied yet: {name} {behind}");
        return (link.is(Severity::Waiting, behind.clone()), Some(text));
    }
    match (ready.is_some_and(Condition::is_true), applied) {
        (true, Some(applied)) => {
            (link.is(Severity::Good, format!("ready, applied {}", words::artifact(applied))), None)
        }
        (true, None) => (link.is(Severity::Good, "ready"), None),
        (false, _) => (link.is(Severity::Waiting, "not ready yet"), None),
    }
}

/// What its source holds now.
fn newest(known: Known<'_>, object: &Kustomization) -> Option<String> {
    let source = known.catalog.source(SourceKind::of(&object.source_kind)?, object.source.as_ref()?)?;
    source.artifact_revision.clone()
}

/// Those of its dependencies that are not ready.
fn waits_for(known: Known<'_>, object: &Kustomization) -> Vec<Branch> {
    let blocked = object.condition("Ready").is_some_and(|ready| ready.reason == "DependencyNotReady");
    if !blocked {
        return Vec::new();
    }
    let not_ready = object.depends_on.iter().filter_map(|key| {
        let link = Link::new(1, "depends on", format!("Kustomization {key}"));
        let Some(dependency) = known.catalog.kustomization(key) else {
            return Some(source::missing(link, sight(known.catalog, FeedKind::Kustomizations, &key.namespace)));
        };
        let ready = dependency.condition("Ready").is_some_and(Condition::is_true);
        let (link, failed) = state(known, link, dependency);
        (!ready || dependency.suspended).then(|| Branch::of(link, failed))
    });
    not_ready.collect()
}
