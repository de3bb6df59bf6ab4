//! Each piece of the test cluster does what the other subjects take for granted.

use std::time::Duration;

use serde_json::Value;

use crate::Case;
use crate::cluster::{Cluster, Helm, TWO_NAMESPACES, User, is_ready};

pub const CASES: &[Case] = &[
    Case::shared("rights_of_each_user", rights_of_each_user),
    Case::shared("deployment_becomes_ready", deployment_becomes_ready),
    Case::shared("job_completes_and_job_fails", job_completes_and_job_fails),
    Case::shared("helm_3_and_helm_4_share_a_release", helm_3_and_helm_4_share_a_release),
    Case::shared("helm_driver_configmap", helm_driver_configmap),
    Case::shared("helm_release_is_reconciled", helm_release_is_reconciled),
    Case::shared("helm_release_with_a_missing_version", helm_release_with_a_missing_version),
    Case::shared("audit_names_user_and_verb", audit_names_user_and_verb),
    Case::shared("relay_counts_cuts_and_refuses", relay_counts_cuts_and_refuses),
    Case::exclusive("apiserver_stops_and_starts", apiserver_stops_and_starts),
    Case::exclusive("expired_watch_answers_410", expired_watch_answers_410),
];

const MINUTE: Duration = Duration::from_secs(60);

/// Creates a namespace for a case and returns its name.
fn namespace(cluster: &Cluster, name: &'static str) -> &'static str {
    cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"));
    name
}

fn rights_of_each_user(cluster: &Cluster) {
    let [first, second] = TWO_NAMESPACES;
    let releases = "/apis/helm.toolkit.fluxcd.io/v2";
    let everywhere = |kind: &str| format!("/api/v1/{kind}");
    let inside = |namespace: &str, kind: &str| format!("/api/v1/namespaces/{namespace}/{kind}");
    let rows: Vec<(String, [u16; 5])> = vec![
        // Path, and the status for administrator, viewer, writer, two, nobody.
        (everywhere("namespaces"), [200, 200, 200, 403, 403]),
        (everywhere("secrets"), [200, 403, 403, 403, 403]),
        (everywhere("configmaps"), [200, 200, 200, 403, 403]),
        (inside(first, "secrets"), [200, 403, 403, 200, 403]),
        (inside(second, "secrets"), [200, 403, 200, 200, 403]),
        (inside(second, "configmaps"), [200, 200, 200, 200, 403]),
        (inside(second, "pods"), [200, 200, 200, 200, 403]),
        (inside("default", "secrets"), [200, 403, 403, 403, 403]),
        (inside("default", "pods"), [200, 200, 200, 403, 403]),
        (format!("/apis/apps/v1/namespaces/{first}/deployments"), [200, 200, 200, 200, 403]),
        (format!("{releases}/helmreleases"), [200, 200, 200, 403, 403]),
        (format!("{releases}/namespaces/{first}/helmreleases"), [200, 200, 200, 200, 403]),
        ("/apis/source.toolkit.fluxcd.io/v1/helmrepositories".to_owned(), [200, 200, 200, 403, 403]),
        // Discovery and version are for everyone with a name.
        ("/version".to_owned(), [200, 200, 200, 200, 200]),
        ("/apis".to_owned(), [200, 200, 200, 200, 200]),
    ];
    for (path, expected) in rows {
        let seen = User::ALL.map(|user| cluster.request(user, "GET", &path, None).status);
        assert_eq!(seen, expected, "{path}");
    }
    let anonymous =
        cluster.connection().and_then(|mut open| open.send("GET", "/api/v1/namespaces", Some("wrong"), None));
    assert_eq!(anonymous.expect("an answer").status, 401);
    for user in [User::Viewer, User::Writer, User::Two, User::Nobody] {
        let answer = cluster.kubectl_as(user, &["auth", "can-i", "create", "secrets", "--namespace", first]);
        assert_eq!(answer.stdout.trim(), "no", "{user:?} may not write");
    }
}

fn deployment_becomes_ready(cluster: &Cluster) {
    let namespace = namespace(cluster, "smoke-deployment");
    cluster.kubectl(&[
        "create",
        "deployment",
        "web",
        "--image=registry.example.com/web:1",
        "--replicas=2",
        "-n",
        namespace,
    ]);
    cluster.kubectl(&["rollout", "status", "deployment/web", "--timeout=60s", "-n", namespace]);
    let pods = cluster.get(&format!("/api/v1/namespaces/{namespace}/pods"));
    let pods = pods["items"].as_array().unwrap();
    assert_eq!(pods.len(), 2);
    assert!(pods.iter().all(|pod| is_ready(pod) && pod["spec"]["nodeName"].as_str().unwrap().starts_with("node-")));
    cluster.kubectl(&["delete", "deployment", "web", "--cascade=foreground", "--timeout=60s", "-n", namespace]);
    cluster.wait("the Pods to be deleted", MINUTE, || {
        cluster.get(&format!("/api/v1/namespaces/{namespace}/pods"))["items"].as_array().unwrap().is_empty()
    });
}

fn job_completes_and_job_fails(cluster: &Cluster) {
    let namespace = namespace(cluster, "smoke-job");
    let job = |name: &str, annotation: &str| {
        format!(
            "apiVersion: batch/v1
kind: Job
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  backoffLimit: 0
  template:
    metadata: {{annotations: {{{annotation}}}}}
    spec:
      restartPolicy: Never
      containers: [{{name: work, image: \"registry.example.com/work:1\"}}]
---
"
        )
    };
    cluster.apply(&[job("good", ""), job("bad", "demo.example.com/fail: crash")].concat());
    cluster.kubectl(&["wait", "--for=condition=Complete", "--timeout=60s", "job/good", "-n", namespace]);
    cluster.kubectl(&["wait", "--for=condition=Failed", "--timeout=60s", "job/bad", "-n", namespace]);
}

fn helm_3_and_helm_4_share_a_release(cluster: &Cluster) {
    let namespace = namespace(cluster, "smoke-helm");
    let [old, new, newest] = ["1.5.0", "1.6.0", "1.7.0"].map(|version| cluster.charts().package("storefront", version));
    let [old, new, newest] = [&old, &new, &newest].map(|path| path.to_str().unwrap());
    // The upgrades run a Job as a hook, and --wait needs the Deployment's Pods.
    cluster.helm3(&["install", "shop", old, "-n", namespace, "--wait", "--timeout", "90s"]);
    cluster.helm3(&["upgrade", "shop", new, "-n", namespace]);
    cluster.helm4(&["upgrade", "shop", newest, "-n", namespace, "--wait", "--timeout", "90s"]);
    cluster.helm4(&["test", "shop", "-n", namespace, "--timeout", "60s"]);
    let history: Value =
        serde_json::from_str(&cluster.helm4(&["history", "shop", "-n", namespace, "-o", "json"])).unwrap();
    let seen = history.as_array().unwrap().iter();
    let seen: Vec<(&str, &str)> =
        seen.map(|row| (row["chart"].as_str().unwrap(), row["status"].as_str().unwrap())).collect();
    let superseded = "superseded";
    let expected =
        [("storefront-1.5.0", superseded), ("storefront-1.6.0", superseded), ("storefront-1.7.0", "deployed")];
    assert_eq!(seen, expected);
    cluster.helm4(&[
        "install",
        "cache",
        cluster.charts().package("cache", "0.9.0").to_str().unwrap(),
        "-n",
        namespace,
        "--wait",
    ]);
}

fn helm_driver_configmap(cluster: &Cluster) {
    let namespace = namespace(cluster, "smoke-driver");
    let package = cluster.charts().package("settings", "1.0.0");
    for (helm, name) in [(Helm::V3, "three"), (Helm::V4, "four")] {
        let arguments = ["install", name, package.to_str().unwrap(), "-n", namespace];
        cluster.helm(helm, &arguments, &[("HELM_DRIVER", "configmap")]).expect_success();
    }
    let stored = cluster.get(&format!("/api/v1/namespaces/{namespace}/configmaps?labelSelector=owner%3Dhelm"));
    assert_eq!(stored["items"].as_array().unwrap().len(), 2);
}

fn helm_release(namespace: &str, version: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: web, namespace: {namespace}}}
spec:
  interval: 1h
  chart: {{spec: {{chart: storefront, version: {version:?}, sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}}}}}
"
    )
}

fn helm_release_is_reconciled(cluster: &Cluster) {
    let namespace = namespace(cluster, "smoke-flux");
    let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases/web");
    for (version, action) in [("1.5.0", "InstallSucceeded"), ("1.6.0", "UpgradeSucceeded")] {
        cluster.apply(&helm_release(namespace, version));
        cluster.wait(&format!("HelmRelease at {version}"), MINUTE * 2, || {
            let object = cluster.get(&path);
            let newest = &object["status"]["history"][0];
            let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let reason =
                conditions.iter().find(|condition| condition["type"] == "Ready").map(|ready| ready["reason"].clone());
            is_ready(&object) && newest["chartVersion"] == version && reason == Some(action.into())
        });
    }
    let deployment = cluster.get(&format!("/apis/apps/v1/namespaces/{namespace}/deployments/web"));
    assert_eq!(deployment["metadata"]["labels"]["helm.sh/chart"], "storefront-1.6.0");
    assert_eq!(deployment["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"], "web");
}

fn helm_release_with_a_missing_version(cluster: &Cluster) {
    let namespace = namespace(cluster, "smoke-flux-missing");
    cluster.apply(&helm_release(namespace, "9.9.9"));
    let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases/web");
    cluster.wait("the HelmRelease to miss its chart", MINUTE, || {
        let conditions = cluster.get(&path)["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let missing = |condition: &&Value| condition["type"] == "Ready" && condition["status"] == "False";
        conditions.iter().find(missing).is_some_and(|ready| ready["reason"] == "SourceNotReady")
    });
}

fn audit_names_user_and_verb(cluster: &Cluster) {
    let mark = cluster.audit_mark();
    let path = "/api/v1/namespaces/payments/secrets";
    assert_eq!(cluster.request(User::Two, "GET", &format!("{path}?limit=3"), None).status, 200);
    assert_eq!(cluster.request(User::Viewer, "GET", &format!("{path}/audited"), None).status, 403);
    let watch = format!("{path}?watch=true&timeoutSeconds=1");
    assert_eq!(cluster.request(User::Two, "GET", &watch, None).status, 200);
    let events = cluster.audit_since(mark);
    // Other cases run beside this one; these two users are asked about this namespace only here.
    let mine =
        events.iter().filter(|event| event.uri.starts_with(path) && matches!(event.user.as_str(), "two" | "viewer"));
    let mine = mine.filter(|event| event.uri.contains('?') || event.name == "audited");
    let seen: Vec<_> =
        mine.map(|event| (event.user.as_str(), event.verb.as_str(), event.code, event.stage.as_str())).collect();
    let expected = [
        ("two", "list", 200, "ResponseComplete"),
        ("viewer", "get", 403, "ResponseComplete"),
        ("two", "watch", 200, "ResponseStarted"),
        ("two", "watch", 200, "ResponseComplete"),
    ];
    assert_eq!(seen, expected);
    let list = events.iter().find(|event| event.uri.ends_with("?limit=3")).unwrap();
    assert_eq!((list.resource.as_str(), list.namespace.as_str()), ("secrets", "payments"));
}

fn relay_counts_cuts_and_refuses(cluster: &Cluster) {
    let relay = cluster.relay();
    let kubeconfig = relay.kubeconfig(User::Viewer);
    let get = || {
        let flag = format!("--kubeconfig={}", kubeconfig.display());
        cluster.kubectl_as(User::Nobody, &[&flag, "get", "--raw", "/api/v1/namespaces/default"])
    };
    get().expect_success();
    let (down, up) = (relay.bytes_down(), relay.bytes_up());
    assert!(down > 500 && up > 500, "{down} bytes down, {up} bytes up");
    relay.refuse(true);
    assert!(get().expect_failure().contains("refused"));
    relay.refuse(false);
    get().expect_success();

    // A watch in the background ends when it is cut, long before its own limit.
    std::thread::scope(|scope| {
        let flag = format!("--kubeconfig={}", kubeconfig.display());
        let accepted = relay.accepted();
        let path = "/api/v1/namespaces?watch=true&timeoutSeconds=120";
        let watch = scope.spawn(move || cluster.kubectl_as(User::Nobody, &[&flag, "get", "--raw", path]));
        cluster.wait("the watch to be relayed", MINUTE, || {
            relay.accepted() > accepted && relay.bytes_down() > down + 2_000
        });
        let cut = std::time::Instant::now();
        relay.cut();
        let ran = watch.join().unwrap();
        assert!(cut.elapsed() < MINUTE, "the watch ended by itself");
        assert!(!ran.success() || !ran.stdout.is_empty());
        cluster.wait("no connection to be left", MINUTE, || relay.connections() == 0);
    });
}

fn apiserver_stops_and_starts(cluster: &Cluster) {
    let uid = |object: Value| object["metadata"]["uid"].clone();
    let before = uid(cluster.get("/api/v1/namespaces/default"));
    cluster.stop_apiserver();
    assert_ne!(cluster.kubectl_as(User::Admin, &["get", "--raw", "/version"]).code, Some(0));
    cluster.start_apiserver();
    assert_eq!(uid(cluster.get("/api/v1/namespaces/default")), before);
    // The controllers have come back to it as well.
    deployment_becomes_ready(cluster);
}

fn expired_watch_answers_410(cluster: &Cluster) {
    let list = cluster.get("/api/v1/namespaces/default/configmaps?limit=1");
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let watch = format!("/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=2&resourceVersion={version}");
    let answer = |path: &str| cluster.request(User::Admin, "GET", path, None);
    let fresh = answer(&watch);
    assert!(fresh.status == 200 && !fresh.body.contains("ERROR"), "{fresh:?}");
    cluster.expire_watches();
    let expired = answer(&watch);
    let first = expired.body.lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap()).unwrap();
    assert!(expired.status == 410 || (first["type"] == "ERROR" && first["object"]["code"] == 410), "{expired:?}");
}
