//! Which managers write a release: read from its objects and from how its last revision was applied, never assumed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::blame::blame;
use super::classes::{self, Class, RELEASE_WRITERS, Row};
use super::{Entry, Operation};
use crate::schema::Typed;

/// How the last revision was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Server-side apply.
    ServerSide,
    /// Three-way patches by the client.
    ClientSide,
}

/// An object of the release, as the manifest has it and as it is.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// As the release's writer would write it.
    pub manifest: &'a Value,
    /// As it is, with its managedFields.
    pub live: &'a Value,
    /// Its type.
    pub typed: Typed<'a>,
}

/// The managers of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managers {
    /// The name under which the release is written.
    pub own: String,
    /// Why it is taken for that.
    pub reason: String,
    /// How.
    pub method: Method,
    settings: Vec<Row>,
}

impl Managers {
    /// Finds the release's own manager: of the names that wrote as the release is applied, the one that holds most of what the
    /// manifests set. `expected` is the name that is right where that cannot be seen: `helm`, or `helm-controller` under Flux.
    #[must_use]
    pub fn read(objects: &[Pair<'_>], method: Method, expected: &str, settings: &[Row]) -> Self {
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        for pair in objects {
            for (entry, present) in held_of_manifest(pair) {
                let by_apply = entry.operation == Operation::Apply;
                let may_be = match classes::of(&entry.manager, settings).0 {
                    Class::GitOps | Class::Other | Class::Own => true,
                    // `helm` itself is in no row.
                    Class::Former | Class::Controller | Class::Person | Class::Ours => false,
                };
                if entry.subresource.is_empty() && by_apply == (method == Method::ServerSide) && may_be {
                    *held.entry(entry.manager).or_default() += present;
                }
            }
        }
        let most = held.iter().max_by_key(|(name, present)| (**present, *name == expected));
        let (own, reason) = match most.filter(|(_, present)| **present > 0) {
            Some((name, present)) => {
                let words = match method {
                    Method::ServerSide => "applied server-side",
                    Method::ClientSide => "written by patches",
                };
                (name.clone(), format!("{words}: it holds {present} fields of the manifest, more than any other"))
            }
            None => (expected.to_owned(), "no object tells; this is the usual name".to_owned()),
        };
        Self { own, reason, method, settings: settings.to_vec() }
    }

    /// What a manager is to this release, and why.
    #[must_use]
    pub fn class(&self, manager: &str) -> (Class, String) {
        if manager == self.own {
            return (Class::Own, self.reason.clone());
        }
        let writer = RELEASE_WRITERS.iter().any(|name| match name.strip_suffix('*') {
            Some(beginning) => manager.starts_with(beginning),
            None => manager == *name,
        });
        if writer {
            return (Class::Former, format!("it writes releases, and this one is written by {} now", self.own));
        }
        classes::of(manager, &self.settings)
    }
}

/// How many leaves of each entry the manifest sets.
fn held_of_manifest(pair: &Pair<'_>) -> Vec<(Entry, usize)> {
    let with_entries = with_managed_fields(pair.manifest, pair.live.pointer("/metadata/managedFields"));
    let blame = blame(&with_entries, pair.typed);
    let present: Vec<usize> = blame.held.iter().map(|held| held.present).collect();
    blame.entries.into_iter().zip(present).collect()
}

/// The object with these entries instead of its own.
pub(super) fn with_managed_fields(object: &Value, entries: Option<&Value>) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
        if let Some(entries) = entries {
            metadata.insert("managedFields".to_owned(), entries.clone());
        }
    }
    object
}
