//! All that is to be said of who owns what in one release: its managers, and every finding with its fate.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::classes::{Class, Row};
use super::fate::{Answered, Fate, Next, Outcome, fate};
use super::found::{Failed, Finding, Found, Kind, find};
use super::json_patch::{Operation, patch};
use super::next::{NextWrite, Writer, computed, next_write};
use super::own::{Managers, Method, Pair};
use super::parent::{Kustomizations, Parent, is_of_kubectl};
use super::patch::Helm;
use crate::release::ObjectId;
use crate::release::mask::Masker;
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
    /// The last revision, if it failed.
    pub failed: Option<Failed>,
    /// Whose patches, client-side.
    pub helm: Helm,
    /// Rows of the user's settings.
    pub settings: &'a [Row],
    /// The Kustomizations that may apply its objects, too.
    pub kustomizations: &'a Kustomizations,
    /// The time of the write that is computed.
    pub now: Timestamp,
    /// What hides the secrets of the release.
    pub masker: Masker,
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
    /// What would bring the object back to the manifest; empty where it is as the manifest has it, or is meant to differ.
    pub back: Vec<Operation>,
    /// What would bring the manifest to the object; empty likewise.
    pub keep: Vec<Operation>,
    /// The write of the object is refused for other fields: this is what becomes of it once those are settled.
    pub waits: bool,
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
    /// Who else applies it.
    pub(super) parent: Option<Parent>,
    pub(super) masker: Masker,
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

impl ObjectReport {
    /// What it is.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        ObjectId::new(group_of(&self.api_version), &self.kind, &self.namespace, &self.name)
    }
}

impl Report {
    /// How many findings are of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.objects.iter().flat_map(|object| &object.told).filter(|told| told.finding.kind == kind).count()
    }
}

/// What was found in the objects of a release, before anybody was asked what becomes of it.
#[derive(Debug)]
pub struct Survey<'a> {
    managers: Managers,
    writing: &'a Writing<'a>,
    objects: Vec<(Pair<'a>, Found)>,
}

/// What came of one write that was tried, or why it was not tried.
pub type Tried = Result<Outcome, String>;

impl<'a> Survey<'a> {
    /// Looks at all objects of a release.
    #[must_use]
    pub fn of(objects: &'a [Seen], schema: &'a Schema, writing: &'a Writing<'a>) -> Self {
        let pairs = pairs(objects, schema);
        let managers = Managers::read(&pairs, writing.method, writing.expected, writing.settings);
        Self::found(managers, pairs, writing)
    }

    /// The same, where it is known who writes the release.
    #[must_use]
    pub fn by(managers: Managers, objects: &'a [Seen], schema: &'a Schema, writing: &'a Writing<'a>) -> Self {
        Self::found(managers, pairs(objects, schema), writing)
    }

    fn found(managers: Managers, pairs: Vec<Pair<'a>>, writing: &'a Writing<'a>) -> Self {
        let found = |pair: Pair<'a>| {
            let mut found = find(&pair, &managers);
            writing.failed.into_iter().for_each(|failed| found.set_apart(&managers.own, failed));
            (pair, found)
        };
        let objects = pairs.into_iter().map(found).collect();
        Self { managers, writing, objects }
    }

    /// The writes that are worth a try: those of objects in which the next write may change or meet something that was found.
    /// What is not among them is computed.
    #[must_use]
    pub fn writes(&self) -> Vec<NextWrite> {
        let odd = self.objects.iter().filter(|(_, found)| is_worth_a_try(found));
        odd.filter_map(|(pair, _)| next_write(pair, Some(pair.manifest), self.writer()).ok().flatten()).collect()
    }

    /// All that is to be said. `tried` is what came of some of [`Survey::writes`], and `untried` why others were not tried.
    #[must_use]
    pub fn report(self, tried: &[(NextWrite, Tried)], untried: &str) -> Report {
        let reports: Vec<ObjectReport> = self
            .objects
            .iter()
            .map(|(pair, found)| of_object(pair, found, self.writer(), self.writing, tried, untried))
            .collect();
        let by_manager = by_manager(&reports, &self.managers);
        Report { managers: self.managers, objects: reports, by_manager }
    }

    fn writer(&self) -> Writer<'_> {
        let Writing { method, is_forced, helm, .. } = *self.writing;
        Writer { manager: &self.managers.own, method, is_forced, helm }
    }
}

/// Looks at all objects of a release. Fates are computed; those of a [`Survey`] whose writes were tried are better.
#[must_use]
pub fn report(objects: &[Seen], schema: &Schema, writing: &Writing<'_>) -> Report {
    Survey::of(objects, schema, writing).report(&[], "no dry-run was made")
}

fn pairs<'a>(objects: &'a [Seen], schema: &'a Schema) -> Vec<Pair<'a>> {
    let pair = |seen: &'a Seen| Pair {
        manifest: &seen.manifest,
        live: &seen.live,
        typed: schema.kind(&gvk(&seen.live)).unwrap_or_else(|| schema.deduced()),
    };
    objects.iter().map(pair).collect()
}

/// What is armed is equal today: no write of today tells more of it.
fn is_worth_a_try(found: &Found) -> bool {
    found.findings.iter().any(|finding| finding.kind != Kind::Armed)
}

fn of_object(
    pair: &Pair<'_>,
    found: &Found,
    writer: Writer<'_>,
    writing: &Writing<'_>,
    tried: &[(NextWrite, Tried)],
    untried: &str,
) -> ObjectReport {
    let text = |path: &str| pair.live.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, namespace, name) = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
    let group = gvk(pair.manifest).group;
    let own = tried.iter().find(|(write, _)| {
        let place = (&write.kind, &write.namespace, &write.name);
        place == (&kind, &namespace, &name) && group == group_of(&write.api_version)
    });
    let computed = || computed(pair, Some(pair.manifest), writer, writing.now);
    let (outcome, answered) = match own {
        _ if !is_worth_a_try(found) => {
            let why = "equal today: there is nothing to try".to_owned();
            (Outcome::Written(Box::default()), Answered::Computed(why))
        }
        Some((_, Ok(outcome))) => (outcome.clone(), Answered::Server),
        Some((_, Err(why))) => (computed(), Answered::Computed(why.clone())),
        None => {
            let sent = next_write(pair, Some(pair.manifest), writer);
            let why = if sent == Ok(None) { "nothing would be sent" } else { untried };
            (computed(), Answered::Computed(why.to_owned()))
        }
    };
    let next = Next {
        is_forced: writer.is_forced || writer.method == Method::ClientSide,
        corrects_drift: writing.corrects_drift,
    };
    let odd = |finding: &Finding, object: &Value, other: &Value| match finding.kind {
        Kind::Hotfix | Kind::Leftover => patch(object, other, &finding.path, pair.typed),
        Kind::Armed | Kind::Expected(_) => Vec::new(),
    };
    let parent = Parent::of(pair.live, &found.blame.entries, writing.kustomizations);
    let is_refused = matches!(outcome, Outcome::Conflicts(..));
    let told = found.findings.iter().map(|finding| {
        let fate = reverted(finding, &found.blame, parent.as_ref(), fate(finding, pair, &outcome, next));
        let waits = is_refused && matches!(fate, Fate::Overwritten | Fate::Removed | Fate::Corrected);
        Told {
            fate,
            finding: finding.clone(),
            answered: answered.clone(),
            waits,
            back: odd(finding, pair.live, pair.manifest),
            keep: odd(finding, pair.manifest, pair.live),
        }
    });
    ObjectReport {
        api_version: text("/apiVersion"),
        kind,
        namespace,
        name,
        told: told.collect(),
        blame: found.blame.clone(),
        parent,
        masker: writing.masker.clone(),
    }
}

/// The fate of a finding where somebody else applies the object: what a write of the release refuses, it refuses until then.
fn reverted(finding: &Finding, blame: &super::Blame, parent: Option<&Parent>, fate: Fate) -> Fate {
    let mut holders = finding.holders.iter().filter_map(|holder| blame.entries.get(*holder)).peekable();
    let is_theirs = finding.kind == Kind::Hotfix && !finding.is_shared && holders.peek().is_some();
    let taken = parent.filter(|_| is_theirs && holders.all(is_of_kubectl)).map(|parent| parent.fate(true));
    match (taken, fate) {
        (Some(Fate::Reverted(words)), Fate::Blocks(with)) => Fate::Blocks([with, vec![words]].concat()),
        (Some(reverted @ Fate::Reverted(_)), _) => reverted,
        (_, fate) => fate,
    }
}

/// The group of a group and version, as `apps/v1`.
#[must_use]
pub fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
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
