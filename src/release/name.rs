//! The name that a HelmRelease gives its Helm release.
//!
//! Source: helm-controller `api/v2/helmrelease_types.go` (GetReleaseName), `internal/release/name.go` (ShortenName),
//! v1.6.3.

use sha2::{Digest, Sha256};

/// Longest name that Helm takes, in bytes.
pub const NAME_LIMIT: usize = 53;

/// Bytes of a longer name that are kept.
const KEPT: usize = 40;

/// Bytes of the SHA-256 of a longer name that are put behind it, in two digits each.
const DIGEST: usize = 6;

/// The explicit name, else `[targetNamespace-]name`, shortened to what Helm takes. Empty text counts as unset.
///
/// Messages of helm-controller on a failed install or upgrade name the release unshortened.
#[must_use]
pub fn effective_release_name(release_name: Option<&str>, target_namespace: Option<&str>, name: &str) -> String {
    let is_set = |text: &&str| !text.is_empty();
    let whole = match (release_name.filter(is_set), target_namespace.filter(is_set)) {
        (Some(release_name), _) => release_name.to_owned(),
        (None, Some(namespace)) => format!("{namespace}-{name}"),
        (None, None) => name.to_owned(),
    };
    shorten(whole)
}

fn shorten(name: String) -> String {
    if name.len() <= NAME_LIMIT {
        return name;
    }
    // Names of Kubernetes objects are ASCII, so that the cut is never within a character.
    let kept = name.get(..name.floor_char_boundary(KEPT)).unwrap_or_default();
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(DIGEST).fold(format!("{kept}-"), |short, byte| format!("{short}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_name_is_made_of_the_others() {
        let check = |release_name, target_namespace, expected: &str| {
            assert_eq!(effective_release_name(release_name, target_namespace, "web"), expected);
        };
        check(None, None, "web");
        check(Some(""), Some(""), "web");
        check(None, Some("shop"), "shop-web");
        check(Some("front"), Some("shop"), "front");
    }

    #[test]
    fn a_long_name_keeps_its_start() {
        let long = "a".repeat(54);
        let short = effective_release_name(None, None, &long);
        assert_eq!(short.len(), NAME_LIMIT);
        assert!(short.starts_with(&format!("{}-", "a".repeat(40))));
        assert_eq!(effective_release_name(None, None, &"a".repeat(53)), "a".repeat(53));
        // Never panics, even where no object could be named so.
        assert!(effective_release_name(None, None, &"é".repeat(40)).len() <= NAME_LIMIT);
    }
}
