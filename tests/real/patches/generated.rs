//! Applies that nobody thought of: objects written by several managers, and then an apply of one of them, or of another.
//!
//! The same each time: the numbers come from a fixed beginning.

use serde_json::{Value, json};

use super::{Form, Story};

/// How many objects there are, and how often each is asked about.
const OBJECTS: usize = 120;
const TRIES: usize = 4;

const MANAGERS: [&str; 4] = ["a", "b", "c", "d"];

/// A kind, and what managers write of it.
struct Template {
    kind: (&'static str, &'static str),
    /// What there must be. The manager `a` always writes it.
    needed: Value,
    /// What each may write as well, or not; each in a few variants.
    fields: Vec<Vec<Value>>,
}

pub(super) fn cases() -> Vec<Story> {
    let templates = templates();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    (0..OBJECTS).map(|number| generated(number, &templates[number % templates.len()], &mut numbers)).collect()
}

fn generated(number: usize, template: &Template, numbers: &mut Numbers) -> Story {
    let mut story = Story::new(format!("generated_{number}"), template.kind);
    story.is_strict = false;
    story = story.applied("a", template.written("a", numbers));
    for _ in 0..numbers.below(4) {
        let manager = MANAGERS[numbers.below(3)];
        story = if numbers.below(3) == 0 {
            let mut body = template.written("", numbers);
            // What there must be is not taken away, so nothing has to be there.
            body.as_object_mut().unwrap().retain(|field, _| !["apiVersion", "kind"].contains(&field.as_str()));
            story.written(&format!("editor-{manager}"), Form::Merge, without_lists(body))
        } else {
            story.applied(manager, template.written(manager, numbers))
        };
    }
    for _ in 0..TRIES {
        let manager = MANAGERS[numbers.below(MANAGERS.len())];
        let body = template.written(manager, numbers);
        story = if numbers.below(3) == 0 { story.force(manager, &body) } else { story.apply(manager, &body) };
    }
    story
}

impl Template {
    fn written(&self, manager: &str, numbers: &mut Numbers) -> Value {
        let mut written = if manager == "a" {
            self.needed.clone()
        } else {
            json!({"apiVersion": self.needed["apiVersion"], "kind": self.needed["kind"], "metadata": {"name": "one"}})
        };
        for variants in &self.fields {
            if numbers.below(5) < 2 {
                join(&mut written, &variants[numbers.below(variants.len())]);
            }
        }
        written
    }
}

/// A merge patch replaces whole lists, and with them what must be in them.
fn without_lists(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, value| !value.is_array());
        for inner in fields.values_mut() {
            *inner = without_lists(inner.take());
        }
        // What an empty template would say is nothing.
        fields.retain(|_, value| value.as_object().is_none_or(|fields| !fields.is_empty()));
    }
    value
}

/// Lays one configuration over another; items of lists are the same by name or port.
fn join(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                join(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) if from.iter().all(|item| key(item).is_some()) => {
            for item in from {
                match into.iter_mut().find(|other| key(other) == key(item)) {
                    Some(other) => join(other, item),
                    None => into.push(item.clone()),
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn key(item: &Value) -> Option<&Value> {
    item.get("port").or_else(|| item.get("name"))
}

/// Xorshift, after Marsaglia.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 33) % end as u64).unwrap()
    }
}

/// One field at a pointer, with each of these values.
fn field(at: &str, values: &[Value]) -> Vec<Value> {
    let wrap = |value: &Value| at.rsplit('.').fold(value.clone(), |value, name| json!({name.replace('~', "."): value}));
    values.iter().map(wrap).collect()
}

/// The same of the container `web` at a path of a Pod.
fn of_web(pod: &str, at: &str, values: &[Value]) -> Vec<Value> {
    let in_item = |mut value: Value| {
        value["name"] = json!("web");
        json!([value])
    };
    let items: Vec<Value> = field(at, values).into_iter().map(in_item).collect();
    field(&format!("{pod}.containers"), &items)
}

fn described() -> Vec<Vec<Value>> {
    vec![
        field("metadata.labels.x", &[json!("1"), json!("2")]),
        field("metadata.labels.example~com/y", &[json!("1"), json!("2"), json!("")]),
        field("metadata.annotations.note", &[json!("1"), json!("2")]),
        field("metadata.annotations.example~com/long", &[json!("a b\nc"), json!("{}")]),
        field("metadata.finalizers", &[json!(["example.com/a"]), json!(["example.com/b", "example.com/a"])]),
    ]
}

fn pods(pod: &str) -> Vec<Vec<Value>> {
    vec![
        of_web(pod, "image", &[json!("web:1"), json!("web:2"), json!("web:3")]),
        of_web(pod, "args", &[json!(["-v"]), json!(["-v", "-q"]), json!([])]),
        of_web(
            pod,
            "env",
            &[json!([{"name": "A", "value": "1"}]), json!([{"name": "B", "value": "2"}, {"name": "A", "value": "2"}])],
        ),
        of_web(pod, "env", &[json!([{"name": "B", "value": "1"}]), json!([{"name": "C", "value": "1"}])]),
        of_web(pod, "resources.limits.memory", &[json!("64Mi"), json!("128Mi")]),
        of_web(pod, "resources.requests.cpu", &[json!("100m"), json!("0.1")]),
        of_web(pod, "imagePullPolicy", &[json!("Always"), json!("IfNotPresent")]),
        field(&format!("{pod}.terminationGracePeriodSeconds"), &[json!(30), json!(60)]),
        field(&format!("{pod}.nodeSelector"), &[json!({"disk": "fast"}), json!({"disk": "slow", "zone": "a"})]),
        field(&format!("{pod}.tolerations"), &[json!([{"key": "a", "operator": "Exists"}]), json!([])]),
        field(
            &format!("{pod}.imagePullSecrets"),
            &[json!([{"name": "one"}]), json!([{"name": "two"}, {"name": "one"}])],
        ),
        field(&format!("{pod}.priorityClassName"), &[json!("system-node-critical")]),
    ]
}

fn workload(api_version: &str, kind: &str, more: Value) -> Value {
    let mut needed = json!({
        "apiVersion": api_version, "kind": kind, "metadata": {"name": "one"},
        "spec": {
            "selector": {"matchLabels": {"app": "one"}},
            "template": {
                "metadata": {"labels": {"app": "one"}},
                "spec": {"containers": [{"name": "web", "image": "web:1", "imagePullPolicy": "Always"}], "terminationGracePeriodSeconds": 30},
            },
        },
    });
    join(&mut needed["spec"], &more);
    needed
}

fn templates() -> Vec<Template> {
    let with = |mut fields: Vec<Vec<Value>>, more: Vec<Vec<Value>>| {
        fields.extend(described());
        fields.extend(more);
        fields
    };
    let pod = "spec.template.spec";
    vec![
        Template {
            kind: ("api/v1", "configmaps"),
            needed: json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}),
            fields: with(
                ["data.A", "data.B", "data.C~c", "data.D"]
                    .map(|at| field(at, &[json!("1"), json!("2"), json!("")]))
                    .to_vec(),
                vec![field("binaryData.E", &[json!("MQ=="), json!("Mg==")])],
            ),
        },
        Template {
            kind: ("apis/apps/v1", "deployments"),
            needed: workload("apps/v1", "Deployment", json!({"replicas": 1})),
            fields: with(
                pods(pod),
                vec![
                    field("spec.replicas", &[json!(1), json!(2), json!(3)]),
                    field("spec.minReadySeconds", &[json!(5), json!(10)]),
                    field("spec.paused", &[json!(true)]),
                    field("spec.template.metadata.annotations.restarted", &[json!("1"), json!("2")]),
                    field("spec.strategy.rollingUpdate.maxSurge", &[json!(1), json!("50%")]),
                ],
            ),
        },
        Template {
            kind: ("api/v1", "services"),
            needed: json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": "one"},
                "spec": {"clusterIP": "None", "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}]},
            }),
            fields: with(
                vec![
                    field("spec.selector", &[json!({"app": "one"}), json!({"app": "one", "tier": "front"})]),
                    field(
                        "spec.ports",
                        &[
                            json!([{"port": 80, "targetPort": 8081}]),
                            json!([{"port": 80, "protocol": "TCP", "targetPort": "http"}]),
                        ],
                    ),
                    field("spec.ports", &[json!([{"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53}])]),
                    field("spec.ports", &[json!([{"name": "more", "port": 81, "targetPort": 81}])]),
                    field("spec.sessionAffinity", &[json!("None")]),
                    field("spec.publishNotReadyAddresses", &[json!(true)]),
                ],
                vec![],
            ),
        },
        Template {
            kind: ("apis/kustomize.toolkit.fluxcd.io/v1", "kustomizations"),
            needed: json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "one"},
                "spec": {"interval": "1h", "prune": true, "sourceRef": {"kind": "GitRepository", "name": "all"}},
            }),
            fields: with(
                vec![
                    field("spec.path", &[json!("./a"), json!("./b")]),
                    field("spec.wait", &[json!(true), json!(false)]),
                    field("spec.force", &[json!(true)]),
                    field("spec.dependsOn", &[json!([{"name": "x"}]), json!([{"name": "y"}, {"name": "x"}])]),
                    field(
                        "spec.images",
                        &[json!([{"name": "i", "newTag": "1"}]), json!([{"name": "j", "newTag": "2"}])],
                    ),
                    field("spec.postBuild.substitute.A", &[json!("1"), json!("2")]),
                    field("spec.sourceRef.namespace", &[json!("flux-system")]),
                    field("spec.timeout", &[json!("1m0s"), json!("2m0s")]),
                ],
                vec![],
            ),
        },
        Template {
            kind: ("api/v1", "secrets"),
            needed: json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}, "type": "Opaque"}),
            fields: with(
                ["data.A", "data.B", "data.C"].map(|at| field(at, &[json!("MQ=="), json!("Mg==")])).to_vec(),
                vec![],
            ),
        },
        Template {
            kind: ("apis/apps/v1", "statefulsets"),
            needed: workload("apps/v1", "StatefulSet", json!({"serviceName": "one", "replicas": 1})),
            fields: with(
                pods(pod),
                vec![
                    field("spec.replicas", &[json!(1), json!(2)]),
                    field("spec.podManagementPolicy", &[json!("OrderedReady")]),
                ],
            ),
        },
        Template {
            kind: ("apis/autoscaling/v2", "horizontalpodautoscalers"),
            needed: json!({
                "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "one"},
                "spec": {
                    "maxReplicas": 5, "minReplicas": 1, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"},
                    "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}],
                },
            }),
            fields: with(
                vec![
                    field("spec.maxReplicas", &[json!(5), json!(6), json!(7)]),
                    field("spec.minReplicas", &[json!(1), json!(2)]),
                    field("spec.behavior.scaleDown.stabilizationWindowSeconds", &[json!(60), json!(90)]),
                ],
                vec![],
            ),
        },
        Template {
            kind: ("apis/apps/v1", "daemonsets"),
            needed: workload("apps/v1", "DaemonSet", json!({})),
            fields: with(pods(pod), vec![field("spec.minReadySeconds", &[json!(5), json!(10)])]),
        },
        Template {
            kind: ("apis/networking.k8s.io/v1", "ingresses"),
            needed: json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "one"},
                "spec": {"defaultBackend": {"service": {"name": "one", "port": {"number": 80}}}},
            }),
            fields: with(
                vec![
                    field("spec.ingressClassName", &[json!("nginx"), json!("other")]),
                    field("spec.tls", &[json!([{"hosts": ["a.example.com"], "secretName": "a"}]), json!([])]),
                    field("spec.defaultBackend.service.name", &[json!("one"), json!("two")]),
                ],
                vec![],
            ),
        },
        Template {
            kind: ("apis/batch/v1", "cronjobs"),
            needed: json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "one"},
                "spec": {
                    "schedule": "1 * * * *",
                    "jobTemplate": {"spec": {"template": {"spec": {
                        "restartPolicy": "Never", "terminationGracePeriodSeconds": 30,
                        "containers": [{"name": "web", "image": "web:1", "imagePullPolicy": "Always"}],
                    }}}},
                },
            }),
            fields: with(
                pods("spec.jobTemplate.spec.template.spec"),
                vec![
                    field("spec.schedule", &[json!("1 * * * *"), json!("2 * * * *")]),
                    field("spec.suspend", &[json!(true), json!(false)]),
                ],
            ),
        },
        Template {
            kind: ("apis/policy/v1", "poddisruptionbudgets"),
            needed: json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "one"},
                "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "one"}}},
            }),
            fields: with(vec![field("spec.minAvailable", &[json!(1), json!("50%"), json!(2)])], vec![]),
        },
        Template {
            kind: ("api/v1", "serviceaccounts"),
            needed: json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "one"}}),
            fields: with(
                vec![
                    field("automountServiceAccountToken", &[json!(true), json!(false)]),
                    field("imagePullSecrets", &[json!([{"name": "one"}]), json!([{"name": "two"}])]),
                ],
                vec![],
            ),
        },
    ]
}
