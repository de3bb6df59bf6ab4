//! `check`: whether a release came to rest after whatever was done to it.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::args::Which;
use super::print::document;
use super::{Failure, Output, gather, show};
use crate::cluster::Cluster;
use crate::plan::{Precondition, Standing};
use crate::release::Scope;

/// What `check` takes.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Which release
    #[command(flatten)]
    pub which: Which,
    /// Exit with 18 if something is not as it has to be
    #[arg(long)]
    pub exit_code: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

#[derive(Debug, Serialize)]
struct CheckEntry {
    namespace: String,
    name: String,
    /// The worst of what was found.
    state: Standing,
    findings: Vec<Precondition>,
}

/// What is printed, and which release has not come to rest.
pub(super) struct Told {
    pub(super) printed: String,
    restless: Option<String>,
}

impl Told {
    /// Whether that is a failure, where it is asked to be one.
    pub(super) fn outcome(self, is_asked: bool) -> Result<(), Failure> {
        match self.restless {
            Some(release) if is_asked => Err(Failure::NotConverged(release)),
            Some(_) | None => Ok(()),
        }
    }
}

/// Looks at a release.
///
/// # Errors
/// When it is not there, or cannot be looked at at all.
pub(super) async fn check(cluster: &Cluster, scope: &Scope, arguments: &CheckArguments) -> Result<Told, Failure> {
    let (catalog, _) = gather::everything(cluster, scope.clone()).await?;
    let release = show::find(&catalog, scope, &arguments.which)?;
    let (namespace, name) = (release.namespace.clone(), release.id.name.clone());
    let findings = cluster.converged(Arc::new(release)).await?;
    let state = findings.iter().map(|finding| finding.state).min().unwrap_or(Standing::Unknown);
    let restless = (state == Standing::Unmet).then(|| format!("{namespace}/{name}"));
    let entry = CheckEntry { namespace, name, state, findings };
    let printed = match arguments.output {
        Output::Table => printed(&entry),
        Output::Json | Output::Yaml => document(&entry, arguments.output)?,
    };
    Ok(Told { printed, restless })
}

fn printed(entry: &CheckEntry) -> String {
    let verdict = match entry.state {
        Standing::Met => "converged",
        Standing::Unknown => "converged as far as is known",
        Standing::Unmet => "not converged",
    };
    let mut out = format!("{}/{}: {verdict}\n", entry.namespace, entry.name);
    for Precondition { state, says, evidence, remedy } in &entry.findings {
        out.push_str(&format!("  {:<8}{says}\n", state.to_string()));
        for (mark, text) in [('|', evidence), ('>', remedy)] {
            if !text.is_empty() {
                out.push_str(&format!("          {mark} {}\n", text.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    out
}
