//! Paths as the API server writes them, followed and made without the code that is tested.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where a path leads. Names may hold dots: the longest that is there is taken.
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let Some(rest) = path.strip_prefix('.') {
        let fields = value.as_object()?.iter();
        let mut fitting: Vec<_> = fields.filter(|(name, _)| starts(rest, name)).collect();
        fitting.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        return fitting.into_iter().find_map(|(name, inner)| at(inner, &rest[name.len()..]));
    }
    value.as_array()?.iter().find_map(|item| at(item, after_key(item, path.strip_prefix('[')?)?))
}

/// What follows the key of a list's item, `name="web"]` or `="web"]`, where the item has that key.
fn after_key<'p>(item: &Value, key: &'p str) -> Option<&'p str> {
    let (name, rest) = key.split_once('=')?;
    let own = if name.is_empty() { item.to_string() } else { item.get(name)?.to_string() };
    let rest = rest.strip_prefix(own.as_str())?;
    rest.strip_prefix(']').or_else(|| after_key(item, rest.strip_prefix(',')?))
}

fn starts(path: &str, part: &str) -> bool {
    path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Those who hold a field or something in it, as the object's managedFields have it: the name, with the subresource.
pub fn holders(object: &Value, path: &str) -> BTreeSet<String> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap().iter();
    let holding = entries.filter(|entry| {
        let mut all = Vec::new();
        written(&entry["fieldsV1"], String::new(), &mut all);
        all.iter().any(|held| starts(held, path))
    });
    holding
        .map(|entry| {
            let manager = entry["manager"].as_str().unwrap();
            entry["subresource"].as_str().map_or(manager.to_owned(), |part| format!("{manager} ({part})"))
        })
        .collect()
}

/// Every member of a set, as a path.
fn written(fields: &Value, path: String, all: &mut Vec<String>) {
    for (step, inner) in fields.as_object().unwrap() {
        let next = match step.split_once(':') {
            Some(("f", name)) => format!("{path}.{name}"),
            Some(("k", key)) => {
                let key: Value = serde_json::from_str(key).unwrap();
                let parts = key.as_object().unwrap().iter().map(|(name, value)| format!("{name}={value}"));
                format!("{path}[{}]", parts.collect::<Vec<_>>().join(","))
            }
            Some(("v", value)) => format!("{path}[={value}]"),
            _ => path.clone(),
        };
        if inner.as_object().unwrap().is_empty() {
            all.push(next);
        } else {
            written(inner, next, all);
        }
    }
}

/// Field and manager of every conflict that Helm quotes from the API server.
/// Source: kubernetes/apimachinery v0.36 `pkg/util/managedfields/internal/conflict.go`.
pub fn conflicts(told: &str) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for part in told.split("conflict with \"").skip(1).chain(told.split("conflicts with \"").skip(1)) {
        let (manager, rest) = part.split_once('"').unwrap();
        let (words, _) = rest.split_once(':').unwrap();
        let scale = words.contains("with subresource \"scale\"");
        let manager = if scale { format!("{manager} (scale)") } else { manager.to_owned() };
        let rest = &rest[words.len() + 1..];
        let fields = match rest.strip_prefix(' ') {
            // The only one stands in the same line.
            Some(field) => vec![field.lines().next().unwrap()],
            None => rest.lines().skip(1).map_while(|line| line.strip_prefix("- ")).collect(),
        };
        // The conflicts of the next object follow in the same line.
        let alone = |field: &str| field.split(" && ").next().unwrap_or(field).to_owned();
        all.extend(fields.into_iter().map(|field| (alone(field), manager.clone())));
    }
    all
}
