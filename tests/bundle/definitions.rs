//! The definitions of the kinds that somebody's operators brought along.

use serde_json::{Value, json};

use super::made::applied;

/// They are made `at` a time.
pub fn definitions(at: &str) -> Vec<Value> {
    [("certs.example.com", "certificates", "Certificate"), ("dashboards.example.com", "dashboards", "Dashboard")]
        .map(|(group, plural, kind)| definition(group, plural, kind, at))
        .into()
}

fn definition(group: &str, plural: &str, kind: &str, at: &str) -> Value {
    let names = json!({
        "kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase(),
    });
    let condition = |kind: &str, reason: &str, message: &str| json!({"lastTransitionTime": at, "message": message, "reason": reason, "status": "True", "type": kind});
    let object = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "conversion": {"strategy": "None"}, "group": group, "names": names, "scope": "Namespaced",
            "versions": [{
                "name": "v1",
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                "served": true, "storage": true, "subresources": {"status": {}},
            }],
        },
        "status": {
            "acceptedNames": names,
            "conditions": [
                condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            ],
            "storedVersions": ["v1"],
        },
    });
    applied(object, "helm", at)
}
