//! The words that several links share.

use jiff::{SignedDuration, Timestamp};

/// A duration as a person says it, coarse: `12s`, `5m`, `3h`, `2d`.
pub(super) fn span(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..=99 => format!("{seconds}s"),
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

/// The first line of a message: the rest stays in the evidence.
pub(super) fn first_line(message: &str) -> &str {
    message.trim().lines().next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_coarse_and_digests_short() {
        let check = |seconds, expected: &str| assert_eq!(span(SignedDuration::from_secs(seconds)), expected);
        check(-5, "0s");
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
    }
}
