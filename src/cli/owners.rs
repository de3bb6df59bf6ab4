//! `owners`: the fields of a release that are not as its own manager alone would have them, and what becomes of them.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::ownership::fate::Answered;
use crate::ownership::found::{Finding, Kind};
use crate::ownership::next::NextWrite;
use crate::ownership::own::Method;
use crate::ownership::report::{ObjectReport, Report, Survey, Told, Tried};
use crate::ownership::subject::Subject;
use crate::ownership::words::text_of;
use crate::release::{Release, Scope};

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
    let live =
        opened.named().iter().filter_map(|named| world.body_named(&named.id, &release.namespace).cloned()).collect();
    let subject = Subject { release: Arc::new(release.clone()), payload: Arc::clone(payload), live, now: super::now() };
    let schema = types(cluster, subject.api_versions()).await;
    let (seen, writing) = (subject.seen(), subject.writing());
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
    Ok(printed(&entry, &report.answered()))
}

/// What the API server makes of the writes, or why it could not be asked.
async fn tried(cluster: &Cluster, writes: Vec<NextWrite>) -> Vec<(NextWrite, Tried)> {
    let answers = cluster.dry_runs(writes).await.into_iter();
    answers.map(|(write, outcome)| (write, outcome.map_err(|problem| problem.cause))).collect()
}

fn entry(release: &Release, report: &Report) -> OwnersEntry {
    let findings = report.objects.iter().flat_map(|object| object.told.iter().map(move |told| (object, told)));
    let mut findings: Vec<(&ObjectReport, &Told)> = findings.collect();
    findings.sort_by_key(|(_, told)| told.finding.kind.rank());
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
        findings: findings.into_iter().map(|(object, told)| finding(object, told)).collect(),
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

fn finding(object: &ObjectReport, told: &Told) -> FindingEntry {
    let Finding { path, kind, manifest, live, is_shared, .. } = &told.finding;
    let masked = |value: &Option<Value>| value.as_ref().map(|value| object.shown(path, value));
    FindingEntry {
        found: kind.word(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        path: path.to_string(),
        manifest: masked(manifest),
        live: masked(live),
        managers: object.holders(&told.finding),
        shared: *is_shared,
        time: object.written(&told.finding),
        fate: told.fate.word(),
        detail: told.detail(),
        computed: told.answered != Answered::Server,
        computed_because: match &told.answered {
            Answered::Server => None,
            Answered::Computed(why) => Some(why.clone()),
        },
    }
}

/// Hotfixes and leftovers a line each, the rest counted, then the managers.
fn printed(entry: &OwnersEntry, answered: &[String]) -> String {
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
        answered.iter().for_each(|line| out.push_str(&format!("{line}\n")));
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

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
