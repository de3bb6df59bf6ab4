//! Why a release is suspended: kept beside `spec.suspend`, so that whoever finds it knows whom to ask.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The annotation of a HelmRelease that says why it is suspended: `{"reason": …, "by": …, "at": …}` as JSON, and `"rollback":
/// {"from": …, "to": …}` where it was rolled back then. One annotation, so that none of it can be taken away alone.
pub const SUSPENDED: &str = "wheelhouse.dev/suspended";

/// What the annotation says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What runs is another revision than the last that Flux made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<RolledBack>,
}

/// That a suspended release was rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// The revision that was the newest before.
    pub from: u32,
    /// The revision that was written again.
    pub to: u32,
}

impl Suspension {
    /// Reads it of an object as the server has it; `None` where it says nothing, or not in this form.
    #[must_use]
    pub fn read(object: &Value) -> Option<Self> {
        let text = object.pointer("/metadata/annotations")?.get(SUSPENDED)?.as_str()?;
        serde_json::from_str(text).ok()
    }

    /// As it stands in the annotation.
    #[must_use]
    pub fn text(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// `suspended 2026-11-21T07:32:42Z by alice: the database moves`, and `; rolled back from 5 to 4` where it was.
    #[must_use]
    pub fn words(&self) -> String {
        let rolled_back = self
            .rollback
            .map(|RolledBack { from, to }| format!("; rolled back from {from} to {to}"))
            .unwrap_or_default();
        format!("suspended {} by {}: {}{rolled_back}", self.at.strftime("%Y-%m-%dT%H:%M:%SZ"), self.by, self.reason)
    }
}
