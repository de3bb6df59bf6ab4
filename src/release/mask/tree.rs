//! What the rules look at: values without the syntax they are written in.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value;

/// A scalar of one document. Aliases show the same scalar again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct ScalarId(pub usize);

impl ScalarId {
    /// A key in JSON, which is no scalar that a mask could be put over.
    pub const NONE: Self = Self(usize::MAX);

    /// This one; the next call gives the next.
    pub fn take(&mut self) -> Self {
        let taken = *self;
        self.0 += 1;
        taken
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    Text,
}

#[derive(Debug)]
pub(super) enum Tree<'t> {
    Scalar {
        id: ScalarId,
        text: Cow<'t, str>,
        kind: Kind,
    },
    List(Vec<Rc<Tree<'t>>>),
    /// In order. Keys may repeat, and what is merged in stands among them: which of them counts is not for masking to
    /// decide.
    Map(Vec<Pair<'t>>),
}

#[derive(Debug)]
pub(super) struct Pair<'t> {
    pub key: Rc<Tree<'t>>,
    pub value: Rc<Tree<'t>>,
}

impl<'t> Tree<'t> {
    pub fn of_json(value: &'t Value, next: &mut ScalarId) -> Self {
        let mut scalar = |text, kind| Self::Scalar { id: next.take(), text, kind };
        match value {
            Value::Null => scalar("".into(), Kind::Null),
            Value::Bool(value) => scalar(value.to_string().into(), Kind::Bool),
            Value::Number(number) => scalar(number.to_string().into(), Kind::Number),
            Value::String(text) => scalar(text.as_str().into(), Kind::Text),
            Value::Array(entries) => {
                Self::List(entries.iter().map(|entry| Rc::new(Self::of_json(entry, next))).collect())
            }
            Value::Object(pairs) => Self::Map(
                pairs
                    .iter()
                    .map(|(key, value)| Pair {
                        key: Rc::new(Self::Scalar { id: ScalarId::NONE, text: key.as_str().into(), kind: Kind::Text }),
                        value: Rc::new(Self::of_json(value, next)),
                    })
                    .collect(),
            ),
        }
    }

    /// The text of a scalar, whatever its type.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, .. } => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    pub fn is_scalar(&self) -> bool {
        matches!(self, Self::Scalar { .. })
    }
}

impl<'t> Pair<'t> {
    pub fn key_text(&self) -> Option<&str> {
        self.key.text()
    }
}

/// Whether the labels say that Helm stores a release here.
pub(super) fn is_owned_by_helm(metadata: &Tree<'_>) -> bool {
    fn under<'a, 't>(tree: &'a Tree<'t>, key: &str) -> Vec<&'a Tree<'t>> {
        match tree {
            Tree::Map(pairs) => {
                pairs.iter().filter(|pair| pair.key_text() == Some(key)).map(|pair| &*pair.value).collect()
            }
            Tree::Scalar { .. } | Tree::List(_) => Vec::new(),
        }
    }
    under(metadata, "labels").iter().flat_map(|labels| under(labels, "owner")).any(|owner| owner.text() == Some("helm"))
}
