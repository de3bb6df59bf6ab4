//! What keeps one from starting is a plain sentence with an exit code, and no stack trace.

use std::path::{Path, PathBuf};

use crate::Case;
use crate::client::{json, run_with};
use crate::cluster::{Cluster, User};
use crate::watching::{LIMIT, Watching};
use wheelhouse::release::FeedState;

pub const CASES: &[Case] = &[
    Case::shared("what_keeps_one_from_starting_is_said", trouble),
    Case::exclusive("flux_may_be_absent_and_come_later", flux_comes_later),
];

fn kubeconfig(folder: &Path, name: &str, server: &str, cluster: &str, user: &str) -> PathBuf {
    let path = folder.join(name);
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{{name: c, cluster: {{server: \"{server}\"{cluster}}}}}]\n\
         contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {user}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

fn trouble(cluster: &'static Cluster) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = cluster.server();
    let trusted = format!(", certificate-authority: \"{}\"", cluster.authority().display());
    let token = format!("{{token: \"{}\"}}", cluster.token(User::Admin));
    let broken = folder.join("broken");
    std::fs::write(&broken, "clusters: [\n").unwrap();
    // Taken and let go: nobody else is given the port so soon.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let exec =
        "{exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin-here, interactiveMode: Never}}";
    let check = |kubeconfig: &Path, arguments: &[&str], code: i32, words: &[&str]| {
        let output = run_with(kubeconfig, arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {told}");
        for word in words {
            assert!(told.contains(word), "\"{word}\" is not in: {told}");
        }
        assert!(!told.contains("panicked") && !told.contains("RUST_BACKTRACE"), "{told}");
        assert!(told.lines().count() <= 6, "short enough to read at night: {told}");
    };
    let list = &["list", "-A"][..];
    check(&folder.join("missing"), list, 3, &["cannot be read", "--kubeconfig"]);
    check(folder, list, 3, &["cannot be read"]);
    check(&broken, list, 3, &["not what it should be"]);
    let good = kubeconfig(folder, "good", &server, &trusted, &token);
    check(&good, &["list", "--context", "nowhere"], 3, &["no context \"nowhere\"", "give --context with one of: x"]);
    let dead = kubeconfig(folder, "dead", &format!("https://127.0.0.1:{port}"), "", &token);
    check(&dead, list, 4, &["cannot be reached", "the network"]);
    let untrusted = kubeconfig(folder, "untrusted", &server, "", &token);
    check(&untrusted, list, 4, &["is not trusted", "certificate-authority"]);
    let wrong = kubeconfig(folder, "wrong", &server, &trusted, "{token: wrong}");
    check(&wrong, list, 3, &["refused the credentials", "log in again"]);
    let plugin = kubeconfig(folder, "plugin", &server, &trusted, exec);
    check(&plugin, list, 3, &["cannot be run", "users[].user.exec.command"]);
    check(&good, &["history", "no-such", "-n", "default"], 6, &["no release no-such", "wheelhouse list -A"]);
    check(&good, &["frobnicate"], 2, &["unrecognized subcommand"]);
    check(
        &good,
        &["--demo", "list", "--context", "nowhere"],
        3,
        &["the demo has no context \"nowhere\"", "demo-viewer"],
    );
}

/// A cluster of its own: taking Flux away from the shared one would take its releases too.
fn flux_comes_later(_: &'static Cluster) {
    let cluster = Cluster::start();
    let definitions = [
        "helmreleases.helm.toolkit.fluxcd.io",
        "helmcharts.source.toolkit.fluxcd.io",
        "helmrepositories.source.toolkit.fluxcd.io",
    ];
    let kept: Vec<String> = definitions
        .iter()
        .map(|name| {
            let mut definition =
                cluster.get(&format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"));
            definition["metadata"] = serde_json::json!({"name": name});
            definition.as_object_mut().unwrap().remove("status");
            definition.to_string()
        })
        .collect();
    for name in definitions {
        cluster.kubectl(&["delete", "crd", name, "--timeout=60s"]);
    }
    let chart = cluster.charts().package("settings", "1.0.0");
    cluster.helm4(&["install", "native", chart.to_str().unwrap(), "-n", "default"]);
    let rows = json(&cluster, User::Admin, &["list", "-A", "-o", "json"]);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows:#}");
    let watching = Watching::start(cluster.kubeconfig(User::Admin));
    cluster.wait("three kinds to be called absent", LIMIT, || {
        watching.states().iter().filter(|(_, state)| *state == FeedState::Absent).count() == 3
    });
    // An old Flux serves other versions: they are named, and not read.
    let mut old: serde_json::Value = serde_json::from_str(&kept[0]).unwrap();
    old["spec"]["versions"].as_array_mut().unwrap().truncate(1);
    old["spec"]["versions"][0]["name"] = "v2beta2".into();
    cluster.apply(&old.to_string());
    let unsupported = FeedState::Unsupported { served: vec!["v2beta2".to_owned()] };
    cluster.wait("the older version to be named", LIMIT, || {
        watching.states().iter().any(|(_, state)| *state == unsupported)
    });
    let told = crate::client::run(&cluster, User::Admin, &["list", "-A"]);
    assert!(String::from_utf8_lossy(&told.stderr).contains("served as v2beta2"), "{told:?}");
    cluster.kubectl(&["delete", "crd", definitions[0], "--timeout=60s"]);
    for definition in &kept {
        cluster.apply(definition);
    }
    cluster.wait("all feeds to be live", LIMIT, || watching.live());
    cluster.apply(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: later, namespace: default}\n\
         spec: {interval: 1h, suspend: true, chartRef: {kind: OCIRepository, name: none}}\n",
    );
    cluster.wait("the new HelmRelease to be a row", LIMIT, || watching.has("default", "later"));
    cluster.stop();
}
