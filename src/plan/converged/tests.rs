//! Releases after something was done to them: what is not at rest, and what takes it away.

use serde_json::{Value, json};

use super::*;
use crate::plan::preflight::seen::Live;
use crate::release::codec::Driver;
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::{Management, ObjectKey, PayloadState, StoredRef, example};

/// A release `web` in `shop` whose revisions 1 and 2 are stored: the second has lost a key and a ConfigMap.
struct Case {
    /// Number, status and manifest, newest first.
    revisions: Vec<(u32, &'static str, String)>,
    live: Vec<Value>,
    flux: Option<Value>,
}

/// A ConfigMap of the chart.
fn chart(name: &str, data: &str) -> String {
    format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {data}\n")
}

/// A ConfigMap as it is: with Helm's marks, and what managers hold of its data.
fn live(name: &str, data: Value, held: &[(&str, &str, &[&str])]) -> Value {
    let entries = held.iter().map(|(manager, operation, keys)| {
        let keys: serde_json::Map<String, Value> = keys.iter().map(|key| (format!("f:{key}"), json!({}))).collect();
        json!({
            "manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": keys},
        })
    });
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": data,
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid-{name}"),
            "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"},
            "managedFields": entries.collect::<Vec<Value>>(),
        },
    })
}

fn case() -> Case {
    let old = format!("{}{}", chart("web", "{size: small, old: x}"), chart("extra", "{a: b}"));
    Case {
        revisions: vec![(2, "deployed", chart("web", "{size: small}")), (1, "superseded", old)],
        live: vec![live("web", json!({"size": "small"}), &[("helm", "Apply", &["size"])])],
        flux: None,
    }
}

/// The same, which Flux keeps; its last revision is this one.
fn of_flux(last: u32, suspended: bool) -> Case {
    let flux = json!({
        "metadata": {"namespace": "shop", "name": "web", "generation": 3},
        "spec": {"suspend": suspended},
        "status": {
            "observedGeneration": 3, "lastAttemptedRevision": "1.6.0",
            "conditions": [{"type": "Ready", "status": "True", "reason": "UpgradeSucceeded", "message": "done"}],
            "history": [{
                "name": "web", "namespace": "shop", "version": last, "status": "deployed", "chartVersion": "1.6.0",
                "lastDeployed": "2026-11-22T00:51:00Z",
            }],
        },
    });
    let live = vec![live("web", json!({"size": "small"}), &[("helm-controller", "Apply", &["size"])])];
    Case { live, flux: Some(flux), ..case() }
}

impl Case {
    fn live(self, live: Vec<Value>) -> Self {
        Self { live, ..self }
    }

    fn status(mut self, revision: usize, status: &'static str) -> Self {
        self.revisions[revision].1 = status;
        self
    }

    fn flux(mut self, at: &str, value: Value) -> Self {
        *self.flux.as_mut().and_then(|flux| flux.pointer_mut(at)).unwrap() = value;
        self
    }

    fn seen(self) -> Seen {
        let helm_release = self.flux.as_ref().map(|object| HelmRelease::read(object).unwrap());
        let release = Release {
            management: if helm_release.is_some() { Management::Flux } else { Management::Helm4 },
            revision: Revision::new(2),
            revisions: 2,
            helm_release: helm_release.clone().map(Arc::new),
            payload: PayloadState::Read,
            ..example::release("web")
        };
        let payload = |(number, status, manifest): &(u32, &str, String)| {
            let raw = json!({
                "name": "web", "namespace": "shop", "version": number, "apply_method": "ssa", "manifest": manifest,
                "info": {"status": status, "last_deployed": "2026-11-22T00:51:00.5Z"},
                "chart": {"metadata": {"name": "web", "version": "1.6.0"}},
            });
            (*number, Arc::new(Payload::new(raw.as_object().unwrap().clone())))
        };
        let payloads: Vec<(u32, Arc<Payload>)> = self.revisions.iter().map(payload).collect();
        let stored = |(number, status, _): &(u32, &str, String)| StoredRevision {
            object: StoredRef {
                driver: Driver::Secret,
                key: ObjectKey::new("shop", format!("sh.helm.release.v1.web.v{number}")),
                uid: String::new(),
                resource_version: String::new(),
            },
            release: "web".to_owned(),
            revision: Revision::new(*number).unwrap(),
            status: ReleaseStatus::from(*status),
            changed: None,
            by_flux: false,
            problems: Vec::new(),
        };
        let written = Written::read(&payloads[0].1, &payloads[1..]);
        let served = Served::Yes { plural: "configmaps".to_owned(), is_namespaced: true };
        let kinds = BTreeMap::from([(("v1".to_owned(), "ConfigMap".to_owned()), served)]);
        let mut objects = written.objects(&release, &kinds);
        let mut older = written.older(&release, &kinds);
        for target in objects.iter_mut().chain(older.iter_mut().map(|older| &mut older.target)) {
            if let Some(live) = self.live.iter().find(|live| live["metadata"]["name"] == target.id.name.as_str()) {
                target.live = Live::There(live.clone(), Vec::new());
            }
        }
        Seen {
            helm_release: helm_release.map(Ok),
            revisions: self.revisions.iter().map(stored).collect(),
            newest: Ok(Arc::clone(&payloads[0].1)),
            objects,
            older,
            unread: Vec::new(),
            schema: Schema::default(),
            settings: Arc::default(),
            release: Arc::new(release),
        }
    }
}

/// What is found: state, words, and where there is one, the remedy.
#[track_caller]
fn check(case: Case, expected: &[&str]) {
    let found = judge(&case.seen());
    let told = found.iter().map(|one| {
        let remedy = if one.remedy.is_empty() { String::new() } else { format!(" > {}", one.remedy) };
        format!("{}: {}{remedy}", one.state, one.says)
    });
    assert_eq!(told.collect::<Vec<String>>(), expected);
}

const RESTS: &str = "met: nothing is pending, revision 2 alone is deployed";
const NOTHING_LEFT: &str = "met: nothing is orphaned";
const ONE_OWNER: &str = "met: one owner, helm";
const FLUX_OWNS: &str = "met: one owner, helm-controller";

#[test]
fn a_release_at_rest_is_told_as_one() {
    check(case(), &[RESTS, NOTHING_LEFT, ONE_OWNER]);
    let history = "met: history is consistent, Flux's last is 2 as is stored";
    check(of_flux(2, false), &[RESTS, NOTHING_LEFT, FLUX_OWNS, history]);
    check(of_flux(2, true), &[RESTS, NOTHING_LEFT, FLUX_OWNS, history]);
}

#[test]
fn what_is_pending_and_what_is_deployed_is_told() {
    let pending = "unmet: revision 2 is pending-rollback > wait; once nobody works on it: wheelhouse unlock shop/web";
    check(case().status(0, "pending-rollback"), &[pending, NOTHING_LEFT, ONE_OWNER]);
    let none = "unmet: no revision is deployed: the newest, 2, is failed > wheelhouse rollback shop/web";
    check(case().status(0, "failed"), &[none, NOTHING_LEFT, ONE_OWNER]);
    let older =
        "unmet: the newest revision, 2, is failed; deployed is 1 > upgrade it again, or: wheelhouse rollback shop/web";
    check(case().status(0, "failed").status(1, "deployed"), &[older, NOTHING_LEFT, ONE_OWNER]);
    let both = "unmet: revision 2 is deployed, and so is 1 > the next upgrade or rollback supersedes all of them";
    check(case().status(1, "deployed"), &[both, NOTHING_LEFT, ONE_OWNER]);
    // An older one that was left so is in nobody's way.
    check(case().status(1, "pending-upgrade"), &[RESTS, NOTHING_LEFT, ONE_OWNER]);
}

#[test]
fn what_older_revisions_left_is_orphaned_unless_it_is_kept_or_another_s() {
    let web = case().live.remove(0);
    let extra = live("extra", json!({"a": "b"}), &[("helm", "Apply", &["a"])]);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut extra = extra.clone();
        change(&mut extra);
        case().live(vec![web.clone(), extra])
    };
    let orphaned = "unmet: 1 object orphaned: ConfigMap extra of revision 1 > kubectl delete configmap extra -n shop";
    check(with(&|_| {}), &[orphaned, RESTS, ONE_OWNER]);
    let keep = |extra: &mut Value| extra["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep".into();
    check(with(&keep), &[RESTS, NOTHING_LEFT, ONE_OWNER]);
    let another = |extra: &mut Value| extra["metadata"]["annotations"]["meta.helm.sh/release-name"] = "api".into();
    check(with(&another), &[RESTS, NOTHING_LEFT, ONE_OWNER]);
    let going = |extra: &mut Value| extra["metadata"]["deletionTimestamp"] = "2026-11-22T00:52:00Z".into();
    let told = "unknown: 1 object still being deleted: ConfigMap extra of revision 1 > look again later";
    check(with(&going), &[told, RESTS, ONE_OWNER]);
    // The same object, which the newest manifest calls by the name of another group.
    let same = |extra: &mut Value| extra["metadata"]["uid"] = "uid-web".into();
    check(with(&same), &[RESTS, NOTHING_LEFT, ONE_OWNER]);
    let missing = "unmet: 1 object of the newest manifest not there: ConfigMap web > upgrade it again";
    check(case().live(Vec::new()), &[missing, RESTS, NOTHING_LEFT, ONE_OWNER]);
}

#[test]
fn a_second_owner_is_told_with_what_it_keeps_alive() {
    let history = "met: history is consistent, Flux's last is 2 as is stored";
    let disown = "wheelhouse disown shop/web --manager helm";
    let second = format!("unmet: helm is a second owner of 1 field beside helm-controller > {disown}");
    let held: &[(&str, &str, &[&str])] = &[("helm-controller", "Apply", &["size"]), ("helm", "Apply", &["size"])];
    let shared = of_flux(2, false).live(vec![live("web", json!({"size": "small"}), held)]);
    check(shared, &[&second, RESTS, NOTHING_LEFT, history]);

    let held: &[(&str, &str, &[&str])] = &[("helm-controller", "Apply", &["size"]), ("helm", "Apply", &["old"])];
    let left = of_flux(2, false).live(vec![live("web", json!({"size": "small", "old": "x"}), held)]);
    let leftover = format!("unmet: 1 field left behind by helm: ConfigMap web .data.old > {disown}");
    check(left, &[&leftover, &second, RESTS, NOTHING_LEFT, history]);

    // Hotfixes are no owners of the release.
    let held: &[(&str, &str, &[&str])] =
        &[("helm-controller", "Apply", &["size"]), ("kubectl-edit", "Update", &["old"])];
    let hotfix = of_flux(2, false).live(vec![live("web", json!({"size": "small", "old": "x"}), held)]);
    check(hotfix, &[RESTS, NOTHING_LEFT, FLUX_OWNS, history]);
}

/// helm-controller corrects drift by a JSON patch: what it wrote so is an update, which its later applies do not drop.
#[test]
fn what_the_own_manager_corrected_stays_once_the_chart_drops_it() {
    let history = "met: history is consistent, Flux's last is 2 as is stored";
    let held: &[(&str, &str, &[&str])] =
        &[("helm-controller", "Apply", &["size"]), ("helm-controller", "Update", &["old"])];
    let kept = of_flux(2, false).live(vec![live("web", json!({"size": "small", "old": "x"}), held)]);
    let told = "unmet: 1 field kept by what helm-controller itself once updated: ConfigMap web .data.old > take it out by hand: \
                kubectl edit";
    check(kept, &[told, RESTS, NOTHING_LEFT, history]);
    // As long as the manifest has it, nothing is wrong.
    let held: &[(&str, &str, &[&str])] = &[("helm-controller", "Apply", &[]), ("helm-controller", "Update", &["size"])];
    let corrected = of_flux(2, false).live(vec![live("web", json!({"size": "small"}), held)]);
    check(corrected, &[RESTS, NOTHING_LEFT, FLUX_OWNS, history]);
}

#[test]
fn a_history_that_is_not_what_is_stored_is_told_with_what_flux_will_do() {
    let back = "Flux's last is 1, stored is 2: it upgrades straight back to 1.6.0";
    let resumed = format!(
        "unknown: once resumed: {back} > make chart version and values in the HelmRelease those of what is stored before it is \
         resumed"
    );
    check(of_flux(1, true), &[&resumed, RESTS, NOTHING_LEFT, FLUX_OWNS]);
    let next = "it does so at its next reconcile: wheelhouse reconcile shop/web; or suspend it first";
    check(of_flux(1, false), &[&format!("unmet: {back} > {next}"), RESTS, NOTHING_LEFT, FLUX_OWNS]);
    let of = |what: &str| {
        format!("unmet: Flux's last is 2, stored is 2, {what}: it upgrades straight back to 1.6.0 > {next}")
    };
    let snapshot = "/status/history/0";
    check(
        of_flux(2, false).flux(&format!("{snapshot}/status"), json!("failed")),
        &[&of("where it is deployed and not failed"), RESTS, NOTHING_LEFT, FLUX_OWNS],
    );
    check(
        of_flux(2, false).flux(&format!("{snapshot}/chartVersion"), json!("1.7.0")),
        &[&of("of chart 1.6.0 and not 1.7.0"), RESTS, NOTHING_LEFT, FLUX_OWNS],
    );
    check(
        of_flux(2, false).flux(&format!("{snapshot}/lastDeployed"), json!("2026-11-22T00:50:59Z")),
        &[&of("made at another time: somebody made it anew"), RESTS, NOTHING_LEFT, FLUX_OWNS],
    );
    let forgotten = format!("unmet: Flux remembers no revision, stored is 2: it upgrades to 1.6.0 > {next}");
    check(of_flux(2, false).flux("/status/history", json!([])), &[&forgotten, RESTS, NOTHING_LEFT, FLUX_OWNS]);
}

#[test]
fn flux_at_work_or_not_content_is_not_at_rest() {
    let at_work = "unknown: Flux is still at work, its last is 2 > look again when it has ended";
    check(of_flux(2, false).flux("/metadata/generation", json!(4)), &[at_work, RESTS, NOTHING_LEFT, FLUX_OWNS]);
    let failed = "unknown: Flux's last is 2 as is stored, but it is not Ready > wheelhouse why says more";
    check(
        of_flux(2, false).flux("/status/conditions/0/status", json!("False")),
        &[failed, RESTS, NOTHING_LEFT, FLUX_OWNS],
    );
}

#[test]
fn what_could_not_be_read_is_not_taken_for_well() {
    let mut seen = of_flux(2, false).seen();
    seen.helm_release = Some(Err("you may not get helmreleases".to_owned()));
    seen.unread.push((1, "it is damaged".to_owned()));
    seen.objects[0].live = Live::Untold("you may not get configmaps".to_owned());
    let found = judge(&seen);
    let told: Vec<String> = found.iter().map(|one| format!("{}: {} | {}", one.state, one.says, one.evidence)).collect();
    assert_eq!(
        told,
        [
            "unknown: whether all that older revisions had is gone is not known | revision 1: it is damaged",
            "unknown: who owns the fields of all its objects is not known | ConfigMap web: you may not get configmaps",
            "unknown: whether Flux's history is that of what is stored is not known | you may not get helmreleases",
            "met: nothing is pending, revision 2 alone is deployed | 2 deployed, 1 superseded",
        ]
    );
}

/// What a run says at its end.
#[test]
fn what_is_not_at_rest_fails_the_step_and_is_told_in_lines() {
    let (ended, lines) = outcome(&judge(&case().seen()));
    let rests = "converged: nothing is pending, revision 2 alone is deployed; nothing is orphaned; one owner, helm";
    assert_eq!((ended, lines), (StepOutcome::Done(rests.to_owned()), vec![rests.to_owned()]));
    let (ended, lines) = outcome(&judge(&of_flux(1, true).seen()));
    let back = "once resumed: Flux's last is 1, stored is 2: it upgrades straight back to 1.6.0";
    assert_eq!(ended, StepOutcome::Done(format!("converged, but for: {back}")));
    let remedy = "make chart version and values in the HelmRelease those of what is stored before it is resumed";
    assert_eq!(lines, [format!("{back} (spec.suspend: true): {remedy}")]);
    let (ended, lines) = outcome(&judge(&case().status(0, "failed").seen()));
    let none = "no revision is deployed: the newest, 2, is failed";
    assert_eq!(ended, StepOutcome::Failed(format!("not converged: {none}")));
    assert_eq!(lines, [format!("{none} (2 failed, 1 superseded): wheelhouse rollback shop/web")]);
}
