//! Asking for a masked value: one at a time, and noted in the journal before it is shown.

use crate::release::mask::Hidden;

/// A masked value that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    /// The release, as namespace and name: `shop/storefront`.
    pub release: String,
    /// Where the value stands, as the journal is to say it: `values .db.password`, `Secret shop/db .data.password`.
    pub what: String,
    /// The value. It comes back in [`super::Msg::Revealed`] once the asking is noted.
    pub value: Hidden,
}
