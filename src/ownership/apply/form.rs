//! What of its type a value is taken as, and how the items of a list are told apart.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `typed/helpers.go`.

use serde_json::{Map, Value};

use super::super::PathElement;
use super::super::element::compare;
use super::super::item::{key_default, keyed};
use crate::schema::{ListKind, Scalar, Typed};

/// One of the things that a type may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Map,
    Scalar(Scalar),
    List,
}

/// Which of them a value of the type may still be.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Forms {
    map: bool,
    scalar: Option<Scalar>,
    list: bool,
}

impl Forms {
    /// A value that is none of what the type allows decides nothing, and neither does null or a value that is absent.
    fn of(typed: Typed<'_>, value: Option<&Value>) -> Self {
        let atom = typed.atom();
        let all = Self { map: atom.map.is_some(), scalar: atom.scalar, list: atom.list.is_some() };
        match value {
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) if all.scalar.is_some() => {
                Self { map: false, list: false, ..all }
            }
            Some(Value::Array(_)) if all.list => Self { map: false, scalar: None, list: true },
            Some(Value::Object(_)) if all.map => Self { map: true, scalar: None, list: false },
            Some(_) | None => all,
        }
    }

    fn first(self) -> Option<Form> {
        let scalar = self.scalar.map(Form::Scalar);
        self.map.then_some(Form::Map).or(scalar).or_else(|| self.list.then_some(Form::List))
    }
}

/// What one value is taken as. None: the type allows nothing.
pub(super) fn form(typed: Typed<'_>, value: Option<&Value>) -> Option<Form> {
    Forms::of(typed, value).first()
}

/// What two values are taken as: first the left one, if it is something else than the right one. What is absent is
/// whatever the other is.
pub(super) fn forms(typed: Typed<'_>, left: Option<&Value>, right: Option<&Value>) -> (Option<Form>, Option<Form>) {
    let (of_left, of_right) = (Forms::of(typed, left), Forms::of(typed, right));
    if right.is_none() {
        (None, of_left.first())
    } else if left.is_none() || of_left == of_right {
        (None, of_right.first())
    } else {
        (of_left.first(), of_right.first())
    }
}

/// The value as a map that has something in it.
pub(super) fn entries(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object).filter(|map| !map.is_empty())
}

/// The value as a list that has something in it.
pub(super) fn items(value: Option<&Value>) -> Option<&Vec<Value>> {
    value.and_then(Value::as_array).filter(|list| !list.is_empty())
}

/// Whether two values are one, whatever the order of keys.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| is_same(left, right)))
        }
        (left, right) => compare(left, right).is_eq(),
    }
}

/// How the items of a list are told apart. None: they are not.
pub(super) fn identity(typed: Typed<'_>) -> Option<&ListKind> {
    typed.list_kind().filter(|kind| **kind != ListKind::Atomic)
}

/// Whether a map has a field of this name, rather than a key.
pub(super) fn is_declared(typed: Typed<'_>, name: &str) -> bool {
    typed.atom().map.as_ref().is_some_and(|map| map.fields.contains_key(name))
}

/// What tells this item of a list from the others.
///
/// # Errors
/// In the words of the reference: items that cannot be told apart.
pub(super) fn element(typed: Typed<'_>, item: &Value) -> Result<PathElement, String> {
    match typed.list_kind() {
        Some(ListKind::Map(keys)) => by_key(typed, keys, item),
        Some(ListKind::Set) => in_set(item),
        Some(ListKind::Atomic) | None => Err("invalid indexing of non-associative list".to_owned()),
    }
}

fn by_key(typed: Typed<'_>, keys: &[String], item: &Value) -> Result<PathElement, String> {
    let item = match item {
        Value::Object(item) => item,
        Value::Null => return Err("associative list with keys may not have a null element".to_owned()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err("associative list with keys may not have non-map elements".to_owned());
        }
    };
    if let Some(key) = keys.iter().find(|key| !item.contains_key(*key))
        && typed.element().is_none_or(|element| element.atom().map.is_none())
    {
        let why = "associative list may not have non-map types";
        return Err(format!("couldn't find default value for {key}: {why}"));
    }
    keyed(item, keys, |name| key_default(typed, name)).ok_or_else(|| {
        let keys: Vec<String> = keys.iter().map(|key| super::words::quoted(key)).collect();
        format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for \
             any key fields)",
            keys.join(" ")
        )
    })
}

fn in_set(item: &Value) -> Result<PathElement, String> {
    match item {
        Value::Object(_) => Err("associative list without keys has an element that's a map type".to_owned()),
        Value::Array(_) => Err("not supported: associative list with lists as elements".to_owned()),
        Value::Null => Err("associative list without keys has an element that's an explicit null".to_owned()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(PathElement::Value(item.clone())),
    }
}
