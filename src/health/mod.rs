//! How healthy a release is: a verdict and its cause.
//!
//! Pure. So far the verdict speaks from Helm's status and the HelmRelease's conditions alone; it says `deployed`, not
//! healthy, because no object was looked at.

pub mod expressions;
mod flux;
mod native;
pub mod verdict;

pub use verdict::{Cause, Judgement, Verdict};

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
