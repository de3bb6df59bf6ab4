//! How long a plan has been there to be read. A yes that was typed ahead, over a slow line or by a paste, was not given to what
//! then came up: it counts only when the plan was on the screen for a moment, with nothing over it.

use jiff::{SignedDuration, Timestamp};

/// Sooner than this nobody has read what came up. Shorter than a person takes who has.
pub const MOMENT: SignedDuration = SignedDuration::from_millis(700);

/// Why a yes does not count yet.
pub const TOO_SOON: &str = "the plan had only just come up when the key came: read it first";

/// Since when a plan can be read; not at all while it cannot.
#[derive(Debug, Default, Clone, Copy)]
pub struct Moment(Option<Timestamp>);

impl Moment {
    /// Takes in whether it can be read now.
    pub(in crate::app) fn settle(&mut self, is_seen: bool, now: Timestamp) {
        self.0 = if is_seen { self.0.or(Some(now)) } else { None };
    }

    /// Whether a yes counts.
    #[must_use]
    pub fn has_passed(self, now: Timestamp) -> bool {
        self.0.is_some_and(|since| now.duration_since(since) >= MOMENT)
    }

    /// When it will.
    #[must_use]
    pub fn ends(self) -> Option<Timestamp> {
        self.0.and_then(|since| since.checked_add(MOMENT).ok())
    }
}
