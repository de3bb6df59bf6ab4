//! wheelhouse: Helm releases and Flux HelmReleases in one live list.
//!
//! A pure core (`release`, `health`, `schema`, `ownership`, `diff`, `plan`) inside a thin shell. Imports between the rooms point one way:
//! `tests/architecture.rs` holds the arrows, `docs/architecture.md` says why. Invariants between them:
//!
//! - Only `cluster` talks to a cluster. It writes to one only what a plan says, after a yes.
//! - Time reaches everything but `cluster` as an argument.
//! - Strings from a cluster go to a terminal only through `release::text`.
//! - Payloads leave `release::mask` before anybody sees them.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::unimplemented,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::dbg_macro,
    clippy::print_stdout,
    clippy::print_stderr,
    unsafe_code
)]

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod demo;
pub mod diff;
pub mod health;
pub mod journal;
pub mod ownership;
pub mod plan;
pub mod release;
pub mod schema;
pub mod shell;
pub mod view;
