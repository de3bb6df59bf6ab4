//! What a server fills in where an object of a built-in kind does not say it.
//!
//! Source: kubernetes/kubernetes `pkg/apis/{core,apps,batch,autoscaling}/v1/defaults.go`, `pkg/apis/autoscaling/v2/defaults.go`,
//! release 1.36. Empty structs that are always written are here as well.

use serde_json::{Map, Value, json};

use super::super::kinds::Kind;

type Fields = Map<String, Value>;

/// Fills in the defaults of a kind.
pub(super) fn fill(object: &mut Value, kind: &Kind) {
    if kind.kind == "Job" && kind.group == "batch" {
        name_like_its_pods(object);
    }
    // A struct as well.
    if matches!(kind.kind, "Service" | "Ingress" | "PodDisruptionBudget")
        && let Some(fields) = object.as_object_mut()
    {
        struct_of(fields, "spec");
    }
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else { return };
    match (kind.group, kind.kind) {
        ("", "Pod") => {
            default(spec, "enableServiceLinks", || json!(true));
            pod(spec);
            for name in ["initContainers", "containers"] {
                spec.get_mut(name).into_iter().for_each(request_limits);
            }
        }
        ("", "Service") => service(spec),
        ("", "PersistentVolumeClaim") => default(spec, "volumeMode", || json!("Filesystem")),
        ("apps", "Deployment") => {
            default(spec, "replicas", || json!(1));
            default(spec, "revisionHistoryLimit", || json!(10));
            default(spec, "progressDeadlineSeconds", || json!(600));
            rolling(spec, "strategy", &[("maxUnavailable", json!("25%")), ("maxSurge", json!("25%"))]);
            template(spec);
        }
        ("apps", "ReplicaSet") => {
            default(spec, "replicas", || json!(1));
            template(spec);
        }
        ("apps", "DaemonSet") => {
            default(spec, "revisionHistoryLimit", || json!(10));
            rolling(spec, "updateStrategy", &[("maxUnavailable", json!(1)), ("maxSurge", json!(0))]);
            template(spec);
        }
        ("apps", "StatefulSet") => {
            default(spec, "replicas", || json!(1));
            default(spec, "revisionHistoryLimit", || json!(10));
            default(spec, "podManagementPolicy", || json!("OrderedReady"));
            rolling(spec, "updateStrategy", &[("partition", json!(0))]);
            let policy = struct_of(spec, "persistentVolumeClaimRetentionPolicy");
            if let Some(policy) = policy {
                default(policy, "whenDeleted", || json!("Retain"));
                default(policy, "whenScaled", || json!("Retain"));
            }
            template(spec);
        }
        ("batch", "Job") => {
            job(spec);
            template(spec);
        }
        ("batch", "CronJob") => {
            default(spec, "concurrencyPolicy", || json!("Allow"));
            default(spec, "suspend", || json!(false));
            default(spec, "successfulJobsHistoryLimit", || json!(3));
            default(spec, "failedJobsHistoryLimit", || json!(1));
            if let Some(jobs) = struct_of(spec, "jobTemplate") {
                default(jobs, "metadata", || json!({}));
                jobs.get_mut("spec").and_then(Value::as_object_mut).into_iter().for_each(template);
            }
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            default(spec, "minReplicas", || json!(1));
            spec.get_mut("behavior").and_then(Value::as_object_mut).into_iter().for_each(behavior);
        }
        _ => {}
    }
}

/// What an object of a built-in kind is before anything is said of it: structs that are always written. Who creates one does not
/// come to own those as such.
pub(super) fn empty(kind: &Kind) -> Value {
    let mut object = json!({"apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {}});
    let pods = json!({"metadata": {}, "spec": {"containers": null}});
    let spec = match (kind.group, kind.kind) {
        ("apps", "Deployment") => json!({"selector": null, "template": pods, "strategy": {}}),
        ("apps", "ReplicaSet") => json!({"selector": null, "template": pods}),
        ("apps", "DaemonSet" | "StatefulSet") => json!({"selector": null, "template": pods, "updateStrategy": {}}),
        ("batch", "Job") => json!({"template": pods}),
        ("batch", "CronJob") => json!({"schedule": "", "jobTemplate": {"metadata": {}, "spec": {"template": pods}}}),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            json!({"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0})
        }
        ("networking.k8s.io", "Ingress") | ("policy", "PodDisruptionBudget") => json!({}),
        _ => return object,
    };
    if let Some(fields) = object.as_object_mut() {
        fields.insert("spec".to_owned(), spec);
    }
    object
}

/// Puts a value where there is none.
fn default(fields: &mut Fields, name: &str, value: impl FnOnce() -> Value) {
    if fields.get(name).is_none_or(|present| present.is_null() || *present == "") {
        fields.insert(name.to_owned(), value());
    }
}

/// A struct that is there in any case.
fn struct_of<'f>(fields: &'f mut Fields, name: &str) -> Option<&'f mut Fields> {
    default(fields, name, || json!({}));
    fields.get_mut(name)?.as_object_mut()
}

fn each<'f>(fields: &'f mut Fields, name: &str) -> impl Iterator<Item = &'f mut Fields> {
    fields.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

fn rolling(spec: &mut Fields, name: &str, bounds: &[(&str, Value)]) {
    let Some(strategy) = struct_of(spec, name) else { return };
    default(strategy, "type", || json!("RollingUpdate"));
    if strategy.get("type").is_some_and(|kind| kind == "RollingUpdate")
        && let Some(rolling) = struct_of(strategy, "rollingUpdate")
    {
        bounds.iter().for_each(|(name, value)| default(rolling, name, || value.clone()));
    }
}

/// Whoever says something of how an autoscaler scales is told the rest.
fn behavior(behavior: &mut Fields) {
    let policy = |kind: &str, value: i32| json!({"type": kind, "value": value, "periodSeconds": 15});
    if let Some(up) = struct_of(behavior, "scaleUp") {
        default(up, "stabilizationWindowSeconds", || json!(0));
        default(up, "selectPolicy", || json!("Max"));
        default(up, "policies", || json!([policy("Pods", 4), policy("Percent", 100)]));
    }
    if let Some(down) = struct_of(behavior, "scaleDown") {
        default(down, "selectPolicy", || json!("Max"));
        default(down, "policies", || json!([policy("Percent", 100)]));
    }
}

fn job(spec: &mut Fields) {
    if !spec.contains_key("completions") && !spec.contains_key("parallelism") {
        spec.insert("completions".to_owned(), json!(1));
    }
    default(spec, "parallelism", || json!(1));
    default(spec, "backoffLimit", || json!(6));
    default(spec, "completionMode", || json!("NonIndexed"));
    default(spec, "suspend", || json!(false));
    let replaced = if spec.contains_key("podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
    default(spec, "podReplacementPolicy", || json!(replaced));
}

/// A Job without labels has those of its Pods.
fn name_like_its_pods(object: &mut Value) {
    let labels = object.pointer("/spec/template/metadata/labels").cloned();
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let has_some = metadata.get("labels").and_then(Value::as_object).is_some_and(|labels| !labels.is_empty());
    if let (false, Some(labels)) = (has_some, labels) {
        metadata.insert("labels".to_owned(), labels);
    }
}

fn service(spec: &mut Fields) {
    default(spec, "sessionAffinity", || json!("None"));
    default(spec, "type", || json!("ClusterIP"));
    if spec.get("sessionAffinity").is_some_and(|affinity| affinity == "ClientIP") {
        default(spec, "sessionAffinityConfig", || json!({"clientIP": {"timeoutSeconds": 10_800}}));
    }
    for port in each(spec, "ports") {
        default(port, "protocol", || json!("TCP"));
        let number = port.get("port").cloned();
        default(port, "targetPort", || number.unwrap_or_default());
    }
    let is_open = spec.get("type").is_some_and(|kind| kind == "NodePort" || kind == "LoadBalancer");
    if is_open {
        default(spec, "externalTrafficPolicy", || json!("Cluster"));
    }
    if spec.get("type").is_some_and(|kind| kind == "LoadBalancer") {
        default(spec, "allocateLoadBalancerNodePorts", || json!(true));
    }
    if spec.get("type").is_some_and(|kind| kind != "ExternalName") {
        default(spec, "internalTrafficPolicy", || json!("Cluster"));
    }
}

fn template(spec: &mut Fields) {
    let Some(template) = struct_of(spec, "template") else { return };
    default(template, "metadata", || json!({}));
    struct_of(template, "spec").into_iter().for_each(pod);
}

fn pod(spec: &mut Fields) {
    default(spec, "restartPolicy", || json!("Always"));
    default(spec, "dnsPolicy", || json!("ClusterFirst"));
    default(spec, "schedulerName", || json!("default-scheduler"));
    default(spec, "terminationGracePeriodSeconds", || json!(30));
    default(spec, "securityContext", || json!({}));
    for name in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, name).for_each(container);
    }
    each(spec, "volumes").for_each(volume);
}

fn container(container: &mut Fields) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default().to_owned();
    default(container, "imagePullPolicy", || json!(if is_latest(&image) { "Always" } else { "IfNotPresent" }));
    default(container, "terminationMessagePath", || json!("/dev/termination-log"));
    default(container, "terminationMessagePolicy", || json!("File"));
    default(container, "resources", || json!({}));
    each(container, "ports").for_each(|port| default(port, "protocol", || json!("TCP")));
    for variable in each(container, "env") {
        let from = variable.get_mut("valueFrom").and_then(Value::as_object_mut);
        from.into_iter().for_each(field_ref);
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get_mut(name).and_then(Value::as_object_mut) else { continue };
        for (name, value) in
            [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
        {
            default(probe, name, || json!(value));
        }
        http_get(probe);
        if let Some(grpc) = probe.get_mut("grpc").and_then(Value::as_object_mut) {
            default(grpc, "service", || json!(""));
        }
    }
    if let Some(lifecycle) = container.get_mut("lifecycle").and_then(Value::as_object_mut) {
        for name in ["postStart", "preStop"] {
            lifecycle.get_mut(name).and_then(Value::as_object_mut).into_iter().for_each(http_get);
        }
    }
}

/// Whether an image is what its name points to next: it names no tag, or `latest`.
fn is_latest(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or_default();
    !image.contains('@') && last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn http_get(around: &mut Fields) {
    if let Some(get) = around.get_mut("httpGet").and_then(Value::as_object_mut) {
        default(get, "path", || json!("/"));
        default(get, "scheme", || json!("HTTP"));
    }
}

fn field_ref(from: &mut Fields) {
    if let Some(field) = from.get_mut("fieldRef").and_then(Value::as_object_mut) {
        default(field, "apiVersion", || json!("v1"));
    }
    if let Some(field) = from.get_mut("resourceFieldRef").and_then(Value::as_object_mut) {
        default(field, "divisor", || json!("0"));
    }
}

/// The mode of files: rw-r--r--.
const MODE: i32 = 0o644;

fn volume(volume: &mut Fields) {
    if volume.len() == 1 && volume.contains_key("name") {
        volume.insert("emptyDir".to_owned(), json!({}));
    }
    for name in ["secret", "configMap", "downwardAPI", "projected"] {
        let Some(source) = volume.get_mut(name).and_then(Value::as_object_mut) else { continue };
        default(source, "defaultMode", || json!(MODE));
        each(source, "items").for_each(field_ref);
        for source in each(source, "sources") {
            if let Some(token) = source.get_mut("serviceAccountToken").and_then(Value::as_object_mut) {
                default(token, "expirationSeconds", || json!(3600));
            }
            let told = source.get_mut("downwardAPI").and_then(Value::as_object_mut);
            told.into_iter().for_each(|told| each(told, "items").for_each(field_ref));
        }
    }
    if let Some(path) = volume.get_mut("hostPath").and_then(Value::as_object_mut) {
        path.entry("type").or_insert_with(|| json!(""));
    }
    let claim = volume.get_mut("ephemeral").and_then(|source| source.pointer_mut("/volumeClaimTemplate/spec"));
    claim
        .and_then(Value::as_object_mut)
        .into_iter()
        .for_each(|claim| default(claim, "volumeMode", || json!("Filesystem")));
}

/// A Pod asks for what it may have at most, where it does not say what it asks for.
fn request_limits(containers: &mut Value) {
    for container in containers.as_array_mut().into_iter().flatten() {
        let limits = container.pointer("/resources/limits").and_then(Value::as_object).cloned();
        let resources = container.get_mut("resources").and_then(Value::as_object_mut);
        let (Some(limits), Some(resources)) = (limits, resources) else { continue };
        if let Some(requests) = struct_of(resources, "requests") {
            limits.into_iter().for_each(|(name, amount)| default(requests, &name, || amount));
        }
    }
}
