//! Objects that no recording has, in the shapes that a real server gives them: who applied what, and when.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::copy::hex;
use super::recording::text;

/// A uid that depends on the words alone.
pub fn uid(words: &str) -> String {
    let digits = hex(&Sha256::digest(words));
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32])
}

/// Gives an object that has a kind, a name and a spec what a server adds: uid, generation, time, managed fields.
pub fn applied(mut object: Value, manager: &str, at: &str) -> Value {
    let seed = format!("{} {}/{}", object["kind"], object["metadata"]["namespace"], object["metadata"]["name"]);
    let mut entries = vec![entry(&object, fields_of(&object), (manager, "Apply"), at)];
    let status = object["status"].as_object().cloned();
    if let Some(status) = status {
        let controller = match object["kind"].as_str() {
            Some("GitRepository" | "OCIRepository") => "source-controller",
            Some("Kustomization") => "kustomize-controller",
            Some("Job" | "PersistentVolumeClaim") => "kube-controller-manager",
            Some("CustomResourceDefinition") => "kube-apiserver",
            _ => "controller",
        };
        let mut entry = entry(&object, json!({"f:status": fields(&Value::Object(status))}), (controller, "Update"), at);
        entry["subresource"] = "status".into();
        entries.push(entry);
    }
    object["metadata"]["creationTimestamp"] = at.into();
    object["metadata"]["generation"] = 1.into();
    object["metadata"]["uid"] = uid(&seed).into();
    object["metadata"]["managedFields"] = entries.into();
    object
}

fn entry(object: &Value, fields: Value, (manager, operation): (&str, &str), at: &str) -> Value {
    json!({
        "apiVersion": object["apiVersion"], "fieldsType": "FieldsV1", "fieldsV1": fields, "manager": manager,
        "operation": operation, "time": at,
    })
}

/// What an applier of the object owns.
fn fields_of(object: &Value) -> Value {
    let mut all = Map::new();
    for (key, value) in object.as_object().expect("an object") {
        match key.as_str() {
            "apiVersion" | "kind" | "status" => {}
            "metadata" => {
                let own = ["annotations", "finalizers", "labels"].into_iter().filter(|key| !value[key].is_null());
                let own: Map<String, Value> = own.map(|key| (format!("f:{key}"), fields(&value[key]))).collect();
                if !own.is_empty() {
                    all.insert("f:metadata".to_owned(), own.into());
                }
            }
            _ => {
                all.insert(format!("f:{key}"), fields(value));
            }
        }
    }
    all.into()
}

/// Lists of what has a name are taken for lists by name, all others for values of their own.
fn fields(value: &Value) -> Value {
    match value {
        Value::Object(inner) => {
            inner.iter().map(|(key, value)| (format!("f:{key}"), fields(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) if items.iter().all(|item| item["name"].is_string()) => {
            let item = |item: &Value| {
                let mut inner = fields(item);
                inner["."] = json!({});
                (format!("k:{{\"name\":{}}}", item["name"]), inner)
            };
            items.iter().map(item).collect::<Map<_, _>>().into()
        }
        _ => json!({}),
    }
}

/// An Event about an object, as the recorders of Kubernetes write it.
pub struct Told<'a> {
    pub object: &'a Value,
    /// The part of it, where it is about one.
    pub field: Option<&'a str>,
    pub warning: bool,
    pub reason: &'a str,
    pub message: String,
    pub by: &'a str,
    /// When it was told first and last, and how often.
    pub first: jiff::Timestamp,
    pub last: jiff::Timestamp,
    pub count: u64,
}

pub fn event(told: &Told<'_>) -> Value {
    let object = told.object;
    let (name, namespace) = (text(object, "/metadata/name"), text(object, "/metadata/namespace"));
    let digest = Sha256::digest(format!("{name} {} {}", told.reason, told.message));
    let nanosecond = i128::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % 1_000_000_000);
    let stamp = told.first.as_nanosecond() + nanosecond;
    let mut about = json!({
        "apiVersion": object["apiVersion"], "kind": object["kind"], "name": name, "namespace": namespace,
        "uid": object["metadata"]["uid"],
    });
    if let Some(field) = told.field {
        about["fieldPath"] = field.into();
    }
    let name = format!("{name}.{stamp:x}");
    let source = if told.by == "kubelet" {
        json!({"component": told.by, "host": object["spec"]["nodeName"]})
    } else {
        json!({"component": told.by})
    };
    let instance = if told.by == "kubelet" { text(object, "/spec/nodeName") } else { String::new() };
    json!({
        "apiVersion": "v1",
        "count": told.count,
        "eventTime": null,
        "firstTimestamp": told.first.to_string(),
        "involvedObject": about,
        "kind": "Event",
        "lastTimestamp": told.last.to_string(),
        "message": told.message,
        "metadata": {
            "creationTimestamp": told.first.to_string(), "name": name, "namespace": namespace, "uid": uid(&name),
        },
        "reason": told.reason,
        "reportingComponent": told.by,
        "reportingInstance": instance,
        "source": source,
        "type": if told.warning { "Warning" } else { "Normal" },
    })
}

/// What a kubelet tells of the first container of a Pod that waits for an image which nobody has, until `last`.
///
/// Source: kubernetes/kubernetes v1.36 `pkg/kubelet/images/image_manager.go`.
pub fn image_events(pod: &Value, first: jiff::Timestamp, last: jiff::Timestamp) -> Vec<Value> {
    let status = &pod["status"]["containerStatuses"][0];
    let (name, image) = (text(status, "/name"), text(status, "/image"));
    let field = format!("spec.containers{{{name}}}");
    let seconds = u64::try_from(last.as_second() - first.as_second()).expect("an order");
    // It tries again every five minutes in the end, and says every ten to fifteen seconds that it waits.
    let (tries, waits) = (1 + seconds.min(600) / 120 + seconds.saturating_sub(600) / 300, 1 + seconds / 13);
    let why = format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \
         \"{image}\": {image}: not found"
    );
    let tell = |warning, reason, message, count| {
        event(&Told { object: pod, field: Some(&field), warning, reason, message, by: "kubelet", first, last, count })
    };
    vec![
        tell(false, "Pulling", format!("Pulling image \"{image}\""), tries),
        tell(true, "Failed", format!("Failed to pull image \"{image}\": {why}"), tries),
        tell(true, "Failed", "Error: ErrImagePull".to_owned(), tries),
        tell(false, "BackOff", format!("Back-off pulling image \"{image}\""), waits),
        tell(true, "Failed", "Error: ImagePullBackOff".to_owned(), waits),
    ]
}

/// Whether the first container of a Pod waits for its image.
pub fn waits_for_image(object: &Value) -> bool {
    object["kind"] == "Pod"
        && object["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
}
