//! Whole plans of releases that are made here: what is sent is computed instead of tried.

mod branches;
mod durable;
mod emergency;
mod storing;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::flux::{Keeper, Referred};
use super::seen::{Kept, Namespace, Seen, Written};
use super::target::{Choice, Told, choose};
use super::*;
use crate::ownership::next::{Write, Writer, computed};
use crate::ownership::own::Pair;
use crate::ownership::patch::Helm;
use crate::plan::Precondition;
use crate::plan::action::Rollback;
use crate::plan::preflight::seen::{Live, Served};
use crate::plan::step::{Body, Stored};
use crate::release::codec::Driver;
use crate::release::flux::{HelmRelease, Kustomization};
use crate::release::payload::Payload;
use crate::release::storage::StoredRevision;
use crate::release::values::Source;
use crate::release::{ObjectKey, PayloadState, Problem, ProblemKind, Release, ReleaseId, StoredRef, example};
use crate::schema::Schema;

const NOW: &str = "2026-11-22T01:00:00Z";

/// Everything that a case may change; what is not named is as after `helm install` and a good `helm upgrade` by Helm 4.
struct Case {
    driver: Driver,
    /// Number, status and description, newest first; the first is the newest.
    revisions: Vec<(u32, &'static str, &'static str)>,
    current: Value,
    target: Value,
    /// What is deployed, where it is neither: the newest did not come to its end.
    deployed: Option<Value>,
    live: Vec<Value>,
    options: Rollback,
    namespace: Result<Namespace, String>,
    gone: Vec<&'static str>,
    typed: bool,
    /// The HelmRelease that keeps it, and the Kustomization that applies that.
    flux: Option<(Value, Option<Value>)>,
    /// What its valuesFrom gives, and what its chartRef refers to.
    sources: Vec<Source>,
    referred: Option<Referred>,
}

/// A ConfigMap as a chart renders it.
fn chart(name: &str, size: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{size: {size}}}\n")
}

/// It as it is: applied by helm, unless it is updated by it.
fn config(name: &str, size: &str) -> Value {
    let fields = json!({
        "f:metadata": {
            "f:labels": {"f:app.kubernetes.io/managed-by": {}},
            "f:annotations": {"f:meta.helm.sh/release-name": {}, "f:meta.helm.sh/release-namespace": {}},
        },
        "f:data": {"f:size": {}},
    });
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"size": size},
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid-{name}"), "resourceVersion": "7",
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"},
            "managedFields": [entry("helm", "Apply", "v1", &fields)],
        },
    })
}

fn entry(manager: &str, operation: &str, api_version: &str, fields: &Value) -> Value {
    json!({
        "manager": manager, "operation": operation, "apiVersion": api_version, "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    })
}

fn payload(revision: u32, status: &str, manifest: &str) -> Value {
    json!({
        "name": "web", "namespace": "shop", "version": revision, "apply_method": "ssa", "manifest": manifest,
        "info": {
            "status": status, "first_deployed": "2026-11-01T00:00:00Z",
            "last_deployed": format!("2026-11-0{revision}T00:00:00Z"), "notes": format!("notes {revision}"),
        },
        "chart": {"metadata": {"name": "web", "version": format!("1.{revision}.0")}}, "config": {"of": revision},
        "later": revision,
    })
}

fn case() -> Case {
    Case {
        driver: Driver::Secret,
        revisions: vec![(2, "deployed", "Upgrade complete"), (1, "superseded", "Install complete")],
        current: payload(2, "deployed", &chart("web", "large")),
        target: payload(1, "superseded", &chart("web", "small")),
        deployed: None,
        live: vec![config("web", "large")],
        options: Rollback::default(),
        namespace: Ok(Namespace::There),
        gone: Vec::new(),
        typed: true,
        flux: None,
        sources: Vec::new(),
        referred: None,
    }
}

const SERVED: [(&str, &str, &str); 5] = [
    ("v1", "ConfigMap", "configmaps"),
    ("v1", "Secret", "secrets"),
    ("batch/v1", "Job", "jobs"),
    ("example.com/v1", "Board", "boards"),
    ("v1", "Namespace", "namespaces"),
];

/// The types of ConfigMaps and Jobs, as far as the cases need them.
fn schema() -> Schema {
    let text = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let one = json!({"type": "string"});
    let metadata = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
        "name": one, "namespace": one, "uid": one, "resourceVersion": one, "labels": text, "annotations": text,
    }});
    let kind = |group: &str, kind: &str| {
        json!({
            "type": "object",
            "properties": {"apiVersion": one, "kind": one, "metadata": metadata, "data": text, "stringData": text},
            "x-kubernetes-group-version-kind": [{"group": group, "version": "v1", "kind": kind}],
        })
    };
    let document = json!({"openapi": "3.0.0", "components": {"schemas": {
        "ConfigMap": kind("", "ConfigMap"), "Secret": kind("", "Secret"), "Job": kind("batch", "Job"),
    }}});
    Schema::from_openapi(&document).unwrap()
}

impl Case {
    fn to(mut self, revision: u32) -> Self {
        self.options.to = Some(revision);
        self
    }

    fn method(mut self, current: &str, target: &str) -> Self {
        self.current["apply_method"] = current.into();
        self.target["apply_method"] = target.into();
        self
    }

    fn manifests(mut self, current: &[String], target: &[String]) -> Self {
        self.current["manifest"] = current.join("---\n").into();
        self.target["manifest"] = target.join("---\n").into();
        self
    }

    fn release(&self) -> Release {
        let (number, status, _) = self.revisions[0];
        Release {
            id: ReleaseId::stored(self.driver, "shop", "web"),
            revision: Revision::new(number),
            revisions: self.revisions.len(),
            status: Some(ReleaseStatus::from(status)),
            payload: PayloadState::Read,
            ..example::release("web")
        }
    }

    /// The HelmRelease, as it is learnt before anything is asked of Flux.
    fn keeper(&self, release: &Release) -> Option<Keeper> {
        let (object, kustomization) = self.flux.clone()?;
        let helm_release = Arc::new(HelmRelease::read(&object).unwrap());
        Some(Keeper {
            seen: crate::plan::flux::Seen {
                release: Arc::new(Release { helm_release: Some(Arc::clone(&helm_release)), ..release.clone() }),
                helm_release,
                object,
                user: "alice".to_owned(),
                chain: Vec::new(),
                kustomization: kustomization.map(|object| Ok(Kustomization::read(&object).unwrap())),
                dependents: Ok(Vec::new()),
                losses: Ok(Vec::new()),
                now: NOW.parse().unwrap(),
            },
            sources: self.sources.clone(),
            referred: self.referred.clone(),
        })
    }

    fn seen(mut self) -> Seen {
        let mut release = self.release();
        let flux = self.keeper(&release);
        let asked = self.options.clone();
        if let Some(keeper) = &flux {
            self.options = keeper.options(&asked);
            release = Release::clone(&keeper.seen.release);
        }
        let payload = |raw: &Value| Arc::new(Payload::new(raw.as_object().unwrap().clone()));
        let (current, target) = (payload(&self.current), payload(&self.target));
        let deployed = self.deployed.as_ref().map(payload);
        let revisions: Vec<Kept> =
            self.revisions.iter().map(|(number, status, _)| kept(self.driver, *number, status)).collect();
        let told: Vec<Told> = self.revisions.iter().map(told).collect();
        let choice = choose(self.options.to, &told);
        let written = Written::read(&current, &target, &self.options);
        let written = written.with_unended(deployed.iter().map(Arc::as_ref));
        let yes =
            |plural: &str, kind: &str| Served::Yes { plural: plural.to_owned(), is_namespaced: kind != "Namespace" };
        let served = |(version, kind, plural): &(&str, &str, &str)| {
            let served = if self.gone.contains(kind) { Served::No(Vec::new()) } else { yes(plural, kind) };
            (((*version).to_owned(), (*kind).to_owned()), served)
        };
        let named = written.manifests.kinds();
        let kinds: BTreeMap<_, _> = SERVED.iter().map(served).filter(|(kind, _)| named.contains(kind)).collect();
        let mut objects = written.objects(&release, &kinds);
        let mut removed = written.removed(&release, &kinds);
        let mut hooks = written.hook_objects(&release, &kinds);
        let all = objects.iter_mut().map(|object| &mut object.target).chain(&mut removed).chain(&mut hooks);
        for target in all {
            let is_it = |live: &&Value| {
                live["kind"] == target.id.kind.as_str() && live["metadata"]["name"] == target.id.name.as_str()
            };
            if let (Live::Missing, Some(live)) = (&target.live, self.live.iter().find(is_it)) {
                target.live = Live::There(live.clone(), Vec::new());
            }
        }
        let mut seen = Seen {
            release: Arc::new(release),
            asked,
            options: self.options,
            flux,
            now: NOW.parse().unwrap(),
            revisions,
            choice,
            current: Ok(current),
            target: Ok(target),
            namespaces: BTreeMap::from([("shop".to_owned(), self.namespace)]),
            written,
            kinds,
            objects,
            removed,
            hooks,
            schema: if self.typed { schema() } else { Schema::default() },
            tried: BTreeMap::new(),
            settings: Arc::default(),
        };
        for (place, next) in seen.attempts() {
            let object = &seen.objects[place];
            let outcome = match (object.target.there(), &next.write) {
                (Some(live), Write::Apply { .. } | Write::Patch(_)) => {
                    let writer = Writer {
                        manager: &next.manager,
                        method: seen.method(),
                        is_forced: seen.options.force_conflicts,
                        helm: Helm::Four,
                    };
                    let pair = Pair { manifest: &object.sent, live, typed: seen.typed(&object.target) };
                    computed(&pair, object.original.as_ref(), writer, seen.now)
                }
                _ => crate::ownership::fate::Outcome::Written(Box::new(object.sent.clone())),
            };
            seen.tried.insert(place, (next, Ok(outcome)));
        }
        seen
    }

    fn plan(self) -> Plan {
        plan(&self.seen())
    }
}

fn told((number, status, description): &(u32, &str, &str)) -> Told {
    Told {
        revision: Revision::new(*number).unwrap(),
        status: ReleaseStatus::from(*status),
        description: (*description).to_owned(),
        rolled_back_to: description.strip_prefix("Rollback to ").and_then(|to| to.parse().ok()),
    }
}

fn kept(driver: Driver, number: u32, status: &str) -> Kept {
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let labels = [
        label("name", "web"),
        label("owner", "helm"),
        label("status", status),
        label("version", &number.to_string()),
        label("createdAt", "1"),
        label("team", "shop"),
    ];
    Kept {
        stored: StoredRevision {
            object: StoredRef {
                driver,
                key: ObjectKey::new("shop", format!("sh.helm.release.v1.web.v{number}")),
                uid: format!("uid-v{number}"),
                resource_version: number.to_string(),
            },
            release: "web".to_owned(),
            revision: Revision::new(number).unwrap(),
            status: ReleaseStatus::from(status),
            changed: None,
            by_flux: false,
            problems: Vec::new(),
        },
        labels: labels.into(),
        written: "2026-11-22T00:50:00Z".parse::<Timestamp>().ok().map(|at| (at, "Helm".to_owned())),
    }
}

/// A step in a line: its phase, what is done, and under which conditions. `^` is force, `@` the state that it has to be in.
fn line(step: &Step) -> String {
    let task = match &step.task {
        Task::Check(Check::NewestRevision { revision, .. }) => format!("newest is {revision}"),
        Task::Check(Check::Unchanged { object, .. }) => format!("unchanged {}", object.name),
        Task::Check(Check::Converged { .. }) => "converged".to_owned(),
        Task::Await(Await::Gone { object, .. }) => format!("gone {}", object.name),
        Task::Await(Await::HookDone { object, timeout, .. }) => format!("done {} {timeout}", object.name),
        Task::Await(Await::Settled { objects, jobs, timeout }) => {
            format!("settled {} jobs={jobs} {timeout}", objects.len())
        }
        Task::Await(Await::Quiet { object, timeout, .. }) => format!("quiet {} {timeout}", object.name),
        Task::Await(Await::Reconciled { object, timeout, .. }) => format!("reconciled {} {timeout}", object.name),
        Task::Await(Await::Handled { .. }) => "of flux".to_owned(),
        Task::Send(request) => {
            let by = if request.manager.is_empty() { String::new() } else { format!(" as {}", request.manager) };
            let force = if matches!(request.verb, super::super::Verb::Apply { force: true }) { "^" } else { "" };
            let at = [&request.uid, &request.resource_version].map(|text| text.as_deref().unwrap_or("-"));
            let at = if at == ["-", "-"] { String::new() } else { format!(" @{}/{}", at[0], at[1]) };
            let body = match &request.body {
                Body::Empty => String::new(),
                Body::Migration { managers, to } => format!(" migrate {} to {to}", managers.join(",")),
                Body::Stored(stored) => format!(" {}", stored_line(stored)),
                Body::Json(body) => match request.verb {
                    super::super::Verb::StrategicPatch | super::super::Verb::MergePatch => format!(" {body}"),
                    _ => body.get("data").map(|data| format!(" {data}")).unwrap_or_default(),
                },
            };
            let name = request.object.name.replace("sh.helm.release.v1.web.", "");
            format!("{}{force} {}/{name}{by}{at}{body}", request.verb.word(), request.resource)
        }
    };
    let on_error = match step.on_error {
        OnError::End => "",
        OnError::Collect => " [collect]",
        OnError::GoOn => " [go on]",
    };
    let when = match step.when {
        When::Always => String::new(),
        When::Done(id) => format!(" [if {} done]", id.0),
        When::Failed(id) => format!(" [if {} failed]", id.0),
    };
    format!("{} {}: {task}{on_error}{when}", step.id.0, step.phase)
}

fn stored_line(stored: &Stored) -> String {
    let status = stored.status.as_ref().map(|status| format!("{status}"));
    let description = stored.description.as_ref().map(|text| format!("{text:?}"));
    let hook = stored.hook.as_ref().map(|run| format!("hook {} {}", run.place, run.phase.as_str()));
    [status, description, hook].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The steps of a plan, and what is done otherwise after a phase, each in a line.
#[track_caller]
fn check(plan: &Plan, expected: &[&str]) {
    let mut lines: Vec<String> = plan.steps.iter().map(line).collect();
    for otherwise in &plan.otherwise {
        lines.push(format!("after {}:", otherwise.phase));
        lines.extend(otherwise.steps.iter().map(line));
    }
    assert_eq!(lines, expected, "{lines:#?}");
    let ids: Vec<usize> = plan.all_steps().map(|step| step.id.0).collect();
    assert_eq!(ids, (1..=ids.len()).collect::<Vec<_>>(), "steps are counted through");
}

/// The steps alone.
#[track_caller]
fn check_steps(plan: &Plan, expected: &[&str]) {
    let lines: Vec<String> = plan.steps.iter().map(line).collect();
    assert_eq!(lines, expected, "{lines:#?}");
}

/// What is done after a failure of this phase.
fn after(plan: &Plan, phase: Phase) -> Vec<String> {
    let otherwise = plan.otherwise.iter().filter(|otherwise| otherwise.phase == phase);
    otherwise.flat_map(|otherwise| otherwise.steps.iter().map(line)).collect()
}

/// What has to be so, in a line each.
fn conditions(plan: &Plan) -> Vec<String> {
    let told = |Precondition { state, says, evidence, remedy }: &Precondition| {
        let more = [evidence, remedy].into_iter().filter(|text| !text.is_empty());
        std::iter::once(format!("{state}: {says}")).chain(more.cloned()).collect::<Vec<_>>().join(" | ")
    };
    plan.preconditions.iter().map(told).collect()
}
