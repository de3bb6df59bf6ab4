//! Writes that are kept: what they leave, what they are refused with, and who hears of them. One file a
//! verb, and one for workloads.

pub mod creating;
pub mod deleting;
pub mod patching;
pub mod replacing;
pub mod workloads;

use serde_json::{Value, json};

use super::story::{Case, artifact, config_map, object, secret, whole};

const MAPS: &str = "/api/v1/namespaces/{ns}/configmaps";
const MAP: &str = "/api/v1/namespaces/{ns}/configmaps/one";
const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";
const SECRET: &str = "/api/v1/namespaces/{ns}/secrets/one";
const ACCOUNTS: &str = "/api/v1/namespaces/{ns}/serviceaccounts";
const ACCOUNT: &str = "/api/v1/namespaces/{ns}/serviceaccounts/one";
const ARTIFACTS: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts";
const ARTIFACT: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts/one";

const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const APPLY: &str = "application/apply-patch+yaml";

/// A path, with a field manager and further parameters.
fn by(manager: &str, path: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}fieldManager={manager}")
}

fn map() -> Value {
    config_map("one", &[])
}

fn account() -> Value {
    object("v1", "ServiceAccount", "one", &[], json!({"imagePullSecrets": [{"name": "a"}]}))
}

/// The object with other values, by JSON pointer; null takes the field away.
fn with(mut object: Value, changes: &[(&str, Value)]) -> Value {
    for (at, value) in changes {
        let (around, name) = at.rsplit_once('/').unwrap();
        let fields = object.pointer_mut(around).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            fields.shift_remove(name);
        } else {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    object
}

fn with_map(name: &'static str) -> Case {
    whole(name).write("POST", &by("maker", MAPS), &map())
}

fn with_secret(name: &'static str) -> Case {
    whole(name).write("POST", &by("maker", SECRETS), &secret("one", &[]))
}

fn with_artifact(name: &'static str) -> Case {
    whole(name).write("POST", &by("maker", ARTIFACTS), &artifact("one", &[]))
}

/// The administrator posts bodies.
fn posts(name: &'static str, path: &str, bodies: &[Value]) -> Case {
    bodies.iter().fold(whole(name), |case, body| case.write("POST", &by("maker", path), body))
}
