//! The verdict of a release without a HelmRelease, from what Helm stored.

use super::{Cause, Judgement, Verdict};
use crate::release::payload::ReleaseStatus;
use crate::release::{Evidence, Management, PayloadState, Release};

pub(super) fn judge(release: &Release) -> Judgement {
    if release.evidence == Evidence::Objects {
        let text = match release.management {
            Management::Flux => "from objects, Secrets forbidden; its HelmRelease cannot be seen",
            Management::Helm | Management::Helm3 | Management::Helm4 => "from objects, Secrets forbidden",
        };
        return Judgement::because(Verdict::Unknown, Cause::of(text));
    }
    if let PayloadState::Failed(problem) = &release.payload {
        let text = format!("the payload of the latest revision cannot be read: {problem}");
        return Judgement::because(Verdict::Unknown, Cause::of(text));
    }
    let Some(status) = &release.status else { return Judgement::plain(Verdict::Unknown) };
    let described = || release.description.clone().unwrap_or_else(|| status.to_string());
    match status {
        ReleaseStatus::Failed => Judgement::because(Verdict::Failed, Cause::of(described())),
        ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade | ReleaseStatus::PendingRollback => {
            Judgement::because(Verdict::Pending, Cause::since(status.to_string(), release.updated.or(release.changed)))
        }
        ReleaseStatus::Uninstalling => {
            Judgement::because(Verdict::Deleting, Cause::since("uninstalling", release.updated.or(release.changed)))
        }
        ReleaseStatus::Uninstalled => Judgement::because(Verdict::Uninstalled, Cause::of("history kept")),
        ReleaseStatus::Superseded if release.only_superseded => {
            Judgement::because(Verdict::Unknown, Cause::of("no revision is deployed: only superseded ones remain"))
        }
        ReleaseStatus::Superseded => {
            Judgement::because(Verdict::Unknown, Cause::of("the latest revision is superseded"))
        }
        ReleaseStatus::Deployed if release.orphaned => Judgement::because(
            Verdict::Deployed,
            Cause::of("Flux deployed it and its HelmRelease is gone: nothing manages it now"),
        ),
        ReleaseStatus::Deployed => Judgement::plain(Verdict::Deployed),
        ReleaseStatus::Unknown(word) if word.is_empty() || word == "unknown" => {
            Judgement::because(Verdict::Unknown, Cause::of("Helm stored no status for the latest revision"))
        }
        ReleaseStatus::Unknown(word) => {
            Judgement::because(Verdict::Unknown, Cause::of(format!("\"{word}\" is no status that Helm knows")))
        }
    }
}
