//! A decoded release: the JSON as Helm stored it, and typed reads over it.
//!
//! The JSON is kept whole, so that fields of a later Helm survive being written back. A read never guesses: a field
//! that is missing, null or of the wrong type is `None`, and [`Payload::problems`] lists the malformed ones.
//!
//! Source: Helm `pkg/release/v1/{release,info,hook}.go`, `pkg/chart/v2/{chart,metadata}.go`,
//! `pkg/chart/common/file.go`, v4.3.1.

mod fields;
mod kinds;
pub mod named;
mod parts;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

pub use fields::Problem;
pub use kinds::{ApplyMethod, HelmMajor, HookPhase, ReleaseStatus, Revision};
pub use parts::{Dependency, Hook, HookRun, Maintainer, Metadata, StoredFile};

use super::manifest;
use super::mask::{Masker, Rules};
use super::object::ObjectId;
use fields::{boolean, integer, list, object, revision, text, texts, time};
pub use named::NamedObject;

/// One stored revision of a release.
#[derive(Debug, Clone)]
pub struct Payload {
    raw: Map<String, Value>,
    size: Option<Size>,
    named: OnceLock<Arc<[NamedObject]>>,
    rules: Rules,
    masker: OnceLock<Masker>,
}

/// What a revision weighs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// In the object, as [`super::codec::SECRET_DATA_LIMIT`] counts.
    pub stored: usize,
    /// As JSON.
    pub decoded: usize,
}

/// What a list shows of a revision, cheap to keep when the payload is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub name: Option<String>,
    pub namespace: Option<String>,
    pub revision: Option<Revision>,
    pub status: Option<ReleaseStatus>,
    pub description: Option<String>,
    pub chart_name: Option<String>,
    pub chart_version: Option<String>,
    pub app_version: Option<String>,
    pub apply_method: Option<ApplyMethod>,
    pub helm_major: HelmMajor,
    pub first_deployed: Option<Timestamp>,
    pub last_deployed: Option<Timestamp>,
    /// The revision that this one rolled back to; written since Helm 4.3.
    pub rollback_revision: Option<Revision>,
    pub size: Option<Size>,
    /// The objects of watched kinds that the manifest names, as [`super::manifest::watched`] finds them.
    #[serde(skip)]
    pub objects: Arc<BTreeSet<ObjectId>>,
    /// What could not be read; empty for everything that Helm writes.
    pub problems: Vec<Problem>,
}

impl Payload {
    /// A payload that has not been stored.
    pub fn new(raw: Map<String, Value>) -> Self {
        Self { raw, size: None, named: OnceLock::new(), rules: Rules::default(), masker: OnceLock::new() }
    }

    pub(super) fn stored(raw: Map<String, Value>, stored: usize, decoded: usize) -> Self {
        Self { size: Some(Size { stored, decoded }), ..Self::new(raw) }
    }

    /// The same, where the user's settings say more of what is secret.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, masker: OnceLock::new(), ..self }
    }

    /// Everything that Helm stored, in its order.
    pub fn raw(&self) -> &Map<String, Value> {
        &self.raw
    }

    /// The stored object itself, to build another revision from.
    pub fn into_raw(self) -> Map<String, Value> {
        self.raw
    }

    /// What it weighed when it was read; `None` if it was not read from an object.
    pub fn size(&self) -> Option<Size> {
        self.size
    }

    /// Fields that are missing although Helm always writes them, or are not of the type that Helm writes.
    pub fn problems(&self) -> Vec<Problem> {
        fields::problems(&self.raw)
    }

    pub fn name(&self) -> Option<&str> {
        text(self.raw.get("name"))
    }

    /// The release namespace. Where the revision is stored may be another one.
    pub fn namespace(&self) -> Option<&str> {
        text(self.raw.get("namespace"))
    }

    pub fn revision(&self) -> Option<Revision> {
        revision(self.raw.get("version"))
    }

    /// How the objects were applied. Helm reads an absent method as client-side.
    pub fn apply_method(&self) -> Option<ApplyMethod> {
        text(self.raw.get("apply_method")).and_then(ApplyMethod::parse)
    }

    /// Which Helm made this revision. Helm 4 keeps the field absent when it only rewrites a revision of Helm 3.
    pub fn helm_major(&self) -> HelmMajor {
        match text(self.raw.get("apply_method")) {
            Some(_) => HelmMajor::Four,
            None => HelmMajor::Three,
        }
    }

    pub fn status(&self) -> Option<ReleaseStatus> {
        text(self.info("status")).map(ReleaseStatus::from)
    }

    /// When revision 1 was installed.
    pub fn first_deployed(&self) -> Option<Timestamp> {
        time(self.info("first_deployed"))
    }

    /// When this revision was made.
    pub fn last_deployed(&self) -> Option<Timestamp> {
        time(self.info("last_deployed"))
    }

    /// When it was uninstalled with its history kept.
    pub fn deleted(&self) -> Option<Timestamp> {
        time(self.info("deleted"))
    }

    pub fn description(&self) -> Option<&str> {
        text(self.info("description"))
    }

    /// The rendered NOTES.txt.
    pub fn notes(&self) -> Option<&str> {
        text(self.info("notes"))
    }

    /// The revision that this one rolled back to; written since Helm 4.3.
    pub fn rollback_revision(&self) -> Option<Revision> {
        revision(self.info("rollback_revision"))
    }

    /// The rendered objects without hooks and `crds/`, as one text of YAML documents.
    pub fn manifest(&self) -> Option<&str> {
        text(self.raw.get("manifest"))
    }

    /// The values that the user gave.
    pub fn config(&self) -> Option<&Map<String, Value>> {
        object(self.raw.get("config"))
    }

    /// The chart's own values. Those of its subcharts are not stored.
    pub fn chart_values(&self) -> Option<&Map<String, Value>> {
        object(self.chart("values"))
    }

    pub fn metadata(&self) -> Option<Metadata<'_>> {
        object(self.chart("metadata")).map(Metadata::read)
    }

    /// The chart's templates, subcharts not included.
    pub fn templates(&self) -> Vec<StoredFile<'_>> {
        parts::files(self.chart("templates"))
    }

    /// The chart's other files, such as README.md and `crds/`.
    pub fn files(&self) -> Vec<StoredFile<'_>> {
        parts::files(self.chart("files"))
    }

    /// Hooks, in the order stored. Entries that are no objects are left out and are among the problems.
    pub fn hooks(&self) -> Vec<Hook<'_>> {
        list(self.raw.get("hooks")).iter().filter_map(|hook| object(Some(hook))).map(Hook::read).collect()
    }

    /// The objects that the manifest names. Read once; a large manifest takes long, so whoever decodes the payload asks for
    /// it there, off the event loop.
    pub fn named_objects(&self) -> &[NamedObject] {
        self.named.get_or_init(|| named::read(self.manifest().unwrap_or_default()).into())
    }

    /// What hides the secrets of this revision, wherever they stand. Made once; for a large payload this takes long, so whoever
    /// shows something of it asks off the event loop.
    pub fn masker(&self) -> &Masker {
        self.masker.get_or_init(|| Masker::of(self, &self.rules))
    }

    fn watched(&self) -> BTreeSet<ObjectId> {
        let namespace = self.namespace().unwrap_or_default();
        match self.named.get() {
            Some(named) => named::watched(named, namespace),
            None => manifest::watched(self.manifest().unwrap_or_default(), namespace),
        }
    }

    pub fn summary(&self) -> Summary {
        let metadata = self.metadata();
        let of_chart = |read: fn(&Metadata) -> Option<String>| metadata.as_ref().and_then(read);
        Summary {
            name: self.name().map(str::to_owned),
            namespace: self.namespace().map(str::to_owned),
            revision: self.revision(),
            status: self.status(),
            description: self.description().map(str::to_owned),
            chart_name: of_chart(|chart| chart.name.map(str::to_owned)),
            chart_version: of_chart(|chart| chart.version.map(str::to_owned)),
            app_version: of_chart(|chart| chart.app_version.map(str::to_owned)),
            apply_method: self.apply_method(),
            helm_major: self.helm_major(),
            first_deployed: self.first_deployed(),
            last_deployed: self.last_deployed(),
            rollback_revision: self.rollback_revision(),
            size: self.size,
            objects: Arc::new(self.watched()),
            problems: self.problems(),
        }
    }

    fn info(&self, key: &str) -> Option<&Value> {
        object(self.raw.get("info"))?.get(key)
    }

    fn chart(&self, key: &str) -> Option<&Value> {
        object(self.raw.get("chart"))?.get(key)
    }
}

/// The name of a JSON type as a sentence wants it.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
