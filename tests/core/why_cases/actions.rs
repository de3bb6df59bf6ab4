//! What went wrong with an action, and with the objects of a release.

use super::*;

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
    let tree = trees(&[
        ("a hook failed", cluster([failed("Released", "UpgradeFailed", &hook)])),
        (
            "a hook failed and is still there",
            Case {
                standing: Standing { seen: true, hooks: vec![migrate], ..Standing::default() },
                ..cluster([failed("Released", "UpgradeFailed", &hook)])
            },
        ),
        ("a test failed", cluster([tested])),
        (
            "the rollback failed too",
            cluster([and(
                with(
                    failed("Released", "UpgradeFailed", &timeout),
                    "/status/conditions/0",
                    condition("Ready", "False", "RollbackFailed", rollback),
                ),
                condition("Remediated", "False", "RollbackFailed", rollback),
            )]),
        ),
        (
            "nothing to roll back to",
            cluster([and(
                failed("Released", "UpgradeFailed", &timeout),
                condition(
                    "Stalled",
                    "True",
                    "MissingRollbackTarget",
                    "Failed to perform remediation: missing target release for rollback",
                ),
            )]),
        ),
        ("the uninstall failed", cluster([deleting(failed("Released", "UninstallFailed", uninstall))])),
        ("deleted while suspended", cluster([deleting(release("shop/web", json!({"suspend": true}), vec![ready()]))])),
        (
            "failed and suspended",
            cluster([with(failed("Released", "UpgradeFailed", &timeout), "/spec/suspend", json!(true))]),
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
                        "can't access 'HelmRepository/other/charts', cross-namespace references have been blocked",
                    ),
                    condition(
                        "Stalled",
                        "True",
                        "AccessDenied",
                        "can't access 'HelmRepository/other/charts', cross-namespace references have been blocked",
                    ),
                ],
            )]),
        ),
        (
            "on another cluster",
            cluster([with(
                failed("Released", "UpgradeFailed", &timeout),
                "/spec/kubeConfig",
                json!({"secretRef": {"name": "remote"}}),
            )]),
        ),
    ]);
    insta::assert_snapshot!(tree);
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
    let tree = trees(&[
        ("a quota", Case { standing: standing(vec![refused], vec![]), ..failing() }),
        (
            "a webhook, told by an event",
            Case {
                standing: standing(vec![starting], vec![]),
                events: vec![warning("ReplicaSet", "web-1", "FailedCreate", webhook)],
                ..failing()
            },
        ),
        (
            "two that are waited for",
            Case { standing: standing(vec![crash.clone()], vec![unscheduled.clone()]), ..failing() },
        ),
        (
            "one that is not waited for is told of after",
            Case {
                standing: standing(vec![crash.clone()], vec![unscheduled]),
                ..cluster([failed(
                    "Released",
                    "UpgradeFailed",
                    &format!("{UPGRADE}timeout waiting for: [StatefulSet/shop/db status: 'InProgress']"),
                )])
            },
        ),
        (
            "ready, and a container crashes",
            Case {
                standing: standing(vec![crash], vec![]),
                events: vec![warning(
                    "Pod",
                    "web-1-x",
                    "BackOff",
                    "Back-off restarting failed container web in pod web-1-x",
                )],
                ..well()
            },
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
            },
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
                        "",
                    )],
                    ..Standing::default()
                },
                ..well()
            },
        ),
    ]);
    insta::assert_snapshot!(tree);
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
