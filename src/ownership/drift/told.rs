//! What is said of a difference: its values masked, who made it, and the rule that would silence it.

use jiff::Timestamp;
use serde_json::Value;

use super::State;
use super::compare::{AFTER, BEFORE, Failed, compare, mask_secret};
use super::ignore::remove;
use super::json_diff::Operation;
use super::rule::IgnoreRule;
use crate::ownership::blame::{Blame, blame};
use crate::ownership::classes::Class;
use crate::ownership::found::{Kind, find};
use crate::ownership::own::{Managers, Pair};
use crate::ownership::place;
use crate::release::mask::{MASK, Masker};
use crate::schema::Typed;

/// One operation of an object's drift.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What the dry-run would do, with masked values.
    pub operation: Operation,
    /// The field as managedFields name it; `None` where nobody holds exactly this.
    pub field: Option<String>,
    /// Who holds what is there: nobody is recorded where something was taken away.
    pub holders: Vec<String>,
    /// When one of them last wrote.
    pub written: Option<Timestamp>,
    /// The rule that would silence it.
    pub rule: IgnoreRule,
}

/// A field that the manifest lacks and somebody else holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// The field, as managedFields name it.
    pub path: String,
    /// What is there, masked.
    pub live: Option<Value>,
    /// A former manager of the release keeps it alive.
    pub is_leftover: bool,
    /// Who holds it.
    pub holders: Vec<String>,
    /// When one of them last wrote.
    pub written: Option<Timestamp>,
}

/// The operations between a live object and what the dry-run made of it.
///
/// # Errors
/// Where Flux cannot compare them.
pub(super) fn changes(
    live: &Value,
    after: &Value,
    paths: &[String],
    typed: Typed<'_>,
    manifest: &Value,
    managers: &Managers,
    masker: &Masker,
) -> Result<Vec<Change>, Failed> {
    let patch = compare(live, after, paths)?;
    if patch.is_empty() {
        return Ok(Vec::new());
    }
    let owners = blame(live, typed);
    let (mut rest, mut then) = (live.clone(), after.clone());
    remove(&mut rest, paths)?;
    remove(&mut then, paths)?;
    let (masked, masked_then) = (masker.values(&rest), masker.values(&then));
    let is_secret = manifest.get("apiVersion").is_some_and(|version| version == "v1")
        && manifest.get("kind").is_some_and(|kind| kind == "Secret");
    let shown = if is_secret { mask_secret(patch) } else { patch };
    let told = shown.into_iter().map(|mut operation| {
        let is_metadata = is_of_metadata(&operation);
        let rule = IgnoreRule::of(&operation, &rest, &then, is_metadata);
        let leaf = owners.leaves.iter().find(|leaf| leaf.at.contains(&operation.at));
        let field = leaf.map(|leaf| leaf.path.to_string());
        let (holders, written) = holders(&owners, &operation.at, managers);
        // Of a whole, what is masked in it is masked in its place.
        if !is_secret && !operation.at.is_empty() && operation.at != "/metadata" {
            mask(&mut operation, &masked, &masked_then);
        }
        if operation.at.is_empty() || operation.at == "/metadata" {
            operation.old = operation.old.as_ref().map(|old| masker.values(old));
            operation.new = operation.new.as_ref().map(|new| masker.values(new));
        }
        Change { operation, field, holders, written, rule }
    });
    Ok(told.collect())
}

/// Labels and annotations are compared apart: an operation on the whole of them has no place of its own.
fn is_of_metadata(operation: &Operation) -> bool {
    let has = |value: &Option<Value>| value.as_ref().is_some_and(|value| value.get("metadata").is_some());
    operation.at.starts_with("/metadata") || (operation.at.is_empty() && (has(&operation.old) || has(&operation.new)))
}

/// The values as they are masked in their places.
fn mask(operation: &mut Operation, live: &Value, after: &Value) {
    let replaced = |value: &Option<Value>, masked: &Value| {
        let masked = masked.pointer(&operation.at).cloned();
        value.as_ref().map(|_| masked.unwrap_or_else(|| MASK.into()))
    };
    let (old, new) = (replaced(&operation.old, live), replaced(&operation.new, after));
    let is_hidden = |shown: &Option<Value>, value: &Option<Value>| {
        shown.as_ref().is_some_and(|shown| shown == MASK) && shown != value
    };
    let both = is_hidden(&old, &operation.old) && is_hidden(&new, &operation.new);
    (operation.old, operation.new) = if both { (Some(BEFORE.into()), Some(AFTER.into())) } else { (old, new) };
}

/// Who holds what is at a place or in it, and when they wrote; the release's own manager only where nobody else does.
fn holders(owners: &Blame, at: &str, managers: &Managers) -> (Vec<String>, Option<Timestamp>) {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let values = owners.values.iter().filter(|value| within(&value.at, at));
    let mut holding: Vec<usize> = values.flat_map(|value| value.owners.iter().copied()).collect();
    holding.sort_unstable();
    holding.dedup();
    let entries: Vec<_> = holding.iter().filter_map(|holder| owners.entries.get(*holder)).collect();
    let is_other = |manager: &str| managers.class(manager).0 != Class::Own;
    let has_other = entries.iter().any(|entry| is_other(&entry.manager));
    let told: Vec<_> = entries.into_iter().filter(|entry| !has_other || is_other(&entry.manager)).collect();
    let named = told.iter().map(|entry| match entry.subresource.as_str() {
        "" => entry.manager.clone(),
        part => format!("{} ({part})", entry.manager),
    });
    (named.collect(), told.iter().filter_map(|entry| entry.time).max())
}

/// What the manifest lacks, and people or former managers of the release hold.
pub(super) fn others(pair: &Pair<'_>, managers: &Managers, state: &State, masker: &Masker) -> Vec<Added> {
    let found = find(pair, managers);
    let masked = masker.values(pair.live);
    let is_drift = |at: &str| match state {
        State::Changed(changes) => changes.iter().any(|change| at.starts_with(&change.operation.at)),
        State::Removed | State::Excluded(_) | State::Unchanged | State::Unknown(_) => false,
    };
    let added = found.findings.iter().filter(|finding| finding.manifest.is_none()).filter_map(|finding| {
        let is_leftover = match finding.kind {
            Kind::Hotfix => false,
            Kind::Leftover => true,
            Kind::Armed | Kind::Expected(_) => return None,
        };
        let leaf = found.blame.leaves.iter().find(|leaf| leaf.path.0.starts_with(&finding.path.0));
        if leaf.is_some_and(|leaf| leaf.at.iter().any(|at| is_drift(at))) {
            return None;
        }
        let entries: Vec<_> = finding.holders.iter().filter_map(|holder| found.blame.entries.get(*holder)).collect();
        Some(Added {
            path: finding.path.to_string(),
            live: place::at(&masked, &finding.path, pair.typed).cloned(),
            is_leftover,
            holders: entries.iter().map(|entry| entry.manager.clone()).collect(),
            written: entries.iter().filter_map(|entry| entry.time).max(),
        })
    });
    added.collect()
}
