//! `preflight`: whether the next upgrade or reconcile of releases goes through, what is in its way, and what it would lose.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use futures::StreamExt as _;
use serde::Serialize;

use super::args::{DriverArg, Which};
use super::print::document;
use super::status::{place_of, text_of_file};
use super::{Failure, Output, gather, show};
use crate::cluster::Cluster;
use crate::ownership::own::Method;
use crate::plan::preflight::{Check, Finding, Looked, Preflight, Severity, Verdict, WhatIf};
use crate::release::{Problem, ProblemKind, Release, Scope, StoredRef, manifest};

/// How many releases are looked at at once.
const AT_ONCE: usize = 4;

/// What `preflight` takes.
#[derive(Debug, Args)]
pub struct PreflightArguments {
    /// Names of releases, or NAMESPACE/NAME; else all in scope
    #[arg(value_name = "RELEASE")]
    pub releases: Vec<String>,
    /// Where they are stored, if they are stored in both
    #[arg(long, value_enum, value_name = "KIND")]
    pub driver: Option<DriverArg>,
    /// As if the upgrade was applied server-side, or not; else as the last revision was
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    pub server_side: Option<bool>,
    /// As if Helm was told to take what others own
    #[arg(long)]
    pub force_conflicts: bool,
    /// What the next chart renders, as `helm template` prints it, - for standard input; of one release only
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Compute what becomes of each object, instead of having the API server try the write in a dry-run; what only the server
    /// can tell is then unknown
    #[arg(long)]
    pub no_dry_run: bool,
    /// Exit with 12 if the upgrade of any release is blocked
    #[arg(long)]
    pub exit_code: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

#[derive(Debug, Serialize)]
struct PreflightEntry {
    namespace: String,
    name: String,
    /// `flux`, `helm3` or `helm4`; null where it is not known.
    by: Option<&'static str>,
    revision: Option<u32>,
    /// `server-side` or `client-side`; null where the release could not be looked at.
    method: Option<&'static str>,
    manager: Option<String>,
    verdict: Verdict,
    looked: Looked,
    findings: Vec<FindingEntry>,
}

#[derive(Debug, Serialize)]
struct FindingEntry {
    severity: Severity,
    check: Check,
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    path: String,
    text: String,
    evidence: Vec<String>,
    remedy: String,
}

/// What is printed, and how many releases of how many are blocked.
pub(super) struct Told {
    pub(super) printed: String,
    blocked: usize,
    count: usize,
}

impl Told {
    /// Whether that is a failure, where it is asked to be one.
    pub(super) fn outcome(&self, is_asked: bool) -> Result<(), Failure> {
        match self.blocked {
            blocked if is_asked && blocked > 0 => Err(Failure::Blocked(blocked, self.count)),
            _ => Ok(()),
        }
    }
}

/// Looks at the releases that are named, or at all in scope.
///
/// # Errors
/// When one that is named is not there, nothing at all may be read, or the manifest cannot be read.
pub(super) async fn preflight(
    cluster: &Cluster,
    scope: &Scope,
    arguments: &PreflightArguments,
) -> Result<Told, Failure> {
    let what_if = what_if(arguments).await?;
    let (mut catalog, _) = gather::everything(cluster, scope.clone()).await?;
    let releases = if arguments.releases.is_empty() {
        let unread: Vec<StoredRef> = catalog.releases().iter().filter_map(|row| row.unread().cloned()).collect();
        gather::summaries(cluster, &mut catalog, unread).await;
        catalog.releases()
    } else {
        let mut named = Vec::new();
        for release in &arguments.releases {
            let which = Which { release: release.clone(), driver: arguments.driver };
            let found = show::find(&catalog, scope, &which)?;
            gather::summaries(cluster, &mut catalog, found.unread().cloned().into_iter().collect()).await;
            named.push(catalog.release_anew(&found).unwrap_or(found));
        }
        named
    };
    if releases.is_empty() {
        super::say("no releases in scope; -A looks in all namespaces");
    }
    let count = releases.len();
    let entries = looked_at(cluster, releases, &what_if, !arguments.no_dry_run).await;
    let blocked = entries.iter().filter(|entry| entry.verdict == Verdict::Blocked).count();
    let printed = match arguments.output {
        Output::Table => printed(&entries, !arguments.releases.is_empty()),
        Output::Json | Output::Yaml => document(&entries, arguments.output)?,
    };
    Ok(Told { printed, blocked, count })
}

async fn what_if(arguments: &PreflightArguments) -> Result<WhatIf, Failure> {
    let manifest = match &arguments.manifest {
        Some(_) if arguments.releases.len() != 1 => {
            return Err(Failure::Usage("--manifest is of one release: name it".to_owned()));
        }
        Some(file) => {
            let text = text_of_file(file).await?;
            // Helm renders nothing that it could not read: it is the wrong file, and no answer to give about a release.
            if let Some(bad) = manifest::objects(&text).into_iter().find_map(Result::err) {
                let cause = format!("{}: {bad}", place_of(file));
                let problem = Problem::new(ProblemKind::Malformed, cause);
                return Err(problem.hint("it takes what `helm template` prints").into());
            }
            Some(text)
        }
        None => None,
    };
    Ok(WhatIf {
        method: arguments.server_side.map(|is| if is { Method::ServerSide } else { Method::ClientSide }),
        is_forced: arguments.force_conflicts,
        manifest,
    })
}

/// A few at a time; on a terminal it is said how far it came.
async fn looked_at(cluster: &Cluster, releases: Vec<Release>, what_if: &WhatIf, tries: bool) -> Vec<PreflightEntry> {
    let (count, now) = (releases.len(), super::now());
    let progress = std::io::stderr().is_terminal() && count > 1;
    let mut answers = futures::stream::iter(releases)
        .map(async |release| {
            let release = Arc::new(release);
            let answer = cluster.preflight(Arc::clone(&release), what_if.clone(), tries, now).await;
            PreflightEntry::new(&release, answer)
        })
        .buffer_unordered(AT_ONCE);
    let mut entries = Vec::new();
    while let Some(entry) = answers.next().await {
        entries.push(entry);
        if progress {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K{}/{count} releases looked at", entries.len());
        }
    }
    if progress {
        let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
    }
    entries.sort_by(|left, right| {
        let key = |entry: &PreflightEntry| (entry.verdict, entry.namespace.clone(), entry.name.clone());
        key(left).cmp(&key(right))
    });
    entries
}

impl PreflightEntry {
    fn new(release: &Release, answer: Result<Preflight, Problem>) -> Self {
        let unread = |problem: &Problem| Preflight {
            method: Method::ClientSide,
            manager: String::new(),
            looked: Looked::default(),
            findings: vec![Finding::unread(problem)],
        };
        let is_read = answer.is_ok();
        let answer = answer.unwrap_or_else(|problem| unread(&problem));
        Self {
            namespace: release.namespace.clone(),
            name: release.id.name.clone(),
            by: release.management.word(),
            revision: release.revision.map(crate::release::payload::Revision::get),
            method: is_read.then_some(match answer.method {
                Method::ServerSide => "server-side",
                Method::ClientSide => "client-side",
            }),
            verdict: answer.verdict(),
            manager: Some(answer.manager).filter(|manager| !manager.is_empty()),
            looked: answer.looked,
            findings: answer.findings.into_iter().map(FindingEntry::new).collect(),
        }
    }
}

impl FindingEntry {
    fn new(finding: Finding) -> Self {
        let Finding { severity, check, object, path, text, evidence, remedy } = finding;
        let (kind, namespace, name) = match object {
            Some(object) => {
                let namespace = Some(object.namespace).filter(|namespace| !namespace.is_empty());
                (Some(object.kind), namespace, Some(object.name))
            }
            None => (None, None, None),
        };
        Self { severity, check, kind, namespace, name, path, text, evidence, remedy }
    }
}

/// One block a release, worst first, a summary. Who `names_some` is told what is lost by those that pass; else they are a line each.
fn printed(entries: &[PreflightEntry], names_some: bool) -> String {
    let mut out = String::new();
    for entry in entries {
        out.push_str(&header(entry));
        if entry.verdict == Verdict::Passes && !names_some {
            continue;
        }
        for finding in entry.findings.iter().filter(|finding| finding.severity < Severity::Note) {
            out.push_str(&block(finding));
        }
        out.push('\n');
    }
    out.push_str(&summary(entries));
    out
}

fn header(entry: &PreflightEntry) -> String {
    let Looked { objects, tried, computed } = entry.looked;
    let left = objects.saturating_sub(tried).saturating_sub(computed);
    let count = |check: Check| entry.findings.iter().filter(|finding| finding.check == check).count();
    let counted = |check: Check, one: &str, many: &str| match count(check) {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    };
    let by = entry.by.unwrap_or("helm");
    let method = entry.method.map(|method| format!("{by}, {method}")).unwrap_or_else(|| by.to_owned());
    let words = [
        Some(method),
        Some(format!("{objects} objects")),
        (tried > 0).then(|| format!("{tried} tried")),
        (computed > 0).then(|| format!("{computed} computed")),
        (left > 0).then(|| format!("{left} without a write")),
        counted(Check::Hotfix, "hotfix", "hotfixes"),
        counted(Check::Leftover, "leftover", "leftovers"),
        counted(Check::Armed, "field armed", "fields armed"),
        counted(Check::Hooks, "hook", "hooks"),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    format!("{:<8} {}/{}  {}\n", entry.verdict.to_string(), entry.namespace, entry.name, words.join(", "))
}

fn block(finding: &FindingEntry) -> String {
    let object = match (&finding.kind, &finding.name) {
        (Some(kind), Some(name)) => format!(" {kind} {name}"),
        _ => String::new(),
    };
    let path = if finding.path.is_empty() { String::new() } else { format!(" {}", finding.path) };
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = format!(
        "  {:<8}{}{object}{path}\n           {}\n",
        finding.severity.to_string(),
        finding.check,
        joined(&finding.text)
    );
    // Of a conflict the text says all.
    if finding.severity <= Severity::Risk && finding.check != Check::Conflict {
        for evidence in finding.evidence.iter().filter(|evidence| !finding.text.contains(evidence.as_str())) {
            out.push_str(&format!("           | {}\n", joined(evidence)));
        }
    }
    out.push_str(&format!("           > {}\n", joined(&finding.remedy)));
    out
}

fn summary(entries: &[PreflightEntry]) -> String {
    let count = |verdict: Verdict| entries.iter().filter(|entry| entry.verdict == verdict).count();
    let words = [
        (count(Verdict::Blocked), "blocked"),
        (count(Verdict::Unknown), "unknown"),
        (count(Verdict::Risky), "risky"),
        (count(Verdict::Passes), "pass"),
    ];
    let words: Vec<String> =
        words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if words.is_empty() { String::new() } else { format!("{}\n", words.join(", ")) }
}
