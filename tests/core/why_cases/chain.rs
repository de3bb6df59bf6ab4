//! What stands before the action: dependencies, the owning Kustomization, sources.

use super::*;

#[test]
fn dependencies() {
    let depends = |on: &str| json!({"dependsOn": [{"name": on}]});
    let waiting = |name: &str, on: &str| release(name, depends(on), vec![blocked(&format!("shop/{on}"))]);
    let forbidden = vec![(FeedKind::HelmReleases, Some("data"), FeedState::Forbidden)];
    let tree = trees(&[
        ("a circle", cluster([waiting("shop/web", "b"), waiting("shop/b", "c"), waiting("shop/c", "web")])),
        (
            "two that wait for the same",
            cluster([
                release("shop/web", json!({"dependsOn": [{"name": "b"}, {"name": "c"}]}), vec![blocked("shop/b")]),
                waiting("shop/b", "d"),
                waiting("shop/c", "d"),
                waiting("shop/d", "absent"),
            ]),
        ),
        ("a missing one", cluster([waiting("shop/web", "absent")])),
        (
            "three deep",
            cluster([
                waiting("shop/web", "b"),
                waiting("shop/b", "c"),
                release("shop/c", json!({}), vec![condition("Ready", "False", "AccessDenied", "may not")]),
            ]),
        ),
        (
            "a suspended one",
            cluster([
                waiting("shop/web", "b"),
                with(
                    release("shop/b", json!({"suspend": true}), vec![ready()]),
                    "/status/observedGeneration",
                    json!(1),
                ),
            ]),
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
                        "dependency 'shop/b' is not ready according to readyExpr eval",
                    )],
                ),
                release("shop/b", json!({}), vec![ready()]),
            ]),
        ),
        (
            "a forbidden one",
            Case {
                feeds: forbidden,
                ..cluster([release(
                    "shop/web",
                    json!({"dependsOn": [{"name": "db", "namespace": "data"}]}),
                    vec![blocked("data/db")],
                )])
            },
        ),
    ]);
    insta::assert_snapshot!(tree);
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

/// "My fix is pushed, why isn't it here?"
#[test]
fn kustomizations() {
    let applied = || vec![condition("Ready", "True", "ReconciliationSucceeded", "Applied revision")];
    let stored = || vec![condition("Ready", "True", "Succeeded", "stored artifact")];
    let web = || owned(release("shop/web", json!({}), vec![ready()]));
    let failed = || owned(failed("Released", "UpgradeFailed", &format!("{UPGRADE}no")));
    let build = "kustomize build failed: accumulating resources: no such file";
    let clone = "failed to checkout and determine revision: unable to clone: authentication required";
    let tree = trees(&[
        ("all is here", cluster([web(), kustomization(json!({}), applied(), NEW), git(NEW, stored())])),
        (
            "suspended in the way",
            cluster([web(), kustomization(json!({"suspend": true}), applied(), OLD), git(NEW, stored())]),
        ),
        (
            "suspended beside a failure",
            cluster([failed(), kustomization(json!({"suspend": true}), applied(), OLD), git(NEW, stored())]),
        ),
        (
            "it cannot be built",
            cluster([
                web(),
                kustomization(json!({}), vec![condition("Ready", "False", "BuildFailed", build)], OLD),
                git(NEW, stored()),
            ]),
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
                        condition("Ready", "False", "GitOperationFailed", clone),
                    ],
                ),
            ]),
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
                        "dependency 'flux-system/infra' is not ready",
                    )],
                    OLD,
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
                            "health check failed after 30s: timeout waiting for: [Deployment/infra/dns status: 'InProgress']",
                        )],
                    ),
                    "/status/lastAppliedRevision",
                    json!(OLD),
                ),
                git(NEW, stored()),
            ]),
        ),
        ("forbidden", Case { feeds: vec![(FeedKind::Kustomizations, None, FeedState::Forbidden)], ..cluster([web()]) }),
        ("gone", cluster([web()])),
    ]);
    insta::assert_snapshot!(tree);
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
    let tree = trees(&[
        (
            "an old index is still used",
            Case::of([
                release("shop/web", json!({}), vec![ready()]),
                sources().remove(0),
                repository(json!({"revision": "sha256:bb"})),
            ]),
        ),
        (
            "the chart cannot be found because the index is old",
            Case::of([
                release("shop/web", json!({}), vec![unready("HelmChart 'flux-system/shop-web' is not ready: x")]),
                chart("no 'web' chart with version matching '1.6.0' found"),
                repository(json!({"revision": "sha256:bb"})),
            ]),
        ),
        (
            "no index was ever fetched",
            Case::of([
                release("shop/web", json!({}), vec![unready("HelmChart 'flux-system/shop-web' is not ready: x")]),
                chart("no artifact available for HelmRepository source 'charts'"),
                repository(Value::Null),
            ]),
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
                    vec![],
                ),
            ]),
        ),
        (
            "an OCI artifact does not exist",
            Case::of([
                oci(release("shop/web", json!({}), vec![unready("OCIRepository 'shop/web' is not ready: failed")])),
                object(
                    "OCIRepository",
                    "shop/web",
                    json!({}),
                    vec![condition("Ready", "False", "OCIArtifactPullFailed", "manifest unknown")],
                ),
            ]),
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
                    "could not get Source object: OCIRepository \"web\" not found",
                )],
            ))]),
        ),
        (
            "a suspended repository",
            Case::of([
                release("shop/web", json!({}), vec![ready()]),
                sources().remove(0),
                with(sources().remove(1), "/spec/suspend", json!(true)),
            ]),
        ),
    ]);
    insta::assert_snapshot!(tree);
}
