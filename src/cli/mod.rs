//! The headless commands: the same core as the screen, printed as table, JSON or YAML.
//!
//! Results go to standard output, everything else to standard error. Strings from the cluster are data: control
//! characters do not reach a terminal.

mod args;
mod docs;
mod entry;
mod failure;
mod gather;
mod keys_reference;
mod print;
mod settings;
mod show;
mod status;

use std::io::{IsTerminal, Write};

pub use args::{Arguments, Command, Global, Output, Which};
pub use docs::cli_reference;
pub use failure::{EXIT_CODES, Failure};
pub use keys_reference::keys_reference;
pub use status::StatusArguments;

use jiff::Timestamp;

use crate::cluster::Cluster;
use crate::config::Surroundings;
use crate::config::load::Folder;
use crate::demo::Demo;
use crate::release::{Problem, ProblemKind, Scope};

/// Runs one headless command and prints what it finds.
///
/// # Errors
/// When the command cannot do what was asked; the failure names the exit code.
pub async fn run(global: &Global, command: Command) -> Result<(), Failure> {
    let printed = match command {
        Command::Keys { output } => return settle(settings::keys(&Folder::of_user(), output)?),
        Command::Themes { name, output } => {
            let (folder, surroundings) = (Folder::of_user(), Surroundings::read());
            return settle(match name {
                Some(name) => settings::theme(&folder, surroundings, &name, output)?,
                None => settings::themes(&folder, surroundings, output)?,
            });
        }
        Command::Status(arguments) => {
            let judged = status::status(&arguments, now).await?;
            write_out(&judged.printed);
            return judged.outcome(arguments.exit_code);
        }
        Command::List { output } => {
            let (cluster, scope) = open(global, None).await?;
            show::list(&cluster, scope, output).await?
        }
        Command::History { which, output } => {
            let (cluster, scope) = open(global, Some(&which)).await?;
            show::history(&cluster, scope, &which, output).await?
        }
        Command::Values { which, revision, chart, output } => {
            let (cluster, scope) = open(global, Some(&which)).await?;
            show::values(&cluster, scope, &which, revision, chart, output).await?
        }
        Command::Manifest { which, revision, output } => {
            let (cluster, scope) = open(global, Some(&which)).await?;
            show::manifest(&cluster, scope, &which, revision, output).await?
        }
        Command::Notes { which, revision, output } => {
            let (cluster, scope) = open(global, Some(&which)).await?;
            show::notes(&cluster, scope, &which, revision, output).await?
        }
    };
    write_out(&printed);
    Ok(())
}

/// The cluster that is asked for, and which namespaces of it.
async fn open(global: &Global, which: Option<&Which>) -> Result<(Cluster, Scope), Failure> {
    let cluster = if global.demo { recorded(global)? } else { Cluster::open(&global.target()).await? };
    let scope = match global.scope() {
        Some(scope) => scope,
        // There is nobody whose namespace it would be.
        None if global.demo => Scope::All,
        // Where it is stored is not said by the namespace of the release.
        None if which.is_some_and(|which| which.named().0.is_some()) => Scope::All,
        None => Scope::Namespace(cluster.default_namespace().to_owned()),
    };
    Ok((cluster, scope))
}

fn recorded(global: &Global) -> Result<Cluster, Problem> {
    let demo = Demo::new(now()).map_err(|damaged| Problem::new(ProblemKind::Malformed, damaged))?;
    let (service, context) = demo.connect(global.context.as_deref())?;
    Ok(Cluster::over(service, context, &Demo::contexts(), Demo::SERVER))
}

/// A headless command reads the clock once.
#[allow(clippy::disallowed_methods, reason = "a command without a screen begins now, and ends at once")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Prints settings, then what is wrong with the user's.
fn settle(found: settings::Found) -> Result<(), Failure> {
    write_out(&found.printed);
    for fault in &found.faults {
        say(&fault.to_string());
    }
    if found.faults.is_empty() { Ok(()) } else { Err(Failure::Settings(found.faults.len())) }
}

/// Writes to standard output. A reader that went away (`| head`) is no failure.
fn write_out(text: &str) {
    let mut out = std::io::stdout().lock();
    let shown = if out.is_terminal() { print::harmless(text) } else { text.into() };
    let _ = out.write_all(shown.as_bytes());
    if !shown.ends_with('\n') && !shown.is_empty() {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

/// Says something beside the result.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "wheelhouse: {}", print::harmless(text));
}
