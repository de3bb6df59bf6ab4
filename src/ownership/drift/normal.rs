//! What Flux leaves out of a manifest before it tries it: fields that a kind of Kubernetes does not have. An apply of these
//! would be refused.
//!
//! Source: fluxcd/pkg ssa v0.76.1 `normalize/normalize.go` (UnstructuredListWithScheme): kinds that client-go knows are read as
//! typed objects, except roles.

use serde_json::Value;

use crate::ownership::report::gvk;
use crate::schema::{Schema, Typed};

/// Groups of client-go beside those that end with `.k8s.io`.
const GROUPS: &[&str] = &["", "apps", "autoscaling", "batch", "extensions", "policy"];

/// Groups of Kubernetes' projects whose types client-go has not.
const NOT_CLIENT_GO: &[&str] = &[
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "gateway.networking.k8s.io",
    "metrics.k8s.io",
    "snapshot.storage.k8s.io",
];

/// The manifest without such fields.
pub(super) fn normal(mut manifest: Value, schema: &Schema) -> Value {
    let kind = gvk(&manifest);
    let is_known = GROUPS.contains(&kind.group.as_str())
        || kind.group.ends_with(".k8s.io") && !NOT_CLIENT_GO.contains(&kind.group.as_str());
    let is_role = kind.group == "rbac.authorization.k8s.io" && matches!(kind.kind.as_str(), "Role" | "ClusterRole");
    if let Some(typed) = schema.kind(&kind).filter(|_| is_known && !is_role) {
        drop_unknown(&mut manifest, typed);
    }
    manifest
}

fn drop_unknown(value: &mut Value, typed: Typed<'_>) {
    match value {
        Value::Object(fields) => {
            // What has no fields of its own may have any.
            if typed.is_deduced() || typed.atom().map.as_ref().is_none_or(|map| map.fields.is_empty()) {
                return;
            }
            fields.retain(|name, _| typed.field(name).is_some());
            for (name, value) in fields.iter_mut() {
                if let Some(typed) = typed.field(name) {
                    drop_unknown(value, typed);
                }
            }
        }
        Value::Array(items) => {
            if let Some(typed) = typed.element() {
                items.iter_mut().for_each(|item| drop_unknown(item, typed));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
