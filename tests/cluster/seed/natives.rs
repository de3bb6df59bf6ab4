//! The natives of `tests/recordings/natives.jsonl.gz`: a handful of releases by the Helm 3 and Helm 4 command lines, and
//! every object that they and the controllers made.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::super::{Cluster, Helm};
use super::hundred::{Plan, Step, carry_out, plan};

/// The collections in which something of a release may lie, below a namespace.
const COLLECTIONS: [&str; 18] = [
    "api/v1/serviceaccounts",
    "api/v1/secrets",
    "api/v1/configmaps",
    "api/v1/services",
    "api/v1/persistentvolumeclaims",
    "api/v1/pods",
    "api/v1/events",
    "apis/apps/v1/controllerrevisions",
    "apis/apps/v1/daemonsets",
    "apis/apps/v1/deployments",
    "apis/apps/v1/replicasets",
    "apis/apps/v1/statefulsets",
    "apis/autoscaling/v2/horizontalpodautoscalers",
    "apis/batch/v1/cronjobs",
    "apis/batch/v1/jobs",
    "apis/discovery.k8s.io/v1/endpointslices",
    "apis/networking.k8s.io/v1/ingresses",
    "apis/policy/v1/poddisruptionbudgets",
];

/// Installs the releases, waits until they have settled, and writes what there is of their namespaces to `path`, one
/// object a line, as the watch recordings have it. Returns the number of objects.
pub fn record_natives(cluster: &Cluster, path: &Path) -> usize {
    let plans = plans();
    let mut namespaces: Vec<String> = plans.iter().map(|plan| plan.release.namespace.clone()).collect();
    namespaces.sort();
    namespaces.dedup();
    let documents =
        namespaces.iter().map(|name| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n"));
    cluster.apply(&documents.collect::<String>());
    carry_out(cluster, plans);
    for namespace in &namespaces {
        cluster.wait(&format!("the Pods of {namespace} to settle"), Duration::from_secs(60), || {
            settled(cluster, namespace)
        });
    }
    let at = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    let at = (at.as_secs_f64() * 1000.0).round() / 1000.0;
    let mut lines = Vec::new();
    for namespace in &namespaces {
        for collection in COLLECTIONS {
            let (group, plural) = collection.rsplit_once('/').expect("a collection has a group");
            for object in objects(cluster, &format!("/{group}/namespaces/{namespace}/{plural}")) {
                lines.push(json!({"type": "ADDED", "object": object, "at": at}).to_string());
            }
        }
    }
    let file = std::fs::File::create(path).expect("create the recording");
    // Without a time in the header the same objects are the same bytes.
    let mut gzip = GzBuilder::new().mtime(0).write(file, Compression::best());
    gzip.write_all((lines.join("\n") + "\n").as_bytes()).and_then(|()| gzip.finish().map(drop)).expect("write it");
    lines.len()
}

/// Every object of a collection but those that each namespace has. Items of a list lack kind and version.
fn objects(cluster: &Cluster, path: &str) -> Vec<Value> {
    let list = cluster.get(path);
    let kind = list["kind"].as_str().and_then(|kind| kind.strip_suffix("List")).expect("a list").to_owned();
    let items = list["items"].as_array().expect("items of a list").iter().filter(|item| {
        let name = item["metadata"]["name"].as_str().unwrap_or_default();
        name != "kube-root-ca.crt" && !(kind == "ServiceAccount" && name == "default")
    });
    let whole = |item: &Value| {
        let mut object = json!({"apiVersion": list["apiVersion"], "kind": kind});
        let (to, from) = (object.as_object_mut().expect("an object"), item.as_object().expect("an object"));
        to.extend(from.iter().map(|(key, value)| (key.clone(), value.clone())));
        object
    };
    items.map(whole).collect()
}

/// No Pod that goes or waits to run, and every workload's controller has seen its newest spec.
fn settled(cluster: &Cluster, namespace: &str) -> bool {
    let pods = objects(cluster, &format!("/api/v1/namespaces/{namespace}/pods"));
    let pods_rest =
        pods.iter().all(|pod| pod["metadata"]["deletionTimestamp"].is_null() && pod["status"]["phase"] != "Pending");
    let workloads = ["daemonsets", "deployments", "statefulsets"];
    let observed = workloads.into_iter().all(|plural| {
        objects(cluster, &format!("/apis/apps/v1/namespaces/{namespace}/{plural}"))
            .iter()
            .all(|object| object["metadata"]["generation"] == object["status"]["observedGeneration"])
    });
    pods_rest && observed
}

fn plans() -> Vec<Plan> {
    let run = |helm, words: &str| Step::Do(helm, words.to_owned());
    let fails = |helm, words: &str| Step::Fails(helm, words.to_owned());
    let (secret, configmap, deployed) = ("secret", "configmap", "deployed");
    vec![
        // Failed and rolled back by the client itself, in the words of Helm 4 and of Helm 3.
        plan(
            "payments",
            "card-gateway",
            secret,
            (3, deployed),
            vec![
                run(Helm::V4, "install gateway@2.4.0 --set host=cards.example.com"),
                fails(
                    Helm::V4,
                    "upgrade gateway@2.4.1 --reuse-values --set breakStart=true --rollback-on-failure --wait --timeout 8s",
                ),
            ],
        ),
        plan(
            "reporting",
            "statements",
            secret,
            (3, deployed),
            vec![
                run(Helm::V3, "install ledger@3.1.0 --set database.name=statements"),
                fails(
                    Helm::V3,
                    "upgrade ledger@3.2.0 --reuse-values --set breakMigration=true --atomic --wait --timeout 20s",
                ),
            ],
        ),
        plan(
            "platform",
            "edge-gateway",
            secret,
            (4, deployed),
            vec![
                run(Helm::V3, "install gateway@2.3.0 --wait --timeout 60s"),
                run(Helm::V3, "upgrade gateway@2.3.0 --set replicas=3 --wait --timeout 60s"),
                run(Helm::V3, "upgrade gateway@2.4.0 --reuse-values --wait --timeout 60s"),
                run(Helm::V3, "upgrade gateway@2.4.1 --reuse-values --description canary-passed --wait --timeout 60s"),
            ],
        ),
        plan(
            "data",
            "general-ledger",
            secret,
            (2, deployed),
            vec![
                run(Helm::V4, "install ledger@3.1.0 --set storage.maxConnections=200 --wait --timeout 60s"),
                run(Helm::V4, "upgrade ledger@3.2.0 --reuse-values --wait --timeout 60s"),
            ],
        ),
        plan(
            "observability",
            "node-agent",
            configmap,
            (2, deployed),
            vec![
                run(Helm::V3, "install node-agent@0.27.0 --wait --timeout 60s"),
                run(Helm::V3, "upgrade node-agent@0.28.1 --set scrapeInterval=15s --wait --timeout 60s"),
            ],
        ),
    ]
}
