//! The durable way of what Flux keeps.

use super::emergency::helm_release;
use super::*;
use crate::plan::step::Request;
use crate::plan::{EffectVerb, Way};
use crate::release::flux::ValuesReference;
use crate::release::values::Found;

fn durable(more: &[(&str, Value)]) -> Case {
    Case {
        options: Rollback { way: Some(Way::Durable), ..Rollback::default() },
        flux: Some((helm_release(more), None)),
        target: json!({
            "name": "web", "namespace": "shop", "version": 1, "manifest": "",
            "chart": {"metadata": {"name": "web", "version": "1.1.0"}}, "config": {"of": 1, "size": "small"},
        }),
        ..case()
    }
}

/// A Kustomization that applies the HelmRelease of a case.
fn in_git(case: Case, suspend: bool) -> Case {
    let (mut object, _) = case.flux.clone().unwrap();
    object["metadata"]["labels"] = json!({
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system", "kustomize.toolkit.fluxcd.io/name": "apps",
    });
    let kustomization = json!({
        "metadata": {"namespace": "flux-system", "name": "apps"},
        "spec": {
            "interval": "5m", "suspend": suspend, "path": "./apps",
            "sourceRef": {"kind": "GitRepository", "name": "fleet"},
        },
    });
    Case { flux: Some((object, Some(kustomization))), ..case }
}

fn config_map(text: &str) -> Source {
    let reference = ValuesReference {
        kind: "ConfigMap".to_owned(),
        name: "site".to_owned(),
        key: "values.yaml".to_owned(),
        target_path: None,
        optional: false,
        literal: false,
    };
    Source { reference, found: Found::Text(text.to_owned()) }
}

/// What is patched, with the state that it has to be in.
fn operations(plan: &Plan) -> Value {
    let Some(Task::Send(Request { verb, body: Body::Json(body), uid, resource_version, digest, manager, .. })) =
        plan.steps.first().map(|step| &step.task)
    else {
        panic!("{:?}", plan.steps)
    };
    assert_eq!((*verb, manager.as_str()), (crate::plan::Verb::JsonPatch, "wheelhouse"));
    assert_eq!((uid.as_deref(), resource_version.as_deref(), digest.is_some()), (Some("u-1"), Some("40"), true));
    body.clone()
}

/// All that does not hold.
fn open(plan: &Plan) -> Vec<String> {
    conditions(plan).into_iter().filter(|line| !line.starts_with("met")).collect()
}

fn diff(plan: &Plan) -> Vec<&str> {
    plan.proposal.iter().flat_map(|proposal| proposal.diff.iter().map(String::as_str)).collect()
}

#[test]
fn the_helm_release_is_changed_and_flux_upgrades_to_it() {
    let plan = durable(&[]).plan();
    check(
        &plan,
        &[
            "1 store: patch helmreleases/web as wheelhouse @u-1/40",
            "2 wait: reconciled web 240",
            "3 finish: converged [go on]",
        ],
    );
    assert_eq!(
        operations(&plan),
        json!([
            {"op": "add", "path": "/spec/chart/spec/version", "value": "1.1.0"},
            {"op": "add", "path": "/spec/values", "value": {"of": 1, "size": "small"}},
        ])
    );
    assert_eq!(plan.title, "Roll back shop/web (flux) from 2 to 1, by its HelmRelease");
    assert_eq!(
        conditions(&plan),
        [
            "met: newest revision is 2, deployed, nothing pending | written last 2026-11-22T00:50:00Z by Helm",
            "met: revision 1 is stored | the last that was healthy: it was deployed (Install complete)",
            "met: Flux draws chart version 1.1.0 | spec.chart, from HelmRepository flux-system/charts",
            "met: its values come to what the revision was given | composed again",
        ]
    );
    let [effect] = plan.effects.as_slice() else { panic!("{:?}", plan.effects) };
    let fields: Vec<_> =
        effect.fields.iter().map(|field| (field.path.as_str(), field.old.as_deref(), field.new.as_deref())).collect();
    assert_eq!(effect.verb, EffectVerb::Change);
    assert_eq!(
        fields,
        [
            (".spec.chart.spec.version", Some("1.2.0"), Some("1.1.0")),
            (".spec.values.of", Some("2"), Some("1")),
            (".spec.values.size", None, Some("small")),
        ]
    );
    assert_eq!(
        diff(&plan).into_iter().filter(|line| line.starts_with(['+', '-'])).collect::<Vec<_>>(),
        [
            "--- a/HelmRelease-web.yaml",
            "+++ b/HelmRelease-web.yaml",
            "-        version: 1.2.0",
            "+        version: 1.1.0",
            "-    of: 2",
            "+    of: 1",
            "+    size: small",
        ]
        .map(|line| line.replace("-        version", "-      version").replace("+        version", "+      version"))
    );
    assert_eq!(plan.undo, ["wheelhouse rollback shop/web 2 --way durable"]);
    assert_eq!(plan.commands, Vec::<String>::new());
}

#[test]
fn what_is_kept_in_git_is_committed_there() {
    let plan = in_git(durable(&[]), false).plan();
    check(&plan, &[]);
    assert_eq!(
        open(&plan),
        [
            "unmet: nothing in Git keeps it: Kustomization flux-system/apps would take this back | labels of kustomize-controller | commit the change below to GitRepository flux-system/fleet, under ./apps"
        ]
    );
    let proposal = plan.proposal.as_ref().unwrap();
    assert_eq!(proposal.kept_by, "Kustomization flux-system/apps");
    assert_eq!(proposal.diff.len(), diff(&durable(&[]).plan()).len());
    assert_eq!(
        plan.commands,
        ["flux reconcile kustomization apps -n flux-system --with-source  # once it is committed"]
    );
    assert_eq!(plan.undo, ["git revert of that commit"]);

    let paused = in_git(durable(&[]), true).plan();
    assert_eq!(paused.steps.len(), 3);
    assert_eq!(
        open(&paused),
        [
            "unknown: Kustomization flux-system/apps applies it, and is suspended: once resumed it takes this back | spec.suspend | commit the change below before that"
        ]
    );
}

#[test]
fn nobody_goes_a_way_that_was_not_chosen() {
    let mut case = durable(&[]);
    case.options.way = None;
    let plan = case.plan();
    check(&plan, &[]);
    assert_eq!(
        open(&plan),
        [
            "unmet: one of two ways is chosen: Flux upgrades straight back from what Helm alone rolls back | --way durable, or --way emergency"
        ]
    );
    let ways: Vec<_> = plan.ways.iter().map(|way| (way.way, way.is_chosen)).collect();
    assert_eq!(ways, [(Way::Durable, false), (Way::Emergency, false)]);
    assert!(!diff(&plan).is_empty());
    let chosen: Vec<_> = durable(&[]).plan().ways.iter().map(|way| way.is_chosen).collect();
    assert_eq!(chosen, [true, false]);
}

#[test]
fn what_values_come_from_is_taken_into_account() {
    let given = Case { sources: vec![config_map("size: small")], ..durable(&[]) }.plan();
    assert_eq!(operations(&given)[1]["value"], json!({"of": 1}));
    let beyond = Case { sources: vec![config_map("debug: true")], ..durable(&[]) }.plan();
    assert_eq!(
        open(&beyond),
        [
            "unmet: values.debug comes to what the revision was given | ConfigMap shop/site, key values.yaml sets it, and inline values cannot take that away | change ConfigMap shop/site, key values.yaml"
        ]
    );
    let unread = Source { found: Found::Unreadable("needs get on configmaps in shop".to_owned()), ..config_map("") };
    let unread = Case { sources: vec![unread], ..durable(&[]) }.plan();
    let [line] = &open(&unread)[..] else { panic!("{:?}", open(&unread)) };
    assert!(
        line.starts_with("unmet: its values can be composed | ") && line.contains("needs get on configmaps"),
        "{line}"
    );
}

#[test]
fn secrets_are_hidden_wherever_they_are_shown() {
    let mut case = durable(&[("/spec/values", json!({"password": "new-and-long-enough"}))]);
    case.target["config"] = json!({"password": "old-and-long-enough"});
    let plan = case.plan();
    assert_eq!(operations(&plan)[1]["value"], json!({"password": "old-and-long-enough"}));
    let shown = format!("{} {:?} {:?}", plan.shown().unwrap(), plan.proposal, plan.effects);
    assert!(!shown.contains("long-enough"), "{shown}");
}

#[test]
fn other_objects_that_name_the_chart_are_told_of() {
    let chart = |spec: Value| durable(&[("/spec/chart", Value::Null), ("/spec/chartRef", spec)]);
    let reference = |kind: &str| json!({"kind": kind, "name": "web"});
    let referred =
        |object: Value| Some(Referred { object: Ok(object), users: Ok(vec![ObjectKey::new("shop", "api")]) });
    let oci =
        Case { referred: referred(json!({"spec": {"ref": {"tag": "1.2.0"}}})), ..chart(reference("OCIRepository")) };
    let line = "unmet: Flux draws chart version 1.1.0 | spec.ref.tag: 1.2.0 | set spec.ref.tag of OCIRepository shop/web to 1.1.0; used by shop/api as well";
    assert_eq!(open(&oci.plan()), [line]);
    let helm_chart = Case {
        referred: referred(json!({"spec": {"version": "1.x", "sourceRef": {"kind": "HelmRepository"}}})),
        ..chart(reference("HelmChart"))
    };
    let line = "unmet: Flux draws chart version 1.1.0 | spec.version: 1.x | set spec.version of HelmChart shop/web to 1.1.0; used by shop/api as well";
    assert_eq!(open(&helm_chart.plan()), [line]);
    let git = durable(&[("/spec/chart/spec/sourceRef", json!({"kind": "GitRepository", "name": "fleet"}))]);
    let line = "unmet: Flux draws chart version 1.1.0 | draws 1.2.0 | revert the chart where GitRepository shop/fleet takes it from: there it has no versions";
    assert_eq!(open(&git.plan()), [line]);
    let drawn = ("/status/lastAttemptedRevision", "1.1.0+8f2c4a7b1d3e".into());
    let drawn = durable(&[("/spec/chart/spec/sourceRef", json!({"kind": "GitRepository", "name": "fleet"})), drawn]);
    assert_eq!(open(&drawn.plan()), Vec::<String>::new());
}

#[test]
fn after_an_emergency_it_resumes_in_the_same_patch() {
    let suspended = |mark: Value| {
        durable(&[
            ("/spec/suspend", true.into()),
            ("/metadata/annotations", json!({"wheelhouse.dev/suspended": mark.to_string()})),
        ])
    };
    let plain = json!({"reason": "the database moves", "by": "bob", "at": "2026-11-21T00:00:00Z"});
    assert_eq!(
        open(&suspended(plain.clone()).plan()),
        [
            "unmet: it is suspended: Flux would not upgrade to it | suspended 2026-11-21T00:00:00Z by bob: the database moves | wheelhouse resume shop/web"
        ]
    );
    let mut mark = plain;
    mark["rollback"] = json!({"from": 2, "to": 1});
    let plan = suspended(mark).plan();
    assert_eq!(open(&plan), Vec::<String>::new());
    assert_eq!(
        operations(&plan),
        json!([
            {"op": "add", "path": "/spec/chart/spec/version", "value": "1.1.0"},
            {"op": "add", "path": "/spec/values", "value": {"of": 1, "size": "small"}},
            {"op": "remove", "path": "/spec/suspend"},
            {"op": "remove", "path": "/metadata/annotations/wheelhouse.dev~1suspended"},
        ])
    );
}

#[test]
fn there_may_be_nothing_to_change() {
    let mut case = durable(&[]);
    case.target["config"] = json!({"of": 2});
    case.target["chart"]["metadata"]["version"] = "1.2.0".into();
    let plan = case.plan();
    check(&plan, &[]);
    assert_eq!(
        open(&plan),
        [
            "unmet: chart version or values differ from those that the HelmRelease names now | both are equal | wheelhouse force shop/web writes the same again"
        ]
    );
    assert_eq!(plan.proposal, None);
}
