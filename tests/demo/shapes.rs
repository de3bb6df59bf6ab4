//! What is printed as JSON has the fields that are documented, and no others.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wheelhouse::cli::cli_reference;

/// A part of the reference, from a line that begins so to where the next part begins.
struct Part {
    begins: &'static str,
    /// Commands whose output it describes.
    commands: &'static [&'static [&'static str]],
    /// Fields whose content is nobody's form: values of the user, objects of the cluster.
    free: &'static [&'static str],
    /// Fields of the tables that no made-up release has.
    absent: &'static [&'static str],
    /// Parts that this one refers to.
    and: &'static [&'static str],
}

const NONE: Part = Part { begins: "", commands: &[], free: &[], absent: &[], and: &[] };
const PLAN: &str = "`reconcile`, `reset`";

const PARTS: &[Part] = &[
    Part { begins: "`list` prints", commands: &[&["list"]], ..NONE },
    Part { begins: "`history` prints", commands: &[&["history", "billing"]], ..NONE },
    Part { begins: "`timeline` prints", commands: &[&["timeline", "billing"]], ..NONE },
    Part {
        begins: "`values` prints",
        commands: &[&["values", "identity/login", "--provenance"]],
        free: &["value"],
        ..NONE
    },
    Part { begins: "`manifest` prints", commands: &[&["notes", "billing"]], ..NONE },
    Part { begins: "`journal` prints", commands: &[&["journal"]], free: &["action"], ..NONE },
    Part {
        begins: "`journal --unfinished` prints",
        commands: &[&["journal", "--unfinished"]],
        free: &["action"],
        ..NONE
    },
    Part {
        begins: PLAN,
        commands: &[
            &["reconcile", "billing", "--with-source", "--dry-run"],
            &["reset", "billing", "--dry-run"],
            &["force", "shop/storefront", "--dry-run"],
            &["suspend", "billing", "--reason", "x", "--dry-run"],
            &["resume", "billing", "--dry-run"],
            &["rollback", "legacy/wiki", "--wait", "--force-conflicts", "--dry-run"],
            &["unlock", "legacy/forum", "--dry-run"],
            &["disown", "shop/storefront", "--manager", "kubectl-edit", "--dry-run"],
        ],
        free: &["content", "action"],
        ..NONE
    },
    Part {
        begins: "When the plan is run",
        commands: &[&["suspend", "billing", "--reason", "x", "--yes"], &["unlock", "legacy/forum", "--yes"]],
        ..NONE
    },
    Part { begins: "`status RELEASE` prints", commands: &[&["status", "billing"]], and: &["`list` prints"], ..NONE },
    Part { begins: "With `--watch` it prints", ..NONE },
    Part { begins: "`why` prints", commands: &[&["why", "billing"]], ..NONE },
    Part {
        begins: "`owners` prints",
        commands: &[&["owners", "shop/storefront"]],
        free: &["manifest", "live"],
        ..NONE
    },
    Part { begins: "`blame` prints", commands: &[&["blame", "shop/storefront"]], ..NONE },
    Part { begins: "`preflight` prints", commands: &[&["preflight", "legacy/wiki"]], ..NONE },
    Part {
        begins: "`drift` prints",
        commands: &[&["drift", "shop/storefront"]],
        free: &["manifest", "live", "target"],
        ..NONE
    },
    Part {
        begins: "`diff` prints",
        commands: &[&["diff", "billing", "10", "11"]],
        free: &["old", "new", "rules"],
        ..NONE
    },
    Part { begins: "`status -f` prints", ..NONE },
    Part { begins: "`keys` prints", commands: &[&["keys"]], ..NONE },
    Part { begins: "`themes` prints", commands: &[&["themes"], &["themes", "dark"]], ..NONE },
];

/// The text of a part.
fn text<'r>(reference: &'r str, begins: &str) -> &'r str {
    let place = |begins: &str| {
        let place = reference.find(&format!("\n{begins}"));
        place.unwrap_or_else(|| panic!("the reference has no line that begins with {begins}"))
    };
    let begin = place(begins);
    let end = PARTS.iter().map(|part| place(part.begins)).filter(|other| *other > begin).min();
    &reference[begin..end.unwrap_or(reference.len())]
}

/// What stands between backticks, word by word.
fn named(text: &str) -> BTreeSet<&str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// The fields of the tables: what stands in their first column.
fn rows(text: &str) -> BTreeSet<&str> {
    let columns = text.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split(" | ").next());
    columns.flat_map(named).collect()
}

/// The fields of a value and of all that is in it.
fn fields(value: &Value, free: &[&str], found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                found.insert(name.clone());
                if !free.contains(&name.as_str()) {
                    fields(inner, free, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, free, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A journal with an entry of each kind, of which one run was broken off.
fn noted(folder: &std::path::Path) {
    let entry = |fields: Value| {
        let mut entry = json!({"version": 1, "time": "2026-01-02T03:04:05Z", "user": "alice", "context": "gone",
            "server": "https://10.0.0.1", "program": "0.1.0"});
        entry.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        entry.to_string()
    };
    let object = json!({"path": "/api/v1/namespaces/shop/configmaps/web", "uid": null, "resource_version": null});
    let lines = [
        entry(json!({"kind": "reveal", "release": "shop/web", "field": "values .a"})),
        entry(
            json!({"kind": "begin", "run": "a-0", "plan": "7f", "release": "shop/web", "action": {"action": "unlock"}, "title": "t"}),
        ),
        entry(json!({"kind": "send", "run": "a-0", "step": 1, "request": "update secrets x", "object": object})),
        entry(json!({"kind": "step", "run": "a-0", "step": 1, "result": "done", "says": ""})),
        entry(json!({"kind": "end", "run": "b-0", "outcome": "done", "says": "", "next": []})),
        "damaged".to_owned(),
    ];
    let folder = folder.join("wheelhouse");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("journal.jsonl"), lines.join("\n") + "\n").unwrap();
}

fn run(arguments: &[&str], state: &std::path::Path) -> Vec<Value> {
    // The demo's own journal is empty.
    let demo: &[&str] = if arguments[0] == "journal" { &[] } else { &["--demo"] };
    let output = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .args(demo)
        .args(arguments)
        .args(["-o", "json"])
        .stdin(Stdio::null())
        .env_clear()
        .env("HOME", state)
        .env("XDG_STATE_HOME", state)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    values.map(|value| value.unwrap()).collect()
}

#[test]
fn every_field_that_is_printed_is_documented_and_the_other_way_round() {
    let reference = cli_reference();
    let state = tempfile::tempdir().unwrap();
    noted(state.path());
    let mut wrong = Vec::new();
    for part in PARTS.iter().filter(|part| !part.commands.is_empty()) {
        let mut printed = BTreeSet::new();
        for arguments in part.commands {
            run(arguments, state.path()).iter().for_each(|value| fields(value, part.free, &mut printed));
        }
        let own = text(&reference, part.begins);
        let mut documented = named(own);
        part.and.iter().for_each(|other| documented.extend(named(text(&reference, other))));
        let unknown: Vec<&String> = printed.iter().filter(|field| !documented.contains(field.as_str())).collect();
        if !unknown.is_empty() {
            wrong.push(format!("{}: printed, and not documented: {unknown:?}", part.begins));
        }
        let is_field = |word: &&&str| part.begins != "`journal` prints" && !part.absent.contains(*word);
        let rows = rows(own);
        let never: Vec<&&str> = rows.iter().filter(is_field).filter(|word| !printed.contains(**word)).collect();
        if !never.is_empty() {
            wrong.push(format!("{}: documented, and not printed: {never:?}", part.begins));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
