//! Values of a release: as the user gave them, as templates see them, and where each of them came from.
//!
//! Sources: helm v4.3.1 `pkg/chart/common/util/coalesce.go`, fluxcd/pkg `chartutil/values.go`. `tests/oracle/values` holds
//! [`coalesce`] and [`merged`] to them.

mod coalesce;
mod merge;
mod rows;
mod set_path;
mod tree;

use serde_json::{Map, Value};

use super::ObjectKey;
use super::flux::{HelmRelease, ValuesReference};
use super::mask::Masker;
use super::payload::{HelmMajor, Payload, Revision};

pub use coalesce::{coalesce, coalesce_as, subchart_keys};
pub use merge::{ValuesError, ValuesFault, merged};
pub use rows::{given, rows, seen, told};

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
    /// Keys on the way, and indexes in brackets: `["hosts", "[0]", "name"]`. Lists are one value, unless a targetPath wrote
    /// into one.
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
#[derive(Clone, PartialEq)]
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

/// The text may be a Secret's.
impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Absent { is_key } => write!(f, "Absent {{ is_key: {is_key} }}"),
            Self::Unreadable(why) => write!(f, "Unreadable({why:?})"),
        }
    }
}

/// One entry of valuesFrom, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// What is referred to.
    pub reference: ValuesReference,
    /// What was found.
    pub found: Found,
}

/// What a revision was given, as Helm stored it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Which revision.
    pub revision: Revision,
    /// Nothing was released after it.
    pub is_latest: bool,
    /// Whose rules the templates saw the values by.
    pub helm: HelmMajor,
    /// The values that the user, or Flux, gave.
    pub config: Map<String, Value>,
}

/// All that values can be made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layers {
    /// The chart's own values. What they hold of subcharts: [`subchart_keys`].
    pub defaults: Map<String, Value>,
    /// The entries of valuesFrom, in their order; empty for a native release.
    pub sources: Vec<Source>,
    /// The values that stand in the HelmRelease, or that the user gave.
    pub inline: Map<String, Value>,
    /// Name and version of the chart: `storefront 1.4.0`. Empty where it is not known.
    pub chart: String,
    /// The HelmRelease whose values these are; `None` for a native release.
    pub helm_release: Option<ObjectKey>,
    /// The revision that is looked at; `None` where none is stored.
    pub stored: Option<Stored>,
}

/// What is told of values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// The values, in the order of their paths.
    pub rows: Vec<Row>,
    /// What holds for all of them: what Flux stops at, and that what is given has changed since.
    pub notes: Vec<String>,
    /// The entries of valuesFrom, in their order.
    pub sources: Vec<SourceState>,
}

/// What became of one entry of valuesFrom, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// As rows name it: `Secret shop/db, key password, at .db.password`.
    pub source: String,
    /// `read`, `absent, optional` and so on.
    pub state: String,
    /// It takes part in what is told.
    pub is_read: bool,
}

impl Row {
    /// Whether what is shown hides something, or stands for what nobody here may read.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.hidden.is_some() || (self.layer == Layer::Unknown && self.value == super::mask::MASK)
    }
}

impl Layers {
    /// What counts as secret of them: what `known` says, and what Secrets say that valuesFrom names.
    #[must_use]
    pub fn masker(&self, mut known: Masker) -> Masker {
        self.sources.iter().for_each(|source| known.learn_source(source));
        known
    }

    /// Of a stored revision. `flux` is the HelmRelease that it belongs to, and its entries of valuesFrom as they are now.
    #[must_use]
    pub fn of_revision(payload: &Payload, is_latest: bool, flux: Option<(&HelmRelease, Vec<Source>)>) -> Self {
        let config = payload.config().cloned().unwrap_or_default();
        let chart = payload.metadata().map(|chart| {
            let words: Vec<&str> = [chart.name, chart.version].into_iter().flatten().collect();
            words.join(" ")
        });
        let stored = payload.revision().map(|revision| Stored {
            revision,
            is_latest,
            helm: payload.helm_major(),
            config: config.clone(),
        });
        Self {
            defaults: payload.chart_values().cloned().unwrap_or_default(),
            chart: chart.unwrap_or_default(),
            stored,
            ..match flux {
                Some((object, sources)) => Self::of_helm_release(object, sources),
                None => Self { inline: config, ..Self::default() },
            }
        }
    }

    /// Of a HelmRelease of which nothing is stored: what it would give.
    #[must_use]
    pub fn of_helm_release(object: &HelmRelease, sources: Vec<Source>) -> Self {
        Self {
            sources,
            inline: object.values.as_object().cloned().unwrap_or_default(),
            helm_release: Some(object.key.clone()),
            ..Self::default()
        }
    }
}

/// A path as `helm --set` writes it: `hosts[0].name`, dots within keys escaped.
#[must_use]
pub fn path_text(path: &[String]) -> String {
    let mut text = String::new();
    for key in path {
        let is_index = key.starts_with('[') && key.ends_with(']');
        if !is_index {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&key.replace('.', "\\."));
        } else {
            text.push_str(key);
        }
    }
    text
}

#[cfg(test)]
mod tests;
