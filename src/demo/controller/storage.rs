//! What is stored of a release, read and written as Helm does inside its controller.
//!
//! Source: helm.sh/helm v4.2.4 `pkg/storage/{storage,driver/secrets}.go`.

use flate2::Compression;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::World;
use super::draft::seconds;
use super::history::revision;
use crate::demo::server::ObjectRef;
use crate::release::codec::{self, DATA_KEY, Driver};

/// The Secrets of a release.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Where they are stored.
    pub namespace: String,
    /// The name of the release.
    pub name: String,
}

/// A stored revision.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The Secret.
    pub secret: Value,
    /// The release in it.
    pub payload: Map<String, Value>,
}

impl Stored {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> &str {
        let status = self.payload.get("info").and_then(|info| info.get("status"));
        status.and_then(Value::as_str).unwrap_or_default()
    }
}

impl Storage {
    /// All revisions that can be read, the newest last.
    #[must_use]
    pub fn revisions(&self, world: &dyn World) -> Vec<Stored> {
        let mut all: Vec<Stored> = world
            .list("v1", "Secret", &self.namespace)
            .into_iter()
            .filter(|secret| {
                let label =
                    |name: &str| secret.pointer("/metadata/labels").and_then(|labels| labels.get(name)?.as_str());
                label("owner") == Some("helm") && label("name") == Some(&self.name)
            })
            .filter_map(|secret| {
                let data = secret.get("data")?.get(DATA_KEY)?.as_str()?;
                let payload = codec::decode(Driver::Secret, data.as_bytes()).ok()?.into_raw();
                Some(Stored { secret, payload })
            })
            .collect();
        all.sort_by_key(|stored| revision(&stored.payload));
        all
    }

    /// Stores a new revision. The oldest go where more than `most` would be kept, the deployed one never; they are returned.
    pub fn create(
        &self,
        world: &dyn World,
        payload: &Map<String, Value>,
        labels: &[(&str, String)],
        most: usize,
        now: Timestamp,
    ) -> Vec<Map<String, Value>> {
        let kept = self.revisions(world);
        let deployed = kept.iter().rev().find(|stored| stored.status() == "deployed");
        let deployed = deployed.map(|stored| revision(&stored.payload));
        let excess = if most == 0 { 0 } else { (kept.len() + 1).saturating_sub(most) };
        let old = kept.iter().filter(|stored| Some(revision(&stored.payload)) != deployed).take(excess);
        let mut gone = Vec::new();
        for stored in old {
            if let Some(which) = ObjectRef::of(&stored.secret) {
                world.remove(&which);
                gone.push(stored.payload.clone());
            }
        }
        let mut own: Map<String, Value> = Map::new();
        own.insert("createdAt".to_owned(), now.as_second().to_string().into());
        own.extend(labels.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
        let secret = json!({
            "apiVersion": "v1",
            "data": {},
            "kind": "Secret",
            "metadata": {
                "creationTimestamp": seconds(now),
                "labels": own,
                "name": format!("sh.helm.release.v1.{}.v{}", self.name, revision(payload)),
                "namespace": self.namespace,
            },
            "type": "helm.sh/release.v1",
        });
        self.write(world, secret, payload, now);
        gone
    }

    /// Writes a revision again that is stored already.
    pub fn update(&self, world: &dyn World, payload: &Map<String, Value>, now: Timestamp) {
        let stored = self.revisions(world).into_iter().find(|stored| revision(&stored.payload) == revision(payload));
        let Some(Stored { mut secret, .. }) = stored else { return };
        if let Some(labels) = secret.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.shift_remove("createdAt");
            labels.entry("modifiedAt").or_insert_with(|| now.as_second().to_string().into());
        }
        self.write(world, secret, payload, now);
    }

    /// Deletes all revisions.
    pub fn purge(&self, world: &dyn World) {
        for which in self.revisions(world).iter().filter_map(|stored| ObjectRef::of(&stored.secret)) {
            world.remove(&which);
        }
    }

    fn write(&self, world: &dyn World, mut secret: Value, payload: &Map<String, Value>, now: Timestamp) {
        let status = payload.get("info").and_then(|info| info.get("status")).and_then(Value::as_str);
        let mut names: Vec<String> = Vec::new();
        if let Some(labels) = secret.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.insert("name".to_owned(), self.name.as_str().into());
            labels.insert("owner".to_owned(), "helm".into());
            labels.insert("status".to_owned(), status.unwrap_or_default().into());
            labels.insert("version".to_owned(), revision(payload).to_string().into());
            labels.sort_keys();
            names.extend(labels.keys().map(|name| format!("f:{name}")));
        }
        let fields: Map<String, Value> =
            [".".to_owned()].into_iter().chain(names).map(|name| (name, json!({}))).collect();
        let entry = json!({
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:data": {".": {}, "f:release": {}},
                "f:metadata": {"f:labels": fields},
                "f:type": {},
            },
            "manager": "helm-controller",
            "operation": "Update",
            "time": seconds(now),
        });
        let text = Value::Object(payload.clone()).to_string();
        // Times and texts of a release can always be packed.
        let Ok(packed) = codec::pack(Driver::Secret, text.as_bytes(), Compression::fast()) else { return };
        if let Some(data) = secret.get_mut("data").and_then(Value::as_object_mut) {
            data.insert(DATA_KEY.to_owned(), packed.into());
        }
        if let Some(metadata) = secret.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("managedFields".to_owned(), json!([entry]));
        }
        world.put(secret);
    }
}

/// Sets what is said of a revision.
pub fn say(payload: &mut Map<String, Value>, status: &str, description: Option<&str>) {
    let Some(info) = payload.get_mut("info").and_then(Value::as_object_mut) else { return };
    info.insert("status".to_owned(), status.into());
    if let Some(description) = description {
        info.insert("description".to_owned(), description.into());
    }
}
