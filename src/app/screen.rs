//! What was opened from the list, one screen above the other.

use tui_input::Input;

use crate::config::{Context, Key};

use super::plan::many;
use super::{Model, blame, diff, journal, logs, plan, preflight, release};

/// A screen above the list of releases.
#[derive(Debug)]
pub enum Screen {
    /// One release.
    Release(Box<release::State>),
    /// The log of a container.
    Logs(Box<logs::State>),
    /// An object with its owners.
    Blame(Box<blame::State>),
    /// Whether the next upgrades of releases go through.
    Preflight(Box<preflight::State>),
    /// What differs between two ends of a release.
    Diff(Box<diff::State>),
    /// What an action will do, and its run.
    Plan(Box<plan::State>),
    /// The same of many releases.
    Many(Box<many::State>),
    /// What was done from here.
    Journal(Box<journal::State>),
}

impl Screen {
    /// The release, if it is one.
    #[must_use]
    pub fn release(&self) -> Option<&release::State> {
        match self {
            Self::Release(state) => Some(state),
            Self::Logs(_)
            | Self::Blame(_)
            | Self::Preflight(_)
            | Self::Diff(_)
            | Self::Plan(_)
            | Self::Many(_)
            | Self::Journal(_) => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn release_mut(&mut self) -> Option<&mut release::State> {
        match self {
            Self::Release(state) => Some(state),
            Self::Logs(_)
            | Self::Blame(_)
            | Self::Preflight(_)
            | Self::Diff(_)
            | Self::Plan(_)
            | Self::Many(_)
            | Self::Journal(_) => None,
        }
    }

    /// Which keys count.
    pub(super) fn context(&self) -> Context {
        match self {
            _ if self.typing().is_some() => Context::Prompt,
            Self::Release(state) if state.is_tree() => Context::Values,
            Self::Release(state) if state.tab.is_document() => Context::Document,
            Self::Release(_) => Context::Release,
            Self::Logs(_) => Context::Logs,
            Self::Blame(_) => Context::Blame,
            Self::Preflight(_) => Context::Preflight,
            Self::Diff(_) => Context::Diff,
            Self::Plan(_) => Context::Plan,
            Self::Many(_) => Context::Many,
            Self::Journal(_) => Context::Journal,
        }
    }

    /// The line into which is typed, while it is.
    #[must_use]
    pub fn typing(&self) -> Option<&Input> {
        match self {
            Self::Release(state) => state.typing(),
            Self::Logs(state) => state.typing(),
            Self::Blame(state) => state.typing(),
            Self::Diff(state) => state.typing(),
            Self::Plan(state) => state.typing(),
            Self::Many(state) => state.typing(),
            Self::Preflight(_) | Self::Journal(_) => None,
        }
    }

    /// What is sought; empty when nothing is.
    #[must_use]
    pub fn sought(&self) -> &str {
        match self {
            Self::Release(state) => &state.sought,
            Self::Logs(state) => &state.sought,
            Self::Blame(state) => &state.sought,
            Self::Diff(state) => &state.sought,
            Self::Preflight(_) | Self::Plan(_) | Self::Many(_) | Self::Journal(_) => "",
        }
    }

    pub(super) fn edit(&mut self, key: Key) {
        match self {
            Self::Release(state) => state.edit(key),
            Self::Logs(state) => state.edit(key),
            Self::Blame(state) => state.edit(key),
            Self::Diff(state) => state.edit(key),
            Self::Plan(state) => state.edit(key),
            Self::Many(state) => state.edit(key),
            Self::Preflight(_) | Self::Journal(_) => {}
        }
    }
}

impl Model {
    /// The release that is open, whatever lies over it.
    #[must_use]
    pub fn open_release(&self) -> Option<&release::State> {
        self.screens.iter().rev().find_map(Screen::release)
    }

    pub(super) fn open_release_mut(&mut self) -> Option<&mut release::State> {
        self.screens.iter_mut().rev().find_map(Screen::release_mut)
    }
}
