//! Which secret values are too plain to be looked for elsewhere: they would take away what a reader has to see.
//!
//! A Service and a Secret's `host` may both say `storefront-database`, and a release may have `changeme` for a password. Such
//! values are hidden where they stand, and nowhere else. A value is plain when it
//!
//! - has fewer than 8 bytes,
//! - is a number of fewer than 16 digits,
//! - reads like a name, an image, a host, a path or an address: letters, digits and `-_.:/@`, of which every piece between these
//!   signs is a word (`storefront`, `topSecret`, up to 24 letters; a word may end in up to two digits), a number, or up to three
//!   letters and digits, such as `v1`. An address may have a query as well.
//! - is a variable such as `$(DB_PASSWORD)`, which holds nothing itself.
//!
//! What has blanks or any other sign is no name; nor is what mixes letters and digits, as generated passwords do.

/// Fewer bytes say too little: they stand everywhere.
const SHORTEST: usize = 8;
/// So many digits are no port, time or size any more.
const DIGITS: usize = 16;
/// Longer words are none.
const LONGEST_WORD: usize = 24;
/// Letters that a word of several, such as `topSecret`, has on average.
const LETTERS: usize = 3;

/// Whether a value is hidden in its place alone.
pub(super) fn is_plain(value: &str) -> bool {
    let is_variable = [("$(", ')'), ("${", '}')].iter().any(|(begin, end)| {
        value.strip_prefix(begin).and_then(|rest| rest.find(*end)).is_some_and(|at| at + begin.len() + 1 == value.len())
    });
    if value.len() < SHORTEST || is_variable {
        return true;
    }
    let is_address = value.contains("://") && !value.contains('@');
    let is_sign = |c: char| matches!(c, '-' | '_' | '.' | ':' | '/' | '@') || (is_address && "?&=,%+#~".contains(c));
    let digits = value.chars().filter(char::is_ascii_digit).count();
    if digits >= DIGITS || !value.chars().all(|c| c.is_ascii_alphanumeric() || is_sign(c)) {
        return false;
    }
    let pieces: Vec<&str> = value.split(is_sign).filter(|piece| !piece.is_empty()).collect();
    let short = pieces.iter().filter(|piece| is_short_mix(piece)).count();
    // A licence key is made of such pieces alone.
    let words = pieces.iter().filter(|piece| is_word(piece)).count();
    short <= words && pieces.iter().all(|piece| is_word(piece) || is_number(piece) || is_short_mix(piece))
}

fn is_number(piece: &str) -> bool {
    piece.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_short_mix(piece: &str) -> bool {
    piece.len() <= 3 && !is_number(piece) && piece.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_word(piece: &str) -> bool {
    let letters = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    if letters.is_empty() || piece.len() - letters.len() > 2 || letters.len() > LONGEST_WORD {
        return false;
    }
    if !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    // Capitals within make several words of it; random letters make very short ones.
    let capitals = letters.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
    let is_all_capitals = !letters.bytes().any(|byte| byte.is_ascii_lowercase());
    capitals == 0 || is_all_capitals || letters.len() >= (capitals + 1) * LETTERS
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn what_a_reader_has_to_see_stays() {
        for value in [
            "short",
            "true",
            "storefront",
            "storefront-database",
            "changeme",
            "topSecret",
            "Password12",
            "PRODUCTION",
            "12345678",
            "1730000000",
            "192.168.100.200",
            "db.shop.svc.cluster.local:5432",
            "registry.example.com/team/app:1.27.3",
            "postgresql://shop-db.shop.svc:5432/shop",
            "https://shop.example.com/a?b=c&debug=true",
            "/var/run/secrets/app",
            "ops@example.com",
            "eu-west-1a",
            "k8s-node-01",
            "kubernetes.io/tls",
            "$(DB_PASSWORD)",
            "${DB_PASSWORD}",
        ] {
            assert!(is_plain(value), "{value}");
        }
    }

    #[test]
    fn what_only_secrets_look_like_is_looked_for() {
        for value in [
            "hunter2-hunter2x9",
            "Tr0ub4dor&3",
            "$(A)hunter2$(B)",
            "correct horse battery staple",
            "s3cr3t-p4ssw0rd",
            "aB3dE9fGh1",
            "xKqPzTrWmNbVcXyZ",
            "3f2b8c1e-9d4a-4c58-8a44-1f0e6f0a7b1c",
            "A1B-2C3-D4E-5F6",
            "4111111111111111",
            "AKIAIOSFODNN7EXAMPLE",
            "glpat-x8s9d7f6g5h4",
            "password!",
            "postgres://user:pw@host/db?x=y",
            "pässwörter",
            "abcdefghijklmnopqrstuvwxyz",
        ] {
            assert!(!is_plain(value), "{value}");
        }
    }
}
