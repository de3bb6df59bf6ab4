//! What each of the four users sees.

use serde_json::Value;

use crate::Case;
use crate::client::{json, run, run_with};
use crate::cluster::{Cluster, TWO_NAMESPACES, User, seed};

pub const CASES: &[Case] = &[
    Case::shared("the_viewer_sees_status_and_workloads", viewer),
    Case::shared("the_user_of_two_namespaces_sees_them_whole", two),
    Case::shared("the_user_without_rights_is_told_what_to_ask_for", nobody),
];

fn rows(cluster: &Cluster, user: User, arguments: &[&str]) -> Vec<Value> {
    json(cluster, user, arguments).as_array().unwrap().clone()
}

fn names(rows: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = rows
        .iter()
        .map(|row| format!("{}/{}", row["namespace"].as_str().unwrap(), row["name"].as_str().unwrap()))
        .collect();
    names.sort();
    names
}

/// No Secrets: HelmReleases from their status, natives from the workloads that name them, ConfigMap releases whole.
fn viewer(cluster: &'static Cluster) {
    seed::seed_hundred(cluster);
    let all = rows(cluster, User::Viewer, &["list", "-A", "-o", "json"]);
    let find = |namespace: &str, name: &str| {
        all.iter()
            .find(|row| row["namespace"] == namespace && row["name"] == name)
            .unwrap_or_else(|| panic!("{namespace}/{name}"))
    };
    let web = find("checkout", "web");
    assert_eq!(
        (&web["evidence"], &web["revision"], &web["chart_version"]),
        (&"status".into(), &1.into(), &"1.6.0".into())
    );
    assert_eq!(web["verdict"], "healthy");
    let native = find("shop", "storefront");
    assert_eq!(
        (&native["evidence"], &native["revision"], &native["chart"]),
        (&"objects".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(native["cause"], "from objects, Secrets forbidden");
    assert_eq!(native["managed_by"], Value::Null, "which Helm is not known: never a guess");
    let stateful = find("shop", "cart-cache");
    assert_eq!(stateful["evidence"], "objects");
    let stored = find("data", "warehouse");
    assert_eq!((&stored["driver"], &stored["chart"]), (&"configmap".into(), &"settings".into()));
    // Each HelmRelease is one row, and a workload of Flux none beside it.
    for object in seed::HELM_RELEASES {
        let key = format!("{}/{}", object.namespace, object.name);
        assert_eq!(all.iter().filter(|row| row["helm_release"] == *key).count(), 1, "{key}");
    }
    assert_eq!(all.iter().filter(|row| row["namespace"] == "checkout" && row["name"] == "web").count(), 1);
    let told = run(cluster, User::Viewer, &["list", "-A"]);
    assert!(String::from_utf8_lossy(&told.stderr).contains("Secrets are forbidden in"), "{told:?}");
    let values = run(cluster, User::Viewer, &["values", "web", "-n", "checkout"]);
    assert!(values.status.success() && String::from_utf8_lossy(&values.stderr).contains("spec.values"), "{values:?}");
    let manifest = run(cluster, User::Viewer, &["manifest", "web", "-n", "checkout"]);
    assert_eq!(manifest.status.code(), Some(5), "{manifest:?}");
    // A release of which nothing can be seen is not said to be absent, nor its namespace to be empty.
    let history = run(cluster, User::Viewer, &["history", "counters", "-n", "ops"]);
    assert_eq!(history.status.code(), Some(5), "{history:?}");
    let unseen = run(cluster, User::Viewer, &["list", "-n", "billing"]);
    assert!(
        String::from_utf8_lossy(&unseen.stderr).contains("no releases can be seen in namespace billing"),
        "{unseen:?}"
    );
}

/// A kubeconfig whose contexts name both namespaces is all that there is to find them by.
fn two(cluster: &'static Cluster) {
    seed::seed_hundred(cluster);
    let admin = rows(cluster, User::Admin, &["list", "-A", "-o", "json"]);
    let stored_in = |namespace: &str| -> Vec<Value> {
        admin.iter().filter(|row| row["storage_namespace"] == namespace).cloned().collect()
    };
    for namespace in TWO_NAMESPACES {
        let ours = rows(cluster, User::Two, &["list", "-n", namespace, "-o", "json"]);
        assert_eq!(ours, stored_in(namespace), "{namespace}: no less than the administrator sees, and no other");
    }
    let [first, second] = TWO_NAMESPACES;
    let text = std::fs::read_to_string(cluster.kubeconfig(User::Two)).unwrap();
    let mut config: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let contexts = [first, second].map(|namespace| {
        format!("{{name: {namespace}, context: {{cluster: wheelhouse-test, user: two, namespace: {namespace}}}}}")
    });
    config["contexts"] = serde_yaml::from_str(&format!("[{}]", contexts.join(", "))).unwrap();
    config["current-context"] = first.into();
    let path = cluster.folder().join("two-namespaces.kubeconfig");
    std::fs::write(&path, serde_yaml::to_string(&config).unwrap()).unwrap();
    let output = run_with(&path, &["list", "-A", "-o", "json"]);
    assert!(output.status.success(), "{output:?}");
    let ours: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(names(&ours), names(&[stored_in(first), stored_in(second)].concat()));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("only those that the kubeconfig names were tried"),
        "{output:?}"
    );
    let elsewhere = run(cluster, User::Two, &["list", "-n", "default"]);
    assert_eq!(elsewhere.status.code(), Some(5), "{elsewhere:?}");
}

fn nobody(cluster: &'static Cluster) {
    let output = run(cluster, User::Nobody, &["list", "-A"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(told.contains("ask for list on secrets"), "{told}");
}
