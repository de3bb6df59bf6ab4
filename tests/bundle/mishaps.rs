//! What goes wrong in copies of releases that no recording shows going wrong: each changes the objects of one release.
//!
//! Sources of the words: kubernetes/kubernetes v1.36 `pkg/scheduler/framework/types.go` (`FitError`), `pkg/controller/job`,
//! `pkg/controller/volume/persistentvolume`, helm-controller v1.6.3 `internal/action/wait.go`, `internal/reconcile/*.go`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::made::{Told, applied, event, uid};
use super::recording::text;

/// The recorded time that is so many seconds before the start of the demo.
pub struct Clock(pub Timestamp);

impl Clock {
    pub fn ago(&self, seconds: i64) -> Timestamp {
        self.0 - SignedDuration::from_secs(seconds)
    }

    fn said(&self, seconds: i64) -> String {
        self.ago(seconds).to_string()
    }
}

pub type Mishap = fn(&mut Vec<Value>, &Clock);

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `checkout/coupons`: its autoscaler wants a second Pod, for which no Node has room.
pub fn unplaced(objects: &mut Vec<Value>, clock: &Clock) {
    const SINCE: i64 = 23 * MINUTE;
    let since = clock.said(SINCE);
    for object in objects.iter_mut() {
        match object["kind"].as_str() {
            Some("Deployment") => {
                object["spec"]["replicas"] = 2.into();
                object["metadata"]["generation"] = 2.into();
                let status = &mut object["status"];
                status["observedGeneration"] = 2.into();
                (status["replicas"], status["updatedReplicas"]) = (2.into(), 2.into());
                status["unavailableReplicas"] = 1.into();
                status["conditions"][0] = json!({
                    "lastTransitionTime": since, "lastUpdateTime": since,
                    "message": "Deployment does not have minimum availability.",
                    "reason": "MinimumReplicasUnavailable", "status": "False", "type": "Available",
                });
            }
            Some("ReplicaSet") => {
                object["spec"]["replicas"] = 2.into();
                object["metadata"]["generation"] = 2.into();
                object["metadata"]["annotations"]["deployment.kubernetes.io/desired-replicas"] = "2".into();
                object["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] = "3".into();
                object["status"]["observedGeneration"] = 2.into();
                (object["status"]["replicas"], object["status"]["fullyLabeledReplicas"]) = (2.into(), 2.into());
            }
            Some("HorizontalPodAutoscaler") => {
                object["status"] = json!({
                    "conditions": [{
                        "lastTransitionTime": since, "message": "the desired replica count is less than the minimum replica count",
                        "reason": "TooFewReplicas", "status": "True", "type": "ScalingLimited",
                    }],
                    "currentMetrics": null, "currentReplicas": 2, "desiredReplicas": 2, "lastScaleTime": since,
                });
            }
            _ => {}
        }
    }
    let mut pod = of_kind(objects, "Pod").clone();
    let name = text(&pod, "/metadata/name").replace("-6xhl6", "-n9vkd");
    assert_ne!(name, text(&pod, "/metadata/name"));
    pod["metadata"]["uid"] = uid(&name).into();
    pod["metadata"]["name"] = name.clone().into();
    pod["metadata"]["creationTimestamp"] = since.clone().into();
    pod["metadata"]["managedFields"].as_array_mut().expect("entries").truncate(1);
    pod["metadata"]["managedFields"][0]["time"] = since.clone().into();
    pod["spec"].as_object_mut().expect("a spec").shift_remove("nodeName");
    let why = "0/3 nodes are available: 3 Insufficient memory. no new claims to deallocate, preemption: 0/3 nodes are \
               available: 3 No preemption victims found for incoming pod.";
    pod["status"] = json!({
        "conditions": [{
            "lastProbeTime": null, "lastTransitionTime": since, "message": why, "observedGeneration": 1,
            "reason": "Unschedulable", "status": "False", "type": "PodScheduled",
        }],
        "phase": "Pending",
        "qosClass": "Burstable",
    });
    let told = Told {
        object: &pod,
        field: None,
        warning: true,
        reason: "FailedScheduling",
        message: why.to_owned(),
        by: "default-scheduler",
        first: clock.ago(SINCE),
        last: clock.ago(3 * MINUTE),
        count: 5,
    };
    let failed = event(&told);
    objects.extend([pod, failed]);
}

/// `payments/fx-rates`: its chart comes from a registry, and a board of an operator that reports nothing is in it.
pub fn from_registry(objects: &mut Vec<Value>, clock: &Clock) {
    const DIGEST: &str = "sha256:7c41de9b02f86a35c9d17e40b8f2635ad91ec07f48b6a2d3590e7f1c84b6d2a9";
    let version = format!("2.0.1+{}", &DIGEST[7..19]);
    objects.retain(|object| object["kind"] != "HelmChart" && !is_about(object, "HelmChart"));
    let reference = json!({"kind": "OCIRepository", "name": "rates"});
    for object in objects.iter_mut() {
        if object["kind"] == "HelmRelease" {
            let spec = object["spec"].as_object_mut().expect("a spec");
            spec.shift_remove("chart");
            spec.insert("chartRef".to_owned(), reference.clone());
            let status = object["status"].as_object_mut().expect("a status");
            status.shift_remove("helmChart");
            status.insert("lastAttemptedRevision".to_owned(), version.clone().into());
            status.insert("lastAttemptedRevisionDigest".to_owned(), DIGEST.into());
            let snapshot = &mut status["history"][0];
            snapshot["chartVersion"] = version.clone().into();
            snapshot["ociDigest"] = DIGEST.into();
            for condition in status["conditions"].as_array_mut().expect("conditions") {
                condition["message"] = text(condition, "/message").replace("@2.0.1", &format!("@{version}")).into();
            }
            for entry in object["metadata"]["managedFields"].as_array_mut().expect("entries") {
                if let Some(spec) = entry["fieldsV1"]["f:spec"].as_object_mut() {
                    spec.shift_remove("f:chart");
                    spec.insert("f:chartRef".to_owned(), json!({"f:kind": {}, "f:name": {}}));
                }
                if let Some(status) = entry["fieldsV1"]["f:status"].as_object_mut() {
                    status.shift_remove("f:helmChart");
                    status.insert("f:lastAttemptedRevisionDigest".to_owned(), json!({}));
                }
            }
        } else if let Some(payload) = object.pointer_mut("/data/release") {
            payload["chart"]["metadata"]["version"] = version.clone().into();
        }
    }
    let created = text(of_kind(objects, "HelmRelease"), "/metadata/creationTimestamp");
    let stored = format!("stored artifact for digest '2.0.1@{DIGEST}'");
    let path = "ocirepository/payments/rates/";
    let file = format!("{path}{}.tar.gz", &DIGEST[7..]);
    let server = "http://source-controller.flux-system.svc.cluster.local./";
    let since = clock.said(11 * DAY + 10);
    let condition = |kind: &str| {
        json!({
            "lastTransitionTime": since, "message": stored, "observedGeneration": 1, "reason": "Succeeded",
            "status": "True", "type": kind,
        })
    };
    let repository = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "OCIRepository",
        "metadata": {"finalizers": ["finalizers.fluxcd.io"], "name": "rates", "namespace": "payments"},
        "spec": {
            "interval": "10m0s", "layerSelector": {
                "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy",
            },
            "provider": "generic", "ref": {"tag": "2.0.1"}, "timeout": "60s",
            "url": "oci://registry.example.com/charts/rates",
        },
        "status": {
            "artifact": {
                "digest": "sha256:e81b30c7d59f24a60c8be1f372d46095ab3fc08d71e92b465fd0a83c96ce7f14",
                "lastUpdateTime": since, "path": file, "revision": format!("2.0.1@{DIGEST}"), "size": 4_127,
                "url": format!("{server}{file}"),
            },
            "conditions": [condition("Ready"), condition("ArtifactInStorage")],
            "observedGeneration": 1,
            "url": format!("{server}{path}latest.tar.gz"),
        },
    });
    objects.insert(0, applied(repository, "kustomize-controller", &created));
    let board = json!({"spec": {"refresh": "1m", "title": "Exchange rates"}});
    add(objects, "dashboards.example.com/v1", "Dashboard", "", board);
}

/// `shipping/tracking`: somebody deleted its Service.
pub fn without_service(objects: &mut Vec<Value>, _: &Clock) {
    objects.retain(|object| object["kind"] != "Service");
}

/// `notifications/mailer`: the certificate that its chart asks for is refused.
pub fn uncertified(objects: &mut Vec<Value>, clock: &Clock) {
    let wanted = json!({"spec": {
        "dnsNames": ["mail.example.com"], "issuerRef": {"kind": "Issuer", "name": "example-ca"}, "secretName": "mailer-tls",
    }});
    let certificate = add(objects, "certs.example.com/v1", "Certificate", "-tls", wanted);
    let condition = json!({
        "lastTransitionTime": clock.said(7 * HOUR + 52 * MINUTE),
        "message": "order 81734 is refused: no TXT record _acme-challenge.mail.example.com is found",
        "observedGeneration": 1, "reason": "OrderRefused", "status": "False", "type": "Ready",
    });
    certificate["status"] = json!({"conditions": [condition], "observedGeneration": 1});
}

/// `warehouse/inventory`: Flux waited for nothing, so that nobody noticed a Job that failed and a claim that nobody binds.
pub fn unfinished(objects: &mut Vec<Value>, clock: &Clock) {
    for object in objects.iter_mut().filter(|object| object["kind"] == "HelmRelease") {
        object["spec"]["install"] = json!({"disableWait": true});
        for entry in object["metadata"]["managedFields"].as_array_mut().expect("entries") {
            if let Some(spec) = entry["fieldsV1"]["f:spec"].as_object_mut() {
                spec.insert("f:install".to_owned(), json!({"f:disableWait": {}}));
            }
        }
    }
    let wanted = json!({"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "200Gi"}}, "storageClassName": "fast-ssd",
    }});
    let claim = add(objects, "v1", "PersistentVolumeClaim", "-archive", wanted);
    claim["metadata"]["finalizers"] = json!(["kubernetes.io/pvc-protection"]);
    claim["spec"]["volumeMode"] = "Filesystem".into();
    claim["status"] = json!({"phase": "Pending"});
    let age = 3 * DAY;
    let unbound = event(&Told {
        object: claim,
        field: None,
        warning: true,
        reason: "ProvisioningFailed",
        message: "storageclass.storage.k8s.io \"fast-ssd\" not found".to_owned(),
        by: "persistentvolume-controller",
        first: clock.ago(age),
        last: clock.ago(9),
        count: u64::try_from(age / 15).expect("a count"),
    });
    let container = json!({
        "args": ["import", "--from", "s3://exports.example.com/stock"], "image": "registry.example.com/importer:3.4.1",
        "name": "import",
    });
    let wanted = json!({"spec": {
        "backoffLimit": 1, "template": {"spec": {"containers": [container], "restartPolicy": "Never"}},
    }});
    let (began, ended) = (clock.ago(age - 4), clock.ago(age - 34));
    let job = add(objects, "batch/v1", "Job", "-import", wanted);
    as_failed_job(job, began, ended);
    let job = job.clone();
    let pods = [(began, "k7wzt"), (began + SignedDuration::from_secs(15), "x2mqd")];
    let pods = pods.map(|(at, ending)| failed_pod(&job, at, ending));
    objects.push(unbound);
    objects.extend(pods);
}

/// `previews/pr-417`: it is uninstalled, and waits for a board whose operator is gone.
pub fn held(objects: &mut Vec<Value>, clock: &Clock) {
    const SINCE: i64 = 38 * MINUTE;
    let (asked, since) = (clock.said(SINCE), clock.said(SINCE - 1));
    let board = json!({"spec": {"refresh": "1m", "title": "Preview of change 417"}});
    add(objects, "dashboards.example.com/v1", "Dashboard", "", board);
    // What it was made of is gone already.
    objects.retain(|object| {
        ["HelmRelease", "HelmChart", "Dashboard"].iter().any(|kind| object["kind"] == *kind)
            || object["metadata"]["labels"]["owner"] == "helm"
    });
    for object in objects.iter_mut() {
        match object["kind"].as_str() {
            Some("HelmRelease") => {
                object["metadata"]["deletionTimestamp"] = asked.clone().into();
                object["metadata"]["deletionGracePeriodSeconds"] = 0.into();
                object["metadata"]["generation"] = 2.into();
                object["spec"]["timeout"] = "1h".into();
                let running = "Running 'uninstall' action with timeout of 1h0m0s";
                let condition = |kind: &str, status: &str| {
                    json!({
                        "lastTransitionTime": since, "message": running, "observedGeneration": 1,
                        "reason": "Progressing", "status": status, "type": kind,
                    })
                };
                let conditions = object["status"]["conditions"].as_array_mut().expect("conditions");
                conditions.retain(|condition| condition["type"] != "Ready");
                conditions.splice(0..0, [condition("Reconciling", "True"), condition("Ready", "Unknown")]);
            }
            Some("Dashboard") => {
                object["metadata"]["deletionTimestamp"] = since.clone().into();
                object["metadata"]["deletionGracePeriodSeconds"] = 0.into();
                object["metadata"]["finalizers"] = json!(["dashboards.example.com/cleanup"]);
                object["metadata"]["generation"] = 2.into();
            }
            Some("Secret") => {
                object["metadata"]["labels"]["status"] = "uninstalling".into();
                let deleted = clock.ago(SINCE - 1);
                object["metadata"]["labels"]["modifiedAt"] = deleted.as_second().to_string().into();
                let info = &mut object["data"]["release"]["info"];
                info["status"] = "uninstalling".into();
                info["deleted"] = deleted.to_string().into();
                info["description"] = "Deletion in progress (or silently failed)".into();
            }
            _ => {}
        }
    }
}

/// Adds an object to what the chart deployed: to manifest and inventory, and as it stands in the cluster.
fn add<'a>(objects: &'a mut Vec<Value>, api_version: &str, kind: &str, ending: &str, rest: Value) -> &'a mut Value {
    let like = of_kind(objects, "ConfigMap").clone();
    let (namespace, release) = (text(&like, "/metadata/namespace"), text(&like, "/metadata/name"));
    let name = format!("{release}{ending}");
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let mut labels = like["metadata"]["labels"].as_object().expect("labels").clone();
    labels.retain(|key, _| key.contains("toolkit.fluxcd.io"));
    let mut wanted = json!({"apiVersion": api_version, "kind": kind, "metadata": {"labels": labels, "name": name}});
    wanted.as_object_mut().expect("an object").extend(rest.as_object().expect("fields").clone());
    let document = serde_yaml::to_string(&wanted).expect("an object");
    for object in objects.iter_mut() {
        if object["kind"] == "HelmRelease" {
            let entries = object["status"]["inventory"]["entries"].as_array_mut().expect("an inventory");
            let version = api_version.rsplit('/').next();
            entries.push(json!({"id": format!("{namespace}_{name}_{group}_{kind}"), "v": version}));
        } else if object["metadata"]["labels"]["status"] == "deployed" {
            let payload = &mut object["data"]["release"];
            let (chart, manifest) = (text(payload, "/chart/metadata/name"), text(payload, "/manifest"));
            payload["manifest"] = format!("{manifest}\n---\n# Source: {chart}/templates/all.yaml\n{document}").into();
        }
    }
    let mut live = wanted;
    live["metadata"]["annotations"] = like["metadata"]["annotations"].clone();
    live["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm".into();
    live["metadata"]["namespace"] = namespace.into();
    let created = text(&like, "/metadata/creationTimestamp");
    objects.push(applied(live, "helm-controller", &created));
    objects.last_mut().expect("what was pushed")
}

/// Source: kubernetes/kubernetes v1.36 `pkg/controller/job/job_controller.go`.
fn as_failed_job(job: &mut Value, began: Timestamp, ended: Timestamp) {
    let uid = text(job, "/metadata/uid");
    let name = text(job, "/metadata/name");
    let spec = &mut job["spec"];
    (spec["completionMode"], spec["podReplacementPolicy"]) = ("NonIndexed".into(), "TerminatingOrFailed".into());
    (spec["completions"], spec["parallelism"]) = (1.into(), 1.into());
    (spec["manualSelector"], spec["suspend"]) = (false.into(), false.into());
    spec["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    spec["template"]["metadata"] = json!({"labels": {
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name, "controller-uid": uid,
        "job-name": name,
    }});
    let condition = |kind: &str| {
        json!({
            "lastProbeTime": ended.to_string(), "lastTransitionTime": ended.to_string(),
            "message": "Job has reached the specified backoff limit", "reason": "BackoffLimitExceeded",
            "status": "True", "type": kind,
        })
    };
    job["status"] = json!({
        "conditions": [condition("FailureTarget"), condition("Failed")], "failed": 2, "ready": 0,
        "startTime": began.to_string(), "terminating": 0, "uncountedTerminatedPods": {},
    });
}

/// A Pod of a Job that ended with an error.
fn failed_pod(job: &Value, at: Timestamp, ending: &str) -> Value {
    let (began, ended) = (at + SignedDuration::from_secs(2), at + SignedDuration::from_secs(12));
    let job_name = text(job, "/metadata/name");
    let mut container = job["spec"]["template"]["spec"]["containers"][0].clone();
    container["imagePullPolicy"] = "IfNotPresent".into();
    container["resources"] = json!({});
    container["terminationMessagePath"] = "/dev/termination-log".into();
    container["terminationMessagePolicy"] = "File".into();
    let condition = |kind: &str, status: &str, reason: Option<&str>, since: Timestamp| {
        let mut condition = json!({
            "lastProbeTime": null, "lastTransitionTime": since.to_string(), "observedGeneration": 1, "status": status,
            "type": kind,
        });
        if let Some(reason) = reason {
            condition["reason"] = reason.into();
        }
        condition
    };
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "finalizers": [], "generateName": format!("{job_name}-"),
            "labels": job["spec"]["template"]["metadata"]["labels"],
            "name": format!("{job_name}-{ending}"), "namespace": job["metadata"]["namespace"],
            "ownerReferences": [{
                "apiVersion": "batch/v1", "blockOwnerDeletion": true, "controller": true, "kind": "Job",
                "name": job_name, "uid": job["metadata"]["uid"],
            }],
        },
        "spec": {
            "containers": [container], "dnsPolicy": "ClusterFirst", "enableServiceLinks": true, "nodeName": "node-1",
            "preemptionPolicy": "PreemptLowerPriority", "priority": 0, "restartPolicy": "Never",
            "schedulerName": "default-scheduler", "securityContext": {}, "serviceAccount": "default",
            "serviceAccountName": "default", "terminationGracePeriodSeconds": 30,
        },
    });
    let mut pod = applied(pod, "kube-controller-manager", &at.to_string());
    pod["metadata"].as_object_mut().expect("metadata").shift_remove("finalizers");
    let entry = &mut pod["metadata"]["managedFields"][0];
    entry["operation"] = "Update".into();
    entry["fieldsV1"]["f:metadata"].as_object_mut().expect("fields").shift_remove("f:finalizers");
    pod["status"] = json!({
        "conditions": [
            condition("PodReadyToStartContainers", "False", None, ended),
            condition("Initialized", "True", None, at),
            condition("Ready", "False", Some("PodFailed"), ended),
            condition("ContainersReady", "False", Some("PodFailed"), ended),
            condition("PodScheduled", "True", None, at),
        ],
        "containerStatuses": [{
            "image": "registry.example.com/importer:3.4.1", "imageID": "", "lastState": {}, "name": "import",
            "ready": false, "restartCount": 0, "started": false,
            "state": {"terminated": {
                "exitCode": 3, "finishedAt": ended.to_string(), "reason": "Error", "startedAt": began.to_string(),
            }},
        }],
        "phase": "Failed",
        "qosClass": "BestEffort",
        "startTime": at.to_string(),
    });
    pod
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    objects.iter().find(|object| object["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

fn is_about(event: &Value, kind: &str) -> bool {
    event["involvedObject"]["kind"] == kind
}
