//! What a HelmRelease wants of an upgrade, and what keeps Flux from beginning one.
//!
//! Sources: fluxcd/helm-controller v1.6.3 `api/v2/helmrelease_types.go`, `internal/action/{upgrade,wait}.go`,
//! `internal/controller/helmrelease_controller.go` (reconcileRelease), `internal/reconcile/atomic_release.go`.

use serde_json::Value;

use super::seen::Seen;
use super::{Check, Finding, Severity};
use crate::ownership::own::Method;
use crate::release::flux::{Condition, HelmRelease, Source};

/// What `spec.upgrade` says beyond what the list keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// `serverSideApply`, where it is not `auto`.
    pub method: Option<Method>,
    /// `force`: objects are replaced, where they are not applied server-side.
    pub replaces: bool,
    /// `disableWait`.
    pub waits_not: bool,
    /// `disableWaitForJobs`.
    pub waits_for_no_jobs: bool,
    /// `disableHooks`.
    pub runs_no_hooks: bool,
    /// `disableTakeOwnership`.
    pub takes_no_ownership: bool,
}

impl Wishes {
    /// Reads them of a HelmRelease as the API server sends it.
    #[must_use]
    pub fn read(object: &Value) -> Self {
        let upgrade = object.pointer("/spec/upgrade").unwrap_or(&Value::Null);
        let is = |name: &str| upgrade.get(name).and_then(Value::as_bool).unwrap_or(false);
        Self {
            method: match upgrade.get("serverSideApply").and_then(Value::as_str) {
                Some("enabled") => Some(Method::ServerSide),
                Some("disabled") => Some(Method::ClientSide),
                Some(_) | None => None,
            },
            replaces: is("force"),
            waits_not: is("disableWait"),
            waits_for_no_jobs: is("disableWaitForJobs"),
            runs_no_hooks: is("disableHooks"),
            takes_no_ownership: is("disableTakeOwnership"),
        }
    }
}

/// What keeps Flux from beginning an upgrade.
pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let Some(object) = &seen.release.helm_release else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(Err(problem)) = &seen.wishes {
        found.push(Finding {
            evidence: vec![problem.cause.clone()],
            ..of(
                Severity::Unknown,
                "its spec.upgrade cannot be read: how Flux would write is taken for the default",
                format!("ask for the right to get helmreleases in {}", object.key.namespace),
            )
        });
    }
    let flux = format!("helmrelease {} -n {}", object.key.name, object.key.namespace);
    if object.deleting.is_some() {
        let what = "its HelmRelease is being deleted: Flux uninstalls, and upgrades no more";
        found.push(of(Severity::Blocks, what, format!("kubectl get {flux} -o yaml names the finalizers it waits for")));
    }
    if object.suspended {
        let what = "Flux does not reconcile it: spec.suspend is true";
        found.push(of(Severity::Blocks, what, format!("flux resume {flux}")));
    }
    if object.suspended || object.deleting.is_some() {
        return found;
    }
    found.extend(stalled(object, seen.what_if.manifest.is_some(), &flux));
    found.extend(not_begun(object, &flux));
    found.extend(source(object, seen.release.helm_chart.as_deref()));
    if seen.wishes().replaces && seen.method() == Method::ClientSide {
        found.push(Finding {
            check: Check::Method,
            ..of(
                Severity::Unknown,
                "spec.upgrade.force replaces objects instead of patching them: what a replacement does was not tried",
                "set spec.upgrade.force to false, or spec.upgrade.serverSideApply to enabled",
            )
        });
    }
    found
}

fn of(severity: Severity, text: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding::of_release(severity, Check::History, text, remedy)
}

fn quoted(condition: &Condition) -> Vec<String> {
    vec![format!("{}={} {}: {}", condition.kind, condition.status, condition.reason, condition.message)]
}

/// A controller that has given up. Retries are counted anew for another chart or other values.
fn stalled(object: &HelmRelease, is_changed: bool, flux: &str) -> Option<Finding> {
    let stalled = object.condition("Stalled").filter(|stalled| stalled.is_true())?;
    let is_used_up = stalled.reason == "RetriesExceeded";
    let finding = match (is_used_up, is_changed) {
        (true, true) => of(
            Severity::Note,
            "Flux has used up its retries, and counts them anew for another chart or other values",
            "nothing needs to be done for a chart that changes",
        ),
        (true, false) => of(
            Severity::Blocks,
            "Flux has used up its retries: it tries the same chart and values no more",
            format!("flux reconcile {flux} --reset, or change the chart or the values"),
        ),
        (false, _) => of(
            Severity::Blocks,
            "Flux has given up until its spec changes or it is asked again",
            format!("mend what the condition says, then flux reconcile {flux} --reset"),
        ),
    };
    Some(Finding { evidence: quoted(stalled), ..finding })
}

/// What went wrong before Helm was asked, and would again.
fn not_begun(object: &HelmRelease, flux: &str) -> Option<Finding> {
    let ready = object.condition("Ready").filter(|ready| !ready.is_true())?;
    let (text, remedy) = match ready.reason.as_str() {
        "DependencyNotReady" => {
            ("Flux waits for what it depends on", "make the dependency of spec.dependsOn ready".to_owned())
        }
        "SourceNotReady" | "ArtifactFailed" => {
            ("Flux cannot have its chart", "mend the source that spec.chart or spec.chartRef names".to_owned())
        }
        "ValuesError" => ("its values cannot be put together", "mend what spec.valuesFrom names".to_owned()),
        "AccessDenied" => {
            ("it may not use what it names", "allow the reference, or name one in its own namespace".to_owned())
        }
        "ChartMutateError" | "RESTClientError" | "ResourceManagerError" | "FactoryError" | "StateError" => {
            ("Flux failed before it came to an upgrade", format!("mend what it says, then flux reconcile {flux}"))
        }
        _ => return None,
    };
    Some(Finding { evidence: quoted(ready), ..of(Severity::Blocks, text, remedy) })
}

/// A chart that Flux may use although its source fails: an old one.
fn source(object: &HelmRelease, chart: Option<&Source>) -> Option<Finding> {
    if object
        .condition("Ready")
        .is_some_and(|ready| matches!(ready.reason.as_str(), "SourceNotReady" | "ArtifactFailed"))
    {
        return None;
    }
    let chart = chart?;
    let failing = chart.condition("Ready").filter(|ready| ready.is_false());
    let name = format!("{} {}", chart.kind, chart.key);
    match (failing, chart.suspended, &chart.artifact_revision) {
        (Some(ready), _, None) => Some(Finding {
            evidence: quoted(ready),
            ..of(Severity::Blocks, format!("{name} has no artifact: there is no chart"), "mend its source")
        }),
        (Some(ready), _, Some(revision)) => Some(Finding {
            evidence: quoted(ready),
            ..of(
                Severity::Risk,
                format!("{name} fails: Flux goes on with the chart that it has, {revision}"),
                "mend its source, or the new chart never arrives",
            )
        }),
        (None, true, _) => Some(of(
            Severity::Risk,
            format!("{name} is suspended: a new chart never arrives"),
            "flux resume source chart",
        )),
        (None, false, _) => None,
    }
}
