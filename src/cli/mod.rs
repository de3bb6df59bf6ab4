//! The headless commands: the same core as the screen, printed as table, JSON or YAML.
//!
//! Results go to standard output, everything else to standard error. Strings from the cluster are data: control
//! characters do not reach a terminal.

mod act;
mod args;
mod blame;
mod check;
mod diff;
mod docs;
mod drift;
mod entry;
mod failure;
mod filter;
mod follow;
mod gather;
mod journal;
mod keys_reference;
mod opened;
mod owners;
mod preflight;
mod print;
mod remedies;
mod settings;
mod show;
mod status;
mod timeline;
mod tree;
mod types;
mod values;
mod why;

use std::io::{IsTerminal, Write};
use std::sync::Arc;

pub use act::{ActArguments, ManyArguments, RollbackArguments};
pub use args::{Arguments, Command, Global, Output, Which};
pub use blame::BlameArguments;
pub use check::CheckArguments;
pub use diff::{DiffArguments, DiffOutput, Side};
pub use docs::cli_reference;
pub use drift::DriftArguments;
pub use failure::{EXIT_CODES, Failure};
pub use keys_reference::keys_reference;
pub use preflight::PreflightArguments;
pub use status::StatusArguments;
pub use timeline::TimelineArguments;

use jiff::Timestamp;

use crate::app::rows::Row;
use crate::app::settings::{Said, said};
use crate::cluster::Cluster;
use crate::config::load::Folder;
use crate::config::{Cache, Surroundings};
use crate::demo::Demo;
use crate::diff::noise::Rule;
use crate::health::Verdict;
use crate::plan::Action;
use crate::release::{Problem, ProblemKind, Scope};
use follow::Follow;
use status::Subject;

/// With fewer columns nothing is laid out for the terminal.
const NARROWEST: usize = 40;

/// Runs one headless command and prints what it finds.
///
/// # Errors
/// When the command cannot do what was asked; the failure names the exit code.
pub async fn run(global: &Global, command: Command) -> Result<(), Failure> {
    let printed = match command {
        Command::Journal { last, unfinished, output } => {
            let wanted = journal::Wanted { most: last, is_unfinished: unfinished, output };
            journal::journal(global, wanted).await?
        }
        Command::Keys { output } => return settle(settings::keys(&Folder::of_user(), output)?),
        Command::Themes { name, output } => {
            let (folder, surroundings) = (Folder::of_user(), Surroundings::read());
            return settle(match name {
                Some(name) => settings::theme(&folder, surroundings, &name, output)?,
                None => settings::themes(&folder, surroundings, output)?,
            });
        }
        Command::Status(arguments) => {
            let which = match arguments.subject()? {
                Subject::Release(which) => which,
                Subject::File(file) => {
                    let judged = status::status(file, &arguments, now).await?;
                    write_out(&judged.printed);
                    return judged.outcome(arguments.exit_code);
                }
            };
            return status_of(global, &which, &arguments).await;
        }
        Command::Why { which, output } => {
            let Connection { cluster, scope, .. } = open(global, Some(&which)).await?;
            why::why(&cluster, &scope, &which, output, columns()).await?
        }
        Command::Blame(BlameArguments { named, release, object, driver, file, output }) => match (named, file) {
            (Some(named), _) => {
                let which = Which { release: named, driver };
                let Connection { cluster, scope, .. } = open(global, Some(&which)).await?;
                let is = match (release || driver.is_some(), object) {
                    (true, _) => blame::Is::Release,
                    (false, true) => blame::Is::Object,
                    (false, false) => blame::Is::Any,
                };
                blame::of_named(&cluster, &scope, &which, is, output).await?
            }
            (None, Some(file)) => blame::of_file(&file, output).await?,
            (None, None) => String::new(),
        },
        Command::Owners { which, no_dry_run, permanent, undo, output } => {
            let Connection { cluster, scope, .. } = open(global, Some(&which)).await?;
            let asked = match (permanent, undo) {
                (true, _) => owners::Asked::Permanent,
                (_, true) => owners::Asked::Undo,
                (false, false) => owners::Asked::Findings(columns()),
            };
            owners::owners(&cluster, &scope, &which, !no_dry_run, asked, output).await?
        }
        Command::Preflight(arguments) => {
            // Where a release is stored is not said by the namespace of the release.
            let named = arguments.releases.iter().find(|release| release.contains('/')).cloned();
            let which = named.map(|release| Which { release, driver: arguments.driver });
            let Connection { cluster, scope, .. } = open(global, which.as_ref()).await?;
            let told = preflight::preflight(&cluster, &scope, &arguments).await?;
            write_out(&told.printed);
            return told.outcome(arguments.exit_code);
        }
        Command::Check(arguments) => {
            let Connection { cluster, scope, .. } = open(global, Some(&arguments.which)).await?;
            let told = check::check(&cluster, &scope, &arguments).await?;
            write_out(&told.printed);
            return told.outcome(arguments.exit_code);
        }
        Command::Drift(arguments) => {
            let Connection { cluster, scope, .. } = open(global, Some(&arguments.which)).await?;
            let told = drift::drift(&cluster, &scope, &arguments).await?;
            write_out(&told.printed);
            return told.outcome(arguments.exit_code);
        }
        Command::Diff(arguments) => {
            let told = difference(global, &arguments).await.map_err(|failure| arguments.failed(failure))?;
            write_out(&told.printed);
            return told.outcome(arguments.exit_code);
        }
        Command::Reconcile { act, with_source } => {
            return acted_on(global, &act, Action::Reconcile { with_source }).await;
        }
        Command::Reset(act) => return acted_on(global, &act, Action::Reset).await,
        Command::Force(act) => return acted_on(global, &act, Action::Force).await,
        Command::Suspend { act, reason } => return acted_on(global, &act, Action::Suspend { reason }).await,
        Command::Resume(act) => return acted_on(global, &act, Action::Resume).await,
        Command::Rollback(arguments) => return acted(global, &arguments.act, arguments.action()).await,
        Command::Unlock(act) => return acted(global, &act, Action::Unlock).await,
        Command::Disown { act, manager } => return acted(global, &act, Action::Disown { manager }).await,
        Command::List { filter, output } => {
            let Connection { cluster, scope, .. } = open(global, None).await?;
            show::list(&cluster, scope, filter.as_deref(), output).await?
        }
        Command::History { which, output } => {
            let Connection { cluster, scope, .. } = open(global, Some(&which)).await?;
            show::history(&cluster, scope, &which, output).await?
        }
        Command::Timeline(arguments) => {
            let Connection { cluster, scope, .. } = open(global, Some(&arguments.which)).await?;
            timeline::timeline(&cluster, &scope, &arguments).await?
        }
        Command::Values { which, revision, wanted, reveal, output } => {
            let Connection { cluster, scope, .. } = open(global, Some(&which)).await?;
            match reveal {
                Some(path) => {
                    let bare = show::bare_values(&cluster, scope, &which, revision, wanted.chart).await?;
                    journal::reveal(global, &cluster, bare, &path)?
                }
                None => values::print(&cluster, scope, &which, revision, wanted, output).await?,
            }
        }
        Command::Manifest { which, revision, output } => {
            let Connection { cluster, scope, .. } = open(global, Some(&which)).await?;
            show::manifest(&cluster, scope, &which, revision, output).await?
        }
        Command::Notes { which, revision, output } => {
            let Connection { cluster, scope, .. } = open(global, Some(&which)).await?;
            show::notes(&cluster, scope, &which, revision, output).await?
        }
    };
    write_out(&printed);
    Ok(())
}

/// Plans an action, and runs it after a yes.
async fn acted(global: &Global, arguments: &ActArguments, action: Action) -> Result<(), Failure> {
    let Connection { cluster, scope, demo, .. } = open(global, Some(&arguments.which)).await?;
    told(demo.as_deref(), act::act(global, &cluster, &scope, arguments, action)).await
}

/// The same of several releases, where several are meant.
async fn acted_on(global: &Global, arguments: &ManyArguments, action: Action) -> Result<(), Failure> {
    if let Some(one) = arguments.one() {
        return acted(global, &one, action).await;
    }
    let Connection { cluster, scope, demo, .. } = open(global, arguments.placed().as_ref()).await?;
    told(demo.as_deref(), act::act_on_many(global, &cluster, &scope, arguments, action)).await
}

/// Prints what came of an action.
async fn told(demo: Option<&Demo>, acting: impl Future<Output = Result<act::Acted, Failure>>) -> Result<(), Failure> {
    let act::Acted { printed, failure } = match demo {
        // Its controllers stand still unless somebody moves its clock.
        Some(demo) => act::while_alive(demo, acting).await?,
        None => acting.await?,
    };
    write_out(&printed);
    failure.map_or(Ok(()), Err)
}

/// What differs, of a release or of two files.
async fn difference(global: &Global, arguments: &DiffArguments) -> Result<diff::Told, Failure> {
    let Some(which) = arguments.which()? else { return diff::of_files(arguments, said_by_user()).await };
    let Connection { cluster, scope, noise, .. } = open(global, Some(&which)).await?;
    diff::of_release(&cluster, &scope, &which, arguments, noise).await
}

/// Says how a release is: once, or until that has settled.
async fn status_of(global: &Global, which: &Which, arguments: &StatusArguments) -> Result<(), Failure> {
    let Connection { cluster, scope, demo, .. } = open(global, Some(which)).await?;
    if arguments.watch {
        let (output, timeout) = (arguments.output, arguments.timeout);
        let follow = Follow { cluster: &cluster, scope: &scope, which, demo: demo.as_ref(), output, timeout };
        return follow.run().await;
    }
    let told = tree::status(&cluster, &scope, which, arguments.output, columns()).await?;
    write_out(&told.printed);
    if arguments.exit_code { outcome(&told.row) } else { Ok(()) }
}

/// Whether a release is well, by its exit code.
fn outcome(row: &Row) -> Result<(), Failure> {
    match row.judgement.verdict {
        Verdict::Healthy | Verdict::Assumed => Ok(()),
        verdict => Err(Failure::NotWell(tree::place(row), verdict)),
    }
}

/// What a command reads.
struct Connection {
    cluster: Cluster,
    /// Which namespaces of it.
    scope: Scope,
    /// The demo keeps no clock: who looks at it for longer moves it.
    demo: Option<Arc<Demo>>,
    /// The rules of noise that count.
    noise: Arc<[Rule]>,
}

/// What the user's settings say. What is wrong in them is told: then nothing of them counts.
fn said_by_user() -> Said {
    let (said, faults) = said(Folder::of_user().settings());
    faults.iter().for_each(|fault| say(&format!("the settings do not count: {fault}")));
    said
}

/// The cluster that is asked for, and which namespaces of it.
async fn open(global: &Global, which: Option<&Which>) -> Result<Connection, Failure> {
    let (cluster, demo) = match global.demo {
        true => {
            let (cluster, demo) = recorded(global)?;
            (cluster, Some(demo))
        }
        false => (Cluster::open(&global.target()).await?.with_cache(Cache::of_user()), None),
    };
    let Said { managers, noise, secrets, guards } = said_by_user();
    let guards = guards.with_flag(global.read_only);
    let cluster = cluster.with_managers(managers).with_secrets(secrets).with_guards(guards);
    let cluster = cluster.with_user(&Surroundings::read().user);
    let scope = match global.scope() {
        Some(scope) => scope,
        // There is nobody whose namespace it would be.
        None if global.demo => Scope::All,
        // Where it is stored is not said by the namespace of the release.
        None if which.is_some_and(|which| which.named().0.is_some()) => Scope::All,
        None => Scope::Namespace(cluster.default_namespace().to_owned()),
    };
    Ok(Connection { cluster, scope, demo, noise })
}

fn recorded(global: &Global) -> Result<(Cluster, Arc<Demo>), Problem> {
    let demo = Demo::new(now()).map_err(|damaged| Problem::new(ProblemKind::Malformed, damaged))?;
    let (service, context) = demo.connect(global.context.as_deref())?;
    Ok((Cluster::over(service, context, &Demo::contexts(), Demo::SERVER), Arc::new(demo)))
}

/// How many columns the terminal has that is written to, if it is one.
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns >= NARROWEST)
}

/// A headless command reads the clock where it judges: once, unless it watches.
#[allow(clippy::disallowed_methods, reason = "a command without a screen has nobody who tells it the time")]
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
