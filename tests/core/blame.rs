//! Who owns what, said for objects that are read at a glance, and for the recorded storefront.

use serde_json::{Value, json};
use wheelhouse::ownership::{Blame, DEPTH_LIMIT, FieldSet, KEY_LIMIT, blame, managed_fields};
use wheelhouse::schema::Schema;

use crate::fields::recorded;
use crate::fields_properties::fields::{kind, types};

fn entry(manager: &str, version: &str, fields: Value) -> Value {
    json!({"manager": manager, "operation": "Update", "apiVersion": version, "fieldsType": "FieldsV1", "fieldsV1": fields})
}

/// An object of the kind of `types` with these entries, one a manager `a`, `b`, ...
fn object(spec: Value, sets: &[Value]) -> Value {
    let entries =
        sets.iter().zip('a'..).map(|(set, name)| entry(&name.to_string(), "example.com/v1", json!({"f:spec": set})));
    json!({
        "apiVersion": "example.com/v1", "kind": "Thing",
        "metadata": {"name": "x", "managedFields": entries.collect::<Value>()},
        "spec": spec,
    })
}

fn names(blame: &Blame, owners: &[usize]) -> String {
    let names: Vec<&str> = owners.iter().map(|owner| blame.entries[*owner].manager.as_str()).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join("+") }
}

/// Each leaf with its owners and where it is, and each value below the spec with its owners.
fn told(blame: &Blame) -> Vec<String> {
    let leaves = blame.leaves.iter().map(|leaf| {
        let at = if leaf.at.is_empty() { "absent".to_owned() } else { leaf.at.join(" ") };
        let foreign = if leaf.is_foreign { ", of another version" } else { "" };
        format!("{} of {}: {at}{foreign}", leaf.path, names(blame, &leaf.owners))
    });
    let values = blame.values.iter().filter(|value| value.is_tracked);
    leaves.chain(values.map(|value| format!("{} = {}", value.at, names(blame, &value.owners)))).collect()
}

/// With the types known.
fn check(object: &Value, expected: &[&str]) {
    let schema = types();
    assert_eq!(told(&blame(object, schema.kind(&kind()).unwrap())), expected);
}

/// With no types known.
fn check_guessed(object: &Value, expected: &[&str]) {
    let found = blame(object, Schema::default().deduced());
    assert!(found.is_guessed);
    assert_eq!(told(&found), expected);
}

#[test]
fn equal_values_are_shared_and_dropped_ones_absent() {
    let object = object(
        json!({"a": 1, "labels": {"x": "1"}}),
        &[json!({"f:a": {}, "f:labels": {"f:x": {}, "f:gone": {}}}), json!({"f:a": {}, "f:labels": {".": {}}})],
    );
    let expected = [
        ".spec.a of a+b: /spec/a",
        ".spec.labels of b: /spec/labels",
        ".spec.labels.gone of a: absent",
        ".spec.labels.x of a: /spec/labels/x",
        "/spec/a = a+b",
        "/spec/labels/x = a",
    ];
    check(&object, &expected);
    check_guessed(&object, &expected);
}

#[test]
fn who_holds_an_atomic_map_or_list_holds_all_of_it_and_a_free_map_only_itself() {
    let spec = json!({"labels": {"x": "1"}, "selector": {"x": "1", "y": {"z": []}}, "items": [{"name": "n", "args": ["-v", "-w"]}]});
    let set = json!({"f:labels": {}, "f:selector": {}, "f:items": {"k:{\"name\":\"n\"}": {"f:args": {}}}});
    let object = object(spec, &[set]);
    let leaves = [
        ".spec.items[name=\"n\"].args of a: /spec/items/0/args",
        ".spec.labels of a: /spec/labels",
        ".spec.selector of a: /spec/selector",
    ];
    let values = |labels| {
        [
            labels,
            "/spec/selector/x = a",
            "/spec/selector/y/z = a",
            "/spec/items/0/name = nobody",
            "/spec/items/0/args/0 = a",
            "/spec/items/0/args/1 = a",
        ]
    };
    check(&object, &[&leaves[..], &values("/spec/labels/x = nobody")].concat());
    check_guessed(&object, &[&leaves[..], &values("/spec/labels/x = a")].concat());
}

#[test]
fn a_key_that_an_item_lacks_has_its_default() {
    let spec = json!({"items": [{"name": "n", "ports": [{"port": 80, "protocol": "UDP"}, {"port": 80}, {"port": 81, "name": "x"}]}]});
    let set = json!({"f:items": {"k:{\"name\":\"n\"}": {"f:ports": {
        "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}},
        "k:{\"port\":81,\"protocol\":\"SCTP\"}": {"f:name": {}},
    }}}});
    let object = object(spec, &[set]);
    let expected = [
        ".spec.items[name=\"n\"].ports[port=80,protocol=\"TCP\"].port of a: /spec/items/0/ports/1/port",
        ".spec.items[name=\"n\"].ports[port=81,protocol=\"SCTP\"].name of a: absent",
        "/spec/items/0/name = nobody",
        "/spec/items/0/ports/0/port = nobody",
        "/spec/items/0/ports/0/protocol = nobody",
        "/spec/items/0/ports/1/port = a",
        "/spec/items/0/ports/2/port = nobody",
        "/spec/items/0/ports/2/name = nobody",
    ];
    check(&object, &expected);
    let mut guessed = expected;
    guessed[1] = ".spec.items[name=\"n\"].ports[port=81,protocol=\"SCTP\"].name of a: /spec/items/0/ports/2/name";
    guessed[7] = "/spec/items/0/ports/2/name = a";
    check_guessed(&object, &guessed);
}

#[test]
fn without_types_an_item_that_lacks_a_key_is_taken_only_where_it_is_the_one_candidate() {
    let set = json!({"f:rules": {"k:{\"host\":\"h\",\"path\":\"/\"}": {"f:to": {}}}});
    let rule = json!({"host": "h", "to": "x"});
    let one = object(json!({"rules": [{"host": "g"}, rule]}), std::slice::from_ref(&set));
    check_guessed(
        &one,
        &[
            ".spec.rules[host=\"h\",path=\"/\"].to of a: /spec/rules/1/to",
            "/spec/rules/0/host = nobody",
            "/spec/rules/1/host = nobody",
            "/spec/rules/1/to = a",
        ],
    );
    let two = object(json!({"rules": [rule, rule]}), &[set]);
    check_guessed(
        &two,
        &[
            ".spec.rules[host=\"h\",path=\"/\"].to of a: absent",
            "/spec/rules/0/host = nobody",
            "/spec/rules/0/to = nobody",
            "/spec/rules/1/host = nobody",
            "/spec/rules/1/to = nobody",
        ],
    );
}

#[test]
fn of_a_set_each_value_is_owned_wherever_it_stands() {
    let object =
        object(json!({"set": ["x", 1, "x", "y"]}), &[json!({"f:set": {"v:\"x\"": {}, "v:1": {}, "v:\"z\"": {}}})]);
    let expected = [
        ".spec.set[=1] of a: /spec/set/1",
        ".spec.set[=\"x\"] of a: /spec/set/0 /spec/set/2",
        ".spec.set[=\"z\"] of a: absent",
        "/spec/set/0 = a",
        "/spec/set/1 = a",
        "/spec/set/2 = a",
        "/spec/set/3 = nobody",
    ];
    check(&object, &expected);
    check_guessed(&object, &expected);
}

#[test]
fn items_with_the_same_key_are_held_as_a_whole() {
    let spec = json!({"items": [{"name": "n", "args": []}, {"name": "n"}, {"name": "m", "any": {}}]});
    let set = json!({"f:items": {"k:{\"name\":\"n\"}": {}, "k:{\"name\":\"m\"}": {}}});
    check(
        &object(spec, &[set]),
        &[
            ".spec.items[name=\"m\"] of a: /spec/items/2",
            ".spec.items[name=\"n\"] of a: /spec/items/0 /spec/items/1",
            "/spec/items/0/name = a",
            "/spec/items/0/args = a",
            "/spec/items/1/name = a",
            "/spec/items/2/name = nobody",
            "/spec/items/2/any = nobody",
        ],
    );
}

#[test]
fn fields_of_another_version_are_resolved_as_far_as_they_go_and_marked() {
    let old = json!({"f:spec": {"f:a": {}, "f:former": {}}});
    let new = json!({"f:spec": {"f:a": {}}});
    let managed = json!([entry("old", "example.com/v1beta1", old), entry("new", "example.com/v1", new)]);
    let object = json!({"apiVersion": "example.com/v1", "metadata": {"managedFields": managed}, "spec": {"a": 1}});
    check(
        &object,
        &[".spec.a of old+new: /spec/a", ".spec.former of old: absent, of another version", "/spec/a = old+new"],
    );
    let held = blame(&object, Schema::default().deduced()).held;
    let counts: Vec<_> =
        held.iter().map(|held| (held.leaves, held.present, held.shared, held.values, held.is_foreign)).collect();
    assert_eq!(counts, [(2, 1, 1, 1, true), (1, 1, 1, 1, false)]);
}

#[test]
fn of_the_storefront_each_hotfix_has_its_manager() {
    let object = &recorded("deployments.jsonl.gz")[64];
    let found = blame(object, Schema::default().deduced());
    let release_or_controller = ["helm-controller", "kube-controller-manager"];
    let by_others = found.leaves.iter().filter(|leaf| {
        leaf.owners.iter().any(|owner| !release_or_controller.contains(&found.entries[*owner].manager.as_str()))
    });
    let told: Vec<String> = by_others
        .map(|leaf| {
            let owners = leaf.owners.iter().map(|owner| {
                let entry = &found.entries[*owner];
                let subresource =
                    if entry.subresource.is_empty() { String::new() } else { format!("/{}", entry.subresource) };
                format!("{}{subresource}", entry.manager)
            });
            let is = leaf.at.iter().map(|at| object.pointer(at).unwrap().to_string()).collect::<Vec<_>>().join(" ");
            format!("{} = {is}: {}", leaf.path, owners.collect::<Vec<_>>().join(", "))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_bad_entry_says_what_is_wrong_and_the_others_count() {
    let managed = json!([
        7,
        entry("good", "v1", json!({"f:a": {}})),
        entry("bad", "v1", json!({"f:a": {"f:b": {"k:{": {}}}})),
        {"manager": 1, "operation": "Guess", "time": "soon", "fieldsType": "FieldsV1", "fieldsV1": {"f:c": {}}},
        {"manager": "x", "operation": "Apply", "apiVersion": "v1", "time": "2026-11-21T07:29:02Z", "fieldsType": "FieldsV2"},
    ]);
    let object = json!({"apiVersion": "v1", "metadata": {"managedFields": managed}, "a": 1, "c": 2});
    let told: Vec<String> = managed_fields(&object)
        .iter()
        .map(|entry| {
            let fields = entry.fields.as_ref().map_or_else(ToString::to_string, FieldSet::to_json);
            let faults: String = entry.faults.iter().map(|fault| format!("; {fault}")).collect();
            format!("{} {} {}: {fields}{faults}", entry.manager, entry.operation, entry.time.is_some())
        })
        .collect();
    assert_eq!(
        told,
        [
            "  false: an entry of managedFields is not an object",
            "good Update false: {\"f:a\":{}}",
            "bad Update false: EOF while parsing an object at line 1 column 1 below .a.b at the key \"k:{\"",
            " Guess false: {\"f:c\":{}}; manager is not a string; operation is not Apply or Update; apiVersion is not a version; time is not a time",
            "x Apply true: fieldsType is not FieldsV1",
        ]
    );
    let found = blame(&object, Schema::default().deduced());
    let owners: Vec<_> = found.leaves.iter().map(|leaf| (leaf.path.to_string(), leaf.owners.clone())).collect();
    assert_eq!(owners, [(".a".to_owned(), vec![1]), (".c".to_owned(), vec![3])]);
    let none = managed_fields(&json!({"metadata": {"managedFields": {}}}));
    assert_eq!(none[0].fields.as_ref().unwrap_err().to_string(), "managedFields is not a list");
}

#[test]
fn what_is_too_deep_or_too_long_is_an_error_that_says_where() {
    let nested = |levels: usize| format!("{}{{}}{}", "{\"f:a\":".repeat(levels), "}".repeat(levels));
    let told = |text: &str| {
        FieldSet::from_json(text.as_bytes())
            .map(|set| set.len())
            .map_err(|fault| (fault.at.0.len(), fault.cause.to_string()))
    };
    assert_eq!(told(&nested(DEPTH_LIMIT)), Ok(1));
    let depth = (DEPTH_LIMIT + 1, format!("fields are nested more than {DEPTH_LIMIT} levels"));
    assert_eq!(told(&nested(DEPTH_LIMIT + 1)), Err(depth.clone()));
    assert_eq!(told(&nested(10_000)), Err(depth));
    let inner = "[".repeat(10_000);
    let recursion = "recursion limit exceeded at line 1 column 128".to_owned();
    assert_eq!(told(&format!("{{\"f:a\":{{\"v:{inner}\":{{}}}}}}")), Err((1, recursion)));
    let key = format!("f:{}", "x".repeat(KEY_LIMIT));
    let fault = FieldSet::from_value(&json!({"f:a": {(key): {}}})).unwrap_err();
    let expected = format!("a key of 65538 bytes is none of Kubernetes below .a at the key \"f:{}\"", "x".repeat(78));
    assert_eq!(fault.to_string(), expected);
}
