//! The verdict of a Flux release, from the conditions of its HelmRelease and HelmChart.
//!
//! Sources of the rules: helm-controller v1.6.3 `api/v2/condition_types.go`, `internal/reconcile/*.go`;
//! source-controller v1.9.1 `api/v1/condition_types.go`. Observed on a real cluster: at every upgrade Ready=False with
//! reason `SourceNotReady` stands for about 100 ms, until the new HelmChart is fetched. It is no failure; one whose
//! HelmChart says that it cannot be fetched is.

use super::{Cause, Judgement, Verdict};
use crate::release::Release;
use crate::release::flux::{Condition, HelmRelease, Source};

pub(super) fn judge(release: &Release, object: &HelmRelease) -> Judgement {
    if object.deleting.is_some() {
        let text = if object.suspended {
            "being deleted; suspended, so nothing will be uninstalled"
        } else {
            "being deleted: uninstalling"
        };
        return Judgement::because(Verdict::Deleting, Cause::since(text, object.deleting));
    }
    let by_conditions = by_conditions(release, object);
    if object.suspended && by_conditions.verdict > Verdict::Suspended {
        return Judgement::because(
            Verdict::Suspended,
            by_conditions.cause.unwrap_or_else(|| Cause::of("Flux does not reconcile it")),
        );
    }
    if object.remote && by_conditions.cause.is_none() {
        return Judgement { cause: Some(Cause::of("on another cluster")), ..by_conditions };
    }
    by_conditions
}

fn by_conditions(release: &Release, object: &HelmRelease) -> Judgement {
    let condition = |kind| object.condition(kind);
    if let Some(stalled) = condition("Stalled").filter(|stalled| stalled.is_true()) {
        let text = match failed_action(object) {
            Some(action) => format!("{}; {}", action_failure(action), stalled.message),
            None => stalled.message.clone(),
        };
        return Judgement::because(Verdict::Stalled, Cause::of(text));
    }
    let Some(ready) = condition("Ready") else {
        return if object.conditions.is_empty() {
            Judgement::because(Verdict::Unknown, Cause::of("helm-controller has written no condition yet"))
        } else {
            Judgement::because(Verdict::Progressing, reconciling(object))
        };
    };
    if ready.is_true() {
        return ready_true(object);
    }
    if !ready.is_false() {
        return Judgement::because(Verdict::Progressing, reconciling(object));
    }
    match ready.reason.as_str() {
        "DependencyNotReady" => Judgement::because(Verdict::Blocked, Cause::of(dependency(&ready.message))),
        "SourceNotReady" => match release.helm_chart.as_deref().and_then(chart_failure) {
            Some(text) => Judgement::because(Verdict::Failed, Cause::of(text)),
            None if object.condition("Reconciling").is_some_and(Condition::is_true) && chart_on_its_way(release) => {
                Judgement::because(Verdict::Progressing, Cause::of(ready.message.clone()))
            }
            None => Judgement::because(Verdict::Failed, Cause::of(ready.message.clone())),
        },
        _ => {
            let text = failed_action(object).map_or_else(|| ready.message.clone(), action_failure);
            let remedied =
                ready.reason.starts_with("RollbackSucceeded") || ready.reason.starts_with("UninstallSucceeded");
            let text = if remedied { format!("{text} ({})", remedy(ready)) } else { text };
            Judgement::because(Verdict::Failed, Cause::of(text))
        }
    }
}

fn ready_true(object: &HelmRelease) -> Judgement {
    if let (Some(generation), Some(observed)) = (object.generation, object.observed_generation)
        && observed >= 0
        && generation != observed
        && !object.suspended
    {
        let text = format!("generation {generation} of the spec is not reconciled yet (last: {observed})");
        return Judgement::because(Verdict::Progressing, Cause::of(text));
    }
    match object.condition("Drifted").filter(|drifted| drifted.is_true()) {
        Some(drifted) => Judgement::because(Verdict::Drifted, Cause::of(drift(&drifted.message))),
        None => Judgement::plain(Verdict::Deployed),
    }
}

/// The condition that tells of the last action of Helm, if that action failed.
fn failed_action(object: &HelmRelease) -> Option<&Condition> {
    ["Released", "TestSuccess"]
        .into_iter()
        .filter_map(|kind| object.condition(kind))
        .find(|condition| condition.is_false() && condition.reason.ends_with("Failed"))
}

/// "Helm upgrade failed for release shop/web with chart web@1.5.0: why" says release and chart once more: the row has
/// the one, so "upgrade to 1.5.0 failed: why" leaves room for the why. Any other message stays as it is.
fn action_failure(condition: &Condition) -> String {
    let message = &condition.message;
    let shortened = || {
        let rest = message.strip_prefix("Helm ")?;
        let (action, rest) = rest.split_once(" failed for release ")?;
        let (_, rest) = rest.split_once(" with chart ")?;
        let (chart, why) = rest.split_once(": ")?;
        let (_, version) = chart.rsplit_once('@')?;
        Some(format!("{action} to {version} failed: {why}"))
    };
    shortened().unwrap_or_else(|| message.clone())
}

/// The first line says that release such-and-such has drifted; the lines after it say which objects, and how.
fn drift(message: &str) -> String {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default();
    let objects: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    if objects.is_empty() { first.to_owned() } else { objects.join(", ") }
}

fn remedy(ready: &Condition) -> &'static str {
    if ready.reason.starts_with("Rollback") { "rolled back" } else { "uninstalled again" }
}

fn dependency(message: &str) -> String {
    let named = message.strip_prefix("dependency '").and_then(|rest| rest.strip_suffix("' is not ready"));
    named.map_or_else(|| message.to_owned(), |name| format!("waits for {name}, which is not ready"))
}

fn reconciling(object: &HelmRelease) -> Cause {
    let condition = object
        .condition("Reconciling")
        .filter(|reconciling| reconciling.is_true())
        .or_else(|| object.condition("Ready"));
    condition.map_or_else(|| Cause::of("reconciling"), |c| Cause::since(c.message.clone(), c.since))
}

fn chart_failure(chart: &Source) -> Option<String> {
    ["Stalled", "FetchFailed", "BuildFailed"]
        .into_iter()
        .filter_map(|kind| chart.condition(kind))
        .find(|condition| condition.is_true())
        .or_else(|| chart.condition("Ready").filter(|ready| ready.is_false()))
        .map(|condition| {
            let message = condition.message.strip_prefix(NOT_IN_INDEX).unwrap_or(&condition.message);
            let source = chart.source_name.as_deref().map(|name| format!(" (source {name})")).unwrap_or_default();
            format!("{message}{source}")
        })
}

/// What source-controller puts before the error of Helm's index when a version is not in it: the row has no room for it.
const NOT_IN_INDEX: &str = "invalid chart reference: failed to get chart version for remote reference: ";

/// Whether the HelmChart may still become ready by itself: it exists, or is so new that it was not seen yet.
fn chart_on_its_way(release: &Release) -> bool {
    release
        .helm_chart
        .as_ref()
        .is_none_or(|chart| chart.generation != chart.observed_generation || chart.conditions.is_empty())
}
