//! Plans of what is asked of Flux: one merge patch for each object that is asked, and what is awaited after it.
//!
//! - `request.rs`: the patches, their tokens, and the order in which sources and release are asked.
//! - `conditions.rs`: what is in the way of the request.
//! - `comes.rs`: what a look of Flux at the release comes to.
//! - `outlook.rs`: what the request will do here, and how to undo it.
//! - `kept.rs`: what a Kustomization takes back of it.
//! - `losses.rs`: which hotfixes the next write takes away.
//! - `follow.rs`: what the controller makes of the request, read from the object as it changes.
//!
//! Sources: fluxcd/flux2 v2.9 `cmd/flux/{reconcile,reconcile_helmrelease,suspend,resume}.go`, fluxcd/helm-controller v1.6.3
//! `internal/controller/helmrelease_controller.go`, `internal/reconcile/atomic_release.go`, fluxcd/pkg/apis/meta v1.30.1
//! `annotations.go`.

mod comes;
mod conditions;
pub mod follow;
mod kept;
pub mod losses;
mod outlook;
mod request;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{Action, Confirm, Effect, EffectVerb, Loss, Plan, pods};
use crate::release::flux::{HelmRelease, Kustomization, Source, SourceKind};
use crate::release::mask::Masker;
use crate::release::{ObjectKey, Release};

pub use crate::release::flux::{SUSPENDED, Suspension};
pub use outlook::writes;
pub use request::{Link, chain};

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
    /// Who asks, as the journal names them; may be empty.
    pub user: String,
    /// What its chart is drawn through, the source first; empty unless sources are to be asked.
    pub chain: Vec<Drawn>,
    /// The Kustomization that applies the HelmRelease, where one does: what it is, or why it cannot be read.
    pub kustomization: Option<Result<Kustomization, String>>,
    /// The HelmReleases that depend on it, or why they cannot be listed.
    pub dependents: Result<Vec<ObjectKey>, String>,
    /// What of hotfixes the next write of the release takes away, or why that is not known.
    pub losses: Result<Vec<Loss>, String>,
    /// When.
    pub now: Timestamp,
}

/// One object through which the chart is drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Kind of the object, as the reference names it.
    pub kind: String,
    /// Which.
    pub key: ObjectKey,
    /// What it is.
    pub state: DrawnState,
}

/// What an object is through which the chart is drawn.
#[derive(Debug, Clone)]
pub enum DrawnState {
    /// It is there: projected, and as the server has it.
    There(Box<Source>, Box<Value>),
    /// It is not there.
    Missing,
    /// It cannot be read, and why.
    Untold(String),
    /// Nobody can ask it to look again: an ExternalArtifact, or a kind that is not known.
    Unaskable,
}

impl Drawn {
    /// The object as it is, where it can be asked.
    fn there(&self) -> Option<(SourceKind, &Source, &Value)> {
        match &self.state {
            DrawnState::There(source, object) => Some((source.kind, source, object)),
            DrawnState::Missing | DrawnState::Untold(_) | DrawnState::Unaskable => None,
        }
    }

    /// `HelmRepository flux-system/charts`.
    fn what(&self) -> String {
        format!("{} {}", self.kind, self.key)
    }
}

/// What is asked of Flux, as a plan. Its rights are left to be asked for.
#[must_use]
pub fn plan(action: &Action, seen: &Seen) -> Plan {
    let key = &seen.helm_release.key;
    let asked = request::of(action, seen);
    let losses = if outlook::writes(action, seen) { seen.losses.clone().unwrap_or_default() } else { Vec::new() };
    // How many there are is not read for a request to Flux.
    let replaced = pods::replaced(losses.iter().map(|loss| (&loss.object, loss.path.as_str())), |_| None);
    Plan {
        action: action.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        title: outlook::title(action, seen),
        preconditions: conditions::preconditions(action, seen),
        rights: Vec::new(),
        effects: asked
            .effects
            .into_iter()
            .map(|(object, fields)| Effect { object, verb: EffectVerb::Change, fields })
            .collect(),
        steps: asked.steps,
        otherwise: Vec::new(),
        losses,
        notes: outlook::notes(action, seen).into_iter().chain(replaced).collect(),
        undo: outlook::undo(action, seen),
        commands: request::commands(action, seen),
        ways: Vec::new(),
        proposal: None,
        confirm: Confirm::Key,
        // Nothing but tokens and reasons is sent.
        masker: Masker::default(),
    }
}
