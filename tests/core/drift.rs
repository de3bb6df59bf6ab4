//! Drift held to Flux: what `tests/oracle/drift` was answered by the libraries that helm-controller compares with.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde_json::{Value, json};
use wheelhouse::ownership::drift::{Comparison, Item, Live, Operation, State, compare, diff, mask_secret};
use wheelhouse::ownership::fate::Outcome;
use wheelhouse::ownership::own::Method;
use wheelhouse::ownership::parent::Kustomizations;
use wheelhouse::ownership::patch::Helm;
use wheelhouse::ownership::report::Writing;
use wheelhouse::schema::Schema;

use crate::vectors::{of_each, report};

/// The committed cases; others, if the environment names a file of them: `go run . -cases 100000 -seed 7` in
/// `tests/oracle/drift` makes some.
fn cases() -> Vec<Value> {
    let mut text = String::new();
    if let Some(file) = std::env::var_os("DRIFT_VECTORS") {
        text = std::fs::read_to_string(file).unwrap();
    } else {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/drift.jsonl.gz");
        GzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), 2400);
    }
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn told(patch: &[Operation]) -> Value {
    let told = patch.iter().map(|operation| {
        json!({"op": operation.verb.to_string(), "path": operation.path, "old": operation.old, "new": operation.new})
    });
    told.collect()
}

/// Equal, numbers as floats: the reference tells of all numbers as of those.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| is_same(left, right)))
        }
        _ => left == right,
    }
}

/// The value in an array, which is the same where both are equal.
fn wrapped(value: &Value) -> Value {
    if value.is_null() { json!([]) } else { value.clone() }
}

static NONE: Kustomizations = Kustomizations::new();

fn writing() -> Writing<'static> {
    Writing {
        method: Method::ServerSide,
        expected: "helm-controller",
        is_forced: true,
        corrects_drift: false,
        helm: Helm::Four,
        failed: None,
        settings: &[],
        kustomizations: &NONE,
        now: Timestamp::UNIX_EPOCH,
        masker: wheelhouse::release::mask::Masker::default(),
    }
}

fn of_values(case: &Value) -> Value {
    match diff(&case["live"], &case["after"]) {
        Ok(patch) => json!({"patch": told(&patch)}),
        Err(_) => json!({"panic": true, "patch": []}),
    }
}

fn of_objects(case: &Value) -> Value {
    let manifest = case["manifest"].clone();
    let live = match &case["live"] {
        Value::Null => Live::Missing,
        live => Live::There(live.clone()),
    };
    let items = vec![Item { manifest, live: live.clone() }];
    let schema = Schema::default();
    let writing = writing();
    let comparison = Comparison::of(items, &case["ignore"], &schema, &writing);
    let after = || Ok(Outcome::Written(Box::new(case["after"].clone())));
    let tried: Vec<_> = comparison.writes().into_iter().map(|write| (write, after())).collect();
    let paths = comparison.paths().first().cloned().unwrap_or_default();
    let drift = comparison.told(&tried, "");
    if drift.bad_rule.is_some() {
        return json!({"error": true, "summary": "", "patch": []});
    }
    let summary = drift.summary().join("\n");
    let object = &drift.objects[0];
    let patch = match (&live, &object.state) {
        (Live::There(live), State::Changed(_) | State::Unchanged) => {
            compare(live, &case["after"], &paths).unwrap_or_default()
        }
        (Live::Missing, State::Changed(_)) => {
            let bare = json!({"apiVersion": case["manifest"]["apiVersion"], "kind": case["manifest"]["kind"]});
            compare(&bare, &case["after"], &paths).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let of = match &object.state {
        State::Removed => "create",
        State::Excluded(_) => "exclude",
        State::Unchanged => "none",
        State::Changed(changes) => {
            assert_eq!(changes.len(), patch.len());
            "update"
        }
        State::Unknown(why) if why.contains("backslash") => {
            return json!({"panic": true, "summary": "", "patch": []});
        }
        State::Unknown(_) => return json!({"error": true, "summary": "", "patch": []}),
    };
    let mut answer = json!({"type": of, "summary": summary, "patch": told(&patch)});
    if case["manifest"]["kind"] == "Secret" {
        answer["masked"] = told(&mask_secret(patch));
    }
    answer
}

/// What the reference leaves readable, and what is masked here: all of a Secret, and what is equal in both of two maps.
fn masked(expected: &mut Value) {
    for operation in expected.as_array_mut().into_iter().flatten() {
        if let (Value::Object(old), Some(new)) = (operation["old"].clone(), operation["new"].as_object_mut()) {
            let equal = old.iter().filter(|(_, value)| *value == "***");
            equal.for_each(|(key, _)| {
                if let Some(value) = new.get_mut(key) {
                    *value = json!("***");
                }
            });
        }
    }
}

#[test]
fn drift_is_what_flux_says_of_the_same_objects() {
    let cases = cases();
    let count = cases.len();
    let differences = of_each(cases, |mut case| {
        let actual = if case["what"] == "values" { of_values(&case) } else { of_objects(&case) };
        masked(&mut case["masked"]);
        let wrong = ["type", "error", "panic", "summary", "patch", "masked"].into_iter().find(|part| {
            let is_unsaid = |value: &Value| value.is_null() || *value == "" || *value == false || *value == json!([]);
            let (expected, actual) = (&case[*part], &actual[*part]);
            let whole = expected.as_array().is_some_and(|all| all.iter().any(|one| one["path"] == ""));
            if *part == "masked" && whole {
                return false;
            }
            !(is_same(&wrapped(expected), &wrapped(actual)) || is_unsaid(expected) && is_unsaid(actual))
        });
        wrong.map(|part| format!("{part}: {case}\nactual {actual}"))
    });
    report(&differences.into_iter().flatten().collect::<Vec<_>>(), count);
}

/// The rule that is told of each line, put into the HelmRelease, leaves that line out and no other object.
#[test]
fn the_rule_of_a_line_silences_it() {
    let mut silenced = 0;
    for case in cases().iter().filter(|case| case["what"] == "objects" && case["ignore"].is_null()) {
        let (manifest, live, after) = (&case["manifest"], &case["live"], &case["after"]);
        if live.is_null() || case["type"] != "update" {
            continue;
        }
        let items = [Item { manifest: manifest.clone(), live: Live::There(live.clone()) }];
        let told = |ignore: &Value| {
            let (schema, writing) = (Schema::default(), writing());
            let comparison = Comparison::of(items.to_vec(), ignore, &schema, &writing);
            let outcome = Ok(Outcome::Written(Box::new(after.clone())));
            let tried: Vec<_> = comparison.writes().into_iter().map(|write| (write, outcome.clone())).collect();
            comparison.told(&tried, "").objects.remove(0)
        };
        let State::Changed(changes) = told(&Value::Null).state else { continue };
        for change in &changes {
            let ignore: Value = wheelhouse::release::yaml::to_json(&change.rule.to_string()).unwrap();
            let left = match told(&ignore).state {
                State::Changed(left) => left,
                State::Unchanged => Vec::new(),
                other => panic!("{other:?} by {ignore}: {case}"),
            };
            let place = |one: &wheelhouse::ownership::drift::Change| {
                (one.operation.at.clone(), one.operation.old.clone(), one.operation.new.clone())
            };
            // Behind a removed item the next one takes its place, and may be its equal.
            let is_gone = left.iter().all(|one| place(one) != place(change)) || left.len() < changes.len();
            assert!(is_gone, "{change:?} stays by {ignore}: {case}");
            silenced += 1;
        }
    }
    assert!(silenced > 200, "{silenced}");
}
