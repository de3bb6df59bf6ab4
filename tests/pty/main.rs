//! The real binary in a pseudo-terminal, without a cluster: starting, leaving, drawing, standing aside for others; and whole
//! journeys in the demo. Journeys on a real cluster are in `tests/real`.
//!
//! What needs releases on the screen runs `program`: the same shell with a made-up cluster behind it; what needs a write that
//! takes its time runs `acting`, the same with the demo. This executable is those programs too, when `ROLE` says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test panics"
)]
#![allow(clippy::disallowed_methods, reason = "tests write files and wait for programs")]

#[path = "../terminal/mod.rs"]
mod terminal;

mod acting;
mod aside;
mod copying;
mod drawing;
mod hanging_up;
mod holder;
mod journeys;
mod leaving;
mod program;
mod start;
mod suspending;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

const SIZE: (u16, u16) = (100, 30);
/// Which program this executable is.
const ROLE: &str = "WHEELHOUSE_TEST_ROLE";

type Case = (&'static str, fn());

const SUBJECTS: &[(&str, &[Case])] = &[
    ("start", start::CASES),
    ("leaving", leaving::CASES),
    ("drawing", drawing::CASES),
    ("suspending", suspending::CASES),
    ("aside", aside::CASES),
    ("copying", copying::CASES),
    ("journeys", journeys::CASES),
    ("hanging_up", hanging_up::CASES),
];

fn main() -> ExitCode {
    match std::env::var(ROLE).as_deref() {
        Ok("program") => return program::main(),
        Ok("acting") => return acting::main(),
        Ok("holder") => return holder::main(),
        Ok("relay") => return holder::relay(),
        _ => {}
    }
    let cases = SUBJECTS.iter().flat_map(|(subject, cases)| {
        cases.iter().map(move |(name, body)| {
            Trial::test(format!("{subject}::{name}"), move || {
                body();
                Ok(())
            })
        })
    });
    libtest_mimic::run(&Arguments::from_args(), cases.collect()).exit_code()
}
