//! Exactly one hundred native releases, by the Helm 3 and Helm 4 command lines, in every state a release can be left in.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::super::process::lock;
use super::super::{Cluster, Helm, User};

/// What [`seed_hundred`] made.
#[derive(Debug)]
pub struct Hundred {
    /// Sorted by namespace and name.
    pub releases: Vec<Seeded>,
}

/// A native release as its newest revision stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seeded {
    pub namespace: String,
    pub name: String,
    /// "secret" or "configmap".
    pub driver: &'static str,
    pub revision: u64,
    /// Helm's word for the newest revision.
    pub status: &'static str,
}

/// Where the releases are. `checkout` and `payments` are those that `User::Two` may read.
const NAMESPACES: [&str; 12] =
    ["billing", "checkout", "data", "edge", "legacy", "mail", "media", "ops", "payments", "reports", "search", "shop"];

use Helm::{V3, V4};
use Step::{Background, DeleteNewest, Do, Fails};

/// One step in the life of a release. Arguments are separated by spaces; a word like `settings@1.0.0` is a package.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Do(Helm, String),
    Fails(Helm, String),
    /// Runs until the newest revision has this status; then the client is killed.
    Background(Helm, String, &'static str),
    /// Deletes the Secret of a revision, as a person would who cleans up by hand.
    DeleteNewest(u64),
}

pub(super) struct Plan {
    pub(super) release: Seeded,
    steps: Vec<Step>,
}

/// Makes the releases, then the HelmReleases of [`super::HELM_RELEASES`]. Once a cluster: later calls give the same answer.
pub fn seed_hundred(cluster: &Cluster) -> &Hundred {
    cluster.hundred.get_or_init(|| {
        let namespaces =
            NAMESPACES.map(|name| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n"));
        cluster.apply(&namespaces.concat());
        super::flux::create(cluster);
        let mut plans = particular();
        let ordinary = 100 - plans.len();
        plans.extend((0..ordinary).map(common));
        let mut releases: Vec<Seeded> = plans.iter().map(|plan| plan.release.clone()).collect();
        releases.sort();
        carry_out(cluster, plans);
        super::flux::settle(cluster);
        Hundred { releases }
    })
}

/// Four at a time: Helm mostly waits for the API server, and the API server has few cores.
pub(super) fn carry_out(cluster: &Cluster, plans: Vec<Plan>) {
    // Plans that wait for time limits stand first, so that nobody waits for them at the end.
    let queue = Mutex::new(VecDeque::from(plans));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(plan) = lock(&queue).pop_front() else { return };
                    for step in &plan.steps {
                        step.carry_out(cluster, &plan.release);
                    }
                }
            });
        }
    });
}

impl Step {
    fn carry_out(&self, cluster: &Cluster, release: &Seeded) {
        let line = |words: &str| -> Vec<String> {
            let mut arguments: Vec<String> = Vec::new();
            for word in words.split(' ') {
                match word.split_once('@') {
                    Some((chart, version)) => {
                        arguments.push(release.name.clone());
                        arguments.push(cluster.charts().package(chart, version).to_string_lossy().into_owned());
                    }
                    None if word == "NAME" => arguments.push(release.name.clone()),
                    None => arguments.push(word.to_owned()),
                }
            }
            arguments.extend(["--namespace".to_owned(), release.namespace.clone()]);
            arguments
        };
        let run = |helm: Helm, words: &str| {
            let arguments = line(words);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            cluster.helm(helm, &arguments, &[("HELM_DRIVER", release.driver)])
        };
        match self {
            Do(helm, words) => {
                run(*helm, words).expect_success();
            }
            Fails(helm, words) => {
                run(*helm, words).expect_failure();
            }
            Background(helm, words, status) => {
                let key = format!("{}-{}", release.namespace, release.name);
                let arguments = line(words);
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                cluster.helm_in_background(&key, *helm, &arguments);
                let path = format!(
                    "/api/v1/namespaces/{}/secrets?labelSelector=name%3D{},status%3D{status}",
                    release.namespace, release.name
                );
                cluster.wait(&format!("{key} to be {status}"), Duration::from_secs(60), || {
                    cluster.get(&path)["items"].as_array().is_some_and(|items| !items.is_empty())
                });
                cluster.kill(&key);
            }
            DeleteNewest(revision) => {
                let name = format!("sh.helm.release.v1.{}.v{revision}", release.name);
                cluster.kubectl(&["delete", "secret", &name, "--namespace", &release.namespace]);
            }
        }
    }
}

pub(super) fn plan(
    namespace: &str,
    name: &str,
    driver: &'static str,
    (revision, status): (u64, &'static str),
    steps: Vec<Step>,
) -> Plan {
    let release = Seeded { namespace: namespace.to_owned(), name: name.to_owned(), driver, revision, status };
    Plan { release, steps }
}

/// The releases that each show something; the slow ones first.
fn particular() -> Vec<Plan> {
    let run = |helm, words: &str| Do(helm, words.to_owned());
    let fails = |helm, words: &str| Fails(helm, words.to_owned());
    let (secret, configmap) = ("secret", "configmap");
    let (deployed, failed, uninstalled) = ("deployed", "failed", "uninstalled");
    let many_upgrades = std::iter::once(run(V3, "install settings@1.0.0")).chain((2..=12).map(|revision| {
        run(V4, &format!("upgrade settings@1.{}.0 --history-max 5 --set settings.STEP=r{revision}", revision % 3))
    }));
    vec![
        // Failed in each way that leaves a revision, and in the one that leaves none.
        plan(
            "media",
            "transcoder",
            secret,
            (1, failed),
            vec![fails(V4, "install cache@0.9.0 --set breakImage=true --wait --timeout 4s")],
        ),
        plan(
            "reports",
            "monthly",
            secret,
            (2, failed),
            vec![
                run(V3, "install storefront@1.5.0"),
                fails(V3, "upgrade storefront@1.6.0 --set breakStart=true --wait --timeout 4s"),
            ],
        ),
        plan(
            "billing",
            "ledger",
            secret,
            (2, failed),
            vec![run(V4, "install settings@1.0.0"), fails(V4, "upgrade settings@1.1.0 --set hook=fail --timeout 20s")],
        ),
        plan(
            "billing",
            "dunning",
            secret,
            (3, failed),
            vec![
                run(V3, "install settings@1.0.0"),
                run(V3, "upgrade settings@1.1.0"),
                fails(V3, "upgrade settings@1.2.0 --set hook=fail --timeout 20s"),
            ],
        ),
        plan(
            "search",
            "indexer",
            secret,
            (1, failed),
            vec![fails(V3, "install job-runner@0.3.0 --set breakHook=true --timeout 20s")],
        ),
        plan(
            "search",
            "suggest",
            secret,
            (1, deployed),
            vec![run(V4, "install settings@1.0.0"), fails(V4, "upgrade settings@1.1.0 --set breakTemplate=true")],
        ),
        // The client died.
        plan(
            "legacy",
            "wiki",
            secret,
            (2, "pending-upgrade"),
            vec![
                run(V3, "install settings@1.0.0"),
                Background(V3, "upgrade settings@1.1.0 --set hook=stay --timeout 10m".to_owned(), "pending-upgrade"),
            ],
        ),
        // No revision is deployed, failed or pending.
        plan(
            "legacy",
            "archive",
            secret,
            (2, "superseded"),
            vec![
                run(V3, "install settings@1.0.0"),
                run(V3, "upgrade settings@1.1.0"),
                run(V3, "upgrade settings@1.2.0"),
                DeleteNewest(3),
            ],
        ),
        plan(
            "legacy",
            "forum",
            secret,
            (2, deployed),
            vec![
                run(V3, "install settings@1.0.0"),
                // Helm 4 keeps the client-side apply of a release that Helm 3 installed.
                run(V4, "upgrade settings@1.1.0"),
            ],
        ),
        plan("ops", "counters", secret, (12, deployed), many_upgrades.collect()),
        plan(
            "ops",
            "labelled",
            secret,
            (2, deployed),
            vec![
                run(V4, "install settings@1.0.0 --labels team=payments,tier=gold"),
                run(V4, "upgrade settings@1.1.0 --labels team=platform"),
            ],
        ),
        plan(
            "ops",
            "nightly",
            secret,
            (2, deployed),
            vec![run(V4, "install job-runner@0.3.0"), run(V4, "upgrade job-runner@0.4.0")],
        ),
        plan(
            "edge",
            "gateway",
            secret,
            (3, deployed),
            vec![
                run(V4, "install settings@1.0.0"),
                run(V4, "upgrade settings@1.1.0 --set settings.LOG_LEVEL=debug"),
                run(V4, "rollback NAME 1"),
            ],
        ),
        plan(
            "edge",
            "gateway-classic",
            secret,
            (3, deployed),
            vec![
                run(V3, "install settings@1.0.0"),
                run(V3, "upgrade settings@1.1.0 --set settings.LOG_LEVEL=debug"),
                run(V3, "rollback NAME 1"),
            ],
        ),
        plan(
            "shop",
            "storefront",
            secret,
            (3, deployed),
            vec![
                run(V4, "install storefront@1.5.0"),
                run(V4, "upgrade storefront@1.6.0 --set autoscaling.max=8"),
                run(V4, "upgrade storefront@1.7.0 --reuse-values --set image.tag=2.12.0"),
            ],
        ),
        plan(
            "shop",
            "cart-cache",
            secret,
            (2, deployed),
            vec![run(V3, "install cache@0.9.0 --wait --timeout 60s"), run(V3, "upgrade cache@1.0.0 --set replicas=3")],
        ),
        plan(
            "shop",
            "preview",
            secret,
            (1, deployed),
            vec![run(V4, "install settings@2.0.0-rc.1 --server-side=false --description preview")],
        ),
        plan(
            "data",
            "warehouse",
            configmap,
            (2, deployed),
            vec![run(V4, "install settings@1.0.0"), run(V4, "upgrade settings@1.2.0")],
        ),
        plan("data", "lake", configmap, (1, deployed), vec![run(V3, "install settings@1.1.0")]),
        plan(
            "data",
            "stream",
            configmap,
            (2, failed),
            vec![run(V3, "install settings@1.0.0"), fails(V3, "upgrade settings@1.1.0 --set hook=fail --timeout 20s")],
        ),
        plan(
            "data",
            "retired",
            configmap,
            (1, uninstalled),
            vec![run(V3, "install settings@1.0.0"), run(V3, "uninstall NAME --keep-history")],
        ),
        plan(
            "mail",
            "relay",
            configmap,
            (3, deployed),
            vec![
                run(V3, "install settings@1.0.0"),
                run(V3, "upgrade settings@1.1.0"),
                run(V4, "upgrade settings@1.2.0"),
            ],
        ),
        plan("mail", "lists", configmap, (1, deployed), vec![run(V4, "install settings@1.2.0")]),
        plan(
            "mail",
            "old-relay",
            secret,
            (2, uninstalled),
            vec![
                run(V4, "install settings@1.0.0"),
                run(V4, "upgrade settings@1.1.0"),
                run(V4, "uninstall NAME --keep-history"),
            ],
        ),
        plan(
            "legacy",
            "guestbook",
            secret,
            (1, uninstalled),
            vec![run(V3, "install settings@1.0.0"), run(V3, "uninstall NAME --keep-history")],
        ),
        plan(
            "legacy",
            "counter",
            secret,
            (1, uninstalled),
            vec![run(V4, "install settings@1.0.0"), run(V4, "uninstall NAME --keep-history")],
        ),
    ]
}

/// One of the rest: cheap, deployed, of one to three revisions.
fn common(index: usize) -> Plan {
    let namespace = NAMESPACES[index % NAMESPACES.len()];
    let helm = if index.is_multiple_of(2) { V4 } else { V3 };
    let upgrades = [0, 0, 1, 0, 2][index % 5];
    let install = format!("install settings@1.{}.0 --set settings.REGION=region-{index}", index % 3);
    let mut steps = vec![Do(helm, install)];
    steps.extend((0..upgrades).map(|step| Do(helm, format!("upgrade settings@1.2.0 --set settings.STEP=r{step}"))));
    plan(namespace, &format!("app-{index:02}"), "secret", (1 + upgrades, "deployed"), steps)
}

impl Hundred {
    /// What `helm list` says of the newest revisions, for comparison with `releases`.
    pub fn listed(cluster: &Cluster) -> Vec<Seeded> {
        let mut listed = Vec::new();
        for (driver, flag) in [("secret", "secret"), ("configmap", "configmap")] {
            let ran = cluster.helm_as(
                User::Admin,
                V3,
                &["list", "-A", "-a", "--max", "0", "-o", "json"],
                &[("HELM_DRIVER", flag)],
            );
            let list: Vec<Value> = serde_json::from_str(&ran.expect_success()).expect("the list that Helm printed");
            for release in list {
                let text = |key: &str| release[key].as_str().unwrap_or_default().to_owned();
                let known = ["deployed", "failed", "superseded", "uninstalled", "pending-upgrade", "pending-install"];
                let status = known.into_iter().find(|word| release["status"] == *word);
                listed.push(Seeded {
                    namespace: text("namespace"),
                    name: text("name"),
                    driver,
                    revision: text("revision").parse().expect("a revision"),
                    status: status.unwrap_or_else(|| panic!("status of {release}")),
                });
            }
        }
        listed.sort();
        listed
    }
}
