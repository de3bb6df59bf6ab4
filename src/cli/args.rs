//! The command line. `docs/cli.md` is generated from these definitions.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::act::{ActArguments, ManyArguments, RollbackArguments};
use super::blame::BlameArguments;
use super::check::CheckArguments;
use super::diff::DiffArguments;
use super::drift::DriftArguments;
use super::preflight::PreflightArguments;
use super::status::StatusArguments;
use super::timeline::TimelineArguments;
use crate::cluster::Target;
use crate::config::nearest;
use crate::release::Scope;
use crate::release::codec::Driver;

/// Helm releases and Flux HelmReleases in one live list: what is broken, and why.
///
/// Without a command the terminal UI starts on every namespace that may be read.
#[derive(Debug, Parser)]
#[command(name = "wheelhouse", version, max_term_width = 100)]
pub struct Arguments {
    /// Where and as whom.
    #[command(flatten)]
    pub global: Global,
    /// Colours of the terminal UI: dark, light, mono or one of yours; else what the environment tells
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// What to do; nothing starts the terminal UI.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Arguments {
    /// Reads the command line; ends the program where it is not understood, or asks for help.
    #[must_use]
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| meant(error).exit())
    }
}

/// The same, with a command suggested only where one is nearly what was typed: clap takes `frob` for `rollback`.
fn meant(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand).cloned() {
        let root = Arguments::command();
        let meant = nearest(&typed, root.get_subcommands().map(clap::Command::get_name)).map(str::to_owned);
        error.remove(ContextKind::Suggested);
        error.remove(ContextKind::SuggestedSubcommand);
        if let Some(meant) = meant {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![meant]));
        }
    }
    error
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The kubeconfig; else $KUBECONFIG, ~/.kube/config, or the cluster that this runs in
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; else the current one
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The namespace in which releases are stored; else the context's (the terminal UI: all)
    #[arg(short, long, global = true, value_name = "NAME", conflicts_with = "all_namespaces")]
    pub namespace: Option<String>,
    /// All namespaces that may be read
    #[arg(short = 'A', long, global = true)]
    pub all_namespaces: bool,
    /// Write a log of what the program does (never of what it reads) to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Write nothing to any cluster, whatever is asked for; settings.toml can say the same of contexts
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Look at a recorded cluster in memory instead of a real one, all its namespaces unless -n names one; its contexts are
    /// demo, demo-viewer, demo-writer, demo-team, demo-team-payments and demo-nobody
    #[arg(long, global = true)]
    pub demo: bool,
}

impl Global {
    /// Which cluster, as whom.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { kubeconfig: self.kubeconfig.clone(), context: self.context.clone() }
    }

    /// The scope that was asked for, if one was.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        if self.all_namespaces {
            return Some(Scope::All);
        }
        self.namespace.clone().map(Scope::Namespace)
    }
}

/// The headless commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List releases, worst first
    #[command(visible_alias = "ls")]
    List {
        /// Those alone that pass a filter as the list of the terminal UI takes it: 'ns:shop status:failed !suspended'
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// List the stored revisions of a release, newest first; STORED is how much of the 1 MiB each takes that fits into its object
    History {
        /// Which release
        #[command(flatten)]
        which: Which,
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Say what happened to a release, oldest first: revisions, Flux, hotfixes, objects, hooks, containers, events, and where it
    /// broke
    Timeline(TimelineArguments),
    /// Print the values that the user gave; secrets are masked
    Values {
        /// Which release
        #[command(flatten)]
        which: Which,
        /// Which revision
        #[command(flatten)]
        revision: AtRevision,
        /// Which values
        #[command(flatten)]
        wanted: WantedValues,
        /// Print one masked value as it is, such as db.password or hosts[0].token; the journal says that it was asked for
        #[arg(long, value_name = "PATH")]
        reveal: Option<String>,
        /// How to print; table is YAML
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Print the objects that were rendered; secrets are masked
    Manifest {
        /// Which release
        #[command(flatten)]
        which: Which,
        /// Which revision
        #[command(flatten)]
        revision: AtRevision,
        /// How to print; table is the manifest as it is stored
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Print the notes and the hooks
    Notes {
        /// Which release
        #[command(flatten)]
        which: Which,
        /// Which revision
        #[command(flatten)]
        revision: AtRevision,
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Say how a release is, with all its objects; with -f, judge objects of a file by kstatus, as Flux and Helm 4 do when they wait
    Status(StatusArguments),
    /// Say why a release is as it is: the chain to the first thing that failed, what comes by itself, what helps
    Why {
        /// Which release
        #[command(flatten)]
        which: Which,
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Say who owns each field: of an object, of all objects of a release, or with -f of the objects of a file
    Blame(BlameArguments),
    /// Say which fields of a release were edited by hand or left behind, by whom, and what the next upgrade or reconcile makes of them
    Owners {
        /// Which release
        #[command(flatten)]
        which: Which,
        /// Compute what becomes of each field, instead of having the API server try the write in a dry-run
        #[arg(long)]
        no_dry_run: bool,
        /// Print the values that would likely make each hotfix permanent, or else a patch after rendering; writes nothing
        #[arg(long, conflicts_with = "undo")]
        permanent: bool,
        /// Print the commands that would undo each hotfix and leftover; runs nothing
        #[arg(long)]
        undo: bool,
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// Say whether the next upgrade or reconcile goes through, what is in its way and what it would lose: of the releases that are
    /// named, or of all in scope
    Preflight(PreflightArguments),
    /// Say whether a release came to rest: nothing pending, nothing orphaned, no second owner, and Flux's history as is stored
    Check(CheckArguments),
    /// Say how the objects of a release differ from its manifest, as Flux computes drift; of native releases too
    Drift(DriftArguments),
    /// Say what differs between two revisions of a release, its live objects, a dry-run, the chart's own values, or files
    Diff(DiffArguments),
    /// Have Flux reconcile releases now
    Reconcile {
        /// Which releases, and how
        #[command(flatten)]
        act: ManyArguments,
        /// Have it look at the source of the chart first
        #[arg(long)]
        with_source: bool,
    },
    /// Have Flux forget that releases failed, and try again
    Reset(ManyArguments),
    /// Have Flux install or upgrade releases now, even if their retries are used up or nothing changed
    Force(ManyArguments),
    /// Have Flux leave releases alone
    Suspend {
        /// Which releases, and how
        #[command(flatten)]
        act: ManyArguments,
        /// Why; it is kept in an annotation, with who and when
        #[arg(short, long, value_name = "TEXT")]
        reason: String,
    },
    /// Have Flux take suspended releases up again
    Resume(ManyArguments),
    /// Write a stored revision of a release again, as Helm rolls back
    Rollback(RollbackArguments),
    /// Mark a pending revision as failed that nobody works on any more
    Unlock(ActArguments),
    /// Take a former field manager off the objects of a release, so that nothing that it left behind stays alive
    Disown {
        /// Which release, and how
        #[command(flatten)]
        act: ActArguments,
        /// The field manager
        #[arg(long, value_name = "NAME")]
        manager: String,
    },
    /// List what was noted on this machine, newest last: masked values that were revealed, and every action with its requests, by whom
    /// and where. Of actions that did not come to their end it says how things are now, and which commands go on or reverse
    Journal {
        /// At most so many entries, the newest
        #[arg(short = 'l', long, value_name = "NUMBER")]
        last: Option<usize>,
        /// Only the actions that did not come to their end, each with what to do about it
        #[arg(long, conflicts_with = "last")]
        unfinished: bool,
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// List the keys of the terminal UI, yours among them, and where each is written
    Keys {
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
    /// List the themes of the terminal UI, yours among them; with a name, its styles and where each is written
    Themes {
        /// Name of a theme
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// How to print
        #[arg(short, long, value_enum, default_value_t = Output::Table)]
        output: Output,
    },
}

/// Which release.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// Name of the release, or NAMESPACE/NAME
    #[arg(value_name = "RELEASE")]
    pub release: String,
    /// Where it is stored, if it is stored in both
    #[arg(long, value_enum, value_name = "KIND")]
    pub driver: Option<DriverArg>,
}

impl Which {
    /// The namespace, where one was named with it, and the name.
    #[must_use]
    pub fn named(&self) -> (Option<&str>, &str) {
        match self.release.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, &self.release),
        }
    }
}

/// Which revision.
#[derive(Debug, Clone, Copy, Args)]
pub struct AtRevision {
    /// The number of the revision; else the latest
    #[arg(long, value_name = "NUMBER")]
    pub revision: Option<u32>,
}

/// The kinds of object that releases are stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DriverArg {
    /// Secrets
    Secret,
    /// ConfigMaps
    Configmap,
}

impl From<DriverArg> for Driver {
    fn from(arg: DriverArg) -> Self {
        match arg {
            DriverArg::Secret => Self::Secret,
            DriverArg::Configmap => Self::ConfigMap,
        }
    }
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Table,
    /// For programs: documented and stable
    Json,
    /// The same as YAML
    Yaml,
}

/// Which values are printed.
#[derive(Debug, Clone, Copy, Args)]
#[group(multiple = false)]
pub struct WantedValues {
    /// Print the chart's own values instead
    #[arg(long)]
    pub chart: bool,
    /// Print the values that templates see: the chart's own under those that the user gave
    #[arg(short, long)]
    pub all: bool,
    /// Print of each value that templates see which layer set it, and what it overrode
    #[arg(long)]
    pub provenance: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_suggested_only_where_it_is_nearly_what_was_typed() {
        let check = |typed: &str, suggested: Option<&str>| {
            let error = meant(Arguments::try_parse_from(["wheelhouse", typed]).unwrap_err()).to_string();
            let tip = suggested.map(|word| format!("'{word}'"));
            assert!(error.contains(&format!("unrecognized subcommand '{typed}'")), "{error}");
            assert_eq!(error.contains("similar"), tip.is_some(), "{error}");
            assert!(tip.is_none_or(|tip| error.contains(&tip)), "{error}");
        };
        check("frob", None);
        check("xyz", None);
        check("rolback", Some("rollback"));
        check("statsu", Some("status"));
        check("reconcil", Some("reconcile"));
    }
}
