//! The commands that act: each plans first, and runs what was planned after a yes.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use clap::Args;

use super::args::Which;
use super::print::document;
use super::{Failure, Global, Output, gather, journal, show};
use crate::cluster::{Acting, Cluster};
use crate::config::Surroundings;
use crate::journal::By;
use crate::plan::action::Rollback;
use crate::plan::flux::Actor;
use crate::plan::{Action, Confirm, News, Outcome, Plan, StepOutcome};
use crate::release::Scope;

/// What every command takes that acts.
#[derive(Debug, Clone, Args)]
pub struct ActArguments {
    /// Which release
    #[command(flatten)]
    pub which: Which,
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
        })
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
) -> Result<String, Failure> {
    let (mut catalog, _) = gather::everything(cluster, scope.clone()).await?;
    let found = show::find(&catalog, scope, &arguments.which)?;
    gather::summaries(cluster, &mut catalog, found.unread().cloned().into_iter().collect()).await;
    let release = Arc::new(catalog.release_anew(&found).unwrap_or(found));
    let user = Surroundings::read().user;
    let cluster = &cluster.clone().with_actor(Actor { user: user.clone(), is_production: false });
    let plan = Arc::new(cluster.plan(release, action, super::now()).await?);
    if arguments.dry_run {
        return match arguments.output {
            Output::Table => Ok(told(&plan)),
            Output::Json | Output::Yaml => document(&*plan, arguments.output),
        };
    }
    if let Some(unmet) = plan.unmet().next() {
        return Err(Failure::Usage(format!("{}: {}", plan.title, unmet.says)));
    }
    if !arguments.yes && !asked(&plan)? {
        return Err(Failure::Usage("nothing was done".to_owned()));
    }
    let by = By { user, context: cluster.context().to_owned(), server: cluster.server().to_owned() };
    let journal = (!arguments.no_journal).then(|| journal::journal_of(global));
    let mut run = cluster.run(Arc::clone(&plan), Acting { journal, by, is_read_only: false });
    while let Some(news) = run.next().await {
        match news {
            News::Began(id) => {
                let says = plan.all_steps().find(|step| step.id == id).map_or("", |step| step.says.as_str());
                super::say(&format!("{}  {says}", id.0));
            }
            News::Waiting(id, seen, _) => super::say(&format!("{}  {seen}", id.0)),
            News::Ended(id, StepOutcome::Failed(why) | StepOutcome::Unknown(why)) => {
                super::say(&format!("{}  {why}", id.0));
            }
            News::Ended(_, StepOutcome::Done(_) | StepOutcome::Skipped(_)) => {}
            News::Over(ended) => {
                return match ended.outcome {
                    Outcome::Done => Ok(format!("{}: done\n", plan.title)),
                    Outcome::Failed | Outcome::Refused | Outcome::Stopped | Outcome::Unknown => {
                        Err(Failure::other(format!("{}: {}: {}", plan.title, ended.outcome, ended.says)))
                    }
                };
            }
        }
    }
    Err(Failure::other(format!("{}: its end was not told", plan.title)))
}

/// Asks for a yes; where nobody can be asked, it is a no.
fn asked(plan: &Plan) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("nobody can be asked here: give --yes, or --dry-run for the plan".to_owned()));
    }
    let expected = match &plan.confirm {
        Confirm::Key => "y",
        Confirm::Typed(text) => text,
    };
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "{}\ntype {expected} to run: ", told(plan));
    let _ = out.flush();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| Failure::other(error.to_string()))?;
    Ok(line.trim() == expected)
}

fn told(plan: &Plan) -> String {
    let mut lines = vec![format!("{}  plan {}", plan.title, plan.short_digest()), String::new()];
    lines.extend(plan.preconditions.iter().map(|one| format!("{:8} {}", one.state.to_string(), one.says)));
    lines.extend(plan.steps.iter().map(|step| format!("{}  {}", step.id.0, step.says)));
    lines.push(String::new());
    lines.join("\n")
}
