//! Whether helm-controller does anything at all.

use jiff::{SignedDuration, Timestamp};

use super::branch::Branch;
use super::{Known, Link, Severity, action, words};
use crate::release::Controller;
use crate::release::flux::{Condition, HelmRelease};

/// The controller whose silence is told of.
const HELM_CONTROLLER: &str = "helm-controller";

/// How long a controller may say nothing: it looks at a change within a second, unless it is busy.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// Since when helm-controller owes an answer to a change of the spec or a token, if it is silent: for 60 s it has taken
/// neither note of the generation nor written anything after a token, and no action of it may still be running.
#[must_use]
pub fn silent(object: &HelmRelease, now: Timestamp) -> Option<Timestamp> {
    silent_from(object).filter(|from| *from <= now).and_then(|_| owed_since(object))
}

/// When [`silent`] begins to say so if nothing is heard until then; it may be past.
#[must_use]
pub fn silent_from(object: &HelmRelease) -> Option<Timestamp> {
    let late = owed_since(object)?.checked_add(PATIENCE).ok()?;
    let reconciling = object.condition("Reconciling").filter(|condition| condition.is_true());
    let busy = reconciling.and_then(|condition| condition.since?.checked_add(timeout(object)).ok());
    Some(busy.map_or(late, |busy| busy.max(late)))
}

/// The controller whose Deployments would tell more: that of a release where nothing happens.
#[must_use]
pub fn asks_for(object: &HelmRelease, now: Timestamp) -> Option<&'static str> {
    let waits = silent(object, now).or(overdue(object, now)).or(late_retry(object, now));
    waits.map(|_| HELM_CONTROLLER)
}

/// When the next try was due that has not begun, for so long that a busy controller alone does not explain it. Only
/// RetryOnFailure says when a try is due: so long after the failure. What is under way has its timeout.
pub(super) fn late_retry(object: &HelmRelease, now: Timestamp) -> Option<Timestamp> {
    let stalled = object.condition("Stalled").is_some_and(Condition::is_true);
    if object.suspended || stalled || object.deleting.is_some() || action::running(object).is_some() {
        return None;
    }
    let policy = action::retried(object)?;
    action::failure(object)?;
    let reconciling = object.condition("Reconciling").filter(|condition| condition.is_true());
    let told = reconciling.or_else(|| object.condition("Ready"))?.since?;
    let waits = reconciling.is_none_or(|condition| condition.reason == RETRY);
    // What was written after the failure may be a look at it: counted from there nothing is claimed too soon.
    let from = object.status_written.map_or(told, |written| written.max(told));
    let due = from.checked_add(if waits { policy.retry_interval } else { timeout(object) }).ok()?;
    due.checked_add(PATIENCE).is_ok_and(|late| late <= now).then_some(due)
}

/// The reason of Reconciling while the next try is waited for. Source: helm-controller v1.6.3
/// `internal/reconcile/atomic_release.go` ("retrying after 10s").
const RETRY: &str = "ProgressingWithRetry";

/// How the Deployments of the controller are doing, in words.
#[must_use]
pub fn deployments(controllers: &[Controller]) -> String {
    if controllers.is_empty() {
        return "no Deployment of this name is in the cluster".to_owned();
    }
    let states = controllers.iter().map(|one| match one.replicas {
        0 => format!("Deployment {} is scaled to 0", one.key),
        replicas => format!("Deployment {} has {}/{replicas} Pods ready", one.key, one.ready),
    });
    states.collect::<Vec<String>>().join(", ")
}

/// Since when an action runs that should have ended: its controller may have been stopped in the midst of it.
pub(super) fn overdue(object: &HelmRelease, now: Timestamp) -> Option<Timestamp> {
    action::running(object)?;
    let since = object.condition("Reconciling")?.since?;
    let end = since.checked_add(timeout(object)).ok()?.checked_add(PATIENCE).ok()?;
    (end < now).then_some(since)
}

/// The same, where somebody asked.
pub(super) fn deployments_asked(known: Known<'_>) -> Option<String> {
    known.controllers?.as_deref().ok().map(deployments)
}

/// Silent or overdue, with the state of the controller's Deployments.
pub(super) fn branch(known: Known<'_>, object: &HelmRelease) -> Branch {
    let (since, state) = match (silent(object, known.now), overdue(object, known.now)) {
        (Some(since), _) if !reached(object) => {
            let generation = object.generation.map(|generation| format!("generation {generation}")).unwrap_or_default();
            (since, format!("silent: {generation} not seen"))
        }
        (Some(since), _) => (since, "silent: a request was not seen".to_owned()),
        (None, Some(since)) => (since, "an action runs for longer than its timeout".to_owned()),
        (None, None) => return Branch::default(),
    };
    let mut link = Link::new(1, "controller", HELM_CONTROLLER).is(Severity::Bad, state).since(Some(since));
    if let Some(Err(problem)) = known.controllers {
        link = link.quoting(&problem.to_string());
    }
    let found = deployments_asked(known).map(|states| format!(": {states}")).unwrap_or_default();
    let text = format!("{HELM_CONTROLLER} has not reacted for {}{found}", words::ago(since, known.now));
    link.evidence.extend(found.strip_prefix(": ").map(str::to_owned));
    Branch::of(link, Some(text))
}

/// Whether anything of the status speaks of the generation.
fn reached(object: &HelmRelease) -> bool {
    object.generation.is_none()
        || object.observed_generation == object.generation
        || object.conditions.iter().any(|condition| condition.observed_generation == object.generation)
}

fn owed_since(object: &HelmRelease) -> Option<Timestamp> {
    if !reached(object) {
        // Nobody writes a spec of generation 1 but whoever made the object.
        return object.spec_written.or_else(|| object.created.filter(|_| object.generation == Some(1)));
    }
    let asked =
        object.requested_at.as_deref().filter(|token| Some(*token) != object.last_handled_reconcile_at.as_deref())?;
    let asked_at = asked.parse().ok().or(object.spec_written)?;
    let written = object.conditions.iter().filter_map(|condition| condition.since).chain(object.status_written).max();
    // Times of the status are whole seconds: one in the second of the token may be its answer.
    let answered = written.is_some_and(|written| written.as_second() >= asked_at.as_second());
    (!answered).then_some(asked_at)
}

/// How long what runs may run: the timeout that the condition names, else the longest.
fn timeout(object: &HelmRelease) -> SignedDuration {
    let named = action::running(object).and_then(|(_, timeout)| timeout.parse().ok());
    let longest = [
        object.install.timeout,
        object.upgrade.timeout,
        object.rollback_timeout,
        object.uninstall_timeout,
        object.test_timeout,
    ];
    named.or_else(|| longest.into_iter().max()).unwrap_or(PATIENCE)
}
