//! What is done once a part of a rollback failed: whatever it was, the new revision does not stay pending.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/rollback.go` (performRollback). Helm writes nothing after hooks that failed, and leaves
//! a revision pending that stands in the way of each upgrade; its words for hooks of upgrades are taken then (`upgrade.go`).

use super::Steps;
use super::hooks::{self, Running};
use super::objects::{self, Made};
use super::seen::Seen;
use super::storage::{self, Next};
use crate::plan::step::HookRun;
use crate::plan::{OnError, Otherwise, Phase, StepId, When};
use crate::release::payload::HookPhase;

pub(super) fn otherwise(
    seen: &Seen,
    next: &Next,
    before: &[Running<'_>],
    after: &[Running<'_>],
    made: &Made<'_>,
    count: usize,
) -> Vec<Otherwise> {
    let name = &seen.release.id.name;
    let mut all = Vec::new();
    let mut count = count;
    let mut phase = |phase: Phase, make: &dyn Fn(&mut Steps)| {
        let mut steps = Steps::after(count);
        make(&mut steps);
        count = steps.count();
        all.push(Otherwise { phase, steps: steps.made });
    };
    let rolled_back = format!("Rollback {name:?} failed: {{error}}");
    // Nobody knows whether it was stored, or it was stopped right after that.
    phase(Phase::Store, &|steps| fail(seen, next, &rolled_back, steps));
    for (when, running) in [(hooks::When::Before, before), (hooks::When::After, after)] {
        if running.is_empty() {
            continue;
        }
        phase(when.phase(), &|steps| {
            of_hooks(seen, next, running, steps);
            let event = when.event();
            fail(seen, next, &format!("Rollback {name:?} failed: {event} hooks failed: {{error}}"), steps);
        });
    }
    let of_objects = |steps: &mut Steps| {
        supersede(seen, steps);
        fail(seen, next, &rolled_back, steps);
        if seen.options.cleanup_on_fail {
            made.iter().for_each(|(target, id)| objects::clean_up(seen, target, *id, steps));
        }
    };
    phase(Phase::Apply, &of_objects);
    if !seen.removed.is_empty() {
        phase(Phase::Remove, &of_objects);
    }
    if seen.options.wait {
        phase(Phase::Wait, &|steps| fail(seen, next, &format!("Release {name:?} failed: {{error}}"), steps));
    }
    phase(Phase::Finish, &|steps| fail(seen, next, &rolled_back, steps));
    all
}

/// The hook that failed is noted, and deleted where it says so; so are those before it that went well.
fn of_hooks(seen: &Seen, next: &Next, running: &[Running<'_>], steps: &mut Steps) {
    for Running { hook, made, awaited } in running {
        let failed = |id: &StepId| When::Failed(*id);
        for id in made.iter().chain(awaited) {
            let run = HookRun { place: hook.place, phase: HookPhase::Failed };
            let noted = storage::hook(seen, next, run);
            steps.push(Phase::Failed, format!("hook {}: Failed", hook.name), noted, OnError::GoOn, failed(id));
        }
        if hooks::has_policy(hook, "hook-failed") {
            for id in awaited {
                hooks::delete(seen, hook, Phase::Failed, OnError::GoOn, failed(id), false, steps);
            }
        }
        if let Some(last) = awaited.last().filter(|_| hooks::has_policy(hook, "hook-succeeded")) {
            hooks::delete(seen, hook, Phase::Failed, OnError::GoOn, When::Done(*last), false, steps);
        }
    }
}

/// The newest revision until now counts as superseded once objects were written, whatever it was. Helm only logs where that fails.
fn supersede(seen: &Seen, steps: &mut Steps) {
    let Some(newest) = seen.newest() else { return };
    if storage::pruned(seen).contains(&newest) {
        return;
    }
    let (says, task) = storage::supersede(seen, newest);
    steps.push(Phase::Failed, says, task, OnError::GoOn, When::Always);
}

fn fail(seen: &Seen, next: &Next, description: &str, steps: &mut Steps) {
    let (says, task) = storage::fail(seen, next, description);
    steps.push(Phase::Failed, says, task, OnError::GoOn, When::Always);
}
