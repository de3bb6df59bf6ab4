//! The difference of two JSON values as the operations that Flux counts.
//!
//! Source: github.com/wI2L/jsondiff v0.7.1 `differ.go`, `json.go`, `operation.go`, with its option Rationalize. Lists are
//! compared by index; what one replacement says in fewer bytes than many operations is one replacement. How many bytes a
//! value takes is read from the target's text by a scanner that knows neither every escape nor every end of a string: its
//! mistakes decide over what is counted, so they are kept.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::super::text::write_json;
use crate::schema::pointer;

/// What is done to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Verb {
    /// It comes to be.
    Add,
    /// It gets another value.
    Replace,
    /// It goes.
    Remove,
}

/// One operation of a JSON patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What is done.
    pub verb: Verb,
    /// Where, as the patch says it: `-` for the end of a list, and the same index again for each item that is cut off.
    pub path: String,
    /// Where the value really stands, in the document that has it.
    pub at: String,
    /// What was there.
    pub old: Option<Value>,
    /// What will be there.
    pub new: Option<Value>,
    /// Bytes of the new value, as far as they count.
    bytes: usize,
}

impl Operation {
    fn length(&self) -> usize {
        // {"op":"","path":""} and ,"value":
        match self.verb {
            Verb::Add => 19 + 3 + self.path.len() + 9 + self.bytes,
            Verb::Replace => 19 + 7 + self.path.len() + 9 + self.bytes,
            Verb::Remove => 19 + 6 + self.path.len(),
        }
    }
}

/// The reference reads past the end of a text and stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// The operations that make the target of the source.
///
/// # Errors
/// Where the reference panics.
pub fn diff(source: &Value, target: &Value) -> Result<Vec<Operation>, Unreadable> {
    let mut text = String::new();
    // Writing into memory does not fail.
    let _ = write_json(&mut text, target);
    let mut differ = Differ { patch: Vec::new() };
    differ.diff("", source, target, text.as_bytes())?;
    Ok(differ.patch)
}

struct Differ {
    patch: Vec<Operation>,
}

impl Differ {
    fn diff(&mut self, path: &str, source: &Value, target: &Value, text: &[u8]) -> Result<(), Unreadable> {
        if is_same(source, target) {
            return Ok(());
        }
        let before = self.patch.len();
        match (source, target) {
            (Value::Object(source), Value::Object(target)) => self.objects(path, source, target, text)?,
            (Value::Array(source), Value::Array(target)) => self.lists(path, source, target, text)?,
            (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _)
            | (Value::Object(_) | Value::Array(_), _) => {
                let is_root = path.is_empty() && kind(source) != kind(target);
                let (verb, bytes) = if is_root { (Verb::Add, 0) } else { (Verb::Replace, text.len()) };
                self.push(verb, path.to_owned(), path.to_owned(), Some(source), Some(target), bytes);
                return Ok(());
            }
        }
        let made = self.patch.get(before..).unwrap_or_default();
        if made.is_empty() {
            return Ok(());
        }
        let length = made.iter().map(Operation::length).sum::<usize>() + made.len() - 1;
        let whole = Operation {
            verb: Verb::Replace,
            path: path.to_owned(),
            at: path.to_owned(),
            old: Some(source.clone()),
            new: Some(target.clone()),
            bytes: text.len(),
        };
        if length > whole.length() {
            self.patch.truncate(before);
            self.patch.push(whole);
        }
        Ok(())
    }

    fn objects(
        &mut self,
        path: &str,
        source: &Map<String, Value>,
        target: &Map<String, Value>,
        text: &[u8],
    ) -> Result<(), Unreadable> {
        let keys: BTreeSet<&String> = source.keys().chain(target.keys()).collect();
        let texts = if keys.iter().any(|key| source.contains_key(*key) && target.contains_key(*key)) {
            Members::of(text)
        } else {
            Members::default()
        };
        for key in keys {
            let inner = pointer::below(path, key);
            match (source.get(key), target.get(key)) {
                (Some(source), Some(target)) => self.diff(&inner, source, target, texts.of_key(key)?)?,
                (Some(source), None) => self.push(Verb::Remove, inner.clone(), inner, Some(source), None, 0),
                (None, Some(target)) => self.push(Verb::Add, inner.clone(), inner, None, Some(target), 0),
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn lists(&mut self, path: &str, source: &[Value], target: &[Value], text: &[u8]) -> Result<(), Unreadable> {
        let both = source.len().min(target.len());
        for (index, item) in source.iter().enumerate().skip(both) {
            self.push(Verb::Remove, format!("{path}/{both}"), format!("{path}/{index}"), Some(item), None, 0);
        }
        let texts = Items::of(text, both);
        for (index, (source, target)) in source.iter().zip(target).enumerate() {
            self.diff(&format!("{path}/{index}"), source, target, texts.of_index(index)?)?;
        }
        for (index, item) in target.iter().enumerate().skip(both) {
            self.push(Verb::Add, format!("{path}/-"), format!("{path}/{index}"), None, Some(item), 0);
        }
        Ok(())
    }

    fn push(&mut self, verb: Verb, path: String, at: String, old: Option<&Value>, new: Option<&Value>, bytes: usize) {
        self.patch.push(Operation { verb, path, at, old: old.cloned(), new: new.cloned(), bytes });
    }
}

/// Types that are not compared with one another.
fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// Numbers are floats there: large ones lose digits.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| is_same(left, right)))
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _)
        | (Value::Array(_) | Value::Object(_), _) => left == right,
    }
}

/// The texts of an object's values, by the texts of their keys, read once: to look each key up from the start, as the reference
/// does, finds the same.
#[derive(Default)]
struct Members<'t> {
    found: HashMap<&'t [u8], &'t [u8]>,
    breaks: bool,
}

impl<'t> Members<'t> {
    fn of(text: &'t [u8]) -> Self {
        let mut all = Self::default();
        let mut at = 1;
        while at < text.len() {
            let start = at;
            at = after_string(text, at);
            let key = text.get(start + 1..at - 1);
            at += 1;
            let end = after_value(text, at);
            let (Some(key), Some((end, value))) = (key, end.and_then(|end| Some((end, text.get(at..end)?)))) else {
                all.breaks = true;
                break;
            };
            all.found.entry(key).or_insert(value);
            at = end + 1;
        }
        all
    }

    /// Nothing for a key that is written with an escape: the reference does not find it.
    fn of_key(&self, key: &str) -> Result<&'t [u8], Unreadable> {
        match self.found.get(key.as_bytes()) {
            Some(value) => Ok(value),
            None if self.breaks => Err(Unreadable),
            None => Ok(&[]),
        }
    }
}

/// The texts of a list's items.
struct Items<'t> {
    found: Vec<&'t [u8]>,
    breaks: bool,
}

impl<'t> Items<'t> {
    fn of(text: &'t [u8], count: usize) -> Self {
        let mut all = Self { found: Vec::new(), breaks: false };
        let mut at = 1;
        while at < text.len() && all.found.len() < count {
            let Some((end, value)) = after_value(text, at).and_then(|end| Some((end, text.get(at..end)?))) else {
                all.breaks = true;
                break;
            };
            all.found.push(value);
            at = end + 1;
        }
        all
    }

    fn of_index(&self, index: usize) -> Result<&'t [u8], Unreadable> {
        match self.found.get(index) {
            Some(value) => Ok(value),
            None if self.breaks => Err(Unreadable),
            None => Ok(&[]),
        }
    }
}

/// Behind the value that begins here; `None` past the end, where the reference stops.
fn after_value(text: &[u8], at: usize) -> Option<usize> {
    Some(match text.get(at)? {
        b't' | b'n' => at + 4,
        b'f' => at + 5,
        b'"' => after_string(text, at),
        b'-' | b'+' | b'0'..=b'9' => {
            let end = text.iter().skip(at + 1).position(|byte| *byte <= b' ' || matches!(byte, b',' | b']' | b'}'));
            end.map_or(text.len(), |end| at + 1 + end)
        }
        b'[' | b'{' => after_whole(text, at),
        _ => at,
    })
}

/// Behind the string that begins here. A quote behind a backslash does not end it, whatever stands before that.
fn after_string(text: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    let mut before = text.get(at).copied();
    while let Some(byte) = text.get(end).copied() {
        if byte == b'"' && before != Some(b'\\') {
            break;
        }
        before = Some(byte);
        end += 1;
    }
    end + 1
}

/// Behind the object or list that begins here.
fn after_whole(text: &[u8], at: usize) -> usize {
    let (mut depth, mut end) = (1_usize, at + 1);
    while let Some(byte) = text.get(end).copied() {
        match byte {
            b'"' => {
                let mut is_escaped = false;
                loop {
                    end += 1;
                    match text.get(end).copied() {
                        None => break,
                        Some(b'"') if !is_escaped => break,
                        Some(byte) => is_escaped = byte == b'\\' && !is_escaped,
                    }
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return end + 1;
                }
            }
            _ => {}
        }
        end += 1;
    }
    end
}
