//! `owners`: the fields of a release that are not as its own manager alone would have them, and what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::health::World;
use crate::health::objects::Named;
use crate::ownership::fate::{Answered, Fate};
use crate::ownership::found::{Finding, Kind};
use crate::ownership::next::NextWrite;
use crate::ownership::own::Method;
use crate::ownership::patch::Helm;
use crate::ownership::report::{ObjectReport, Report, Seen, Survey, Told, Tried, Writing};
use crate::ownership::{Path, PathElement, wanted};
use crate::release::flux::DriftMode;
use crate::release::mask::{MASK, mask_object};
use crate::release::payload::{ApplyMethod, HelmMajor, Payload};
use crate::release::{LiveObject, ObjectId, Release, Scope, manifest};

use super::opened::Opened;
use super::print::{cell, document, table, time};
use super::types::types;
use super::{Failure, Output, Which, gather};

#[derive(Debug, Serialize)]
struct OwnersEntry {
    namespace: String,
    name: String,
    /// Who writes the release, how, and from what that is known.
    manager: String,
    method: &'static str,
    reason: String,
    hotfixes: usize,
    leftovers: usize,
    armed: usize,
    findings: Vec<FindingEntry>,
    /// Objects whose type is not known: which of their lists and maps are a whole was told from what managers hold.
    guessed: Vec<String>,
    managers: Vec<ManagerEntry>,
}

#[derive(Debug, Serialize)]
struct FindingEntry {
    /// `hotfix`, `leftover`, `armed` or `expected`.
    found: &'static str,
    kind: String,
    namespace: String,
    name: String,
    path: String,
    manifest: Option<Value>,
    live: Option<Value>,
    managers: Vec<String>,
    shared: bool,
    time: Option<Timestamp>,
    /// `overwritten`, `removed`, `survives`, `stays`, `blocks`, `armed`, `taken-over`, `corrected` or `unknown`.
    fate: &'static str,
    /// With whom it conflicts, why the fate is not known, or which rule expects it.
    detail: Vec<String>,
    /// Whether the fate was computed here, and not by the API server in a dry-run.
    computed: bool,
    /// Why it was computed here.
    computed_because: Option<String>,
}

#[derive(Debug, Serialize)]
struct ManagerEntry {
    name: String,
    class: String,
    reason: String,
    ways: Vec<String>,
    fields: usize,
    shared: usize,
    last: Option<Timestamp>,
}

/// Says who owns what of a release that its own manager does not, or not alone.
///
/// # Errors
/// When there is no such release, more than one, its manifest cannot be read, or nothing at all may be read.
pub(super) async fn owners(
    cluster: &Cluster,
    scope: &Scope,
    which: &Which,
    tries: bool,
    output: Output,
) -> Result<String, Failure> {
    let (mut catalog, list) = gather::everything(cluster, scope.clone()).await?;
    let opened = Opened::find(cluster, &mut catalog, scope, which).await?;
    let world = gather::objects(cluster, &opened, &list).await.unwrap_or(list);
    let Some(payload) = opened.payload() else {
        return Err(Failure::other("without its manifest it cannot be said which fields were edited".to_owned()));
    };
    let release = &opened.release;
    let seen = seen(release, payload, opened.named(), &world);
    let api_versions: BTreeSet<&str> = seen.iter().filter_map(|seen| seen.live.get("apiVersion")?.as_str()).collect();
    let schema = types(cluster, api_versions).await;
    let is_flux = release.helm_release.is_some();
    let method = match payload.apply_method() {
        Some(ApplyMethod::ServerSide) => Method::ServerSide,
        Some(ApplyMethod::ClientSide) | None => Method::ClientSide,
    };
    let writing = Writing {
        method,
        expected: if is_flux { "helm-controller" } else { "helm" },
        is_forced: is_flux,
        corrects_drift: release.helm_release.as_ref().is_some_and(|object| object.drift_mode == DriftMode::Enabled),
        helm: match payload.helm_major() {
            HelmMajor::Three => Helm::Three,
            HelmMajor::Four => Helm::Four,
        },
        settings: &[],
        now: super::now(),
    };
    let survey = Survey::of(&seen, &schema, &writing);
    let (tried, untried) = match tries {
        true => (tried(cluster, survey.writes()).await, "its patch cannot be made"),
        false => (Vec::new(), "no dry-run was asked for"),
    };
    let report = survey.report(&tried, untried);
    let entry = entry(release, &report);
    if output != Output::Table {
        return document(&entry, output);
    }
    Ok(printed(&entry))
}

/// What the API server makes of the writes, or why it could not be asked.
async fn tried(cluster: &Cluster, writes: Vec<NextWrite>) -> Vec<(NextWrite, Tried)> {
    let answers = cluster.dry_runs(writes).await.into_iter();
    answers.map(|(write, outcome)| (write, outcome.map_err(|problem| problem.cause))).collect()
}

/// The objects of the manifest that are there.
fn seen(release: &Release, payload: &Payload, named: &[Named], world: &World) -> Vec<Seen> {
    let objects = manifest::objects(payload.manifest().unwrap_or_default()).into_iter().flatten();
    objects
        .filter_map(|object| {
            let live = live(release, &object, named, world)?;
            // Of a Secret nothing but metadata is read.
            let is_secret = live.id.group.is_empty() && live.id.kind == "Secret";
            let namespace = Some(live.id.namespace.as_str()).filter(|namespace| !namespace.is_empty());
            let manifest = wanted(&object.body, namespace, &release.namespace, &release.id.name);
            (!is_secret).then(|| Seen { manifest, live: live.with_managed_fields() })
        })
        .collect()
}

fn live<'w>(release: &Release, object: &manifest::Object, named: &[Named], world: &'w World) -> Option<&'w LiveObject> {
    let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
    let written = object.namespace.clone().unwrap_or_default();
    let id = |namespace: &str| ObjectId::new(group, &object.kind, namespace, &object.name);
    let of_named = named
        .iter()
        .filter(|named| named.id.group == group && named.id.kind == object.kind && named.id.name == object.name);
    let places = [id(&written), id(&release.namespace), id("")];
    let mut ids = places.iter().chain(of_named.map(|named| &named.id));
    ids.find_map(|id| world.body(id)).map(|object| &**object)
}

fn entry(release: &Release, report: &Report) -> OwnersEntry {
    let findings = report.objects.iter().flat_map(|object| object.told.iter().map(|told| finding(object, told)));
    let mut findings: Vec<FindingEntry> = findings.collect();
    findings.sort_by_key(|finding| ORDER.iter().position(|word| *word == finding.found));
    OwnersEntry {
        namespace: release.namespace.clone(),
        name: release.id.name.clone(),
        manager: report.managers.own.clone(),
        method: match report.managers.method {
            Method::ServerSide => "server-side apply",
            Method::ClientSide => "client-side patches",
        },
        reason: report.managers.reason.clone(),
        hotfixes: report.count(Kind::Hotfix),
        leftovers: report.count(Kind::Leftover),
        armed: report.count(Kind::Armed),
        findings,
        guessed: report.objects.iter().filter(|object| object.blame.is_guessed).map(named).collect(),
        managers: report
            .by_manager
            .iter()
            .map(|manager| ManagerEntry {
                name: manager.name.clone(),
                class: manager.class.to_string(),
                reason: manager.reason.clone(),
                ways: manager.ways.clone(),
                fields: manager.fields,
                shared: manager.shared,
                last: manager.last,
            })
            .collect(),
    }
}

/// Kind, namespace and name of an object.
fn named(object: &ObjectReport) -> String {
    let place = if object.namespace.is_empty() { String::new() } else { format!("{}/", object.namespace) };
    format!("{} {place}{}", object.kind, object.name)
}

/// The worst first.
const ORDER: [&str; 4] = ["hotfix", "leftover", "armed", "expected"];

fn finding(object: &ObjectReport, told: &Told) -> FindingEntry {
    let Finding { path, kind, manifest, live, holders, is_shared } = &told.finding;
    let entries: Vec<_> = holders.iter().filter_map(|holder| object.blame.entries.get(*holder)).collect();
    let managers = entries.iter().map(|entry| match entry.subresource.as_str() {
        "" => entry.manager.clone(),
        part => format!("{} ({part})", entry.manager),
    });
    let (fate, mut detail) = match &told.fate {
        Fate::Overwritten => ("overwritten", Vec::new()),
        Fate::Removed => ("removed", Vec::new()),
        Fate::Survives => ("survives", Vec::new()),
        Fate::Stays => ("stays", Vec::new()),
        Fate::Blocks(with) => ("blocks", with.clone()),
        Fate::Armed => ("armed", Vec::new()),
        Fate::TakenOver => ("taken-over", Vec::new()),
        Fate::Corrected => ("corrected", Vec::new()),
        Fate::Unknown(why) => ("unknown", vec![why.clone()]),
    };
    let found = match kind {
        Kind::Hotfix => "hotfix",
        Kind::Leftover => "leftover",
        Kind::Armed => "armed",
        Kind::Expected(rule) => {
            detail.push(rule.words().to_owned());
            "expected"
        }
    };
    let masked = |value: &Option<Value>| value.as_ref().map(|value| shown(object, path, value));
    FindingEntry {
        found,
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        path: path.to_string(),
        manifest: masked(manifest),
        live: masked(live),
        managers: managers.collect(),
        shared: *is_shared,
        time: entries.iter().filter_map(|entry| entry.time).max(),
        fate,
        detail,
        computed: told.answered != Answered::Server,
        computed_because: match &told.answered {
            Answered::Server => None,
            Answered::Computed(why) => Some(why.clone()),
        },
    }
}

/// The value as it may be shown: masked as it would be in its place.
fn shown(object: &ObjectReport, path: &Path, value: &Value) -> Value {
    let around = path.0.iter().rev().fold(value.clone(), |inner, step| match step {
        PathElement::Field(name) => json!({ name: inner }),
        PathElement::Key(fields) => {
            let keys = fields.iter().cloned();
            let inner = inner.as_object().cloned().unwrap_or_default();
            Value::Array(vec![Value::Object(keys.chain(inner).collect())])
        }
        PathElement::Value(_) | PathElement::Index(_) => Value::Array(vec![inner]),
    });
    let mut around = around;
    if let Some(fields) = around.as_object_mut() {
        fields.insert("apiVersion".to_owned(), object.api_version.clone().into());
        fields.insert("kind".to_owned(), object.kind.clone().into());
    }
    let masked = mask_object(&around);
    let found = path.0.iter().try_fold(&masked, |value, step| match step {
        PathElement::Field(name) => value.get(name),
        PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => value.get(0),
    });
    found.cloned().unwrap_or_else(|| MASK.into())
}

/// Hotfixes and leftovers a line each, the rest counted, then the managers.
fn printed(entry: &OwnersEntry) -> String {
    let mut out = format!(
        "{}/{}  {}, {}\nwritten by {} ({}): {}\n\n",
        entry.namespace,
        entry.name,
        counted(entry.hotfixes, "hotfix", "hotfixes"),
        counted(entry.leftovers, "leftover", "leftovers"),
        entry.manager,
        entry.method,
        entry.reason,
    );
    let is_told = |finding: &&FindingEntry| finding.found == "hotfix" || finding.found == "leftover";
    let rows: Vec<Vec<String>> = entry
        .findings
        .iter()
        .filter(is_told)
        .map(|finding| {
            let value = |value: &Option<Value>| cell(value.as_ref().map(text_of));
            let by = if finding.managers.is_empty() { "not recorded".to_owned() } else { finding.managers.join(", ") };
            let detail =
                if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail.join("; ")) };
            vec![
                finding.found.to_owned(),
                format!("{} {}", finding.kind, finding.name),
                finding.path.clone(),
                value(&finding.manifest),
                value(&finding.live),
                by,
                time(finding.time),
                format!("{}{detail}", finding.fate),
            ]
        })
        .collect();
    if entry.managers.is_empty() {
        out.push_str("none of its objects is there to look at\n");
    } else if rows.is_empty() {
        out.push_str("every field that can be seen is as the manifest has it, or as controllers set it\n");
    } else {
        let header = ["FOUND", "OBJECT", "FIELD", "MANIFEST", "LIVE", "BY", "WRITTEN", "FATE AT THE NEXT WRITE"];
        out.push_str(&table(&header, &rows));
        out.push_str(&answered(entry.findings.iter().filter(is_told)));
    }
    let count = |found: &str| entry.findings.iter().filter(|finding| finding.found == found).count();
    if entry.armed > 0 {
        let fields = counted(entry.armed, "field", "fields");
        out.push_str(&format!("armed: {fields} that others hold as well, equal today; -o json lists them\n"));
    }
    if count("expected") > 0 {
        let fields = counted(count("expected"), "field", "fields");
        out.push_str(&format!("as expected: {fields} that controllers and others set; -o json says why\n"));
    }
    if !entry.guessed.is_empty() {
        let objects = entry.guessed.join(", ");
        out.push_str(&format!(
            "types not known: {objects}; what is a whole in them was told from what managers hold\n"
        ));
    }
    let managers: Vec<Vec<String>> = entry
        .managers
        .iter()
        .map(|manager| {
            vec![
                manager.name.clone(),
                manager.class.clone(),
                manager.ways.join(", "),
                manager.fields.to_string(),
                manager.shared.to_string(),
                time(manager.last),
                manager.reason.clone(),
            ]
        })
        .collect();
    let header = ["MANAGER", "CLASS", "WRITES BY", "FIELDS", "SHARED", "LAST", "WHY"];
    format!("{out}\n{}", table(&header, &managers))
}

/// Who says what becomes of the fields, and why it was not the API server.
fn answered<'e>(findings: impl Iterator<Item = &'e FindingEntry>) -> String {
    let mut reasons: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    findings.for_each(|finding| *reasons.entry(finding.computed_because.as_deref()).or_default() += 1);
    let said = reasons.iter().map(|(reason, count)| {
        let fates = counted(*count, "fate", "fates");
        match reason {
            None => format!("{fates} by the API server, in a dry-run of that write\n"),
            Some(why) => format!("{fates} computed here: {why}\n"),
        }
    });
    said.collect()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
