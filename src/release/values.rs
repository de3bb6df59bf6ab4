//! Values of a release: as the user gave them, as templates see them, and where each of them came from.
//!
//! Sources: helm v4.3.1 `pkg/chart/common/util/coalesce.go`, fluxcd/pkg `chartutil/values.go`.

use serde_json::{Map, Value};

use super::flux::ValuesReference;

/// Which layer set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "camelCase")]
pub enum Layer {
    /// The chart's own values.
    Default,
    /// An entry of the HelmRelease's valuesFrom.
    ValuesFrom,
    /// The values that stand in the HelmRelease, or that the user gave to Helm.
    Inline,
    /// It cannot be told: a source that may not be read, or that was not kept, may have set it.
    Unknown,
}

/// A value that a later layer overrode.
#[derive(Debug, Clone, PartialEq)]
pub struct Overridden {
    /// Whose it was.
    pub layer: Layer,
    /// Which source, in words: `ConfigMap shop/values, key values.yaml`.
    pub source: String,
    /// What it was, masked.
    pub value: Value,
}

/// One value and where it came from. Nothing of it is secret but what is [`Row::hidden`].
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Keys and indexes on the way: `["image", "tag"]`.
    pub path: Vec<String>,
    /// What it is, masked; maps and lists that hold something have rows of their own.
    pub value: Value,
    /// The value itself, where it is masked.
    pub hidden: Option<super::mask::Hidden>,
    /// Which layer set it.
    pub layer: Layer,
    /// Which source, in words.
    pub source: String,
    /// What it overrode, the nearest first. With a null that deletes a default, the row is [`Row::is_deleted`].
    pub overrode: Vec<Overridden>,
    /// A null of the user's takes the default away.
    pub is_deleted: bool,
}

/// What became of one entry of valuesFrom when it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The text under its key.
    Text(String),
    /// The object or the key is not there.
    Absent {
        /// The object is there, and the key is not.
        is_key: bool,
    },
    /// It cannot be read, and why.
    Unreadable(String),
}

/// One entry of valuesFrom, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// What is referred to.
    pub reference: ValuesReference,
    /// What was found.
    pub found: Found,
}

/// All that values can be made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layers {
    /// The chart's own values. Those of subcharts are not stored.
    pub defaults: Map<String, Value>,
    /// The entries of valuesFrom, in their order; empty for a native release.
    pub sources: Vec<Source>,
    /// The values that stand in the HelmRelease, or that the user gave.
    pub inline: Map<String, Value>,
}
