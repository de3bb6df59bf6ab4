//! Drift, line by line as helm-controller tells it in its condition: what it quotes is compared with what our binary says of
//! the same objects at the same time.

use serde_json::{Value, json};

use crate::Case;
use crate::client;
use crate::cluster::{Cluster, User};
use crate::fates::edits::{EDITS, SHAPES};
use crate::fates::site::{By, NAME, Site};

pub const CASES: &[Case] = &[
    Case::shared("edits", |cluster| drifts(cluster, "drift-edits", EDITS)),
    Case::shared("shapes", |cluster| drifts(cluster, "drift-shapes", SHAPES)),
    Case::shared("added_by_others", added_by_others),
    Case::shared("removed_and_excluded", removed_and_excluded),
];

/// What our binary says: drift in the words of JSON, the dry-run made by the API server or computed.
fn told(site: &Site, more: &[&str]) -> Value {
    let release = format!("{}/{NAME}", site.namespace);
    client::json(site.cluster, User::Admin, &[&["drift", &release, "-o", "json"], more].concat())
}

/// The lines of the condition that helm-controller wrote at its last reconcile; none where there is no drift.
fn said(site: &Site, token: &str) -> Vec<String> {
    site.reconcile(token, false);
    let object = site.helm_release();
    let conditions = object["status"]["conditions"].as_array().unwrap();
    let drifted = conditions.iter().find(|condition| condition["type"] == "Drifted").unwrap();
    match drifted["reason"].as_str().unwrap() {
        "NoDriftDetected" => Vec::new(),
        "DriftDetected" => drifted["message"].as_str().unwrap().lines().skip(1).map(str::to_owned).collect(),
        other => panic!("{other}: {drifted}"),
    }
}

/// Holds what we say to what helm-controller says, and the computed answer to the API server's.
fn compare(site: &Site, token: &str) -> Value {
    let expected = said(site, token);
    let tried = told(site, &[]);
    let lines: Vec<&str> = tried["summary"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    // What is excluded is told of only beside drift.
    let actual = if tried["drifted"] == true { lines } else { Vec::new() };
    assert_eq!(actual, expected, "{token}: {tried:#}");
    assert!(tried["objects"].as_array().unwrap().iter().all(|object| object["computed"] == false), "{tried:#}");
    let computed = told(site, &["--no-dry-run"]);
    assert_eq!(computed["summary"], tried["summary"], "{token}, computed: {computed:#}\ntried: {tried:#}");
    tried
}

/// Has the HelmRelease ignore this, and no more.
fn ignore(site: &Site, rules: &Value) {
    let patch = json!({"spec": {"driftDetection": {"ignore": rules}}}).to_string();
    let words = ["patch", "helmrelease", NAME, "--namespace", &site.namespace, "--type=merge", "-p", &patch];
    site.cluster.kubectl(&words);
}

/// The rules that we tell for these operations; those of one object in one, because Flux knows no order of rules.
fn rules<'v>(operations: impl Iterator<Item = &'v Value>) -> Value {
    let mut rules: Vec<Value> = Vec::new();
    for rule in operations.map(|operation| &operation["ignore"]) {
        match rules.iter_mut().find(|known| known["target"] == rule["target"]) {
            Some(known) => {
                let paths = rule["paths"].as_array().unwrap().iter().cloned();
                known["paths"].as_array_mut().unwrap().extend(paths);
            }
            None => rules.push(rule.clone()),
        }
    }
    Value::Array(rules)
}

fn operations(told: &Value) -> Vec<Value> {
    let objects = told["objects"].as_array().unwrap().iter();
    objects.flat_map(|object| object["operations"].as_array().unwrap().clone()).collect()
}

/// Every actor at once; then rules that silence one line after the other, until nothing has drifted.
fn drifts(cluster: &'static Cluster, namespace: &str, edits: &[crate::fates::edits::Edit]) {
    let site = Site::make(cluster, namespace, By::Flux("warn"));
    compare(&site, "untouched");
    for edit in edits {
        edit.act.run(&site);
    }
    let all = operations(&compare(&site, "edited"));
    assert!(all.len() >= 3, "{all:#?}");
    let half = all.len() / 2;
    ignore(&site, &rules(all.iter().take(half)));
    let left = operations(&compare(&site, "half-ignored"));
    assert!(!left.is_empty() && left.len() < all.len(), "{left:#?}");
    // From the end: what is taken out of a list moves what comes after it.
    ignore(&site, &rules(all.iter().rev()));
    assert_eq!(operations(&compare(&site, "ignored")), Vec::<Value>::new());
}

fn added_by_others(cluster: &'static Cluster) {
    let site = Site::make(cluster, "drift-added", By::Flux("warn"));
    let place = ["--namespace", "drift-added"];
    cluster.kubectl(&[&["annotate", "deployment", NAME, "example.com/ticket=4711"][..], &place].concat());
    cluster.kubectl(&[&["label", "service", NAME, "example.com/team=web"][..], &place].concat());
    cluster.kubectl(&[&["set", "env", "deployment", NAME, "TRACE=1"][..], &place].concat());
    let told = compare(&site, "added");
    assert_eq!(told["drifted"], false);
    let objects = told["objects"].as_array().unwrap().iter();
    let added: Vec<String> = objects
        .flat_map(|object| object["added_by_others"].as_array().unwrap())
        .map(|added| added["path"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        ".metadata.labels.example.com/team",
        ".metadata.annotations.example.com/ticket",
        ".spec.template.spec.containers[name=\"web\"].env[name=\"TRACE\"]",
    ];
    assert_eq!(added, expected);
}

fn removed_and_excluded(cluster: &'static Cluster) {
    let site = Site::make(cluster, "drift-removed", By::Flux("warn"));
    let place = ["--namespace", "drift-removed"];
    cluster.kubectl(&[&["delete", "configmap", NAME][..], &place].concat());
    cluster.kubectl(&[&["set", "selector", "service", NAME, "app=other"][..], &place].concat());
    let disabled = "helm.toolkit.fluxcd.io/driftDetection=Disabled";
    let secret = site.cluster.get(&format!("/api/v1/namespaces/drift-removed/secrets/{NAME}"));
    let key = secret["data"].as_object().unwrap().keys().next().unwrap().clone();
    let patch = json!({"stringData": {key: "hotfix"}}).to_string();
    cluster.kubectl(&[&["patch", "secret", NAME, "-p", &patch][..], &place].concat());
    compare(&site, "removed");
    cluster.kubectl(&[&["annotate", "service", NAME, disabled][..], &place].concat());
    cluster.kubectl(&[&["scale", "deployment", NAME, "--replicas=4"][..], &place].concat());
    let told = compare(&site, "excluded");
    let states: Vec<&str> = told["summary"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(states.iter().any(|line| line.ends_with(" excluded")), "{states:?}");
    assert!(states.iter().any(|line| line.ends_with(" removed")), "{states:?}");
    let masked = operations(&told).into_iter().find(|one| one["path"].as_str().unwrap().starts_with("/data")).unwrap();
    assert_eq!((&masked["live"], &masked["manifest"]), (&json!("*** (before)"), &json!("*** (after)")));
    // A rule without a path leaves the whole object out; without a target, all objects.
    ignore(&site, &json!([{"paths": ["/spec/replicas"]}, {"paths": ["/data"], "target": {"kind": "Sec.*"}}]));
    compare(&site, "by-pattern");
    ignore(&site, &json!([{"paths": [""], "target": {"kind": "ConfigMap|Deployment", "name": NAME}}]));
    compare(&site, "whole");
    ignore(&site, &json!([{"paths": [""]}]));
    assert_eq!(compare(&site, "all")["drifted"], false);
}
