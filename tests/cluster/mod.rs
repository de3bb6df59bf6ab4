//! A real Kubernetes cluster on loopback: etcd, kube-apiserver, controller manager, scheduler, kwok for Nodes and Pods, and
//! Flux's helm-controller and source-controller, as plain processes in a temporary folder. See README.md.
//!
//! Invariants: everything listens on 127.0.0.1 only; every wait has an end; no process outlives the [`Cluster`], not even
//! when the test process is killed; the host's kubeconfig and Helm homes are never read.
//!
//! Errors panic with what was wanted and the end of the log in question: this is test code.

#![allow(dead_code, unused_imports, reason = "each suite that includes this module uses a part of it")]

mod audit;
mod charts;
mod control;
mod gate;
mod http;
mod logs;
mod ports;
mod process;
mod relay;
pub mod seed;
mod users;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub use audit::{AuditEvent, Mark};
pub use charts::Charts;
pub use gate::{At, Ended, Gate};
pub use http::{Connection, Response};
pub use logs::ContainerLogs;
pub use process::Ran;
pub use relay::Relay;
pub use users::{TWO_NAMESPACES, User};

pub use control::is_ready;
use control::{Paths, Ports};
use process::Processes;
use users::Accounts;

/// A running cluster. Dropping it stops everything and waits until the ports are let go.
pub struct Cluster {
    // First, so that processes end before their folder goes.
    processes: Processes,
    paths: Paths,
    ports: Ports,
    accounts: Accounts,
    charts: Charts,
    hundred: OnceLock<seed::Hundred>,
    // Last: removed when nobody writes into it any more.
    _folder: tempfile::TempDir,
}

/// The limit of a single command, far above what one takes on a busy machine.
const COMMAND_LIMIT: Duration = Duration::from_secs(180);

impl Cluster {
    /// Builds the programs if they are missing or older than their go.mod, and starts them. Under 20 s once built.
    pub fn start() -> Self {
        let cluster = Self::start_server();
        cluster.start_controllers();
        cluster
    }

    /// The API server alone: nobody writes but who is told to. It knows no custom kinds before [`Cluster::define`].
    pub fn start_server() -> Self {
        control::build();
        let folder =
            tempfile::Builder::new().prefix("wheelhouse-cluster-").tempdir().expect("create a temporary folder");
        let paths = Paths::new(folder.path());
        let ports = Ports::choose();
        let processes = Processes::new(folder.path());
        control::certificates(&processes, &paths);
        let accounts = Accounts::write(&paths.accounts, &paths.authority(), &ports.server());
        control::start_store(&processes, &paths, &ports, &accounts);
        let charts =
            Charts::start(&processes, &paths.bin("helm4"), &paths.sources("charts"), paths.packages(), ports.charts);
        let cluster = Self { processes, paths, ports, accounts, charts, hundred: OnceLock::new(), _folder: folder };
        cluster.wait_for_apiserver();
        cluster
    }

    /// Stops and reaps everything; further calls do nothing. Panics if a process or a port survives.
    pub fn stop(&self) {
        self.processes.stop_all();
        for port in self.ports.of_processes() {
            ports::wait_until_free(port, Duration::from_secs(30));
        }
        assert_eq!(self.processes.leftover(), Vec::<u32>::new(), "processes that outlived the cluster");
    }

    // ------------------------------------------------------------------ where things are

    /// The API server's URL.
    pub fn server(&self) -> String {
        self.ports.server()
    }

    /// The certificate authority of the API server, PEM.
    pub fn authority(&self) -> PathBuf {
        self.paths.authority()
    }

    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.accounts.kubeconfig(user.name())
    }

    pub fn token(&self, user: User) -> String {
        self.accounts.token_of(user.name())
    }

    /// The state of this cluster: a place for files of cases, removed at the end.
    pub fn folder(&self) -> &Path {
        &self.paths.folder
    }

    /// A program that was built for the cluster, by its name.
    pub fn program(&self, name: &str) -> PathBuf {
        self.paths.bin(name)
    }

    /// The chart repository. Its HelmRepository is `flux-system/charts`.
    pub fn charts(&self) -> &Charts {
        &self.charts
    }

    /// The log of `etcd`, `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `kwok`, `helm-controller` or
    /// `source-controller`, or what a command in the background says.
    pub fn log(&self, program: &str) -> PathBuf {
        self.processes.log(program)
    }

    // ------------------------------------------------------------------ commands

    /// Runs kubectl as administrator; panics if it fails.
    #[track_caller]
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.kubectl_as(User::Admin, arguments).expect_success()
    }

    pub fn kubectl_as(&self, user: User, arguments: &[&str]) -> Ran {
        self.kubectl_with(user, arguments, None)
    }

    /// With text for the standard input.
    pub fn kubectl_with(&self, user: User, arguments: &[&str], input: Option<&str>) -> Ran {
        self.processes.run(self.kubectl_command(user, arguments), input, COMMAND_LIMIT)
    }

    /// Runs Helm 3 as administrator; panics if it fails.
    #[track_caller]
    pub fn helm3(&self, arguments: &[&str]) -> String {
        self.helm(Helm::V3, arguments, &[]).expect_success()
    }

    /// Runs Helm 4 as administrator; panics if it fails.
    #[track_caller]
    pub fn helm4(&self, arguments: &[&str]) -> String {
        self.helm(Helm::V4, arguments, &[]).expect_success()
    }

    /// With variables of the environment, such as HELM_DRIVER.
    pub fn helm(&self, version: Helm, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        self.helm_as(User::Admin, version, arguments, environment)
    }

    pub fn helm_as(&self, user: User, version: Helm, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        self.processes.run(self.helm_command(user, version, arguments, environment), None, COMMAND_LIMIT)
    }

    /// A Helm that runs beside the caller until [`Cluster::kill`]; `name` is for its log and for killing it.
    pub fn helm_in_background(&self, name: &str, version: Helm, arguments: &[&str]) {
        self.processes.start(name, self.helm_command(User::Admin, version, arguments, &[]));
    }

    /// A kubectl that runs beside the caller until [`Cluster::kill`]; [`Cluster::log`] has what it says.
    pub fn kubectl_in_background(&self, name: &str, arguments: &[&str]) {
        self.processes.start(name, self.kubectl_command(User::Admin, arguments));
    }

    /// SIGKILL for what was started in the background.
    pub fn kill(&self, name: &str) {
        self.processes.stop(name, Duration::ZERO);
    }

    /// `kubectl apply --server-side` of one or more documents, as administrator.
    #[track_caller]
    pub fn apply(&self, yaml: &str) {
        let arguments = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        self.kubectl_with(User::Admin, &arguments, Some(yaml)).expect_success();
    }

    fn helm_command(&self, user: User, version: Helm, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = self.command(version.program(), user);
        let home = self.paths.folder.join(version.program());
        for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(variable, &home);
        }
        command.args(arguments).envs(environment.iter().copied());
        command
    }

    fn kubectl_command(&self, user: User, arguments: &[&str]) -> Command {
        let mut command = self.command("kubectl", user);
        command.arg("--cache-dir").arg(self.paths.folder.join("kubectl")).args(arguments);
        command
    }

    fn command(&self, program: &str, user: User) -> Command {
        let mut command = Command::new(self.paths.bin(program));
        command.env("KUBECONFIG", self.kubeconfig(user)).current_dir(&self.paths.folder);
        for inherited in ["HELM_DRIVER", "HELM_NAMESPACE", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
            command.env_remove(inherited);
        }
        command
    }

    // ------------------------------------------------------------------ requests

    /// One request to the API server with a user's token; `body` is JSON. A watch needs `timeoutSeconds` to end.
    pub fn request(&self, user: User, method: &str, path: &str, body: Option<&str>) -> Response {
        let sent = self.connection().and_then(|mut open| open.send(method, path, Some(&self.token(user)), body));
        sent.unwrap_or_else(|error| panic!("{method} {path} as {}: {error}", user.name()))
    }

    /// GET as administrator; panics unless the answer is 200.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        let response = self.request(User::Admin, "GET", path, None);
        assert_eq!(response.status, 200, "GET {path}: {}", response.body);
        response.json()
    }

    /// A connection for many requests, in the clear: `kubectl proxy` passes them on with the token they carry.
    pub fn connection(&self) -> std::io::Result<Connection> {
        Connection::open(self.ports.proxy, Duration::from_secs(90))
    }

    // ------------------------------------------------------------------ waiting

    /// Polls until the predicate holds; panics after `limit`, saying what was waited for.
    #[track_caller]
    pub fn wait(&self, what: &str, limit: Duration, mut predicate: impl FnMut() -> bool) {
        self.wait_for(what, limit, || predicate().then_some(()));
    }

    /// Polls until there is a value; panics after `limit`, or as soon as a program of the cluster has ended.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, limit: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + limit;
        let mut pause = Duration::from_millis(20);
        loop {
            if let Some(value) = probe() {
                return value;
            }
            self.processes.check();
            assert!(Instant::now() < end, "waited {limit:?} for {what}");
            thread::sleep(pause);
            pause = (pause * 3 / 2).min(Duration::from_millis(500));
        }
    }

    // ------------------------------------------------------------------ what clients sent

    /// The present end of the audit log.
    pub fn audit_mark(&self) -> Mark {
        audit::mark(&self.paths.audit())
    }

    /// What was answered since, by the API server's own account.
    pub fn audit_since(&self, mark: Mark) -> Vec<AuditEvent> {
        audit::since(&self.paths.audit(), mark)
    }

    // ------------------------------------------------------------------ disturbances

    /// A new relay in front of the API server.
    pub fn relay(&self) -> Relay {
        Relay::start(&self.accounts, &self.paths.folder, self.ports.apiserver)
    }

    /// A new gate before the API server, through which a client of ours is run as this user.
    pub fn gate(&self, user: User) -> Gate {
        Gate::open(&self.accounts, user.name(), &self.paths.folder, self.ports.proxy)
    }

    /// Ends the API server and waits until its port is let go. Only for exclusive cases.
    pub fn stop_apiserver(&self) {
        // Left to itself it waits a minute for its clients' watches.
        self.processes.stop("kube-apiserver", Duration::from_secs(1));
        ports::wait_until_free(self.ports.apiserver, Duration::from_secs(30));
    }

    /// Starts it again, on the same port and data, and waits until it is ready.
    pub fn start_apiserver(&self) {
        control::start_apiserver(&self.processes, &self.paths, &self.ports, &self.accounts);
        self.wait_for_apiserver();
    }

    /// Makes every resourceVersion handed out so far too old to watch from or to page on with: answers are 410. Compacts
    /// etcd up to now and restarts the API server, whose watch cache would remember. Only for exclusive cases.
    pub fn expire_watches(&self) {
        // A write of our own, so that the newest version a client may hold lies before the compaction.
        let path = "/api/v1/namespaces/default?fieldManager=wheelhouse-test";
        let moment =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let body = json!({"metadata": {"annotations": {"wheelhouse.test/expired": moment.to_string()}}}).to_string();
        let written = self.request(User::Admin, "PATCH", path, Some(&body));
        assert_eq!(written.status, 200, "write before compaction: {}", written.body);
        let etcd = |path: &str, body: &Value| {
            let open = Connection::open(self.ports.etcd, Duration::from_secs(30));
            let sent = open.and_then(|mut open| open.send("POST", path, None, Some(&body.to_string())));
            let response = sent.unwrap_or_else(|error| panic!("etcd {path}: {error}"));
            assert_eq!(response.status, 200, "etcd {path}: {}", response.body);
            response.json()
        };
        // "AA==" is the byte 0: the first of all keys.
        let answer = etcd("/v3/kv/range", &json!({"key": "AA==", "limit": "1"}));
        let revision = answer.pointer("/header/revision").cloned().expect("a revision in etcd's answer");
        etcd("/v3/kv/compaction", &json!({"revision": revision, "physical": true}));
        self.stop_apiserver();
        self.start_apiserver();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if thread::panicking() {
            self.processes.stop_all();
        } else {
            self.stop();
        }
    }
}

/// A Helm CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Helm {
    V3,
    V4,
}

impl Helm {
    fn program(self) -> &'static str {
        match self {
            Helm::V3 => "helm3",
            Helm::V4 => "helm4",
        }
    }
}
