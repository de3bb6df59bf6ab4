//! Health check expressions held to the library of Flux: `tests/oracle/cel` says what each of them gives.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wheelhouse::health::expressions::{Evaluated, ExpressionStatus, HealthChecks};

use crate::vectors::committed;

/// The largest part of the cases that may be not evaluated. They are mostly calls of what is on the list of `docs/domain.md`.
const MOST_NOT_EVALUATED: usize = 2600;

fn objects() -> BTreeMap<String, Value> {
    let named = |line: Value| (line["name"].as_str().unwrap().to_owned(), line["object"].clone());
    committed("cel-objects.jsonl").into_iter().map(named).collect()
}

/// What the checks say of the object, in the words of the vectors; `None` where they are not evaluated.
fn said(checks: &Value, object: &Value) -> Option<Value> {
    let release = json!({"spec": {"healthCheckExprs": checks}});
    let Ok(checks) = HealthChecks::read(&release) else { return Some(json!("invalid")) };
    match checks.evaluate(object) {
        None => Some(json!("none")),
        Some(Evaluated::Status(status)) => Some(json!(status.to_string())),
        Some(Evaluated::Error(_)) => Some(json!("error")),
        Some(Evaluated::NotEvaluated(_)) => None,
    }
}

#[track_caller]
fn report(differences: &[String], not_evaluated: usize, count: usize, most: usize) {
    println!("{count} cases, {} differ, {not_evaluated} are not evaluated", differences.len());
    let shown = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {count} differ:\n{shown}", differences.len());
    assert!(not_evaluated <= most, "{not_evaluated} of {count} are not evaluated");
}

/// Each expression as `current` of a check. What was not observed yet is in progress before the expression counts.
#[test]
fn every_expression_gives_what_it_gives_in_flux() {
    let objects = objects();
    let vectors = committed("cel-expressions.jsonl");
    assert_eq!(vectors.len(), 25_203);
    let mut differences = Vec::new();
    let mut not_evaluated = 0;
    for vector in &vectors {
        let name = vector.get("object").map_or("values", |name| name.as_str().unwrap());
        let object = &objects[name];
        let checks = json!([{"apiVersion": object["apiVersion"], "current": vector["expression"]}]);
        let expected = match &vector["result"] {
            result if name == "stale" && result != "invalid" => json!(ExpressionStatus::InProgress.to_string()),
            Value::Bool(true) => json!(ExpressionStatus::Current.to_string()),
            Value::Bool(false) => json!(ExpressionStatus::InProgress.to_string()),
            other => other.clone(),
        };
        match said(&checks, object) {
            None => not_evaluated += 1,
            // The library itself crashes: nothing is healthy by it.
            Some(actual) if expected == "panic" && (actual == "error" || actual == "invalid") => {}
            Some(actual) if actual == expected => {}
            Some(actual) => differences.push(format!("{vector}: {actual}")),
        }
    }
    report(&differences, not_evaluated, vectors.len(), MOST_NOT_EVALUATED);
}

#[test]
fn every_set_of_checks_gives_what_it_gives_in_flux() {
    let objects = objects();
    let vectors = committed("cel-checks.jsonl");
    assert_eq!(vectors.len(), 3068);
    let mut differences = Vec::new();
    let mut not_evaluated = 0;
    for vector in &vectors {
        let object = &objects[vector["object"].as_str().unwrap()];
        let is = |name: &str| vector.get(name) == Some(&json!(true));
        let expected = match vector.get("status") {
            Some(status) => status.clone(),
            None if is("error") => json!("error"),
            None if is("invalid") => json!("invalid"),
            None => json!("none"),
        };
        match said(&vector["checks"], object) {
            None => not_evaluated += 1,
            Some(actual) if actual == expected => {}
            Some(actual) => differences.push(format!("{vector}: {actual}")),
        }
    }
    report(&differences, not_evaluated, vectors.len(), 0);
}
