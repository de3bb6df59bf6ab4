//! Objects that never become ready, and who waits for them.

use serde_json::{Value, json};

use super::flight::{Ends, flies};
use super::objects::{broken_deployment, deployment, settings};
use super::site::{By, LIMIT, Next, Site, condition};
use crate::cluster::Cluster;

/// Whether Helm waits is said by whoever upgrades.
pub fn by_helm(cluster: &'static Cluster) {
    let site = Site::make(cluster, "waits", By::Helm4, vec![settings(), broken_deployment()]);
    flies(&site, &Next::default(), Ends::Open { check: "wait", words: "--wait", succeeds: true });
    let next = Next { helm: &["--wait", "--timeout=2s"], ..Next::default() };
    flies(&site, &next, Ends::Open { check: "wait", words: "--wait", succeeds: false });
}

/// What is written to an object that goes, goes with it.
pub fn terminating(cluster: &'static Cluster) {
    let site = Site::make(cluster, "terminating", By::Helm4, vec![settings()]);
    let hold = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}}).to_string();
    site.kubectl(&["patch", "configmap", "settings", "--type=merge", "-p", &hold(json!(["example.com/hold"]))]);
    site.kubectl(&["delete", "configmap", "settings", "--wait=false"]);
    flies(&site, &Next::default(), Ends::Open { check: "wait", words: "Terminating", succeeds: true });
    site.kubectl(&["patch", "configmap", "settings", "--type=merge", "-p", &hold(json!(null))]);
    cluster.wait("it to be gone, although it was upgraded", LIMIT, || site.object("ConfigMap", "settings").is_none());
}

/// Flux always does, unless it is told not to.
pub fn by_flux(cluster: &'static Cluster) {
    let mut site = Site::empty(cluster, "waits-flux", By::Flux, vec![settings(), broken_deployment()]);
    site.spec = json!({"upgrade": {"disableWait": false}, "timeout": "2s"});
    let site = site.install();
    flies(&site, &Next::default(), Ends::Open { check: "wait", words: "InProgress", succeeds: false });
}

/// What has failed, and is not changed, ends the wait at once.
pub fn failed_by_flux(cluster: &'static Cluster) {
    let mut failing = broken_deployment();
    failing["spec"]["progressDeadlineSeconds"] = json!(1);
    let mut site = Site::empty(cluster, "failed-flux", By::Flux, vec![settings(), failing]);
    site.spec = json!({"upgrade": {"disableWait": false}, "timeout": "60s"});
    let site = site.install();
    cluster.wait("its time to be over", LIMIT, || {
        let progressing = site.object("Deployment", "web").and_then(|web| condition(&web, "Progressing"));
        progressing.is_some_and(|progressing| progressing["reason"] == "ProgressDeadlineExceeded")
    });
    flies(&site, &Next::default(), Ends::Refused { check: "wait", words: "Failed" });
}

/// The next chart mends what is broken.
pub fn mended(cluster: &'static Cluster) {
    let mut site = Site::empty(cluster, "waits-mended", By::Flux, vec![settings(), broken_deployment()]);
    site.spec = json!({"upgrade": {"disableWait": false}, "timeout": "30s"});
    let site = site.install();
    let next = Next { objects: Some(vec![settings(), deployment()]), ..Next::default() };
    flies(&site, &next, Ends::Open { check: "wait", words: "InProgress", succeeds: true });
}
