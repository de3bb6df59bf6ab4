//! The verdict of a release without a HelmRelease, from what Helm stored.

use jiff::{SignedDuration, Timestamp};

use super::by_objects::waited;
use super::verdict::{Cause, Said, Verdict};
use crate::release::payload::ReleaseStatus;
use crate::release::{Evidence, Management, PayloadState, ProblemKind, Release};

/// How long an action may be under way before it counts as cut off: Helm's default timeout. The client's own one is stored
/// nowhere. Source: helm v4.2.4 `pkg/cmd/flags.go`.
const TIMEOUT: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn judge(release: &Release, now: Timestamp) -> Said {
    let judged = by_status(release, now);
    let PayloadState::Failed(problem) = &release.payload else { return judged };
    // Helm passes over what it cannot read: such a release is not there for it. That it could not be fetched just now
    // says nothing of the release, and what its label says stands.
    let lost = problem.kind == ProblemKind::Malformed && judged.verdict == Verdict::Healthy;
    let verdict = if lost { Verdict::Unknown } else { judged.verdict };
    let unread = format!("the payload of the latest revision cannot be read: {problem}");
    let cause = match judged.cause {
        // Without the payload there is no description, and the cause is but the status once more.
        Some(cause) if verdict != Verdict::Failed => Cause { text: format!("{}; {unread}", cause.text), ..cause },
        _ => Cause::of(unread),
    };
    Said { verdict, cause: Some(cause), ..judged }
}

/// An action of Helm that has not ended: under way, or cut off when it lasts too long. One of which no time is known may
/// have begun at any time, and is taken for cut off.
pub(super) fn unfinished(status: &ReleaseStatus, since: Option<Timestamp>, now: Timestamp) -> Said {
    let turn = since.and_then(|since| since.checked_add(TIMEOUT).ok());
    if turn.is_none_or(|turn| turn <= now) {
        let text = format!("{status}, its client is probably gone");
        return Said::because(Verdict::Pending, Cause::since(text, since));
    }
    let action = status.as_str().trim_start_matches("pending-");
    let text = format!("{action} under way ({status})");
    Said { turn, ..Said::because(Verdict::Progressing, Cause::since(text, since)) }
}

fn uninstalling(since: Option<Timestamp>, now: Timestamp) -> Said {
    let turn = since.and_then(|since| since.checked_add(TIMEOUT).ok());
    let stuck = turn.is_none_or(|turn| turn <= now);
    let verdict = if stuck { Verdict::Deleting } else { Verdict::Progressing };
    Said { turn: turn.filter(|_| !stuck), ..Said::because(verdict, Cause::since("uninstalling", since)) }
}

fn by_status(release: &Release, now: Timestamp) -> Said {
    if release.evidence == Evidence::Objects {
        let text = match release.management {
            Management::Flux => "from objects, Secrets forbidden; its HelmRelease cannot be seen",
            Management::Helm | Management::Helm3 | Management::Helm4 => "from objects, Secrets forbidden",
        };
        return Said::because(Verdict::Unknown, Cause::of(text));
    }
    let Some(status) = &release.status else { return Said::plain(Verdict::Unknown) };
    let described = || release.description.as_deref().map_or_else(|| status.to_string(), shortened);
    match status {
        ReleaseStatus::Failed => Said {
            by_objects: release.description.as_deref().is_some_and(waited),
            left: true,
            ..Said::because(Verdict::Failed, Cause::of(described()))
        },
        ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade | ReleaseStatus::PendingRollback => {
            unfinished(status, release.updated.or(release.changed), now)
        }
        // When it was deployed says nothing of when its uninstall began.
        ReleaseStatus::Uninstalling => uninstalling(release.changed.or(release.updated), now),
        ReleaseStatus::Uninstalled => Said::because(Verdict::Uninstalled, Cause::of("history kept")),
        ReleaseStatus::Superseded if release.only_superseded => {
            Said::because(Verdict::Unknown, Cause::of("no revision is deployed: only superseded ones remain"))
        }
        ReleaseStatus::Superseded => Said::because(Verdict::Unknown, Cause::of("the latest revision is superseded")),
        ReleaseStatus::Deployed if release.orphaned => Said::because(
            Verdict::Healthy,
            Cause::of("Flux deployed it and its HelmRelease is gone: nothing manages it now"),
        ),
        ReleaseStatus::Deployed => Said::plain(Verdict::Healthy),
        ReleaseStatus::Unknown(word) if word.is_empty() || word == "unknown" => {
            Said::because(Verdict::Unknown, Cause::of("Helm stored no status for the latest revision"))
        }
        ReleaseStatus::Unknown(word) => {
            Said::because(Verdict::Unknown, Cause::of(format!("\"{word}\" is no status that Helm knows")))
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
