//! Values as they are beside values as they are told: hidden ones that differ are told as different.

use serde_json::Value;
use similar::{DiffOp, TextDiff};

use super::equal::equal;
use crate::release::mask::MASK;

/// A value, and what is told of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'v> {
    /// As it is.
    pub real: &'v Value,
    /// As it was masked with all of its document around it: alone it would have lost the key that gives it away.
    pub masked: &'v Value,
}

/// Stands for what is below a value that is hidden as a whole.
static NOTHING: Value = Value::Null;

impl<'v> Held<'v> {
    /// Of a value that is there.
    pub fn of(real: Option<&'v Value>, masked: Option<&'v Value>) -> Option<Self> {
        Some(Self { real: real?, masked: masked? })
    }

    /// The field of this name.
    pub fn field(self, name: &str) -> Option<Self> {
        Some(Self { real: self.real.get(name)?, masked: self.masked.get(name).unwrap_or(&NOTHING) })
    }

    /// The item at this place.
    pub fn item(self, place: usize) -> Option<Self> {
        Some(Self { real: self.real.get(place)?, masked: self.masked.get(place).unwrap_or(&NOTHING) })
    }

    /// Whether what is below it is told as well: it is not hidden as a whole.
    pub fn is_open(self) -> bool {
        match (self.real, self.masked) {
            (Value::Object(real), Value::Object(masked)) => real.len() == masked.len(),
            (Value::Array(real), Value::Array(masked)) => real.len() == masked.len(),
            (Value::Object(_) | Value::Array(_), _) => false,
            (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => true,
        }
    }

    /// Whether all of a text is hidden.
    pub fn is_hidden(self) -> bool {
        self.real != self.masked && self.masked.as_str().is_some_and(|text| text.starts_with(MASK))
    }
}

/// The new value as it is told beside the old one.
pub(super) fn told(old: Held<'_>, new: Held<'_>) -> Value {
    let differs = || {
        let is_seen = old.masked != new.masked || equal(old.real, new.real);
        if is_seen { new.masked.clone() } else { differing(new.masked) }
    };
    if !old.is_open() || !new.is_open() {
        return differs();
    }
    match (new.real, old.real) {
        (Value::Object(fields), Value::Object(_)) => {
            let one = |name: &String| Some((name.clone(), beside(old.field(name), new.field(name)?)));
            Value::Object(fields.keys().filter_map(one).collect())
        }
        (Value::Array(items), Value::Array(_)) => {
            let one = |place: usize| Some(beside(old.item(place), new.item(place)?));
            Value::Array((0..items.len()).filter_map(one).collect())
        }
        (Value::String(real), Value::String(old_real)) => match (old.masked.as_str(), new.masked.as_str()) {
            (Some(was), Some(masked)) if !new.is_hidden() => Value::String(text([old_real, was], [real, masked])),
            _ => differs(),
        },
        _ => differs(),
    }
}

/// The new value beside an old one, or by itself.
pub(super) fn beside(old: Option<Held<'_>>, new: Held<'_>) -> Value {
    old.map_or_else(|| new.masked.clone(), |old| told(old, new))
}

/// The new text as it is told beside the old one, each as it is and as it was masked. Lines that differ in what is hidden are
/// told as different.
pub(super) fn text([old, old_masked]: [&str; 2], [new, new_masked]: [&str; 2]) -> String {
    if old == new || new == new_masked && old == old_masked {
        return new_masked.to_owned();
    }
    let (shown, was): (Vec<&str>, Vec<&str>) = (lines(new_masked), lines(old_masked));
    if shown.len() != lines(new).len() || was.len() != lines(old).len() {
        return if old_masked == new_masked { with_mark(new_masked) } else { new_masked.to_owned() };
    }
    let mut told: Vec<String> = shown.iter().map(|line| (*line).to_owned()).collect();
    for op in TextDiff::from_lines(old, new).ops() {
        if let DiffOp::Replace { old_index, old_len, new_index, new_len } = *op {
            for offset in 0..old_len.min(new_len) {
                let place = new_index.saturating_add(offset);
                if let (Some(line), Some(before)) = (told.get_mut(place), was.get(old_index.saturating_add(offset)))
                    && line.trim_end() == before.trim_end()
                {
                    *line = with_mark(line);
                }
            }
        }
    }
    let told = told.concat();
    // Lines with the same mask may have changed their places.
    if told == old_masked { with_mark(&told) } else { told }
}

/// With their ends, as `similar` counts them.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn differing(masked: &Value) -> Value {
    Value::String(masked.as_str().map_or_else(|| with_mark(&masked.to_string()), with_mark))
}

/// Behind what is masked, that it differs: `*** (differs)`, `*** (12 bytes, differs)`.
fn with_mark(masked: &str) -> String {
    let text = masked.trim_end_matches(['\n', '\r']);
    let end = masked.get(text.len()..).unwrap_or_default();
    match text.strip_suffix(" bytes)").filter(|start| start.starts_with(MASK)) {
        Some(start) => format!("{start} bytes, differs){end}"),
        None => format!("{text} (differs){end}"),
    }
}

/// All of a document hidden but its keys, and what holds nothing.
pub(super) fn hide_all(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), hide_all(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(hide_all).collect()),
        Value::String(text) if text.is_empty() => value.clone(),
        Value::Null => Value::Null,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::String(MASK.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::release::mask::Masker;

    /// What is told of a new value beside an old one.
    fn check(old: &Value, new: &Value, expected: &Value) {
        let (masked_old, masked_new) = (Masker::default().values(old), Masker::default().values(new));
        let held = |real, masked| Held { real, masked };
        assert_eq!(&told(held(old, &masked_old), held(new, &masked_new)), expected, "{old} {new}");
    }

    #[test]
    fn hidden_values_that_differ_are_told_as_different() {
        check(&json!({"password": "one"}), &json!({"password": "one"}), &json!({"password": "***"}));
        check(&json!({"password": "one"}), &json!({"password": "two"}), &json!({"password": "*** (differs)"}));
        check(&json!({"password": 1}), &json!({"password": "1"}), &json!({"password": "*** (differs)"}));
        check(&json!({}), &json!({"password": "two"}), &json!({"password": "***"}));
        let secret = |data: &str| json!({"kind": "Secret", "data": {"a": data}});
        let told = |text: &str| json!({"kind": "Secret", "data": {"a": text}});
        check(&secret("b25l"), &secret("dHdv"), &told("*** (3 bytes, differs)"));
        check(&secret("b25l"), &secret("dHdvMg=="), &told("*** (4 bytes)"));
        check(&json!([{"token": "a"}, 1]), &json!([{"token": "b"}, 2]), &json!([{"token": "*** (differs)"}, 2]));
    }

    #[test]
    fn of_texts_the_lines_are_marked_that_differ_in_what_is_hidden() {
        let url = |user: &str, password: &str| json!(format!("a\npostgres://{user}:{password}@db/x\nb\n"));
        check(&url("u", "one"), &url("u", "one"), &json!("a\npostgres://u:***@db/x\nb\n"));
        check(&url("u", "one"), &url("u", "two"), &json!("a\npostgres://u:***@db/x (differs)\nb\n"));
        check(&url("u", "one"), &url("v", "two"), &json!("a\npostgres://v:***@db/x\nb\n"));
        check(&json!("a\n"), &json!("b\n"), &json!("b\n"));
    }
}
