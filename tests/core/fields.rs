//! Sets of fields and their owners, held to the API server's own library: what `tests/oracle/fields` was answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wheelhouse::ownership::{Blame, FieldSet, blame};
use wheelhouse::schema::{Atom, Gvk, List, ListKind, Map, Scalar, Schema, Slot, TypeId};

use crate::vectors::{of_each, report};

/// A line of the sets; `tests/oracle/fields/sets.go` says what the fields are.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sets {
    Read(Reading),
    Compared(Compared),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    read: String,
    #[serde(default)]
    error: bool,
    #[serde(default)]
    lenient: bool,
    #[serde(default)]
    json: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    leaves: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    left: String,
    right: String,
    union: String,
    intersection: String,
    difference: String,
    recursive: String,
    equal: bool,
}

/// A line of the objects; `tests/oracle/fields/objects.go` says what the fields are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    objects: Vec<Place>,
    #[serde(rename = "type")]
    kind: String,
    entries: Vec<String>,
    leaves: Vec<Leaf>,
    values: Vec<Named>,
}

#[derive(Deserialize)]
struct Place {
    file: String,
    index: usize,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Leaf {
    path: String,
    owners: Vec<usize>,
    present: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Named {
    names: String,
    owners: Vec<usize>,
}

fn inflated(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    let mut text = String::new();
    GzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn lines<T: DeserializeOwned>(text: &str) -> Vec<T> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// `None` where they are equal.
fn check<T: PartialEq + Debug>(of: &str, actual: &T, expected: &T) -> Option<String> {
    (actual != expected).then(|| format!("{of}\nexpected {expected:?}\nactual   {actual:?}"))
}

fn paths(set: &FieldSet) -> Vec<String> {
    set.paths().iter().map(ToString::to_string).collect()
}

fn read(text: &str) -> FieldSet {
    FieldSet::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn sets_are_read_and_written_as_the_api_server_does() {
    let vectors: Vec<Sets> = lines(&inflated("vectors/fields-sets.jsonl.gz"));
    let (mut taken, mut refused, mut lenient, mut differences) = (0, 0, 0, Vec::new());
    for vector in &vectors {
        let Sets::Read(vector) = vector else { continue };
        let text = &vector.read;
        let set = match FieldSet::from_json(text.as_bytes()) {
            Ok(set) if vector.error || vector.lenient => {
                differences.push(format!("{text:?}\nexpected an error\nactual   {}", set.to_json()));
                continue;
            }
            Err(_) if vector.error || vector.lenient => {
                refused += usize::from(vector.error);
                lenient += usize::from(vector.lenient);
                continue;
            }
            Err(error) => {
                differences.push(format!("{text:?}\nexpected {}\nactual   {error}", vector.json));
                continue;
            }
            Ok(set) => set,
        };
        taken += 1;
        differences.extend(check(text, &set.to_json(), &vector.json));
        differences.extend(check(text, &paths(&set), &vector.paths));
        differences.extend(check(text, &paths(&set.leaves()), &vector.leaves));
        differences.extend(check(text, &set.len(), &vector.paths.len()));
        differences.extend(check(text, &read(&vector.json), &set));
        let value: Value = serde_json::from_str(&vector.json).unwrap();
        differences.extend(check(text, &FieldSet::from_value(&value).as_ref(), &Ok(&set)));
    }
    report(&differences, vectors.len());
    assert_eq!((taken, refused, lenient), (2691, 926, 1));
}

#[test]
fn sets_are_joined_and_parted_as_the_api_server_does() {
    let vectors: Vec<Sets> = lines(&inflated("vectors/fields-sets.jsonl.gz"));
    let (mut count, mut differences) = (0, Vec::new());
    for vector in vectors {
        let Sets::Compared(expected) = vector else { continue };
        count += 1;
        let (left, right) = (read(&expected.left), read(&expected.right));
        let actual = Compared {
            left: left.to_json(),
            right: right.to_json(),
            union: left.union(&right).to_json(),
            intersection: left.intersection(&right).to_json(),
            difference: left.difference(&right).to_json(),
            recursive: left.recursive_difference(&right).to_json(),
            equal: left == right,
        };
        differences.extend(check("", &actual, &expected));
    }
    report(&differences, count);
    assert_eq!(count, 1200);
}

/// The objects of a recording, in the order in which they were seen.
pub fn recorded(file: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    for mut seen in lines::<Value>(&inflated(&format!("recordings/{file}"))) {
        if let Some(object @ Value::Object(_)) = seen.get_mut("object") {
            objects.push(object.take());
        } else if let Some(Value::Array(items)) = seen.get_mut("items") {
            objects.append(items);
        } else if seen.get("kind").is_some() {
            objects.push(seen);
        }
    }
    objects
}

/// The types that `tests/oracle/fields/types.go` wrote; the kind of each is its name.
struct Types<'v> {
    schema: Schema,
    raw: &'v Value,
    named: BTreeMap<String, TypeId>,
}

impl Types<'_> {
    fn read(raw: &Value) -> Schema {
        let mut types = Types { schema: Schema::default(), raw, named: BTreeMap::new() };
        for name in raw.as_object().unwrap().keys() {
            let slot = Slot::plain(types.named(name));
            types.schema.set_kind(kind(name), slot);
        }
        types.schema
    }

    fn named(&mut self, name: &str) -> TypeId {
        if let Some(id) = self.named.get(name) {
            return *id;
        }
        let id = self.schema.reserve();
        self.named.insert(name.to_owned(), id);
        let raw = self.raw;
        let atom = self.atom(&raw[name]);
        self.schema.set(id, atom);
        id
    }

    fn slot(&mut self, raw: &Value) -> Slot {
        let of = match raw["named"].as_str() {
            Some(name) => self.named(name),
            None => {
                let atom = self.atom(&raw["inlined"]);
                let id = self.schema.reserve();
                self.schema.set(id, atom);
                id
            }
        };
        let mut slot = Slot::plain(of);
        if let Some(relationship) = raw["relationship"].as_str() {
            slot.atomic_map = Some(relationship == "atomic");
            slot.list_kind = (relationship == "atomic").then_some(ListKind::Atomic);
        }
        slot.default = raw.get("default").cloned();
        slot
    }

    fn atom(&mut self, raw: &Value) -> Atom {
        let scalar = raw["scalar"].as_str().map(|scalar| match scalar {
            "numeric" => Scalar::Numeric,
            "string" => Scalar::String,
            "boolean" => Scalar::Boolean,
            "untyped" => Scalar::Untyped,
            other => panic!("a scalar {other}"),
        });
        let list = raw.get("list").map(|list| {
            let keys: Vec<String> =
                serde_json::from_value::<Option<_>>(list["keys"].clone()).unwrap().unwrap_or_default();
            let kind = match list["relationship"].as_str() {
                Some("atomic") => ListKind::Atomic,
                Some("associative") if keys.is_empty() => ListKind::Set,
                Some("associative") => ListKind::Map(keys),
                other => panic!("a list {other:?}"),
            };
            List { element: self.slot(&list["element"]), kind }
        });
        let map = raw.get("map").map(|map| {
            let fields = map["fields"].as_object().unwrap().iter();
            let fields = fields.map(|(name, raw)| (name.clone(), self.slot(raw))).collect();
            let element = map.get("element").map(|raw| self.slot(raw));
            Map { fields, element, atomic: map["relationship"] == "atomic" }
        });
        Atom { scalar, list, map }
    }
}

fn kind(name: &str) -> Gvk {
    Gvk { group: String::new(), version: String::new(), kind: name.to_owned() }
}

/// The pointer without the places of items.
fn names(object: &Value, pointer: &str) -> String {
    let (mut value, mut names) = (object, String::with_capacity(pointer.len()));
    for step in pointer.split('/').skip(1) {
        names.push('/');
        value = match value {
            Value::Array(items) => &items[step.parse::<usize>().unwrap()],
            other if step.contains('~') => {
                let step = step.replace("~1", "/").replace("~0", "~");
                names.push_str(&step);
                &other[&step]
            }
            other => {
                names.push_str(step);
                &other[step]
            }
        };
    }
    if !names.is_empty() {
        names.remove(0);
    }
    names
}

fn leaves_of(blame: &Blame) -> Vec<Leaf> {
    let leaves = blame.leaves.iter().map(|leaf| Leaf {
        path: leaf.path.to_string(),
        owners: leaf.owners.clone(),
        present: !leaf.at.is_empty(),
    });
    let mut leaves: Vec<Leaf> = leaves.collect();
    leaves.sort();
    leaves
}

fn values_of(object: &Value, blame: &Blame) -> Vec<Named> {
    let values = blame.values.iter();
    let mut values: Vec<Named> =
        values.map(|value| Named { names: names(object, &value.at), owners: value.owners.clone() }).collect();
    values.sort();
    values
}

#[test]
fn every_recorded_object_has_the_owners_that_the_api_server_knows() {
    let text = inflated("vectors/fields-objects.jsonl.gz");
    let (types, answers) = text.split_once('\n').unwrap();
    let types: Value = serde_json::from_str(types).unwrap();
    let (schema, unknown) = (Types::read(&types["types"]), Schema::default());
    let answers = of_each(answers.lines().collect(), |line| {
        let mut answer: Answer = serde_json::from_str(line).unwrap();
        answer.leaves.sort();
        answer.values.sort();
        answer
    });
    let files: BTreeSet<&str> = answers.iter().flat_map(|answer| &answer.objects).map(|place| &*place.file).collect();
    let files: Vec<&str> = files.into_iter().collect();
    let recordings: BTreeMap<&str, Vec<Value>> = files.iter().copied().zip(of_each(files.clone(), recorded)).collect();
    let places = answers.iter().flat_map(|answer| answer.objects.iter().map(move |place| (place, answer)));
    let judged = of_each(places.collect(), |(Place { file, index }, expected)| {
        let object = &recordings[file.as_str()][*index];
        let mut differences = Vec::new();
        // What is guessed where no type is known must be as good for all that was ever recorded.
        for typed in [schema.kind(&kind(&expected.kind)).unwrap(), unknown.deduced()] {
            let found = blame(object, typed);
            let of = format!("{file} {index} {} guessed: {}", object["metadata"]["name"], found.is_guessed);
            let sets = found.entries.iter().map(|entry| entry.fields.as_ref().unwrap().to_json()).collect();
            differences.extend(check(&of, &sets, &expected.entries));
            differences.extend(first_difference(&of, &leaves_of(&found), &expected.leaves));
            differences.extend(first_difference(&of, &values_of(object, &found), &expected.values));
        }
        (differences, expected.leaves.len(), expected.values.len())
    });
    let counts = (judged.len(), judged.iter().map(|of| of.1).sum(), judged.iter().map(|of| of.2).sum());
    let differences: Vec<String> = judged.into_iter().flat_map(|of| of.0).collect();
    report(&differences, counts.0);
    assert_eq!(counts, (1691, 51_009, 93_189));
}

/// The first of two lists that differ, or how long they are.
fn first_difference<T: PartialEq + Debug>(of: &str, actual: &[T], expected: &[T]) -> Option<String> {
    let one = actual.iter().zip(expected).find_map(|(actual, expected)| check(of, actual, expected));
    one.or_else(|| check(of, &actual.len(), &expected.len()))
}
