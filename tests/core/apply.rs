//! Server-side apply and update held to the API server's own code: what `tests/oracle/apply` was answered, step by step. The
//! object with its managedFields is the same after each, or the text of the error and its causes.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wheelhouse::ownership::apply::{self, Conflicts, Other, Refused, Request, ScalePaths, Types};
use wheelhouse::ownership::{FieldSet, Path, PathElement};
use wheelhouse::schema::{Atom, Gvk, List, ListKind, Scalar, Schema, Slot, TypeId};

use crate::vectors::{is_same, of_each, report};

/// The first line: types by name, and the kinds that have them.
#[derive(Deserialize)]
struct Described {
    types: BTreeMap<String, Value>,
    kinds: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    kind: String,
    api_version: String,
    versions: BTreeMap<String, String>,
    resets: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(Deserialize)]
struct Chain {
    kind: String,
    start: Option<Value>,
    steps: Vec<Step>,
}

/// A step; `tests/oracle/apply/judge.go` says what the fields are.
#[derive(Deserialize)]
#[serde(default)]
struct Step {
    op: String,
    manager: String,
    subresource: String,
    force: bool,
    now: Timestamp,
    object: Value,
    replicas: i64,
    live: Option<Value>,
    error: String,
    causes: Vec<(String, String)>,
}

impl Default for Step {
    fn default() -> Self {
        Self {
            op: String::new(),
            manager: String::new(),
            subresource: String::new(),
            force: false,
            now: Timestamp::UNIX_EPOCH,
            object: Value::Null,
            replicas: 0,
            live: None,
            error: String::new(),
            causes: Vec::new(),
        }
    }
}

/// The object, or the error with its causes.
type Answer = Result<Value, (String, Vec<(String, String)>)>;

/// Makes a schema of what the reference says of its own.
struct Reader<'d> {
    described: &'d BTreeMap<String, Value>,
    schema: Schema,
    named: HashMap<String, TypeId>,
}

impl Reader<'_> {
    fn slot(&mut self, of: &Value) -> Slot {
        let (id, described) = match of["named"].as_str() {
            Some(name) => (self.named(name), self.described[name].clone()),
            None => (self.inlined(&of["inlined"]), of["inlined"].clone()),
        };
        let mut slot = Slot::plain(id);
        match of["relationship"].as_str() {
            None => {}
            Some(relationship) if described.get("map").is_some() => slot.atomic_map = Some(relationship == "atomic"),
            Some(relationship) => slot.list_kind = Some(list_kind(relationship, &described["list"]["keys"])),
        }
        slot
    }

    fn named(&mut self, name: &str) -> TypeId {
        if name == "__untyped_deduced_" {
            return self.schema.deduced().slot().of;
        }
        if let Some(id) = self.named.get(name) {
            return *id;
        }
        let id = self.schema.reserve();
        self.named.insert(name.to_owned(), id);
        let atom = self.atom(&self.described[name]);
        self.schema.set(id, atom);
        id
    }

    fn inlined(&mut self, described: &Value) -> TypeId {
        let id = self.schema.reserve();
        let atom = self.atom(described);
        self.schema.set(id, atom);
        id
    }

    fn atom(&mut self, described: &Value) -> Atom {
        let scalar = described["scalar"].as_str().map(|name| match name {
            "numeric" => Scalar::Numeric,
            "string" => Scalar::String,
            "boolean" => Scalar::Boolean,
            "untyped" => Scalar::Untyped,
            other => panic!("{other}"),
        });
        let list = described.get("list").map(|list| List {
            element: self.slot(&list["element"]),
            kind: list_kind(list["relationship"].as_str().unwrap(), &list["keys"]),
        });
        let map = described.get("map").map(|map| wheelhouse::schema::Map {
            fields: map["fields"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, field)| {
                    let default = Some(field["default"].clone()).filter(|default| !default.is_null());
                    (name.clone(), Slot { default, ..self.slot(&field["type"]) })
                })
                .collect(),
            element: map.get("element").map(|element| self.slot(element)),
            atomic: map["relationship"] == "atomic",
        });
        Atom { scalar, list, map }
    }
}

fn list_kind(relationship: &str, keys: &Value) -> ListKind {
    let keys: Vec<String> = serde_json::from_value(keys.clone()).unwrap_or_default();
    match relationship {
        "atomic" => ListKind::Atomic,
        "associative" if keys.is_empty() => ListKind::Set,
        "associative" => ListKind::Map(keys),
        other => panic!("{other}"),
    }
}

fn gvk(api_version: &str, kind: &str) -> Gvk {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
}

fn schema(described: &Described) -> Schema {
    let mut reader = Reader { described: &described.types, schema: Schema::default(), named: HashMap::new() };
    for kind in &described.kinds {
        for (version, name) in &kind.versions {
            let slot = reader.slot(&json!({ "named": name }));
            reader.schema.set_kind(gvk(version, &kind.kind), slot);
        }
    }
    reader.schema
}

fn types<'s>(schema: &'s Schema, kind: &Kind, subresource: &str) -> Types<'s> {
    let typed = |version: &str| schema.kind(&gvk(version, &kind.kind)).unwrap();
    let others = kind.versions.keys().filter(|version| **version != kind.api_version);
    let reset: FieldSet = kind
        .resets
        .iter()
        .flat_map(|resets| resets.get(subresource))
        .flatten()
        .map(|path| Path(path.split('.').map(PathElement::field).collect()))
        .collect();
    Types {
        api_version: kind.api_version.clone(),
        kind: kind.kind.clone(),
        own: typed(&kind.api_version),
        others: others.map(|version| (version.clone(), Other::Alike(typed(version)))).collect(),
        resets: kind.versions.keys().map(|version| (version.clone(), reset.clone())).collect(),
    }
}

fn run(schema: &Schema, kinds: &[Kind], kind: &str, live: Option<&Value>, step: &Step) -> Result<Value, Refused> {
    let kind_of = |name: &str| kinds.iter().find(|kind| kind.kind == name).unwrap();
    let request = Request { manager: &step.manager, subresource: &step.subresource, now: step.now, defaults: &|_| {} };
    let of = types(schema, kind_of(kind), &step.subresource);
    match step.op.as_str() {
        "apply" => apply::apply(live, &step.object, &of, &request, step.force),
        "update" => apply::update(live, &step.object, &of, &request),
        "scale" | "scale-apply" => {
            let live = live.unwrap();
            let replicas = Path(vec![PathElement::field("spec"), PathElement::field("replicas")]);
            let paths: ScalePaths = [(of.api_version.clone(), Some(replicas))].into();
            let parent = live["metadata"].get("managedFields");
            let entries = apply::to_scale(parent, &paths)?;
            let scale = |replicas: &Value, uid: bool, entries: Option<Value>| {
                let mut metadata: Map<String, Value> = json!({ "name": "x" }).as_object().unwrap().clone();
                metadata.extend(uid.then(|| ("uid".to_owned(), json!("u"))));
                metadata.extend(entries.map(|entries| ("managedFields".to_owned(), entries)));
                json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata, "spec": {"replicas": replicas}})
            };
            let before = live["spec"]["replicas"].as_i64().unwrap_or(0);
            let old = scale(&json!(before), true, entries.clone());
            let of_scale = types(schema, kind_of("Scale"), "scale");
            let request = Request { subresource: "scale", ..request };
            let new = if step.op == "scale" {
                let wanted = scale(&json!(step.replicas), true, entries);
                apply::update(Some(&old), &wanted, &of_scale, &request)?
            } else {
                let wanted = scale(&json!(step.replicas), false, None);
                apply::apply(Some(&old), &wanted, &of_scale, &request, step.force)?
            };
            let entries = apply::from_scale(parent, new["metadata"].get("managedFields"), &of.api_version, &paths)?;
            let mut after = live.clone();
            after["spec"]["replicas"] = json!(step.replicas);
            let metadata = after["metadata"].as_object_mut().unwrap();
            metadata.shift_remove("managedFields");
            metadata.extend(entries.map(|entries| ("managedFields".to_owned(), entries)));
            Ok(after)
        }
        other => panic!("{other}"),
    }
}

fn answer(outcome: Result<Value, Refused>) -> Answer {
    outcome.map_err(|refused| {
        let mut causes: Vec<(String, String)> = match &refused {
            Refused::Conflicts(Conflicts(all)) => {
                all.iter().map(|conflict| (conflict.message(), conflict.path.to_string())).collect()
            }
            Refused::BadRequest(_) | Refused::Broken(_) | Refused::Conversion { .. } => Vec::new(),
        };
        causes.sort_by(|left, right| left.0.cmp(&right.0));
        (refused.to_string(), causes)
    })
}

fn agree(actual: &Answer, expected: &Answer) -> bool {
    match (actual, expected) {
        (Ok(actual), Ok(expected)) => is_same(actual, expected),
        (Err(actual), Err(expected)) => actual == expected,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

/// How many steps a chain has, and where they are not the server's.
fn judged(schema: &Schema, kinds: &[Kind], number: usize, line: &str) -> (usize, Vec<String>) {
    let chain: Chain = serde_json::from_str(line).unwrap();
    let (mut live, count, mut differences) = (chain.start, chain.steps.len(), Vec::new());
    for (at, mut step) in chain.steps.into_iter().enumerate() {
        let actual = answer(run(schema, kinds, &chain.kind, live.as_ref(), &step));
        let expected = step.live.take().ok_or_else(|| (step.error.clone(), step.causes.clone()));
        if !agree(&actual, &expected) {
            let told = |answer: &Answer| answer.as_ref().map_or_else(|error| format!("{error:?}"), Value::to_string);
            differences.push(format!(
                "{} {number}, step {at}: {} by {:?} {:?} {:?}\nlive     {}\nwritten  {}\nexpected {}\nactual   {}",
                chain.kind,
                step.op,
                step.manager,
                step.subresource,
                step.force,
                live.as_ref().unwrap_or(&Value::Null),
                step.object,
                told(&expected),
                told(&actual),
            ));
        }
        if let Ok(mut after) = expected {
            let metadata = after.as_object_mut().unwrap().entry("metadata").or_insert(Value::Null);
            if !metadata.is_object() {
                *metadata = json!({});
            }
            metadata["uid"] = json!("u");
            live = Some(after);
        }
    }
    (count, differences)
}

#[test]
fn every_step_is_the_servers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/apply.jsonl.gz");
    let mut text = String::new();
    GzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
    let (first, chains) = text.split_once('\n').unwrap();
    let described: Described = serde_json::from_str(first).unwrap();
    let schema = schema(&described);
    let chains = chains.lines().enumerate().collect();
    let judged = of_each(chains, |(number, line)| judged(&schema, &described.kinds, number, line));
    let count = judged.iter().map(|(count, _)| count).sum();
    let differences: Vec<String> = judged.into_iter().flat_map(|(_, differences)| differences).collect();
    report(&differences, count);
    assert_eq!(count, 5223);
}
