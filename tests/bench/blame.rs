//! What it costs to say who owns the fields of an object: a Deployment of 2,000 lines of YAML, a CustomResourceDefinition of
//! 20,000, and a custom object of 20,000 of which two managers own every field.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed bench panics")]
#![allow(clippy::disallowed_methods, reason = "it reads the clock")]
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use wheelhouse::ownership::blame;
use wheelhouse::schema::Schema;

fn main() {
    measure("Deployment", &grown(2_000, deployment));
    measure("CustomResourceDefinition", &grown(20_000, definition));
    measure("custom object", &grown(20_000, custom));
}

fn lines(object: &Value) -> usize {
    let mut bare = object.clone();
    bare["metadata"].as_object_mut().unwrap().remove("managedFields");
    serde_yaml::to_string(&bare).unwrap().lines().count()
}

/// The smallest object of a multiple of ten parts that has so many lines.
fn grown(least: usize, of: impl Fn(usize) -> Value) -> Value {
    let mut parts = 10;
    while lines(&of(parts)) < least {
        parts += parts / 10 + 10;
    }
    of(parts)
}

fn measure(name: &str, object: &Value) {
    let text = object.to_string();
    let schema = Schema::default();
    let mut times: Vec<(Duration, Duration)> = (0..15)
        .map(|_| {
            let start = Instant::now();
            let object: Value = serde_json::from_str(&text).unwrap();
            let read = start.elapsed();
            let found = blame(&object, schema.deduced());
            let all = start.elapsed();
            drop(found);
            (all.checked_sub(read).unwrap(), read)
        })
        .collect();
    times.sort_unstable();
    let found = blame(object, schema.deduced());
    let (time, read) = times[times.len() / 2];
    println!(
        "{name}, {} lines, {} leaves, {} values: blame {time:?}, slowest {:?}; reading its JSON {read:?}",
        lines(object),
        found.leaves.len(),
        found.values.len(),
        times[times.len() - 1].0,
    );
}

fn entry(manager: &str, version: &str, fields: &Value) -> Value {
    json!({"manager": manager, "operation": "Apply", "apiVersion": version, "fieldsType": "FieldsV1", "fieldsV1": fields})
}

/// So many containers, of which every field has two owners.
fn deployment(containers: usize) -> Value {
    let (mut items, mut held) = (Vec::new(), Map::new());
    for index in 0..containers {
        let name = format!("c-{index}");
        items.push(json!({
            "name": name, "image": "registry.example.com/shop/web:1.0", "imagePullPolicy": "IfNotPresent",
            "args": ["-v", "--port=8080"],
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
        }));
        held.insert(format!("k:{{\"name\":\"{name}\"}}"), json!({
            ".": {}, "f:name": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:args": {},
            "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}, "k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}},
            "f:ports": {"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
            "f:resources": {"f:limits": {"f:cpu": {}, "f:memory": {}}},
        }));
    }
    let fields = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": held}}}});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "large", "managedFields": [entry("one", "apps/v1", &fields), entry("two", "apps/v1", &fields)]},
        "spec": {"template": {"spec": {"containers": items}}},
    })
}

/// So many properties. As the API server has it, its versions are one atomic list.
fn definition(properties: usize) -> Value {
    let property = |index: usize| (format!("property{index}"), json!({"type": "string", "description": "What it is."}));
    let properties: Map<String, Value> = (0..properties).map(property).collect();
    let schema = json!({"openAPIV3Schema": {"type": "object", "properties": properties}});
    let fields =
        json!({"f:spec": {"f:group": {}, "f:names": {"f:kind": {}, "f:plural": {}}, "f:scope": {}, "f:versions": {}}});
    let version = "apiextensions.k8s.io/v1";
    json!({
        "apiVersion": version, "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com", "managedFields": [entry("one", version, &fields), entry("two", version, &fields)]},
        "spec": {
            "group": "example.com", "names": {"kind": "Thing", "plural": "things"}, "scope": "Namespaced",
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    })
}

/// So many fields with three more each.
fn custom(fields: usize) -> Value {
    let spec: Map<String, Value> =
        (0..fields).map(|index| (format!("field{index}"), json!({"a": index, "b": "text", "c": true}))).collect();
    let held: Map<String, Value> =
        (0..fields).map(|index| (format!("f:field{index}"), json!({"f:a": {}, "f:b": {}, "f:c": {}}))).collect();
    let fields = json!({"f:spec": held});
    let version = "example.com/v1";
    json!({
        "apiVersion": version, "kind": "Thing",
        "metadata": {"name": "large", "managedFields": [entry("one", version, &fields), entry("two", version, &fields)]},
        "spec": spec,
    })
}
