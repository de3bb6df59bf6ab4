//! What an action would do, and whether the next upgrade would go through.
//!
//! Pure; may touch the other rooms of the core. Nothing here sends anything.

pub mod preflight;
