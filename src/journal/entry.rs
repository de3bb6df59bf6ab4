//! One line of the journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::recovery::Aim;
use crate::plan::{Action, Ended, StepOutcome};

/// The form of lines that is written here. Within one form, fields and kinds are only added.
pub const VERSION: u32 = 1;

/// One thing that was done, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The form of the line: [`VERSION`].
    pub version: u32,
    /// When.
    pub time: Timestamp,
    /// What.
    #[serde(flatten)]
    pub deed: Deed,
    /// Who, and on which cluster.
    #[serde(flatten)]
    pub by: By,
    /// Version of the program that noted it.
    pub program: String,
}

/// What is noted, by its `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Deed {
    /// A masked value was asked for.
    Reveal {
        /// Namespace and name of the release.
        release: String,
        /// Which value, such as `values .db.password`.
        field: String,
    },
    /// A plan is about to run.
    Begin {
        /// Which run: what belongs together bears the same.
        run: String,
        /// Digest of the plan.
        plan: String,
        /// Namespace and name of the release.
        release: String,
        /// What was asked, with its options.
        action: Action,
        /// The plan in a line.
        title: String,
    },
    /// A request of a plan is about to be sent.
    Send {
        /// Which run.
        run: String,
        /// Number of the step.
        step: usize,
        /// The request in a line; no bodies.
        request: String,
        /// Its object, as it is before that. Lines of earlier versions have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<Aim>,
    },
    /// How a step ended.
    Step {
        /// Which run.
        run: String,
        /// Number of the step.
        step: usize,
        /// How it ended. Secrets are masked in the words of the server.
        #[serde(flatten)]
        outcome: StepOutcome,
    },
    /// How a run ended. A run without this line was broken off.
    End {
        /// Which run.
        run: String,
        /// How.
        #[serde(flatten)]
        ended: Ended,
    },
}

/// Who did it, and on which cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The user of this machine, and who became that user by sudo.
    pub user: String,
    /// The context.
    pub context: String,
    /// Address of the API server.
    pub server: String,
}

/// A line as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// One that is understood.
    Entry(Box<Entry>),
    /// One that a later version of the program wrote: an object with `version` and `kind`.
    Newer(Value),
    /// One that cannot be read.
    Damaged {
        /// The file's name.
        file: String,
        /// Its number in the file, from one.
        line: usize,
    },
}

impl Entry {
    /// A deed of this version of the program.
    #[must_use]
    pub fn new(time: Timestamp, by: By, deed: Deed) -> Self {
        Self { version: VERSION, time, deed, by, program: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl Line {
    /// Reads a line of a file.
    pub(super) fn read(text: &str, file: &str, line: usize) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Self::Damaged { file: file.to_owned(), line };
        };
        let is_ours = |entry: &Entry| entry.version == VERSION;
        match serde_json::from_value::<Entry>(value.clone()).ok().filter(is_ours) {
            Some(entry) => Self::Entry(Box::new(entry)),
            None if value.get("version").is_some_and(Value::is_u64)
                && value.get("kind").is_some_and(Value::is_string) =>
            {
                Self::Newer(value)
            }
            None => Self::Damaged { file: file.to_owned(), line },
        }
    }
}
