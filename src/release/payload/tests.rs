use super::*;
use serde_json::json;

fn payload(value: Value) -> Payload {
    Payload::new(value.as_object().unwrap().clone())
}

/// The least that Helm writes.
fn least() -> Value {
    json!({"name": "a", "version": 1, "info": {"status": "deployed"}, "chart": {"metadata": {"name": "c"}}})
}

fn with(pointer: &str, value: Value) -> Payload {
    let mut release = least();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = release.pointer_mut(parent).unwrap();
    parent.as_object_mut().unwrap().insert(key.to_owned(), value);
    payload(release)
}

fn check_problems(payload: &Payload, expected: &[&str]) {
    let actual: Vec<String> = payload.problems().iter().map(ToString::to_string).collect();
    assert_eq!(actual, expected);
}

#[test]
fn reads_a_whole_release() {
    let release = payload(json!({
        "name": "web", "namespace": "shop", "version": 7, "apply_method": "ssa", "manifest": "---\na: 1\n",
        "config": {"replicas": 2},
        "info": {
            "first_deployed": "2026-01-02T03:04:05.123456789Z", "last_deployed": "2026-01-02T05:04:05.5+02:00",
            "deleted": "", "description": "Rollback to 3", "status": "pending-rollback", "notes": "Hello\n",
            "rollback_revision": 3,
        },
        "chart": {
            "metadata": {
                "name": "storefront", "version": "1.4.0", "appVersion": "2.9.1", "apiVersion": "v2",
                "deprecated": true, "keywords": ["a", "b"], "maintainers": [{"name": "Ann", "email": "a@x"}],
                "dependencies": [{"name": "redis", "version": "1.x", "repository": "https://x", "alias": "cache"}],
            },
            "values": {"image": {"tag": "1"}},
            "templates": [{"name": "templates/a.yaml", "data": "aGVsbG8="}, {"name": "templates/empty"}],
            "files": null,
        },
        "hooks": [
            {"name": "m", "kind": "Job", "path": "c/templates/m.yaml", "manifest": "kind: Job", "weight": -5,
             "events": ["pre-upgrade", "test"], "delete_policies": ["hook-succeeded"],
             "last_run": {"started_at": "2026-01-02T03:04:05Z", "completed_at": "", "phase": "Running"}},
            {"name": "n", "last_run": {"phase": ""}},
        ],
    }));
    let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    assert_eq!(
        release.summary(),
        Summary {
            name: Some("web".into()),
            namespace: Some("shop".into()),
            revision: Revision::new(7),
            status: Some(ReleaseStatus::PendingRollback),
            description: Some("Rollback to 3".into()),
            chart_name: Some("storefront".into()),
            chart_version: Some("1.4.0".into()),
            app_version: Some("2.9.1".into()),
            apply_method: Some(ApplyMethod::ServerSide),
            helm_major: HelmMajor::Four,
            first_deployed: at("2026-01-02T03:04:05.123456789Z"),
            last_deployed: at("2026-01-02T03:04:05.5Z"),
            rollback_revision: Revision::new(3),
            size: None,
            objects: Arc::default(),
            problems: vec![],
        }
    );
    assert_eq!(release.deleted(), None);
    assert_eq!(release.notes(), Some("Hello\n"));
    assert_eq!(release.manifest(), Some("---\na: 1\n"));
    assert_eq!(release.config(), json!({"replicas": 2}).as_object());
    assert_eq!(release.chart_values(), json!({"image": {"tag": "1"}}).as_object());

    let metadata = release.metadata().unwrap();
    assert!(metadata.deprecated);
    assert_eq!(metadata.keywords, ["a", "b"]);
    assert_eq!(metadata.maintainers, [Maintainer { name: Some("Ann"), email: Some("a@x"), url: None }]);
    assert_eq!(
        metadata.dependencies,
        [Dependency {
            name: Some("redis"),
            version: Some("1.x"),
            repository: Some("https://x"),
            alias: Some("cache"),
            condition: None,
        }]
    );

    let templates: Vec<_> = release.templates().iter().map(|file| (file.name, file.size(), file.contents())).collect();
    assert_eq!(templates, [("templates/a.yaml", 5, Some(b"hello".to_vec())), ("templates/empty", 0, Some(Vec::new()))]);
    assert_eq!(release.files(), []);

    let never_run = HookRun { started: None, completed: None, phase: None };
    assert_eq!(
        release.hooks(),
        [
            Hook {
                name: Some("m"),
                kind: Some("Job"),
                path: Some("c/templates/m.yaml"),
                manifest: Some("kind: Job"),
                events: vec!["pre-upgrade", "test"],
                weight: -5,
                delete_policies: vec!["hook-succeeded"],
                last_run: Some(HookRun {
                    started: at("2026-01-02T03:04:05Z"),
                    completed: None,
                    phase: Some(HookPhase::Running)
                }),
            },
            Hook {
                name: Some("n"),
                kind: None,
                path: None,
                manifest: None,
                events: vec![],
                weight: 0,
                delete_policies: vec![],
                last_run: Some(never_run),
            },
        ]
    );
}

#[test]
fn every_status_keeps_its_word() {
    let pending = ["pending-install", "pending-upgrade", "pending-rollback"];
    let settled = ["unknown", "deployed", "uninstalled", "superseded", "failed", "uninstalling", "of-the-future"];
    for word in pending.iter().chain(&settled) {
        let status = with("/info/status", json!(word)).status().unwrap();
        assert_eq!(status.as_str(), *word);
        assert_eq!(status.is_pending(), pending.contains(word));
        let is_known = !matches!(*word, "unknown" | "of-the-future");
        assert_eq!(!matches!(status, ReleaseStatus::Unknown(_)), is_known);
    }
}

#[test]
fn unset_is_no_problem() {
    check_problems(&payload(least()), &[]);
    for unset in [json!(null), json!(""), json!("0001-01-01T00:00:00Z")] {
        let release = with("/info/deleted", unset);
        assert_eq!(release.deleted(), None);
        check_problems(&release, &[]);
    }
    for key in ["/hooks", "/config", "/manifest", "/apply_method", "/chart/templates", "/chart/values"] {
        check_problems(&with(key, Value::Null), &[]);
    }
    assert_eq!(with("/apply_method", json!("")).helm_major(), HelmMajor::Three);
}

#[test]
fn malformed_reads_as_absent_and_is_reported() {
    let release = with("/version", json!("7"));
    assert_eq!(release.revision(), None);
    check_problems(&release, &["version: expected a whole number from 1, found text"]);

    for number in [json!(0), json!(-1), json!(1.5), json!(4294967296u64)] {
        check_problems(&with("/version", number), &["version: expected a whole number from 1, found a number"]);
    }

    let release = with("/info/last_deployed", json!("yesterday"));
    assert_eq!(release.last_deployed(), None);
    check_problems(&release, &["info.last_deployed: expected an RFC 3339 time, found text"]);

    let release = with("/apply_method", json!("magic"));
    assert_eq!((release.apply_method(), release.helm_major()), (None, HelmMajor::Four));
    check_problems(&release, &["apply_method: expected `csa` or `ssa`, found text"]);

    let release = with("/hooks", json!([7, {"weight": "1", "events": "test"}]));
    assert_eq!(release.hooks().len(), 1);
    check_problems(
        &release,
        &[
            "hooks.0: expected an object, found a number",
            "hooks.1.events: expected a list, found text",
            "hooks.1.weight: expected a whole number, found text",
        ],
    );

    let release = with("/chart", json!([]));
    assert_eq!(release.metadata(), None);
    check_problems(&release, &["chart: expected an object, found a list"]);

    check_problems(
        &payload(json!({})),
        &[
            "name: expected text, found nothing",
            "version: expected a whole number from 1, found nothing",
            "info: expected an object, found nothing",
            "chart: expected an object, found nothing",
        ],
    );
}

#[test]
fn revisions_count_from_one() {
    let one = Revision::new(1).unwrap();
    assert_eq!(Revision::new(0), None);
    assert_eq!(one.previous(), None);
    assert_eq!(one.next(), Revision::new(2));
    assert_eq!(Revision::new(u32::MAX).unwrap().next(), None);
    assert_eq!("12".parse::<Revision>().ok(), Revision::new(12));
    for bad in ["0", "", "-1", "1.0", "4294967296"] {
        assert!(bad.parse::<Revision>().is_err(), "{bad}");
    }
}
