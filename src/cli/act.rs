//! The commands that act: each plans first, and runs what was planned after a yes.

mod many;
mod told;

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

pub use many::ManyArguments;
pub(super) use many::act as act_on_many;

use super::args::Which;
use super::print::{document, harmless};
use super::{Failure, Global, Output, gather, journal, show};
use crate::cluster::{Acting, Cluster, Run};
use crate::config::Surroundings;
use crate::demo::Demo;
use crate::journal::By;
use crate::plan::action::Rollback;
use crate::plan::rollback::target::not_stored;
use crate::plan::{Action, Ended, News, Outcome, Plan, Right, StepId, StepOutcome, Way};
use crate::release::{Problem, ProblemKind, Scope};

/// How often the demo's clock is moved.
const TICK: Duration = Duration::from_millis(250);

/// What every command takes that acts.
#[derive(Debug, Clone, Args)]
pub struct ActArguments {
    /// Which release
    #[command(flatten)]
    pub which: Which,
    /// How it is run and printed
    #[command(flatten)]
    pub how: How,
}

/// How an action is run, and how what comes of it is printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct How {
    /// Print the plan, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Run it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Run it even if the journal cannot be written; nothing is noted then
    #[arg(long)]
    pub no_journal: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// What `rollback` takes.
#[derive(Debug, Clone, Args)]
pub struct RollbackArguments {
    /// Which release, and how
    #[command(flatten)]
    pub act: ActArguments,
    /// To which revision; else the last one that was healthy
    #[arg(value_name = "REVISION")]
    pub to: Option<u32>,
    /// Take fields that others own
    #[arg(long)]
    pub force_conflicts: bool,
    /// Run no hooks
    #[arg(long)]
    pub no_hooks: bool,
    /// Wait until everything is ready
    #[arg(long)]
    pub wait: bool,
    /// Wait for Jobs as well
    #[arg(long, requires = "wait")]
    pub wait_for_jobs: bool,
    /// How long to wait for one thing, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u32,
    /// Delete what was made new if it fails
    #[arg(long)]
    pub cleanup_on_fail: bool,
    /// How many revisions are kept; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub history_max: u32,
    /// Which way a release goes back that Flux keeps
    #[arg(long, value_enum)]
    pub way: Option<WayArgument>,
    /// Why Flux is suspended for it; kept beside the suspension
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,
}

/// [`Way`] as it is typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum WayArgument {
    /// Change the HelmRelease, in Git or right here
    Durable,
    /// Suspend it, and write the revision again as Flux would
    Emergency,
}

impl From<WayArgument> for Way {
    fn from(argument: WayArgument) -> Self {
        match argument {
            WayArgument::Durable => Self::Durable,
            WayArgument::Emergency => Self::Emergency,
        }
    }
}

impl RollbackArguments {
    /// What is asked.
    #[must_use]
    pub fn action(&self) -> Action {
        Action::Rollback(Rollback {
            to: self.to,
            force_conflicts: self.force_conflicts,
            no_hooks: self.no_hooks,
            wait: self.wait,
            wait_for_jobs: self.wait_for_jobs,
            timeout: self.timeout,
            cleanup_on_fail: self.cleanup_on_fail,
            history_max: self.history_max,
            way: self.way.map(Way::from),
            reason: self.reason.clone(),
        })
    }
}

/// How a run ended, for programs.
#[derive(Debug, Serialize)]
struct RunEntry<'p> {
    namespace: &'p str,
    name: &'p str,
    action: &'static str,
    /// Digest of the plan; null where there is none.
    plan: Option<String>,
    #[serde(flatten)]
    ended: Ended,
    steps: Vec<StepEntry<'p>>,
}

#[derive(Debug, Serialize)]
struct StepEntry<'p> {
    id: usize,
    /// What it was for.
    #[serde(rename = "for")]
    purpose: &'p str,
    #[serde(flatten)]
    outcome: StepOutcome,
}

impl StepEntry<'_> {
    /// What came of it, in words, where something is said.
    fn says(&self) -> Option<&str> {
        let (StepOutcome::Done(says)
        | StepOutcome::Skipped(says)
        | StepOutcome::Failed(says)
        | StepOutcome::Unknown(says)) = &self.outcome;
        Some(says.as_str()).filter(|says| !says.is_empty())
    }
}

impl<'p> RunEntry<'p> {
    fn of(plan: &'p Plan, ended: Ended, steps: Vec<StepEntry<'p>>) -> Self {
        let (namespace, name, action) = (plan.namespace.as_str(), plan.name.as_str(), plan.action.word());
        Self { namespace, name, action, plan: Some(plan.digest()), ended, steps }
    }
}

/// Plans; prints the plan, or runs it.
///
/// # Errors
/// When it cannot be planned, something is in the way, nobody says yes, or the run does not end well.
pub(super) async fn act(
    global: &Global,
    cluster: &Cluster,
    scope: &Scope,
    arguments: &ActArguments,
    action: Action,
) -> Result<Acted, Failure> {
    let (mut catalog, _) = gather::everything(cluster, scope.clone()).await?;
    let found = show::find(&catalog, scope, &arguments.which)?;
    gather::summaries(cluster, &mut catalog, found.unread().cloned().into_iter().collect()).await;
    let release = Arc::new(catalog.release_anew(&found).unwrap_or(found));
    let plan = Arc::new(cluster.plan(release, action, super::now()).await?);
    let How { dry_run, yes, no_journal, output } = arguments.how;
    if dry_run {
        let printed = match output {
            Output::Table => told::plan(&plan),
            Output::Json | Output::Yaml => {
                let shown = plan.shown().map_err(|error| Failure::other(error.to_string()))?;
                document(&shown, output)?
            }
        };
        return Ok(Acted { printed, failure: None });
    }
    if let Err(failure) = in_the_way(&plan) {
        let (outcome, says) = (Outcome::Refused, failure.to_string());
        let printed = match output {
            Output::Table => String::new(),
            Output::Json | Output::Yaml => {
                document(&RunEntry::of(&plan, Ended { outcome, says, next: Vec::new() }, Vec::new()), output)?
            }
        };
        return Ok(Acted { printed, failure: Some(failure) });
    }
    if !yes && !asked(&plan)? {
        return Err(Failure::Undone(format!("{}: nothing was done", plan.title)));
    }
    let run = cluster.run(Arc::clone(&plan), acting(global, cluster, no_journal));
    let (ended, steps) = follow(&plan, run).await;
    let outcome = ended.outcome;
    let says = match ended.says.as_str() {
        "" => format!("{}: {outcome}", plan.title),
        says => format!("{}: {outcome}: {says}", plan.title),
    };
    let next: String = ended.next.iter().map(|line| format!("\n  {line}")).collect();
    let printed = match output {
        Output::Table if outcome == Outcome::Done => format!("{says}{next}\n"),
        Output::Table => String::new(),
        Output::Json | Output::Yaml => document(&RunEntry::of(&plan, ended, steps), output)?,
    };
    let failure = match outcome {
        Outcome::Done => None,
        Outcome::Refused => Some(Failure::Undone(format!("{says}{next}"))),
        Outcome::Failed | Outcome::Stopped => Some(Failure::RunFailed(format!("{says}{next}"))),
        Outcome::Unknown => Some(Failure::RunUnknown(format!("{says}{next}"))),
    };
    Ok(Acted { printed, failure })
}

/// On whose behalf it runs, and where that is noted.
fn acting(global: &Global, cluster: &Cluster, no_journal: bool) -> Acting {
    let by = By {
        user: Surroundings::read().user,
        context: cluster.context().to_owned(),
        server: cluster.server().to_owned(),
    };
    let journal = (!no_journal).then(|| journal::journal_of(global));
    Acting { journal, by, is_read_only: global.read_only }
}

/// Moves the demo's clock as long as something is done.
pub(super) async fn while_alive<T>(demo: &Demo, doing: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut doing = std::pin::pin!(doing);
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            done = &mut doing => return done,
            _ = ticks.tick() => demo.advance(super::now()).map_err(|damaged| Failure::other(damaged.to_string()))?,
        }
    }
}

/// What is printed, and how it failed, if it did.
pub(super) struct Acted {
    pub(super) printed: String,
    pub(super) failure: Option<Failure>,
}

/// What keeps the plan from being run, all of it.
fn in_the_way(plan: &Plan) -> Result<(), Failure> {
    if let Some(number) = missing_revision(plan) {
        let cause = format!("{}/{} has no revision {number}", plan.namespace, plan.name);
        let hint = format!("`wheelhouse history {}/{}` names those that are stored", plan.namespace, plan.name);
        return Err(Problem::new(ProblemKind::NotFound, cause).hint(hint).into());
    }
    let unmet = plan.unmet().map(|one| match (one.remedy.as_str(), one.evidence.as_str()) {
        ("", "") => format!("not met: {}", one.says),
        ("", evidence) => format!("not met: {} ({evidence})", one.says),
        (remedy, _) => format!("not met: {}: {remedy}", one.says),
    });
    let rights = plan.missing_rights().map(|needed| {
        let Right { group, resource, namespace, verb } = &needed.right;
        let group = if group.is_empty() { String::new() } else { format!(".{group}") };
        format!("you may not {verb} {resource}{group} in {namespace}")
    });
    let all: Vec<String> = unmet.chain(rights).collect();
    match all.as_slice() {
        [] => Ok(()),
        [one] => Err(Failure::Undone(format!("{}: {one}", plan.title))),
        all => Err(Failure::Undone(format!("{}:\n  {}", plan.title, all.join("\n  ")))),
    }
}

/// The revision that was asked for, where it is not stored.
fn missing_revision(plan: &Plan) -> Option<u32> {
    let number = match &plan.action {
        Action::Rollback(options) => options.to?,
        Action::Reconcile { .. }
        | Action::Reset
        | Action::Force
        | Action::Suspend { .. }
        | Action::Resume
        | Action::Unlock
        | Action::Disown { .. } => return None,
    };
    let evidence = not_stored(number);
    plan.unmet().any(|unmet| unmet.evidence == evidence).then_some(number)
}

/// Follows a run to its end, and says what it does beside the result.
async fn follow<'p>(plan: &'p Plan, mut run: Run) -> (Ended, Vec<StepEntry<'p>>) {
    let (mut steps, mut last) = (Vec::new(), None);
    let mut ending = Ending::listen();
    loop {
        let news = tokio::select! {
            biased;
            () = ending.asked() => {
                super::say("stops when the request in flight is answered; what is left is in the journal");
                run.stop();
                continue;
            }
            news = run.next() => news,
        };
        let Some(news) = news else { break };
        say_news("", plan, &news, &mut last);
        match news {
            News::Began(_) | News::Waiting(..) => {}
            News::Ended(id, outcome) => steps.push(StepEntry { id: id.0, purpose: purpose(plan, id), outcome }),
            News::Over(ended) => return (ended, steps),
        }
    }
    let says = "its end was not told: the journal and the cluster tell how far it came".to_owned();
    (Ended { outcome: Outcome::Unknown, says, next: Vec::new() }, steps)
}

/// What a step is for.
fn purpose(plan: &Plan, id: StepId) -> &str {
    plan.all_steps().find(|step| step.id == id).map_or("", |step| step.says.as_str())
}

/// Says what happens beside the result, behind the name of the release where it is one of several; what is waited for only where
/// it is another than the last.
fn say_news(name: &str, plan: &Plan, news: &News, last: &mut Option<(StepId, String)>) {
    match news {
        News::Began(id) => super::say(&format!("{name}{}  {}", id.0, purpose(plan, *id))),
        // How much time is left is told with what is new.
        News::Waiting(id, seen, _) if last.as_ref().is_some_and(|(step, told)| step == id && told == seen) => {}
        News::Waiting(id, seen, left) => {
            let left = left.map(|seconds| format!("  ({seconds} s left)")).unwrap_or_default();
            super::say(&format!("{name}{}  {seen}{left}", id.0));
            *last = Some((*id, seen.clone()));
        }
        News::Ended(id, outcome) => {
            let said = match outcome {
                StepOutcome::Done(says) if says.is_empty() => return,
                StepOutcome::Done(says) => says.clone(),
                StepOutcome::Skipped(why) => format!("skipped: {why}"),
                StepOutcome::Failed(why) => format!("failed: {why}"),
                StepOutcome::Unknown(why) => format!("outcome unknown: {why}"),
            };
            super::say(&format!("{name}{}  {said}", id.0));
        }
        News::Over(_) => {}
    }
}

/// The signals that end a program. While something is written they do not end it at once.
struct Ending(Vec<Signal>);

impl Ending {
    fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        // What cannot be listened to ends the program as always.
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    /// Waits until one comes.
    async fn asked(&mut self) {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        futures::future::select_all(self.0.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
    }
}

/// Asks for a yes; where nobody can be asked, it is a no.
fn asked(plan: &Plan) -> Result<bool, Failure> {
    let (expected, question) = told::question(plan);
    typed(&format!("{}\n{}", harmless(&told::plan(plan)), harmless(&question)), expected)
}

/// Whether that is typed which is a yes.
fn typed(question: &str, expected: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Undone("nobody can be asked here: give --yes, or --dry-run for the plan".to_owned()));
    }
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "{question}");
    let _ = out.flush();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| Failure::other(error.to_string()))?;
    Ok(line.trim() == expected)
}
