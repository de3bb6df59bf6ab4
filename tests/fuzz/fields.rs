//! What holds for sets of fields and their owners, whatever bytes come in. The properties of the suite `core` and the program
//! that fuzzes share it.

use std::collections::BTreeMap;

use serde_json::{Map as Object, Value, json};
use wheelhouse::ownership::{Blame, FieldSet, blame};
use wheelhouse::schema::{Atom, Gvk, List, ListKind, Map, Scalar, Schema, Slot};

/// The kind of [`types`].
pub fn kind() -> Gvk {
    Gvk { group: "example.com".to_owned(), version: "v1".to_owned(), kind: "Thing".to_owned() }
}

/// A kind with a list of every sort, an atomic map, a free one, and below `any` what the API server deduces.
pub fn types() -> Schema {
    let mut schema = Schema::default();
    let any = schema.deduced().slot().clone();
    let mut add = |atom: Atom| {
        let id = schema.reserve();
        schema.set(id, atom);
        Slot::plain(id)
    };
    let scalar = add(Atom { scalar: Some(Scalar::Untyped), ..Atom::default() });
    let of_list = |element: &Slot, kind: ListKind| Atom {
        list: Some(List { element: element.clone(), kind }),
        ..Atom::default()
    };
    let of_map = |fields: &[(&str, &Slot)], element: Option<&Slot>, atomic: bool| {
        let fields = fields.iter().map(|(name, slot)| ((*name).to_owned(), (*slot).clone())).collect();
        Atom { map: Some(Map { fields, element: element.cloned(), atomic }), ..Atom::default() }
    };
    let tcp = Slot { default: Some(json!("TCP")), ..scalar.clone() };
    let port = add(of_map(&[("port", &scalar), ("protocol", &tcp), ("name", &scalar)], None, false));
    let ports = add(of_list(&port, ListKind::Map(vec!["port".to_owned(), "protocol".to_owned()])));
    let labels = add(of_map(&[], Some(&scalar), false));
    let selector = add(of_map(&[], Some(&scalar), true));
    let arguments = add(of_list(&scalar, ListKind::Atomic));
    let set = add(of_list(&scalar, ListKind::Set));
    let fields: &[(&str, &Slot)] =
        &[("name", &scalar), ("ports", &ports), ("labels", &labels), ("args", &arguments), ("any", &any)];
    let item = add(of_map(fields, None, false));
    let items = add(of_list(&item, ListKind::Map(vec!["name".to_owned()])));
    let fields: &[(&str, &Slot)] = &[
        ("a", &scalar),
        ("items", &items),
        ("labels", &labels),
        ("selector", &selector),
        ("set", &set),
        ("any", &any),
    ];
    let spec = add(of_map(fields, None, false));
    let root = add(of_map(&[("metadata", &any), ("spec", &spec), ("any", &any)], None, false));
    schema.set_kind(kind(), root);
    schema
}

/// Reads the bytes as a set, as an object, and as the managedFields of an object that holds something.
///
/// # Panics
/// Where one of the properties does not hold.
pub fn any_bytes(bytes: &[u8], schema: &Schema) {
    if let Ok(set) = FieldSet::from_json(bytes) {
        set_is_kept(&set);
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    if let Ok(set) = FieldSet::from_value(&value) {
        set_is_kept(&set);
    }
    let entry = |manager: &str, fields: Value| json!({"manager": manager, "operation": "Update", "apiVersion": "example.com/v1", "fieldsType": "FieldsV1", "fieldsV1": fields});
    let managed =
        json!([entry("one", value.clone()), value, entry("two", json!({"f:spec": {"f:a": {}, "f:items": {}}}))]);
    let mut held = live();
    held["metadata"]["managedFields"] = managed;
    let mut listed = live();
    listed["metadata"]["managedFields"] = value.clone();
    for object in [value, held, listed] {
        everything_is_accounted_for(&object, schema);
    }
}

/// A set is what its text says, and its leaves are all that has nothing below.
fn set_is_kept(set: &FieldSet) {
    let text = set.to_json();
    assert_eq!(FieldSet::from_json(text.as_bytes()).as_ref(), Ok(set), "{text}");
    assert_eq!(set.paths().into_iter().collect::<FieldSet>(), *set, "{text}");
    assert_eq!(set.paths().len(), set.len(), "{text}");
    assert!(set.difference(set).is_empty() && set.union(set) == *set && set.intersection(set) == *set, "{text}");
    for path in set.leaves().paths() {
        assert!(set.contains(&path.0) && !path.to_string().is_empty(), "{text}: {path}");
    }
}

/// Every leaf of every entry is a leaf of its owner and of nobody else, every value of the object stands there once, pointers
/// lead to something, and the counts are those of what they count.
///
/// # Panics
/// Where that is not so.
pub fn everything_is_accounted_for(object: &Value, schema: &Schema) {
    let known = schema.kind(&kind()).expect("the schema knows its kind");
    for typed in [schema.deduced(), known] {
        let found = blame(object, typed);
        assert_eq!(found.is_guessed, typed.is_deduced());
        let mut owned: Vec<FieldSet> = vec![FieldSet::default(); found.entries.len()];
        for leaf in &found.leaves {
            assert!(!leaf.owners.is_empty() && leaf.owners.is_sorted(), "{leaf:?}");
            for owner in &leaf.owners {
                owned[*owner].insert(&leaf.path.0);
            }
            for pointer in &leaf.at {
                assert!(object.pointer(pointer).is_some(), "{leaf:?} in {object}");
            }
        }
        for (entry, owned) in found.entries.iter().zip(owned) {
            let leaves = entry.fields.as_ref().map(FieldSet::leaves).unwrap_or_default();
            // A set knows no empty branches; leaves may have left some.
            assert_eq!(leaves.paths(), owned.paths(), "{object}");
        }
        let mut values = Vec::new();
        collect(object, &mut String::new(), &mut values);
        let at: Vec<String> = found.values.iter().map(|value| value.at.clone()).collect();
        assert_eq!(at, values, "{object}");
        counts_are_right(&found);
    }
}

fn counts_are_right(found: &Blame) {
    assert_eq!(found.held.len(), found.entries.len());
    for (entry, held) in found.held.iter().enumerate() {
        let present = found.leaves_of(entry).filter(|leaf| !leaf.at.is_empty()).count();
        let shared = found.leaves_of(entry).filter(|leaf| leaf.owners.len() > 1).count();
        let counted = (held.leaves, held.present, held.shared, held.values);
        assert_eq!(counted, (found.leaves_of(entry).count(), present, shared, found.values_of(entry).count()));
    }
}

/// The pointers of all values that hold no other.
fn collect(value: &Value, pointer: &mut String, all: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    if inner.is_empty() {
        all.push(pointer.clone());
    }
    for (step, value) in inner {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&step);
        if pointer != "/metadata/managedFields" {
            collect(value, pointer, all);
        }
        pointer.truncate(length);
    }
}

/// An object of [`kind`] that has something of everything.
pub fn live() -> Value {
    let more: Object<String, Value> = BTreeMap::from([("x", json!([{"name": "a"}, 1, null]))])
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    json!({
        "apiVersion": "example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "a", "labels": {"b": "1", "c/d": "2"}, "finalizers": ["x", "y"]},
        "spec": {
            "a": 1,
            "items": [
                {"name": "a", "ports": [{"port": 80}, {"port": 80, "protocol": "UDP"}], "args": ["-v"], "any": {}},
                {"name": "b", "labels": {"x": null}, "any": [1, {"a": 2}]},
                {"name": "b"},
            ],
            "labels": {"a": "b", "": "e"},
            "selector": {"a": "b"},
            "set": ["a", "b", "a", 1],
            "any": more,
        },
    })
}
