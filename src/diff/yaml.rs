//! Documents written as YAML for a reader: each document one way alone, so that no two texts differ in spelling only.
//!
//! Whoever reads it by YAML 1.1 or 1.2 gets the document back. Rejected: serde_yaml writes a text with a tab or a trailing
//! blank as one line in quotes, where every change is a change of the whole script, and leaves `on` without quotes.

use serde_json::Value;

/// A document as YAML, ended by a newline. Keys and items stand in their order. Nothing for null: a document that is not there.
#[must_use]
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Null => {}
        Value::Object(_) | Value::Array(_) if !is_empty(value) => collection(&mut text, value, 0, false),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Array(_) => {
            scalar(&mut text, value, 0);
            text.push('\n');
        }
    }
    text
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(pairs) => pairs.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// A map or list that holds something, in its column; its first line goes on behind a dash where there is one.
fn collection(text: &mut String, value: &Value, column: usize, mut is_behind_dash: bool) {
    let mut start = |text: &mut String| {
        if !std::mem::take(&mut is_behind_dash) {
            text.extend(std::iter::repeat_n(' ', column));
        }
    };
    match value {
        Value::Object(pairs) => {
            for (key, value) in pairs {
                start(text);
                match is_plain(key) {
                    true => text.push_str(key),
                    false => quote(text, key),
                }
                text.push(':');
                match value {
                    Value::Object(_) if !is_empty(value) => {
                        text.push('\n');
                        collection(text, value, column.saturating_add(2), false);
                    }
                    Value::Array(_) if !is_empty(value) => {
                        text.push('\n');
                        collection(text, value, column, false);
                    }
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Object(_)
                    | Value::Array(_) => {
                        text.push(' ');
                        scalar(text, value, column);
                        text.push('\n');
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                start(text);
                text.push_str("- ");
                if is_empty(item) {
                    scalar(text, item, column);
                    text.push('\n');
                } else {
                    collection(text, item, column.saturating_add(2), true);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What stands behind a key or dash that stands in this column.
fn scalar(text: &mut String, value: &Value, column: usize) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
        Value::Object(_) => text.push_str("{}"),
        Value::Array(_) => text.push_str("[]"),
        Value::String(string) if is_block(string) => block(text, string, column.saturating_add(2)),
        Value::String(string) if is_plain(string) => text.push_str(string),
        Value::String(string) => quote(text, string),
    }
}

/// What YAML takes without an escape, on one line or several.
fn is_printable(character: char) -> bool {
    matches!(character, '\t' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}')
        || matches!(character, '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Whether a text of several lines can stand as it is.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.trim_matches('\n').is_empty()
        && text.chars().all(|character| character == '\n' || is_printable(character))
}

fn block(text: &mut String, string: &str, column: usize) {
    let lines = string.trim_end_matches('\n');
    let ends = string.len() - lines.len();
    text.push('|');
    if lines.starts_with([' ', '\t', '\n']) {
        // Two columns: what the place of the first line would not tell.
        text.push('2');
    }
    text.push_str(match ends {
        0 => "-",
        1 => "",
        _ => "+",
    });
    for line in lines.split('\n') {
        text.push('\n');
        if !line.is_empty() {
            text.extend(std::iter::repeat_n(' ', column));
            text.push_str(line);
        }
    }
    text.extend(std::iter::repeat_n('\n', ends.saturating_sub(1)));
}

/// Whether a text is read as itself without quotes, by YAML 1.1 and by 1.2. Some are quoted that need not be.
fn is_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    let starts_well = match first {
        '-' => characters.next().is_some_and(|next| next.is_alphanumeric() || next == '-') && !text.starts_with("---"),
        '/' | '.' | '_' | '$' | '(' | '+' | '^' | ';' => true,
        _ => first.is_alphanumeric(),
    };
    starts_well
        && text.chars().all(|character| character != '\t' && is_printable(character))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.len() <= LONGEST_KEY
        && !is_other(text)
}

/// Longer keys are not read without quotes; a value of such length loses nothing by them.
const LONGEST_KEY: usize = 1000;

/// Whether a plain text may be read as a number, a time or a word that stands for something else.
fn is_other(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "yes", "n", "no", "on", "off", "true", "false", "null"];
    let is_numeral = |character: char| character.is_ascii_hexdigit() || "xXoOtTzZ_.:+- ".contains(character);
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        || (text.starts_with(|first: char| first.is_numeric() || "+-.".contains(first))
            && (text.chars().all(is_numeral)
                || text.to_ascii_lowercase().contains(".inf")
                || text.eq_ignore_ascii_case(".nan")))
}

fn quote(text: &mut String, string: &str) {
    if string.chars().all(|character| character != '\t' && is_printable(character)) {
        text.push('\'');
        text.push_str(&string.replace('\'', "''"));
        text.push('\'');
        return;
    }
    text.push('"');
    for character in string.chars() {
        match character {
            '"' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            _ if is_printable(character) => text.push(character),
            _ => text.push_str(&format!("\\U{:08X}", u32::from(character))),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;
    use crate::release::yaml::to_json;

    fn check(value: &Value, expected: &str) {
        let written = write(value);
        assert_eq!(written, expected);
        assert_eq!(to_json(&written).as_ref(), Ok(value), "{written}");
    }

    #[test]
    fn maps_and_lists_stand_in_columns() {
        check(&Value::Null, "");
        check(&json!({}), "{}\n");
        check(
            &json!({"a": {"b": [1, {"c": "x", "d": [["z"], []]}], "e": {}}, "f": null}),
            concat!(
                "a:\n",
                "  b:\n",
                "  - 1\n",
                "  - c: x\n",
                "    d:\n",
                "    - - z\n",
                "    - []\n",
                "  e: {}\n",
                "f: null\n",
            ),
        );
    }

    #[test]
    fn what_would_be_read_as_something_else_stands_in_quotes() {
        check(
            &json!([
                "on",
                "No",
                "8080",
                "1.5",
                "1e3",
                "2026-01-02",
                "~",
                "null",
                "",
                "a: b",
                "a #b",
                "- a",
                "---",
                "<<",
                "="
            ]),
            "- 'on'\n- 'No'\n- '8080'\n- '1.5'\n- '1e3'\n- '2026-01-02'\n- '~'\n- 'null'\n- ''\n- 'a: b'\n- 'a #b'\n- '- a'\n- '---'\n- '<<'\n- '='\n",
        );
        check(
            &json!([
                "nginx:1.25-alpine",
                "500m",
                "10Gi",
                "--port=80",
                "/bin/sh",
                "a, b [c] {d}",
                "it's",
                "Zürich",
                "1.2.3.4/8"
            ]),
            "- nginx:1.25-alpine\n- 500m\n- 10Gi\n- --port=80\n- /bin/sh\n- a, b [c] {d}\n- it's\n- Zürich\n- 1.2.3.4/8\n",
        );
        check(&json!({"on": "*x", "'": "\u{7}\"\r"}), "'on': '*x'\n'''': \"\\U00000007\\\"\\r\"\n");
    }

    #[test]
    fn scripts_stand_line_by_line() {
        check(
            &json!({"run": "set -e\n\n\techo \n", "end": "a\nb", "more": "a\n\n\n"}),
            concat!(
                "run: |\n",
                "  set -e\n",
                "\n",
                "  \techo \n",
                "end: |-\n",
                "  a\n",
                "  b\n",
                "more: |+\n",
                "  a\n",
                "\n",
                "\n",
            ),
        );
        check(&json!(["  a\nb", {"x": "\n b\n"}]), "- |2-\n    a\n  b\n- x: |2\n\n     b\n");
        check(&json!({"crlf": "a\r\nb\r\n", "ends": "\n\n"}), "crlf: \"a\\r\\nb\\r\\n\"\nends: \"\\n\\n\"\n");
    }

    fn scalars() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~]{0,12}".prop_map(Value::from),
            "[a-z0-9:.#'\"\\-+ \t\n|>&*!%@{}\\[\\],]{0,16}".prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[0-9a-fxoe_.:+\\-TZ]{1,8}".prop_map(Value::from),
        ]
    }

    fn documents() -> impl Strategy<Value = Value> {
        scalars().prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("[a-z0-9/.: #\\-]{0,8}|\\PC{0,4}", inner), 0..5)
                    .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(document in documents()) {
            let written = write(&document);
            prop_assert_eq!(to_json(&written), Ok(document), "{}", written);
        }
    }
}
