//! One action on several releases: a plan each, one yes for those that are ready, a result each.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use clap::Args;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{ActArguments, Acted, Ending, How, RunEntry, StepEntry, acting, purpose, say_news, typed};
use crate::app::rows;
use crate::cli::args::{DriverArg, Which};
use crate::cli::print::{document, harmless};
use crate::cli::{Failure, Global, Output, filter, gather, now, say, show};
use crate::cluster::{Cluster, RunMany};
use crate::plan::many::{AT_ONCE, Progress, WORST_FIRST};
use crate::plan::{Action, Ended, Many, News, Outcome, Plan, Standing};
use crate::release::{Problem, ProblemKind, Release, Scope, StoredRef};

/// What every command takes that can act on several releases.
#[derive(Debug, Clone, Args)]
pub struct ManyArguments {
    /// Names of releases, or NAMESPACE/NAME; several are planned first, and those that are ready are run after one yes
    #[arg(value_name = "RELEASE", required_unless_present = "filter")]
    pub releases: Vec<String>,
    /// Where they are stored, if they are stored in both
    #[arg(long, value_enum, value_name = "KIND")]
    pub driver: Option<DriverArg>,
    /// Every release in scope that passes a filter as the list takes it: 'ns:shop status:failed has:drift !suspended'; `list
    /// --filter` shows which
    #[arg(long, value_name = "FILTER", conflicts_with = "releases")]
    pub filter: Option<String>,
    /// Of several releases, begin no other once one did not go well
    #[arg(long)]
    pub stop_on_failure: bool,
    /// Of several releases, so many run at once
    #[arg(long, value_name = "NUMBER", default_value_t = AT_ONCE, value_parser = clap::value_parser!(u8).range(1..))]
    pub at_once: u8,
    /// How it is run and printed
    #[command(flatten)]
    pub how: How,
}

impl ManyArguments {
    /// The one release that is named, where only one is.
    pub(in crate::cli) fn one(&self) -> Option<ActArguments> {
        match self.releases.as_slice() {
            [release] => Some(ActArguments { which: self.which(release), how: self.how }),
            _ => None,
        }
    }

    /// A release whose name says where it is, where one does.
    pub(in crate::cli) fn placed(&self) -> Option<Which> {
        self.releases.iter().find(|release| release.contains('/')).map(|release| self.which(release))
    }

    fn which(&self, release: &str) -> Which {
        Which { release: release.to_owned(), driver: self.driver }
    }
}

/// A release, and its plan or why there is none.
struct Item {
    release: Arc<Release>,
    planned: Result<Arc<Plan>, Problem>,
}

/// Plans for each; prints the plans, or runs those that are ready.
///
/// # Errors
/// When one that is named is not there, none passes the filter, or nobody says yes.
pub(in crate::cli) async fn act(
    global: &Global,
    cluster: &Cluster,
    scope: &Scope,
    arguments: &ManyArguments,
    action: Action,
) -> Result<Acted, Failure> {
    let items = planned(cluster, chosen(cluster, scope, arguments).await?, &action).await;
    let How { dry_run, yes, no_journal, output } = arguments.how;
    let what = action.of_many(items.len());
    if dry_run {
        let printed = match output {
            Output::Table => plans(&what, &items),
            Output::Json | Output::Yaml => {
                let shown: Result<Vec<Value>, Failure> = items.iter().map(|item| shown(item, &action)).collect();
                document(&shown?, output)?
            }
        };
        return Ok(Acted { printed, failure: None });
    }
    let ready: Vec<Arc<Plan>> = items.iter().filter_map(|item| item.planned.clone().ok()).collect();
    let many = Many::of(ready.clone(), arguments.at_once.into(), arguments.stop_on_failure);
    let rows = match many.waiting() {
        0 => many.rows.into_iter().map(|row| (row.progress, Vec::new())).collect(),
        count => {
            if !yes && !is_asked(&what, &items, count)? {
                return Err(Failure::Undone(format!("{what}: nothing was done")));
            }
            let run = cluster.run_many(many.clone(), acting(global, cluster, no_journal));
            follow(&ready, many, run).await
        }
    };
    let mut rows = rows.into_iter();
    let entries: Vec<RunEntry<'_>> = items.iter().map(|item| entry(item, &action, &mut rows)).collect();
    let printed = match output {
        Output::Table => printed(&entries),
        Output::Json | Output::Yaml => document(&entries, output)?,
    };
    let said = format!("{what}: {}", tally(&entries));
    Ok(Acted { printed, failure: failure(&entries, said) })
}

/// The releases that are meant, each once.
async fn chosen(cluster: &Cluster, scope: &Scope, arguments: &ManyArguments) -> Result<Vec<Release>, Failure> {
    let (mut catalog, world) = gather::everything(cluster, scope.clone()).await?;
    if let Some(text) = &arguments.filter {
        let unread: Vec<StoredRef> = catalog.releases().iter().filter_map(|row| row.unread().cloned()).collect();
        gather::summaries(cluster, &mut catalog, unread).await;
        let listed = rows::make(&catalog, &world, now()).into_iter();
        let driver = arguments.driver.map(Into::into);
        let listed = listed.filter(|row| driver.is_none_or(|driver| row.release.id.driver == driver)).collect();
        let passing = filter::passing(listed, text, now())?;
        if passing.is_empty() {
            let cause = format!("no release passes the filter: {text}");
            return Err(Problem::new(ProblemKind::NotFound, cause).hint("-A looks in every namespace").into());
        }
        return Ok(passing.into_iter().map(|row| row.release).collect());
    }
    let mut named: Vec<Release> = Vec::new();
    for release in &arguments.releases {
        let found = show::find(&catalog, scope, &arguments.which(release))?;
        gather::summaries(cluster, &mut catalog, found.unread().cloned().into_iter().collect()).await;
        let release = catalog.release_anew(&found).unwrap_or(found);
        if !named.iter().any(|other| other.id == release.id) {
            named.push(release);
        }
    }
    Ok(named)
}

/// A few at a time; on a terminal it is said how far it came.
async fn planned(cluster: &Cluster, releases: Vec<Release>, action: &Action) -> Vec<Item> {
    let releases: Vec<Arc<Release>> = releases.into_iter().map(Arc::new).collect();
    let (count, progress) = (releases.len(), std::io::stderr().is_terminal());
    let mut planned: Vec<Option<Result<Arc<Plan>, Problem>>> = vec![None; count];
    let mut answers = std::pin::pin!(cluster.plan_many(releases.clone(), action, now()));
    while let Some((place, result)) = answers.next().await {
        if let Some(slot) = planned.get_mut(place) {
            *slot = Some(result.map(Arc::new));
        }
        if progress {
            let done = planned.iter().flatten().count();
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K{done}/{count} planned");
        }
    }
    if progress {
        let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
    }
    let unplanned = || Err(Problem::new(ProblemKind::Other, "it was not planned"));
    let item =
        |(release, planned): (Arc<Release>, Option<_>)| Item { release, planned: planned.unwrap_or_else(unplanned) };
    releases.into_iter().zip(planned).map(item).collect()
}

impl Item {
    /// `shop/storefront`.
    fn name(&self) -> String {
        format!("{}/{}", self.release.namespace, self.release.id.name)
    }

    /// How it stands in a word, what it comes to or why not, and what to do then. What is in the way has the lowest number.
    fn standing(&self) -> (usize, &'static str, String, Vec<String>) {
        let plan = match &self.planned {
            Ok(plan) => plan,
            Err(problem) => return (0, "no plan", problem.cause.clone(), hint(problem)),
        };
        let lost = match plan.losses.len() {
            0 => String::new(),
            1 => "1 hotfix is lost; ".to_owned(),
            count => format!("{count} hotfixes are lost; "),
        };
        let comes_to = || format!("{lost}{}", plan.in_short());
        match (plan.in_the_way(), plan.standing()) {
            (Some(why), _) if plan.unmet().next().is_some() => (1, "unmet", why, plan.remedies()),
            (Some(why), _) => (1, "missing", why, Vec::new()),
            (None, Standing::Unmet | Standing::Unknown) => {
                let unknown = plan.preconditions.iter().filter(|condition| condition.state == Standing::Unknown);
                let unknown = unknown.map(|condition| format!("not known: {}", condition.says));
                (2, "unknown", comes_to(), unknown.collect())
            }
            (None, Standing::Met) => (3, "ready", comes_to(), Vec::new()),
        }
    }
}

fn hint(problem: &Problem) -> Vec<String> {
    Some(problem.hint.clone()).filter(|hint| !hint.is_empty()).into_iter().collect()
}

/// The plan for programs; of what cannot be planned, why.
fn shown(item: &Item, action: &Action) -> Result<Value, Failure> {
    match &item.planned {
        Ok(plan) => plan.shown().map_err(|error| Failure::other(error.to_string())),
        Err(problem) => Ok(json!({
            "action": action,
            "namespace": item.release.namespace,
            "name": item.release.id.name,
            "runnable": false,
            "problem": problem.cause,
            "hint": problem.hint,
        })),
    }
}

/// The plans for people: a line each, what is in the way first.
fn plans(what: &str, items: &[Item]) -> String {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for item in items {
        let (rank, word, says, next) = item.standing();
        lines.push((rank, block(word, &item.name(), &says, &next)));
    }
    let ready = lines.iter().filter(|(rank, _)| *rank >= 2).count();
    lines.sort_by_key(|(rank, _)| *rank);
    let lines: String = lines.into_iter().map(|(_, line)| line).collect();
    format!("{what}: {ready} of {} can be run\n\n{lines}", items.len())
}

/// The results for people: what failed first.
fn printed(entries: &[RunEntry<'_>]) -> String {
    let mut out = String::new();
    for outcome in WORST_FIRST {
        for entry in entries.iter().filter(|entry| entry.ended.outcome == outcome) {
            let name = format!("{}/{}", entry.namespace, entry.name);
            let last = entry.steps.iter().rev().find_map(|step| step.says());
            let says = if entry.ended.says.is_empty() { last.unwrap_or_default() } else { &entry.ended.says };
            out.push_str(&block(outcome.word(), &name, says, &entry.ended.next));
        }
    }
    format!("{out}\n{}\n", tally(entries))
}

/// A release in a line, and below it what to do.
fn block(word: &str, name: &str, says: &str, next: &[String]) -> String {
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = format!("{word:<8} {name}  {}", joined(says)).trim_end().to_owned();
    out.push('\n');
    for line in next {
        out.push_str(&format!("         > {}\n", joined(line)));
    }
    out
}

/// `1 failed, 11 done`.
fn tally(entries: &[RunEntry<'_>]) -> String {
    let count = |outcome: Outcome| entries.iter().filter(|entry| entry.ended.outcome == outcome).count();
    let counted = WORST_FIRST.into_iter().map(|outcome| (count(outcome), outcome)).filter(|(count, _)| *count > 0);
    counted.map(|(count, outcome)| format!("{count} {outcome}")).collect::<Vec<_>>().join(", ")
}

/// What came of a release; of one that was planned the next of the rows says it.
fn entry<'p>(
    item: &'p Item,
    action: &Action,
    rows: &mut impl Iterator<Item = (Progress, Vec<StepEntry<'p>>)>,
) -> RunEntry<'p> {
    match &item.planned {
        Ok(plan) => {
            let (progress, steps) = rows.next().unwrap_or((Progress::Running, Vec::new()));
            let untold = || Ended {
                outcome: Outcome::Unknown,
                says: "its end was not told: the journal and the cluster tell how far it came".to_owned(),
                next: Vec::new(),
            };
            let ended = if let Progress::Over(ended) = progress { ended } else { untold() };
            RunEntry::of(plan, ended, steps)
        }
        Err(problem) => RunEntry {
            namespace: &item.release.namespace,
            name: &item.release.id.name,
            action: action.word(),
            plan: None,
            ended: Ended { outcome: Outcome::Refused, says: problem.cause.clone(), next: hint(problem) },
            steps: Vec::new(),
        },
    }
}

/// The worst that came of any.
fn failure(entries: &[RunEntry<'_>], said: String) -> Option<Failure> {
    let any = |outcome: Outcome| entries.iter().any(|entry| entry.ended.outcome == outcome);
    if any(Outcome::Unknown) {
        Some(Failure::RunUnknown(said))
    } else if any(Outcome::Failed) || any(Outcome::Stopped) {
        Some(Failure::RunFailed(said))
    } else if any(Outcome::Refused) {
        Some(Failure::Undone(said))
    } else {
        None
    }
}

/// Follows a run to the ends of all, and says what they do beside the result.
async fn follow<'p>(plans: &'p [Arc<Plan>], mut many: Many, mut run: RunMany) -> Vec<(Progress, Vec<StepEntry<'p>>)> {
    let mut steps: Vec<Vec<StepEntry<'p>>> = plans.iter().map(|_| Vec::new()).collect();
    let mut last = std::collections::BTreeMap::new();
    let mut ending = Ending::listen();
    loop {
        let news = tokio::select! {
            biased;
            () = ending.asked() => {
                say("begins no other, and stops when the requests in flight are answered; what is left is in the journal");
                run.stop();
                continue;
            }
            news = run.next() => news,
        };
        let Some((place, news)) = news else { break };
        let (Some(plan), Some(row), Some(steps)) = (plans.get(place), many.rows.get_mut(place), steps.get_mut(place))
        else {
            continue;
        };
        let name = format!("{}/{}: ", plan.namespace, plan.name);
        say_news(&name, plan, &news, last.entry(place).or_default());
        match news {
            News::Began(_) | News::Waiting(..) => {}
            News::Ended(id, outcome) => steps.push(StepEntry { id: id.0, purpose: purpose(plan, id), outcome }),
            News::Over(ended) => {
                // What was refused before the yes was said then.
                if !matches!(row.progress, Progress::Over(_)) {
                    let says = if ended.says.is_empty() { String::new() } else { format!(": {}", ended.says) };
                    say(&format!("{name}{}{says}", ended.outcome));
                }
                row.progress = Progress::Over(ended);
            }
        }
    }
    many.rows.into_iter().map(|row| row.progress).zip(steps).collect()
}

/// Asks for a yes, which names how many it is for; where nobody can be asked, it is a no.
fn is_asked(what: &str, items: &[Item], count: usize) -> Result<bool, Failure> {
    let question = format!("type {count} to run {count} of {}, anything else to leave: ", items.len());
    typed(&format!("{}\n{}", harmless(&plans(what, items)), question), &count.to_string())
}
