//! An object of the cluster as far as health needs it, and which release it belongs to.
//!
//! Sources of the rules: helm v4.2.4 `pkg/kube/client.go` (`meta.helm.sh/*`), helm-controller v1.6.3
//! `internal/postrender` (origin labels), kubernetes/apimachinery `pkg/apis/meta/v1/types.go` (`ownerReferences`).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::ObjectKey;
use super::flux::HELM_GROUP;

/// What an object is. The version is left out: it is the same object in each of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// API group; empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for what is in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// The kinds that the list watches for all releases at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumIter)]
pub enum WatchedKind {
    /// `apps/v1` Deployment.
    Deployment,
    /// `apps/v1` `ReplicaSet`.
    ReplicaSet,
    /// `apps/v1` `StatefulSet`.
    StatefulSet,
    /// `apps/v1` `DaemonSet`.
    DaemonSet,
    /// `batch/v1` Job.
    Job,
    /// `v1` `PersistentVolumeClaim`.
    PersistentVolumeClaim,
    /// `v1` Pod.
    Pod,
}

impl WatchedKind {
    /// Its API group.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Self::Deployment | Self::ReplicaSet | Self::StatefulSet | Self::DaemonSet => "apps",
            Self::Job => "batch",
            Self::PersistentVolumeClaim | Self::Pod => "",
        }
    }

    /// The resource's plural name.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::ReplicaSet => "replicasets",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
            Self::Job => "jobs",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::Pod => "pods",
        }
    }

    /// Whether releases are inferred from it where their storage may not be read.
    #[must_use]
    pub fn names_releases(self) -> bool {
        match self {
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => true,
            Self::ReplicaSet | Self::Job | Self::PersistentVolumeClaim | Self::Pod => false,
        }
    }

    /// The kind of an object, if it is one of these.
    #[must_use]
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        use strum::IntoEnumIterator;
        Self::iter().find(|watched| watched.group() == group && watched.to_string() == kind)
    }
}

/// One entry of `metadata.ownerReferences`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Whether it is the one that controls the object.
    pub controller: bool,
}

/// An object as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveObject {
    /// What it is.
    pub id: ObjectId,
    /// Its uid.
    pub uid: String,
    /// Group and version in which it was read.
    pub api_version: String,
    /// `meta.helm.sh/release-namespace` and `-name`: the release's namespace, not the storage's.
    pub release: Option<ObjectKey>,
    /// The HelmRelease that Flux's origin labels name.
    pub origin: Option<ObjectKey>,
    /// Its owners.
    pub owners: Vec<Owner>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Since when it is being deleted.
    pub deleting: Option<Timestamp>,
    /// What must happen before it may go.
    pub finalizers: Vec<String>,
    /// The object without managed fields; in the watches of the list, only what health reads of it.
    pub body: Value,
    /// `metadata.managedFields`, of objects that an open release names; null elsewhere.
    pub managed: Value,
    /// How many fields people and unknown managers hold that its release's writer does not: of workloads in the watches of the
    /// list, which keep no managed fields; 0 elsewhere.
    pub edited: usize,
}

/// An Event as far as it explains something.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Namespace and name of the Event itself.
    pub key: ObjectKey,
    /// What it is about.
    pub about: ObjectId,
    /// The uid of what it is about.
    pub about_uid: String,
    /// The part of it, e.g. `spec.containers{web}`.
    pub field: Option<String>,
    /// Whether its type is `Warning`.
    pub warning: bool,
    /// Its reason.
    pub reason: String,
    /// Its message, quoted exactly wherever it is shown.
    pub message: String,
    /// How often it was seen.
    pub count: u64,
    /// When it was seen first.
    pub first: Option<Timestamp>,
    /// When it was seen last.
    pub last: Option<Timestamp>,
    /// Who wrote it.
    pub source: String,
}

/// Objects of one kind and place that a release names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// Group and version, as the manifest or the inventory writes them.
    pub api_version: String,
    /// Their kind.
    pub kind: String,
    /// Where they are; `None` for what is in no namespace, or where it is not known whether the kind is namespaced.
    pub namespace: Option<String>,
}

/// What is watched for one open release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// The release's namespace: where the namespace of an object is not written, it is this one.
    pub namespace: String,
    /// The objects that the release names, by kind and place. Their own children (ReplicaSets, Jobs, Pods, claims) and
    /// the Events of their namespaces are watched with them.
    pub objects: Vec<(Resource, BTreeSet<String>)>,
}

impl ObjectId {
    /// Puts it together.
    #[must_use]
    pub fn new(
        group: impl Into<String>,
        kind: impl Into<String>,
        namespace: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// Reads an entry of `status.inventory.entries[].id` of Flux: `<namespace>_<name>_<group>_<kind>`.
    /// Source: fluxcd/cli-utils v1.2.1 `pkg/object/objmetadata.go` (`ParseObjMetadata`).
    #[must_use]
    pub fn of_inventory(id: &str) -> Option<Self> {
        let (namespace, rest) = id.split_once('_')?;
        let (rest, kind) = rest.rsplit_once('_')?;
        let (name, group) = rest.rsplit_once('_')?;
        let rbac = group == "rbac.authorization.k8s.io"
            && matches!(kind, "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding");
        let name = if rbac { name.replace("__", ":") } else { name.to_owned() };
        (!name.is_empty() && !kind.is_empty()).then(|| Self::new(group, kind, namespace, name))
    }

    /// Namespace and name.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(&self.namespace, &self.name)
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl LiveObject {
    /// Reads the object as the API server sends it. `None` where it has no kind, name or apiVersion.
    #[must_use]
    pub fn read(mut body: Value) -> Option<Self> {
        let managed = body.pointer_mut("/metadata").and_then(Value::as_object_mut);
        let managed = managed.and_then(|meta| meta.shift_remove("managedFields")).unwrap_or_default();
        let meta = body.get("metadata")?;
        let own = |key: &str| meta.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let entry = |map: &str, key: &str| meta.get(map)?.get(key)?.as_str().filter(|text| !text.is_empty());
        let api_version = body.get("apiVersion")?.as_str()?.to_owned();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let id = ObjectId::new(group, body.get("kind")?.as_str()?, own("namespace").unwrap_or_default(), own("name")?);
        let pair =
            |map: &str, namespace: &str, name: &str| Some(ObjectKey::new(entry(map, namespace)?, entry(map, name)?));
        let (origin_namespace, origin_name) = (format!("{HELM_GROUP}/namespace"), format!("{HELM_GROUP}/name"));
        Some(Self {
            release: pair("annotations", "meta.helm.sh/release-namespace", "meta.helm.sh/release-name"),
            origin: pair("labels", &origin_namespace, &origin_name),
            owners: list(meta, "ownerReferences").filter_map(Owner::read).collect(),
            created: own("creationTimestamp").and_then(|time| time.parse().ok()),
            deleting: own("deletionTimestamp").and_then(|time| time.parse().ok()),
            finalizers: list(meta, "finalizers").filter_map(Value::as_str).map(str::to_owned).collect(),
            uid: own("uid").unwrap_or_default().to_owned(),
            id,
            api_version,
            body,
            managed,
            edited: 0,
        })
    }

    /// The object with its managed fields, as it was read.
    #[must_use]
    pub fn with_managed_fields(&self) -> Value {
        let mut body = self.body.clone();
        if let Some(meta) = body.get_mut("metadata").and_then(Value::as_object_mut).filter(|_| !self.managed.is_null())
        {
            meta.insert("managedFields".to_owned(), self.managed.clone());
        }
        body
    }

    /// The owner that controls it.
    #[must_use]
    pub fn controller(&self) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.controller)
    }
}

impl Event {
    /// Reads an Event of the core group as the API server sends it. `None` where it has no name or is about nothing.
    /// Source: kubernetes/api `core/v1/types.go` (`Event`): who writes by `events.k8s.io` leaves the older fields empty.
    #[must_use]
    pub fn read(body: &Value) -> Option<Self> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let own = |pointer: &str| text(pointer).unwrap_or_default().to_owned();
        let time = |pointers: [&str; 3]| pointers.into_iter().find_map(|at| text(at)?.parse::<Timestamp>().ok());
        let group = text("/involvedObject/apiVersion").and_then(|version| version.split_once('/'));
        let count = ["/series/count", "/count"].into_iter().find_map(|at| body.pointer(at)?.as_u64());
        Some(Self {
            key: ObjectKey::new(own("/metadata/namespace"), text("/metadata/name")?),
            about: ObjectId::new(
                group.map_or("", |(group, _)| group),
                text("/involvedObject/kind")?,
                own("/involvedObject/namespace"),
                text("/involvedObject/name")?,
            ),
            about_uid: own("/involvedObject/uid"),
            field: text("/involvedObject/fieldPath").map(str::to_owned),
            warning: text("/type") == Some("Warning"),
            reason: own("/reason"),
            message: own("/message"),
            count: count.unwrap_or(1),
            first: time(["/firstTimestamp", "/eventTime", "/metadata/creationTimestamp"]),
            last: time(["/series/lastObservedTime", "/lastTimestamp", "/eventTime"])
                .or_else(|| time(["/firstTimestamp", "/metadata/creationTimestamp", ""])),
            source: text("/source/component").or_else(|| text("/reportingComponent")).unwrap_or_default().to_owned(),
        })
    }
}

impl Owner {
    fn read(item: &Value) -> Option<Self> {
        let own = |key: &str| item.get(key)?.as_str().map(str::to_owned);
        Some(Self {
            kind: own("kind")?,
            name: own("name")?,
            uid: own("uid")?,
            controller: item.get("controller").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_of_the_inventory_is_cut_where_flux_cuts_it() {
        let check = |id: &str, expected: Option<(&str, &str, &str, &str)>| {
            let expected = expected.map(|(group, kind, namespace, name)| ObjectId::new(group, kind, namespace, name));
            assert_eq!(ObjectId::of_inventory(id), expected, "{id}");
        };
        check("shop_web_apps_Deployment", Some(("apps", "Deployment", "shop", "web")));
        check("shop_web__Service", Some(("", "Service", "shop", "web")));
        check("_a_b_apiextensions.k8s.io_CustomResourceDefinition", {
            Some(("apiextensions.k8s.io", "CustomResourceDefinition", "", "a_b"))
        });
        check("_system__node_rbac.authorization.k8s.io_ClusterRole", {
            Some(("rbac.authorization.k8s.io", "ClusterRole", "", "system:node"))
        });
        check("shop_web", None);
        check("", None);
        check("___", None);
    }

    #[test]
    fn an_event_is_read_however_it_was_written() {
        let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let event = |rest: Value| {
            let mut body = json!({
                "metadata": {"namespace": "shop", "name": "web.1", "creationTimestamp": "2026-03-04T10:00:00Z"},
                "involvedObject": {"apiVersion": "apps/v1", "kind": "ReplicaSet", "namespace": "shop", "name": "web"},
                "type": "Warning", "reason": "FailedCreate", "message": "quota",
            });
            body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            Event::read(&body).map(|event| (event.count, event.first, event.last, event.source))
        };
        let check = |rest: Value, count: u64, first: &str, last: &str, source: &str| {
            assert_eq!(event(rest.clone()), Some((count, time(first), time(last), source.to_owned())), "{rest}");
        };
        let (ten, eleven, noon) = ("2026-03-04T10:00:00Z", "2026-03-04T11:00:00Z", "2026-03-04T12:00:00Z");
        check(
            json!({"count": 3, "firstTimestamp": eleven, "lastTimestamp": noon, "source": {"component": "old"}}),
            3,
            eleven,
            noon,
            "old",
        );
        check(
            json!({
                "eventTime": eleven, "firstTimestamp": null, "lastTimestamp": null,
                "series": {"count": 9, "lastObservedTime": noon}, "source": {}, "reportingComponent": "new",
            }),
            9,
            eleven,
            noon,
            "new",
        );
        check(json!({"eventTime": eleven}), 1, eleven, eleven, "");
        check(json!({}), 1, ten, ten, "");
        assert_eq!(event(json!({"involvedObject": {}})), None);
    }
}
