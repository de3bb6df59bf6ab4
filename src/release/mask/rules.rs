//! Which keys name secrets: the shipped words (see `words`), and the user's own before them.

use std::sync::Arc;

use super::words::{self, KeyClass};

/// What the user's settings say of keys. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    rows: Arc<[Rule]>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A word, such as `pin`, which fits keys that have it among their words: `cardPin`, `CARD_PIN`. Several words, such as
    /// `account id`, fit where they follow each other. With a `*`, which stands for any text, it fits whole keys, capital or
    /// small: `*-pin`, `vault*`.
    pub key: String,
    /// Whether such a key names a secret, or names none.
    pub is_secret: bool,
}

impl Rules {
    /// The first rule that fits a key counts.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rows: rules.into() }
    }

    /// What a key says of its value. A word that names a secret gives way to a last word that tells of one, as the shipped
    /// words do: with `pin`, `pinLength` is no secret. A pattern does not.
    pub(super) fn classify(&self, key: &str) -> KeyClass {
        let Some(rule) = self.rows.iter().find(|rule| rule.fits(key)) else { return words::classify(key) };
        match (rule.is_secret, words::classify(key)) {
            (true, KeyClass::Reference) if !rule.is_pattern() => KeyClass::Reference,
            (true, _) => KeyClass::Secret,
            (false, _) => KeyClass::Reference,
        }
    }

    /// Whether the value that goes with such a name is secret: of an environment variable, of a flag, in a line of text.
    pub(super) fn is_secret_name(&self, name: &str) -> bool {
        matches!(self.classify(name), KeyClass::Secret | KeyClass::SecretIfScalar)
    }
}

impl Rule {
    fn is_pattern(&self) -> bool {
        self.key.contains('*')
    }

    fn fits(&self, key: &str) -> bool {
        if self.is_pattern() {
            return fits(&self.key.to_lowercase(), &key.to_lowercase());
        }
        let (wanted, words) = (words::split(&self.key), words::split(key));
        !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == wanted)
    }
}

/// Whether a text is of a pattern, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &[(&str, bool)], key: &str, class: KeyClass) {
        let rules = rules.iter().map(|&(key, is_secret)| Rule { key: key.to_owned(), is_secret }).collect();
        assert_eq!(Rules::new(rules).classify(key), class, "{key}");
    }

    #[test]
    fn words_fit_among_the_words_of_a_key() {
        for key in ["pin", "cardPin", "CARD_PIN", "pin-code"] {
            check(&[("pin", true)], key, KeyClass::Secret);
        }
        for key in ["ping", "spin", "opinion"] {
            check(&[("pin", true)], key, KeyClass::Neutral);
        }
        check(&[("pin", true)], "pinLength", KeyClass::Reference);
        check(&[("accountId", true)], "aws_account_id", KeyClass::Secret);
        check(&[("account id", true)], "idAccount", KeyClass::Neutral);
    }

    #[test]
    fn patterns_fit_whole_keys() {
        check(&[("pin*", true)], "pinLength", KeyClass::Secret);
        check(&[("*-pin", true)], "card-PIN", KeyClass::Secret);
        check(&[("*-pin", true)], "card-pins", KeyClass::Neutral);
        check(&[("a*b*c", true)], "a-b-b-c", KeyClass::Secret);
        check(&[("a*b", true)], "ab", KeyClass::Secret);
        check(&[("ab*b", true)], "ab", KeyClass::Neutral);
        check(&[("*", true)], "anything", KeyClass::Secret);
    }

    #[test]
    fn a_rule_takes_a_key_off_the_list_and_the_first_counts() {
        check(&[("token", false)], "pageToken", KeyClass::Reference);
        check(&[("token", false)], "password", KeyClass::Secret);
        check(&[("page token", false)], "apiToken", KeyClass::Secret);
        check(&[("api token", true), ("token", false)], "apiToken", KeyClass::Secret);
        check(&[("", true)], "", KeyClass::Neutral);
    }
}
