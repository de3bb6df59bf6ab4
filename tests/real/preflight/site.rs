//! A release whose objects a case writes down, in a namespace of its own, and its next upgrade by the real Helm or Flux.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::run_with;
use crate::cluster::{Cluster, Helm, User, is_ready};

/// The name of every release, and of its HelmRelease.
pub const NAME: &str = "shop";

/// Far above what anything here takes.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Who writes the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Helm 4, which applies server-side.
    Helm4,
    /// Helm 3, which patches.
    Helm3,
    /// Helm 3 until now, Helm 4 from now on.
    Helm3Then4,
    /// A HelmRelease.
    Flux,
}

/// The next upgrade.
#[derive(Default)]
pub struct Next<'a> {
    /// What the next chart renders; else the same again.
    pub objects: Option<Vec<Value>>,
    /// Flags that Helm and preflight both take.
    pub asked: &'a [&'a str],
    /// Flags that only Helm takes.
    pub helm: &'a [&'a str],
    /// Who upgrades, and asks; else the administrator.
    pub kubeconfig: Option<PathBuf>,
    /// Flux is asked to reconcile what is written down, and nothing is written down anew.
    pub is_reconcile: bool,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub success: bool,
    /// What Helm says on standard error, or the condition Ready of the HelmRelease.
    pub told: String,
}

/// One release.
pub struct Site {
    pub cluster: &'static Cluster,
    pub namespace: String,
    pub by: By,
    pub objects: Vec<Value>,
    /// Parts of the HelmRelease's spec beside the chart and the values.
    pub spec: Value,
}

impl Site {
    /// The namespace, and no release in it yet.
    pub fn empty(cluster: &'static Cluster, case: &str, by: By, objects: Vec<Value>) -> Self {
        let namespace = format!("preflight-{case}");
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        let made = cluster.request(User::Admin, "POST", "/api/v1/namespaces", Some(&object.to_string()));
        assert_eq!(made.status, 201, "{}", made.body);
        Self { cluster, namespace, by, objects, spec: json!({}) }
    }

    /// Makes the namespace and installs the release.
    pub fn make(cluster: &'static Cluster, case: &str, by: By, objects: Vec<Value>) -> Self {
        Self::empty(cluster, case, by, objects).install()
    }

    /// Installs the release.
    pub fn install(self) -> Self {
        match self.by {
            By::Helm4 => assert_went(self.run(Helm::V4, "install", &Next::default())),
            By::Helm3 | By::Helm3Then4 => assert_went(self.run(Helm::V3, "install", &Next::default())),
            By::Flux => {
                self.set_helm_release(&self.objects, "installed");
                self.cluster.wait("the HelmRelease to be ready", LIMIT, || is_ready(&self.helm_release()));
            }
        }
        self
    }

    /// kubectl as administrator, in the namespace; panics if it fails.
    #[track_caller]
    pub fn kubectl(&self, words: &[&str]) -> String {
        self.cluster.kubectl(&[words, &["--namespace", &self.namespace]].concat())
    }

    /// `kubectl apply` of one object, with these flags.
    #[track_caller]
    pub fn apply(&self, object: &Value, flags: &[&str]) {
        let words = [&["apply", "--namespace", &self.namespace, "-f", "-"], flags].concat();
        self.cluster.kubectl_with(User::Admin, &words, Some(&object.to_string())).expect_success();
    }

    /// `kubectl edit`, in an editor that does this to the file: a script of sed.
    pub fn edit(&self, object: &str, script: &str) {
        let mut command = Command::new(self.cluster.program("kubectl"));
        command.args(["edit", object, "--namespace", &self.namespace]).stdin(Stdio::null());
        command.env("KUBECONFIG", self.cluster.kubeconfig(User::Admin)).env("HOME", self.cluster.folder());
        let output = command.env("KUBE_EDITOR", format!("sed -i '{script}'")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    // ------------------------------------------------------------------ the next upgrade

    /// What our binary says of it.
    pub fn preflight(&self, next: &Next) -> Value {
        let mut words = vec!["preflight", NAME, "--namespace", &self.namespace, "-o", "json"];
        words.extend(next.asked);
        let file = next.objects.as_ref().map(|_| self.template(next));
        if let Some(file) = &file {
            words.extend(["--manifest", file.to_str().unwrap()]);
        }
        let output = run_with(&self.kubeconfig(next), &words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        let mut all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(all.len(), 1, "{words:?}");
        all.remove(0)
    }

    /// Has the owner of the release upgrade it, and waits for the end.
    pub fn upgrade(&self, next: &Next) -> Ended {
        match self.by {
            By::Helm3 => self.run(Helm::V3, "upgrade", next),
            By::Helm4 | By::Helm3Then4 => self.run(Helm::V4, "upgrade", next),
            By::Flux => self.upgrade_by_flux(next),
        }
    }

    /// Helm in the background, until the newest revision has this status; then it is killed.
    pub fn interrupt(&self, next: &Next, status: &str) {
        let words = self.words("upgrade", next);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let version = if self.by == By::Helm3 { Helm::V3 } else { Helm::V4 };
        self.cluster.helm_in_background(&self.namespace, version, &words);
        let path = format!("{}/secrets?labelSelector=name%3D{NAME},status%3D{status}", self.core());
        self.cluster.wait(&format!("a revision that is {status}"), LIMIT, || {
            self.cluster.get(&path)["items"].as_array().is_some_and(|items| !items.is_empty())
        });
        self.cluster.kill(&self.namespace);
    }

    fn run(&self, version: Helm, verb: &str, next: &Next) -> Ended {
        let words = self.words(verb, next);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let kubeconfig = self.kubeconfig(next);
        let environment = [("KUBECONFIG", kubeconfig.to_str().unwrap())];
        let ran = self.cluster.helm(version, &words, &environment);
        Ended { success: ran.success(), told: ran.stderr }
    }

    fn words(&self, verb: &str, next: &Next) -> Vec<String> {
        let values = self.values(next);
        let package = self.cluster.charts().package("objects", "1.0.0");
        let words = [verb, NAME, package.to_str().unwrap(), "--values", values.to_str().unwrap()];
        let words = [&words[..], &["--namespace", &self.namespace], next.asked, next.helm].concat();
        words.into_iter().map(str::to_owned).collect()
    }

    /// What `helm template` prints of the next upgrade, in a file.
    fn template(&self, next: &Next) -> PathBuf {
        let file = self.cluster.folder().join(format!("{}.yaml", self.namespace));
        let package = self.cluster.charts().package("objects", "1.0.0");
        let values = self.values(next);
        let words = ["template", NAME, package.to_str().unwrap(), "--values", values.to_str().unwrap()];
        let text = self.cluster.helm4(&[&words[..], &["--namespace", &self.namespace]].concat());
        std::fs::write(&file, text).unwrap();
        file
    }

    fn values(&self, next: &Next) -> PathBuf {
        let file = self.cluster.folder().join(format!("{}.json", self.namespace));
        let objects = next.objects.as_ref().unwrap_or(&self.objects);
        std::fs::write(&file, json!({"objects": objects}).to_string()).unwrap();
        file
    }

    fn kubeconfig(&self, next: &Next) -> PathBuf {
        next.kubeconfig.clone().unwrap_or_else(|| self.cluster.kubeconfig(User::Admin))
    }

    /// Somebody who may do this in the namespace, and nothing else.
    pub fn somebody(&self, rules: &Value) -> PathBuf {
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "deployer"}, "rules": rules,
        });
        self.apply(&role, &[]);
        self.kubectl(&["create", "serviceaccount", "deployer"]);
        let account = format!("--serviceaccount={}:deployer", self.namespace);
        self.kubectl(&["create", "rolebinding", "deployer", "--role=deployer", &account]);
        let token = self.kubectl(&["create", "token", "deployer"]);
        let text = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "deployer",
            "clusters": [{"name": "here", "cluster": {
                "server": self.cluster.server(), "certificate-authority": self.cluster.authority(),
            }}],
            "contexts": [{"name": "deployer", "context": {
                "cluster": "here", "user": "deployer", "namespace": self.namespace,
            }}],
            "users": [{"name": "deployer", "user": {"token": token.trim()}}],
        });
        let file = self.cluster.folder().join(format!("{}.kubeconfig", self.namespace));
        std::fs::write(&file, text.to_string()).unwrap();
        file
    }

    // ------------------------------------------------------------------ Flux

    /// Writes the HelmRelease.
    pub fn set_helm_release(&self, objects: &[Value], unused: &str) {
        let source = json!({"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"});
        let mut spec = json!({
            "interval": "1h",
            "chart": {"spec": {"chart": "objects", "version": "1.0.0", "sourceRef": source}},
            "install": {"disableWait": true},
            "upgrade": {"disableWait": true},
            "values": {"objects": objects, "unused": unused},
        });
        spec.as_object_mut().unwrap().extend(self.spec.as_object().unwrap().clone());
        let object = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": NAME, "namespace": self.namespace},
            "spec": spec,
        });
        self.cluster.apply(&object.to_string());
    }

    fn upgrade_by_flux(&self, next: &Next) -> Ended {
        assert!(next.asked.is_empty() && next.helm.is_empty(), "Flux takes no flags");
        if next.is_reconcile {
            return self.reconcile("asked", &[]);
        }
        let objects = next.objects.as_ref().unwrap_or(&self.objects);
        self.set_helm_release(objects, "upgraded");
        self.ended(|object| object["status"]["lastAttemptedGeneration"] == object["metadata"]["generation"])
    }

    /// `flux reconcile helmrelease`, with more annotations than it sets by itself. Waits for the end.
    pub fn reconcile(&self, token: &str, more: &[&str]) -> Ended {
        let requested = format!("reconcile.fluxcd.io/requestedAt={token}");
        self.kubectl(&[&["annotate", "--overwrite", "helmrelease", NAME, &requested], more].concat());
        self.ended(|object| object["status"]["lastHandledReconcileAt"] == token)
    }

    /// Waits until the HelmRelease was looked at and nothing is going on.
    fn ended(&self, is_handled: impl Fn(&Value) -> bool) -> Ended {
        self.cluster.wait_for("Flux to come to an end", LIMIT, || {
            let object = self.helm_release();
            let ready = condition(&object, "Ready")?;
            let failed = ready["status"] == "False" && ready["observedGeneration"] == object["metadata"]["generation"];
            let messages =
                ["Ready", "Stalled"].map(|kind| condition(&object, kind).unwrap_or_default()["message"].clone());
            let told = || messages.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
            let has_ended = is_handled(&object) && (failed || is_ready(&object));
            has_ended.then(|| Ended { success: !failed, told: told() })
        })
    }

    pub fn helm_release(&self) -> Value {
        let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{}/helmreleases/{NAME}", self.namespace);
        self.cluster.get(&path)
    }

    // ------------------------------------------------------------------ the objects

    fn core(&self) -> String {
        format!("/api/v1/namespaces/{}", self.namespace)
    }

    /// An object in the namespace, if it is there.
    pub fn object(&self, kind: &str, name: &str) -> Option<Value> {
        let collection = match kind {
            "ConfigMap" => "api/v1/namespaces/NAMESPACE/configmaps",
            "Service" => "api/v1/namespaces/NAMESPACE/services",
            "Secret" => "api/v1/namespaces/NAMESPACE/secrets",
            "Deployment" => "apis/apps/v1/namespaces/NAMESPACE/deployments",
            "Job" => "apis/batch/v1/namespaces/NAMESPACE/jobs",
            other => panic!("where {other} are served is not written down"),
        };
        let path = format!("/{}/{name}", collection.replace("NAMESPACE", &self.namespace));
        let answer = self.cluster.request(User::Admin, "GET", &path, None);
        (answer.status == 200).then(|| answer.json())
    }
}

/// A condition of an object.
pub fn condition(object: &Value, kind: &str) -> Option<Value> {
    object["status"]["conditions"].as_array()?.iter().find(|one| one["type"] == kind).cloned()
}

#[track_caller]
fn assert_went(ended: Ended) {
    assert!(ended.success, "{}", ended.told);
}

/// Whether a file holds these words in one line.
pub fn has_line(file: &Path, words: &[&str]) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().any(|line| words.iter().all(|word| line.contains(word)))
}
