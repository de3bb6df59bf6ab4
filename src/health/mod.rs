//! How healthy a release is: a verdict, its cause, and how its objects are doing.
//!
//! Pure: "now" is an argument. What a release says of itself (Helm's status, the conditions of its HelmRelease) and what
//! its objects say are judged apart, and the worse of both is the verdict. `healthy` is said only of what was looked at.

mod assumed;
mod body;
mod by_objects;
mod complaint;
pub mod expressions;
mod flux;
pub mod kstatus;
mod native;
pub mod objects;
mod outdated;
mod pods;
pub mod timeline;
pub mod verdict;
pub mod why;
mod workloads;
mod world;

#[cfg(test)]
mod tests;

pub use verdict::{Cause, Judgement, Verdict};
pub use world::{Judge, Recalled, Standing, Trouble, World};

use jiff::Timestamp;

use crate::release::{Catalog, Release};

/// Judges one release: what it says of itself, and how its objects are doing.
#[must_use]
pub fn judge(release: &Release, standing: &Standing, catalog: &Catalog, now: Timestamp) -> Judgement {
    let object = release.helm_release.as_deref();
    let said = match object {
        Some(object) => flux::judge(release, object, catalog, now),
        None => native::judge(release, now),
    };
    let turn = said.turn;
    let (mut verdict, mut cause) = by_objects::join(said, standing);
    cause = cause.or_else(|| release.problems.first().map(|problem| Cause::of(problem.clone())));
    if verdict == Verdict::Healthy
        && let Some(why) = assumed::why(release, standing, catalog)
    {
        verdict = Verdict::Assumed;
        cause = cause.or_else(|| Some(Cause::of(why)));
    }
    // Nothing that is watched says that it is well.
    if let Some(recalled) = standing.recalled.filter(|recalled| recalled.objects == standing.counts.total)
        && verdict == Verdict::Healthy
    {
        let well = Cause { seen: Some(recalled.at), ..Cause::of("its objects were well") };
        cause = cause.or(Some(well));
    }
    Judgement {
        verdict,
        cause,
        counts: (standing.seen || !standing.unseen.is_empty()).then_some(standing.counts),
        is_recalled: standing.recalled.is_some_and(|recalled| recalled.objects > 0),
        outdated: object.is_some_and(|object| outdated::is(object, catalog)),
        silent: object.and_then(|object| why::silent(object, now)),
        turn: [turn, object.and_then(why::silent_from)].into_iter().flatten().filter(|turn| *turn > now).min(),
    }
}
