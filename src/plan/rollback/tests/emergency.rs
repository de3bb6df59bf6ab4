//! The emergency way of what Flux keeps.

use super::*;
use crate::plan::step::Request;
use crate::plan::{EffectVerb, Way};

/// A HelmRelease that made revision 2; `more` is put in place of what it has.
pub(super) fn helm_release(more: &[(&str, Value)]) -> Value {
    let mut object = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {
            "namespace": "shop", "name": "web", "uid": "u-1", "resourceVersion": "40", "generation": 2,
            "annotations": {}, "labels": {},
        },
        "spec": {
            "interval": "10m", "timeout": "1m",
            "chart": {"spec": {"chart": "web", "version": "1.2.0", "sourceRef": {
                "kind": "HelmRepository", "name": "charts", "namespace": "flux-system",
            }}},
            "values": {"of": 2},
            "rollback": {},
        },
        "status": {
            "observedGeneration": 2,
            "conditions": [],
            "history": [{"name": "web", "namespace": "shop", "version": 2, "status": "deployed"}],
            "lastAttemptedRevision": "1.2.0",
        },
    });
    for (pointer, value) in more {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[name.replace("~1", "/")] = value.clone();
    }
    object
}

/// The same object as Flux leaves it.
fn applied(name: &str, size: &str) -> Value {
    let mut object = config(name, size);
    object["metadata"]["managedFields"][0]["manager"] = "helm-controller".into();
    object
}

fn emergency(more: &[(&str, Value)]) -> Case {
    Case {
        live: vec![applied("web", "large")],
        options: Rollback { way: Some(Way::Emergency), ..Rollback::default() },
        flux: Some((helm_release(more), None)),
        ..case()
    }
}

/// What is sent to the HelmRelease by a step.
fn body(plan: &Plan, id: usize) -> Value {
    let step = plan.all_steps().find(|step| step.id == StepId(id)).unwrap();
    match &step.task {
        Task::Send(Request { body: Body::Json(body), uid, object, .. }) => {
            assert_eq!((uid.as_deref(), object.kind.as_str()), (Some("u-1"), "HelmRelease"));
            body.clone()
        }
        other => panic!("{other:?}"),
    }
}

const SUSPENDED: &str = "wheelhouse.dev/suspended";

#[test]
fn it_is_suspended_first_and_then_written_as_flux_writes_it() {
    let plan = emergency(&[]).plan();
    let mark = r#"{"reason":"rolled back to revision 1 by wheelhouse","by":"alice","at":"2026-11-22T01:00:00Z","rollback":{"from":2,"to":1}}"#;
    let quoted = mark.replace('"', "\\\"");
    let suspends = format!(
        "2 check: patch helmreleases/web as wheelhouse @u-1/- {{\"metadata\":{{\"annotations\":{{\"{SUSPENDED}\":\"{quoted}\"}}}},\"spec\":{{\"suspend\":true}}}}"
    );
    let resumes = format!(
        "11 failed: patch helmreleases/web as wheelhouse @u-1/- {{\"metadata\":{{\"annotations\":{{\"{SUSPENDED}\":null}}}},\"spec\":{{\"suspend\":null}}}} [go on] [if 2 done]"
    );
    check(
        &plan,
        &[
            "1 check: newest is 2",
            &suspends,
            "3 check: quiet web 240",
            "4 check: newest is 2",
            "5 store: create secrets/v3 as helm-controller pending-rollback \"Rollback to 1\"",
            "6 apply: apply^ configmaps/web as helm-controller @uid-web/7 {\"size\":\"small\"} [collect]",
            "7 wait: settled 1 jobs=true 60",
            "8 finish: update secrets/v2 as helm-controller @uid-v2/2 superseded [go on]",
            "9 finish: update secrets/v3 as helm-controller deployed",
            "10 finish: converged [go on]",
            "after check:",
            &resumes,
            "after store:",
            "12 failed: update secrets/v3 as helm-controller failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after apply:",
            "13 failed: update secrets/v2 as helm-controller @uid-v2/2 superseded [go on]",
            "14 failed: update secrets/v3 as helm-controller failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after wait:",
            "15 failed: update secrets/v3 as helm-controller failed \"Release \\\"web\\\" failed: {error}\" [go on]",
            "after finish:",
            "16 failed: update secrets/v3 as helm-controller failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
        ],
    );
    assert_eq!(plan.title, "Roll back shop/web (flux, helm4, ssa) from 2 to 1, suspended meanwhile");
    assert!(plan.is_runnable(), "{:?}", conditions(&plan));
    assert_eq!(plan.confirm, Confirm::Typed("web".to_owned()));
    assert_eq!(plan.undo, ["wheelhouse resume shop/web: Flux upgrades straight back to 1.2.0"]);
    assert_eq!(
        plan.commands,
        [
            "flux suspend helmrelease web -n shop",
            "helm rollback web 1 -n shop --force-conflicts --wait --wait-for-jobs --timeout 60s --history-max 5  # writes as helm: what it sets that Flux does not stays for ever",
        ]
    );
    let notes = [
        "revision 1: the last that was healthy: it was deployed (Install complete)",
        "until it is resumed Flux leaves it alone: no upgrade, no retry, no drift correction; lists say so",
        "once resumed: revision 3 was not made by Flux, whose last is 2: it empties its history and upgrades straight back to 1.2.0",
        "for revision 1 to stay: wheelhouse rollback shop/web 1 --way durable",
    ];
    assert_eq!(plan.notes, notes);
    let first = &plan.effects[0];
    assert_eq!((first.object.kind.as_str(), first.verb), ("HelmRelease", EffectVerb::Change));
    let fields: Vec<_> =
        first.fields.iter().map(|field| (field.path.as_str(), field.new.as_deref().unwrap())).collect();
    assert_eq!(fields, [(".metadata.annotations.wheelhouse.dev/suspended", mark), (".spec.suspend", "true")]);
}

#[test]
fn what_is_suspended_already_keeps_its_reason() {
    let known = json!({"reason": "the database moves", "by": "bob", "at": "2026-11-21T00:00:00Z"}).to_string();
    let annotations = json!({SUSPENDED: known});
    let plan = emergency(&[("/spec/suspend", true.into()), ("/metadata/annotations", annotations)]).plan();
    let mark = r#"{"reason":"the database moves","by":"bob","at":"2026-11-21T00:00:00Z","rollback":{"from":2,"to":1}}"#;
    assert_eq!(body(&plan, 2), json!({"metadata": {"annotations": {SUSPENDED: mark}}}));
    assert_eq!(body(&plan, 11), json!({"metadata": {"annotations": {SUSPENDED: known}}}));
    assert!(
        plan.notes.contains(&"suspended 2026-11-21T00:00:00Z by bob: the database moves: that reason stays".to_owned()),
        "{:?}",
        plan.notes
    );
    assert_eq!(plan.commands.len(), 1, "{:?}", plan.commands);

    let mut case = emergency(&[]);
    case.options.reason = " the night of the 22nd ".to_owned();
    let text = body(&case.plan(), 2)["metadata"]["annotations"][SUSPENDED].as_str().unwrap().to_owned();
    assert!(text.starts_with(r#"{"reason":"the night of the 22nd","by":"alice""#), "{text}");
}

/// How a HelmRelease says that it is to be done, and what is asked beyond that.
#[track_caller]
fn check_options(rollback: Value, max_history: Value, asked: Rollback, expected: Rollback) {
    let object = helm_release(&[("/spec/rollback", rollback), ("/spec/maxHistory", max_history)]);
    let case = Case { options: asked, flux: Some((object, None)), ..case() };
    assert_eq!(case.seen().options, expected);
}

#[test]
fn it_is_done_as_the_helm_release_says() {
    let plain = Rollback {
        force_conflicts: true,
        wait: true,
        wait_for_jobs: true,
        timeout: 60,
        history_max: 5,
        ..Rollback::default()
    };
    check_options(json!({}), Value::Null, Rollback::default(), plain.clone());
    check_options(
        json!({"timeout": "30s", "disableHooks": true, "disableWait": true, "disableWaitForJobs": true, "cleanupOnFail": true}),
        0.into(),
        Rollback::default(),
        Rollback {
            no_hooks: true,
            wait: false,
            wait_for_jobs: false,
            timeout: 30,
            cleanup_on_fail: true,
            history_max: 0,
            ..plain.clone()
        },
    );
    let asked = Rollback { no_hooks: true, wait: true, timeout: 7, history_max: 3, ..Rollback::default() };
    let expected = Rollback { no_hooks: true, timeout: 7, history_max: 3, ..plain };
    check_options(json!({"disableWait": true}), 9.into(), asked, expected);

    let method = |told: &str| emergency(&[("/spec/rollback", json!({"serverSideApply": told}))]).seen().method();
    let methods = ["enabled", "disabled", "auto"].map(method);
    assert_eq!(methods, [Method::ServerSide, Method::ClientSide, Method::ServerSide]);
}

#[test]
fn what_is_in_its_way_is_said() {
    let only = |case: Case| {
        let all = conditions(&case.plan());
        all.into_iter().filter(|line| !line.starts_with("met")).collect::<Vec<String>>()
    };
    assert_eq!(only(emergency(&[])), Vec::<String>::new());
    let reconciling = |reason: &str, message: &str| {
        let condition = json!([{
            "type": "Reconciling", "status": "True", "reason": reason, "message": message, "observedGeneration": 2,
            "lastTransitionTime": "2026-11-22T00:59:00Z",
        }]);
        [("/status/conditions", condition)]
    };
    let runs = reconciling("Progressing", "Running 'upgrade' action with timeout of 1m0s");
    assert_eq!(
        only(emergency(&runs)),
        [
            "unmet: Flux is at work on it: what it stores now would be the newest revision | Reconciling=True Progressing: Running 'upgrade' action with timeout of 1m0s | wheelhouse suspend shop/web --reason TEXT, and roll back once it has ended"
        ]
    );
    let retries = reconciling("ProgressingWithRetry", "retrying after 10s");
    assert_eq!(
        only(emergency(&retries)),
        [
            "unknown: Flux begins nothing before it is suspended | Reconciling=True ProgressingWithRetry: retrying after 10s | what it has begun is waited for; if it stored a revision, nothing is rolled back"
        ]
    );
    let remote = [("/spec/kubeConfig", json!({"secretRef": {"name": "other"}}))];
    assert_eq!(
        only(emergency(&remote)),
        [
            "unmet: its objects and its storage are on this cluster | spec.kubeConfig | use the kubeconfig of that cluster"
        ]
    );
    let deleting = [("/metadata/deletionTimestamp", "2026-11-22T00:00:00Z".into())];
    assert_eq!(
        only(emergency(&deleting)),
        [
            "unmet: it is being deleted: Flux uninstalls it, and does nothing else any more | metadata.deletionTimestamp: 2026-11-22T00:00:00Z"
        ]
    );
    let native = Case { options: Rollback { way: Some(Way::Emergency), ..Rollback::default() }, ..case() };
    assert_eq!(only(native), ["unmet: Helm alone manages it: there is no emergency way | leave out --way"]);
}

#[test]
fn a_kustomization_that_takes_the_suspension_back_is_named() {
    let labels = json!({
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system", "kustomize.toolkit.fluxcd.io/name": "apps",
    });
    let kept = |fields: Value, suspend: bool| {
        let entry = entry("kustomize-controller", "Apply", "helm.toolkit.fluxcd.io/v2", &fields);
        let object = helm_release(&[("/metadata/labels", labels.clone()), ("/metadata/managedFields", json!([entry]))]);
        let kustomization = json!({
            "metadata": {"namespace": "flux-system", "name": "apps"},
            "spec": {"interval": "5m", "suspend": suspend},
        });
        let plan = Case { flux: Some((object, Some(kustomization))), ..emergency(&[]) }.plan();
        let unknown = conditions(&plan).into_iter().filter(|line| line.starts_with("unknown"));
        (unknown.collect::<Vec<_>>(), plan.notes.last().unwrap().clone())
    };
    let last = "for revision 1 to stay: wheelhouse rollback shop/web 1 --way durable".to_owned();
    let sets = json!({"f:spec": {"f:suspend": {}, "f:values": {}}});
    assert_eq!(
        kept(sets.clone(), false),
        (
            vec![
                "unknown: Kustomization flux-system/apps sets spec.suspend from its source: it takes this back within 5m; change it in the source | managedFields of spec.suspend | suspend it first: flux suspend kustomization apps -n flux-system".to_owned()
            ],
            last
        )
    );
    let stays = "Kustomization flux-system/apps sets spec.suspend from its source, and is suspended: until it is resumed, this stays";
    assert_eq!(kept(sets, true), (Vec::new(), stays.to_owned()));
    let silent = "Kustomization flux-system/apps applies it: its source says nothing of spec.suspend, so this stays; all else is still applied within 5m";
    assert_eq!(kept(json!({"f:spec": {"f:values": {}}}), false), (Vec::new(), silent.to_owned()));
}
