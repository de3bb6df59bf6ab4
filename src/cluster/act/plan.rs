//! What is learnt before a planner is asked.

use std::sync::Arc;

use jiff::Timestamp;

use super::plan_rollback;
use crate::cluster::{Cluster, object, problem};
use crate::plan::{Action, NeededRight, Plan, Right, Standing, Task, flux};
use crate::release::{Problem, ProblemKind, Release};

/// Plans an action; see [`Cluster::plan`].
pub(in crate::cluster) async fn plan(
    cluster: &Cluster,
    release: Arc<Release>,
    action: Action,
    now: Timestamp,
) -> Result<Plan, Problem> {
    let mut plan = match &action {
        Action::Reconcile { .. } | Action::Reset | Action::Force | Action::Suspend { .. } | Action::Resume => {
            flux::plan(&action, &flux(cluster, release, now).await?)
        }
        Action::Rollback(options) => plan_rollback::rollback(cluster, release, options.clone(), now).await?,
        Action::Unlock => plan_rollback::unlock(cluster, release, now).await?,
        Action::Disown { .. } => {
            return Err(Problem::new(ProblemKind::Other, format!("{} is not built yet", action.word())));
        }
    };
    plan.rights = rights(cluster, &plan).await;
    Ok(plan)
}

async fn flux(cluster: &Cluster, release: Arc<Release>, now: Timestamp) -> Result<flux::Seen, Problem> {
    let Some(helm_release) = release.helm_release.clone() else {
        let cause = format!("{} is no release of Flux", release.id.name);
        return Err(Problem::new(ProblemKind::NotFound, cause).hint("Helm alone manages it: see rollback and unlock"));
    };
    let called = object::called(cluster, "helmreleases.helm.toolkit.fluxcd.io").await?;
    let Some(called) = called else {
        return Err(Problem::new(ProblemKind::NotFound, "HelmReleases are not served"));
    };
    let key = &helm_release.key;
    let object = object::read(cluster, &called, &key.namespace, &key.name).await?;
    let Some(object) = object else {
        return Err(Problem::new(ProblemKind::NotFound, format!("HelmRelease {}/{} is gone", key.namespace, key.name)));
    };
    let read = crate::release::flux::HelmRelease::read(&object)
        .map_err(|cause| Problem::new(ProblemKind::Malformed, cause))?;
    Ok(flux::Seen { release, helm_release: Arc::new(read), object, now })
}

/// The rights that the requests of a plan need, each once, as the server answers for the present user.
async fn rights(cluster: &Cluster, plan: &Plan) -> Vec<NeededRight> {
    let mut all: Vec<(Right, String)> = Vec::new();
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
        let (state, why) = match crate::cluster::rights::may(cluster, &right, None).await {
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
