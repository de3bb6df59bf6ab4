//! What is asked of Flux: the plan says what helm-controller will do, and helm-controller does it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Case;
use crate::client;
use crate::cluster::seed::severed::{start_controller, stop_controller};
use crate::cluster::{Cluster, User, is_ready};

pub const CASES: &[Case] = &[
    Case::shared("reconcile_with_and_without_source", reconciled),
    Case::shared("reset_and_force_after_the_last_retry", exhausted),
    Case::shared("force_upgrades_and_installs", forced),
    Case::shared("tokens_that_are_not_equal", burnt),
    Case::shared("suspended_with_a_reason_and_resumed", suspended),
    Case::exclusive("a_silent_controller", silent),
];

const NAME: &str = "settings";
const LIMIT: Duration = Duration::from_secs(120);
const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

/// A HelmRelease of its own, in a namespace of its own.
struct Site {
    cluster: &'static Cluster,
    namespace: &'static str,
}

impl Site {
    fn make(cluster: &'static Cluster, namespace: &'static str) -> Self {
        cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
        let site = Self { cluster, namespace };
        site.write(&json!({}));
        site.wait("the install", is_ready);
        site
    }

    fn write(&self, values: &Value) {
        let source = json!({"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"});
        let object = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": NAME, "namespace": self.namespace},
            "spec": {
                "interval": "1h",
                "timeout": "30s",
                "chart": {"spec": {"chart": "settings", "version": "1.0.0", "sourceRef": source}},
                "upgrade": {"remediation": {"retries": 1}},
                "values": values,
            },
        });
        self.cluster.apply(&object.to_string());
    }

    fn object(&self) -> Value {
        self.cluster.get(&format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{}/helmreleases/{NAME}", self.namespace))
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        self.cluster.wait(&format!("{what} in {}", self.namespace), LIMIT, || is_so(&self.object()));
    }

    fn revision(&self) -> u64 {
        self.object()["status"]["history"][0]["version"].as_u64().unwrap()
    }

    fn words<'w>(&self, words: &[&'w str], release: &'w str) -> Vec<&'w str> {
        [&words[..1], &[release], &words[1..]].concat()
    }

    /// What the plan says.
    fn plan(&self, words: &[&str]) -> Value {
        let release = format!("{}/{NAME}", self.namespace);
        let words = [&self.words(words, &release)[..], &["--dry-run", "-o", "json"]].concat();
        client::json(self.cluster, User::Admin, &words)
    }

    /// Runs it; its exit code and what it prints.
    fn run(&self, words: &[&str]) -> (i32, Value) {
        let release = format!("{}/{NAME}", self.namespace);
        let words = [&self.words(words, &release)[..], &["--yes", "-o", "json"]].concat();
        let output = client::run(self.cluster, User::Admin, &words);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let printed = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| json!({"stderr": told}));
        (output.status.code().unwrap(), printed)
    }

    /// Runs it to a good end, and says how it ended.
    fn done(&self, words: &[&str]) -> String {
        let (code, ran) = self.run(words);
        assert_eq!((code, &ran["outcome"]), (0, &json!("done")), "{words:?}: {ran:#}");
        ran["says"].as_str().unwrap().to_owned()
    }

    fn kubectl(&self, words: &[&str]) {
        self.cluster.kubectl(&[words, &["--namespace", self.namespace]].concat());
    }
}

fn notes(plan: &Value) -> Vec<&str> {
    plan["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect()
}

fn unmet(plan: &Value) -> Vec<&str> {
    let all = plan["preconditions"].as_array().unwrap().iter();
    all.filter(|one| one["state"] == "unmet").map(|one| one["says"].as_str().unwrap()).collect()
}

fn reconciled(cluster: &'static Cluster) {
    let site = Site::make(cluster, "act-reconcile");
    let in_sync = "nothing is to be done unless chart or values have changed; objects are not looked at";
    assert_eq!(notes(&site.plan(&["reconcile"])), [in_sync]);
    let before = site.object();
    let conditions = before["status"]["conditions"].as_array().unwrap();
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready").unwrap();
    let nothing = format!(
        "nothing was to be done, revision 1 stays, of which Ready says since {}: Helm install succeeded for release \
         act-reconcile/settings.v1 with chart settings@1.0.0",
        ready["lastTransitionTime"].as_str().unwrap()
    );
    assert_eq!(site.done(&["reconcile"]), nothing);
    let first = site.object();
    let token = &first["metadata"]["annotations"][REQUESTED];
    assert!(token.is_string() && first["status"]["lastHandledReconcileAt"] == *token, "{first:#}");

    assert_eq!(site.done(&["reconcile", "--with-source"]), nothing);
    let of = |path: &str| cluster.get(&format!("/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/{path}"));
    let asked = [site.object(), of("helmrepositories/charts"), of("helmcharts/act-reconcile-settings")];
    let handled = asked.each_ref().map(|object| {
        let handled = &object["status"]["lastHandledReconcileAt"];
        assert!(handled.is_string() && object["metadata"]["annotations"][REQUESTED] == *handled, "{object:#}");
        handled
    });
    assert!(handled[0] != token && handled[1] == handled[0] && handled[2] == handled[0], "{handled:?}");
}

fn exhausted(cluster: &'static Cluster) {
    let site = Site::make(cluster, "act-reset");
    site.write(&json!({"hook": "fail"}));
    let stalled = |object: &Value| {
        let conditions = object["status"]["conditions"].as_array().unwrap();
        conditions.iter().any(|one| one["type"] == "Stalled" && one["reason"] == "RetriesExceeded")
            && object["status"]["observedGeneration"] == object["metadata"]["generation"]
    };
    site.wait("the last retry", stalled);
    let counted = |object: &Value| object["status"]["upgradeFailures"].as_u64().unwrap_or_default();
    assert_eq!((counted(&site.object()), site.revision()), (2, 5));

    // A reconcile does nothing, and says so before and after.
    let used = "retries used up 2/2: nothing is tried before chart, values or spec change; reset or force would try";
    assert_eq!(notes(&site.plan(&["reconcile"])), [used]);
    let (code, ran) = site.run(&["reconcile"]);
    assert!(code != 0 && ran["outcome"] == "failed", "{ran:#}");
    assert_eq!((counted(&site.object()), site.revision()), (2, 5));

    let plan = site.plan(&["reset"]);
    let again = "upgrade failures 2 -> 0, and 2 tries more; the same upgrade to 1.0.0 will fail again unless its cause is mended";
    assert_eq!(notes(&plan)[0], again, "{plan:#}");
    let (code, ran) = site.run(&["reset"]);
    let says = ran["says"].as_str().unwrap();
    assert!(code != 0 && ran["outcome"] == "failed", "{ran:#}");
    assert!(
        says.contains("upgrade to 1.0.0 failed: ") && says.contains("Failed to upgrade after 2 attempt(s)"),
        "{says}"
    );
    let object = site.object();
    let token = object["metadata"]["annotations"]["reconcile.fluxcd.io/resetAt"].clone();
    assert_eq!(object["status"]["lastHandledResetAt"], token, "{object:#}");
    // From zero it has failed twice again, each time rolled back.
    assert_eq!((counted(&object), site.revision()), (2, 9));

    let plan = site.plan(&["force"]);
    assert_eq!(plan["title"], "Force an upgrade of act-reset/settings");
    let one_more = [
        "it upgrades as revision 10, though nothing may have changed",
        "retries used up 2/2: it is one try more, and the counters stay",
        "if it fails it is rolled back again",
    ];
    assert_eq!(notes(&plan)[..3], one_more, "{plan:#}");
    let (code, ran) = site.run(&["force"]);
    assert!(code != 0 && ran["outcome"] == "failed", "{ran:#}");
    assert_eq!((counted(&site.object()), site.revision()), (3, 11));
}

fn forced(cluster: &'static Cluster) {
    let site = Site::make(cluster, "act-force");
    let patch = r#"{"data":{"LOG_LEVEL":"debug"}}"#;
    site.kubectl(&["patch", "configmap", NAME, "--type=merge", "--field-manager=kubectl-edit", "-p", patch]);
    let level = || cluster.get(&format!("/api/v1/namespaces/act-force/configmaps/{NAME}"))["data"]["LOG_LEVEL"].clone();
    assert_eq!(level(), "debug");
    // A reconcile leaves the hotfix, a force takes it away: so say the plans.
    assert_eq!(site.plan(&["reconcile"])["losses"], json!([]));
    site.done(&["reconcile"]);
    assert_eq!(level(), "debug");
    let plan = site.plan(&["force"]);
    let loss = json!({
        "object": {"group": "", "kind": "ConfigMap", "namespace": "act-force", "name": NAME},
        "path": ".data.LOG_LEVEL", "manager": "kubectl-edit", "value": "debug", "becomes": "info",
    });
    assert_eq!(plan["losses"], json!([loss]), "{plan:#}");
    let upgraded = "Helm upgrade succeeded for release act-force/settings.v2 with chart settings@1.0.0";
    assert_eq!(site.done(&["force"]), upgraded);
    assert_eq!((level(), site.revision()), (json!("info"), 2));

    cluster.helm4(&["uninstall", NAME, "--namespace", "act-force"]);
    let plan = site.plan(&["force"]);
    assert_eq!(
        (plan["title"].as_str().unwrap(), notes(&plan)[0]),
        ("Force an install of act-force/settings", "nothing is installed: it installs",)
    );
    let installed = "Helm install succeeded for release act-force/settings.v1 with chart settings@1.0.0";
    assert_eq!(site.done(&["force"]), installed);
    assert_eq!((level(), site.revision()), (json!("info"), 1));
}

fn burnt(cluster: &'static Cluster) {
    let site = Site::make(cluster, "act-burnt");
    let annotations = [format!("{REQUESTED}=aaa"), "reconcile.fluxcd.io/forceAt=bbb".to_owned()];
    site.kubectl(&["annotate", "helmrelease", NAME, &annotations[0], &annotations[1]]);
    site.wait("the tokens to be handled", |object| {
        object["status"]["lastHandledReconcileAt"] == "aaa" && object["status"]["lastHandledForceAt"] == "bbb"
    });
    assert_eq!(site.revision(), 1);
    let explained = "an earlier request did nothing: forceAt bbb: did nothing: it is not equal to requestedAt aaa; send both anew, equal";
    let plan = site.plan(&["force"]);
    assert_eq!(notes(&plan), ["it upgrades as revision 2, though nothing may have changed", explained]);
    site.done(&["force"]);
    assert_eq!(site.revision(), 2);
    assert_eq!(notes(&site.plan(&["force"])), ["it upgrades as revision 3, though nothing may have changed"]);
}

fn suspended(cluster: &'static Cluster) {
    let site = Site::make(cluster, "act-suspend");
    site.done(&["suspend", "--reason", "the database moves"]);
    let object = site.object();
    let text = object["metadata"]["annotations"]["wheelhouse.dev/suspended"].as_str().unwrap();
    let kept: Value = serde_json::from_str(text).unwrap();
    assert_eq!((&object["spec"]["suspend"], &kept["reason"]), (&json!(true), &json!("the database moves")));
    assert!(kept["by"].is_string() && kept["at"].is_string(), "{kept}");
    let fields = object["metadata"]["managedFields"].as_array().unwrap();
    let own = fields.iter().find(|entry| entry["manager"] == "wheelhouse").unwrap();
    assert_eq!(own["fieldsV1"]["f:spec"], json!({"f:suspend": {}}), "{own:#}");

    // What is asked now would be used up, so that nothing is sent.
    for words in [&["reconcile"][..], &["reconcile", "--with-source"], &["reset"], &["force"]] {
        let plan = site.plan(words);
        assert_eq!(unmet(&plan), ["it is suspended: the request would be used up and do nothing"], "{words:?}");
        let (code, ran) = site.run(words);
        assert_ne!(code, 0, "{ran:#}");
    }
    assert_eq!(site.object()["metadata"]["annotations"].as_object().unwrap().len(), 1);

    // Who rolls back meanwhile is told what a resume does, and it does.
    site.cluster.helm4(&[
        "upgrade",
        NAME,
        cluster.charts().package("settings", "1.1.0").to_str().unwrap(),
        "--force-conflicts",
        "--namespace",
        site.namespace,
    ]);
    let plan = site.plan(&["resume"]);
    let back =
        "revision 2 was not made by Flux, whose last is 1: it empties its history and upgrades straight back to 1.0.0";
    assert!(notes(&plan)[0].ends_with(": the database moves"), "{plan:#}");
    assert_eq!(notes(&plan)[1], back, "{plan:#}");
    let upgraded = "Helm upgrade succeeded for release act-suspend/settings.v3 with chart settings@1.0.0";
    assert_eq!(site.done(&["resume"]), upgraded);
    let object = site.object();
    let left = |pointer: &str| object.pointer(pointer).cloned();
    assert_eq!(
        (left("/spec/suspend"), left("/metadata/annotations/wheelhouse.dev~1suspended")),
        (None, None),
        "{object:#}"
    );
    assert_eq!((object["status"]["history"].as_array().unwrap().len(), site.revision()), (1, 3));
}

fn silent(cluster: &'static Cluster) {
    let namespace = "act-silent";
    stop_controller(cluster, namespace);
    let release = format!("{namespace}/{}", crate::cluster::seed::failing::RELEASE);
    let output = client::run(cluster, User::Admin, &["reconcile", &release, "--yes", "-o", "json"]);
    let ran: Value = serde_json::from_slice(&output.stdout).unwrap();
    let says = "helm-controller is silent: it has written nothing for 60 s; Deployment flux-system/helm-controller is scaled to 0; \
                the request stays, and counts once it runs again";
    assert_eq!((&ran["outcome"], ran["says"].as_str()), (&json!("failed"), Some(says)), "{ran:#}");
    start_controller(cluster);
    let path = format!(
        "/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases/{}",
        crate::cluster::seed::failing::RELEASE
    );
    cluster.wait("the request to count", LIMIT, || {
        let object = cluster.get(&path);
        let token = &object["metadata"]["annotations"][REQUESTED];
        token.is_string() && object["status"]["lastHandledReconcileAt"] == *token
    });
}
