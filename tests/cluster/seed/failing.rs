//! Releases in each of which one thing is wrong, by the real Helm and the real Flux, and when that is so on the cluster.
//!
//! Every release is [`RELEASE`], of the chart `warehouse`, alone in a namespace of its own. Faults that take a while to show
//! are waited for with [`has_happened`], which reads objects as they are and judges nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Cluster, User, is_ready};

/// The name of every release, its HelmRelease, Deployment, ConfigMap and Service.
pub const RELEASE: &str = "warehouse";

/// The image that [`Fault::Image`] cannot pull.
pub const IMAGE: &str = "registry.example.com/warehouse:4.0.2";

/// What the container of [`Fault::Crash`] leaves as its last message.
pub const LAST_WORDS: &str = "listen tcp :8080: bind: permission denied";

/// Who installs and keeps a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Helm 4, which does not wait: the release is deployed, whatever becomes of its objects.
    Helm,
    /// A HelmRelease that waits ten seconds, tries once and remedies nothing, so that what failed can be looked at.
    Flux,
}

/// What is wrong with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The Pod cannot pull [`IMAGE`].
    Image,
    /// The container `web` ends with exit code 1 and [`LAST_WORDS`], again and again.
    Crash,
    /// The container `web` is killed for want of memory, again and again.
    Memory,
    /// No Node has the label that the Pod asks for.
    Schedule,
    /// The Job `warehouse-import`, no hook, fails with exit code 3.
    Job,
    /// The claim `warehouse-archive` and that of the StatefulSet `warehouse-stock` find no volume.
    Volume,
    /// The definition `racks.NAMESPACE.example.com` is refused its names and never established.
    Definition,
    /// All was well; then the custom resource Shelf came to say Ready=False, reason NoCapacity.
    Resource,
    /// All was well; then somebody deleted the Service.
    Deleted,
    /// All was well; then the namespace was deleted, and a finalizer of ConfigMap and Deployment is never taken away.
    /// A HelmRelease puts these into the namespace NAMESPACE-target, and keeps itself and its revisions. Of a native the
    /// newest revision has that finalizer too, for without it nothing is left to be listed.
    Namespace,
}

impl Fault {
    pub const ALL: [Fault; 10] = [
        Fault::Image,
        Fault::Crash,
        Fault::Memory,
        Fault::Schedule,
        Fault::Job,
        Fault::Volume,
        Fault::Definition,
        Fault::Resource,
        Fault::Deleted,
        Fault::Namespace,
    ];

    /// Flux waits for the objects of an action: only what happens afterwards leaves its HelmRelease ready.
    pub fn fails_action(self) -> bool {
        !matches!(self, Fault::Resource | Fault::Deleted | Fault::Namespace)
    }

    fn values(self) -> Value {
        match self {
            Fault::Image => json!({"podAnnotations": {"demo.example.com/fail": "image"}}),
            Fault::Crash => {
                json!({"podAnnotations": {"demo.example.com/fail": "crash", "demo.example.com/message": LAST_WORDS}})
            }
            Fault::Memory => {
                json!({"podAnnotations": {"demo.example.com/fail": "crash", "demo.example.com/exit-code": "137"}})
            }
            Fault::Schedule => json!({"nodeSelector": {"example.com/disk": "fast"}}),
            Fault::Job => {
                json!({"jobAnnotations": {"demo.example.com/fail": "crash", "demo.example.com/exit-code": "3"}})
            }
            Fault::Volume => json!({"volume": true}),
            Fault::Definition => json!({"definition": true}),
            Fault::Resource => json!({"shelf": true}),
            Fault::Deleted => json!({}),
            Fault::Namespace => json!({"hold": true}),
        }
    }
}

const LIMIT: Duration = Duration::from_secs(30);

/// Makes the namespace and the release in it, and does to it what no chart can. Does not wait for the fault itself.
pub fn make(cluster: &Cluster, namespace: &str, by: By, fault: Fault) {
    let target = target(namespace, by, fault);
    make_namespaces(cluster, &[namespace, &target]);
    if matches!(fault, Fault::Definition | Fault::Resource) {
        define_shelves(cluster, namespace);
    }
    match by {
        By::Helm => install(cluster, namespace, &fault.values()),
        By::Flux => apply_helm_release(cluster, namespace, &target, &fault.values()),
    }
    match fault {
        Fault::Resource => {
            // Flux takes one without a status for current: written into its wait, it would be in time or not by chance.
            wait_until_well(cluster, namespace, by, &target);
            let path = shelf(namespace);
            let ready = condition("Ready", "False", "NoCapacity", "all 4 boards are taken");
            patch_status(cluster, &path, json!({"observedGeneration": 1, "conditions": [ready]}));
        }
        Fault::Deleted => {
            wait_until_well(cluster, namespace, by, &target);
            cluster.kubectl(&["delete", "service", RELEASE, "--namespace", &target]);
        }
        Fault::Namespace => {
            wait_until_well(cluster, namespace, by, &target);
            if by == By::Helm {
                let secret = format!("secret/sh.helm.release.v1.{RELEASE}.v1");
                let hold = r#"{"metadata":{"finalizers":["example.com/hold"]}}"#;
                cluster.kubectl(&["patch", &secret, "--type=merge", "-p", hold, "--namespace", &target]);
            }
            cluster.kubectl(&["delete", "namespace", &target, "--wait=false"]);
        }
        Fault::Image
        | Fault::Crash
        | Fault::Memory
        | Fault::Schedule
        | Fault::Job
        | Fault::Volume
        | Fault::Definition => {}
    }
}

/// Lets go what [`Fault::Namespace`] holds, so that the namespace ends.
pub fn release_namespace(cluster: &Cluster, namespace: &str, by: By) {
    let target = target(namespace, by, Fault::Namespace);
    let secret = format!("secret/sh.helm.release.v1.{RELEASE}.v1");
    for held in [&format!("deployment/{RELEASE}"), &format!("configmap/{RELEASE}"), &secret] {
        let patch = ["patch", held, "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#];
        // What is gone need not be let go.
        cluster.kubectl_as(User::Admin, &[&patch[..], &["--namespace", &target]].concat());
    }
}

/// Whether the fault is there, by the objects alone; of Flux also that its HelmRelease has come to an end.
pub fn has_happened(cluster: &Cluster, namespace: &str, by: By, fault: Fault) -> bool {
    let target = target(namespace, by, fault);
    let core = format!("/api/v1/namespaces/{target}");
    let there = match fault {
        Fault::Image => pod(cluster, &target, RELEASE).is_some_and(|pod| {
            web(&pod)["state"]["waiting"]["reason"] == "ImagePullBackOff"
                && told(cluster, &target, &pod, "Failed", &format!("Failed to pull image \"{IMAGE}\""))
                && told(cluster, &target, &pod, "BackOff", IMAGE)
        }),
        Fault::Crash => crashed(cluster, &target, 1, "Error", LAST_WORDS),
        Fault::Memory => crashed(cluster, &target, 137, "OOMKilled", ""),
        Fault::Schedule => pod(cluster, &target, RELEASE).is_some_and(|pod| {
            is(&pod, "PodScheduled", "False", "Unschedulable")
                && told(cluster, &target, &pod, "FailedScheduling", "didn't match Pod's node affinity/selector")
        }),
        Fault::Job => {
            let job = format!("/apis/batch/v1/namespaces/{target}/jobs/{RELEASE}-import");
            let pods = format!("{core}/pods?labelSelector=job-name%3D{RELEASE}-import");
            exists(cluster, &job)
                && is(&cluster.get(&job), "Failed", "True", "BackoffLimitExceeded")
                && cluster.get(&pods)["items"].as_array().is_some_and(|pods| {
                    pods.iter().any(|pod| pod["status"]["phase"] == "Failed" && exit_code(pod, "state") == 3)
                })
        }
        Fault::Volume => {
            let claim = format!("{core}/persistentvolumeclaims/{RELEASE}-archive");
            exists(cluster, &claim) && {
                let claim = cluster.get(&claim);
                let why = "no persistent volumes available for this claim and no storage class is set";
                claim["status"]["phase"] == "Pending"
                    && told(cluster, &target, &claim, "FailedBinding", why)
                    && pod(cluster, &target, &format!("{RELEASE}-stock")).is_some_and(|pod| {
                        is(&pod, "PodScheduled", "False", "Unschedulable")
                            && told(cluster, &target, &pod, "FailedScheduling", "PersistentVolumeClaims")
                    })
            }
        }
        Fault::Definition => {
            let path = definition("racks", namespace);
            exists(cluster, &path) && {
                let racks = cluster.get(&path);
                is(&racks, "NamesAccepted", "False", "KindConflict")
                    && is(&racks, "Established", "False", "NotAccepted")
            }
        }
        Fault::Resource => {
            let path = shelf(namespace);
            exists(cluster, &path) && is(&cluster.get(&path), "Ready", "False", "NoCapacity")
        }
        Fault::Deleted => {
            !exists(cluster, &format!("{core}/services/{RELEASE}"))
                && exists(cluster, &format!("{core}/configmaps/{RELEASE}"))
        }
        Fault::Namespace => {
            let held = format!("/apis/apps/v1/namespaces/{target}/deployments/{RELEASE}");
            let object = cluster.get(&format!("/api/v1/namespaces/{target}"));
            object["status"]["phase"] == "Terminating"
                && is(&object, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain")
                && exists(cluster, &held)
                && !cluster.get(&held)["metadata"]["deletionTimestamp"].is_null()
        }
    };
    let kept = match by {
        By::Helm => exists(cluster, &format!("/api/v1/namespaces/{namespace}/secrets/sh.helm.release.v1.{RELEASE}.v1")),
        By::Flux => {
            let release = cluster.get(&helm_release(namespace));
            if fault.fails_action() {
                is(&release, "Ready", "False", "InstallFailed") && is(&release, "Stalled", "True", "RetriesExceeded")
            } else {
                is_ready(&release)
            }
        }
    };
    there && kept
}

// ---------------------------------------------------------------------- how it is made

/// Where the objects of the release lie.
fn target(namespace: &str, by: By, fault: Fault) -> String {
    if by == By::Flux && fault == Fault::Namespace { format!("{namespace}-target") } else { namespace.to_owned() }
}

pub(super) fn make_namespaces(cluster: &Cluster, names: &[&str]) {
    let one = |name: &&str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n");
    cluster.apply(&names.iter().map(one).collect::<String>());
}

/// The kind that a chart's Shelf is of, and with which a chart's definition collides.
fn define_shelves(cluster: &Cluster, namespace: &str) {
    let name = format!("shelves.{namespace}.example.com");
    cluster.apply(&format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {name}}}
spec:
  group: {namespace}.example.com
  scope: Namespaced
  names: {{plural: shelves, singular: shelf, kind: Shelf, listKind: ShelfList}}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {{status: {{}}}}
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
    ));
    cluster.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", &format!("crd/{name}")]);
    let path = format!("/apis/{namespace}.example.com/v1/shelves?limit=1");
    cluster.wait("the kind Shelf to be served", LIMIT, || exists(cluster, &path));
}

fn install(cluster: &Cluster, namespace: &str, values: &Value) {
    let package = cluster.charts().package(RELEASE, "4.0.0");
    let file = cluster.folder().join(format!("{namespace}.json"));
    std::fs::write(&file, values.to_string()).unwrap_or_else(|error| panic!("write {}: {error}", file.display()));
    let (package, file) = (package.to_string_lossy(), file.to_string_lossy());
    cluster.helm4(&["install", RELEASE, &package, "--namespace", namespace, "--values", &file]);
}

pub(super) fn apply_helm_release(cluster: &Cluster, namespace: &str, target: &str, values: &Value) {
    cluster.apply(&format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {RELEASE}, namespace: {namespace}}}
spec:
  interval: 1h
  timeout: 10s
  releaseName: {RELEASE}
  targetNamespace: {target}
  storageNamespace: {namespace}
  chart: {{spec: {{chart: warehouse, version: 4.0.0, interval: 1h, sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}}}}}
  values: {values}
"
    ));
}

pub(super) fn wait_until_well(cluster: &Cluster, namespace: &str, by: By, target: &str) {
    let deployment = format!("/apis/apps/v1/namespaces/{target}/deployments/{RELEASE}");
    cluster.wait(&format!("{namespace}/{RELEASE} to be well"), LIMIT, || {
        let ended = by == By::Helm || is_ready(&cluster.get(&helm_release(namespace)));
        ended && exists(cluster, &deployment) && cluster.get(&deployment)["status"]["readyReplicas"] == 1
    });
}

pub(super) fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let since = "2026-01-05T03:04:05Z";
    json!({
        "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since,
        "observedGeneration": 1,
    })
}

pub(super) fn patch_status(cluster: &Cluster, path: &str, status: Value) {
    let body = json!({"status": status}).to_string();
    let answer = cluster.request(User::Admin, "PATCH", &format!("{path}/status"), Some(&body));
    assert_eq!(answer.status, 200, "status of {path}: {}", answer.body);
}

// ---------------------------------------------------------------------- how it is looked at

pub(super) fn helm_release(namespace: &str) -> String {
    format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases/{RELEASE}")
}

fn definition(plural: &str, namespace: &str) -> String {
    format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{namespace}.example.com")
}

fn shelf(namespace: &str) -> String {
    format!("/apis/{namespace}.example.com/v1/namespaces/{namespace}/shelves/{RELEASE}")
}

fn exists(cluster: &Cluster, path: &str) -> bool {
    cluster.request(User::Admin, "GET", path, None).status == 200
}

/// Whether the object has the condition with this status and reason.
pub(super) fn is(object: &Value, kind: &str, status: &str, reason: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.is_some_and(|list| {
        list.iter().any(|one| one["type"] == kind && one["status"] == status && one["reason"] == reason)
    })
}

/// A Pod with the label `app`.
fn pod(cluster: &Cluster, namespace: &str, app: &str) -> Option<Value> {
    cluster.get(&format!("/api/v1/namespaces/{namespace}/pods?labelSelector=app%3D{app}"))["items"].get(0).cloned()
}

/// The status of the Pod's first container.
fn web(pod: &Value) -> &Value {
    &pod["status"]["containerStatuses"][0]
}

fn exit_code(pod: &Value, state: &str) -> i64 {
    web(pod)[state]["terminated"]["exitCode"].as_i64().unwrap_or(-1)
}

fn crashed(cluster: &Cluster, namespace: &str, code: i64, reason: &str, message: &str) -> bool {
    pod(cluster, namespace, RELEASE).is_some_and(|pod| {
        let last = &web(&pod)["lastState"]["terminated"];
        web(&pod)["state"]["waiting"]["reason"] == "CrashLoopBackOff"
            && web(&pod)["restartCount"] == 5
            && exit_code(&pod, "lastState") == code
            && last["reason"] == reason
            && last["message"].as_str().unwrap_or_default() == message
            && told(cluster, namespace, &pod, "BackOff", "Back-off restarting failed container web")
    })
}

/// Whether an Event of this reason says so of the object.
fn told(cluster: &Cluster, namespace: &str, object: &Value, reason: &str, words: &str) -> bool {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let selector = format!("fieldSelector=involvedObject.name%3D{name}%2Creason%3D{reason}");
    let events = cluster.get(&format!("/api/v1/namespaces/{namespace}/events?{selector}"));
    let says = |event: &Value| event["message"].as_str().is_some_and(|message| message.contains(words));
    events["items"].as_array().is_some_and(|events| events.iter().any(says))
}
