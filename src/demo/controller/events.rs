//! Events that the controllers of Flux tell.
//!
//! Source: kubernetes/client-go `tools/record/event.go`, fluxcd/helm-controller v1.6.3 `internal/reconcile/release.go`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::World;
use super::draft::seconds;

/// What is told of an object.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    /// Who tells it.
    pub component: &'a str,
    /// Something went wrong.
    pub is_warning: bool,
    /// Its reason.
    pub reason: &'a str,
    /// In words.
    pub message: &'a str,
    /// Chart version, digest of the values and so on.
    pub annotations: Map<String, Value>,
}

/// Tells it.
pub fn tell(world: &dyn World, of: &Value, told: Told<'_>, now: Timestamp) {
    let at = |pointer: &str| of.pointer(pointer).cloned().unwrap_or_default();
    let name = at("/metadata/name");
    let name = format!("{}.{:x}", name.as_str().unwrap_or_default(), now.as_nanosecond());
    let mut event = json!({
        "apiVersion": "v1",
        "count": 1,
        "eventTime": null,
        "firstTimestamp": seconds(now),
        "involvedObject": {
            "apiVersion": at("/apiVersion"),
            "kind": at("/kind"),
            "name": at("/metadata/name"),
            "namespace": at("/metadata/namespace"),
            "resourceVersion": at("/metadata/resourceVersion"),
            "uid": at("/metadata/uid"),
        },
        "kind": "Event",
        "lastTimestamp": seconds(now),
        "message": told.message,
        "metadata": {"creationTimestamp": seconds(now), "name": name, "namespace": at("/metadata/namespace")},
        "reason": told.reason,
        "reportingComponent": told.component,
        "reportingInstance": "",
        "source": {"component": told.component},
        "type": if told.is_warning { "Warning" } else { "Normal" },
    });
    if let (false, Some(metadata)) =
        (told.annotations.is_empty(), event.pointer_mut("/metadata").and_then(Value::as_object_mut))
    {
        metadata.insert("annotations".to_owned(), told.annotations.into());
    }
    world.put(event);
}
