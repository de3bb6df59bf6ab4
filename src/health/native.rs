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
    let described = || release.description.as_deref().map_or_else(|| status.to_string(), shortened);
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

/// "Upgrade "web" failed: why" says name and verdict once more: the row has both, and the why needs the room.
fn shortened(description: &str) -> String {
    let split = || {
        let (action, rest) = description.split_once(" \"")?;
        let (_, why) = rest.split_once("\" failed: ")?;
        match action {
            // Helm's word when the objects of an install or a rollback do not become ready.
            "Release" => Some(why.to_owned()),
            "Upgrade" | "Rollback" => Some(format!("{}: {why}", action.to_ascii_lowercase())),
            _ => None,
        }
    };
    split().unwrap_or_else(|| description.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_row_says_already_is_left_out_of_the_description() {
        let check = |description: &str, expected: &str| assert_eq!(shortened(description), expected);
        check("Upgrade \"web\" failed: context deadline exceeded", "upgrade: context deadline exceeded");
        check("Rollback \"web\" failed: no", "rollback: no");
        check("Release \"web\" failed: 1 error: \"x\" failed: y", "1 error: \"x\" failed: y");
        check(
            "Release unlocked from stale 'pending-upgrade' state",
            "Release unlocked from stale 'pending-upgrade' state",
        );
        check("", "");
    }
}
