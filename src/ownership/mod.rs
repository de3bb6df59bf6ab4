//! Who owns each field of an object, which fields were changed by hand or left behind, and what will become of them.
//!
//! Pure; may touch `schema` and `release`. Invariants:
//!
//! - A [`FieldSet`] says the same as the FieldsV1 it was read from: reading and writing it again gives equal JSON.
//! - Whatever an object holds, nothing here panics or takes more than linear time in it.

mod element;
pub mod patch;
mod set;

pub use element::{Path, PathElement};
pub use set::FieldSet;
