//! A part of the chain, and what of it failed.

use jiff::Timestamp;

use super::{Link, Severity, Trouble};

/// The links of one part, and which of them is to blame if this part is.
#[derive(Debug, Default)]
pub(super) struct Branch {
    pub links: Vec<Link>,
    pub failed: Option<Failed>,
    /// What could not be seen.
    pub hidden: Vec<String>,
}

/// The deepest thing of a branch that failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// Which link.
    pub at: usize,
    /// In words, for the sentence.
    pub text: String,
    /// Of an object, what is wrong with it.
    pub trouble: Option<Trouble>,
}

impl Branch {
    /// A branch of one link that is to blame, where `failed` says why.
    pub fn of(link: Link, failed: Option<String>) -> Self {
        Self { links: vec![link], failed: failed.map(|text| Failed { at: 0, text, trouble: None }), hidden: Vec::new() }
    }

    /// Puts what lies below behind it. What failed there is deeper, and takes the blame.
    pub fn below(&mut self, deeper: Self) {
        let shift = self.links.len();
        self.links.extend(deeper.links);
        self.hidden.extend(deeper.hidden);
        if let Some(failed) = deeper.failed {
            self.failed = Some(Failed { at: failed.at + shift, ..failed });
        }
    }

    /// Puts behind it what stands beside it. The first that failed keeps the blame.
    pub fn beside(&mut self, other: Self) {
        let first = self.failed.take();
        self.below(other);
        if first.is_some() {
            self.failed = first;
        }
    }

    /// Marks the link that failed as the cause, and gives the words for it.
    pub fn blame(&mut self) -> Option<String> {
        let failed = self.failed.as_ref()?;
        if let Some(link) = self.links.get_mut(failed.at) {
            link.cause = true;
        }
        Some(failed.text.clone())
    }
}

impl Link {
    pub(super) fn new(depth: usize, kind: &'static str, what: impl Into<String>) -> Self {
        Self {
            depth,
            kind,
            what: what.into(),
            state: String::new(),
            severity: Severity::Unknown,
            evidence: Vec::new(),
            since: None,
            cause: false,
        }
    }

    pub(super) fn is(self, severity: Severity, state: impl Into<String>) -> Self {
        Self { severity, state: state.into(), ..self }
    }

    /// Adds evidence; an empty text is none.
    pub(super) fn quoting(mut self, text: &str) -> Self {
        if !text.trim().is_empty() {
            self.evidence.push(text.to_owned());
        }
        self
    }

    pub(super) fn since(self, since: Option<Timestamp>) -> Self {
        Self { since, ..self }
    }
}
