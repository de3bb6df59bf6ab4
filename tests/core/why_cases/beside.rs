//! What stands beside the cause: retries that are late, objects that are broken as well, helps that fit what failed.

use wheelhouse::health::why::Why;

use super::*;

fn why(case: &Case) -> Why {
    let catalog = case.catalog();
    let release = catalog.releases().into_iter().find(|one| one.id.name == "web").unwrap();
    let events: Vec<&Event> = case.events.iter().collect();
    let known = Known {
        catalog: &catalog,
        standing: &case.standing,
        events: &events,
        replica_sets: &[],
        payloads: &[],
        controllers: case.controllers.as_ref(),
        now: now(),
    };
    why::explain(&release, known)
}

/// A HelmRelease that retries for ever every 10 s and failed, with what Reconciling says and since when.
fn retrying(reason: &str, message: &str, since: &str) -> Value {
    const FAILED: &str = "Helm install failed for release shop/web with chart web@1.5.0: context deadline exceeded";
    let at = |condition: Value, since: &str| with(condition, "/lastTransitionTime", json!(since));
    let strategy =
        json!({"install": {"strategy": {"name": "RetryOnFailure", "retryInterval": "10s"}, "timeout": "2m"}});
    let conditions = vec![
        at(condition("Reconciling", "True", reason, message), since),
        at(condition("Ready", "False", "InstallFailed", FAILED), "2026-11-21T02:45:00Z"),
        at(condition("Released", "False", "InstallFailed", FAILED), "2026-11-21T02:45:00Z"),
    ];
    let object = with(release("shop/web", strategy, conditions), "/status/installFailures", json!(1));
    with(object, "/status/lastAttemptedReleaseAction", json!("install"))
}

#[test]
fn a_retry_that_is_late_is_remarked() {
    const COUNTED: &str = "install: failed once (retries without end)";
    const USUAL: &str = "tries again 10s after each failure (RetryOnFailure)";
    const LATE: &str = "the next try, 10s after the failure (RetryOnFailure), was due 14m ago and has not begun: \
                        helm-controller is busy, silent or stopped";
    let check = |case: Case, expected: &str| assert_eq!(why(&case).next, [COUNTED, expected]);
    let waits = |since| cluster([retrying("ProgressingWithRetry", "retrying after 10s", since)]);
    let asked = |object: &Value| {
        let object = wheelhouse::release::flux::HelmRelease::read(object).unwrap();
        why::asks_for(&object, now())
    };
    check(waits("2026-11-21T02:45:00Z"), LATE);
    assert_eq!(
        asked(&retrying("ProgressingWithRetry", "retrying after 10s", "2026-11-21T02:45:00Z")),
        Some("helm-controller")
    );
    let stopped = Controller { key: ObjectKey::new("flux-system", "helm-controller"), replicas: 0, ready: 0 };
    check(
        Case { controllers: Some(Ok(vec![stopped])), ..waits("2026-11-21T02:45:00Z") },
        &format!("{LATE} (Deployment flux-system/helm-controller is scaled to 0)"),
    );
    // 70 s after the failure it is late, and no second before.
    check(waits("2026-11-21T02:58:51Z"), USUAL);
    assert_eq!(asked(&retrying("ProgressingWithRetry", "retrying after 10s", "2026-11-21T02:58:51Z")), None);
    check(waits("2026-11-21T02:58:50Z"), &LATE.replace("14m", "60s"));
    // Somebody wrote its status since: it is looked at.
    check(
        Case { written: Some(("2026-11-20T00:00:00Z", "2026-11-21T02:59:00Z")), ..waits("2026-11-21T02:45:00Z") },
        USUAL,
    );
    // It has begun, and may take as long as any action, the longest of which has 5 minutes.
    let begun = |since| cluster([retrying("Progressing", "Fulfilling prerequisites", since)]);
    check(begun("2026-11-21T02:55:00Z"), USUAL);
    check(begun("2026-11-21T02:53:00Z"), &LATE.replace("14m", "2m"));
    let suspended = with(
        retrying("ProgressingWithRetry", "retrying after 10s", "2026-11-21T02:45:00Z"),
        "/spec/suspend",
        json!(true),
    );
    assert_eq!(why(&cluster([suspended])).next, ["nothing while it is suspended"]);
}

fn trouble(id: ObjectId, reason: &str, text: &str, since: &str) -> Trouble {
    Trouble {
        object: id,
        path: Vec::new(),
        container: None,
        image: None,
        pods: (0, 0),
        reason: reason.to_owned(),
        text: text.to_owned(),
        message: String::new(),
        since: since.parse().ok(),
    }
}

fn claim(name: &str) -> Trouble {
    let id = ObjectId::new("", "PersistentVolumeClaim", "shop", name);
    trouble(id, "NotBound", "is not bound (Pending)", "2026-11-20T00:00:00Z")
}

fn certificate(since: &str) -> Trouble {
    let id = ObjectId::new("cert-manager.io", "Certificate", "shop", "tls");
    trouble(id, "OrderRefused", "not ready: order 7 is refused", since)
}

fn well(standing: Standing) -> Case {
    Case { standing: Standing { seen: true, ..standing }, ..cluster([release("shop/web", json!({}), vec![ready()])]) }
}

#[test]
fn every_object_that_is_not_well_is_told_of_worst_first() {
    let job =
        trouble(ObjectId::new("batch", "Job", "shop", "import"), "Error", "import exits 3", "2026-11-20T00:00:00Z");
    let check = |standing: Standing, expected: &[&str]| {
        let links = why(&well(standing)).links;
        let objects = links.iter().filter(|link| link.kind == "object");
        let told: Vec<String> = objects
            .map(|link| format!("{}: {}{}", link.what, link.state, if link.cause { " <-" } else { "" }))
            .collect();
        assert_eq!(told, expected);
    };
    let one = || vec![job.clone()];
    check(
        Standing { broken: one(), waiting: vec![claim("data")], ..Standing::default() },
        &["Job import: Error <-", "PersistentVolumeClaim data: NotBound"],
    );
    let many = ["a", "b", "c"].map(claim).to_vec();
    check(
        Standing { broken: one(), waiting: many, ..Standing::default() },
        &[
            "Job import: Error <-",
            "PersistentVolumeClaim a: NotBound",
            "and 2 more: the same: PersistentVolumeClaim b, PersistentVolumeClaim c",
        ],
    );
}

#[test]
fn what_no_deadline_ends_is_said_with_its_age() {
    let check = |since: &str, sentence: &str, next: &[&str]| {
        let why = why(&well(Standing { waiting: vec![certificate(since)], ..Standing::default() }));
        assert_eq!(
            (why.sentence.as_str(), why.next.iter().map(String::as_str).collect::<Vec<_>>()),
            (sentence, next.to_vec())
        );
    };
    check(
        "2026-11-20T20:00:00Z",
        "Certificate tls: not ready for 7h: order 7 is refused",
        &[
            "reconciled every 10m",
            "Certificate tls is not ready for 7h: kstatus sets it no deadline, and calls it in progress for as long as that lasts",
        ],
    );
    check("2026-11-21T02:59:50Z", "Certificate tls: not ready for 10s: order 7 is refused", &["reconciled every 10m"]);
}

#[test]
fn a_suspended_kustomization_is_told_beside_the_interval() {
    let labels =
        json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
    let owned = with(release("shop/web", json!({}), vec![ready()]), "/metadata/labels", labels);
    let owner =
        |suspend: bool| object("Kustomization", "flux-system/apps", json!({ "suspend": suspend }), vec![ready()]);
    let check = |suspend, expected: &[&str]| assert_eq!(why(&cluster([owned.clone(), owner(suspend)])).next, expected);
    check(false, &["reconciled every 10m"]);
    check(
        true,
        &[
            "reconciled every 10m",
            "from Git nothing: Kustomization flux-system/apps is suspended, so what is pushed is not applied",
        ],
    );
}

#[test]
fn the_helps_fit_what_failed() {
    let check = |trouble: Trouble, broken: bool, events: Vec<Event>, expected: &[(&str, &str)]| {
        let list = vec![trouble];
        let standing = if broken {
            Standing { broken: list, ..Standing::default() }
        } else {
            Standing { waiting: list, ..Standing::default() }
        };
        let helps = why(&Case { events, ..well(standing) }).helps;
        let told: Vec<(&str, &str)> = helps.iter().map(|help| (help.action, help.text.as_str())).collect();
        assert_eq!(told, expected);
    };
    check(
        certificate("2026-11-20T20:00:00Z"),
        false,
        vec![],
        &[(
            "fix",
            "what its message names: who works on Certificate tls waits for that or refuses it, and the chart may be as it should",
        )],
    );
    check(claim("data"), false, vec![], &[("fix", "the claim's StorageClass, or what provisions volumes for it")]);
    let web = ObjectId::new("apps", "Deployment", "shop", "web");
    let of = |reason: &str| Trouble {
        image: Some("r.example/web:2".to_owned()),
        ..trouble(web.clone(), reason, "web x", "")
    };
    check(
        of("ImagePullBackOff"),
        true,
        vec![],
        &[("fix", "the tag of r.example/web:2, or the registry's credentials")],
    );
    let event = Event {
        key: ObjectKey::new("shop", "web.1"),
        about: web.clone(),
        about_uid: String::new(),
        field: None,
        warning: true,
        reason: "Failed".to_owned(),
        message: "failed to resolve r.example/web:2: not found".to_owned(),
        count: 1,
        first: None,
        last: None,
        source: "kubelet".to_owned(),
    };
    check(
        of("ImagePullBackOff"),
        true,
        vec![event],
        &[("fix", "the tag of r.example/web:2: its registry has no such image")],
    );
    check(
        of("CrashLoopBackOff"),
        true,
        vec![],
        &[("fix", "what stops the container (its log says: between two runs it is that of the last one)")],
    );
    check(
        of("Error"),
        true,
        vec![],
        &[("fix", "what stops the container (its log says, or that of the run before if it runs again)")],
    );
}
