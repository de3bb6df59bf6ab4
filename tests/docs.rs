//! Holds generated documents to what they are made from. `UPDATE_DOCS=1 cargo test --test docs` writes them anew.

#![allow(clippy::disallowed_methods, reason = "tests read and write the repository")]

use std::fs;
use std::path::Path;

fn check(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "docs/{name} is stale: UPDATE_DOCS=1 cargo test --test docs");
}

#[test]
fn the_command_line_reference_is_fresh() {
    check("cli.md", &wheelhouse::cli::cli_reference());
}

#[test]
fn the_key_reference_is_fresh() {
    check("keys.md", &wheelhouse::cli::keys_reference().unwrap());
}
