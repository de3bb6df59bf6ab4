//! The application on the demo's cluster: journeys, the story as it is seen, and the pictures of the README.

#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

mod act;
mod board;
mod client;
mod commands;
mod diff;
mod diff_command;
mod drift;
mod dry_run;
mod faults;
mod feeds;
mod flux_rollback;
mod inspect;
mod journeys;
mod logs;
mod marks;
mod openapi;
mod owners;
mod pictures;
mod preflight;
mod recovered;
mod rights;
mod rollback;
mod shapes;
mod stage;
#[path = "../screens/styled.rs"]
mod styled;
mod svg;
#[path = "../screens/text.rs"]
mod text;
mod writes;
