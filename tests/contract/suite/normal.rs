//! What two servers cannot say alike gets names in order of appearance; what only one of them keeps is left out.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::documents;

/// The kinds that the demo serves. Of discovery only these count, and of their verbs all but that which deletes many at once.
const KINDS: &[(&str, &str, &[&str])] = &[
    (
        "",
        "v1",
        &[
            "configmaps",
            "events",
            "namespaces",
            "persistentvolumeclaims",
            "pods",
            "secrets",
            "serviceaccounts",
            "services",
        ],
    ),
    ("apps", "v1", &["daemonsets", "deployments", "replicasets", "statefulsets"]),
    ("autoscaling", "v2", &["horizontalpodautoscalers"]),
    ("batch", "v1", &["cronjobs", "jobs"]),
    ("networking.k8s.io", "v1", &["ingresses"]),
    ("policy", "v1", &["poddisruptionbudgets"]),
    ("apiextensions.k8s.io", "v1", &["customresourcedefinitions"]),
    (
        "source.toolkit.fluxcd.io",
        "v1",
        &["buckets", "externalartifacts", "gitrepositories", "helmcharts", "helmrepositories", "ocirepositories"],
    ),
    ("kustomize.toolkit.fluxcd.io", "v1", &["kustomizations"]),
    ("helm.toolkit.fluxcd.io", "v2", &["helmreleases"]),
];

/// The names given in one story, and the values that its later steps refer to.
#[derive(Default)]
pub struct Names {
    given: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
    list: String,
    object: String,
    uid: String,
    token: String,
    /// Whether owners, generations and times are told.
    is_whole: bool,
    /// Hashes of documents, by the names of those.
    hashes: HashMap<String, String>,
    newest: u64,
}

impl Names {
    pub fn new(is_whole: bool) -> Self {
        Self { is_whole, ..Self::default() }
    }

    /// Puts values of earlier answers into a later request.
    pub fn fill_in(&self, text: &str) -> String {
        let text = text
            .replace("{uid}", &self.uid)
            .replace("{list}", &self.list)
            .replace("{object}", &self.object)
            .replace("{token}", &self.token);
        self.hashes.iter().fold(text, |text, (name, hash)| text.replace(&format!("{{hash of {name}}}"), hash))
    }

    /// The body as both servers say it.
    pub fn normal(&mut self, mut body: Value) -> Value {
        match body["kind"].as_str() {
            Some("APIGroupList") => cut_groups(&mut body["groups"]),
            Some("APIGroup") => cut_versions(&mut body),
            Some("APIResourceList") => cut_resources(&mut body),
            Some("APIGroupDiscoveryList") => cut_aggregated(&mut body),
            Some("APIVersions") => body["serverAddressByClientCIDRs"][0]["serverAddress"] = "an address".into(),
            None if body.get("gitVersion").is_some() => cut_version(&mut body),
            None if body.get("openapi").is_some() => return digest(&body),
            None if body.get("paths").is_some_and(Value::is_object) => self.index(&mut body["paths"]),
            _ => {}
        }
        let uid = body.pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned);
        self.walk(&mut body);
        if let (true, Some(uid)) = (self.is_whole, uid) {
            let name = self.name("uid", uid.clone());
            with_named_uid(&mut body, &uid, &name);
        }
        body
    }

    /// Of the index only the documents that the demo has, with the length of their hashes.
    fn index(&mut self, paths: &mut Value) {
        let paths = paths.as_object_mut().unwrap();
        // Definitions of the demo alone, which no story needs.
        paths.retain(|name, _| documents::NAMES.contains(&name.as_str()) && !name.contains("example.com"));
        for (name, entry) in paths.iter_mut() {
            let Value::String(address) = &mut entry["serverRelativeURL"] else { panic!("{name}: no address") };
            self.hashes.insert(name.clone(), count_hash(address));
        }
        paths.sort_keys();
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                if fields.get("type") == Some(&"BOOKMARK".into()) {
                    self.present(fields.get_mut("object").and_then(|object| object.get_mut("metadata")));
                    return;
                }
                if fields.contains_key("items") {
                    self.present(fields.get_mut("metadata"));
                } else if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                    self.metadata(metadata);
                }
                let about_versions = matches!(fields.get("code").and_then(Value::as_u64), Some(410 | 504));
                if about_versions && let Some(Value::String(message)) = fields.get_mut("message") {
                    *message = without_numbers(message);
                }
                if fields.get("code") == Some(&409.into())
                    && let Some(Value::String(message)) = fields.get_mut("message")
                {
                    *message = self.named(message);
                }
                if let Some(Value::String(uid)) = fields.get_mut("details").and_then(|details| details.get_mut("uid")) {
                    *uid = self.name("uid", uid.clone());
                }
                fields.values_mut().for_each(|value| self.walk(value));
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.walk(value)),
            Value::String(text) if text.len() > 1000 => *text = format!("{} characters", text.len()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The metadata of a list or a bookmark. Its version says how far the server is, which others move too.
    fn present(&mut self, metadata: Option<&mut Value>) {
        let Some(Value::Object(metadata)) = metadata else { return };
        if let Some(version) = metadata.get_mut("resourceVersion") {
            self.list = version.as_str().unwrap().to_owned();
            let number: u64 = self.list.parse().unwrap();
            assert!(number > 0, "a version of a list");
            *version = if number >= self.newest { "present" } else { "past" }.into();
        }
        self.token(metadata);
    }

    fn token(&mut self, metadata: &mut Map<String, Value>) {
        if let Some(token) = metadata.get_mut("continue").filter(|token| *token != "") {
            self.token = token.as_str().unwrap().to_owned();
            *token = "a token".into();
        }
    }

    fn metadata(&mut self, metadata: &mut Map<String, Value>) {
        // The demo keeps what it was given; a real server adds these.
        for added in ["managedFields", "creationTimestamp", "generation"] {
            if !self.is_whole {
                metadata.shift_remove(added);
            }
        }
        if self.is_whole {
            without_times(metadata);
        }
        self.token(metadata);
        let owners = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut);
        for owner in owners.into_iter().flatten() {
            owner["uid"] = self.name("uid", owner["uid"].as_str().unwrap().to_owned()).into();
        }
        if let Some(version) = metadata.get("resourceVersion").and_then(Value::as_str).map(str::to_owned) {
            self.newest = self.newest.max(version.parse().unwrap());
            self.object.clone_from(&version);
            metadata.insert("resourceVersion".to_owned(), self.name("version", version).into());
        }
        if let Some(uid) = metadata.get("uid").and_then(Value::as_str).map(str::to_owned) {
            self.uid.clone_from(&uid);
            metadata.insert("uid".to_owned(), self.name("uid", uid).into());
        }
    }

    /// A message with the names of uids and versions in it.
    fn named(&self, message: &str) -> String {
        self.given.iter().fold(message.to_owned(), |message, (value, name)| match value.split_once(' ') {
            Some(("uid", uid)) => message.replace(uid, name),
            Some((_, version)) => message.replace(&format!("({version})"), &format!("({name})")),
            None => message,
        })
    }

    fn name(&mut self, kind: &'static str, value: String) -> String {
        let count = self.counts.entry(kind).or_default();
        let given = self.given.entry(format!("{kind} {value}"));
        given
            .or_insert_with(|| {
                *count += 1;
                format!("{kind}-{count}")
            })
            .clone()
    }
}

/// Times are there, whatever they are; owners are sorted by who they are; a name that the server made is told by its beginning.
fn without_times(metadata: &mut Map<String, Value>) {
    for name in ["creationTimestamp", "deletionTimestamp"] {
        if let Some(time) = metadata.get_mut(name).filter(|time| time.is_string()) {
            *time = "a time".into();
        }
    }
    if let Some(Value::Array(entries)) = metadata.get_mut("managedFields") {
        for entry in &mut *entries {
            if let Some(time) = entry.get_mut("time") {
                *time = "a time".into();
            }
        }
        entries.sort_by_key(|entry| ["manager", "operation", "subresource"].map(|name| entry[name].to_string()));
    }
    let begin = metadata.get("generateName").and_then(Value::as_str).unwrap_or_default();
    let made = metadata.get("name").and_then(Value::as_str).and_then(|name| name.strip_prefix(begin));
    if made.is_some_and(|made| !begin.is_empty() && made.len() == 5) {
        metadata["name"] = format!("{begin}and five signs").into();
    }
}

/// A Job finds its Pods by its uid, wherever that stands.
fn with_named_uid(body: &mut Value, uid: &str, name: &str) {
    match body {
        Value::Object(fields) => fields.values_mut().for_each(|value| with_named_uid(value, uid, name)),
        Value::Array(values) => values.iter_mut().for_each(|value| with_named_uid(value, uid, name)),
        Value::String(text) if text == uid => *text = name.to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for sign in text.chars() {
        match sign {
            '0'..='9' if plain.ends_with('N') => {}
            '0'..='9' => plain.push('N'),
            other => plain.push(other),
        }
    }
    plain
}

/// Puts the length of the hash in an address in its place.
pub fn count_hash(address: &mut String) -> String {
    let (path, hash) = address.split_once("?hash=").unwrap();
    assert!(hash.chars().all(|sign| sign.is_ascii_digit() || ('A'..='F').contains(&sign)), "{hash}");
    let hash = hash.to_owned();
    *address = format!("{path}?hash={} signs", hash.len());
    hash
}

/// A document is held to the committed one elsewhere, whole.
fn digest(document: &Value) -> Value {
    let plain = documents::plain(document);
    let digest = Sha256::digest(plain.to_string());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"openapi": document["openapi"], "info": document["info"], "digest of its types": digest})
}

fn cut_version(body: &mut Value) {
    let fields = body.as_object_mut().unwrap();
    for build in ["gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"] {
        assert!(fields.shift_remove(build).is_some(), "{build}");
    }
    let version = fields["gitVersion"].as_str().unwrap();
    fields["gitVersion"] = version.split('+').next().unwrap().into();
}

fn sort_by(values: &mut [Value], field: &str) {
    values.sort_by_key(|value| value.pointer(field).and_then(Value::as_str).unwrap_or_default().to_owned());
}

fn versions_of(group: &str) -> Vec<&'static str> {
    KINDS.iter().filter(|(name, ..)| *name == group).map(|(_, version, _)| *version).collect()
}

fn cut_groups(groups: &mut Value) {
    let groups = groups.as_array_mut().unwrap();
    groups.retain(|group| !versions_of(group["name"].as_str().unwrap()).is_empty());
    groups.iter_mut().for_each(cut_versions);
    sort_by(groups, "/name");
}

fn cut_versions(group: &mut Value) {
    let served = versions_of(group["name"].as_str().unwrap());
    group["versions"].as_array_mut().unwrap().retain(|version| served.contains(&version["version"].as_str().unwrap()));
}

fn plurals(group_version: &str) -> &'static [&'static str] {
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    KINDS.iter().find(|(name, served, _)| (*name, *served) == (group, version)).map_or(&[], |(.., plurals)| plurals)
}

/// The verbs but the one that the demo does not have, in one order.
fn cut_verbs(resource: &mut Value) {
    let verbs = resource["verbs"].as_array_mut().unwrap();
    verbs.retain(|verb| *verb != "deletecollection");
    verbs.sort_by_key(ToString::to_string);
}

fn cut_resources(list: &mut Value) {
    let served = plurals(list["groupVersion"].as_str().unwrap());
    let resources = list["resources"].as_array_mut().unwrap();
    resources.retain(|resource| {
        let name = resource["name"].as_str().unwrap();
        served.contains(&name.strip_suffix("/status").unwrap_or(name))
    });
    resources.iter_mut().for_each(cut_verbs);
    sort_by(resources, "/name");
}

fn cut_aggregated(list: &mut Value) {
    let groups = list["items"].as_array_mut().unwrap();
    groups.retain(|group| !versions_of(group["metadata"]["name"].as_str().unwrap_or_default()).is_empty());
    sort_by(groups, "/metadata/name");
    for group in groups {
        let name = group["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let served = versions_of(&name);
        let versions = group["versions"].as_array_mut().unwrap();
        versions.retain(|version| served.contains(&version["version"].as_str().unwrap()));
        for version in versions {
            let served = KINDS.iter().find(|(group, served, _)| *group == name && version["version"] == **served);
            let resources = version["resources"].as_array_mut().unwrap();
            resources.retain(|resource| {
                served.is_some_and(|(.., plurals)| plurals.contains(&resource["resource"].as_str().unwrap()))
            });
            for resource in &mut *resources {
                cut_verbs(resource);
                if let Some(Value::Array(inner)) = resource.get_mut("subresources") {
                    inner.retain(|one| one["subresource"] == "status");
                    inner.iter_mut().for_each(cut_verbs);
                }
                if resource.get("subresources").is_some_and(|inner| inner.as_array().is_some_and(Vec::is_empty)) {
                    resource.as_object_mut().unwrap().shift_remove("subresources");
                }
            }
            sort_by(resources, "/resource");
        }
    }
}
