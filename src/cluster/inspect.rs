//! The watches of one open release: one list and watch for each kind and place that it names, with the children of its
//! workloads and the Events of its namespaces.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use kube::Error;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Cluster;
use super::backoff::Backoff;
use super::discovery::{ABSENT_PAUSE, Served};
use super::feed::{End, FeedTask};
use super::problem;
use super::sink::Sink;
use super::subject::{Reads, Stage, WHOLE, resource_of, typed};
use super::watch::{AT_ONCE, Watch};
use crate::ownership::classes::Row;
use crate::release::{
    Change, Event, FeedState, Inventory, LiveObject, ObjectId, ObjectKey, Part, Problem, Resource, WatchedKind,
};

/// The kinds that hold what the workloads of a release make: all objects of a namespace are watched, because only their
/// owners say whose they are.
const CHILDREN: [WatchedKind; 4] =
    [WatchedKind::ReplicaSet, WatchedKind::Job, WatchedKind::PersistentVolumeClaim, WatchedKind::Pod];

/// Where kubectl applied a Secret, this repeats its data in the metadata.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

pub(super) fn start(cluster: &Cluster, inventory: Inventory, once: bool) -> Watch {
    let sink = Sink::default();
    let shared = Arc::new(Shared {
        cluster: cluster.clone(),
        sink: sink.clone(),
        listing: Arc::new(Semaphore::new(AT_ONCE)),
        once,
    });
    let mut tasks = JoinSet::new();
    let wanted = wanted(&inventory);
    // Before the first task runs all are awaited, or one that is quick would seem to be all there is.
    for wanted in &wanted {
        shared.say(wanted, &FeedState::Loading);
    }
    for wanted in wanted {
        let (shared, home) = (Arc::clone(&shared), inventory.namespace.clone());
        tasks.spawn(async move { shared.follow(wanted, &home).await });
    }
    Watch { sink, tasks }
}

/// What one watch is to read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    /// Group, version and kind; the version is where to begin looking.
    kind: GroupVersionKind,
    namespace: Option<String>,
    names: Names,
    /// Under which names its state is said: a manifest and an inventory may write one kind in two versions.
    told_as: BTreeSet<Resource>,
}

/// Which objects are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Names {
    All,
    These(BTreeSet<String>),
}

/// The watches that an inventory needs.
fn wanted(inventory: &Inventory) -> Vec<Wanted> {
    let mut all: BTreeMap<(String, String, Option<String>), Wanted> = BTreeMap::new();
    let mut busy = BTreeSet::new();
    let mut places = BTreeSet::new();
    for (resource, names) in &inventory.objects {
        let kind = gvk(resource);
        let child = CHILDREN.into_iter().any(|child| WatchedKind::of(&kind.group, &kind.kind) == Some(child));
        let place = resource.namespace.clone().unwrap_or_else(|| inventory.namespace.clone());
        if is_workload(&kind) {
            busy.insert(place.clone());
        }
        // These are known to be in a namespace; of others only discovery knows.
        let namespace = if child { Some(place.clone()) } else { resource.namespace.clone() };
        places.insert(place);
        let key = (kind.group.clone(), kind.kind.clone(), namespace.clone());
        let wanted = all.entry(key).or_insert_with(|| Wanted {
            kind,
            namespace,
            names: if child { Names::All } else { Names::These(BTreeSet::new()) },
            told_as: BTreeSet::new(),
        });
        wanted.told_as.insert(resource.clone());
        if let Names::These(these) = &mut wanted.names {
            these.extend(names.iter().cloned());
        }
    }
    let mut whole = |kind: GroupVersionKind, namespace: &str| {
        let resource = Resource {
            api_version: kind.api_version(),
            kind: kind.kind.clone(),
            namespace: Some(namespace.to_owned()),
        };
        let key = (kind.group.clone(), kind.kind.clone(), resource.namespace.clone());
        let namespace = resource.namespace.clone();
        let wanted =
            all.entry(key).or_insert_with(|| Wanted { kind, namespace, names: Names::All, told_as: BTreeSet::new() });
        wanted.told_as.insert(resource);
    };
    for namespace in &busy {
        for child in CHILDREN {
            whole(GroupVersionKind::gvk(child.group(), "v1", &child.to_string()), namespace);
        }
    }
    for namespace in &places {
        whole(GroupVersionKind::gvk("", "v1", EVENT), namespace);
    }
    all.into_values().collect()
}

const EVENT: &str = "Event";

fn gvk(resource: &Resource) -> GroupVersionKind {
    let (group, version) = resource.api_version.split_once('/').unwrap_or(("", &resource.api_version));
    GroupVersionKind::gvk(group, version, &resource.kind)
}

fn is_workload(kind: &GroupVersionKind) -> bool {
    match WatchedKind::of(&kind.group, &kind.kind) {
        Some(WatchedKind::PersistentVolumeClaim) => false,
        Some(_) => true,
        None => kind.group == "batch" && kind.kind == "CronJob",
    }
}

struct Shared {
    cluster: Cluster,
    sink: Sink,
    listing: Arc<Semaphore>,
    once: bool,
}

impl Shared {
    /// Looks where the kind is served, and watches it there for as long as it is.
    async fn follow(&self, wanted: Wanted, home: &str) {
        let began = Timestamp::now();
        let mut backoff = Backoff::default();
        loop {
            let pause = match self.find(&wanted.kind).await {
                Err(Error::Api(status)) if status.code == 403 => return self.say(&wanted, &FeedState::Forbidden),
                Err(error) => {
                    let problem = problem::of_request(&error, &self.cluster.server);
                    self.say(&wanted, &FeedState::Stale { since: began, problem });
                    backoff.pause_after(&error)
                }
                Ok(Some(served)) if served.watchable => match self.watch(&wanted, served, home).await {
                    End::Read => return,
                    End::Forbidden => return self.say(&wanted, &FeedState::Forbidden),
                    End::NotServed => {
                        self.say(&wanted, &FeedState::Absent);
                        ABSENT_PAUSE
                    }
                },
                Ok(Some(served)) => {
                    self.say(&wanted, &FeedState::Unsupported { served: vec![served.resource.version] });
                    ABSENT_PAUSE
                }
                Ok(None) => {
                    self.say(&wanted, &FeedState::Absent);
                    ABSENT_PAUSE
                }
            };
            if self.once {
                return;
            }
            sleep(pause).await;
        }
    }

    async fn find(&self, kind: &GroupVersionKind) -> Result<Option<Served>, Error> {
        // What every server has need not be asked for.
        let resource = match WatchedKind::of(&kind.group, &kind.kind) {
            Some(watched) => resource_of(watched),
            None if kind.group.is_empty() && kind.kind == EVENT => ApiResource::from_gvk_with_plural(kind, "events"),
            None => return self.cluster.discovery.find(kind).await,
        };
        Ok(Some(Served { resource, namespaced: true, watchable: true }))
    }

    async fn watch(&self, wanted: &Wanted, served: Served, home: &str) -> End {
        let namespace = served.namespaced.then(|| wanted.namespace.clone().unwrap_or_else(|| home.to_owned()));
        let reads = Inspected(Arc::new(Inner {
            resource: served.resource,
            names: wanted.names.clone(),
            told_as: wanted.told_as.clone(),
        }));
        let task = FeedTask {
            client: self.cluster.client.clone(),
            server: self.cluster.server.clone(),
            reads,
            namespace,
            sink: self.sink.clone(),
            managers: self.cluster.managers(),
            listing: Arc::clone(&self.listing),
            awaited: None,
            once: self.once,
        };
        task.run().await
    }

    fn say(&self, wanted: &Wanted, state: &FeedState) {
        for change in told(&wanted.told_as, state) {
            self.sink.put(change);
        }
    }
}

fn told(told_as: &BTreeSet<Resource>, state: &FeedState) -> Vec<Change> {
    told_as.iter().map(|resource| Change::Inventory(resource.clone(), state.clone())).collect()
}

/// Objects of one kind and place of an open release, or the Events of a namespace.
#[derive(Clone)]
struct Inspected(Arc<Inner>);

struct Inner {
    resource: ApiResource,
    names: Names,
    told_as: BTreeSet<Resource>,
}

impl Inner {
    fn is_core(&self, kind: &str) -> bool {
        self.resource.group.is_empty() && self.resource.kind == kind
    }

    fn is_made(&self) -> bool {
        matches!(
            WatchedKind::of(&self.resource.group, &self.resource.kind),
            Some(WatchedKind::ReplicaSet | WatchedKind::Pod)
        )
    }
}

impl Reads for Inspected {
    fn resource(&self) -> ApiResource {
        self.0.resource.clone()
    }

    /// That a Secret is there is all that is wanted of it.
    fn metadata_only(&self) -> bool {
        self.0.is_core("Secret")
    }

    fn stages(&self) -> &'static [Stage] {
        WHOLE
    }

    fn watch_labels(&self) -> &'static str {
        ""
    }

    fn fields(&self) -> Option<String> {
        match &self.0.names {
            Names::These(names) if names.len() == 1 => names.first().map(|name| format!("metadata.name={name}")),
            Names::These(_) | Names::All => None,
        }
    }

    fn say(&self, _: Part, _: Option<&str>, state: &FeedState) -> Vec<Change> {
        told(&self.0.told_as, state)
    }

    fn present(&self, mut object: DynamicObject, _: &[Row]) -> Result<Option<Change>, Problem> {
        let named = match &self.0.names {
            Names::All => true,
            Names::These(names) => object.metadata.name.as_ref().is_some_and(|name| names.contains(name)),
        };
        if !named {
            return Ok(None);
        }
        if self.metadata_only()
            && let Some(annotations) = &mut object.metadata.annotations
        {
            annotations.remove(LAST_APPLIED);
        }
        // Who wrote what is asked of what the release names; ReplicaSets and Pods are written by controllers.
        let managed = (!self.0.is_made()).then(|| object.metadata.managed_fields.take()).flatten();
        let mut body = typed(object, &self.0.resource);
        if let (Some(managed), Some(metadata)) = (managed, body.get_mut("metadata").and_then(Value::as_object_mut)) {
            metadata.insert("managedFields".to_owned(), serde_json::to_value(managed).unwrap_or_default());
        }
        Ok(if self.0.is_core(EVENT) {
            Event::read(&body).map(|event| Change::Event(Box::new(event)))
        } else {
            LiveObject::read(body).map(|object| Change::Object(Arc::new(object)))
        })
    }

    fn gone(&self, key: ObjectKey, uid: String) -> Change {
        if self.0.is_core(EVENT) {
            return Change::EventGone(key);
        }
        let ApiResource { group, kind, .. } = &self.0.resource;
        Change::ObjectGone(ObjectId::new(group, kind, key.namespace, key.name), uid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Group, kind and place of each watch, with the names that it keeps.
    #[track_caller]
    fn check(objects: &[(&str, &str, Option<&str>, &[&str])], expected: &[&str]) {
        let objects = objects.iter().map(|(api_version, kind, namespace, names)| {
            let resource = Resource {
                api_version: (*api_version).to_owned(),
                kind: (*kind).to_owned(),
                namespace: namespace.map(str::to_owned),
            };
            (resource, names.iter().map(|name| (*name).to_owned()).collect())
        });
        let inventory = Inventory { namespace: "shop".to_owned(), objects: objects.collect() };
        let watches: Vec<String> = wanted(&inventory)
            .into_iter()
            .map(|wanted| {
                let names = match wanted.names {
                    Names::All => "*".to_owned(),
                    Names::These(names) => names.into_iter().collect::<Vec<_>>().join(","),
                };
                let told = wanted.told_as.len();
                let kind = format!("{} {}", wanted.kind.api_version(), wanted.kind.kind);
                format!("{kind} {} {names} told {told}x", wanted.namespace.unwrap_or_else(|| "-".to_owned()))
            })
            .collect();
        assert_eq!(watches, expected);
    }

    #[test]
    fn a_release_without_objects_is_not_watched() {
        check(&[], &[]);
    }

    #[test]
    fn workloads_bring_their_children_and_every_namespace_its_events() {
        check(
            &[
                ("apps/v1", "Deployment", Some("shop"), &["web", "api"]),
                ("v1", "ConfigMap", Some("other"), &["config"]),
                ("rbac.authorization.k8s.io/v1", "ClusterRole", None, &["web"]),
            ],
            &[
                "v1 ConfigMap other config told 1x",
                "v1 Event other * told 1x",
                "v1 Event shop * told 1x",
                "v1 PersistentVolumeClaim shop * told 1x",
                "v1 Pod shop * told 1x",
                "apps/v1 Deployment shop api,web told 1x",
                "apps/v1 ReplicaSet shop * told 1x",
                "batch/v1 Job shop * told 1x",
                "rbac.authorization.k8s.io/v1 ClusterRole - web told 1x",
            ],
        );
    }

    #[test]
    fn one_kind_in_two_versions_is_one_watch_that_is_told_as_both() {
        check(
            &[
                ("autoscaling/v1", "HorizontalPodAutoscaler", Some("shop"), &["web"]),
                ("autoscaling/v2", "HorizontalPodAutoscaler", Some("shop"), &["api"]),
            ],
            &["v1 Event shop * told 1x", "autoscaling/v1 HorizontalPodAutoscaler shop api,web told 2x"],
        );
    }

    #[test]
    fn children_that_are_named_are_told_as_they_are_named() {
        check(
            &[("v1", "Pod", None, &["test"]), ("v1", "PersistentVolumeClaim", Some("data"), &["disk"])],
            &[
                "v1 Event data * told 1x",
                "v1 Event shop * told 1x",
                "v1 PersistentVolumeClaim data * told 1x",
                "v1 PersistentVolumeClaim shop * told 1x",
                "v1 Pod shop * told 2x",
                "apps/v1 ReplicaSet shop * told 1x",
                "batch/v1 Job shop * told 1x",
            ],
        );
    }
}
