//! What a namespace holds, without what has to differ between any two: its name, uids, resourceVersions, addresses and times.
//!
//! Nothing of it is read by the code that is tested. Times of payloads become their rank among all times of the namespace's
//! payloads, so that which comes first, and which are the same, is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::twin::{LIMIT, Site};
use crate::cluster::User;

/// The kinds of which a rollback may write objects here, by the address of their lists.
const LISTS: &[&str] = &[
    "api/v1/namespaces/NAMESPACE/configmaps",
    "api/v1/namespaces/NAMESPACE/secrets",
    "api/v1/namespaces/NAMESPACE/services",
    "api/v1/namespaces/NAMESPACE/serviceaccounts",
    "api/v1/namespaces/NAMESPACE/pods",
    "api/v1/namespaces/NAMESPACE/resourcequotas",
    "apis/apps/v1/namespaces/NAMESPACE/deployments",
    "apis/batch/v1/namespaces/NAMESPACE/jobs",
    "apis/owned.example.com/v1/namespaces/NAMESPACE/gates",
    "apis/owned.example.com/v1/namespaces/NAMESPACE/blobs",
    "apis/NAMESPACE.example.com/v1/namespaces/NAMESPACE/shelves",
];

/// The times of a payload.
const TIMES: &[&str] = &["first_deployed", "last_deployed", "deleted", "started_at", "completed_at"];

/// Each object and each stored revision by name: `ConfigMap settings`, `revision 3`.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot(pub BTreeMap<String, Value>);

/// A place in which two namespaces differ; `None` is nothing at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `ConfigMap settings`, `revision 3`.
    pub of: String,
    /// As a JSON pointer, empty for the whole.
    pub path: String,
    pub a: Option<Value>,
    pub b: Option<Value>,
}

impl Snapshot {
    /// Waits until controllers have seen what was written and what goes is gone, and reads everything.
    pub fn of(site: &Site) -> Self {
        let objects = site.cluster.wait_for("the namespace to come to rest", LIMIT, || {
            let objects = all(site);
            objects.iter().all(is_at_rest).then_some(objects)
        });
        let (stored, live): (Vec<Value>, Vec<Value>) =
            objects.into_iter().partition(|object| text(object, "/metadata/labels/owner") == "helm");
        let mut found = BTreeMap::new();
        for object in live.iter().filter(|object| !is_of_the_cluster(object)) {
            let name = format!("{} {}", text(object, "/kind"), text(object, "/metadata/name"));
            found.insert(name, normal(site, text(object, "/metadata/uid"), &plain(object)));
        }
        let mut revisions: Vec<(String, Value)> = stored.iter().map(|object| revision(site, object)).collect();
        rank_times(&mut revisions);
        found.extend(revisions);
        Self(found)
    }

    /// Every place in which they differ.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut all = Vec::new();
        for of in self.0.keys().chain(other.0.keys()).collect::<BTreeSet<_>>() {
            compare(of, String::new(), self.0.get(of), other.0.get(of), &mut all);
        }
        all
    }
}

fn all(site: &Site) -> Vec<Value> {
    let mut objects = Vec::new();
    for list in LISTS {
        let path = format!("/{}", list.replace("NAMESPACE", &site.namespace));
        let answer = site.cluster.request(User::Admin, "GET", &path, None);
        if answer.status == 404 {
            continue;
        }
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        let answer = answer.json();
        // The items of a list say nothing of their kind.
        let kind = text(&answer, "/kind").trim_end_matches("List").to_owned();
        for item in answer["items"].as_array().unwrap() {
            let mut item = item.clone();
            item["kind"] = json!(kind);
            objects.push(item);
        }
    }
    objects
}

fn is_at_rest(object: &Value) -> bool {
    let is_seen = match text(object, "/kind") {
        "Deployment" => object["status"]["observedGeneration"] == object["metadata"]["generation"],
        _ => true,
    };
    let is_owned = object["metadata"].get("ownerReferences").is_some();
    is_owned || (is_seen && (object["metadata"].get("deletionTimestamp").is_none() || is_held(object)))
}

/// A finalizer of a case's own.
fn is_held(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|held| held.iter().any(|one| one == "example.com/hold"))
}

/// Made by controllers: nobody's business here.
fn is_of_the_cluster(object: &Value) -> bool {
    let name = text(object, "/metadata/name");
    name == "kube-root-ca.crt" || name == "default" || object["metadata"].get("ownerReferences").is_some()
}

/// Without what controllers write beside, and what is another in each object.
fn plain(object: &Value) -> Value {
    let mut object = object.clone();
    let whole = object.as_object_mut().unwrap();
    whole.remove("status");
    let metadata = whole["metadata"].as_object_mut().unwrap();
    for name in ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"] {
        metadata.remove(name);
    }
    let managers = managers(metadata.remove("managedFields"));
    metadata.insert("managedFields".to_owned(), managers);
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        // How often the controller saw another template depends on when it looked.
        annotations.remove("deployment.kubernetes.io/revision");
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    if whole["kind"] == "Service" {
        for name in ["clusterIP", "clusterIPs"] {
            whole["spec"][name] = json!("ADDRESS");
        }
    }
    object
}

/// The entries by who, how and through what; without times, and without those of controllers for what they observe.
fn managers(entries: Option<Value>) -> Value {
    let mut found = Map::new();
    let entries = entries.unwrap_or(Value::Null);
    for entry in entries.as_array().into_iter().flatten().filter(|entry| entry["subresource"] != "status") {
        let parts = ["/manager", "/operation", "/subresource", "/apiVersion"].map(|part| text(entry, part));
        let before = found.insert(parts.join(" "), entry["fieldsV1"].clone());
        assert_eq!(before, None, "two entries of one manager: {entries:#}");
    }
    Value::Object(found)
}

/// Name and content of a stored revision.
fn revision(site: &Site, object: &Value) -> (String, Value) {
    let mut labels = object["metadata"]["labels"].clone();
    for name in ["createdAt", "modifiedAt"] {
        if let Some(label) = labels.get_mut(name) {
            assert!(label.as_str().is_some_and(|text| text.parse::<u64>().is_ok()), "{name}: {label}");
            *label = json!("SECONDS");
        }
    }
    let mut encoded = text(object, "/data/release").as_bytes().to_vec();
    if object["kind"] == "Secret" {
        encoded = STANDARD.decode(encoded).unwrap();
    }
    let packed = STANDARD.decode(encoded).unwrap();
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut json).unwrap();
    let mut annotations = object["metadata"]["annotations"].clone();
    if annotations == json!({}) {
        annotations = Value::Null;
    }
    let content = json!({
        "kind": object["kind"],
        "name": object["metadata"]["name"],
        "type": object["type"],
        "labels": labels,
        "annotations": annotations,
        "managedFields": managers(object["metadata"].get("managedFields").cloned()),
        "release": serde_json::from_slice::<Value>(&json).unwrap(),
    });
    (
        format!("revision {}", text(object, "/metadata/labels/version")),
        normal(site, text(object, "/metadata/uid"), &content),
    )
}

/// The namespace and the object's own uid replaced wherever they stand: Jobs have theirs in labels.
fn normal(site: &Site, uid: &str, value: &Value) -> Value {
    let text = value.to_string().replace(&site.namespace, "NAMESPACE").replace(uid, "UID");
    serde_json::from_str(&text).unwrap()
}

/// Replaces each time in the payloads by its rank.
fn rank_times(revisions: &mut [(String, Value)]) {
    let mut times = BTreeSet::new();
    for (_, revision) in revisions.iter_mut() {
        each_time(revision, &mut |time| {
            times.insert(sortable(time));
        });
    }
    let times: Vec<String> = times.into_iter().collect();
    for (_, revision) in revisions.iter_mut() {
        each_time(revision, &mut |time| *time = format!("T{}", times.binary_search(&sortable(time)).unwrap()));
    }
}

fn each_time(value: &mut Value, act: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                match inner {
                    Value::String(time) if TIMES.contains(&name.as_str()) && !time.is_empty() => act(time),
                    _ => each_time(inner, act),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_time(item, act)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The fraction is as long as it has to be, and the zone is UTC.
fn sortable(time: &str) -> String {
    let plain = time.strip_suffix('Z').unwrap_or_else(|| panic!("{time} is not UTC"));
    let (seconds, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    format!("{seconds}.{fraction:0<9}")
}

fn compare(of: &str, path: String, a: Option<&Value>, b: Option<&Value>, all: &mut Vec<Difference>) {
    match (a, b) {
        (a, b) if a == b => {}
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                compare(of, format!("{path}/{name}"), one.get(name), other.get(name), all);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(of, format!("{path}/{index}"), Some(one), Some(other), all);
            }
        }
        (a, b) => all.push(Difference { of: of.to_owned(), path, a: a.cloned(), b: b.cloned() }),
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
