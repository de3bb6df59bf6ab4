//! The run of a plan, step by step: its phases, what is done otherwise once one failed, and how it ended.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, watch};

use super::Acting;
use super::check::check;
use super::doing::{Broken, Doing};
use super::wait::wait;
use super::write::Wrote;
use crate::cluster::Cluster;
use crate::journal::Deed;
use crate::plan::{Action, Check, Ended, News, OnError, Outcome, Phase, Plan, Step, StepId, StepOutcome, Task, When};

/// How the steps went so far.
#[derive(Default)]
struct Course {
    outcomes: BTreeMap<StepId, StepOutcome>,
    /// A request did something, or may have.
    has_written: bool,
    /// What went wrong and did not matter.
    passed_over: Vec<String>,
    /// What a person should know at the end.
    tells: Vec<String>,
    /// The phase of the last step that was begun.
    phase: Option<Phase>,
}

/// Why the steps of a plan were left.
struct Left {
    phase: Phase,
    outcome: Outcome,
    says: String,
}

pub(super) async fn run(
    cluster: &Cluster,
    plan: &Plan,
    acting: &Acting,
    news: &mpsc::Sender<News>,
    stopped: watch::Receiver<bool>,
) {
    let ended = all(cluster, plan, acting, news, stopped).await;
    // Nobody listens any more where the screen was left.
    let _ = news.send(News::Over(ended)).await;
}

async fn all(
    cluster: &Cluster,
    plan: &Plan,
    acting: &Acting,
    news: &mpsc::Sender<News>,
    stopped: watch::Receiver<bool>,
) -> Ended {
    let refused = |says: String| Ended { outcome: Outcome::Refused, says, next: Vec::new() };
    let guarded = cluster.guards.read_only(&cluster.context);
    if let Some(why) = guarded.or_else(|| acting.is_read_only.then(|| "read-only".to_owned())) {
        return refused(format!("{why}: nothing is written"));
    }
    if let Some(unmet) = plan.unmet().next() {
        let remedy = if unmet.remedy.is_empty() { String::new() } else { format!(": {}", unmet.remedy) };
        return refused(format!("not met: {}{remedy}", unmet.says));
    }
    if let Some(missing) = plan.missing_rights().next() {
        let right = &missing.right;
        return refused(format!("you may not {} {} in {}", right.verb, right.resource, right.namespace));
    }
    let mut doing = match Doing::begin(cluster, plan, acting, news, stopped).await {
        Ok(doing) => doing,
        Err(Broken(problem)) => return refused(problem.to_string()),
    };
    let mut course = Course::default();
    let ended = match steps(&mut doing, plan, &mut course).await {
        Ok(None) => done(plan, course),
        Ok(Some(left)) => {
            let more = otherwise(&mut doing, plan, &mut course, &left).await;
            over(plan, &course, left, more)
        }
        Err(Broken(problem)) => broken(plan, &course, &problem.to_string()),
    };
    // Where it cannot be noted, the run is found without an end.
    let _ = doing.note(Deed::End { run: doing.run.clone(), ended: ended.clone() }).await;
    ended
}

/// Does the steps; tells why it left them before their end.
async fn steps(doing: &mut Doing<'_>, plan: &Plan, course: &mut Course) -> Result<Option<Left>, Broken> {
    let mut collected: Option<Left> = None;
    for step in &plan.steps {
        if collected.as_ref().is_some_and(|left| left.phase != step.phase) {
            break;
        }
        if doing.is_stopped() {
            let says = format!("stopped before step {}", step.id.0);
            // A phase of which nothing was begun is not to be put in order.
            let phase = course.phase.unwrap_or(step.phase);
            return Ok(Some(Left { phase, outcome: Outcome::Stopped, says }));
        }
        let Some(wrong) = one(doing, step, course, "").await? else { continue };
        match step.on_error {
            _ if wrong.outcome == Outcome::Stopped => return Ok(Some(wrong)),
            OnError::End => return Ok(Some(wrong)),
            OnError::GoOn => course.passed_over.push(format!("step {}: {}", step.id.0, wrong.says)),
            OnError::Collect => collected = Some(joined(collected, wrong)),
        }
    }
    Ok(collected)
}

/// As Helm joins what went wrong with several objects.
fn joined(before: Option<Left>, wrong: Left) -> Left {
    let Some(before) = before else { return wrong };
    let both = [before.outcome, wrong.outcome];
    let outcome = match both {
        _ if both.contains(&Outcome::Unknown) => Outcome::Unknown,
        // Nothing was written of any.
        [Outcome::Refused, Outcome::Refused] => Outcome::Refused,
        _ => Outcome::Failed,
    };
    Left { outcome, says: format!("{} && {}", before.says, wrong.says), ..before }
}

/// Does what the plan says for a failure in this phase; tells what went wrong with that. Where nothing was written, there is nothing
/// to be put in order.
async fn otherwise(doing: &mut Doing<'_>, plan: &Plan, course: &mut Course, left: &Left) -> Vec<String> {
    let mut wrong = Vec::new();
    if !course.has_written {
        return wrong;
    }
    let found = plan.otherwise.iter().find(|otherwise| otherwise.phase == left.phase);
    for step in found.map(|found| found.steps.as_slice()).unwrap_or_default() {
        match one(doing, step, course, &left.says).await {
            Ok(None) => {}
            Ok(Some(failed)) => {
                wrong.push(format!("step {}: {}", step.id.0, failed.says));
                if step.on_error == OnError::End {
                    break;
                }
            }
            Err(Broken(problem)) => {
                wrong.push(problem.to_string());
                break;
            }
        }
    }
    wrong
}

/// Does one step and tells of it. What went wrong, if something did.
async fn one(doing: &mut Doing<'_>, step: &Step, course: &mut Course, error: &str) -> Result<Option<Left>, Broken> {
    if let Some(why) = not_due(step.when, course) {
        let skipped = StepOutcome::Skipped(why);
        course.outcomes.insert(step.id, skipped.clone());
        doing.tell(News::Ended(step.id, skipped)).await;
        return Ok(None);
    }
    if error.is_empty() {
        course.phase = Some(step.phase);
    }
    doing.tell(News::Began(step.id)).await;
    let is_failing = !error.is_empty();
    let wrote = match &step.task {
        Task::Send(request) => doing.write(step.id, request, error).await?,
        Task::Check(looked_at) => {
            let checked = check(doing, looked_at);
            match unless_stopped(doing.stopped.clone(), is_failing, checked).await {
                Some(wrote) => wrote,
                None => return stopped(doing, step).await,
            }
        }
        Task::Await(awaited) => {
            let waited = wait(doing.cluster, step.id, awaited, doing.news);
            match unless_stopped(doing.stopped.clone(), is_failing, waited).await {
                Some(outcome) => Wrote::plain(outcome),
                None => return stopped(doing, step).await,
            }
        }
    };
    let outcome = masked(doing, wrote.outcome);
    course.tells.extend(wrote.tells.iter().map(|line| doing.masked(line)));
    course.has_written |= wrote.has_written;
    course.outcomes.insert(step.id, outcome.clone());
    let noted = doing.note_try(step.id, outcome.clone()).await;
    doing.tell(News::Ended(step.id, outcome.clone())).await;
    noted?;
    let (kind, says) = match outcome {
        StepOutcome::Done(_) => match overtaken(doing, step).await {
            Some(why) => (Outcome::Failed, why),
            None => return Ok(None),
        },
        StepOutcome::Skipped(_) => return Ok(None),
        StepOutcome::Failed(why) if wrote.is_changed && !course.has_written => (Outcome::Refused, why),
        StepOutcome::Failed(why) => (Outcome::Failed, why),
        StepOutcome::Unknown(why) => (Outcome::Unknown, why),
    };
    Ok(Some(Left { phase: step.phase, outcome: kind, says }))
}

/// Why a step does not count although it was done.
async fn overtaken(doing: &mut Doing<'_>, step: &Step) -> Option<String> {
    match &step.task {
        Task::Send(request) => doing.overtaken(request).await,
        Task::Check(_) | Task::Await(_) => None,
    }
}

/// What something comes to that only looks and waits; `None` where the run is stopped meanwhile. What is put in order after a failure
/// is not left.
async fn unless_stopped<T>(
    mut stopped: watch::Receiver<bool>,
    is_failing: bool,
    looks: impl Future<Output = T>,
) -> Option<T> {
    let stop = async {
        if stopped.wait_for(|stopped| *stopped).await.is_err() {
            // Nobody can ask any more.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        found = looks => Some(found),
        () = stop, if !is_failing => None,
    }
}

/// Notes and tells that a step was left.
async fn stopped(doing: &Doing<'_>, step: &Step) -> Result<Option<Left>, Broken> {
    let says = format!("stopped during step {}: {}", step.id.0, step.says);
    doing.note_try(step.id, StepOutcome::Failed(says.clone())).await?;
    doing.tell(News::Ended(step.id, StepOutcome::Failed(says.clone()))).await;
    Ok(Some(Left { phase: step.phase, outcome: Outcome::Stopped, says }))
}

fn masked(doing: &Doing<'_>, outcome: StepOutcome) -> StepOutcome {
    match outcome {
        StepOutcome::Done(says) => StepOutcome::Done(doing.masked(&says)),
        StepOutcome::Skipped(why) => StepOutcome::Skipped(doing.masked(&why)),
        StepOutcome::Failed(why) => StepOutcome::Failed(doing.masked(&why)),
        StepOutcome::Unknown(why) => StepOutcome::Unknown(doing.masked(&why)),
    }
}

/// Why a step is not done, if it is not.
fn not_due(when: When, course: &Course) -> Option<String> {
    match when {
        When::Always => None,
        When::Done(id) => match course.outcomes.get(&id) {
            Some(StepOutcome::Done(_)) => None,
            Some(StepOutcome::Skipped(_) | StepOutcome::Failed(_) | StepOutcome::Unknown(_)) | None => {
                Some(format!("step {} was not done", id.0))
            }
        },
        When::Failed(id) => match course.outcomes.get(&id) {
            Some(StepOutcome::Failed(_) | StepOutcome::Unknown(_)) => None,
            Some(StepOutcome::Done(_) | StepOutcome::Skipped(_)) | None => Some(format!("step {} did not fail", id.0)),
        },
    }
}

fn done(plan: &Plan, course: Course) -> Ended {
    let says = if course.passed_over.is_empty() {
        // What was awaited last tells what came of it all; whether it came to rest stands beside it.
        let tells = |step: &&Step| !matches!(step.task, Task::Check(Check::Converged { .. }));
        match plan.steps.iter().rfind(tells).and_then(|step| course.outcomes.get(&step.id)) {
            Some(StepOutcome::Done(says)) => says.clone(),
            Some(StepOutcome::Skipped(_) | StepOutcome::Failed(_) | StepOutcome::Unknown(_)) | None => String::new(),
        }
    } else {
        format!("but for {}", course.passed_over.join("; "))
    };
    let Course { tells, .. } = course;
    Ended { outcome: Outcome::Done, says, next: tells.into_iter().chain(plan.afterwards()).collect() }
}

/// The end after a failure; `more` is what went wrong with what was to put it in order.
fn over(plan: &Plan, course: &Course, left: Left, more: Vec<String>) -> Ended {
    let mut says = vec![left.says];
    if !course.has_written && left.outcome != Outcome::Unknown {
        says.push("nothing was written".to_owned());
    }
    says.extend(more);
    Ended { outcome: left.outcome, says: says.join("; "), next: next(plan, course, left.outcome) }
}

/// The end where the journal cannot be written any more: nothing else is sent, not even what would put things in order.
fn broken(plan: &Plan, course: &Course, why: &str) -> Ended {
    let outcome = if course.has_written { Outcome::Stopped } else { Outcome::Refused };
    Ended { outcome, says: why.to_owned(), next: next(plan, course, outcome) }
}

/// What is left to do.
fn next(plan: &Plan, course: &Course, outcome: Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    if outcome == Outcome::Stopped {
        let is_open = |step: &&Step| !course.outcomes.contains_key(&step.id);
        lines.extend(plan.steps.iter().filter(is_open).map(|step| format!("not done: {}  {}", step.id.0, step.says)));
    }
    match outcome {
        Outcome::Refused => lines.push("plan it again: that plan is made for the cluster as it is then".to_owned()),
        Outcome::Failed if !course.has_written => {
            lines.push("nothing has to be undone: mend the cause, then plan it again".to_owned());
        }
        Outcome::Stopped | Outcome::Unknown => {
            lines.push("how far it came, and what goes on or reverses: wheelhouse journal --unfinished".to_owned());
        }
        Outcome::Done | Outcome::Failed => {}
    }
    if !course.has_written {
        return lines;
    }
    match plan.action {
        // A request cannot be taken back, and the same once more meets the same.
        Action::Reconcile { .. } | Action::Reset | Action::Force => lines.extend(
            (outcome == Outcome::Failed)
                .then(|| "mend what it failed on and push it; then it goes on by itself, or ask again".to_owned()),
        ),
        Action::Suspend { .. } | Action::Resume | Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => {
            lines.extend(plan.undo.iter().map(|undo| format!("undone by: {undo}")));
        }
    }
    lines
}
