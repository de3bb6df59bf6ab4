//! Releases that Flux keeps are rolled back in an emergency and for good, and Flux goes on: through resume and two more upgrades
//! nothing is pending, nothing is left behind, nobody else owns a field, and what the chart drops goes.

mod for_good;
mod site;

use serde_json::{Value, json};

use self::site::{LIMIT, NAME, Site};
use crate::Case;
use crate::cluster::{Cluster, User, is_ready};

pub const CASES: &[Case] = &[
    Case::shared("in_an_emergency", |cluster| emergency(cluster, "back-emergency", "disabled")),
    Case::shared("in_an_emergency_where_drift_is_corrected", |cluster| emergency(cluster, "back-drift", "enabled")),
    Case::shared("in_an_emergency_that_fails", failing),
    Case::shared("for_good", for_good::changed),
    Case::shared("for_good_after_an_emergency", for_good::after_an_emergency),
    Case::shared("for_good_in_git", for_good::kept_in_git),
    Case::shared("by_helm_leaves_a_second_owner", by_helm),
    Case::shared("what_flux_corrected_stays", corrected),
];

const SUSPENDED: &str = "wheelhouse.dev/suspended";

/// What stands beside the suspension.
fn mark(object: &Value) -> Value {
    let text = object["metadata"]["annotations"][SUSPENDED].as_str().unwrap_or("null");
    serde_json::from_str(text).unwrap()
}

/// Two more upgrades: to another chart, then without a setting, which goes.
fn goes_on(site: &Site, revision: u64) {
    site.upgrade("1.7.0", &json!({"LOG_LEVEL": "info", "EXTRA": "1"}));
    site.rests(revision + 1);
    assert_eq!((site.setting("EXTRA"), site.setting("OLD_MODE")), (json!("1"), Value::Null));
    site.upgrade("1.7.0", &json!({"LOG_LEVEL": "info"}));
    site.rests(revision + 2);
    assert_eq!((site.setting("EXTRA"), site.has_ingress()), (Value::Null, false));
}

/// Suspended, written again as Flux writes, resumed, and two more upgrades. A hotfix is named, and lost.
fn emergency(cluster: &'static Cluster, namespace: &'static str, mode: &'static str) {
    let site = Site::make(cluster, namespace, mode);
    site.rests(2);
    let patch = r#"{"data":{"LOG_LEVEL":"debug"}}"#;
    site.kubectl(&["patch", "configmap", NAME, "--type=merge", "--field-manager=kubectl-edit", "-p", patch]);
    let words = ["rollback", "1", "--way", "emergency", "--reason", "the shop is slow"];
    let plan = site.plan(&words);
    let loss = json!({
        "object": {"group": "", "kind": "ConfigMap", "namespace": namespace, "name": NAME},
        "path": ".data.LOG_LEVEL", "manager": "kubectl-edit", "value": "debug", "becomes": "info",
    });
    assert_eq!(plan["losses"], json!([loss]), "{plan:#}");

    let ran = site.done(&words);
    let back = "once resumed: Flux's last is 2, stored is 3: it upgrades straight back to 1.6.0";
    let next = ran["next"].as_array().unwrap();
    assert!(matches!(next.as_slice(), [line] if line.as_str().unwrap().starts_with(back)), "{ran:#}");
    assert_eq!([site.setting("OLD_MODE"), site.setting("LOG_LEVEL")], [json!("slow"), json!("info")]);
    assert!(site.has_ingress());
    assert_eq!(site.owners(), ["helm-controller Apply"]);
    let statuses = |all: &[(u64, &str)]| all.iter().map(|(n, status)| (*n, (*status).to_owned())).collect::<Vec<_>>();
    assert_eq!(site.stored(), statuses(&[(3, "deployed"), (2, "superseded"), (1, "superseded")]));
    let object = site.helm_release();
    let kept = mark(&object);
    assert_eq!(
        (&object["spec"]["suspend"], &kept["reason"], &kept["rollback"]),
        (&json!(true), &json!("the shop is slow"), &json!({"from": 2, "to": 1}))
    );
    let expected = [
        &format!("unknown: {back}"),
        "met: nothing is pending, revision 3 alone is deployed",
        "met: nothing is orphaned",
        "met: one owner, helm-controller",
    ];
    assert_eq!(site.check(), expected);

    let ran = site.done(&["resume"]);
    let upgraded = format!("Helm upgrade succeeded for release {namespace}/{NAME}.v4 with chart storefront@1.6.0");
    assert_eq!(ran["says"], upgraded.as_str());
    assert_eq!(
        (site.setting("OLD_MODE"), site.has_ingress(), mark(&site.helm_release())),
        (Value::Null, false, Value::Null)
    );
    assert_eq!(site.owners(), ["helm-controller Apply"]);
    site.rests(4);
    goes_on(&site, 4);
    assert_eq!(site.owners(), ["helm-controller Apply"]);
}

/// What is refused only when it is written: the release stays suspended with its mark, nothing stays pending, and resuming mends it.
fn failing(cluster: &'static Cluster) {
    let site = Site::make(cluster, "back-failing", "disabled");
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "back-failing"},
        "spec": {
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": site.namespace}},
                "resourceRules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["UPDATE"]},
                ],
            },
            "validations": [
                {"expression": "has(request.dryRun) && request.dryRun", "message": "settings are frozen"},
            ],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "back-failing"},
        "spec": {"policyName": "back-failing", "validationActions": ["Deny"]},
    });
    cluster.apply(&policy.to_string());
    cluster.apply(&binding.to_string());
    let mut count = 0;
    let mut may_write = || {
        // What changes nothing is not asked about.
        count += 1;
        let touched = format!("touched={count}");
        let words = ["annotate", "--overwrite", "configmap", NAME, &touched, "--namespace", site.namespace];
        cluster.kubectl_as(User::Admin, &words).success()
    };
    cluster.wait("the policy", LIMIT, || !may_write());

    let (code, ran) = site.run(&["rollback", "1", "--way", "emergency"]);
    let says = ran["says"].as_str().unwrap();
    assert!((code, &ran["outcome"]) == (16, &json!("failed")) && says.contains("settings are frozen"), "{ran:#}");
    let next: Vec<&str> = ran["next"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(next.iter().any(|line| line.contains("wheelhouse resume back-failing/shop")), "{next:?}");
    assert_eq!(site.stored()[0], (3, "failed".to_owned()));
    let object = site.helm_release();
    assert_eq!((&object["spec"]["suspend"], &mark(&object)["rollback"]), (&json!(true), &json!({"from": 2, "to": 1})));
    let told = site.check();
    assert!(told[0].starts_with("unmet: ") && told[0].contains("3, is failed"), "{told:?}");

    cluster.kubectl(&["delete", "validatingadmissionpolicybinding", "back-failing"]);
    cluster.wait("the policy to end", LIMIT, may_write);
    site.done(&["resume"]);
    site.rests(4);
    goes_on(&site, 4);
}

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
