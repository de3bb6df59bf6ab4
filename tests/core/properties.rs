//! Properties, over generated input.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wheelhouse::release::codec::{CodecError, DECODED_LIMIT, Driver, decode, encode};
use wheelhouse::release::manifest::{objects, split};
use wheelhouse::release::mask::Masker;
use wheelhouse::release::payload::Payload;
use wheelhouse::release::yaml::to_json;

/// JSON of any shape, not deep.
pub fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Keys that Helm and the rules of masking look at, and others.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "name",
            "version",
            "info",
            "chart",
            "metadata",
            "hooks",
            "kind",
            "data",
            "password",
            "value",
            "items",
            "secretName",
            "config",
            "manifest",
            "status",
            "templates",
            "namespace",
            "annotations",
        ])
        .prop_map(str::to_owned),
    ]
}

fn object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((key(), value()), 0..12).prop_map(|pairs| pairs.into_iter().collect())
}

const PIECES: &[&str] = &[
    "a",
    "b: ",
    "- ",
    "\n",
    "\n  ",
    "---",
    "\n---\n",
    "...\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    "\"",
    "|\n",
    ">-\n",
    "#",
    " ",
    "\t",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "!a",
    "!<",
    "? ",
    ": ",
    "\r\n",
    "\u{85}",
    "\u{feff}",
    "é",
    "kind: Secret\n",
    "data:\n  x: ",
    "password: ",
    "%YAML 1.1\n",
    "\\",
    "\\'",
    "a:",
    ">",
    "1",
    "~",
    "://u:p@h",
];

fn yamlish_piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(PIECES)
}

/// Text of pieces that YAML gives a meaning.
fn yamlish() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![8 => yamlish_piece().prop_map(str::to_owned), 1 => any::<String>()], 0..24)
        .prop_map(|pieces| pieces.concat())
}

fn driver() -> impl Strategy<Value = Driver> {
    prop_oneof![Just(Driver::Secret), Just(Driver::ConfigMap)]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A way to write a value of a Secret in YAML, at the indentation of two.
fn written(style: usize, value: &str) -> String {
    let indented = |header: &str| format!("{header}\n    {}", value.replace('\n', "\n    "));
    match style {
        0 => Value::from(value).to_string(),
        1 if !value.contains('\n') => format!("'{}'", value.replace('\'', "''")),
        2 => indented("|"),
        3 => indented(">-"),
        4 => indented("|+"),
        5 => format!("&anchor {}", Value::from(value)),
        6 => format!("!!str {}", Value::from(value)),
        _ => value.replace('\n', "\n    "),
    }
}

proptest! {
    #[test]
    fn a_release_survives_being_written(driver in driver(), raw in object()) {
        let payload = Payload::new(raw);
        let after = decode(driver, encode(driver, &payload).unwrap().as_bytes()).unwrap();
        prop_assert_eq!(after.raw(), payload.raw());
    }

    #[test]
    fn no_field_of_a_release_is_guessed_or_panics(raw in object()) {
        let payload = Payload::new(raw);
        let summary = payload.summary();
        prop_assert_eq!(summary.problems, payload.problems());
        let _ = (payload.hooks(), payload.metadata(), payload.deleted(), payload.notes());
        for file in payload.templates().into_iter().chain(payload.files()) {
            prop_assert!(file.contents().is_none_or(|contents| contents.len() <= file.size() + 3));
        }
    }

    #[test]
    fn decoding_any_bytes_does_not_panic(driver in driver(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(driver, &bytes);
        let _ = decode(driver, STANDARD.encode(&bytes).as_bytes());
        let _ = decode(driver, STANDARD.encode(STANDARD.encode(&bytes)).as_bytes());
    }

    #[test]
    fn decoding_a_damaged_release_does_not_panic(
        driver in driver(), raw in object(), place in any::<prop::sample::Index>(), byte in any::<u8>(), is_cut in any::<bool>(),
    ) {
        let mut field = encode(driver, &Payload::new(raw)).unwrap().into_bytes();
        let place = place.index(field.len());
        if is_cut { field.truncate(place) } else { field[place] = byte }
        let _ = decode(driver, &field);
    }

    #[test]
    fn reading_any_text_does_not_panic(text in prop_oneof![any::<String>(), yamlish()]) {
        let _ = to_json(&text);
        let _ = objects(&text);
        let _ = Masker::default().text(&text);
        for document in split(&text) {
            prop_assert!(text.contains(document.text));
        }
    }

    #[test]
    fn json_reads_as_itself(value in value()) {
        // What YAML does not allow raw, JSON need not escape.
        let text: String = value.to_string().chars().flat_map(|character| match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' | '\u{feff}' => {
                format!("\\u{:04x}", u32::from(character)).chars().collect::<Vec<_>>()
            }
            _ => vec![character],
        }).collect();
        let has_long_key = text.len() > 1000;
        prop_assume!(!has_long_key);
        let read = to_json(&text);
        // `<<` merges, and a float without a fraction is written as such.
        prop_assume!(!text.contains("<<"));
        prop_assert_eq!(read.map(|value| value.to_string()), Ok(value.to_string()));
    }

    #[test]
    fn masking_any_text_is_stable(text in prop_oneof![any::<String>(), yamlish()]) {
        // Blank lines behind a plain scalar belong to it, and may hold tabs then; behind a quoted one they may not.
        let text = text.replace('\t', " ");
        let masked = Masker::default().manifest(&text);
        prop_assert_eq!(Masker::default().manifest(&masked), masked);
    }

    #[test]
    fn masking_any_value_is_stable_and_keeps_its_shape(value in value()) {
        let masked = Masker::default().values(&value);
        prop_assert_eq!(&Masker::default().values(&masked), &masked);
        prop_assert!(has_same_shape(&value, &masked));
    }

    #[test]
    fn no_value_of_a_secret_is_left(
        values in prop::collection::vec(("[a-z]{1,8}", "zq[a-z0-9]{8,20}(\nzq[a-z0-9]{8,20}){0,2}", 0..8usize), 1..6),
        is_data in any::<bool>(), is_list in any::<bool>(), has_crlf in any::<bool>(), has_comments in any::<bool>(),
        kind in prop::sample::select(vec!["Secret", "'Secret'", "\"S\\x65cret\"", "!!str Secret"]),
    ) {
        let mut text = format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: x\n");
        text.push_str(if is_data { "data:\n" } else { "stringData:\n" });
        let mut hidden = Vec::new();
        for (key, value, style) in &values {
            let value = if is_data { STANDARD.encode(value) } else { value.clone() };
            let comment = if has_comments { "  # comment\n" } else { "" };
            text.push_str(&format!("{comment}  {key}: {}\n", written(*style, &value)));
            hidden.extend(value.split('\n').map(str::to_owned));
        }
        if is_list {
            let item = text.trim_end().replace('\n', "\n  ");
            text = format!("kind: List\napiVersion: v1\nitems:\n- {item}\n");
        }
        text = format!("kind: ConfigMap\ndata: {{a: b}}\n---\n{text}--- # next\nc: d\n");
        if has_crlf {
            text = text.replace('\n', "\r\n");
        }
        let masked = Masker::default().manifest(&text);
        for value in &hidden {
            prop_assert!(!masked.contains(value.as_str()), "{}\n{}", text, masked);
        }
        prop_assert!(masked.starts_with("kind: ConfigMap") && masked.trim_end().ends_with("c: d"));
        // What is hidden in the text is hidden in the objects.
        for object in objects(&text) {
            let shown = Masker::default().values(&object.map_err(|error| TestCaseError::fail(error.to_string()))
                .map_or_else(|_| Value::Null, |object| object.body)).to_string();
            for value in &hidden {
                prop_assert!(!shown.contains(value.as_str()), "{}", shown);
            }
        }
    }

    #[test]
    fn nothing_that_helm_reads_in_a_secret_is_left(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..3usize, yamlish_piece()), 0..5),
    ) {
        let mut text: Vec<char> = SECRET.chars().collect();
        for (place, removed, piece) in changes {
            let place = place.index(text.len());
            let end = (place + removed).min(text.len());
            text.splice(place..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        let masked = Masker::default().manifest(&text);
        for object in objects(&text).into_iter().flatten().filter(|object| object.kind == "Secret") {
            let data = [&object.body["data"], &object.body["stringData"]];
            for token in data.iter().flat_map(|data| tokens(data)) {
                prop_assert!(!masked.contains(&token), "{}\n{}", text, masked);
            }
        }
    }

    #[test]
    fn no_value_of_a_secret_key_is_left(
        key in prop::sample::select(vec!["password", "dbPassword", "api-key", "TOKEN", "clientSecret", "credentials"]),
        value in "zq[a-z0-9]{8,20}", depth in 0..4usize,
    ) {
        let mut values = json!({ key: value });
        for level in 0..depth {
            values = if level % 2 == 0 { json!([values, 1]) } else { json!({"nested": values}) };
        }
        prop_assert!(!Masker::default().values(&values).to_string().contains(&value));
        let text = values.to_string();
        let shown = Masker::default().manifest(&text);
        prop_assert!(!shown.contains(&value), "{}", shown);
        let within = json!({"kind": "ConfigMap", "data": {"config.json": text, "app.env": format!("{key}={value}\n")}});
        let shown = Masker::default().values(&within).to_string();
        prop_assert!(!shown.contains(&value), "{}", shown);
    }
}

/// Each value is a word of its own that starts with `zq`.
const SECRET: &str = "# c
apiVersion: v1
kind: Secret
metadata: {name: x}
data:
  a: zqaaaaaa
  b: 'zqbbbbbb'
  c: |
    zqcccccc
      zqdddddd
  d: >-
    zqeeeeee

    zqffffff
stringData: {e: \"zqgggggg\", f: [zqhhhhhh, {g: zqiiiiii}], h: zqjjjjjj}
";

/// The words that start with `zq` in the values, not in the keys.
fn tokens(value: &Value) -> Vec<String> {
    match value {
        Value::Object(pairs) => pairs.values().flat_map(tokens).collect(),
        Value::Array(entries) => entries.iter().flat_map(tokens).collect(),
        Value::String(text) => text
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| word.starts_with("zq") && word.len() > 5)
            .map(str::to_owned)
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[test]
fn the_secret_of_the_property_holds_what_it_looks_for() {
    let object = objects(SECRET).remove(0).unwrap();
    assert_eq!(tokens(&object.body).len(), 10);
}

/// Keys and lengths stay; a scalar stays or becomes text.
fn has_same_shape(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(before, after)| has_same_shape(before, after))
        }
        (Value::Object(before), Value::Object(after)) => {
            before.keys().eq(after.keys()) && before.iter().all(|(key, before)| has_same_shape(before, &after[key]))
        }
        (Value::Array(_) | Value::Object(_), _) => false,
        _ => before == after || after.is_string(),
    }
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = gzip(&vec![b' '; DECODED_LIMIT + 1]);
    assert!(bomb.len() < 100_000);
    let error = decode(Driver::ConfigMap, STANDARD.encode(bomb).as_bytes()).unwrap_err();
    assert!(matches!(error, CodecError::TooLarge { limit: DECODED_LIMIT }), "{error}");
}
