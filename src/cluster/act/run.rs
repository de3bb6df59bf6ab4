//! The run of a plan, step by step.

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::Acting;
use super::send::send;
use super::wait::wait;
use crate::cluster::Cluster;
use crate::journal::{Deed, Entry};
use crate::plan::{Ended, News, Outcome, Plan, Step, StepOutcome, Task};
use crate::release::Problem;

pub(super) async fn run(
    cluster: &Cluster,
    plan: &Plan,
    acting: &Acting,
    news: &mpsc::Sender<News>,
    stopped: watch::Receiver<bool>,
) {
    let ended = all(cluster, plan, acting, news, &stopped).await;
    // Nobody listens any more where the screen was left.
    let _ = news.send(News::Over(ended)).await;
}

async fn all(
    cluster: &Cluster,
    plan: &Plan,
    acting: &Acting,
    news: &mpsc::Sender<News>,
    stopped: &watch::Receiver<bool>,
) -> Ended {
    let end = |outcome: Outcome, says: String| Ended { outcome, says, next: Vec::new() };
    let guarded = cluster.guards.read_only(&cluster.context);
    if let Some(why) = guarded.or_else(|| acting.is_read_only.then(|| "read-only".to_owned())) {
        return end(Outcome::Refused, format!("{why}: nothing is written"));
    }
    let begun = Timestamp::now();
    let run = format!("{}-{}", begun.strftime("%Y%m%dT%H%M%S.%9f"), std::process::id());
    let release = format!("{}/{}", plan.namespace, plan.name);
    let (action, title) = (plan.action.clone(), plan.title.clone());
    let begin = Deed::Begin { run: run.clone(), plan: plan.digest(), release, action, title };
    if let Err(problem) = note(acting, begin) {
        return end(Outcome::Refused, problem.to_string());
    }
    let mut ended = end(Outcome::Done, String::new());
    for step in &plan.steps {
        if *stopped.borrow() {
            ended = end(Outcome::Stopped, format!("stopped before step {}", step.id.0));
            break;
        }
        // Nobody listens any more where the screen was left: the run goes on all the same.
        let _ = news.send(News::Began(step.id)).await;
        let outcome = one(cluster, step, acting, &run, news).await;
        let failed = match &outcome {
            StepOutcome::Done(_) | StepOutcome::Skipped(_) => None,
            StepOutcome::Failed(why) => Some((Outcome::Failed, why.clone())),
            StepOutcome::Unknown(why) => Some((Outcome::Unknown, why.clone())),
        };
        let _ = note(acting, Deed::Step { run: run.clone(), step: step.id.0, outcome: outcome.clone() });
        let _ = news.send(News::Ended(step.id, outcome)).await;
        if let Some((outcome, why)) = failed {
            ended = end(outcome, why);
            break;
        }
    }
    let _ = note(acting, Deed::End { run, ended: ended.clone() });
    ended
}

async fn one(cluster: &Cluster, step: &Step, acting: &Acting, run: &str, news: &mpsc::Sender<News>) -> StepOutcome {
    match &step.task {
        Task::Send(request) => {
            let sending = Deed::Send { run: run.to_owned(), step: step.id.0, request: request.line() };
            if let Err(problem) = note(acting, sending) {
                return StepOutcome::Failed(problem.to_string());
            }
            match send(cluster, request).await {
                Ok(_) => StepOutcome::Done(String::new()),
                Err(outcome) => outcome,
            }
        }
        Task::Check(_) => StepOutcome::Failed("this is not checked yet".to_owned()),
        Task::Await(awaited) => wait(cluster, step.id, awaited, news).await,
    }
}

fn note(acting: &Acting, deed: Deed) -> Result<(), Problem> {
    match &acting.journal {
        Some(journal) => journal.append(&Entry::new(Timestamp::now(), acting.by.clone(), deed)),
        None => Ok(()),
    }
}
