//! Hooks: what is deleted, made, awaited and noted of each.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/hooks.go` (execHookWithDelayedShutdown, deleteHookByPolicy).

use super::Steps;
use super::seen::{BEFORE_CREATION, Hook, Seen};
use super::storage::{self, Next};
use crate::ownership::own::Method;
use crate::plan::preflight::seen::{Live, Target};
use crate::plan::step::{Await, Body, HookRun, Request, Verb};
use crate::plan::{OnError, Phase, StepId, Task};
use crate::release::payload::HookPhase;

/// When hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before objects are written.
    Before,
    /// After that.
    After,
}

impl When {
    pub(super) fn phase(self) -> Phase {
        match self {
            Self::Before => Phase::PreHooks,
            Self::After => Phase::PostHooks,
        }
    }

    /// Helm's word for it.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Before => "pre-rollback",
            Self::After => "post-rollback",
        }
    }

    fn holds(self, hook: &Hook) -> bool {
        match self {
            Self::Before => hook.is_before,
            Self::After => hook.is_after,
        }
    }
}

/// A hook that runs, and the steps by which one knows how far it came.
#[derive(Debug, Clone)]
pub(super) struct Running<'s> {
    pub(super) hook: &'s Hook,
    pub(super) made: Vec<StepId>,
    pub(super) awaited: Vec<StepId>,
}

fn in_order(seen: &Seen, when: When) -> Vec<&Hook> {
    let mut hooks: Vec<&Hook> = seen.written.hooks.iter().filter(|hook| when.holds(hook)).collect();
    hooks.sort_by(|left, right| (left.weight, &left.name).cmp(&(right.weight, &right.name)));
    hooks
}

/// Runs the hooks of one moment, one after the other: by weight, then by name.
pub(super) fn run<'s>(seen: &'s Seen, next: &Next, when: When, steps: &mut Steps) -> Vec<Running<'s>> {
    let hooks = in_order(seen, when).into_iter();
    let running: Vec<Running<'s>> = hooks.map(|hook| one(seen, next, when, hook, steps)).collect();
    for running in running.iter().rev() {
        if has_policy(running.hook, "hook-succeeded") {
            delete(seen, running.hook, when.phase(), OnError::End, crate::plan::When::Always, false, steps);
        }
    }
    running
}

fn one<'s>(seen: &'s Seen, next: &Next, when: When, hook: &'s Hook, steps: &mut Steps) -> Running<'s> {
    let phase = when.phase();
    let always = crate::plan::When::Always;
    if has_policy(hook, BEFORE_CREATION) {
        // What runs at both moments was made in between.
        let is_as_seen = when == When::Before || !hook.is_before;
        delete(seen, hook, phase, OnError::End, always, is_as_seen, steps);
    }
    let run = |phase| HookRun { place: hook.place, phase };
    let noted = storage::hook(seen, next, run(HookPhase::Running));
    steps.push(phase, format!("hook {}: Running", hook.name), noted, OnError::End, always);
    let mut running = Running { hook, made: Vec::new(), awaited: Vec::new() };
    for target in objects(seen, hook) {
        let says = format!("hook {} {} ({})", target.id.kind, target.id.name, when.event());
        let Some(request) = creation(seen, target) else { continue };
        running.made.push(steps.push(phase, says, Task::Send(request), OnError::End, always));
    }
    for target in objects(seen, hook) {
        let Some(resource) = seen.plural(target) else { continue };
        let timeout = seen.options.timeout;
        let says = format!("up to {timeout} s until hook {} {} is done", target.id.kind, target.id.name);
        let done = Await::HookDone {
            api_version: target.api_version.clone(),
            resource: resource.to_owned(),
            object: target.id.clone(),
            timeout,
        };
        running.awaited.push(steps.push(phase, says, Task::Await(done), OnError::End, always));
    }
    let noted = storage::hook(seen, next, run(HookPhase::Succeeded));
    steps.push(phase, format!("hook {}: Succeeded", hook.name), noted, OnError::End, always);
    running
}

fn objects<'s>(seen: &'s Seen, hook: &Hook) -> &'s [Target] {
    seen.hooks.get(hook.objects.clone()).unwrap_or_default()
}

pub(super) fn has_policy(hook: &Hook, policy: &str) -> bool {
    // Never those: all objects of their kind would go with them.
    hook.kind != "CustomResourceDefinition" && hook.policies.iter().any(|own| own == policy)
}

/// Deletes the objects of a hook, and waits until they are gone. `is_as_seen`: only what was there when it was looked; else whatever
/// is there then, because this run made it.
pub(super) fn delete(
    seen: &Seen,
    hook: &Hook,
    phase: Phase,
    on_error: OnError,
    when: crate::plan::When,
    is_as_seen: bool,
    steps: &mut Steps,
) {
    for target in objects(seen, hook) {
        let uid = match &target.live {
            Live::There(live, _) => live.pointer("/metadata/uid").and_then(|uid| uid.as_str()).map(str::to_owned),
            Live::Missing | Live::Unserved if is_as_seen => continue,
            Live::Missing | Live::Unserved | Live::Untold(_) => None,
        };
        let Some(resource) = seen.plural(target) else { continue };
        let request = Request {
            verb: Verb::Delete,
            api_version: target.api_version.clone(),
            resource: resource.to_owned(),
            object: target.id.clone(),
            manager: String::new(),
            uid: uid.filter(|_| is_as_seen),
            resource_version: None,
            digest: None,
            body: Body::Empty,
        };
        let (kind, name) = (&target.id.kind, &target.id.name);
        let deleted = steps.push(phase, format!("hook {kind} {name}"), Task::Send(request), on_error, when);
        let gone = Await::Gone {
            api_version: target.api_version.clone(),
            resource: resource.to_owned(),
            object: target.id.clone(),
            timeout: seen.options.timeout,
        };
        let says = format!("until hook {kind} {name} is gone");
        steps.push(phase, says, Task::Await(gone), on_error, crate::plan::When::Done(deleted));
    }
}

/// Hooks are applied without force, whatever is asked: an object that others own shall not run as a hook.
fn creation(seen: &Seen, target: &Target) -> Option<Request> {
    let verb = match seen.method() {
        Method::ServerSide => Verb::Apply { force: false },
        Method::ClientSide => Verb::Create,
    };
    Some(Request {
        verb,
        api_version: target.api_version.clone(),
        resource: seen.plural(target)?.to_owned(),
        object: target.id.clone(),
        manager: seen.managers().own,
        uid: None,
        resource_version: None,
        digest: None,
        body: Body::Json(target.wanted.clone()),
    })
}

/// What a person should know of them.
pub(super) fn notes(seen: &Seen) -> Vec<String> {
    if seen.options.no_hooks {
        let stored = seen.target.as_ref().map(|target| target.hooks()).unwrap_or_default();
        let is_left = |hook: &&crate::release::payload::Hook<'_>| {
            hook.events.iter().any(|event| matches!(*event, "pre-rollback" | "post-rollback"))
        };
        let left: Vec<&str> = stored.iter().filter(is_left).filter_map(|hook| hook.name).collect();
        return if left.is_empty() { Vec::new() } else { vec![format!("hooks that do not run: {}", left.join(", "))] };
    }
    let told = |when: When| {
        let running: Vec<&str> = in_order(seen, when).into_iter().map(|hook| hook.name.as_str()).collect();
        (!running.is_empty()).then(|| format!("{} hooks run: {}", when.event(), running.join(", ")))
    };
    [told(When::Before), told(When::After)].into_iter().flatten().collect()
}
