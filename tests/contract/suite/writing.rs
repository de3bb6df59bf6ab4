//! Writes that are kept: what they leave, what they are refused with, and who hears of them.

use serde_json::{Value, json};

use super::story::{Case, artifact, case, config_map, object, secret, whole};

const MAPS: &str = "/api/v1/namespaces/{ns}/configmaps";
const MAP: &str = "/api/v1/namespaces/{ns}/configmaps/one";
const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";
const SECRET: &str = "/api/v1/namespaces/{ns}/secrets/one";
const ACCOUNTS: &str = "/api/v1/namespaces/{ns}/serviceaccounts";
const ACCOUNT: &str = "/api/v1/namespaces/{ns}/serviceaccounts/one";
const ARTIFACTS: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts";
const ARTIFACT: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts/one";

const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const APPLY: &str = "application/apply-patch+yaml";

/// A path, with a field manager and further parameters.
fn by(manager: &str, path: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}fieldManager={manager}")
}

fn map() -> Value {
    config_map("one", &[])
}

fn account() -> Value {
    object("v1", "ServiceAccount", "one", &[], json!({"imagePullSecrets": [{"name": "a"}]}))
}

/// The object with other values, by JSON pointer; null takes the field away.
fn with(mut object: Value, changes: &[(&str, Value)]) -> Value {
    for (at, value) in changes {
        let (around, name) = at.rsplit_once('/').unwrap();
        let fields = object.pointer_mut(around).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            fields.shift_remove(name);
        } else {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    object
}

fn with_map(name: &'static str) -> Case {
    whole(name).write("POST", &by("maker", MAPS), &map())
}

fn with_secret(name: &'static str) -> Case {
    whole(name).write("POST", &by("maker", SECRETS), &secret("one", &[]))
}

fn with_artifact(name: &'static str) -> Case {
    whole(name).write("POST", &by("maker", ARTIFACTS), &artifact("one", &[]))
}

/// The administrator posts bodies.
fn posts(name: &'static str, path: &str, bodies: &[Value]) -> Case {
    bodies.iter().fold(whole(name), |case, body| case.write("POST", &by("maker", path), body))
}

pub fn creating() -> Vec<Case> {
    let long = "m".repeat(129);
    vec![
        posts("create_a_map", MAPS, &[map()]).get(MAP),
        posts("create_twice", MAPS, &[map(), map()]).write("POST", &format!("{MAPS}?dryRun=All"), &map()),
        posts("create_in_no_namespace", "/api/v1/namespaces/there-is-none/configmaps", &[config_map("one", &[])])
            .write(
                "POST",
                "/api/v1/namespaces/there-is-none/configmaps",
                &with(map(), &[("/metadata/namespace", Value::Null)]),
            ),
        posts("create_in_another_namespace", MAPS, &[with(map(), &[("/metadata/namespace", json!("another"))])]),
        posts("create_without_saying_where", MAPS, &[with(map(), &[("/metadata/namespace", Value::Null)])]),
        posts("create_without_a_name", MAPS, &[with(map(), &[("/metadata/name", Value::Null)])]),
        posts(
            "create_with_a_made_name",
            MAPS,
            &[with(map(), &[("/metadata/name", Value::Null), ("/metadata/generateName", json!("made-"))])],
        ),
        posts("create_with_both_names", MAPS, &[with(map(), &[("/metadata/generateName", json!("made-"))])]),
        posts("create_with_a_version", MAPS, &[with(map(), &[("/metadata/resourceVersion", json!("5"))])]),
        posts(
            "create_with_what_the_server_says",
            MAPS,
            &[with(
                map(),
                &[
                    ("/metadata/uid", json!("example")),
                    ("/metadata/generation", json!(7)),
                    ("/metadata/creationTimestamp", json!("2026-01-01T00:00:00Z")),
                    ("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
                ],
            )],
        ),
        posts("create_with_a_bad_name", MAPS, &[with(map(), &[("/metadata/name", json!("Not_Valid"))])]),
        posts(
            "create_with_all_that_may_be_said",
            MAPS,
            &[with(
                map(),
                &[
                    ("/metadata/labels", json!({"a": "1"})),
                    ("/metadata/annotations", json!({"b": "2"})),
                    ("/metadata/finalizers", json!(["example.com/keep"])),
                    (
                        "/metadata/ownerReferences",
                        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "two", "uid": "u"}]),
                    ),
                ],
            )],
        ),
        posts("create_a_secret", SECRETS, &[secret("one", &[])]).get(SECRET),
        posts("create_a_secret_without_type", SECRETS, &[with(secret("one", &[]), &[("/type", Value::Null)])]),
        posts("create_a_secret_of_text", SECRETS, &[with(secret("one", &[]), &[("/stringData", json!({"b": "two"}))])]),
        posts(
            "create_a_release",
            SECRETS,
            &[with(
                secret("sh.helm.release.v1.one.v1", &[("owner", "helm")]),
                &[("/type", json!("helm.sh/release.v1"))],
            )],
        ),
        posts(
            "create_a_large_secret",
            SECRETS,
            &[with(secret("one", &[]), &[("/data", json!({"a": "YWFh".repeat(349_526)}))])],
        ),
        posts("create_a_large_map", MAPS, &[with(map(), &[("/data", json!({"a": "a".repeat(1_048_577)}))])]),
        posts("create_an_account", ACCOUNTS, &[account()]).get(ACCOUNT),
        posts("create_a_custom_object", ARTIFACTS, &[artifact("one", &[])]).get(ARTIFACT),
        posts(
            "create_a_custom_object_with_status",
            ARTIFACTS,
            &[with(artifact("one", &[]), &[("/status", json!({"conditions": []}))])],
        ),
        posts("create_a_custom_object_twice", ARTIFACTS, &[artifact("one", &[]), artifact("one", &[])]),
        posts("create_unknown_fields", MAPS, &[with(map(), &[("/unknown", json!(1))])]),
        posts(
            "create_unknown_fields_of_a_custom_object",
            ARTIFACTS,
            &[with(artifact("one", &[]), &[("/spec/unknown", json!(1))])],
        ),
        posts(
            "create_strictly",
            &format!("{MAPS}?fieldValidation=Strict"),
            &[with(map(), &[("/unknown", json!(1))]), map()],
        ),
        posts(
            "create_a_custom_object_strictly",
            &format!("{ARTIFACTS}?fieldValidation=Strict"),
            &[with(artifact("one", &[]), &[("/spec/unknown", json!(1))]), artifact("one", &[])],
        ),
        posts("create_and_keep_nothing", &format!("{MAPS}?dryRun=All"), &[map()]).get(MAP),
        posts("create_a_custom_object_and_keep_nothing", &format!("{ARTIFACTS}?dryRun=All"), &[artifact("one", &[])])
            .get(ARTIFACT),
        whole("create_with_bad_options")
            .write("POST", &format!("{MAPS}?dryRun=Some"), &map())
            .write("POST", &format!("{MAPS}?fieldValidation=Hard"), &map())
            .write("POST", &by(&long, MAPS), &map()),
        whole("create_as_the_agent_is_called").write("POST", MAPS, &map()).get_with(MAP, &[]),
        whole("create_in_yaml").send(
            "administrator",
            "POST",
            &by("maker", MAPS),
            "application/yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: \"1\"\n",
        ),
        whole("create_without_saying_what").write("POST", &by("maker", MAPS), &json!({"metadata": {"name": "one"}})),
        case("create_as_others")
            .send("viewer", "POST", MAPS, "application/json", &map().to_string())
            .send("nobody", "POST", ARTIFACTS, "application/json", &artifact("one", &[]).to_string())
            .send(
                "two",
                "POST",
                "/api/v1/namespaces/checkout/secrets",
                "application/json",
                &secret("one", &[]).to_string(),
            ),
        case("create_is_told")
            .get(SECRETS)
            .watch(&format!("{SECRETS}?watch=1&timeoutSeconds=20&resourceVersion={{list}}"))
            .write("POST", &by("maker", SECRETS), &secret("one", &[("a", "b")]))
            .events(1),
    ]
}

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
pub fn workloads() -> Vec<Case> {
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

pub fn replacing() -> Vec<Case> {
    let other = || with(map(), &[("/data", json!({"a": "2"}))]);
    let versioned = |object: Value, version: &str| with(object, &[("/metadata/resourceVersion", json!(version))]);
    let spec = json!({"sourceRef": {"apiVersion": "example.com/v1", "kind": "Source", "name": "two"}});
    let other_artifact = || versioned(with(artifact("one", &[]), &[("/spec", spec.clone())]), "{object}");
    vec![
        with_map("replace_a_map").write("PUT", &by("other", MAP), &other()).get(MAP),
        with_map("replace_by_the_same").write("PUT", &by("other", MAP), &map()),
        with_map("replace_by_oneself").write("PUT", &by("maker", MAP), &with(other(), &[("/data/b", json!("3"))])),
        with_map("replace_the_version_seen").write("PUT", &by("other", MAP), &versioned(other(), "{object}")),
        with_map("replace_an_older_version")
            .write("PUT", &by("other", MAP), &other())
            .write("PUT", &by("other", MAP), &versioned(map(), "1"))
            .write("PUT", &by("other", &format!("{MAP}?dryRun=All")), &versioned(map(), "1")),
        with_map("replace_by_a_bad_version").write("PUT", &by("other", MAP), &versioned(other(), "example")),
        with_map("replace_the_one_seen").write("PUT", &by("other", MAP), &with(other(), &[("/metadata/uid", json!("{uid}"))])),
        with_map("replace_another_one").write("PUT", &by("other", MAP), &with(other(), &[("/metadata/uid", json!("example"))])),
        with_artifact("replace_another_custom_object")
            .write("PUT", &by("other", ARTIFACT), &with(other_artifact(), &[("/metadata/uid", json!("example"))])),
        whole("replace_what_is_not_there")
            .write("PUT", &by("other", MAP), &map())
            .write("PUT", &by("other", ARTIFACT), &artifact("one", &[])),
        with_map("replace_under_another_name")
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/name", json!("two"))]))
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/name", Value::Null)]))
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/namespace", json!("another"))])),
        with_artifact("replace_a_custom_object").write("PUT", &by("other", ARTIFACT), &other_artifact()),
        with_artifact("replace_a_custom_object_of_any_version").write("PUT", &by("other", ARTIFACT), &artifact("one", &[])),
        with_artifact("replace_what_is_said_of_a_custom_object")
            .write("PUT", &by("other", ARTIFACT), &versioned(artifact("one", &[("a", "b")]), "{object}")),
        with_artifact("replace_an_older_custom_object")
            .write("PUT", &by("other", ARTIFACT), &versioned(artifact("one", &[("a", "b")]), "1")),
        with_secret("replace_the_type_of_a_secret")
            .write("PUT", &by("other", SECRET), &with(secret("one", &[]), &[("/type", json!("example.com/other"))])),
        with_secret("replace_a_secret_without_type")
            .write("PUT", &by("other", SECRET), &with(secret("one", &[]), &[("/type", Value::Null), ("/data", json!({"b": "MQ=="}))])),
        whole("replace_a_release_without_type")
            .write("POST", &by("maker", SECRETS), &with(secret("one", &[]), &[("/type", json!("helm.sh/release.v1"))]))
            .write("PUT", &by("other", SECRET), &with(secret("one", &[]), &[("/type", Value::Null)])),
        with_map("replace_and_keep_nothing").write("PUT", &by("other", &format!("{MAP}?dryRun=All")), &other()).get(MAP),
        with_map("replace_and_forget_the_owners")
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/managedFields", json!([{}]))]))
            .write("PUT", &by("other", MAP), &other()),
        with_map("replace_labels_and_annotations")
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/labels", json!({"a": "b"}))]))
            .write("PUT", &by("third", MAP), &with(map(), &[("/metadata/annotations", json!({"a": "b"}))])),
        with_map("replace_what_may_not_change")
            .write("PUT", &by("other", MAP), &with(map(), &[("/immutable", json!(true))]))
            .write("PUT", &by("other", MAP), &with(other(), &[("/immutable", json!(true))]))
            .write("PUT", &by("other", MAP), &map()),
        with_map("replace_strictly")
            .write("PUT", &by("other", &format!("{MAP}?fieldValidation=Strict")), &with(map(), &[("/unknown", json!(1))])),
        with_artifact("replace_the_status")
            .write("PUT", &by("other", &format!("{ARTIFACT}/status")), &with(other_artifact(), &[("/status", json!({"conditions": [
                {"type": "Ready", "status": "True", "reason": "Example", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
            ]}))]))
            .write("PUT", &by("other", ARTIFACT), &other_artifact())
            .get(&format!("{ARTIFACT}/status")),
        with_map("replace_parts_that_there_are_not")
            .write("PUT", &by("other", &format!("{MAP}/status")), &map())
            .write("PUT", &by("other", &format!("{ARTIFACTS}/one/scale")), &artifact("one", &[])),
        with_map("replace_as_others")
            .send("viewer", "PUT", MAP, "application/json", &map().to_string())
            .send("viewer", "PUT", &format!("{ARTIFACT}/status"), "application/json", &artifact("one", &[]).to_string()),
        whole("replace_is_told")
            .write("POST", &by("maker", MAPS), &map())
            .watch(&format!("{MAPS}?watch=1&timeoutSeconds=20&resourceVersion={{object}}&fieldSelector=metadata.name%3Done"))
            .write("PUT", &by("other", &format!("{MAP}?dryRun=All")), &other())
            .write("PUT", &by("other", MAP), &map())
            .write("PUT", &by("other", MAP), &other())
            .events(1),
    ]
}

pub fn patching() -> Vec<Case> {
    let suspended = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    let name = |name: &str| json!({"spec": {"sourceRef": {"name": name}}});
    let of = |key: &str, value: &str| json!({"metadata": {key: value}, "data": {"a": "2"}});
    let operation = |op: &str, path: &str, value: Value| json!({"op": op, "path": path, "value": value});
    let named = |rest: Value| {
        let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object
    };
    let applied = |value: &str| named(json!({"data": {"a": value}}));
    let precondition = |key: &str, value: &str| with(applied("2"), &[(&format!("/metadata/{key}"), json!(value))]);
    let forced = format!("{MAP}?force=true");
    let status = json!({"status": {"conditions": [
        {"type": "Ready", "status": "True", "reason": "Example", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
    ]}});
    let artifact_named =
        json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "ExternalArtifact", "metadata": {"name": "one"}});
    vec![
        with_artifact("merge_an_annotation").patch(MERGE, &by("flux", ARTIFACT), &suspended).patch(
            MERGE,
            &by("flux", ARTIFACT),
            &suspended,
        ),
        with_artifact("merge_a_wish").patch(MERGE, &by("flux", ARTIFACT), &name("two")).get(ARTIFACT),
        with_map("merge_the_version_seen").patch(MERGE, &by("other", MAP), &of("resourceVersion", "{object}")),
        with_map("merge_an_older_version").patch(MERGE, &by("other", MAP), &of("resourceVersion", "1")),
        with_map("merge_the_one_seen").patch(MERGE, &by("other", MAP), &of("uid", "{uid}")),
        with_map("merge_another_one").patch(MERGE, &by("other", MAP), &of("uid", "example")),
        with_artifact("merge_another_custom_object").patch(
            MERGE,
            &by("other", ARTIFACT),
            &json!({"metadata": {"uid": "example"}}),
        ),
        with_artifact("merge_an_older_custom_object").patch(
            MERGE,
            &by("other", ARTIFACT),
            &json!({"metadata": {"resourceVersion": "1", "uid": "{uid}"}, "spec": {"sourceRef": {"name": "two"}}}),
        ),
        with_artifact("merge_the_version_away").patch(
            MERGE,
            &by("other", ARTIFACT),
            &json!({"metadata": {"resourceVersion": null}}),
        ),
        with_map("merge_the_version_of_a_map_away").patch(
            MERGE,
            &by("other", MAP),
            &json!({"metadata": {"resourceVersion": null}, "data": {"a": "2"}}),
        ),
        whole("merge_what_is_not_there").patch(MERGE, &by("other", MAP), &of("uid", "example")).patch(
            MERGE,
            &by("other", ARTIFACT),
            &suspended,
        ),
        with_map("merge_nothing").patch(MERGE, &by("other", MAP), &json!({})).patch(
            MERGE,
            &by("other", MAP),
            &json!({"data": {"a": "1"}}),
        ),
        with_map("merge_another_name").patch(MERGE, &by("other", MAP), &json!({"metadata": {"name": "two"}})).patch(
            MERGE,
            &by("other", MAP),
            &json!({"metadata": {"namespace": "another"}}),
        ),
        with_secret("merge_another_type").patch(MERGE, &by("other", SECRET), &json!({"type": "example.com/other"})),
        with_map("merge_and_keep_nothing")
            .patch(MERGE, &by("other", &format!("{MAP}?dryRun=All")), &of("uid", "{uid}"))
            .get(MAP),
        with_artifact("merge_the_status")
            .patch(MERGE, &by("controller", &format!("{ARTIFACT}/status")), &status)
            .patch(MERGE, &by("controller", ARTIFACT), &json!({"status": {"conditions": []}})),
        with_artifact("merge_unknown_fields").patch(MERGE, &by("other", ARTIFACT), &json!({"spec": {"unknown": 1}})),
        with_map("merge_as_the_agent_is_called").patch(MERGE, MAP, &of("uid", "{uid}")),
        with_map("test_and_replace").patch(
            JSON_PATCH,
            &by("other", MAP),
            &json!([operation("test", "/metadata/uid", json!("{uid}")), operation("replace", "/data/a", json!("2"))]),
        ),
        with_map("test_in_vain")
            .patch(JSON_PATCH, &by("other", MAP), &json!([operation("test", "/metadata/uid", json!("example"))]))
            .patch(JSON_PATCH, &by("other", MAP), &json!([{"op": "remove", "path": "/data/b"}])),
        with_map("replace_the_owners").patch(
            JSON_PATCH,
            &by("other", MAP),
            &json!([
                operation(
                    "replace",
                    "/metadata/managedFields",
                    json!([{
                        "manager": "helm", "operation": "Apply", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
                        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:a": {}}},
                    }])
                ),
                operation("replace", "/metadata/resourceVersion", json!("{object}")),
            ]),
        ),
        with_map("replace_the_owners_of_an_older_version").patch(
            JSON_PATCH,
            &by("other", MAP),
            &json!([
                operation("replace", "/metadata/managedFields", json!([{}])),
                operation("replace", "/metadata/resourceVersion", json!("1"))
            ]),
        ),
        with_artifact("test_a_custom_object").patch(
            JSON_PATCH,
            &by("other", ARTIFACT),
            &json!([
                operation("test", "/spec/sourceRef/name", json!("one")),
                operation("add", "/metadata/labels", json!({"a": "b"}))
            ]),
        ),
        whole("merge_by_key")
            .write("POST", &by("maker", ACCOUNTS), &account())
            .patch(STRATEGIC, &by("other", ACCOUNT), &json!({"imagePullSecrets": [{"name": "b"}]}))
            .patch(STRATEGIC, &by("other", ACCOUNT), &json!({"imagePullSecrets": [{"name": "a", "$patch": "delete"}]}))
            .patch(STRATEGIC, &by("other", ACCOUNT), &json!({"metadata": {"uid": "example"}})),
        with_artifact("merge_a_custom_object_by_key").patch(STRATEGIC, &by("other", ARTIFACT), &name("two")),
        whole("apply_creates")
            .patch(APPLY, &by("helm", MAP), &applied("1"))
            .patch(APPLY, &by("helm", MAP), &applied("1"))
            .patch(APPLY, &by("helm", MAP), &applied("2")),
        whole("apply_creates_a_custom_object").patch(
            APPLY,
            &by("helm", ARTIFACT),
            &with(
                artifact_named.clone(),
                &[("/spec", json!({"sourceRef": {"apiVersion": "example.com/v1", "kind": "Source", "name": "one"}}))],
            ),
        ),
        with_map("apply_against_another").patch(APPLY, &by("helm", MAP), &applied("2")).patch(
            APPLY,
            &by("helm", &forced),
            &applied("2"),
        ),
        whole("apply_to_one_that_is_gone").patch(APPLY, &by("helm", MAP), &precondition("uid", "example")).patch(
            APPLY,
            &by("helm", MAP),
            &precondition("resourceVersion", "5"),
        ),
        with_map("apply_to_the_version_seen").patch(
            APPLY,
            &by("helm", &forced),
            &precondition("resourceVersion", "{object}"),
        ),
        with_map("apply_to_an_older_version").patch(APPLY, &by("helm", &forced), &precondition("resourceVersion", "1")),
        with_map("apply_to_the_one_seen").patch(APPLY, &by("helm", &forced), &precondition("uid", "{uid}")),
        with_map("apply_to_another_one").patch(APPLY, &by("helm", &forced), &precondition("uid", "example")),
        with_map("apply_nothing_and_leave")
            .patch(APPLY, &by("helm", &forced), &named(json!({"data": {"a": "1", "b": "2"}})))
            .patch(
                APPLY,
                &by("helm", MAP),
                &named(json!({"metadata": {"name": "one", "uid": "{uid}", "resourceVersion": "{object}"}})),
            )
            .get(MAP),
        whole("apply_without_manager").patch(APPLY, MAP, &applied("1")),
        with_map("apply_strictly").patch(
            APPLY,
            &by("helm", &format!("{MAP}?fieldValidation=Strict")),
            &named(json!({"unknown": 1})),
        ),
        with_artifact("apply_the_status").patch(
            APPLY,
            &by("helm", &format!("{ARTIFACT}/status")),
            &with(artifact_named, &[("/status", status["status"].clone())]),
        ),
        with_map("apply_and_keep_nothing")
            .patch(APPLY, &by("helm", &format!("{forced}&dryRun=All")), &applied("2"))
            .get(MAP),
        with_map("patch_as_others").send("viewer", "PATCH", ARTIFACT, MERGE, &suspended.to_string()).send(
            "nobody",
            "PATCH",
            MAP,
            APPLY,
            &applied("1").to_string(),
        ),
        with_artifact("patch_is_told")
            .watch(&format!("{ARTIFACTS}?watch=1&timeoutSeconds=20&resourceVersion={{object}}"))
            .patch(MERGE, &by("flux", ARTIFACT), &suspended)
            .patch(MERGE, &by("flux", ARTIFACT), &suspended)
            .patch(MERGE, &by("controller", &format!("{ARTIFACT}/status")), &status)
            .events(2),
    ]
}

pub fn deleting() -> Vec<Case> {
    let if_it_is =
        |key: &str, value: &str| json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {key: value}});
    let policy = |policy: &str| json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy});
    let held = |object: Value| with(object, &[("/metadata/finalizers", json!(["example.com/keep"]))]);
    let owned = with(
        config_map("two", &[]),
        &[(
            "/metadata/ownerReferences",
            json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "one", "uid": "{uid}"}]),
        )],
    );
    vec![
        with_map("delete_a_map").ask("administrator", "DELETE", MAP).get(MAP).ask("administrator", "DELETE", MAP),
        with_secret("delete_a_secret").write("DELETE", SECRET, &policy("Background")),
        whole("delete_an_account")
            .write("POST", &by("maker", ACCOUNTS), &account())
            .ask("administrator", "DELETE", ACCOUNT)
            .get(ACCOUNT),
        with_artifact("delete_a_custom_object").write("DELETE", ARTIFACT, &policy("Background")).get(ARTIFACT),
        whole("delete_what_is_not_there").ask("administrator", "DELETE", MAP).ask("administrator", "DELETE", ARTIFACT),
        with_map("delete_the_one_seen").write("DELETE", MAP, &if_it_is("uid", "{uid}")),
        with_map("delete_another_one").write("DELETE", MAP, &if_it_is("uid", "example")).get(MAP),
        with_map("delete_the_version_seen").write("DELETE", MAP, &if_it_is("resourceVersion", "{object}")),
        with_map("delete_an_older_version").write("DELETE", MAP, &if_it_is("resourceVersion", "1")),
        with_artifact("delete_another_custom_object")
            .write("DELETE", ARTIFACT, &if_it_is("uid", "example"))
            .write("DELETE", ARTIFACT, &if_it_is("resourceVersion", "1"))
            .write("DELETE", ARTIFACT, &if_it_is("uid", "{uid}")),
        with_map("delete_and_keep_it").ask("administrator", "DELETE", &format!("{MAP}?dryRun=All")).get(MAP),
        with_artifact("delete_a_custom_object_and_keep_it")
            .ask("administrator", "DELETE", &format!("{ARTIFACT}?dryRun=All"))
            .get(ARTIFACT),
        with_map("delete_as_the_body_says").write("DELETE", MAP, &json!({"dryRun": ["All"]})).get(MAP),
        with_map("delete_with_bad_options")
            .ask("administrator", "DELETE", &format!("{MAP}?dryRun=Some"))
            .write("DELETE", MAP, &policy("Example"))
            .ask("administrator", "DELETE", &format!("{MAP}?propagationPolicy=Background")),
        whole("delete_what_is_held")
            .write("POST", &by("maker", MAPS), &held(map()))
            .ask("administrator", "DELETE", MAP)
            .ask("administrator", "DELETE", MAP)
            .patch(
                MERGE,
                &by("other", MAP),
                &json!({"metadata": {"finalizers": ["example.com/keep", "example.com/more"]}}),
            )
            .patch(MERGE, &by("other", MAP), &json!({"metadata": {"finalizers": null}}))
            .get(MAP),
        whole("delete_a_custom_object_that_is_held")
            .write("POST", &by("maker", ARTIFACTS), &held(artifact("one", &[])))
            .ask("administrator", "DELETE", ARTIFACT)
            .ask("administrator", "DELETE", ARTIFACT)
            .patch(MERGE, &by("other", ARTIFACT), &json!({"metadata": {"finalizers": []}}))
            .get(ARTIFACT),
        case("delete_what_owns")
            .write("POST", &by("maker", MAPS), &map())
            .write("POST", &by("maker", MAPS), &owned)
            .watch(&format!(
                "{MAPS}?watch=1&timeoutSeconds=60&resourceVersion={{object}}&fieldSelector=metadata.name%3Dtwo"
            ))
            .write("DELETE", MAP, &policy("Background"))
            .events(1),
        with_map("delete_as_others").ask("viewer", "DELETE", MAP).ask("nobody", "DELETE", ARTIFACT),
        with_map("delete_and_create_anew")
            .ask("administrator", "DELETE", MAP)
            .write("POST", &by("maker", MAPS), &map())
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/uid", json!("{uid}"))])),
        with_map("delete_is_told")
            .watch(&format!(
                "{MAPS}?watch=1&timeoutSeconds=20&resourceVersion={{object}}&fieldSelector=metadata.name%3Done"
            ))
            .ask("administrator", "DELETE", &format!("{MAP}?dryRun=All"))
            .ask("administrator", "DELETE", MAP)
            .events(1),
    ]
}
