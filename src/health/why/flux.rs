//! The whole chain of a Flux release: what stage it is at decides which link is to blame.

use super::action::{self, Failure, Remedied};
use super::branch::Branch;
use super::{
    Known, Link, Severity, Why, attempts, controller, dependency, failure, helps, kustomization, next, objects,
    request, source, values, words,
};
use crate::release::Release;
use crate::release::flux::{Condition, HelmRelease};

/// How far the reconciliation has come. Each stage begins when the one before has succeeded.
#[derive(Debug, Clone)]
pub(super) enum Stage<'a> {
    /// It is being deleted.
    Deleting,
    /// helm-controller has written nothing yet.
    Unseen,
    /// Waits for what it depends on.
    Dependency,
    /// The chart is not there.
    Source,
    /// The values cannot be resolved.
    Values(&'a Condition),
    /// Something else keeps the action from being begun.
    Setup(&'a Condition),
    /// An action runs, or is prepared.
    Running,
    /// The last action failed.
    Action(Failure<'a>),
    /// The last action succeeded.
    Done,
}

pub(super) fn stage(object: &HelmRelease) -> Stage<'_> {
    if object.deleting.is_some() {
        return Stage::Deleting;
    }
    let reconciling = object.condition("Reconciling").is_some_and(Condition::is_true);
    let Some(ready) = object.condition("Ready") else {
        return if reconciling { Stage::Running } else { Stage::Unseen };
    };
    if ready.is_true() {
        return if action::running(object).is_some() { Stage::Running } else { Stage::Done };
    }
    if !ready.is_false() {
        return Stage::Running;
    }
    match ready.reason.as_str() {
        "DependencyNotReady" => Stage::Dependency,
        "SourceNotReady" | "ArtifactFailed" => Stage::Source,
        "ValuesError" => Stage::Values(ready),
        reason => match failure(object).filter(|failure| tells_of(reason, failure)) {
            Some(failure) => Stage::Action(failure),
            None => Stage::Setup(ready),
        },
    }
}

/// Whether the reason of Ready speaks of this failure or of what was done about it.
fn tells_of(reason: &str, failure: &Failure<'_>) -> bool {
    reason == failure.condition.reason
        || matches!(reason, "RollbackSucceeded" | "RollbackFailed" | "UninstallSucceeded" | "UninstallFailed")
}

pub(super) fn explain(release: &Release, object: &HelmRelease, known: Known<'_>) -> Why {
    let stage = stage(object);
    let owner = object.owner.as_ref().map(|owner| kustomization::branch(known, owner));
    let head = head(object, &stage);
    let silent = controller::branch(known, object);
    let mut below = [
        request::branch(object),
        dependency::branch(known, object),
        source::branch(known, object, 1),
        values::branch(object, values_failed(&stage), after_values(&stage)),
        drift(object),
        action::branch(object),
        objects_of(release, object, known, &stage),
    ];
    let mut owner = owner.unwrap_or_default();
    let mut silent = silent;
    let mut head = head;
    let sentence = {
        let [_, dependencies, source, values, drift, action, objects] = &mut below;
        sentence(
            object,
            &stage,
            Parts {
                owner: &mut owner,
                head: &mut head,
                silent: &mut silent,
                dependencies,
                source,
                values,
                drift,
                action,
                objects,
            },
        )
    };
    let trouble = known.standing.broken.first().or(known.standing.remembered.first());
    let mut why = Why {
        sentence,
        next: next::of(object, &stage),
        helps: helps::of_flux(object, &stage, trouble, known),
        ..Why::default()
    };
    for branch in [owner, head, silent].into_iter().chain(below) {
        why.links.extend(branch.links);
        why.hidden.extend(branch.hidden);
    }
    why.hidden.dedup();
    why
}

/// The branches, by name: the cause is marked in one of them.
struct Parts<'a> {
    owner: &'a mut Branch,
    head: &'a mut Branch,
    silent: &'a mut Branch,
    dependencies: &'a mut Branch,
    source: &'a mut Branch,
    values: &'a mut Branch,
    drift: &'a mut Branch,
    action: &'a mut Branch,
    objects: &'a mut Branch,
}

/// What is wrong and because of what: the deepest first, then what follows from it.
fn sentence(object: &HelmRelease, stage: &Stage<'_>, parts: Parts<'_>) -> String {
    if let Some(text) = parts.silent.blame() {
        return text;
    }
    let key = &object.key;
    let suspended = if object.suspended { "; it is suspended, so nothing is tried" } else { "" };
    let text = match stage {
        Stage::Deleting => match parts.objects.blame().or_else(|| parts.action.blame()) {
            Some(text) => format!("{text}, so it cannot be deleted"),
            None => parts.head.blame().unwrap_or_default(),
        },
        Stage::Unseen => parts.head.blame().unwrap_or_default(),
        Stage::Dependency => match parts.dependencies.blame() {
            Some(text) => format!("{text}, so {key} waits"),
            None => parts.head.blame().unwrap_or_default(),
        },
        Stage::Source => match parts.source.blame() {
            Some(text) => format!("{text}, so {} cannot begin", wanted(object)),
            None => parts.head.blame().unwrap_or_default(),
        },
        Stage::Values(_) => match parts.values.blame() {
            Some(text) => format!("{text}, so {} cannot begin", wanted(object)),
            None => parts.head.blame().unwrap_or_default(),
        },
        Stage::Setup(_) => parts.head.blame().unwrap_or_default(),
        Stage::Running => match parts.objects.blame() {
            Some(text) => format!("{text}, while {} runs", running(object)),
            None => return String::new(),
        },
        Stage::Action(failure) => {
            let consequence = match parts.objects.blame() {
                Some(text) => format!("{text}, so the {} failed", failure.what()),
                None => parts.action.blame().unwrap_or_default(),
            };
            let mut said = vec![consequence];
            said.extend(Some(failure.remedy()).filter(|remedy| !remedy.is_empty()));
            said.extend(attempts(object).map(|attempts| attempts.words()));
            said.join("; ")
        }
        Stage::Done => return well(object, parts),
    };
    format!("{text}{suspended}")
}

/// The last action succeeded: what is wrong lies in the objects since, or in what keeps the next change away.
fn well(object: &HelmRelease, parts: Parts<'_>) -> String {
    if let Some(text) = parts.objects.blame() {
        return text;
    }
    if object.suspended {
        parts.head.blame();
        return "it is suspended: Flux neither upgrades nor corrects it".to_owned();
    }
    parts.owner.blame().or_else(|| parts.source.blame()).or_else(|| parts.drift.blame()).unwrap_or_default()
}

/// `the upgrade to 1.5.0`, as the spec wants it.
fn wanted(object: &HelmRelease) -> String {
    let action = if object.history.is_empty() { "install" } else { "upgrade" };
    format!("the {action}")
}

fn running(object: &HelmRelease) -> String {
    let version = object.last_attempted_revision.as_deref();
    match (action::running(object), version) {
        (Some(("upgrade", _)), Some(version)) => format!("the upgrade to {version}"),
        (Some(("install", _)), Some(version)) => format!("the install of {version}"),
        (Some((action, _)), _) => format!("the {action}"),
        (None, _) => "it is prepared".to_owned(),
    }
}

/// The HelmRelease itself.
fn head(object: &HelmRelease, stage: &Stage<'_>) -> Branch {
    let link = Link::new(0, "release", format!("HelmRelease {}", object.key));
    let ready = object.condition("Ready");
    let stalled = object.condition("Stalled").filter(|stalled| stalled.is_true());
    let (severity, mut state) = match (stage, stalled) {
        (_, Some(stalled)) => (Severity::Bad, format!("Stalled, {}", stalled.reason)),
        (Stage::Deleting, None) => (Severity::Waiting, "being deleted".to_owned()),
        (Stage::Unseen, None) => (Severity::Waiting, "helm-controller has written nothing yet".to_owned()),
        (Stage::Running, None) => (Severity::Waiting, "Reconciling".to_owned()),
        (Stage::Done, None) => (Severity::Good, "Ready".to_owned()),
        (Stage::Dependency, None) => (Severity::Waiting, reason(ready)),
        (Stage::Source | Stage::Values(_) | Stage::Setup(_) | Stage::Action(_), None) => (Severity::Bad, reason(ready)),
    };
    if object.suspended {
        state = format!("suspended; {state}");
    }
    let told = stalled.or(match stage {
        // The failed action has its own link, which quotes it.
        Stage::Action(_) | Stage::Done | Stage::Unseen => None,
        Stage::Running => object.condition("Reconciling"),
        Stage::Deleting | Stage::Dependency | Stage::Source | Stage::Values(_) | Stage::Setup(_) => ready,
    });
    let since = match stage {
        Stage::Deleting => object.deleting,
        Stage::Unseen => object.created,
        _ => stalled.or(ready).and_then(|condition| condition.since),
    };
    let failed = match stage {
        Stage::Deleting if object.suspended => "it is deleted while suspended: nothing will be uninstalled".to_owned(),
        Stage::Deleting => "it is being uninstalled".to_owned(),
        Stage::Unseen => "helm-controller has not looked at it yet".to_owned(),
        Stage::Setup(ready) => setup(ready),
        _ => told.map_or_else(|| state.clone(), |told| words::first_line(&told.message).to_owned()),
    };
    let severity = if object.suspended && severity == Severity::Good { Severity::Waiting } else { severity };
    let link = link.is(severity, state).quoting(told.map_or("", |told| told.message.as_str())).since(since);
    Branch::of(link, Some(failed))
}

fn reason(ready: Option<&Condition>) -> String {
    ready.map_or_else(|| "not ready".to_owned(), |ready| ready.reason.clone())
}

/// What keeps the action from being begun, in words for the reasons that say little by themselves.
fn setup(ready: &Condition) -> String {
    let message = words::first_line(&ready.message);
    let what = match ready.reason.as_str() {
        "AccessDenied" => "helm-controller may not do this",
        "RESTClientError" => "helm-controller cannot reach the cluster of this release",
        "ChartMutateError" => "the chart cannot be changed as the spec wants it",
        "InvalidCELExpression" => "an expression of the spec is no valid CEL",
        "StateError" => "the stored revisions cannot be made sense of",
        "HealthCheckCanceled" => "the wait was broken off because something newer came",
        _ => return format!("{}: {message}", ready.reason),
    };
    format!("{what}: {message}")
}

fn values_failed<'a>(stage: &Stage<'a>) -> Option<&'a Condition> {
    match stage {
        Stage::Values(ready) => Some(ready),
        Stage::Deleting
        | Stage::Unseen
        | Stage::Dependency
        | Stage::Source
        | Stage::Setup(_)
        | Stage::Running
        | Stage::Action(_)
        | Stage::Done => None,
    }
}

/// Whether the values were resolved on the way to this stage.
fn after_values(stage: &Stage<'_>) -> bool {
    match stage {
        Stage::Action(_) | Stage::Done => true,
        Stage::Deleting
        | Stage::Unseen
        | Stage::Dependency
        | Stage::Source
        | Stage::Values(_)
        | Stage::Setup(_)
        | Stage::Running => false,
    }
}

fn drift(object: &HelmRelease) -> Branch {
    let Some(drifted) = object.condition("Drifted").filter(|drifted| drifted.is_true()) else {
        return Branch::default();
    };
    let mut lines = drifted.message.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let objects: Vec<&str> = lines.collect();
    let text = if objects.is_empty() { first.to_owned() } else { objects.join(", ") };
    let link = Link::new(1, "drift", "live objects")
        .is(Severity::Waiting, "differ from the manifest")
        .quoting(&drifted.message)
        .since(drifted.since);
    Branch::of(link, Some(text))
}

fn objects_of(release: &Release, object: &HelmRelease, known: Known<'_>, stage: &Stage<'_>) -> Branch {
    if object.remote {
        let link = Link::new(1, "object", "on another cluster").is(Severity::Unknown, "not looked at");
        return Branch::of(link, None);
    }
    let Stage::Action(failure) = stage else { return objects::live(known, &[]) };
    let waited = objects::named(failure.why);
    // What was waited for and is broken now needs no memory, nor does what was left as it was.
    let replaced = match failure.remedied {
        Remedied::RolledBack(_) | Remedied::Uninstalled | Remedied::Running => true,
        Remedied::No | Remedied::Failed(..) => false,
    };
    let live = objects::live(known, &waited);
    let mut seen = if replaced { objects::remembered(known, &waited) } else { Branch::default() };
    let timed_out =
        !waited.is_empty() || failure.why.contains("timed out") || failure.why.contains("deadline exceeded");
    if seen.failed.is_none() && live.failed.is_none() && timed_out {
        seen = objects::gone(known, release, &waited);
    }
    if !replaced {
        seen.below(live);
        return seen;
    }
    let first = seen.failed.take();
    seen.below(live);
    if first.is_some() {
        seen.failed = first;
    }
    seen
}
