//! One case: what is there, what is rolled back, and how it ends.

use super::twin::{Driver, Site};
use crate::cluster::Helm;

/// What a case is about. Each has at least three cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter)]
pub enum Axis {
    Helm3,
    Helm4,
    /// Rolled back by server-side apply.
    Applied,
    /// Rolled back by patches of the client.
    Patched,
    /// The other way than the newest revision was written.
    OtherWay,
    ConfigMapDriver,
    HookBefore,
    HookAfter,
    HookWeights,
    BeforeHookCreation,
    HookSucceeded,
    HookFailed,
    FailingHook,
    NoHooks,
    Edited,
    Scaled,
    ImageSet,
    AppliedByAnother,
    Conflict,
    Forced,
    CustomResource,
    Missing,
    AddedSince,
    RemovedSince,
    Kept,
    PendingHistory,
    FailedHistory,
    HistoryLimit,
    TimeLimit,
    KindGone,
    RefusedWrite,
    CleanedUp,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Both succeed, and leave the same.
    Through,
    /// Both fail, and leave the same but for the listed differences.
    Failed,
    /// Helm fails. Wheelhouse sees why before it writes, says these words, and leaves its namespace as it was.
    Refused(&'static str),
}

/// One case.
#[derive(Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    pub axes: &'static [Axis],
    pub start: fn(&Site),
    /// To which revision.
    pub to: &'static str,
    /// Flags that both take.
    pub flags: &'static [&'static str],
    /// In seconds; else the default of both.
    pub timeout: Option<&'static str>,
    /// Which Helm is the reference.
    pub by: Helm,
    pub driver: Driver,
    pub ends: Ends,
    /// The differences that are met, by their names in the list, beside those that follow from the rest.
    pub listed: &'static [&'static str],
}

impl Row {
    pub const fn new(name: &'static str, axes: &'static [Axis], start: fn(&Site)) -> Self {
        Self {
            name,
            axes,
            start,
            to: "1",
            flags: &[],
            timeout: None,
            by: Helm::V4,
            driver: Driver::Secrets,
            ends: Ends::Through,
            listed: &[],
        }
    }

    pub const fn to(self, to: &'static str) -> Self {
        Self { to, ..self }
    }

    pub const fn flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    pub const fn timeout(self, seconds: &'static str) -> Self {
        Self { timeout: Some(seconds), ..self }
    }

    pub const fn by(self, by: Helm) -> Self {
        Self { by, ..self }
    }

    pub const fn config_maps(self) -> Self {
        Self { driver: Driver::ConfigMaps, ..self }
    }

    pub const fn fails(self) -> Self {
        Self { ends: Ends::Failed, ..self }
    }

    pub const fn refused(self, words: &'static str) -> Self {
        Self { ends: Ends::Refused(words), ..self }
    }

    pub const fn listed(self, listed: &'static [&'static str]) -> Self {
        Self { listed, ..self }
    }

    /// The names of all differences that are met.
    pub fn expected(&self) -> Vec<&'static str> {
        let is_helm_3_read_by_4 = self.axes.contains(&Axis::Helm3) && self.by == Helm::V4;
        let more = match self.ends {
            Ends::Through | Ends::Failed => is_helm_3_read_by_4.then_some("payload-kept"),
            Ends::Refused(_) => self.listed.is_empty().then_some("refused-before"),
        };
        self.listed.iter().copied().chain(more).collect()
    }
}
