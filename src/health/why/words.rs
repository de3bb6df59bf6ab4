//! The words that several links share.

use jiff::{SignedDuration, Timestamp};

/// A duration as a person says it, coarse: `12s`, `5m`, `3h`, `2d`.
#[must_use]
pub fn span(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0 => "<1s".to_owned(),
        1..=99 => format!("{seconds}s"),
        100..=5_999 => format!("{}m", seconds / 60),
        6_000..=172_799 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long ago it was.
pub(super) fn ago(since: Timestamp, now: Timestamp) -> String {
    span(now.duration_since(since))
}

/// A revision of an artifact with its digest cut to what one compares by eye: `main@sha1:3f2a9c1d04be`.
pub(super) fn artifact(revision: &str) -> String {
    const SHOWN: usize = 12;
    let Some((before, digest)) = revision.rsplit_once(':') else { return revision.to_owned() };
    let is_digest = digest.len() > SHOWN && digest.chars().all(|c| c.is_ascii_hexdigit());
    match digest.get(..SHOWN) {
        Some(start) if is_digest => format!("{before}:{start}"),
        _ => revision.to_owned(),
    }
}

/// `1 try`, `2 tries`.
pub(super) fn tries(count: i64) -> String {
    if count == 1 { "1 try".to_owned() } else { format!("{count} tries") }
}

/// `1 forced try`, `2 forced tries`.
pub(super) fn forced(count: i64) -> String {
    if count == 1 { "1 forced try".to_owned() } else { format!("{count} forced tries") }
}

/// `1 retry`, `2 retries`.
pub(super) fn retries(count: i64) -> String {
    if count == 1 { "1 retry".to_owned() } else { format!("{count} retries") }
}

/// The new image, without what both have before the tag.
pub(super) fn other_tag<'a>(old: &str, new: &'a str) -> &'a str {
    match (old.rsplit_once(':'), new.rsplit_once(':')) {
        (Some((before, _)), Some((after, tag))) if before == after && !tag.contains('/') => tag,
        _ => new,
    }
}

/// The first line of a message: the rest stays in the evidence. Of a list of errors it is the first error, because
/// "1 error occurred:" says nothing. Source of the form: hashicorp/go-multierror `format.go`.
pub(super) fn first_line(message: &str) -> String {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let list = first.strip_suffix(" occurred:").and_then(|text| text.rsplit_once(": "));
    match (list, lines.next().and_then(|line| line.strip_prefix("* "))) {
        (Some((before, _)), Some(error)) => format!("{before}: {error}"),
        _ => first.to_owned(),
    }
}

/// A refused server-side apply: which object, and who owns the field. "conflict occurred while applying object
/// legacy/wiki apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec".
/// Sources: helm v4.2.4 `pkg/kube/client.go`, kubernetes/apimachinery `pkg/util/managedfields` (conflicts).
pub(super) fn conflict(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("conflict occurred while applying object ")?;
    let (object, rest) = rest.split_once(": Apply failed with ")?;
    let (path, kind) = object.split_once(' ').and_then(|(path, kind)| Some((path, kind.split_once("Kind=")?.1)))?;
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let (count, rest) = rest.split_once(" conflict")?;
    let mut owners: Vec<&str> =
        rest.split("with \"").skip(1).filter_map(|owner| owner.split_once('"').map(|(owner, _)| owner)).collect();
    owners.dedup();
    let owners = owners.join(", ");
    if count != "1" {
        return Some(format!("{kind} {name}: {count} of its fields are owned by {owners}"));
    }
    let field = rest.lines().next()?.rsplit_once(": ").map_or(rest, |(_, field)| field);
    Some(format!("{kind} {name}: {owners} owns {field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_coarse_and_digests_short() {
        let check = |seconds, expected: &str| assert_eq!(span(SignedDuration::from_secs(seconds)), expected);
        check(-5, "<1s");
        check(12, "12s");
        check(99, "99s");
        check(100, "1m");
        check(300, "5m");
        check(7_200, "2h");
        check(200_000, "2d");
        let check = |revision: &str, expected: &str| assert_eq!(artifact(revision), expected);
        check("main@sha1:3f2a9c1d04be5f1e8f79333288b143e9f161df6d", "main@sha1:3f2a9c1d04be");
        check("sha256:fe806dacf0f29c36f55f7bd0b3da3590570e84032f5207d5593c7fc7b79505d1", "sha256:fe806dacf0f2");
        check("1.4.0", "1.4.0");
        check("", "");
        let check = |old: &str, new: &str, expected: &str| assert_eq!(other_tag(old, new), expected);
        check("r.example.com/a:1", "r.example.com/a:2", "2");
        check("r.example.com/a:1", "r.example.com/b:1", "r.example.com/b:1");
        check("r.example.com:5000/a", "r.example.com:5001/a", "r.example.com:5001/a");
    }

    #[test]
    fn the_first_of_several_errors_is_told() {
        let check = |message: &str, expected: &str| assert_eq!(first_line(message), expected);
        check("context deadline exceeded\n\nLast Helm logs:\nx", "context deadline exceeded");
        check(
            "pre-upgrade hooks failed: 1 error occurred:\n\t* job migrate failed: BackoffLimitExceeded\n\n",
            "pre-upgrade hooks failed: job migrate failed: BackoffLimitExceeded",
        );
        check("1 error occurred:", "1 error occurred:");
        check("", "");
    }

    #[test]
    fn a_conflict_names_object_owner_and_field() {
        let check = |message: &str, expected: Option<&str>| assert_eq!(conflict(message).as_deref(), expected);
        check(
            "Upgrade \"wiki\" failed: conflict occurred while applying object legacy/wiki apps/v1, Kind=Deployment: \
             Apply failed with 1 conflict: conflict with \"kubectl-set\" using apps/v1: \
             .spec.template.spec.containers[name=\"web\"].image",
            Some("Deployment wiki: kubectl-set owns .spec.template.spec.containers[name=\"web\"].image"),
        );
        check(
            "conflict occurred while applying object shop/web /v1, Kind=Service: Apply failed with 2 conflicts: \
             conflicts with \"helm-controller\":\n- .spec.a\nconflicts with \"platform\" using v1:\n- .spec.b",
            Some("Service web: 2 of its fields are owned by helm-controller, platform"),
        );
        check("context deadline exceeded", None);
    }
}
