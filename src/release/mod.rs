//! What a release is: reading and writing what Helm stores, and the documents that its charts render to.
//!
//! Pure: text and JSON in, values out. No clock, no I/O. Nothing here panics on any input, and nothing guesses:
//! a field of the wrong type reads as absent and is reported beside it.

pub mod codec;
pub mod payload;
