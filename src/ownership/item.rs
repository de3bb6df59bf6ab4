//! By what an item of a list is told from the others.
//!
//! Source: sigs.k8s.io/structured-merge-diff v6.4.2 `typed/helpers.go` (keyedAssociativeListItemToPathElement,
//! getAssociativeKeyDefault).

use serde_json::{Map, Value};

use super::PathElement;
use crate::schema::Typed;

/// An item by its key: none if it has none of the fields.
pub(crate) fn keyed<'d, N: AsRef<str>>(
    item: &Map<String, Value>,
    names: &[N],
    default: impl Fn(&str) -> Option<&'d Value>,
) -> Option<PathElement> {
    let fields = names.iter().filter_map(|name| {
        let name = name.as_ref();
        Some((name.to_owned(), item.get(name).or_else(|| default(name))?.clone()))
    });
    let fields: Vec<(String, Value)> = fields.collect();
    (!fields.is_empty()).then(|| PathElement::key(fields))
}

/// What a field of a key is where an item of this list lacks it.
pub(crate) fn key_default<'s>(list: Typed<'s>, name: &str) -> Option<&'s Value> {
    let item = list.element()?.atom().map.as_ref()?;
    item.fields.get(name)?.default.as_ref().filter(|default| !default.is_null())
}
