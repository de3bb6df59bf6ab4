//! Values held to Helm and to Flux: what `tests/oracle/values` was answered by the libraries that they are made with.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wheelhouse::release::ObjectKey;
use wheelhouse::release::flux::ValuesReference;
use wheelhouse::release::mask::Masker;
use wheelhouse::release::payload::HelmMajor;
use wheelhouse::release::values::{
    Found, Layer, Layers, Row, Source, ValuesError, ValuesFault, coalesce, coalesce_as, merged, rows,
};

use crate::vectors::{is_same, of_each, report};

/// The committed cases; others, if the environment names a file of them: `go run . -print PART -cases 100000 -seed 7` in
/// `tests/oracle/values` makes some.
fn cases(part: &str, count: usize) -> Vec<Value> {
    let mut text = String::new();
    if let Some(file) = std::env::var_os(format!("VALUES_{}", part.to_uppercase())) {
        text = std::fs::read_to_string(file).unwrap();
    } else {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/values-{part}.jsonl.gz"));
        GzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), count);
    }
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn values_coalesce_as_helm_coalesces_them() {
    let cases = cases("coalesce", 3011);
    let count = cases.len();
    let said = |case: Value| {
        let (defaults, user) = (map(&case["defaults"]), map(&case["user"]));
        let four = Value::Object(coalesce(&defaults, &user));
        let three = Value::Object(coalesce_as(HelmMajor::Three, &defaults, &user));
        let expected = case.get("three").unwrap_or(&case["four"]);
        let agrees = is_same(&four, &case["four"]) && is_same(&three, expected);
        (!agrees).then(|| format!("{case}\nHelm 4: {four}\nHelm 3: {three}"))
    };
    report(&of_each(cases, said).into_iter().flatten().collect::<Vec<_>>(), count);
}

/// The layers of a case.
fn layers(case: &Value) -> Layers {
    let sources = case["refs"].as_array().unwrap().iter().map(|reference| {
        let text = |key: &str| reference[key].as_str().unwrap_or_default().to_owned();
        let key = if text("valuesKey").is_empty() { "values.yaml".to_owned() } else { text("valuesKey") };
        let object = &case["objects"][format!("{}/{}", text("kind"), text("name"))];
        let found = match (object, object[&key].as_str()) {
            (Value::Null, _) => Found::Absent { is_key: false },
            (_, None) => Found::Absent { is_key: true },
            (_, Some(text)) => Found::Text(text.to_owned()),
        };
        let flag = |key: &str| reference[key].as_bool().unwrap_or(false);
        let reference = ValuesReference {
            kind: text("kind"),
            name: text("name"),
            key,
            target_path: Some(text("targetPath")).filter(|path| !path.is_empty()),
            optional: flag("optional"),
            literal: flag("literal"),
        };
        Source { reference, found }
    });
    Layers {
        sources: sources.collect(),
        inline: map(&case["inline"]),
        helm_release: Some(ObjectKey::new("shop", "web")),
        ..Layers::default()
    }
}

fn class(error: &ValuesError) -> &'static str {
    match error.reason {
        ValuesFault::ResourceNotFound(_) => "resource not found",
        ValuesFault::KeyNotFound => "key not found",
        ValuesFault::UnsupportedKind => "kind",
        ValuesFault::DataRead(_) => "read",
        ValuesFault::Merge(_) => "merge",
        ValuesFault::Unreadable(_) => "unreadable",
    }
}

/// Words that Flux has from elsewhere: of the object that it looked for already, of its YAML reader, of Go where it crashed.
fn is_quoted(message: &str) -> bool {
    let elsewhere =
        ["yaml: ", "json: ", "unable to parse key: ", "error parsing index: ", "' with key 'k': resource not found"];
    !elsewhere.iter().any(|words| message.contains(words)) && !message.ends_with(": resource not found")
}

#[test]
fn values_from_merge_as_flux_merges_them() {
    let cases = cases("from", 4086);
    let count = cases.len();
    let said = |case: Value| {
        let actual = merged(&layers(&case));
        let agrees = match &actual {
            Ok(values) => {
                case["error"].is_null() && is_same(&Value::Object(values.clone()), &Value::Object(map(&case["values"])))
            }
            Err(error) => {
                let message = case["message"].as_str().unwrap_or_default();
                case["error"] == class(error) && (!is_quoted(message) || error.to_string() == message)
            }
        };
        let actual =
            actual.map_or_else(|error| format!("{}: {error}", class(&error)), |map| Value::Object(map).to_string());
        (!agrees).then(|| format!("{case}\nactual: {actual}"))
    };
    report(&of_each(cases, said).into_iter().flatten().collect::<Vec<_>>(), count);
}

/// What the rows tell, put together; indexes are in brackets.
fn rebuilt(rows: &[Row]) -> Value {
    let mut whole = json!({});
    for row in rows.iter().filter(|row| !row.is_deleted) {
        let mut place = &mut whole;
        for key in &row.path {
            let index =
                key.strip_prefix('[').and_then(|key| key.strip_suffix(']')).and_then(|key| key.parse::<usize>().ok());
            place = if let Some(index) = index {
                if place.is_null() {
                    *place = json!([]);
                }
                let list = place.as_array_mut().unwrap();
                list.resize(list.len().max(index + 1), Value::Null);
                &mut list[index]
            } else {
                if place.is_null() {
                    *place = json!({});
                }
                place.as_object_mut().unwrap().entry(key.clone()).or_insert(Value::Null)
            };
        }
        *place = row.hidden.as_ref().map_or_else(
            || row.value.clone(),
            |hidden| match serde_json::from_str(hidden.reveal()) {
                Ok(value @ (Value::Array(_) | Value::Object(_) | Value::Number(_)))
                    if !row.value.is_string() || matches!(value, Value::Number(_)) =>
                {
                    value
                }
                _ => hidden.reveal().into(),
            },
        );
    }
    whole
}

/// Texts that look like numbers, told apart by nobody once they are hidden, read as numbers.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(value @ (Value::Number(_) | Value::Array(_) | Value::Object(_))) => value,
            _ => value.clone(),
        },
        Value::Array(entries) => entries.iter().map(plain).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Of every case that Flux can merge: the rows are the coalesced values, and each says which layer gave it.
#[test]
fn rows_are_the_coalesced_values() {
    let cases: Vec<Value> = cases("from", 4086).into_iter().filter(|case| case["error"].is_null()).collect();
    let count = cases.len();
    let said = |case: Value| {
        let mut layers = layers(&case);
        // Defaults that the other layers meet: what stands in the HelmRelease, but for its leaves.
        layers.defaults =
            map(&json!({"a": {"b": "d", "e": [1]}, "b": {"c": null}, "image": 5, "c": {}, "global": {"a": {"f": 1}}}));
        let user = merged(&layers).unwrap();
        let expected = Value::Object(coalesce(&layers.defaults, &user));
        let rows = rows(&layers, &Masker::default());
        let actual = rebuilt(&rows);
        let agrees = is_same(&plain(&actual), &plain(&expected)) && rows.iter().all(|row| row.layer != Layer::Unknown);
        (!agrees).then(|| format!("{case}\nexpected {expected}\nactual   {actual}"))
    };
    report(&of_each(cases, said).into_iter().flatten().collect::<Vec<_>>(), count);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No path and no value makes it fail in any other way than with an error.
    #[test]
    fn any_path_and_value_is_merged_or_refused(path in "[a-c\\.\\[\\]0-9\\\\=,]{0,12}", text in "\\PC{0,16}") {
        let case = json!({
            "inline": {"a": {"b": [1]}},
            "refs": [{"kind": "ConfigMap", "name": "a", "valuesKey": "k", "targetPath": path}],
            "objects": {"ConfigMap/a": {"k": text}},
        });
        let layers = layers(&case);
        let told = rows(&layers, &Masker::default());
        if let Ok(values) = merged(&layers) {
            prop_assert_eq!(plain(&rebuilt(&told)), plain(&Value::Object(values)));
        }
    }
}
