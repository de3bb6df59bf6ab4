//! One action, and what it is about.

use serde_json::Value;

use super::place::Place;

/// An action that can be done again and again.
pub struct Row {
    /// Its namespaces end so.
    pub name: &'static str,
    /// Makes the release, in a namespace that is there.
    pub make: fn(&Place),
    /// Brings the release into the state in which the action is needed; again after each time.
    pub prepare: fn(&Place),
    /// What is run, beside the release and `--yes`.
    pub verb: &'static str,
    pub flags: &'static [&'static str],
    /// What the action is about: of two states that are equal, nobody could tell which of them was meant. No names of namespaces, no
    /// times.
    pub state: fn(&Place) -> Value,
    /// In how many namespaces at once.
    pub lanes: usize,
}
