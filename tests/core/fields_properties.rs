//! Properties of sets of fields and of who owns what: generated sets and objects, and changed texts.

use proptest::prelude::*;
use serde_json::{Value, json};
use wheelhouse::ownership::{FieldSet, Path, PathElement};

#[path = "../fuzz/changes.rs"]
mod changes;
#[path = "../fuzz/fields.rs"]
pub mod fields;

/// Names that the types know, and others.
fn name() -> impl Strategy<Value = String> {
    let known = ["a", "name", "port", "protocol", "ports", "labels", "args", "any", "items", "selector", "set", "spec"];
    prop_oneof![8 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn scalar() -> impl Strategy<Value = Value> {
    let few = vec![json!("a"), json!("b"), json!("TCP"), json!(1), json!(1.0), json!(80), json!(true), Value::Null];
    prop_oneof![8 => prop::sample::select(few), 1 => any::<f64>().prop_map(Value::from), 1 => any::<String>().prop_map(Value::from)]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..5).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn element() -> impl Strategy<Value = PathElement> {
    prop_oneof![
        6 => name().prop_map(PathElement::Field),
        2 => prop::collection::btree_map(name(), scalar(), 1..3)
            .prop_map(|fields| PathElement::key(fields.into_iter().collect())),
        1 => scalar().prop_map(PathElement::Value),
        1 => (-1_i64..4).prop_map(PathElement::Index),
    ]
}

fn set() -> impl Strategy<Value = FieldSet> {
    prop::collection::vec(prop::collection::vec(element(), 1..6).prop_map(Path), 0..20)
        .prop_map(|paths| paths.into_iter().collect())
}

/// An object with everything, of which some is replaced, and entries, of which some know it.
fn object() -> impl Strategy<Value = Value> {
    let entries = prop::collection::vec((set(), any::<bool>(), any::<bool>()), 0..4);
    (entries, prop::collection::vec((name(), value()), 0..4)).prop_map(|(entries, replaced)| {
        let mut object = fields::live();
        for (name, value) in replaced {
            object["spec"][name] = value;
        }
        let entries = entries.into_iter().map(|(set, is_other, knows)| {
            let known = FieldSet::from_value(&json!({"f:spec": {"f:a": {}, "f:items": {"k:{\"name\":\"b\"}": {}}}})).unwrap();
            let set = if knows { set.union(&known) } else { set };
            let version = if is_other { "example.com/v2" } else { "example.com/v1" };
            let fields: Value = serde_json::from_str(&set.to_json()).unwrap();
            json!({"manager": "m", "operation": "Update", "apiVersion": version, "fieldsType": "FieldsV1", "fieldsV1": fields})
        });
        object["metadata"]["managedFields"] = entries.collect();
        object
    })
}

proptest! {
    #[test]
    fn a_set_survives_being_written(set in set()) {
        prop_assert_eq!(FieldSet::from_json(set.to_json().as_bytes()), Ok(set));
    }

    #[test]
    fn sets_keep_the_laws_of_sets(left in set(), right in set()) {
        let (both, all) = (left.intersection(&right), left.union(&right));
        prop_assert_eq!(&all, &right.union(&left));
        prop_assert_eq!(&both, &right.intersection(&left));
        prop_assert_eq!(left.difference(&right).union(&both), left.clone());
        prop_assert_eq!(all.len() + both.len(), left.len() + right.len());
        prop_assert!(left.recursive_difference(&right).difference(&left.difference(&right)).is_empty());
        for path in right.paths() {
            prop_assert!(all.contains(&path.0));
            prop_assert_eq!(both.contains(&path.0), left.contains(&path.0));
        }
    }

    #[test]
    fn every_leaf_and_every_value_of_an_object_is_accounted_for(object in object()) {
        fields::everything_is_accounted_for(&object, &fields::types());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fields::any_bytes(&bytes, &fields::types());
    }
}

#[test]
fn changed_texts_are_read_or_refused() {
    let (schema, mut changes) = (fields::types(), changes::Changes::new(1));
    for _ in 0..3000 {
        fields::any_bytes(&changes.text(), &schema);
    }
}
