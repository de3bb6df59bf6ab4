//! Why a release is as it is: the chain from what owns it down to the first thing that failed.

use jiff::Timestamp;

use super::objects::Severity;

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How deep in the tree.
    pub depth: usize,
    /// What kind of link: `kustomization`, `source`, `depends on`, `chart`, `values`, `action`, `object`, `event` ...
    pub kind: &'static str,
    /// What it is: "HelmRepository flux-system/charts".
    pub what: String,
    /// The word of its state.
    pub state: String,
    /// How bad that is.
    pub severity: Severity,
    /// Evidence, quoted exactly.
    pub evidence: Vec<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Whether this is the first thing that failed.
    pub cause: bool,
}

/// An action that may help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// `fix`, `reset`, `force`, `resume`, `unlock`, `roll back` ...
    pub action: &'static str,
    /// What it would do here, and why it helps or does not.
    pub text: String,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// One sentence: what is wrong and because of what. Empty where nothing is.
    pub sentence: String,
    /// The chain, in the order in which it is shown.
    pub links: Vec<Link>,
    /// What comes next by itself: retries used and left, the next one, or that there will be none.
    pub next: Vec<String>,
    /// What helps.
    pub helps: Vec<Help>,
    /// What could not be seen, with the missing right.
    pub hidden: Vec<String>,
}
