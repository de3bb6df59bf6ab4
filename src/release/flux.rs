//! Flux's objects as far as a release needs them: `HelmRelease` v2, the sources it draws its chart from, and the
//! `Kustomization` that may own it.
//!
//! Sources of the rules: fluxcd/helm-controller v1.6.3 `api/v2/*.go`, `docs/spec/v2/helmreleases.md`;
//! fluxcd/source-controller v1.9.1 `api/v1/*_types.go`; fluxcd/kustomize-controller v1.9.4 `api/v1/*_types.go`.

mod action;
mod helm_release;
mod kustomization;
mod sources;
mod suspension;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub use action::{ActionPolicy, Remedy, Strategy};
pub use helm_release::{ChartOrigin, DriftMode, HandEdit, HelmRelease, Snapshot, TestRun, ValuesReference};
pub use kustomization::Kustomization;
pub use sources::{Source, SourceKind};
pub use suspension::{RolledBack, SUSPENDED, Suspension};

use super::{ObjectKey, Problem, ProblemKind};

/// API group of `HelmRelease`.
pub const HELM_GROUP: &str = "helm.toolkit.fluxcd.io";
/// API group of `Kustomization`.
pub const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The one version of `Kustomization` that is read.
pub const KUSTOMIZE_VERSION: &str = "v1";
/// API group of the sources.
pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// The one version of `HelmRelease` that is read. Older ones are named as unsupported.
pub const HELM_VERSION: &str = "v2";
/// The one version of the sources that is read.
pub const SOURCE_VERSION: &str = "v1";

/// One condition of a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its type, e.g. `Ready`.
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Its reason.
    pub reason: String,
    /// Its message, quoted exactly wherever it is shown.
    pub message: String,
    /// `observedGeneration`: the generation that it speaks of.
    pub observed_generation: Option<i64>,
    /// `lastTransitionTime`.
    pub since: Option<Timestamp>,
}

/// The condition of a type, if it is there.
#[must_use]
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

impl Condition {
    /// Whether its status is `True`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether its status is `False`.
    #[must_use]
    pub fn is_false(&self) -> bool {
        self.status == "False"
    }
}

fn conditions(status: &Value) -> Vec<Condition> {
    items(at(status, "/conditions"))
        .filter_map(|item| {
            Some(Condition {
                kind: text(at(item, "/type"))?.to_owned(),
                status: text(at(item, "/status")).unwrap_or("Unknown").to_owned(),
                reason: text(at(item, "/reason")).unwrap_or_default().to_owned(),
                message: text(at(item, "/message")).unwrap_or_default().to_owned(),
                observed_generation: at(item, "/observedGeneration").as_i64(),
                since: time(at(item, "/lastTransitionTime")),
            })
        })
        .collect()
}

fn object_key(object: &Value) -> Result<ObjectKey, Problem> {
    let meta = at(object, "/metadata");
    match (text(at(meta, "/namespace")), text(at(meta, "/name"))) {
        (Some(namespace), Some(name)) => Ok(ObjectKey::new(namespace, name)),
        _ => Err(Problem::new(ProblemKind::Malformed, "an object without namespace or name")),
    }
}

fn reference(item: &Value, namespace: &str) -> Option<ObjectKey> {
    Some(ObjectKey::new(text(at(item, "/namespace")).unwrap_or(namespace), text(at(item, "/name"))?))
}

/// The value at a JSON pointer; null where there is none.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A non-empty string: Go leaves empty ones out or in as it pleases.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A duration as Go writes it: `5m0s`, `1h30m`, `500ms`.
fn duration(value: &Value) -> Option<SignedDuration> {
    value.as_str()?.parse().ok()
}
