//! The last look of a run: what it finds undoes nothing, and is never called well.

use std::sync::Arc;

use serde_json::json;

use super::server::{Fault, Objects};
use super::staged::{STORE, Stage};
use crate::plan::converged;
use crate::plan::{Ended, OnError, Outcome, Phase, Step, StepId, When};
use crate::release::{PayloadState, Release, example};

fn release() -> Arc<Release> {
    Arc::new(Release { revisions: 2, payload: PayloadState::Read, ..example::release("web") })
}

/// The plan of all kinds of steps with that look at its end; the number of its step.
fn looking() -> (Stage, usize) {
    let mut stage = Stage::new();
    let id = stage.plan.all_steps().map(|step| step.id.0).max().unwrap() + 1;
    stage.plan.steps.push(Step {
        id: StepId(id),
        phase: Phase::Finish,
        says: converged::SAYS.to_owned(),
        task: converged::look(release()),
        on_error: OnError::GoOn,
        when: When::Always,
    });
    (stage, id)
}

/// How many requests the plan sends before that look.
async fn before() -> usize {
    let stage = Stage::new();
    stage.run().await;
    stage.server.asked()
}

#[track_caller]
fn check(ended: Ended, says: &str, next: &[&str]) {
    let next = next.iter().map(|line| (*line).to_owned()).collect();
    assert_eq!(ended, Ended { outcome: Outcome::Done, says: says.to_owned(), next });
}

#[tokio::test(start_paused = true)]
async fn a_release_at_rest_is_told_beside_what_was_done() {
    let (stage, _) = looking();
    let rests = "converged: nothing is pending, revision 3 alone is deployed; nothing is orphaned; one owner, helm";
    check(stage.run().await, "", &[rests]);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_began_meanwhile_is_no_false_success() {
    let (stage, id) = looking();
    let begun = |objects: &mut Objects| {
        let mut other = objects.by_path[&format!("{STORE}2")].clone();
        other["metadata"]["name"] = json!("sh.helm.release.v1.web.v4");
        other["metadata"]["labels"]["version"] = json!("4");
        other["metadata"]["labels"]["status"] = json!("pending-upgrade");
        objects.put(&format!("{STORE}4"), other);
    };
    stage.server.before(before().await + 1, begun);
    let pending = "revision 4 is pending-upgrade (4 pending-upgrade, 3 deployed, 2 superseded): wait; once nobody works on it: \
                   wheelhouse unlock shop/web";
    let says = format!("but for step {id}: not converged: revision 4 is pending-upgrade");
    check(stage.run().await, &says, &[pending]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_is_not_taken_for_well() {
    let (stage, id) = looking();
    stage.server.fail(before().await + 1, Fault::Refuse(403, "Forbidden"));
    let says = format!("but for step {id}: whether it converged is not known: refused as asked");
    check(stage.run().await, &says, &[]);
}
