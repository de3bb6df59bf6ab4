//! Content for a cluster: a hundred releases by the real Helm and Flux, or thousands of copies of one.

mod flux;
mod hundred;
mod many;

pub use flux::{HELM_RELEASES, SeededHelmRelease};
pub use hundred::{Hundred, Seeded, seed_hundred};
pub use many::{Many, seed_many};
