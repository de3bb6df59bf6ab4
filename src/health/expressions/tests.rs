//! Reading checks, and input that is meant to do harm. What expressions mean is held to Flux in `tests/core`.

use serde_json::{Value, json};

use super::*;

fn checks(expressions: Value) -> Result<HealthChecks, InvalidChecks> {
    HealthChecks::read(&json!({"spec": {"healthCheckExprs": expressions}}))
}

fn thing(current: &str) -> Value {
    json!([{"apiVersion": "a.example/v1", "kind": "Thing", "current": current}])
}

fn evaluated(current: &str, object: &Value) -> Option<Evaluated> {
    checks(thing(current)).unwrap().evaluate(object)
}

#[track_caller]
fn check(current: &str, object: Value, expected: &str) {
    let mut object = object;
    object["apiVersion"] = json!("a.example/v1");
    object["kind"] = json!("Thing");
    let said = match evaluated(current, &object) {
        Some(Evaluated::Status(status)) => status.to_string(),
        Some(Evaluated::Error(text)) => format!("error: {text}"),
        Some(Evaluated::NotEvaluated(text)) => format!("not evaluated: {text}"),
        None => "nothing".to_owned(),
    };
    assert_eq!(said, expected);
}

/// What stands behind the expression, which is quoted first.
#[track_caller]
fn check_reason(current: &str, object: Value, expected: &str) {
    check(current, object, &format!("not evaluated: {current}: {expected}"));
}

#[test]
fn a_status_an_error_and_what_is_not_evaluated() {
    check("status.ready", json!({"status": {"ready": true}}), "Current");
    check("status.ready", json!({"status": {"ready": false}}), "InProgress");
    check("status.ready", json!({"status": {}}), "error: status.ready: No such key: ready");
    check("status.ready", json!({"status": {"ready": "yes"}}), "error: status.ready: is no bool but string");
    check_reason("math.abs(-1) == 1", json!({}), "math.abs with 1 argument");
    check_reason("status.name.matches(status.pattern)", json!({}), "matches with a pattern that is no literal");
}

#[test]
fn what_is_not_evaluated_is_not_lost_behind_an_error() {
    let object = || json!({"status": {"zones": {"a": 1, "b": 2}}});
    let made = "a list made of a map, which has no order";
    check_reason("status.zones.map(zone, zone)[0] == 'a' && status.missing", object(), made);
    check_reason("status.missing || status.zones.map(zone, zone)[0] == 'a'", object(), made);
    check("status.zones.map(zone, zone)[0] == 'a' && false", object(), "InProgress");
}

#[test]
fn a_release_without_checks_has_none_and_a_broken_one_is_named() {
    let none = HealthChecks::read(&json!({"spec": {}})).unwrap();
    assert_eq!(none.evaluate(&json!({"apiVersion": "a.example/v1", "kind": "Thing"})), None);
    let invalid = |expressions| checks(expressions).unwrap_err().to_string();
    assert_eq!(
        invalid(json!([{"apiVersion": "a.example/v1", "kind": "Thing"}])),
        "healthCheckExprs[0]: current is missing"
    );
    assert_eq!(invalid(json!([3])), "healthCheckExprs[0]: current is missing");
    let twice = json!([
        {"apiVersion": "a.example/v1", "kind": "Thing", "current": "true"},
        {"apiVersion": "a.example/v2", "kind": "Thing", "current": "true"},
    ]);
    assert_eq!(invalid(twice), "healthCheckExprs[1]: a second check for a.example Thing");
    assert!(invalid(thing("status.")).starts_with("healthCheckExprs[0]: current: ERROR: <input>:1:8: Syntax error"));
}

/// Expressions of every shape that grows, small enough to be parsed and too large to be evaluated, or too large to parse.
#[test]
fn hostile_expressions_are_refused_before_they_are_evaluated() {
    let deep = "it is nested more than 24 levels deep";
    for hostile in [
        "(".repeat(5000),
        "[".repeat(5000),
        "{'a':".repeat(1000),
        "!".repeat(5000),
        "-".repeat(5000),
        format!("a{}", ".b".repeat(3000)),
        format!("a{}", "[0]".repeat(2000)),
        format!("a{}", ".f()".repeat(1500)),
        format!("1{}", "+1".repeat(3000)),
        format!("true{}", " ? true : true".repeat(500)),
        format!("{}true{}", "[1].all(x, ".repeat(60), ")".repeat(60)),
    ] {
        check_reason(&hostile, json!({}), deep);
    }
    check_reason(&"a".repeat(9000), json!({}), "it is longer than 8192 bytes");
    let slow = "it could take too long";
    let numbers = format!("[{}]", ["1"; 100].join(", "));
    let nested = format!("{numbers}.all(a, {numbers}.all(b, {numbers}.all(c, {numbers}.all(d, a + b + c + d > 0))))");
    check_reason(&nested, json!({}), slow);
    let doubled = format!("['abcdefgh']{}.size() > 0", ".map(a, a + a + a + a + a + a)".repeat(9));
    check_reason(&doubled, json!({}), slow);
    let replaced = format!("'aaaaaaaa'{}.size() > 0", ".replace('a', 'aaaaaaaa')".repeat(9));
    check_reason(&replaced, json!({}), slow);
    let squared = format!(
        "{}.size() > 0",
        (0..3).fold("'aaaa'".to_owned(), |inner, _| format!("['b'].map(x, {inner}).map(y, y.replace('', y))[0]"))
    );
    check_reason(&squared, json!({}), slow);
}

#[test]
fn hostile_objects_are_refused_before_they_are_evaluated() {
    let many: Vec<Value> = (0..3000).map(|number| json!({"type": number.to_string()})).collect();
    let all = json!({"status": {"conditions": many}});
    check_reason(
        "status.conditions.all(a, status.conditions.exists(b, a.type == b.type))",
        all.clone(),
        "it could take too long",
    );
    check("status.conditions.all(a, a.type != 'Ready')", all, "Current");
    let nested = (0..100).fold(json!(1), |inner, _| json!([inner]));
    check_reason("status == 1", json!({"status": nested}), "the object is nested more than 64 levels deep");
}

/// The deepest that is let through, on as small a stack as a thread of the runtime has.
#[test]
fn the_deepest_expressions_fit_the_stack() {
    for expression in [
        format!("{}true{}", "(".repeat(22), ")".repeat(22)),
        format!("a{}", ".b".repeat(24)),
        format!("1{} > 0", "+1".repeat(23)),
        format!("{}1{} == 1", "[".repeat(22), "]".repeat(22)),
        format!("{}true{}", "[1].all(x, ".repeat(7), ")".repeat(7)),
        format!("a{} == 1", ".orValue(1)".repeat(11)),
        format!("true{}", " ? true : true".repeat(12)),
    ] {
        let object = json!({"apiVersion": "a.example/v1", "kind": "Thing"});
        let said = evaluated(&expression, &object);
        let refused = matches!(&said, Some(Evaluated::NotEvaluated(text)) if text.contains("levels deep"));
        assert!(said.is_some() && !refused, "{expression}: {said:?}");
    }
}
