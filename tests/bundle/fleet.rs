//! What applies the HelmReleases: one GitRepository, a Kustomization that is well, and one that somebody suspended.

use serde_json::{Value, json};

use super::made::applied;
use super::recording::second;

/// The namespaces whose HelmReleases come from the Kustomization `apps`, and the one whose come from `warehouse`.
const APPS: &[&str] = &["checkout", "payments", "shipping", "notifications", "identity", "catalog", "previews"];
const WAREHOUSE: &str = "warehouse";

const HEAD: &str = "main@sha1:4be9f07c6d21a83e5f90b7d4c1628ae03597fd1c";
const BEFORE: &str = "main@sha1:91c02d5ae8f6b34710d9c5e27ab84f6613e0d7a5";

/// Seconds of the streams: their beginning is now.
pub fn objects() -> Vec<Value> {
    let at = |ago: i64| second(-ago).to_string();
    let (minute, day) = (60, 86_400);
    let artifact = "gitrepository/flux-system/fleet/4be9f07c6d21a83e5f90b7d4c1628ae03597fd1c.tar.gz";
    let server = "http://source-controller.flux-system.svc.cluster.local./";
    let stored = format!("stored artifact for revision '{HEAD}'");
    let ready = |reason: &str, message: &str, since: &str| {
        json!({
            "lastTransitionTime": since, "message": message, "observedGeneration": 1, "reason": reason,
            "status": "True", "type": "Ready",
        })
    };
    let repository = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"finalizers": ["finalizers.fluxcd.io"], "name": "fleet", "namespace": "flux-system"},
        "spec": {
            "interval": "1m0s", "provider": "generic", "ref": {"branch": "main"}, "timeout": "60s",
            "url": "https://git.example.com/platform/fleet",
        },
        "status": {
            "artifact": {
                "digest": "sha256:0d5f2a97e1c4b86034d7fe0a2b59c3687e41d09fa5b28c7361e0f94ad7b25c83",
                "lastUpdateTime": at(26 * minute), "path": artifact, "revision": HEAD, "size": 18_204,
                "url": format!("{server}{artifact}"),
            },
            "conditions": [
                ready("Succeeded", &stored, &at(26 * minute)),
                {
                    "lastTransitionTime": at(26 * minute), "message": stored, "observedGeneration": 1,
                    "reason": "Succeeded", "status": "True", "type": "ArtifactInStorage",
                },
            ],
            "observedGeneration": 1,
        },
    });
    let kustomization = |name: &str, revision: &str, since: i64, spec: Value| {
        let mut object = json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"finalizers": ["finalizers.fluxcd.io"], "name": name, "namespace": "flux-system"},
            "spec": {
                "force": false, "interval": "10m0s", "path": format!("./clusters/prod/{name}"), "prune": true,
                "sourceRef": {"kind": "GitRepository", "name": "fleet"},
            },
            "status": {
                "conditions": [ready("ReconciliationSucceeded", &format!("Applied revision: {revision}"), &at(since))],
                "lastAppliedRevision": revision,
                "lastAttemptedRevision": revision,
                "observedGeneration": 1,
            },
        });
        let fields = object["spec"].as_object_mut().expect("a spec");
        fields.extend(spec.as_object().expect("fields").clone());
        object
    };
    let made = at(80 * day);
    vec![
        applied(repository, "flux", &made),
        applied(kustomization("apps", HEAD, 25 * minute, json!({})), "flux", &made),
        applied(kustomization("warehouse", BEFORE, 3 * day, json!({"suspend": true})), "flux", &made),
    ]
}

/// A HelmRelease as kustomize-controller applies it, where it is one of those that come from a Kustomization.
pub fn owned(mut object: Value) -> Value {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let owner = match namespace {
        WAREHOUSE => "warehouse",
        _ if APPS.contains(&namespace) => "apps",
        _ => return object,
    };
    if object["kind"] != "HelmRelease" {
        return object;
    }
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    let labels = json!({
        "kustomize.toolkit.fluxcd.io/name": owner, "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    });
    metadata.insert("labels".to_owned(), labels);
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.shift_remove("kubectl.kubernetes.io/last-applied-configuration");
        if annotations.is_empty() {
            metadata.shift_remove("annotations");
        }
    }
    for entry in metadata["managedFields"].as_array_mut().expect("entries") {
        if entry["manager"] == "kubectl-client-side-apply" {
            entry["manager"] = "kustomize-controller".into();
            entry["operation"] = "Apply".into();
            entry["fieldsV1"]["f:metadata"] = json!({
                "f:labels": {
                    "f:kustomize.toolkit.fluxcd.io/name": {}, "f:kustomize.toolkit.fluxcd.io/namespace": {},
                },
            });
            without_parents(&mut entry["fieldsV1"]["f:spec"]);
        }
    }
    object
}

/// Who applies owns what it names, not what that lies in.
fn without_parents(fields: &mut Value) {
    if let Some(fields) = fields.as_object_mut() {
        fields.shift_remove(".");
        fields.values_mut().for_each(without_parents);
    }
}
