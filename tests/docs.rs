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

/// The table of verdicts stands in a page that is written by hand.
#[test]
fn the_table_of_verdicts_is_fresh() {
    const BEGIN: &str = "<!-- made from the table in the code by `cargo test --test docs`; do not edit -->\n";
    const END: &str = "<!-- end -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/domain.md");
    let kept = fs::read_to_string(path).unwrap();
    let (before, rest) = kept.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    check("domain.md", &format!("{before}{BEGIN}{}{END}{after}", wheelhouse::health::verdict::table()));
}

/// What the rules hide and do not hide is written by hand; that none is forgotten, and that each says what the program says, is not.
#[test]
fn every_noise_rule_is_in_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/domain.md");
    let kept = fs::read_to_string(path).unwrap();
    let rows: Vec<&str> = kept.lines().filter(|line| line.starts_with("| `")).collect();
    for rule in wheelhouse::diff::noise::shipped() {
        let begin = format!("| `{}` | {}", rule.name, rule.doc);
        assert!(rows.iter().any(|row| row.starts_with(&begin)), "{begin}");
    }
}

/// The words that name secrets stand in a page that is written by hand.
#[test]
fn the_words_that_name_secrets_are_fresh() {
    const BEGIN: &str = "<!-- made from the code by `cargo test --test docs`; do not edit -->\n";
    const END: &str = "<!-- end -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/secrets.md");
    let kept = fs::read_to_string(path).unwrap();
    let (before, rest) = kept.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    check("secrets.md", &format!("{before}{BEGIN}{}{END}{after}", wheelhouse::release::mask::secret_words()));
}
