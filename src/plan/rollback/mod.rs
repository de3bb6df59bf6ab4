//! Plans of rollbacks: which revision, what is stored of the new one, which hooks run, what is written to which object, what is
//! deleted, and what is done where one of that fails.
//!
//! It does what `helm rollback` does, request by request, so that Helm goes on with what it left; `docs/rollback.md` lists where
//! it does something else, and why.
//!
//! Sources: helm.sh/helm v4.3.1 `pkg/action/rollback.go`, `pkg/action/hooks.go`, `pkg/kube/client.go`, `pkg/storage/storage.go`.

mod conditions;
mod durable;
mod effects;
mod failing;
pub mod flux;
mod hooks;
mod inline;
mod objects;
mod payload;
pub mod seen;
mod storage;
pub mod target;
pub mod unended;

use std::sync::Arc;

use self::seen::Seen;
pub(super) use self::storage::{own_labels, request as storage_request};
use super::action::Rollback;
use super::{
    Action, Await, Check, Confirm, Effect, Loss, OnError, Phase, Plan, Step, StepId, Task, Way, When, converged, pods,
};
use crate::ownership::own::Method;
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::{ObjectKey, Release};

/// By which name Helm stores revisions. Source: helm.sh/helm v4.3.1 `pkg/storage/driver/secrets.go`, which names no manager, so that
/// the API server takes the first word of the user agent.
pub(super) const STORING: &str = "Helm";

/// The remedy where one of two ways has to be chosen.
pub const WAYS: &str = "--way durable, or --way emergency";
/// The remedy where somebody else holds fields.
pub const TAKE_FIELDS: &str = "--force-conflicts";
/// The remedy where there is no revision to go back to.
pub const NAME_A_REVISION: &str = "name one: REVISION";

/// The steps of a plan while they are made.
#[derive(Debug, Default)]
struct Steps {
    made: Vec<Step>,
    before: usize,
}

impl Steps {
    /// Goes on counting after these.
    fn after(count: usize) -> Self {
        Self { made: Vec::new(), before: count }
    }

    fn count(&self) -> usize {
        self.before.saturating_add(self.made.len())
    }

    fn push(&mut self, phase: Phase, says: impl Into<String>, task: Task, on_error: OnError, when: When) -> StepId {
        let id = StepId(self.count().saturating_add(1));
        self.made.push(Step { id, phase, says: says.into(), task, on_error, when });
        id
    }
}

/// A rollback, as a plan. Of what Flux keeps it is the durable way as long as nobody chose, so that there is something to compare.
#[must_use]
pub fn plan(seen: &Seen) -> Plan {
    match (&seen.flux, seen.asked.way) {
        (Some(keeper), None | Some(Way::Durable)) => durable::plan(seen, keeper),
        (Some(_), Some(Way::Emergency)) | (None, _) => written(seen),
    }
}

/// The objects are written again.
fn written(seen: &Seen) -> Plan {
    let effects: Vec<Effect> = flux::effect(seen).into_iter().chain(effects::effects(seen)).collect();
    let losses = effects::losses(seen);
    let replaced = replaced(seen, &effects);
    let mut steps = Steps::default();
    let mut otherwise = Vec::new();
    if let Some(next) = storage::Next::of(seen) {
        check(seen, "", &mut steps);
        let held = flux::hold(seen, &mut steps);
        storage::create(seen, &next, &mut steps);
        let before = hooks::run(seen, &next, hooks::When::Before, &mut steps);
        let written = objects::write(seen, &effects, &mut steps);
        wait(seen, &mut steps);
        let after = hooks::run(seen, &next, hooks::When::After, &mut steps);
        storage::finish(seen, &next, &mut steps);
        if seen.flux.is_some() {
            look(&seen.release, &mut steps);
        }
        let let_go = held.and_then(|held| flux::let_go(seen, held, steps.count()));
        let count = let_go.iter().fold(steps.count(), |count, after| count.saturating_add(after.steps.len()));
        otherwise.extend(let_go);
        otherwise.extend(failing::otherwise(seen, &next, &before, &after, &written, count));
    }
    let ObjectKey { namespace, name } = flux::key(seen);
    Plan {
        action: Action::Rollback(exactly(seen)),
        title: title(seen),
        preconditions: conditions::conditions(seen),
        rights: Vec::new(),
        steps: steps.made,
        otherwise,
        masker: effects::masker(seen),
        undo: undo(seen, &losses),
        losses,
        effects,
        notes: replaced.into_iter().chain(notes(seen)).collect(),
        // Without a number Helm would choose another revision.
        commands: if seen.choice.is_ok() { commands(seen) } else { Vec::new() },
        ways: flux::ways(seen),
        proposal: None,
        confirm: Confirm::Typed(name.clone()),
        namespace,
        name,
    }
}

/// What was asked, with the revision that was chosen: the journal tells to which one somebody went back, and planning anew goes to the
/// same one.
fn exactly(seen: &Seen) -> Rollback {
    let chosen = seen.choice.as_ref().ok().map(|choice| choice.revision.get());
    Rollback { to: chosen.or(seen.asked.to), ..seen.asked.clone() }
}

fn title(seen: &Seen) -> String {
    let ObjectKey { namespace, name } = flux::key(seen);
    let helm = match seen.major() {
        3 => "helm3".to_owned(),
        major => match seen.method() {
            Method::ServerSide => format!("helm{major}, ssa"),
            Method::ClientSide => format!("helm{major}, csa"),
        },
    };
    let how = if seen.flux.is_some() { ", suspended meanwhile" } else { "" };
    let by = if seen.flux.is_some() { format!("flux, {helm}") } else { helm };
    let number = |revision: Option<Revision>| revision.map_or_else(|| "?".to_owned(), |revision| revision.to_string());
    format!(
        "Roll back {namespace}/{name} ({by}) from {} to {}{how}",
        number(seen.newest().map(|kept| kept.stored.revision)),
        number(seen.choice.as_ref().ok().map(|choice| choice.revision)),
    )
}

/// Whose Pods are replaced, by the fields that change.
fn replaced(seen: &Seen, effects: &[Effect]) -> Vec<String> {
    let fields =
        effects.iter().flat_map(|effect| effect.fields.iter().map(|field| (&effect.object, field.path.as_str())));
    let targets = || seen.objects.iter().map(|object| &object.target);
    pods::replaced(fields, |object| targets().find(|target| target.id == *object)?.there())
}

/// Whether the release came to rest. What is found then undoes nothing.
fn look(release: &Arc<Release>, steps: &mut Steps) {
    let look = converged::look(Arc::clone(release));
    steps.push(Phase::Finish, converged::SAYS, look, OnError::GoOn, When::Always);
}

/// Nothing may have been stored since it was looked: that would be overwritten by an older state.
fn check(seen: &Seen, because: &str, steps: &mut Steps) {
    let Some(newest) = seen.newest() else { return };
    let revision = newest.stored.revision.get();
    let check =
        Check::NewestRevision { stored: newest.stored.object.clone(), name: seen.release.id.name.clone(), revision };
    let says = format!("revision {revision} is the newest still{because}");
    steps.push(Phase::Check, says, Task::Check(check), OnError::End, When::Always);
}

fn wait(seen: &Seen, steps: &mut Steps) {
    let named = seen.objects.iter().map(|object| &object.target);
    let objects: Vec<_> = named
        .filter_map(|target| Some((target.api_version.clone(), seen.plural(target)?.to_owned(), target.id.clone())))
        .collect();
    if !seen.options.wait || objects.is_empty() {
        return;
    }
    let (jobs, timeout) = (seen.options.wait_for_jobs, seen.options.timeout);
    let says = format!("up to {timeout} s until {} are ready", count(objects.len(), "object"));
    let settled = Await::Settled { objects, jobs, timeout };
    steps.push(Phase::Wait, says, Task::Await(settled), OnError::End, When::Always);
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn notes(seen: &Seen) -> Vec<String> {
    let mut notes = Vec::new();
    if let Ok(choice) = &seen.choice {
        notes.push(format!("revision {}: {}", choice.revision, choice.why));
        if let Some(ReleaseStatus::Failed | ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade) =
            seen.kept(choice.revision).map(|kept| &kept.stored.status)
        {
            notes.push(format!("revision {} never was deployed to its end: it may fail again", choice.revision));
        }
    }
    notes.extend(flux::notes(seen));
    notes.extend(hooks::notes(seen));
    if seen.method() == Method::ClientSide && seen.kept_revision().is_some() {
        notes.push("it is applied by patches, as that revision was: they ask nobody who owns a field".to_owned());
    }
    notes
}

fn undo(seen: &Seen, losses: &[Loss]) -> Vec<String> {
    let (Some(newest), Ok(_)) = (seen.newest(), &seen.choice) else { return Vec::new() };
    let (name, namespace) = (&seen.release.id.name, &seen.release.id.storage_namespace);
    let (revision, status) = (newest.stored.revision, &newest.stored.status);
    let back = match status {
        ReleaseStatus::Deployed => "brings back what is deployed now".to_owned(),
        ReleaseStatus::Uninstalled
        | ReleaseStatus::Superseded
        | ReleaseStatus::Failed
        | ReleaseStatus::Uninstalling
        | ReleaseStatus::PendingInstall
        | ReleaseStatus::PendingUpgrade
        | ReleaseStatus::PendingRollback
        | ReleaseStatus::Unknown(_) => format!("writes again what is stored now, which is {status}"),
    };
    let again = losses.iter().map(|Loss { object, path, manager, value, .. }| {
        format!("by hand: {} {} {path} = {value}, as {manager} had set it", object.kind, object.name)
    });
    let first = flux::undo(seen).unwrap_or_else(|| format!("helm rollback {name} {revision} -n {namespace} {back}"));
    std::iter::once(first).chain(again).collect()
}

/// What a person types who has the tools.
fn commands(seen: &Seen) -> Vec<String> {
    flux::commands(seen).unwrap_or_else(|| vec![command(seen)])
}

/// What a person types who has Helm. Source: helm.sh/helm v4.3.1 `pkg/cmd/rollback.go`.
fn command(seen: &Seen) -> String {
    let options = &seen.options;
    let mut words = vec!["helm rollback".to_owned(), seen.release.id.name.clone()];
    words.extend(seen.choice.as_ref().ok().map(|choice| choice.revision.to_string()));
    words.push(format!("-n {}", seen.release.id.storage_namespace));
    let mut flag = |is_set: bool, text: String| words.extend(is_set.then_some(text));
    flag(options.force_conflicts, "--force-conflicts".to_owned());
    flag(options.no_hooks, "--no-hooks".to_owned());
    flag(options.wait, "--wait".to_owned());
    flag(options.wait_for_jobs, "--wait-for-jobs".to_owned());
    flag(options.timeout != 300, format!("--timeout {}s", options.timeout));
    flag(options.cleanup_on_fail, "--cleanup-on-fail".to_owned());
    flag(options.history_max != 10, format!("--history-max {}", options.history_max));
    words.join(" ")
}

#[cfg(test)]
mod tests;
