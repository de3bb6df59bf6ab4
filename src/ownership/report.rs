//! All that is to be said of who owns what in one release: its managers, and every finding with its fate.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::classes::{Class, Row};
use super::fate::{Answered, Fate, Next, Outcome, fate};
use super::found::{Finding, Found, Kind, find};
use super::next::{Writer, computed};
use super::own::{Managers, Method, Pair};
use super::patch::Helm;
use crate::schema::{Gvk, Schema};

/// An object of a release, as its writer sends it and as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// See [`super::wanted`].
    pub manifest: Value,
    /// As it is, with its managedFields.
    pub live: Value,
}

/// How the release is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Writing<'a> {
    /// How its last revision was applied, and so how the next one is, unless somebody asks for another way.
    pub method: Method,
    /// `helm`, or `helm-controller` under Flux: for where objects do not tell.
    pub expected: &'a str,
    /// Takes what others own: Flux does, applying server-side.
    pub is_forced: bool,
    /// Flux corrects drift.
    pub corrects_drift: bool,
    /// Whose patches, client-side.
    pub helm: Helm,
    /// Rows of the user's settings.
    pub settings: &'a [Row],
    /// The time of the write that is computed.
    pub now: Timestamp,
}

/// One finding, and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What was found.
    pub finding: Finding,
    /// What becomes of it.
    pub fate: Fate,
    /// Who says so.
    pub answered: Answered,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectReport {
    /// Group and version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its findings, in the order of paths.
    pub told: Vec<Told>,
    /// Who owns what in it.
    pub blame: super::Blame,
}

/// One manager over all objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerReport {
    /// Its name.
    pub name: String,
    /// What it is to this release.
    pub class: Class,
    /// Why.
    pub reason: String,
    /// How it wrote: `Apply`, `Update`, `Update (scale)`.
    pub ways: Vec<String>,
    /// Fields that it owns.
    pub fields: usize,
    /// Of these, those that others own as well.
    pub shared: usize,
    /// When it last wrote.
    pub last: Option<Timestamp>,
}

/// The whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Who writes the release.
    pub managers: Managers,
    /// In the order in which they came.
    pub objects: Vec<ObjectReport>,
    /// By class and name.
    pub by_manager: Vec<ManagerReport>,
}

impl Report {
    /// How many findings are of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.objects.iter().flat_map(|object| &object.told).filter(|told| told.finding.kind == kind).count()
    }
}

/// Looks at all objects of a release. Fates are computed; a dry-run may answer better.
#[must_use]
pub fn report(objects: &[Seen], schema: &Schema, writing: &Writing<'_>) -> Report {
    let pairs: Vec<Pair<'_>> = objects
        .iter()
        .map(|seen| Pair {
            manifest: &seen.manifest,
            live: &seen.live,
            typed: schema.kind(&gvk(&seen.live)).unwrap_or_else(|| schema.deduced()),
        })
        .collect();
    let managers = Managers::read(&pairs, writing.method, writing.expected, writing.settings);
    let writer =
        Writer { manager: &managers.own, method: writing.method, is_forced: writing.is_forced, helm: writing.helm };
    let reports: Vec<ObjectReport> = pairs.iter().map(|pair| of_object(pair, &managers, writer, writing)).collect();
    let by_manager = by_manager(&reports, &managers);
    Report { managers, objects: reports, by_manager }
}

fn of_object(pair: &Pair<'_>, managers: &Managers, writer: Writer<'_>, writing: &Writing<'_>) -> ObjectReport {
    let Found { blame, findings } = find(pair, managers);
    // Where nothing is odd there is nothing to try.
    let outcome = if findings.is_empty() {
        Outcome::Written(Box::new(Value::Null))
    } else {
        computed(pair, Some(pair.manifest), writer, writing.now)
    };
    let next = Next {
        is_forced: writer.is_forced || writer.method == Method::ClientSide,
        corrects_drift: writing.corrects_drift,
    };
    let told = findings.into_iter().map(|finding| Told {
        fate: fate(&finding, pair, &outcome, next),
        finding,
        answered: Answered::Computed("no dry-run was made"),
    });
    let text = |path: &str| pair.live.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    ObjectReport {
        api_version: text("/apiVersion"),
        kind: text("/kind"),
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name"),
        told: told.collect(),
        blame,
    }
}

fn by_manager(objects: &[ObjectReport], managers: &Managers) -> Vec<ManagerReport> {
    let mut all: BTreeMap<&str, ManagerReport> = BTreeMap::new();
    for object in objects {
        for (entry, held) in object.blame.entries.iter().zip(&object.blame.held) {
            let manager = all.entry(&entry.manager).or_insert_with(|| {
                let (class, reason) = managers.class(&entry.manager);
                ManagerReport {
                    name: entry.manager.clone(),
                    class,
                    reason,
                    ways: Vec::new(),
                    fields: 0,
                    shared: 0,
                    last: None,
                }
            });
            let way = match entry.subresource.as_str() {
                "" => entry.operation.to_string(),
                part => format!("{} ({part})", entry.operation),
            };
            if !manager.ways.contains(&way) {
                manager.ways.push(way);
            }
            manager.fields += held.leaves;
            manager.shared += held.shared;
            manager.last = manager.last.max(entry.time);
        }
    }
    let mut all: Vec<ManagerReport> = all.into_values().collect();
    all.sort_by(|left, right| (left.class, &left.name).cmp(&(right.class, &right.name)));
    all
}

/// Group, version and kind of an object.
#[must_use]
pub fn gvk(object: &Value) -> Gvk {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let (group, version) = text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
    Gvk { group: group.to_owned(), version: version.to_owned(), kind: text("kind").to_owned() }
}
