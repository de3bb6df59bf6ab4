//! Where a path leads in an object, and whether two values mean the same to the server.

use std::cmp::Ordering;

use serde_json::Value;

use super::item::key_default;
use super::{Path, PathElement, compare};
use crate::schema::Typed;
use crate::schema::pointer;

/// The value at a path. Of list items with the same key, the first.
#[must_use]
pub fn at<'v>(object: &'v Value, path: &Path, typed: Typed<'_>) -> Option<&'v Value> {
    walk(object, &path.0, typed)
}

/// Whether a path leads to a value.
#[must_use]
pub fn has(object: &Value, path: &[PathElement], typed: Typed<'_>) -> bool {
    walk(object, path, typed).is_some()
}

fn walk<'v>(object: &'v Value, path: &[PathElement], typed: Typed<'_>) -> Option<&'v Value> {
    let mut typed = Some(typed);
    path.iter().try_fold(object, |value, step| {
        let of = typed;
        typed = below(of, step);
        Some(next(value, step, of)?.1)
    })
}

/// Every value on the way along a path, the object itself left out, with its JSON pointer: as far as the way goes.
#[must_use]
pub fn walk_to<'v>(object: &'v Value, path: &Path, typed: Typed<'_>) -> Vec<(String, &'v Value)> {
    let mut all: Vec<(String, &Value)> = Vec::new();
    let (mut value, mut typed, mut pointer) = (object, Some(typed), String::new());
    for step in &path.0 {
        let Some((place, found)) = next(value, step, typed) else { break };
        pointer = format!("{pointer}/{place}");
        all.push((pointer.clone(), found));
        (value, typed) = (found, below(typed, step));
    }
    all
}

fn below<'t>(of: Option<Typed<'t>>, step: &PathElement) -> Option<Typed<'t>> {
    match step {
        PathElement::Field(name) => of.and_then(|of| of.field(name)),
        PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => of.and_then(Typed::element),
    }
}

/// One step further, and the part of a JSON pointer that means it.
fn next<'v>(value: &'v Value, step: &PathElement, of: Option<Typed<'_>>) -> Option<(String, &'v Value)> {
    let item = |matches: &dyn Fn(&Value) -> bool| {
        let mut items = value.as_array()?.iter().enumerate();
        items.find(|(_, item)| matches(item)).map(|(place, item)| (place.to_string(), item))
    };
    match step {
        PathElement::Field(name) => Some((pointer::step(name), value.get(name)?)),
        PathElement::Key(fields) => item(&|item| {
            fields.iter().all(|(name, wanted)| {
                let default = || of.and_then(|list| key_default(list, name));
                item.get(name).or_else(default).is_some_and(|own| compare(own, wanted) == Ordering::Equal)
            })
        }),
        PathElement::Value(wanted) => item(&|item| compare(item, wanted) == Ordering::Equal),
        PathElement::Index(index) => {
            let index = usize::try_from(*index).ok()?;
            Some((index.to_string(), value.get(index)?))
        }
    }
}

/// Whether the field is one of those by which its item is told apart: another value would be another item.
#[must_use]
pub fn is_key_field(path: &Path) -> bool {
    match path.0.as_slice() {
        [.., PathElement::Key(fields), PathElement::Field(name)] => fields.iter().any(|(key, _)| key == name),
        _ => false,
    }
}

/// The groups and versions with Pods and templates of Pods.
pub(super) const WITH_PODS: &[&str] = &["v1", "apps/v1", "batch/v1"];

/// Whether the field is an old name, which the server keeps equal to that of today: who writes the one comes to own both.
/// Source: kubernetes v1.36 `pkg/apis/core/v1/conversion.go` (Convert_core_PodSpec_To_v1_PodSpec).
#[must_use]
pub fn is_old_name(api_version: &str, path: &[PathElement]) -> bool {
    let end = [PathElement::field("spec"), PathElement::field("serviceAccount")];
    WITH_PODS.contains(&api_version) && path.ends_with(&end)
}

/// Fields whose values the server rewrites as quantities: `0.5` is `500m`.
/// Source: kubernetes/apimachinery v0.36 `pkg/api/resource/quantity.go` (`CanonicalizeBytes`).
const QUANTITIES: &[&str] = &["limits", "requests", "capacity", "hard", "sizeLimit", "averageValue", "storage"];

/// Whether the server takes two values of a field for the same.
#[must_use]
pub fn same(path: &Path, left: &Value, right: &Value) -> bool {
    if compare(left, right) == Ordering::Equal {
        return true;
    }
    let is_quantity =
        path.0.iter().any(|step| matches!(step, PathElement::Field(name) if QUANTITIES.contains(&name.as_str())));
    is_quantity
        && quantity(left)
            .is_some_and(|value| quantity(right).is_some_and(|other| (value - other).abs() <= value.abs() * 1e-12))
}

/// What a quantity is worth.
fn quantity(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Number(number) => return number.as_f64(),
        Value::String(text) => text.as_str(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    const SUFFIXES: &[(&str, f64)] = &[
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
        ("", 1.0),
    ];
    SUFFIXES.iter().find_map(|(suffix, worth)| Some(text.strip_suffix(suffix)?.parse::<f64>().ok()? * worth))
}

/// The server keeps no empty maps, lists and nulls where they mean the same as none.
pub(in crate::ownership) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::{Atom, Gvk, List, ListKind, Map, Schema, Slot};

    fn field(name: &str) -> PathElement {
        PathElement::field(name)
    }

    /// Of a port.
    fn key(port: impl Into<Value>, protocol: &str) -> PathElement {
        PathElement::key(vec![("port".to_owned(), port.into()), ("protocol".to_owned(), protocol.into())])
    }

    fn kind() -> Gvk {
        Gvk { group: String::new(), version: "v1".to_owned(), kind: "Thing".to_owned() }
    }

    /// A type with a list of ports, of which the protocol has a default.
    fn types() -> Schema {
        let mut schema = Schema::default();
        let any = schema.deduced().slot().of;
        let [port, ports, thing] = [(); 3].map(|()| schema.reserve());
        let map = |name: &str, slot: Slot| {
            let map = Map { fields: [(name.to_owned(), slot)].into(), element: Some(Slot::plain(any)), atomic: false };
            Atom { map: Some(map), ..Atom::default() }
        };
        schema.set(port, map("protocol", Slot { default: Some(json!("TCP")), ..Slot::plain(any) }));
        let keys = ["port", "protocol"].map(str::to_owned).to_vec();
        let list = List { element: Slot::plain(port), kind: ListKind::Map(keys) };
        schema.set(ports, Atom { list: Some(list), ..Atom::default() });
        schema.set(thing, map("ports", Slot::plain(ports)));
        schema.set_kind(kind(), Slot::plain(thing));
        schema
    }

    /// What stands there where the type is known, and where not.
    fn check(path: &[PathElement], known: Option<Value>, guessed: Option<Value>) {
        let object = json!({
            "ports": [{"port": 80, "protocol": "UDP"}, {"port": 80, "name": "web"}, {"port": 80, "name": "double"}],
            "set": ["x", 2],
        });
        let schema = types();
        let path = Path(path.to_vec());
        for (typed, expected) in [(schema.kind(&kind()).unwrap(), known), (schema.deduced(), guessed)] {
            assert_eq!(at(&object, &path, typed).cloned(), expected, "{path}");
            assert_eq!(has(&object, &path.0, typed), expected.is_some(), "{path}");
        }
    }

    #[test]
    fn an_item_is_found_by_its_key_and_a_field_that_it_lacks_has_its_default() {
        let udp = json!({"port": 80, "protocol": "UDP"});
        check(&[field("ports"), key(80, "UDP")], Some(udp.clone()), Some(udp.clone()));
        check(&[field("ports"), key(80.0, "UDP")], Some(udp.clone()), Some(udp));
        check(&[field("ports"), key(80, "TCP"), field("name")], Some(json!("web")), None);
        check(&[field("ports"), key(80, "SCTP")], None, None);
        check(&[field("ports"), key(80, "UDP"), field("name")], None, None);
        check(&[field("set"), key(80, "TCP")], None, None);
    }

    #[test]
    fn values_and_places_are_found_with_or_without_types() {
        let both = |path: &[PathElement], expected: Option<Value>| check(path, expected.clone(), expected);
        both(&[field("set"), PathElement::Value(json!(2.0))], Some(json!(2)));
        both(&[field("set"), PathElement::Value(json!("2"))], None);
        both(&[field("set"), PathElement::Index(0)], Some(json!("x")));
        both(&[field("set"), PathElement::Index(2)], None);
        both(&[field("set"), PathElement::Index(-1)], None);
        both(&[field("absent"), field("below")], None);
        both(&[field("set"), field("x")], None);
    }

    #[test]
    fn quantities_are_equal_by_what_they_are_worth_and_only_where_quantities_stand() {
        let check = |names: [&str; 2], left: Value, right: Value, expected: bool| {
            let path = Path(names.map(PathElement::field).to_vec());
            let found = [same(&path, &left, &right), same(&path, &right, &left)];
            assert_eq!(found, [expected; 2], "{path}: {left} {right}");
        };
        for (left, right, expected) in [
            (json!("0.5"), json!("500m"), true),
            (json!(1), json!("1000m"), true),
            (json!("0.1"), json!("100m"), true),
            (json!("1Gi"), json!("1024Mi"), true),
            (json!("1e3"), json!("1k"), true),
            (json!("0"), json!("0m"), true),
            (json!("1G"), json!("1Gi"), false),
            (json!("1"), json!("1001m"), false),
            (json!("1"), json!(true), false),
            (json!("x"), json!("y"), false),
            (json!(null), json!("0"), false),
        ] {
            check(["limits", "cpu"], left.clone(), right.clone(), expected);
            check(["requests", "cpu"], left.clone(), right.clone(), expected);
            check(["data", "cpu"], left, right, false);
        }
        check(["data", "cpu"], json!(1), json!(1.0), true);
        check(["data", "cpu"], json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true);
    }

    #[test]
    fn a_field_of_a_key_is_one_right_below_its_item() {
        let check = |path: &[PathElement], expected: bool| assert_eq!(is_key_field(&Path(path.to_vec())), expected);
        check(&[field("ports"), key(80, "TCP"), field("port")], true);
        check(&[field("ports"), key(80, "TCP"), field("name")], false);
        check(&[field("ports"), key(80, "TCP"), field("a"), field("port")], false);
        check(&[field("ports"), field("port")], false);
        check(&[field("ports"), key(80, "TCP")], false);
        check(&[], false);
    }
}
