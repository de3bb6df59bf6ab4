//! What is kept of an object: enough to judge it, and little where it is well.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::judge::Judge;
use crate::health::complaint::Complaint;
use crate::health::kstatus::{self, Computed, Status};
use crate::health::objects::Role;
use crate::health::{body, pods, workloads};
use crate::release::{LiveObject, ObjectKey, WatchedKind};

/// Deletions end within a grace period, which the time of deletion includes; what is left then is kept by something.
const DELETION: SignedDuration = SignedDuration::from_mins(5);

/// A finalizer is removed by its controller within moments.
const FINALIZER: SignedDuration = SignedDuration::from_secs(60);

/// The garbage collector's own: they wait for the children, which may take their grace periods.
const OF_THE_COLLECTOR: [&str; 2] = ["foregroundDeletion", "orphan"];

/// An object as it is kept.
#[derive(Debug)]
pub(super) struct Node {
    pub uid: Arc<str>,
    /// The uid of the owner that controls it, else of its first one.
    pub owner: Option<Arc<str>>,
    /// The name of that owner, unless it is a ReplicaSet: those are never looked for.
    pub owner_name: Option<Box<str>>,
    pub release: Option<Box<ObjectKey>>,
    pub origin: Option<Box<ObjectKey>>,
    pub role: Role,
    pub created: Option<Timestamp>,
    pub deleting: Option<Timestamp>,
    pub finalizers: Box<[Box<str>]>,
    pub status: Status,
    /// What kstatus said; of what is well only where bodies are kept.
    pub said: Option<Box<Computed>>,
    /// What it says from a time on, with nothing but time.
    pub later: Option<Box<(Timestamp, Computed)>>,
    /// Well by rule only.
    pub assumed: bool,
    /// Only its metadata was read.
    pub bare: bool,
    /// A Job that has done what it was to do.
    pub done: bool,
    pub complaint: Option<Box<Complaint>>,
    /// What keeps it from going, where it says so itself.
    pub kept: Option<Box<str>>,
    pub restarts: u32,
    /// How many of its fields people hold.
    pub edited: usize,
    /// Of a ReplicaSet: which rollout of its Deployment it is.
    pub rollout: u32,
    /// The claims that a Pod uses.
    pub claims: Box<[Box<str>]>,
    pub body: Option<Arc<LiveObject>>,
}

impl Node {
    pub(super) fn read(object: &Arc<LiveObject>, keep_body: bool, judge: &Judge) -> Self {
        let json = &object.body;
        let watched = WatchedKind::of(&object.id.group, &object.id.kind);
        let bare = watched.is_some() && json.get("spec").is_none() && json.get("status").is_none();
        // Time is no part of a change: what it says while it is young, and what from then on.
        let young = Timestamp::MIN;
        let computed = if bare { Computed::unknown("only its metadata was read") } else { judge.status(json, young) };
        let later = kstatus::recheck_at(json, young).map(|at| Box::new((at, judge.status(json, at))));
        let complaint = match watched {
            _ if bare => None,
            Some(WatchedKind::Pod) => pods::complaint(json),
            _ => workloads::complaint(object, &computed),
        };
        let owner = object.controller().or_else(|| object.owners.first());
        let done = watched == Some(WatchedKind::Job) && body::condition(json, "Complete", "True").is_some();
        let is_pod = watched == Some(WatchedKind::Pod);
        Self {
            uid: Arc::from(object.uid.as_str()),
            owner: owner.filter(|owner| !owner.uid.is_empty()).map(|owner| Arc::from(owner.uid.as_str())),
            owner_name: owner.filter(|owner| owner.kind != "ReplicaSet").map(|owner| owner.name.as_str().into()),
            release: object.release.clone().map(Box::new),
            origin: object.origin.clone().map(Box::new),
            role: role(json),
            created: object.created,
            deleting: object.deleting,
            finalizers: object.finalizers.iter().map(|finalizer| finalizer.as_str().into()).collect(),
            status: computed.status,
            assumed: computed.status == Status::Current && judge.assumes(json),
            said: (keep_body || computed.status != Status::Current).then(|| Box::new(computed)),
            later,
            bare,
            done,
            complaint: complaint.map(Box::new),
            kept: object.deleting.and_then(|_| workloads::kept(object)).map(Into::into),
            restarts: if is_pod { u32::try_from(pods::restarts(json)).unwrap_or(u32::MAX) } else { 0 },
            edited: object.edited,
            rollout: rollout(json),
            claims: if is_pod { claims(json) } else { Box::default() },
            body: keep_body.then(|| Arc::clone(object)),
        }
    }

    /// What kstatus says at a time.
    pub(super) fn status_at(&self, now: Timestamp) -> Status {
        match &self.later {
            Some(later) if later.0 <= now => later.1.status,
            _ => self.status,
        }
    }

    /// What kstatus says at a time, in its words; `None` of what is well and of which the words were not kept.
    pub(super) fn said_at(&self, now: Timestamp) -> Option<&Computed> {
        match &self.later {
            Some(later) if later.0 <= now => Some(&later.1),
            _ => self.said.as_deref(),
        }
    }

    /// From when on its deletion is stuck.
    pub(super) fn stuck_at(&self) -> Option<Timestamp> {
        let kept = self.keepers().next().is_some();
        self.deleting?.checked_add(if kept { FINALIZER } else { DELETION }).ok()
    }

    /// The finalizers for which somebody else has to do something.
    pub(super) fn keepers(&self) -> impl Iterator<Item = &str> {
        self.finalizers.iter().map(|finalizer| &**finalizer).filter(|finalizer| !OF_THE_COLLECTOR.contains(finalizer))
    }

    /// When it reads differently with nothing but time.
    pub(super) fn turns(&self) -> impl Iterator<Item = Timestamp> {
        self.later.as_ref().map(|later| later.0).into_iter().chain(self.stuck_at())
    }
}

/// Hooks say what they are: Helm writes no `meta.helm.sh` to them. Source: helm v4.2.4 `pkg/release/v1/hook.go`.
fn role(json: &Value) -> Role {
    let hook = |key: &str| json.pointer("/metadata/annotations").and_then(|all| all.get(key)).and_then(Value::as_str);
    match hook("helm.sh/hook") {
        None => Role::Release,
        Some(events) if events.split(',').any(|event| matches!(event.trim(), "test" | "test-success")) => Role::Test,
        Some(_) => Role::Hook,
    }
}

fn rollout(json: &Value) -> u32 {
    let all = json.pointer("/metadata/annotations");
    let revision = all.and_then(|all| all.get("deployment.kubernetes.io/revision")).and_then(Value::as_str);
    revision.and_then(|revision| revision.parse().ok()).unwrap_or(0)
}

fn claims(pod: &Value) -> Box<[Box<str>]> {
    body::items(pod, "/spec/volumes")
        .filter_map(|volume| body::text(volume, "/persistentVolumeClaim/claimName"))
        .map(Into::into)
        .collect()
}
