//! Workloads that are created: what a server fills in.

use serde_json::{Value, json};

use super::super::story::{Case, object, whole};
use super::{APPLY, by, with};

/// What makes Pods, with something of most that has defaults.
fn workload(version: &str, kind: &str, spec: Value) -> Value {
    let pods = json!({"metadata": {"labels": {"app": "one"}}, "spec": {
        "serviceAccountName": "default",
        "containers": [
            {
                "name": "web", "image": "web",
                "ports": [{"containerPort": 80}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
                "livenessProbe": {"httpGet": {"port": 80}},
                "readinessProbe": {"tcpSocket": {"port": 80}},
                "lifecycle": {"preStop": {"exec": {"command": ["true"]}}},
                "resources": {"limits": {"cpu": "1", "memory": "64Mi"}},
                "volumeMounts": [{"name": "settings", "mountPath": "/settings"}],
            },
            {"name": "side", "image": "example.com:5000/side:1"},
        ],
        "volumes": [
            {"name": "settings", "configMap": {"name": "one"}},
            {"name": "keys", "secret": {"secretName": "one"}},
            {"name": "empty"},
            {"name": "all", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        ],
    }});
    let mut whole = json!({"selector": {"matchLabels": {"app": "one"}}, "template": pods});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    object(version, kind, "one", &[], json!({"spec": whole}))
}

/// Workloads are only tried: the cluster's controllers would change them at once.
pub fn cases() -> Vec<Case> {
    let tried = |name: &'static str, place: &str, object: Value| {
        let path = format!("/apis/{}/namespaces/{{ns}}/{place}?dryRun=All", object["apiVersion"].as_str().unwrap());
        whole(name).write("POST", &by("maker", &path), &object)
    };
    let never = |mut job: Value| {
        let template = job.pointer_mut("/spec/template/spec").unwrap();
        template["restartPolicy"] = json!("Never");
        job["spec"].as_object_mut().unwrap().shift_remove("selector");
        job
    };
    let job = never(workload("batch/v1", "Job", json!({})));
    let cron = object(
        "batch/v1",
        "CronJob",
        "one",
        &[],
        json!({"spec": {"schedule": "@daily", "jobTemplate": {"spec": job["spec"]}}}),
    );
    let backend = json!({"service": {"name": "one", "port": {"number": 80}}});
    let rules =
        json!([{"host": "example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]);
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"});
    let budget = json!({"maxUnavailable": 1, "selector": {"matchLabels": {"app": "one"}}});
    let plain = json!({
        "selector": {"matchLabels": {"app": "one"}},
        "template": {"metadata": {"labels": {"app": "one"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
    });
    vec![
        tried("create_a_deployment", "deployments", workload("apps/v1", "Deployment", json!({}))),
        tried(
            "create_a_deployment_that_is_recreated",
            "deployments",
            workload("apps/v1", "Deployment", json!({"strategy": {"type": "Recreate"}})),
        ),
        tried(
            "create_a_plain_deployment",
            "deployments",
            object("apps/v1", "Deployment", "one", &[], json!({"spec": plain})),
        ),
        tried("create_a_replica_set", "replicasets", workload("apps/v1", "ReplicaSet", json!({}))),
        tried("create_a_daemon_set", "daemonsets", workload("apps/v1", "DaemonSet", json!({}))),
        tried(
            "create_a_stateful_set",
            "statefulsets",
            workload("apps/v1", "StatefulSet", json!({"serviceName": "one"})),
        ),
        tried("create_a_job", "jobs", job.clone()),
        tried(
            "create_a_job_of_three",
            "jobs",
            with(job, &[("/spec/completions", json!(3)), ("/spec/backoffLimit", json!(0))]),
        ),
        tried("create_a_cron_job", "cronjobs", cron),
        tried(
            "create_an_ingress",
            "ingresses",
            object("networking.k8s.io/v1", "Ingress", "one", &[], json!({"spec": {"rules": rules}})),
        ),
        tried(
            "create_an_autoscaler",
            "horizontalpodautoscalers",
            object(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "one",
                &[],
                json!({"spec": {"maxReplicas": 3, "scaleTargetRef": target,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]}}),
            ),
        ),
        tried(
            "create_a_disruption_budget",
            "poddisruptionbudgets",
            object("policy/v1", "PodDisruptionBudget", "one", &[], json!({"spec": budget})),
        ),
        whole("apply_creates_a_deployment").patch(
            APPLY,
            &by("helm", "/apis/apps/v1/namespaces/{ns}/deployments/one?dryRun=All"),
            &workload("apps/v1", "Deployment", json!({"replicas": 2})),
        ),
    ]
}
