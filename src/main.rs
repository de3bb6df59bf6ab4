//! Arguments, logging, exit code. Nothing else.

#![allow(clippy::print_stderr, reason = "the last word of a program that cannot go on")]

use std::process::ExitCode;

use clap::Parser;
use wheelhouse::cli::{self, Arguments};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.global.demo {
        eprintln!("wheelhouse: there is no demo yet: start it on a cluster, without --demo");
        return ExitCode::from(2);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("wheelhouse: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = match arguments.command {
        Some(command) => runtime.block_on(cli::run(&arguments.global, command)),
        None => {
            eprintln!("wheelhouse: no screen yet");
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("wheelhouse: {failure}");
            ExitCode::from(failure.code())
        }
    }
}
