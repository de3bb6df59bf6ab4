//! wheelhouse: Helm and Flux releases in one live list.

pub mod cli;
pub mod cluster;
pub mod health;
pub mod release;
