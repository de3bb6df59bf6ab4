//! Owners in odd records: entries of another version, of the oldest of many updaters, of custom kinds with and without types, and no
//! record at all. `blame` names the owners that the server has written down, and `owners` says what Helm's next upgrade does.
//!
//! Nothing of the comparison is our own code's: sets are walked here, values are read from the API server, conflicts are those
//! that Helm quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Case;
use crate::cluster::{Cluster, Helm, Ran, User};
use crate::fates::paths::{at, conflicts};

pub const CASES: &[Case] = &[
    Case::shared("an_older_version_by_helm_4", |cluster| older_version(cluster, "owned-older-helm-4", Helm::V4)),
    Case::shared("an_older_version_by_helm_3", |cluster| older_version(cluster, "owned-older-helm-3", Helm::V3)),
    Case::shared("custom_kinds_by_helm_4", |cluster| custom_kinds(cluster, "owned-custom-helm-4", Helm::V4)),
    Case::shared("custom_kinds_by_helm_3", |cluster| custom_kinds(cluster, "owned-custom-helm-3", Helm::V3)),
    Case::shared("many_updaters_by_helm_4", |cluster| many_updaters(cluster, "owned-many-helm-4", Helm::V4)),
    Case::shared("many_updaters_by_helm_3", |cluster| many_updaters(cluster, "owned-many-helm-3", Helm::V3)),
    Case::shared("a_cleared_record_by_helm_4", |cluster| cleared(cluster, "owned-cleared-helm-4", Helm::V4)),
    Case::shared("a_cleared_record_by_helm_3", |cluster| cleared(cluster, "owned-cleared-helm-3", Helm::V3)),
];

/// The controllers look again a while after the API server forgot their watches, or was away.
const LIMIT: Duration = Duration::from_secs(180);
const NAME: &str = "shop";
const CONFIG_MAPS: &str = "/api/v1/namespaces/NAMESPACE/configmaps";
const AUTOSCALERS: &str = "/apis/autoscaling/v2/namespaces/NAMESPACE/horizontalpodautoscalers";
const OLD_AUTOSCALERS: &str = "/apis/autoscaling/v1/namespaces/NAMESPACE/horizontalpodautoscalers";
const GATES: &str = "/apis/owned.example.com/v1/namespaces/NAMESPACE/gates";
const OLD_GATES: &str = "/apis/owned.example.com/v1beta1/namespaces/NAMESPACE/gates";
const BLOBS: &str = "/apis/owned.example.com/v1/namespaces/NAMESPACE/blobs";

/// A release of one object, all of whose fields are in a manifest that does not change.
struct Release {
    cluster: &'static Cluster,
    namespace: String,
    helm: Helm,
    collection: &'static str,
    chart: PathBuf,
}

/// What is said of a field: what it is, what becomes of it by an apply and by a patch, and who holds it.
type Finds = &'static [(&'static str, &'static str, &'static str, &'static str, &'static [&'static str])];

impl Release {
    fn install(
        cluster: &'static Cluster,
        namespace: &str,
        helm: Helm,
        collection: &'static str,
        object: &Value,
    ) -> Self {
        let chart = cluster.folder().join(namespace);
        std::fs::create_dir_all(chart.join("templates")).unwrap();
        std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: owned\nversion: 1.0.0\n").unwrap();
        std::fs::write(chart.join("templates/all.yaml"), object.to_string()).unwrap();
        cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
        let release = Self { cluster, namespace: namespace.to_owned(), helm, collection, chart };
        release.run("install", &[]).expect_success();
        release
    }

    fn run(&self, verb: &str, flags: &[&str]) -> Ran {
        let words = [verb, NAME, self.chart.to_str().unwrap(), "--namespace", &self.namespace];
        self.cluster.helm(self.helm, &[&words, flags].concat(), &[])
    }

    fn object(&self) -> Value {
        self.cluster.get(&format!("{}/{NAME}", self.collection.replace("NAMESPACE", &self.namespace)))
    }

    /// Somebody's merge patch, of the object or a part, in this version.
    fn patch(&self, collection: &str, part: &str, manager: &str, body: &Value) {
        let collection = collection.replace("NAMESPACE", &self.namespace);
        let path = format!("{collection}/{NAME}{part}?fieldManager={manager}");
        let answer = self.cluster.request(User::Admin, "PATCH", &path, Some(&body.to_string()));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    fn ask(&self, words: &[&str]) -> Value {
        let release = format!("{}/{NAME}", self.namespace);
        crate::client::json(self.cluster, User::Admin, &[words, &[&release, "-o", "json"]].concat())
    }

    /// Holds what is said of owners to the server's record, and what is said of fates to what Helm then does.
    fn hold(&self, finds: Finds) {
        let object = self.object();
        self.hold_blame(&object);

        let said = self.ask(&["owners"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let names = |value: &Value| value.as_array().unwrap().iter().map(text).collect::<BTreeSet<String>>();
        let findings = said["findings"].as_array().unwrap();
        let found: BTreeMap<String, (String, String, BTreeSet<String>)> = findings
            .iter()
            .map(|one| (text(&one["path"]), (text(&one["found"]), text(&one["fate"]), names(&one["managers"]))))
            .collect();
        let is_applied = self.helm == Helm::V4;
        let right = finds.iter().map(|(path, found, applied, patched, managers)| {
            let fate = if is_applied { applied } else { patched };
            let managers = managers.iter().map(|name| (*name).to_owned()).collect();
            ((*path).to_owned(), ((*found).to_owned(), (*fate).to_owned(), managers))
        });
        assert_eq!(found, right.collect(), "{}", self.namespace);
        assert_eq!(found.len(), findings.len());

        let blocking: BTreeSet<(String, String)> = findings
            .iter()
            .filter(|one| one["fate"] == "blocks")
            .flat_map(|one| names(&one["detail"]).into_iter().map(|detail| contested(&text(&one["path"]), &detail)))
            .collect();
        let ran = self.run("upgrade", &[]);
        if blocking.is_empty() {
            ran.expect_success();
        } else {
            let told = ran.expect_failure();
            assert_eq!(conflicts(&told), blocking, "{told}");
            // Refused as a whole.
            let fields = |object: &Value| ["data", "spec"].map(|field| object[field].clone());
            assert_eq!(fields(&self.object()), fields(&object), "{}", self.namespace);
            self.run("upgrade", &["--force-conflicts"]).expect_success();
        }
        let after = self.object();
        for one in findings {
            let path = text(&one["path"]);
            let right = match one["fate"].as_str().unwrap() {
                "overwritten" | "blocks" => Some(&one["manifest"]),
                "survives" | "stays" | "armed" | "taken-over" => at(&object, &path),
                other => panic!("{path}: a fate of {other} cannot be compared"),
            };
            assert_eq!(at(&after, &path), right, "{path}, {}", self.namespace);
        }
        println!("{}: {} fields, {} of them block", self.namespace, findings.len(), blocking.len());
    }

    /// Every leaf of every entry, with its owners, is in `blame`, and nothing else.
    fn hold_blame(&self, object: &Value) {
        let mut right: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in object["metadata"]["managedFields"].as_array().into_iter().flatten() {
            let mut all = Vec::new();
            leaves(&entry["fieldsV1"], String::new(), &mut all);
            for path in all {
                right.entry(path).or_default().insert(owner(entry));
            }
        }
        let said = self.ask(&["blame"]);
        assert_eq!(said["name"], NAME);
        let mut found = BTreeMap::new();
        for field in said["fields"].as_array().unwrap() {
            let path = field["path"].as_str().unwrap().to_owned();
            assert_eq!(field["present"], json!(at(object, &path).is_some()), "{path}, {}", self.namespace);
            found.insert(path, field["owners"].as_array().unwrap().iter().map(owner).collect());
        }
        assert_eq!(found, right, "{}", self.namespace);
        assert_eq!(said["errors"], json!([]));
    }
}

fn owner(entry: &Value) -> String {
    let text = |field: &str| entry[field].as_str().unwrap_or_default();
    ["manager", "operation", "subresource", "apiVersion", "time"].map(text).join("|")
}

/// Field and manager of a conflict: `conflict with "a" using v1`, and after a colon the field where it has another name.
fn contested(path: &str, detail: &str) -> (String, String) {
    let (_, rest) = detail.split_once('"').unwrap();
    let (manager, rest) = rest.split_once('"').unwrap();
    let scale = if rest.contains("subresource \"scale\"") { " (scale)" } else { "" };
    let field = rest.split_once(": ").map_or(path, |(_, field)| field);
    (field.to_owned(), format!("{manager}{scale}"))
}

/// The members of a set that have nothing below them.
fn leaves(fields: &Value, path: String, all: &mut Vec<String>) {
    let below: Vec<(&String, &Value)> = fields.as_object().unwrap().iter().filter(|(step, _)| *step != ".").collect();
    if below.is_empty() {
        all.push(path);
        return;
    }
    for (step, inner) in below {
        let next = match step.split_once(':').unwrap() {
            ("f", name) => format!("{path}.{name}"),
            ("k", key) => {
                let key: Value = serde_json::from_str(key).unwrap();
                let parts = key.as_object().unwrap().iter().map(|(name, value)| format!("{name}={value}"));
                format!("{path}[{}]", parts.collect::<Vec<_>>().join(","))
            }
            ("v", value) => format!("{path}[={value}]"),
            _ => panic!("a step {step}"),
        };
        leaves(inner, next, all);
    }
}

/// A target of the first version is a metric of the second: its record has no place in the object as it is read.
fn older_version(cluster: &'static Cluster, namespace: &str, helm: Helm) {
    let target = json!({"type": "Utilization", "averageUtilization": 50});
    let object = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": NAME},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
            "minReplicas": 1, "maxReplicas": 4,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    });
    let release = Release::install(cluster, namespace, helm, AUTOSCALERS, &object);
    cluster.wait("the autoscaler to be looked at", LIMIT, || release.object()["status"]["conditions"].is_array());
    let changed = json!({"spec": {"targetCPUUtilizationPercentage": 70, "maxReplicas": 9}});
    release.patch(OLD_AUTOSCALERS, "", "old-scaler", &changed);
    release.hold(&[
        (".spec.maxReplicas", "hotfix", "blocks", "overwritten", &["old-scaler"]),
        (".spec.metrics", "hotfix", "blocks", "overwritten", &[]),
    ]);
}

/// Lists by two keys of which one has a default, sets, lists that are one value, and a scale; and a kind of which nothing is known.
fn custom_kinds(cluster: &'static Cluster, namespace: &str, helm: Helm) {
    define(cluster);
    let gate = json!({
        "apiVersion": "owned.example.com/v1", "kind": "Gate", "metadata": {"name": NAME},
        "spec": {
            "replicas": 1, "tags": ["p", "q"], "steps": ["one", "two"],
            "routes": [{"host": "a", "to": "x", "weight": 1}, {"host": "a", "port": 80, "to": "y"}],
        },
    });
    let release = Release::install(cluster, namespace, helm, GATES, &gate);
    let routes = json!([
        {"host": "a", "port": 443, "to": "z", "weight": 1},
        {"host": "a", "port": 80, "to": "y"},
        {"host": "b", "port": 443, "to": "n"},
    ]);
    let changed = json!({"spec": {"mode": "shut", "tags": ["p", "q", "r"], "routes": routes}});
    release.patch(OLD_GATES, "", "old-hand", &changed);
    release.patch(GATES, "/scale", "scaler", &json!({"spec": {"replicas": 3}}));
    release.patch(GATES, "", "stepper", &json!({"spec": {"steps": ["one", "three"]}}));
    release.hold(&[
        (".spec.mode", "hotfix", "survives", "survives", &["old-hand"]),
        (".spec.replicas", "hotfix", "blocks", "survives", &["scaler (scale)"]),
        (".spec.routes[host=\"a\",port=443].to", "hotfix", "blocks", "survives", &["old-hand"]),
        (".spec.routes[host=\"b\",port=443]", "hotfix", "survives", "survives", &["old-hand"]),
        (".spec.steps", "hotfix", "blocks", "survives", &["stepper"]),
        (".spec.tags[=\"r\"]", "hotfix", "survives", "survives", &["old-hand"]),
    ]);

    let blob = json!({
        "apiVersion": "owned.example.com/v1", "kind": "Blob", "metadata": {"name": NAME},
        "spec": {"title": "t", "panels": [{"id": 1}, {"id": 2}], "deep": {"a": 1, "b": {"c": 2}}},
    });
    let release = Release::install(cluster, &format!("{namespace}-untyped"), helm, BLOBS, &blob);
    let changed = json!({"spec": {"panels": [{"id": 3}], "deep": {"b": {"c": 3, "d": 4}}}});
    release.patch(BLOBS, "", "editor", &changed);
    release.hold(&[
        (".spec.deep.b.c", "hotfix", "blocks", "survives", &["editor"]),
        (".spec.deep.b.d", "hotfix", "survives", "survives", &["editor"]),
        (".spec.panels", "hotfix", "blocks", "survives", &["editor"]),
    ]);
}

/// Has the kinds of `owned.yaml` served.
pub fn define(cluster: &'static Cluster) {
    cluster.apply(include_str!("owned.yaml"));
    for kind in ["gates", "blobs"] {
        let path = format!("/apis/owned.example.com/v1/{kind}?limit=1");
        cluster.wait(&format!("{kind} to be served"), LIMIT, || {
            cluster.request(User::Admin, "GET", &path, None).status == 200
        });
    }
}

/// The server keeps ten updaters apart; those before are one.
fn many_updaters(cluster: &'static Cluster, namespace: &str, helm: Helm) {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}, "data": {"A": "1", "K1": "1", "K2": "1"},
    });
    let release = Release::install(cluster, namespace, helm, CONFIG_MAPS, &object);
    for number in 1..=13 {
        release.patch(CONFIG_MAPS, "", &format!("hand-{number}"), &json!({"data": {format!("K{number}"): "2"}}));
        // Who is the oldest is told by whole seconds, and then by name.
        let second = Duration::from_millis(1050);
        let began = std::time::Instant::now();
        cluster.wait("the next second", LIMIT, || began.elapsed() > second);
    }
    let oldest = release.object()["metadata"]["managedFields"].as_array().unwrap().clone();
    assert_eq!(oldest.iter().filter(|entry| entry["manager"] == "ancient-changes").count(), 1);
    release.hold(&[
        (".data.K1", "hotfix", "blocks", "overwritten", &["ancient-changes"]),
        (".data.K2", "hotfix", "blocks", "overwritten", &["ancient-changes"]),
        (".data.K3", "leftover", "stays", "stays", &["ancient-changes"]),
        (".data.K4", "leftover", "stays", "stays", &["ancient-changes"]),
        (".data.K5", "hotfix", "survives", "survives", &["hand-5"]),
        (".data.K6", "hotfix", "survives", "survives", &["hand-6"]),
        (".data.K7", "hotfix", "survives", "survives", &["hand-7"]),
        (".data.K8", "hotfix", "survives", "survives", &["hand-8"]),
        (".data.K9", "hotfix", "survives", "survives", &["hand-9"]),
        (".data.K10", "hotfix", "survives", "survives", &["hand-10"]),
        (".data.K11", "hotfix", "survives", "survives", &["hand-11"]),
        (".data.K12", "hotfix", "survives", "survives", &["hand-12"]),
        (".data.K13", "hotfix", "survives", "survives", &["hand-13"]),
    ]);
}

/// `managedFields: [{}]`: nobody is known to own anything. An apply meets who was there before the first one.
fn cleared(cluster: &'static Cluster, namespace: &str, helm: Helm) {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}, "data": {"A": "1", "B": "1"},
    });
    let release = Release::install(cluster, namespace, helm, CONFIG_MAPS, &object);
    release.patch(CONFIG_MAPS, "", "editor", &json!({"data": {"A": "2", "C": "1"}}));
    release.patch(CONFIG_MAPS, "", "editor", &json!({"metadata": {"managedFields": [{}]}}));
    assert_eq!(release.object()["metadata"].get("managedFields"), None);
    release.hold(&[(".data.A", "hotfix", "blocks", "overwritten", &[])]);
}
