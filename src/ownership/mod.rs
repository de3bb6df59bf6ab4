//! Who owns each field of an object, which fields were changed by hand or left behind, and what will become of them.
//!
//! Pure; may touch `schema` and `release`. Invariants:
//!
//! - A [`FieldSet`] says the same as the FieldsV1 it was read from: what it writes is what the API server writes for it.
//! - Whatever an object holds, nothing here panics or takes more than linear time in it.

pub mod apply;
pub mod beyond;
mod blame;
mod blame_items;
mod blame_tree;
pub mod classes;
pub mod drift;
pub mod edited;
pub mod edits;
mod element;
pub mod fate;
mod fields_v1;
pub mod found;
mod item;
pub mod json_patch;
mod managed;
pub mod next;
pub mod own;
pub mod parent;
pub mod patch;
pub mod permanent;
mod place;
pub mod report;
mod set;
pub mod since;
pub mod subject;
mod text;
pub mod undo;
mod wanted;
pub mod words;

pub use blame::{Blame, Held, Leaf, LiveValue, blame};
pub use element::{Path, PathElement, compare};
pub use fields_v1::{Cause, DEPTH_LIMIT, Fault, KEY_LIMIT};
pub(crate) use item::{key_default, keyed};
pub use managed::{Entry, Operation, managed_fields};
pub use place::{at, same, walk_to};
pub use set::FieldSet;
pub use wanted::{sent, texts_as_data, wanted};
