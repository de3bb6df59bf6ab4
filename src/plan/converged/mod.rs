//! Whether a release came to rest: nothing is pending, nothing was left behind, nobody else owns its fields, and Flux's history is that
//! of what is stored. What an action said of itself does not count here: only what is stored and what is there.
//!
//! - `stored.rs`: the revisions, and what Flux remembers of them.
//! - `objects.rs`: what older revisions left behind, and what the newest lacks.
//! - `owners.rs`: who owns the fields.
//!
//! Sources: helm.sh/helm v4.3.1 `pkg/storage/storage.go` (Deployed); fluxcd/helm-controller v1.6.3 `internal/reconcile/state.go`.

mod objects;
mod owners;
mod stored;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::preflight::seen::{Manifests, Served, Target};
use super::step::Check;
use super::{Precondition, Standing, StepOutcome, Task};
use crate::ownership::classes::Row;
use crate::release::flux::HelmRelease;
use crate::release::payload::Payload;
use crate::release::storage::StoredRevision;
use crate::release::{ObjectId, Problem, Release, manifest};
use crate::schema::Schema;

/// All that was learnt of a release to say whether it came to rest.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The release, as it was when somebody looked for it.
    pub release: Arc<Release>,
    /// Its HelmRelease as it is now, or why that cannot be read; `None` where it has none.
    pub helm_release: Option<Result<HelmRelease, String>>,
    /// What is stored, newest first.
    pub revisions: Vec<StoredRevision>,
    /// The newest revision.
    pub newest: Result<Arc<Payload>, Problem>,
    /// The objects of its manifest.
    pub objects: Vec<Target>,
    /// The objects that only older revisions have.
    pub older: Vec<Older>,
    /// Older revisions whose manifests are not known, and why.
    pub unread: Vec<(u32, String)>,
    /// The types, as far as the server tells them.
    pub schema: Schema,
    /// Rows of the user's settings.
    pub settings: Arc<[Row]>,
}

/// An object of an older revision that the newest has not.
#[derive(Debug, Clone, PartialEq)]
pub struct Older {
    /// The newest revision that has it.
    pub revision: u32,
    /// What it is, and what stands in its place.
    pub target: Target,
}

/// What the manifests hold, before anybody looked what is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    /// The newest manifest.
    newest: Manifests,
    /// The objects of its hooks: they are nobody's leftovers.
    hooks: Manifests,
    /// Manifests of older revisions, newest first.
    older: Vec<(u32, Manifests)>,
}

impl Written {
    /// Reads the manifests of the newest revision and of older ones.
    #[must_use]
    pub fn read(newest: &Payload, older: &[(u32, Arc<Payload>)]) -> Self {
        let hooks = newest.hooks();
        let hooks = hooks.iter().flat_map(|hook| objects_of(hook.manifest.unwrap_or_default()));
        Self {
            newest: only(objects_of(newest.manifest().unwrap_or_default())),
            hooks: only(hooks),
            older: older
                .iter()
                .map(|(revision, payload)| (*revision, only(objects_of(payload.manifest().unwrap_or_default()))))
                .collect(),
        }
    }

    /// All objects at once: their kinds and types are asked for.
    #[must_use]
    pub fn all(&self) -> Manifests {
        let older = self.older.iter().flat_map(|(_, manifests)| &manifests.target);
        only(self.newest.target.iter().chain(older).cloned())
    }

    /// The objects of the newest manifest.
    #[must_use]
    pub fn objects(&self, release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<Target> {
        self.newest.targets(release, kinds)
    }

    /// The objects that only older revisions have, each once.
    #[must_use]
    pub fn older(&self, release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<Older> {
        let own = [&self.newest, &self.hooks].map(|manifests| manifests.targets(release, kinds));
        let mut known: BTreeSet<ObjectId> = own.into_iter().flatten().map(|target| target.id).collect();
        let mut all = Vec::new();
        for (revision, manifests) in &self.older {
            for target in manifests.targets(release, kinds) {
                // What the server named itself cannot be found again.
                if !target.is_name_generated && known.insert(target.id.clone()) {
                    all.push(Older { revision: *revision, target });
                }
            }
        }
        all
    }
}

fn objects_of(text: &str) -> impl Iterator<Item = manifest::Object> {
    manifest::objects(text).into_iter().flatten()
}

fn only(target: impl Iterator<Item = manifest::Object>) -> Manifests {
    Manifests { target: target.collect(), ..Manifests::default() }
}

/// What has to be so of a release that came to rest, each with whether it is: the worst first.
#[must_use]
pub fn judge(seen: &Seen) -> Vec<Precondition> {
    let mut all = vec![stored::pending(seen)];
    all.extend(objects::orphaned(seen));
    all.extend(objects::missing(seen));
    all.extend(owners::findings(seen));
    all.extend(stored::history(seen));
    all.sort_by_key(|one| one.state);
    all
}

/// What a step is for that looks at all of that after an action. It ends no phase: what it finds undoes nothing, the run is done, but
/// for that.
pub const SAYS: &str = "nothing pending, nothing orphaned, one owner, history consistent";

/// What that step does.
#[must_use]
pub fn look(release: Arc<Release>) -> Task {
    Task::Check(Check::Converged { release })
}

/// How that step ended, and the lines that tell more.
#[must_use]
pub fn outcome(findings: &[Precondition]) -> (StepOutcome, Vec<String>) {
    let of = |state: Standing| findings.iter().filter(move |one| one.state == state);
    let says = |state: Standing| of(state).map(|one| one.says.as_str()).collect::<Vec<&str>>().join("; ");
    let lines = findings.iter().filter(|one| one.state != Standing::Met).map(line).collect::<Vec<String>>();
    if of(Standing::Unmet).next().is_some() {
        (StepOutcome::Failed(format!("not converged: {}", says(Standing::Unmet))), lines)
    } else if of(Standing::Unknown).next().is_some() {
        (StepOutcome::Done(format!("converged, but for: {}", says(Standing::Unknown))), lines)
    } else {
        let all = format!("converged: {}", says(Standing::Met));
        (StepOutcome::Done(all.clone()), vec![all])
    }
}

/// A finding in a line: what, by what that is known, and what to do.
fn line(one: &Precondition) -> String {
    let evidence = if one.evidence.is_empty() { String::new() } else { format!(" ({})", one.evidence) };
    let remedy = if one.remedy.is_empty() { String::new() } else { format!(": {}", one.remedy) };
    format!("{}{evidence}{remedy}", one.says)
}

impl Seen {
    /// The release as commands name it.
    fn place(&self) -> String {
        format!("{}/{}", self.release.namespace, self.release.id.name)
    }
}

fn finding(
    state: Standing,
    says: impl Into<String>,
    evidence: impl Into<String>,
    remedy: impl Into<String>,
) -> Precondition {
    Precondition { state, says: says.into(), evidence: evidence.into(), remedy: remedy.into() }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The first few of them.
fn some(all: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = all.iter().take(SHOWN).map(String::as_str).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn named(id: &ObjectId) -> String {
    format!("{} {}", id.kind, id.name)
}
