//! A controller that says nothing, and requests that did nothing.

use proptest::prelude::*;

use super::*;

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
    let tree = trees(&[
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
            },
        ),
        (
            "an action never ends",
            Case {
                written,
                controllers: controllers(1, 0),
                ..cluster([release(
                    "shop/web",
                    json!({}),
                    vec![condition("Ready", "Unknown", "Progressing", "Running 'upgrade' action"), running],
                )])
            },
        ),
    ]);
    insta::assert_snapshot!(tree);
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

proptest! {
    /// Whatever the conditions say, one link is the cause where there is a sentence, and none where there is not.
    #[test]
    fn any_conditions_have_at_most_one_cause(
        conditions in proptest::collection::vec((
            prop::sample::select(vec!["Ready", "Released", "Reconciling", "Stalled", "Remediated", "TestSuccess", "Drifted"]),
            prop::sample::select(vec!["True", "False", "Unknown"]),
            prop::sample::select(vec![
                "UpgradeFailed", "InstallFailed", "TestFailed", "UninstallFailed", "RollbackSucceeded", "RollbackFailed",
                "DependencyNotReady", "SourceNotReady", "ValuesError", "AccessDenied", "RetriesExceeded", "Progressing", "?",
            ]),
            prop::sample::select(vec![
                "", "Running 'upgrade' action with timeout of 5m0s", "Running 'rollback' action with timeout of ",
                "could not resolve Secret chart values reference 'a", "timeout waiting for: [Deployment/a/b status: ",
                "Helm upgrade failed for release a with chart b@: ", "Apply failed with 1 conflict: conflict with \"",
                "resource x/y not ready. status: ",
            ]),
            ".{0,40}",
        ), 0..6),
        suspended: bool,
        deleting: bool,
        failures in 0..4,
    ) {
        let conditions = conditions
            .iter()
            .map(|(kind, status, reason, start, rest)| condition(kind, status, reason, &format!("{start}{rest}")))
            .collect();
        let mut object = release("shop/web", json!({"suspend": suspended, "dependsOn": [{"name": "b"}]}), conditions);
        if deleting {
            object["metadata"]["deletionTimestamp"] = json!("2026-11-21T02:50:00Z");
        }
        object["status"]["lastAttemptedReleaseAction"] = json!("upgrade");
        object["status"]["upgradeFailures"] = json!(failures);
        cluster([object]).tree("web");
    }
}
