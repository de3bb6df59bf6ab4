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
//! 4. What the first three hide is secret everywhere: a [`Masker`] that learnt the values of a release hides them in other places as
//!    well, unless they are too plain.
//!
//! Null, true, false and empty text are never hidden: they hold nothing, and it matters that they are not set.
//! A document that cannot be read is withheld, for nobody can tell what it holds.
//!
//! Not covered, but for values that are known: comments, keys themselves, and secrets that neither a kind nor a name gives away.
//! Settings may name more keys, or take some off the list: [`Rules`].

mod known;
mod learn;
mod masker;
mod plain;
mod rules;
mod text;
mod tree;
mod words;
mod yaml_text;

use std::collections::HashMap;

use serde_json::{Map, Value};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

pub use masker::{Hidden, Masker};
pub use rules::{Rule, Rules};
use tree::{Kind, Pair, ScalarId, Tree};
use words::KeyClass;
pub use words::secret_words;

/// What stands for a hidden value.
pub const MASK: &str = "***";

/// What stands for a document that cannot be read. A comment, so that the text around it stays YAML.
pub const WITHHELD: &str = "# withheld: this document cannot be read as YAML, and may hold secrets\n";

/// How many times as many nodes as a document has may be looked at because aliases repeat them.
const ALIAS_FACTOR: usize = 10;

/// Nodes that may be looked at in any document.
const ALIAS_ALLOWANCE: usize = 10_000;

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
    /// The schema of a custom resource: it describes fields and holds no values.
    Schema,
}

/// What is worth knowing elsewhere.
enum Seen {
    /// A text that is hidden where it stands.
    Secret(String),
    /// The same of data that is no text.
    Bytes(Vec<u8>),
    /// A name that is seen by everybody.
    Open(String),
}

/// What hides which scalar; `None` if there is more to look at than so many nodes. What was seen on the way is told where somebody
/// wants to know it.
fn decide(tree: &Tree<'_>, limit: usize, masker: &Masker, seen: Option<&mut Vec<Seen>>) -> Option<Masks> {
    let mut visitor = Visitor { masks: Masks::new(), left: limit, masker, seen };
    visitor.visit(tree, Context::Open, false)?;
    Some(visitor.masks)
}

struct Visitor<'m> {
    masks: Masks,
    /// Nodes that may still be looked at.
    left: usize,
    masker: &'m Masker,
    seen: Option<&'m mut Vec<Seen>>,
}

impl Visitor<'_> {
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
                    is_flagged = entry.text().is_some_and(|flag| text::is_secret_flag(flag, &self.masker.rules));
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
        let is_secret_name = |name: &Tree<'_>| name.text().is_some_and(|name| self.masker.rules.is_secret_name(name));
        let is_named = has(pairs, "name", is_secret_name) || has(pairs, "key", is_secret_name);
        // An item of a volume: which key of a Secret becomes which file.
        let is_volume_item = has(pairs, "path", |path| path.is_scalar());
        for pair in pairs {
            let key = pair.key_text();
            let value_context = match (key, context) {
                (_, Context::Data { .. } | Context::Schema) => context,
                (Some("data"), _) if is_secret => Context::Data { is_base64: true },
                (Some("stringData"), _) if is_secret => Context::Data { is_base64: false },
                (Some("data" | "binaryData"), _) if is_stored_release => Context::Named,
                (Some(LAST_APPLIED), _) if is_copy_of_secret(&pair.value) => Context::Named,
                (Some("value"), _) if is_named => Context::Named,
                (Some("key"), _) if is_volume_item => Context::Open,
                (Some("openAPIV3Schema"), Context::Open) => Context::Schema,
                (Some(key), context) => match self.masker.rules.classify(key) {
                    KeyClass::Secret => Context::Named,
                    KeyClass::SecretIfScalar if pair.value.is_scalar() => Context::Named,
                    KeyClass::Reference if pair.value.is_scalar() => Context::Open,
                    KeyClass::SecretIfScalar | KeyClass::Reference | KeyClass::Neutral => context,
                },
                (None, context) => context,
            };
            match &*pair.key {
                Tree::Scalar { id, text, .. } => self.visit_key(*id, text),
                // Values may stand in it.
                key @ (Tree::List(_) | Tree::Map(_)) => self.visit(key, value_context, false)?,
            }
            if value_context == Context::Open && matches!(key, Some("name" | "namespace" | "image" | "host")) {
                self.see_open(&pair.value);
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
        let masker = self.masker;
        let mask = match context {
            Context::Data { is_base64 } => {
                self.see_data(text, is_base64);
                let decoded = if is_base64 { super::codec::decoded_length(text.trim()) } else { text.len() };
                Some(Mask::Whole { length: Some(decoded) })
            }
            Context::Named if kind == Kind::Bool => None,
            Context::Named => Some(Mask::Whole { length: None }),
            Context::Open if kind == Kind::Text && text::is_private_key(text) => Some(Mask::Whole { length: None }),
            Context::Open if kind == Kind::Text => {
                self.see_within(text);
                masked_json(text, masker).map(Mask::Json).or_else(|| masker.hide(text).map(Mask::Lines))
            }
            Context::Open | Context::Schema => masker.known.hide(text).map(Mask::Lines),
        };
        if let (Some(Mask::Whole { length: None }), Some(seen)) = (&mask, &mut self.seen) {
            seen.push(Seen::Secret(text.to_owned()));
        }
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

impl Visitor<'_> {
    /// Keys say what there is, and are hidden only where they are known to be secret themselves.
    fn visit_key(&mut self, id: ScalarId, text: &str) {
        if id != ScalarId::NONE
            && let Some(hidden) = self.masker.known.hide(text)
        {
            self.masks.entry(id).or_insert(Mask::Lines(hidden));
        }
    }

    fn see_open(&mut self, value: &Tree<'_>) {
        if let (Some(seen), Some(text)) = (&mut self.seen, value.text()) {
            seen.push(Seen::Open(text.to_owned()));
        }
    }

    fn see_data(&mut self, text: &str, is_base64: bool) {
        let Some(seen) = &mut self.seen else { return };
        let bytes = if is_base64 {
            let packed: String = text.split_whitespace().collect();
            BASE64_STANDARD.decode(packed).unwrap_or_else(|_| text.as_bytes().to_vec())
        } else {
            text.as_bytes().to_vec()
        };
        seen.push(String::from_utf8(bytes).map_or_else(|error| Seen::Bytes(error.into_bytes()), Seen::Secret));
    }

    /// What rule 3 hides in a text that is shown otherwise.
    fn see_within(&mut self, text: &str) {
        if let Some(seen) = &mut self.seen {
            text::note(text, &self.masker.rules, &mut |found| seen.push(Seen::Secret(found.to_owned())));
        }
    }
}

impl Context {
    /// A part of hidden data stays hidden data, and a part of a schema a part of it.
    fn within(self, outer: Self) -> Self {
        match outer {
            Self::Data { .. } | Self::Schema => outer,
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
#[must_use]
pub fn is_mask(text: &str) -> bool {
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
fn masked_json(text: &str, masker: &Masker) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let masked = masker.values(&value);
    (masked != value).then(|| masked.to_string())
}

/// The same value with the masks put in, its scalars counted as [`Tree::of_json`] counts them.
fn rebuild(value: &Value, masks: &Masks, next: &mut ScalarId, masker: &Masker) -> Value {
    match value {
        Value::Array(entries) => {
            Value::Array(entries.iter().map(|entry| rebuild(entry, masks, next, masker)).collect())
        }
        Value::Object(pairs) => {
            let mut shown = Map::with_capacity(pairs.len());
            for (key, value) in pairs {
                let mut key = masker.known.hide(key).unwrap_or_else(|| key.clone());
                // Hidden keys look alike, and none may take the place of another.
                while shown.contains_key(&key) {
                    key.push('*');
                }
                shown.insert(key, rebuild(value, masks, next, masker));
            }
            Value::Object(shown)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let id = next.take();
            masks.get(&id).map_or_else(|| value.clone(), |mask| Value::String(mask.shown()))
        }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod planted;
