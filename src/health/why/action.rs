//! What Helm was to do: the action that failed, what followed, and how many tries there are.
//!
//! Source of the rules: helm-controller v1.6.3 `internal/reconcile/{install,upgrade,test,uninstall,atomic_release}.go`
//! (messages), `api/v2/helmrelease_types.go` (`GetActiveRemediation`, `RetriesExhausted`).

use super::branch::Branch;
use super::{Link, Severity, words};
use crate::release::flux::{ActionPolicy, Condition, HelmRelease, Remedy, Strategy};
use crate::release::payload::{ReleaseStatus, Revision};

/// How often the present configuration was tried without success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    /// `install` or `upgrade`.
    pub action: String,
    /// How often it failed.
    pub failed: i64,
    /// How often it may be tried in all; `None` is without end.
    pub allowed: Option<i64>,
}

/// An action of Helm that failed, as the conditions of its HelmRelease tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure<'a> {
    /// `install`, `upgrade`, `test`, `rollback` or `uninstall`.
    pub action: &'static str,
    /// The chart version that was to be released.
    pub version: Option<&'a str>,
    /// Why, in the words of Helm.
    pub why: &'a str,
    /// The condition that says so.
    pub condition: &'a Condition,
    /// The revision that it made, if it made one.
    pub revision: Option<Revision>,
    /// What was done about it.
    pub remedied: Remedied<'a>,
}

/// What followed a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedied<'a> {
    /// Nothing.
    No,
    /// It is under way.
    Running(Remedy),
    /// Rolled back, to the revision that stands now.
    RolledBack(Option<Revision>),
    /// Uninstalled again.
    Uninstalled,
    /// That failed too: what was tried, and the condition that says so.
    Failed(&'static str, &'a Condition),
}

impl Attempts {
    /// Whether no try is left.
    #[must_use]
    pub fn used_up(&self) -> bool {
        self.allowed.is_some_and(|allowed| self.failed >= allowed)
    }

    /// `retries used up 2/2`, `attempt 1/3 failed`, `failed 4 times`. A force tries once more when none is left, and counts:
    /// `retries used up 2/2, 1 forced try failed too`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.allowed {
            Some(allowed) if self.failed > allowed => {
                let forced = words::forced(self.failed.saturating_sub(allowed));
                format!("retries used up {allowed}/{allowed}, {forced} failed too")
            }
            Some(allowed) if self.used_up() => format!("retries used up {}/{allowed}", self.failed),
            Some(allowed) => format!("attempt {}/{allowed} failed", self.failed),
            None if self.failed == 1 => "failed once".to_owned(),
            None => format!("failed {} times", self.failed),
        }
    }
}

impl Failure<'_> {
    /// `upgrade to 1.5.0`.
    #[must_use]
    pub fn what(&self) -> String {
        match (self.action, self.version) {
            ("upgrade", Some(version)) => format!("upgrade to {version}"),
            (action, Some(version)) => format!("{action} of {version}"),
            (action, None) => action.to_owned(),
        }
    }

    /// What followed, in a few words; empty where nothing did.
    #[must_use]
    pub fn remedy(&self) -> String {
        self.remedied.words().unwrap_or_default()
    }
}

impl Remedied<'_> {
    /// What followed, in a few words; `None` where nothing did.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        Some(match self {
            Self::No => return None,
            Self::Running(Remedy::Rollback) => "being rolled back".to_owned(),
            Self::Running(Remedy::Uninstall) => "being uninstalled again".to_owned(),
            Self::RolledBack(Some(revision)) => format!("rolled back to rev {revision}"),
            Self::RolledBack(None) => "rolled back".to_owned(),
            Self::Uninstalled => "uninstalled again".to_owned(),
            Self::Failed(what, _) => format!("the {what} failed too"),
        })
    }
}

/// How often the last action failed, counted as its controller counts it against the retries. `None` where it counts
/// nothing: no failure, or one that made no revision.
#[must_use]
pub fn attempts(object: &HelmRelease) -> Option<Attempts> {
    let action = object.last_attempted_action.as_deref()?;
    let (failed, policy) = match action {
        "install" => (object.install_failures, &object.install),
        "upgrade" => (object.upgrade_failures, &object.upgrade),
        _ => return None,
    };
    (failed > 0).then(|| Attempts { action: action.to_owned(), failed, allowed: policy.attempts() })
}

/// The action that failed last, if the last one failed.
#[must_use]
pub fn failure(object: &HelmRelease) -> Option<Failure<'_>> {
    let condition = ["Released", "TestSuccess"]
        .into_iter()
        .filter(|kind| *kind != "TestSuccess" || !object.test_failures_ignored)
        .filter_map(|kind| object.condition(kind))
        .find(|condition| condition.is_false() && condition.reason.ends_with("Failed"))?;
    let action = match condition.reason.as_str() {
        "InstallFailed" => "install",
        "UpgradeFailed" => "upgrade",
        "TestFailed" => "test",
        "RollbackFailed" => "rollback",
        "UninstallFailed" => "uninstall",
        _ => "action",
    };
    let (version, why) = parts(&condition.message);
    let failed = object.history.iter().filter(|snapshot| {
        snapshot.status == ReleaseStatus::Failed || (action == "test" && snapshot.status == ReleaseStatus::Deployed)
    });
    Some(Failure {
        action,
        version,
        why,
        condition,
        revision: failed.map(|snapshot| snapshot.revision).max(),
        remedied: remedied(object),
    })
}

/// "Helm upgrade failed for release shop/web with chart web@1.5.0: why": the version and the why.
fn parts(message: &str) -> (Option<&str>, &str) {
    let split = || {
        let (_, rest) = message.split_once(" failed for release ")?;
        let (_, rest) = rest.split_once(" with chart ")?;
        let (chart, why) = rest.split_once(": ")?;
        Some((chart.rsplit_once('@').map(|(_, version)| version), why))
    };
    split().unwrap_or((None, message))
}

/// What was done about the last failure.
#[must_use]
pub fn remedied(object: &HelmRelease) -> Remedied<'_> {
    let Some(condition) = object.condition("Remediated") else {
        let running = running(object).and_then(|(action, _)| undoes(action));
        return running.map_or(Remedied::No, Remedied::Running);
    };
    match (condition.reason.as_str(), condition.is_true()) {
        ("RollbackSucceeded", _) => {
            let is_rollback = |action: Option<&str>| action.is_none_or(|action| action == "rollback");
            let newest = object.history.first().filter(|newest| is_rollback(newest.action.as_deref()));
            Remedied::RolledBack(newest.map(|newest| newest.revision))
        }
        ("UninstallSucceeded", _) => Remedied::Uninstalled,
        ("UninstallFailed", _) => Remedied::Failed("uninstall", condition),
        (_, false) => Remedied::Failed("rollback", condition),
        (_, true) => Remedied::No,
    }
}

/// The action that runs, and its timeout as written: "Running 'upgrade' action with timeout of 12s". The condition
/// stands until the next try begins: one whose action has failed since tells of nothing that runs.
#[must_use]
pub fn running(object: &HelmRelease) -> Option<(&str, &str)> {
    let reconciling = object.condition("Reconciling").filter(|condition| condition.is_true())?;
    let (action, rest) = reconciling.message.strip_prefix("Running '")?.split_once("' action with timeout of ")?;
    let failed = object.condition("Ready").is_some_and(|ready| {
        ready.is_false()
            && ready.since >= reconciling.since
            && ready.reason.eq_ignore_ascii_case(&format!("{action}Failed"))
    });
    (!failed).then(|| (action, rest.trim()))
}

/// Whether what runs undoes a failed action, and how.
fn undoes(action: &str) -> Option<Remedy> {
    match action {
        "rollback" => Some(Remedy::Rollback),
        "uninstall" => Some(Remedy::Uninstall),
        _ => None,
    }
}

/// The last action: failed, running or done.
pub(super) fn branch(object: &HelmRelease) -> Branch {
    let failure = failure(object);
    let runs = running(object).filter(|(action, _)| failure.is_none() || undoes(action).is_none());
    if let Some((action, timeout)) = runs {
        let what = match (action, object.last_attempted_revision.as_deref()) {
            ("upgrade", Some(version)) => format!("upgrade to {version}"),
            ("install", Some(version)) => format!("install of {version}"),
            (action, _) => action.to_owned(),
        };
        let since = object.condition("Reconciling").and_then(|condition| condition.since);
        let state = format!("running, each wait at most {timeout}");
        let mut branch = Branch::of(Link::new(1, "action", what).is(Severity::Waiting, state).since(since), None);
        if let Some(failure) = &failure {
            branch.below(failed(object, failure, 2));
            branch.failed = None;
        }
        return branch;
    }
    if let Some(failure) = &failure {
        return failed(object, failure, 1);
    }
    let Some(released) = object.condition("Released") else { return Branch::default() };
    let (severity, state) = match released.reason.as_str() {
        "InstallSucceeded" => (Severity::Good, "installed"),
        "UpgradeSucceeded" => (Severity::Good, "upgraded"),
        "UninstallSucceeded" => (Severity::Good, "uninstalled"),
        // helm-controller found a revision that nobody finished, and marked it as failed.
        "PendingRelease" => (Severity::Waiting, "unlocked: an action was cut off"),
        reason => (Severity::Unknown, reason),
    };
    let what = object.history.first().map_or_else(
        || "last action".to_owned(),
        |newest| match &newest.chart_version {
            Some(version) => format!("rev {} of {version}", newest.revision),
            None => format!("rev {}", newest.revision),
        },
    );
    Branch::of(Link::new(1, "action", what).is(severity, state).since(released.since), None)
}

fn failed(object: &HelmRelease, failure: &Failure<'_>, depth: usize) -> Branch {
    let revision = failure.revision.map(|revision| format!(", rev {revision}")).unwrap_or_default();
    let took = object
        .last_attempted_duration
        .filter(|_| object.last_attempted_action.as_deref() == Some(failure.action))
        .map(|duration| format!(" after {}", words::span(duration)))
        .unwrap_or_default();
    let counted = attempts(object)
        .filter(|attempts| failure.action == "test" || attempts.action == failure.action)
        .map(|attempts| format!("; {}", attempts.words()))
        .unwrap_or_default();
    let link = Link::new(depth, "action", format!("{}{revision}", failure.what()))
        .is(Severity::Bad, format!("failed{took}{counted}"))
        .quoting(&failure.condition.message)
        .since(failure.condition.since);
    let why = words::conflict(failure.why).unwrap_or_else(|| words::first_line(failure.why));
    let mut branch = Branch::of(link, Some(format!("{} failed: {why}", failure.what())));
    for test in failed_tests(object, failure) {
        let link = Link::new(depth + 1, "test", test.0.to_owned()).is(Severity::Bad, "failed").since(test.1);
        branch.below(Branch::of(link, Some(format!("test {} failed", test.0))));
    }
    let remedy = Link::new(depth + 1, "remediation", failure.remedy());
    let blame = branch.failed.take();
    match failure.remedied {
        Remedied::No => {}
        Remedied::Running(_) => branch.below(Branch::of(remedy.is(Severity::Waiting, "running"), None)),
        Remedied::RolledBack(_) | Remedied::Uninstalled => {
            let done = object.condition("Remediated");
            let remedy = remedy.is(Severity::Good, "done").since(done.and_then(|condition| condition.since));
            branch.below(Branch::of(remedy, None));
        }
        Remedied::Failed(_, condition) => {
            let remedy = remedy.is(Severity::Bad, "failed").quoting(&condition.message).since(condition.since);
            branch.below(Branch::of(remedy, None));
        }
    }
    branch.failed = blame;
    branch
}

fn failed_tests<'a>(
    object: &'a HelmRelease,
    failure: &Failure<'_>,
) -> impl Iterator<Item = (&'a str, Option<jiff::Timestamp>)> {
    let of_tests = failure.action == "test";
    let newest = object.history.first().filter(|_| of_tests);
    newest
        .into_iter()
        .flat_map(|newest| &newest.tests)
        .filter(|test| test.phase.as_deref() == Some("Failed"))
        .map(|test| (test.name.as_str(), test.completed))
}

/// How the last action is done, where a failure of it is tried again without an end.
pub(super) fn retried(object: &HelmRelease) -> Option<&ActionPolicy> {
    let policy = match object.last_attempted_action.as_deref() {
        Some("install") => &object.install,
        Some("upgrade") => &object.upgrade,
        _ => return None,
    };
    Some(policy).filter(|policy| policy.strategy == Strategy::RetryOnFailure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exceeds_the_tries_was_forced() {
        let check = |failed, allowed, expected: &str| {
            assert_eq!(Attempts { action: "upgrade".to_owned(), failed, allowed }.words(), expected);
        };
        check(1, Some(3), "attempt 1/3 failed");
        check(2, Some(2), "retries used up 2/2");
        check(3, Some(2), "retries used up 2/2, 1 forced try failed too");
        check(4, Some(2), "retries used up 2/2, 2 forced tries failed too");
        check(1, None, "failed once");
        check(4, None, "failed 4 times");
    }
}
