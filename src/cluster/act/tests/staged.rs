//! A release on a server, and a plan with a step of every kind.

use serde_json::{Value, json};

use super::server::{Fault, Others, Server};
use crate::cluster::Cluster;
use crate::cluster::act::{Acting, run};
use crate::journal::{By, Deed, Journal, Line};
use crate::plan::action::Rollback;
use crate::plan::step::{HookRun, Stored, StoredAs};
use crate::plan::{
    Action, Await, Body, Check, Confirm, Ended, OnError, Otherwise, Phase, Plan, Request, Step, StepId, StepOutcome,
    Task, Verb, When, seen_as,
};
use crate::release::codec::{self, Driver};
use crate::release::mask::Masker;
use crate::release::payload::{HookPhase, Payload, ReleaseStatus};
use crate::release::{ContextEntry, ObjectId, ObjectKey, StoredRef};

pub const STORE: &str = "/api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v";
const SECRETS: &str = "/api/v1/namespaces/shop/secrets";
const MAPS: &str = "/api/v1/namespaces/shop/configmaps";
pub const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/shop/deployments/web";
const JOBS: &str = "/apis/batch/v1/namespaces/shop/jobs";

/// One run on a fresh server.
pub struct Stage {
    pub server: Server,
    pub journal: Journal,
    pub cluster: Cluster,
    pub plan: Plan,
    pub stop: tokio::sync::watch::Sender<bool>,
}

fn payload(revision: u32, status: &str) -> Value {
    json!({
        "name": "web", "namespace": "shop", "version": revision, "manifest": "", "later": {"kept": true},
        "info": {"first_deployed": "2026-01-01T00:00:00Z", "last_deployed": "2026-01-01T00:00:00Z",
            "status": status, "description": "Install complete"},
        "hooks": [{"name": "pre", "kind": "Job", "events": ["pre-rollback"]}],
        "config": {"password": "hunter2-hunter2"},
    })
}

fn stored(revision: u32, status: &str) -> Value {
    let payload = Payload::new(payload(revision, status).as_object().unwrap().clone());
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": format!("sh.helm.release.v1.web.v{revision}"), "namespace": "shop",
            "labels": {"owner": "helm", "name": "web", "status": status, "version": revision.to_string(),
                "createdAt": "1", "team": "blue"}},
        "data": {"release": codec::encode(Driver::Secret, &payload).unwrap()},
    })
}

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": {"a": "1"}})
}

fn deployment() -> Value {
    let entry = json!({"manager": "helm", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:replicas": {}}}});
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "managedFields": [entry]},
        "spec": {"replicas": 1}, "status": {"replicas": 1}})
}

fn job() -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "pre", "namespace": "shop"}})
}

/// Steps in the making, numbered as they come.
struct Steps<'s> {
    server: &'s Server,
    count: usize,
    steps: Vec<Step>,
}

impl Steps<'_> {
    fn push(&mut self, phase: Phase, on_error: OnError, when: When, task: Task) -> StepId {
        self.count += 1;
        let id = StepId(self.count);
        self.steps.push(Step { id, phase, says: format!("step {}", id.0), task, on_error, when });
        id
    }

    /// A request for the object at a path, as it is now.
    fn request(&self, verb: Verb, path: &str, kind: &str, body: Body) -> Request {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (api_version, rest) =
            if parts[0] == "api" { ("v1".to_owned(), &parts[2..]) } else { (parts[1..3].join("/"), &parts[3..]) };
        let group = api_version.split_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default();
        let live = self.server.object(path);
        let text = |pointer: &str| live.as_ref()?.pointer(pointer)?.as_str().map(str::to_owned);
        Request {
            verb,
            api_version,
            resource: rest[2].to_owned(),
            object: ObjectId { group, kind: kind.into(), namespace: "shop".into(), name: rest[3].to_owned() },
            manager: "helm".to_owned(),
            uid: text("/metadata/uid"),
            resource_version: text("/metadata/resourceVersion"),
            digest: live.as_ref().map(seen_as),
            body,
        }
    }

    fn send(&mut self, phase: Phase, on_error: OnError, when: When, request: Request) -> StepId {
        self.push(phase, on_error, when, Task::Send(request))
    }

    fn stored(&self, revision: u32, status: Option<ReleaseStatus>) -> (Request, Stored) {
        let path = format!("{STORE}{revision}");
        let live = self.server.object(&path);
        let text = |pointer: &str| live.as_ref().unwrap().pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let seen = live
            .is_some()
            .then(|| StoredAs { uid: text("/metadata/uid"), resource_version: text("/metadata/resourceVersion") });
        let stored = Stored {
            driver: Driver::Secret,
            revision,
            payload: None,
            labels: vec![("team".into(), "blue".into())],
            seen,
            status,
            description: None,
            hook: None,
        };
        (self.request(Verb::Replace, &path, "Secret", Body::Empty), stored)
    }

    fn store(&mut self, phase: Phase, on_error: OnError, (request, stored): (Request, Stored)) {
        let body = Body::Stored(Box::new(stored));
        self.send(phase, on_error, When::Always, Request { body, ..request });
    }

    fn hook(&mut self, phase: Phase, run: HookPhase) {
        let (request, stored) = self.stored(3, None);
        let hook = Some(HookRun { place: 0, phase: run });
        self.store(phase, OnError::End, (request, Stored { hook, ..stored }));
    }

    fn fail(&mut self) {
        let (request, stored) = self.stored(3, Some(ReleaseStatus::Failed));
        let description = Some("Rollback \"web\" failed: {error}".to_owned());
        self.store(Phase::Failed, OnError::GoOn, (request, Stored { description, ..stored }));
    }
}

fn plan(server: &Server) -> Plan {
    let mut all = Steps { server, count: 0, steps: Vec::new() };
    let (always, end) = (When::Always, OnError::End);
    let newest = server.object(&format!("{STORE}2")).unwrap();
    let text = |pointer: &str| newest.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let key = ObjectKey::new("shop".to_owned(), "sh.helm.release.v1.web.v2");
    let stored = StoredRef {
        driver: Driver::Secret,
        key,
        uid: text("/metadata/uid"),
        resource_version: text("/metadata/resourceVersion"),
    };
    let check = Check::NewestRevision { stored, name: "web".into(), revision: 2 };
    all.push(Phase::Check, end, always, Task::Check(check));
    let seen = all.request(Verb::Delete, DEPLOYMENT, "Deployment", Body::Empty);
    let (api_version, resource, object) = (seen.api_version, seen.resource, seen.object);
    let check = Check::Unchanged { api_version, resource, object, uid: seen.uid.unwrap(), generation: 1 };
    all.push(Phase::Check, end, always, Task::Check(check));

    let (request, stored) = all.stored(3, Some(ReleaseStatus::PendingRollback));
    let stored = Stored { payload: Some(payload(3, "pending-rollback")), seen: None, ..stored };
    let request = Request { verb: Verb::Create, uid: None, resource_version: None, ..request };
    all.store(Phase::Store, end, (request, stored));
    let prune = all.request(Verb::Delete, &format!("{STORE}1"), "Secret", Body::Empty);
    all.send(Phase::Store, OnError::GoOn, always, prune);

    let path = format!("{JOBS}/pre");
    let old = all.request(Verb::Delete, &path, "Job", Body::Empty);
    let (api_version, resource, object) = (old.api_version.clone(), old.resource.clone(), old.object.clone());
    let deleted = all.send(Phase::PreHooks, end, always, old.clone());
    let gone = Await::Gone { api_version, resource, object, timeout: 30 };
    all.push(Phase::PreHooks, end, When::Done(deleted), Task::Await(gone));
    all.hook(Phase::PreHooks, HookPhase::Running);
    let creation = Request { verb: Verb::Create, uid: None, resource_version: None, digest: None, ..old.clone() };
    all.send(Phase::PreHooks, end, always, Request { body: Body::Json(job()), ..creation });
    let (api_version, resource, object) = (old.api_version, old.resource, old.object);
    let done = Await::HookDone { api_version, resource, object, timeout: 30 };
    all.push(Phase::PreHooks, end, always, Task::Await(done));
    all.hook(Phase::PreHooks, HookPhase::Succeeded);

    let managers = Body::Migration { managers: vec!["helm".into()], to: "helm".into() };
    let migration = all.request(Verb::JsonPatch, DEPLOYMENT, "Deployment", managers);
    let migrated = all.send(Phase::Apply, OnError::Collect, always, migration);
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 2}});
    let apply = all.request(Verb::Apply { force: false }, DEPLOYMENT, "Deployment", Body::Json(body));
    all.send(Phase::Apply, OnError::Collect, When::Done(migrated), apply);
    let body = |data: Value| Body::Json(json!({"data": data}));
    let merge =
        all.request(Verb::MergePatch, &format!("{MAPS}/merged"), "ConfigMap", body(json!({"b": "2", "a": null})));
    all.send(Phase::Apply, OnError::Collect, always, merge);
    let strategic = all.request(Verb::StrategicPatch, &format!("{MAPS}/patched"), "ConfigMap", body(json!({"b": "2"})));
    all.send(Phase::Apply, OnError::Collect, always, strategic);
    let fresh = all.request(Verb::Create, &format!("{MAPS}/fresh"), "ConfigMap", Body::Json(map("fresh")));
    let made = all.send(Phase::Apply, end, always, fresh.clone());
    let old = all.request(Verb::Delete, &format!("{MAPS}/old"), "ConfigMap", Body::Empty);
    all.send(Phase::Remove, OnError::Collect, always, old);
    let settled = vec![(fresh.api_version.clone(), fresh.resource.clone(), fresh.object.clone())];
    let settled = Await::Settled { objects: settled, jobs: false, timeout: 30 };
    all.push(Phase::Wait, end, always, Task::Await(settled));
    let superseded = all.stored(2, Some(ReleaseStatus::Superseded));
    all.store(Phase::Finish, OnError::GoOn, superseded);
    let deployed = all.stored(3, Some(ReleaseStatus::Deployed));
    all.store(Phase::Finish, end, deployed);

    let mut failing = Steps { server, count: all.count, steps: Vec::new() };
    let mut otherwise = Vec::new();
    for phase in [Phase::Store, Phase::PreHooks, Phase::Apply, Phase::Remove, Phase::Wait, Phase::Finish] {
        failing.fail();
        if phase == Phase::Apply {
            let delete = Request { verb: Verb::Delete, body: Body::Empty, ..fresh.clone() };
            failing.send(Phase::Failed, OnError::GoOn, When::Done(made), delete);
        }
        otherwise.push(Otherwise { phase, steps: std::mem::take(&mut failing.steps) });
    }
    Plan {
        action: Action::Rollback(Rollback { to: Some(1), ..Rollback::default() }),
        namespace: "shop".into(),
        name: "web".into(),
        title: "Roll back shop/web from 2 to 1".into(),
        preconditions: Vec::new(),
        rights: Vec::new(),
        steps: all.steps,
        otherwise,
        effects: Vec::new(),
        losses: Vec::new(),
        notes: Vec::new(),
        undo: Vec::new(),
        commands: Vec::new(),
        ways: Vec::new(),
        proposal: None,
        confirm: Confirm::Key,
        masker: Masker::default(),
    }
}

impl Stage {
    pub fn new() -> Self {
        Self::noting(Journal::in_memory())
    }

    pub fn noting(journal: Journal) -> Self {
        let maps = ["merged", "patched", "old"].map(|name| (format!("{MAPS}/{name}"), map(name)));
        let mut objects = vec![
            (format!("{STORE}1"), stored(1, "superseded")),
            (format!("{STORE}2"), stored(2, "deployed")),
            (DEPLOYMENT.to_owned(), deployment()),
            (format!("{JOBS}/pre"), job()),
        ];
        objects.extend(maps);
        let objects: Vec<(&str, Value)> =
            objects.iter().map(|(path, object)| (path.as_str(), object.clone())).collect();
        let server = Server::with(&objects, &journal);
        let entry = ContextEntry { name: "test".into(), cluster: String::new(), user: String::new(), namespace: None };
        let cluster = Cluster::over(server.clone(), entry, &[], "memory://");
        let plan = plan(&server);
        Self { server, journal, cluster, plan, stop: tokio::sync::watch::channel(false).0 }
    }

    pub fn acting(&self) -> Acting {
        let by = By { user: "alice".into(), context: "test".into(), server: "memory://".into() };
        Acting { journal: Some(self.journal.clone()), by, is_read_only: false }
    }

    /// Runs the plan to its end.
    pub async fn run(&self) -> Ended {
        let (outbox, mut news) = tokio::sync::mpsc::channel(1000);
        run::run(&self.cluster, &self.plan, &self.acting(), &outbox, self.stop.subscribe()).await;
        let mut last = None;
        while let Ok(next) = news.try_recv() {
            last = Some(next);
        }
        match last {
            Some(crate::plan::News::Over(ended)) => ended,
            other => panic!("{other:?}"),
        }
    }

    /// Runs it until the request hangs, and ends it there as a kill would.
    pub async fn run_until_killed(&self) {
        let (outbox, _news) = tokio::sync::mpsc::channel(1000);
        let acting = self.acting();
        tokio::select! {
            biased;
            () = self.server.hanging.notified() => {}
            () = run::run(&self.cluster, &self.plan, &acting, &outbox, self.stop.subscribe()) => {}
        }
    }

    pub async fn failing(at: usize, fault: Fault) -> (Self, Ended) {
        let stage = Self::new();
        stage.server.fail(at, fault);
        let ended = stage.run().await;
        (stage, ended)
    }

    pub async fn beside(at: usize, others: Others) -> (Self, Ended) {
        let stage = Self::new();
        stage.server.before(at, others);
        let ended = stage.run().await;
        (stage, ended)
    }

    pub fn lines(&self) -> Vec<Line> {
        self.journal.read().unwrap()
    }

    /// How each step ended by the journal: its last line counts.
    pub fn outcomes(&self) -> std::collections::BTreeMap<usize, StepOutcome> {
        let mut outcomes = std::collections::BTreeMap::new();
        for line in self.lines() {
            if let Line::Entry(entry) = line
                && let Deed::Step { step, outcome, .. } = entry.deed
            {
                outcomes.insert(step, outcome);
            }
        }
        outcomes
    }

    /// The payload of a revision, if it is stored.
    pub fn payload(&self, revision: u32) -> Option<Value> {
        let object = self.server.object(&format!("{STORE}{revision}"))?;
        let data = object["data"]["release"].as_str().unwrap();
        Some(codec::decode(Driver::Secret, data.as_bytes()).unwrap().into_raw().into())
    }

    pub fn status(&self, revision: u32) -> Option<String> {
        Some(self.payload(revision)?["info"]["status"].as_str().unwrap().to_owned())
    }
}

/// All secrets are at this path.
pub fn is_stored(path: &str) -> bool {
    path.starts_with(SECRETS)
}
