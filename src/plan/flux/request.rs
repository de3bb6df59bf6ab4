//! The requests: which objects are asked, in which order, with which token.
//!
//! Sources: fluxcd/flux2 v2.9 `cmd/flux/reconcile_helmrelease.go` (the order of sources), `reconcile.go` (one timestamp for all
//! annotations, one merge patch), `suspend.go`, `resume.go`; fluxcd/pkg/apis/meta v1.30.1 `annotations.go`: a force or a reset
//! counts where its token equals that of the reconcile, and each value only once.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Drawn, MANAGER, SUSPENDED, Seen, Suspension, outlook};
use crate::plan::step::Demand;
use crate::plan::{Action, Await, Body, FieldEffect, OnError, Phase, Request, Step, StepId, Task, Verb, When};
use crate::release::flux::{
    ActionPolicy, ChartOrigin, HELM_GROUP, HELM_VERSION, HelmRelease, SOURCE_GROUP, SOURCE_VERSION, Source, SourceKind,
    Strategy,
};
use crate::release::{ObjectId, ObjectKey};

/// How long a source may take, in seconds. Source: fluxcd/flux2 v2.9 `cmd/flux/main.go` (`--timeout`).
const SOURCE_TIMEOUT: u32 = 300;
/// What is waited beyond the timeouts of the actions: for a free worker, and for the pauses between two tries.
const SLACK: SignedDuration = SignedDuration::from_secs(120);
/// Nobody waits longer than that in front of a screen, in seconds.
const LONGEST: i64 = 7200;
/// More tries than that are not waited for.
const TRIES: i64 = 10;

/// What is asked, and of which objects what is changed by that.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) steps: Vec<Step>,
    pub(super) effects: Vec<(ObjectId, Vec<FieldEffect>)>,
}

/// A reference on the way from a HelmRelease to where its chart comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Kind as the reference names it.
    pub kind: String,
    /// Which object.
    pub key: ObjectKey,
}

/// Through which objects a HelmRelease draws its chart, the source first. Of a HelmChart that is referred to, `chart` is what is
/// there, as far as it was read: it names its source.
#[must_use]
pub fn chain(object: &HelmRelease, chart: Option<&Source>) -> Vec<Link> {
    match &object.chart {
        Some(ChartOrigin::Template { source_kind, source, .. }) => {
            let made = ObjectKey::new(&source.namespace, format!("{}-{}", object.key.namespace, object.key.name));
            let made = object.helm_chart.clone().unwrap_or(made);
            vec![
                Link { kind: source_kind.clone(), key: source.clone() },
                Link { kind: SourceKind::HelmChart.to_string(), key: made },
            ]
        }
        Some(ChartOrigin::Reference { kind, key }) => {
            let source = chart.and_then(|chart| {
                let name = chart.source_name.as_ref()?;
                let key = ObjectKey::new(&chart.key.namespace, name);
                Some(Link { kind: chart.source_kind?.to_string(), key })
            });
            source.into_iter().chain([Link { kind: kind.clone(), key: key.clone() }]).collect()
        }
        None => Vec::new(),
    }
}

/// What is sent and awaited.
pub(super) fn of(action: &Action, seen: &Seen) -> Asked {
    let mut asked = Asked::default();
    match action {
        Action::Reconcile { with_source } => {
            if *with_source {
                seen.chain.iter().for_each(|drawn| asked.source(seen, drawn));
            }
            asked.release(seen, Demand::Reconcile);
        }
        Action::Reset => asked.release(seen, Demand::Reset),
        Action::Force => asked.release(seen, Demand::Force),
        Action::Suspend { reason } => asked.suspend(seen, reason),
        Action::Resume => asked.resume(seen),
        Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => {}
    }
    asked
}

impl Asked {
    /// A source looks again. One that has nothing to fetch is passed over.
    fn source(&mut self, seen: &Seen, drawn: &Drawn) {
        let Some((kind, source, object)) = drawn.there().filter(|(_, source, _)| !source.is_static) else { return };
        let token = token(seen.now, object);
        let id = ObjectId::new(SOURCE_GROUP, kind.to_string(), &source.key.namespace, &source.key.name);
        let api_version = version(object, SOURCE_GROUP, SOURCE_VERSION);
        let request = patch(&api_version, kind.plural(), &id, object, annotations(Demand::Reconcile, &token));
        self.send(&format!("asks {} to look again", drawn.what()), request);
        self.effects.push((id.clone(), tokens(object, Demand::Reconcile, &token)));
        self.wait(
            &format!("until source-controller has looked at {}", drawn.what()),
            Await::Handled {
                api_version,
                resource: kind.plural().to_owned(),
                object: id,
                token,
                demand: Demand::Reconcile,
                before: handled(object),
                timeout: SOURCE_TIMEOUT,
            },
        );
    }

    fn release(&mut self, seen: &Seen, demand: Demand) {
        let token = token(seen.now, &seen.object);
        let (id, api_version) = (helm_release(seen), version(&seen.object, HELM_GROUP, HELM_VERSION));
        let request = patch(&api_version, RELEASES, &id, &seen.object, annotations(demand, &token));
        self.send(
            match demand {
                Demand::Reconcile => "asks for a reconcile",
                Demand::Reset => "asks for a reconcile that forgets failures first",
                Demand::Force => "asks for a reconcile that installs or upgrades in any case",
            },
            request,
        );
        let mut fields = tokens(&seen.object, demand, &token);
        if demand == Demand::Reset {
            fields.extend(outlook::counters(&seen.helm_release));
        }
        self.effects.push((id.clone(), fields));
        self.wait(
            "until helm-controller has handled it",
            Await::Handled {
                api_version,
                resource: RELEASES.to_owned(),
                object: id,
                token,
                demand,
                before: handled(&seen.object),
                timeout: patience(seen),
            },
        );
    }

    fn suspend(&mut self, seen: &Seen, reason: &str) {
        let by = if seen.user.is_empty() { "?" } else { &seen.user };
        let suspension =
            Suspension { reason: reason.trim().to_owned(), by: by.to_owned(), at: seen.now, rollback: None };
        let body = json!({
            "metadata": {"annotations": {SUSPENDED: suspension.text()}},
            "spec": {"suspend": true},
        });
        let (id, api_version) = (helm_release(seen), version(&seen.object, HELM_GROUP, HELM_VERSION));
        self.send("suspends it, and keeps why", patch(&api_version, RELEASES, &id, &seen.object, body));
        let fields = vec![
            field(&seen.object, &["metadata", "annotations", SUSPENDED], Some(suspension.text())),
            field(&seen.object, &["spec", "suspend"], Some("true".to_owned())),
        ];
        self.effects.push((id, fields));
    }

    fn resume(&mut self, seen: &Seen) {
        // Null takes both away, as Flux itself writes it: nothing is left for anybody to own.
        let body = json!({"metadata": {"annotations": {SUSPENDED: null}}, "spec": {"suspend": null}});
        let (id, api_version) = (helm_release(seen), version(&seen.object, HELM_GROUP, HELM_VERSION));
        self.send("resumes it", patch(&api_version, RELEASES, &id, &seen.object, body));
        let fields = [&["metadata", "annotations", SUSPENDED][..], &["spec", "suspend"]];
        let fields = fields.into_iter().map(|path| field(&seen.object, path, None));
        self.effects.push((id.clone(), fields.filter(|field| field.old.is_some()).collect()));
        self.wait(
            "until helm-controller has reconciled it",
            Await::Reconciled { api_version, resource: RELEASES.to_owned(), object: id, timeout: patience(seen) },
        );
    }

    fn send(&mut self, says: &str, request: Request) {
        self.step(Phase::Store, says, Task::Send(request));
    }

    fn wait(&mut self, says: &str, awaited: Await) {
        self.step(Phase::Wait, says, Task::Await(awaited));
    }

    fn step(&mut self, phase: Phase, says: &str, task: Task) {
        let id = StepId(self.steps.len().saturating_add(1));
        self.steps.push(Step { id, phase, says: says.to_owned(), task, on_error: OnError::End, when: When::Always });
    }
}

const RELEASES: &str = "helmreleases";

fn helm_release(seen: &Seen) -> ObjectId {
    let key = &seen.helm_release.key;
    ObjectId::new(HELM_GROUP, "HelmRelease", &key.namespace, &key.name)
}

fn version(object: &Value, group: &str, version: &str) -> String {
    let own = object.get("apiVersion").and_then(Value::as_str);
    own.map_or_else(|| format!("{group}/{version}"), str::to_owned)
}

fn patch(api_version: &str, resource: &str, id: &ObjectId, object: &Value, body: Value) -> Request {
    Request {
        verb: Verb::MergePatch,
        api_version: api_version.to_owned(),
        resource: resource.to_owned(),
        object: id.clone(),
        manager: MANAGER.to_owned(),
        uid: object.pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned),
        // Status is written all the time: what counts is that it is the same object.
        resource_version: None,
        digest: None,
        body: Body::Json(body),
    }
}

/// A value that none of the object's tokens has, and none that was handled: a time with nanoseconds, as the flux command writes.
fn token(now: Timestamp, object: &Value) -> String {
    let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object).into_iter().flatten();
    let status = object.pointer("/status").and_then(Value::as_object).into_iter().flatten();
    let used: Vec<&str> = annotations
        .filter(|(name, _)| name.starts_with("reconcile.fluxcd.io/"))
        .chain(status.filter(|(name, _)| name.starts_with("lastHandled")))
        .filter_map(|(_, value)| value.as_str())
        .collect();
    let next = |at: &Timestamp| at.checked_add(SignedDuration::from_nanos(1)).ok();
    let fresh = std::iter::successors(Some(now), next).map(|at| at.to_string());
    fresh.take(used.len().saturating_add(1)).find(|token| !used.contains(&token.as_str())).unwrap_or_default()
}

/// The annotations that ask for something, all with the one token.
fn keys(demand: Demand) -> impl Iterator<Item = &'static str> {
    [Some(Demand::Reconcile), Some(demand).filter(|demand| *demand != Demand::Reconcile)]
        .into_iter()
        .flatten()
        .map(Demand::annotation)
}

fn annotations(demand: Demand, token: &str) -> Value {
    let all: serde_json::Map<String, Value> = keys(demand).map(|key| (key.to_owned(), token.into())).collect();
    json!({"metadata": {"annotations": all}})
}

fn tokens(object: &Value, demand: Demand, token: &str) -> Vec<FieldEffect> {
    keys(demand).map(|key| field(object, &["metadata", "annotations", key], Some(token.to_owned()))).collect()
}

fn field(object: &Value, path: &[&str], new: Option<String>) -> FieldEffect {
    let old = path.iter().try_fold(object, |value, name| value.get(name));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let path = path.iter().map(|name| format!(".{name}")).collect();
    FieldEffect { path, old: old.filter(|old| !old.is_null()).map(text), new, conflict: String::new() }
}

fn handled(object: &Value) -> String {
    object.pointer("/status/lastHandledReconcileAt").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// How long the reconcile may take, in seconds: what its actions may, for each try that is left.
fn patience(seen: &Seen) -> u32 {
    let object = &seen.helm_release;
    let of = |policy: &ActionPolicy, undo: SignedDuration| {
        let tries = match policy.strategy {
            Strategy::RetryOnFailure => 1,
            Strategy::RemediateOnFailure => policy.attempts().unwrap_or(1),
        };
        let tests = if object.test_enabled { object.test_timeout.as_secs() } else { 0 };
        let one = policy.timeout.as_secs().saturating_add(undo.as_secs()).saturating_add(tests);
        one.saturating_mul(tries.clamp(1, TRIES))
    };
    let longest = of(&object.install, object.uninstall_timeout).max(of(&object.upgrade, object.rollback_timeout));
    u32::try_from(longest.saturating_add(SLACK.as_secs()).clamp(0, LONGEST)).unwrap_or(u32::MAX)
}

/// The commands that do the same.
pub(super) fn commands(action: &Action, seen: &Seen) -> Vec<String> {
    let key = &seen.helm_release.key;
    let place = format!("helmrelease {} -n {}", key.name, key.namespace);
    match action {
        Action::Reconcile { with_source: false } => vec![format!("flux reconcile {place}")],
        Action::Reconcile { with_source: true } => vec![format!("flux reconcile {place} --with-source")],
        Action::Reset => vec![format!("flux reconcile {place} --reset")],
        Action::Force => vec![format!("flux reconcile {place} --force")],
        Action::Suspend { .. } => vec![format!("flux suspend {place}  # keeps no reason")],
        Action::Resume => vec![
            format!("flux resume {place}"),
            format!("kubectl annotate --field-manager={MANAGER} {place} {SUSPENDED}-"),
        ],
        Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => Vec::new(),
    }
}
