//! What differs between two documents: two revisions, a revision and the live objects, two files.
//!
//! Pure; may touch `ownership`, `schema` and `release`: of the live side it must be said which fields nobody wrote, and that is
//! known where it is known who owns them. Invariants:
//!
//! - Equal documents give nothing, and what is told of two documents makes the new one of the old one.
//! - Differences are found in what the documents hold, and told of what may be seen: nothing in a [`Diff`] is secret, and
//!   hidden values that differ are told as different.
//! - What a noise rule hides is there, and counted: a rule is named with each change that it hides.

mod alike;
mod apply;
mod asked;
mod embedded;
mod equal;
mod fields;
mod lists;
mod live;
mod masked;
pub mod noise;
mod partner;
pub mod patch;
mod semantic;
mod side;
pub mod text;
pub mod whole;
pub mod yaml;

use std::sync::Arc;

use serde_json::Value;

use crate::ownership::Path;
use crate::release::ObjectId;

pub use apply::apply;
pub use asked::{Asked, End, Outcomes, Progress};
pub use live::object_changes;
pub use side::{Body, Document, Side};

/// What of a release is compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Part {
    /// The objects of the manifest.
    Manifest,
    /// Hooks, tests among them.
    Hooks,
    /// The values that the user gave.
    Values,
    /// All values as templates see them.
    Coalesced,
    /// Chart.yaml.
    Chart,
    /// Templates of the chart.
    Templates,
    /// Other files of the chart.
    Files,
    /// The rendered notes.
    Notes,
}

impl Part {
    /// As it is written in arguments and titles.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }

    /// Those that tell what a revision does; what the chart is made of is compared when asked for.
    pub const USUAL: [Self; 3] = [Self::Manifest, Self::Hooks, Self::Values];
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diff {
    /// What the old side is: `revision 1`.
    pub old: String,
    /// What the new side is: `live`.
    pub new: String,
    /// What differs: by part, in the order of the new side; what was removed stands where it was.
    pub entries: Vec<Entry>,
    /// How many documents both sides have alike.
    pub same: usize,
    /// What of a side could not be read or compared, in sentences that name the side.
    pub faults: Vec<String>,
}

/// One document that differs: an object, or what else a release holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where it belongs.
    pub part: Part,
    /// The object. Of what is no object the kind is empty, and the name is that of the file or part.
    pub id: ObjectId,
    /// What became of it.
    pub change: Change,
    /// Group and version on each side; they differ where the object moved.
    pub api_versions: (Option<Arc<str>>, Option<Arc<str>>),
    /// The template it comes from: that of the new side, else of the old one.
    pub source: Option<String>,
    /// In what it differs.
    pub told: Told,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Change {
    /// The new side alone has it.
    Added,
    /// The old side alone has it.
    Removed,
    /// Both have it.
    Changed,
}

/// In what a document differs. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// By fields.
    Fields {
        /// The old document; null where it was added. A text of it that is told by the document in it is written in one spelling.
        old: Arc<Value>,
        /// What makes the new one of it. Of a document that was added or removed, one change of the whole.
        changes: Vec<FieldChange>,
    },
    /// By lines: what is no YAML.
    Lines {
        /// The old text; empty where it was added.
        old: Arc<str>,
        /// The new one.
        new: Arc<str>,
    },
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The field. Of an item of a list without keys, an index: that of the old list, and of what is added that of the new one.
    /// So the changes of one list are applied at once, see [`apply`]. An item whose key is hidden has an index as well.
    pub path: Path,
    /// Where the field holds a document of its own, such as YAML in a ConfigMap: the field of that.
    pub inside: Option<Path>,
    /// Of an item that is added to a list: its place in the new one.
    pub place: Option<usize>,
    /// What became of it.
    pub op: Op,
    /// What it was; `None` where it was not there.
    pub old: Option<Value>,
    /// What it is.
    pub new: Option<Value>,
    /// The noise rule that hides it.
    pub hidden_by: Option<Arc<str>>,
}

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Op {
    /// It was not there.
    Add,
    /// It is not there any more.
    Remove,
    /// It has another value.
    Replace,
}

impl FieldChange {
    /// The field as one text; that of a document within a document stands behind ` > `.
    #[must_use]
    pub fn field(&self) -> String {
        match &self.inside {
            Some(inside) => format!("{} > {inside}", self.path),
            None => self.path.to_string(),
        }
    }
}

impl Entry {
    /// Its changes, those hidden by noise rules only where they are wanted.
    pub fn changes(&self, with_noise: bool) -> impl Iterator<Item = &FieldChange> {
        let changes = match &self.told {
            Told::Fields { changes, .. } => changes.as_slice(),
            Told::Lines { .. } => &[],
        };
        changes.iter().filter(move |change| with_noise || change.hidden_by.is_none())
    }

    /// Whether it is written in another version than before.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        matches!(&self.api_versions, (Some(old), Some(new)) if old != new)
    }

    /// Whether noise rules hide all of it. No rule hides that an object moved.
    #[must_use]
    pub fn is_noise(&self) -> bool {
        match &self.told {
            Told::Fields { changes, .. } => !self.is_moved() && changes.iter().all(|change| change.hidden_by.is_some()),
            Told::Lines { .. } => false,
        }
    }

    /// `Deployment storefront`, or the name of what is no object.
    #[must_use]
    pub fn title(&self) -> String {
        if self.id.kind.is_empty() { self.id.name.clone() } else { self.id.to_string() }
    }
}
