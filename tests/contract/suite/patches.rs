//! Patches that are tried: what a real server said of each, beside the object that it was asked about.
//!
//! `tests/real` makes the objects, asks, and writes `golden/patches-*.jsonl.gz`; `tests/contract` puts the same objects into the
//! demo and asks it the same.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What every uid is called.
pub const UID: &str = "00000000-0000-4000-8000-000000000001";
/// When every object that is there was created.
pub const CREATED: &str = "2026-01-01T00:00:00Z";
/// What every time is called that is later than the object.
pub const NOW: &str = "2026-11-21T12:00:00Z";

/// One object and what was asked about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub name: String,
    /// Where the object is served.
    pub at: String,
    /// What stood in the server; `None` where nothing did.
    pub base: Option<Value>,
    pub asked: Vec<Asked>,
}

/// One request, and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub user: String,
    pub path: String,
    /// The type of the body; without one where it is empty.
    pub content: String,
    pub body: String,
    pub code: u16,
    pub said: Value,
}

/// What is not said alike by two servers and looks the same in every answer about one object.
pub struct Known {
    version: String,
    created: String,
    /// Times of its managedFields; `None` where those of answers are compared as they are.
    times: Option<BTreeSet<String>>,
    uid: String,
}

impl Known {
    /// Of an object, as the server has it.
    pub fn of(base: Option<&Value>, has_its_own_time: bool) -> Self {
        let text = |pointer: &str| {
            let found = base.and_then(|base| base.pointer(pointer)).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        Self {
            version: text("/metadata/resourceVersion"),
            created: text("/metadata/creationTimestamp"),
            times: has_its_own_time.then(|| entries(base).filter_map(time).collect()),
            uid: text("/metadata/uid"),
        }
    }

    /// An answer, or the object itself, as every server says it.
    pub fn normal(&self, said: &Value) -> Value {
        let mut said: Value = if self.uid.is_empty() {
            said.clone()
        } else {
            let text = said.to_string().replace(&self.uid, UID);
            // Where an object is quoted in a message.
            let quoted = |version: &str| format!(r#"resourceVersion\\\":\\\"{version}\\\""#);
            let text = text.replace(&quoted(&self.version), &quoted("1"));
            let quoted = |time: &str| format!(r#"creationTimestamp\\\":\\\"{time}\\\""#);
            let text = text.replace(&quoted(&self.created), &quoted(CREATED));
            serde_json::from_str(&text).unwrap()
        };
        sort_causes(&mut said);
        let Some(metadata) = said.get_mut("metadata").and_then(Value::as_object_mut) else { return said };
        if let Some(version) = metadata.get_mut("resourceVersion") {
            *version = json!(if *version == self.version.as_str() { "1" } else { "another" });
        }
        if let Some(uid) = metadata.get_mut("uid").filter(|uid| **uid != UID) {
            *uid = json!("another");
        }
        if let Some(times) = &self.times {
            if let Some(created) = metadata.get_mut("creationTimestamp").filter(|created| !created.is_null()) {
                *created = json!(if *created == self.created.as_str() { CREATED } else { NOW });
            }
            let entries = metadata.get_mut("managedFields").and_then(Value::as_array_mut);
            for entry in entries.into_iter().flatten() {
                if time(entry).is_some_and(|time| !times.contains(&time)) {
                    entry["time"] = json!(NOW);
                }
            }
        }
        said
    }
}

/// The server comes to managers in an order that differs from one answer to the next.
/// Source: structured-merge-diff v6.3.2 `merge/conflict.go` (`ConflictsFromManagers` goes through a map).
fn sort_causes(said: &mut Value) {
    let is_conflict = said["reason"] == "Conflict";
    if let Some(causes) = said.pointer_mut("/details/causes").and_then(Value::as_array_mut).filter(|_| is_conflict) {
        causes.sort_by_key(ToString::to_string);
    }
}

fn entries(object: Option<&Value>) -> impl Iterator<Item = &Value> {
    let entries = object.and_then(|object| object.pointer("/metadata/managedFields")).and_then(Value::as_array);
    entries.into_iter().flatten()
}

fn time(entry: &Value) -> Option<String> {
    entry.get("time").and_then(Value::as_str).map(str::to_owned)
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/contract/golden/patches-{file}.jsonl.gz"))
}

/// What the real server said.
pub fn golden(file: &str) -> Vec<Told> {
    let packed = std::fs::read(path(file)).unwrap_or_else(|error| panic!("{}: {error}", path(file).display()));
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Writes what the real server said.
pub fn write_golden(file: &str, all: &[Told]) {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    for told in all {
        writeln!(gzip, "{}", serde_json::to_string(told).unwrap()).unwrap();
    }
    std::fs::write(path(file), gzip.finish().unwrap()).unwrap();
}
