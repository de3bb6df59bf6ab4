//! The objects of the release, down to the container or the event that says why.
//!
//! Sources of the messages: fluxcd/pkg `ssa` (`timeout waiting for: [Kind/namespace/name status: 'InProgress']`),
//! helm v4.2.4 `pkg/kube/statuswait.go` (`resource Kind/namespace/name not ready. status: InProgress, message: …`).

use jiff::SignedDuration;

use super::branch::Branch;
use super::{Event, Known, Link, LiveObject, Severity, Trouble, images, words};
use crate::release::payload::named::containers;
use crate::release::{ObjectId, Release};

/// How many objects are shown.
const SHOWN: usize = 4;
/// How many of those that are alike are named.
const NAMED: usize = 8;

/// An object that a message of Helm or Flux names as not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub kind: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    pub status: &'a str,
}

impl Named<'_> {
    fn is(&self, id: &ObjectId) -> bool {
        (self.kind, self.namespace, self.name) == (id.kind.as_str(), id.namespace.as_str(), id.name.as_str())
    }
}

/// The objects that a message waits for.
pub(super) fn named(message: &str) -> Vec<Named<'_>> {
    let listed = ["timeout waiting for: [", "stalled resources: ["]
        .into_iter()
        .filter_map(|before| message.split_once(before)?.1.split_once(']'))
        .flat_map(|(list, _)| list.split(", "))
        .filter_map(|entry| {
            let (path, status) = entry.split_once(" status: ")?;
            object(path, status.trim_matches('\''))
        });
    let told = message.lines().filter_map(|line| {
        let (_, rest) = line.split_once("resource ")?;
        let (path, rest) = rest.split_once(" not ready. status: ")?;
        object(path, rest.split_once(',').map_or(rest, |(status, _)| status))
    });
    listed.chain(told).collect()
}

/// Whether an action failed because its time was over.
pub(super) fn timed_out(message: &str) -> bool {
    ["timed out", "deadline exceeded", "would exceed context deadline"].iter().any(|words| message.contains(words))
}

/// A failed wait in fewer words: "Deployment web did not become ready: Updated: 1/2".
pub(super) fn told(message: &str) -> String {
    let unready = || {
        let (_, rest) = message.lines().next()?.split_once("resource ")?;
        let (path, rest) = rest.split_once(" not ready. status: ")?;
        let object = object(path, rest)?;
        let why = rest.split_once(", message: ").map_or(rest, |(_, why)| why);
        Some(format!("{} {} did not become ready: {why}", object.kind, object.name))
    };
    unready().unwrap_or_else(|| words::first_line(message))
}

fn object<'a>(path: &'a str, status: &'a str) -> Option<Named<'a>> {
    let (kind, rest) = path.split_once('/')?;
    let (namespace, name) = rest.split_once('/').unwrap_or(("", rest));
    Some(Named { kind, namespace, name, status })
}

/// What is wrong with the objects as they are now. Where an action waited for some, those come first.
pub(super) fn live(known: Known<'_>, waited: &[Named<'_>]) -> Branch {
    let standing = known.standing;
    let waiting = standing.waiting.iter().filter(|trouble| is_waited(waited, trouble));
    let waiting = waiting.map(|trouble| (trouble, Severity::Waiting));
    let mut all: Vec<(&Trouble, Severity)> =
        standing.broken.iter().chain(&standing.stuck).map(|trouble| (trouble, Severity::Bad)).chain(waiting).collect();
    all.sort_by_key(|(trouble, _)| !is_waited(waited, trouble));
    let mut branch = grouped(known, &all);
    for id in standing.missing.iter().take(SHOWN) {
        let link = Link::new(1, "object", id.to_string()).is(Severity::Bad, "missing");
        let text = format!("{id} is missing: the release names it and it is not there");
        branch.beside(Branch::of(link, Some(text)));
    }
    let more = standing.missing.len().saturating_sub(SHOWN);
    if more > 0 {
        let link = Link::new(1, "object", format!("and {more} more")).is(Severity::Bad, "missing too");
        branch.beside(Branch::of(link, None));
    }
    branch
}

/// What is not ready yet or cannot be judged and is not among what was waited for, which [`live`] tells of: where nothing is
/// broken, it is what is wrong.
pub(super) fn unready(known: Known<'_>, waited: &[Named<'_>]) -> Branch {
    let standing = known.standing;
    let waiting = standing.waiting.iter().filter(|trouble| !is_waited(waited, trouble));
    let waiting = waiting.map(|trouble| (trouble, Severity::Waiting));
    let unknown = standing.unknown.iter().map(|trouble| (trouble, Severity::Unknown));
    grouped(known, &waiting.chain(unknown).collect::<Vec<_>>())
}

fn is_waited(waited: &[Named<'_>], trouble: &Trouble) -> bool {
    waited.iter().any(|named| named.is(&trouble.object))
}

/// Each trouble with its evidence; of many alike the first, with the names of the others.
fn grouped(known: Known<'_>, all: &[(&Trouble, Severity)]) -> Branch {
    let key = |trouble: &Trouble| (trouble.object.kind.clone(), trouble.reason.clone(), trouble.text.clone());
    let mut groups: Vec<(&Trouble, Severity, Vec<String>)> = Vec::new();
    for (trouble, severity) in all {
        match groups.iter_mut().find(|(first, of, _)| of == severity && key(first) == key(trouble)) {
            Some((_, _, others)) => others.push(trouble.object.to_string()),
            None => groups.push((trouble, *severity, Vec::new())),
        }
    }
    let mut branch = Branch::default();
    for (trouble, severity, others) in groups.iter().take(SHOWN) {
        branch.beside(of(known, trouble, *severity, None));
        if !others.is_empty() {
            let names = others.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let rest = if others.len() > NAMED { ", ..." } else { "" };
            let link = Link::new(1, "object", format!("and {} more", others.len()));
            branch.beside(Branch::of(link.is(*severity, format!("the same: {names}{rest}")), None));
        }
    }
    let more: usize = groups.iter().skip(SHOWN).map(|(_, _, others)| 1 + others.len()).sum();
    if more > 0 {
        let worst = groups.iter().skip(SHOWN).map(|(_, severity, _)| *severity).min().unwrap_or(Severity::Bad);
        let link = Link::new(1, "object", format!("and {more} more")).is(worst, "see the tab Objects");
        branch.beside(Branch::of(link, None));
    }
    branch
}

/// Custom resources that are not ready for longer than an action would wait. kstatus knows no deadline of theirs: it says
/// InProgress of one that was refused for ever, as of one that was made just now.
pub(super) fn without_deadline(known: Known<'_>, timeout: SignedDuration) -> Vec<String> {
    let late = known.standing.waiting.iter().filter(|trouble| is_custom(&trouble.object));
    let late = late.filter_map(|trouble| Some((trouble, trouble.since?)));
    let late = late.filter(|(_, since)| known.now.duration_since(*since) > timeout);
    let told = late.take(SHOWN).map(|(trouble, since)| {
        format!(
            "{} is not ready for {}: kstatus sets it no deadline, and calls it in progress for as long as that lasts",
            trouble.object,
            words::ago(since, known.now)
        )
    });
    told.collect()
}

/// Whether an object is of a kind that the cluster was taught: their groups have a dot, and are not those of Kubernetes.
pub(super) fn is_custom(id: &ObjectId) -> bool {
    id.group.contains('.') && !id.group.ends_with(".k8s.io")
}

/// Hooks and tests that are broken or on their way.
pub(super) fn hooks(known: Known<'_>) -> Branch {
    let mut branch = Branch::default();
    for trouble in known.standing.hooks.iter().take(SHOWN) {
        let mut hook = of(known, trouble, Severity::Bad, None);
        if let Some(top) = hook.links.first_mut() {
            top.kind = "hook";
        }
        branch.beside(hook);
    }
    branch
}

/// What was seen of the failed revision before its objects were replaced.
pub(super) fn remembered(known: Known<'_>, waited: &[Named<'_>]) -> Branch {
    let mut branch = Branch::default();
    let fits = |trouble: &&Trouble| waited.is_empty() || waited.iter().any(|named| named.is(&trouble.object));
    for trouble in known.standing.remembered.iter().filter(fits).take(SHOWN) {
        branch.beside(of(known, trouble, Severity::Bad, Some("seen before it was replaced")));
    }
    branch
}

/// What was waited for in vain, where it stands as it was left and nothing is wrong with it now.
pub(super) fn late(known: Known<'_>, waited: &[Named<'_>]) -> Branch {
    let mut branch = Branch::default();
    for named in waited.iter().take(SHOWN) {
        let what = format!("{} {}", named.kind, named.name);
        let was = format!("was {} when the wait ended", named.status);
        let (severity, state, text) = if known.standing.seen {
            (
                Severity::Waiting,
                format!("{was}; well now"),
                format!("{what} did not become ready in time (it is well now)"),
            )
        } else {
            (Severity::Bad, was, format!("{what} did not become ready in time"))
        };
        branch.beside(Branch::of(Link::new(1, "object", what).is(severity, state), Some(text)));
    }
    branch
}

/// What can still be said of a failed revision of which nothing is left: the objects that the message names, the
/// ReplicaSet that was scaled down, events, and the images that it changed.
pub(super) fn gone(known: Known<'_>, release: &Release, waited: &[Named<'_>]) -> Branch {
    let changed = images::of_failed(release, known);
    let mut branch = Branch::default();
    for named in waited.iter().take(SHOWN) {
        let what = format!("{} {}", named.kind, named.name);
        let link = Link::new(1, "object", what.clone())
            .is(Severity::Bad, format!("was {} when the wait ended; its failed Pods are gone", named.status));
        let mut one = Branch::of(link, Some(format!("{what} did not become ready")));
        let changes = changed.iter().flatten().filter(|change| named.is(&change.object));
        for change in changes {
            one.below(image(change, 2, &what));
        }
        if let Some(old) = old_replica_set(known, named) {
            let below = replica_set(known, old, &what);
            // What it ran is told by what was changed; an event says more than that.
            let image =
                one.failed.take().filter(|failed| failed.at > 0 && below.failed.as_ref().is_none_or(|f| f.at == 0));
            one.below(below);
            one.failed = image.or(one.failed);
        }
        branch.beside(one);
    }
    if waited.is_empty() {
        for change in changed.iter().flatten().take(SHOWN) {
            branch.beside(image(change, 1, "the release"));
        }
    }
    branch
}

fn of(known: Known<'_>, trouble: &Trouble, severity: Severity, note: Option<&str>) -> Branch {
    let note = note.map(|note| format!(", {note}")).unwrap_or_default();
    let leaf = trouble.path.is_empty();
    let said = match &trouble.container {
        Some(container) => format!("{container}: {}", trouble.reason),
        None => trouble.reason.clone(),
    };
    let text = if trouble.text.is_empty() { said.as_str() } else { trouble.text.trim_end_matches('.') };
    let text = match (trouble.since, text.strip_prefix("not ready: ")) {
        (Some(since), Some(why)) => {
            format!("{}: not ready for {}: {why}", trouble.object, words::ago(since, known.now))
        }
        (None, _) | (_, None) => format!("{}: {text}", trouble.object),
    };
    let top = Link::new(1, "object", trouble.object.to_string());
    let top = if leaf {
        top.is(severity, format!("{said}{note}")).quoting(&trouble.message).since(trouble.since)
    } else {
        top.is(severity, format!("not ready{note}"))
    };
    let mut branch = Branch::of(top, leaf.then(|| text.clone()));
    let last = trouble.path.len();
    for (depth, id) in (2..).zip(&trouble.path) {
        let link = Link::new(depth, "owned", id.to_string());
        let deepest = depth == last + 1;
        let link = if deepest {
            link.is(severity, said.clone()).quoting(&trouble.message).since(trouble.since)
        } else {
            link.is(severity, "")
        };
        branch.below(Branch::of(link, deepest.then(|| text.clone())));
    }
    let ids: Vec<&ObjectId> = trouble.path.iter().chain([&trouble.object]).collect();
    for event in warnings(known, |about| ids.contains(&about), &trouble.message) {
        // An event explains what no container tells: why a Pod is not made, not placed, not given its volume.
        let waits = matches!(trouble.reason.as_str(), "ContainerCreating" | "PodInitializing");
        let says = event.reason.starts_with("Failed") || event.reason == "ProvisioningFailed";
        let explains = says && (waits || trouble.container.is_none());
        let text = format!("{}: {}", trouble.object, words::first_line(&event.message));
        let first = branch.failed.take();
        branch.below(Branch::of(of_event(event, last + 2), explains.then_some(text)));
        if !explains || branch.failed.is_none() {
            branch.failed = first;
        }
    }
    if let Some(failed) = &mut branch.failed {
        failed.trouble = Some(trouble.clone());
    }
    branch
}

/// The newest warnings about some objects, one of a reason, without what is quoted already.
fn warnings<'a>(known: Known<'a>, about: impl Fn(&ObjectId) -> bool, quoted: &str) -> Vec<&'a Event> {
    let mut found: Vec<&Event> = known
        .events
        .iter()
        .copied()
        .filter(|event| event.warning && about(&event.about) && event.message.trim() != quoted.trim())
        .filter(|event| !repeats_state(event))
        .collect();
    found.sort_by_key(|event| std::cmp::Reverse(event.last.or(event.first)));
    let mut reasons = Vec::new();
    found.retain(|event| {
        let new = !reasons.contains(&&event.reason);
        reasons.push(&event.reason);
        new
    });
    found.truncate(2);
    // The newest is the deepest: what is below takes the blame.
    found.reverse();
    found
}

/// The kubelet tells the state of a container once more as an error: `Error: ImagePullBackOff`.
fn repeats_state(event: &Event) -> bool {
    event.reason == "Failed" && event.message.strip_prefix("Error: ").is_some_and(|rest| !rest.contains(' '))
}

fn of_event(event: &Event, depth: usize) -> Link {
    let times = if event.count > 1 { format!(" x{}", event.count) } else { String::new() };
    Link::new(depth, "event", format!("{} of {}", event.reason, event.about))
        .is(Severity::Bad, format!("Warning{times}"))
        .quoting(&event.message)
        .since(event.last.or(event.first))
}

/// The ReplicaSet of the failed revision: of those scaled to 0 the one that stood last. Deployments number them in
/// `deployment.kubernetes.io/revision`, and a rollback gives the good one a new number.
fn old_replica_set<'a>(known: Known<'a>, named: &Named<'_>) -> Option<&'a LiveObject> {
    let number = |set: &LiveObject| -> i64 {
        set.body
            .pointer("/metadata/annotations/deployment.kubernetes.io~1revision")
            .and_then(|text| text.as_str()?.parse().ok())
            .unwrap_or(0)
    };
    known
        .replica_sets
        .iter()
        .copied()
        .filter(|set| named.kind == "Deployment" && set.id.namespace == named.namespace)
        .filter(|set| set.controller().is_some_and(|owner| owner.kind == "Deployment" && owner.name == named.name))
        .filter(|set| set.body.pointer("/spec/replicas").and_then(serde_json::Value::as_i64) == Some(0))
        .max_by_key(|set| number(set))
}

fn replica_set(known: Known<'_>, set: &LiveObject, of: &str) -> Branch {
    let images: Vec<String> = containers(&set.body).map(|(name, image)| format!("{name} {image}")).collect();
    let images = images.join(", ");
    let link = Link::new(2, "owned", set.id.to_string())
        .is(Severity::Bad, format!("scaled to 0; it ran {images}"))
        .since(set.created);
    let mut branch = Branch::of(link, Some(format!("{of} did not become ready with {images}")));
    let prefix = format!("{}-", set.id.name);
    let about = |id: &ObjectId| {
        *id == set.id || (id.kind == "Pod" && id.namespace == set.id.namespace && id.name.starts_with(&prefix))
    };
    for event in warnings(known, about, "") {
        let text = format!("{of}: {}", words::first_line(&event.message));
        branch.below(Branch::of(of_event(event, 3), Some(text)));
    }
    branch
}

fn image(change: &images::ImageChange, depth: usize, of: &str) -> Branch {
    let (state, text) = match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let short = words::other_tag(old, new);
            (
                format!("{old} -> {new}"),
                format!("the failed revision changed {} from {old} to {short}", change.container),
            )
        }
        (None, Some(new)) => {
            (format!("new: {new}"), format!("the failed revision added {} with {new}", change.container))
        }
        (_, None) => ("removed".to_owned(), format!("the failed revision removed {}", change.container)),
    };
    let what = if depth == 1 { format!("{} {}", change.object, change.container) } else { change.container.clone() };
    let link = Link::new(depth, "image", what).is(Severity::Unknown, state);
    Branch::of(link, Some(format!("{of} did not become ready (evidence gone; {text})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_objects_that_a_message_waits_for() {
        let check = |message: &str, expected: &[(&str, &str, &str, &str)]| {
            let found: Vec<_> = named(message).iter().map(|o| (o.kind, o.namespace, o.name, o.status)).collect();
            assert_eq!(found, expected, "{message}");
        };
        check(
            "timeout waiting for: [Deployment/billing/billing status: 'InProgress']",
            &[("Deployment", "billing", "billing", "InProgress")],
        );
        check(
            "x: failed early due to stalled resources: [Job/a/b status: 'Failed', ClusterIssuer/c status: 'Unknown']",
            &[("Job", "a", "b", "Failed"), ("ClusterIssuer", "", "c", "Unknown")],
        );
        check(
            "Upgrade \"wiki\" failed: resource Deployment/legacy/wiki not ready. status: InProgress, message: Pending termination: 1\ncontext deadline exceeded",
            &[("Deployment", "legacy", "wiki", "InProgress")],
        );
        check("context deadline exceeded", &[]);
        check("timeout waiting for: [", &[]);
    }
}
