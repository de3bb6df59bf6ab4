//! What an action would do, and whether the next upgrade would go through.
//!
//! Pure; may touch the other rooms of the core. Nothing here sends anything: a [`Plan`] is a value that a person reads before a
//! yes, and `cluster/act` sends exactly what stands in it. Invariants:
//!
//! - Every request that a run may send stands in its plan: in [`Plan::steps`], or in [`Plan::otherwise`] for when a step fails.
//! - A plan is made where an action could not go through as well; then it says what is in the way ([`Plan::unmet`]).

pub mod action;
pub mod disown;
pub mod flux;
pub mod ledger;
pub mod many;
pub mod needs;
pub mod outcome;
mod pods;
pub mod preflight;
pub mod recovery;
pub mod reread;
pub mod rollback;
mod shown;
pub mod step;
pub mod unlock;
pub mod unseen;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::release::ObjectId;
use crate::release::mask::Masker;

pub use action::{Action, Way};
pub use many::Many;
pub use outcome::{Ended, News, Outcome, StepOutcome};
pub use preflight::seen::Right;
pub use reread::seen_as;
pub use step::{Await, Body, Check, Demand, OnError, Phase, Request, Step, StepId, Task, Verb, When};

/// What an action would do to a release, in the state in which the cluster was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// What was asked.
    pub action: Action,
    /// Namespace of the release: of its HelmRelease, else of its storage.
    pub namespace: String,
    /// Name of the release.
    pub name: String,
    /// What it comes to, in a line: `Roll back legacy/wiki (helm4, ssa) from 5 to 4`.
    pub title: String,
    /// What has to be so before it runs, the worst first.
    pub preconditions: Vec<Precondition>,
    /// The rights that its requests need.
    pub rights: Vec<NeededRight>,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What is done instead of the rest once a step of the phase failed.
    pub otherwise: Vec<Otherwise>,
    /// What becomes of the fields of objects.
    pub effects: Vec<Effect>,
    /// Hotfixes that are lost by it.
    pub losses: Vec<Loss>,
    /// What a person should know beside that: tokens that were burnt, who waits on the release, what resuming will do.
    pub notes: Vec<String>,
    /// How to undo it, a line each.
    pub undo: Vec<String>,
    /// Commands of `flux`, `helm` or `kubectl` that do the same.
    pub commands: Vec<String>,
    /// The ways to the same end, where there are several: the one that this plan goes, and others.
    pub ways: Vec<OfferedWay>,
    /// What has to be committed to Git for it to last, or could be.
    pub proposal: Option<Proposal>,
    /// What has to be done for a yes.
    pub confirm: Confirm,
    /// What hides the secrets of its bodies where it is shown.
    #[serde(skip)]
    pub masker: Masker,
}

/// What has to be so before an action runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Precondition {
    /// Whether it is so.
    pub state: Standing,
    /// What has to be so, in words: `newest revision is 5, nothing pending`.
    pub says: String,
    /// By what that is known; may be empty.
    pub evidence: String,
    /// What to do about it where it is not so; may be empty. An option of the action is named by its flag: `--force-conflicts`.
    pub remedy: String,
}

/// Whether a precondition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Standing {
    /// It does not: the action is not run.
    Unmet,
    /// That could not be found out: the action may be run.
    Unknown,
    /// It does.
    Met,
}

/// A right that the requests of a plan need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeededRight {
    /// What is needed.
    #[serde(flatten)]
    pub right: Right,
    /// Name of the one object that it is needed for; empty for all of the namespace.
    pub name: String,
    /// Whether the server says that the user has it.
    pub state: Standing,
    /// Why that is not known, or what the server says of it; may be empty.
    pub why: String,
}

/// Steps for when one of a phase failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Otherwise {
    /// After a failure in this phase.
    pub phase: Phase,
    /// What is done then, and nothing else of [`Plan::steps`].
    pub steps: Vec<Step>,
}

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// Which object.
    #[serde(serialize_with = "step::object_id")]
    pub object: ObjectId,
    /// What is done to it.
    pub verb: EffectVerb,
    /// What becomes of its fields.
    pub fields: Vec<FieldEffect>,
}

/// What is done to an object, or would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum EffectVerb {
    /// It is made.
    Create,
    /// It is changed.
    Change,
    /// It is deleted.
    Delete,
    /// It stays although the new manifest has it no more: the release may not delete it.
    Keep,
    /// It is as it shall be.
    None,
    /// That could not be found out.
    Unknown,
}

/// What becomes of a field. Secret values are masked already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldEffect {
    /// The field, as the API server names it: `.spec.replicas`.
    pub path: String,
    /// Its value now; `None` where it has none.
    pub old: Option<String>,
    /// Its value then.
    pub new: Option<String>,
    /// Who is in the way, as the server names him; empty for nobody.
    pub conflict: String,
}

/// A hotfix that is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// On which object.
    #[serde(serialize_with = "step::object_id")]
    pub object: ObjectId,
    /// Which field.
    pub path: String,
    /// Who wrote it.
    pub manager: String,
    /// Its value, masked where it is secret.
    pub value: String,
    /// What it becomes.
    pub becomes: String,
}

/// A way that could be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfferedWay {
    /// Which.
    pub way: Way,
    /// The plan goes this one.
    pub is_chosen: bool,
    /// What it does, in a line.
    pub says: String,
    /// What it costs, or what comes after it, in a line.
    pub but: String,
}

/// A change of an object that is kept in Git.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// What is changed.
    #[serde(serialize_with = "step::object_id")]
    pub object: ObjectId,
    /// Who applies the object from Git: `Kustomization flux-system/apps`; empty where nobody is known to.
    pub kept_by: String,
    /// The change as a unified diff of its YAML, secrets masked.
    pub diff: Vec<String>,
}

/// What has to be done for a yes, in proportion to the danger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "text")]
pub enum Confirm {
    /// One key.
    Key,
    /// This text has to be typed: the name of the release.
    Typed(String),
}

impl Plan {
    /// What is in the way; empty where it may be run.
    pub fn unmet(&self) -> impl Iterator<Item = &Precondition> {
        self.preconditions.iter().filter(|precondition| precondition.state == Standing::Unmet)
    }

    /// The rights that are missing.
    pub fn missing_rights(&self) -> impl Iterator<Item = &NeededRight> {
        self.rights.iter().filter(|needed| needed.state == Standing::Unmet)
    }

    /// Whether it may be run.
    #[must_use]
    pub fn is_runnable(&self) -> bool {
        self.unmet().next().is_none() && self.missing_rights().next().is_none()
    }

    /// Every step, those for failures last.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(self.otherwise.iter().flat_map(|otherwise| &otherwise.steps))
    }

    /// What is to be done once it went well, a line each; empty where nothing is.
    #[must_use]
    pub fn afterwards(&self) -> Vec<String> {
        match &self.action {
            Action::Unlock => vec![
                format!("roll back: wheelhouse rollback {}/{}", self.namespace, self.name),
                "or upgrade it again: nothing pending is in the way any more".to_owned(),
            ],
            Action::Reconcile { .. }
            | Action::Reset
            | Action::Force
            | Action::Suspend { .. }
            | Action::Resume
            | Action::Rollback(_)
            | Action::Disown { .. } => Vec::new(),
        }
    }

    /// By what a plan is told from another: 16 hex digits over all that it would do. Two that differ in it do different things.
    #[must_use]
    pub fn digest(&self) -> String {
        let all = serde_json::to_vec(&(&self.action, &self.namespace, &self.name, &self.steps, &self.otherwise));
        // Of a plan everything can be written.
        let hash = Sha256::digest(all.unwrap_or_default());
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The digest as screens show it: its first four digits.
    #[must_use]
    pub fn short_digest(&self) -> String {
        self.digest().chars().take(4).collect()
    }
}
