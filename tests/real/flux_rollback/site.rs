//! A HelmRelease in a namespace of its own, upgraded from chart to chart.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client;
use crate::cluster::{Cluster, User, is_ready};

pub const NAME: &str = "shop";
pub const LIMIT: Duration = Duration::from_secs(120);

pub struct Site {
    pub cluster: &'static Cluster,
    pub namespace: &'static str,
    /// Mode of drift detection.
    mode: &'static str,
}

impl Site {
    /// Two revisions: the first of chart 1.5.0 with a setting and an Ingress that the second, of 1.6.0, has no more.
    pub fn make(cluster: &'static Cluster, namespace: &'static str, mode: &'static str) -> Self {
        cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
        let site = Self { cluster, namespace, mode };
        site.write("1.5.0", &values(&json!({"LOG_LEVEL": "info", "OLD_MODE": "slow", "EXTRA": "1"}), true));
        site.wait("the install", is_ready);
        site.upgrade("1.6.0", &json!({"LOG_LEVEL": "info", "EXTRA": "1"}));
        site
    }

    /// Has Flux upgrade to this chart with these settings. Waits for the end.
    pub fn upgrade(&self, version: &str, config: &Value) {
        let before = self.revision();
        // Whoever else wrote the spec keeps nothing of it.
        let patch = json!([
            {"op": "replace", "path": "/spec/chart/spec/version", "value": version},
            {"op": "replace", "path": "/spec/values", "value": values(config, false)},
        ]);
        self.kubectl(&["patch", "helmrelease", NAME, "--type=json", "-p", &patch.to_string()]);
        self.wait("Flux to upgrade", |object| {
            object["status"]["history"][0]["version"].as_u64().unwrap_or_default() > before
                && object["status"]["observedGeneration"] == object["metadata"]["generation"]
                && is_ready(object)
        });
    }

    fn write(&self, version: &str, values: &Value) {
        let source = json!({"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"});
        let object = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": NAME, "namespace": self.namespace},
            "spec": {
                "interval": "1h",
                "chart": {"spec": {"chart": "storefront", "version": version, "sourceRef": source}},
                "driftDetection": {"mode": self.mode},
                "install": {"disableWait": true},
                "upgrade": {"disableWait": true},
                "values": values,
            },
        });
        self.cluster.apply(&object.to_string());
    }

    pub fn path(&self) -> String {
        format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{}/helmreleases/{NAME}", self.namespace)
    }

    pub fn helm_release(&self) -> Value {
        self.cluster.get(&self.path())
    }

    pub fn kubectl(&self, words: &[&str]) {
        self.cluster.kubectl(&[words, &["--namespace", self.namespace]].concat());
    }

    /// Whether its Ingress is there.
    pub fn has_ingress(&self) -> bool {
        let path = format!("/apis/networking.k8s.io/v1/namespaces/{}/ingresses/{NAME}", self.namespace);
        self.cluster.request(User::Admin, "GET", &path, None).status == 200
    }

    pub fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        self.cluster.wait(&format!("{what} in {}", self.namespace), LIMIT, || is_so(&self.helm_release()));
    }

    /// The revision that Flux made last.
    pub fn revision(&self) -> u64 {
        self.helm_release()["status"]["history"][0]["version"].as_u64().unwrap_or_default()
    }

    /// An object of the release.
    pub fn object(&self, kind: &str) -> Value {
        let collection = match kind {
            "Deployment" => "apis/apps/v1/namespaces/NAMESPACE/deployments",
            "ConfigMap" => "api/v1/namespaces/NAMESPACE/configmaps",
            "Service" => "api/v1/namespaces/NAMESPACE/services",
            other => panic!("where {other} are served is not written down"),
        };
        self.cluster.get(&format!("/{}/{NAME}", collection.replace("NAMESPACE", self.namespace)))
    }

    /// What its ConfigMap holds under a key.
    pub fn setting(&self, key: &str) -> Value {
        self.object("ConfigMap")["data"][key].clone()
    }

    /// Who owns fields of its objects, status apart, and how.
    pub fn owners(&self) -> Vec<String> {
        let mut all: Vec<String> = ["ConfigMap", "Deployment", "Service"]
            .iter()
            .flat_map(|kind| {
                let object = self.object(kind);
                let entries = object["metadata"]["managedFields"].as_array().unwrap().clone();
                let own = entries.into_iter().filter(|entry| entry.get("subresource").is_none());
                own.map(|entry| {
                    format!("{} {}", entry["manager"].as_str().unwrap(), entry["operation"].as_str().unwrap())
                })
                .collect::<Vec<String>>()
            })
            // It counts the revisions of Deployments.
            .filter(|owner| owner != "kube-controller-manager Update")
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Revisions and statuses as they are stored, newest first.
    pub fn stored(&self) -> Vec<(u64, String)> {
        let path = format!("/api/v1/namespaces/{}/secrets?labelSelector=owner%3Dhelm", self.namespace);
        let list = self.cluster.get(&path);
        let mut all: Vec<(u64, String)> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                let label = |name: &str| item["metadata"]["labels"][name].as_str().unwrap();
                (label("version").parse().unwrap(), label("status").to_owned())
            })
            .collect();
        all.sort_by(|left, right| right.cmp(left));
        all
    }

    fn words<'w>(&self, words: &[&'w str], release: &'w str) -> Vec<&'w str> {
        [&words[..1], &[release], &words[1..]].concat()
    }

    /// What the plan says.
    pub fn plan(&self, words: &[&str]) -> Value {
        let release = format!("{}/{NAME}", self.namespace);
        let words = [&self.words(words, &release)[..], &["--dry-run", "-o", "json"]].concat();
        client::json(self.cluster, User::Admin, &words)
    }

    /// Runs it; its exit code and what it prints.
    pub fn run(&self, words: &[&str]) -> (i32, Value) {
        let release = format!("{}/{NAME}", self.namespace);
        let words = [&self.words(words, &release)[..], &["--yes", "-o", "json"]].concat();
        let output = client::run(self.cluster, User::Admin, &words);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let printed = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| json!({"stderr": told}));
        (output.status.code().unwrap(), printed)
    }

    /// Runs it to a good end; what it prints.
    pub fn done(&self, words: &[&str]) -> Value {
        let (code, ran) = self.run(words);
        assert_eq!((code, &ran["outcome"]), (0, &json!("done")), "{words:?}: {ran:#}");
        ran
    }

    /// What `check` says, a line each: whether it is so, and what.
    pub fn check(&self) -> Vec<String> {
        let release = format!("{}/{NAME}", self.namespace);
        let told = client::json(self.cluster, User::Admin, &["check", &release, "-o", "json"]);
        let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
        let all = told["findings"].as_array().unwrap().iter();
        all.map(|finding| format!("{}: {}", text(finding, "state"), text(finding, "says"))).collect()
    }

    /// Everything is as it has to be, at this revision.
    #[track_caller]
    pub fn rests(&self, revision: u64) {
        let expected = [
            format!("met: nothing is pending, revision {revision} alone is deployed"),
            "met: nothing is orphaned".to_owned(),
            "met: one owner, helm-controller".to_owned(),
            format!("met: history is consistent, Flux's last is {revision} as is stored"),
        ];
        assert_eq!(self.check(), expected);
    }
}

/// The values of the chart. Nothing waits for hooks.
fn values(config: &Value, ingress: bool) -> Value {
    json!({
        "autoscaling": {"enabled": false},
        "ingress": {"enabled": ingress},
        "migrate": {"enabled": false},
        "config": config,
    })
}
