//! One side of a comparison: documents, each with what finds its partner on the other side.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::Part;
use crate::release::payload::Payload;
use crate::release::{ObjectId, manifest};

/// One document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Where it belongs.
    pub part: Part,
    /// What finds its partner. An object without a namespace is in that of the release; of what is no object the kind is empty.
    pub id: ObjectId,
    /// Group and version; empty for what is no object.
    pub api_version: String,
    /// The template it comes from.
    pub source: Option<String>,
    /// What it holds, secrets included.
    pub body: Body,
    /// JSON pointers to fields of it that nobody wrote: the API server filled them in, or a controller did.
    pub assumed: BTreeSet<String>,
}

/// What a document holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Fields.
    Fields(Value),
    /// Any text.
    Text(String),
}

/// All documents of a side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Side {
    /// What it is.
    pub label: String,
    /// Its documents.
    pub documents: Vec<Document>,
    /// The parts that it can have at all: live objects have no values.
    pub parts: BTreeSet<Part>,
    /// What could not be read, in sentences without secrets.
    pub faults: Vec<String>,
    /// Objects that are or may be there and could not be read: what the other side has of them is compared with nothing.
    pub unread: BTreeSet<ObjectId>,
}

impl Side {
    /// A stored revision.
    #[must_use]
    pub fn revision(payload: &Payload, parts: &[Part]) -> Self {
        let number = payload.revision().map_or_else(|| "?".to_owned(), |revision| revision.to_string());
        let mut side = Self { label: format!("revision {number}"), ..Self::default() };
        let namespace = payload.namespace().unwrap_or_default();
        for part in parts {
            side.parts.insert(*part);
            match part {
                Part::Manifest => side.objects(*part, payload.manifest().unwrap_or_default(), namespace),
                Part::Values => {
                    let values = payload.config().cloned().unwrap_or_default();
                    side.values(*part, Value::Object(values));
                }
                Part::Hooks | Part::Coalesced | Part::Chart | Part::Templates | Part::Files | Part::Notes => {}
            }
        }
        side
    }

    /// A text of YAML documents.
    #[must_use]
    pub fn file(name: &str, text: &str) -> Self {
        let mut side = Self { label: name.to_owned(), ..Self::default() };
        side.parts.insert(Part::Manifest);
        side.objects(Part::Manifest, text, "");
        side
    }

    fn objects(&mut self, part: Part, text: &str, namespace: &str) {
        for object in manifest::objects(text) {
            match object {
                Ok(object) => {
                    let group = object.api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
                    let namespace = object.namespace.unwrap_or_else(|| namespace.to_owned());
                    self.documents.push(Document {
                        part,
                        id: ObjectId::new(group, object.kind, namespace, object.name),
                        api_version: object.api_version,
                        source: object.source,
                        body: Body::Fields(object.body),
                        assumed: BTreeSet::new(),
                    });
                }
                Err(bad) => self.faults.push(format!("{}: {bad}", self.label)),
            }
        }
    }

    fn values(&mut self, part: Part, values: Value) {
        self.documents.push(Document {
            part,
            id: ObjectId::new("", "", "", part.word()),
            api_version: String::new(),
            source: None,
            body: Body::Fields(values),
            assumed: BTreeSet::new(),
        });
    }
}

impl Document {
    /// What it is told by.
    #[must_use]
    pub fn api_version(&self) -> Option<Arc<str>> {
        (!self.api_version.is_empty()).then(|| Arc::from(self.api_version.as_str()))
    }
}
