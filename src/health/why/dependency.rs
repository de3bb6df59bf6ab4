//! What a HelmRelease waits for, down to what keeps that from being ready.
//!
//! Source of the rules: helm-controller v1.6.3 `internal/controller/helmrelease_controller.go`
//! (`checkDependencies`): generation seen and Ready=True, or `readyExpr` instead.

use super::branch::Branch;
use super::sight::sight;
use super::{Known, Link, Severity, source, words};
use crate::release::flux::{Condition, HelmRelease};
use crate::release::{FeedKind, ObjectKey};

/// Between what failed and what follows.
const SO: &str = ", so ";

/// What follows for the release that waits.
pub(super) fn waits(text: &str, key: &ObjectKey) -> String {
    let and = if text.contains(SO) { ", and " } else { SO };
    format!("{text}{and}{key} waits")
}

/// The dependencies of a HelmRelease, each with what keeps it.
pub(super) fn branch(known: Known<'_>, object: &HelmRelease) -> Branch {
    let mut branch = Branch::default();
    below(known, object, 1, &mut vec![object.key.clone()], &mut branch);
    branch
}

fn below(known: Known<'_>, object: &HelmRelease, depth: usize, path: &mut Vec<ObjectKey>, out: &mut Branch) {
    // One that keeps it takes the blame, and the first of them stays the one: it is what the controller names.
    for key in &object.depends_on {
        let expression = object.ready_exprs.iter().find(|(of, _)| of == key).map(|(_, text)| text.as_str());
        let one = one(known, key, expression, depth, path);
        let first = out.failed.take();
        out.below(one);
        if first.is_some() {
            out.failed = first;
        }
    }
}

fn one(known: Known<'_>, key: &ObjectKey, expression: Option<&str>, depth: usize, path: &mut Vec<ObjectKey>) -> Branch {
    let link = Link::new(depth, "depends on", format!("HelmRelease {key}"));
    if path.contains(key) {
        let circle: Vec<String> =
            path.iter().skip_while(|one| *one != key).chain([key]).map(ToString::to_string).collect();
        let circle = circle.join(" -> ");
        let text = format!("the dependencies go in a circle: {circle}");
        return Branch::of(link.is(Severity::Bad, "a circle").quoting(&circle), Some(text));
    }
    let Some(dependency) = known.catalog.helm_release(key) else {
        return source::missing(link, sight(known.catalog, FeedKind::HelmReleases, &key.namespace));
    };
    let ready = dependency.condition("Ready");
    let said = ready.map_or("no condition Ready yet", |ready| ready.reason.as_str());
    let message = ready.map_or("", |ready| ready.message.as_str());
    let since = ready.and_then(|ready| ready.since);
    if let Some(expression) = expression {
        let state = format!("{said}; ready when its readyExpr is true, which is not evaluated here");
        return Branch::of(link.is(Severity::Unknown, state).quoting(expression).since(since), None);
    }
    let seen = dependency.generation.is_none() || dependency.generation == dependency.observed_generation;
    if seen && ready.is_some_and(Condition::is_true) {
        return Branch::of(link.is(Severity::Good, "ready").since(since), None);
    }
    let why = if dependency.suspended {
        "is suspended and will not become ready".to_owned()
    } else if message.is_empty() || ready.is_some_and(Condition::is_true) {
        "is not ready yet".to_owned()
    } else {
        format!("is not ready: {}", words::first_line(message))
    };
    let severity = match ready {
        Some(ready) if ready.is_false() && ready.reason != "DependencyNotReady" => Severity::Bad,
        _ => Severity::Waiting,
    };
    let state = if dependency.suspended { format!("suspended; {said}") } else { said.to_owned() };
    let link = link.is(severity, state).quoting(message).since(since);
    let mut branch = Branch::of(link, Some(format!("{key} {why}")));
    path.push(key.clone());
    let mut deeper = Branch::default();
    match ready.map(|ready| ready.reason.as_str()) {
        Some("DependencyNotReady") => below(known, dependency, depth + 1, path, &mut deeper),
        Some("SourceNotReady" | "ArtifactFailed") => deeper = source::branch(known, dependency, depth + 1),
        _ => {}
    }
    path.pop();
    if let Some(failed) = &mut deeper.failed {
        let nested = failed.text.contains(SO);
        failed.text = if nested {
            format!("{}, nor is {key}", failed.text)
        } else {
            format!("{}{SO}{key} is not ready", failed.text)
        };
    }
    branch.below(deeper);
    branch
}
