//! What counts as secret for one release: the rules, and values that are known to be secret wherever they stand.

use serde_json::Value;

/// Hides secrets. Two are equal when they hide the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masker {}

impl Masker {
    /// In values or an object: see [`super::mask_values`].
    #[must_use]
    pub fn values(&self, values: &Value) -> Value {
        super::mask_values(values)
    }

    /// In a manifest: see [`super::mask_manifest`].
    #[must_use]
    pub fn manifest(&self, text: &str) -> String {
        super::mask_manifest(text)
    }

    /// In plain text: see [`super::mask_text`].
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        super::mask_text(text)
    }
}

/// A value that is hidden from everybody who has not asked for this one. What prints it says nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides it.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// What it is: for whoever was told by the journal that the asking is written down.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}
