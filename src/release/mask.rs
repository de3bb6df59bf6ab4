//! Hides secrets before anybody sees them: in values, in objects, and in the text of manifests.
//!
//! One set of rules serves JSON and YAML, over a tree that both are read into:
//!
//! 1. In a Secret, everything under `data` and `stringData` is hidden; keys stay. So is its last applied configuration,
//!    and the data of a ConfigMap in which Helm stores a release.
//! 2. Under a key that names a secret (see `words`) every text and number is hidden, down to keys that name references,
//!    such as `secretName` or `existingSecret`, where these are texts. In `{name: DB_PASSWORD, value: x}` the name counts as the key.
//! 3. In every other text, passwords in URLs are hidden, what follows `password=` or `token: `, and private keys.
//!
//! Null, true, false and empty text are never hidden: they hold nothing, and it matters that they are not set.
//! A document that cannot be read is withheld, for nobody can tell what it holds.
//!
//! Not covered: comments, keys themselves, and secrets that neither a kind nor a name gives away.

mod masker;
mod text;
mod tree;
mod words;
mod yaml_text;

use std::collections::HashMap;

use serde_json::Value;

pub use masker::{Hidden, Masker};
use tree::{Kind, Pair, ScalarId, Tree};
use words::KeyClass;

/// What stands for a hidden value.
pub const MASK: &str = "***";

/// What stands for a document that cannot be read. A comment, so that the text around it stays YAML.
pub const WITHHELD: &str = "# withheld: this document cannot be read as YAML, and may hold secrets\n";

/// How many times as many nodes as a document has may be looked at because aliases repeat them.
const ALIAS_FACTOR: usize = 10;

/// Nodes that may be looked at in any document.
const ALIAS_ALLOWANCE: usize = 10_000;

/// Hides the secrets in a tree of values.
#[must_use]
pub fn mask_values(values: &Value) -> Value {
    let mut next = ScalarId::default();
    let tree = Tree::of_json(values, &mut next);
    match decide(&tree, usize::MAX) {
        Some(masks) => rebuild(values, &masks, &mut ScalarId::default()),
        None => Value::String(MASK.to_owned()),
    }
}

/// Hides the secrets in an object. The rules are those of [`mask_values`], which look at the kind as well.
#[must_use]
pub fn mask_object(object: &Value) -> Value {
    mask_values(object)
}

/// Hides the secrets in a manifest, a hook or the text of values. Every other byte stays, comments and order included.
#[must_use]
pub fn mask_manifest(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for piece in super::manifest::pieces(text) {
        masked.push_str(piece.separator);
        if let Some(document) = yaml_text::mask_document(piece.text) {
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

/// Hides in plain text, such as rendered notes, what rule 3 finds.
#[must_use]
pub fn mask_text(text: &str) -> String {
    text::mask(text).unwrap_or_else(|| text.to_owned())
}

/// How one scalar is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mask {
    /// Hidden. With a length where it is that of the data of a Secret, in bytes.
    Whole { length: Option<usize> },
    /// Hidden in part, as found line by line; the whole text as it is shown.
    Lines(String),
    /// Hidden in part, as found in the JSON that the text is; the whole of that as it is shown.
    Json(String),
}

impl Mask {
    fn shown(&self) -> String {
        match self {
            Self::Whole { length: None } => MASK.to_owned(),
            Self::Whole { length: Some(length) } => format!("{MASK} ({length} bytes)"),
            Self::Lines(text) | Self::Json(text) => text.clone(),
        }
    }
}

type Masks = HashMap<ScalarId, Mask>;

/// Why a part of the tree is hidden, or that it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Open,
    /// Under a key that names a secret.
    Named,
    /// The data of a Secret, as base64 or as it is.
    Data {
        is_base64: bool,
    },
}

/// What hides which scalar; `None` if there is more to look at than so many nodes.
fn decide(tree: &Tree<'_>, limit: usize) -> Option<Masks> {
    let mut visitor = Visitor { masks: Masks::new(), left: limit };
    visitor.visit(tree, Context::Open, false)?;
    Some(visitor.masks)
}

struct Visitor {
    masks: Masks,
    /// Nodes that may still be looked at.
    left: usize,
}

impl Visitor {
    /// Items of a SecretList are Secrets, even without a kind of their own.
    fn visit(&mut self, tree: &Tree<'_>, context: Context, is_secret: bool) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        match tree {
            Tree::Scalar { id, text, kind } => {
                self.visit_scalar(*id, text, *kind, context);
                Some(())
            }
            Tree::List(entries) => {
                let mut is_flagged = false;
                for entry in entries {
                    // `--password`, then the password.
                    let entry_context = if is_flagged { Context::Named.within(context) } else { context };
                    is_flagged = entry.text().is_some_and(text::is_secret_flag);
                    self.visit(entry, entry_context, is_secret)?;
                }
                Some(())
            }
            Tree::Map(pairs) => self.visit_map(pairs, context, is_secret),
        }
    }

    fn visit_map(&mut self, pairs: &[Pair<'_>], context: Context, is_secret: bool) -> Option<()> {
        let is_secret = is_secret || has(pairs, "kind", |kind| kind.text() == Some("Secret"));
        let is_list_of_secrets = has(pairs, "kind", |kind| kind.text() == Some("SecretList"));
        let is_stored_release = has(pairs, "kind", |kind| kind.text() == Some("ConfigMap"))
            && has(pairs, "metadata", tree::is_owned_by_helm);
        let is_secret_name = |name: &Tree<'_>| name.text().is_some_and(words::is_secret_name);
        let is_named = has(pairs, "name", is_secret_name) || has(pairs, "key", is_secret_name);
        // An item of a volume: which key of a Secret becomes which file.
        let is_volume_item = has(pairs, "path", |path| path.is_scalar());
        for pair in pairs {
            let key = pair.key_text();
            let value_context = match (key, context) {
                (_, Context::Data { .. }) => context,
                (Some("data"), _) if is_secret => Context::Data { is_base64: true },
                (Some("stringData"), _) if is_secret => Context::Data { is_base64: false },
                (Some("data" | "binaryData"), _) if is_stored_release => Context::Named,
                (Some(LAST_APPLIED), _) if is_copy_of_secret(&pair.value) => Context::Named,
                (Some("value"), _) if is_named => Context::Named,
                (Some("key"), _) if is_volume_item => Context::Open,
                // The schema of a custom resource describes fields and holds no values.
                (Some("openAPIV3Schema"), Context::Open) => continue,
                (Some(key), context) => match words::classify(key) {
                    KeyClass::Secret => Context::Named,
                    KeyClass::SecretIfScalar if pair.value.is_scalar() => Context::Named,
                    KeyClass::Reference if pair.value.is_scalar() => Context::Open,
                    KeyClass::SecretIfScalar | KeyClass::Reference | KeyClass::Neutral => context,
                },
                (None, context) => context,
            };
            if let Some(key) = pair.complex_key() {
                self.visit(key, value_context, false)?;
            }
            let are_secrets = is_list_of_secrets && key == Some("items");
            self.visit(&pair.value, value_context, are_secrets)?;
        }
        Some(())
    }

    fn visit_scalar(&mut self, id: ScalarId, text: &str, kind: Kind, context: Context) {
        if text.is_empty() || kind == Kind::Null || is_mask(text) {
            return;
        }
        let mask = match context {
            Context::Data { is_base64 } => {
                let decoded = if is_base64 { super::codec::decoded_length(text.trim()) } else { text.len() };
                Some(Mask::Whole { length: Some(decoded) })
            }
            Context::Named if kind == Kind::Bool => None,
            Context::Named => Some(Mask::Whole { length: None }),
            Context::Open if kind == Kind::Text && text::is_private_key(text) => Some(Mask::Whole { length: None }),
            Context::Open if kind == Kind::Text => {
                masked_json(text).map(Mask::Json).or_else(|| text::mask(text).map(Mask::Lines))
            }
            Context::Open => None,
        };
        // Where aliases show one scalar in two places, the stricter of them counts.
        match (mask, self.masks.get(&id)) {
            (None, _) | (Some(_), Some(Mask::Whole { length: Some(_) })) => {}
            (Some(Mask::Lines(_) | Mask::Json(_)), Some(Mask::Whole { .. })) => {}
            (Some(mask), _) => {
                self.masks.insert(id, mask);
            }
        }
    }
}

impl Context {
    /// A part of hidden data stays hidden data.
    fn within(self, outer: Self) -> Self {
        match outer {
            Self::Data { .. } => outer,
            Self::Open | Self::Named => self,
        }
    }
}

/// Where `kubectl apply` keeps the whole object as JSON.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether some value of that key is so.
fn has(pairs: &[Pair<'_>], key: &str, is_so: impl Fn(&Tree<'_>) -> bool) -> bool {
    pairs.iter().any(|pair| pair.key_text() == Some(key) && is_so(&pair.value))
}

/// Whether a text has been hidden already.
fn is_mask(text: &str) -> bool {
    let length =
        text.strip_prefix(MASK).map(|rest| rest.strip_prefix(" (").and_then(|rest| rest.strip_suffix(" bytes)")));
    length.is_some_and(|length| text == MASK || length.is_some_and(|digits| digits.parse::<usize>().is_ok()))
}

/// A last applied configuration that is one of a Secret, or that cannot be read.
fn is_copy_of_secret(value: &Tree<'_>) -> bool {
    let copy: Option<Value> = value.text().and_then(|text| serde_json::from_str(text).ok());
    copy.is_none_or(|copy| copy.get("kind").and_then(Value::as_str) == Some("Secret"))
}

/// A text that is JSON itself, such as the last applied configuration; `None` if it holds nothing to hide.
fn masked_json(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let masked = mask_values(&value);
    (masked != value).then(|| masked.to_string())
}

/// The same value with the masks put in, its scalars counted as [`Tree::of_json`] counts them.
fn rebuild(value: &Value, masks: &Masks, next: &mut ScalarId) -> Value {
    match value {
        Value::Array(entries) => Value::Array(entries.iter().map(|entry| rebuild(entry, masks, next)).collect()),
        Value::Object(pairs) => {
            Value::Object(pairs.iter().map(|(key, value)| (key.clone(), rebuild(value, masks, next))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let id = next.take();
            masks.get(&id).map_or_else(|| value.clone(), |mask| Value::String(mask.shown()))
        }
    }
}

#[cfg(test)]
mod tests;
