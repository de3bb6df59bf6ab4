//! An open release to be compared: what the watches told of its objects.

use serde_json::Value;

use super::{Comparison, Drift, Item, Live};
use crate::ownership::subject::Subject;
use crate::ownership::wanted;
use crate::release::{ObjectId, manifest};
use crate::schema::Schema;

/// All that is needed to say what has drifted. Two are equal when they hold the same in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The release, and its objects that are there.
    pub subject: Subject,
    /// Objects that it names and that were not seen: `None` for what is not there, else why.
    pub absent: Vec<(ObjectId, Option<String>)>,
}

impl Asked {
    /// What has drifted, the dry-run computed. To read manifest and sets takes long.
    #[must_use]
    pub fn told(&self, schema: &Schema) -> Drift {
        let (items, writing) = (self.items(), self.subject.writing());
        let release = &self.subject.release;
        let ignore = release.helm_release.as_ref().map_or(&Value::Null, |object| &object.drift_ignore);
        Comparison::of(items, ignore, schema, &writing).told(&[], "no dry-run was made")
    }

    fn items(&self) -> Vec<Item> {
        let Subject { release, payload, .. } = &self.subject;
        let objects = manifest::objects(payload.manifest().unwrap_or_default()).into_iter().flatten();
        let items = objects.filter(|object| !object.is_name_generated).map(|object| {
            let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
            let is_secret = group.is_empty() && object.kind == "Secret";
            let is_named = |id: &&(ObjectId, Option<String>)| {
                let written = object.namespace.as_deref().unwrap_or(&id.0.namespace);
                (id.0.group.as_str(), &id.0.kind, &id.0.name) == (group, &object.kind, &object.name)
                    && id.0.namespace == written
            };
            let (live, namespace) = match (self.subject.live_of(&object), self.absent.iter().find(is_named)) {
                (Some(live), _) if is_secret => (Live::Unseen(OF_SECRETS.to_owned()), live.id.namespace.as_str()),
                (Some(live), _) => (Live::There(live.with_managed_fields()), live.id.namespace.as_str()),
                (None, Some((id, None))) => (Live::Missing, id.namespace.as_str()),
                (None, Some((id, Some(why)))) => (Live::Unseen(why.clone()), id.namespace.as_str()),
                (None, None) => (Live::Unseen("it was not looked for".to_owned()), release.namespace.as_str()),
            };
            let is_told = !matches!(live, Live::Missing) || is_cluster_wide(&object.kind);
            let namespace = if is_told { namespace } else { &release.namespace };
            let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
            Item { manifest: wanted(&object.body, namespace, &release.namespace, &release.id.name), live }
        });
        items.collect()
    }
}

/// Kinds of Kubernetes that are in no namespace: of what is not there, nothing else tells.
fn is_cluster_wide(kind: &str) -> bool {
    const OTHERS: &[&str] = &[
        "APIService",
        "CSIDriver",
        "CustomResourceDefinition",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ];
    kind.starts_with("Cluster") || OTHERS.contains(&kind)
}

const OF_SECRETS: &str = "of Secrets only the metadata is read here; wheelhouse drift reads them";
