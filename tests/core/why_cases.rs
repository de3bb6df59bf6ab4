//! Why a release is as it is, for what the recordings do not show: made-up objects, the whole answer as a tree.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use wheelhouse::health::why::{self, Known};
use wheelhouse::health::{Standing, Trouble};
use wheelhouse::release::flux::{HelmRelease, Kustomization, Source, SourceKind};
use wheelhouse::release::payload::Payload;
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{
    Catalog, Change, Controller, Event, Feed, FeedKind, FeedState, ObjectId, ObjectKey, Problem, ProblemKind, Release,
};

use crate::why::text;

fn now() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

/// What is known of one made-up cluster.
#[derive(Default)]
struct Case {
    objects: Vec<Value>,
    feeds: Vec<(FeedKind, Option<&'static str>, FeedState)>,
    standing: Standing,
    events: Vec<Event>,
    payloads: Vec<Payload>,
    controllers: Option<Result<Vec<Controller>, Problem>>,
    /// When the spec and the status of every HelmRelease were written.
    written: Option<(&'static str, &'static str)>,
}

impl Case {
    fn of(objects: impl IntoIterator<Item = Value>) -> Self {
        Self { objects: objects.into_iter().collect(), ..Self::default() }
    }

    fn catalog(&self) -> Catalog {
        let mut catalog = Catalog::default();
        for kind in [
            FeedKind::HelmReleases,
            FeedKind::Kustomizations,
            FeedKind::Sources(SourceKind::HelmChart),
            FeedKind::Sources(SourceKind::HelmRepository),
            FeedKind::Sources(SourceKind::GitRepository),
            FeedKind::Sources(SourceKind::OciRepository),
            FeedKind::Sources(SourceKind::ExternalArtifact),
        ] {
            catalog.apply(Change::Feed(Feed { kind, namespace: None }, FeedState::Live));
        }
        for (kind, namespace, state) in &self.feeds {
            let feed = Feed { kind: *kind, namespace: namespace.map(str::to_owned) };
            catalog.apply(Change::Feed(feed, state.clone()));
        }
        for object in &self.objects {
            let source = |kind| Change::Source(Arc::new(Source::read(kind, object).unwrap()));
            catalog.apply(match object["kind"].as_str().unwrap() {
                "HelmRelease" => {
                    let mut read = HelmRelease::read(object).unwrap();
                    read.spec_written = self.written.map(|(spec, _)| spec.parse().unwrap());
                    read.status_written = self.written.map(|(_, status)| status.parse().unwrap());
                    Change::HelmRelease(Arc::new(read))
                }
                "Kustomization" => Change::Kustomization(Arc::new(Kustomization::read(object).unwrap())),
                "Secret" => {
                    let meta = serde_json::from_value(object["metadata"].clone()).unwrap();
                    let driver = wheelhouse::release::codec::Driver::Secret;
                    Change::Revision(Box::new(StoredRevision::read(driver, &meta).unwrap()))
                }
                kind => source(SourceKind::of(kind).unwrap()),
            });
        }
        catalog
    }

    fn tree(&self, name: &str) -> String {
        let catalog = self.catalog();
        let release = catalog.releases().into_iter().find(|one| one.id.name == name).unwrap();
        self.tree_of(&catalog, &release)
    }

    fn tree_of(&self, catalog: &Catalog, release: &Release) -> String {
        let known = Known {
            catalog,
            standing: &self.standing,
            events: &self.events.iter().collect::<Vec<_>>(),
            replica_sets: &[],
            payloads: &self.payloads.iter().collect::<Vec<_>>(),
            controllers: self.controllers.as_ref(),
            now: now(),
        };
        text(&why::explain(release, known), now())
    }
}

fn trees(cases: &[(&str, Case)]) -> String {
    let mut out = String::new();
    for (what, case) in cases {
        writeln!(out, "==== {what}\n{}", case.tree("web")).unwrap();
    }
    out
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": 2,
           "lastTransitionTime": "2026-11-21T02:55:00Z"})
}

/// An object with its spec and its conditions.
fn object(kind: &str, name: &str, spec: Value, conditions: Vec<Value>) -> Value {
    let (namespace, name) = name.split_once('/').unwrap();
    json!({
        "kind": kind,
        "metadata": {"namespace": namespace, "name": name, "generation": 2, "creationTimestamp": "2026-11-20T00:00:00Z"},
        "spec": spec,
        "status": {"observedGeneration": 2, "conditions": conditions},
    })
}

fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap();
    match (parent.as_array_mut(), key.parse::<usize>()) {
        (Some(list), Ok(index)) => list[index] = value,
        _ => parent[key] = value,
    }
    object
}

fn chart_spec() -> Value {
    json!({"chart": {"spec": {"chart": "web", "version": "1.5.0",
        "sourceRef": {"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"}}}, "interval": "10m"})
}

fn release(name: &str, more: Value, conditions: Vec<Value>) -> Value {
    let mut spec = chart_spec();
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object("HelmRelease", name, spec, conditions)
}

fn ready() -> Value {
    condition(
        "Ready",
        "True",
        "UpgradeSucceeded",
        "Helm upgrade succeeded for release shop/web.v2 with chart web@1.5.0",
    )
}

fn blocked(on: &str) -> Value {
    condition("Ready", "False", "DependencyNotReady", &format!("dependency '{on}' is not ready"))
}

/// The chart and the repository that every made-up HelmRelease draws from, both well.
fn sources() -> Vec<Value> {
    let artifact = |object, revision: &str| with(object, "/status/artifact", json!({ "revision": revision }));
    let spec = json!({"chart": "web", "version": "1.5.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}});
    let well = || vec![condition("Ready", "True", "Succeeded", "stored artifact")];
    vec![
        artifact(object("HelmChart", "flux-system/shop-web", spec, well()), "1.5.0"),
        artifact(object("HelmRepository", "flux-system/charts", json!({"interval": "1h"}), well()), "sha256:aa"),
    ]
}

fn cluster(objects: impl IntoIterator<Item = Value>) -> Case {
    Case::of(sources().into_iter().chain(objects))
}

#[test]
fn dependencies() {
    let depends = |on: &str| json!({"dependsOn": [{"name": on}]});
    let waiting = |name: &str, on: &str| release(name, depends(on), vec![blocked(&format!("shop/{on}"))]);
    let forbidden = vec![(FeedKind::HelmReleases, Some("data"), FeedState::Forbidden)];
    insta::assert_snapshot!(trees(&[
        ("a circle", cluster([waiting("shop/web", "b"), waiting("shop/b", "c"), waiting("shop/c", "web")])),
        ("a missing one", cluster([waiting("shop/web", "absent")])),
        (
            "three deep",
            cluster([
                waiting("shop/web", "b"),
                waiting("shop/b", "c"),
                release("shop/c", json!({}), vec![condition("Ready", "False", "AccessDenied", "may not")]),
            ])
        ),
        (
            "a suspended one",
            cluster([
                waiting("shop/web", "b"),
                with(
                    release("shop/b", json!({"suspend": true}), vec![ready()]),
                    "/status/observedGeneration",
                    json!(1)
                ),
            ])
        ),
        (
            "an expression",
            cluster([
                release(
                    "shop/web",
                    json!({"dependsOn": [{"name": "b", "readyExpr": "dep.status.x == 1"}]}),
                    vec![condition(
                        "Ready",
                        "False",
                        "DependencyNotReady",
                        "dependency 'shop/b' is not ready according to readyExpr eval"
                    ),]
                ),
                release("shop/b", json!({}), vec![ready()]),
            ])
        ),
        (
            "a forbidden one",
            Case {
                feeds: forbidden,
                ..cluster([release(
                    "shop/web",
                    json!({"dependsOn": [{"name": "db", "namespace": "data"}]}),
                    vec![blocked("data/db")]
                )])
            }
        ),
    ]));
}

fn owned(object: Value) -> Value {
    with(
        object,
        "/metadata/labels",
        json!({
            "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        }),
    )
}

fn kustomization(more: Value, conditions: Vec<Value>, applied: &str) -> Value {
    let mut spec = json!({"sourceRef": {"kind": "GitRepository", "name": "fleet"}, "interval": "10m"});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    with(object("Kustomization", "flux-system/apps", spec, conditions), "/status/lastAppliedRevision", json!(applied))
}

fn git(revision: &str, conditions: Vec<Value>) -> Value {
    let git = object("GitRepository", "flux-system/fleet", json!({"url": "ssh://git.example.com/fleet"}), conditions);
    with(git, "/status/artifact", json!({ "revision": revision }))
}

const OLD: &str = "main@sha1:1111111111111111111111111111111111111111";
const NEW: &str = "main@sha1:2222222222222222222222222222222222222222";

/// "My fix is pushed, why isn't it here?"
#[test]
fn kustomizations() {
    let applied = || vec![condition("Ready", "True", "ReconciliationSucceeded", "Applied revision")];
    let stored = || vec![condition("Ready", "True", "Succeeded", "stored artifact")];
    let web = || owned(release("shop/web", json!({}), vec![ready()]));
    let failed = || owned(failed("Released", "UpgradeFailed", &format!("{UPGRADE}no")));
    let build = "kustomize build failed: accumulating resources: no such file";
    let clone = "failed to checkout and determine revision: unable to clone: authentication required";
    insta::assert_snapshot!(trees(&[
        ("all is here", cluster([web(), kustomization(json!({}), applied(), NEW), git(NEW, stored())])),
        (
            "suspended in the way",
            cluster([web(), kustomization(json!({"suspend": true}), applied(), OLD), git(NEW, stored())])
        ),
        (
            "suspended beside a failure",
            cluster([failed(), kustomization(json!({"suspend": true}), applied(), OLD), git(NEW, stored())])
        ),
        (
            "it cannot be built",
            cluster([
                web(),
                kustomization(json!({}), vec![condition("Ready", "False", "BuildFailed", build)], OLD),
                git(NEW, stored()),
            ])
        ),
        ("not applied yet", cluster([web(), kustomization(json!({}), applied(), OLD), git(NEW, stored())])),
        (
            "the repository cannot be fetched",
            cluster([
                web(),
                kustomization(json!({}), applied(), OLD),
                git(
                    OLD,
                    vec![
                        condition("FetchFailed", "True", "GitOperationFailed", clone),
                        condition("Ready", "False", "GitOperationFailed", clone)
                    ]
                ),
            ])
        ),
        (
            "another one is in the way",
            cluster([
                web(),
                kustomization(
                    json!({"dependsOn": [{"name": "infra"}]}),
                    vec![condition(
                        "Ready",
                        "False",
                        "DependencyNotReady",
                        "dependency 'flux-system/infra' is not ready"
                    ),],
                    OLD
                ),
                with(
                    object(
                        "Kustomization",
                        "flux-system/infra",
                        json!({"sourceRef": {"kind": "GitRepository", "name": "fleet"}}),
                        vec![condition(
                            "Ready",
                            "False",
                            "HealthCheckFailed",
                            "health check failed after 30s: timeout waiting for: [Deployment/infra/dns status: 'InProgress']"
                        ),]
                    ),
                    "/status/lastAppliedRevision",
                    json!(OLD),
                ),
                git(NEW, stored()),
            ])
        ),
        ("forbidden", Case { feeds: vec![(FeedKind::Kustomizations, None, FeedState::Forbidden)], ..cluster([web()]) }),
        ("gone", cluster([web()])),
    ]));
}

#[test]
fn chart_sources() {
    let unready = |message: &str| condition("Ready", "False", "SourceNotReady", message);
    let fetch = "failed to fetch Helm repository index: Get \"https://charts.example.com/index.yaml\": i/o timeout";
    let repository = |artifact: Value| {
        let conditions = vec![
            condition("FetchFailed", "True", "IndexationFailed", fetch),
            condition("Ready", "False", "IndexationFailed", fetch),
        ];
        with(object("HelmRepository", "flux-system/charts", json!({}), conditions), "/status/artifact", artifact)
    };
    let chart = |message: &str| {
        let spec =
            json!({"chart": "web", "version": "1.6.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}});
        object("HelmChart", "flux-system/shop-web", spec, vec![condition("Ready", "False", "ChartPullFailed", message)])
    };
    let oci = |object: Value| {
        with(object, "/spec", json!({"chartRef": {"kind": "OCIRepository", "name": "web"}, "interval": "5m"}))
    };
    insta::assert_snapshot!(trees(&[
        (
            "an old index is still used",
            Case::of([
                release("shop/web", json!({}), vec![ready()]),
                sources().remove(0),
                repository(json!({"revision": "sha256:bb"})),
            ])
        ),
        (
            "the chart cannot be found because the index is old",
            Case::of([
                release("shop/web", json!({}), vec![unready("HelmChart 'flux-system/shop-web' is not ready: x")]),
                chart("no 'web' chart with version matching '1.6.0' found"),
                repository(json!({"revision": "sha256:bb"})),
            ])
        ),
        (
            "no index was ever fetched",
            Case::of([
                release("shop/web", json!({}), vec![unready("HelmChart 'flux-system/shop-web' is not ready: x")]),
                chart("no artifact available for HelmRepository source 'charts'"),
                repository(Value::Null),
            ])
        ),
        (
            "a registry has nothing to say",
            Case::of([
                release("shop/web", json!({}), vec![ready()]),
                sources().remove(0),
                object(
                    "HelmRepository",
                    "flux-system/charts",
                    json!({"type": "oci", "url": "oci://r.example.com"}),
                    vec![]
                ),
            ])
        ),
        (
            "an OCI artifact does not exist",
            Case::of([
                oci(release("shop/web", json!({}), vec![unready("OCIRepository 'shop/web' is not ready: failed")])),
                object(
                    "OCIRepository",
                    "shop/web",
                    json!({}),
                    vec![condition("Ready", "False", "OCIArtifactPullFailed", "manifest unknown")]
                ),
            ])
        ),
        (
            "the OCIRepository is gone",
            Case::of([oci(release(
                "shop/web",
                json!({}),
                vec![condition(
                    "Ready",
                    "False",
                    "ArtifactFailed",
                    "could not get Source object: OCIRepository \"web\" not found"
                ),]
            )),])
        ),
        (
            "a suspended repository",
            Case::of([
                release("shop/web", json!({}), vec![ready()]),
                sources().remove(0),
                with(sources().remove(1), "/spec/suspend", json!(true)),
            ])
        ),
    ]));
}

const UPGRADE: &str = "Helm upgrade failed for release shop/web with chart web@1.5.0: ";

/// A HelmRelease whose last action failed.
fn failed(kind: &str, reason: &str, message: &str) -> Value {
    let conditions = vec![condition("Ready", "False", reason, message), condition(kind, "False", reason, message)];
    let object = release("shop/web", json!({"upgrade": {"remediation": {"retries": 2}}}), conditions);
    let object = with(object, "/status/lastAttemptedReleaseAction", json!("upgrade"));
    let object = with(object, "/status/upgradeFailures", json!(1));
    with(
        object,
        "/status/history",
        json!([
            {"name": "web", "namespace": "shop", "version": 2, "status": "failed", "chartVersion": "1.5.0", "action": "upgrade"},
            {"name": "web", "namespace": "shop", "version": 1, "status": "deployed", "chartVersion": "1.4.0"},
        ]),
    )
}

fn and(object: Value, more: Value) -> Value {
    let mut conditions = object["status"]["conditions"].clone();
    conditions.as_array_mut().unwrap().push(more);
    with(object, "/status/conditions", conditions)
}

fn trouble(
    kind: &str,
    name: &str,
    path: &[(&str, &str)],
    container: Option<&str>,
    reason: &str,
    text: &str,
    message: &str,
) -> Trouble {
    let group = |kind: &str| match kind {
        "Pod" => "",
        "Job" => "batch",
        _ => "apps",
    };
    Trouble {
        object: ObjectId::new(group(kind), kind, "shop", name),
        path: path.iter().map(|(kind, name)| ObjectId::new(group(kind), *kind, "shop", *name)).collect(),
        container: container.map(str::to_owned),
        image: None,
        pods: (0, 0),
        reason: reason.to_owned(),
        text: text.to_owned(),
        message: message.to_owned(),
        since: "2026-11-21T02:56:00Z".parse().ok(),
    }
}

fn warning(kind: &str, name: &str, reason: &str, message: &str) -> Event {
    let group = if kind == "Pod" { "" } else { "apps" };
    Event {
        key: ObjectKey::new("shop", format!("{name}.1")),
        about: ObjectId::new(group, kind, "shop", name),
        about_uid: String::new(),
        field: None,
        warning: true,
        reason: reason.to_owned(),
        message: message.to_owned(),
        count: 7,
        first: "2026-11-21T02:56:00Z".parse().ok(),
        last: "2026-11-21T02:59:00Z".parse().ok(),
        source: "controller".to_owned(),
    }
}

#[test]
fn actions() {
    let timeout = format!("{UPGRADE}timeout waiting for: [Deployment/shop/web status: 'InProgress']");
    let hook = format!(
        "{UPGRADE}pre-upgrade hooks failed: 1 error occurred:\n\t* job migrate failed: BackoffLimitExceeded\n\n"
    );
    let test = "Helm test failed for release shop/web.v2 with chart web@1.5.0: 1 error occurred:\n\t* pod web-smoke failed\n\n";
    let tested = with(
        failed("TestSuccess", "TestFailed", test),
        "/status/history",
        json!([
            {"name": "web", "namespace": "shop", "version": 2, "status": "deployed", "chartVersion": "1.5.0", "action": "upgrade",
             "testHooks": {"web-smoke": {"phase": "Failed", "lastCompleted": "2026-11-21T02:55:00Z"}, "web-ping": {"phase": "Succeeded"}}},
        ]),
    );
    let rollback = "Helm rollback to previous release shop/web.v1 with chart web@1.4.0 failed: no Deployment with the name \"web\" found";
    let uninstall =
        "Helm uninstall failed for release shop/web with chart web@1.5.0: timed out waiting for the condition";
    let deleting = |object| with(object, "/metadata/deletionTimestamp", json!("2026-11-21T02:50:00Z"));
    let migrate = trouble(
        "Job",
        "migrate",
        &[("Pod", "migrate-x")],
        Some("migrate"),
        "Error",
        "migrate exits 1: no such table",
        "no such table",
    );
    insta::assert_snapshot!(trees(&[
        ("a hook failed", cluster([failed("Released", "UpgradeFailed", &hook)])),
        (
            "a hook failed and is still there",
            Case {
                standing: Standing { seen: true, hooks: vec![migrate], ..Standing::default() },
                ..cluster([failed("Released", "UpgradeFailed", &hook)])
            }
        ),
        ("a test failed", cluster([tested])),
        (
            "the rollback failed too",
            cluster([and(
                with(
                    failed("Released", "UpgradeFailed", &timeout),
                    "/status/conditions/0",
                    condition("Ready", "False", "RollbackFailed", rollback)
                ),
                condition("Remediated", "False", "RollbackFailed", rollback),
            )])
        ),
        (
            "nothing to roll back to",
            cluster([and(
                failed("Released", "UpgradeFailed", &timeout),
                condition(
                    "Stalled",
                    "True",
                    "MissingRollbackTarget",
                    "Failed to perform remediation: missing target release for rollback"
                ),
            )])
        ),
        ("the uninstall failed", cluster([deleting(failed("Released", "UninstallFailed", uninstall))])),
        ("deleted while suspended", cluster([deleting(release("shop/web", json!({"suspend": true}), vec![ready()]))])),
        (
            "failed and suspended",
            cluster([with(failed("Released", "UpgradeFailed", &timeout), "/spec/suspend", json!(true))])
        ),
        (
            "no right to act",
            cluster([release(
                "shop/web",
                json!({}),
                vec![
                    condition(
                        "Ready",
                        "False",
                        "AccessDenied",
                        "can't access 'HelmRepository/other/charts', cross-namespace references have been blocked"
                    ),
                    condition(
                        "Stalled",
                        "True",
                        "AccessDenied",
                        "can't access 'HelmRepository/other/charts', cross-namespace references have been blocked"
                    ),
                ]
            )])
        ),
        (
            "on another cluster",
            cluster([with(
                failed("Released", "UpgradeFailed", &timeout),
                "/spec/kubeConfig",
                json!({"secretRef": {"name": "remote"}}),
            )])
        ),
    ]));
}

#[test]
fn objects() {
    let timeout = format!(
        "{UPGRADE}timeout waiting for: [Deployment/shop/web status: 'InProgress', StatefulSet/shop/db status: 'InProgress']"
    );
    let quota = "pods \"web-1-x\" is forbidden: exceeded quota: small, requested: limits.memory=1Gi, used: limits.memory=4Gi, limited: limits.memory=4Gi";
    let webhook = "Error creating: admission webhook \"policy.example.com\" denied the request: image must be signed";
    let refused = trouble(
        "Deployment",
        "web",
        &[("ReplicaSet", "web-1")],
        None,
        "FailedCreate",
        "cannot make its Pods: exceeded quota small",
        quota,
    );
    let starting =
        trouble("Deployment", "web", &[("ReplicaSet", "web-1")], None, "LessReplicas", "0 of 2 Pods made", "");
    let unscheduled = trouble(
        "StatefulSet",
        "db",
        &[("Pod", "db-0")],
        None,
        "Unschedulable",
        "cannot be scheduled: 0/3 nodes are available: 3 Insufficient memory.",
        "0/3 nodes are available: 3 Insufficient memory.",
    );
    let crash = trouble(
        "Deployment",
        "web",
        &[("ReplicaSet", "web-1"), ("Pod", "web-1-x")],
        Some("web"),
        "CrashLoopBackOff",
        "web exits 1 at start, 5 restarts",
        "back-off 2m40s restarting failed container",
    );
    let standing = |broken, waiting| Standing { seen: true, broken, waiting, ..Standing::default() };
    let well = || {
        cluster([with(
            release("shop/web", json!({}), vec![ready()]),
            "/status/history",
            json!([
                {"name": "web", "namespace": "shop", "version": 2, "status": "deployed", "chartVersion": "1.5.0"},
            ]),
        )])
    };
    let failing = || cluster([failed("Released", "UpgradeFailed", &timeout)]);
    insta::assert_snapshot!(trees(&[
        ("a quota", Case { standing: standing(vec![refused], vec![]), ..failing() }),
        (
            "a webhook, told by an event",
            Case {
                standing: standing(vec![starting], vec![]),
                events: vec![warning("ReplicaSet", "web-1", "FailedCreate", webhook)],
                ..failing()
            }
        ),
        (
            "two that are waited for",
            Case { standing: standing(vec![crash.clone()], vec![unscheduled.clone()]), ..failing() }
        ),
        (
            "one that is not waited for is told of after",
            Case {
                standing: standing(vec![crash.clone()], vec![unscheduled]),
                ..cluster([failed(
                    "Released",
                    "UpgradeFailed",
                    &format!("{UPGRADE}timeout waiting for: [StatefulSet/shop/db status: 'InProgress']")
                )])
            }
        ),
        (
            "ready, and a container crashes",
            Case {
                standing: standing(vec![crash], vec![]),
                events: vec![warning(
                    "Pod",
                    "web-1-x",
                    "BackOff",
                    "Back-off restarting failed container web in pod web-1-x"
                )],
                ..well()
            }
        ),
        (
            "ready, and an object is missing",
            Case {
                standing: Standing {
                    seen: true,
                    missing: vec![ObjectId::new("apps", "Deployment", "shop", "web")],
                    ..Standing::default()
                },
                ..well()
            }
        ),
        (
            "ready, and a deletion hangs",
            Case {
                standing: Standing {
                    seen: true,
                    stuck: vec![trouble(
                        "PersistentVolumeClaim",
                        "data",
                        &[],
                        None,
                        "Terminating",
                        "is kept by kubernetes.io/pvc-protection",
                        ""
                    )],
                    ..Standing::default()
                },
                ..well()
            }
        ),
    ]));
}

#[test]
fn silence() {
    let unseen = || with(release("shop/web", json!({}), vec![ready()]), "/metadata/generation", json!(3));
    let controllers = |replicas, ready| {
        Some(Ok(vec![Controller { key: ObjectKey::new("flux-system", "helm-controller"), replicas, ready }]))
    };
    let forbidden = Problem::new(ProblemKind::Forbidden, "deployments.apps is forbidden");
    let asked = |object| {
        let object =
            with(object, "/metadata/annotations", json!({"reconcile.fluxcd.io/requestedAt": "2026-11-21T02:58:00Z"}));
        with(object, "/status/lastHandledReconcileAt", json!("2026-11-20T00:00:00Z"))
    };
    let written = Some(("2026-11-21T02:57:00Z", "2026-11-21T02:55:00Z"));
    let running = condition("Reconciling", "True", "Progressing", "Running 'upgrade' action with timeout of 1m0s");
    insta::assert_snapshot!(trees(&[
        ("no Pod is ready", Case { written, controllers: controllers(1, 0), ..cluster([unseen()]) }),
        ("scaled to 0", Case { written, controllers: controllers(0, 0), ..cluster([unseen()]) }),
        ("not installed", Case { written, controllers: Some(Ok(vec![])), ..cluster([unseen()]) }),
        ("its Deployment may not be seen", Case { written, controllers: Some(Err(forbidden)), ..cluster([unseen()]) }),
        (
            "a request is not seen",
            Case {
                written,
                controllers: controllers(1, 1),
                ..cluster([asked(release("shop/web", json!({}), vec![ready()]))])
            }
        ),
        (
            "an action never ends",
            Case {
                written,
                controllers: controllers(1, 0),
                ..cluster([release(
                    "shop/web",
                    json!({}),
                    vec![condition("Ready", "Unknown", "Progressing", "Running 'upgrade' action"), running]
                )])
            }
        ),
    ]));
}

/// When a controller counts as silent, and from when on it will.
#[test]
fn silence_begins_when_an_answer_is_a_minute_late() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let check = |what: &str, object: Value, written: Option<(&str, &str)>, expected: (Option<&str>, Option<&str>)| {
        let mut read = HelmRelease::read(&object).unwrap();
        read.spec_written = written.map(|(spec, _)| at(spec));
        read.status_written = written.map(|(_, status)| at(status));
        let actual = (why::silent(&read, now()), why::silent_from(&read));
        assert_eq!(actual, (expected.0.map(at), expected.1.map(at)), "{what}");
    };
    let plain = || release("shop/web", json!({}), vec![ready()]);
    let unseen = || with(plain(), "/metadata/generation", json!(3));
    let never = || {
        let object = with(release("shop/web", json!({}), vec![]), "/metadata/generation", json!(1));
        with(object, "/status/observedGeneration", json!(-1))
    };
    let reconciling = |object, since: &str, message: &str| {
        let mut condition = condition("Reconciling", "True", "Progressing", message);
        condition["lastTransitionTime"] = json!(since);
        and(object, condition)
    };
    let unready = with(
        never(),
        "/status/conditions",
        json!([
            {"type": "Ready", "status": "False", "reason": "SourceNotReady", "message": "x", "observedGeneration": 1},
        ]),
    );
    let asked = |token: &str| with(plain(), "/metadata/annotations", json!({"reconcile.fluxcd.io/requestedAt": token}));
    let handled = with(asked("t1"), "/status/lastHandledReconcileAt", json!("t1"));

    check("all is seen", plain(), Some(("2026-11-21T02:00:00Z", "2026-11-21T02:00:01Z")), (None, None));
    check(
        "unseen for long",
        unseen(),
        Some(("2026-11-21T02:50:00Z", "2026-11-21T02:40:00Z")),
        (Some("2026-11-21T02:50:00Z"), Some("2026-11-21T02:51:00Z")),
    );
    check(
        "unseen for 59 s",
        unseen(),
        Some(("2026-11-21T02:59:01Z", "2026-11-21T02:40:00Z")),
        (None, Some("2026-11-21T03:00:01Z")),
    );
    check(
        "unseen for 60 s",
        unseen(),
        Some(("2026-11-21T02:59:00Z", "2026-11-21T02:40:00Z")),
        (Some("2026-11-21T02:59:00Z"), Some("2026-11-21T03:00:00Z")),
    );
    check("unseen, since when is not known", unseen(), None, (None, None));
    check("never looked at", never(), None, (Some("2026-11-20T00:00:00Z"), Some("2026-11-20T00:01:00Z")));
    check("its source is not ready: -1 for ever, and looked at", unready, None, (None, None));
    check(
        "an action of the generation before still runs",
        reconciling(unseen(), "2026-11-21T02:59:30Z", "Running 'upgrade' action with timeout of 2m0s"),
        Some(("2026-11-21T02:50:00Z", "2026-11-21T02:59:30Z")),
        (None, Some("2026-11-21T03:01:30Z")),
    );
    check(
        "what it prepares may take the longest timeout",
        reconciling(unseen(), "2026-11-21T02:56:00Z", "Fulfilling prerequisites"),
        Some(("2026-11-21T02:50:00Z", "2026-11-21T02:56:00Z")),
        (None, Some("2026-11-21T03:01:00Z")),
    );
    check(
        "that action should have ended",
        reconciling(unseen(), "2026-11-21T02:50:00Z", "Running 'upgrade' action with timeout of 2m0s"),
        Some(("2026-11-21T02:50:30Z", "2026-11-21T02:50:00Z")),
        (Some("2026-11-21T02:50:30Z"), Some("2026-11-21T02:52:00Z")),
    );
    check(
        "a token, and nothing written since",
        asked("2026-11-21T02:58:00.5Z"),
        Some(("2026-11-21T02:58:00Z", "2026-11-21T02:00:00Z")),
        (Some("2026-11-21T02:58:00.5Z"), Some("2026-11-21T02:59:00.5Z")),
    );
    check(
        "a token, and something was written since",
        asked("2026-11-21T02:58:00.5Z"),
        Some(("2026-11-21T02:58:00Z", "2026-11-21T02:58:00Z")),
        (None, None),
    );
    check(
        "a token that is no time counts from the write",
        asked("t2"),
        Some(("2026-11-21T02:58:00Z", "2026-11-21T02:00:00Z")),
        (Some("2026-11-21T02:58:00Z"), Some("2026-11-21T02:59:00Z")),
    );
    check("a token that is handled", handled, Some(("2026-11-21T02:58:00Z", "2026-11-21T02:00:00Z")), (None, None));
}

#[test]
fn requests() {
    let timeout = format!("{UPGRADE}timeout waiting for: [Deployment/shop/web status: 'InProgress']");
    let asked = |annotations: Value, handled: Value| {
        let mut object = failed("Released", "UpgradeFailed", &timeout);
        let named: Map<String, Value> = annotations
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (format!("reconcile.fluxcd.io/{key}"), value.clone()))
            .collect();
        object["metadata"]["annotations"] = Value::Object(named);
        for (key, value) in handled.as_object().unwrap() {
            object["status"][key] = value.clone();
        }
        let tree = cluster([object]).tree("web");
        let lines: Vec<&str> = tree.lines().filter(|line| line.contains(" request: ")).map(str::trim).collect();
        lines.join("\n")
    };
    let check = |annotations: Value, handled: Value, expected: &str| assert_eq!(asked(annotations, handled), expected);
    let (early, late) = ("2026-11-21T02:00:00Z", "2026-11-21T02:30:00Z");
    check(
        json!({"forceAt": "b", "requestedAt": "a"}),
        json!({"lastHandledReconcileAt": "a", "lastHandledForceAt": "b"}),
        "! request: forceAt b  did nothing: it is not equal to requestedAt a; send both anew, equal",
    );
    check(
        json!({"resetAt": late, "requestedAt": late}),
        json!({"lastHandledReconcileAt": late}),
        "! request: resetAt 2026-11-21T02:30:00Z  used up before it could act: the reconcile ended early; send a new token",
    );
    check(
        json!({"forceAt": late}),
        json!({}),
        "! request: forceAt 2026-11-21T02:30:00Z  never looked at: requestedAt is missing",
    );
    // One that was handled in its time, and a later request.
    check(
        json!({"forceAt": early, "requestedAt": late}),
        json!({"lastHandledReconcileAt": late, "lastHandledForceAt": early}),
        "",
    );
    // One that is on its way.
    check(json!({"forceAt": late, "requestedAt": late}), json!({"lastHandledReconcileAt": early}), "");
    check(json!({}), json!({}), "");
}

#[test]
fn natives() {
    let stored = |revision: u32, status: &str| {
        json!({"kind": "Secret", "metadata": {
            "namespace": "shop", "name": format!("sh.helm.release.v1.web.v{revision}"), "uid": format!("u{revision}"),
            "resourceVersion": "1", "creationTimestamp": "2026-11-21T02:30:00Z",
            "labels": {"owner": "helm", "name": "web", "version": revision.to_string(), "status": status},
        }})
    };
    let payload = |revision: u32, image: &str, phase: &str| {
        let manifest = format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {{containers: [{{name: web, image: {image}}}]}}}}}}\n"
        );
        let hook = json!({"name": "migrate", "kind": "Job", "events": ["pre-upgrade"],
            "last_run": {"started_at": "2026-11-21T02:29:00Z", "completed_at": "2026-11-21T02:30:00Z", "phase": phase}});
        let raw =
            json!({"name": "web", "namespace": "shop", "version": revision, "manifest": manifest, "hooks": [hook]});
        Payload::new(raw.as_object().unwrap().clone())
    };
    let described = |case: &Case, text: &str| {
        let catalog = case.catalog();
        let mut release = catalog.releases().remove(0);
        release.description = Some(text.to_owned());
        case.tree_of(&catalog, &release)
    };
    let hooked = "Upgrade \"web\" failed: pre-upgrade hooks failed: 1 error occurred:\n\t* job migrate failed: BackoffLimitExceeded\n\n";
    let waited = "Upgrade \"web\" failed: resource Deployment/shop/web not ready. status: InProgress, message: Updated: 1/2\ncontext deadline exceeded";
    let both = || Case::of([stored(1, "deployed"), stored(2, "failed")]);
    let mut out = String::new();
    for (what, case, text) in [
        ("a hook failed", Case { payloads: vec![payload(2, "r/web:2", "Failed")], ..both() }, hooked),
        ("its payload was not read", both(), hooked),
        (
            "objects did not become ready",
            Case { payloads: vec![payload(1, "r/web:1", ""), payload(2, "r/web:2", "")], ..both() },
            waited,
        ),
        ("none is deployed", Case::of([stored(1, "superseded"), stored(2, "failed")]), waited),
        ("a client was cut off", Case::of([stored(1, "deployed"), stored(2, "pending-upgrade")]), "Preparing upgrade"),
        ("the uninstall hangs", Case::of([stored(1, "uninstalling")]), "Deletion in progress (or silently failed)"),
    ] {
        writeln!(out, "==== {what}\n{}", described(&case, text)).unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn images_that_a_revision_changes() {
    let payload =
        |manifest: &str| Payload::new(json!({"namespace": "shop", "manifest": manifest}).as_object().unwrap().clone());
    let deployment = |name: &str, containers: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{containers: [{containers}]}}}}}}\n"
        )
    };
    let check = |old: &str, new: &str, expected: &[(&str, &str, Option<&str>, Option<&str>)]| {
        let changes = why::changed_images(&payload(old), &payload(new));
        let actual: Vec<_> = changes
            .iter()
            .map(|change| {
                assert_eq!(change.object.namespace, "shop");
                (change.object.name.as_str(), change.container.as_str(), change.old.as_deref(), change.new.as_deref())
            })
            .collect();
        assert_eq!(actual, expected);
    };
    let one = deployment("web", "{name: web, image: r/web:1}");
    check(&one, &one, &[]);
    check(
        &one,
        &deployment("web", "{name: web, image: r/web:2}, {name: proxy, image: r/proxy:1}"),
        &[("web", "proxy", None, Some("r/proxy:1")), ("web", "web", Some("r/web:1"), Some("r/web:2"))],
    );
    check(&one, "", &[("web", "web", Some("r/web:1"), None)]);
    check("", "not: [yaml", &[]);
    let cron = "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: job}\nspec: {jobTemplate: {spec: {template: {spec: {initContainers: [{name: a, image: x}]}}}}}\n";
    check("", cron, &[("job", "a", None, Some("x"))]);
}
