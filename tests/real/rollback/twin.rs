//! The same starting state in two namespaces: `a`, where Helm rolls back, and `b`, where wheelhouse does.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, Helm, Ran, User};

/// The name of every release.
pub const NAME: &str = "shop";

/// Far above what anything here takes.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Where Helm stores releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    Secrets,
    ConfigMaps,
}

/// Two namespaces that nothing tells apart but their names, which are equally long.
pub struct Twin {
    pub a: Site,
    pub b: Site,
}

impl Twin {
    /// Makes the namespaces.
    pub fn make(cluster: &'static Cluster, case: &str, driver: Driver) -> Self {
        let [a, b] = ["a", "b"].map(|side| Site::make(cluster, format!("rollback-{case}-{side}"), driver));
        Self { a, b }
    }

    /// Does the same in both.
    pub fn each(&self, act: impl Fn(&Site) + Sync) {
        thread::scope(|scope| {
            let beside = scope.spawn(|| act(&self.a));
            act(&self.b);
            if let Err(panicked) = beside.join() {
                std::panic::resume_unwind(panicked);
            }
        });
    }
}

/// One namespace with one release.
pub struct Site {
    pub cluster: &'static Cluster,
    pub namespace: String,
    pub driver: Driver,
}

impl Site {
    fn make(cluster: &'static Cluster, namespace: String, driver: Driver) -> Self {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        let made = cluster.request(User::Admin, "POST", "/api/v1/namespaces", Some(&object.to_string()));
        assert_eq!(made.status, 201, "{}", made.body);
        Self { cluster, namespace, driver }
    }

    // ------------------------------------------------------------------ Helm

    /// The first revision.
    #[track_caller]
    pub fn install(&self, version: Helm, objects: &[Value]) {
        self.install_with(version, objects, &[]);
    }

    /// The first revision, with these flags.
    #[track_caller]
    pub fn install_with(&self, version: Helm, objects: &[Value], flags: &[&str]) {
        self.write(version, "install", objects, flags).expect_success();
    }

    /// The next revision.
    #[track_caller]
    pub fn upgrade(&self, version: Helm, objects: &[Value]) {
        self.upgrade_with(version, objects, &[]);
    }

    /// The next revision, with these flags.
    #[track_caller]
    pub fn upgrade_with(&self, version: Helm, objects: &[Value], flags: &[&str]) {
        self.write(version, "upgrade", objects, flags).expect_success();
    }

    /// The next revision, which fails.
    #[track_caller]
    pub fn fails_to_upgrade(&self, version: Helm, objects: &[Value], flags: &[&str]) {
        self.write(version, "upgrade", objects, flags).expect_failure();
    }

    /// Helm installs or upgrades; whether it succeeds is the caller's business.
    pub fn write(&self, version: Helm, verb: &str, objects: &[Value], flags: &[&str]) -> Ran {
        let words = self.words(verb, objects, flags);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.helm(version, &words)
    }

    /// A chart of the repository as the next revision.
    #[track_caller]
    pub fn chart(&self, version: Helm, verb: &str, chart: (&str, &str), flags: &[&str]) {
        let package = self.cluster.charts().package(chart.0, chart.1);
        let words = [&[verb, NAME, package.to_str().unwrap()], flags].concat();
        self.helm(version, &words).expect_success();
    }

    /// Helm in the background, until the newest revision has this status; then it is killed.
    pub fn interrupt(&self, version: Helm, verb: &str, objects: &[Value], status: &str) {
        let words = [self.words(verb, objects, &[]), vec!["--namespace".to_owned(), self.namespace.clone()]].concat();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.killed(version, &words, status);
    }

    /// The same for a rollback.
    pub fn interrupt_rollback(&self, to: &str) {
        self.killed(Helm::V4, &["rollback", NAME, to, "--namespace", &self.namespace], "pending-rollback");
    }

    fn killed(&self, version: Helm, words: &[&str], status: &str) {
        self.cluster.helm_in_background(&self.namespace, version, words);
        // The Job of a hook is there once nothing more is written until it ends.
        let path = format!("{}/secrets?labelSelector=name%3D{NAME},status%3D{status}", self.core());
        let jobs = format!("/apis/batch/v1/namespaces/{}/jobs", self.namespace);
        let has_items = |path: &str| self.cluster.get(path)["items"].as_array().is_some_and(|items| !items.is_empty());
        let what = format!("a revision that is {status}, and its hook");
        self.cluster.wait(&what, LIMIT, || has_items(&path) && has_items(&jobs));
        self.cluster.kill(&self.namespace);
    }

    /// Helm in the namespace, with the driver.
    pub fn helm(&self, version: Helm, words: &[&str]) -> Ran {
        let words = [words, &["--namespace", &self.namespace]].concat();
        let environment: &[(&str, &str)] = match self.driver {
            Driver::Secrets => &[],
            Driver::ConfigMaps => &[("HELM_DRIVER", "configmap")],
        };
        self.cluster.helm(version, &words, environment)
    }

    fn words(&self, verb: &str, objects: &[Value], flags: &[&str]) -> Vec<String> {
        let file = self.cluster.folder().join(format!("{}.json", self.namespace));
        std::fs::write(&file, json!({"objects": objects}).to_string()).unwrap();
        let package = self.cluster.charts().package("objects", "1.0.0");
        let words = [verb, NAME, package.to_str().unwrap(), "--values", file.to_str().unwrap()];
        [&words, flags].concat().into_iter().map(str::to_owned).collect()
    }

    // ------------------------------------------------------------------ wheelhouse

    /// Our binary, with a state directory of its own: whether it succeeded, and all that it said.
    pub fn wheelhouse(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wheelhouse"));
        command.args(words).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        command.env("KUBECONFIG", self.cluster.kubeconfig(User::Admin)).env("HOME", self.state());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.success(), said.concat())
    }

    fn state(&self) -> PathBuf {
        let folder = self.cluster.folder().join(format!("{}-home", self.namespace));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    // ------------------------------------------------------------------ everybody else

    /// kubectl as administrator, in the namespace; panics if it fails.
    #[track_caller]
    pub fn kubectl(&self, words: &[&str]) -> String {
        self.cluster.kubectl(&[words, &["--namespace", &self.namespace]].concat())
    }

    /// `kubectl apply --server-side` of one object as this manager, who takes what others own.
    #[track_caller]
    pub fn apply_as(&self, manager: &str, object: &Value) {
        let manager = format!("--field-manager={manager}");
        let words =
            ["apply", "--server-side", "--force-conflicts", &manager, "--namespace", &self.namespace, "-f", "-"];
        self.cluster.kubectl_with(User::Admin, &words, Some(&object.to_string())).expect_success();
    }

    /// `kubectl edit`, in an editor that does this to the file: a script of sed.
    pub fn edit(&self, object: &str, script: &str) {
        let mut command = Command::new(self.cluster.program("kubectl"));
        command.args(["edit", object, "--namespace", &self.namespace]).stdin(Stdio::null());
        command.env("KUBECONFIG", self.cluster.kubeconfig(User::Admin)).env("HOME", self.state());
        let output = command.env("KUBE_EDITOR", format!("sed -i '{script}'")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The core group in the namespace.
    pub fn core(&self) -> String {
        format!("/api/v1/namespaces/{}", self.namespace)
    }

    /// A kind of custom resources of the namespace alone, served in these versions, the first of which is stored.
    pub fn define_shelves(&self, versions: &[(&str, bool)]) {
        let definition = crate::preflight::objects::definition(&self.namespace, versions);
        self.cluster.apply(&definition.to_string());
        let group = format!("{}.example.com", self.namespace);
        self.cluster.wait("the kind to be served so", LIMIT, || {
            versions.iter().all(|(version, is_served)| {
                let path = format!("/apis/{group}/{version}/namespaces/{}/shelves", self.namespace);
                (self.cluster.request(User::Admin, "GET", &path, None).status == 200) == *is_served
            })
        });
    }

    /// Takes that kind away.
    pub fn forget_shelves(&self) {
        let name = format!("shelves.{}.example.com", self.namespace);
        self.cluster.kubectl(&["delete", "customresourcedefinition", &name]);
    }
}
