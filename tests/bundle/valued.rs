//! `identity/login` takes its values from more than one place. What was stored of its second revision is what they merge to;
//! its `apiKey`, which the recording leaves to the chart, stands in the config as well, with the value that the chart has.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::copy::hex;
use super::made::applied;
use super::mishaps::Clock;

/// The config of the second revision as Flux writes it down before it takes the digest: YAML, keys sorted.
///
/// Source: fluxcd/pkg chartutil v1.27.1 `digest.go`, `encode.go`.
const RECORDED: &str = "autoscaling:\n  enabled: false\nconfig:\n  LOG_LEVEL: debug\nreplicas: 3\n";

const KEY: &str = "s3cr3t-demo";

/// A ConfigMap of which the HelmRelease overrides a part, a Secret at a path, and one that is not there and need not be.
pub fn from_three(objects: &mut Vec<Value>, clock: &Clock) {
    let (before, after) = (digest(RECORDED), digest(&format!("apiKey: {KEY}\n{RECORDED}")));
    let mut seen = 0;
    for object in objects.iter_mut() {
        if object["kind"] == "HelmRelease" {
            values_from(object);
        } else if object["metadata"]["labels"]["version"] == "2" {
            object["data"]["release"]["config"]["apiKey"] = KEY.into();
        }
        let text = object.to_string();
        seen += text.matches(&before).count();
        *object = serde_json::from_str(&text.replace(&before, &after)).expect("an object");
    }
    assert!(seen > 1, "the digest of the recorded values is not {before}");
    let made = clock.ago(90 * 86_400).to_string();
    let labels = json!({
        "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    });
    let values = "autoscaling:\n  enabled: false\nconfig:\n  LOG_LEVEL: info\nreplicas: 2\n";
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"values.yaml": values},
        "metadata": {"labels": labels, "name": "login-values", "namespace": "identity"},
    });
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "data": {"apiKey": "czNjcjN0LWRlbW8="}, "type": "Opaque",
        "metadata": {"labels": labels, "name": "login-api-key", "namespace": "identity"},
    });
    objects.extend([map, secret].map(|object| applied(object, "kustomize-controller", &made)));
}

fn values_from(object: &mut Value) {
    let spec = object["spec"].as_object_mut().expect("a spec");
    spec.insert("values".to_owned(), json!({"config": {"LOG_LEVEL": "debug"}, "replicas": 3}));
    let references = json!([
        {"kind": "ConfigMap", "name": "login-values"},
        {"kind": "Secret", "name": "login-api-key", "targetPath": "apiKey", "valuesKey": "apiKey"},
        {"kind": "ConfigMap", "name": "login-canary", "optional": true},
    ]);
    spec.insert("valuesFrom".to_owned(), references);
    for entry in object["metadata"]["managedFields"].as_array_mut().expect("entries") {
        let Some(fields) = entry["fieldsV1"]["f:spec"].as_object_mut().filter(|fields| fields.contains_key("f:values"))
        else {
            continue;
        };
        fields["f:values"].as_object_mut().expect("fields").shift_remove("f:autoscaling");
        fields.insert("f:valuesFrom".to_owned(), json!({}));
    }
}

fn digest(text: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(text)))
}
