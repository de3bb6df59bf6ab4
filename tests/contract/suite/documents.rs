//! The documents of OpenAPI v3 that the demo serves: `demo/openapi.json.gz`, which only a real server writes.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde_json::{Map, Value, json};

/// Which ones, by their names in the index.
pub const NAMES: [&str; 14] = [
    "api/v1",
    "apis/apiextensions.k8s.io/v1",
    "apis/apps/v1",
    "apis/autoscaling/v2",
    "apis/batch/v1",
    "apis/certs.example.com/v1",
    "apis/dashboards.example.com/v1",
    "apis/helm.toolkit.fluxcd.io/v2",
    "apis/kustomize.toolkit.fluxcd.io/v1",
    "apis/networking.k8s.io/v1",
    "apis/policy/v1",
    "apis/rbac.authorization.k8s.io/v1",
    "apis/source.toolkit.fluxcd.io/v1",
    "apis/storage.k8s.io/v1",
];

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/openapi.json.gz")
}

/// What is committed, by name.
pub fn committed() -> Map<String, Value> {
    let packed = std::fs::read(path()).unwrap();
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub fn write(documents: &Map<String, Value>) {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(serde_json::to_string(documents).unwrap().as_bytes()).unwrap();
    std::fs::write(path(), gzip.finish().unwrap()).unwrap();
}

/// A document as the demo has it: types alone, without words, which are most of it, and without the requests.
pub fn plain(document: &Value) -> Value {
    let mut schemas = document["components"]["schemas"].clone();
    schemas.as_object_mut().unwrap().values_mut().for_each(unsay);
    json!({
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": {},
        "components": {"schemas": schemas},
    })
}

/// A field may be called `description` too, and what is in a default is none.
fn unsay(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.shift_remove("description");
    for (key, value) in schema {
        match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(unsay),
            ("allOf" | "anyOf" | "oneOf", Value::Array(all)) => all.iter_mut().for_each(unsay),
            ("items" | "additionalProperties" | "not", inner) => unsay(inner),
            _ => {}
        }
    }
}
