use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::plan::{Body, Confirm, Standing, Step, Task};
use crate::release::flux::{KUSTOMIZE_GROUP, SOURCE_GROUP};
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::{Management, ObjectId, example};

const NOW: &str = "2026-11-21T07:30:47.762567252Z";
const NEXT: &str = "2026-11-21T07:30:47.762567253Z";

/// A HelmRelease that is well, with revision 3 deployed; `more` is merged into it.
fn object(more: &Value) -> Value {
    let source = json!({"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"});
    let ready = condition("Ready", "True", "UpgradeSucceeded", "Helm upgrade succeeded");
    let mut object = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"namespace": "shop", "name": "web", "uid": "u-1", "generation": 2},
        "spec": {
            "interval": "10m",
            "timeout": "1m",
            "chart": {"spec": {"chart": "web", "version": "1.5.0", "sourceRef": source}},
            "upgrade": {"remediation": {"retries": 1}},
        },
        "status": {
            "observedGeneration": 2,
            "conditions": [ready],
            "history": [{"name": "web", "namespace": "shop", "version": 3, "status": "deployed"}],
            "lastHandledReconcileAt": "before",
            "lastAttemptedReleaseAction": "upgrade",
            "lastAttemptedRevision": "1.5.0",
        },
    });
    merge(&mut object, more);
    object
}

/// As a merge patch, without what it takes away.
fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            more.iter().for_each(|(name, value)| merge(into.entry(name).or_insert(Value::Null), value));
        }
        (into, more) => more.clone_into(into),
    }
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": 2,
        "lastTransitionTime": "2026-11-21T07:00:00Z",
    })
}

/// A HelmRelease whose upgrade has failed twice, which is all that it may.
fn exhausted() -> Value {
    let why = "Helm upgrade failed for release shop/web with chart web@1.5.0: context deadline exceeded";
    json!({"status": {
        "conditions": [
            condition("Stalled", "True", "RetriesExceeded", "Failed to upgrade after 2 attempt(s)"),
            condition("Ready", "False", "UpgradeFailed", why),
            condition("Released", "False", "UpgradeFailed", why),
        ],
        "failures": 2,
        "upgradeFailures": 2,
    }})
}

fn seen(more: &Value) -> Seen {
    let object = object(more);
    let helm_release = Arc::new(HelmRelease::read(&object).unwrap());
    let release = Release {
        management: Management::Flux,
        revision: Revision::new(3),
        revisions: 3,
        status: Some(ReleaseStatus::Deployed),
        helm_release: Some(Arc::clone(&helm_release)),
        ..example::release("web")
    };
    Seen {
        release: Arc::new(release),
        helm_release,
        object,
        user: "alice".to_owned(),
        chain: Vec::new(),
        kustomization: None,
        dependents: Ok(Vec::new()),
        losses: Ok(Vec::new()),
        now: NOW.parse().unwrap(),
    }
}

/// The steps of a plan in lines: what is sent to which object, what is awaited.
fn steps(plan: &Plan) -> Vec<String> {
    let line = |step: &Step| match &step.task {
        Task::Send(request) => {
            let Body::Json(body) = &request.body else { panic!("{:?}", request.body) };
            format!("{} {} uid {}: {body}", step.id.0, request.line(), request.uid.as_deref().unwrap_or("-"))
        }
        Task::Await(crate::plan::Await::Handled { object, token, demand, before, timeout, .. }) => {
            format!("{} {} {} {demand:?} {token} after {before} in {timeout}", step.id.0, object.kind, object.name)
        }
        Task::Await(crate::plan::Await::Reconciled { object, timeout, .. }) => {
            format!("{} {} {} reconciled in {timeout}", step.id.0, object.kind, object.name)
        }
        other => panic!("{other:?}"),
    };
    plan.steps.iter().map(line).collect()
}

fn check(action: &Action, seen: &Seen, expected: &[&str]) -> Plan {
    let plan = plan(action, seen);
    assert_eq!(steps(&plan), expected, "{action:?}");
    plan
}

fn check_notes(action: &Action, seen: &Seen, expected: &[&str]) {
    assert_eq!(plan(action, seen).notes, expected, "{action:?}");
}

/// What is in the way, with its evidence.
fn check_unmet(action: &Action, seen: &Seen, expected: &[(&str, &str)]) {
    let plan = plan(action, seen);
    let unmet: Vec<(&str, &str)> = plan.unmet().map(|one| (one.says.as_str(), one.evidence.as_str())).collect();
    assert_eq!(unmet, expected, "{action:?}");
    assert_eq!(plan.is_runnable(), expected.is_empty());
}

const RECONCILE: Action = Action::Reconcile { with_source: false };
const WITH_SOURCE: Action = Action::Reconcile { with_source: true };

fn suspend(reason: &str) -> Action {
    Action::Suspend { reason: reason.to_owned() }
}

#[test]
fn one_token_stands_in_every_annotation_of_one_patch() {
    let send = "1 patch helmreleases.helm.toolkit.fluxcd.io shop/web as wheelhouse uid u-1: ";
    let body = |keys: &[&str], token: &str| {
        let all: serde_json::Map<String, Value> =
            keys.iter().map(|key| (format!("reconcile.fluxcd.io/{key}"), token.into())).collect();
        format!("{send}{}", json!({"metadata": {"annotations": all}}))
    };
    let wait = |demand: &str, token: &str| format!("2 HelmRelease web {demand} {token} after before in 360");
    let seen = seen(&json!({}));
    let plan = check(&RECONCILE, &seen, &[&body(&["requestedAt"], NOW), &wait("Reconcile", NOW)]);
    assert_eq!(plan.commands, ["flux reconcile helmrelease web -n shop"]);
    assert_eq!((plan.confirm, plan.undo.len()), (Confirm::Key, 1));
    check(&Action::Reset, &seen, &[&body(&["requestedAt", "resetAt"], NOW), &wait("Reset", NOW)]);
    check(&Action::Force, &seen, &[&body(&["requestedAt", "forceAt"], NOW), &wait("Force", NOW)]);
}

/// A clock may stand still between two plans; a token that was handled can do nothing.
#[test]
fn a_token_is_never_one_that_was_there() {
    let check = |more: Value| {
        let plan = plan(&RECONCILE, &seen(&more));
        let text = steps(&plan).join("\n");
        assert!(text.contains(NEXT) && !text.contains(NOW), "{text}");
    };
    check(json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": NOW}}}));
    check(json!({"metadata": {"annotations": {"reconcile.fluxcd.io/forceAt": NOW}}}));
    check(json!({"status": {"lastHandledResetAt": NOW}}));
}

#[test]
fn what_would_burn_a_token_is_in_the_way() {
    let suspended = json!({"spec": {"suspend": true}});
    let burnt = "it is suspended: the request would be used up and do nothing";
    for action in [RECONCILE, WITH_SOURCE, Action::Reset, Action::Force] {
        let mut seen = seen(&suspended);
        seen.chain = vec![drawn(SourceKind::HelmRepository, &json!({}))];
        check_unmet(&action, &seen, &[(burnt, "spec.suspend: true")]);
    }
    let why = json!({"metadata": {"annotations": {SUSPENDED: "{\"reason\":\"the database moves\",\"by\":\"bob\",\"at\":\"2026-11-21T06:00:00Z\"}"}}});
    let mut both = suspended;
    merge(&mut both, &why);
    check_unmet(&RECONCILE, &seen(&both), &[(burnt, "suspended 2026-11-21T06:00:00Z by bob: the database moves")]);
    check_notes(
        &Action::Resume,
        &seen(&both),
        &[
            "suspended 2026-11-21T06:00:00Z by bob: the database moves",
            "nothing is to be done unless chart or values have changed; objects are not looked at",
        ],
    );

    let missing = "HelmChart 'flux-system/shop-web' is not ready";
    let early = json!({"status": {"conditions": [condition("Ready", "False", "SourceNotReady", missing)]}});
    let ends = "the reconcile ends before the token counts: it would be used up and do nothing";
    let evidence = format!("Ready=False SourceNotReady: {missing}");
    check_unmet(&Action::Reset, &seen(&early), &[(ends, &evidence)]);
    check_unmet(&Action::Force, &seen(&early), &[(ends, &evidence)]);
    check_unmet(&RECONCILE, &seen(&early), &[]);

    let drifted = json!({
        "spec": {"driftDetection": {"mode": "warn"}},
        "status": {"conditions": [
            condition("Ready", "True", "UpgradeSucceeded", ""), condition("Drifted", "True", "DriftDetected", "it drifted"),
        ]},
    });
    let warned =
        "its drift is only warned of (driftDetection.mode: warn): that ends the reconcile before a force counts";
    check_unmet(&Action::Force, &seen(&drifted), &[(warned, "Drifted=True DriftDetected: it drifted")]);
    check_unmet(&Action::Reset, &seen(&drifted), &[]);

    let deleting = json!({"metadata": {"deletionTimestamp": "2026-11-21T07:00:00Z"}});
    let gone = "it is being deleted: Flux uninstalls it, and does nothing else any more";
    check_unmet(&RECONCILE, &seen(&deleting), &[(gone, "metadata.deletionTimestamp: 2026-11-21T07:00:00Z")]);
}

#[test]
fn a_suspension_keeps_its_reason_and_goes_with_it() {
    let text = format!("{{\"reason\":\"the database moves\",\"by\":\"alice\",\"at\":\"{NOW}\"}}");
    let send = "1 patch helmreleases.helm.toolkit.fluxcd.io shop/web as wheelhouse uid u-1: ";
    let body = json!({"metadata": {"annotations": {SUSPENDED: text}}, "spec": {"suspend": true}});
    let well = seen(&json!({}));
    let plan = check(&suspend(" the database moves "), &well, &[&format!("{send}{body}")]);
    assert_eq!(plan.undo, ["wheelhouse resume shop/web"]);
    let after = json!({"metadata": {"annotations": {SUSPENDED: text}}, "spec": {"suspend": true}});
    let expected = Suspension {
        reason: "the database moves".into(),
        by: "alice".into(),
        at: NOW.parse().unwrap(),
        rollback: None,
    };
    assert_eq!(Suspension::read(&object(&after)), Some(expected));
    let missing = "a reason is missing: whoever finds it suspended has to know why";
    check_unmet(&suspend(" "), &well, &[(missing, "")]);

    let body = json!({"metadata": {"annotations": {SUSPENDED: null}}, "spec": {"suspend": null}});
    let wait = "2 HelmRelease web reconciled in 360";
    let plan = check(&Action::Resume, &seen(&after), &[&format!("{send}{body}"), wait]);
    let fields: Vec<(&str, Option<&str>)> =
        plan.effects[0].fields.iter().map(|field| (field.path.as_str(), field.old.as_deref())).collect();
    let annotation = format!(".metadata.annotations.{SUSPENDED}");
    assert_eq!(fields, [(annotation.as_str(), Some(text.as_str())), (".spec.suspend", Some("true"))]);
    check_unmet(&Action::Resume, &well, &[("it is not suspended: there is nothing to resume", "spec.suspend: false")]);
}

#[test]
fn the_plan_says_what_comes_of_it_here() {
    let well = seen(&json!({}));
    let in_sync = "nothing is to be done unless chart or values have changed; objects are not looked at";
    check_notes(&RECONCILE, &well, &[in_sync]);
    check_notes(
        &Action::Reset,
        &well,
        &[&format!("no failures are counted: it does what a reconcile does; {in_sync}")],
    );
    check_notes(&Action::Force, &well, &["it upgrades as revision 4, though nothing may have changed"]);

    let failed = seen(&exhausted());
    let used = "retries used up 2/2: nothing is tried before chart, values or spec change; reset or force would try";
    check_notes(&RECONCILE, &failed, &[used]);
    let again = "upgrade failures 2 -> 0, and 2 tries more; the same upgrade to 1.5.0 will fail again unless its cause is mended";
    check_notes(&Action::Reset, &failed, &[again]);
    let counters: Vec<(String, Option<String>, Option<String>)> = plan(&Action::Reset, &failed).effects[0].fields[2..]
        .iter()
        .map(|field| (field.path.clone(), field.old.clone(), field.new.clone()))
        .collect();
    let of = |name: &str| (format!(".status.{name}"), Some("2".to_owned()), None);
    assert_eq!(counters, [of("failures"), of("upgradeFailures")]);
    check_notes(
        &Action::Force,
        &failed,
        &[
            "it upgrades as revision 4, though nothing may have changed",
            "retries used up 2/2: it is one try more, and the counters stay",
            "if it fails it is rolled back again",
        ],
    );

    let mut absent = seen(&json!({"status": {"history": []}}));
    absent.release = Arc::new(Release { revision: None, status: None, ..Release::clone(&absent.release) });
    check_notes(&RECONCILE, &absent, &["nothing is installed: Flux installs it"]);
    check_notes(&Action::Force, &absent, &["nothing is installed: it installs"]);
    assert_eq!(plan(&Action::Force, &absent).title, "Force an install of shop/web");
    assert_eq!(plan(&Action::Force, &well).title, "Force an upgrade of shop/web");

    let mut foreign = seen(&json!({"spec": {"suspend": true}}));
    foreign.release = Arc::new(Release { revision: Revision::new(5), ..Release::clone(&foreign.release) });
    check_notes(
        &Action::Resume,
        &foreign,
        &[
            "nobody wrote down why it is suspended",
            "revision 5 was not made by Flux, whose last is 3: it empties its history and upgrades straight back to 1.5.0",
        ],
    );
}

#[test]
fn who_is_around_is_told() {
    let mut around = seen(&json!({
        "metadata": {
            "annotations": {"reconcile.fluxcd.io/requestedAt": "aaa", "reconcile.fluxcd.io/forceAt": "bbb"},
            "labels": {
                format!("{KUSTOMIZE_GROUP}/namespace"): "flux-system", format!("{KUSTOMIZE_GROUP}/name"): "apps",
            },
        },
        "status": {"lastHandledReconcileAt": "aaa", "lastHandledForceAt": "bbb"},
    }));
    around.dependents = Ok(vec![ObjectKey::new("shop", "edge"), ObjectKey::new("shop", "jobs")]);
    let kustomization = json!({"metadata": {"namespace": "flux-system", "name": "apps"}, "spec": {"interval": "10m"}});
    around.kustomization = Some(Ok(Kustomization::read(&kustomization).unwrap()));
    let burnt = "an earlier request did nothing: forceAt bbb: did nothing: it is not equal to requestedAt aaa; send both anew, equal";
    let alone = "Flux leaves it alone: no upgrade, no retry, no drift correction, until it is resumed";
    let leaves = "Kustomization flux-system/apps applies it: its source says nothing of spec.suspend, so this stays; all else is \
                  still applied within 10m";
    let waits = "shop/edge, shop/jobs depend on it: if it is not ready now, they wait until it is resumed";
    check_notes(&suspend("x"), &around, &[alone, leaves, burnt, waits]);

    around.object["metadata"]["managedFields"] = json!([{
        "manager": "kustomize-controller", "operation": "Apply", "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:suspend": {}}},
    }]);
    let takes = "Kustomization flux-system/apps sets spec.suspend from its source: it takes this back within 10m; change it in the source";
    check_notes(&suspend("x"), &around, &[alone, takes, burnt, waits]);

    let mut failed = seen(&exhausted());
    failed.losses = Err("secrets may not be read".to_owned());
    let notes = plan(&Action::Reset, &failed).notes;
    assert_eq!(notes[1..], ["which hotfixes it takes away is not known: secrets may not be read"]);
    let loss = Loss {
        object: ObjectId::new("apps", "Deployment", "shop", "web"),
        path: ".spec.replicas".into(),
        manager: "kubectl-edit".into(),
        value: "5".into(),
        becomes: "2".into(),
    };
    failed.losses = Ok(vec![loss.clone()]);
    assert_eq!(plan(&Action::Reset, &failed).losses, [loss]);
    // Nothing is tried, so that nothing is lost.
    assert_eq!(plan(&RECONCILE, &failed).losses, []);
}

fn drawn(kind: SourceKind, more: &Value) -> Drawn {
    let name = if kind == SourceKind::HelmChart { "shop-web" } else { "charts" };
    let mut object = json!({
        "apiVersion": format!("{SOURCE_GROUP}/v1"), "kind": kind.to_string(),
        "metadata": {"namespace": "flux-system", "name": name, "uid": format!("u-{name}")},
    });
    merge(&mut object, more);
    let source = Source::read(kind, &object).unwrap();
    let state = DrawnState::There(Box::new(source), Box::new(object));
    Drawn { kind: kind.to_string(), key: ObjectKey::new("flux-system", name), state }
}

#[test]
fn sources_are_asked_first_each_with_its_own_wait() {
    let mut seen = seen(&json!({}));
    seen.chain = vec![drawn(SourceKind::HelmRepository, &json!({})), drawn(SourceKind::HelmChart, &json!({}))];
    let body = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": NOW}}});
    let expected = [
        format!("1 patch helmrepositories.{SOURCE_GROUP} flux-system/charts as wheelhouse uid u-charts: {body}"),
        format!("2 HelmRepository charts Reconcile {NOW} after  in 300"),
        format!("3 patch helmcharts.{SOURCE_GROUP} flux-system/shop-web as wheelhouse uid u-shop-web: {body}"),
        format!("4 HelmChart shop-web Reconcile {NOW} after  in 300"),
        format!("5 patch helmreleases.helm.toolkit.fluxcd.io shop/web as wheelhouse uid u-1: {body}"),
        format!("6 HelmRelease web Reconcile {NOW} after before in 360"),
    ];
    check(&WITH_SOURCE, &seen, &expected.each_ref().map(String::as_str));

    seen.chain[0] = drawn(SourceKind::HelmRepository, &json!({"spec": {"type": "oci"}}));
    let plan = plan(&WITH_SOURCE, &seen);
    assert_eq!((plan.steps.len(), plan.unmet().count()), (4, 0));
    assert_eq!(plan.notes[0], "HelmRepository flux-system/charts has nothing to fetch (type oci): it is not asked");

    seen.chain[0] = drawn(SourceKind::HelmRepository, &json!({"spec": {"suspend": true}}));
    let stops = "HelmRepository flux-system/charts is suspended: it would not look again";
    check_unmet(&WITH_SOURCE, &seen, &[(stops, "spec.suspend: true")]);

    let key = ObjectKey::new("shop", "web");
    seen.chain = vec![Drawn { kind: "ExternalArtifact".into(), key, state: DrawnState::Unaskable }];
    let cannot =
        "ExternalArtifact shop/web cannot be asked to look again: who makes it is not Flux's source-controller";
    check_unmet(&WITH_SOURCE, &seen, &[(cannot, "")]);
}

#[test]
fn a_chart_is_drawn_through_these() {
    let check = |spec: Value, chart: Option<Value>, expected: &[(&str, &str)]| {
        let object = json!({"metadata": {"namespace": "shop", "name": "web"}, "spec": spec});
        let chart = chart.map(|chart| Source::read(SourceKind::HelmChart, &chart).unwrap());
        let found = chain(&HelmRelease::read(&object).unwrap(), chart.as_ref());
        let found: Vec<(String, String)> = found.into_iter().map(|link| (link.kind, link.key.to_string())).collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(kind, key)| ((*kind).to_owned(), (*key).to_owned())).collect();
        assert_eq!(found, expected);
    };
    let source = json!({"kind": "GitRepository", "name": "charts", "namespace": "flux-system"});
    check(
        json!({"chart": {"spec": {"chart": "web", "sourceRef": source}}}),
        None,
        &[("GitRepository", "flux-system/charts"), ("HelmChart", "flux-system/shop-web")],
    );
    check(json!({"chartRef": {"kind": "OCIRepository", "name": "web"}}), None, &[("OCIRepository", "shop/web")]);
    let chart = json!({
        "metadata": {"namespace": "apps", "name": "web"},
        "spec": {"chart": "web", "sourceRef": {"kind": "Bucket", "name": "charts"}},
    });
    check(
        json!({"chartRef": {"kind": "HelmChart", "name": "web", "namespace": "apps"}}),
        Some(chart),
        &[("Bucket", "apps/charts"), ("HelmChart", "apps/web")],
    );
    check(json!({}), None, &[]);
}

#[test]
fn a_controller_that_owes_an_answer_is_not_known_to_run() {
    let owed = seen(&json!({
        "metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "2026-11-21T07:20:00Z"}},
    }));
    let unknown: Vec<String> = plan(&RECONCILE, &owed)
        .preconditions
        .into_iter()
        .filter(|one| one.state == Standing::Unknown)
        .map(|one| one.evidence)
        .collect();
    assert_eq!(unknown, ["no write of its status since 2026-11-21T07:20:00Z"]);
}
