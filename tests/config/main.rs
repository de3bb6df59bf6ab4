//! The user's keymaps and themes: files that are right and files that are not, what the program says of them, and that
//! it starts all the same.
//!
//! Each fixture says in comments that begin with `#>` what is expected of it.

#![allow(clippy::disallowed_methods, reason = "tests write settings and start programs")]

mod commands;
mod examples;
mod keymaps;
mod properties;
mod screen;
#[path = "../terminal/mod.rs"]
#[allow(dead_code, reason = "each suite uses a part of it")]
mod terminal;
mod themes;
mod trouble;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wheelhouse::config::Fault;
use wheelhouse::config::load::Folder;

/// A fixture: its name, its text, and what it expects.
struct Fixture {
    name: String,
    text: String,
    expected: Vec<String>,
}

/// All fixtures of a folder of this suite.
fn fixtures(inside: &str) -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(inside);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    let fixture = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().filter_map(|line| line.strip_prefix("#> ")).map(str::to_owned).collect();
        Fixture { name: path.file_stem().unwrap().to_string_lossy().into_owned(), text, expected }
    };
    paths.into_iter().map(fixture).collect()
}

/// A folder of settings with these files.
fn settings(files: &[(&str, &str)]) -> (TempDir, Folder) {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let found = Folder::at(folder.path());
    (folder, found)
}

/// Faults as they are said, with paths from the folder of settings on.
fn said(folder: &TempDir, faults: &[Fault]) -> Vec<String> {
    let prefix = format!("{}/", folder.path().display());
    faults.iter().map(|fault| without_shipped_lines(&fault.to_string().replace(&prefix, ""))).collect()
}

/// The lines of shipped files move with every key and role that is added above them.
fn without_shipped_lines(text: &str) -> String {
    ["keymaps/default.toml:", "themes/dark.toml:"].iter().fold(text.to_owned(), |text, file| {
        match text.split_once(file) {
            Some((before, after)) => {
                let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
                format!("{before}{}{after}", file.trim_end_matches(':'))
            }
            None => text,
        }
    })
}
