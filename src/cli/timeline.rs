//! `timeline RELEASE`: what happened to a release, oldest first, as a log is read.

use std::sync::Arc;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::opened::Opened;
use super::print::{document, table, time};
use super::status::time_span;
use super::tree::{severity, title};
use super::types::types;
use super::{Failure, Output, Which, gather};
use crate::app::release::objects::symbol;
use crate::app::release::timeline::{hotfixes, named, times, told};
use crate::app::rows::Row;
use crate::cluster::Cluster;
use crate::health::World;
use crate::health::timeline::{self, Entry, Timeline};
use crate::health::why::telling_payloads;
use crate::ownership::report::Survey;
use crate::ownership::subject::{Around, Subject, written_next};
use crate::release::payload::{Payload, Revision};
use crate::release::{Answer, Catalog, Query, Scope, StoredRef, history};

/// What `timeline` is asked for.
#[derive(Debug, Args)]
pub struct TimelineArguments {
    /// Which release
    #[command(flatten)]
    pub which: Which,
    /// Leave out what ended longer ago than this: 90s, 30m, 1h
    #[arg(long, value_name = "TIME", value_parser = time_span)]
    pub since: Option<SignedDuration>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// What `timeline` prints.
#[derive(Debug, Serialize)]
struct TimelineEntry {
    namespace: String,
    name: String,
    verdict: String,
    entries: Vec<HappenedEntry>,
    /// What may have happened and cannot be here.
    limits: Vec<String>,
}

#[derive(Debug, Serialize)]
struct HappenedEntry {
    time: Timestamp,
    /// When it was seen last, of what went on.
    until: Option<Timestamp>,
    kind: String,
    severity: &'static str,
    revision: Option<u32>,
    object: Option<ObjectEntry>,
    count: u64,
    text: String,
    /// Quoted exactly; null where the text holds all of it.
    message: Option<String>,
    /// The first failure since it was well, or its spec was written.
    broke: bool,
}

#[derive(Debug, Serialize)]
struct ObjectEntry {
    group: String,
    kind: String,
    namespace: String,
    name: String,
}

/// Reads the list, the release, its objects, its revisions and whatever else would tell more, once.
///
/// # Errors
/// When there is no such release, more than one, or nothing at all may be read.
pub(super) async fn timeline(
    cluster: &Cluster,
    scope: &Scope,
    arguments: &TimelineArguments,
) -> Result<String, Failure> {
    let (mut catalog, list) = gather::everything(cluster, scope.clone()).await?;
    let opened = Opened::find(cluster, &mut catalog, scope, &arguments.which).await?;
    let unread: Vec<StoredRef> = catalog.revisions(&opened.release.id).map(|stored| stored.object.clone()).collect();
    let unread = unread.into_iter().filter(|object| catalog.summary(object).is_none()).collect();
    gather::summaries(cluster, &mut catalog, unread).await;
    let world = gather::objects(cluster, &opened, &list).await.unwrap_or(list);
    let now = super::now();
    let row = opened.seen(&catalog, &world, now).row;
    let edited = edited(cluster, &opened, &catalog, &world, now).await;
    let mut payloads: Vec<Arc<Payload>> = opened.payload().into_iter().cloned().collect();
    for object in telling_payloads(&row.release, &catalog) {
        if row.release.latest.as_ref() != Some(&object) {
            payloads.extend(payload(cluster, object).await);
        }
    }
    let payloads: Vec<&Payload> = payloads.iter().map(|payload| &**payload).collect();
    let read = timeline::Read {
        catalog: &catalog,
        world: &world,
        standing: &world.standing_of(&row.release, opened.named(), now),
        named: opened.named(),
        rows: &history::rows(&catalog, &row.release),
        payloads: &payloads,
        hotfixes: edited.as_deref(),
        verdict: row.judgement.verdict,
        now,
    };
    let mut told = timeline::timeline(&row.release, read);
    if let Some(begin) = arguments.since.and_then(|since| now.checked_sub(since).ok()) {
        keep(&mut told, begin);
    }
    match arguments.output {
        Output::Json | Output::Yaml => document(&TimelineEntry::new(&row, &told), arguments.output),
        Output::Table => Ok(printed(&row, &told)),
    }
}

/// What somebody edited, with nothing asked of the API server but the types; `None` without the manifest.
async fn edited(
    cluster: &Cluster,
    opened: &Opened,
    catalog: &Catalog,
    world: &World,
    now: Timestamp,
) -> Option<Vec<Entry>> {
    let release = &opened.release;
    let next = match written_next(release, catalog) {
        Some(object) => payload(cluster, object).await,
        None => None,
    };
    let payload = next.as_ref().or(opened.payload())?;
    let live: Vec<_> =
        opened.named().iter().filter_map(|named| world.body_named(&named.id, &release.namespace).cloned()).collect();
    let subject = Subject {
        around: Around::of(release, &live, cluster.managers(), catalog),
        release: Arc::new(release.clone()),
        payload: Arc::clone(payload),
        live,
        now,
    };
    let schema = types(cluster, subject.api_versions()).await;
    let (seen, writing) = (subject.seen(), subject.writing());
    Some(hotfixes(&Survey::of(&seen, &schema, &writing).report(&[], "nobody asked")))
}

async fn payload(cluster: &Cluster, object: StoredRef) -> Option<Arc<Payload>> {
    match cluster.ask(Query::Payload(object)).await {
        Answer::Payload(_, Ok(payload)) => Some(payload),
        Answer::Payload(_, Err(_)) | Answer::Summary(..) | Answer::Controllers(..) | Answer::ValuesFrom(..) => None,
    }
}

/// Leaves out what ended before a time.
fn keep(told: &mut Timeline, begin: Timestamp) {
    let is_kept = |entry: &Entry| entry.last() >= begin;
    let broke = told.broke.filter(|broke| told.entries.get(*broke).is_some_and(is_kept));
    told.broke = broke.map(|broke| told.entries.iter().take(broke).filter(|entry| is_kept(entry)).count());
    told.entries.retain(is_kept);
}

impl TimelineEntry {
    fn new(row: &Row, told: &Timeline) -> Self {
        let entries = told.entries.iter().enumerate().map(|(place, entry)| HappenedEntry {
            time: entry.at,
            until: entry.until,
            kind: entry.kind.to_string(),
            severity: severity(entry.severity),
            revision: entry.revision.map(Revision::get),
            object: entry.object.as_ref().map(|id| ObjectEntry {
                group: id.group.clone(),
                kind: id.kind.clone(),
                namespace: id.namespace.clone(),
                name: id.name.clone(),
            }),
            count: entry.count,
            text: entry.text.clone(),
            message: Some(entry.quote.clone()).filter(|quote| !quote.is_empty()),
            broke: told.broke == Some(place),
        });
        Self {
            namespace: row.release.namespace.clone(),
            name: row.release.id.name.clone(),
            verdict: row.judgement.verdict.to_string(),
            entries: entries.collect(),
            limits: told.limits.clone(),
        }
    }
}

fn printed(row: &Row, told: &Timeline) -> String {
    let cells = |entry: &Entry| {
        let times = times(entry);
        let times = if times.is_empty() { String::new() } else { format!("{times}: ") };
        vec![
            symbol(entry.severity).to_owned(),
            time(Some(entry.at)),
            entry.kind.to_string(),
            named(entry).unwrap_or_default(),
            format!("{times}{}", self::told(entry)),
        ]
    };
    let rows: Vec<Vec<String>> = told.entries.iter().map(cells).collect();
    let mut lines: Vec<String> =
        table(&["", "TIME", "KIND", "OBJECT", "WHAT HAPPENED"], &rows).lines().map(str::to_owned).collect();
    if let Some(broke) = told.broke {
        lines.insert(
            broke + 1,
            "-- broke here: the first failure since it was well, or its spec was written --".to_owned(),
        );
    }
    if told.entries.is_empty() {
        lines = vec!["nothing is known to have happened in that time".to_owned()];
    }
    let limits: String = told.limits.iter().map(|limit| format!("  {limit}\n")).collect();
    format!("{}\n\n{}\n\nwhat is not here\n{limits}", title(row), lines.join("\n"))
}
