//! The verdicts in their order, and what a judgement is made of.

use jiff::Timestamp;

/// What is said of a release, worst first: the order is that of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// The last action failed, or the objects of the release cannot be made.
    Failed,
    /// Flux gave up: nothing happens before a person acts.
    Stalled,
    /// An action of Helm is under way or was cut off: no other may start.
    Pending,
    /// Waits for another HelmRelease.
    Blocked,
    /// Is being deleted.
    Deleting,
    /// An action of Flux is under way.
    Progressing,
    /// Deployed, and the live objects differ from the manifest.
    Drifted,
    /// Flux looks away.
    Suspended,
    /// Uninstalled, its history kept.
    Uninstalled,
    /// What is known does not suffice.
    Unknown,
    /// The last action succeeded. The objects were not looked at.
    Deployed,
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// In words; messages of Helm, Flux and Kubernetes are quoted exactly.
    pub text: String,
    /// Since when, where the time matters to the reader.
    pub since: Option<Timestamp>,
}

impl Cause {
    /// A cause without a time.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), since: None }
    }

    /// A cause that began at a time.
    #[must_use]
    pub fn since(text: impl Into<String>, since: Option<Timestamp>) -> Self {
        Self { text: text.into(), since }
    }
}

/// A verdict and its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What is said.
    pub verdict: Verdict,
    /// Why; `None` where there is nothing to explain.
    pub cause: Option<Cause>,
}

impl Judgement {
    pub(super) fn plain(verdict: Verdict) -> Self {
        Self { verdict, cause: None }
    }

    pub(super) fn because(verdict: Verdict, cause: Cause) -> Self {
        Self { verdict, cause: Some(cause) }
    }
}
