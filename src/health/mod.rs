//! How healthy a release is: a verdict and its cause.
//!
//! Pure. So far the verdict speaks from Helm's status and the HelmRelease's conditions alone; it says `deployed`, not
//! healthy, because no object was looked at.

mod body;
mod complaint;
pub mod expressions;
mod flux;
pub mod kstatus;
mod native;
pub mod objects;
mod pods;
pub mod verdict;
pub mod why;
mod workloads;
mod world;

pub use verdict::{Cause, Judgement, Verdict};
pub use world::{Standing, Trouble, World};

use crate::release::Release;

/// Judges one release.
#[must_use]
pub fn judge(release: &Release) -> Judgement {
    let judged = match &release.helm_release {
        Some(object) => flux::judge(release, object),
        None => native::judge(release),
    };
    match (judged.cause, release.problems.first()) {
        (None, Some(problem)) => Judgement { cause: Some(Cause::of(problem.clone())), ..judged },
        (cause, _) => Judgement { cause, ..judged },
    }
}
