//! A stand-in for the masking of the release room, to be replaced by it: it masks too much rather than too little.

use serde_json::{Map, Value};

const MASK: &str = "*** (masked)";
/// Parts of key names that tell of a secret, in lower case and without separators.
const TELLING: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "credential",
    "passphrase",
    "accesskey",
    "dsn",
];

/// Values with everything under a telling key masked.
pub(super) fn mask_values(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), under(key, value))).collect()),
        Value::Array(items) => Value::Array(items.iter().map(mask_item).collect()),
        other => other.clone(),
    }
}

/// A manifest with its Secrets masked whole, and telling keys of everything else. A document that cannot be parsed is
/// not shown at all: what it holds cannot be known.
pub(super) fn mask_manifest(manifest: &str) -> String {
    let mut out = String::with_capacity(manifest.len());
    for (place, document) in documents(manifest).into_iter().enumerate() {
        if place > 0 {
            out.push_str("---\n");
        }
        out.push_str(&mask_document(document));
    }
    out
}

fn documents(manifest: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in manifest.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            documents.extend(manifest.get(start..at));
            start = at + line.len();
        }
        at += line.len();
    }
    documents.extend(manifest.get(start..));
    documents.retain(|document| !document.trim().is_empty());
    documents
}

fn mask_document(document: &str) -> String {
    let comments: String =
        document.lines().take_while(|line| line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    match serde_yaml::from_str::<Value>(document) {
        Ok(Value::Null) => comments,
        Ok(value) => {
            let masked = if value.get("kind").and_then(Value::as_str) == Some("Secret") {
                mask_secret(&value)
            } else {
                mask_values(&value)
            };
            comments + &serde_yaml::to_string(&masked).unwrap_or_else(|_| "# masked\n".to_owned())
        }
        Err(_) => format!("{comments}# masked: this document cannot be parsed\n"),
    }
}

fn mask_secret(value: &Value) -> Value {
    let kept = ["apiVersion", "kind", "type"];
    let mut out = Map::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let masked = match key.as_str() {
            key if kept.contains(&key) => value.clone(),
            "metadata" => mask_metadata(value),
            _ => mask_all(value),
        };
        out.insert(key.clone(), masked);
    }
    Value::Object(out)
}

fn mask_metadata(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(annotations) = value.get_mut("annotations") {
        *annotations = mask_all(annotations);
    }
    value
}

fn under(key: &str, value: &Value) -> Value {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    if TELLING.iter().any(|telling| plain.contains(telling)) { mask_all(value) } else { mask_values(value) }
}

/// An entry of a list; of a container's environment the name tells and the value is masked.
fn mask_item(item: &Value) -> Value {
    match (item.get("name").and_then(Value::as_str), item.get("value")) {
        (Some(name), Some(value)) => {
            let mut masked = mask_values(item);
            if let Some(slot) = masked.get_mut("value") {
                *slot = under(name, value);
            }
            masked
        }
        _ => mask_values(item),
    }
}

fn mask_all(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), mask_all(value))).collect()),
        Value::Array(items) => Value::Array(items.iter().map(mask_all).collect()),
        Value::Null => Value::Null,
        Value::Bool(flag) => Value::Bool(*flag),
        Value::Number(_) | Value::String(_) => Value::String(MASK.to_owned()),
    }
}
