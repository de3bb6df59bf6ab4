//! Schemas held to the library of the API server: what `tests/oracle/schema` was answered, place by place, for the documents
//! of the demo and for generated ones. And a document that is broken there is broken here.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use wheelhouse::schema::{Gvk, ListKind, Scalar, Schema, TypeId, Typed};

use crate::vectors::report;

/// A line of the vectors; `tests/oracle/schema` says what the fields are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    document: Option<Value>,
    #[serde(default)]
    kinds: BTreeMap<String, Uses>,
    #[serde(default)]
    broken: bool,
}

type Uses = BTreeMap<String, Use>;

#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Use {
    same: String,
    known: String,
    scalar: String,
    list: String,
    keys: Vec<String>,
    map: String,
    default: Option<Value>,
    strategies: Vec<String>,
    merge_key: String,
}

fn read(path: &str) -> String {
    let packed = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    text
}

/// As the reference tells it: kinds by name, and what a type holds where it is met first.
fn told(schema: &Schema) -> BTreeMap<String, Uses> {
    let name = |kind: &Gvk| format!("{}/{}/{}", kind.group, kind.version, kind.kind);
    let kinds: BTreeMap<String, &Gvk> = schema.kinds().map(|kind| (name(kind), kind)).collect();
    let mut met = HashMap::new();
    let tell = |(name, kind): (String, &Gvk)| {
        let mut uses = Uses::new();
        tell("", schema.kind(kind).unwrap(), &name, &mut met, &mut uses);
        (name, uses)
    };
    kinds.into_iter().map(tell).collect()
}

fn tell(path: &str, typed: Typed<'_>, kind: &str, met: &mut HashMap<TypeId, String>, uses: &mut Uses) {
    let (atom, slot) = (typed.atom(), typed.slot());
    let scalar = match atom.scalar {
        None => "",
        Some(Scalar::Numeric) => "numeric",
        Some(Scalar::String) => "string",
        Some(Scalar::Boolean) => "boolean",
        Some(Scalar::Untyped) => "untyped",
    };
    let (list, keys) = match typed.list_kind() {
        None => ("", Vec::new()),
        Some(ListKind::Atomic) => ("atomic", Vec::new()),
        Some(ListKind::Set) => ("set", Vec::new()),
        Some(ListKind::Map(keys)) => ("map", keys.clone()),
    };
    let map = if typed.is_atomic_map() { "atomic" } else { "granular" };
    let known = match slot.of {
        TypeId::DEDUCED => "deduced",
        TypeId::UNTYPED => "untyped",
        _ => "",
    };
    let same = met.get(&slot.of).filter(|_| known.is_empty()).cloned();
    let within = known.is_empty() && same.is_none();
    let told = Use {
        same: same.unwrap_or_default(),
        known: known.to_owned(),
        scalar: scalar.to_owned(),
        list: list.to_owned(),
        keys,
        map: atom.map.as_ref().map_or("", |_| map).to_owned(),
        default: slot.default.clone(),
        strategies: slot.patch_strategies.clone(),
        merge_key: slot.patch_merge_key.clone().unwrap_or_default(),
    };
    assert_eq!(typed.is_deduced(), !known.is_empty());
    uses.insert(path.to_owned(), told);
    if !within {
        return;
    }
    met.insert(slot.of, format!("{kind}{path}"));
    if let Some(element) = typed.element() {
        tell(&format!("{path}[]"), element, kind, met, uses);
    }
    for name in atom.map.iter().flat_map(|map| map.fields.keys()) {
        tell(&format!("{path}.{name}"), typed.field(name).unwrap(), kind, met, uses);
    }
    if let Some(others) = typed.other_keys() {
        tell(&format!("{path}.*"), others, kind, met, uses);
    }
}

#[test]
fn schemas_are_those_of_the_api_server() {
    let recorded: BTreeMap<String, Value> = serde_json::from_str(&read("demo/openapi.json.gz")).unwrap();
    let mut differences = Vec::new();
    let (mut lines, mut broken, mut kinds, mut places) = (0, 0, 0, 0);
    for text in read("tests/vectors/schema.jsonl.gz").lines() {
        let line: Line = serde_json::from_str(text).unwrap();
        lines += 1;
        broken += usize::from(line.broken);
        kinds += line.kinds.len();
        places += line.kinds.values().map(BTreeMap::len).sum::<usize>();
        let document = line.document.as_ref().unwrap_or_else(|| &recorded[&line.name]);
        match Schema::from_openapi(document) {
            Err(_) if line.broken => {}
            Ok(schema) if !line.broken => differences.extend(differing(&line, &told(&schema))),
            said => differences.push(format!("{}: broken {}, but said {said:?}", line.name, line.broken)),
        }
    }
    report(&differences, lines);
    assert_eq!((lines, broken, kinds, places), (716, 74, 2636, 11106));
}

fn differing(line: &Line, actual: &BTreeMap<String, Uses>) -> Vec<String> {
    let places = |kinds: &BTreeMap<String, Uses>| -> Vec<String> {
        let each = kinds.iter().flat_map(|(kind, uses)| uses.keys().map(move |path| format!("{kind} {path}")));
        each.collect()
    };
    if places(&line.kinds) != places(actual) {
        let (expected, actual) = (places(&line.kinds), places(actual));
        let first = expected.iter().zip(&actual).find(|(expected, actual)| expected != actual);
        return vec![format!("{}: other places: {} and {}: {first:?}", line.name, expected.len(), actual.len())];
    }
    let mut differences = Vec::new();
    for (kind, uses) in &line.kinds {
        for (path, expected) in uses {
            let said = &actual[kind][path];
            if said != expected {
                differences.push(format!("{} {kind} {path}:\nexpected {expected:?}\nactual   {said:?}", line.name));
            }
        }
    }
    differences
}

/// JSON that looks like a schema from afar.
fn odd() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "type",
        "items",
        "properties",
        "additionalProperties",
        "allOf",
        "$ref",
        "default",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type",
        "x-kubernetes-group-version-kind",
        "a",
    ]);
    let leaf = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(1),
        json!(""),
        json!("object"),
        json!("array"),
        json!("map"),
        json!("atomic"),
        json!("#/components/schemas/a"),
        json!({}),
        json!([]),
    ]);
    leaf.prop_recursive(6, 60, 5, move |inner| {
        let map = prop::collection::vec((key.clone(), inner.clone()), 0..5);
        prop_oneof![
            4 => map.prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Value>()),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}

proptest! {
    /// Whatever a server says is either read, and then every type in it can be gone through, or named with its place.
    #[test]
    fn any_document_is_read_or_refused(definition in odd()) {
        let document = json!({"openapi": "3.0.0", "components": {"schemas": {"a": definition, "b": {
            "additionalProperties": {"$ref": "#/components/schemas/a"},
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "B"}],
        }}}});
        match Schema::from_openapi(&document) {
            Ok(schema) => prop_assert!(told(&schema).contains_key("/v1/B")),
            Err(error) => prop_assert!(error.place.starts_with("/components/schemas/"), "{error}"),
        }
    }
}
