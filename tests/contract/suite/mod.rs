//! The contract of the demo with a real API server: the same stories told to both, and what the real one said.
//!
//! A subject is one file with a function `cases`, named in [`SUBJECTS`]; what the real server said of it lies in
//! `tests/contract/golden/SUBJECT.json`.

#![allow(dead_code, reason = "each suite that includes this module uses a part of it")]

mod accepting;
mod differences;
mod discovery;
pub mod documents;
mod forgetting;
mod normal;
mod openapi;
mod options;
pub mod patches;
mod reading;
mod rights;
mod selecting;
mod story;
mod watching;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

#[allow(unused_imports, reason = "each suite that includes this module uses a part of it")]
pub use differences::DIFFERENCES;
pub use story::{Answer, Case, Side, tell};

/// A subject and its cases.
type Subject = (&'static str, fn() -> Vec<Case>);

/// The subjects, each with its cases. Those of `forgetting` need the server to themselves.
pub const SUBJECTS: &[Subject] = &[
    ("discovery", discovery::cases),
    ("openapi", openapi::cases),
    ("reading", reading::cases),
    ("options", options::cases),
    ("selecting", selecting::cases),
    ("accepting", accepting::cases),
    ("rights", rights::cases),
    ("watching", watching::cases),
    ("creating", writing::creating::cases),
    ("workloads", writing::workloads::cases),
    ("replacing", writing::replacing::cases),
    ("patching", writing::patching::cases),
    ("deleting", writing::deleting::cases),
    ("forgetting", forgetting::cases),
];

/// What was said in each case of a subject, by the name of the case.
pub type Transcripts = BTreeMap<String, Value>;

fn path(subject: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/contract/golden/{subject}.json"))
}

/// What the real server said.
pub fn golden(subject: &str) -> Transcripts {
    let path = path(subject);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Writes what the real server said.
pub fn write_golden(subject: &str, transcripts: &Transcripts) {
    let text = serde_json::to_string_pretty(transcripts).unwrap();
    std::fs::write(path(subject), text + "\n").unwrap();
}

/// Compares, and on failure says where and not only that both differ.
#[track_caller]
pub fn check(case: &str, said: &Value, expected: &Value) {
    let mut differing = Vec::new();
    compare("", said, expected, &mut differing);
    assert!(differing.is_empty(), "{case}:\n{}", differing.join("\n"));
}

fn compare(at: &str, said: &Value, expected: &Value, differing: &mut Vec<String>) {
    match (said, expected) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
                compare(&format!("{at}/{}", name.replace('/', "~1")), &of(one), &of(other), differing);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{at}/{number}"), one, other, differing);
            }
        }
        _ if said == expected => {}
        _ => differing.push(format!("{at}\n  expected {expected}\n  said     {said}")),
    }
}
