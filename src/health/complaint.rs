//! What is wrong with one object by itself, in words short enough for a list.

use jiff::Timestamp;

/// How much a complaint says, most first: of many, the first of them is named as the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// A container cannot run: no image, no configuration, or it ends again and again.
    CannotRun,
    /// A Pod ended that should run, or failed at what it was to do.
    Ended,
    /// The Pods cannot be made: a quota or a webhook is in the way.
    Refused,
    /// No node takes the Pod.
    Unschedulable,
    /// Whoever waited has given up, or the object says that it failed.
    GivenUp,
    /// It runs and is not ready.
    NotReady,
    /// It is on its way.
    Starting,
}

impl Weight {
    /// Whether it is broken, whatever kstatus says of the object above.
    pub(super) fn is_broken(self) -> bool {
        match self {
            Self::CannotRun | Self::Ended | Self::Refused | Self::GivenUp => true,
            Self::Unschedulable | Self::NotReady | Self::Starting => false,
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub weight: Weight,
    pub container: Option<String>,
    /// The image of that container.
    pub image: Option<String>,
    pub reason: String,
    pub text: String,
    /// Quoted exactly.
    pub message: String,
    pub since: Option<Timestamp>,
}

impl Complaint {
    pub(super) fn new(weight: Weight, reason: &str, text: impl Into<String>, message: &str) -> Self {
        Self {
            weight,
            container: None,
            image: None,
            reason: reason.to_owned(),
            text: text.into(),
            message: message.to_owned(),
            since: None,
        }
    }

    pub(super) fn since(self, since: Option<Timestamp>) -> Self {
        Self { since, ..self }
    }
}
