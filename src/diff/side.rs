//! One side of a comparison: documents, each with what finds its partner on the other side.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Part;
use super::alike::{Alike, GoOn};
use crate::release::ObjectId;
use crate::release::manifest::{self, BadDocument, Object};
use crate::release::payload::{Payload, StoredFile};
use crate::release::values::coalesce_as;
use crate::schema::{Gvk, Schema, Typed};

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
    /// JSON pointers to fields of it that nobody wrote: the API server filled them in, or a controller did. They are told only
    /// where the other side has a value there.
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
        let mut go_on = || ControlFlow::Continue(());
        match Self::revision_without(payload, parts, Alike::default(), &mut go_on) {
            ControlFlow::Continue(side) => side,
            ControlFlow::Break(()) => Self::default(),
        }
    }

    /// The same without documents that the other side has alike.
    pub(super) fn revision_without(
        payload: &Payload,
        parts: &[Part],
        mut alike: Alike<'_>,
        go_on: GoOn<'_>,
    ) -> ControlFlow<(), Self> {
        let number = number(payload);
        let mut side = Self { label: format!("revision {number}"), ..Self::default() };
        let namespace = payload.namespace().unwrap_or_default();
        for part in parts {
            side.parts.insert(*part);
            match part {
                Part::Manifest => {
                    if !payload.raw().get("manifest").is_some_and(Value::is_string) {
                        side.faults
                            .push(format!("{}: it holds no manifest; its objects count as not there", side.label));
                    }
                    let text = payload.manifest().unwrap_or_default();
                    side.objects(
                        Text { part: *part, text, source: None, namespace, may_be_json: false },
                        &mut alike,
                        go_on,
                    )?;
                }
                Part::Hooks => {
                    for hook in payload.hooks() {
                        let text = hook.manifest.unwrap_or_default();
                        side.objects(
                            Text { part: *part, text, source: hook.path, namespace, may_be_json: false },
                            &mut alike,
                            go_on,
                        )?;
                    }
                }
                Part::Values => side.fields(*part, part.word(), payload.config().cloned().unwrap_or_default()),
                Part::Coalesced => {
                    let values = |values: Option<&Map<String, Value>>| values.cloned().unwrap_or_default();
                    let coalesced =
                        coalesce_as(payload.helm_major(), &values(payload.chart_values()), &values(payload.config()));
                    side.fields(*part, part.word(), coalesced);
                }
                Part::Chart => {
                    let chart = payload.raw().get("chart").and_then(|chart| chart.get("metadata"));
                    side.fields(*part, "Chart.yaml", chart.and_then(Value::as_object).cloned().unwrap_or_default());
                }
                Part::Templates => payload.templates().iter().for_each(|file| side.file_of_chart(*part, file)),
                Part::Files => payload.files().iter().for_each(|file| side.file_of_chart(*part, file)),
                Part::Notes => side.text(*part, part.word(), payload.notes().unwrap_or_default().to_owned()),
            }
        }
        ControlFlow::Continue(side)
    }

    /// A text of YAML documents, or of JSON.
    #[must_use]
    pub fn file(name: &str, text: &str) -> Self {
        let mut go_on = || ControlFlow::Continue(());
        match Self::file_without(name, text, Alike::default(), &mut go_on) {
            ControlFlow::Continue(side) => side,
            ControlFlow::Break(()) => Self::default(),
        }
    }

    /// The same without documents that the other side has alike.
    pub(super) fn file_without(name: &str, text: &str, mut alike: Alike<'_>, go_on: GoOn<'_>) -> ControlFlow<(), Self> {
        let mut side = Self { label: name.to_owned(), parts: BTreeSet::from([Part::Manifest]), ..Self::default() };
        let text = Text { part: Part::Manifest, text, source: None, namespace: "", may_be_json: true };
        side.objects(text, &mut alike, go_on)?;
        ControlFlow::Continue(side)
    }

    /// The chart's own values of a stored revision.
    #[must_use]
    pub fn defaults(payload: &Payload) -> Self {
        let label = format!("chart defaults of revision {}", number(payload));
        let mut side = Self { label, parts: BTreeSet::from([Part::Values]), ..Self::default() };
        side.fields(Part::Values, Part::Values.word(), payload.chart_values().cloned().unwrap_or_default());
        side
    }

    /// The same documents as another part.
    pub(super) fn told_as(mut self, part: Part) -> Self {
        for document in &mut self.documents {
            document.part = part;
            document.id = ObjectId::new("", "", "", part.word());
        }
        self.parts = BTreeSet::from([part]);
        self
    }

    fn objects(&mut self, of: Text<'_>, alike: &mut Alike<'_>, go_on: GoOn<'_>) -> ControlFlow<()> {
        for document in manifest::split(of.text) {
            if let Some(name) = alike.take(of.part, document.text) {
                // It holds the place, so that removed documents are told where they stood.
                self.fields(of.part, &name, Map::new());
                continue;
            }
            go_on()?;
            let is_json = of.may_be_json && document.text.starts_with('{');
            let json = if is_json { manifest::objects_of_json(&document) } else { None };
            for object in json.unwrap_or_else(|| manifest::objects_of(&document)) {
                self.object(of.part, object, of.source, of.namespace);
            }
        }
        ControlFlow::Continue(())
    }

    fn object(&mut self, part: Part, object: Result<Object, BadDocument>, source: Option<&str>, namespace: &str) {
        match object {
            Ok(object) => {
                let group = object.api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
                let namespace = object.namespace.unwrap_or_else(|| namespace.to_owned());
                self.documents.push(Document {
                    part,
                    id: ObjectId::new(group, object.kind, namespace, object.name),
                    api_version: object.api_version,
                    source: object.source.or_else(|| source.map(str::to_owned)),
                    body: Body::Fields(object.body),
                    assumed: BTreeSet::new(),
                });
            }
            Err(bad) => {
                let of = match (part, source) {
                    (Part::Hooks, Some(source)) => format!("hook {source}, "),
                    (Part::Hooks, None) => "a hook, ".to_owned(),
                    _ => String::new(),
                };
                self.faults.push(format!("{}: {of}{bad}; what it holds counts as not there", self.label));
            }
        }
    }

    fn fields(&mut self, part: Part, name: &str, fields: Map<String, Value>) {
        self.document(part, name, Body::Fields(Value::Object(fields)));
    }

    fn text(&mut self, part: Part, name: &str, text: String) {
        self.document(part, name, Body::Text(text));
    }

    fn file_of_chart(&mut self, part: Part, file: &StoredFile<'_>) {
        let Some(contents) = file.contents() else {
            let (label, name) = (&self.label, file.name);
            self.faults.push(format!("{label}: {name} is not stored as base64; it counts as not there"));
            return;
        };
        let text = String::from_utf8(contents).unwrap_or_else(|error| binary(error.as_bytes()));
        self.text(part, file.name, text);
    }

    fn document(&mut self, part: Part, name: &str, body: Body) {
        self.documents.push(Document {
            part,
            id: ObjectId::new("", "", "", name),
            api_version: String::new(),
            source: None,
            body,
            assumed: BTreeSet::new(),
        });
    }
}

/// A text of objects.
#[derive(Clone, Copy)]
struct Text<'t> {
    part: Part,
    text: &'t str,
    /// The template of it all, where the documents do not say theirs.
    source: Option<&'t str>,
    /// Of the release.
    namespace: &'t str,
    /// JSON may hold escapes that are none of YAML. Helm reads manifests as YAML alone.
    may_be_json: bool,
}

fn number(payload: &Payload) -> String {
    payload.revision().map_or_else(|| "?".to_owned(), |revision| revision.to_string())
}

/// What is told of a file that is no text: enough to see that it differs.
fn binary(contents: &[u8]) -> String {
    let digest: String = Sha256::digest(contents).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("binary, {} bytes, SHA-256 {digest}...\n", contents.len())
}

impl Document {
    /// Its type; what is assumed where there is no schema.
    #[must_use]
    pub fn typed<'s>(&self, schema: &'s Schema) -> Typed<'s> {
        let (group, version) = self.api_version.split_once('/').unwrap_or(("", &self.api_version));
        let kind = Gvk { group: group.to_owned(), version: version.to_owned(), kind: self.id.kind.clone() };
        schema.kind(&kind).unwrap_or_else(|| schema.deduced())
    }

    /// What it is told by.
    #[must_use]
    pub fn api_version(&self) -> Option<Arc<str>> {
        (!self.api_version.is_empty()).then(|| Arc::from(self.api_version.as_str()))
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.body, Body::Text(_))
    }

    pub(super) fn fields(&self) -> Option<&Value> {
        match &self.body {
            Body::Fields(value) => Some(value),
            Body::Text(_) => None,
        }
    }

    /// What stands in it; fields as YAML.
    pub(super) fn text(&self) -> String {
        match &self.body {
            Body::Fields(value) => crate::ownership::permanent::yaml(value),
            Body::Text(text) => text.clone(),
        }
    }
}
