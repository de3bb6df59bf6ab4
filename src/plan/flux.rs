//! Plans of what is asked of Flux: one request that carries a token, and what is awaited after it.
//!
//! Sources: fluxcd/flux2 v2.9 `cmd/flux/reconcile.go`, fluxcd/helm-controller v1.6 `internal/controller/helmrelease_controller.go`
//! and `api/v2/annotations.go`.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Action, Await, Body, Confirm, OnError, Phase, Plan, Precondition, Request, Standing, Step, StepId, Task, Verb, When,
};
use crate::release::flux::HelmRelease;
use crate::release::{ObjectId, Release};

/// The group of HelmReleases.
const GROUP: &str = "helm.toolkit.fluxcd.io";
/// Asks for a reconcile when its value changes.
const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// Who writes. Not `kubectl…`, whose fields kustomize-controller takes over.
pub(super) const MANAGER: &str = "wheelhouse";

/// All that was learnt of a Flux release before an action is planned.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The release.
    pub release: Arc<Release>,
    /// Its HelmRelease, projected.
    pub helm_release: Arc<HelmRelease>,
    /// The same as the server has it.
    pub object: Value,
    /// When.
    pub now: Timestamp,
}

/// What is asked of Flux, as a plan.
#[must_use]
pub fn plan(action: &Action, seen: &Seen) -> Plan {
    let key = &seen.helm_release.key;
    // One fresh token, as the flux command writes it.
    let token = seen.now.to_string();
    let body = json!({"metadata": {"annotations": {REQUESTED_AT: token}}});
    let (request, object) = request(seen, Verb::MergePatch, Body::Json(body));
    let (api_version, resource) = (request.api_version.clone(), request.resource.clone());
    let before = seen.helm_release.last_handled_reconcile_at.clone().unwrap_or_default();
    let timeout = 300;
    let send = Step {
        id: StepId(1),
        phase: Phase::Store,
        says: "asks for a reconcile".to_owned(),
        task: Task::Send(request),
        on_error: OnError::End,
        when: When::Always,
    };
    let wait = Step {
        id: StepId(2),
        phase: Phase::Wait,
        says: "until helm-controller handled it".to_owned(),
        task: Task::Await(Await::Handled { api_version, resource, object, token, before, timeout }),
        on_error: OnError::End,
        when: When::Always,
    };
    let is_suspended = seen.helm_release.suspended;
    let not_suspended = Precondition {
        state: if is_suspended { Standing::Unmet } else { Standing::Met },
        says: if is_suspended { "it is suspended: the request would be burnt" } else { "it is not suspended" }
            .to_owned(),
        evidence: "spec.suspend".to_owned(),
        remedy: if is_suspended { "resume it first".to_owned() } else { String::new() },
    };
    Plan {
        action: action.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        title: format!("Reconcile {}/{}", key.namespace, key.name),
        preconditions: vec![not_suspended],
        rights: Vec::new(),
        steps: vec![send, wait],
        otherwise: Vec::new(),
        effects: Vec::new(),
        losses: Vec::new(),
        notes: Vec::new(),
        undo: Vec::new(),
        commands: vec![format!("flux reconcile helmrelease {} -n {}", key.name, key.namespace)],
        confirm: Confirm::Key,
    }
}

fn request(seen: &Seen, verb: Verb, body: Body) -> (Request, ObjectId) {
    let key = &seen.helm_release.key;
    let text = |pointer: &str| seen.object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let object = ObjectId {
        group: GROUP.to_owned(),
        kind: "HelmRelease".to_owned(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    };
    let request = Request {
        verb,
        api_version: text("/apiVersion").unwrap_or_else(|| format!("{GROUP}/v2")),
        resource: "helmreleases".to_owned(),
        object: object.clone(),
        manager: MANAGER.to_owned(),
        uid: text("/metadata/uid"),
        // Status is written all the time: what counts is that it is the same object.
        resource_version: None,
        digest: None,
        body,
    };
    (request, object)
}
