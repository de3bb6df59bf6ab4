//! How a command fails: one sentence, what to do, a documented exit code.

use std::fmt;

use crate::release::{Problem, ProblemKind};

/// The exit codes, with what they mean. `docs/cli.md` prints this table.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done; what could not be read is said on standard error"),
    (1, "something failed that none of the others names"),
    (2, "the command line is not understood, or asks for what is not there yet"),
    (3, "the kubeconfig cannot be used, or its credentials cannot be made or are refused"),
    (4, "the API server cannot be reached, is not trusted, or is too busy"),
    (5, "nothing of what was asked for may be read"),
    (6, "there is no such release, revision or part of it"),
    (7, "what is stored cannot be read"),
];

/// Why a command ends without having done what was asked.
#[derive(Debug)]
pub struct Failure(pub Problem);

impl Failure {
    /// A failure that no other exit code names.
    #[must_use]
    pub fn other(cause: String) -> Self {
        Self(Problem::new(ProblemKind::Other, cause))
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self.0.kind {
            ProblemKind::Config | ProblemKind::Credentials => 3,
            ProblemKind::Unreachable | ProblemKind::Certificate | ProblemKind::Busy => 4,
            ProblemKind::Forbidden => 5,
            ProblemKind::NotFound => 6,
            ProblemKind::Malformed => 7,
            ProblemKind::Other => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.cause)?;
        if !self.0.hint.is_empty() {
            write!(f, "\n  {}", self.0.hint)?;
        }
        Ok(())
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}
