//! The entries of managedFields as the server computes with them.
//!
//! Source: `k8s.io/apimachinery/pkg/util/managedfields/internal/{managedfields,capmanagers,stripmeta}.go`, v0.36.3.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::{FieldSet, PathElement};
use super::words;

/// The most entries of updates that an object keeps.
const MOST_UPDATERS: usize = 10;

/// What tells an entry from the others: its text. Of appliers it has no version, of nobody the time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(String);

/// What an entry's identity says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Identity {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manager: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operation: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subresource: String,
}

impl Id {
    /// The one of a request, until it is known what it changed.
    pub(super) fn current_operation() -> Self {
        Self("current-operation".to_owned())
    }

    /// As the server orders and prints them.
    pub(super) fn identity(&self) -> Identity {
        serde_json::from_str(&self.0).unwrap_or_else(|_| Identity { manager: self.0.clone(), ..Identity::default() })
    }
}

impl Identity {
    pub(super) fn id(&self) -> Id {
        let api_version = if self.operation == "Apply" { "" } else { &self.api_version };
        let parts = [
            ("manager", self.manager.as_str()),
            ("operation", &self.operation),
            ("apiVersion", api_version),
            ("subresource", &self.subresource),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("\"{name}\":{}", words::json_string(value)))
            .collect();
        Id(format!("{{{}}}", parts.join(",")))
    }
}

/// What an entry owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub set: FieldSet,
    /// The version that the set's paths are of.
    pub api_version: String,
    pub applied: bool,
}

/// The entries of an object. Times outlive their entries, because an entry may come back while a request is computed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Managers {
    pub held: BTreeMap<Id, Held>,
    pub times: BTreeMap<Id, Option<Timestamp>>,
}

/// What the server puts where managedFields are to be forgotten: an empty list, or one empty entry.
pub(super) fn is_reset(entries: Option<&Value>) -> bool {
    match entries.and_then(Value::as_array).map(Vec::as_slice) {
        Some([]) => true,
        Some([one]) => one.as_object().is_some_and(Map::is_empty),
        Some(_) | None => false,
    }
}

impl Managers {
    /// # Errors
    /// What is wrong with an entry, in the server's words where they can be known.
    pub(super) fn read(entries: Option<&Value>) -> Result<Self, String> {
        let mut managers = Self::default();
        for (index, entry) in entries.and_then(Value::as_array).into_iter().flatten().enumerate() {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let identity = Identity {
                manager: text("manager"),
                operation: text("operation"),
                api_version: text("apiVersion"),
                subresource: text("subresource"),
            };
            if !matches!(identity.operation.as_str(), "Apply" | "Update") {
                return Err("operation must be `Apply` or `Update`".to_owned());
            }
            if identity.api_version.is_empty() {
                return Err("apiVersion must not be empty".to_owned());
            }
            match text("fieldsType").as_str() {
                "FieldsV1" => {}
                "" => return Err(format!("missing fieldsType in managed fields entry {index}")),
                other => {
                    return Err(format!("invalid fieldsType {} in managed fields entry {index}", words::quoted(other)));
                }
            }
            let fields = entry.get("fieldsV1").filter(|fields| !fields.is_null());
            let set = fields.map_or(Ok(FieldSet::default()), FieldSet::from_value);
            let set = set.map_err(|why| format!("error decoding set of managed fields entry {index}: {why}"))?;
            let time = text("time");
            let time = if time.is_empty() { None } else { Some(time.parse()) };
            let time =
                time.transpose().map_err(|why: jiff::Error| format!("time of managed fields entry {index}: {why}"))?;
            let applied = identity.operation == "Apply";
            let id = identity.id();
            managers.held.insert(id.clone(), Held { set, api_version: identity.api_version, applied });
            managers.times.insert(id, time);
        }
        Ok(managers)
    }

    /// As they are stored: what was applied first, then oldest first. None: there are none.
    pub(super) fn written(&self) -> Option<Value> {
        let mut entries: Vec<_> = self
            .held
            .iter()
            .map(|(id, held)| {
                let identity = id.identity();
                let operation = if held.applied { "Apply".to_owned() } else { identity.operation };
                let identity = Identity { operation, api_version: held.api_version.clone(), ..identity };
                (identity, self.times.get(id).copied().flatten(), &held.set)
            })
            .collect();
        entries.sort_by(|(left, left_time, _), (right, right_time, _)| {
            let seconds = |time: &Option<Timestamp>| time.map_or(0, Timestamp::as_second);
            (&left.operation, seconds(left_time), &left.manager, &left.api_version, &left.subresource).cmp(&(
                &right.operation,
                seconds(right_time),
                &right.manager,
                &right.api_version,
                &right.subresource,
            ))
        });
        let entries = entries.into_iter().map(|(identity, time, set)| {
            let mut entry = Map::new();
            let mut put = |name: &str, value: Value| {
                if value.as_str() != Some("") {
                    entry.insert(name.to_owned(), value);
                }
            };
            put("manager", json!(identity.manager));
            put("operation", json!(identity.operation));
            put("apiVersion", json!(identity.api_version));
            put("time", json!(time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()));
            put("fieldsType", json!("FieldsV1"));
            put("fieldsV1", set.to_value());
            put("subresource", json!(identity.subresource));
            Value::Object(entry)
        });
        let entries: Vec<Value> = entries.collect();
        (!entries.is_empty()).then_some(Value::Array(entries))
    }

    /// Takes from an entry what nobody may own.
    pub(super) fn strip(&mut self, id: &Id) {
        let Some(held) = self.held.get_mut(id) else { return };
        held.set = held.set.difference(&stripped());
        if held.set.is_empty() {
            self.held.remove(id);
        }
    }

    /// Joins the oldest updates of each version, until no more than ten are left.
    pub(super) fn cap(&mut self) {
        let mut updaters: Vec<(i64, Id)> = self
            .held
            .iter()
            .filter(|(_, held)| !held.applied)
            .map(|(id, _)| (self.times.get(id).copied().flatten().map_or(0, Timestamp::as_second), id.clone()))
            .collect();
        updaters.sort();
        let mut left = updaters.len();
        let mut first_of: BTreeMap<String, Id> = BTreeMap::new();
        for (_, id) in updaters {
            if left <= MOST_UPDATERS {
                return;
            }
            let Some(held) = self.held.get(&id).cloned() else { continue };
            let Some(first) = first_of.get(&held.api_version) else {
                first_of.insert(held.api_version, id);
                continue;
            };
            let bucket = Identity {
                manager: "ancient-changes".to_owned(),
                operation: "Update".to_owned(),
                api_version: held.api_version.clone(),
                subresource: String::new(),
            };
            let bucket = bucket.id();
            if !self.held.contains_key(&bucket)
                && let Some(oldest) = self.held.remove(first)
            {
                self.held.insert(bucket.clone(), oldest);
            }
            let set = self.held.get(&bucket).map_or_else(|| held.set.clone(), |all| held.set.union(&all.set));
            self.held.insert(bucket.clone(), Held { set, ..held });
            self.held.remove(&id);
            left -= 1;
            let time = self.times.get(&id).copied().flatten();
            self.times.insert(bucket, time);
        }
    }
}

fn stripped() -> FieldSet {
    let mut set = FieldSet::default();
    for name in ["apiVersion", "kind", "metadata"] {
        set.insert(&[PathElement::field(name)]);
    }
    for name in [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ] {
        set.insert(&[PathElement::field("metadata"), PathElement::field(name)]);
    }
    set
}
