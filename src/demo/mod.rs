//! The demo: a recorded cluster in memory, its times moved to the present, and what happens in it while one watches.
//!
//! May use the core only: no clock, no files at run time, no network. Invariants: the same `now` gives the same cluster,
//! to the byte; no time in it lies in the future; whatever it shows was recorded or follows the rules of what was.

pub mod bundle;
mod crash;
pub mod digest;
pub mod shift;
pub mod story;
