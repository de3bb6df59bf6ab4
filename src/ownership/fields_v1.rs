//! FieldsV1: the JSON in which managedFields hold sets of fields.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6.4.2 `fieldpath/{serialize,serialize-pe}.go`. Stricter than it in three points
//! that only garbage has: nesting, the length of a key, and JSON that is none by RFC 8259 but that its reader lets pass.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::text::{Escape, float, write_json, write_string};
use super::{FieldSet, Path, PathElement};

/// How deep the fields of a set may lie. Objects end far before it.
pub const DEPTH_LIMIT: usize = 120;

/// How long a key may be, in bytes. The API server takes no name of more than a few hundred.
pub const KEY_LIMIT: usize = 64 << 10;

/// What is wrong with a FieldsV1, or with an entry of managedFields, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}{}", self.place())]
pub struct Fault {
    /// The last field that was understood. Empty: the set itself.
    pub at: Path,
    /// The key below it that is wrong, its beginning if it is long.
    pub key: Option<String>,
    /// What is wrong.
    pub cause: Cause,
}

impl Fault {
    pub(super) fn of(cause: Cause) -> Self {
        Self { at: Path::default(), key: None, cause }
    }

    fn place(&self) -> String {
        let at = if self.at.0.is_empty() { String::new() } else { format!(" below {}", self.at) };
        self.key.as_ref().map_or_else(|| at.clone(), |key| format!("{at} at the key {key:?}"))
    }
}

/// Why a set or an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// A key without a letter and a colon at its beginning.
    #[error("a key must begin with a letter and a colon")]
    NoColon,
    /// An index that is no whole number.
    #[error("an index must be a whole number")]
    Index,
    /// Not JSON, or not of the shape that is expected there.
    #[error("{0}")]
    Json(String),
    /// Deeper than [`DEPTH_LIMIT`].
    #[error("fields are nested more than {DEPTH_LIMIT} levels")]
    Depth,
    /// Longer than [`KEY_LIMIT`]; how long, in bytes.
    #[error("a key of {0} bytes is none of Kubernetes")]
    Length(usize),
    /// A field of an entry that is not what the API says.
    #[error("{field} is not {expected}")]
    Entry {
        /// Its name.
        field: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
}

impl FieldSet {
    /// Reads FieldsV1 from its text.
    ///
    /// # Errors
    /// Says what cannot be read, and where.
    pub fn from_json(text: &[u8]) -> Result<Self, Fault> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let mut reading = Reading::default();
        let set = Level(&mut reading).deserialize(&mut reader).and_then(|(set, _)| reader.end().map(|()| set));
        set.map_err(|error| reading.fault(&error))
    }

    /// Reads FieldsV1 where it stands in an object that was read already.
    ///
    /// # Errors
    /// Says what cannot be read, and where.
    pub fn from_value(value: &Value) -> Result<Self, Fault> {
        let mut reading = Reading::default();
        Level(&mut reading).deserialize(value).map(|(set, _)| set).map_err(|error| reading.fault(&error))
    }

    /// Writes FieldsV1 as the API server does, to the byte.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        // Writing into a string never fails.
        let _ = write_set(&mut out, self, false);
        out
    }

    /// FieldsV1 as it stands in an object, in the order in which [`Self::to_json`] writes it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        value_of(self, false)
    }
}

/// Where the reader stands: what an error says of its place.
#[derive(Default)]
struct Reading {
    path: Vec<PathElement>,
    found: Option<Fault>,
}

impl Reading {
    fn fault(self, error: &serde_json::Error) -> Fault {
        let other = Fault { at: Path(self.path), key: None, cause: Cause::Json(error.to_string()) };
        self.found.unwrap_or(other)
    }

    fn fail<E: Error>(&mut self, key: Option<&str>, cause: Cause) -> E {
        let key = key.map(|key| key.chars().take(80).collect());
        self.found = Some(Fault { at: Path(self.path.clone()), key, cause });
        E::custom("fields")
    }
}

/// One level of the tree: its set, and whether the field that leads to it is a member itself.
struct Level<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = (FieldSet, bool);

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = (FieldSet, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of fields")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok((FieldSet::default(), true))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let reading = self.0;
        if reading.path.len() > DEPTH_LIMIT {
            return Err(reading.fail(None, Cause::Depth));
        }
        let (mut set, mut is_member) = (FieldSet::default(), false);
        while let Some(step) = map.next_key_seed(Key(reading))? {
            let element = match step {
                Step::Itself => {
                    is_member = true;
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                Step::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                Step::Element(element) => element,
            };
            reading.path.push(element);
            let (below, is_leaf) = map.next_value_seed(Level(reading))?;
            let Some(element) = reading.path.pop() else { continue };
            match (is_leaf, below.is_empty()) {
                (true, true) => set.insert_member(element),
                (true, false) => {
                    set.insert_member(element.clone());
                    set.set_child(element, below);
                }
                (false, _) => set.set_child(element, below),
            }
        }
        // Where nothing below is known, the field itself is what is owned.
        let is_member = is_member || set.is_empty();
        Ok((set, is_member))
    }
}

/// What a key says.
enum Step {
    /// `.`: the field that leads here is a member.
    Itself,
    /// A letter that a later version may know.
    Unknown,
    Element(PathElement),
}

struct Key<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Step;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Step, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Step, E> {
        step(key).map_err(|cause| self.0.fail(Some(key), cause))
    }
}

fn step(key: &str) -> Result<Step, Cause> {
    if key == "." {
        return Ok(Step::Itself);
    }
    if key.len() > KEY_LIMIT {
        return Err(Cause::Length(key.len()));
    }
    let json = |error: serde_json::Error| Cause::Json(error.to_string());
    let (&[kind, b':'], Some(rest)) = (key.as_bytes().first_chunk::<2>().unwrap_or(b"  "), key.get(2..)) else {
        return Err(Cause::NoColon);
    };
    Ok(Step::Element(match kind {
        b'f' => PathElement::field(rest),
        b'v' => PathElement::Value(serde_json::from_str(rest).map(with_floats).map_err(json)?),
        b'k' => PathElement::key(serde_json::from_str::<Fields>(rest).map_err(json)?.0),
        b'i' => PathElement::Index(rest.parse().map_err(|_| Cause::Index)?),
        _ => return Ok(Step::Unknown),
    }))
}

/// The fields of a key, one named twice kept twice, as the reference does.
struct Fields(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of key fields")
    }

    fn visit_unit<E: Error>(self) -> Result<Fields, E> {
        Ok(Fields(Vec::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry()? {
            fields.push((name, with_floats(value)));
        }
        Ok(Fields(fields))
    }
}

fn with_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => float(&number).map_or(Value::Number(number), Value::Number),
        Value::Array(items) => items.into_iter().map(with_floats).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, with_floats(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

fn write_set(out: &mut String, set: &FieldSet, is_member: bool) -> fmt::Result {
    out.push('{');
    let mut comma = "";
    if is_member {
        out.push_str("\".\":{}");
        comma = ",";
    }
    for (element, is_member, below) in set.steps() {
        out.push_str(comma);
        comma = ",";
        write_string(out, &key_of(element), Escape::Json)?;
        out.push(':');
        match below {
            Some(below) => write_set(out, below, is_member)?,
            None => out.push_str("{}"),
        }
    }
    out.push('}');
    Ok(())
}

fn value_of(set: &FieldSet, is_member: bool) -> Value {
    let itself = is_member.then(|| (".".to_owned(), Value::Object(Map::new())));
    let below = set.steps().map(|(element, is_member, below)| {
        let below = below.map_or_else(|| Value::Object(Map::new()), |below| value_of(below, is_member));
        (key_of(element), below)
    });
    Value::Object(itself.into_iter().chain(below).collect())
}

/// An element as a key of FieldsV1.
fn key_of(element: &PathElement) -> String {
    let mut key = String::new();
    // Writing into a string never fails.
    let _ = write_key(&mut key, element);
    key
}

fn write_key(key: &mut String, element: &PathElement) -> fmt::Result {
    match element {
        PathElement::Field(name) => {
            key.push_str("f:");
            key.push_str(name);
        }
        PathElement::Key(fields) => {
            key.push_str("k:{");
            for (index, (name, value)) in fields.iter().enumerate() {
                key.push_str(if index == 0 { "" } else { "," });
                write_string(key, name, Escape::Json)?;
                key.push(':');
                write_json(key, value)?;
            }
            key.push('}');
        }
        PathElement::Value(value) => {
            key.push_str("v:");
            write_json(key, value)?;
        }
        PathElement::Index(index) => {
            key.push_str("i:");
            key.push_str(&index.to_string());
        }
    }
    Ok(())
}
