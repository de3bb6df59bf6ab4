//! Holds the import arrows between the rooms, the size of files, and that no test file is forgotten.

#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use strum::IntoEnumIterator;
use wheelhouse::config::Role;

/// What each room may import from other rooms. `docs/architecture.md` explains it.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["shell", "cli", "config"]),
    (
        "shell",
        &[
            "app",
            "view",
            "cluster",
            "demo",
            "journal",
            "config",
            "release",
            "health",
            "ownership",
            "schema",
            "diff",
            "plan",
        ],
    ),
    (
        "cli",
        &["app", "cluster", "demo", "journal", "config", "release", "health", "ownership", "schema", "diff", "plan"],
    ),
    ("view", &["app", "config", "release", "health", "ownership", "schema", "diff", "plan"]),
    ("app", &["config", "release", "health", "ownership", "schema", "diff", "plan"]),
    ("cluster", &["journal", "config", "release", "health", "ownership", "schema", "diff", "plan"]),
    ("demo", &["release", "health", "ownership", "schema", "plan"]),
    ("journal", &["release", "health", "plan"]),
    ("plan", &["release", "health", "ownership", "schema", "diff"]),
    ("diff", &["release", "schema", "ownership"]),
    ("ownership", &["schema", "release"]),
    ("schema", &["release"]),
    ("health", &["release"]),
    ("config", &[]),
    ("release", &[]),
    ("lib", &[]),
];

/// What may not be named outside of the rooms that own it: the word, the rooms, the reason.
const OWNED: &[(&str, &[&str], &str)] = &[
    ("kube::Client", &["cluster"], "only cluster/ talks to a cluster"),
    ("kube::api", &["cluster"], "only cluster/ talks to a cluster"),
    ("std::fs", &["config", "shell", "journal", "demo"], "the core and the application do no I/O"),
    ("std::env", &["config", "shell", "main"], "what the environment says is read once, at the edge"),
    ("Timestamp::now", &["cluster", "shell", "cli"], "time reaches the application as a message"),
    ("SystemTime::now", &[], "time reaches the application as a message"),
    ("Instant::now", &["cluster", "shell"], "time reaches the application as a message"),
    ("tokio::", &["cluster", "shell", "cli", "main"], "the core and the application do no I/O"),
    ("crossterm::", &["shell"], "only shell/ knows the terminal"),
    ("syntect::", &["app", "view", "shell"], "highlighting belongs to documents"),
    ("todo!", &[], "what is not there yet is refused with a message"),
    ("unimplemented!", &[], "what is not there yet is refused with a message"),
];

fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let inside = path.strip_prefix(&root).unwrap();
                let room = inside.components().next().unwrap().as_os_str().to_string_lossy();
                let room = room.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).unwrap();
                found.push((room, inside.to_owned(), text));
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found
}

/// The code without comments and without its tests: tests may import what they like.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_point_one_way() {
    let rooms: BTreeSet<&str> = ARROWS.iter().map(|(room, _)| *room).collect();
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let allowed = ARROWS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{}: the room {room} is not in the table of arrows", path.display()))
            .1;
        let code = code(&text);
        for prefix in ["crate::", "wheelhouse::"] {
            for (at, _) in code.match_indices(prefix) {
                let rest = &code[at + prefix.len()..];
                // `use crate::{a::b, c}` names several rooms at once.
                let named: Vec<&str> = match rest.strip_prefix('{') {
                    Some(group) => top_level_names(group),
                    None => vec![rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()],
                };
                for target in named {
                    if rooms.contains(target) && target != room && !allowed.contains(&target) {
                        wrong.push(format!("{}: {room} -> {target}", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that docs/architecture.md does not know:\n{}", wrong.join("\n"));
}

fn top_level_names(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = Vec::new();
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(group[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    names.iter().map(|name| name.split("::").next().unwrap_or_default().trim()).collect()
}

#[test]
fn what_a_room_owns_stays_in_it() {
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let code = code(&text);
        if path.ends_with("tests.rs") {
            continue;
        }
        for (word, rooms, reason) in OWNED {
            if code.contains(word) && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{}: {word}: {reason}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_says_what_it_is_for() {
    for (_, path, text) in sources() {
        if path.ends_with("tests.rs") {
            continue;
        }
        assert!(text.starts_with("//!"), "{}: begins with no word on what it is for", path.display());
    }
}

#[test]
fn files_stay_short_enough_to_read() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(_, _, text)| text.lines().count() > 600)
        .map(|(_, path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "split along their verbs:\n{}", long.join("\n"));
}

#[test]
fn every_role_of_a_theme_is_used() {
    let drawing: Vec<String> =
        sources().iter().filter(|(room, ..)| room == "view" || room == "app").map(|(.., text)| code(text)).collect();
    let used = |role: &Role| {
        let name = format!("Role::{role:?}");
        drawing.iter().any(|text| {
            // `Role::Tab` is no use of `Role::TabOpen`.
            text.match_indices(&name).any(|(at, _)| !text[at + name.len()..].starts_with(char::is_alphanumeric))
        })
    };
    let unused: Vec<&str> = Role::iter().filter(|role| !used(role)).map(Role::name).collect();
    assert_eq!(unused, Vec::<&str>::new(), "nothing is drawn in it");
}

#[test]
fn no_test_file_is_forgotten() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let mut forgotten = Vec::new();
    for entry in fs::read_dir(root.join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let suite = if path.is_dir() { path.join("main.rs") } else { path.clone() };
        if suite.extension().is_none_or(|end| end != "rs") || !suite.exists() {
            continue;
        }
        let named = suite.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if !manifest.contains(&format!("path = \"{named}\"")) {
            forgotten.push(named);
        }
        if path.is_dir() {
            let text = fs::read_to_string(&suite).unwrap();
            for case in fs::read_dir(&path).unwrap() {
                let case = case.unwrap().path();
                let name = case.file_stem().unwrap().to_string_lossy().into_owned();
                let named = case.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                if case.extension().is_some_and(|end| end == "rs")
                    && name != "main"
                    && !text.contains(&format!("mod {name};"))
                    && !manifest.contains(&format!("path = \"{named}\""))
                {
                    forgotten.push(named);
                }
            }
        }
    }
    assert!(forgotten.is_empty(), "not in Cargo.toml or in the suite's main.rs: {}", forgotten.join(", "));
}
