//! One story for each rule of patches.

use serde_json::{Value, json};

use super::{Form, Story};
use crate::cluster::User;

const CONFIG_MAPS: (&str, &str) = ("api/v1", "configmaps");
const SERVICES: (&str, &str) = ("api/v1", "services");
const DEPLOYMENTS: (&str, &str) = ("apis/apps/v1", "deployments");
const AUTOSCALERS: (&str, &str) = ("apis/autoscaling/v2", "horizontalpodautoscalers");
const KUSTOMIZATIONS: (&str, &str) = ("apis/kustomize.toolkit.fluxcd.io/v1", "kustomizations");
const CERTIFICATES: (&str, &str) = ("apis/certs.example.com/v1", "certificates");
const DASHBOARDS: (&str, &str) = ("apis/dashboards.example.com/v1", "dashboards");

/// An object by its kind, with more than its name.
pub(super) fn object(api_version: &str, kind: &str, rest: &Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "one"}});
    merge(&mut object, rest);
    object
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn config(data: &Value) -> Value {
    object("v1", "ConfigMap", &json!({"data": data}))
}

fn deployment(spec: &Value) -> Value {
    object("apps/v1", "Deployment", &json!({"spec": spec}))
}

fn pod(spec: &Value) -> Value {
    json!({"template": {"spec": spec}})
}

fn container(fields: &Value) -> Value {
    let mut web = json!({"name": "web"});
    merge(&mut web, fields);
    pod(&json!({"containers": [web]}))
}

/// What the manager `a` writes first.
fn whole_deployment() -> Value {
    deployment(&json!({
        "replicas": 2,
        "selector": {"matchLabels": {"app": "one"}},
        "template": {
            "metadata": {"labels": {"app": "one"}},
            "spec": {"containers": [{
                "name": "web", "image": "web:1", "args": ["-v"],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}],
                "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}],
                "resources": {"limits": {"memory": "64Mi"}},
            }]},
        },
    }))
}

fn service(spec: &Value) -> Value {
    object("v1", "Service", &json!({"spec": spec}))
}

fn whole_service() -> Value {
    service(&json!({
        "clusterIP": "None", "selector": {"app": "one"},
        "ports": [
            {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080},
            {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
            {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
        ],
    }))
}

fn autoscaler(spec: &Value) -> Value {
    object("autoscaling/v2", "HorizontalPodAutoscaler", &json!({"spec": spec}))
}

fn kustomization(spec: &Value) -> Value {
    object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", &json!({"spec": spec}))
}

fn whole_kustomization() -> Value {
    let source = json!({"kind": "GitRepository", "name": "all"});
    kustomization(&json!({"interval": "1h", "path": "./a", "prune": true, "sourceRef": source}))
}

fn story(name: &str, kind: (&'static str, &'static str)) -> Story {
    Story::new(name, kind)
}

fn configured(name: &str, data: &Value) -> Story {
    story(name, CONFIG_MAPS).applied("a", config(data))
}

fn deployed(name: &str) -> Story {
    story(name, DEPLOYMENTS).applied("a", whole_deployment())
}

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

pub(super) fn cases() -> Vec<Story> {
    let mut all = applies();
    all.extend(lists());
    all.extend(updates());
    all.extend(patches());
    all.extend(subresources());
    all.extend(faults());
    all
}

fn applies() -> Vec<Story> {
    let empty = object("v1", "ConfigMap", &json!({}));
    vec![
        story("apply_creates", CONFIG_MAPS).apply("a", &config(&json!({"k": "1"}))),
        story("apply_creates_with_defaults", DEPLOYMENTS).apply("a", &whole_deployment()),
        configured("apply_the_same", &json!({"k": "1"})).apply_and_force("a", &config(&json!({"k": "1"}))),
        configured("apply_merges", &json!({"k": "1"}))
            .apply("a", &config(&json!({"k": "2", "l": "2"})))
            .apply("b", &config(&json!({"l": "2"})))
            .apply(
                "b",
                &object("v1", "ConfigMap", &json!({"metadata": {"labels": {"l": "1"}, "annotations": {"n": "1"}}})),
            ),
        configured("apply_prunes", &json!({"k": "1", "l": "1", "m": "1"}))
            .applied("b", config(&json!({"l": "1"})))
            .apply("a", &config(&json!({"m": "1"})))
            .apply("a", &empty)
            .apply("b", &empty)
            .apply("c", &empty),
        configured("apply_shares", &json!({"k": "1", "l": "1"})).apply("b", &config(&json!({"k": "1"}))),
        configured("apply_conflicts", &json!({"k": "1", "l": "1", "m": "1"}))
            .applied("b", config(&json!({"m": "1", "n": "1"})))
            .apply_and_force("c", &config(&json!({"k": "2"})))
            .apply_and_force("c", &config(&json!({"k": "2", "l": "2"})))
            .apply_and_force("c", &config(&json!({"m": "2"})))
            .apply_and_force("c", &config(&json!({"k": "2", "l": "2", "m": "2", "n": "2", "o": "2"})))
            .apply_and_force("a", &config(&json!({"k": "2", "l": "1", "m": "2"}))),
        configured("apply_conflicts_with_updates", &json!({"k": "1"}))
            .written("kubectl-edit", Form::Merge, json!({"data": {"k": "2", "l": "2"}}))
            .written("kubectl-patch", Form::Merge, json!({"data": {"l": "3", "m": "3"}}))
            .apply_and_force("a", &config(&json!({"k": "1"})))
            .apply_and_force("a", &config(&json!({"k": "1", "l": "1", "m": "1"})))
            .apply("kubectl-edit", &config(&json!({"k": "3"})))
            .force("kubectl-edit", &config(&json!({"l": "2"}))),
        deployed("apply_of_fields_deep_down")
            .written("kubectl-set", Form::Strategic, deployment(&container(&json!({"image": "web:2"}))))
            .apply_and_force("b", &deployment(&container(&json!({"image": "web:3"}))))
            .apply_and_force("b", &deployment(&container(&json!({"resources": {"limits": {"memory": "128Mi"}}}))))
            .apply("b", &deployment(&container(&json!({"resources": {"requests": {"memory": "32Mi"}}}))))
            .apply_and_force("b", &deployment(&json!({"replicas": 3, "paused": true})))
            .apply("a", &whole_deployment()),
        deployed("apply_of_status").apply("b", &object("apps/v1", "Deployment", &json!({"status": {"replicas": 9}}))),
        deployed("apply_to_one_that_was_forgotten")
            .forgotten()
            .apply("a", &deployment(&json!({"replicas": 2})))
            .apply_and_force("a", &deployment(&json!({"replicas": 3})))
            .apply("b", &deployment(&json!({}))),
        configured("apply_after_a_client_side_apply", &json!({"k": "1"}))
            .written(
                "kubectl-client-side-apply",
                Form::Merge,
                json!({"metadata": {"annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": config(&json!({"k": "1", "l": "1"})).to_string(),
            }}, "data": {"l": "1"}}),
            )
            .apply("kubectl", &config(&json!({"k": "1"})))
            .apply("kubectl", &config(&json!({"k": "1", "l": "1"})))
            .apply_and_force("kubectl", &config(&json!({"k": "2", "l": "2"}))),
        configured("many_updaters", &json!({"k": "1"}))
            .with_updaters(12)
            .apply("b", &config(&json!({"k10": "1"})))
            .apply_and_force("b", &config(&json!({"k1": "2", "k2": "2", "k11": "2"})))
            .tried("m", Form::Merge, &json!({"data": {"k5": "5"}})),
    ]
}

fn lists() -> Vec<Story> {
    let finalizers = |all: &[&str]| object("v1", "ConfigMap", &json!({"metadata": {"finalizers": all}}));
    let env = |all: Value| deployment(&container(&json!({"env": all})));
    vec![
        story("items_with_two_keys", SERVICES)
            .applied("a", whole_service())
            .apply("b", &service(&json!({"ports": [{"port": 53, "protocol": "UDP", "targetPort": 53}]})))
            .apply_and_force("b", &service(&json!({"ports": [{"port": 53, "protocol": "UDP", "targetPort": 5353}]})))
            .apply_and_force("b", &service(&json!({"ports": [{"port": 80, "targetPort": 8081}]})))
            .apply_and_force("b", &service(&json!({"ports": [{"port": 80, "targetPort": "http", "name": "web"}, {"port": 53, "targetPort": 54}]})))
            .apply("b", &service(&json!({"ports": [{"port": 81, "protocol": "TCP", "targetPort": 81, "name": "new"}]})))
            .apply("b", &service(&json!({"ports": [{"port": 81, "name": "new"}]})))
            .apply("b", &service(&json!({"ports": [{"targetPort": 81}]})))
            .apply("b", &service(&json!({"ports": [{"port": 80, "targetPort": 1}, {"port": 80, "targetPort": 2}]})))
            .apply("a", &service(&json!({"ports": [{"port": 53, "protocol": "UDP", "targetPort": 53}]}))),
        story("maps_of_one_value", SERVICES)
            .applied("a", whole_service())
            .apply_and_force("b", &service(&json!({"selector": {"tier": "front"}})))
            .apply("b", &service(&json!({"selector": {"app": "one"}})))
            .apply("a", &service(&json!({"selector": {"app": "one", "tier": "front"}}))),
        deployed("items_with_one_key")
            .apply("b", &env(json!([{"name": "A", "value": "1"}])))
            .apply_and_force("b", &env(json!([{"name": "B", "value": "2"}, {"name": "A", "value": "2"}])))
            .apply("b", &env(json!([{"name": "C", "value": "1"}])))
            .apply("b", &env(json!([{"value": "1"}])))
            .apply("b", &env(json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])))
            .apply("b", &env(json!([])))
            .apply("b", &env(json!(null)))
            .apply("b", &env(json!({"name": "A"})))
            .apply("b", &deployment(&pod(&json!({"containers": [{"name": "side", "image": "side:1"}]})))),
        story("sets", CONFIG_MAPS)
            .applied("a", finalizers(&["example.com/a", "example.com/b"]))
            .applied("b", finalizers(&["example.com/b", "example.com/c"]))
            .apply("a", &finalizers(&["example.com/b"]))
            .apply("a", &finalizers(&["example.com/d", "example.com/a"]))
            .apply("b", &finalizers(&[]))
            .apply("c", &finalizers(&["example.com/c"]))
            .apply("c", &finalizers(&["example.com/c", "example.com/c"]))
            .tried("m", Form::Merge, &json!({"metadata": {"finalizers": ["example.com/b"]}})),
        deployed("lists_of_one_value")
            .apply_and_force("b", &deployment(&container(&json!({"args": ["-q"]}))))
            .apply("b", &deployment(&container(&json!({"args": ["-v"]}))))
            .apply("b", &deployment(&container(&json!({"command": ["run"]}))))
            .apply("b", &deployment(&pod(&json!({"tolerations": [{"key": "a", "operator": "Exists"}]})))),
        story("custom_kinds", KUSTOMIZATIONS)
            .applied("a", whole_kustomization())
            .apply_and_force("b", &kustomization(&json!({"path": "./b", "sourceRef": {"name": "other"}})))
            .apply("b", &kustomization(&json!({"dependsOn": [{"name": "x"}], "wait": true})))
            .apply("a", &whole_kustomization())
            .apply("b", &kustomization(&json!({"unknown": 1})))
            .tried("m", Form::Merge, &json!({"spec": {"path": "./c", "wait": true}}))
            .tried("m", Form::Strategic, &json!({"spec": {"path": "./c"}})),
        story("custom_kinds_of_others", CERTIFICATES)
            .applied("a", object("certs.example.com/v1", "Certificate", &json!({"spec": {"secretName": "s", "dnsNames": ["a.example.com"]}})))
            .apply_and_force("b", &object("certs.example.com/v1", "Certificate", &json!({"spec": {"secretName": "t"}})))
            .tried("m", Form::Merge, &json!({"spec": {"dnsNames": ["b.example.com"]}})),
        story("custom_kinds_without_types", DASHBOARDS)
            .applied("a", object("dashboards.example.com/v1", "Dashboard", &json!({"spec": {"title": "x", "panels": [{"id": 1}]}})))
            .apply_and_force("b", &object("dashboards.example.com/v1", "Dashboard", &json!({"spec": {"panels": [{"id": 2}]}})))
            .apply("b", &object("dashboards.example.com/v1", "Dashboard", &json!({"spec": {"more": {"deep": [1, {"a": null}]}}})))
            .tried("m", Form::Merge, &json!({"spec": {"title": "y"}})),
    ]
}

fn updates() -> Vec<Story> {
    vec![
        configured("merge_patches", &json!({"k": "1", "l": "1"}))
            .applied("b", config(&json!({"l": "1"})))
            .tried("m", Form::Merge, &json!({"data": {"k": "2"}}))
            .tried("m", Form::Merge, &json!({"data": {"l": "2", "n": "2"}}))
            .tried("m", Form::Merge, &json!({"data": {"k": null}}))
            .tried("m", Form::Merge, &json!({"data": {"k": null, "l": null}}))
            .tried("m", Form::Merge, &json!({"data": null}))
            .tried("m", Form::Merge, &json!({"data": {"none": null}}))
            .tried("m", Form::Merge, &json!({}))
            .tried("a", Form::Merge, &json!({"data": {"k": "2"}}))
            .tried("m", Form::Merge, &json!({"data": {"k": "1"}}))
            .tried("m", Form::Merge, &json!({"metadata": {"labels": {"x": "1"}, "annotations": {"y": "1"}}})),
        deployed("merge_patches_of_lists")
            .tried("m", Form::Merge, &json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}}))
            .tried("m", Form::Merge, &json!({"spec": {"replicas": 5}}))
            .tried("m", Form::Merge, &json!({"spec": {"replicas": null}}))
            .tried("m", Form::Merge, &json!({"status": {"replicas": 5}})),
        deployed("strategic_patches")
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"image": "web:2"}))}))
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"env": [{"name": "B", "value": "2"}]}))}))
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"env": [{"name": "C", "value": "1"}]}))}))
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"env": [{"name": "A", "$patch": "delete"}]}))}))
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"env": [{"$patch": "replace"}, {"name": "B", "value": "3"}]}))}))
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"$setElementOrder/env": [{"name": "B"}, {"name": "A"}], "env": [{"name": "A", "value": "9"}]}))}))
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"args": ["-q"]}))}))
            .tried("m", Form::Strategic, &json!({"spec": {"$retainKeys": ["replicas"], "replicas": 4}}))
            .tried("m", Form::Strategic, &json!({"spec": {"template": {"metadata": {"labels": {"app": "one", "b": "1"}}}}}))
            .tried("m", Form::Strategic, &json!({"spec": container(&json!({"resources": {"limits": null}}))}))
            .tried("m", Form::Strategic, &json!({"spec": {"template": {"spec": {"containers": [{"image": "web:2"}]}}}}))
            .tried("m", Form::Strategic, &json!({"spec": {"$patch": "unknown"}}))
            .tried("a", Form::Strategic, &json!({"spec": {"replicas": 2}})),
        story("strategic_patches_of_items_with_two_keys", SERVICES)
            .applied("a", whole_service())
            .tried("m", Form::Strategic, &json!({"spec": {"ports": [{"port": 80, "targetPort": 8081}]}}))
            .tried("m", Form::Strategic, &json!({"spec": {"ports": [{"port": 53, "targetPort": 54}]}}))
            .tried("m", Form::Strategic, &json!({"spec": {"ports": [{"port": 80, "$patch": "delete"}]}}))
            .tried("m", Form::Strategic, &json!({"spec": {"selector": {"tier": "front"}}})),
    ]
}

fn patches() -> Vec<Story> {
    let scaled = autoscaler(&json!({
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"}, "minReplicas": 1, "maxReplicas": 4,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}],
    }));
    vec![
        deployed("what_was_left_out_gets_its_default")
            .apply("a", &deployment(&json!({
                "selector": {"matchLabels": {"app": "one"}},
                "template": {"metadata": {"labels": {"app": "one"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
            })))
            .apply("b", &deployment(&pod(&json!({"volumes": [{"name": "tmp", "emptyDir": {}}]}))))
            .apply("b", &deployment(&container(&json!({"readinessProbe": {"httpGet": {"port": 80}}}))))
            .apply("b", &deployment(&pod(&json!({"serviceAccountName": "robot"}))))
            .tried("m", Form::Strategic, &json!({"spec": pod(&json!({"serviceAccountName": "robot"}))}))
            .apply("b", &deployment(&container(&json!({"resources": {"limits": {"cpu": "1"}}})))),
        story("an_autoscaler", AUTOSCALERS)
            .applied("a", scaled)
            .apply_and_force("b", &autoscaler(&json!({"maxReplicas": 5})))
            .apply("b", &autoscaler(&json!({"minReplicas": 1})))
            .tried("m", Form::Merge, &json!({"spec": {"minReplicas": 2}})),
        deployed("values_that_are_not_valid")
            .tried("m", Form::Merge, &json!({"spec": {"replicas": -1}}))
            .tried("m", Form::Merge, &json!({"spec": {"selector": {"matchLabels": {"app": "two"}}}}))
            .apply("b", &deployment(&json!({"replicas": "three"})))
            .apply("b", &object("apps/v1", "Deployment", &json!({"metadata": {"labels": {"a": "not valid!"}}}))),
        configured("whatever_changes_is_a_generation", &json!({"k": "1"}))
            .tried("m", Form::Merge, &json!({"metadata": {"generation": 9}}))
            .tried("m", Form::Merge, &json!({"metadata": {"name": "two"}}))
            .tried("m", Form::Merge, &json!({"metadata": {"namespace": "two"}}))
            .tried("m", Form::Merge, &json!({"kind": "Secret"}))
            .tried("m", Form::Merge, &json!({"apiVersion": "v2"}))
            .tried("m", Form::Merge, &json!({"metadata": {"creationTimestamp": null}}))
            .tried("m", Form::Merge, &json!({"metadata": {"managedFields": [{}]}}))
            .tried("m", Form::Merge, &json!({"metadata": {"managedFields": []}})),
    ]
}

fn subresources() -> Vec<Story> {
    let scale = |replicas: u32| json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "one"}, "spec": {"replicas": replicas}});
    vec![
        deployed("scaled")
            .written_part("kubectl", Form::Merge, "scale", json!({"spec": {"replicas": 3}}))
            .apply_and_force("a", &whole_deployment())
            .apply("b", &deployment(&json!({"replicas": 3})))
            .tried("kubectl", Form::Merge, &json!({"spec": {"replicas": 4}})),
        deployed("scale_is_tried")
            .tried_part("kubectl", Form::Merge, "scale", &json!({"spec": {"replicas": 3}}))
            .tried_part("b", Form::Apply, "scale", &scale(3)),
        deployed("status_is_tried")
            .written_part(
                "kube-controller-manager",
                Form::Merge,
                "status",
                json!({"status": {"observedGeneration": 1, "replicas": 2}}),
            )
            .tried_part("m", Form::Merge, "status", &json!({"status": {"replicas": 1}}))
            .apply("a", &whole_deployment())
            .apply("b", &object("apps/v1", "Deployment", &json!({"status": {"replicas": 2}})))
            .tried("m", Form::Merge, &json!({"status": null})),
        configured("parts_that_there_are_not", &json!({"k": "1"}))
            .tried_part("m", Form::Merge, "status", &json!({}))
            .tried_part("m", Form::Merge, "scale", &json!({})),
        story("parts_of_custom_kinds", KUSTOMIZATIONS)
            .applied("a", whole_kustomization())
            .written_part("controller", Form::Merge, "status", json!({"status": {"observedGeneration": 1}}))
            .tried_part("m", Form::Merge, "status", &json!({"status": {"observedGeneration": 2}}))
            .tried_part("m", Form::Merge, "scale", &json!({}))
            .tried("m", Form::Merge, &json!({"status": {"observedGeneration": 2}}))
            .apply(
                "b",
                &object(
                    "kustomize.toolkit.fluxcd.io/v1",
                    "Kustomization",
                    &json!({"status": {"observedGeneration": 2}}),
                ),
            ),
    ]
}

fn faults() -> Vec<Story> {
    let one = config(&json!({"k": "2"})).to_string();
    let of_a = "fieldManager=a&dryRun=All";
    let raw = |story: Story, query: &str, content: &str, body: &str| story.raw(None, "", query, content, body);
    let bodies = [
        "{}",
        "",
        "null",
        "[]",
        "one",
        "a: b: c",
        "{",
        "\t",
        "apiVersion: v1",
        "kind: ConfigMap",
        r#"{"apiVersion":"v1","kind":"ConfigMap"}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"two"}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one","namespace":"two"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"one"}}"#,
        r#"{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"one"}}"#,
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"one"}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one","managedFields":[]}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one","managedFields":[{"manager":"x"}]}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"unknown":1}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":{"k":1}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":["k"]}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":{"k":"1","k":"2"}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one","resourceVersion":"9999999"}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one","uid":"other"}}"#,
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  k: yes\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  k: \"2\"\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n---\napiVersion: v1\nkind: ConfigMap\n",
    ];
    let queries = [
        "dryRun=All",
        "fieldManager=&dryRun=All",
        "fieldManager=b&force=false&dryRun=All",
        "fieldManager=b&force=x&dryRun=All",
        "fieldManager=b&force=1&dryRun=All",
        "fieldManager=b&force=&dryRun=All",
        "fieldManager=b&dryRun=all",
        "fieldManager=b&dryRun=None",
        "fieldManager=b&dryRun=All&dryRun=All",
        "fieldManager=b&dryRun=",
        "fieldManager=b&dryRun=All&fieldValidation=Strict",
        "fieldManager=b&dryRun=All&fieldValidation=x",
        "fieldManager=b%07&dryRun=All",
        "fieldManager=b%20c&dryRun=All&force=true",
        "dryRun=x",
    ];
    let long = format!("fieldManager={}&dryRun=All", "b".repeat(129));
    let of_apply = queries
        .iter()
        .fold(configured("options_of_an_apply", &json!({"k": "1"})), |story, query| raw(story, query, APPLY, &one));
    let merge = r#"{"data":{"k":"2"}}"#;
    let of_merge = [
        "fieldManager=b&force=true&dryRun=All",
        "fieldManager=b&force=false&dryRun=All",
        "fieldManager=b&dryRun=x",
        "fieldManager=b&dryRun=All&fieldValidation=x",
        "fieldManager=&force=true&dryRun=x",
    ]
    .iter()
    .fold(configured("options_of_a_merge_patch", &json!({"k": "1"})), |story, query| raw(story, query, MERGE, merge));
    let contents = [
        "",
        "text/html",
        "application/json",
        "application/yaml",
        "application/apply-patch+cbor",
        "APPLICATION/MERGE-PATCH+JSON",
        "application/merge-patch+json; charset=utf-8",
        "application/merge-patch+json;charset=latin1",
        "application/strategic-merge-patch+json",
        "merge",
    ];
    vec![
        bodies
            .iter()
            .fold(configured("bodies_of_an_apply", &json!({"k": "1"})), |story, body| raw(story, of_a, APPLY, body)),
        [
            "",
            "null",
            "[]",
            "one",
            "{",
            "1",
            r#"{"data":1}"#,
            r#"{"data":{"k":1}}"#,
            r#"{"data":{"k":"1","k":"2"}}"#,
            r#"{"unknown":1}"#,
            "data:\n  k: \"2\"\n",
        ]
        .iter()
        .fold(configured("bodies_of_a_merge_patch", &json!({"k": "1"})), |story, body| raw(story, of_a, MERGE, body)),
        [
            "",
            "null",
            "[]",
            "one",
            "{",
            r#"{"data":1}"#,
            r#"{"data":{"k":1}}"#,
            r#"{"unknown":1}"#,
            r#"{"data":{"$patch":"replace","l":"1"}}"#,
        ]
        .iter()
        .fold(configured("bodies_of_a_strategic_patch", &json!({"k": "1"})), |story, body| {
            raw(story, of_a, STRATEGIC, body)
        }),
        raw(of_apply, &long, APPLY, &one),
        of_merge,
        contents
            .iter()
            .fold(configured("types_of_bodies", &json!({"k": "1"})), |story, content| raw(story, of_a, content, merge)),
        ["", "text/html", "application/strategic-merge-patch+json", "application/yaml"].iter().fold(
            story("types_of_bodies_for_custom_kinds", KUSTOMIZATIONS).applied("a", whole_kustomization()),
            |story, content| raw(story, of_a, content, "{}"),
        ),
        configured("json_patches", &json!({"k": "1"}))
            .tried("m", Form::Json, &json!([{"op": "replace", "path": "/data/k", "value": "2"}]))
            .tried("m", Form::Json, &json!([{"op": "test", "path": "/data/k", "value": "2"}])),
        configured("objects_that_there_are_not", &json!({"k": "1"}))
            .raw(Some("two"), "", of_a, MERGE, merge)
            .raw(Some("two"), "", of_a, STRATEGIC, merge)
            .raw(Some("two"), "", of_a, APPLY, &one)
            .raw(Some("Not-Valid"), "", of_a, MERGE, merge),
        configured("who_may_not", &json!({"k": "1"}))
            .raw(None, "", of_a, MERGE, merge)
            .by(User::Viewer)
            .raw(None, "", of_a, APPLY, &one)
            .by(User::Nobody)
            .raw(Some("two"), "", of_a, APPLY, &one)
            .by(User::Viewer),
    ]
}

impl Story {
    /// So many managers that each update a field of its own.
    fn with_updaters(self, count: usize) -> Self {
        (1..=count).fold(self, |story, number| {
            story.written(&format!("u{number:02}"), Form::Merge, json!({"data": {format!("k{number}"): "1"}}))
        })
    }
}
