//! The patches that clients make of what was, what shall be and what is: strategic merge patches, JSON merge patches, and the
//! migration of managed fields from one way of applying to the other.
//!
//! Pure. Nothing here asks a server; what a server makes of a patch is computed as it computes it.

mod client_side;
mod diff;
mod fault;
mod json_merge;
mod lookup;
mod merge;
mod migration;
mod order;
mod value;

pub use client_side::{ClientSideUpgrade, Helm, Method, Patch, client_side_patch, is_merged_by_type};
pub use diff::three_way;
pub use fault::PatchFault;
pub use json_merge::{apply_json, three_way_json, two_way};
pub use merge::apply_strategic;
pub use migration::{Migration, migration_patch, owners_of};
