//! Releases that Flux keeps are rolled back in an emergency and for good, and Flux goes on: through resume and two more upgrades
//! nothing is pending, nothing is left behind, nobody else owns a field, and what the chart drops goes.

mod site;

use serde_json::{Value, json};

use self::site::{LIMIT, NAME, Site};
use crate::Case;
use crate::cluster::{Cluster, is_ready};

pub const CASES: &[Case] =
    &[Case::shared("by_helm_leaves_a_second_owner", by_helm), Case::shared("what_flux_corrected_stays", corrected)];

/// The contrast: `helm rollback --force-conflicts`. It goes through, Flux takes it back, says that all is well, and what Helm wrote stays.
fn by_helm(cluster: &'static Cluster) {
    let site = Site::make(cluster, "back-by-helm", "enabled");
    site.rests(2);
    site.done(&["suspend", "--reason", "the shop is slow"]);
    cluster.helm4(&["rollback", NAME, "1", "--force-conflicts", "--namespace", site.namespace]);
    assert_eq!(site.setting("OLD_MODE"), "slow");
    let told = site.check();
    let is_second = |told: &[String]| told.iter().any(|line| line.starts_with("unmet: helm is a second owner of "));
    assert!(is_second(&told), "{told:#?}");
    let back = "unknown: once resumed: Flux's last is 2, stored is 3: it upgrades straight back to 1.6.0";
    assert!(told.iter().any(|line| line == back), "{told:#?}");

    site.done(&["resume"]);
    assert_eq!((site.revision(), site.setting("OLD_MODE")), (4, json!("slow")));
    site.upgrade("1.7.0", &json!({"LOG_LEVEL": "info", "EXTRA": "1"}));
    site.upgrade("1.7.0", &json!({"LOG_LEVEL": "info"}));
    // Flux is content, the check is not.
    assert!(is_ready(&site.helm_release()));
    assert_eq!((site.setting("OLD_MODE"), site.setting("EXTRA")), (json!("slow"), json!("1")));
    let told = site.check();
    let left = "unmet: 2 fields left behind by helm: ConfigMap shop .data.EXTRA, ConfigMap shop .data.OLD_MODE";
    assert!(is_second(&told) && told.iter().any(|line| line == left), "{told:#?}");

    site.done(&["disown", "--manager", "helm"]);
    assert_eq!((site.setting("OLD_MODE"), site.setting("EXTRA")), (Value::Null, Value::Null));
    site.rests(6);
}

/// No rollback at all: helm-controller corrects drift by a patch, which its own applies do not drop later.
fn corrected(cluster: &'static Cluster) {
    let site = Site::make(cluster, "back-corrected", "enabled");
    let patch = r#"{"data":{"EXTRA":"9"}}"#;
    let words =
        ["patch", "configmap", NAME, "--type=merge", "--field-manager=kubectl-edit", "-p", patch, "--namespace"];
    cluster.kubectl(&[&words[..], &[site.namespace]].concat());
    site.done(&["reconcile"]);
    cluster.wait("the correction", LIMIT, || site.setting("EXTRA") == "1");
    site.rests(2);
    site.upgrade("1.7.0", &json!({"LOG_LEVEL": "info"}));
    assert_eq!(site.setting("EXTRA"), "1");
    let told = "unmet: 1 field kept by what helm-controller itself once updated: ConfigMap shop .data.EXTRA";
    assert_eq!(site.check()[0], told);
    let patch = r#"{"data":{"EXTRA":null}}"#;
    cluster.kubectl(&["patch", "configmap", NAME, "--type=merge", "-p", patch, "--namespace", site.namespace]);
    site.rests(3);
}
