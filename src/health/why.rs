//! Why a release is as it is: the chain from what owns it down to the first thing that failed.
//!
//! Pure. Each link of the chain has its file; [`explain`] puts them together, picks the cause and says what comes next.
//! Messages of Helm, Flux and Kubernetes are quoted exactly. What may not be seen is said, never taken for well.
//!
//! Sources of the rules: fluxcd/helm-controller v1.6.3 `internal/reconcile/*.go`, `internal/controller/*.go`,
//! `api/v2/*.go`; fluxcd/source-controller v1.9.1 `api/v1/*.go`; fluxcd/kustomize-controller v1.9.4 `api/v1/*.go`.

mod action;
mod branch;
mod controller;
mod dependency;
mod flux;
mod helps;
mod images;
mod kustomization;
mod native;
mod next;
mod objects;
mod read;
mod request;
mod sight;
mod source;
mod values;
mod words;

use jiff::Timestamp;

use super::objects::Severity;
use super::{Standing, Trouble};
use crate::release::payload::Payload;
use crate::release::{Catalog, Controller, Event, LiveObject, Problem, Release};

pub use action::{Attempts, Failure, Remedied, attempts, failure, remedied, running};
pub use controller::{asks_for, deployments, silent, silent_from};
pub use images::{ImageChange, changed_images, telling_payloads};
pub use read::{Read, events, explain_read};
pub use request::{Burnt, burnt};
pub use words::span;

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How deep in the tree.
    pub depth: usize,
    /// What kind of link: `kustomization`, `source`, `depends on`, `chart`, `values`, `action`, `object`, `event` ...
    pub kind: &'static str,
    /// What it is: "HelmRepository flux-system/charts".
    pub what: String,
    /// The word of its state.
    pub state: String,
    /// How bad that is.
    pub severity: Severity,
    /// Evidence, quoted exactly.
    pub evidence: Vec<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Whether this is the first thing that failed.
    pub cause: bool,
}

/// An action that may help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// `fix`, `reset`, `force`, `resume`, `unlock`, `roll back` ...
    pub action: &'static str,
    /// What it would do here, and why it helps or does not.
    pub text: String,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// One sentence: what is wrong and because of what. Empty where nothing is.
    pub sentence: String,
    /// The chain, in the order in which it is shown.
    pub links: Vec<Link>,
    /// What comes next by itself: retries used and left, the next one, or that there will be none.
    pub next: Vec<String>,
    /// What helps.
    pub helps: Vec<Help>,
    /// What could not be seen, with the missing right.
    pub hidden: Vec<String>,
}

/// What is known beyond the row of the release. Whatever is empty was not read, or is not there.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The other objects of Flux, the stored revisions, and what may be seen.
    pub catalog: &'a Catalog,
    /// How the objects of the release are doing.
    pub standing: &'a Standing,
    /// Events about the release's objects and about what those own, in any order.
    pub events: &'a [&'a Event],
    /// The ReplicaSets of the release's Deployments, those scaled to 0 included.
    pub replica_sets: &'a [&'a LiveObject],
    /// The payloads that [`telling_payloads`] names, as far as they were read.
    pub payloads: &'a [&'a Payload],
    /// The Deployments of the controller that [`asks_for`] names; `None` as long as nobody asked.
    pub controllers: Option<&'a Result<Vec<Controller>, Problem>>,
    /// The time.
    pub now: Timestamp,
}

/// Why a release is as it is. Ages in it are as of `known.now`.
#[must_use]
pub fn explain(release: &Release, known: Known<'_>) -> Why {
    let mut why = match &release.helm_release {
        Some(object) => flux::explain(release, object, known),
        None => native::explain(release, known),
    };
    why.hidden.extend(sight::of_objects(release, known));
    why
}
