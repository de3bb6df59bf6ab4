//! `owners`: the fields of a release that are not as its own manager alone would have them, and what becomes of them.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::app::text::{self, Glyphs};
use crate::cluster::Cluster;
use crate::ownership::fate::Answered;
use crate::ownership::found::{Finding, Kind};
use crate::ownership::next::NextWrite;
use crate::ownership::own::Method;
use crate::ownership::report::{ObjectReport, Report, Survey, Told, Tried};
use crate::ownership::since::{self, Search, Since};
use crate::ownership::subject::{Around, Edited, Subject, written_next};
use crate::ownership::words::text_of;
use crate::release::payload::{Payload, Revision};
use crate::release::{Answer, Catalog, Query, Release, ReleaseId, Scope, StoredRef};

use super::opened::Opened;
use super::print::{cell, document, table, time};
use super::types::types;
use super::{Failure, Output, Which, gather, remedies};

#[derive(Debug, Serialize)]
struct OwnersEntry {
    namespace: String,
    name: String,
    /// The revision whose manifest it is compared with: the next write has the same.
    revision: Option<u32>,
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
    /// What is to be known of objects before what was found is believed: cleared managedFields, joined updaters.
    remarks: Vec<String>,
    /// Fields of its HelmRelease that were edited although a repository has it otherwise.
    helm_release: Vec<SourceEntry>,
    managers: Vec<ManagerEntry>,
}

#[derive(Debug, Serialize)]
struct SourceEntry {
    path: String,
    manager: String,
    time: Option<Timestamp>,
    /// As of findings.
    fate: &'static str,
    detail: Vec<String>,
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
    /// `overwritten`, `removed`, `survives`, `stays`, `blocks`, `armed`, `taken-over`, `corrected`, `reverted` or `unknown`.
    fate: &'static str,
    #[serde(skip)]
    meaning: &'static str,
    /// With whom it conflicts, why the fate is not known, which rule expects it, since when it is in no manifest.
    detail: Vec<String>,
    /// Of a leftover, the first revision whose manifest has not got it any more, where an older one has.
    since_revision: Option<u32>,
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
    asked: Asked,
    output: Output,
) -> Result<String, Failure> {
    let (mut catalog, list) = gather::everything(cluster, scope.clone()).await?;
    let opened = Opened::find(cluster, &mut catalog, scope, which).await?;
    let world = gather::objects(cluster, &opened, &list).await.unwrap_or(list);
    let release = &opened.release;
    let next = match written_next(release, &catalog) {
        Some(object) => Some(read(cluster, object).await?),
        None => None,
    };
    let Some(payload) = next.as_ref().or(opened.payload()) else {
        return Err(Failure::other("without its manifest it cannot be said which fields were edited".to_owned()));
    };
    let live: Vec<_> =
        opened.named().iter().filter_map(|named| world.body_named(&named.id, &release.namespace).cloned()).collect();
    let subject = Subject {
        around: Around::of(release, &live, cluster.managers(), &catalog),
        release: Arc::new(release.clone()),
        payload: Arc::clone(payload),
        live,
        now: super::now(),
    };
    let schema = types(cluster, subject.api_versions()).await;
    let (seen, writing) = (subject.seen(), subject.writing());
    let survey = Survey::of(&seen, &schema, &writing);
    let (tried, untried) = match tries {
        true => (tried(cluster, survey.writes()).await, "its patch cannot be made"),
        false => (Vec::new(), "no dry-run was asked for"),
    };
    let report = survey.report(&tried, untried);
    let columns = match asked {
        Asked::Permanent => return remedies::permanent(&report, release, payload, output),
        Asked::Undo => return remedies::undo(&report, writing.is_forced, cluster.context(), output),
        Asked::Findings(columns) => columns,
    };
    let older = older(&catalog, &release.id, payload.revision());
    let search = Search::of(&report, payload.revision().map_or(0, Revision::get), older.len());
    let since = cluster.trace(search, older, Arc::new(schema)).await;
    let edits = subject.edits_of_helm_release();
    if let Some(remark) = subject.remark() {
        super::say(&remark);
    }
    let entry = OwnersEntry {
        helm_release: edits.iter().map(source_edit).collect(),
        revision: payload.revision().map(Revision::get),
        ..entry(release, &report, &since)
    };
    if output != Output::Table {
        return document(&entry, output);
    }
    Ok(printed(&entry, &report.answered(), columns))
}

/// What is asked of a release's findings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// What they are, in a table for so many columns.
    Findings(Option<usize>),
    /// What makes them permanent.
    Permanent,
    /// What undoes them.
    Undo,
}

async fn read(cluster: &Cluster, object: StoredRef) -> Result<Arc<Payload>, Failure> {
    match cluster.ask(Query::Payload(object)).await {
        Answer::Payload(_, result) => Ok(result?),
        Answer::Summary(..) | Answer::Controllers(..) | Answer::ValuesFrom(..) => {
            Err(Failure::other("the answer is to another question".to_owned()))
        }
    }
}

/// The stored revisions before one, the newest first.
fn older(catalog: &Catalog, id: &ReleaseId, than: Option<Revision>) -> Vec<(u32, StoredRef)> {
    let before = catalog.revisions(id).filter(|stored| than.is_some_and(|than| stored.revision < than));
    before.map(|stored| (stored.revision.get(), stored.object.clone())).collect()
}

/// What the API server makes of the writes, or why it could not be asked.
async fn tried(cluster: &Cluster, writes: Vec<NextWrite>) -> Vec<(NextWrite, Tried)> {
    let answers = cluster.dry_runs(writes).await.into_iter();
    answers.map(|(write, outcome)| (write, outcome.map_err(|problem| problem.cause))).collect()
}

fn entry(release: &Release, report: &Report, since: &since::Told) -> OwnersEntry {
    let findings = report.objects.iter().flat_map(|object| object.told.iter().map(move |told| (object, told)));
    let mut findings: Vec<(&ObjectReport, &Told)> = findings.collect();
    findings.sort_by_key(|(_, told)| told.finding.kind.rank());
    OwnersEntry {
        namespace: release.namespace.clone(),
        name: release.id.name.clone(),
        revision: None,
        manager: report.managers.own.clone(),
        method: match report.managers.method {
            Method::ServerSide => "server-side apply",
            Method::ClientSide => "client-side patches",
        },
        reason: report.managers.reason.clone(),
        hotfixes: report.count(Kind::Hotfix),
        leftovers: report.count(Kind::Leftover),
        armed: report.count(Kind::Armed),
        findings: findings.into_iter().map(|(object, told)| finding(object, told, since)).collect(),
        guessed: report.objects.iter().filter(|object| object.blame.is_guessed).map(named).collect(),
        remarks: report
            .objects
            .iter()
            .flat_map(|object| object.remarks().into_iter().map(|remark| format!("{}: {remark}", named(object))))
            .collect(),
        helm_release: Vec::new(),
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

fn source_edit(edited: &Edited) -> SourceEntry {
    let Edited { edit, fate } = edited;
    SourceEntry {
        path: edit.field.clone(),
        manager: edit.manager.clone(),
        time: edit.time,
        fate: fate.word(),
        detail: fate.detail(),
    }
}

/// Kind, namespace and name of an object.
fn named(object: &ObjectReport) -> String {
    let place = if object.namespace.is_empty() { String::new() } else { format!("{}/", object.namespace) };
    format!("{} {place}{}", object.kind, object.name)
}

fn finding(object: &ObjectReport, told: &Told, since: &since::Told) -> FindingEntry {
    let Finding { path, kind, manifest, live, is_shared, .. } = &told.finding;
    let since = since.get(&(object.id(), path.clone()));
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
        meaning: told.fate.meaning(),
        detail: told.detail().into_iter().chain(since.map(Since::words)).collect(),
        since_revision: since.and_then(Since::gone_in),
        computed: told.answered != Answered::Server,
        computed_because: match &told.answered {
            Answered::Server => None,
            Answered::Computed(why) => Some(why.clone()),
        },
    }
}

/// Hotfixes and leftovers a line each, or more of them where the columns are few; the rest counted; then the managers.
fn printed(entry: &OwnersEntry, answered: &[String], columns: Option<usize>) -> String {
    let mut out = format!(
        "{}/{}  {}, {}\n",
        entry.namespace,
        entry.name,
        counted(entry.hotfixes, "hotfix", "hotfixes"),
        counted(entry.leftovers, "leftover", "leftovers"),
    );
    let writer = format!("written by {} ({}): {}", entry.manager, entry.method, entry.reason);
    out.push_str(&flowed(&writer, 0, columns));
    out.push('\n');
    let is_told = |finding: &&FindingEntry| finding.found == "hotfix" || finding.found == "leftover";
    let told: Vec<&FindingEntry> = entry.findings.iter().filter(is_told).collect();
    if entry.managers.is_empty() && entry.findings.is_empty() && entry.remarks.is_empty() {
        out.push_str("none of its objects is there to look at\n");
    } else if told.is_empty() {
        out.push_str("every field that can be seen is as the manifest has it, or as controllers set it\n");
    } else {
        let header = ["FOUND", "OBJECT", "FIELD", "MANIFEST", "LIVE", "BY", "WRITTEN", "FATE AT THE NEXT WRITE"];
        let rows: Vec<Vec<String>> = told.iter().map(|finding| cells(finding)).collect();
        let wide = table(&header, &rows);
        match columns {
            Some(columns) if is_wider(&wide, columns) => told.iter().for_each(|finding| {
                out.push_str(&block(finding, columns));
            }),
            Some(_) | None => out.push_str(&wide),
        }
        out.push_str(&flowed(&meanings(&told), 0, columns));
        answered.iter().for_each(|line| out.push_str(&flowed(line, 0, columns)));
    }
    let count = |found: &str| entry.findings.iter().filter(|finding| finding.found == found).count();
    if entry.armed > 0 {
        let fields = counted(entry.armed, "field", "fields");
        let said = format!("armed: {fields} that others hold as well, equal today; -o json lists them");
        out.push_str(&flowed(&said, 0, columns));
    }
    if count("expected") > 0 {
        let fields = counted(count("expected"), "field", "fields");
        let said = format!("as expected: {fields} that controllers and others set; -o json says why");
        out.push_str(&flowed(&said, 0, columns));
    }
    if !entry.guessed.is_empty() {
        let objects = entry.guessed.join(", ");
        let said = format!("types not known: {objects}; what is a whole in them was told from what managers hold");
        out.push_str(&flowed(&said, 0, columns));
    }
    if !entry.helm_release.is_empty() {
        let fields = counted(entry.helm_release.len(), "field", "fields");
        out.push_str(&format!("\nits HelmRelease: {fields} edited beside the repository that it comes from\n"));
        let row = |edit: &SourceEntry| {
            let detail = if edit.detail.is_empty() { String::new() } else { format!(": {}", edit.detail.join("; ")) };
            vec![edit.path.clone(), edit.manager.clone(), time(edit.time), format!("{}{detail}", edit.fate)]
        };
        let rows: Vec<_> = entry.helm_release.iter().map(row).collect();
        out.push_str(&table(&["FIELD", "BY", "WRITTEN", "WHAT BECOMES OF IT"], &rows));
    }
    for remark in &entry.remarks {
        out.push_str(&flowed(remark, 0, columns));
    }
    format!("{out}\n{}", managers(&entry.managers, columns))
}

/// One finding in one row.
fn cells(finding: &FindingEntry) -> Vec<String> {
    vec![
        finding.found.to_owned(),
        format!("{} {}", finding.kind, finding.name),
        finding.path.clone(),
        cell(finding.manifest.as_ref().map(text_of)),
        cell(finding.live.as_ref().map(text_of)),
        by(finding),
        time(finding.time),
        becomes(finding),
    ]
}

/// One finding in as many rows as it takes: what and where, then the values, then who and what becomes of it.
fn block(finding: &FindingEntry, columns: usize) -> String {
    let value = |value: &Option<Value>| cell(value.as_ref().map(text_of));
    let head = format!("{} {} {} {}", finding.found, finding.kind, finding.name, finding.path);
    let values = format!("{} -> {}", value(&finding.manifest), value(&finding.live));
    let who = format!("by {}, {}", by(finding), time(finding.time));
    let fate = format!("next write: {}", becomes(finding));
    let below = [values, who, fate].map(|said| flowed(&said, 4, Some(columns)));
    format!("{}{}", flowed(&head, 0, Some(columns)), below.concat())
}

fn by(finding: &FindingEntry) -> String {
    if finding.managers.is_empty() { "not recorded".to_owned() } else { finding.managers.join(", ") }
}

fn becomes(finding: &FindingEntry) -> String {
    let because = if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail.join("; ")) };
    format!("{}{because}", finding.fate)
}

/// The words of the fates that are told of, explained.
fn meanings(told: &[&FindingEntry]) -> String {
    let mut said: Vec<String> = Vec::new();
    for finding in told {
        let meaning = format!("{} = {}", finding.fate, finding.meaning);
        if !said.contains(&meaning) {
            said.push(meaning);
        }
    }
    said.join("; ")
}

fn managers(all: &[ManagerEntry], columns: Option<usize>) -> String {
    let row = |manager: &ManagerEntry| {
        vec![
            manager.name.clone(),
            manager.class.clone(),
            manager.ways.join(", "),
            manager.fields.to_string(),
            manager.shared.to_string(),
            time(manager.last),
            manager.reason.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let wide = table(&["MANAGER", "CLASS", "WRITES BY", "FIELDS", "SHARED", "LAST", "WHY"], &rows);
    match columns {
        Some(columns) if is_wider(&wide, columns) => {
            let of = |manager: &ManagerEntry| {
                let ManagerEntry { name, class, reason, ways, fields, shared, last } = manager;
                let fields = counted(*fields, "field", "fields");
                let head =
                    format!("{name} ({class}): {fields}, {shared} shared, by {}, {}", ways.join(", "), time(*last));
                format!("{}{}", flowed(&head, 0, Some(columns)), flowed(reason, 4, Some(columns)))
            };
            format!("MANAGERS\n{}", all.iter().map(of).collect::<String>())
        }
        Some(_) | None => wide,
    }
}

fn is_wider(table: &str, columns: usize) -> bool {
    table.lines().any(|line| text::width(line) > columns)
}

/// A sentence in lines of so many columns, so far from the edge, the lines after the first one further.
fn flowed(said: &str, indent: usize, columns: Option<usize>) -> String {
    let clean = text::clean(said, Glyphs::Unicode);
    let Some(columns) = columns else { return format!("{}{clean}\n", " ".repeat(indent)) };
    let lines = text::wrap(&clean, columns.saturating_sub(indent + 2), usize::MAX, Glyphs::Unicode);
    let edge = |place: usize| " ".repeat(if place == 0 { indent } else { indent + 2 });
    lines.iter().enumerate().map(|(place, line)| format!("{}{line}\n", edge(place))).collect()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
