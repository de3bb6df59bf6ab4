//! The durable way: the HelmRelease is changed, and Flux itself upgrades to what was before.

use serde_json::{Value, json};

use super::site::{NAME, Site};
use super::{goes_on, mark};
use crate::cluster::Cluster;

/// The values of a revision, as the real Helm tells them.
fn values_of(site: &Site, revision: &str) -> Value {
    let words = ["get", "values", NAME, "--revision", revision, "-o", "json", "--namespace", site.namespace];
    serde_json::from_str(&site.cluster.helm4(&words)).unwrap()
}

/// Chart and values are those of revision 1, and stay.
fn is_back(site: &Site, ran: &Value, revision: u64) {
    let (namespace, upgraded) = (site.namespace, "with chart storefront@1.5.0");
    let upgraded = format!("Helm upgrade succeeded for release {namespace}/{NAME}.v{revision} {upgraded}");
    assert_eq!(ran["says"], upgraded.as_str(), "{ran:#}");
    assert_eq!(values_of(site, &revision.to_string()), values_of(site, "1"));
    assert_eq!((site.setting("OLD_MODE"), site.has_ingress()), (json!("slow"), true));
    site.rests(revision);
    // Nothing goes back by itself.
    site.done(&["reconcile"]);
    site.rests(revision);
    assert_eq!(site.setting("OLD_MODE"), "slow");
}

pub fn changed(cluster: &'static Cluster) {
    let site = Site::make(cluster, "back-for-good", "enabled");
    let ran = site.done(&["rollback", "1", "--way", "durable"]);
    is_back(&site, &ran, 3);
    goes_on(&site, 3);
}

/// From the emergency to what lasts, in one plan: nothing is upgraded in between.
pub fn after_an_emergency(cluster: &'static Cluster) {
    let site = Site::make(cluster, "back-then-for-good", "disabled");
    site.done(&["rollback", "1", "--way", "emergency"]);
    let ran = site.done(&["rollback", "1", "--way", "durable"]);
    assert_eq!(mark(&site.helm_release()), Value::Null);
    is_back(&site, &ran, 4);
    goes_on(&site, 4);
}

/// What a Kustomization applies is changed in Git: the plan says what to commit, and nothing is written.
pub fn kept_in_git(cluster: &'static Cluster) {
    let site = Site::make(cluster, "back-kept", "disabled");
    let kustomization = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "back-kept", "namespace": "flux-system"},
        "spec": {
            "interval": "10m", "path": "./shop", "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": "fleet"},
        },
    });
    cluster.apply(&kustomization.to_string());
    let labels =
        ["name=back-kept", "namespace=flux-system"].map(|label| format!("kustomize.toolkit.fluxcd.io/{label}"));
    site.kubectl(&["label", "helmrelease", NAME, &labels[0], &labels[1]]);
    let before = site.helm_release();
    let plan = site.plan(&["rollback", "1", "--way", "durable"]);
    let keeper = json!("Kustomization flux-system/back-kept");
    assert_eq!((&plan["runnable"], &plan["proposal"]["kept_by"]), (&json!(false), &keeper));
    let diff = plan["proposal"]["diff"].as_array().unwrap().iter();
    let diff: Vec<&str> = diff.map(|line| line.as_str().unwrap()).collect();
    let has = |line: &str| diff.iter().any(|one| one.split_whitespace().eq(line.split_whitespace()));
    assert!(has("- version: 1.6.0") && has("+ version: 1.5.0") && has("+ OLD_MODE: slow"), "{diff:#?}");
    let (code, ran) = site.run(&["rollback", "1", "--way", "durable"]);
    assert_eq!((code, &ran["outcome"]), (15, &json!("refused")), "{ran:#}");
    let after = site.helm_release();
    assert_eq!(
        (&after["spec"], &after["metadata"]["generation"]),
        (&before["spec"], &before["metadata"]["generation"])
    );
    site.rests(2);
}
