//! What is served: versions, groups, resources; as one document a level, or aggregated.
//!
//! The verbs are those that this server has, not those of a real one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::encode::{self, AGGREGATED, Body};
use super::kinds::{self, Kind};
use super::paths::Asked;
use super::status::Status;

const VERBS: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];
const VERBS_OF_STATUS: [&str; 3] = ["get", "patch", "update"];
const STATUS: &str = "status";

/// `/version`. The build metadata says that this is none of the real ones.
pub(super) fn version() -> Value {
    json!({
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3+demo",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "",
    })
}

/// `/api` or `/apis`, in the form that is accepted.
pub(super) fn root(asked: &Asked, core: bool) -> Result<Response<Body>, Status> {
    if encode::wants_aggregated(&asked.accept)? {
        let value = if core { aggregated(&[("", "v1")]) } else { aggregated(&kinds::groups()) };
        return Ok(tagged(&value, asked));
    }
    let value = if core {
        json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
        })
    } else {
        let groups: Vec<Value> = kinds::groups().into_iter().map(|(group, version)| bare(group, version)).collect();
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    };
    Ok(encode::json_answer(200, &value, asked.gzip))
}

/// `/apis/GROUP`.
pub(super) fn group(name: &str, version: &str) -> Value {
    let mut group = json!({"kind": "APIGroup", "apiVersion": "v1"});
    if let (Value::Object(group), Value::Object(rest)) = (&mut group, bare(name, version)) {
        group.extend(rest);
    }
    group
}

/// `/api/v1` or `/apis/GROUP/VERSION`.
pub(super) fn resources(group: &str, version: &str) -> Value {
    let resources: Vec<Value> = kinds::of_group(group, version)
        .into_iter()
        .flat_map(|kind| [Some(resource(kind)), subresource(kind)])
        .flatten()
        .collect();
    let mut list = Map::new();
    list.insert("kind".to_owned(), "APIResourceList".into());
    // The core group's list has never said its own version.
    if !group.is_empty() {
        list.insert("apiVersion".to_owned(), "v1".into());
    }
    list.insert("groupVersion".to_owned(), kinds::group_version(group, version).into());
    list.insert("resources".to_owned(), resources.into());
    Value::Object(list)
}

fn bare(group: &str, version: &str) -> Value {
    let version = json!({"groupVersion": kinds::group_version(group, version), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

fn resource(kind: &Kind) -> Value {
    let mut resource = Map::new();
    resource.insert("name".to_owned(), kind.plural.into());
    resource.insert("singularName".to_owned(), kind.singular().into());
    resource.insert("namespaced".to_owned(), kind.namespaced.into());
    resource.insert("kind".to_owned(), kind.kind.into());
    resource.insert("verbs".to_owned(), VERBS.to_vec().into());
    names(&mut resource, kind);
    resource.insert("storageVersionHash".to_owned(), storage_hash(kind).into());
    Value::Object(resource)
}

fn subresource(kind: &Kind) -> Option<Value> {
    kind.subresources.contains(&STATUS).then(|| {
        json!({
            "name": format!("{}/{STATUS}", kind.plural),
            "singularName": "",
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": VERBS_OF_STATUS,
        })
    })
}

fn names(resource: &mut Map<String, Value>, kind: &Kind) {
    if !kind.short_names.is_empty() {
        resource.insert("shortNames".to_owned(), kind.short_names.to_vec().into());
    }
    if !kind.categories.is_empty() {
        resource.insert("categories".to_owned(), kind.categories.to_vec().into());
    }
}

/// As kubernetes/apiserver `pkg/endpoints/discovery/storageversionhash.go` makes it.
fn storage_hash(kind: &Kind) -> String {
    let version = kind.hashed_version;
    let digest = Sha256::digest(format!("{}/{version}/{}", kind.group, kind.kind));
    STANDARD.encode(digest.iter().copied().take(8).collect::<Vec<u8>>())
}

fn aggregated(groups: &[(&str, &str)]) -> Value {
    let items: Vec<Value> = groups
        .iter()
        .map(|(group, version)| {
            let resources: Vec<Value> = kinds::of_group(group, version).into_iter().map(aggregated_resource).collect();
            let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
            let version = json!({"version": version, "resources": resources, "freshness": "Current"});
            json!({"metadata": metadata, "versions": [version]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_resource(kind: &'static Kind) -> Value {
    // Built-in kinds leave out what their place in the document says.
    let (group, version) = if kind.custom { (kind.group, kind.version) } else { ("", "") };
    let response = json!({"group": group, "version": version, "kind": kind.kind});
    let mut resource = Map::new();
    resource.insert("resource".to_owned(), kind.plural.into());
    resource.insert("responseKind".to_owned(), response.clone());
    resource.insert("scope".to_owned(), if kind.namespaced { "Namespaced" } else { "Cluster" }.into());
    resource.insert("singularResource".to_owned(), kind.singular().into());
    resource.insert("verbs".to_owned(), VERBS.to_vec().into());
    names(&mut resource, kind);
    if kind.subresources.contains(&STATUS) {
        let status = json!({"subresource": STATUS, "responseKind": response, "verbs": VERBS_OF_STATUS});
        resource.insert("subresources".to_owned(), vec![status].into());
    }
    Value::Object(resource)
}

/// With a tag by which the client may say that it has it already.
fn tagged(value: &Value, asked: &Asked) -> Response<Body> {
    let digest = Sha512::digest(value.to_string());
    let tag = digest.iter().fold(String::from("\""), |text, byte| text + &format!("{byte:02X}")) + "\"";
    let known = asked.known_etag.as_ref() == Some(&tag);
    let mut response = encode::json_answer(200, value, asked.gzip);
    if known {
        response = encode::answer(304, AGGREGATED, Vec::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
