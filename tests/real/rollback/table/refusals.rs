//! Writes that the server refuses although it did not when they were tried: by a quota, which counts each try alone, and by a
//! policy that lets tries through. What went before stands, and is deleted where that was asked.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::super::row::{Axis, Row};
use super::super::twin::{LIMIT, Site};
use super::{config_map, settings, web};
use crate::cluster::{Cluster, Helm, User};

use Axis::{AddedSince, Applied, CleanedUp, Helm3, Helm4, Patched, RefusedWrite, RemovedSince};

pub const ROWS: &[Row] = &[
    Row::new("create-refused", &[RefusedWrite, RemovedSince, Applied, Helm4], |site| limited(site, Helm::V4))
        .fails()
        .listed(&["error-words"]),
    Row::new("create-refused-patched", &[RefusedWrite, RemovedSince, Patched, Helm3], |site| limited(site, Helm::V3))
        .fails()
        .listed(&["error-words"]),
    Row::new("create-refused-cleaned-up", &[RefusedWrite, CleanedUp, Applied, Helm4], |site| limited(site, Helm::V4))
        .flags(&["--cleanup-on-fail"])
        .fails()
        .listed(&["error-words"]),
    Row::new("create-refused-patched-cleaned-up", &[RefusedWrite, CleanedUp, Patched, Helm3], |site| {
        limited(site, Helm::V3);
    })
    .flags(&["--cleanup-on-fail"])
    .fails()
    .listed(&["error-words"]),
    // The other objects are written, and nothing is deleted.
    Row::new("update-refused", &[RefusedWrite, AddedSince, Applied, Helm4], |site| guarded(site, Helm::V4, &["one"]))
        .fails()
        .listed(&["error-words"]),
    Row::new("updates-refused", &[RefusedWrite, Applied], |site| guarded(site, Helm::V4, &["one", "two"]))
        .fails()
        .listed(&["error-words"]),
    Row::new("updates-refused-patched", &[RefusedWrite, Patched, Helm3], |site| {
        guarded(site, Helm::V3, &["one", "two"])
    })
    .fails()
    .listed(&["error-words"]),
    Row::new("update-refused-cleaned-up", &[RefusedWrite, CleanedUp, Applied], |site| {
        guarded(site, Helm::V4, &["two"])
    })
    .flags(&["--cleanup-on-fail"])
    .fails()
    .listed(&["error-words"]),
    Row::new("nothing-to-clean-up", &[CleanedUp, Applied], |site| {
        site.install(Helm::V4, &[settings("1"), config_map("more", json!({}))]);
        site.upgrade(Helm::V4, &[settings("2")]);
    })
    .flags(&["--cleanup-on-fail"]),
];

/// Two ConfigMaps of the target are missing, and a quota lets one be made.
fn limited(site: &Site, helm: Helm) {
    let more = ["more-1", "more-2"].map(|name| config_map(name, json!({"A": "1"})));
    site.install(helm, &[&[settings("1"), web("1")], &more[..]].concat());
    site.upgrade(helm, &[settings("2"), web("2")]);
    // With the one of the namespace itself.
    site.kubectl(&["create", "quota", "few", "--hard=count/configmaps=3"]);
    let path = format!("{}/resourcequotas/few", site.core());
    let is_counted = || site.cluster.get(&path)["status"]["used"]["count/configmaps"] == "2";
    site.cluster.wait("the quota to be counted", LIMIT, is_counted);
}

/// These may not be written as the target has them. One of the target is missing, one came since.
fn guarded(site: &Site, helm: Helm, refused: &[&str]) {
    guard(site.cluster);
    let objects = |version: &str| -> Vec<Value> {
        ["one", "two"]
            .into_iter()
            .map(|name| {
                let guarded = if refused.contains(&name) && version == "1" { "yes" } else { "no" };
                config_map(name, json!({"VERSION": version, "GUARDED": guarded}))
            })
            .collect()
    };
    let missing = config_map("missing", json!({"A": "1"}));
    site.install(helm, &[objects("1"), vec![missing, web("1")]].concat());
    site.upgrade(helm, &[objects("2"), vec![config_map("more", json!({})), web("2")]].concat());
}

/// A policy that refuses updates to what is guarded, unless they are only tried. Made once for all cases.
fn guard(cluster: &'static Cluster) {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let name = "guarded.rollback.example.com";
        let rule =
            json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["configmaps"]});
        let expression =
            "request.dryRun || !has(object.data) || !('GUARDED' in object.data) || object.data.GUARDED != 'yes'";
        let api_version = "admissionregistration.k8s.io/v1";
        let policy = json!({
            "apiVersion": api_version,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "matchConstraints": {"resourceRules": [rule]},
                "validations": [{"expression": expression, "message": "this one is guarded"}],
            },
        });
        let binding = json!({
            "apiVersion": api_version,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        });
        cluster.apply(&policy.to_string());
        cluster.apply(&binding.to_string());
        let guarded = |number: u64| {
            let data = json!({"GUARDED": "yes", "TRIED": number.to_string()});
            let object =
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "guarded"}, "data": data});
            object.to_string()
        };
        let configmaps = "/api/v1/namespaces/default/configmaps";
        let made = cluster.request(User::Admin, "POST", configmaps, Some(&guarded(0)));
        assert_eq!(made.status, 201, "{}", made.body);
        let mut number = 0;
        cluster.wait("the policy to be in force", LIMIT, || {
            number += 1;
            let path = format!("{configmaps}/guarded");
            cluster.request(User::Admin, "PUT", &path, Some(&guarded(number))).status == 422
        });
    });
}
