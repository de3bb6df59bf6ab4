//! Values, as Helm prints them and as Flux made them: what our binary says of the same revisions.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Case;
use crate::client;
use crate::cluster::{Cluster, Helm, User, is_ready};

pub const CASES: &[Case] = &[
    Case::shared("helm_3", |cluster| native(cluster, "values-helm3", Helm::V3)),
    Case::shared("helm_4", |cluster| native(cluster, "values-helm4", Helm::V4)),
    Case::shared("flux", flux),
];

const LIMIT: Duration = Duration::from_secs(120);

fn namespace(cluster: &Cluster, name: &str) {
    cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"));
}

/// Holds what we print to what Helm prints, whole, but for what we hide; of that it gives the paths.
fn compare(cluster: &Cluster, namespace: &str, version: Helm, flags: &[&str]) -> Vec<String> {
    let helm = cluster.helm(version, &[&["get", "values", "web", "-n", namespace, "-o", "json"], flags].concat(), &[]);
    let expected: Value = serde_json::from_str(&helm.expect_success()).unwrap();
    let release = format!("{namespace}/web");
    let actual = client::json(cluster, User::Admin, &[&["values", &release, "-o", "json"], flags].concat());
    let mut hidden = Vec::new();
    let shown = uncovered(&actual, &expected, "", &mut hidden);
    assert_eq!(shown, expected, "{flags:?}");
    hidden
}

/// Ours with what it hides taken from theirs.
fn uncovered(ours: &Value, theirs: &Value, path: &str, hidden: &mut Vec<String>) -> Value {
    match ours {
        Value::String(text) if text == "***" => {
            hidden.push(path.to_owned());
            theirs.clone()
        }
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                (key.clone(), uncovered(value, &theirs[key], &format!("{path}.{key}"), hidden))
            };
            map.iter().map(entry).collect()
        }
        Value::Array(entries) => {
            let entry = |(index, value)| uncovered(value, &theirs[index], &format!("{path}[{index}]"), hidden);
            entries.iter().enumerate().map(entry).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => ours.clone(),
    }
}

fn native(cluster: &'static Cluster, name: &str, version: Helm) {
    namespace(cluster, name);
    let values = json!({
        "replicas": 3,
        "config": {"FEATURE_CHECKOUT": null, "NOT_THERE": null, "LOG_LEVEL": "01"},
        "resources": {"limits": null},
        "migrate": {"enabled": false},
        "extra": {"list": [1, {"b": null}, []], "map": {}, "float": 1.5, "dotted.key": "x"},
        "apiKey": "other",
    });
    let file = cluster.folder().join(format!("{name}.json"));
    std::fs::write(&file, values.to_string()).unwrap();
    let package = cluster.charts().package("storefront", "1.6.0");
    let paths = (package.to_str().unwrap(), file.to_str().unwrap());
    let install = ["install", "web", paths.0, "--values", paths.1, "--namespace", name];
    cluster.helm(version, &install, &[]).expect_success();
    assert_eq!(compare(cluster, name, version, &[]), [".apiKey"]);
    assert_eq!(compare(cluster, name, version, &["--all"]), [".apiKey"]);
    let rows = provenance(cluster, name);
    let told = |path: &str| rows.iter().find(|row| row["path"] == path).unwrap_or_else(|| panic!("{path}: {rows:#?}"));
    let given = "helm --set/-f, revision 1";
    let chart = json!({"layer": "default", "source": "chart storefront 1.6.0"});
    let over = |value: Value| json!([{"layer": "default", "source": "chart storefront 1.6.0", "value": value}]);
    let row = |path: &str, value: Value, overrode: Value, is_deleted: bool, is_masked: bool| {
        json!({
            "path": path, "value": value, "layer": "inline", "source": given, "overrode": overrode, "deleted": is_deleted,
            "masked": is_masked,
        })
    };
    assert_eq!(*told("replicas"), row("replicas", 3.into(), over(2.into()), false, false));
    assert_eq!(*told("apiKey"), row("apiKey", "***".into(), over("***".into()), false, true));
    assert_eq!(
        *told("resources.limits"),
        row("resources.limits", Value::Null, over(json!({"memory": "128Mi"})), true, false)
    );
    assert_eq!(*told("config.NOT_THERE"), row("config.NOT_THERE", Value::Null, json!([]), false, false));
    assert_eq!(*told("extra.dotted\\.key"), row("extra.dotted\\.key", "x".into(), json!([]), false, false));
    assert_eq!(
        (&told("autoscaling.cpu")["layer"], &told("autoscaling.cpu")["source"]),
        (&chart["layer"], &chart["source"])
    );
}

fn provenance(cluster: &Cluster, namespace: &str) -> Vec<Value> {
    let release = format!("{namespace}/web");
    let words = ["values", &release, "--provenance", "-o", "json"];
    client::json(cluster, User::Admin, &words).as_array().unwrap().clone()
}

/// What is said beside the values.
fn notes(cluster: &Cluster, namespace: &str) -> Vec<String> {
    let output = client::run(cluster, User::Admin, &["values", &format!("{namespace}/web"), "--provenance"]);
    String::from_utf8(output.stderr).unwrap().lines().map(str::to_owned).collect()
}

fn sources(name: &str, replicas: u64) -> String {
    let text = format!("replicas: {replicas}\nconfig:\n  LOG_LEVEL: warn\nextra:\n  list: [a, b]\n");
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-values", "namespace": name},
        "data": {"values.yaml": text},
    });
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-secret", "namespace": name},
        "stringData": {"key": "s3cr3t", "item": "second"},
    });
    format!("{map}\n---\n{secret}\n")
}

fn flux(cluster: &'static Cluster) {
    const NAME: &str = "values-flux";
    namespace(cluster, NAME);
    cluster.apply(&sources(NAME, 4));
    let object = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "web", "namespace": NAME},
        "spec": {
            "interval": "1h",
            "chart": {"spec": {
                "chart": "storefront", "version": "1.6.0",
                "sourceRef": {"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"},
            }},
            "install": {"disableWait": true},
            "valuesFrom": [
                {"kind": "ConfigMap", "name": "web-values"},
                {"kind": "ConfigMap", "name": "web-canary", "optional": true},
                {"kind": "Secret", "name": "web-secret", "valuesKey": "key", "targetPath": "apiKey"},
                {"kind": "Secret", "name": "web-secret", "valuesKey": "item", "targetPath": "extra.list[1]"},
            ],
            "values": {"config": {"LOG_LEVEL": "debug"}, "migrate": {"enabled": false}, "ingress": {"host": null}},
        },
    });
    cluster.apply(&object.to_string());
    let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{NAME}/helmreleases/web");
    cluster.wait("the HelmRelease to be ready", LIMIT, || is_ready(&cluster.get(&path)));

    assert_eq!(compare(cluster, NAME, Helm::V4, &[]), [".apiKey", ".extra.list[1]"]);
    assert_eq!(compare(cluster, NAME, Helm::V4, &["--all"]), [".apiKey", ".extra.list[1]"]);

    let map = "ConfigMap values-flux/web-values, key values.yaml";
    let release = "HelmRelease values-flux/web spec.values";
    let set = |rows: &[Value]| -> Vec<String> {
        let rows = rows.iter().filter(|row| row["layer"] != "default");
        let line = |row: &Value| {
            let overrode = row["overrode"].as_array().unwrap().iter();
            let overrode: Vec<String> =
                overrode.map(|past| format!("{} {}", past["value"], past["layer"].as_str().unwrap())).collect();
            format!(
                "{} = {} | {} | {} | {} | {}",
                row["path"].as_str().unwrap(),
                row["value"],
                row["layer"].as_str().unwrap(),
                row["source"].as_str().unwrap(),
                overrode.join(", "),
                row["deleted"]
            )
        };
        rows.map(line).collect()
    };
    let replicas =
        |value: u64, layer: &str, source: &str| format!("replicas = {value} | {layer} | {source} | 2 default | false");
    let mut expected = vec![
        r#"apiKey = "***" | valuesFrom | Secret values-flux/web-secret, key key, at apiKey | "***" default | false"#.to_owned(),
        format!(r#"config.LOG_LEVEL = "debug" | inline | {release} | "warn" valuesFrom, "info" default | false"#),
        format!(r#"extra.list[0] = "a" | valuesFrom | {map} |  | false"#),
        r#"extra.list[1] = "***" | valuesFrom | Secret values-flux/web-secret, key item, at extra.list[1] | "***" valuesFrom | false"#
            .to_owned(),
        format!(r#"ingress.host = null | inline | {release} | "shop.example.com" default | true"#),
        format!("migrate.enabled = false | inline | {release} | true default | false"),
        replicas(4, "valuesFrom", map),
    ];
    assert_eq!(set(&provenance(cluster, NAME)), expected);
    let absent = format!("ConfigMap {NAME}/web-canary, key values.yaml: absent, optional");
    let beside = notes(cluster, NAME);
    assert!(beside.iter().any(|line| line.contains(&absent)), "{beside:?}");
    assert!(!beside.iter().any(|line| line.contains("changed since")), "{beside:?}");

    // What is stored stays the truth, until Flux looks again.
    cluster.apply(&sources(NAME, 5));
    let last = expected.last_mut().unwrap();
    *last = replicas(4, "unknown", "not known: changed since revision 1");
    assert_eq!(set(&provenance(cluster, NAME)), expected);
    let beside = notes(cluster, NAME);
    let changed = "the values given changed since revision 1: they are applied at the next reconcile";
    assert!(beside.iter().any(|line| line.contains(changed)), "{beside:?}");
}
