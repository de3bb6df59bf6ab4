//! The stored revisions that a run reads and writes: of each the payload as it is to be stored next, and the state of the object
//! in which it was met.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/storage/driver/{secrets,cfgmaps}.go` (objects and labels), `pkg/action/hooks.go` (runs of hooks).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::step::{HookRun, Request, Stored};
use crate::release::codec::{self, CodecError, DATA_KEY, Driver};
use crate::release::payload::{HookPhase, Payload};

/// The revisions of one release, by their numbers.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    revisions: BTreeMap<u32, Revision>,
}

/// One revision.
#[derive(Debug, Clone)]
pub struct Revision {
    driver: Driver,
    /// The object around the payload, as it was read or made last; without its data.
    object: Map<String, Value>,
    payload: Map<String, Value>,
    /// The data as the server has them: by them another's write is known.
    data: Option<String>,
    /// It was stored by this run, so that its labels are those of Helm alone.
    is_new: bool,
}

impl Ledger {
    /// A revision that was met already.
    pub fn revision(&mut self, number: u32) -> Option<&mut Revision> {
        self.revisions.get_mut(&number)
    }

    /// Takes one in.
    pub fn keep(&mut self, number: u32, revision: Revision) {
        self.revisions.insert(number, revision);
    }

    /// Forgets one that was not stored, or is gone.
    pub fn forget(&mut self, number: u32) {
        self.revisions.remove(&number);
    }
}

impl Revision {
    /// One that is about to be created; `None` where the change brings no payload.
    #[must_use]
    pub fn created(request: &Request, stored: &Stored, now: Timestamp) -> Option<Self> {
        let mut payload = stored.payload.as_ref()?.as_object()?.clone();
        set_info(&mut payload, "last_deployed", now.to_string());
        let mut labels: Map<String, Value> =
            stored.labels.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        labels.insert("createdAt".to_owned(), now.as_second().to_string().into());
        let metadata = json!({"name": request.object.name, "namespace": request.object.namespace, "labels": labels});
        let mut object = Map::new();
        object.insert("apiVersion".to_owned(), "v1".into());
        object.insert("kind".to_owned(), kind(stored.driver).into());
        object.insert("metadata".to_owned(), metadata);
        if stored.driver == Driver::Secret {
            object.insert("type".to_owned(), "helm.sh/release.v1".into());
        }
        Some(Self { driver: stored.driver, object, payload, data: None, is_new: true })
    }

    /// One as the server has it. Takes long for a large one.
    ///
    /// # Errors
    /// When it cannot be decoded.
    pub fn read(driver: Driver, object: &Value) -> Result<Self, CodecError> {
        let data = object.pointer(&format!("/data/{DATA_KEY}")).and_then(Value::as_str).unwrap_or_default();
        let payload = codec::decode(driver, data.as_bytes())?.into_raw();
        let mut around = object.as_object().cloned().unwrap_or_default();
        around.remove("data");
        around.insert("apiVersion".to_owned(), "v1".into());
        around.insert("kind".to_owned(), kind(driver).into());
        Ok(Self { driver, object: around, payload, data: Some(data.to_owned()), is_new: false })
    }

    /// What it holds, as a payload.
    #[must_use]
    pub fn payload(&self) -> Payload {
        Payload::new(self.payload.clone())
    }

    /// Its uid and its resourceVersion as they were met last; `None` where it is not stored yet.
    #[must_use]
    pub fn state(&self) -> Option<(String, String)> {
        let metadata = self.object.get("metadata")?;
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("uid")?, text("resourceVersion")?))
    }

    /// Whether an object holds the data that were met last: then nobody else wrote the revision.
    #[must_use]
    pub fn is_as_met(&self, object: &Value) -> bool {
        self.data.is_some()
            && object.pointer(&format!("/data/{DATA_KEY}")).and_then(Value::as_str) == self.data.as_deref()
    }

    /// Changes the payload and the labels. `error` takes the place of `{error}` in the description.
    pub fn change(&mut self, stored: &Stored, error: &str, now: Timestamp) {
        if let Some(status) = &stored.status {
            set_info(&mut self.payload, "status", status.as_str().to_owned());
        }
        if let Some(description) = &stored.description {
            set_info(&mut self.payload, "description", description.replace("{error}", error));
        }
        if let Some(run) = &stored.hook {
            self.hook(run, now);
        }
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let set = [
            ("name", text(self.payload.get("name"))),
            ("owner", "helm".to_owned()),
            ("status", text(self.payload.get("info").and_then(|info| info.get("status")))),
            ("version", stored.revision.to_string()),
        ];
        let (is_stored, is_new) = (self.state().is_some(), self.is_new);
        within(&mut self.object, "metadata", |metadata| {
            within(metadata, "labels", |labels| {
                // Helm knows of what it stored itself only the labels of the user.
                if is_stored && is_new {
                    labels.remove("createdAt");
                }
                if is_stored {
                    labels.insert("modifiedAt".to_owned(), now.as_second().to_string().into());
                }
                labels.extend(set.map(|(name, value)| (name.to_owned(), value.into())));
            });
        });
    }

    fn hook(&mut self, run: &HookRun, now: Timestamp) {
        let hook = self.payload.get_mut("hooks").and_then(|hooks| hooks.get_mut(run.place));
        let Some(hook) = hook.and_then(Value::as_object_mut) else { return };
        let is_bare = |policies: &Value| policies.as_array().is_none_or(Vec::is_empty);
        if hook.get("delete_policies").is_none_or(is_bare) {
            hook.insert("delete_policies".to_owned(), json!(["before-hook-creation"]));
        }
        within(hook, "last_run", |last| {
            match &run.phase {
                HookPhase::Running => {
                    last.clear();
                    last.insert("started_at".to_owned(), now.to_string().into());
                }
                HookPhase::Succeeded | HookPhase::Failed | HookPhase::Unknown(_) => {
                    last.insert("completed_at".to_owned(), now.to_string().into());
                }
            }
            last.insert("phase".to_owned(), run.phase.as_str().into());
        });
    }

    /// The object as it is sent. Takes long for a large one.
    ///
    /// # Errors
    /// When the payload cannot be packed.
    pub fn object(&self) -> Result<Value, CodecError> {
        let data = codec::encode(self.driver, &self.payload())?;
        let mut object = self.object.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
            metadata.remove("resourceVersion");
            metadata.remove("uid");
        }
        object.insert("data".to_owned(), json!({DATA_KEY: data}));
        Ok(Value::Object(object))
    }

    /// Takes in the object as the server has it now, after this run wrote it or met it again.
    pub fn met(&mut self, object: &Value) {
        if let Some(metadata) = object.get("metadata") {
            self.object.insert("metadata".to_owned(), metadata.clone());
        }
        if let Some(data) = object.pointer(&format!("/data/{DATA_KEY}")).and_then(Value::as_str) {
            self.data = Some(data.to_owned());
        }
    }
}

fn kind(driver: Driver) -> &'static str {
    match driver {
        Driver::Secret => "Secret",
        Driver::ConfigMap => "ConfigMap",
    }
}

/// Changes the object in a field, made where there is none.
fn within(map: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut inner = match map.get_mut(name).map(Value::take) {
        Some(Value::Object(inner)) => inner,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => Map::new(),
    };
    change(&mut inner);
    map.insert(name.to_owned(), Value::Object(inner));
}

/// Sets a text in the payload's `info`.
fn set_info(payload: &mut Map<String, Value>, name: &str, value: String) {
    within(payload, "info", |info| {
        info.insert(name.to_owned(), value.into());
    });
}
