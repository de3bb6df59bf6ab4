//! What stands in the way of an apply, in the server's words.
//!
//! Source: `k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go`, `pkg/api/errors/errors.go`, v0.36.3.

use std::fmt;

use jiff::Timestamp;

use super::managers::{Identity, Managers};
use super::words::quoted;
use super::write::Contested;
use crate::ownership::Path;

/// A field that another manager owns and that an apply would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Who owns it.
    pub manager: String,
    /// Through which subresource. Empty: none.
    pub subresource: String,
    /// In which version, if it was owned by an update.
    pub api_version: Option<String>,
    /// When the owner last wrote. The server's messages do not say it.
    pub time: Option<Timestamp>,
    /// The field.
    pub path: Path,
}

impl Conflict {
    /// The owner as the server names it: `"m" with subresource "status" using apps/v1`.
    #[must_use]
    pub fn owner(&self) -> String {
        let mut text = quoted(&self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {}", quoted(&self.subresource));
        }
        self.api_version.as_ref().map_or(text.clone(), |version| format!("{text} using {version}"))
    }

    /// The message of the cause in the server's answer.
    #[must_use]
    pub fn message(&self) -> String {
        format!("conflict with {}", self.owner())
    }
}

/// All of them, by owner in the server's order, of each by path. Shown as the message of the server's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicts(pub Vec<Conflict>);

impl Conflicts {
    pub(super) fn of(contested: &Contested, managers: &Managers) -> Self {
        let mut all = Vec::new();
        for (id, set) in contested {
            let Identity { manager, operation, api_version, subresource } = id.identity();
            let api_version = (operation == "Update").then_some(api_version);
            let time = managers.times.get(id).copied().flatten();
            all.extend(set.paths().into_iter().map(|path| Conflict {
                manager: manager.clone(),
                subresource: subresource.clone(),
                api_version: api_version.clone(),
                time,
                path,
            }));
        }
        Self(all)
    }
}

impl fmt::Display for Conflicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [one] = self.0.as_slice() {
            return write!(f, "Apply failed with 1 conflict: {}: {}", one.message(), one.path);
        }
        write!(f, "Apply failed with {} conflicts: ", self.0.len())?;
        let mut before: Option<String> = None;
        for conflict in &self.0 {
            let owner = conflict.owner();
            if before.as_ref() != Some(&owner) {
                let line = if before.is_none() { "" } else { "\n" };
                write!(f, "{line}conflicts with {owner}:")?;
            }
            write!(f, "\n- {}", conflict.path)?;
            before = Some(owner);
        }
        Ok(())
    }
}
