//! An object of a manifest as the release's writer sends it.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/validate.go` (setMetadataVisitor), kubernetes v1.36 `pkg/apis/core/v1/conversion.go`
//! (stringData of Secrets).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The object with its namespace where it has none, and the label and annotations by which Helm knows its own. Texts of
/// Secrets become data, as the server stores them. `namespace` is `None` for kinds that are in none.
#[must_use]
pub fn wanted(object: &Value, namespace: Option<&str>, release_namespace: &str, release: &str) -> Value {
    let mut object = sent(object, namespace, release_namespace, release);
    texts_as_data(&mut object);
    object
}

/// Has the texts of a Secret become data, as the server stores them.
pub fn texts_as_data(object: &mut Value) {
    if let Some(fields) = object.as_object_mut() {
        let is_core = fields.get("apiVersion").is_some_and(|version| version == "v1");
        let is_secret = is_core && fields.get("kind").is_some_and(|kind| kind == "Secret");
        if is_secret && let Some(Value::Object(texts)) = fields.shift_remove("stringData") {
            let mut data = taken(fields, "data");
            for (key, text) in texts {
                data.insert(key, STANDARD.encode(text.as_str().unwrap_or_default()).into());
            }
            fields.insert("data".to_owned(), data.into());
        }
    }
}

/// The same as [`wanted`], as it goes to the server, where the texts of Secrets are texts still.
#[must_use]
pub fn sent(object: &Value, namespace: Option<&str>, release_namespace: &str, release: &str) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        let mut metadata = taken(fields, "metadata");
        if let (Some(namespace), false) = (namespace, metadata.contains_key("namespace")) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        let mut labels = taken(&mut metadata, "labels");
        labels.insert("app.kubernetes.io/managed-by".to_owned(), "Helm".into());
        metadata.insert("labels".to_owned(), labels.into());
        let mut annotations = taken(&mut metadata, "annotations");
        annotations.insert("meta.helm.sh/release-name".to_owned(), release.into());
        annotations.insert("meta.helm.sh/release-namespace".to_owned(), release_namespace.into());
        metadata.insert("annotations".to_owned(), annotations.into());
        fields.insert("metadata".to_owned(), metadata.into());
    }
    object
}

/// What the map of this name holds. What is no map counts as none: nothing else can stand there.
fn taken(fields: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match fields.get_mut(name).map(Value::take) {
        Some(Value::Object(map)) => map,
        Some(_) | None => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Of the release `web` in the namespace `shop`.
    fn check(object: &Value, namespace: Option<&str>, expected: &Value) {
        assert_eq!(&wanted(object, namespace, "shop", "web"), expected);
    }

    /// What Helm makes of no metadata.
    fn metadata() -> Value {
        json!({
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"},
        })
    }

    #[test]
    fn an_object_has_the_namespace_that_it_says_or_else_that_of_the_release() {
        let mut expected = metadata();
        check(&json!({"kind": "Role"}), None, &json!({"kind": "Role", "metadata": expected}));
        expected["namespace"] = json!("shop");
        check(&json!({"kind": "Role"}), Some("shop"), &json!({"kind": "Role", "metadata": expected}));
        expected["namespace"] = json!("own");
        let own = json!({"kind": "Role", "metadata": {"namespace": "own"}});
        check(&own, Some("shop"), &json!({"kind": "Role", "metadata": expected}));
    }

    #[test]
    fn helms_marks_are_put_over_what_is_there_and_beside_the_rest() {
        let object = json!({"metadata": {
            "labels": {"app.kubernetes.io/managed-by": "Tiller", "app": "web"},
            "annotations": {"meta.helm.sh/release-name": "old", "note": "x"},
        }});
        let mut expected = metadata();
        expected["labels"]["app"] = json!("web");
        expected["annotations"]["note"] = json!("x");
        check(&object, None, &json!({"metadata": expected}));
        check(&json!({"metadata": {"labels": null, "annotations": [1]}}), None, &json!({"metadata": metadata()}));
        check(&json!({"metadata": "x"}), None, &json!({"metadata": metadata()}));
        check(&json!([1]), Some("shop"), &json!([1]));
    }

    #[test]
    fn texts_of_secrets_become_data_over_data() {
        let texts = json!({"a": "new", "b": ""});
        let secret =
            json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "b2xk", "c": "Yw=="}, "stringData": texts});
        let data = json!({"a": "bmV3", "b": "", "c": "Yw=="});
        check(&secret, None, &json!({"apiVersion": "v1", "kind": "Secret", "data": data, "metadata": metadata()}));
        for (version, kind) in [("v1", "ConfigMap"), ("example.com/v1", "Secret")] {
            let other = json!({"apiVersion": version, "kind": kind, "stringData": texts});
            let expected = json!({"apiVersion": version, "kind": kind, "stringData": texts, "metadata": metadata()});
            check(&other, None, &expected);
        }
    }
}
