//! Waiting until Flux leaves a suspended release alone.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::look::look;
use super::wait::{PAUSE, Telling};
use crate::cluster::{Cluster, object};
use crate::health::why::deployments;
use crate::plan::StepOutcome;
use crate::plan::flux::follow::PATIENCE;
use crate::plan::flux::quiet::waits_for;
use crate::plan::step::path_of;
use crate::release::{Answer, ObjectId, Query};

/// Waits until the controller has seen that it is suspended. One that does not run is not waited for: nothing is at work then, and
/// it finds the release suspended when it runs again.
pub(super) async fn quiet(
    cluster: &Cluster,
    (api_version, resource, object): (&str, &str, &ObjectId),
    mut telling: Telling<'_>,
) -> StepOutcome {
    let path = format!("{}/{}", path_of(api_version, resource, &object.namespace), object.name);
    let mut ask_at = Instant::now() + Duration::from_secs(u64::from(PATIENCE));
    loop {
        let says = match look(cluster, &path, object::WHOLE).await {
            Ok(None) => return StepOutcome::Failed("it is gone".to_owned()),
            Ok(Some(live)) => match waits_for(&live) {
                Ok(None) => return StepOutcome::Done(String::new()),
                Ok(Some(says)) => says,
                Err(why) => return StepOutcome::Failed(why),
            },
            Err(unread) => format!("cannot be read: {}", unread.says),
        };
        if Instant::now() >= ask_at || telling.is_over() {
            let state = controller(cluster).await;
            if let Ok(stopped) = state {
                return StepOutcome::Done(format!("nothing of Flux is at work: {stopped}"));
            }
            ask_at = Instant::now() + Duration::from_secs(u64::from(PATIENCE));
            if telling.is_over() {
                let state = state.err().unwrap_or_default();
                return StepOutcome::Failed(format!("Flux may still be at work: {says}; helm-controller: {state}"));
            }
        }
        telling.say(says).await;
        sleep(PAUSE).await;
    }
}

/// That helm-controller does not run, by its Deployments.
///
/// # Errors
/// What they say otherwise, or why that is not known.
async fn controller(cluster: &Cluster) -> Result<String, String> {
    match cluster.ask(Query::Controllers("helm-controller".to_owned())).await {
        Answer::Controllers(_, Ok(found)) => {
            let is_stopped = !found.is_empty() && found.iter().all(|one| one.ready == 0);
            if is_stopped { Ok(deployments(&found)) } else { Err(deployments(&found)) }
        }
        Answer::Controllers(_, Err(problem)) => Err(format!("its Deployment cannot be read: {}", problem.cause)),
        Answer::Summary(..) | Answer::Payload(..) | Answer::ValuesFrom(..) => Err(String::new()),
    }
}
