//! What is stored: the new revision, its end, and what becomes of the others.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/storage/storage.go` (Create, removeLeastRecent, DeployedAll), `pkg/storage/driver/secrets.go`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::payload;
use super::seen::{Kept, Seen};
use super::{STORING, Steps};
use crate::plan::step::{Body, HookRun, Request, Stored, StoredAs, Verb};
use crate::plan::{OnError, Phase, Task, When};
use crate::release::codec::Driver;
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::storage::FLUX_MANAGER;
use crate::release::{ObjectId, Release};

/// The new revision.
#[derive(Debug, Clone)]
pub(super) struct Next {
    /// Its number.
    pub(super) revision: Revision,
    /// What is stored of it at first.
    pub(super) payload: Value,
    /// The user's labels.
    labels: Vec<(String, String)>,
    description: String,
}

impl Next {
    /// `None` where either payload cannot be read: nothing can be planned then.
    pub(super) fn of(seen: &Seen) -> Option<Self> {
        let (current, target) = (seen.current.as_ref().ok()?, seen.target.as_ref().ok()?);
        let revision = seen.newest()?.stored.revision.next()?;
        Some(Self {
            revision,
            payload: payload::payload(seen, current, target, revision),
            labels: own_labels(seen.kept_revision()?),
            description: payload::description(target),
        })
    }
}

/// Labels that Helm makes, of which a user's label may not have the name.
/// Source: helm.sh/helm v4.3.1 `pkg/storage/driver/util.go` (systemLabels).
const SYSTEM: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

pub(in crate::plan) fn own_labels(kept: &Kept) -> Vec<(String, String)> {
    let own = kept.labels.iter().filter(|(key, _)| !SYSTEM.contains(&key.as_str()));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Stores the new revision. Its name is the only lock there is: whoever stores the same number comes too late. Old revisions are
/// pruned after that, so that a refusal costs no history.
pub(super) fn create(seen: &Seen, next: &Next, steps: &mut Steps) {
    let stored = Stored {
        driver: seen.release.id.driver,
        revision: next.revision.get(),
        payload: Some(next.payload.clone()),
        labels: next.labels.clone(),
        seen: None,
        status: Some(ReleaseStatus::PendingRollback),
        description: Some(next.description.clone()),
        hook: None,
    };
    let creation = Request { verb: Verb::Create, ..sending(seen, stored) };
    let says = format!("{} of revision {}: pending-rollback", kind(&seen.release), next.revision);
    steps.push(Phase::Store, says, Task::Send(creation), OnError::End, When::Always);
    for kept in pruned(seen) {
        let revision = kept.stored.revision;
        let deletion = Request {
            verb: Verb::Delete,
            manager: String::new(),
            body: Body::Empty,
            ..sending(seen, change(seen, kept))
        };
        let says =
            format!("{} of revision {revision}: only {} are kept", kind(&seen.release), seen.options.history_max);
        steps.push(Phase::Store, says, Task::Send(deletion), OnError::GoOn, When::Always);
    }
}

/// What is pruned, oldest first: until so many are left, the new one among them. Never the newest that is deployed.
pub(super) fn pruned(seen: &Seen) -> Vec<&Kept> {
    let Some(room) = usize::try_from(seen.options.history_max).ok().and_then(|max| max.checked_sub(1)) else {
        return Vec::new();
    };
    let over = seen.revisions.len().saturating_sub(room);
    let deployed = seen.revisions.iter().find(|kept| kept.stored.status == ReleaseStatus::Deployed);
    let deployed = deployed.map(|kept| kept.stored.revision);
    let oldest = seen.revisions.iter().rev().filter(|kept| Some(kept.stored.revision) != deployed);
    oldest.take(over).collect()
}

/// Whatever is deployed by its label is superseded, then the new one is deployed.
pub(super) fn finish(seen: &Seen, next: &Next, steps: &mut Steps) {
    let gone: BTreeSet<Revision> = pruned(seen).into_iter().map(|kept| kept.stored.revision).collect();
    let deployed = seen.revisions.iter().filter(|kept| kept.stored.status == ReleaseStatus::Deployed);
    for kept in deployed.filter(|kept| !gone.contains(&kept.stored.revision)) {
        // Helm logs where this fails, and goes on.
        let (says, task) = supersede(seen, kept);
        steps.push(Phase::Finish, says, task, OnError::GoOn, When::Always);
    }
    let stored = Stored { status: Some(ReleaseStatus::Deployed), ..new(seen, next) };
    let says = format!("{} of revision {}: deployed", kind(&seen.release), next.revision);
    steps.push(Phase::Finish, says, Task::Send(sending(seen, stored)), OnError::End, When::Always);
}

/// Marks a revision as superseded.
pub(super) fn supersede(seen: &Seen, kept: &Kept) -> (String, Task) {
    let stored = Stored { status: Some(ReleaseStatus::Superseded), ..change(seen, kept) };
    let says = format!("{} of revision {}: superseded", kind(&seen.release), kept.stored.revision);
    (says, Task::Send(sending(seen, stored)))
}

/// Marks the new revision as failed. `{error}` in the description stands for what failed.
pub(super) fn fail(seen: &Seen, next: &Next, description: &str) -> (String, Task) {
    let stored =
        Stored { status: Some(ReleaseStatus::Failed), description: Some(description.to_owned()), ..new(seen, next) };
    let says = format!("{} of revision {}: failed", kind(&seen.release), next.revision);
    (says, Task::Send(sending(seen, stored)))
}

/// Notes the run of a hook.
pub(super) fn hook(seen: &Seen, next: &Next, run: HookRun) -> Task {
    Task::Send(sending(seen, Stored { hook: Some(run), ..new(seen, next) }))
}

/// The new revision as this run stored it, unchanged.
fn new(seen: &Seen, next: &Next) -> Stored {
    Stored {
        driver: seen.release.id.driver,
        revision: next.revision.get(),
        payload: None,
        labels: next.labels.clone(),
        seen: None,
        status: None,
        description: None,
        hook: None,
    }
}

/// A revision that was there before, unchanged.
fn change(seen: &Seen, kept: &Kept) -> Stored {
    let object = &kept.stored.object;
    Stored {
        driver: seen.release.id.driver,
        revision: kept.stored.revision.get(),
        payload: None,
        labels: own_labels(kept),
        seen: Some(StoredAs { uid: object.uid.clone(), resource_version: object.resource_version.clone() }),
        status: None,
        description: None,
        hook: None,
    }
}

/// The request that puts it there, by whoever stores the release otherwise.
fn sending(seen: &Seen, stored: Stored) -> Request {
    let request = request(&seen.release, stored);
    let by = if seen.flux.is_some() { FLUX_MANAGER } else { STORING };
    Request { manager: by.to_owned(), ..request }
}

/// The request that puts it there.
pub(in crate::plan) fn request(release: &Release, stored: Stored) -> Request {
    let (kind, resource) = match stored.driver {
        Driver::Secret => ("Secret", "secrets"),
        Driver::ConfigMap => ("ConfigMap", "configmaps"),
    };
    let name = format!("sh.helm.release.v1.{}.v{}", release.id.name, stored.revision);
    Request {
        verb: Verb::Replace,
        api_version: "v1".to_owned(),
        resource: resource.to_owned(),
        object: ObjectId::new("", kind, &release.id.storage_namespace, name),
        manager: STORING.to_owned(),
        uid: stored.seen.as_ref().map(|seen| seen.uid.clone()),
        resource_version: stored.seen.as_ref().map(|seen| seen.resource_version.clone()),
        digest: None,
        body: Body::Stored(Box::new(stored)),
    }
}

fn kind(release: &Release) -> &'static str {
    match release.id.driver {
        Driver::Secret => "Secret",
        Driver::ConfigMap => "ConfigMap",
    }
}
