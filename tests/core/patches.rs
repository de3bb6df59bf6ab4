//! Patches held to the libraries that make them and to the servers that apply them: what `tests/oracle/patch` was answered.
//! What the libraries refuse is refused; the texts of errors are not compared.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use wheelhouse::ownership::patch::{
    ClientSideUpgrade, Helm, Method, Migration, Patch, PatchFault, apply_json, apply_strategic, client_side_patch,
    is_merged_by_type, migration_patch, owners_of, three_way, three_way_json, two_way,
};
use wheelhouse::ownership::{FieldSet, Path as FieldPath, PathElement};
use wheelhouse::schema::{Atom, Gvk, List, ListKind, Map as MapType, Scalar, Schema, Slot, TypeId, Typed};

use crate::vectors::{is_same, report};

fn inflated(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    let mut text = String::new();
    GzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// The cases of a file, that many; of another one, if the environment names a folder with longer ones: `go run . -print strategic
/// -cases 100000 -seed 7 > FOLDER/patch-strategic.jsonl` in `tests/oracle/patch`.
fn cases(name: &str, count: usize) -> Vec<Value> {
    let read = |text: &str| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    if let Some(folder) = std::env::var_os("PATCH_VECTORS") {
        return read(&std::fs::read_to_string(Path::new(&folder).join(name)).unwrap());
    }
    let cases = read(&inflated(&format!("{name}.gz")));
    assert_eq!(cases.len(), count, "{name}");
    cases
}

/// What the structs of the kinds say of their fields, and the objects that the cases begin with.
struct World {
    schema: Schema,
    bases: Vec<Value>,
}

impl World {
    fn new() -> Self {
        let types = types();
        let mut schema = Schema::default();
        let structs = types["structs"].as_object().unwrap();
        let ids: BTreeMap<&str, TypeId> = structs.keys().map(|name| (name.as_str(), schema.reserve())).collect();
        for (name, fields) in structs {
            let fields = fields.as_object().unwrap().iter().map(|(name, field)| {
                let mut slot = slot(&mut schema, &ids, &field["type"]);
                let strategies = field["strategy"].as_str().into_iter().flat_map(|all| all.split(','));
                slot.patch_strategies = strategies.map(str::to_owned).collect();
                slot.patch_merge_key = field["key"].as_str().map(str::to_owned);
                (name.clone(), slot)
            });
            let map = MapType { fields: fields.collect(), element: None, atomic: false };
            schema.set(ids[name.as_str()], Atom { map: Some(map), ..Atom::default() });
        }
        for (kind, of) in types["kinds"].as_object().unwrap() {
            let slot = slot(&mut schema, &ids, of);
            schema.set_kind(gvk(kind), slot);
        }
        let bases = types["bases"].as_array().unwrap().clone();
        Self { schema, bases }
    }

    fn triple(&self, case: &Value) -> [Value; 3] {
        let base = self.bases[usize::try_from(case["base"].as_u64().unwrap()).unwrap()].clone();
        let original = changed(base, case.get("original"));
        let modified = changed(original.clone(), case.get("modified"));
        let current = changed(original.clone(), case.get("current"));
        [original, modified, current]
    }

    fn types(&self, case: &Value) -> Option<Typed<'_>> {
        let base = &self.bases[usize::try_from(case["base"].as_u64().unwrap()).unwrap()];
        let kind = format!("{}/{}", base["apiVersion"].as_str().unwrap(), base["kind"].as_str().unwrap());
        self.schema.kind(&gvk(&kind))
    }
}

fn types() -> Value {
    serde_json::from_str(&inflated("patch-types.jsonl.gz")).unwrap()
}

/// `apps/v1/Deployment`, or `v1/Service`.
fn gvk(text: &str) -> Gvk {
    let mut parts = text.rsplit('/').map(str::to_owned);
    let (kind, version) = (parts.next().unwrap(), parts.next().unwrap());
    Gvk { group: parts.next().unwrap_or_default(), version, kind }
}

fn slot(schema: &mut Schema, structs: &BTreeMap<&str, TypeId>, of: &Value) -> Slot {
    let atom = match of {
        Value::String(name) => return Slot::plain(structs[name.as_str()]),
        Value::Null => Atom { scalar: Some(Scalar::Untyped), ..Atom::default() },
        _ if of.get("list").is_some() => {
            let element = slot(schema, structs, &of["list"]);
            Atom { list: Some(List { element, kind: ListKind::Atomic }), ..Atom::default() }
        }
        _ => {
            let element = Some(slot(schema, structs, &of["map"]));
            Atom { map: Some(MapType { fields: BTreeMap::new(), element, atomic: false }), ..Atom::default() }
        }
    };
    let id = schema.reserve();
    schema.set(id, atom);
    Slot::plain(id)
}

/// A value and what `delta` in `tests/oracle/patch/mutate.go` says of it.
fn changed(mut from: Value, delta: Option<&Value>) -> Value {
    let Some(delta) = delta else { return from };
    if let Some(whole) = delta.get("v") {
        return whole.clone();
    }
    for (place, delta) in delta.get("l").and_then(Value::as_object).into_iter().flatten() {
        let item = &mut from[place.parse::<usize>().unwrap()];
        *item = changed(item.take(), Some(delta));
    }
    for (key, delta) in delta.get("m").and_then(Value::as_object).into_iter().flatten() {
        let value = from.get_mut(key).map_or(Value::Null, Value::take);
        from[key] = changed(value, Some(delta));
    }
    for key in delta.get("d").and_then(Value::as_array).into_iter().flatten() {
        from.as_object_mut().unwrap().remove(key.as_str().unwrap());
    }
    from
}

/// `None` where both say the same, or both refuse.
fn difference<E: std::fmt::Display>(
    what: &str,
    actual: Result<Value, E>,
    expected: Result<Value, &Value>,
) -> Option<String> {
    match (actual, expected) {
        (Ok(actual), Ok(expected)) if is_same(&actual, &expected) => None,
        (Err(_), Err(_)) => None,
        (actual, expected) => {
            let actual = actual.map_or_else(|error| format!("error: {error}"), |value| value.to_string());
            let expected = expected.map_or_else(|error| format!("error: {error}"), |value| value.to_string());
            Some(format!("{what}\nexpected {expected}\nactual   {actual}"))
        }
    }
}

#[test]
fn strategic_merge_patches_are_those_of_the_library() {
    let world = World::new();
    let cases = cases("patch-strategic.jsonl", 5200);
    let mut differences = Vec::new();
    for case in &cases {
        let [original, modified, current] = world.triple(case);
        let types = world.types(case).unwrap();
        let expected = case.get("patch").cloned().ok_or_else(|| &case["error"]);
        let sent = case.get("patch").map_or_else(|| modified.clone(), |patch| changed(patch.clone(), case.get("sent")));
        let found = difference("patch", three_way(&original, &modified, &current, types), expected).or_else(|| {
            let expected = match case.get("refused") {
                Some(error) => Err(error),
                None => Ok(changed(current.clone(), case.get("result"))),
            };
            difference(&format!("applied {sent}"), apply_strategic(&current, &sent, types), expected)
        });
        differences.extend(found.map(|found| format!("{original}\n{modified}\n{current}\n{found}")));
    }
    report(&differences, cases.len());
}

#[test]
fn json_merge_patches_are_those_of_the_libraries() {
    let world = World::new();
    let cases = cases("patch-json.jsonl", 2500);
    let mut differences = Vec::new();
    for case in &cases {
        let [original, modified, current] = world.triple(case);
        let mut compare = |name: &str, said: &Value, patch: Result<Value, PatchFault>| {
            let expected = said.get("patch").cloned().ok_or_else(|| &said["error"]);
            let mut found = difference(name, patch, expected);
            if let Some(patch) = said.get("patch") {
                let expected = changed(current.clone(), said.get("result"));
                let result: Result<_, String> = Ok(apply_json(current.clone(), patch));
                found = found.or_else(|| difference(&format!("{name} applied {patch}"), result, Ok(expected)));
            }
            differences.extend(found.map(|found| format!("{original}\n{modified}\n{current}\n{found}")));
        };
        compare("helm4", &case["helm4"], two_way(&original, &modified));
        compare("three", &case["three"], three_way_json(&original, &modified, &current));
    }
    report(&differences, cases.len());
}

/// What an upgrade does to a field that somebody changed by hand and that the chart leaves as it was.
#[test]
fn a_hotfix_is_undone_where_types_are_known_and_survives_where_not() {
    let world = World::new();
    let replicas = |kind: &str, count: u64| {
        let (version, kind) = kind.rsplit_once('/').unwrap();
        json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "web" }, "spec": { "replicas": count } })
    };
    let check = |kind: &str, take_ownership: bool, expected: Value| {
        let (manifest, live) = (replicas(kind, 3), replicas(kind, 5));
        let upgrade = ClientSideUpgrade {
            helm: Helm::Four,
            original: Some(&manifest),
            target: &manifest,
            live: &live,
            types: world.schema.kind(&gvk(kind)),
            force: false,
            take_ownership,
        };
        assert_eq!(client_side_patch(&upgrade).map(request), Ok(expected), "{kind}");
    };
    let patch = |content: &str| json!({ "method": "PATCH", "type": content, "body": { "spec": { "replicas": 3 } } });
    check("apps/v1/Deployment", false, patch("application/strategic-merge-patch+json"));
    check("example.com/v1/Widget", false, json!({}));
    check("example.com/v1/Widget", true, patch("application/merge-patch+json"));
}

#[test]
fn helm_sends_these_patches() {
    let world = World::new();
    let cases = cases("patch-helm.jsonl", 1500);
    let mut differences = Vec::new();
    for case in &cases {
        let [original, target, live] = world.triple(case);
        let is = |name: &str| case[name].as_bool().unwrap();
        for (helm, name) in [(Helm::Four, "helm4"), (Helm::Three, "helm3")] {
            // Helm 3 is named where it differs.
            let said = case.get(name).unwrap_or(&case["helm4"]);
            let upgrade = ClientSideUpgrade {
                helm,
                original: is("known").then_some(&original),
                target: &target,
                live: &live,
                types: world.types(case),
                force: is("force"),
                take_ownership: is("takeOwnership"),
            };
            let expected = if said.get("error").is_some() { Err(said) } else { Ok(said.clone()) };
            let found = difference(name, client_side_patch(&upgrade).map(request), expected);
            differences.extend(found.map(|found| format!("{original}\n{target}\n{live}\n{found}")));
        }
    }
    report(&differences, cases.len());
}

/// As the oracle heard it.
fn request(patch: Option<Patch>) -> Value {
    let Some(Patch { method, body }) = patch else { return json!({}) };
    let (method, content) = match method {
        Method::StrategicMerge => ("PATCH", "application/strategic-merge-patch+json"),
        Method::JsonMerge => ("PATCH", "application/merge-patch+json"),
        Method::Replace => ("PUT", "application/json"),
    };
    json!({ "method": method, "type": content, "body": body })
}

#[test]
fn helm_knows_the_types_of_these_kinds() {
    let types = types();
    let native = types["native"].as_array().unwrap();
    assert_eq!(native.len(), 737);
    let is_merged = |kind: &str| {
        let (version, kind) = kind.rsplit_once('/').unwrap();
        is_merged_by_type(&json!({ "apiVersion": version, "kind": kind }))
    };
    let wrong: Vec<&str> = native.iter().map(|kind| kind.as_str().unwrap()).filter(|kind| !is_merged(kind)).collect();
    assert_eq!(wrong, ["apiextensions.k8s.io/v1beta1/CustomResourceDefinition"]);
    for unknown in ["example.com/v1/Widget", "apps/v9/Deployment", "helm.toolkit.fluxcd.io/v2/HelmRelease", "v2/Pod"] {
        assert!(!is_merged(unknown), "{unknown}");
    }
}

#[test]
fn managed_fields_migrate_as_the_library_migrates_them() {
    let cases = cases("patch-migration.jsonl", 2500);
    let mut differences = Vec::new();
    for case in &cases {
        let texts = |name: &str| -> Vec<&str> {
            case[name].as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
        };
        let from = texts("from");
        let subresource = case.get("subresource").and_then(Value::as_str).unwrap_or_default();
        let migration = Migration { from: &from, to: case["to"].as_str().unwrap(), subresource };
        let object = json!({ "metadata": case["metadata"] });
        let expected = match case.get("error") {
            Some(error) => Err(error),
            None => Ok(case.get("patch").cloned().unwrap_or_default()),
        };
        let actual = migration_patch(&object, &migration).map(Option::unwrap_or_default);
        let owners = case.get("owners").and_then(|owners| {
            let entries = case["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
            let found = owners_of(&entries, case["operation"].as_str().unwrap(), &set(&case["wanted"]));
            let times: Vec<&Value> = found.iter().map(|entry| &entry["time"]).collect();
            difference::<String>("owners", Ok(json!(times)), Ok(owners.clone()))
        });
        let found = difference("patch", actual, expected).or(owners);
        differences.extend(found.map(|found| format!("{case}\n{found}")));
    }
    report(&differences, cases.len());
}

/// The paths of a tree that has no faults.
fn set(tree: &Value) -> FieldSet {
    let mut paths = Vec::new();
    walk(tree, &FieldPath::default(), &mut paths);
    paths.into_iter().filter(|path| !path.0.is_empty()).collect()
}

fn walk(tree: &Value, path: &FieldPath, paths: &mut Vec<FieldPath>) {
    let before = paths.len();
    for (key, below) in tree.as_object().into_iter().flatten() {
        let (kind, rest) = key.split_once(':').unwrap_or_default();
        let element = match kind {
            "f" => PathElement::field(rest),
            "k" => {
                let fields: Map<String, Value> = serde_json::from_str(rest).unwrap();
                PathElement::key(fields.into_iter().collect())
            }
            "v" => PathElement::Value(serde_json::from_str(rest).unwrap()),
            "i" => PathElement::Index(rest.parse().unwrap()),
            _ => continue,
        };
        walk(below, &path.with(element), paths);
    }
    if paths.len() == before || tree.get(".").is_some() {
        paths.push(path.clone());
    }
}

#[test]
fn deltas_say_what_changed() {
    let from = json!({"a": {"b": [1, 2]}, "c": 1, "e": Map::new()});
    let delta = json!({"m": {"a": {"m": {"b": {"l": {"1": {"v": 3}}}}}, "d": {"v": [0]}}, "d": ["c"]});
    assert_eq!(changed(from, Some(&delta)), json!({"a": {"b": [1, 3]}, "e": {}, "d": [0]}));
}
