//! Which kinds have rules of their own, and the short ones of these rules.
//!
//! Source: cli-utils `status/core.go`. Kinds are told by group and kind; the version does not count.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::field::{self, Condition};
use super::{Computed, Fault, pod, workloads};

/// The kinds with rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LegacyKind {
    /// Secret, ConfigMap, CronJob: ready as soon as it is there.
    AlwaysReady,
    Service,
    Pod,
    PersistentVolumeClaim,
    StatefulSet,
    DaemonSet,
    Deployment,
    ReplicaSet,
    PodDisruptionBudget,
    Job,
    CustomResourceDefinition,
}

impl LegacyKind {
    pub(super) fn of(object: &Value) -> Option<Self> {
        let (group, kind) = group_and_kind(object);
        let key = if group.is_empty() { Cow::Borrowed(kind) } else { Cow::Owned(format!("{group}/{kind}")) };
        Some(match &*key {
            "Secret" | "ConfigMap" | "batch/CronJob" => Self::AlwaysReady,
            "Service" => Self::Service,
            "Pod" => Self::Pod,
            "PersistentVolumeClaim" => Self::PersistentVolumeClaim,
            "apps/StatefulSet" => Self::StatefulSet,
            "apps/DaemonSet" | "extensions/DaemonSet" => Self::DaemonSet,
            "apps/Deployment" | "extensions/Deployment" => Self::Deployment,
            "apps/ReplicaSet" | "extensions/ReplicaSet" => Self::ReplicaSet,
            "policy/PodDisruptionBudget" => Self::PodDisruptionBudget,
            "batch/Job" => Self::Job,
            "apiextensions.k8s.io/CustomResourceDefinition" => Self::CustomResourceDefinition,
            _ => return None,
        })
    }
}

/// Group and kind. An `apiVersion` of more than two parts has neither, as for the library.
pub(super) fn group_and_kind(object: &Value) -> (&str, &str) {
    let version = field::text_or(object, &["apiVersion"], "");
    let kind = field::text_or(object, &["kind"], "");
    match version.split_once('/') {
        None => ("", kind),
        Some((group, rest)) if !rest.contains('/') => (group, kind),
        Some(_) => ("", ""),
    }
}

/// Whether Kubernetes itself serves the group of an object. Groups of CustomResourceDefinitions end in `.k8s.io` too, so
/// the list names all; it is that of kube-apiserver 1.36.
pub(super) fn is_built_in(object: &Value) -> bool {
    let (group, _) = group_and_kind(object);
    BUILT_IN.contains(&group)
}

const BUILT_IN: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// Judges an object by the rules of its kind, after those that hold for every kind left it open.
pub(super) fn judge(
    kind: LegacyKind,
    object: &Value,
    conditions: &[Condition<'_>],
    now: Timestamp,
) -> Result<Computed, Fault> {
    Ok(match kind {
        LegacyKind::AlwaysReady => Computed::current("Resource is always ready"),
        LegacyKind::Service => service(object),
        LegacyKind::Pod => return pod::judge(object, conditions, now),
        LegacyKind::PersistentVolumeClaim => claim(object),
        LegacyKind::StatefulSet => workloads::stateful_set(object),
        LegacyKind::DaemonSet => return workloads::daemon_set(object),
        LegacyKind::Deployment => workloads::deployment(object, conditions),
        LegacyKind::ReplicaSet => workloads::replica_set(object, conditions),
        LegacyKind::PodDisruptionBudget => Computed::current("AllowedDisruptions has been computed."),
        LegacyKind::Job => job(object, conditions),
        LegacyKind::CustomResourceDefinition => definition(conditions),
    })
}

/// The external address of a load balancer is not waited for.
fn service(object: &Value) -> Computed {
    let is_balanced = field::text_or(object, &["spec", "type"], "ClusterIP") == "LoadBalancer";
    if is_balanced && field::text_or(object, &["spec", "clusterIP"], "").is_empty() {
        return Computed::in_progress("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer");
    }
    Computed::current("Service is ready")
}

fn claim(object: &Value) -> Computed {
    match field::text_or(object, &["status", "phase"], "unknown") {
        "Bound" => Computed::current("PVC is Bound"),
        phase => Computed::in_progress("NotBound", format!("PVC is not Bound. phase: {phase}")),
    }
}

/// A Job that runs is Current here; [`super::strict`] waits for its end.
fn job(object: &Value, conditions: &[Condition<'_>]) -> Computed {
    let counts = JobCounts::of(object);
    if let Some(ended) = counts.ended(conditions) {
        return ended;
    }
    if !counts.is_started {
        return Computed::in_progress("JobNotStarted", "Job not started");
    }
    Computed::current(counts.progress())
}

/// The numbers of a Job.
pub(super) struct JobCounts {
    pub(super) parallelism: i64,
    pub(super) is_started: bool,
    completions: i64,
    succeeded: i64,
    active: i64,
    failed: i64,
}

impl JobCounts {
    pub(super) fn of(object: &Value) -> Self {
        let parallelism = field::whole_or(object, &["spec", "parallelism"], 1);
        Self {
            parallelism,
            is_started: !field::text_or(object, &["status", "startTime"], "").is_empty(),
            completions: field::whole_or(object, &["spec", "completions"], parallelism),
            succeeded: field::whole_or(object, &["status", "succeeded"], 0),
            active: field::whole_or(object, &["status", "active"], 0),
            failed: field::whole_or(object, &["status", "failed"], 0),
        }
    }

    /// How a Job ended, by the first condition that says so.
    pub(super) fn ended(&self, conditions: &[Condition<'_>]) -> Option<Computed> {
        conditions.iter().find_map(|condition| {
            if condition.is("Complete", "True") {
                let message = format!("Job Completed. succeeded: {}/{}", self.succeeded, self.completions);
                return Some(Computed::current(message));
            }
            let message = || format!("Job Failed. failed: {}/{}", self.failed, self.completions);
            condition.is("Failed", "True").then(|| Computed::failed("JobFailed", message()))
        })
    }

    pub(super) fn progress(&self) -> String {
        format!("Job in progress. success:{}, active: {}, failed: {}", self.succeeded, self.active, self.failed)
    }
}

fn definition(conditions: &[Condition<'_>]) -> Computed {
    let settled = conditions.iter().find_map(|condition| {
        let is_refused = condition.is("NamesAccepted", "False")
            || (condition.is("Established", "False") && condition.reason != "Installing");
        if is_refused {
            return Some(Computed::failed(condition.reason, condition.message));
        }
        condition.is("Established", "True").then(|| Computed::current("CRD is established"))
    });
    settled.unwrap_or_else(|| Computed::in_progress("Installing", "Install in progress"))
}
