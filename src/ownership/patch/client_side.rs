//! What Helm sends for an object of a release that it applies client-side.
//!
//! Source: helm.sh/helm v4.3.1 and v3.22.0 `pkg/kube/client.go` (update, createPatch, patchResourceClientSide,
//! replaceResource), `pkg/kube/converter.go`. The two differ in one thing: where types are unknown, Helm 3 reads numbers into
//! floating point, so that it does not see a change beyond the 53rd bit and writes such numbers rounded. Both take the live
//! object for the original where the last revision lacks it, which Helm before 3.19 and 4.2 refused.

use serde_json::Value;

use crate::schema::Typed;

use super::json_merge::{as_floats, as_written};
use super::{PatchFault, three_way, three_way_json, two_way};

/// Whose patches are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Helm {
    /// Helm 3, as of 3.22.
    Three,
    /// Helm 4, as of 4.3.
    Four,
}

/// How an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// PATCH of type `application/strategic-merge-patch+json`.
    StrategicMerge,
    /// PATCH of type `application/merge-patch+json`.
    JsonMerge,
    /// PUT of the whole object.
    Replace,
}

/// A write of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// How it is sent.
    pub method: Method,
    /// What is sent.
    pub body: Value,
}

/// An object that is upgraded client-side and exists.
#[derive(Debug, Clone, Copy)]
pub struct ClientSideUpgrade<'o> {
    /// Which Helm does it.
    pub helm: Helm,
    /// The object in the manifest of the last revision, with its namespace filled in. None: it was not in there.
    pub original: Option<&'o Value>,
    /// The object in the new manifest, with its namespace, Helm's label and Helm's two annotations filled in.
    pub target: &'o Value,
    /// The object as it is.
    pub live: &'o Value,
    /// What is known of its kind. Custom resources are patched without, so it counts for kinds that Kubernetes brings only.
    pub types: Option<Typed<'o>>,
    /// `--force`, in Helm 4 `--force-replace`.
    pub force: bool,
    /// As an install with `--take-ownership` does it: custom resources are compared with the live object, too.
    pub take_ownership: bool,
}

/// The request that Helm sends. None: there is nothing to change.
///
/// A manifest that does not fit the types of its kind is refused by the API server; how Helm sends it is not told apart here.
///
/// # Errors
/// Where Helm fails to make a patch.
pub fn client_side_patch(upgrade: &ClientSideUpgrade<'_>) -> Result<Option<Patch>, PatchFault> {
    let target = as_written(upgrade.target);
    if upgrade.force {
        return Ok(Some(Patch { method: Method::Replace, body: replacement(target, upgrade.live) }));
    }
    let live = as_written(upgrade.live);
    let original = upgrade.original.map_or_else(|| live.clone(), as_written);
    let patch = match upgrade.types.filter(|_| is_merged_by_type(&target)) {
        Some(types) => Patch { method: Method::StrategicMerge, body: three_way(&original, &target, &live, types)? },
        None if upgrade.take_ownership => {
            Patch { method: Method::JsonMerge, body: three_way_json(&original, &target, &live)? }
        }
        None => {
            let body = match upgrade.helm {
                Helm::Three => two_way(&as_floats(&original), &as_floats(&target))?,
                Helm::Four => two_way(&original, &target)?,
            };
            Patch { method: Method::JsonMerge, body }
        }
    };
    let is_empty = patch.body.as_object().is_some_and(serde_json::Map::is_empty);
    Ok((!is_empty).then_some(patch))
}

/// Replaces whatever version is there, unless the manifest names one.
fn replacement(mut target: Value, live: &Value) -> Value {
    let version = |object: &Value| {
        let version = object.get("metadata").and_then(|metadata| metadata.get("resourceVersion"));
        version.and_then(Value::as_str).filter(|version| !version.is_empty()).map(str::to_owned)
    };
    if let (None, Some(live)) = (version(&target), version(live))
        && let Some(object) = target.as_object_mut()
    {
        let metadata = object.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("resourceVersion".to_owned(), Value::from(live));
        }
    }
    target
}

/// Whether Helm has structs for the kind, and uses them.
#[must_use]
pub fn is_merged_by_type(object: &Value) -> bool {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = text("apiVersion").rsplit_once('/').unwrap_or(("", text("apiVersion")));
    let is_known = KNOWN.iter().any(|(known, versions)| *known == group && versions.contains(&version));
    is_known && !(text("kind") == "CustomResourceDefinition" && version == "v1beta1")
}

/// The groups and versions in `k8s.io/client-go/kubernetes/scheme` and `k8s.io/apiextensions-apiserver`, v0.37.1.
const KNOWN: &[(&str, &[&str])] = &[
    ("", &["v1"]),
    ("admissionregistration.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("apiextensions.k8s.io", &["v1", "v1beta1"]),
    ("apps", &["v1", "v1beta1", "v1beta2"]),
    ("authentication.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("authorization.k8s.io", &["v1", "v1beta1"]),
    ("autoscaling", &["v1", "v2"]),
    ("batch", &["v1", "v1beta1"]),
    ("certificates.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("coordination.k8s.io", &["v1", "v1alpha2", "v1beta1"]),
    ("discovery.k8s.io", &["v1", "v1beta1"]),
    ("events.k8s.io", &["v1", "v1beta1"]),
    ("extensions", &["v1beta1"]),
    ("flowcontrol.apiserver.k8s.io", &["v1", "v1beta1", "v1beta2", "v1beta3"]),
    ("internal.apiserver.k8s.io", &["v1alpha1"]),
    ("lifecycle.k8s.io", &["v1alpha1"]),
    ("networking.k8s.io", &["v1", "v1beta1"]),
    ("node.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("policy", &["v1", "v1beta1"]),
    ("rbac.authorization.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("resource.k8s.io", &["v1", "v1alpha3", "v1beta1", "v1beta2"]),
    ("scheduling.k8s.io", &["v1", "v1alpha3", "v1beta1"]),
    ("storage.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ("storagemigration.k8s.io", &["v1", "v1beta1"]),
];
