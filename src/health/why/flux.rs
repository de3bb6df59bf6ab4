//! The whole chain of a Flux release: what stage it is at decides which link is to blame.

use super::action::{self, Failure, Remedied};
use super::branch::Branch;
use super::{
    Known, Link, Severity, Why, attempts, controller, dependency, failure, helps, kustomization, next, objects,
    request, source, values, words,
};
use crate::release::Release;
use crate::release::flux::{Condition, HelmRelease, RolledBack};
use crate::release::payload::ReleaseStatus;

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

/// The branches of the chain, in the order in which they are shown.
struct Chain {
    owner: Branch,
    head: Branch,
    suspension: Branch,
    controller: Branch,
    requests: Branch,
    dependencies: Branch,
    source: Branch,
    values: Branch,
    drift: Branch,
    action: Branch,
    beside: Branch,
    objects: Branch,
}

pub(super) fn explain(release: &Release, object: &HelmRelease, known: Known<'_>) -> Why {
    let stage = stage(object);
    let source = source::branch(known, object, 1);
    let mut chain = Chain {
        owner: object.owner.as_ref().map(|owner| kustomization::branch(known, owner)).unwrap_or_default(),
        head: head(object, &stage, &source),
        suspension: suspension(object),
        controller: controller::branch(known, object),
        requests: if matters(&stage) { request::branch(object) } else { Branch::default() },
        dependencies: dependency::branch(known, object),
        source,
        values: values::branch(object, values_failed(&stage), after_values(&stage)),
        drift: drift(object),
        action: action::branch(object),
        beside: beside(release, object, known, &stage),
        objects: objects_of(release, object, known, &stage),
    };
    let sentence = sentence(object, &stage, &mut chain);
    let on_its_way = on_its_way(&chain.source);
    let trouble = chain.objects.failed.as_ref().and_then(|failed| failed.trouble.clone());
    let is_silent = chain.controller.failed.is_some();
    let mut why = Why {
        sentence,
        next: if is_silent { vec![next::NOTHING.to_owned()] } else { next::of(object, &stage, known) },
        helps: if is_silent {
            helps::of_silence()
        } else {
            helps::of_flux(object, &stage, on_its_way, trouble.as_ref(), known)
        },
        ..Why::default()
    };
    let Chain {
        owner,
        head,
        suspension,
        controller,
        requests,
        dependencies,
        source,
        values,
        drift,
        action,
        beside,
        objects,
    } = chain;
    for branch in
        [owner, head, suspension, controller, requests, dependencies, source, values, drift, action, beside, objects]
    {
        why.links.extend(branch.links);
        for hidden in branch.hidden {
            if !why.hidden.contains(&hidden) {
                why.hidden.push(hidden);
            }
        }
    }
    quote_once(&mut why.links);
    why
}

/// What a deeper link says in its own words needs no quoting above it.
fn quote_once(links: &mut [Link]) {
    for index in 0..links.len() {
        let (above, below) = links.split_at_mut(index + 1);
        let Some(link) = above.last_mut() else { continue };
        let said = |text: &String| {
            let deeper = below.iter().take_while(|deeper| deeper.depth > link.depth);
            deeper.flat_map(|deeper| &deeper.evidence).any(|quoted| text.ends_with(quoted.as_str()))
        };
        link.evidence.retain(|text| !said(text));
    }
}

/// What is wrong and because of what: the deepest first, then what follows from it.
fn sentence(object: &HelmRelease, stage: &Stage<'_>, chain: &mut Chain) -> String {
    if let Some(text) = chain.controller.blame() {
        return text;
    }
    let key = &object.key;
    let counted = attempts(object).map(|attempts| attempts.words());
    let (blamed, follows) = match stage {
        Stage::Deleting => (chain.objects.blame().or_else(|| chain.action.blame()), "it cannot be deleted".to_owned()),
        Stage::Dependency => match chain.dependencies.blame() {
            Some(text) => return with_suspension(object, dependency::waits(&text, key)),
            None => (None, String::new()),
        },
        Stage::Source => (chain.source.blame(), format!("{} cannot begin", wanted(object))),
        Stage::Values(_) => (chain.values.blame(), format!("{} cannot begin", wanted(object))),
        Stage::Unseen | Stage::Setup(_) => (None, String::new()),
        Stage::Running => {
            let Some(text) = chain.objects.blame() else { return String::new() };
            let text = format!("{text}, while {} runs", running(object));
            return counted.map_or_else(|| text.clone(), |counted| format!("{text}; {counted}"));
        }
        Stage::Action(failure) => {
            let first = match chain.objects.blame() {
                Some(text) => format!("{text}, so the {} failed", failure.what()),
                None => chain.action.blame().unwrap_or_default(),
            };
            let remedy = Some(failure.remedy()).filter(|remedy| !remedy.is_empty());
            let suspended = object.suspended.then(|| SUSPENDED.to_owned());
            let target = no_way_back(object).then(|| "there is no revision to roll back to".to_owned());
            return [Some(first), remedy, target, counted, suspended]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; ");
        }
        Stage::Done => return well(object, chain),
    };
    let text = match blamed {
        Some(text) => format!("{text}, so {follows}"),
        None => chain.head.blame().unwrap_or_default(),
    };
    if matches!(stage, Stage::Deleting) { text } else { with_suspension(object, text) }
}

fn with_suspension(object: &HelmRelease, text: String) -> String {
    if object.suspended { format!("{text}; {SUSPENDED}") } else { text }
}

/// Whether Flux gave up because the revision to roll back to is gone or was changed.
pub(super) fn no_way_back(object: &HelmRelease) -> bool {
    object.condition("Stalled").is_some_and(|stalled| stalled.is_true() && stalled.reason == "MissingRollbackTarget")
}

const SUSPENDED: &str = "it is suspended, so nothing is tried";

/// The last action succeeded: what is wrong lies in the objects since, or in what keeps the next change away.
fn well(object: &HelmRelease, chain: &mut Chain) -> String {
    let suspended = "it is suspended: Flux neither upgrades nor corrects it";
    if let Some(text) = chain.objects.blame() {
        return if object.suspended { format!("{text}; {suspended}") } else { text };
    }
    if let Some(text) = chain.beside.blame() {
        return text;
    }
    if object.suspended {
        chain.head.blame();
        return suspended.to_owned();
    }
    chain.owner.blame().or_else(|| chain.source.blame()).or_else(|| chain.drift.blame()).unwrap_or_default()
}

/// Whether a request that did nothing may be why things are as they are.
fn matters(stage: &Stage<'_>) -> bool {
    match stage {
        Stage::Done | Stage::Running | Stage::Deleting => false,
        Stage::Unseen | Stage::Dependency | Stage::Source | Stage::Values(_) | Stage::Setup(_) | Stage::Action(_) => {
            true
        }
    }
}

/// A revision that somebody stored with another tool than Flux: at its next look Flux takes the release for a strange
/// one and upgrades it. Source: helm-controller v1.6.3 `internal/reconcile/state.go` (unmanaged).
fn beside(release: &Release, object: &HelmRelease, known: Known<'_>, stage: &Stage<'_>) -> Branch {
    let newest = known.catalog.revisions(&release.id).next();
    let own = object.history.iter().map(|snapshot| snapshot.revision).max();
    let Some(newest) = newest.filter(|newest| !newest.by_flux && own.is_some_and(|own| newest.revision > own)) else {
        return Branch::default();
    };
    if matches!(stage, Stage::Running) {
        return Branch::default();
    }
    let severity = if newest.status == ReleaseStatus::Deployed { Severity::Waiting } else { Severity::Bad };
    let link = Link::new(1, "action", format!("rev {}", newest.revision))
        .is(severity, format!("{}, and not by Flux", newest.status))
        .since(newest.changed);
    let follows = if object.suspended {
        "it is suspended, and when it is resumed Flux upgrades straight back"
    } else {
        "at its next look Flux upgrades straight back"
    };
    let deployed = known.catalog.revisions(&release.id).any(|one| one.status == ReleaseStatus::Deployed);
    let nothing = if deployed { "" } else { " and nothing is deployed" };
    let text = format!("rev {}, which Flux did not make, is {}{nothing}; {follows}", newest.revision, newest.status);
    Branch::of(link, Some(text))
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
fn head(object: &HelmRelease, stage: &Stage<'_>, source: &Branch) -> Branch {
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
        (Stage::Source, None) if on_its_way(source) => (Severity::Waiting, reason(ready)),
        (Stage::Source | Stage::Values(_) | Stage::Setup(_) | Stage::Action(_), None) => (Severity::Bad, reason(ready)),
    };
    if object.suspended {
        state = format!("suspended; {state}");
    }
    let told = stalled.or(match stage {
        // The failed action has its own link, which quotes it.
        Stage::Action(_) | Stage::Done | Stage::Unseen => None,
        Stage::Running => object.condition("Reconciling"),
        Stage::Deleting => ready.filter(|ready| ready.is_false()),
        Stage::Dependency | Stage::Source | Stage::Values(_) | Stage::Setup(_) => ready,
    });
    let since = match stage {
        Stage::Deleting => object.deleting,
        Stage::Unseen => object.created,
        Stage::Dependency
        | Stage::Source
        | Stage::Values(_)
        | Stage::Setup(_)
        | Stage::Running
        | Stage::Action(_)
        | Stage::Done => stalled.or(ready).and_then(|condition| condition.since),
    };
    let failed = match stage {
        Stage::Deleting if object.suspended => "it is deleted while suspended: nothing will be uninstalled".to_owned(),
        Stage::Deleting => "it is being uninstalled".to_owned(),
        Stage::Unseen => "helm-controller has not looked at it yet".to_owned(),
        Stage::Setup(ready) => setup(ready),
        Stage::Dependency | Stage::Source | Stage::Values(_) | Stage::Running | Stage::Action(_) | Stage::Done => {
            told.map_or_else(|| state.clone(), |told| words::first_line(&told.message))
        }
    };
    let severity = if object.suspended && severity == Severity::Good { Severity::Waiting } else { severity };
    let link = link.is(severity, state).quoting(told.map_or("", |told| told.message.as_str())).since(since);
    Branch::of(link, Some(failed))
}

/// Who suspended it and why, and what was done to it since.
fn suspension(object: &HelmRelease) -> Branch {
    let Some(kept) = object.suspension() else { return Branch::default() };
    let link = |what: String, state: String| Link::new(1, "suspended", what).is(Severity::Waiting, state);
    let why = link(format!("by {}: {}", kept.by, kept.reason), String::new()).since(Some(kept.at));
    let back = kept.rollback.map(|RolledBack { from, to }| {
        link(format!("rolled back {from} -> {to} meanwhile"), "resume upgrades straight back".to_owned())
    });
    Branch { links: std::iter::once(why).chain(back).collect(), ..Branch::default() }
}

/// A chart that is being fetched is no failure.
fn on_its_way(source: &Branch) -> bool {
    source.links.iter().all(|link| link.severity != Severity::Bad)
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
    Branch::of(link, Some(format!("live objects differ from the manifest: {text}")))
}

fn objects_of(release: &Release, object: &HelmRelease, known: Known<'_>, stage: &Stage<'_>) -> Branch {
    if object.remote {
        let link = Link::new(1, "object", "on another cluster").is(Severity::Unknown, "not looked at");
        return Branch::of(link, None);
    }
    let Stage::Action(failure) = stage else {
        let mut objects = objects::live(known, &[]);
        if matches!(stage, Stage::Running) && objects.failed.is_none() {
            objects.below(objects::hooks(known));
        }
        // What goes because the release goes is on its way.
        if !matches!(stage, Stage::Deleting) {
            objects.beside(objects::unready(known, &[]));
        }
        return objects;
    };
    let waited = objects::named(failure.why);
    // What was waited for and is broken now needs no memory, nor does what was left as it was.
    let replaced = match failure.remedied {
        Remedied::RolledBack(_) | Remedied::Uninstalled | Remedied::Running(_) => true,
        Remedied::No | Remedied::Failed(..) => false,
    };
    let live = objects::live(known, &waited);
    let hooked = failure.action == "test" || failure.why.contains("hook");
    let hooks = if hooked { objects::hooks(known) } else { Branch::default() };
    if hooks.failed.is_some() {
        return hooks;
    }
    let mut seen = if replaced { objects::remembered(known, &waited) } else { Branch::default() };
    let timed_out = !waited.is_empty() || objects::timed_out(failure.why);
    if seen.failed.is_none() && live.failed.is_none() && timed_out {
        seen = match (replaced, waited.is_empty()) {
            (true, _) => objects::gone(known, release, &waited),
            // Where nobody says for what it waited, what is not ready is what it waited for.
            (false, true) => objects::unready(known, &waited),
            (false, false) => objects::late(known, &waited),
        };
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
