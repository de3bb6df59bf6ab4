//! How the run of a plan goes, and how it ended.

use serde::{Deserialize, Serialize};

use super::step::StepId;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result", content = "says")]
pub enum StepOutcome {
    /// It was done; what came of it, in words, may be empty.
    Done(String),
    /// There was nothing to do for it any more, and why.
    Skipped(String),
    /// It was refused or failed, in the words of whoever refused it: nothing was written by it.
    Failed(String),
    /// The answer was lost, and reading again did not tell whether it was written.
    Unknown(String),
}

/// What happens while a plan runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A step begins.
    Began(StepId),
    /// What is seen while it is waited: what the controller does, what is not ready yet; and how many seconds are left.
    Waiting(StepId, String, Option<u32>),
    /// A step ended.
    Ended(StepId, StepOutcome),
    /// The run ended.
    Over(Ended),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// In a word.
    pub outcome: Outcome,
    /// In a sentence, with its cause where it failed.
    pub says: String,
    /// What to do next, a line each; may be empty.
    pub next: Vec<String>,
}

/// How a run ended, in a word.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Outcome {
    /// It went well, to the end.
    Done,
    /// It failed; what was written is said.
    Failed,
    /// Nothing was written: the cluster was not as planned any more, or the journal could not be written.
    Refused,
    /// It was stopped on the way, because the program ends: what is left to do is in the journal.
    Stopped,
    /// It is not known whether something was written.
    Unknown,
}

impl Outcome {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}
