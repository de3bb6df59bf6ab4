//! Secrets within a text: passwords in URLs, assignments to secret names, private keys.

use super::MASK;
use super::rules::Rules;

/// Whether a text holds a private key, or what is left of one.
pub(super) fn is_private_key(text: &str) -> bool {
    text.contains("PRIVATE KEY-----") || text.contains("PRIVATE KEY BLOCK-----")
}

/// Whether the word behind this one is secret: `--password`, `-token`.
pub(super) fn is_secret_flag(text: &str, rules: &Rules) -> bool {
    text.strip_prefix('-')
        .is_some_and(|name| !name.contains(['=', ' ']) && rules.is_secret_name(name.trim_start_matches('-')))
}

/// The text with its secrets hidden; `None` if it has none.
pub(super) fn mask(text: &str, rules: &Rules) -> Option<String> {
    pass(text, rules, &mut |_| {})
}

/// Tells each of the text's secrets.
pub(super) fn note(text: &str, rules: &Rules, found: &mut dyn FnMut(&str)) {
    pass(text, rules, found);
}

fn pass(text: &str, rules: &Rules, found: &mut dyn FnMut(&str)) -> Option<String> {
    let mut masked = String::with_capacity(text.len());
    let mut key_indent = None;
    let mut in_private_key = false;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let ending = line.get(body.len()..).unwrap_or_default();
        let indent = body.len() - body.trim_start().len();
        let is_blank = body.trim().is_empty();
        if in_private_key || (body.contains("-----BEGIN") && is_private_key(body)) {
            in_private_key = !body.contains("-----END");
            // Every private key begins and ends alike.
            if !body.trim_start().starts_with("-----") {
                found(body);
            }
            masked.push_str(body.get(..indent).unwrap_or_default());
            masked.push_str(MASK);
        } else if !is_blank && key_indent.is_some_and(|key_indent| indent > key_indent) {
            // Lines that belong to a key of a secret, as in YAML.
            found(body);
            masked.push_str(body.get(..indent).unwrap_or_default());
            masked.push_str(MASK);
        } else {
            if !is_blank {
                key_indent = None;
            }
            let (shown, opens) = mask_line(body, rules, found);
            if opens {
                key_indent = Some(indent);
            }
            masked.push_str(&shown);
        }
        masked.push_str(ending);
    }
    (masked != text).then_some(masked)
}

/// One line, and whether it is a key of a secret with the value on the lines behind it.
fn mask_line(line: &str, rules: &Rules, tell: &mut dyn FnMut(&str)) -> (String, bool) {
    let line = mask_urls(line, tell);
    let mut masked = String::new();
    let mut rest = line.as_str();
    let mut opens = false;
    while let Some(found) = find_assignment(rest, rules) {
        let is_first = found.is_at_start && masked.is_empty();
        let (before, value) = rest.split_at_checked(found.value).unwrap_or((rest, ""));
        let (hidden, behind) =
            value.split_at_checked(value_length(value, is_first, found.is_mapping)).unwrap_or((value, ""));
        masked.push_str(before);
        if is_first && found.is_mapping && (hidden.is_empty() || hidden.starts_with(['|', '>'])) {
            opens = true;
            masked.push_str(hidden);
        } else if holds_nothing(hidden) {
            masked.push_str(hidden);
        } else {
            let quote = match hidden.chars().next() {
                Some('"') => "\"",
                Some('\'') => "'",
                _ => "",
            };
            tell(hidden.trim_matches(['"', '\'']));
            masked.push_str(quote);
            masked.push_str(MASK);
            masked.push_str(quote);
        }
        rest = behind;
    }
    masked.push_str(rest);
    (masked, opens)
}

/// Values without a secret of their own, such as a variable that holds it.
fn holds_nothing(value: &str) -> bool {
    let bare = value.trim().trim_matches(['"', '\'']);
    let is_variable = bare.strip_prefix('$').is_some_and(|name| {
        name.starts_with(['(', '{']) || (!name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    });
    is_variable || matches!(bare, "" | "true" | "false" | "null" | "~" | "{}" | "[]" | "{" | "[" | "***")
}

/// A name of a secret with `=` or `:` behind it.
struct Assignment {
    /// Where the value starts.
    value: usize,
    /// Whether it is written with `:`.
    is_mapping: bool,
    /// Whether nothing stands before the name but white space, dashes, quotes or `export`.
    is_at_start: bool,
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

fn find_assignment(text: &str, rules: &Rules) -> Option<Assignment> {
    for (place, separator) in text.char_indices().filter(|(_, character)| matches!(character, '=' | ':')) {
        let (before, behind) = text.split_at_checked(place)?;
        let value = behind.get(separator.len_utf8()..).unwrap_or_default();
        let is_mapping = separator == ':';
        // `:` needs white space or a quote behind it, else it is part of a word, such as a time or an image.
        if is_mapping && !value.is_empty() && !value.starts_with([' ', '\t', '"', '\'']) {
            continue;
        }
        let head = before.trim_end();
        let head = head.strip_suffix(['"', '\'']).unwrap_or(head);
        let name_start = head.char_indices().rev().take_while(|&(_, character)| is_name(character)).last();
        let Some((name_start, _)) = name_start else { continue };
        let (lead, name) = head.split_at_checked(name_start)?;
        if !rules.is_secret_name(name) {
            continue;
        }
        let blank = value.len() - value.trim_start_matches([' ', '\t']).len();
        let lead = lead.trim_matches([' ', '\t', '-', '"', '\'']);
        return Some(Assignment {
            value: place + separator.len_utf8() + blank,
            is_mapping,
            is_at_start: matches!(lead, "" | "export" | "#" | "set"),
        });
    }
    None
}

/// Bytes of the value: up to its closing quote, or to the end of a line that starts with the name; else `=` takes the
/// next word and `:` all up to what ends a value in JSON.
fn value_length(value: &str, is_first: bool, is_mapping: bool) -> usize {
    let mut characters = value.char_indices();
    if let Some((_, quote @ ('"' | '\''))) = characters.next() {
        let mut is_escaped = false;
        for (place, character) in characters {
            if character == quote && !is_escaped {
                return place + quote.len_utf8();
            }
            is_escaped = character == '\\' && !is_escaped;
        }
        return value.len();
    }
    let end = match (is_first, is_mapping) {
        (true, _) => None,
        (false, true) => value.find(['"', '\'', ',', '}', ']']),
        (false, false) => value.find([' ', '\t', '"', '\'', '&', ';']),
    };
    end.unwrap_or(value.len())
}

/// How far behind `://` a password is looked for, so that hostile text does not cost its square.
const URL_LENGTH: usize = 4096;

/// `scheme://user:password@host` without the password, wherever it stands.
fn mask_urls(line: &str, tell: &mut dyn FnMut(&str)) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(place) = rest.find("://") {
        let (before, behind) = rest.split_at_checked(place + 3).unwrap_or((rest, ""));
        masked.push_str(before);
        rest = behind;
        let near = behind.get(..behind.floor_char_boundary(URL_LENGTH)).unwrap_or_default();
        let word = near.split([' ', '\t', '"', '\'', '<', '>', '`']).next().unwrap_or_default();
        let authority = word.split(['/', '?', '#']).next().unwrap_or_default();
        // A password may hold a slash that should have been escaped; its `@` is then further on.
        let at = authority.rfind('@').or_else(|| word.rfind('@').filter(|_| !ends_with_port(authority)));
        let Some((user, host)) = at.and_then(|at| behind.split_at_checked(at)) else { continue };
        match user.split_once(':') {
            Some((name, password)) if !password.is_empty() => {
                tell(password);
                masked.push_str(name);
                masked.push(':');
                masked.push_str(MASK);
            }
            _ => masked.push_str(user),
        }
        rest = host;
    }
    masked.push_str(rest);
    masked
}

/// `host` or `host:port`, and not `user:` with the start of a password.
fn ends_with_port(authority: &str) -> bool {
    authority.rsplit_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(mask(text, &Rules::default()).as_deref().unwrap_or(text), expected);
    }

    #[test]
    fn passwords_in_urls() {
        check("postgres://user:pw@host:5432/db", "postgres://user:***@host:5432/db");
        check("a=b,redis://:pw@h c://u:p@h", "a=b,redis://:***@h c://u:***@h");
        check("amqp://u:p/w@host/v", "amqp://u:***@host/v");
        check("https://host:80/a@b", "https://host:80/a@b");
        check("https://user@host/a:b", "https://user@host/a:b");
        check("https://host/path", "https://host/path");
        check("https://host:80/a b@c", "https://host:80/a b@c");
    }

    #[test]
    fn assignments() {
        check("password=hunter2", "password=***");
        check("--db-password=hunter2", "--db-password=***");
        check("PGPASSWORD=hunter2 psql -h x", "PGPASSWORD=***");
        check("env PGPASSWORD=hunter2 psql -h x", "env PGPASSWORD=*** psql -h x");
        check("export PASSWORD=$(kubectl get secret x)", "export PASSWORD=$(kubectl get secret x)");
        check("sh -c 'login --token=$TOKEN'", "sh -c 'login --token=$TOKEN'");
        check("host=x password=hunter2 user=y", "host=x password=*** user=y");
        check("https://x/?a=1&token=abc&b=2", "https://x/?a=1&token=***&b=2");
        check("password: hunter2 and more\n", "password: ***\n");
        check("{\"a\": \"b\", \"password\": \"h\\\"2\", \"c\": 1}", "{\"a\": \"b\", \"password\": \"***\", \"c\": 1}");
        check("password:\n  hunter2\n\n  more\nuser: x\n", "password:\n  ***\n\n  ***\nuser: x\n");
        check("  token: |\n    abc\n    def\n  b: c", "  token: |\n    ***\n    ***\n  b: c");
        check("export API_KEY='abc def'", "export API_KEY='***'");
        check("password=true\ntoken: null\nsecret=", "password=true\ntoken: null\nsecret=");
        check("secretName: x\ntokenizer: y\nimage: a:b", "secretName: x\ntokenizer: y\nimage: a:b");
        check("curl -H \"Authorization: Bearer abc\"", "curl -H \"Authorization: ***\"");
    }

    #[test]
    fn private_keys() {
        let key = "a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n=\n-----END RSA PRIVATE KEY-----\nb\n";
        check(key, "a\n***\n***\n***\n***\nb\n");
        assert!(is_private_key(key));
        assert!(!is_private_key("-----BEGIN CERTIFICATE-----"));
    }

    #[test]
    fn flags() {
        for flag in ["--password", "-token", "--api-key"] {
            assert!(is_secret_flag(flag, &Rules::default()), "{flag}");
        }
        for other in ["password", "--password=x", "--password-file", "--user", "-", ""] {
            assert!(!is_secret_flag(other, &Rules::default()), "{other}");
        }
    }
}
