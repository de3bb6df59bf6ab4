//! Two documents, field by field.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::embedded::{self, Embedded};
use super::equal::{equal, is_quantity, is_same_amount};
use super::lists::{self, Matched};
use super::masked::{self, Held};
use super::{FieldChange, Op};
use crate::ownership::{Path, PathElement};
use crate::release::ObjectId;
use crate::release::mask::{Masker, is_mask};
use crate::schema::pointer;
use crate::schema::{Schema, Typed};

/// How two documents are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparing<'c> {
    /// The types.
    pub schema: &'c Schema,
    /// The type of the documents.
    pub typed: Typed<'c>,
    /// What counts as secret.
    pub masker: &'c Masker,
    /// The object; of what is none, the kind is empty.
    pub id: &'c ObjectId,
    /// Fields that nobody wrote, as JSON pointers into the old and the new document.
    pub assumed: [&'c BTreeSet<String>; 2],
}

/// The old document as it is told, and what makes the new one of it.
#[derive(Debug, PartialEq)]
pub(super) struct Compared {
    pub old: Value,
    pub changes: Vec<FieldChange>,
}

/// Compares two documents, of which at least one is there. None: they are alike.
pub(super) fn compare(comparing: Comparing<'_>, old: Option<&Value>, new: Option<&Value>) -> Option<Compared> {
    if let (Some(old), Some(new)) = (old, new)
        && equal(old, new)
    {
        return None;
    }
    let mask = |value: Option<&Value>| value.map(|value| comparing.masker.values(value));
    let (mut told, masked) = (mask(old), mask(new));
    let mut walk = Walk::new(comparing, false);
    match (Held::of(old, told.as_ref()), Held::of(new, masked.as_ref())) {
        (Some(old), Some(new)) => walk.both(old, new, comparing.typed),
        (Some(old), None) => walk.removed(old),
        (None, Some(new)) => walk.added(new, None),
        (None, None) => {}
    }
    let Walk { changes, rewritten, .. } = walk;
    for (pointer, text) in rewritten {
        if let Some(place) = told.as_mut().and_then(|told| told.pointer_mut(&pointer)) {
            *place = Value::String(text);
        }
    }
    (!changes.is_empty()).then(|| Compared { old: told.unwrap_or_default(), changes })
}

struct Walk<'c> {
    comparing: Comparing<'c>,
    /// The documents stand in a text of others.
    is_inside: bool,
    path: Path,
    /// Where the walk is, as JSON pointers into the old and the new document.
    at: [String; 2],
    changes: Vec<FieldChange>,
    /// Texts of the old document that are told by what is in them, by their JSON pointers, in one spelling.
    rewritten: Vec<(String, String)>,
}

impl<'c> Walk<'c> {
    fn new(comparing: Comparing<'c>, is_inside: bool) -> Self {
        Self {
            comparing,
            is_inside,
            path: Path::default(),
            at: [String::new(), String::new()],
            changes: Vec::new(),
            rewritten: Vec::new(),
        }
    }

    fn both(&mut self, old: Held<'_>, new: Held<'_>, typed: Typed<'c>) {
        match (old.real, new.real) {
            _ if !old.is_open() || !new.is_open() => self.leaf(old, new),
            (Value::Object(before), Value::Object(after)) => {
                let added = after.keys().filter(|key| !before.contains_key(*key));
                for key in before.keys().chain(added) {
                    if self.is_version(key) {
                        continue;
                    }
                    let of = typed.field(key).unwrap_or_else(|| self.comparing.schema.deduced());
                    let pointer = pointer::step(key);
                    self.step(PathElement::field(key), [pointer.as_str(); 2], |walk| {
                        match (old.field(key), new.field(key)) {
                            (Some(old), Some(new)) => walk.both(old, new, of),
                            (Some(old), None) => walk.removed(old),
                            (None, Some(new)) => walk.added(new, None),
                            (None, None) => {}
                        }
                    });
                }
            }
            (Value::Array(before), Value::Array(after)) => self.list(old, new, [before, after], typed),
            _ => self.leaf(old, new),
        }
    }

    /// Group and version are told beside the changes.
    fn is_version(&self, key: &str) -> bool {
        key == "apiVersion" && self.path.0.is_empty() && !self.comparing.id.kind.is_empty() && !self.is_inside
    }

    fn list(&mut self, old: Held<'_>, new: Held<'_>, [before, after]: [&[Value]; 2], typed: Typed<'c>) {
        let field = match self.path.0.last() {
            Some(PathElement::Field(name)) => Some(name.as_str()),
            Some(PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_)) | None => None,
        };
        let matched = lists::matched(before, after, typed, field);
        if matched.is_reordered {
            let item = |(place, partner): (usize, &Option<usize>)| {
                Some(masked::beside(partner.and_then(|place| old.item(place)), new.item(place)?))
            };
            let items = matched.partners.iter().enumerate().filter_map(item).collect();
            return self.replaced(old, Value::Array(items));
        }
        let of = typed.element().unwrap_or_else(|| self.comparing.schema.deduced());
        let kept: BTreeSet<usize> = matched.partners.iter().flatten().copied().collect();
        let mut gone = (0..before.len()).filter(|place| !kept.contains(place)).peekable();
        let mut behind = 0;
        for (place, partner) in matched.partners.iter().enumerate() {
            let Some(item) = new.item(place) else { continue };
            if let Some((partner, was)) = partner.and_then(|partner| Some((partner, old.item(partner)?))) {
                while let Some(place) = gone.next_if(|place| *place < partner) {
                    self.item_removed(old, &matched, place);
                }
                behind = partner.saturating_add(1);
                let name = name(&matched, true, partner, &[was, item]);
                let at = [partner.to_string(), place.to_string()];
                self.step(name, at.each_ref().map(String::as_str), |walk| walk.both(was, item, of));
            } else {
                // What it may have come instead of is told first.
                while let Some(place) = gone.next_if(|place| *place == behind) {
                    self.item_removed(old, &matched, place);
                    behind = behind.saturating_add(1);
                }
                let name = name(&matched, false, place, &[item]);
                self.step(name, ["-", place.to_string().as_str()], |walk| walk.added(item, Some(place)));
            }
        }
        for place in gone {
            self.item_removed(old, &matched, place);
        }
    }

    fn item_removed(&mut self, old: Held<'_>, matched: &Matched, place: usize) {
        if let Some(item) = old.item(place) {
            let name = name(matched, true, place, &[item]);
            self.step(name, [place.to_string().as_str(), "-"], |walk| walk.removed(item));
        }
    }

    fn leaf(&mut self, old: Held<'_>, new: Held<'_>) {
        let is_quantity = || !self.is_inside && is_quantity(&self.comparing.id.group, &self.path);
        let is_same = equal(old.real, new.real) || is_same_amount(old.real, new.real) && is_quantity();
        // What was masked before it came here says nothing of what it was.
        let was_masked = [old, new].iter().any(|held| held.real.as_str().is_some_and(is_mask));
        let is_unknown = was_masked && old.masked == new.masked;
        if !is_same && !is_unknown && !self.told_inside(old, new) {
            self.replaced(old, masked::told(old, new));
        }
    }

    /// Tells two texts by the documents in them, where both hold one and these differ.
    fn told_inside(&mut self, old: Held<'_>, new: Held<'_>) -> bool {
        let (Some(before), Some(after)) = (self.embedded(old), self.embedded(new)) else { return false };
        let is_one_kind = before.value.is_object() == after.value.is_object();
        if !is_one_kind || equal(&before.value, &after.value) {
            return false;
        }
        let mask = |value: &Value, outer: Held<'_>| {
            if outer.is_hidden() { masked::hide_all(value) } else { self.comparing.masker.values(value) }
        };
        let (told, masked) = (mask(&before.value, old), mask(&after.value, new));
        let none = BTreeSet::new();
        let comparing = Comparing { assumed: [&none, &none], ..self.comparing };
        let mut inside = Walk::new(comparing, true);
        inside.both(
            Held { real: &before.value, masked: &told },
            Held { real: &after.value, masked: &masked },
            comparing.schema.deduced(),
        );
        let path = &self.path;
        let told_here = inside.changes.into_iter().map(|change| FieldChange {
            inside: Some(change.path),
            path: path.clone(),
            ..change
        });
        self.changes.extend(told_here);
        let text = embedded::write(&Embedded { value: told, is_json: before.is_json });
        self.rewritten.push((self.at[0].clone(), text));
        true
    }

    /// The document that a text holds: in data of ConfigMaps and Secrets any, elsewhere one of several lines.
    fn embedded(&self, held: Held<'_>) -> Option<Embedded> {
        if self.is_inside {
            return None;
        }
        let text = held.real.as_str()?;
        let of = match self.path.0.as_slice() {
            [PathElement::Field(name), PathElement::Field(_)] => name.as_str(),
            _ => "",
        };
        let decoded = || String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok();
        let is_long = |text: &str| text.trim_end().contains('\n');
        let text = match (self.comparing.id.kind.as_str(), of) {
            ("Secret", "data") | ("ConfigMap", "binaryData") => decoded()?,
            ("ConfigMap", "data") | ("Secret", "stringData") => text.to_owned(),
            _ => Some(text).filter(|text| is_long(text))?.to_owned(),
        };
        // In braces, a password may be taken for a map whose keys would be told.
        embedded::read(&text).filter(|found| found.is_json || !held.is_hidden() || is_long(&text))
    }

    fn replaced(&mut self, old: Held<'_>, new: Value) {
        self.change(Op::Replace, Some(old.masked.clone()), Some(new), None);
    }

    fn removed(&mut self, old: Held<'_>) {
        let (written, filled) = self.apart(old.masked, 0);
        self.change(Op::Remove, Some(written), None, None);
        for (path, value) in filled {
            self.below(path, |fields| fields.change(Op::Remove, Some(value), None, None));
        }
    }

    fn added(&mut self, new: Held<'_>, place: Option<usize>) {
        let (written, filled) = self.apart(new.masked, 1);
        self.change(Op::Add, None, Some(written), place);
        for (path, value) in filled {
            self.below(path, |fields| fields.change(Op::Add, None, Some(value), None));
        }
    }

    /// See [`apart`]. An item of a list is one, and so are a document and what nobody wrote any of.
    fn apart(&self, value: &Value, side: usize) -> (Value, Vec<(Vec<PathElement>, Value)>) {
        let is_field = matches!(self.path.0.last(), Some(PathElement::Field(_)));
        let (rest, filled) = match (self.at.get(side), self.comparing.assumed.get(side)) {
            (Some(at), Some(assumed)) if is_field => apart(value, at, assumed),
            (Some(_) | None, _) => (None, Vec::new()),
        };
        (rest.unwrap_or_else(|| value.clone()), filled)
    }

    fn below(&mut self, path: Vec<PathElement>, then: impl FnOnce(&mut Self)) {
        let length = self.path.0.len();
        self.path.0.extend(path);
        then(self);
        self.path.0.truncate(length);
    }

    fn change(&mut self, op: Op, old: Option<Value>, new: Option<Value>, place: Option<usize>) {
        self.changes.push(FieldChange { path: self.path.clone(), inside: None, place, op, old, new, hidden_by: None });
    }

    fn step(&mut self, element: PathElement, pointers: [&str; 2], then: impl FnOnce(&mut Self)) {
        let lengths = [self.at[0].len(), self.at[1].len()];
        for (at, pointer) in self.at.iter_mut().zip(pointers) {
            at.push('/');
            at.push_str(pointer);
        }
        self.path.0.push(element);
        then(self);
        self.path.0.pop();
        for (at, length) in self.at.iter_mut().zip(lengths) {
            at.truncate(length);
        }
    }
}

/// What an item is called where that may be told; else, by its place.
fn name(matched: &Matched, is_old: bool, place: usize, held: &[Held<'_>]) -> PathElement {
    let is_told = |name: &PathElement| match name {
        PathElement::Key(fields) => {
            fields.iter().all(|(field, _)| held.iter().all(|item| item.real.get(field) == item.masked.get(field)))
        }
        PathElement::Value(_) => held.iter().all(|item| item.real == item.masked),
        PathElement::Field(_) | PathElement::Index(_) => true,
    };
    let names = matched.names.as_ref().map(|(old, new)| if is_old { old } else { new });
    let name = names.and_then(|names| names.get(place)).filter(|name| is_told(name));
    name.cloned().unwrap_or_else(|| PathElement::Index(i64::try_from(place).unwrap_or(i64::MAX)))
}

/// A value of which nobody wrote a part: the rest, and the fields that nobody wrote, which are told by themselves so that noise
/// rules can tell them from the rest. A list is one value. Without a rest, nobody wrote any of it.
fn apart(value: &Value, at: &str, assumed: &BTreeSet<String>) -> (Option<Value>, Vec<(Vec<PathElement>, Value)>) {
    if assumed.contains(at) {
        return (None, Vec::new());
    }
    let (Value::Object(fields), false) = (value, assumed.is_empty()) else {
        return (Some(value.clone()), Vec::new());
    };
    let (mut written, mut filled) = (serde_json::Map::new(), Vec::new());
    for (name, value) in fields {
        let (rest, below) = apart(value, &pointer::below(at, name), assumed);
        match rest {
            Some(rest) => {
                written.insert(name.clone(), rest);
                let here =
                    |(path, value): (Vec<PathElement>, Value)| ([vec![PathElement::field(name)], path].concat(), value);
                filled.extend(below.into_iter().map(here));
            }
            None => filled.push((vec![PathElement::field(name)], value.clone())),
        }
    }
    match written.is_empty() && !fields.is_empty() {
        true => (None, Vec::new()),
        false => (Some(Value::Object(written)), filled),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is told of a live object beside a manifest, of which nobody wrote some fields.
    fn check(manifest: &Value, live: &Value, assumed: &[&str], expected: &[(&str, Value)]) {
        let schema = Schema::default();
        let assumed: BTreeSet<String> = assumed.iter().map(|at| (*at).to_owned()).collect();
        let comparing = Comparing {
            schema: &schema,
            typed: schema.deduced(),
            masker: &Masker::default(),
            id: &ObjectId::new("", "Thing", "", "t"),
            assumed: [&BTreeSet::new(), &assumed],
        };
        let told = compare(comparing, Some(manifest), Some(live));
        let told: Vec<(String, Option<Value>)> =
            told.into_iter().flat_map(|told| told.changes).map(|change| (change.field(), change.new)).collect();
        let expected: Vec<(String, Option<Value>)> =
            expected.iter().map(|(field, new)| ((*field).to_owned(), Some(new.clone()))).collect();
        assert_eq!(told, expected, "{manifest} {live}");
    }

    #[test]
    fn what_nobody_wrote_is_told_by_itself() {
        let manifest = json!({"a": {"x": 1}, "l": [{"name": "one"}]});
        let live = json!({"a": {"x": 1, "y/z": 2}, "l": [{"name": "one", "d": 1}], "s": {"t": 3, "u": {"v": 4}}});
        let others = [(".a.y/z", json!(2)), (".l[name=\"one\"].d", json!(1))];
        let with = |told: &[(&'static str, Value)]| [&others[..], told].concat();
        let whole = (".s", json!({"t": 3, "u": {"v": 4}}));
        check(&manifest, &live, &[], &with(std::slice::from_ref(&whole)));
        check(&manifest, &live, &["/a/y~1z", "/l/0/d", "/s"], &with(std::slice::from_ref(&whole)));
        check(&manifest, &live, &["/s/t", "/s/u/v"], &with(&[whole]));
        check(&manifest, &live, &["/s/t"], &with(&[(".s", json!({"u": {"v": 4}})), (".s.t", json!(3))]));
        check(&manifest, &live, &["/s/u/v"], &with(&[(".s", json!({"t": 3})), (".s.u", json!({"v": 4}))]));
        check(&json!({"a": 1}), &json!({"a": 2}), &["/a"], &[(".a", json!(2))]);
    }

    #[test]
    fn an_item_is_told_whole() {
        let live = json!({"l": [{"name": "new", "image": "x", "policy": "Always"}]});
        let told = [(".l[name=\"new\"]", json!({"name": "new", "image": "x", "policy": "Always"}))];
        check(&json!({"l": []}), &live, &["/l/0/policy"], &told);
    }
}
