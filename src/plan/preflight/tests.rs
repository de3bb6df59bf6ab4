//! Each rule on a release of its own, without a cluster: what is sent is computed instead of tried.

mod release;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::quota::Quota;
use super::removal::Removal;
use super::seen::{Live, Manifests, Right, Seen, Served};
use super::writes::Attempt;
use super::*;
use crate::ownership::fate::Outcome;
use crate::ownership::next::{Write, Writer, computed};
use crate::ownership::own::Pair;
use crate::ownership::report::Writing;
use crate::ownership::subject::Around;
use crate::release::codec::{Driver, SECRET_DATA_LIMIT, decode, encode};
use crate::release::flux::HelmRelease;
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::{Management, PayloadState, Release, example};
use crate::schema::Schema;

/// A ConfigMap `web` with one key, as the chart renders it.
const CHART: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {size: small}\n";

/// Everything that a case may change; what is not named is as after a good `helm install` by Helm 4.
struct Case {
    payload: Value,
    revisions: Vec<(u32, &'static str)>,
    flux: Option<Value>,
    what_if: WhatIf,
    live: Vec<Value>,
    served: Vec<(&'static str, &'static str, Served)>,
    refused: BTreeMap<&'static str, &'static str>,
    denied: Vec<(&'static str, &'static str)>,
    stored: Option<Result<Outcome, String>>,
    quotas: Vec<Value>,
    tries: bool,
}

/// An object with the fields that managers hold.
fn object(mut body: Value, entries: &[(&str, &str, Value)]) -> Value {
    let entries = entries.iter().map(|(manager, operation, fields)| {
        json!({
            "manager": manager, "operation": operation, "apiVersion": body["apiVersion"], "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        })
    });
    let entries: Vec<Value> = entries.collect();
    body["metadata"]["managedFields"] = entries.into();
    body
}

/// The marks that Helm puts on what it writes.
fn marks() -> Value {
    json!({
        "name": "web", "namespace": "shop",
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"},
    })
}

/// The ConfigMap of the chart as it is; `others` hold what they hold.
fn config(size: &str, others: &[(&str, &str, Value)]) -> Value {
    let own = json!({"f:metadata": {
        "f:labels": {"f:app.kubernetes.io/managed-by": {}},
        "f:annotations": {"f:meta.helm.sh/release-name": {}, "f:meta.helm.sh/release-namespace": {}},
    }});
    let mut entries = vec![("helm", "Apply", own)];
    if !others.iter().any(|(_, _, fields)| fields.pointer("/f:data/f:size").is_some()) {
        entries[0].2["f:data"] = json!({"f:size": {}});
    }
    entries.extend(others.iter().cloned());
    object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": marks(), "data": {"size": size}}), &entries)
}

fn case() -> Case {
    Case {
        payload: json!({
            "name": "web", "namespace": "shop", "version": 1, "apply_method": "ssa", "manifest": CHART,
            "info": {"status": "deployed"},
        }),
        revisions: Vec::new(),
        flux: None,
        what_if: WhatIf::default(),
        live: vec![config("small", &[])],
        served: vec![
            ("v1", "ConfigMap", Served::Yes { plural: "configmaps".to_owned(), is_namespaced: true }),
            ("apps/v1", "Deployment", Served::Yes { plural: "deployments".to_owned(), is_namespaced: true }),
            ("batch/v1", "Job", Served::Yes { plural: "jobs".to_owned(), is_namespaced: true }),
            ("example.com/v1", "Board", Served::Yes { plural: "boards".to_owned(), is_namespaced: true }),
        ],
        refused: BTreeMap::new(),
        denied: Vec::new(),
        stored: None,
        quotas: Vec::new(),
        tries: true,
    }
}

impl Case {
    fn of_flux(mut self, spec: Value, mut status: Value) -> Self {
        // Flux has looked at it, unless a case says otherwise.
        status.as_object_mut().unwrap().entry("observedGeneration").or_insert(json!(1));
        let metadata = json!({"name": "web", "namespace": "shop", "generation": 1});
        let release = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata, "spec": spec,
            "status": status,
        });
        self.flux = Some(release);
        self
    }

    fn status(mut self, status: &str) -> Self {
        self.payload["info"]["status"] = status.into();
        self
    }

    fn chart(mut self, manifest: &str) -> Self {
        self.payload["manifest"] = manifest.into();
        self
    }

    fn next(mut self, manifest: &str) -> Self {
        self.what_if.manifest = Some(manifest.to_owned());
        self
    }

    fn live(mut self, live: &[Value]) -> Self {
        self.live = live.to_vec();
        self
    }

    fn seen(self) -> Seen {
        let raw = self.payload.as_object().unwrap().clone();
        let text = encode(Driver::Secret, &Payload::new(raw)).unwrap();
        let last = Arc::new(decode(Driver::Secret, text.as_bytes()).unwrap());
        let helm_release = self.flux.as_ref().map(|object| Arc::new(HelmRelease::read(object).unwrap()));
        let release = Release {
            management: if helm_release.is_some() { Management::Flux } else { Management::Helm4 },
            revision: last.revision(),
            revisions: self.revisions.len().max(1),
            status: last.status(),
            helm_release,
            payload: PayloadState::Read,
            ..example::release("web")
        };
        let kinds =
            self.served.into_iter().map(|(version, kind, served)| ((version.to_owned(), kind.to_owned()), served));
        let kinds: BTreeMap<(String, String), Served> = kinds.collect();
        let manifests = Manifests::read(&last, None, &self.what_if);
        let mut objects = manifests.targets(&release, &kinds);
        let is_there = |target: &mut super::seen::Target| {
            let is_it = |live: &&Value| {
                live["kind"] == target.id.kind.as_str() && live["metadata"]["name"] == target.id.name.as_str()
            };
            if let (Live::Missing, Some(live)) = (&target.live, self.live.iter().find(is_it)) {
                target.live = Live::There(live.clone(), Vec::new());
            }
        };
        objects.iter_mut().for_each(is_there);
        let wishes = self.flux.as_ref().map(flux::Wishes::read);
        let runs_hooks = !wishes.as_ref().is_some_and(|wishes| wishes.runs_no_hooks);
        let mut hooks = if runs_hooks { manifests.hook_targets(&release, &kinds) } else { Vec::new() };
        hooks.iter_mut().for_each(|hook| is_there(&mut hook.target));
        let revisions = self
            .revisions
            .iter()
            .map(|(revision, status)| (Revision::new(*revision).unwrap(), ReleaseStatus::from(*status)));
        let removals = manifests.removed(&release).into_iter().map(|id| {
            let is_served =
                kinds.iter().any(|((_, kind), served)| *kind == id.kind && matches!(served, Served::Yes { .. }));
            let removal = match self.refused.get(id.name.as_str()) {
                Some(why) => Removal::Refused((*why).to_owned()),
                None if is_served => Removal::Deleted,
                None => Removal::Gone,
            };
            (id, removal)
        });
        let removals = removals.collect();
        let quotas = Ok(self.quotas.iter().map(Quota::read).collect());
        let mut seen = Seen {
            removals,
            quotas: BTreeMap::from([("shop".to_owned(), quotas)]),
            release: Arc::new(release),
            what_if: self.what_if,
            now: Timestamp::UNIX_EPOCH,
            around: Around::default(),
            revisions: revisions.collect(),
            last: Ok(last),
            deployed: None,
            wishes: wishes.map(Ok),
            manifests,
            kinds,
            objects,
            hooks,
            rights: Vec::new(),
            schema: Schema::default(),
            untyped: BTreeMap::new(),
            stored: self.stored,
            tried: BTreeMap::new(),
            untried: BTreeMap::new(),
        };
        let denied = |right: &Right| self.denied.contains(&(right.verb, right.resource.as_str()));
        seen.rights = seen.needed().into_iter().map(|right| (right.clone(), Ok(!denied(&right)))).collect();
        let managers = seen.managers();
        let Writing { method, is_forced, helm, .. } = seen.writing();
        for (place, attempt) in seen.attempts().into_iter().enumerate() {
            let next = match attempt {
                Attempt::Send(next) if self.tries => *next,
                Attempt::Send(_) => {
                    seen.untried.insert(place, "no dry-run was asked for".to_owned());
                    continue;
                }
                Attempt::Nothing => continue,
                Attempt::Not(why) => {
                    seen.untried.insert(place, why);
                    continue;
                }
            };
            let target = &seen.objects[place];
            let outcome = match (self.refused.get(target.id.name.as_str()), target.there()) {
                (Some(why), _) => Outcome::Failed((*why).to_owned()),
                (None, None) => Outcome::Written(Box::new(target.wanted.clone())),
                (None, Some(live)) => {
                    let writer = Writer { manager: &managers.own, method, is_forced, helm };
                    let pair = Pair { manifest: &target.wanted, live, typed: seen.typed(target) };
                    computed(&pair, target.original.as_ref(), writer, seen.now)
                }
            };
            seen.tried.insert(place, (next, Ok(outcome)));
        }
        seen
    }
}

/// The verdict, and of each finding that is no note about the method: severity, check, object with field, and text.
#[track_caller]
fn check(case: Case, verdict: Verdict, expected: &[&str]) -> Preflight {
    let told = judge(&case.seen());
    let found: Vec<String> = told
        .findings
        .iter()
        .filter(|finding| finding.check != Check::Method)
        .map(|finding| {
            let Finding { severity, check, object, path, text, .. } = finding;
            let object = object.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
            format!("{severity} {check} {object} {path}| {text}")
        })
        .collect();
    assert_eq!((told.verdict(), found), (verdict, expected.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()));
    assert!(told.findings.iter().all(|finding| !finding.remedy.is_empty()), "{told:?}");
    told
}

fn held(field: &str) -> Value {
    json!({"f:data": {field: {}}})
}

#[test]
fn the_worst_finding_decides() {
    let check = |severities: &[Severity], expected: Verdict| {
        let finding = |severity: &Severity| Finding::of_release(*severity, Check::Conflict, "", "");
        let preflight = Preflight {
            method: Method::ServerSide,
            manager: "helm".to_owned(),
            looked: Looked::default(),
            findings: severities.iter().map(finding).collect(),
        };
        assert_eq!(preflight.verdict(), expected, "{severities:?}");
    };
    check(&[], Verdict::Passes);
    check(&[Severity::Note, Severity::Loses], Verdict::Passes);
    check(&[Severity::Note, Severity::Risk], Verdict::Risky);
    check(&[Severity::Risk, Severity::Unknown], Verdict::Unknown);
    check(&[Severity::Unknown, Severity::Blocks], Verdict::Blocked);
}

#[test]
fn a_release_that_nobody_touched_passes() {
    let told = check(case(), Verdict::Passes, &[]);
    assert_eq!((told.method, told.manager.as_str()), (Method::ServerSide, "helm"));
    assert_eq!(told.looked, Looked { objects: 1, tried: 1, computed: 0 });
}

#[test]
fn an_edit_conflicts_unless_it_is_overruled_or_not_written() {
    let edited = || vec![config("large", &[("kubectl-edit", "Update", held("f:size"))])];
    let conflict = "blocks conflict ConfigMap web .data.size| the upgrade changes it, and others own it: conflict with \
                    \"kubectl-edit\" using v1";
    let note = "note hotfix ConfigMap web .data.size| kubectl-edit changed it: that is in conflict";
    let told = check(case().live(&edited()), Verdict::Blocked, &[conflict, note]);
    assert_eq!(told.findings[0].evidence, ["conflict with \"kubectl-edit\" using v1: .data.size"]);
    assert!(told.findings[0].remedy.contains("helm upgrade web --force-conflicts"), "{told:?}");
    let lost = "loses hotfix ConfigMap web .data.size| kubectl-edit changed it, and the upgrade overwrites that";
    let forced = Case { what_if: WhatIf { is_forced: true, ..WhatIf::default() }, ..case() };
    check(forced.live(&edited()), Verdict::Passes, &[lost]);
    let by_flux = case().of_flux(json!({}), json!({})).live(&edited());
    let told = check(by_flux, Verdict::Passes, &[lost]);
    assert_eq!(told.manager, "helm-controller");
}

#[test]
fn what_is_equal_today_is_armed_until_the_chart_changes_it() {
    let held_too = || {
        let mut live = config("small", &[("ci", "Update", held("f:size"))]);
        live["metadata"]["managedFields"][0]["fieldsV1"]["f:data"] = json!({"f:size": {}});
        vec![live]
    };
    let armed =
        "note armed ConfigMap web .data.size| ci holds it as well, equal today: a chart that changes it is refused";
    check(case().live(&held_too()), Verdict::Passes, &[armed]);
    let conflict = "blocks conflict ConfigMap web .data.size| the upgrade changes it, and others own it: conflict with \"ci\" using v1";
    let note = "note hotfix ConfigMap web .data.size| ci changed it: that is in conflict";
    check(case().live(&held_too()).next(&CHART.replace("small", "large")), Verdict::Blocked, &[conflict, note]);
}

#[test]
fn what_others_add_survives_and_does_not_block() {
    let mut live = config("small", &[("kubectl-edit", "Update", held("f:more"))]);
    live["data"]["more"] = "yes".into();
    let stays = "loses hotfix ConfigMap web .data.more| kubectl-edit added it, and the upgrade leaves that as it is: the chart \
                 does not say so";
    check(case().live(&[live]), Verdict::Passes, &[stays]);
}

#[test]
fn a_client_side_release_asks_nobody_and_stays_so() {
    let mut old = case();
    old.payload.as_object_mut().unwrap().remove("apply_method");
    old.live = vec![config("large", &[("kubectl-edit", "Update", held("f:size"))])];
    // Of a kind of Kubernetes whose type is not known no patch can be made.
    let told = check(
        old,
        Verdict::Unknown,
        &[
            "unknown hotfix ConfigMap web .data.size| kubectl-edit changed it; what becomes of that is not known: its type is not \
             known, and its patch is made by it",
            "unknown unread ConfigMap web | its write was not tried: admission, quotas and immutable fields were not asked",
        ],
    );
    assert_eq!(told.method, Method::ClientSide);
    let method: Vec<&str> = told
        .findings
        .iter()
        .filter(|finding| finding.check == Check::Method)
        .map(|finding| finding.text.as_str())
        .collect();
    let expected =
        "it stays client-side, as its last revision: patches ask nobody, so edits are overwritten without a conflict";
    assert_eq!(method, [expected]);
}

#[test]
fn what_the_writer_itself_updated_is_no_conflict_after_the_migration() {
    let mut old = Case { what_if: WhatIf { method: Some(Method::ServerSide), ..WhatIf::default() }, ..case() };
    old.payload.as_object_mut().unwrap().remove("apply_method");
    let mut live = config("large", &[("kubectl-edit", "Update", held("f:size"))]);
    live["metadata"]["managedFields"][0]["operation"] = "Update".into();
    live["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm!".into();
    old.live = vec![live];
    let found = judge(&old.seen()).findings;
    let blocked: Vec<&str> = found
        .iter()
        .filter(|finding| finding.severity == Severity::Blocks)
        .map(|finding| finding.path.as_str())
        .collect();
    assert_eq!(blocked, [".data.size"]);
}

#[test]
fn what_the_server_refuses_is_quoted_without_what_it_prints_whole() {
    let long = "x".repeat(100);
    let why = format!(
        "ConfigMap \"web\" is invalid: data: Forbidden: field is immutable when `immutable` is set: {{\"a\":\"{long}\"}}"
    );
    let refused = Case { refused: BTreeMap::from([("web", &*why.leak())]), ..case() };
    let told = check(refused, Verdict::Blocked, &["blocks refused ConfigMap web .data| its write is refused"]);
    let quoted = "ConfigMap \"web\" is invalid: data: Forbidden: field is immutable when `immutable` is set: {...}";
    assert_eq!(told.findings[0].evidence, [quoted]);
}

#[test]
fn an_object_in_a_namespace_that_the_upgrade_makes_cannot_be_tried() {
    let manifest = format!("{CHART}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: away}}\n");
    let refused = || BTreeMap::from([("web", "namespaces \"away\" not found")]);
    let mut made = Case { refused: refused(), ..case().chart(&manifest) };
    let namespaces = Served::Yes { plural: "namespaces".to_owned(), is_namespaced: false };
    made.served.push(("v1", "Namespace", namespaces));
    let text =
        "unknown refused ConfigMap web | its namespace is made by the same upgrade: its write cannot be tried before";
    let there = "note missing Namespace away | it is not there: the upgrade makes it again";
    check(made, Verdict::Unknown, &[text, there]);
    let gone = Case { refused: refused(), ..case() };
    check(gone, Verdict::Blocked, &["blocks refused ConfigMap web | its write is refused"]);
}

#[test]
fn what_is_being_deleted_is_told_whether_it_is_waited_for_or_not() {
    let mut live = config("small", &[]);
    live["metadata"]["deletionTimestamp"] = "1970-01-01T00:00:00Z".into();
    let text = "risk wait ConfigMap web | it is being deleted: what is written to it goes with it";
    check(case().live(&[live.clone()]), Verdict::Risky, &[text]);
    let unwaited = case().of_flux(json!({"upgrade": {"disableWait": true}}), json!({}));
    check(unwaited.live(&[live]), Verdict::Risky, &[text]);
}

#[test]
fn types_that_are_not_known_are_said() {
    let mut seen = case().seen();
    seen.untyped = BTreeMap::from([("v1".to_owned(), "forbidden".to_owned())]);
    let found = judge(&seen).findings;
    assert_eq!(found.iter().filter(|finding| finding.check == Check::Unread).count(), 1);
}

#[test]
fn an_object_in_the_way_blocks_helm_and_is_taken_over_by_flux() {
    let foreign = || {
        object(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new", "namespace": "shop"}}), &[])
    };
    let both = format!("{CHART}---\n{}", CHART.replace("name: web", "name: new"));
    let live = || vec![config("small", &[]), foreign()];
    let told = judge(&case().live(&live()).next(&both).seen());
    assert_eq!(told.findings[0].text, "an object that is not of this release is in its place");
    assert_eq!(
        told.findings[0].evidence,
        [
            "ConfigMap \"new\" in namespace \"shop\" exists and cannot be imported into the current release: invalid ownership \
          metadata; label validation error: missing key \"app.kubernetes.io/managed-by\": must be set to \"Helm\"; annotation \
          validation error: missing key \"meta.helm.sh/release-name\": must be set to \"web\"; annotation validation error: \
          missing key \"meta.helm.sh/release-namespace\": must be set to \"shop\""
        ]
    );
    assert_eq!(told.verdict(), Verdict::Blocked);
    let taken =
        "loses missing ConfigMap new | an object that is not of this release is in its place, and is taken over";
    check(case().live(&live()).next(&both).of_flux(json!({}), json!({})), Verdict::Passes, &[taken]);
    let refused = case().live(&live()).next(&both);
    let refused = refused.of_flux(json!({"upgrade": {"disableTakeOwnership": true}}), json!({}));
    assert_eq!(judge(&refused.seen()).verdict(), Verdict::Blocked);
}

#[test]
fn what_is_missing_is_made_and_what_the_chart_drops_is_deleted() {
    check(
        case().live(&[]),
        Verdict::Passes,
        &["note missing ConfigMap web | it is not there: the upgrade makes it again"],
    );
    let other = CHART.replace("name: web", "name: other");
    let gone = "loses missing ConfigMap web | the new manifest has it no more: it is deleted";
    check(
        case().next(&other),
        Verdict::Passes,
        &[gone, "note missing ConfigMap other | it is new: the upgrade makes it"],
    );
    let kept = CHART.replace("{name: web}", "{name: web, annotations: {helm.sh/resource-policy: keep}}");
    let case = case().chart(&kept).next(&other);
    check(case, Verdict::Passes, &["note missing ConfigMap other | it is new: the upgrade makes it"]);
}

#[test]
fn a_name_that_the_server_makes_cannot_be_upgraded() {
    let generated = format!("{CHART}---\n{}", CHART.replace("name: web", "generateName: web-"));
    let found = judge(&case().chart(&generated).seen()).findings;
    assert_eq!((found[0].severity, found[0].check), (Severity::Blocks, Check::Missing));
}

#[test]
fn a_wait_hangs_fails_or_passes_too_early() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n";
    let live = |conditions: Value| {
        let body = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": marks(), "spec": {"replicas": 1},
            "status": {"conditions": conditions},
        });
        vec![object(body, &[])]
    };
    let stuck = || {
        live(json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"}]))
    };
    let by_flux = |spec: Value| case().chart(deployment).of_flux(spec, json!({}));
    let failed =
        "blocks wait Deployment web | it has failed, and this upgrade does not change it: the wait ends as failed";
    check(by_flux(json!({})).live(&stuck()), Verdict::Blocked, &[failed]);
    check(by_flux(json!({"upgrade": {"disableWait": true}})).live(&stuck()), Verdict::Passes, &[]);
    let mended = "risk wait Deployment web | it has failed: a wait ends as failed unless this mends it";
    check(
        by_flux(json!({})).live(&stuck()).next(&deployment.replace('1', "2").replace("v2", "v1")),
        Verdict::Risky,
        &[mended],
    );
    // Whether Helm waits is not known; only what the upgrade changes may become ready by it.
    let told = |severity: &str| {
        format!(
            "{severity} wait Deployment web | with --wait, it has failed: a wait ends as failed unless this mends it"
        )
    };
    check(case().chart(deployment).live(&stuck()), Verdict::Risky, &[&told("risk")]);
    let mends = deployment.replace("replicas: 1", "replicas: 2");
    let forced = WhatIf { is_forced: true, ..WhatIf::default() };
    let mending = Case { what_if: forced, ..case().chart(deployment).live(&stuck()) }.next(&mends);
    check(mending, Verdict::Passes, &[&told("note")]);
    let slow = "risk wait Deployment web | it is not ready: a wait hangs until it is, or its time is over";
    check(by_flux(json!({})).live(&live(json!([]))), Verdict::Risky, &[slow]);
    let board = "apiVersion: example.com/v1\nkind: Board\nmetadata: {name: web}\n";
    let silent = vec![object(json!({"apiVersion": "example.com/v1", "kind": "Board", "metadata": marks()}), &[])];
    let early = "risk wait Board web | it reports nothing: a wait takes it for ready at once";
    check(case().chart(board).of_flux(json!({}), json!({})).live(&silent), Verdict::Risky, &[early]);
}

#[test]
fn what_is_created_is_applied_or_posted() {
    let write = |method: Method| {
        let case = Case { what_if: WhatIf { method: Some(method), ..WhatIf::default() }, ..case() };
        match case.live(&[]).seen().attempts().remove(0) {
            Attempt::Send(next) => next.write,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(write(Method::ServerSide), Write::Apply { is_forced: false, .. }));
    assert!(matches!(write(Method::ClientSide), Write::Create(_)));
}

#[test]
fn long_values_are_left_out_of_what_is_quoted() {
    let check = |text: &str, expected: &str| assert_eq!(conflicts::brief(text), expected);
    let long = "x".repeat(80);
    check("a {b} c", "a {b} c");
    check(&format!("a {{b{{{long}}}}} c"), "a {...} c");
    check(&format!("a {{{long}"), "a {...");
    check("} a", "} a");
}
