//! Waiting until a controller of Flux has handled a request.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::look::look;
use crate::cluster::{Cluster, object};
use crate::health::why::deployments;
use crate::plan::flux::follow::{Follow, PATIENCE, Sight};
use crate::plan::{News, StepId, StepOutcome};
use crate::release::{Answer, ObjectId, Query};

/// How often the object is looked at. Its states in between do not count, so that a watch would tell no more.
const PAUSE: Duration = Duration::from_secs(1);
/// After so long nobody says any more what the Deployment of a controller is like.
const ASKED: Duration = Duration::from_secs(15);
/// After so many seconds in which it could not be read, nobody knows what became of it.
const BLIND: u64 = 120;

/// Waits until what is followed is over. `collection` is the path of all objects of its resource.
pub(super) async fn handled(
    cluster: &Cluster,
    id: StepId,
    mut follow: Follow,
    collection: &str,
    object: &ObjectId,
    news: &mpsc::Sender<News>,
) -> StepOutcome {
    let path = format!("{collection}/{}", object.name);
    let controller = if object.kind == "HelmRelease" { "helm-controller" } else { "source-controller" };
    let (began, mut last_read) = (Instant::now(), Instant::now());
    let mut uid: Option<Value> = None;
    let mut said = None;
    loop {
        let sight = match look(cluster, &path, object::WHOLE).await {
            Ok(Some(live)) => {
                last_read = Instant::now();
                let own = live.pointer("/metadata/uid").cloned();
                if uid.is_some() && uid != own {
                    return StepOutcome::Failed(format!(
                        "{} {} was deleted and made anew meanwhile: the request went with the old one; ask again",
                        object.kind, object.name
                    ));
                }
                uid = own;
                follow.look(&live, u32::try_from(began.elapsed().as_secs()).unwrap_or(u32::MAX))
            }
            Ok(None) => {
                let says = format!("{} {} is gone: somebody deleted it meanwhile", object.kind, object.name);
                return StepOutcome::Failed(says);
            }
            Err(unread) => {
                let why = unread.says;
                if last_read.elapsed().as_secs() >= BLIND {
                    return StepOutcome::Unknown(format!(
                        "the request was made; what became of it cannot be read: {why}"
                    ));
                }
                Sight::Waiting(why, None)
            }
        };
        match sight {
            Sight::Over(outcome) => return outcome,
            Sight::Silent => return StepOutcome::Failed(silent(cluster, controller).await),
            Sight::Waiting(text, left) => {
                let now = Some((text, left));
                if said != now
                    && let Some((text, left)) = now.clone()
                {
                    // Nobody listens any more where the screen was left.
                    let _ = news.send(News::Waiting(id, text, left)).await;
                }
                said = now;
            }
        }
        sleep(PAUSE).await;
    }
}

/// That a controller says nothing, and what its Deployment says.
async fn silent(cluster: &Cluster, controller: &str) -> String {
    let state = match timeout(ASKED, cluster.ask(Query::Controllers(controller.to_owned()))).await {
        Ok(Answer::Controllers(_, Ok(found))) => deployments(&found),
        Ok(Answer::Controllers(_, Err(problem))) => format!("its Deployment cannot be read: {}", problem.cause),
        Ok(Answer::Summary(..) | Answer::Payload(..) | Answer::ValuesFrom(..)) => String::new(),
        Err(_) => format!("its Deployment cannot be read: {} gave no answer", cluster.server),
    };
    format!(
        "{controller} is silent: it has written nothing for {PATIENCE} s; {state}; the request stays, and counts once it runs again"
    )
}
