//! What the releases consist of.

use serde_json::{Value, json};

pub const IMAGE: &str = "registry.example.com/web:1";

/// A Deployment of the container `web`.
pub fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "web",
                    "image": IMAGE,
                    "resources": {"requests": {"memory": "64Mi"}, "limits": {"memory": "128Mi"}},
                }]},
            },
        },
    })
}

/// A Deployment of Pods that never start.
pub fn broken_deployment() -> Value {
    with(
        deployment(),
        "/spec/template/metadata",
        json!({"annotations": {"demo.example.com/fail": "image"}, "labels": {"app": "web"}}),
    )
}

/// A ConfigMap with these texts.
pub fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

/// The ConfigMap that every release has.
pub fn settings() -> Value {
    config_map("settings", json!({"LOG_LEVEL": "info", "REGION": "eu-west"}))
}

/// A Service without an address that the chart would choose.
pub fn service() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]},
    })
}

/// A Job that ends well.
pub fn job() -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "import"},
        "spec": {
            "backoffLimit": 0,
            "template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "import", "image": "registry.example.com/import:1"}],
            }},
        },
    })
}

/// A Job before upgrades, whose Pod has this annotation.
pub fn hook(annotation: &str, value: &str) -> Value {
    let mut hook = with(job(), "/metadata", json!({"name": "check", "annotations": {"helm.sh/hook": "pre-upgrade"}}));
    hook["spec"]["template"]["metadata"] = json!({"annotations": {annotation: value}});
    hook
}

/// A kind of custom resources with its own group in each namespace, served in these versions.
pub fn definition(namespace: &str, versions: &[(&str, bool)]) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .enumerate()
        .map(|(index, (name, served))| {
            let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
            json!({"name": name, "served": served, "storage": index == 0, "schema": {"openAPIV3Schema": schema}})
        })
        .collect();
    let group = format!("{namespace}.example.com");
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("shelves.{group}")},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "shelves", "singular": "shelf", "kind": "Shelf", "listKind": "ShelfList"},
            "versions": versions,
        },
    })
}

/// A custom resource of that kind.
pub fn shelf(namespace: &str, version: &str) -> Value {
    json!({
        "apiVersion": format!("{namespace}.example.com/{version}"),
        "kind": "Shelf",
        "metadata": {"name": "shelf"},
        "spec": {"boards": 4},
    })
}

/// The object with another value at a JSON pointer that is there.
pub fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    *object.pointer_mut(pointer).unwrap() = value;
    object
}
