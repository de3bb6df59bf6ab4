//! wheelhouse: Helm and Flux releases in one live list.

pub mod app;
pub mod config;
pub mod health;
pub mod release;
pub mod shell;
pub mod view;
