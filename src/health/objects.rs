//! The objects of one release as rows: what its manifest and its inventory name, with their children below them.

mod named;
mod rows;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use named::{Named, inferred, inventory_of, named, watched};
pub(in crate::health) use rows::severity;
pub use rows::{counts, rows};

use crate::release::ObjectId;

/// What follows the word of an object that is well by rule only.
const ASSUMED: &str = " (assumed)";

/// Why an object belongs to the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The manifest or the inventory names it.
    Release,
    /// A hook.
    Hook,
    /// A test.
    Test,
    /// An object that is here owns it.
    Child,
}

/// How bad a state is: worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It is broken.
    Bad,
    /// It is on its way, or waits.
    Waiting,
    /// Not known, or not to be seen.
    Unknown,
    /// It is well.
    Good,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// How deep below the objects of the release: 0 for those.
    pub depth: usize,
    /// Why it is here.
    pub role: Role,
    /// What it is.
    pub id: ObjectId,
    /// The word of its state: that of kstatus, or `Missing`, `NotServed`, `Forbidden`, `Loading`, `Current (assumed)`.
    pub status: String,
    /// How bad that is.
    pub severity: Severity,
    /// Why, in the words of kstatus or of the container.
    pub message: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Since when it is being deleted, and what keeps it.
    pub deleting: Option<(Timestamp, Vec<String>)>,
    /// How often its containers were started again; `None` for what has none.
    pub restarts: Option<u64>,
    /// For a Pod, its containers, the broken ones first: logs are read of them.
    pub containers: Vec<Container>,
}

impl Row {
    /// The word of its state alone, and whether it is well only because nothing speaks against it.
    #[must_use]
    pub fn word(&self) -> (&str, bool) {
        match self.status.strip_suffix(ASSUMED) {
            Some(word) => (word, true),
            None => (&self.status, false),
        }
    }
}

/// A container of a Pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Whether it runs before the others.
    pub init: bool,
    /// `running`, `waiting: CrashLoopBackOff`, `terminated: Error, exit code 1` and the like.
    pub state: String,
    /// How bad that is.
    pub severity: Severity,
    /// How often it was started again.
    pub restarts: u64,
    /// Of which run its log is.
    pub log: Run,
    /// Whether an earlier run left a log of its own.
    pub before: bool,
}

/// Of which run of a container the log is that is read without asking for the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// It runs.
    Running,
    /// It has ended, and is not started again.
    Ended,
    /// It waits to be started again: the log is that of the run that ended, and so is the one of the run before.
    Last,
    /// It never ran: there is no log.
    None,
}

/// How many objects of a release are well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Well.
    pub ready: usize,
    /// All that are looked at.
    pub total: usize,
    /// Of those, well by rule only: they say nothing of themselves.
    pub assumed: usize,
    /// Of those, missing.
    pub missing: usize,
    /// Not to be seen: forbidden, or not served.
    pub hidden: usize,
}
