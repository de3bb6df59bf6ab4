//! Every edit of `fates`, taken back by the commands that `owners --undo` prints, run by a shell and the real kubectl: the objects
//! are what they were, nothing is found any more, and an upgrade goes through.

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

/// More commands than there are edits.
const MOST: usize = 60;

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
    let mut shell = Command::new("sh");
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
    let mut ran = 0;
    // One after the other: each may move what comes after it in a list.
    while let Some(next) = commands(&site).first() {
        run(&site, next["command"].as_str().unwrap_or_else(|| panic!("no command: {next}")));
        ran += 1;
        assert!(ran < MOST, "it does not end: {next}");
    }
    assert!(ran <= first.len() && ran >= 10, "{ran} commands for {} findings", first.len());
    assert_eq!(written(&site), before, "{by:?}");
    let owners = site.owners();
    assert_eq!((&owners["hotfixes"], &owners["leftovers"]), (&json!(0), &json!(0)), "{by:?}");
    eprintln!("{namespace}: {ran} commands undid {} findings", first.len());
    match by {
        By::Flux(_) => site.upgrade_by_flux(&json!({"unused": true})),
        By::Helm3 | By::Helm4 | By::Helm3Then4 | By::Helm3ThenServerSide => {
            site.upgrade(&json!({}), &[]).expect_success();
        }
    }
    assert_eq!(written(&site), before, "after an upgrade, {by:?}");
}
