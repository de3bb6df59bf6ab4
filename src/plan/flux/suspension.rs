//! Why a release is suspended: kept beside `spec.suspend`, so that whoever finds it knows whom to ask.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The annotation of a HelmRelease that says why it is suspended: `{"reason": …, "by": …, "at": …}` as JSON. One annotation, not
/// three, so that none of it can be taken away alone.
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
        // Three texts can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// `suspended 2026-11-21T07:32:42Z by alice: the database moves`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("suspended {} by {}: {}", self.at.strftime("%Y-%m-%dT%H:%M:%SZ"), self.by, self.reason)
    }
}
