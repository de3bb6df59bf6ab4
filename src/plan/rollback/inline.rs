//! Which values have to stand in a HelmRelease so that it gives what a revision was given: the fewest changes of those that stand
//! there, above what its valuesFrom gives.

use serde_json::{Map, Value};

use crate::release::mask::Masker;
use crate::release::values::{Layer, Layers, ValuesError, merged, path_text, rows};

/// The values that have to stand in the HelmRelease, and what they cannot reach.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inline {
    pub(super) values: Map<String, Value>,
    pub(super) beyond: Vec<Beyond>,
}

/// A value that no inline value makes what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beyond {
    /// Which: `db.host`.
    pub(super) path: String,
    /// What sets it now: `ConfigMap shop/values, key values.yaml`.
    pub(super) source: String,
}

/// What has to stand there so that it comes to `wanted`.
pub(super) fn inline(layers: &Layers, wanted: &Map<String, Value>) -> Result<Inline, Box<ValuesError>> {
    let below = merged(&Layers { inline: Map::new(), ..layers.clone() })?;
    let values = maps(&below, &layers.inline, wanted);
    let layers = Layers { inline: values.clone(), ..layers.clone() };
    let found = merged(&layers)?;
    let mut paths = Vec::new();
    differing(&found, wanted, &mut Vec::new(), &mut paths);
    let told = if paths.is_empty() { Vec::new() } else { rows(&layers, &Masker::default()) };
    let beyond = paths.into_iter().map(|path| {
        let of_source = told.iter().filter(|row| row.layer == Layer::ValuesFrom);
        let mut setting = of_source.filter(|row| row.path.starts_with(&path) || path.starts_with(&row.path));
        let source = setting.next().map_or_else(|| "spec.valuesFrom".to_owned(), |row| row.source.clone());
        Beyond { path: path_text(&path), source }
    });
    Ok(Inline { values, beyond: beyond.collect() })
}

/// Keys that stay keep their order.
fn maps(below: &Map<String, Value>, inline: &Map<String, Value>, wanted: &Map<String, Value>) -> Map<String, Value> {
    let new = wanted.keys().filter(|key| !inline.contains_key(*key));
    let mut made = Map::new();
    for key in inline.keys().chain(new) {
        let Some(wanted) = wanted.get(key) else { continue };
        if let Some(value) = one(below.get(key), inline.get(key), wanted) {
            made.insert(key.clone(), value);
        }
    }
    made
}

fn one(below: Option<&Value>, inline: Option<&Value>, wanted: &Value) -> Option<Value> {
    if comes_out(below, inline).as_ref() == Some(wanted) {
        return inline.cloned();
    }
    if below == Some(wanted) {
        return None;
    }
    let none = Map::new();
    match (wanted, below) {
        (Value::Object(wanted), None | Some(Value::Object(_))) => {
            let under = below.and_then(Value::as_object).unwrap_or(&none);
            let made = maps(under, inline.and_then(Value::as_object).unwrap_or(&none), wanted);
            (!made.is_empty() || below.is_none()).then_some(Value::Object(made))
        }
        _ => Some(wanted.clone()),
    }
}

/// As Flux merges: maps with each other, all else is replaced. Source: fluxcd/pkg chartutil v1.27.1 `merge.go`.
fn comes_out(below: Option<&Value>, inline: Option<&Value>) -> Option<Value> {
    match (below, inline) {
        (Some(Value::Object(below)), Some(Value::Object(inline))) => {
            let mut all = below.clone();
            for (key, value) in inline {
                all.extend(comes_out(below.get(key), Some(value)).map(|value| (key.clone(), value)));
            }
            Some(Value::Object(all))
        }
        (below, inline) => inline.or(below).cloned(),
    }
}

fn differing(
    found: &Map<String, Value>,
    wanted: &Map<String, Value>,
    at: &mut Vec<String>,
    out: &mut Vec<Vec<String>>,
) {
    let missing = wanted.keys().filter(|key| !found.contains_key(*key));
    for key in found.keys().chain(missing) {
        at.push(key.clone());
        match (found.get(key), wanted.get(key)) {
            (found, wanted) if found == wanted => {}
            (Some(Value::Object(found)), Some(Value::Object(wanted))) => differing(found, wanted, at, out),
            _ => out.push(at.clone()),
        }
        at.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::release::ObjectKey;
    use crate::release::flux::ValuesReference;
    use crate::release::values::{Found, Source};

    /// What a ConfigMap gives, at a path or at the top.
    fn source(text: &str, target_path: Option<&str>) -> Source {
        let reference = ValuesReference {
            kind: "ConfigMap".to_owned(),
            name: "values".to_owned(),
            key: "values.yaml".to_owned(),
            target_path: target_path.map(str::to_owned),
            optional: false,
            literal: false,
        };
        Source { reference, found: Found::Text(text.to_owned()) }
    }

    fn made(sources: Vec<Source>, inline: &Value, wanted: &Value) -> (Value, Vec<(String, String)>) {
        let layers = Layers {
            sources,
            inline: inline.as_object().unwrap().clone(),
            helm_release: Some(ObjectKey::new("shop", "web")),
            ..Layers::default()
        };
        let Inline { values, beyond } = super::inline(&layers, wanted.as_object().unwrap()).unwrap();
        (Value::Object(values), beyond.into_iter().map(|Beyond { path, source }| (path, source)).collect())
    }

    /// Above what one ConfigMap gives: what stands inline, what is wanted, what has to stand inline.
    #[track_caller]
    fn check(below: &str, inline: Value, wanted: Value, expected: Value) {
        assert_eq!(made(vec![source(below, None)], &inline, &wanted), (expected, Vec::new()), "{wanted}");
    }

    #[test]
    fn as_little_as_can_be_is_changed() {
        check("{}", json!({"a": 1}), json!({"a": 1}), json!({"a": 1}));
        check(
            "{}",
            json!({"a": 1, "b": {"c": 1, "d": 2}}),
            json!({"b": {"c": 3, "d": 2}}),
            json!({"b": {"c": 3, "d": 2}}),
        );
        check("a: 1", json!({}), json!({"a": 2}), json!({"a": 2}));
        check("a: 1", json!({"a": 2, "b": 1}), json!({"a": 1, "b": 1}), json!({"b": 1}));
        check(
            "a: {b: 1, c: 2}",
            json!({"x": 1}),
            json!({"a": {"b": 3, "c": 2}, "x": 1}),
            json!({"x": 1, "a": {"b": 3}}),
        );
        check("a: {b: 1}", json!({"a": {"c": 1}}), json!({"a": {"b": 1}}), json!({}));
        check("a: 1", json!({}), json!({"a": {"b": 1}}), json!({"a": {"b": 1}}));
        check("a: [1, 2]", json!({}), json!({"a": [1]}), json!({"a": [1]}));
        check("{}", json!({}), json!({"a": {}, "b": null}), json!({"a": {}, "b": null}));
        check("a: 1", json!({"a": null}), json!({"a": null}), json!({"a": null}));
    }

    #[test]
    fn what_inline_values_cannot_take_away_is_named() {
        let source = |text| vec![source(text, None)];
        let values = "ConfigMap shop/values, key values.yaml".to_owned();
        let beyond = |path: &str| vec![(path.to_owned(), values.clone())];
        let none = json!({});
        assert_eq!(made(source("a: 1"), &none, &none), (json!({}), beyond("a")));
        let wanted = json!({"a": {"b": 1}});
        assert_eq!(made(source("a: {b: 1, c: 2}"), &none, &wanted), (json!({}), beyond("a.c")));
        assert_eq!(made(source("a: {b: 1}"), &json!({"a": 7}), &json!({"a": {}})), (json!({}), beyond("a.b")));
    }

    /// Flux writes it into the inline values themselves, so that no inline value is merged over it.
    #[test]
    fn what_a_target_path_sets_is_beyond_inline_values() {
        let made = |wanted: Value| made(vec![source("7", Some("a.b"))], &json!({}), &wanted);
        assert_eq!(made(json!({"a": {"b": 7}})), (json!({}), Vec::new()));
        let beyond = vec![("a.b".to_owned(), "ConfigMap shop/values, key values.yaml, at a.b".to_owned())];
        assert_eq!(made(json!({"a": {"b": 8}})), (json!({"a": {"b": 8}}), beyond));
        assert_eq!(made(json!({})).1.len(), 1);
    }
}
