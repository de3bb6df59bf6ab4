//! Building and starting the programs: which flags each gets, and in what order they can start.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use super::process::{Processes, write};
use super::users::{self, Accounts, User};
use super::{Cluster, Connection, audit, ports};

const PROGRAMS: [&str; 10] = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "etcd",
    "kwok",
    "helm3",
    "helm4",
    "helm-controller",
    "source-controller",
];

/// Runs `tests/cluster/build` unless every program is there and newer than all that decides about it.
pub fn build() {
    let (out, sources) = (output(), Path::new(SOURCES));
    let age = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let built = age(&out.join("built"));
    let complete = PROGRAMS.iter().all(|program| out.join("bin").join(program).exists());
    let sets = fs::read_dir(sources.join("go")).expect("read tests/cluster/go");
    let folders = sets.map(|entry| entry.expect("an entry of tests/cluster/go").path());
    let newest = folders.flat_map(|set| [age(&set.join("go.mod")), age(&set.join("go.sum"))]).flatten();
    let newest = newest.chain(age(&sources.join("build"))).max().unwrap_or(SystemTime::UNIX_EPOCH);
    if complete && built.is_some_and(|built| built >= newest) {
        return;
    }
    eprintln!("building what is not fresh of the test cluster into {} (long the first time)", out.display());
    // The output folder is `<target>/cluster`, wherever cargo was told to put its target.
    let target = out.parent().expect("the target folder");
    let status = Command::new(sources.join("build")).env("CARGO_TARGET_DIR", target).status();
    let status = status.expect("run tests/cluster/build");
    assert!(status.success(), "tests/cluster/build ended with {status}");
}

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster");

fn output() -> PathBuf {
    // `<target>/tmp`: the only way to learn where cargo puts its target.
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("cluster")
}

/// Where the files of one cluster are.
pub struct Paths {
    pub folder: PathBuf,
    /// Tokens and kubeconfigs.
    pub accounts: PathBuf,
    output: PathBuf,
}

impl Paths {
    pub fn new(folder: &Path) -> Self {
        let accounts = folder.join("users");
        for path in [&accounts, &folder.join("tls")] {
            fs::create_dir_all(path).unwrap_or_else(|error| panic!("create {}: {error}", path.display()));
        }
        Self { folder: folder.to_owned(), accounts, output: output() }
    }

    pub fn bin(&self, program: &str) -> PathBuf {
        self.output.join("bin").join(program)
    }

    pub fn sources(&self, below: &str) -> PathBuf {
        Path::new(SOURCES).join(below)
    }

    pub fn authority(&self) -> PathBuf {
        self.tls("authority.crt")
    }

    pub fn packages(&self) -> PathBuf {
        self.folder.join("charts")
    }

    pub fn audit(&self) -> PathBuf {
        self.folder.join("audit.jsonl")
    }

    fn tls(&self, file: &str) -> PathBuf {
        self.folder.join("tls").join(file)
    }
}

/// One port for everything that listens.
pub struct Ports {
    pub etcd: u16,
    etcd_peer: u16,
    pub apiserver: u16,
    pub proxy: u16,
    pub charts: u16,
    kwok: u16,
    artifacts: u16,
    metrics: [u16; 2],
    health: [u16; 2],
}

impl Ports {
    pub fn choose() -> Self {
        use ports::free;
        Self {
            etcd: free(),
            etcd_peer: free(),
            apiserver: free(),
            proxy: free(),
            charts: free(),
            kwok: free(),
            artifacts: free(),
            metrics: [free(), free()],
            health: [free(), free()],
        }
    }

    pub fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.apiserver)
    }

    /// Without the chart repository, which belongs to the test process.
    pub fn of_processes(&self) -> Vec<u16> {
        let single = [self.etcd, self.etcd_peer, self.apiserver, self.proxy, self.kwok, self.artifacts];
        single.into_iter().chain(self.metrics).chain(self.health).collect()
    }
}

/// An authority, the API server's certificate for 127.0.0.1, and the key that signs service account tokens.
pub fn certificates(processes: &Processes, paths: &Paths) {
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(paths.folder.join("tls"));
        processes.run(command, None, Duration::from_secs(30)).expect_success();
    };
    // A configuration of our own: the system's adds extensions that would then stand twice.
    write(
        &paths.tls("openssl.cnf"),
        "[req]\ndistinguished_name = name\n[name]\n\
         [authority]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\nsubjectKeyIdentifier = hash\n\
         [server]\nbasicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\n\
         extendedKeyUsage = serverAuth\nsubjectAltName = IP:127.0.0.1, DNS:localhost, IP:10.96.0.1, DNS:kubernetes.default.svc\n",
    );
    let certificate = |name: &str, more: &[&str]| {
        let (key, file, subject) =
            (format!("{name}.key"), format!("{name}.crt"), format!("/CN=wheelhouse-test-{name}"));
        let key_kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", &key];
        let request =
            ["req", "-x509", "-config", "openssl.cnf", "-extensions", name, "-days", "365", "-subj", &subject];
        openssl(&[&request, &key_kind[..], &["-out", &file], more].concat());
    };
    certificate("authority", &[]);
    certificate("server", &["-CA", "authority.crt", "-CAkey", "authority.key"]);
    openssl(&["genrsa", "-out", "service-accounts.key", "2048"]);
}

/// etcd, the API server, and the proxy through which the suites send plain requests. Does not wait for them.
pub fn start_store(processes: &Processes, paths: &Paths, ports: &Ports, accounts: &Accounts) {
    let (client, peer) = (format!("http://127.0.0.1:{}", ports.etcd), format!("http://127.0.0.1:{}", ports.etcd_peer));
    let mut etcd = Command::new(paths.bin("etcd"));
    etcd.arg("--data-dir").arg(paths.folder.join("etcd"));
    etcd.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
    etcd.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
    etcd.args(["--initial-cluster", &format!("default={peer}")]);
    // A test cluster loses nothing that matters; benches store gigabytes.
    etcd.args(["--unsafe-no-fsync", "--quota-backend-bytes", "8589934592", "--log-level", "warn"]);
    processes.start("etcd", etcd);

    write(&paths.folder.join("audit-policy.yaml"), audit::POLICY);
    start_apiserver(processes, paths, ports, accounts);

    // Who asks is decided by the token that each request carries; without one it is asked for as nobody.
    let mut proxy = Command::new(paths.bin("kubectl"));
    proxy
        .args(["proxy", "--port", &ports.proxy.to_string()])
        .arg("--kubeconfig")
        .arg(accounts.kubeconfig(User::Nobody.name()));
    processes.start("kubectl-proxy", proxy);
}

pub fn start_apiserver(processes: &Processes, paths: &Paths, ports: &Ports, accounts: &Accounts) {
    let key = paths.tls("service-accounts.key");
    let mut command = Command::new(paths.bin("kube-apiserver"));
    let mut flag = |name: &str, value: &str| {
        command.arg(format!("--{name}={value}"));
    };
    flag("etcd-servers", &format!("http://127.0.0.1:{}", ports.etcd));
    flag("bind-address", "127.0.0.1");
    flag("advertise-address", "127.0.0.1");
    flag("secure-port", &ports.apiserver.to_string());
    // Endpoints of loopback addresses are invalid, and nothing here looks for the server by its Service.
    flag("endpoint-reconciler-type", "none");
    // The logs of a Pod are asked of its Node; the names of Nodes lead nowhere.
    flag("kubelet-preferred-address-types", "InternalIP");
    flag("tls-cert-file", &paths.tls("server.crt").to_string_lossy());
    flag("tls-private-key-file", &paths.tls("server.key").to_string_lossy());
    flag("cert-dir", &paths.folder.join("tls").to_string_lossy());
    flag("token-auth-file", &accounts.tokens().to_string_lossy());
    flag("authorization-mode", "RBAC");
    flag("service-account-issuer", "https://kubernetes.default.svc");
    flag("service-account-key-file", &key.to_string_lossy());
    flag("service-account-signing-key-file", &key.to_string_lossy());
    flag("service-cluster-ip-range", "10.96.0.0/16");
    flag("audit-policy-file", &paths.folder.join("audit-policy.yaml").to_string_lossy());
    flag("audit-log-path", &paths.audit().to_string_lossy());
    flag("audit-log-mode", "blocking");
    // Megabytes; a rotated log would make marks meaningless.
    flag("audit-log-maxsize", "100000");
    // Old versions expire when a case says so, not by the clock.
    flag("etcd-compaction-interval", "0");
    flag("profiling", "false");
    processes.start("kube-apiserver", command);
}

impl Cluster {
    pub(super) fn wait_for_apiserver(&self) {
        let token = self.token(User::Admin);
        self.wait("the API server to be ready", Duration::from_secs(120), || {
            let answer = Connection::open(self.ports.proxy, Duration::from_secs(5))
                .and_then(|mut open| open.send("GET", "/readyz", Some(&token), None));
            answer.is_ok_and(|response| response.status == 200)
        });
    }

    /// Everything that needs a ready API server. Waits until a Pod could run and a HelmRelease would be reconciled.
    pub(super) fn start_controllers(&self) {
        thread::scope(|scope| {
            let applied = scope.spawn(|| self.define());
            self.start_workload_controllers();
            applied.join().expect("apply rights and definitions");
        });
        self.start_flux();
        let nodes: String = (1..=3).map(|number| NODE.replace("NUMBER", &number.to_string())).collect();
        let repository = REPOSITORY.replace("URL", &self.charts.url());
        self.apply(&format!("{nodes}{repository}"));
        self.wait("three Nodes, the Flux kinds and the chart repository to be ready", Duration::from_secs(60), || {
            let ready = |path: &str| {
                let response = self.request(User::Admin, "GET", path, None);
                response.status == 200 && is_ready(&response.json())
            };
            let served = |path: &str| self.request(User::Admin, "GET", path, None).status == 200;
            // Right after its definition a kind answers 429: its storage is being made.
            FLUX_KINDS.iter().all(|kind| served(&format!("/apis/{kind}?limit=1")))
                && (1..=3).all(|number| ready(&format!("/api/v1/nodes/node-{number}")))
                && ready("/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/helmrepositories/charts")
                && served("/api/v1/namespaces/default/serviceaccounts/default")
        });
    }

    /// Rights of the users, and the definitions of Flux and kwok.
    pub fn define(&self) {
        let (rights, definitions) = (self.paths.sources("rbac.yaml"), self.paths.output.join("crds"));
        let paths = [rights.to_string_lossy(), definitions.to_string_lossy()];
        self.kubectl(&["apply", "--server-side", "-f", &paths[0], "-f", &paths[1]]);
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "-f", &paths[1]]);
    }

    fn start_workload_controllers(&self) {
        let (paths, tls) = (&self.paths, self.paths.folder.join("tls"));
        // What these two write in a busy suite is far above the default of 20 a second.
        let pace = [
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=300",
            "--kube-api-burst=500",
            "--profiling=false",
        ];
        let mut manager = Command::new(paths.bin("kube-controller-manager"));
        manager.arg("--kubeconfig").arg(self.accounts.kubeconfig(users::CONTROLLER_MANAGER)).args(pace);
        manager.arg("--service-account-private-key-file").arg(paths.tls("service-accounts.key"));
        manager.arg("--root-ca-file").arg(paths.authority()).arg("--cert-dir").arg(&tls);
        self.processes.start("kube-controller-manager", manager);

        let mut scheduler = Command::new(paths.bin("kube-scheduler"));
        scheduler.arg("--kubeconfig").arg(self.accounts.kubeconfig(users::SCHEDULER)).args(pace);
        scheduler.arg("--cert-dir").arg(&tls);
        self.processes.start("kube-scheduler", scheduler);

        let mut kwok = Command::new(paths.bin("kwok"));
        kwok.arg("--kubeconfig").arg(self.accounts.kubeconfig(users::KWOK));
        kwok.arg("--config").arg(paths.sources("stages.yaml"));
        kwok.arg("--config").arg(paths.sources("failures.yaml")).arg("--enable-crds=Logs,ClusterLogs");
        kwok.args(["--manage-all-nodes", "--node-lease-duration-seconds=40", "--node-ip=127.0.0.1"]);
        kwok.arg(format!("--node-port={}", self.ports.kwok));
        kwok.arg(format!("--server-address=127.0.0.1:{}", self.ports.kwok)).env("HOME", &paths.folder);
        self.processes.start("kwok", kwok);
    }

    fn start_flux(&self) {
        let storage = self.paths.folder.join("artifacts");
        fs::create_dir_all(&storage).expect("create the folder of artifacts");
        let mut source = self.flux_controller("source-controller", users::SOURCE_CONTROLLER, 0);
        let address = format!("127.0.0.1:{}", self.ports.artifacts);
        source.arg("--storage-path").arg(storage).args(["--storage-addr", &address, "--storage-adv-addr", &address]);
        self.processes.start("source-controller", source);
        self.start_helm_controller();
    }

    /// Starts helm-controller, also after [`Cluster::stop_helm_controller`]. Does not wait for it.
    pub fn start_helm_controller(&self) {
        let command = self.flux_controller("helm-controller", users::HELM_CONTROLLER, 1);
        self.processes.start("helm-controller", command);
    }

    /// Kills helm-controller: HelmReleases stay as they are until it is started again. Only for exclusive cases.
    pub fn stop_helm_controller(&self) {
        self.processes.stop("helm-controller", Duration::ZERO);
    }

    fn flux_controller(&self, program: &str, user: &str, index: usize) -> Command {
        let (paths, ports) = (&self.paths, &self.ports);
        let mut command = Command::new(paths.bin(program));
        command.env("KUBECONFIG", self.accounts.kubeconfig(user)).env("RUNTIME_NAMESPACE", "flux-system");
        command.env("HOME", &paths.folder).env("TMPDIR", &paths.folder);
        command.arg(format!("--metrics-addr=127.0.0.1:{}", ports.metrics[index]));
        command.arg(format!("--health-addr=127.0.0.1:{}", ports.health[index]));
        // One that waits for what will never be ready holds nobody else up.
        command.arg("--concurrent=16");
        // Without jitter an interval is what the object says; dependencies are looked at soon.
        command.args(["--enable-leader-election=false", "--requeue-dependency=2s", "--interval-jitter-percentage=0"]);
        command
    }
}

/// Whether the condition Ready is True and, where there is an observedGeneration, the present spec was observed.
pub fn is_ready(object: &serde_json::Value) -> bool {
    let observed = object
        .pointer("/status/observedGeneration")
        .is_none_or(|seen| Some(seen) == object.pointer("/metadata/generation"));
    let conditions = object.pointer("/status/conditions").and_then(|list| list.as_array());
    let ready = |condition: &serde_json::Value| condition["type"] == "Ready" && condition["status"] == "True";
    observed && conditions.is_some_and(|list| list.iter().any(ready))
}

const FLUX_KINDS: [&str; 8] = [
    "helm.toolkit.fluxcd.io/v2/helmreleases",
    "kustomize.toolkit.fluxcd.io/v1/kustomizations",
    "source.toolkit.fluxcd.io/v1/buckets",
    "source.toolkit.fluxcd.io/v1/externalartifacts",
    "source.toolkit.fluxcd.io/v1/gitrepositories",
    "source.toolkit.fluxcd.io/v1/helmcharts",
    "source.toolkit.fluxcd.io/v1/helmrepositories",
    "source.toolkit.fluxcd.io/v1/ocirepositories",
];

const NODE: &str = "apiVersion: v1
kind: Node
metadata:
  name: node-NUMBER
  labels: {kubernetes.io/hostname: node-NUMBER, kubernetes.io/os: linux, kubernetes.io/arch: amd64}
---
";

const REPOSITORY: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {url: URL, interval: 1m}
";
