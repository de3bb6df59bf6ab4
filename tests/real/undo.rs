//! Every edit of `fates`, taken back by the commands that `owners --undo` prints, run by a shell and the real kubectl: the objects
//! are what they were, nothing is found any more, and an upgrade goes through.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::Case;
use crate::client;
use crate::cluster::{Cluster, User};
use crate::fates::edits::EDITS;
use crate::fates::site::{By, NAME, Site};

pub const CASES: &[Case] = &[
    Case::shared("helm_3", |cluster| undone(cluster, "undo-helm-3", By::Helm3)),
    Case::shared("helm_4", |cluster| undone(cluster, "undo-helm-4", By::Helm4)),
    Case::shared("flux", |cluster| undone(cluster, "undo-flux", By::Flux("disabled"))),
];

const KINDS: &[&str] = &["Deployment", "ConfigMap", "Service"];

/// What people and charts write of an object.
fn written(site: &Site) -> Vec<Value> {
    let of = |kind: &&str| {
        let mut object = site.object(kind);
        let metadata = &mut object["metadata"];
        // Counted on by a controller of Kubernetes whenever Pods are made anew.
        let annotations = metadata["annotations"].as_object_mut().unwrap();
        annotations.shift_remove("deployment.kubernetes.io/revision");
        let metadata = json!({"labels": metadata["labels"], "annotations": metadata["annotations"]});
        json!({"metadata": metadata, "spec": object["spec"], "data": object["data"]})
    };
    KINDS.iter().map(of).collect()
}

/// What would undo the release's hotfixes and leftovers.
fn commands(site: &Site) -> Vec<Value> {
    let release = format!("{}/{NAME}", site.namespace);
    let told = client::json(site.cluster, User::Admin, &["owners", &release, "--undo", "-o", "json"]);
    told.as_array().unwrap().clone()
}

fn run(site: &Site, command: &str) {
    let programs = site.cluster.program("kubectl");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]).env_clear().stdin(Stdio::null());
    shell.env("PATH", programs.parent().unwrap()).env("HOME", site.cluster.folder());
    let output = shell.env("KUBECONFIG", site.cluster.kubeconfig(User::Admin)).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

fn undone(cluster: &'static Cluster, namespace: &str, by: By) {
    let site = Site::make(cluster, namespace, by);
    let before = written(&site);
    for edit in EDITS {
        edit.act.run(&site);
    }
    assert_ne!(written(&site), before);
    let first = commands(&site);
    let place = |entry: &Value| (entry["kind"].to_string(), entry["path"].to_string());
    let mut done = BTreeSet::new();
    // One after the other: each may move what comes after it in a list.
    while let Some(next) = commands(&site).into_iter().find(|entry| !done.contains(&place(entry))) {
        run(&site, next["command"].as_str().unwrap_or_else(|| panic!("no command: {next}")));
        done.insert(place(&next));
        assert!(done.len() <= first.len(), "nobody edited {next}");
    }
    let ran = done.len();
    assert!(ran >= 10, "{ran} commands for {} findings", first.len());
    assert_eq!(written(&site), before, "{by:?}");
    // What the server fills in for what was taken away is held by who took it, unless that was the release's own name.
    let left: Vec<Value> = commands(&site);
    let is_default = |entry: &Value| entry["remarks"].to_string().contains("where the server sets a default");
    assert!(left.iter().all(is_default) && (left.is_empty() || !site.is_patched()), "{by:?}: {left:#?}");
    eprintln!("{namespace}: {ran} commands undid {} findings", first.len());
    match by {
        By::Flux(_) => site.upgrade_by_flux(&json!({"unused": true})),
        By::Helm3 | By::Helm4 | By::Helm3Then4 | By::Helm3ThenServerSide => {
            site.upgrade(&json!({}), &[]).expect_success();
        }
    }
    assert_eq!(written(&site), before, "after an upgrade, {by:?}");
}
