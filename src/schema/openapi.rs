//! One document of OpenAPI v3, as the API server publishes it for each group and version, as a [`Schema`].
//!
//! Source: k8s.io/kube-openapi `pkg/schemaconv/{openapi,smd}.go`, k8s.io/apimachinery `pkg/util/managedfields/internal/typeconverter.go`
//! and, for patch strategies, `pkg/util/strategicpatch/meta.go`, of kubernetes v1.36. There the type is made from the same
//! document: of a built-in kind from the server's own, of a custom resource from what is published of its definition. Only
//! a definition with the field `preserveUnknownFields` of apiextensions/v1beta1 is treated otherwise, which no document tells.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::{Map as Json, Value};

use super::{Atom, Gvk, List, ListKind, Map, Scalar, Schema, Slot, TypeId};
use crate::schema::pointer;

/// How deep documents may be nested: as deep as serde_json reads them.
const DEEPEST: usize = 128;

/// Where a document of OpenAPI is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {cause}")]
pub struct Unreadable {
    /// A JSON pointer into the document.
    pub place: String,
    /// What is wrong there.
    pub cause: String,
}

impl Schema {
    /// Reads a document.
    ///
    /// # Errors
    /// The document is no OpenAPI v3, or holds what the API server would not take for a schema. A reference to a
    /// definition that is not in the document is an error too.
    pub fn from_openapi(document: &Value) -> Result<Self, Unreadable> {
        let root = Place::Root;
        let version = text(document, "openapi", &root)?.unwrap_or_default();
        if !version.starts_with("3.") {
            return Err(root.broken("not a document of OpenAPI v3"));
        }
        let (none, place) = (Json::new(), root.then("components"));
        let components = present(document, "components").unwrap_or(&Value::Null);
        let definitions = object(components, "schemas", &place)?.unwrap_or(&none);
        let mut reader = Reader { definitions, types: HashMap::new(), schema: Self::default() };
        reader.definitions(&place.then("schemas"))?;
        Ok(reader.schema)
    }
}

struct Reader<'d> {
    definitions: &'d Json<String, Value>,
    types: HashMap<&'d str, TypeId>,
    schema: Schema,
}

impl<'d> Reader<'d> {
    fn definitions(&mut self, place: &Place<'_>) -> Result<(), Unreadable> {
        // A definition that is only a reference is none.
        let defined = self.definitions.iter().filter(|(_, definition)| definition.get("$ref").is_none());
        let names: Vec<(&'d String, &'d Value)> = defined.collect();
        for (name, _) in &names {
            let id = self.schema.reserve();
            self.types.insert(name, id);
        }
        for (name, definition) in names {
            let atom = match well_known(name) {
                Some(atom) => atom,
                None => self.atom(definition, false, &place.then(name))?,
            };
            let Some(id) = self.types.get(name.as_str()).copied() else { continue };
            self.schema.set(id, atom);
            for kind in kinds(definition) {
                self.schema.set_kind(kind, Slot::plain(id));
            }
        }
        Ok(())
    }

    /// `preserve`: whether what stands around it keeps fields that it does not know, and so this does.
    fn atom(&mut self, schema: &'d Value, preserve: bool, place: &Place<'_>) -> Result<Atom, Unreadable> {
        if !schema.is_object() {
            return Err(place.broken("a schema must be an object"));
        }
        if place.depth() > DEEPEST {
            return Err(place.broken("nested too deeply"));
        }
        let preserve = preserve || schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        Ok(match type_of(schema, place)? {
            "" => Atom {
                scalar: Some(Scalar::Untyped),
                list: Some(self.list(schema, preserve, place)?),
                map: Some(self.map(schema, preserve, place)?),
            },
            "object" => Atom { map: Some(self.map(schema, preserve, place)?), ..Atom::default() },
            "array" => Atom { list: Some(self.list(schema, preserve, place)?), ..Atom::default() },
            "integer" | "number" => scalar(Scalar::Numeric),
            "boolean" => scalar(Scalar::Boolean),
            "string" => match text(schema, "format", place)?.unwrap_or_default() {
                "" | "byte" => scalar(Scalar::String),
                _ => scalar(Scalar::Untyped),
            },
            other => return Err(place.then("type").broken(&format!("unknown type {other:?}"))),
        })
    }

    fn map(&mut self, schema: &'d Value, preserve: bool, place: &Place<'_>) -> Result<Map, Unreadable> {
        let mut fields = BTreeMap::new();
        let within = place.then("properties");
        for (name, member) in object(schema, "properties", place)?.into_iter().flatten() {
            let place = within.then(name);
            let mut slot = self.slot(member, preserve, &place)?;
            slot.default = present(member, "default").cloned();
            let strategies = text(member, "x-kubernetes-patch-strategy", &place)?;
            slot.patch_strategies = strategies.into_iter().flat_map(|all| all.split(',').map(str::to_owned)).collect();
            slot.patch_merge_key = text(member, "x-kubernetes-patch-merge-key", &place)?.map(str::to_owned);
            fields.insert(name.clone(), slot);
        }
        let element = match present(schema, "additionalProperties") {
            None => (preserve || fields.is_empty()).then(|| Slot::plain(TypeId::DEDUCED)),
            Some(Value::Bool(allowed)) => allowed.then(|| Slot::plain(TypeId::DEDUCED)),
            Some(other) => Some(self.slot(other, preserve, &place.then("additionalProperties"))?),
        };
        Ok(Map { fields, element, atomic: map_type(schema, place)?.unwrap_or(false) })
    }

    fn list(&mut self, schema: &'d Value, preserve: bool, place: &Place<'_>) -> Result<List, Unreadable> {
        let element = match present(schema, "items") {
            Some(items @ Value::Object(_)) => self.slot(items, preserve, &place.then("items"))?,
            Some(_) => return Err(place.then("items").broken("must be one schema")),
            None if type_of(schema, place)?.is_empty() => Slot::plain(TypeId::UNTYPED),
            None => return Err(place.broken("an array must have `items`")),
        };
        Ok(List { element, kind: list_kind(schema, place)? })
    }

    fn slot(&mut self, schema: &'d Value, preserve: bool, place: &Place<'_>) -> Result<Slot, Unreadable> {
        let own = reference(schema, place)?;
        // What stands beside a `$ref` does not count in OpenAPI v3.0, so a reference that says more is wrapped.
        let alone = || match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) => reference(only, &place.then("allOf").then("0")),
            _ => Ok(None),
        };
        let referred = match own {
            Some(_) => own,
            None => alone()?,
        };
        let name = referred.and_then(|referred| referred.rsplit('/').next()).filter(|name| !name.is_empty());
        let Some(name) = name else {
            let atom = self.atom(schema, preserve, place)?;
            let id = self.schema.reserve();
            self.schema.set(id, atom);
            return Ok(Slot::plain(id));
        };
        let Some(id) = self.types.get(name) else {
            return Err(place.broken(&format!("refers to {name}, which is not defined")));
        };
        let mut slot = Slot::plain(*id);
        if let Some(atomic) = map_type(schema, place)? {
            let target = self.definitions.get(name).map_or(Ok(""), |target| type_of(target, place))?;
            match (target, well_known(name).is_none_or(|known| known.map.is_some()), atomic) {
                ("" | "object", true, _) => slot.atomic_map = Some(atomic),
                ("array", true, true) => slot.list_kind = Some(ListKind::Atomic),
                _ => return Err(place.broken(&format!("has a map type, but {name} is no map"))),
            }
        }
        Ok(slot)
    }
}

/// Types whose definition does not tell how they are written.
fn well_known(name: &str) -> Option<Atom> {
    match name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => Some(scalar(Scalar::Untyped)),
        "io.k8s.apimachinery.pkg.runtime.RawExtension" => Some(Atom::untyped()),
        _ => None,
    }
}

fn scalar(scalar: Scalar) -> Atom {
    Atom { scalar: Some(scalar), ..Atom::default() }
}

fn kinds(definition: &Value) -> impl Iterator<Item = Gvk> {
    let named = definition.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
    let kinds = named.into_iter().flatten().filter_map(|entry| {
        let part = |name: &str| Some(entry.get(name)?.as_str()?.to_owned());
        Some(Gvk { group: part("group")?, version: part("version")?, kind: part("kind")? })
    });
    kinds.filter(|kind| !kind.kind.is_empty())
}

/// Empty: any. Of several, the first counts.
fn type_of<'d>(schema: &'d Value, place: &Place<'_>) -> Result<&'d str, Unreadable> {
    let named = match present(schema, "type") {
        Some(Value::Array(all)) => all.first(),
        other => other,
    };
    match named {
        None => Ok(""),
        Some(Value::String(name)) => Ok(name),
        Some(_) => Err(place.then("type").broken("must be a string")),
    }
}

/// Whether it is atomic, where that is said.
fn map_type(schema: &Value, place: &Place<'_>) -> Result<Option<bool>, Unreadable> {
    const NAME: &str = "x-kubernetes-map-type";
    match schema.get(NAME).map(|named| named.as_str().unwrap_or_default()) {
        None => Ok(None),
        Some("atomic") => Ok(Some(true)),
        Some("granular") => Ok(Some(false)),
        Some(_) => Err(place.then(NAME).broken("unknown map type")),
    }
}

/// By the list type or, where there is none, by the patch strategy.
fn list_kind(schema: &Value, place: &Place<'_>) -> Result<ListKind, Unreadable> {
    const TYPE: &str = "x-kubernetes-list-type";
    const KEYS: &str = "x-kubernetes-list-map-keys";
    const STRATEGY: &str = "x-kubernetes-patch-strategy";
    let said = |name: &str| schema.get(name).map(|named| named.as_str().unwrap_or_default());
    match said(TYPE) {
        Some("atomic") => return Ok(ListKind::Atomic),
        Some("set") => return Ok(ListKind::Set),
        Some("map") => {
            let keys = schema.get(KEYS).ok_or_else(|| place.broken("a list of type map must have its keys"))?;
            let keys = keys.as_array().ok_or_else(|| place.then(KEYS).broken("must be a list"))?;
            return Ok(by_keys(keys.iter().filter_map(Value::as_str)));
        }
        Some(_) => return Err(place.then(TYPE).broken("unknown list type")),
        None => {}
    }
    match said(STRATEGY) {
        Some("merge" | "merge,retainKeys") => {
            Ok(by_keys(text(schema, "x-kubernetes-patch-merge-key", place)?.into_iter()))
        }
        Some("retainKeys") | None => Ok(ListKind::Atomic),
        Some(_) => Err(place.then(STRATEGY).broken("unknown patch strategy of a list")),
    }
}

fn by_keys<'k>(keys: impl Iterator<Item = &'k str>) -> ListKind {
    let keys: Vec<String> = keys.map(str::to_owned).collect();
    if keys.is_empty() { ListKind::Set } else { ListKind::Map(keys) }
}

fn reference<'d>(schema: &'d Value, place: &Place<'_>) -> Result<Option<&'d str>, Unreadable> {
    Ok(text(schema, "$ref", place)?.filter(|reference| !reference.is_empty()))
}

/// Null is the same as not there.
fn present<'d>(value: &'d Value, name: &str) -> Option<&'d Value> {
    value.get(name).filter(|value| !value.is_null())
}

fn text<'d>(value: &'d Value, name: &str, place: &Place<'_>) -> Result<Option<&'d str>, Unreadable> {
    match present(value, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(place.then(name).broken("must be a string")),
    }
}

fn object<'d>(value: &'d Value, name: &str, place: &Place<'_>) -> Result<Option<&'d Json<String, Value>>, Unreadable> {
    match present(value, name) {
        None => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(place.then(name).broken("must be an object")),
    }
}

/// Where the reader is. Written out only when it is needed.
enum Place<'p> {
    Root,
    Within(&'p Place<'p>, &'p str, usize),
}

impl Place<'_> {
    fn then<'p>(&'p self, step: &'p str) -> Place<'p> {
        Place::Within(self, step, self.depth().saturating_add(1))
    }

    fn depth(&self) -> usize {
        match self {
            Place::Root => 0,
            Place::Within(.., depth) => *depth,
        }
    }

    fn broken(&self, cause: &str) -> Unreadable {
        Unreadable { place: self.to_string(), cause: cause.to_owned() }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Within(parent, step, _) => {
                write!(f, "{parent}/{}", pointer::step(step))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(definitions: &Value) -> Value {
        json!({"openapi": "3.0.0", "components": {"schemas": definitions}})
    }

    fn broken(definition: &Value) -> String {
        let document = document(&json!({"a/b": definition, "L": {"type": "array", "items": {"type": "string"}}}));
        Schema::from_openapi(&document).unwrap_err().to_string()
    }

    #[test]
    fn what_is_broken_is_named_with_its_place() {
        for (definition, expected) in [
            (json!(3), ": a schema must be an object"),
            (json!({"type": "strange"}), "/type: unknown type \"strange\""),
            (json!({"type": 3}), "/type: must be a string"),
            (json!({"type": "array"}), ": an array must have `items`"),
            (json!({"type": "array", "items": [{}]}), "/items: must be one schema"),
            (json!({"items": {}, "x-kubernetes-list-type": "bag"}), "/x-kubernetes-list-type: unknown list type"),
            (json!({"x-kubernetes-list-type": "map"}), ": a list of type map must have its keys"),
            (
                json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": "name"}),
                "/x-kubernetes-list-map-keys: must be a list",
            ),
            (
                json!({"x-kubernetes-patch-strategy": "replace"}),
                "/x-kubernetes-patch-strategy: unknown patch strategy of a list",
            ),
            (json!({"type": "object", "x-kubernetes-map-type": "bag"}), "/x-kubernetes-map-type: unknown map type"),
            (json!({"properties": []}), "/properties: must be an object"),
            (json!({"properties": {"p": {"$ref": 3}}}), "/properties/p/$ref: must be a string"),
            (
                json!({"properties": {"p~": {"$ref": "#/components/schemas/None"}}}),
                "/properties/p~0: refers to None, which is not defined",
            ),
            (
                json!({"additionalProperties": {"$ref": "x/L", "x-kubernetes-map-type": "granular"}}),
                "/additionalProperties: has a map type, but L is no map",
            ),
        ] {
            assert_eq!(broken(&definition), format!("/components/schemas/a~1b{expected}"), "{definition}");
        }
        let other = Schema::from_openapi(&json!({"swagger": "2.0"})).unwrap_err();
        assert_eq!(other.to_string(), ": not a document of OpenAPI v3");
        let deep = (0..300).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
        assert!(broken(&deep).ends_with("/items: nested too deeply"));
    }

    #[test]
    fn types_may_refer_to_themselves_and_documents_are_joined() {
        let kind = |name: &str| Gvk { group: "g".to_owned(), version: "v1".to_owned(), kind: name.to_owned() };
        let of = |name: &str, field: &str| {
            let refers = json!({"default": {}, "allOf": [{"$ref": format!("#/components/schemas/{name}")}]});
            document(&json!({name: {
                "type": "object",
                "properties": {"inner": refers, field: {"type": "string"}},
                "x-kubernetes-group-version-kind": [{"group": "g", "version": "v1", "kind": name}]
            }}))
        };
        let mut joined = Schema::from_openapi(&of("A", "a")).unwrap();
        joined.merge(Schema::from_openapi(&of("B", "b")).unwrap());
        assert_eq!(joined.kinds().cloned().collect::<Vec<_>>(), [kind("A"), kind("B")]);
        for (name, field, other) in [("A", "a", "b"), ("B", "b", "a")] {
            let outer = joined.kind(&kind(name)).unwrap();
            let inner = outer.field("inner").unwrap();
            assert_eq!(inner.atom(), outer.atom());
            assert_eq!(inner.slot().default, Some(json!({})));
            assert_eq!(inner.field("inner").unwrap().field(field).unwrap().atom(), &scalar(Scalar::String));
            assert!(inner.field(other).is_none());
        }
    }
}
