//! A rendered manifest: one text, cut into documents as Helm cuts it, and the objects in them.
//!
//! Sources: Helm `pkg/release/v1/util/manifest.go` (SplitManifests), v4.3.1; kubernetes/apimachinery
//! `pkg/apis/meta/v1/unstructured/helpers.go` (what is a list, kinds of items without one),
//! kubernetes/cli-runtime `pkg/resource/visitor.go` (empty documents are passed over).

use std::collections::BTreeSet;

use serde_json::Value;
use strum::IntoEnumIterator;

use super::object::{ObjectId, WatchedKind};
use super::payload::type_name;
use super::yaml::{self, YamlError};

/// One document of a manifest. Its text is as Helm passes it on: without white space before it, with what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document<'t> {
    /// Counted over the documents that are not blank.
    pub index: usize,
    /// The template, from the comment that Helm puts in front: `chart/templates/name.yaml`.
    pub source: Option<&'t str>,
    /// Where the text starts in the manifest, counted from 1.
    pub line: usize,
    /// The document, comments included.
    pub text: &'t str,
}

/// An object of a manifest; of a list, one of its items.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The [`Document::index`] that it stands in.
    pub document: usize,
    /// The template it came from.
    pub source: Option<String>,
    /// Group and version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// As written. Helm puts the release namespace where a namespaced object has none.
    pub namespace: Option<String>,
    /// Its name, or the prefix of one that the server generates.
    pub name: String,
    /// Whether the server generates the name.
    pub is_name_generated: bool,
    /// All of it.
    pub body: Value,
}

/// A document that holds no readable object. It quotes nothing of the text, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDocument {
    /// The [`Document::index`] that it stands in.
    pub index: usize,
    /// The template it came from.
    pub source: Option<String>,
    /// In the manifest, from 1: the place of a mistake in the YAML, else the start of the document.
    pub line: usize,
    /// What is wrong.
    pub cause: BadCause,
}

// By hand, as `thiserror` would take the field `source` for the error underneath.
impl std::fmt::Display for BadDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "document {} (line {}): {}", self.index.saturating_add(1), self.line, self.cause)
    }
}

impl std::error::Error for BadDocument {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCause {
    /// It is no YAML.
    #[error("{}", .0.cause)]
    Yaml(#[from] YamlError),
    /// It is a list, a text or the like.
    #[error("it is {found} and no object")]
    NotAnObject {
        /// The type that it has.
        found: &'static str,
    },
    /// A field is missing, without which no object can be applied.
    #[error("it has no `{field}`")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// Lists within lists, deeper than any client reads.
    #[error("its lists are nested too deeply")]
    Nested,
}

/// Lists within lists that are followed.
const LIST_DEPTH: usize = 8;

/// Cuts a manifest at every line that starts with `---`. Blank documents are left out, comments alone are not.
pub fn split(manifest: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    // Counted from document to document: from the start each time, thousands of them would take minutes.
    let (mut counted, mut line) = (0, 1);
    for piece in pieces(manifest) {
        let text = piece.text.trim_start();
        if text.is_empty() {
            continue;
        }
        let start = piece.start + piece.text.len() - text.len();
        let between = manifest.get(counted..start).unwrap_or_default();
        line += between.bytes().filter(|&byte| byte == b'\n').count();
        counted = start;
        documents.push(Document { index: documents.len(), source: source(text), line, text });
    }
    documents
}

/// Reads every object, those in lists one by one. A document of comments alone, or of null, holds none.
pub fn objects(manifest: &str) -> Vec<Result<Object, BadDocument>> {
    split(manifest).iter().flat_map(objects_of).collect()
}

/// Reads the objects of one document, as [`objects`] does.
pub fn objects_of(document: &Document<'_>) -> Vec<Result<Object, BadDocument>> {
    let mut objects = Vec::new();
    match yaml::to_json(document.text) {
        Ok(Value::Null) => {}
        Ok(body) => flatten(document, body, LIST_DEPTH, &mut objects),
        Err(error) => {
            let line = document.line + error.line - 1;
            objects.push(Err(BadDocument { line, ..bad(document, BadCause::Yaml(error)) }));
        }
    }
    objects
}

/// The objects of a document that is JSON; `None` if it is not.
pub fn objects_of_json(document: &Document<'_>) -> Option<Vec<Result<Object, BadDocument>>> {
    let body = serde_json::from_str(document.text).ok()?;
    let mut objects = Vec::new();
    flatten(document, body, LIST_DEPTH, &mut objects);
    Some(objects)
}

/// Objects of one manifest that are watched for, more than which no release is held to.
pub(super) const MOST_WATCHED: usize = 500;

/// The objects of watched kinds that a manifest names, for the first 500 of them; without a namespace they are in that of the
/// release. Documents that cannot be such an object are not parsed: it is done for every release. Left out are Jobs with
/// `ttlSecondsAfterFinished`, which go by themselves, and names that the server generates.
pub fn watched(manifest: &str, namespace: &str) -> BTreeSet<ObjectId> {
    let kinds: Vec<String> = WatchedKind::iter().map(|kind| kind.to_string()).collect();
    let is_one = |line: &str| line.contains("kind") && kinds.iter().any(|kind| line.contains(kind.as_str()));
    let mut found = BTreeSet::new();
    for document in split(manifest).iter().filter(|document| document.text.lines().any(is_one)) {
        let Ok(body) = yaml::to_json(document.text) else { continue };
        let mut objects = Vec::new();
        flatten(document, body, LIST_DEPTH, &mut objects);
        for object in objects.into_iter().flatten().filter(|object| !object.is_name_generated) {
            let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
            let Some(kind) = WatchedKind::of(group, &object.kind) else { continue };
            let goes = kind == WatchedKind::Job && object.body.pointer("/spec/ttlSecondsAfterFinished").is_some();
            if goes || found.len() >= MOST_WATCHED {
                continue;
            }
            let namespace = object.namespace.as_deref().unwrap_or(namespace);
            found.insert(ObjectId::new(group, object.kind, namespace, object.name));
        }
    }
    found
}

/// What lies between two separators.
pub(super) struct Piece<'t> {
    /// The separator before it; at the start of the manifest, white space.
    pub separator: &'t str,
    /// In bytes.
    pub start: usize,
    pub text: &'t str,
}

/// Cuts at `(?m)^---[ \t]*`. What follows on the line of a separator belongs to the document behind it.
pub(super) fn pieces(manifest: &str) -> Vec<Piece<'_>> {
    const DASHES: &str = "---";
    // Helm drops white space first, which may put a separator at the start of a line.
    let mut from = manifest.len() - manifest.trim_start().len();
    let mut separator = (0, from);
    let mut pieces = Vec::new();
    let mut piece = |separator: (usize, usize), end: usize| {
        let text = manifest.get(separator.1..end).unwrap_or_default();
        let separator_text = manifest.get(separator.0..separator.1).unwrap_or_default();
        pieces.push(Piece { separator: separator_text, start: separator.1, text });
    };
    loop {
        let rest = manifest.get(from..).unwrap_or_default();
        if let Some(behind) = rest.strip_prefix(DASHES) {
            piece(separator, from);
            let end = manifest.len() - behind.trim_start_matches([' ', '\t']).len();
            separator = (from, end);
        }
        match rest.find('\n') {
            Some(place) => from += place + 1,
            None => break,
        }
    }
    piece(separator, manifest.len());
    pieces
}

/// The path in the `# Source:` comment at the head of a document.
fn source(text: &str) -> Option<&str> {
    text.lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with('#'))
        .find_map(|line| line.strip_prefix("# Source: "))
        .map(str::trim)
}

fn bad(document: &Document<'_>, cause: BadCause) -> BadDocument {
    BadDocument { index: document.index, source: document.source.map(str::to_owned), line: document.line, cause }
}

/// Everything with `items` is a list, whatever its kind.
fn flatten(document: &Document<'_>, body: Value, depth: usize, objects: &mut Vec<Result<Object, BadDocument>>) {
    let Some(items) = body.get("items").and_then(Value::as_array) else {
        return objects.push(object(document, body).map_err(|cause| bad(document, cause)));
    };
    if depth == 0 {
        return objects.push(Err(bad(document, BadCause::Nested)));
    }
    let list_kind = text(&body, "kind").unwrap_or_default();
    let item_kind = list_kind.strip_suffix("List").unwrap_or(list_kind);
    for item in items {
        let mut item = item.clone();
        // Typed lists, such as ConfigMapList, may leave both to the list.
        if text(&item, "kind").is_none()
            && text(&item, "apiVersion").is_none()
            && let (Some(fields), Some(version)) = (item.as_object_mut(), body.get("apiVersion"))
        {
            fields.insert("kind".to_owned(), item_kind.into());
            fields.insert("apiVersion".to_owned(), version.clone());
        }
        flatten(document, item, depth - 1, objects);
    }
}

fn object(document: &Document<'_>, body: Value) -> Result<Object, BadCause> {
    if !body.is_object() {
        return Err(BadCause::NotAnObject { found: type_name(&body) });
    }
    let kind = text(&body, "kind").ok_or(BadCause::Missing { field: "kind" })?.to_owned();
    let api_version = text(&body, "apiVersion").ok_or(BadCause::Missing { field: "apiVersion" })?.to_owned();
    let metadata = body.get("metadata").unwrap_or(&Value::Null);
    let name = text(metadata, "name");
    let given = name.or_else(|| text(metadata, "generateName")).ok_or(BadCause::Missing { field: "metadata.name" })?;
    Ok(Object {
        document: document.index,
        source: document.source.map(str::to_owned),
        api_version,
        kind,
        namespace: text(metadata, "namespace").map(str::to_owned),
        name: given.to_owned(),
        is_name_generated: name.is_none(),
        body,
    })
}

/// Text that is not empty.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
