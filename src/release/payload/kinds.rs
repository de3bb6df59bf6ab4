//! The closed sets of words in a release, and the revision number.

use serde::{Serialize, Serializer};

/// The number of a revision, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Revision(std::num::NonZeroU32);

impl Revision {
    /// `None` for zero, which Helm never stores.
    pub fn new(number: u32) -> Option<Self> {
        std::num::NonZeroU32::new(number).map(Self)
    }

    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// The number that the next revision takes.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// The one before, which a rollback without an argument goes to.
    pub fn previous(self) -> Option<Self> {
        Self::new(self.get() - 1)
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Revision {
    type Err = std::num::ParseIntError;

    /// Decimal digits, as in the label `version` and in the object's name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What Helm last said of a revision: Helm `pkg/release/common/status.go`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReleaseStatus {
    Deployed,
    Uninstalled,
    Superseded,
    Failed,
    Uninstalling,
    PendingInstall,
    PendingUpgrade,
    PendingRollback,
    /// The word `unknown`, and any other that this program does not know; the word is kept.
    Unknown(String),
}

impl ReleaseStatus {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
            Self::Unknown(word) => word,
        }
    }

    /// Whether an operation runs or was cut off. Helm refuses to upgrade then; `uninstalling` is not one of these.
    pub fn is_pending(&self) -> bool {
        match self {
            Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback => true,
            Self::Deployed
            | Self::Uninstalled
            | Self::Superseded
            | Self::Failed
            | Self::Uninstalling
            | Self::Unknown(_) => false,
        }
    }
}

impl From<&str> for ReleaseStatus {
    fn from(word: &str) -> Self {
        match word {
            "deployed" => Self::Deployed,
            "uninstalled" => Self::Uninstalled,
            "superseded" => Self::Superseded,
            "failed" => Self::Failed,
            "uninstalling" => Self::Uninstalling,
            "pending-install" => Self::PendingInstall,
            "pending-upgrade" => Self::PendingUpgrade,
            "pending-rollback" => Self::PendingRollback,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl std::fmt::Display for ReleaseStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ReleaseStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How Helm 4 applied the objects of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum ApplyMethod {
    #[serde(rename = "csa")]
    ClientSide,
    #[serde(rename = "ssa")]
    ServerSide,
}

impl ApplyMethod {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientSide => "csa",
            Self::ServerSide => "ssa",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "csa" => Some(Self::ClientSide),
            "ssa" => Some(Self::ServerSide),
            _ => None,
        }
    }
}

/// The major version of the Helm that made a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum HelmMajor {
    Three,
    Four,
}

impl HelmMajor {
    pub fn number(self) -> u8 {
        match self {
            Self::Three => 3,
            Self::Four => 4,
        }
    }
}

/// How the last run of a hook ended: Helm `pkg/release/v1/hook.go`. A hook that has not run has no phase.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HookPhase {
    Running,
    Succeeded,
    Failed,
    /// The word `Unknown`, and any other that this program does not know; the word is kept.
    Unknown(String),
}

impl HookPhase {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown(word) => word,
        }
    }
}

impl From<&str> for HookPhase {
    fn from(word: &str) -> Self {
        match word {
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            other => Self::Unknown(other.to_owned()),
        }
    }
}
