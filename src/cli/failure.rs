//! How a command fails: one sentence, what to do, a documented exit code.

use std::fmt;

use jiff::SignedDuration;

use crate::health::Verdict;
use crate::release::{Problem, ProblemKind};

/// The exit codes, with what they mean. `docs/cli.md` prints this table.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done; what could not be read is said on standard error"),
    (1, "something failed that none of the others names; with `diff --exit-code` only: the sides differ"),
    (2, "the command line is not understood, or asks for what is not there yet"),
    (3, "the kubeconfig cannot be used, or its credentials cannot be made or are refused"),
    (4, "the API server cannot be reached, is not trusted, or is too busy"),
    (5, "nothing of what was asked for may be read"),
    (6, "there is no such release, revision or part of it"),
    (7, "what is stored, or the file that is to be judged, cannot be read"),
    (8, "the keymap or a theme of the user is not right; the shipped ones stand in"),
    (9, "with `status -f --exit-code`: an object is not Current; one that is Unknown counts"),
    (10, "with `status RELEASE --exit-code` or `--watch`: the release is neither healthy nor assumed"),
    (11, "with `status RELEASE --watch`: the verdict has not settled in time"),
    (12, "with `preflight --exit-code`: the upgrade of at least one release is blocked"),
    (13, "with `drift --exit-code`: objects of the release have drifted"),
    (
        14,
        "with `diff --exit-code`: what could be compared is alike, and not all could be; or something failed that is 1 elsewhere",
    ),
    (
        15,
        "nothing was written: something is in the way of the action, a right is missing, it is read-only, or nobody said yes; of several releases: that holds of at least one, and nothing worse of any",
    ),
    (16, "an action was run and failed, or was stopped; what it wrote is said"),
    (17, "an action was run, and it is not known whether all of it was done: an answer was lost"),
    (18, "with `check --exit-code`: the release has not come to rest"),
    (
        129,
        "the screen was ended by SIGHUP (143: by SIGTERM) while the terminal took no bytes any more, or by a second one while a request was in flight; one that it can follow ends it with 0",
    ),
    (130, "`status RELEASE --watch` was ended by ctrl-c"),
];

/// Why a command ends without having done what was asked.
#[derive(Debug)]
pub enum Failure {
    /// Something of the cluster, or on the way to it.
    Problem(Problem),
    /// What is asked for by name is not there.
    Usage(String),
    /// What is wrong in the user's settings was said, and how often.
    Settings(usize),
    /// How many objects of how many are not Current, where that was asked to be a failure.
    NotCurrent(usize, usize),
    /// A release is not well, where that was asked to be a failure.
    NotWell(String, Verdict),
    /// A release that was watched did not settle: what was seen of it last, and for how long it was watched.
    NotSettled(String, Option<Verdict>, SignedDuration),
    /// The upgrades of how many releases of how many are blocked, where that was asked to be a failure.
    Blocked(usize, usize),
    /// Objects of a release have drifted, where that was asked to be a failure.
    Drifted(String),
    /// A release has not come to rest, where that was asked to be a failure.
    NotConverged(String),
    /// Two sides differ, where that was asked to be a failure.
    Differ(String),
    /// Why it cannot be said whether two sides differ, where that they do has an exit code.
    Uncompared(String),
    /// An action was not run, and why.
    Undone(String),
    /// An action was run and failed.
    RunFailed(String),
    /// An action was run, and it is not known how it ended.
    RunUnknown(String),
    /// Somebody pressed ctrl-c.
    Interrupted,
}

impl Failure {
    /// A failure that no other exit code names.
    #[must_use]
    pub fn other(cause: String) -> Self {
        Self::Problem(Problem::new(ProblemKind::Other, cause))
    }

    /// What happened, without what to do about it.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Problem(problem) => problem.cause.clone(),
            Self::Usage(_)
            | Self::Settings(_)
            | Self::NotCurrent(..)
            | Self::NotWell(..)
            | Self::NotSettled(..)
            | Self::Blocked(..)
            | Self::Drifted(_)
            | Self::NotConverged(_)
            | Self::Differ(_)
            | Self::Uncompared(_)
            | Self::Undone(_)
            | Self::RunFailed(_)
            | Self::RunUnknown(_)
            | Self::Interrupted => self.to_string(),
        }
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Settings(_) => 8,
            Self::NotCurrent(..) => 9,
            Self::NotWell(..) => 10,
            Self::NotSettled(..) => 11,
            Self::Blocked(..) => 12,
            Self::Drifted(_) => 13,
            Self::NotConverged(_) => 18,
            Self::Differ(_) => 1,
            Self::Uncompared(_) => 14,
            Self::Undone(_) => 15,
            Self::RunFailed(_) => 16,
            Self::RunUnknown(_) => 17,
            Self::Interrupted => 130,
            Self::Problem(problem) => match problem.kind {
                ProblemKind::Config | ProblemKind::Credentials => 3,
                ProblemKind::Unreachable | ProblemKind::Certificate | ProblemKind::Busy => 4,
                ProblemKind::Forbidden => 5,
                ProblemKind::NotFound => 6,
                ProblemKind::Malformed => 7,
                ProblemKind::Other => 1,
            },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text)
            | Self::Differ(text)
            | Self::Uncompared(text)
            | Self::Undone(text)
            | Self::RunFailed(text)
            | Self::RunUnknown(text) => f.write_str(text),
            Self::Settings(1) => f.write_str("1 fault; what is shipped stands in until it is mended"),
            Self::Settings(count) => write!(f, "{count} faults; what is shipped stands in until they are mended"),
            Self::NotCurrent(1, 1) => f.write_str("the object is not Current"),
            Self::NotCurrent(unsettled, count) => write!(f, "{unsettled} of {count} objects are not Current"),
            Self::NotWell(release, verdict) => write!(f, "{release} is {verdict}"),
            Self::NotSettled(release, Some(verdict), time) => write!(f, "{release} is still {verdict} after {time:#}"),
            Self::NotSettled(release, None, time) => write!(f, "{release} could not be read whole in {time:#}"),
            Self::Blocked(1, 1) => f.write_str("the upgrade is blocked"),
            Self::Blocked(blocked, count) => write!(f, "the upgrades of {blocked} of {count} releases are blocked"),
            Self::Drifted(release) => write!(f, "{release} has drifted"),
            Self::NotConverged(release) => write!(f, "{release} has not converged"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Problem(problem) => {
                write!(f, "{}", problem.cause)?;
                if !problem.hint.is_empty() {
                    write!(f, "\n  {}", problem.hint)?;
                }
                Ok(())
            }
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
