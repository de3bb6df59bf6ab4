//! Content for a cluster: a hundred releases by the real Helm and Flux, thousands of copies of one with workloads, the
//! natives of the recordings, or releases that are wrong in one way each.

pub mod failing;
mod flux;
mod hundred;
mod many;
mod natives;
pub mod severed;

pub use flux::{HELM_RELEASES, SeededHelmRelease};
pub use hundred::{Hundred, Seeded, seed_hundred};
pub use many::{Many, seed_many};
pub use natives::record_natives;
