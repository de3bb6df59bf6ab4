//! What the objects of a release say, joined with what the release says of itself: the worse of both counts, and what is
//! wrong with an object is the cause wherever it may be.

use super::verdict::{Cause, Said, Verdict};
use super::{Standing, Trouble};
use crate::release::ObjectId;

/// Verdict and cause of both together.
pub(super) fn join(said: Said, standing: &Standing) -> (Verdict, Option<Cause>) {
    let found = found(said.verdict, standing).filter(|(verdict, _)| *verdict < said.verdict);
    if let Some((verdict, cause)) = found {
        let under_way = said.cause.filter(|_| said.verdict == Verdict::Progressing).map(|own| own.text);
        return (verdict, Some(with(cause, under_way)));
    }
    let deepest = match said.verdict {
        // Of an action that waits, what it waits for; evidence of an earlier try would mislead.
        Verdict::Progressing => standing.waiting.first().map(|trouble| (trouble, standing.waiting.len())),
        Verdict::Failed | Verdict::Stalled if said.by_objects => {
            let broken = standing.broken.first().map(|trouble| (trouble, standing.broken.len()));
            let remembered = standing.remembered.first().map(|trouble| (trouble, 1));
            let text = said.cause.as_ref().map_or("", |cause| cause.text.as_str());
            let late = standing.waiting.iter().filter(|trouble| said.left && waited_for(text, trouble));
            broken.or(remembered).or(late.clone().next().map(|trouble| (trouble, late.count())))
        }
        Verdict::Failed
        | Verdict::Stalled
        | Verdict::Missing
        | Verdict::Pending
        | Verdict::Blocked
        | Verdict::Degraded
        | Verdict::Deleting
        | Verdict::Drifted
        | Verdict::Suspended
        | Verdict::Uninstalled
        | Verdict::Unknown
        | Verdict::Assumed
        | Verdict::Healthy => None,
    };
    let cause = match (deepest, said.cause) {
        (Some((trouble, count)), own) if said.verdict == Verdict::Progressing => {
            let since = own.as_ref().and_then(|own| own.since).or(trouble.since);
            let cause = Cause { since, ..cause(standing, trouble, count) };
            Some(with(cause, own.map(|own| own.text)))
        }
        (Some((trouble, count)), _) => Some(with(Cause { since: None, ..cause(standing, trouble, count) }, said.then)),
        (None, own) => own.map(|own| with(own, said.then)),
    };
    (said.verdict, cause)
}

/// The worst that the objects say, as far as it can be said beside what the release says of itself.
fn found(said: Verdict, standing: &Standing) -> Option<(Verdict, Cause)> {
    // What an action has not made yet is not missing; what is left of an uninstalled release is not the release's any more.
    let names = match said {
        Verdict::Uninstalled => return None,
        Verdict::Pending | Verdict::Progressing | Verdict::Deleting => false,
        Verdict::Failed
        | Verdict::Stalled
        | Verdict::Missing
        | Verdict::Blocked
        | Verdict::Degraded
        | Verdict::Drifted
        | Verdict::Suspended
        | Verdict::Unknown
        | Verdict::Assumed
        | Verdict::Healthy => true,
    };
    if names
        && let Some(first) = standing.missing.first()
        && let Some(text) = missing(&standing.missing)
    {
        return Some((Verdict::Missing, Cause { seen: standing.seen_at(first), ..Cause::of(text) }));
    }
    let lists = [
        (Verdict::Degraded, &standing.broken),
        (Verdict::Deleting, &standing.stuck),
        (Verdict::Progressing, &standing.waiting),
        (Verdict::Unknown, &standing.unknown),
    ];
    lists.into_iter().find_map(|(verdict, troubles)| {
        let first = troubles.first()?;
        Some((verdict, cause(standing, first, troubles.len())))
    })
}

fn cause(standing: &Standing, trouble: &Trouble, count: usize) -> Cause {
    let seen = standing.seen_at(&trouble.object);
    Cause { seen, ..Cause::since(sentence(trouble, count), trouble.since) }
}

fn missing(objects: &[ObjectId]) -> Option<String> {
    match objects {
        [] => None,
        [one] => Some(format!("{one} is missing")),
        [first, rest @ ..] => Some(format!("{first} and {} more are missing", rest.len())),
    }
}

/// One trouble in a line, and how many more objects have one.
fn sentence(trouble: &Trouble, count: usize) -> String {
    let said = [&trouble.text, &trouble.message, &trouble.reason].into_iter().find(|text| !text.is_empty());
    let text = said.map_or_else(|| trouble.object.to_string(), |said| format!("{}: {said}", trouble.object));
    if count > 1 { format!("{text}; {} more", count - 1) } else { text }
}

fn with(cause: Cause, then: Option<String>) -> Cause {
    match then {
        Some(then) => Cause { text: format!("{} ({then})", cause.text), ..cause },
        None => cause,
    }
}

/// What a client says whose next look would have come after the end of its wait. It names no object. Source:
/// golang.org/x/time `rate/rate.go`, passed on by client-go `rest/request.go`.
const OUT_OF_TIME: &str = "would exceed context deadline";

/// Whether an action that failed waited for this object, which is not ready yet.
fn waited_for(message: &str, trouble: &Trouble) -> bool {
    let ObjectId { kind, namespace, name, .. } = &trouble.object;
    let named = |end: &str| message.contains(&format!("{kind}/{namespace}/{name}{end}"));
    message.contains(OUT_OF_TIME) || named(" status: ") || named(" not ready")
}

/// Whether an action failed because it waited for objects: what ails them is then why it failed.
///
/// Sources: fluxcd/pkg `ssa/manager_wait.go`, fluxcd/cli-utils `pkg/kstatus` ("timeout waiting for", "failed early"),
/// helm v4.2.4 `pkg/kube/statuswait.go` ("resource ... not ready"), helm v3.21.4 `pkg/kube/wait.go` ("timed out waiting").
pub(super) fn waited(message: &str) -> bool {
    [
        "timeout waiting for",
        "timed out waiting",
        "context deadline exceeded",
        OUT_OF_TIME,
        "not ready",
        "failed early",
        "hooks failed",
    ]
    .iter()
    .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::health::objects::Counts;

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(second).ok()
    }

    fn trouble(kind: &str, name: &str, text: &str) -> Trouble {
        Trouble {
            object: ObjectId::new("apps", kind, "shop", name),
            path: Vec::new(),
            container: None,
            image: None,
            pods: (0, 0),
            reason: "Reason".to_owned(),
            text: text.to_owned(),
            message: String::new(),
            since: at(7),
        }
    }

    fn said(verdict: Verdict, text: &str) -> Said {
        let waited = waited(text);
        Said {
            left: true,
            by_objects: waited,
            then: Some("rolled back".to_owned()),
            ..Said::because(verdict, Cause::of(text))
        }
    }

    fn check(said: Said, standing: &Standing, expected: (Verdict, &str, Option<i64>)) {
        let (verdict, cause) = join(said, standing);
        let cause = cause.unwrap_or_else(|| Cause::of(""));
        let (expected_verdict, text, since) = expected;
        assert_eq!((verdict, cause.text.as_str(), cause.since), (expected_verdict, text, since.and_then(at)));
    }

    fn standing() -> Standing {
        Standing { seen: true, counts: Counts { ready: 1, total: 2, ..Counts::default() }, ..Standing::default() }
    }

    #[test]
    fn the_worse_of_release_and_objects_counts() {
        use Verdict::*;
        let pull = || vec![trouble("Deployment", "web", "web cannot pull x:1")];
        let broken = Standing { broken: pull(), ..standing() };
        let two = Standing { broken: [pull(), pull()].concat(), ..standing() };
        let waiting = Standing { waiting: vec![trouble("Deployment", "web", "1 of 2 updated")], ..standing() };
        let remembered = Standing { remembered: pull(), ..waiting.clone() };
        let gone = Standing { missing: vec![ObjectId::new("apps", "Deployment", "shop", "web")], ..broken.clone() };
        let stuck = Standing { stuck: vec![trouble("Pod", "old", "kept by finalizer x")], ..standing() };
        const PULL: &str = "Deployment web: web cannot pull x:1";
        check(Said::plain(Healthy), &standing(), (Healthy, "", None));
        check(Said::plain(Healthy), &broken, (Degraded, PULL, Some(7)));
        check(Said::plain(Healthy), &two, (Degraded, "Deployment web: web cannot pull x:1; 1 more", Some(7)));
        check(Said::plain(Healthy), &waiting, (Progressing, "Deployment web: 1 of 2 updated", Some(7)));
        check(Said::plain(Healthy), &stuck, (Deleting, "Pod old: kept by finalizer x", Some(7)));
        check(Said::plain(Healthy), &gone, (Missing, "Deployment web is missing", None));
        check(Said::plain(Suspended), &broken, (Degraded, PULL, Some(7)));
        check(Said::plain(Drifted), &gone, (Missing, "Deployment web is missing", None));
        check(Said::plain(Uninstalled), &gone, (Uninstalled, "", None));
        // Under way: not made yet is not missing, and what crashes is said before the action ends.
        let runs = || Said::because(Progressing, Cause::since("upgrade under way", at(3)));
        check(runs(), &gone, (Degraded, "Deployment web: web cannot pull x:1 (upgrade under way)", Some(7)));
        check(runs(), &waiting, (Progressing, "Deployment web: 1 of 2 updated (upgrade under way)", Some(3)));
        check(runs(), &remembered, (Progressing, "Deployment web: 1 of 2 updated (upgrade under way)", Some(3)));
        // Of a failure the objects are the cause only where it waited for them.
        check(
            said(Failed, "timeout waiting for: x"),
            &broken,
            (Failed, "Deployment web: web cannot pull x:1 (rolled back)", None),
        );
        check(
            said(Stalled, "timeout waiting for: x"),
            &remembered,
            (Stalled, "Deployment web: web cannot pull x:1 (rolled back)", None),
        );
        // What it waited for and is not broken yet: named, or anything where it says that its time was over.
        const LATE: &str = "Deployment web: 1 of 2 updated (rolled back)";
        let named = "timeout waiting for: [Deployment/shop/web status: 'InProgress']";
        let unnamed = "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context deadline";
        check(said(Failed, named), &waiting, (Failed, LATE, None));
        check(said(Stalled, unnamed), &waiting, (Stalled, LATE, None));
        let other = "timeout waiting for: [Deployment/shop/other status: 'InProgress']";
        check(said(Failed, other), &waiting, (Failed, &format!("{other} (rolled back)"), None));
        let replaced = Said { left: false, ..said(Failed, named) };
        check(replaced, &waiting, (Failed, &format!("{named} (rolled back)"), None));
        check(said(Failed, "conflict with kubectl"), &broken, (Failed, "conflict with kubectl (rolled back)", None));
        check(said(Failed, "timeout waiting for: x"), &waiting, (Failed, "timeout waiting for: x (rolled back)", None));
        check(
            said(Failed, "timeout waiting for: x"),
            &gone,
            (Failed, "Deployment web: web cannot pull x:1 (rolled back)", None),
        );
    }
}
