//! The verdict of a Flux release, from the conditions of its HelmRelease and HelmChart.
//!
//! Sources of the rules: helm-controller v1.6.3 `api/v2/condition_types.go`, `internal/reconcile/*.go`;
//! source-controller v1.9.1 `api/v1/condition_types.go`. Observed on a real cluster: at every upgrade Ready=False with
//! reason `SourceNotReady` stands for about 100 ms, until the new HelmChart is fetched. It is no failure; one whose
//! HelmChart says that it cannot be fetched is.

use jiff::{SignedDuration, Timestamp};

use super::by_objects::waited;
use super::native::unfinished;
use super::verdict::{Cause, Said, Verdict};
use super::why::{self, Failure};
use crate::release::flux::{Condition, HelmRelease, Source};
use crate::release::{Catalog, Evidence, Release};

/// How long a deletion may take: the default timeout of an uninstall.
const DELETION: SignedDuration = SignedDuration::from_mins(5);
/// How long the finalizer may hold an object while its controller does not say that it works on it.
const HELD: SignedDuration = SignedDuration::from_secs(60);

const NOT_RECONCILED: &str = "Flux does not reconcile it";

pub(super) fn judge(release: &Release, object: &HelmRelease, catalog: &Catalog, now: Timestamp) -> Said {
    if let Some(since) = object.deleting {
        return deleting(object, since, now);
    }
    let said = match (by_conditions(release, object), cut_off(release, object, catalog, now)) {
        (said, Some(pending)) if pending.verdict < said.verdict => pending,
        (said, _) => said,
    };
    if object.suspended && said.verdict > Verdict::Suspended {
        let cause = said.cause.or_else(|| Some(Cause::of(suspended(object))));
        return Said { verdict: Verdict::Suspended, cause, ..said };
    }
    said
}

/// Why it is suspended, as far as that was kept.
fn suspended(object: &HelmRelease) -> String {
    match object.suspension() {
        Some(kept) => format!("suspended by {}: {}", kept.by, kept.reason),
        None => NOT_RECONCILED.to_owned(),
    }
}

fn deleting(object: &HelmRelease, since: Timestamp, now: Timestamp) -> Said {
    let failure = object.condition("Released").filter(|released| released.reason == "UninstallFailed");
    let text = match failure {
        Some(failed) => format!("being deleted: {}", failed.message),
        None if object.suspended => "being deleted; suspended, so nothing will be uninstalled".to_owned(),
        None => "being deleted: uninstalling".to_owned(),
    };
    let limit = if reconciles(object) { DELETION } else { HELD };
    let turn = since.checked_add(limit).ok();
    let stuck = failure.is_some() || turn.is_none_or(|turn| turn <= now);
    let verdict = if stuck { Verdict::Deleting } else { Verdict::Progressing };
    Said { turn: turn.filter(|_| !stuck), ..Said::because(verdict, Cause::since(text, Some(since))) }
}

/// What Helm stored, where helm-controller does not say that it is at work: another client may have begun it.
fn cut_off(release: &Release, object: &HelmRelease, catalog: &Catalog, now: Timestamp) -> Option<Said> {
    let status = release.status.as_ref().filter(|status| status.is_pending())?;
    let stored = release.evidence == Evidence::Storage && !reconciles(object);
    // The row itself has changed whenever a condition has.
    let written = catalog.revisions(&release.id).next().and_then(|latest| latest.changed);
    stored.then(|| unfinished(status, written, now))
}

fn reconciles(object: &HelmRelease) -> bool {
    object.condition("Reconciling").is_some_and(Condition::is_true)
}

fn by_conditions(release: &Release, object: &HelmRelease) -> Said {
    let condition = |kind| object.condition(kind);
    if let Some(stalled) = condition("Stalled").filter(|stalled| stalled.is_true()) {
        return given_up(object, stalled);
    }
    let Some(ready) = condition("Ready") else {
        return if object.conditions.is_empty() {
            Said::because(Verdict::Unknown, Cause::of("helm-controller has written no condition yet"))
        } else {
            Said::because(Verdict::Progressing, reconciling(object))
        };
    };
    if ready.is_true() {
        return ready_true(object);
    }
    // What is said of an older generation is not the result of the action that is under way.
    let older = ready.observed_generation.zip(object.generation).is_some_and(|(said, is)| said < is);
    if !ready.is_false() || (older && reconciles(object)) {
        return Said::because(Verdict::Progressing, reconciling(object));
    }
    match ready.reason.as_str() {
        "DependencyNotReady" => Said::because(Verdict::Blocked, Cause::of(dependency(&ready.message))),
        "SourceNotReady" => source_not_ready(release, ready),
        _ => {
            let failed = why::failure(object);
            let text = failed.as_ref().map_or_else(|| ready.message.clone(), action_failure);
            Said {
                then: aftermath(object),
                by_objects: waited(&failed.map_or(ready, |failed| failed.condition).message),
                left: why::remedied(object).words().is_none(),
                ..Said::because(Verdict::Failed, Cause::of(text))
            }
        }
    }
}

fn given_up(object: &HelmRelease, stalled: &Condition) -> Said {
    let failed = why::failure(object);
    let counted = stalled.reason == "RetriesExceeded" && retries(object).is_some();
    let text = match &failed {
        // How many attempts there were is said with the retries.
        Some(action) if counted => action_failure(action),
        Some(action) => format!("{}; {}", action_failure(action), stalled.message),
        None => stalled.message.clone(),
    };
    Said {
        then: aftermath(object),
        // Without a word of the action, its objects are the only ones who may know.
        by_objects: failed.is_none_or(|action| waited(&action.condition.message)),
        left: why::remedied(object).words().is_none(),
        ..Said::because(Verdict::Stalled, Cause::of(text))
    }
}

/// What followed a failed action: how it was remediated, and how many tries there were.
fn aftermath(object: &HelmRelease) -> Option<String> {
    let said: Vec<String> = [why::remedied(object).words(), retries(object)].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// How many tries there were of those that there may be. `None` where there is no end to them, or only one.
fn retries(object: &HelmRelease) -> Option<String> {
    let counted = why::attempts(object).filter(|attempts| attempts.allowed.is_some_and(|allowed| allowed > 1))?;
    Some(counted.words())
}

/// It is a failure where the source says so, or says nothing that would pass: a chart that is being fetched is on its way.
fn source_not_ready(release: &Release, ready: &Condition) -> Said {
    let chart = release.helm_chart.as_deref();
    if chart.is_none_or(|chart| !fetches(chart))
        && let Some(text) = chart.and_then(chart_failure)
    {
        return Said::because(Verdict::Failed, Cause::of(text));
    }
    if ready.message.ends_with(UNOBSERVED) || chart.is_some_and(fetches) {
        return Said::because(Verdict::Progressing, Cause::since(ready.message.clone(), ready.since));
    }
    Said::because(Verdict::Failed, Cause::of(ready.message.clone()))
}

/// What helm-controller says of a source that source-controller has not looked at since it was changed.
/// Source: helm-controller v1.6.3 `internal/controller/helmrelease_controller.go` (`isReady`).
const UNOBSERVED: &str = "latest generation of object has not been reconciled";

fn ready_true(object: &HelmRelease) -> Said {
    if let (Some(generation), Some(observed)) = (object.generation, object.observed_generation)
        && observed >= 0
        && generation != observed
        && !object.suspended
    {
        let text = format!("generation {generation} of the spec is not reconciled yet (last: {observed})");
        return Said::because(Verdict::Progressing, Cause::of(text));
    }
    match object.condition("Drifted").filter(|drifted| drifted.is_true()) {
        Some(drifted) => Said::because(Verdict::Drifted, Cause::of(drift(&drifted.message))),
        None => Said::plain(Verdict::Healthy),
    }
}

/// "Helm upgrade failed for release shop/web with chart web@1.5.0: why" says release and chart once more: the row has
/// the one, so "upgrade to 1.5.0 failed: why" leaves room for the why. Any other message stays as it is.
fn action_failure(failed: &Failure<'_>) -> String {
    match failed.version {
        Some(_) => format!("{} failed: {}", failed.what(), failed.why),
        None => failed.condition.message.clone(),
    }
}

/// The first line says that release such-and-such has drifted; the lines after it say which objects, and how.
fn drift(message: &str) -> String {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default();
    let objects: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    if objects.is_empty() { first.to_owned() } else { objects.join(", ") }
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

/// Whether source-controller has still to look at the HelmChart as it is now.
fn fetches(chart: &Source) -> bool {
    chart.generation != chart.observed_generation || chart.conditions.is_empty()
}
