//! The tabs of a release.

use strum::IntoEnumIterator;

/// The tabs, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Tab {
    /// What is wrong, and because of what.
    Why,
    /// Every object.
    Objects,
    /// Who owns what was edited or left behind.
    Owners,
    /// Every revision.
    History,
    /// User values, or the chart's defaults.
    Values,
    /// How the objects differ from the manifest.
    Drift,
    /// The manifest.
    Manifest,
    /// Notes and hooks.
    Notes,
    /// What happened, by time.
    Timeline,
    /// What Kubernetes told of the objects; there only while it is open.
    Events,
}

impl Tab {
    /// What stands on it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Why => "why",
            Self::Objects => "objects",
            Self::Owners => "owners",
            Self::History => "history",
            Self::Values => "values",
            Self::Drift => "drift",
            Self::Manifest => "manifest",
            Self::Notes => "notes",
            Self::Timeline => "timeline",
            Self::Events => "events",
        }
    }

    /// The same where there is little room.
    #[must_use]
    pub fn short_title(self) -> &'static str {
        match self {
            Self::Timeline => "time",
            Self::Why
            | Self::Objects
            | Self::Owners
            | Self::History
            | Self::Values
            | Self::Drift
            | Self::Manifest
            | Self::Notes
            | Self::Events => self.title(),
        }
    }

    /// The digit that leads to it in the shipped keymaps.
    #[must_use]
    pub fn digit(self) -> Option<u8> {
        match self {
            Self::Why => Some(1),
            Self::Objects => Some(2),
            Self::Owners => Some(3),
            Self::History => Some(4),
            Self::Values => Some(5),
            Self::Drift => Some(6),
            Self::Manifest => Some(7),
            Self::Notes => Some(8),
            Self::Timeline => Some(9),
            Self::Events => None,
        }
    }

    pub(super) fn next(self) -> Self {
        Self::iter().skip_while(|tab| *tab != self).skip(1).find(|tab| *tab != Self::Events).unwrap_or(Self::Why)
    }

    pub(super) fn previous(self) -> Self {
        Self::iter().take_while(|tab| *tab != self).last().unwrap_or(Self::Timeline)
    }

    /// Whether what it shows is of the latest revision, whichever was chosen in the history.
    #[must_use]
    pub fn is_live(self) -> bool {
        match self {
            Self::Why | Self::Objects | Self::Owners | Self::Drift | Self::Timeline | Self::Events => true,
            Self::History | Self::Values | Self::Manifest | Self::Notes => false,
        }
    }

    /// Whether it shows a document.
    #[must_use]
    pub fn is_document(self) -> bool {
        match self {
            Self::Values | Self::Manifest | Self::Notes => true,
            Self::Why | Self::Objects | Self::Owners | Self::History | Self::Drift | Self::Timeline | Self::Events => {
                false
            }
        }
    }
}
