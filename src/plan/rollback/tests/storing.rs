//! What is stored: the new revision, the history, and the runs of hooks.

use super::*;

#[test]
fn what_is_stored_of_the_new_revision() {
    let seen = case().seen();
    let next = storage::Next::of(&seen).unwrap();
    let expected = json!({
        "name": "web", "namespace": "shop", "version": 3, "apply_method": "ssa", "manifest": chart("web", "small"),
        "info": {
            "first_deployed": "2026-11-01T00:00:00Z", "last_deployed": "2026-11-22T01:00:00Z",
            "description": "Rollback to 1", "status": "pending-rollback", "rollback_revision": 1, "notes": "notes 1",
        },
        "chart": {"metadata": {"name": "web", "version": "1.1.0"}}, "config": {"of": 1}, "later": 1,
    });
    assert_eq!(next.payload, expected);
    let plan = plan(&seen);
    let stored = |at: usize| match &plan.steps[at].task {
        Task::Send(request) => match &request.body {
            Body::Stored(stored) => stored.clone(),
            body => panic!("{body:?}"),
        },
        task => panic!("{task:?}"),
    };
    let team = ("team".to_owned(), "shop".to_owned());
    assert_eq!(stored(1).labels, std::slice::from_ref(&team), "the user's own go along");
    assert_eq!(stored(3).labels, [team]);
}

#[test]
fn a_revision_of_helm_3_is_stored_as_helm_4_stores_it() {
    let mut case = case();
    case.target.as_object_mut().unwrap().shift_remove("apply_method");
    case.current.as_object_mut().unwrap().shift_remove("apply_method");
    case.current["info"]["first_deployed"] = "".into();
    case.target["info"]["notes"] = "".into();
    let seen = case.seen();
    let next = storage::Next::of(&seen).unwrap();
    assert_eq!(next.payload["apply_method"], "csa");
    assert_eq!(
        next.payload["info"],
        json!({
            "last_deployed": "2026-11-22T01:00:00Z", "description": "Rollback to 1", "status": "pending-rollback",
            "rollback_revision": 1,
        })
    );
    assert_eq!(plan(&seen).title, "Roll back shop/web (helm3) from 2 to 1");
}

#[test]
fn config_maps_store_as_well() {
    let plan = Case { driver: Driver::ConfigMap, ..case() }.plan();
    assert_eq!(line(&plan.steps[1]), "2 store: create configmaps/v3 as Helm pending-rollback \"Rollback to 1\"");
    assert_eq!(line(&plan.steps[4]), "5 finish: update configmaps/v3 as Helm deployed");
}

#[test]
fn history_is_pruned_but_for_what_is_deployed() {
    let check = |revisions: &[(u32, &'static str)], max: u32, expected: &[u32]| {
        let revisions = revisions.iter().map(|(number, status)| (*number, *status, "Upgrade complete")).collect();
        let options = Rollback { history_max: max, to: Some(1), ..Rollback::default() };
        let seen = Case { revisions, options, ..case() }.seen();
        let pruned: Vec<u32> = storage::pruned(&seen).iter().map(|kept| kept.stored.revision.get()).collect();
        assert_eq!(pruned, expected);
    };
    let three = [(3, "deployed"), (2, "superseded"), (1, "superseded")];
    check(&three, 0, &[]);
    check(&three, 10, &[]);
    check(&three, 4, &[]);
    check(&three, 3, &[1]);
    check(&three, 2, &[1, 2]);
    check(&three, 1, &[1, 2]);
    check(&[(3, "failed"), (2, "failed"), (1, "deployed")], 2, &[2, 3]);
    check(&[(3, "failed"), (2, "deployed"), (1, "deployed")], 2, &[1, 3]);
    check(&[(2, "failed"), (1, "failed")], 1, &[1, 2]);
}

#[test]
fn what_is_pruned_is_not_written_any_more() {
    let revisions = vec![(3, "failed", "x"), (2, "deployed", "x"), (1, "deployed", "Install complete")];
    let options = Rollback { history_max: 2, to: Some(1), ..Rollback::default() };
    let plan = Case { revisions, options, ..case() }.plan();
    check(
        &plan,
        &[
            "1 check: newest is 3",
            "2 store: create secrets/v4 as Helm pending-rollback \"Rollback to 1\"",
            "3 store: delete secrets/v1 @uid-v1/1 [go on]",
            "4 store: delete secrets/v3 @uid-v3/3 [go on]",
            "5 apply: apply configmaps/web as helm @uid-web/7 {\"size\":\"small\"} [collect]",
            "6 finish: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "7 finish: update secrets/v4 as Helm deployed",
            "after store:",
            "8 failed: update secrets/v4 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after apply:",
            "9 failed: update secrets/v4 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after finish:",
            "10 failed: update secrets/v4 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
        ],
    );
}

fn hook(name: &str, events: &[&str], weight: i64, policies: &[&str]) -> Value {
    json!({
        "name": name, "kind": "Job", "path": format!("web/templates/{name}.yaml"), "weight": weight, "events": events,
        "manifest": format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\n"),
        "delete_policies": policies, "last_run": {"phase": "Succeeded"},
    })
}

fn job(name: &str) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "resourceVersion": "7"},
    })
}

#[test]
fn hooks_run_by_weight_and_name_and_are_deleted_as_they_say() {
    let mut case = case();
    case.target["hooks"] = json!([
        hook("install", &["pre-install"], 0, &[]),
        hook("0-late", &["pre-rollback"], 5, &["hook-succeeded"]),
        hook("b", &["pre-rollback"], 0, &["hook-failed"]),
        hook("a", &["pre-rollback", "post-rollback"], 0, &[]),
    ]);
    case.live.push(job("a"));
    let plan = case.plan();
    check(
        &plan,
        &[
            "1 check: newest is 2",
            "2 store: create secrets/v3 as Helm pending-rollback \"Rollback to 1\"",
            "3 pre-hooks: delete jobs/a @uid-a/-",
            "4 pre-hooks: gone a [if 3 done]",
            "5 pre-hooks: update secrets/v3 as Helm hook 3 Running",
            "6 pre-hooks: apply jobs/a as helm",
            "7 pre-hooks: done a 300",
            "8 pre-hooks: update secrets/v3 as Helm hook 3 Succeeded",
            "9 pre-hooks: update secrets/v3 as Helm hook 2 Running",
            "10 pre-hooks: apply jobs/b as helm",
            "11 pre-hooks: done b 300",
            "12 pre-hooks: update secrets/v3 as Helm hook 2 Succeeded",
            "13 pre-hooks: update secrets/v3 as Helm hook 1 Running",
            "14 pre-hooks: apply jobs/0-late as helm",
            "15 pre-hooks: done 0-late 300",
            "16 pre-hooks: update secrets/v3 as Helm hook 1 Succeeded",
            "17 pre-hooks: delete jobs/0-late",
            "18 pre-hooks: gone 0-late [if 17 done]",
            "19 apply: apply configmaps/web as helm @uid-web/7 {\"size\":\"small\"} [collect]",
            // What ran before is there again.
            "20 post-hooks: delete jobs/a",
            "21 post-hooks: gone a [if 20 done]",
            "22 post-hooks: update secrets/v3 as Helm hook 3 Running",
            "23 post-hooks: apply jobs/a as helm",
            "24 post-hooks: done a 300",
            "25 post-hooks: update secrets/v3 as Helm hook 3 Succeeded",
            "26 finish: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "27 finish: update secrets/v3 as Helm deployed",
            "after store:",
            "28 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after pre-hooks:",
            "29 failed: update secrets/v3 as Helm hook 3 Failed [go on] [if 6 failed]",
            "30 failed: update secrets/v3 as Helm hook 3 Failed [go on] [if 7 failed]",
            "31 failed: update secrets/v3 as Helm hook 2 Failed [go on] [if 10 failed]",
            "32 failed: update secrets/v3 as Helm hook 2 Failed [go on] [if 11 failed]",
            "33 failed: delete jobs/b [go on] [if 11 failed]",
            "34 failed: gone b [go on] [if 33 done]",
            "35 failed: update secrets/v3 as Helm hook 1 Failed [go on] [if 14 failed]",
            "36 failed: update secrets/v3 as Helm hook 1 Failed [go on] [if 15 failed]",
            "37 failed: delete jobs/0-late [go on] [if 15 done]",
            "38 failed: gone 0-late [go on] [if 37 done]",
            "39 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: pre-rollback hooks failed: {error}\" [go on]",
            "after post-hooks:",
            "40 failed: update secrets/v3 as Helm hook 3 Failed [go on] [if 23 failed]",
            "41 failed: update secrets/v3 as Helm hook 3 Failed [go on] [if 24 failed]",
            "42 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: post-rollback hooks failed: {error}\" [go on]",
            "after apply:",
            "43 failed: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "44 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after finish:",
            "45 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
        ],
    );
    assert_eq!(plan.notes[1..], ["pre-rollback hooks run: a, b, 0-late", "post-rollback hooks run: a"]);
    let marks = |step: &Step| match &step.task {
        Task::Send(request) => match &request.body {
            Body::Json(body) => body["metadata"].clone(),
            body => panic!("{body:?}"),
        },
        task => panic!("{task:?}"),
    };
    assert_eq!(marks(&plan.steps[5]), json!({"name": "a", "namespace": "shop"}), "hooks carry no marks of Helm's");
}

#[test]
fn hooks_do_not_run_where_they_are_told_not_to() {
    let mut case = Case { options: Rollback { no_hooks: true, ..Rollback::default() }, ..case() };
    case.target["hooks"] = json!([hook("a", &["pre-rollback"], 0, &[])]);
    let plan = case.plan();
    assert_eq!((after(&plan, Phase::PreHooks), plan.steps.len()), (Vec::new(), 5));
    assert_eq!(plan.notes[1..], ["hooks that do not run: a"]);
}

#[test]
fn a_definition_of_resources_is_never_deleted_as_a_hook() {
    let mut case = case();
    let mut definition = hook("a", &["pre-rollback"], 0, &["before-hook-creation", "hook-succeeded", "hook-failed"]);
    definition["kind"] = "CustomResourceDefinition".into();
    case.target["hooks"] = json!([definition]);
    case.live.push(job("a"));
    let plan = case.plan();
    assert!(!plan.all_steps().any(|step| line(step).contains("delete jobs/a")));
}

#[test]
fn hooks_of_patched_releases_are_made() {
    let mut case = case().method("csa", "csa");
    case.target["hooks"] = json!([hook("a", &["pre-rollback"], 0, &[])]);
    assert_eq!(line(&case.plan().steps[3]), "4 pre-hooks: create jobs/a as helm");
}

#[test]
fn a_revision_that_does_not_fit_is_not_begun() {
    let mut case = case();
    // What cannot be compressed: digits of a generator.
    let mut state = 1_u64;
    let mut noise = String::new();
    while noise.len() < 2_200_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.push_str(&format!("{:08x}", state >> 32));
    }
    case.target["chart"]["noise"] = noise.into();
    let told = conditions(&case.plan());
    assert!(told[0].starts_with("unmet: revision 3 fits into its object | 1"), "{told:?}");
    assert!(told[0].contains(" of 1048576 bytes, 1"), "{told:?}");
}
