//! `wheelhouse keys` and `wheelhouse themes`: what counts, and where it is written.

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::settings;

/// Runs the binary with these settings: exit code, standard output, standard error, the folder's path left out.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let (folder, _) = settings(&[]);
    for (file, text) in files {
        let path = folder.path().join("wheelhouse").join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let output = Command::cargo_bin("wheelhouse")
        .unwrap()
        .env_clear()
        .env("XDG_CONFIG_HOME", folder.path())
        .env("HOME", "/nonexistent")
        .env("TERM", "xterm-256color")
        .args(arguments)
        .output()
        .unwrap();
    let prefix = format!("{}/wheelhouse/", folder.path().display());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&prefix, "~/");
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The lines that hold a word, with one space between their columns.
fn lines_with(text: &str, word: &str) -> Vec<String> {
    let narrow = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(narrow).filter(|line| line.contains(word)).collect()
}

#[test]
fn keys_are_told_with_file_and_line_and_what_they_replace() {
    let keymap = "[releases]\n\"c\" = \"none\"\n[release]\n\"c\" = \"none\"\n[global]\n\"Z\" = \"copy-name\"\n";
    let (code, out, err) = run(&[("keymap.toml", keymap)], &["keys", "-o", "json"]);
    assert_eq!(
        (code, err.as_str()),
        (
            8,
            "wheelhouse: ~/keymap.toml:6: \"copy-name\" is no command of [global]\nwheelhouse: 1 fault; what is shipped stands in until it is mended\n"
        )
    );
    let entries: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert!(entries.iter().all(|entry| entry["from"].as_str().unwrap().starts_with("keymaps/default.toml:")));

    let keymap = "[releases]\n\"c\" = \"none\"\n[release]\n\"c\" = \"none\"\n[global]\n\"J\" = \"page-down\"\n[preflight]\n\"c\" = \"none\"\n";
    let (code, out, err) = run(&[("keymap.toml", keymap)], &["keys", "-o", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let entries: Vec<Value> = serde_json::from_str(&out).unwrap();
    let entry = |context: &str, command: &str| {
        let same = |entry: &&Value| entry["context"] == context && entry["command"] == command;
        let mut entry = entries.iter().find(same).unwrap().clone();
        // The line of the shipped file moves with every key that is added above it.
        for below in entry["replaces"].as_array_mut().unwrap() {
            assert!(below["from"].as_str().unwrap().starts_with("keymaps/default.toml:"));
            below["from"] = Value::Null;
        }
        entry
    };
    assert_eq!(
        entry("releases", "none"),
        json!({"context": "releases", "keys": "c", "command": "none", "does": null, "danger": null,
            "from": "~/keymap.toml:2", "replaces": [{"was": "copy-name", "from": null}]})
    );
    assert_eq!(
        entry("releases", "copy-name"),
        json!({"context": "releases", "keys": null, "command": "copy-name",
            "does": "Send namespace/name to the terminal's clipboard", "danger": "none", "from": null, "replaces": []})
    );
    let (_, out, _) = run(&[("keymap.toml", keymap)], &["keys"]);
    assert_eq!(
        lines_with(&out, "keymap.toml:6"),
        ["global J page-down ~/keymap.toml:6 journal of keymaps/default.toml:24"]
    );
    // A dash is a key as well: of a rollback it chooses an older revision.
    let older = lines_with(&out, " older-target ");
    assert!(
        matches!(older.as_slice(), [line] if line.starts_with("plan - older-target keymaps/default.toml:")),
        "{older:?}"
    );
    let unbound: Vec<_> = lines_with(&out, " - ").into_iter().filter(|line| !older.contains(line)).collect();
    assert_eq!(unbound, ["releases - copy-name -", "global - journal -"]);
    let (code, out, _) = run(&[], &["keys", "-o", "yaml"]);
    assert_eq!((code, out.starts_with("- context: global\n")), (0, true));
}

#[test]
fn themes_are_told_with_their_files() {
    let files = [("themes/night.toml", "inherits = \"dark\""), ("themes/mono.toml", "inherits = \"mono\"")];
    let (code, out, err) = run(&files, &["themes"]);
    let expected = [
        "NAME BACKGROUND FILE REPLACES",
        "dark (in use) dark themes/dark.toml -",
        "light light themes/light.toml -",
        "mono - ~/themes/mono.toml themes/mono.toml",
        "night dark ~/themes/night.toml -",
    ];
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(lines_with(&out, ""), expected);
}

#[test]
fn a_theme_is_told_role_by_role() {
    let night = "inherits = \"dark\"\n[palette]\nbad = [\"#ff5f5f\", \"203\"]\n[roles]\n\"text\" = \"252\"\n";
    let (code, out, _) = run(&[("themes/night.toml", night)], &["themes", "night", "-o", "json"]);
    let entries: Vec<Value> = serde_json::from_str(&out).unwrap();
    let entry = |role: &str| entries.iter().find(|entry| entry["role"] == role).unwrap();
    assert_eq!(code, 0);
    let mut text = entry("text").clone();
    assert!(text["replaces"][0]["from"].as_str().unwrap().starts_with("themes/dark.toml:"));
    text["replaces"][0]["from"] = Value::Null;
    assert_eq!(
        text,
        json!({"role": "text", "style": "252", "shown": "252", "from": "~/themes/night.toml:5",
            "replaces": [{"was": "plain", "from": null}], "is": "Anything without another role"})
    );
    assert_eq!(
        (&entry("health.failed")["style"], &entry("health.failed")["shown"]),
        (&json!("bad bold"), &json!("203 bold"))
    );
}

#[test]
fn what_is_wrong_with_themes_is_told_once() {
    let files = [("themes/a.toml", "inherits = \"b\""), ("themes/b.toml", "inherits = \"drak\"")];
    let (code, out, err) = run(&files, &["themes"]);
    assert_eq!((code, lines_with(&out, "1 wrong").len()), (8, 2));
    assert_eq!(
        err,
        "wheelhouse: ~/themes/b.toml:1: no theme \"drak\"; there are a, b, dark, light, mono; did you mean \"dark\"?\n\
         wheelhouse: 1 fault; what is shipped stands in until it is mended\n"
    );
    let (code, _, err) = run(&[], &["themes", "pink"]);
    assert_eq!((code, err.as_str()), (2, "wheelhouse: no theme \"pink\"; there are dark, light, mono\n"));
}
