//! What counts as secret for one release: the rules, and values that are known to be secret wherever they stand.

use std::sync::Arc;

use serde_json::Value;

use super::known::Known;
use super::rules::Rules;
use super::tree::{ScalarId, Tree};
use super::{MASK, Seen, WITHHELD, decide, learn, rebuild, text, yaml_text};
use crate::release::manifest;
use crate::release::payload::Payload;
use crate::release::values::{Found, Source};

/// Hides secrets. Two are equal when they hide the same. Cheap to clone.
///
/// It hides what the rules find (see [`super`]), and every value that it was told of or found secret while it learnt, in
/// whatever spelling (see `known`), except for values that are too plain to be looked for (see `plain`) and names of objects,
/// images and hosts that stand in the open: these are hidden in their places alone. What is equal looks alike when it is
/// hidden.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masker {
    pub(super) rules: Rules,
    pub(super) known: Arc<Known>,
}

impl Masker {
    /// One that knows the rules alone.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self { rules, known: Arc::default() }
    }

    /// One that knows what a stored revision says of its secrets: its objects, hooks and values. For a large one this takes
    /// long. [`Payload::masker`] keeps it.
    #[must_use]
    pub fn of(payload: &Payload, rules: &Rules) -> Self {
        let mut masker = Self::new(rules.clone());
        masker.learn_manifest(payload.manifest().unwrap_or_default());
        for hook in payload.hooks() {
            masker.learn_manifest(hook.manifest.unwrap_or_default());
        }
        for values in [payload.config(), payload.chart_values()].into_iter().flatten() {
            masker.learn_values(&Value::Object(values.clone()));
        }
        masker.known.prepare();
        masker
    }

    /// Learns the secrets of values, or of an object as JSON: of a Secret all of its data.
    pub fn learn_values(&mut self, values: &Value) {
        let tree = Tree::of_json(values, &mut ScalarId::default());
        self.learn(&tree, usize::MAX);
    }

    /// Learns the secrets of a manifest, a hook, or values as YAML. What cannot be read is passed over: it is withheld anyway.
    pub fn learn_manifest(&mut self, text: &str) {
        for piece in manifest::pieces(text) {
            for (tree, limit) in yaml_text::trees(piece.text) {
                self.learn(&tree, limit);
            }
        }
    }

    /// Learns what an entry of valuesFrom says, where it is a Secret: all of it is secret.
    pub fn learn_source(&mut self, source: &Source) {
        match (&source.found, source.reference.kind.as_str()) {
            (Found::Text(text), "Secret") => self.learn_secret(text),
            (Found::Text(_) | Found::Absent { .. } | Found::Unreadable(_), _) => {}
        }
    }

    /// Learns all that another one knows. A name that stands in the open for either is no secret for both.
    pub fn learn_from(&mut self, other: &Self) {
        if self.known.is_empty() {
            self.known = Arc::clone(&other.known);
        } else if !Arc::ptr_eq(&self.known, &other.known) {
            Arc::make_mut(&mut self.known).join(&other.known);
        }
    }

    /// Learns a value that is secret; of one that is a document itself (YAML, JSON, lines of `key=value`), each value in it.
    pub fn learn_secret(&mut self, value: &str) {
        learn::secret(Arc::make_mut(&mut self.known), &self.rules, value);
    }

    fn learn(&mut self, tree: &Tree<'_>, limit: usize) {
        let mut seen = Vec::new();
        if decide(tree, limit, &Self::new(self.rules.clone()), Some(&mut seen)).is_none() || seen.is_empty() {
            return;
        }
        let known = Arc::make_mut(&mut self.known);
        for seen in seen {
            match seen {
                Seen::Secret(value) => learn::secret(known, &self.rules, &value),
                Seen::Bytes(bytes) => known.secret_bytes(&bytes),
                Seen::Open(name) => known.open(&name),
            }
        }
    }

    /// Hides the secrets in a tree of values, or in an object: then its kind is looked at as well.
    #[must_use]
    pub fn values(&self, values: &Value) -> Value {
        let tree = Tree::of_json(values, &mut ScalarId::default());
        match decide(&tree, usize::MAX, self, None) {
            Some(masks) => rebuild(values, &masks, &mut ScalarId::default(), self),
            None => Value::String(MASK.to_owned()),
        }
    }

    /// Hides the secrets in a manifest, a hook or the text of values. Every other byte stays, comments and order included.
    #[must_use]
    pub fn manifest(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        for piece in manifest::pieces(text) {
            masked.push_str(piece.separator);
            if let Some(document) = yaml_text::mask_document(piece.text, self) {
                masked.push_str(&document);
            } else {
                if !masked.is_empty() && !masked.ends_with('\n') {
                    masked.push('\n');
                }
                masked.push_str(WITHHELD);
            }
        }
        masked
    }

    /// Hides in plain text, such as rendered notes, what rule 3 finds, and what is known.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.hide(text).unwrap_or_else(|| text.to_owned())
    }

    /// The text with its secrets hidden; `None` if it has none. What is known comes first: the rest of a value of which a rule
    /// has hidden the beginning would not be known any more.
    pub(super) fn hide(&self, text: &str) -> Option<String> {
        let known = self.known.hide(text);
        text::mask(known.as_deref().unwrap_or(text), &self.rules).or(known)
    }
}

/// A value that is hidden from everybody who has not asked for this one. What prints it says nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides it.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// What it is: for whoever was told by the journal that the asking is written down.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}
