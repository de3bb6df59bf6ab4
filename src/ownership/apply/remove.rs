//! A value without some of its fields.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6 `typed/remove.go` at v6.3.3, which API servers of 1.36 have: what is left
//! without anything becomes null. v6.3.2 left it empty.

use serde_json::{Map, Value};

use super::super::{FieldSet, PathElement};
use super::form::{Form, element, entries, form, identity, items};
use crate::schema::Typed;

/// What is left of the value.
pub(super) fn without(typed: Typed<'_>, value: &Value, fields: &FieldSet) -> Value {
    match form(typed, Some(value)) {
        Some(Form::Scalar(_)) => value.clone(),
        Some(Form::Map) if !typed.is_atomic_map() => of_map(typed, value, fields),
        Some(Form::List) if identity(typed).is_some() => of_list(typed, value, fields),
        // An atomic value goes as a whole if something in it does.
        Some(Form::Map | Form::List) | None => Value::Null,
    }
}

fn of_map(typed: Typed<'_>, value: &Value, fields: &FieldSet) -> Value {
    let mut left = Map::new();
    for (key, value) in entries(Some(value)).into_iter().flatten() {
        let step = PathElement::field(key);
        if fields.has_member(&step) {
            continue;
        }
        let kept = fields.child(&step).map_or_else(
            || value.clone(),
            |below| typed.field(key).map_or(Value::Null, |of| without(of, value, below)),
        );
        left.insert(key.clone(), kept);
    }
    if left.is_empty() { Value::Null } else { Value::Object(left) }
}

fn of_list(typed: Typed<'_>, value: &Value, fields: &FieldSet) -> Value {
    let mut left = Vec::new();
    for item in items(Some(value)).into_iter().flatten() {
        let Ok(step) = element(typed, item) else { continue };
        if fields.has_member(&step) {
            continue;
        }
        let kept = match (fields.child(&step), typed.element()) {
            (Some(below), Some(of)) => without(of, item, below),
            (None, _) | (_, None) => item.clone(),
        };
        left.push(kept);
    }
    if left.is_empty() { Value::Null } else { Value::Array(left) }
}
