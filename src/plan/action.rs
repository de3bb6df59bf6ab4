//! What can be asked of a release.

use serde::{Deserialize, Serialize};

/// What is asked, with its options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum Action {
    /// Have Flux look again.
    Reconcile {
        /// Have it look at the source of the chart first.
        with_source: bool,
    },
    /// Have Flux forget its failures and try again.
    Reset,
    /// Have Flux install or upgrade now, whatever it thinks.
    Force,
    /// Have Flux leave the release alone.
    Suspend {
        /// Why; kept beside it, with who and when.
        reason: String,
    },
    /// Have Flux take the release up again.
    Resume,
    /// Write a stored revision again.
    Rollback(Rollback),
    /// Mark a pending revision as failed, because nobody works on it any more.
    Unlock,
    /// Take a former manager off the objects of a release.
    Disown {
        /// The field manager.
        manager: String,
    },
}

/// How a release is rolled back. The options and their defaults are those of `helm rollback`.
/// Source: helm.sh/helm v4.3.1 `pkg/cmd/rollback.go`, `pkg/action/rollback.go`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rollback {
    /// To which revision; `None` for the one that the plan suggests.
    pub to: Option<u32>,
    /// Takes fields that others own.
    pub force_conflicts: bool,
    /// Runs no hooks.
    pub no_hooks: bool,
    /// Waits until everything is ready, not only until hooks are done.
    pub wait: bool,
    /// Waits for Jobs as well.
    pub wait_for_jobs: bool,
    /// How long is waited for one thing, in seconds.
    pub timeout: u32,
    /// Deletes what was made new where it fails.
    pub cleanup_on_fail: bool,
    /// How many revisions are kept; 0 for all.
    pub history_max: u32,
    /// Which way a release goes back that Flux keeps; `None` while nobody chose.
    pub way: Option<Way>,
    /// Why Flux is suspended for it, where it is; the plan's own words where it is empty.
    pub reason: String,
}

/// A way back for a release that Flux keeps. Helm's own rollback conflicts with what Flux applied, and Flux upgrades straight back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Way {
    /// Chart version and values of the HelmRelease become those of the revision, in Git or right here; Flux upgrades to them.
    Durable,
    /// The HelmRelease is suspended, and the revision is written again as the release's own manager. Resuming undoes it.
    Emergency,
}

impl Default for Rollback {
    fn default() -> Self {
        Self {
            to: None,
            force_conflicts: false,
            no_hooks: false,
            wait: false,
            wait_for_jobs: false,
            timeout: 300,
            cleanup_on_fail: false,
            history_max: 10,
            way: None,
            reason: String::new(),
        }
    }
}

impl Action {
    /// Its word, which is that of the command as well.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reconcile { .. } => "reconcile",
            Self::Reset => "reset",
            Self::Force => "force",
            Self::Suspend { .. } => "suspend",
            Self::Resume => "resume",
            Self::Rollback(_) => "rollback",
            Self::Unlock => "unlock",
            Self::Disown { .. } => "disown",
        }
    }
}
