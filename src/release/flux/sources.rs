//! The sources of charts.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Condition, at, condition, conditions, duration, object_key, text, time};
use crate::release::{ObjectKey, Problem};

/// The kinds of source that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumIter)]
pub enum SourceKind {
    /// `HelmChart`.
    HelmChart,
    /// `HelmRepository`.
    HelmRepository,
    /// `OCIRepository`.
    #[strum(to_string = "OCIRepository")]
    OciRepository,
    /// `GitRepository`.
    GitRepository,
    /// `Bucket`.
    Bucket,
    /// `ExternalArtifact`.
    ExternalArtifact,
}

impl SourceKind {
    /// The resource's plural name.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::HelmChart => "helmcharts",
            Self::HelmRepository => "helmrepositories",
            Self::OciRepository => "ocirepositories",
            Self::GitRepository => "gitrepositories",
            Self::Bucket => "buckets",
            Self::ExternalArtifact => "externalartifacts",
        }
    }

    /// The kind of this name, if it is one of these.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        use strum::IntoEnumIterator;
        Self::iter().find(|kind| kind.to_string() == name)
    }
}

/// A chart or repository object of Flux.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its kind.
    pub kind: SourceKind,
    /// Its namespace and name.
    pub key: ObjectKey,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// `status.artifact.revision`.
    pub artifact_revision: Option<String>,
    /// `status.conditions`. A `HelmRepository` of type oci has none and is well.
    pub conditions: Vec<Condition>,
    /// For a HelmChart: the chart's name.
    pub chart: Option<String>,
    /// For a HelmChart: the version that is wanted.
    pub version: Option<String>,
    /// For a HelmChart: name of the source it is drawn from, in its own namespace.
    pub source_name: Option<String>,
    /// For a HelmChart: kind of that source.
    pub source_kind: Option<SourceKind>,
    /// `spec.url`, and of a Bucket the endpoint: where it is fetched from.
    pub url: Option<String>,
    /// A HelmRepository of type oci: nothing is fetched for it, so it reports nothing and is well.
    pub is_static: bool,
    /// `spec.interval` as written: how often it is looked for something new.
    pub interval: Option<SignedDuration>,
    /// `status.artifact.lastUpdateTime`.
    pub artifact_updated: Option<Timestamp>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
}

impl Source {
    /// The condition of a type, if it is there.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        condition(&self.conditions, kind)
    }

    /// Reads the object as the API server sends it.
    ///
    /// # Errors
    /// When it has no name or namespace.
    pub fn read(kind: SourceKind, object: &Value) -> Result<Self, Problem> {
        let spec = at(object, "/spec");
        let status = at(object, "/status");
        Ok(Self {
            kind,
            key: object_key(object)?,
            generation: at(object, "/metadata/generation").as_i64(),
            observed_generation: at(status, "/observedGeneration").as_i64(),
            suspended: at(spec, "/suspend").as_bool().unwrap_or(false),
            artifact_revision: text(at(status, "/artifact/revision")).map(str::to_owned),
            conditions: conditions(status),
            chart: text(at(spec, "/chart")).map(str::to_owned),
            version: text(at(spec, "/version")).map(str::to_owned),
            source_name: text(at(spec, "/sourceRef/name")).map(str::to_owned),
            source_kind: text(at(spec, "/sourceRef/kind")).and_then(SourceKind::of),
            url: text(at(spec, "/url")).or_else(|| text(at(spec, "/endpoint"))).map(str::to_owned),
            is_static: kind == SourceKind::HelmRepository && text(at(spec, "/type")) == Some("oci"),
            interval: duration(at(spec, "/interval")),
            artifact_updated: time(at(status, "/artifact/lastUpdateTime")),
            created: time(at(object, "/metadata/creationTimestamp")),
        })
    }
}
