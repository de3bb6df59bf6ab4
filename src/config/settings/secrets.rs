//! `[[secrets]]`: which keys name secrets, beside those that are known to.

use toml::Spanned;
use toml::de::DeValue;

use crate::config::fault::{Fault, Origin, line_of};

/// One `[[secrets]]` of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// A word of keys, or a pattern of whole keys.
    pub key: String,
    /// Whether such keys name secrets, or name none.
    pub is_secret: bool,
    /// Why; empty where that is not said.
    pub reason: String,
    /// Where the key is written.
    pub origin: Origin,
}

const KEYS: [&str; 3] = ["key", "secret", "reason"];

/// Reads one of them.
///
/// # Errors
/// Everything that is wrong in it.
pub(super) fn secret(file: &str, text: &str, row: &Spanned<DeValue<'_>>) -> Result<SecretRow, Vec<Fault>> {
    let fault = |offset, message: String| Fault::at(file, text, offset, message);
    let start = row.span().start;
    let DeValue::Table(fields) = row.get_ref() else {
        return Err(vec![fault(start, "a secret must be a table: key, and secret and reason".to_owned())]);
    };
    let (mut key, mut is_secret, mut reason) = (None, true, String::new());
    let mut faults = Vec::new();
    for (name, value) in fields {
        let word = name.get_ref().as_ref();
        let at = value.span().start;
        match (word, value.get_ref()) {
            ("key", DeValue::String(text)) if text.chars().any(char::is_alphanumeric) => {
                key = Some((text.to_string(), at));
            }
            // A pattern without a letter would hide everything, or nothing.
            ("key", DeValue::String(text)) => {
                faults.push(fault(
                    at,
                    format!("\"{text}\" names no key: write a word of keys, or a pattern such as \"*-pin\""),
                ));
            }
            ("secret", DeValue::Boolean(said)) => is_secret = *said,
            ("secret", _) => faults.push(fault(at, "\"secret\" must be true or false".to_owned())),
            ("reason", DeValue::String(text)) => reason = text.to_string(),
            ("key" | "reason", _) => faults.push(fault(at, format!("\"{word}\" must be a text"))),
            _ => faults.push(fault(name.span().start, format!("a secret has no \"{word}\"")).suggest(word, KEYS)),
        }
    }
    match key {
        Some((key, at)) if faults.is_empty() => {
            Ok(SecretRow { key, is_secret, reason, origin: Origin { file: file.to_owned(), line: line_of(text, at) } })
        }
        None if faults.is_empty() => Err(vec![fault(start, "this secret has no key: add key = \"...\"".to_owned())]),
        Some(_) | None => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    /// Key, whether it is secret, reason and line.
    type Written<'w> = (&'w str, bool, &'w str, usize);

    fn check(text: &str, expected: Result<&[Written<'_>], &[&str]>) {
        let found = Settings::parse("settings.toml", text);
        let found = found.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>());
        let found = found.as_ref().map(|settings| {
            let rows = settings.secrets.iter();
            rows.map(|row| (row.key.as_str(), row.is_secret, row.reason.as_str(), row.origin.line)).collect::<Vec<_>>()
        });
        let found = found.map_err(|said| said.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found, expected.map(<[_]>::to_vec).map_err(<[_]>::to_vec), "{text}");
    }

    #[test]
    fn keys_are_read_in_their_order() {
        check("", Ok(&[]));
        let text = "[[secrets]]\nkey = \"pin\"\nreason = \"of cards\"\n[[secrets]]\nkey = \"page*\"\nsecret = false\n";
        check(text, Ok(&[("pin", true, "of cards", 2), ("page*", false, "", 5)]));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_what_to_do() {
        check("secrets = 1", Err(&["settings.toml:1: \"secrets\" must be written as [[secrets]]"]));
        check("secrets = [1]", Err(&["settings.toml:1: a secret must be a table: key, and secret and reason"]));
        check("[[secrets]]\nreason = \"x\"", Err(&["settings.toml:1: this secret has no key: add key = \"...\""]));
        check(
            "[[secrets]]\nkey = 1\nsecret = \"no\"\nkye = \"x\"\n[[secrets]]\nkey = \"*\"",
            Err(&[
                "settings.toml:2: \"key\" must be a text",
                "settings.toml:3: \"secret\" must be true or false",
                "settings.toml:4: a secret has no \"kye\"; did you mean \"key\"?",
                "settings.toml:6: \"*\" names no key: write a word of keys, or a pattern such as \"*-pin\"",
            ]),
        );
    }
}
