//! Arguments, logging, exit code. Nothing else.

#![allow(clippy::print_stderr, reason = "the last word of a program that cannot go on")]

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;
use wheelhouse::cli::{self, Arguments, Failure, Global};
use wheelhouse::config::{self, Surroundings};
use wheelhouse::shell::{self, Journal, Recorded};

/// Exit code of a command line that is not understood, as clap has it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    // Kept until the end: what is logged is written by a thread of its own.
    let _log = arguments.global.log.as_deref().and_then(log_to);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime does not start: {error}"), 1),
    };
    let surroundings = Surroundings::read();
    let ended = match arguments.command {
        Some(command) => runtime.block_on(cli::run(&arguments.global, command)),
        None if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) => {
            return fail("the screen needs a terminal; `wheelhouse list -A` prints without one", USAGE);
        }
        None if !surroundings.screen => {
            let message = "this terminal (TERM) cannot place its cursor, so no screen can be drawn on it; `wheelhouse list -A` prints line by line";
            return fail(message, USAGE);
        }
        None => match options(&arguments.global, surroundings, arguments.theme.as_deref()) {
            Ok(options) => runtime
                .block_on(async {
                    if arguments.global.demo {
                        shell::run(Recorded::new(arguments.global.context), options).await
                    } else {
                        shell::run(arguments.global.target(), options).await
                    }
                })
                .map_err(|error| Failure::other(format!("{error:#}"))),
            Err(message) => return fail(&message, USAGE),
        },
    };
    // Tasks may hang on a network that is gone; nobody waits for them.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.to_string(), failure.code()),
    }
}

fn options(global: &Global, surroundings: Surroundings, theme: Option<&str>) -> Result<shell::Options, String> {
    let folder = config::load::Folder::of_user();
    let depth = surroundings.depth;
    let (chosen, mut theme_faults) =
        folder.choose(theme, surroundings.theme(), depth).map_err(|fault| fault.to_string())?;
    let on_light = if theme.is_none() && surroundings.asks() {
        let (theme, faults) = folder.choose(None, "light", depth).map_err(|fault| fault.to_string())?;
        theme_faults.extend(faults);
        Some(theme)
    } else {
        None
    };
    Ok(shell::Options {
        scope: global.scope().unwrap_or_default(),
        themes: shell::Themes { theme: chosen, on_light },
        theme_faults,
        settings: folder.settings(),
        depth,
        keymap: folder.keymap(),
        utf8: surroundings.utf8,
        zone: jiff::tz::TimeZone::system(),
        programs: shell::Programs { pager: surroundings.pager, editor: surroundings.editor, diff_tool: None },
        multiplexer: surroundings.multiplexer,
        // What the demo reveals is made up, and no reader of the journal is to wonder about it.
        journal: if global.demo { Journal::in_memory() } else { Journal::at(config::load::state_folder()) },
        user: surroundings.user,
        is_read_only: global.read_only,
    })
}

/// Logs what this program does to a file: never what it reads, and nothing of the libraries that see it.
fn log_to(path: &Path) -> Option<tracing_appender::non_blocking::WorkerGuard> {
    let file = path.file_name()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (writer, guard) = tracing_appender::non_blocking(tracing_appender::rolling::never(folder, file));
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("off,wheelhouse=debug"))
        .with_writer(writer)
        .with_ansi(false)
        .init();
    Some(guard)
}

fn fail(message: &str, code: u8) -> ExitCode {
    eprintln!("wheelhouse: {message}");
    ExitCode::from(code)
}
