//! Rules about a release as a whole: its history, Flux, its size, kinds, rights and hooks.

use super::*;

#[test]
fn histories_in_the_way() {
    let status = |status: &str, revisions: &[(u32, &'static str)], verdict, expected: &[&str]| {
        let case = Case { revisions: revisions.to_vec(), ..case().status(status) };
        check(case, verdict, expected)
    };
    let pending = "blocks history - | the last revision is pending-upgrade: Helm refuses";
    let told = status("pending-upgrade", &[(2, "pending-upgrade"), (1, "deployed")], Verdict::Blocked, &[pending]);
    assert_eq!(told.findings[0].evidence, ["another operation (install/upgrade/rollback) is in progress"]);
    assert!(told.findings[0].remedy.contains("helm rollback web 1 -n shop"), "{told:?}");
    let first = "blocks history - | the last revision is pending-install: Helm refuses";
    let told = status("pending-install", &[(1, "pending-install")], Verdict::Blocked, &[first]);
    assert!(told.findings[0].remedy.contains("helm uninstall web -n shop"), "{told:?}");
    let gone = "blocks history - | the last revision is uninstalled and none is deployed: Helm refuses";
    let told = status("uninstalled", &[(1, "uninstalled")], Verdict::Blocked, &[gone]);
    assert_eq!(told.findings[0].evidence, ["\"web\" has no deployed releases"]);
    let going = "blocks history - | the last revision is uninstalling and none is deployed: Helm refuses";
    status("uninstalling", &[(1, "uninstalling")], Verdict::Blocked, &[going]);
    let failed = "note history - | the last revision is failed: Helm compares with revision 1, which is deployed";
    status("failed", &[(2, "failed"), (1, "deployed")], Verdict::Passes, &[failed]);
    let never = "note history - | the last revision is failed and none is deployed: Helm compares with it";
    status("failed", &[(1, "failed")], Verdict::Passes, &[never]);
    let unlocked =
        "note history - | the last revision is pending-upgrade: Flux unlocks it by marking it failed, and goes on";
    check(case().status("pending-upgrade").of_flux(json!({}), json!({})), Verdict::Passes, &[unlocked]);
}

#[test]
fn the_revision_that_is_compared_with_is_the_newest_that_is_deployed() {
    let check = |revisions: &[(u32, &str)], expected: Option<u32>| {
        let of = |(revision, status): &(u32, &str)| (Revision::new(*revision).unwrap(), ReleaseStatus::from(*status));
        let revisions: Vec<_> = revisions.iter().map(of).collect();
        assert_eq!(history::compared(&revisions).map(Revision::get), expected, "{revisions:?}");
    };
    check(&[], None);
    check(&[(2, "deployed"), (1, "deployed")], None);
    check(&[(3, "failed"), (2, "deployed"), (1, "deployed")], Some(2));
    check(&[(3, "failed"), (2, "superseded")], None);
}

#[test]
fn what_keeps_flux_from_an_upgrade() {
    let of = |spec: Value, condition: Value, verdict, expected: &[&str]| {
        let conditions: Vec<Value> = Some(condition).filter(|condition| !condition.is_null()).into_iter().collect();
        check(case().of_flux(spec, json!({"conditions": conditions})), verdict, expected)
    };
    of(json!({}), Value::Null, Verdict::Passes, &[]);
    let suspended = "blocks history - | Flux does not reconcile it: spec.suspend is true";
    let told = of(json!({"suspend": true}), Value::Null, Verdict::Blocked, &[suspended]);
    assert_eq!(told.findings[0].remedy, "flux resume helmrelease web -n shop");
    let stalled = |reason: &str| json!({"type": "Stalled", "status": "True", "reason": reason, "message": "m"});
    let used_up = "blocks history - | Flux has used up its retries: it tries the same chart and values no more";
    let told = of(json!({}), stalled("RetriesExceeded"), Verdict::Blocked, &[used_up]);
    assert_eq!(told.findings[0].evidence, ["Stalled=True RetriesExceeded: m"]);
    let anew = "note history - | Flux has used up its retries, and counts them anew for another chart or other values";
    let changed = case().of_flux(json!({}), json!({"conditions": [stalled("RetriesExceeded")]})).next(CHART);
    check(changed, Verdict::Passes, &[anew]);
    let given_up = "blocks history - | Flux has given up until its spec changes or it is asked again";
    of(json!({}), stalled("MissingRollbackTarget"), Verdict::Blocked, &[given_up]);
    let ready = |reason: &str| json!({"type": "Ready", "status": "False", "reason": reason, "message": "m"});
    for (reason, text) in [
        ("DependencyNotReady", "Flux waits for what it depends on"),
        ("SourceNotReady", "Flux cannot have its chart"),
        ("ValuesError", "its values cannot be put together"),
    ] {
        of(json!({}), ready(reason), Verdict::Blocked, &[&format!("blocks history - | {text}")]);
    }
    of(json!({}), ready("UpgradeFailed"), Verdict::Passes, &[]);
}

#[test]
fn flux_writes_as_its_spec_says() {
    let method = |upgrade: Value| {
        let seen = case().of_flux(json!({ "upgrade": upgrade }), json!({})).seen();
        (seen.method(), seen.is_forced())
    };
    assert_eq!(method(json!({})), (Method::ServerSide, true));
    assert_eq!(method(json!({"serverSideApply": "auto"})), (Method::ServerSide, true));
    assert_eq!(method(json!({"serverSideApply": "disabled"})), (Method::ClientSide, false));
    let mut seen = case().of_flux(json!({"upgrade": {"serverSideApply": "disabled"}}), json!({})).seen();
    seen.what_if.method = Some(Method::ServerSide);
    assert_eq!((seen.method(), seen.is_forced()), (Method::ServerSide, true));
}

#[test]
fn kinds_that_are_not_served_block_whichever_manifest_holds_them() {
    let tab = "apiVersion: example.com/v1beta1\nkind: CronTab\nmetadata: {name: tab}\n";
    let both = format!("{CHART}---\n{tab}");
    let of = |case: Case, others: &[&str], expected: &str| {
        let others = others.iter().map(|other| (*other).to_owned()).collect();
        let mut case = case;
        case.served.push(("example.com/v1beta1", "CronTab", Served::No(others)));
        let told = check(case, Verdict::Blocked, &[&format!("blocks served CronTab tab | {expected}")]);
        assert_eq!(told.findings[0].evidence, ["no matches for kind \"CronTab\" in version \"example.com/v1beta1\""]);
        told.findings[0].remedy.clone()
    };
    let unread =
        "the manifest of the current revision and the new one hold example.com/v1beta1 CronTab, which is not served";
    let mut case_of_both = case().chart(&both);
    case_of_both.served.push(("example.com/v1beta1", "CronTab", Served::No(Vec::new())));
    let told = judge(&case_of_both.seen());
    assert_eq!((told.verdict(), told.findings[0].text.as_str()), (Verdict::Blocked, unread));
    let remedy = of(
        case().chart(&both).next(CHART),
        &["example.com/v1"],
        "the manifest of the current revision, which Helm compares with, holds example.com/v1beta1 CronTab, which is not served",
    );
    assert_eq!(
        remedy,
        "use example.com/v1 in the chart, and rewrite the stored manifest: helm mapkubeapis web -n shop"
    );
}

#[test]
fn rights_are_named_by_verb_resource_and_namespace() {
    let denied = Case { denied: vec![("patch", "configmaps"), ("create", "secrets")], ..case() };
    check(
        denied,
        Verdict::Blocked,
        &[
            "blocks rights - | you may not patch configmaps in shop; whoever upgrades needs to",
            "blocks rights - | you may not create secrets in shop; whoever upgrades needs to",
        ],
    );
    let by_flux = Case { denied: vec![("patch", "configmaps")], ..case() }.of_flux(json!({}), json!({}));
    check(by_flux, Verdict::Passes, &[]);
}

#[test]
fn the_rights_that_are_needed() {
    let needed = |case: Case| {
        case.seen()
            .needed()
            .iter()
            .map(ToString::to_string)
            .filter(|right| !right.contains("secrets"))
            .collect::<Vec<_>>()
    };
    assert_eq!(needed(case()), ["get configmaps in shop", "patch configmaps in shop"]);
    let anew = ["create configmaps in shop", "get configmaps in shop", "patch configmaps in shop"];
    assert_eq!(needed(case().live(&[])), anew);
    let mut dropped = case().next("");
    dropped.live.clear();
    assert_eq!(needed(dropped), ["delete configmaps in shop"]);
}

#[test]
fn nothing_passes_that_was_not_tried() {
    let text =
        "unknown unread ConfigMap web | its write was not tried: admission, quotas and immutable fields were not asked";
    let told = check(Case { tries: false, ..case() }, Verdict::Unknown, &[text]);
    assert_eq!(told.looked, Looked { objects: 1, tried: 0, computed: 1 });
}

#[test]
fn hooks_that_run_are_named_and_stay_out_of_the_objects() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\n";
    let hook = |phase: &str, policies: &[&str], live: bool, method: &str| {
        let mut case = case();
        case.payload["apply_method"] = method.into();
        case.payload["manifest"] = "".into();
        case.payload["hooks"] = json!([
            {
                "name": "migrate", "kind": "Job", "path": "x", "manifest": job, "events": ["pre-upgrade"],
                "last_run": {"phase": phase}, "delete_policies": policies,
            },
            {"name": "test", "kind": "Pod", "path": "x", "manifest": "", "events": ["test"]},
        ]);
        let there =
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "shop"}});
        case.live = Some(there).filter(|_| live).into_iter().collect();
        case
    };
    let runs = "note hooks Job migrate | it runs as a hook: pre-upgrade; the upgrade fails if it does";
    for live in [true, false] {
        check(hook("Succeeded", &[], live, "ssa"), Verdict::Passes, &[runs]);
        check(hook("Succeeded", &["hook-succeeded", "before-hook-creation"], live, "csa"), Verdict::Passes, &[runs]);
    }
    check(hook("Succeeded", &["hook-succeeded"], false, "csa"), Verdict::Passes, &[runs]);
    let left =
        "blocks hooks Job migrate | it runs as a hook (pre-upgrade), and one is there that Helm does not delete first";
    let told = check(hook("Failed", &["hook-succeeded"], true, "csa"), Verdict::Blocked, &[left]);
    assert_eq!(told.findings[0].evidence, ["jobs.batch \"migrate\" already exists"]);
    let over = "risk hooks Job migrate | it runs as a hook (pre-upgrade), and one is there that Helm does not delete first: it is \
                applied over, and need not run";
    check(hook("Succeeded", &["hook-succeeded"], true, "ssa"), Verdict::Risky, &[over]);
    let failed = "risk hooks Job migrate | it runs as a hook (pre-upgrade), and its last run failed";
    check(hook("Failed", &[], true, "ssa"), Verdict::Risky, &[failed]);
    let off = hook("Failed", &[], true, "ssa").of_flux(json!({"upgrade": {"disableHooks": true}}), json!({}));
    check(off, Verdict::Passes, &[]);
    let rendered = format!(
        "{CHART}---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: new, annotations: {{helm.sh/hook: \"post-upgrade\"}}}}\n"
    );
    check(
        case().next(&rendered),
        Verdict::Passes,
        &["note hooks Job new | it runs as a hook: post-upgrade; the upgrade fails if it does"],
    );
    let mut refused = case().next(&rendered).seen();
    refused.hooks[0].tried = Some(Ok(Outcome::Failed("exceeded quota: few".to_owned())));
    assert_eq!(judge(&refused).verdict(), Verdict::Blocked);
}

#[test]
fn a_revision_near_or_over_the_limit() {
    // Letters in no order shrink to about three quarters, which base64 makes whole again.
    let noise = |bytes: usize| {
        let mut state = 1_u64;
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[usize::try_from(state >> 58).unwrap()]
        };
        String::from_utf8((0..bytes).map(|_| letter()).collect()).unwrap()
    };
    let of = |last: usize, next: Option<usize>| {
        let mut case = case();
        case.payload["config"] = json!({ "noise": noise(last) });
        case.what_if.manifest = next.map(|next| CHART.replace("small", &noise(next)));
        case.refused.clear();
        let found = judge(&case.seen()).findings;
        found.iter().find(|finding| finding.check == Check::Size).map(|finding| finding.severity)
    };
    assert_eq!(of(1000, None), None);
    assert_eq!(of(SECRET_DATA_LIMIT * 95 / 100, None), Some(Severity::Risk));
    assert_eq!(of(1000, Some(SECRET_DATA_LIMIT / 3)), None);
    // It may be stored twice: in the chart or the values as well.
    assert_eq!(of(1000, Some(SECRET_DATA_LIMIT * 2 / 3)), Some(Severity::Risk));
    assert_eq!(of(SECRET_DATA_LIMIT / 2, Some(SECRET_DATA_LIMIT * 2 / 3)), Some(Severity::Blocks));
}

#[test]
fn the_next_revision_is_refused_or_could_not_be_tried() {
    let refused = "secrets \"sh.helm.release.v1.web.v2\" is forbidden: exceeded quota: few";
    let told = check(
        Case { stored: Some(Ok(Outcome::Failed(refused.to_owned()))), ..case() },
        Verdict::Blocked,
        &["blocks refused - | the Secret of the next revision of web is refused"],
    );
    assert_eq!(told.findings[0].evidence, [refused]);
    check(
        Case { stored: Some(Err("busy".to_owned())), ..case() },
        Verdict::Unknown,
        &["unknown size - | whether the Secret of the next revision can be stored could not be tried"],
    );
}
