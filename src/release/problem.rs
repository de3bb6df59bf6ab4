//! What went wrong, in a form that a person can act on.

use std::fmt;

/// The kinds of failure that callers tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum ProblemKind {
    /// The kubeconfig is missing, unreadable or names something that it does not hold.
    Config,
    /// The API server cannot be reached.
    Unreachable,
    /// The API server's certificate is not trusted, or ours is not.
    Certificate,
    /// Credentials are missing, expired or refused (401), or the program that makes them failed.
    Credentials,
    /// The user may not do this (403).
    Forbidden,
    /// The object or the kind is not there (404).
    NotFound,
    /// The server asks to come back later (429, 5xx).
    Busy,
    /// What came back cannot be read.
    Malformed,
    /// None of these; the cause says what.
    Other,
}

/// A failure: what kind, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Problem {
    /// For callers that tell failures apart.
    pub kind: ProblemKind,
    /// One sentence, in the words of the tool that failed where it has some.
    pub cause: String,
    /// What the reader can do; empty where nothing can be said.
    pub hint: String,
    /// Whether the program tries again by itself.
    pub retried: bool,
}

impl Problem {
    /// A problem without a hint that is not retried.
    #[must_use]
    pub fn new(kind: ProblemKind, cause: impl fmt::Display) -> Self {
        Self { kind, cause: cause.to_string(), hint: String::new(), retried: false }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same, marked as tried again by itself.
    #[must_use]
    pub fn retried(mut self) -> Self {
        self.retried = true;
        self
    }
}
