//! Properties of comparing: what is told makes the new document of the old one, equal documents give nothing, nothing that is
//! told is secret, and no text makes it panic.

use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use wheelhouse::diff::{Change, Diff, Part, Told, apply};
use wheelhouse::ownership::compare;
use wheelhouse::release::yaml::to_json;
use wheelhouse::schema::Schema;

use crate::diff::{TYPES, asked, compared, file};

/// Names that lists are matched by, and others; none that names a secret.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "name", "key", "id", "items", "env", "x/y", "~", "apiVersion"])
        .prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = Value> {
    let few = vec![
        json!("a"),
        json!("b"),
        json!(""),
        json!("a: 1\nb: [x, y]\n"),
        json!("b: [y]\na: 1.0 # one\n"),
        json!("{\n\"a\": {\"b\": on}}"),
        json!("{\n\"a\": {\"b\": 1}}"),
        json!("two\nlines\n"),
        json!(1),
        json!(1.0),
        json!(-7),
        json!(u64::MAX),
        json!(true),
        Value::Null,
    ];
    prop::sample::select(few)
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The value with some of it put out of place, so that much stays the same.
fn changed(mut value: Value, places: &[(u8, Value)]) -> Value {
    places.iter().for_each(|(place, other)| change(&mut value, usize::from(*place), 4, other));
    value
}

fn change(value: &mut Value, place: usize, depth: usize, other: &Value) {
    match value {
        Value::Array(items) if !items.is_empty() && depth > 0 => {
            let at = place % items.len();
            match place % 7 {
                0 => items.insert(at, other.clone()),
                1 => drop(items.remove(at)),
                2 => items.swap(0, at),
                _ => change(&mut items[at], place / 3, depth - 1, other),
            }
        }
        Value::Object(fields) if !fields.is_empty() && depth > 0 => {
            let at = place % fields.len();
            change(fields.values_mut().nth(at).unwrap(), place / 3, depth - 1, other);
        }
        value => *value = other.clone(),
    }
}

fn thing(spec: &Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": spec})
}

/// Documents within texts read, and lists of the API without order sorted.
fn normal(value: &Value, field: &str) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), normal(value, name))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| normal(item, "")).collect();
            if matches!(field, "containers" | "ports" | "volumes" | "volumeMounts") {
                items.sort_by(compare);
            }
            items.into()
        }
        Value::String(text) if text.contains('\n') => match to_json(text) {
            Ok(inner) if inner.is_object() || inner.is_array() => inner,
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// What is told of two objects of one name.
fn check(old: &Value, new: &Value, schema: &Schema) -> Result<(), TestCaseError> {
    let diff =
        compared(&asked(file("old", &old.to_string()), file("new", &new.to_string()), &[Part::Manifest]), schema);
    prop_assert_eq!(&diff.faults, &Vec::<String>::new());
    match diff.entries.as_slice() {
        [] => prop_assert!(compare(&normal(old, ""), &normal(new, "")).is_eq(), "{} {}", old, new),
        [entry] => {
            prop_assert_eq!(entry.change, Change::Changed);
            let Told::Fields { old: told, changes } = &entry.told else { return Err(TestCaseError::fail("lines")) };
            prop_assert!(!changes.is_empty());
            let made = apply(told, changes);
            prop_assert!(compare(&normal(&made, ""), &normal(new, "")).is_eq(), "{:?} made {}", changes, made);
            prop_assert!(compare(&normal(told, ""), &normal(old, "")).is_eq(), "{}", told);
        }
        _ => return Err(TestCaseError::fail("one object")),
    }
    Ok(())
}

fn same(object: &Value, schema: &Schema) -> Result<(), TestCaseError> {
    // Read twice, because equal texts are not compared.
    let spaced = format!("{object}\n# again\n");
    let yaml = serde_yaml::to_string(object).unwrap();
    for other in [object.to_string(), spaced, yaml] {
        let Ok(read) = to_json(&other) else { continue };
        if read != *object {
            continue;
        }
        let diff = compared(&asked(file("old", &object.to_string()), file("new", &other), &[Part::Manifest]), schema);
        prop_assert_eq!(diff, Diff { old: "old".to_owned(), new: "new".to_owned(), same: 1, ..Diff::default() });
    }
    Ok(())
}

fn pods() -> impl Strategy<Value = Value> {
    let few = || prop::sample::select(vec!["a", "b", "c", "d"]);
    let unique = |names: Vec<&'static str>| {
        let mut seen = std::collections::BTreeSet::new();
        names.into_iter().filter(move |name| seen.insert(*name)).collect::<Vec<_>>()
    };
    let env = prop::collection::vec((few(), few()), 0..5).prop_map(|pairs| {
        pairs.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>()
    });
    let ports = prop::collection::vec((80_u16..83, prop::sample::select(vec!["", "TCP", "UDP"]), few()), 0..4)
        .prop_map(|ports| {
            let port = |(port, protocol, name): (u16, &str, &str)| match protocol {
                "" => json!({"containerPort": port, "name": name}),
                protocol => json!({"containerPort": port, "protocol": protocol, "name": name}),
            };
            ports.into_iter().map(port).collect::<Vec<_>>()
        });
    let args = prop::collection::vec(few(), 0..5);
    let container = (env, ports, args, few());
    (prop::collection::vec(few(), 0..4), prop::collection::vec(few(), 0..4), prop::collection::vec(container, 8)).prop_map(
        move |(containers, init, parts)| {
            let mut parts = parts.into_iter();
            let mut of = |names: Vec<&'static str>| {
                let container = |(name, (env, ports, args, image))| {
                    json!({"name": name, "env": env, "ports": ports, "args": args, "image": image})
                };
                unique(names).into_iter().zip(parts.by_ref()).map(container).collect::<Vec<_>>()
            };
            let (containers, init) = (of(containers), of(init));
            let spec = json!({"containers": containers, "initContainers": init});
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {"spec": spec}}})
        },
    )
}

const PLANTED: &str = "hunter2-planted";

/// An object with a secret in it wherever rules say that it is one.
fn with_secret() -> impl Strategy<Value = Value> {
    (0..12_usize, value(), any::<bool>()).prop_map(|(way, value, is_other)| {
        let secret = if is_other { format!("{PLANTED}-2") } else { PLANTED.to_owned() };
        let base64 = STANDARD.encode(&secret);
        let text = STANDARD.encode(format!("a: 1\nb: {secret}\n"));
        let object = |kind: &str, key: &str, value: Value| {
            json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "t"}, key: value})
        };
        match way {
            0 => object("Secret", "data", json!({"a": base64})),
            1 => object("Secret", "stringData", json!({"a": secret})),
            2 => object("Secret", "data", json!({"a": text})),
            3 => object("Secret", "stringData", json!({"a": format!("{{\"x\": [\"{secret}\"]}}")})),
            4 => object("Secret", "stringData", json!({"a": format!("[{{name: {secret}}}, {{name: x}}]\n\n# x\n")})),
            5 => object("Secret", "stringData", json!({"a": format!("{{{secret}}}")})),
            6 => object("Secret", "data", json!({"a": text, "b": value})),
            7 => object("Secret", "spec", json!({"passwords": [{"id": secret, "v": value}, {"id": "x"}]})),
            8 => object("Secret", "spec", json!({"password": {"a": [secret, value]}, "b": value})),
            9 => object("Secret", "spec", json!({"env": [{"name": "DB_PASSWORD", "value": secret}, {"name": "B", "value": value}]})),
            10 => object("Secret", "spec", json!({"text": format!("a: b\npassword: {secret}\n"), "b": value})),
            _ => object("Secret", "spec", json!({"args": ["--password", secret, value], "url": format!("pg://u:{secret}@db/x")})),
        }
    })
}

/// What texts are made of.
fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "apiVersion: v1\n",
        "kind: ConfigMap\n",
        "metadata: {name: a}\n",
        "data:\n",
        "  f: |\n",
        "    a: 1\n",
        "---\n",
        "{",
        "}",
        "[",
        "]",
        "- ",
        "a: ",
        "&x ",
        "*x",
        "<<: *x\n",
        "items:\n",
        "\n",
        "  ",
        "'",
        "\"",
        "# Source: c/t.yaml\n",
        "...\n",
        "\u{feff}",
        "\t",
    ];
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_told_makes_the_new_document_of_the_old_one(old in value(), new in value(), places in prop::collection::vec((any::<u8>(), value()), 0..4)) {
        check(&thing(&old), &thing(&new), &Schema::default())?;
        check(&thing(&old), &thing(&changed(old.clone(), &places)), &Schema::default())?;
    }

    #[test]
    fn equal_documents_give_nothing(spec in value(), pods in pods()) {
        same(&thing(&spec), &Schema::default())?;
        same(&pods, &TYPES)?;
    }

    #[test]
    fn nothing_that_is_told_is_secret(old in with_secret(), new in with_secret()) {
        let diff = compared(&asked(file("old", &old.to_string()), file("new", &new.to_string()), &[Part::Manifest]), &Schema::default());
        let printed = format!("{diff:?}");
        let base64 = STANDARD.encode(PLANTED);
        prop_assert!(!printed.contains(PLANTED) && !printed.contains(base64.trim_end_matches('=')), "{}", printed);
    }

    #[test]
    fn no_text_makes_it_panic(old in text(), new in text()) {
        let asked = asked(file("old", &old), file("new", &new), &[Part::Manifest]);
        let diff = asked.compare(&Schema::default(), |_| ControlFlow::Continue(()));
        for entry in diff.iter().flat_map(|diff| &diff.entries) {
            if let Told::Fields { old, changes } = &entry.told {
                let _ = apply(&Value::Null, changes);
                let _ = apply(old, changes.iter().step_by(2));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn with_types_too_it_makes_the_new_document_of_the_old_one(old in pods(), new in pods()) {
        check(&old, &new, &TYPES)?;
    }
}
