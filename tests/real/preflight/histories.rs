//! What earlier revisions, and the HelmRelease itself, put in the way.

use serde_json::{Value, json};

use super::flight::{Ends, flies, flies_by};
use super::objects::{config_map, deployment, hook, settings};
use super::site::{By, Ended, LIMIT, Next, Site, condition, has_line};
use crate::cluster::Cluster;

/// A release whose last upgrade was killed while a hook ran.
fn interrupted(cluster: &'static Cluster, case: &str, by: By) -> Site {
    let site = Site::make(cluster, case, by, vec![settings()]);
    let objects = vec![settings(), hook("demo.example.com/stay", "true")];
    site.interrupt(&Next { objects: Some(objects), ..Next::default() }, "pending-upgrade");
    site
}

pub fn pending(cluster: &'static Cluster) {
    let words = "another operation (install/upgrade/rollback) is in progress";
    let site = interrupted(cluster, "pending", By::Helm4);
    flies(&site, &Next::default(), Ends::Refused { check: "history", words });
    let site = interrupted(cluster, "pending-helm-3", By::Helm3);
    flies(&site, &Next::default(), Ends::Refused { check: "history", words });
}

/// Flux says of such a revision that it failed, and goes on.
pub fn pending_under_flux(cluster: &'static Cluster) {
    let site = interrupted(cluster, "pending-flux", By::Flux);
    let next = Next { is_reconcile: true, ..Next::default() };
    flies(&site, &next, Ends::Through { lost: &[], stays: &[] });
}

pub fn uninstalled(cluster: &'static Cluster) {
    let site = Site::make(cluster, "uninstalled", By::Helm4, vec![settings()]);
    cluster.helm4(&["uninstall", "shop", "--keep-history", "--namespace", &site.namespace]);
    flies(&site, &Next::default(), Ends::Refused { check: "history", words: "has no deployed releases" });
}

/// The same hook runs again, and whether it fails again nobody can tell.
pub fn failed_by_a_hook(cluster: &'static Cluster) {
    let site = Site::make(cluster, "failed-hook", By::Helm4, vec![settings()]);
    let site = Site { objects: vec![settings(), hook("demo.example.com/fail", "crash")], ..site };
    assert!(!site.upgrade(&Next::default()).success);
    flies(&site, &Next::default(), Ends::Open { check: "hooks", words: "its last run failed", succeeds: false });
    let next = Next { helm: &["--no-hooks"], objects: Some(vec![settings()]), ..Next::default() };
    assert!(site.upgrade(&next).success);
}

pub fn suspended(cluster: &'static Cluster) {
    let mut site = Site::make(cluster, "suspended", By::Flux, vec![settings()]);
    site.spec = json!({"suspend": true});
    site.set_helm_release(&site.objects, "installed");
    let revisions = || site.helm_release()["status"]["history"].clone();
    let before = revisions();
    flies_by(&site, &Next::default(), Ends::Refused { check: "history", words: "suspend" }, || {
        site.set_helm_release(&[config_map("settings", json!({"LOG_LEVEL": "debug"}))], "upgraded");
        cluster.wait("Flux to look at it", LIMIT, || {
            let object = site.helm_release();
            object["status"]["observedGeneration"] == object["metadata"]["generation"]
        });
        let words = ["suspended for this object", &site.namespace];
        let told = has_line(&cluster.log("helm-controller"), &words);
        let told = if told { "the object is suspended" } else { "nothing" }.to_owned();
        Ended { success: revisions() != before, told }
    });
}

/// The cause is gone, and Flux tries no more until somebody asks or the HelmRelease changes.
pub fn retries_used_up(cluster: &'static Cluster) {
    let site = Site::make(cluster, "retries", By::Flux, vec![settings()]);
    site.kubectl(&["create", "quota", "none", "--hard=count/configmaps=0"]);
    let path = format!("/api/v1/namespaces/{}/resourcequotas/none", site.namespace);
    cluster.wait("the quota to be counted", LIMIT, || !cluster.get(&path)["status"]["used"].is_null());
    let site = Site { objects: vec![settings(), config_map("more", json!({"MORE": "yes"}))], ..site };
    let next = Next::default();
    assert!(!site.upgrade(&next).success);
    site.kubectl(&["delete", "quota", "none"]);
    let next = Next { is_reconcile: true, ..next };
    flies(&site, &next, Ends::Refused { check: "history", words: "Failed to upgrade after 1 attempt(s)" });
    // What is said to help does.
    let reset = site.reconcile("reset", &["reconcile.fluxcd.io/resetAt=reset"]);
    assert!(reset.success, "{reset:?}");
}

pub fn dependency(cluster: &'static Cluster) {
    let mut site = Site::make(cluster, "dependency", By::Flux, vec![settings()]);
    site.spec = json!({"dependsOn": [{"name": "nobody"}]});
    site.set_helm_release(&site.objects, "installed");
    let has_seen =
        || condition(&site.helm_release(), "Ready").is_some_and(|ready| ready["reason"] == "DependencyNotReady");
    cluster.wait("Flux to look at it", LIMIT, has_seen);
    let next = Next { is_reconcile: true, ..Next::default() };
    flies(&site, &next, Ends::Refused { check: "history", words: "nobody" });
}

/// A user whose last upgrade went wrong for a wait may upgrade again.
pub fn failed_by_a_wait(cluster: &'static Cluster) {
    let site = Site::make(cluster, "failed-wait", By::Helm3, vec![settings(), deployment()]);
    let mut held = deployment();
    held["spec"]["template"]["metadata"]["annotations"] = json!({"demo.example.com/fail": "image"});
    let broken: Vec<Value> = vec![settings(), held];
    let next = Next { objects: Some(broken), helm: &["--wait", "--timeout=1s"], ..Next::default() };
    assert!(!site.upgrade(&next).success);
    // A patch is made of the deployed revision: what only the failed one added stays, and breaks the Pods.
    let next = Next { objects: Some(vec![settings(), deployment()]), ..Next::default() };
    flies(&site, &next, Ends::Open { check: "wait", words: "InProgress", succeeds: true });
    let left = site.object("Deployment", "web").unwrap();
    assert_eq!(left["spec"]["template"]["metadata"]["annotations"]["demo.example.com/fail"], "image");
}
