//! The Kustomization that applies HelmReleases from a source.

use jiff::SignedDuration;
use serde_json::Value;

use super::{Condition, at, condition, conditions, duration, items, object_key, reference, text};
use crate::release::{ObjectKey, Problem};

/// A Kustomization, projected to what explains a release that it owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kustomization {
    /// Its namespace and name.
    pub key: ObjectKey,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// Kind of `spec.sourceRef`.
    pub source_kind: String,
    /// `spec.sourceRef`.
    pub source: Option<ObjectKey>,
    /// `spec.path`.
    pub path: Option<String>,
    /// `spec.dependsOn`.
    pub depends_on: Vec<ObjectKey>,
    /// `status.lastAppliedRevision`.
    pub applied_revision: Option<String>,
    /// `status.lastAttemptedRevision`.
    pub attempted_revision: Option<String>,
    /// `spec.interval`: how often it applies what its source holds.
    pub interval: Option<SignedDuration>,
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
}

impl Kustomization {
    /// The condition of a type, if it is there.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        condition(&self.conditions, kind)
    }

    /// Reads the object as the API server sends it.
    ///
    /// # Errors
    /// When it has no name or namespace.
    pub fn read(object: &Value) -> Result<Self, Problem> {
        let key = object_key(object)?;
        let spec = at(object, "/spec");
        let status = at(object, "/status");
        let own = |value: &Value| text(value).map(str::to_owned);
        Ok(Self {
            generation: at(object, "/metadata/generation").as_i64(),
            observed_generation: at(status, "/observedGeneration").as_i64(),
            suspended: at(spec, "/suspend").as_bool().unwrap_or(false),
            source_kind: own(at(spec, "/sourceRef/kind")).unwrap_or_default(),
            source: reference(at(spec, "/sourceRef"), &key.namespace),
            path: own(at(spec, "/path")),
            depends_on: items(at(spec, "/dependsOn")).filter_map(|item| reference(item, &key.namespace)).collect(),
            applied_revision: own(at(status, "/lastAppliedRevision")),
            attempted_revision: own(at(status, "/lastAttemptedRevision")),
            interval: duration(at(spec, "/interval")),
            conditions: conditions(status),
            key,
        })
    }
}
