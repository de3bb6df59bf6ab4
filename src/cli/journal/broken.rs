//! Runs that did not come to their end: what became of them by what the cluster says now, and the commands that go on or reverse.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::cli::print::{document, time};
use crate::cli::{Connection, Failure, Global, Output, gather, open, show};
use crate::cluster::Cluster;
use crate::journal::Unfinished;
use crate::plan::recovery::{Advice, Now, advice};
use crate::release::{Catalog, Scope};

/// For so long a cluster is asked how things are now.
const PATIENCE: Duration = Duration::from_secs(15);
/// The name of the context where the program runs in a cluster and there is no kubeconfig.
const IN_CLUSTER: &str = "in-cluster";

/// A run that did not come to its end, and what to do about it.
pub(super) struct Advised {
    run: Unfinished,
    is_alive: bool,
    advice: Advice,
}

/// The same, for programs.
#[derive(Debug, Serialize)]
struct BrokenEntry<'a> {
    run: &'a str,
    /// When it began.
    begun: String,
    user: &'a str,
    context: &'a str,
    server: &'a str,
    release: &'a str,
    action: &'a crate::plan::Action,
    title: &'a str,
    /// How it ended; null where it was broken off.
    outcome: Option<crate::plan::Outcome>,
    /// Whether a process of its number runs still.
    alive: bool,
    explains: &'a [String],
    offers: Vec<OfferEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct OfferEntry<'a> {
    says: &'a str,
    command: String,
}

/// Looks how things are now, each cluster once.
pub(super) async fn advised(global: &Global, runs: Vec<Unfinished>) -> Vec<Advised> {
    let mut seen: BTreeMap<String, Result<(Cluster, Catalog), String>> = BTreeMap::new();
    let mut all = Vec::new();
    for run in runs {
        let context = run.by.context.clone();
        if !seen.contains_key(&context) {
            let looked = tokio::time::timeout(PATIENCE, read(global, &context)).await;
            let looked = looked.unwrap_or_else(|_| Err(format!("no answer in {} s", PATIENCE.as_secs())));
            seen.insert(context.clone(), looked);
        }
        let now = match seen.get(&context) {
            Some(Ok((cluster, _))) if cluster.server() != run.by.server => {
                Now::unknown(format!("context {context} is {} now, and was {}", cluster.server(), run.by.server))
            }
            Some(Ok((cluster, catalog))) => {
                let found = show::find(catalog, &Scope::All, &which(&run.broken.release)).ok();
                let looked = tokio::time::timeout(PATIENCE, cluster.since(found.as_ref(), &run.broken)).await;
                looked.unwrap_or_else(|_| Now::unknown(format!("no answer in {} s", PATIENCE.as_secs())))
            }
            Some(Err(why)) => Now::unknown(why.clone()),
            None => Now::unknown("it was not looked"),
        };
        let advice = advice(&run.broken, &now);
        all.push(Advised { is_alive: is_alive(&run), run, advice });
    }
    all
}

/// For programs all of them, for people what is to be done.
pub(super) fn printed(all: &[Advised], output: Output) -> Result<String, Failure> {
    match output {
        Output::Table if all.is_empty() => Ok("every action came to its end\n".to_owned()),
        Output::Table => Ok(all.iter().map(|one| one.told() + "\n").collect()),
        Output::Json | Output::Yaml => {
            let entries: Vec<BrokenEntry<'_>> = all.iter().map(Advised::entry).collect();
            document(&entries, output)
        }
    }
}

async fn read(global: &Global, context: &str) -> Result<(Cluster, Catalog), String> {
    let named = Some(context.to_owned()).filter(|context| context != IN_CLUSTER);
    let global = Global { context: named, ..global.clone() };
    let Connection { cluster, .. } = open(&global, None).await.map_err(|failure| failure.cause())?;
    // Where it is stored is not said by the namespace of the release.
    let catalog = gather::catalog(&cluster, Scope::All).await.map_err(|failure| failure.cause())?;
    Ok((cluster, catalog))
}

fn which(release: &str) -> crate::cli::Which {
    crate::cli::Which { release: release.to_owned(), driver: None }
}

/// Whether a process of its number runs on this machine.
fn is_alive(run: &Unfinished) -> bool {
    let process = run.process().filter(|_| run.ended.is_none()).and_then(rustix::process::Pid::from_raw);
    process.is_some_and(|process| match rustix::process::test_kill_process(process) {
        Ok(()) => true,
        // It is somebody else's: ours would have been found.
        Err(_) => false,
    })
}

impl Advised {
    /// In lines, for people.
    pub(super) fn told(&self) -> String {
        let Unfinished { run, begun, by, title, broken, ended, .. } = &self.run;
        let mut lines = vec![format!("did not come to its end: {title}")];
        lines.push(format!("  begun {} by {} in {} ({run})", time(Some(*begun)), by.user, by.context));
        lines.extend(ended.as_ref().map(|ended| format!("  {}: {}", ended.outcome, ended.says)));
        if self.is_alive {
            let process = self.run.process().unwrap_or_default();
            lines.push(format!("  process {process} runs still: if that is this action, wait for its end"));
        }
        lines.extend(self.advice.explains.iter().map(|line| format!("  {line}")));
        for offer in &self.advice.offers {
            lines.push(format!("  {}:", offer.says));
            lines.push(format!("      {}", offer.command(&broken.release, self.context())));
        }
        if self.advice.offers.is_empty() {
            lines.push("  nothing is left to be done".to_owned());
        }
        lines.join("\n")
    }

    /// The context as commands name it.
    fn context(&self) -> &str {
        if self.run.by.context == IN_CLUSTER { "" } else { &self.run.by.context }
    }

    fn entry(&self) -> BrokenEntry<'_> {
        let Unfinished { run, begun, by, title, broken, ended, .. } = &self.run;
        let offer = |offer: &'_ crate::plan::recovery::Offer| offer.command(&broken.release, self.context());
        BrokenEntry {
            run,
            begun: begun.to_string(),
            user: &by.user,
            context: &by.context,
            server: &by.server,
            release: &broken.release,
            action: &broken.action,
            title,
            outcome: ended.as_ref().map(|ended| ended.outcome),
            alive: self.is_alive,
            explains: &self.advice.explains,
            offers: self.advice.offers.iter().map(|one| OfferEntry { says: &one.says, command: offer(one) }).collect(),
        }
    }
}
