//! Workloads for the releases of [`super::seed_many`], as Helm would have made them: Deployments, whose ReplicaSets and
//! Pods the real controllers make, and a load of small changes to all of them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::{Cluster, Connection, User};
use super::many::Many;

/// What [`seed_workloads`] made.
#[derive(Debug)]
pub struct Workloads {
    pub deployments: u64,
    /// The path of the status of every Deployment, ReplicaSet and Pod, mixed: neighbours are of different kinds.
    statuses: Vec<(Kind, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deployment,
    ReplicaSet,
    Pod,
}

/// Gives every release `each` Deployments of one Pod, `bench-N-0` and so on, and waits until all are available.
pub fn seed_workloads(cluster: &Cluster, many: &Many, each: u64) -> Workloads {
    let deployments = many.releases * each;
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (mut connection, token) = connect(cluster);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= deployments {
                        return;
                    }
                    let namespace = many.namespace(index / each);
                    let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
                    let body = deployment(namespace, &format!("bench-{}", index / each), index % each);
                    let answer = connection.send("POST", &path, Some(&token), Some(&body)).expect("write in bulk");
                    assert_eq!(answer.status, 201, "POST {path}: {}", answer.body);
                }
            });
        }
    });
    cluster.wait(&format!("{deployments} Deployments to be available"), Duration::from_secs(600), || {
        let available = |object: &Value| object["status"]["availableReplicas"] == 1;
        let ready: usize =
            many.namespaces.iter().map(|one| count(&list(cluster, Kind::Deployment, one), available)).sum();
        ready as u64 == deployments
    });
    let mut columns = KINDS.map(|kind| {
        many.namespaces
            .iter()
            .flat_map(move |one| paths(&list(cluster, kind, one), kind, one))
            .collect::<Vec<_>>()
            .into_iter()
    });
    let mut statuses = Vec::new();
    while let [Some(deployment), Some(replicas), Some(pod)] = columns.each_mut().map(Iterator::next) {
        statuses.extend([deployment, replicas, pod]);
    }
    Workloads { deployments, statuses }
}

/// What [`Workloads::change`] wrote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Changed {
    pub writes: u64,
    /// What a watch of the three kinds was told meanwhile: more than `writes` if controllers changed something too.
    pub seen: usize,
    pub time: Duration,
}

impl Changed {
    pub fn per_second(self) -> f64 {
        self.writes as f64 / self.time.as_secs_f64()
    }
}

impl Workloads {
    /// Patches the status of one object after the other, `per_second` of them at an even pace, until `stop` is set. What is
    /// written gives no controller a reason to write.
    pub fn change(&self, cluster: &Cluster, per_second: u32, stop: &AtomicBool) -> Changed {
        let (mut connection, token) = connect(cluster);
        let versions = KINDS.map(|kind| version(cluster, kind));
        let began = Instant::now();
        let mut writes = 0;
        while !stop.load(Ordering::Relaxed) {
            let (kind, path) = &self.statuses[usize::try_from(writes).expect("an index") % self.statuses.len()];
            let body = kind.patch(writes).to_string();
            let answer = connection.send_as(STRATEGIC, "PATCH", path, Some(&token), Some(&body));
            let answer = answer.expect("change a status");
            assert_eq!(answer.status, 200, "PATCH {path}: {}", answer.body);
            writes += 1;
            // By the clock, not by a pause: what a write takes does not slow the load.
            let due = began + Duration::from_secs(writes) / per_second;
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let time = began.elapsed();
        let seen = KINDS.iter().zip(&versions).map(|(kind, version)| seen_since(cluster, *kind, version)).sum();
        Changed { writes, seen, time }
    }
}

/// A Pod of a release that is told of as a kubelet would.
pub struct Pod<'a> {
    pub release: String,
    status: &'a str,
}

impl Workloads {
    /// Pods that [`Workloads::change`] comes to last, of one release each.
    pub fn last_pods(&self, count: usize) -> Vec<Pod<'_>> {
        let pods = self.statuses.iter().rev().filter(|(kind, _)| *kind == Kind::Pod);
        let named = pods.map(|(_, status)| {
            let name = status.rsplit('/').nth(1).expect("a name");
            Pod { release: name.split('-').take(2).collect::<Vec<_>>().join("-"), status }
        });
        let mut seen = std::collections::BTreeSet::new();
        named.filter(|pod| seen.insert(pod.release.clone())).take(count).collect()
    }
}

impl Pod<'_> {
    pub fn cannot_pull(&self, cluster: &Cluster) {
        let waiting = json!({"reason": "ImagePullBackOff", "message": format!("Back-off pulling image \"{IMAGE}\"")});
        self.container(cluster, false, &json!({"waiting": waiting}));
    }

    pub fn runs_again(&self, cluster: &Cluster) {
        self.container(cluster, true, &json!({"running": {"startedAt": "2026-01-05T03:04:05Z"}}));
    }

    fn container(&self, cluster: &Cluster, ready: bool, state: &Value) {
        let condition = |kind| json!({"type": kind, "status": if ready { "True" } else { "False" }});
        let container = json!({
            "name": "web", "image": IMAGE, "imageID": "", "ready": ready, "started": ready, "restartCount": 0,
            "state": state,
        });
        let conditions = [condition("Ready"), condition("ContainersReady")];
        let body = json!({"status": {"containerStatuses": [container], "conditions": conditions}}).to_string();
        let (mut connection, token) = connect(cluster);
        let answer = connection.send_as(STRATEGIC, "PATCH", self.status, Some(&token), Some(&body));
        let answer = answer.expect("change a status");
        assert_eq!(answer.status, 200, "PATCH {}: {}", self.status, answer.body);
    }
}

const KINDS: [Kind; 3] = [Kind::Deployment, Kind::ReplicaSet, Kind::Pod];

/// The present version of the collection.
fn version(cluster: &Cluster, kind: Kind) -> String {
    let list = cluster.get(&format!("/{}?limit=1", kind.collection()));
    list["metadata"]["resourceVersion"].as_str().expect("the version of a list").to_owned()
}

/// How many changes a watch tells of that begins there.
fn seen_since(cluster: &Cluster, kind: Kind, version: &str) -> usize {
    let path = format!("/{}?watch=true&resourceVersion={version}&timeoutSeconds=1", kind.collection());
    let answer = cluster.request(User::Admin, "GET", &path, None);
    answer.body.lines().filter(|line| line.starts_with("{\"type\":\"MODIFIED\"")).count()
}

impl Kind {
    fn collection(self) -> &'static str {
        match self {
            Kind::Deployment => "apis/apps/v1/deployments",
            Kind::ReplicaSet => "apis/apps/v1/replicasets",
            Kind::Pod => "api/v1/pods",
        }
    }

    /// The collection of a namespace.
    fn path(self, namespace: &str) -> String {
        let (group, plural) = self.collection().rsplit_once('/').expect("a collection has a group");
        format!("/{group}/namespaces/{namespace}/{plural}")
    }

    /// A patch that differs from the one before. Controllers leave conditions alone that they do not know.
    fn patch(self, number: u64) -> Value {
        match self {
            Kind::Deployment | Kind::ReplicaSet => {
                let condition = json!({"type": "example.com/Round", "status": "True", "message": number.to_string()});
                json!({"status": {"conditions": [condition]}})
            }
            // The container was started again and is ready already.
            Kind::Pod => json!({"status": {"containerStatuses": [{
                "name": "web",
                "image": IMAGE,
                "imageID": "",
                "ready": true,
                "started": true,
                "restartCount": number,
                "state": {"running": {"startedAt": "2026-01-05T03:04:05Z"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-01-05T03:04:04Z"}},
            }]}}),
        }
    }
}

const IMAGE: &str = "registry.example.com/storefront:2.11.0";

/// Leaves the conditions that it does not name.
const STRATEGIC: &str = "application/strategic-merge-patch+json";

fn connect(cluster: &Cluster) -> (Connection, String) {
    (cluster.connection().expect("connect for bulk writing"), cluster.token(User::Admin))
}

fn list(cluster: &Cluster, kind: Kind, namespace: &str) -> Value {
    cluster.get(&kind.path(namespace))
}

fn count(list: &Value, predicate: impl Fn(&Value) -> bool) -> usize {
    list["items"].as_array().map_or(0, |items| items.iter().filter(|item| predicate(item)).count())
}

fn paths(list: &Value, kind: Kind, namespace: &str) -> Vec<(Kind, String)> {
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = items.iter().map(|item| item["metadata"]["name"].as_str().unwrap_or_default());
    names.map(|name| (kind, format!("{}/{name}/status", kind.path(namespace)))).collect()
}

/// As Helm leaves it, with what joins it to its release.
fn deployment(namespace: &str, release: &str, number: u64) -> String {
    let name = format!("{release}-{number}");
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app": name, "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "storefront-1.6.0"},
            "annotations": {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace},
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{
                    "name": "web",
                    "image": IMAGE,
                    "ports": [{"name": "http", "containerPort": 8080}],
                    "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
                    "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
                }]},
            },
        },
    })
    .to_string()
}
