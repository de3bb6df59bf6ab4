//! Flux's objects as far as a release needs them: `HelmRelease` v2, and the sources it draws its chart from.
//!
//! Sources of the rules: fluxcd/helm-controller v1.6.3 `api/v2/*.go`, `docs/spec/v2/helmreleases.md`;
//! fluxcd/source-controller v1.9.1 `api/v1/*_types.go`.

use jiff::Timestamp;
use serde_json::Value;

use super::name::effective_release_name;
use super::payload::{ReleaseStatus, Revision};
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

/// A HelmRelease, projected to what is shown and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct HelmRelease {
    /// Its namespace and name.
    pub key: ObjectKey,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`.
    pub deleting: Option<Timestamp>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// `spec.kubeConfig` is set: objects and storage are on another cluster.
    pub remote: bool,
    /// The name of the Helm release: `status.history[0].name`, else by the rule of [`effective_release_name`].
    pub release_name: String,
    /// Where the objects go: `status.history[0].namespace`, else `spec.targetNamespace`, else its own.
    pub release_namespace: String,
    /// Where the revisions are stored: `status.storageNamespace`, else `spec.storageNamespace`, else its own.
    pub storage_namespace: String,
    /// Where the chart comes from; absent where the spec names neither `chart` nor `chartRef`.
    pub chart: Option<ChartOrigin>,
    /// `spec.dependsOn`.
    pub depends_on: Vec<ObjectKey>,
    /// `spec.values`, as the user wrote them.
    pub values: Value,
    /// `spec.valuesFrom` as "Kind name".
    pub values_from: Vec<String>,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
    /// `status.history`, newest first.
    pub history: Vec<Snapshot>,
    /// `status.helmChart`.
    pub helm_chart: Option<ObjectKey>,
    /// `status.lastAttemptedRevision`: the chart version that was tried last.
    pub last_attempted_revision: Option<String>,
    /// `status.failures`.
    pub failures: i64,
}

/// Where a HelmRelease takes its chart from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChartOrigin {
    /// `spec.chart`: a HelmChart is made of it.
    Template {
        /// Chart name (or path).
        chart: String,
        /// The version or range that is wanted.
        version: String,
        /// Kind of `sourceRef`.
        source_kind: String,
        /// `sourceRef`.
        source: ObjectKey,
    },
    /// `spec.chartRef`.
    Reference {
        /// Kind of the object.
        kind: String,
        /// The object.
        key: ObjectKey,
    },
}

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
    /// `lastTransitionTime`.
    pub since: Option<Timestamp>,
}

/// One entry of `status.history`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Name of the Helm release.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its revision.
    pub revision: Revision,
    /// Its status.
    pub status: ReleaseStatus,
    /// Chart name.
    pub chart_name: Option<String>,
    /// Chart version.
    pub chart_version: Option<String>,
    /// App version.
    pub app_version: Option<String>,
    /// When it was last deployed.
    pub last_deployed: Option<Timestamp>,
    /// `install`, `upgrade`, `rollback` and so on; absent once superseded.
    pub action: Option<String>,
}

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
    /// For a HelmChart: name of the source it is drawn from.
    pub source_name: Option<String>,
}

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
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
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

impl HelmRelease {
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
        let history: Vec<Snapshot> = items(at(status, "/history")).filter_map(Snapshot::read).collect();
        let newest = history.first();
        let target = text(at(spec, "/targetNamespace"));
        let release_name = newest.map_or_else(
            || effective_release_name(text(at(spec, "/releaseName")), target, &key.name),
            |snapshot| snapshot.name.clone(),
        );
        let release_namespace =
            newest.map_or_else(|| target.unwrap_or(&key.namespace).to_owned(), |snapshot| snapshot.namespace.clone());
        let storage_namespace = text(at(status, "/storageNamespace"))
            .or_else(|| text(at(spec, "/storageNamespace")))
            .unwrap_or(&key.namespace)
            .to_owned();

        Ok(Self {
            generation: at(object, "/metadata/generation").as_i64(),
            created: time(at(object, "/metadata/creationTimestamp")),
            deleting: time(at(object, "/metadata/deletionTimestamp")),
            suspended: at(spec, "/suspend").as_bool().unwrap_or(false),
            remote: at(spec, "/kubeConfig").is_object(),
            release_name,
            release_namespace,
            storage_namespace,
            chart: ChartOrigin::read(spec, &key.namespace),
            depends_on: items(at(spec, "/dependsOn")).filter_map(|item| reference(item, &key.namespace)).collect(),
            values: at(spec, "/values").clone(),
            values_from: items(at(spec, "/valuesFrom"))
                .map(|item| {
                    format!("{} {}", text(at(item, "/kind")).unwrap_or("?"), text(at(item, "/name")).unwrap_or("?"))
                })
                .collect(),
            observed_generation: at(status, "/observedGeneration").as_i64(),
            conditions: conditions(status),
            history,
            helm_chart: text(at(status, "/helmChart"))
                .and_then(|path| path.split_once('/'))
                .map(|(namespace, name)| ObjectKey::new(namespace, name)),
            last_attempted_revision: text(at(status, "/lastAttemptedRevision")).map(str::to_owned),
            failures: at(status, "/failures").as_i64().unwrap_or(0),
            key,
        })
    }
}

impl ChartOrigin {
    fn read(spec: &Value, namespace: &str) -> Option<Self> {
        let template = at(spec, "/chart/spec");
        if template.is_object() {
            return Some(Self::Template {
                chart: text(at(template, "/chart"))?.to_owned(),
                version: text(at(template, "/version")).unwrap_or("*").to_owned(),
                source_kind: text(at(template, "/sourceRef/kind")).unwrap_or_default().to_owned(),
                source: reference(at(template, "/sourceRef"), namespace)?,
            });
        }
        let chart_ref = at(spec, "/chartRef");
        Some(Self::Reference { kind: text(at(chart_ref, "/kind"))?.to_owned(), key: reference(chart_ref, namespace)? })
    }
}

impl Snapshot {
    fn read(item: &Value) -> Option<Self> {
        let own = |key: &str| text(&item[key]).map(str::to_owned);
        Some(Self {
            name: own("name")?,
            namespace: own("namespace")?,
            revision: Revision::new(u32::try_from(at(item, "/version").as_i64()?).ok()?)?,
            status: ReleaseStatus::from(text(at(item, "/status")).unwrap_or_default()),
            chart_name: own("chartName"),
            chart_version: own("chartVersion"),
            app_version: own("appVersion"),
            last_deployed: time(at(item, "/lastDeployed")),
            action: own("action"),
        })
    }
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
        })
    }
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
            conditions: conditions(status),
            key,
        })
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
