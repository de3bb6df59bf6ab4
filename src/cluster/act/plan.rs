//! What is learnt before a planner is asked.

use std::sync::Arc;

use jiff::Timestamp;

use super::plan_flux::{self, Shared};
use super::plan_rollback;
use crate::cluster::{Cluster, preflight, problem};
use crate::plan::preflight::WhatIf;
use crate::plan::{Action, Confirm, NeededRight, Plan, Precondition, Right, Standing, Task, disown, flux, unseen};
use crate::release::{Problem, ProblemKind, Release};

/// Plans an action; see [`Cluster::plan`]. `shared` is what several plans of one moment have in common.
pub(in crate::cluster) async fn plan(
    cluster: &Cluster,
    release: Arc<Release>,
    action: Action,
    shared: &Shared,
    now: Timestamp,
) -> Result<Plan, Problem> {
    let planned = match &action {
        Action::Reconcile { .. } | Action::Reset | Action::Force | Action::Suspend { .. } | Action::Resume => {
            plan_flux::seen(cluster, Arc::clone(&release), &action, shared, now)
                .await
                .map(|seen| flux::plan(&action, &seen))
        }
        Action::Rollback(options) => plan_rollback::rollback(cluster, Arc::clone(&release), options.clone(), now).await,
        Action::Unlock => plan_rollback::unlock(cluster, Arc::clone(&release), now).await,
        Action::Disown { manager } => disowned(cluster, Arc::clone(&release), manager.clone(), now).await,
    };
    let mut plan = match planned {
        Err(problem) if problem.kind == ProblemKind::Forbidden => {
            unseen::plan(&action, &release, &problem).ok_or(problem)?
        }
        planned => planned?,
    };
    plan.rights = rights(cluster, &plan).await;
    guard(cluster, &mut plan);
    Ok(plan)
}

async fn disowned(cluster: &Cluster, release: Arc<Release>, manager: String, now: Timestamp) -> Result<Plan, Problem> {
    let seen = preflight::seen(cluster, release, WhatIf::default(), now).await?;
    if let Err(problem) = &seen.last {
        return Err(problem.clone());
    }
    preflight::blocking(move || disown::plan(&manager, &seen)).await
}

/// What the settings say of the context, which no planner has to know.
fn guard(cluster: &Cluster, plan: &mut Plan) {
    if let Some(why) = cluster.guards.read_only(&cluster.context) {
        let says = format!("nothing is written on context {}", cluster.context);
        let unmet = Precondition { state: Standing::Unmet, says, evidence: why, remedy: String::new() };
        plan.preconditions.insert(0, unmet);
    }
    let is_forced = match &plan.action {
        Action::Force => true,
        Action::Reconcile { .. }
        | Action::Reset
        | Action::Suspend { .. }
        | Action::Resume
        | Action::Rollback(_)
        | Action::Unlock
        | Action::Disown { .. } => false,
    };
    if is_forced && cluster.guards.is_production(&cluster.context) {
        plan.confirm = Confirm::Typed(plan.name.clone());
    }
}

/// The rights that a plan names and that its requests need, each once, as the server answers for the present user.
async fn rights(cluster: &Cluster, plan: &Plan) -> Vec<NeededRight> {
    let mut all: Vec<(Right, String)> =
        plan.rights.iter().map(|needed| (needed.right.clone(), needed.name.clone())).collect();
    for step in plan.all_steps() {
        let Task::Send(request) = &step.task else { continue };
        let right = Right {
            group: request.object.group.clone(),
            resource: request.resource.clone(),
            namespace: request.object.namespace.clone(),
            verb: request.verb.right(),
        };
        let needed = (right, request.object.name.clone());
        if !all.contains(&needed) {
            all.push(needed);
        }
    }
    let mut rights = Vec::new();
    for (right, name) in all {
        // What is made has no name yet that a rule could know.
        let object = if right.verb == "create" { "" } else { name.as_str() };
        let (state, why) = match crate::cluster::rights::may(cluster, &right, object, None).await {
            Ok(true) => (Standing::Met, String::new()),
            Ok(false) => (Standing::Unmet, String::new()),
            Err(problem) => (Standing::Unknown, problem.cause),
        };
        rights.push(NeededRight { right, name, state, why });
    }
    rights
}

/// What went wrong with a request, in the words of the server.
pub(super) fn told(cluster: &Cluster, error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => problem::of_request(other, &cluster.server).cause,
    }
}
