//! What is written to objects, and what is in the way.

use super::*;
use crate::plan::EffectVerb;

#[test]
fn a_release_that_is_applied_server_side() {
    let plan = case().plan();
    check(
        &plan,
        &[
            "1 check: newest is 2",
            "2 store: create secrets/v3 as Helm pending-rollback \"Rollback to 1\"",
            "3 apply: apply configmaps/web as helm @uid-web/7 {\"size\":\"small\"} [collect]",
            "4 finish: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "5 finish: update secrets/v3 as Helm deployed",
            "after store:",
            "6 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after apply:",
            "7 failed: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "8 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after finish:",
            "9 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
        ],
    );
    assert_eq!(plan.title, "Roll back shop/web (helm4, ssa) from 2 to 1");
    assert_eq!(plan.confirm, Confirm::Typed("web".to_owned()));
    assert_eq!(plan.commands, ["helm rollback web 1 -n shop"]);
    assert_eq!(plan.undo, ["helm rollback web 2 -n shop brings back what is deployed now"]);
    assert_eq!(plan.notes, ["revision 1: the last that was healthy: it was deployed (Install complete)"]);
    assert_eq!(
        conditions(&plan),
        [
            "met: newest revision is 2, deployed, nothing pending | written last 2026-11-22T00:50:00Z by Helm",
            "met: revision 1 is stored | the last that was healthy: it was deployed (Install complete)",
            "met: its kinds are served | v1 ConfigMap",
            "met: the API server takes 1 object | dry-run",
        ]
    );
    let [effect] = plan.effects.as_slice() else { panic!("{:?}", plan.effects) };
    let fields: Vec<_> =
        effect.fields.iter().map(|field| (field.path.as_str(), field.old.as_deref(), field.new.as_deref())).collect();
    assert_eq!((effect.verb, fields), (EffectVerb::Change, vec![(".data.size", Some("large"), Some("small"))]));
    assert_eq!(plan.steps[2].says, "ConfigMap web: .data.size large -> small");
    assert_eq!(plan.losses, Vec::new());
    assert!(plan.is_runnable());
}

#[test]
fn objects_are_made_and_deleted_and_kept() {
    let mut kept = config("kept", "large");
    kept["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep".into();
    let mut almost = config("almost", "large");
    almost["metadata"]["annotations"]["helm.sh/resource-policy"] = "Keep ".into();
    let before = ["web", "old", "kept", "almost", "gone"].map(|name| chart(name, "large"));
    let case = Case {
        live: vec![config("web", "large"), config("old", "large"), kept, almost],
        options: Rollback {
            cleanup_on_fail: true,
            wait: true,
            wait_for_jobs: true,
            timeout: 60,
            ..Rollback::default()
        },
        ..case()
    };
    let plan = case.manifests(&before, &[chart("new", "small"), chart("web", "small")]).plan();
    check(
        &plan,
        &[
            "1 check: newest is 2",
            "2 store: create secrets/v3 as Helm pending-rollback \"Rollback to 1\"",
            "3 apply: apply configmaps/new as helm {\"size\":\"small\"}",
            "4 apply: apply configmaps/web as helm @uid-web/7 {\"size\":\"small\"} [collect]",
            "5 remove: delete configmaps/old @uid-old/7 [collect]",
            "6 remove: delete configmaps/almost @uid-almost/7 [collect]",
            "7 wait: settled 2 jobs=true 60",
            "8 finish: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "9 finish: update secrets/v3 as Helm deployed",
            "after store:",
            "10 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "after apply:",
            "11 failed: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "12 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "13 failed: delete configmaps/new [go on] [if 3 done]",
            "after remove:",
            "14 failed: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "15 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
            "16 failed: delete configmaps/new [go on] [if 3 done]",
            "after wait:",
            "17 failed: update secrets/v3 as Helm failed \"Release \\\"web\\\" failed: {error}\" [go on]",
            "after finish:",
            "18 failed: update secrets/v3 as Helm failed \"Rollback \\\"web\\\" failed: {error}\" [go on]",
        ],
    );
    let verbs: Vec<_> = plan.effects.iter().map(|effect| (effect.object.name.as_str(), effect.verb)).collect();
    assert_eq!(
        verbs,
        [
            ("new", EffectVerb::Create),
            ("web", EffectVerb::Change),
            ("old", EffectVerb::Delete),
            ("kept", EffectVerb::Keep),
            ("almost", EffectVerb::Delete),
        ]
    );
    assert_eq!(plan.commands, ["helm rollback web 1 -n shop --wait --wait-for-jobs --timeout 60s --cleanup-on-fail"]);
}

#[test]
fn a_release_that_is_applied_by_patches() {
    let board =
        |size: u32| format!("apiVersion: example.com/v1\nkind: Board\nmetadata: {{name: b}}\nspec: {{size: {size}}}\n");
    let live_board = json!({
        "apiVersion": "example.com/v1", "kind": "Board", "spec": {"size": 9, "own": 1},
        "metadata": {"name": "b", "namespace": "shop", "uid": "uid-b", "resourceVersion": "7"},
    });
    let (same, edited) = (config("same", "small"), config("web", "edited"));
    let before = [chart("web", "large"), chart("same", "small"), board(2)];
    let after = [chart("web", "small"), chart("same", "small"), board(1), chart("new", "small")];
    let case = Case { live: vec![edited, same, live_board], ..case() }.method("csa", "csa").manifests(&before, &after);
    let plan = case.plan();
    check_steps(
        &plan,
        &[
            "1 check: newest is 2",
            "2 store: create secrets/v3 as Helm pending-rollback \"Rollback to 1\"",
            "3 apply: patch configmaps/web as helm @uid-web/7 {\"data\":{\"size\":\"small\"}} [collect]",
            // Of a custom resource only what the manifests change is sent; Helm's marks are new to the one before.
            "4 apply: patch boards/b as helm @uid-b/7 {\"metadata\":{\"labels\":{\"app.kubernetes.io/managed-by\":\"Helm\"},\"annotations\":{\"meta.helm.sh/release-name\":\"web\",\"meta.helm.sh/release-namespace\":\"shop\"}},\"spec\":{\"size\":1}} [collect]",
            "5 apply: create configmaps/new as helm {\"size\":\"small\"}",
            "6 finish: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "7 finish: update secrets/v3 as Helm deployed",
        ],
    );
    let verbs: Vec<_> = plan.effects.iter().map(|effect| (effect.object.name.as_str(), effect.verb)).collect();
    assert_eq!(
        verbs,
        [
            ("web", EffectVerb::Change),
            ("same", EffectVerb::None),
            ("b", EffectVerb::Change),
            ("new", EffectVerb::Create),
        ]
    );
    assert!(
        plan.notes
            .contains(&"it is applied by patches, as that revision was: they ask nobody who owns a field".to_owned())
    );
}

#[test]
fn a_patch_that_is_made_by_types_needs_them() {
    let plan = Case { typed: false, ..case() }.method("csa", "csa").plan();
    let unmet = "unmet: ConfigMap web can be written | its type is not known, and its patch is made by it | choose another revision";
    assert_eq!(conditions(&plan)[0], unmet);
    assert!(!plan.is_runnable());
}

#[test]
fn what_helm_updated_becomes_what_it_applies() {
    let mut live = config("web", "large");
    live["metadata"]["managedFields"][0]["operation"] = "Update".into();
    let plan = Case { live: vec![live], ..case() }.method("csa", "ssa").plan();
    check_steps(
        &plan,
        &[
            "1 check: newest is 2",
            "2 store: create secrets/v3 as Helm pending-rollback \"Rollback to 1\"",
            "3 apply: patch configmaps/web as helm @uid-web/7 migrate helm to helm [collect]",
            "4 apply: apply configmaps/web as helm @uid-web/7 {\"size\":\"small\"} [collect] [if 3 done]",
            "5 finish: update secrets/v2 as Helm @uid-v2/2 superseded [go on]",
            "6 finish: update secrets/v3 as Helm deployed",
        ],
    );
    assert!(plan.is_runnable(), "its own updates are in nobody's way: {:?}", conditions(&plan));
}

#[test]
fn a_conflict_is_in_the_way_unless_it_is_forced() {
    let edited = || {
        let mut live = config("web", "edited");
        let own = json!({"f:metadata": {"f:labels": {"f:app.kubernetes.io/managed-by": {}}}});
        live["metadata"]["managedFields"] = json!([
            entry("helm", "Apply", "v1", &own),
            entry("kubectl-edit", "Update", "v1", &json!({"f:data": {"f:size": {}}})),
        ]);
        Case { live: vec![live], ..case() }
    };
    let plan = edited().plan();
    assert_eq!(
        conditions(&plan)[0],
        "unmet: ConfigMap web: conflict with \"kubectl-edit\" using v1 on .data.size | dry-run | --force-conflicts"
    );
    assert_eq!(plan.effects[0].fields[0].conflict, "conflict with \"kubectl-edit\" using v1");
    assert_eq!(plan.losses, Vec::new(), "nothing is lost by what is not run");
    let forced = Case { options: Rollback { force_conflicts: true, ..Rollback::default() }, ..edited() }.plan();
    assert!(forced.is_runnable());
    assert_eq!(
        line(&forced.steps[2]),
        "3 apply: apply^ configmaps/web as helm @uid-web/7 {\"size\":\"small\"} [collect]"
    );
    let loss = Loss {
        object: forced.effects[0].object.clone(),
        path: ".data.size".to_owned(),
        manager: "kubectl-edit".to_owned(),
        value: "edited".to_owned(),
        becomes: "small".to_owned(),
    };
    assert_eq!(forced.losses, [loss]);
    assert_eq!(forced.undo[1..], ["by hand: ConfigMap web .data.size = edited, as kubectl-edit had set it"]);
    assert_eq!(forced.commands, ["helm rollback web 1 -n shop --force-conflicts"]);
}

#[test]
fn texts_of_secrets_go_to_the_server_as_texts() {
    let secret =
        |text: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{key: {text}}}\n");
    let plan = Case { live: Vec::new(), ..case() }.manifests(&[secret("old")], &[secret("new")]).plan();
    let Task::Send(request) = &plan.steps[2].task else { panic!("{:?}", plan.steps[2]) };
    let Body::Json(body) = &request.body else { panic!("{:?}", request.body) };
    assert_eq!((body.get("data"), &body["stringData"]), (None, &json!({"key": "new"})));
}

#[test]
fn what_is_in_the_way() {
    let check = |case: Case, expected: &str| {
        let plan = case.plan();
        assert!(conditions(&plan).iter().any(|told| told == expected), "{:#?}", conditions(&plan));
        plan
    };
    check(case().to(7), "unmet: there is a revision to go back to | release has no 7 version | name one: REVISION");
    check(
        Case { namespace: Ok(Namespace::Terminating), ..case() },
        "unmet: namespace shop is not being deleted | status.phase: Terminating | wait until it is gone, then make it anew",
    );
    check(
        Case { namespace: Ok(Namespace::Missing), ..case() },
        "unmet: namespace shop is there | kubectl create namespace shop",
    );
    check(Case { namespace: Err("forbidden".to_owned()), ..case() }, "unknown: namespace shop is there | forbidden");
    let gone = Case { gone: vec!["Board"], ..case() };
    let board = "apiVersion: example.com/v1\nkind: Board\nmetadata: {name: b}\n".to_owned();
    check(
        gone.manifests(&[board], &[chart("web", "small")]),
        "unmet: served: example.com/v1 Board | no matches for kind | install what defines them again, or choose a revision \
         without them",
    );
    let pending = vec![(2, "pending-upgrade", "Preparing upgrade"), (1, "deployed", "Install complete")];
    let plan = check(
        Case { revisions: pending, ..case() },
        "unknown: nobody works on it: newest revision is 2, pending-upgrade | written last 2026-11-22T00:50:00Z by Helm | make \
         sure that no helm or CI job runs",
    );
    assert!(plan.is_runnable(), "it is the way out of a release that is stuck");
    check(
        case().manifests(&[chart("web", "large")], &["kind: {\n".to_owned()]),
        "unmet: a document of a manifest cannot be read | revision 1: document 1 (line 2): did not find expected node content | \
         roll back to another revision",
    );
    let named = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: web-}\n".to_owned();
    check(
        case().manifests(&[], &[named]),
        "unmet: ConfigMap web- can be written | its name is made by the server: Helm looks for it by a name that it has not | \
         choose another revision",
    );
}

#[test]
fn nothing_is_planned_of_what_cannot_be_read() {
    let mut seen = case().seen();
    seen.target = Err(Problem::new(ProblemKind::Malformed, "the gzip stream is damaged").hint("restore it"));
    let plan = plan(&seen);
    check(&plan, &[]);
    assert_eq!(
        conditions(&plan)[0],
        "unmet: the revision to go back to can be read | the gzip stream is damaged | restore it"
    );
}

#[test]
fn the_revision_that_is_suggested() {
    let check = |asked: Option<u32>, all: &[(u32, &str, &str)], expected: Result<(u32, &str), &str>| {
        let told: Vec<Told> = all.iter().map(told).collect();
        let expected = expected
            .map_err(str::to_owned)
            .map(|(revision, why)| Choice { revision: Revision::new(revision).unwrap(), why: why.to_owned() });
        assert_eq!(choose(asked, &told), expected);
    };
    let complete = "Upgrade complete";
    let failed = "Upgrade \"web\" failed: context deadline exceeded";
    let was = "the last that was healthy: it was deployed (Upgrade complete)";
    let deployed = "the last that was healthy: it is deployed";
    let none = Err("no older revision is known to have been healthy: name one");
    check(None, &[], Err("nothing is stored of it"));
    check(None, &[(1, "deployed", "Install complete")], none);
    check(None, &[(3, "deployed", complete), (2, "superseded", complete), (1, "superseded", complete)], Ok((2, was)));
    // Helm takes the one before, which failed.
    check(None, &[(4, "failed", failed), (3, "failed", failed), (2, "deployed", complete)], Ok((2, deployed)));
    // A rollback that failed has one superseded that never was healthy.
    check(None, &[(4, "failed", failed), (3, "superseded", failed), (2, "superseded", complete)], Ok((2, was)));
    // One that was left by a rollback is not gone back to, and neither is the one that is there.
    let back = [
        (4, "deployed", "Rollback to 2"),
        (3, "superseded", complete),
        (2, "superseded", complete),
        (1, "superseded", complete),
    ];
    check(None, &back, Ok((1, was)));
    let unlocked = [(2, "failed", "x"), (1, "superseded", "Release unlocked from stale 'pending-install' state")];
    check(None, &unlocked, none);
    check(Some(0), &[(2, "deployed", complete), (1, "superseded", complete)], Ok((1, was)));
    check(Some(1), &[(2, "deployed", complete), (1, "failed", failed)], Ok((1, "asked for; it is failed")));
    check(Some(9), &[(1, "deployed", complete)], Err("release has no 9 version"));
}

/// A rollback that was broken off left a revision like the one that is gone back to, and most of what is deployed still.
#[test]
fn what_a_broken_rollback_left_of_the_deployed_revision_goes() {
    let left = |method: &str| {
        let mut case = case().to(1).method(method, method);
        case.revisions =
            vec![(3, "pending-rollback", "Rollback to 1"), (2, "deployed", "Upgrade complete"), (1, "superseded", "")];
        let old = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {size: large, old: a}\n".to_owned();
        case.deployed = Some(payload(2, "deployed", &[old, chart("extra", "large")].join("---\n")));
        case.current = payload(3, "pending-rollback", &chart("web", "small"));
        case.current["apply_method"] = method.into();
        let mut web = config("web", "large");
        web["data"]["old"] = "a".into();
        case.live = vec![web, config("extra", "large")];
        let lines: Vec<String> = case.plan().steps.iter().map(line).collect();
        lines.into_iter().filter(|line| line.contains("configmaps/")).collect::<Vec<_>>()
    };
    let gone = "remove: delete configmaps/extra @uid-extra/7 [collect]";
    let check = |method: &str, how: &str| {
        let write = format!("3 apply: {how} [collect]");
        assert_eq!(left(method), [write, format!("4 {gone}")]);
    };
    check("ssa", r#"apply configmaps/web as helm @uid-web/7 {"size":"small"}"#);
    check("csa", r#"patch configmaps/web as helm @uid-web/7 {"data":{"old":null,"size":"small"}}"#);
}
