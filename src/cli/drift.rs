//! `drift`: how the objects of a release differ from its manifest, as Flux computes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cluster::{Cluster, Found};
use crate::ownership::drift::{
    Added, Change, Comparison, Drift, IgnoreRule, Item, Live, ObjectDrift, State, Verb, write_of,
};
use crate::ownership::fate::Answered;
use crate::ownership::next::NextWrite;
use crate::ownership::subject::{Around, Subject};
use crate::ownership::wanted;
use crate::ownership::words::text_of;
use crate::release::flux::DriftMode;
use crate::release::{Release, Scope, manifest};

use super::opened::Opened;
use super::print::{cell, document, table, time};
use super::types::types;
use super::{Failure, Output, Which, gather, say};

/// What `drift` is asked for.
#[derive(Debug, Args)]
pub struct DriftArguments {
    /// Which release
    #[command(flatten)]
    pub which: Which,
    /// Compute what a dry-run would answer, instead of having the API server try each object of the manifest
    #[arg(long)]
    pub no_dry_run: bool,
    /// End with 13 where the release has drifted
    #[arg(long)]
    pub exit_code: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// What was found.
pub(super) struct Told {
    pub(super) printed: String,
    /// The release, where it has drifted.
    drifted: Option<String>,
}

impl Told {
    /// Whether that is a failure.
    pub(super) fn outcome(self, counts: bool) -> Result<(), Failure> {
        match self.drifted.filter(|_| counts) {
            Some(release) => Err(Failure::Drifted(release)),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Serialize)]
struct DriftEntry {
    namespace: String,
    name: String,
    /// `enabled`, `warn` or `disabled`; null for a native release.
    mode: Option<&'static str>,
    drifted: bool,
    /// The lines that Flux writes.
    summary: Vec<String>,
    objects: Vec<ObjectEntry>,
    /// Why Flux compares nothing: a rule that cannot be used.
    bad_rule: Option<String>,
}

#[derive(Debug, Serialize)]
struct ObjectEntry {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    /// `removed`, `excluded`, `unchanged`, `changed` or `unknown`.
    state: &'static str,
    /// Why it is excluded, or not known.
    because: Option<String>,
    additions: usize,
    changes: usize,
    removals: usize,
    operations: Vec<OperationEntry>,
    added_by_others: Vec<AddedEntry>,
    /// Whether it was computed here, and not by the API server in a dry-run.
    computed: bool,
    /// Why it was computed here.
    computed_because: Option<String>,
}

#[derive(Debug, Serialize)]
struct OperationEntry {
    op: String,
    path: String,
    /// Where it really is: an index instead of `-`.
    at: String,
    manifest: Option<Value>,
    live: Option<Value>,
    managers: Vec<String>,
    time: Option<Timestamp>,
    /// The entry of `driftDetection.ignore` that would silence it.
    ignore: RuleEntry,
}

#[derive(Debug, Serialize)]
struct RuleEntry {
    paths: Vec<String>,
    target: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
struct AddedEntry {
    path: String,
    live: Option<Value>,
    /// A former manager of the release keeps it alive.
    leftover: bool,
    managers: Vec<String>,
    time: Option<Timestamp>,
}

/// Compares the objects of a release with its manifest.
///
/// # Errors
/// When there is no such release, more than one, its manifest cannot be read, or nothing at all may be read.
pub(super) async fn drift(cluster: &Cluster, scope: &Scope, asked: &DriftArguments) -> Result<Told, Failure> {
    let (mut catalog, _) = gather::everything(cluster, scope.clone()).await?;
    let opened = Opened::find(cluster, &mut catalog, scope, &asked.which).await?;
    let Some(payload) = opened.payload() else {
        return Err(Failure::other("without its manifest it cannot be said what has drifted".to_owned()));
    };
    let release = &opened.release;
    if release.remote() {
        return Err(Failure::other("its objects are on another cluster".to_owned()));
    }
    let bodies = bodies(payload.manifest().unwrap_or_default());
    let write = |body: &Value, namespace: Option<&str>| {
        write_of(&wanted(body, namespace, &release.namespace, &release.id.name))
    };
    let writes: Vec<NextWrite> = bodies.iter().map(|body| write(body, Some(&release.namespace))).collect();
    let found = cluster.found(&writes).await;
    let items: Vec<Item> =
        bodies.iter().zip(found).map(|(body, found)| item(body, found.map_err(|why| why.cause), release)).collect();
    let api_versions = writes.iter().map(|write| write.api_version.clone()).collect();
    let schema = types(cluster, api_versions).await;
    let subject = Subject {
        around: Around::of(release, &[], cluster.managers(), &catalog),
        release: Arc::new(release.clone()),
        payload: Arc::clone(payload),
        live: Vec::new(),
        now: super::now(),
    };
    let writing = subject.writing();
    let ignore = release.helm_release.as_ref().map_or(&Value::Null, |object| &object.drift_ignore);
    let comparison = Comparison::of(items, ignore, &schema, &writing);
    let (tried, untried) = match asked.no_dry_run {
        false => {
            let answers = cluster.dry_runs(comparison.writes()).await.into_iter();
            let tried = answers.map(|(write, outcome)| (write, outcome.map_err(|problem| problem.cause)));
            (tried.collect(), "it was not tried")
        }
        true => (Vec::new(), "no dry-run was asked for"),
    };
    let drift = comparison.told(&tried, untried);
    let entry = entry(release, &drift);
    let drifted = entry.drifted.then(|| format!("{}/{}", entry.namespace, entry.name));
    let printed = if asked.output == Output::Table { printed(&entry) } else { document(&entry, asked.output)? };
    Ok(Told { printed, drifted })
}

/// The objects of a manifest; what cannot be read is said.
fn bodies(text: &str) -> Vec<Value> {
    let objects = manifest::objects(text).into_iter().filter_map(|object| match object {
        Ok(object) => Some(object),
        Err(bad) => {
            say(&format!("left out: {bad}"));
            None
        }
    });
    objects.filter(|object| !object.is_name_generated).map(|object| object.body).collect()
}

fn item(body: &Value, found: Result<Found, String>, release: &Release) -> Item {
    let is_namespaced = found.as_ref().map_or(true, |found| found.is_namespaced);
    let namespace = Some(release.namespace.as_str()).filter(|_| is_namespaced);
    let live = match found {
        Ok(Found { live: Some(live), .. }) => Live::There(live),
        Ok(Found { live: None, .. }) => Live::Missing,
        Err(why) => Live::Unseen(why),
    };
    Item { manifest: wanted(body, namespace, &release.namespace, &release.id.name), live }
}

fn entry(release: &Release, drift: &Drift) -> DriftEntry {
    DriftEntry {
        namespace: release.namespace.clone(),
        name: release.id.name.clone(),
        mode: release.helm_release.as_ref().map(|object| match object.drift_mode {
            DriftMode::Enabled => "enabled",
            DriftMode::Warn => "warn",
            DriftMode::Disabled => "disabled",
        }),
        drifted: drift.has_drifted(),
        summary: drift.summary(),
        objects: drift.objects.iter().map(object).collect(),
        bad_rule: drift.bad_rule.as_ref().map(ToString::to_string),
    }
}

fn object(drift: &ObjectDrift) -> ObjectEntry {
    let (state, because, changes): (_, _, &[Change]) = match &drift.state {
        State::Removed => ("removed", None, &[]),
        State::Excluded(why) => ("excluded", Some((*why).to_owned()), &[]),
        State::Unchanged => ("unchanged", None, &[]),
        State::Changed(changes) => ("changed", None, changes),
        State::Unknown(why) => ("unknown", Some(why.clone()), &[]),
    };
    let count = |verb| changes.iter().filter(|change| change.operation.verb == verb).count();
    ObjectEntry {
        api_version: drift.api_version.clone(),
        kind: drift.kind.clone(),
        namespace: drift.namespace.clone(),
        name: drift.name.clone(),
        state,
        because,
        additions: count(Verb::Add),
        changes: count(Verb::Replace),
        removals: count(Verb::Remove),
        operations: changes.iter().map(operation).collect(),
        added_by_others: drift.others.iter().map(added).collect(),
        computed: drift.answered != Answered::Server,
        computed_because: match &drift.answered {
            Answered::Server => None,
            Answered::Computed(why) => Some(why.clone()),
        },
    }
}

fn operation(change: &Change) -> OperationEntry {
    let IgnoreRule { paths, group, kind, name } = &change.rule;
    let target = [("group", group), ("kind", kind), ("name", name)];
    let target = target.into_iter().filter(|(_, pattern)| !pattern.is_empty());
    OperationEntry {
        op: change.operation.verb.to_string(),
        path: change.operation.path.clone(),
        at: change.operation.at.clone(),
        manifest: change.operation.new.clone(),
        live: change.operation.old.clone(),
        managers: change.holders.clone(),
        time: change.written,
        ignore: RuleEntry {
            paths: paths.clone(),
            target: target.map(|(name, pattern)| (name, pattern.clone())).collect(),
        },
    }
}

fn added(added: &Added) -> AddedEntry {
    AddedEntry {
        path: added.path.clone(),
        live: added.live.clone(),
        leftover: added.is_leftover,
        managers: added.holders.clone(),
        time: added.written,
    }
}

/// The lines of Flux, then each field that differs, then what is no drift to Flux.
fn printed(entry: &DriftEntry) -> String {
    let verdict = match (&entry.bad_rule, entry.drifted) {
        (Some(_), _) => "Flux compares nothing",
        (None, true) => "drifted",
        (None, false) => "no drift",
    };
    let mode = match entry.mode {
        None => "native: nothing looks for drift, and nothing corrects it",
        Some("enabled") => "driftDetection.mode enabled: Flux corrects it",
        Some("warn") => "driftDetection.mode warn: Flux tells of it and leaves it",
        Some(_) => "driftDetection.mode disabled: Flux does not look for it",
    };
    let mut out = format!("{}/{}  {verdict}\n{mode}\n", entry.namespace, entry.name);
    if let Some(bad) = &entry.bad_rule {
        out.push_str(&format!("{bad}\n"));
    }
    if !entry.summary.is_empty() {
        out.push_str(&format!("\n{}\n", entry.summary.join("\n")));
    }
    let unchanged = entry.objects.iter().filter(|object| object.state == "unchanged").count();
    if unchanged > 0 {
        out.push_str(&format!(
            "{}{} unchanged\n",
            if entry.summary.is_empty() { "\n" } else { "" },
            counted(unchanged)
        ));
    }
    let value = |value: &Option<Value>| cell(value.as_ref().map(text_of));
    let by = |managers: &[String]| match managers {
        [] => "not recorded".to_owned(),
        [..] => managers.join(", "),
    };
    let named = |object: &ObjectEntry| format!("{} {}", object.kind, object.name);
    let rows: Vec<Vec<String>> = entry
        .objects
        .iter()
        .flat_map(|object| object.operations.iter().map(move |operation| (object, operation)))
        .map(|(object, operation)| {
            let OperationEntry { op, at, manifest, live, managers, time: written, .. } = operation;
            let path = if at.is_empty() { "/" } else { at };
            let cells = [named(object), path.to_owned(), op.clone(), value(manifest), value(live), by(managers)];
            cells.into_iter().chain([time(*written)]).collect()
        })
        .collect();
    if !rows.is_empty() {
        let header = ["OBJECT", "FIELD", "CORRECTION", "MANIFEST", "LIVE", "BY", "WRITTEN"];
        out.push_str(&format!("\n{}", table(&header, &rows)));
    }
    let rows: Vec<Vec<String>> = entry
        .objects
        .iter()
        .flat_map(|object| object.added_by_others.iter().map(move |added| (object, added)))
        .map(|(object, added)| {
            let what = if added.leftover { "left behind" } else { "added" };
            let cells = [named(object), added.path.clone(), what.to_owned(), value(&added.live), by(&added.managers)];
            cells.into_iter().chain([time(added.time)]).collect()
        })
        .collect();
    if !rows.is_empty() {
        let header = ["OBJECT", "FIELD", "WHAT", "LIVE", "BY", "WRITTEN"];
        out.push_str(&format!("\nadded by others: no drift to Flux\n{}", table(&header, &rows)));
    }
    let unknown: Vec<String> = entry
        .objects
        .iter()
        .filter(|object| object.state == "unknown")
        .map(|object| format!("{}: {}\n", named(object), object.because.as_deref().unwrap_or_default()))
        .collect();
    if !unknown.is_empty() {
        out.push_str(&format!("\nnot compared\n{}", unknown.concat()));
    }
    out.push_str(&computed(entry));
    out
}

/// What was computed, and why.
fn computed(entry: &DriftEntry) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let compared = entry.objects.iter().filter(|object| object.state != "excluded");
    compared
        .filter_map(|object| object.computed_because.as_deref())
        .for_each(|why| *reasons.entry(why).or_default() += 1);
    let said = reasons.iter().map(|(why, count)| format!("{} computed here: {why}\n", counted(*count)));
    let said: String = said.collect();
    if said.is_empty() { said } else { format!("\n{said}") }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}
