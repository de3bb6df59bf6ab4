//! Former managers are taken off: what the plan says goes, goes, and nothing else does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Case;
use crate::client;
use crate::cluster::{Cluster, User};
use crate::fates::paths::at;
use crate::fates::site::{By, NAME, Site};

pub const CASES: &[Case] = &[
    Case::shared("of_an_emergency_rollback", left_behind),
    Case::shared("of_an_updater_by_helm_4", |cluster| updated(cluster, "disown-helm-4", By::Helm4)),
    Case::shared("of_an_updater_by_flux", |cluster| updated(cluster, "disown-flux", By::Flux("disabled"))),
    Case::shared("refused", refused),
];

const KINDS: &[&str] = &["Deployment", "ConfigMap", "Service"];

/// Runs `disown` for a manager with these flags, and reads what it prints.
fn disown(site: &Site, manager: &str, flags: &[&str]) -> Value {
    let release = format!("{}/{NAME}", site.namespace);
    let words = [&["disown", &release, "--manager", manager, "-o", "json"][..], flags].concat();
    client::json(site.cluster, User::Admin, &words)
}

/// Kind and path of the fields that the plan changes, each with whether it is gone then.
fn told(plan: &Value) -> BTreeSet<(String, String, bool)> {
    let effects = plan["effects"].as_array().unwrap();
    let fields = effects.iter().flat_map(|effect| {
        let kind = effect["object"]["kind"].as_str().unwrap().to_owned();
        let field =
            move |field: &Value| (kind.clone(), field["path"].as_str().unwrap().to_owned(), field["new"].is_null());
        effect["fields"].as_array().unwrap().iter().map(field)
    });
    fields.collect()
}

/// The objects of the release, without what every write changes.
fn objects(site: &Site) -> Vec<Value> {
    let object = |kind: &&str| {
        let mut object = site.object(kind);
        for field in ["managedFields", "resourceVersion", "generation"] {
            object["metadata"].as_object_mut().unwrap().shift_remove(field);
        }
        object.as_object_mut().unwrap().shift_remove("status");
        object
    };
    KINDS.iter().map(object).collect()
}

/// Whether a manager has anything of the objects.
fn holds(site: &Site, manager: &str) -> bool {
    let of = |kind: &&str| {
        let object = site.object(kind);
        let entries = object["metadata"]["managedFields"].as_array().unwrap().clone();
        entries.iter().any(|entry| entry["manager"] == manager)
    };
    KINDS.iter().any(of)
}

fn count(site: &Site, found: &str) -> usize {
    let owners = site.owners();
    owners["findings"].as_array().unwrap().iter().filter(|finding| finding["found"] == found).count()
}

/// `helm rollback --force-conflicts` of a Flux release leaves `helm` as a second owner, and with it what Flux drops later.
fn left_behind(cluster: &'static Cluster) {
    let site = Site::make(cluster, "disown-left", By::Flux("disabled"));
    site.upgrade_by_flux(&json!({"config": {"LOG_LEVEL": "info", "OLD_LIMIT": "3", "OLD_MODE": "slow"}}));
    site.upgrade_by_flux(&json!({"config": {"LOG_LEVEL": "info"}}));
    cluster.helm4(&["rollback", NAME, "2", "--force-conflicts", "--namespace", &site.namespace]);
    site.reconcile("back", false);
    assert_eq!(count(&site, "leftover"), 2, "{:#}", site.owners());

    let plan = disown(&site, "helm", &["--dry-run"]);
    let gone = |path: &str| ("ConfigMap".to_owned(), path.to_owned(), true);
    assert_eq!(told(&plan), BTreeSet::from([gone(".data.OLD_LIMIT"), gone(".data.OLD_MODE")]), "{plan:#}");
    assert_eq!(plan["runnable"], true, "{plan:#}");

    let mut expected = objects(&site);
    for object in expected.iter_mut().filter(|object| object["kind"] == "ConfigMap") {
        for key in ["OLD_LIMIT", "OLD_MODE"] {
            object["data"].as_object_mut().unwrap().shift_remove(key).unwrap();
        }
    }
    let ran = disown(&site, "helm", &["--yes"]);
    assert_eq!(ran["outcome"], "done", "{ran:#}");
    assert_eq!(objects(&site), expected);
    assert!(!holds(&site, "helm"));
    assert_eq!(count(&site, "leftover"), 0, "{:#}", site.owners());
    // Flux finds nothing to do, and a key that it drops from now on goes.
    site.reconcile("after", false);
    assert_eq!(objects(&site), expected);
    site.upgrade_by_flux(&json!({"config": {}}));
    let config = site.object("ConfigMap");
    assert_eq!(at(&config, ".data.LOG_LEVEL"), None, "{config:#}");
}

/// What kubectl edit wrote is the release's own from then on: its next write sets it back and drops what the manifest has not.
fn updated(cluster: &'static Cluster, namespace: &str, by: By) {
    let site = Site::make(cluster, namespace, by);
    let before = objects(&site);
    let patch = json!({"data": {"LOG_LEVEL": "debug", "EXTRA": "1"}}).to_string();
    let words =
        ["patch", "configmap", NAME, "--type=merge", "--field-manager=kubectl-edit", "-p", &patch, "--namespace"];
    cluster.kubectl(&[&words[..], &[namespace]].concat());
    let edited = objects(&site);

    let plan = disown(&site, "kubectl-edit", &["--dry-run"]);
    let of = |path: &str, gone| ("ConfigMap".to_owned(), path.to_owned(), gone);
    let wanted = at(&before[1], ".data.LOG_LEVEL").is_none();
    let expected = BTreeSet::from([of(".data.EXTRA", true), of(".data.LOG_LEVEL", wanted)]);
    assert_eq!(told(&plan), expected, "{plan:#}");
    assert_eq!(plan["losses"].as_array().unwrap().len(), 2, "{plan:#}");

    let ran = disown(&site, "kubectl-edit", &["--yes"]);
    assert_eq!(ran["outcome"], "done", "{ran:#}");
    assert!(!holds(&site, "kubectl-edit"));
    assert_eq!(objects(&site), edited, "nothing goes before the next write");
    match by {
        By::Flux(_) => site.reconcile("written", true),
        By::Helm4 | By::Helm3 | By::Helm3Then4 | By::Helm3ThenServerSide => {
            // Without --force-conflicts: nobody is in the way any more.
            site.upgrade(&json!({}), &[]).expect_success();
        }
    }
    assert_eq!(objects(&site), before);
}

/// Nothing is sent for the release's own manager, nor for one that has nothing, nor by who may not.
fn refused(cluster: &'static Cluster) {
    let site = Site::make(cluster, "disown-refused", By::Helm4);
    let before = KINDS.iter().map(|kind| site.object(kind)).collect::<Vec<_>>();
    let check = |user: User, manager: &str, code: i32, words: &str| {
        let release = format!("{}/{NAME}", site.namespace);
        let output = client::run(cluster, user, &["disown", &release, "--manager", manager, "--yes"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.contains(words)), (Some(code), true), "{manager}: {said}");
    };
    check(User::Admin, "helm", 15, "is the release's own manager");
    check(User::Admin, "kube-controller-manager", 15, "is a controller that runs");
    check(User::Admin, "nobody", 15, "no object of the release has anything of nobody");
    check(User::Viewer, "kubectl-edit", 15, "you may not get secrets in disown-refused");
    let after = KINDS.iter().map(|kind| site.object(kind)).collect::<Vec<_>>();
    let versions = |objects: &[Value]| -> Vec<Value> {
        objects
            .iter()
            .filter(|object| object["kind"] != "Deployment")
            .map(|object| object["metadata"].clone())
            .collect()
    };
    assert_eq!(versions(&after), versions(&before));
}
