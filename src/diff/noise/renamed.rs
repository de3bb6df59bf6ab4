//! Objects that got another generated name and are otherwise what they were: a hash or random signs at the end of it.
//!
//! That two names differ only there is no proof: the objects under them must be alike, but for what other rules hide and for names
//! that were found to be renamed before. References count only where the object that they refer to was found so.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::changes_of;
use super::fields::changes_of_class;
use crate::diff::{Change, Entry, FieldChange, Op};
use crate::ownership::{Path, PathElement};
use crate::release::mask::MASK;

/// Names of removed objects, and what they are called now.
type Renames = BTreeMap<String, String>;

/// Hides what is called otherwise, under this name of the rule. `is_noise` says what other rules make of a change.
pub(super) fn mark(entries: &mut [Entry], rule: &Arc<str>, is_noise: &dyn Fn(&Entry, &FieldChange) -> bool) {
    let mut candidates = candidates(entries);
    let mut renames = Renames::new();
    // What refers to another renamed object is seen to be alike once that was found.
    loop {
        let before = candidates.len();
        candidates.retain(|(removed, added)| {
            let (Some(old), Some(new)) = (entries.get(*removed), entries.get(*added)) else { return false };
            if renames.contains_key(&old.id.name) {
                return false;
            }
            let mut with = renames.clone();
            with.insert(old.id.name.clone(), new.id.name.clone());
            if !is_alike(old, new, &with, is_noise) {
                return true;
            }
            renames = with;
            hide_all(entries, [*removed, *added], rule);
            false
        });
        if candidates.len() == before {
            break;
        }
    }
    if renames.is_empty() {
        return;
    }
    for entry in entries.iter_mut().filter(|entry| entry.change == Change::Changed) {
        for change in changes_of(entry).iter_mut().filter(|change| change.hidden_by.is_none()) {
            if let (Some(old), Some(new)) = (&change.old, &change.new)
                && is_renamed(old, new, &renames)
            {
                change.hidden_by = Some(Arc::clone(rule));
            }
        }
    }
}

fn hide_all(entries: &mut [Entry], places: [usize; 2], rule: &Arc<str>) {
    for place in places {
        let changes = entries.get_mut(place).map(changes_of).unwrap_or_default();
        changes.iter_mut().for_each(|change| change.hidden_by = Some(Arc::clone(rule)));
    }
}

/// Removed and added objects whose names differ only in a generated end. Where several would do, it cannot be told which became
/// which, and none of them is one.
fn candidates(entries: &[Entry]) -> Vec<(usize, usize)> {
    let of = |change: Change| {
        entries.iter().enumerate().filter(move |(_, entry)| entry.change == change && !entry.id.kind.is_empty())
    };
    let mut by_kind: BTreeMap<_, Vec<(usize, &Entry)>> = BTreeMap::new();
    for (place, entry) in of(Change::Added) {
        by_kind.entry(kind_of(entry)).or_default().push((place, entry));
    }
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (place, removed) in of(Change::Removed) {
        let added = by_kind.get(&kind_of(removed)).into_iter().flatten();
        let mut found = added.filter(|(_, added)| is_generated(&removed.id.name, &added.id.name));
        if let (Some((only, _)), None) = (found.next(), found.next()) {
            pairs.push((place, *only));
        }
    }
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    pairs.iter().for_each(|(_, added)| *taken.entry(*added).or_default() += 1);
    pairs.retain(|(_, added)| taken.get(added) == Some(&1));
    pairs
}

fn kind_of(entry: &Entry) -> (crate::diff::Part, &str, &str, &str) {
    (entry.part, &entry.id.group, &entry.id.kind, &entry.id.namespace)
}

/// Whether two names begin alike and end in parts that were generated, of one length each.
fn is_generated(old: &str, new: &str) -> bool {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('-').collect(), new.split('-').collect());
    let alike = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let ends = || old.iter().zip(&new).skip(alike);
    alike > 0
        && old.len() == new.len()
        && alike < old.len()
        && ends().all(|(old, new)| old == new || is_random(old, new))
}

/// Signs that Kubernetes and kustomize generate names of: without vowels, so that they make no words.
/// Source: kubernetes/apimachinery v0.36 `pkg/util/rand/rand.go`; kustomize `api/hasher/hasher.go` has some of them.
const GENERATED: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Whether two ends of names are random: as long as each other, with digits among letters in one of them at least, and in the
/// other as well or without vowels. `web01` and `v2` are none.
fn is_random(old: &str, new: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_mixed = |text: &str| changes_of_class(text) >= 2;
    let is_wordless = |text: &str| text.bytes().all(|byte| GENERATED.contains(&byte));
    let is_it = |text: &str| text.len() >= 5 && text.bytes().all(is_sign) && (is_mixed(text) || is_wordless(text));
    old.len() == new.len() && is_it(old) && is_it(new) && (is_mixed(old) || is_mixed(new))
}

/// Whether two documents are alike but for names that are called otherwise, and for what other rules hide. Of what is hidden
/// nobody can tell.
fn is_alike(old: &Entry, new: &Entry, renames: &Renames, is_noise: &dyn Fn(&Entry, &FieldChange) -> bool) -> bool {
    let (Some(before), Some(after)) = (whole(old, |change| &change.old), whole(new, |change| &change.new)) else {
        return false;
    };
    if old.api_versions.0 != new.api_versions.1 || holds_secret(before) || holds_secret(after) {
        return false;
    }
    let mut differing = Vec::new();
    walk(&mut Path(Vec::new()), Some(before), Some(after), &mut differing);
    differing.iter().all(|change| {
        change.old.as_ref().zip(change.new.as_ref()).is_some_and(|(old, new)| is_renamed(old, new, renames))
            || is_noise(new, change)
    })
}

/// The document that was added or removed.
fn whole<'e>(entry: &'e Entry, side: impl Fn(&'e FieldChange) -> &'e Option<Value>) -> Option<&'e Value> {
    let change = entry.changes(true).find(|change| change.path.0.is_empty())?;
    side(change).as_ref()
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(MASK),
        Value::Array(items) => items.iter().any(holds_secret),
        Value::Object(fields) => fields.values().any(holds_secret),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_renamed(old: &Value, new: &Value, renames: &Renames) -> bool {
    let names = old.as_str().zip(new.as_str());
    names.is_some_and(|(old, new)| renames.get(old).is_some_and(|known| known == new))
}

/// Every value that differs, of maps by key, of lists as long as each other by place.
fn walk(path: &mut Path, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<FieldChange>) {
    let mut step = |element: PathElement, old: Option<&Value>, new: Option<&Value>| {
        path.0.push(element);
        walk(path, old, new, changes);
        path.0.pop();
    };
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            old.keys().chain(added).for_each(|key| step(PathElement::field(key), old.get(key), new.get(key)));
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            (0..).zip(old.iter().zip(new)).for_each(|(place, (old, new))| {
                step(PathElement::Index(place), Some(old), Some(new));
            });
        }
        (old, new) if old == new => {}
        (old, new) => changes.push(FieldChange {
            path: path.clone(),
            inside: None,
            place: None,
            op: match (old, new) {
                (None, _) => Op::Add,
                (_, None) => Op::Remove,
                (Some(_), Some(_)) => Op::Replace,
            },
            old: old.cloned(),
            new: new.cloned(),
            hidden_by: None,
        }),
    }
}
